"""Networks, subnets, ports and floating IPs as Synnefo's API writes them (network.md 3)."""

from __future__ import annotations

from typing import Any

from synnefod.common.text import iso_offset
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
        "deleted": ip.deleted,
    }
