"""Networks, subnets and ports as the two APIs write them (network.md 3 and 22.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.text import iso_offset, iso_z
from synnefod.network.interface import FloatingIp, NetworkRow, Port, Subnet

Document = dict[str, Any]


def _links(url: str, collection: str, number: int) -> list[Document]:
    href = f"{url}/{collection}/{number}"
    return [{"rel": "self", "href": href}, {"rel": "bookmark", "href": href}]


def status_of(network: NetworkRow) -> str:
    """NET-054."""
    if network.deleted:
        return "DELETED"
    return "SNF:DRAINED" if network.drained else network.state


def network_legacy(network: NetworkRow, url: str) -> Document:
    return {
        "id": str(network.id),
        "name": network.name,
        "user_id": network.owner,
        "tenant_id": network.project,
        "shared_to_project": network.shared,
        "type": network.flavor,
        "status": status_of(network),
        "public": network.public,
        "shared": network.public,
        "router:external": network.external_router,
        "admin_state_up": True,
        "subnets": [str(subnet) for subnet in network.subnets],
        "SNF:floating_ip_pool": network.floating_ip_pool,
        "deleted": network.deleted,
        "created": iso_offset(network.created),
        "updated": iso_offset(network.updated),
        "links": _links(url, "networks", network.id),
    }


def subnet_legacy(subnet: Subnet, url: str) -> Document:
    shown: Document = {
        "id": str(subnet.id),
        "network_id": str(subnet.network),
        "name": subnet.name,
        "tenant_id": subnet.owner,
        "user_id": subnet.owner,
        "public": subnet.public,
        "gateway_ip": subnet.gateway,
        "ip_version": subnet.version,
        "cidr": subnet.cidr,
        "enable_dhcp": subnet.dhcp,
        "dns_nameservers": list(subnet.dns_nameservers),
        "host_routes": list(subnet.host_routes),
        "allocation_pools": [{"start": low, "end": high} for low, high in subnet.pools],
        "deleted": subnet.deleted,
        "links": _links(url, "subnets", subnet.id),
    }
    if subnet.version == 6:
        shown["enable_slaac"] = subnet.dhcp
    return shown


def port_legacy(port: Port, url: str) -> Document:
    return {
        "id": str(port.id),
        "name": port.name,
        "user_id": port.user,
        "tenant_id": port.user,
        "device_id": None if port.server is None else str(port.server),
        "device_owner": None if port.server is None else "vm",
        "admin_state_up": True,
        "mac_address": port.mac or None,
        "status": port.state,
        "network_id": str(port.network),
        "fixed_ips": [{"ip_address": ip.address, "subnet": str(ip.subnet)} for ip in port.ips],
        "security_groups": [],
        "created": iso_offset(port.created),
        "updated": iso_offset(port.updated),
        "links": _links(url, "ports", port.id),
    }


def floating_legacy(ip: FloatingIp) -> Document:
    return {
        "id": str(ip.id),
        "floating_ip_address": ip.address,
        "floating_network_id": str(ip.network),
        "fixed_ip_address": None,
        "port_id": None if ip.port is None else str(ip.port),
        "instance_id": None if ip.server is None else str(ip.server),
        "user_id": ip.owner,
        "tenant_id": ip.project,
        "shared_to_project": ip.shared,
        "deleted": False,
    }


def _common(
    number: int, name: str, project: ProjectId | UserId | None, created: int, updated: int
) -> Document:
    owner = project or ""
    return {
        "id": str(number),
        "name": name,
        "project_id": owner,
        "tenant_id": owner,
        "description": "",
        "tags": [],
        "created_at": iso_z(created),
        "updated_at": iso_z(updated),
        "revision_number": 1,
    }


def network_neutron(network: NetworkRow, *, admin: bool) -> Document:
    status = "ACTIVE" if network.state == "ACTIVE" else network.state
    shown = _common(network.id, network.name, network.project, network.created, network.updated) | {
        "admin_state_up": True,
        "status": status,
        "shared": network.public,
        "router:external": network.external_router,
        "subnets": [str(subnet) for subnet in network.subnets],
        "availability_zones": ["nova"],
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


def subnet_neutron(subnet: Subnet) -> Document:
    mode = "slaac" if subnet.version == 6 and subnet.dhcp else None
    return _common(
        subnet.id, subnet.name, subnet.project or subnet.owner, subnet.created, subnet.updated
    ) | {
        "network_id": str(subnet.network),
        "ip_version": subnet.version,
        "cidr": subnet.cidr,
        "gateway_ip": subnet.gateway,
        "enable_dhcp": subnet.dhcp,
        "dns_nameservers": list(subnet.dns_nameservers),
        "host_routes": [route for route in subnet.host_routes if isinstance(route, dict)],
        "allocation_pools": [{"start": low, "end": high} for low, high in subnet.pools],
        "subnetpool_id": None,
        "ipv6_address_mode": mode,
        "ipv6_ra_mode": mode,
        "service_types": [],
        "segment_id": None,
    }


def port_neutron(port: Port) -> Document:
    return _common(port.id, port.name, port.project, port.created, port.updated) | {
        "network_id": str(port.network),
        "mac_address": port.mac,
        "status": port.state,
        "admin_state_up": True,
        "device_id": "" if port.server is None else str(port.server),
        "device_owner": "" if port.server is None else "compute:nova",
        "fixed_ips": [{"ip_address": ip.address, "subnet_id": str(ip.subnet)} for ip in port.ips],
        "security_groups": [],
        "allowed_address_pairs": [],
        "extra_dhcp_opts": [],
        "binding:vnic_type": "normal",
        "dns_name": "",
        "port_security_enabled": False,
        "qos_policy_id": None,
    }


def floating_neutron(ip: FloatingIp) -> Document:
    shown = _common(ip.id, "", ip.project, ip.created, ip.updated)
    del shown["name"]
    return shown | {
        "floating_ip_address": ip.address,
        "floating_network_id": str(ip.network),
        "fixed_ip_address": None,
        "port_id": None if ip.port is None else str(ip.port),
        "router_id": None,
        "status": "DOWN" if ip.port is None else "ACTIVE",
        "port_details": None,
        "dns_name": "",
        "dns_domain": "",
        "qos_policy_id": None,
    }
