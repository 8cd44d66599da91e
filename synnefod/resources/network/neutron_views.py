"""Networks, subnets, ports and floating IPs as Neutron writes them (network.md 22.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.text import iso_z
from synnefod.network.interface import CARRIER, FloatingIp, NetworkRow, Port, Subnet

Document = dict[str, Any]
ZONE = "nova"


class Standard(Protocol):
    """What all things have."""

    @property
    def id(self) -> int: ...
    @property
    def description(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def revision(self) -> int: ...
    @property
    def created(self) -> int: ...
    @property
    def updated(self) -> int: ...


def common(thing: Standard, project: ProjectId | UserId | None) -> Document:
    """NET-262: the attributes of every resource."""
    owner = project or ""
    return {
        "id": str(thing.id),
        "project_id": owner,
        "tenant_id": owner,
        "description": thing.description,
        "tags": list(thing.labels),
        "created_at": iso_z(thing.created),
        "updated_at": iso_z(thing.updated),
        "revision_number": thing.revision,
    }


def network_document(network: NetworkRow, *, admin: bool) -> Document:
    shown = common(network, network.project) | {
        "name": network.name,
        "admin_state_up": network.admin_up,
        "status": network.state if network.admin_up else "DOWN",
        "shared": network.public,
        "router:external": network.external_router,
        "subnets": [str(subnet) for subnet in network.subnets],
        "availability_zones": [ZONE],
        "availability_zone_hints": [],
        "is_default": False,
        "port_security_enabled": False,
        "ipv4_address_scope": None,
        "ipv6_address_scope": None,
        "qos_policy_id": None,
    }
    if network.drained:
        shown["SNF:drained"] = True
    if admin:
        shown["provider:network_type"] = "flat" if network.mode == "bridged" else "local"
        shown["provider:physical_network"] = network.link
        shown["provider:segmentation_id"] = None
    return shown


def subnet_document(subnet: Subnet) -> Document:
    mode = "slaac" if subnet.version == 6 and subnet.dhcp else None
    return common(subnet, subnet.project or subnet.owner) | {
        "name": subnet.name,
        "network_id": str(subnet.network),
        "ip_version": subnet.version,
        "cidr": subnet.cidr,
        "gateway_ip": subnet.gateway,
        "enable_dhcp": subnet.dhcp,
        "dns_nameservers": list(subnet.dns_nameservers),
        "host_routes": [route for route in subnet.host_routes if isinstance(route, dict)],
        "allocation_pools": [{"start": low, "end": high} for low, high in subnet.pools],
        "subnetpool_id": None if subnet.pool is None else str(subnet.pool),
        "ipv6_address_mode": mode,
        "ipv6_ra_mode": mode,
        "service_types": [],
        "segment_id": None,
    }


def device_of(port: Port) -> tuple[str, str]:
    """`device_id` and `device_owner`."""
    if port.router is not None:
        return str(port.router), port.device_owner or ""
    if port.server is None:
        return "", ""
    return str(port.server), CARRIER if port.device_owner == CARRIER else "compute:nova"


def port_document(port: Port, groups: Sequence[int], approximated: bool, admin: bool) -> Document:
    """`approximated`: its firewall profile is stricter than its groups (22.5)."""
    device, owner = device_of(port)
    shown = common(port, port.project) | {
        "name": port.name,
        "network_id": str(port.network),
        "mac_address": port.mac,
        "status": port.state,
        "admin_state_up": port.admin_up,
        "device_id": device,
        "device_owner": owner,
        "fixed_ips": [{"ip_address": ip.address, "subnet_id": str(ip.subnet)} for ip in port.ips],
        "security_groups": [] if port.router is not None else [str(group) for group in groups],
        "allowed_address_pairs": [],
        "extra_dhcp_opts": [],
        "binding:vnic_type": "normal",
        "dns_name": "",
        "port_security_enabled": port.router is None,
        "qos_policy_id": None,
    }
    if approximated:
        shown["binding:vif_details"] = {"snf:approximated": True}
    if admin:
        shown.setdefault("binding:vif_details", {})
        shown["binding:host_id"] = ""
        shown["binding:vif_type"] = "unbound" if port.server is None else "bridge"
        shown["binding:profile"] = {}
    return shown


def floating_document(ip: FloatingIp, port: Port | None) -> Document:
    """`port`: the one that it stands for, if the asker sees it."""
    shown = common(ip, ip.project)
    number = ip.target if ip.target is not None else ip.port
    carried = ip.port is not None
    return shown | {
        "floating_ip_address": ip.address,
        "floating_network_id": str(ip.network),
        "fixed_ip_address": ip.fixed if ip.target is not None else None,
        "port_id": None if number is None else str(number),
        "router_id": None if ip.router is None else str(ip.router),
        "status": "ACTIVE" if carried else "DOWN",
        "port_details": None if port is None else _summary(port),
        "dns_name": "",
        "dns_domain": "",
        "qos_policy_id": None,
    }


def _summary(port: Port) -> Document:
    device, owner = device_of(port)
    return {
        "name": port.name,
        "network_id": str(port.network),
        "mac_address": port.mac,
        "admin_state_up": port.admin_up,
        "status": port.state,
        "device_id": device,
        "device_owner": owner,
    }
