"""`/cyclades/networking/v2.0`: Neutron (network.md 22)."""

from __future__ import annotations

from synnefod.resources.network.neutron import NeutronNetworks, NeutronSubnets
from synnefod.resources.network.neutron_documents import (
    NetworkVersions,
    NeutronDocuments,
    NeutronTags,
)
from synnefod.resources.network.neutron_groups import NeutronGroups
from synnefod.resources.network.neutron_pools import NeutronAvailabilities, NeutronSubnetPools
from synnefod.resources.network.neutron_ports import NeutronFloatingIps, NeutronPorts
from synnefod.resources.network.neutron_routers import NeutronRouters, NeutronTopologies
from synnefod.resources.network.quotas import NeutronQuotas
from synnefod.resources.openapi.notation import Named, Shape, picked
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, LINKS, VERSION
from synnefod.resources.openapi.tables import neutron_shapes as shapes

PAGES = ("fields", "limit", "marker", "page_reverse", "sort_dir", "sort_key")
FILTERS = (
    "id",
    "name",
    "project_id",
    "tenant_id",
    "description",
    "tags",
    "tags-any",
    "not-tags",
    "not-tags-any",
)
TAGS = {"tags": [str]}


def one(name: str, shape: Named) -> Said:
    """A thing, of which the asker may want some members only."""
    return Said({name: (shape, PICKED[shape])}, query=("fields",))


def many(name: str, shape: Named, *filters: str, plain: bool = False) -> Said:
    """A page of them; any member filters by its value."""
    query = PAGES if plain else (*PAGES, *FILTERS, *filters)
    answer = {name: [(shape, PICKED[shape])], f"{name}_links?": LINKS}
    return Said(answer, query=query)


def made(name: str, shape: Named, sent: Shape, *, several: bool = False) -> Said:
    """A thing that was made of what was sent; some are made several at once."""
    if not several:
        return Said({name: shape}, body={name: sent})
    return Said(({name: shape}, {f"{name}s": [shape]}), body=({name: sent}, {f"{name}s": [sent]}))


PICKED = {
    shape: picked(shape)
    for shape in (
        shapes.AGENT,
        shapes.AVAILABILITY,
        shapes.FLOATING_IP,
        shapes.GROUP,
        shapes.NETWORK,
        shapes.POOL,
        shapes.PORT,
        shapes.ROUTER,
        shapes.RULE,
        shapes.SUBNET,
        shapes.TOPOLOGY,
    )
}
QUOTA = Said({"quota": shapes.QUOTA})
SAID: Table = {
    NetworkVersions.versions: Said({"versions": [VERSION]}),
    NeutronNetworks.networks: many(
        "networks", shapes.NETWORK, "router:external", "shared", "status"
    ),
    NeutronNetworks.show_network: one("network", shapes.NETWORK),
    NeutronNetworks.create_network: made(
        "network", shapes.NETWORK, shapes.NEW_NETWORK, several=True
    ),
    NeutronNetworks.change_network: made("network", shapes.NETWORK, shapes.NEW_NETWORK),
    NeutronNetworks.delete_network: Said(None),
    NeutronSubnets.subnets: many("subnets", shapes.SUBNET, "network_id", "cidr", "ip_version"),
    NeutronSubnets.show_subnet: one("subnet", shapes.SUBNET),
    NeutronSubnets.create_subnet: made("subnet", shapes.SUBNET, shapes.NEW_SUBNET, several=True),
    NeutronSubnets.change_subnet: made("subnet", shapes.SUBNET, shapes.SUBNET_CHANGE),
    NeutronSubnets.delete_subnet: Said(None),
    NeutronPorts.ports: many(
        "ports", shapes.PORT, "network_id", "device_id", "mac_address", "status", "fixed_ips"
    ),
    NeutronPorts.show_port: one("port", shapes.PORT),
    NeutronPorts.create_port: made("port", shapes.PORT, shapes.NEW_PORT, several=True),
    NeutronPorts.change_port: made("port", shapes.PORT, shapes.PORT_CHANGE),
    NeutronPorts.delete_port: Said(None),
    NeutronFloatingIps.floating_ips: many(
        "floatingips", shapes.FLOATING_IP, "port_id", "floating_ip_address", "status"
    ),
    NeutronFloatingIps.show_floating_ip: one("floatingip", shapes.FLOATING_IP),
    NeutronFloatingIps.create_floating_ip: made(
        "floatingip", shapes.FLOATING_IP, shapes.NEW_FLOATING_IP
    ),
    NeutronFloatingIps.change_floating_ip: made(
        "floatingip", shapes.FLOATING_IP, shapes.FLOATING_IP_CHANGE
    ),
    NeutronFloatingIps.delete_floating_ip: Said(None),
    NeutronGroups.listing: many("security_groups", shapes.GROUP),
    NeutronGroups.show: one("security_group", shapes.GROUP),
    NeutronGroups.create: made("security_group", shapes.GROUP, shapes.NEW_GROUP),
    NeutronGroups.change: made("security_group", shapes.GROUP, shapes.NEW_GROUP),
    NeutronGroups.delete: Said(None),
    NeutronGroups.rules: many(
        "security_group_rules", shapes.RULE, "security_group_id", "direction", "protocol"
    ),
    NeutronGroups.show_rule: one("security_group_rule", shapes.RULE),
    NeutronGroups.add_rule: made("security_group_rule", shapes.RULE, shapes.NEW_RULE),
    NeutronGroups.remove_rule: Said(None),
    NeutronRouters.listing: many("routers", shapes.ROUTER, "status"),
    NeutronRouters.show: one("router", shapes.ROUTER),
    NeutronRouters.create: made("router", shapes.ROUTER, shapes.NEW_ROUTER),
    NeutronRouters.change: made("router", shapes.ROUTER, shapes.NEW_ROUTER),
    NeutronRouters.delete: Said(None),
    NeutronRouters.add: Said(shapes.INTERFACE, body=shapes.CHOSEN_INTERFACE),
    NeutronRouters.remove: Said(shapes.INTERFACE, body=shapes.CHOSEN_INTERFACE),
    NeutronTopologies.show: one("auto_allocated_topology", shapes.TOPOLOGY),
    NeutronTopologies.delete: Said(None),
    NeutronSubnetPools.listing: many("subnetpools", shapes.POOL, "ip_version"),
    NeutronSubnetPools.show: one("subnetpool", shapes.POOL),
    NeutronSubnetPools.create: made("subnetpool", shapes.POOL, shapes.NEW_POOL),
    NeutronSubnetPools.change: made("subnetpool", shapes.POOL, shapes.POOL_CHANGE),
    NeutronSubnetPools.delete: Said(None),
    NeutronAvailabilities.listing: many(
        "network_ip_availabilities", shapes.AVAILABILITY, plain=True
    ),
    NeutronAvailabilities.show: one("network_ip_availability", shapes.AVAILABILITY),
    NeutronQuotas.listing: Said({"quotas": [shapes.QUOTA]}),
    NeutronQuotas.show: QUOTA,
    NeutronQuotas.default: QUOTA,
    NeutronQuotas.details: Said({"quota": shapes.QUOTA_DETAIL}),
    NeutronQuotas.change: Said(
        {"quota": shapes.QUOTA}, body={"quota": {"check_limit?": bool, "force?": bool, "*": int}}
    ),
    NeutronQuotas.reset: Said(None),
    NeutronTags.tags: Said(TAGS),
    NeutronTags.replace: Said(TAGS, body=TAGS),
    NeutronTags.add_some: Said(TAGS, body=TAGS),
    NeutronTags.has: Said(None),
    NeutronTags.add: Said(None),
    NeutronTags.drop: Said(None),
    NeutronTags.clear: Said(None),
    NeutronDocuments.resources: Said(
        {"resources": [{"name": str, "collection": str, "links": LINKS}]}
    ),
    NeutronDocuments.extensions: Said({"extensions": [shapes.EXTENSION]}),
    NeutronDocuments.extension: Said({"extension": shapes.EXTENSION}),
    NeutronDocuments.providers: Said({"service_providers": [ANY]}),
    NeutronDocuments.zones: Said(
        {"availability_zones": [{"name": str, "resource": str, "state": str}]}
    ),
    NeutronDocuments.agents: many("agents", shapes.AGENT, plain=True),
    NeutronDocuments.agent: one("agent", shapes.AGENT),
}
