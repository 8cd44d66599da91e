"""What Neutron's documents look like, sent and answered (network.md 22)."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.tables import ANY

STANDARD = {
    "id": str,
    "project_id": str,
    "tenant_id": str,
    "description": str,
    "created_at": str,
    "updated_at": str,
    "revision_number": int,
}
COMMON = {**STANDARD, "tags": [str]}
WHOLE = int | str | None
FLAG = bool | Literal[0, 1]
CHARGED = {"project_id?": str | None, "tenant_id?": str | None}
NETWORK = Named(
    "Network",
    {
        **COMMON,
        "name": str,
        "admin_state_up": bool,
        "status": str,
        "shared": bool,
        "router:external": bool,
        "subnets": [str],
        "availability_zones": [str],
        "availability_zone_hints": [str],
        "is_default": bool,
        "port_security_enabled": bool,
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
        "qos_policy_id": None,
        "SNF:drained?": bool,
        "provider:network_type?": str,
        "provider:physical_network?": str | None,
        "provider:segmentation_id?": None,
    },
)
NEW_NETWORK = Named(
    "NetworkWish",
    {
        **CHARGED,
        "name?": str | None,
        "description?": str | None,
        "admin_state_up?": bool | int | None,
        "shared?": FLAG,
        "router:external?": FLAG,
        "*": ANY,
    },
)
ROUTE = {"destination": str, "nexthop": str}
RANGE = {"start": str, "end": str}
SUBNET = Named(
    "Subnet",
    {
        **COMMON,
        "name": str,
        "network_id": str,
        "ip_version": Literal[4, 6],
        "cidr": str,
        "gateway_ip": str | None,
        "enable_dhcp": bool,
        "dns_nameservers": [str],
        "host_routes": [{"*": ANY}],
        "allocation_pools": [RANGE],
        "subnetpool_id": str | None,
        "ipv6_address_mode": str | None,
        "ipv6_ra_mode": str | None,
        "service_types": [str],
        "segment_id": None,
    },
)
SUBNET_SETTINGS = {
    "name?": str | None,
    "description?": str | None,
    "gateway_ip?": str | None,
    "enable_dhcp?": FLAG,
    "dns_nameservers?": ([str], None),
    "host_routes?": ([ROUTE], None),
    "allocation_pools?": ([RANGE], None),
}
NEW_SUBNET = Named(
    "SubnetWish",
    {
        **CHARGED,
        **SUBNET_SETTINGS,
        "network_id": int | str,
        "cidr?": str | None,
        "ip_version?": Literal[4, 6, "4", "6", None],
        "subnetpool_id?": int | str | None,
        "use_default_subnetpool?": FLAG,
        "prefixlen?": WHOLE,
        "*": ANY,
    },
)
SUBNET_CHANGE = Named("SubnetChange", {**SUBNET_SETTINGS, "*": ANY})
PORT = Named(
    "Port",
    {
        **COMMON,
        "name": str,
        "network_id": str,
        "mac_address": str,
        "status": str,
        "admin_state_up": bool,
        "device_id": str,
        "device_owner": str,
        "fixed_ips": [{"ip_address": str, "subnet_id": str}],
        "security_groups": [str],
        "allowed_address_pairs": [ANY],
        "extra_dhcp_opts": [ANY],
        "binding:vnic_type": str,
        "dns_name": str,
        "port_security_enabled": bool,
        "qos_policy_id": None,
        "binding:vif_details?": {"snf:approximated?": bool},
        "binding:host_id?": str,
        "binding:vif_type?": str,
        "binding:profile?": {"*": ANY},
    },
)
PORT_SETTINGS = {
    "name?": str | None,
    "description?": str | None,
    "admin_state_up?": bool | int | None,
    "security_groups?": ([str], None),
}
FIXED = ([{"ip_address?": str | None, "subnet_id?": ANY, "*": ANY}], None)
NEW_PORT = Named(
    "PortWish",
    {
        **CHARGED,
        **PORT_SETTINGS,
        "network_id": int | str,
        "fixed_ips?": FIXED,
        "device_id?": int | str | None,
        "*": ANY,
    },
)
PORT_CHANGE = Named("PortChange", {**PORT_SETTINGS, "device_id?": int | str | None, "*": ANY})
FLOATING_IP = Named(
    "FloatingIp",
    {
        **COMMON,
        "floating_ip_address": str,
        "floating_network_id": str,
        "fixed_ip_address": str | None,
        "port_id": str | None,
        "router_id": str | None,
        "status": str,
        "port_details": (
            {
                "name": str,
                "network_id": str,
                "mac_address": str,
                "admin_state_up": bool,
                "status": str,
                "device_id": str,
                "device_owner": str,
            },
            None,
        ),
        "dns_name": str,
        "dns_domain": str,
        "qos_policy_id": None,
    },
)
NEW_FLOATING_IP = Named(
    "FloatingIpWish",
    {
        **CHARGED,
        "floating_network_id?": int | str | None,
        "floating_ip_address?": str | None,
        "port_id?": str | None,
        "fixed_ip_address?": str | None,
        "description?": str | None,
        "*": ANY,
    },
)
FLOATING_IP_CHANGE = Named(
    "FloatingIpChange",
    {
        "port_id?": str | None,
        "fixed_ip_address?": str | None,
        "description?": str | None,
        "*": ANY,
    },
)
RULE = Named(
    "SecurityGroupRule",
    {
        **STANDARD,
        "security_group_id": str,
        "direction": Literal["ingress", "egress"],
        "ethertype": Literal["IPv4", "IPv6"],
        "protocol": str | None,
        "port_range_min": int | None,
        "port_range_max": int | None,
        "remote_ip_prefix": str | None,
        "remote_group_id": str | None,
        "remote_address_group_id": None,
        "normalized_cidr": str | None,
    },
)
NEW_RULE = Named(
    "SecurityGroupRuleWish",
    {
        "security_group_id": str | int,
        "direction": Literal["ingress", "egress"],
        "ethertype?": str | None,
        "protocol?": str | int | None,
        "port_range_min?": WHOLE,
        "port_range_max?": WHOLE,
        "remote_ip_prefix?": str | None,
        "remote_group_id?": str | None,
        "description?": str | None,
        "*": ANY,
    },
)
GROUP = Named(
    "SecurityGroup",
    {
        **COMMON,
        "name": str,
        "stateful": bool,
        "shared": bool,
        "security_group_rules": [RULE],
    },
)
NEW_GROUP = Named(
    "SecurityGroupWish", {**CHARGED, "name?": str, "description?": str | None, "*": ANY}
)
GATEWAY = {"network_id": str, "enable_snat": bool}
ROUTER = Named(
    "Router",
    {
        **COMMON,
        "name": str,
        "status": str,
        "admin_state_up": bool,
        "external_gateway_info": (
            {**GATEWAY, "external_fixed_ips": [{"subnet_id": str, "ip_address": str}]},
            None,
        ),
        "routes": [ROUTE],
        "distributed": bool,
        "ha": bool,
        "availability_zones": [str],
        "availability_zone_hints": [str],
        "flavor_id": None,
        "SNF:dataplane": bool,
    },
)
NEW_ROUTER = Named(
    "RouterWish",
    {
        **CHARGED,
        "name?": str | None,
        "description?": str | None,
        "admin_state_up?": bool | int | None,
        "external_gateway_info?": (
            {"network_id?": str | int | None, "enable_snat?": FLAG, "*": ANY},
            None,
        ),
        "routes?": ([ROUTE], None),
        "*": ANY,
    },
)
INTERFACE = Named(
    "RouterInterface",
    {
        "id": str,
        "project_id": str,
        "tenant_id": str,
        "port_id": str,
        "network_id": str,
        "subnet_id": str,
        "subnet_ids": [str],
    },
)
CHOSEN_INTERFACE = {"subnet_id?": str | None, "port_id?": str | None, "*": ANY}
TOPOLOGY = Named("Topology", {"id": str, "project_id": str, "tenant_id": str})
POOL = Named(
    "SubnetPool",
    {
        **COMMON,
        "name": str,
        "prefixes": [str],
        "default_prefixlen": int,
        "min_prefixlen": int,
        "max_prefixlen": int,
        "ip_version": Literal[4, 6],
        "shared": bool,
        "is_default": bool,
        "default_quota": int | None,
        "address_scope_id": None,
    },
)
POOL_SETTINGS = {
    "name?": str | None,
    "description?": str | None,
    "prefixes?": ([str], None),
    "default_prefixlen?": WHOLE,
    "min_prefixlen?": WHOLE,
    "max_prefixlen?": WHOLE,
    "default_quota?": WHOLE,
    "is_default?": FLAG,
    "*": ANY,
}
NEW_POOL = Named("SubnetPoolWish", {**CHARGED, **POOL_SETTINGS, "shared?": FLAG})
POOL_CHANGE = Named("SubnetPoolChange", POOL_SETTINGS)
USED = {"total_ips": int, "used_ips": int}
AVAILABILITY = Named(
    "NetworkIpAvailability",
    {
        "network_id": str,
        "network_name": str,
        "project_id": str,
        "tenant_id": str,
        **USED,
        "subnet_ip_availability": [
            {
                "subnet_id": str,
                "subnet_name": str,
                "cidr": str,
                "ip_version": Literal[4, 6],
                **USED,
            }
        ],
    },
)
QUOTA = Named("Quota", {"project_id?": str, "tenant_id?": str, "*": int})
QUOTA_DETAIL = Named("QuotaDetail", {"*": {"limit": int, "used": int, "reserved": int}})
EXTENSION = Named(
    "Extension",
    {"alias": str, "name": str, "description": str, "updated": str, "links": [ANY]},
)
AGENT = Named(
    "Agent",
    {
        "id": str,
        "agent_type": str,
        "binary": str,
        "host": str,
        "alive": bool,
        "admin_state_up": bool,
        "availability_zone": str | None,
        "topic": str,
        "description": str | None,
        "configurations": {"*": ANY},
        "resources_synced": None,
        "created_at": str,
        "started_at": str,
        "heartbeat_timestamp": str,
    },
)
