"""What of `/cyclades/compute/v2.1` belongs to administrators and to neighbours (14.4.2)."""

from __future__ import annotations

from synnefod.resources.compute.graphs import NoGraphs
from synnefod.resources.compute.nova.administration import NovaAdministration
from synnefod.resources.compute.nova.flavors import NovaFlavors
from synnefod.resources.compute.nova.images import NovaImages
from synnefod.resources.compute.nova.networks import NovaNetworks
from synnefod.resources.compute.nova.quotas import NovaQuotas
from synnefod.resources.compute.nova.walls import NovaGroups
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, STRINGS
from synnefod.resources.openapi.tables import nova_shapes as shapes
from synnefod.resources.openapi.tables.nova_shapes import FLAVOR_FILTERS

_HYPERVISOR_BRIEF = {"id": int, "hypervisor_hostname": str, "state": str, "status": str}
_HYPERVISOR = Named("Hypervisor", _HYPERVISOR_BRIEF | {"*": ANY})
_NETWORK = Named("ComputeNetwork", {"id": str, "label": str, "cidr": str | None, "*": ANY})
_ADDRESS = Named(
    "ComputeFloatingIp",
    {
        "id": str,
        "ip": str,
        "fixed_ip": str | None,
        "instance_id": str | None,
        "pool": str | None,
    },
)
_RULE = Named(
    "SecurityGroupRule",
    {
        "id": str,
        "parent_group_id": str,
        "ip_protocol": str | None,
        "from_port": int,
        "to_port": int,
        "group": {"name?": str, "tenant_id?": str},
        "ip_range": {"cidr?": str},
    },
)
_ONE_GROUP = {"security_group": shapes.GROUP}
_GROUPS = {"security_groups": [shapes.GROUP]}
_GROUP_BODY = {"security_group": {"name?": str | None, "description?": str | None, "*": ANY}}
_PORT = int | str | None
_METADATA = Said({"metadata": STRINGS})
_ONE_META = Said({"meta": STRINGS})
_ACCESS = {"flavor_access": [{"flavor_id": str, "tenant_id": str}]}
_TENANT = {"tenant": str, "*": ANY}
_FILTERS = ("changes-since", "limit", "marker", "name", "status", "type")
_QUOTA_SET = {"quota_set": shapes.QUOTA_SET}
SAID: Table = {
    NoGraphs.show: Said(None),
    NovaAdministration.hypervisors: Said(
        {"hypervisors": [_HYPERVISOR_BRIEF]}, query=("hypervisor_hostname_pattern",)
    ),
    NovaAdministration.hypervisor_details: Said({"hypervisors": [_HYPERVISOR]}),
    NovaAdministration.statistics: Said({"hypervisor_statistics": {"*": int}}),
    NovaAdministration.hypervisor: Said({"hypervisor": _HYPERVISOR}),
    NovaAdministration.services: Said({"services": [{"*": ANY}]}, query=("binary", "host")),
    NovaAdministration.hosts: Said(
        {"hosts": [{"host_name": str, "service": str, "zone": str}]}, query=("zone",)
    ),
    NovaAdministration.host: Said({"host": [{"resource": {"*": (str, int)}}]}),
    NovaAdministration.aggregates: Said({"aggregates": [ANY]}),
    NovaAdministration.migrations: Said({"migrations": [ANY]}),
    NovaFlavors.index: Said({"flavors": [shapes.FLAVOR_BRIEF]}, query=FLAVOR_FILTERS),
    NovaFlavors.details: Said({"flavors": [shapes.FLAVOR]}, query=FLAVOR_FILTERS),
    NovaFlavors.show: Said({"flavor": shapes.FLAVOR}),
    NovaFlavors.create: Said({"flavor": shapes.FLAVOR}),
    NovaFlavors.change: Said({"flavor": shapes.FLAVOR}),
    NovaFlavors.delete: Said(None),
    NovaFlavors.access: Said(_ACCESS),
    NovaFlavors.act: Said(
        _ACCESS, body=({"addTenantAccess": _TENANT}, {"removeTenantAccess": _TENANT})
    ),
    NovaFlavors.specs: Said({"extra_specs": STRINGS}),
    NovaFlavors.set_specs: Said({"extra_specs": STRINGS}),
    NovaFlavors.spec: Said(STRINGS),
    NovaFlavors.set_spec: Said(STRINGS),
    NovaFlavors.delete_spec: Said(None),
    NovaGroups.of_server: Said(_GROUPS),
    NovaGroups.index: Said(_GROUPS, query=("all_tenants",)),
    NovaGroups.create: Said(_ONE_GROUP, body=_GROUP_BODY),
    NovaGroups.show: Said(_ONE_GROUP),
    NovaGroups.update: Said(_ONE_GROUP, body=_GROUP_BODY),
    NovaGroups.delete: Said(None),
    NovaGroups.add_rule: Said(
        {"security_group_rule": _RULE},
        body={
            "security_group_rule": {
                "parent_group_id": int | str,
                "ip_protocol": str,
                "from_port?": _PORT,
                "to_port?": _PORT,
                "cidr?": str | None,
                "group_id?": _PORT,
                "*": ANY,
            }
        },
    ),
    NovaGroups.remove_rule: Said(None),
    NovaImages.index: Said({"images": [shapes.IMAGE_BRIEF]}, query=_FILTERS),
    NovaImages.details: Said({"images": [shapes.IMAGE]}, query=_FILTERS),
    NovaImages.show: Said({"image": shapes.IMAGE}),
    NovaImages.delete: Said(None),
    NovaImages.metadata: _METADATA,
    NovaImages.set_metadata: _METADATA,
    NovaImages.meta: _ONE_META,
    NovaImages.set_meta: _ONE_META,
    NovaImages.delete_meta: Said(None),
    NovaNetworks.networks: Said({"networks": [_NETWORK]}),
    NovaNetworks.network: Said({"network": _NETWORK}),
    NovaNetworks.tenant_networks: Said({"networks": [_NETWORK]}),
    NovaNetworks.tenant_network: Said({"network": _NETWORK}),
    NovaNetworks.pools: Said({"floating_ip_pools": [{"name": str}]}),
    NovaNetworks.addresses: Said({"floating_ips": [_ADDRESS]}),
    NovaNetworks.take: Said({"floating_ip": _ADDRESS}, body={"pool?": str | None, "*": ANY}),
    NovaNetworks.address: Said({"floating_ip": _ADDRESS}),
    NovaNetworks.give_back: Said(None),
    NovaQuotas.quotas: Said(_QUOTA_SET),
    NovaQuotas.default_quotas: Said(_QUOTA_SET),
    NovaQuotas.quota_details: Said({"quota_set": shapes.QUOTA_SET_DETAIL}),
    NovaQuotas.reset: Said(None),
    NovaQuotas.change: Said(
        {"quota_set": {"*": int}},
        body={
            "quota_set": {
                "instances?": int | str,
                "cores?": int | str,
                "ram?": int | str,
                "force?": bool | str,
                "tenant_id?": str,
            }
        },
    ),
}
