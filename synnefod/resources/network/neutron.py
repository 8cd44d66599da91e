"""Neutron's face of the network service (network.md 22): what clients look at."""

from __future__ import annotations

import re
from typing import Any

from synnefod.common.errors import NotFound
from synnefod.common.ids import NetworkId, PortId, SubnetId
from synnefod.network.interface import Network, NetworkNotFound, PortNotFound, SubnetNotFound
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.views import network_neutron, port_neutron, subnet_neutron

Document = dict[str, Any]
_NUMBER = re.compile(r"[0-9]{1,18}")
EXTENSIONS = {
    "external-net": "Neutron external network",
    "project-id": "project_id field enabled",
    "quotas": "Quota management support",
    "quota_details": "Quota details management support",
    "sorting": "Sorting support",
    "pagination": "Pagination support",
    "availability_zone": "Availability Zone",
    "network_availability_zone": "Network Availability Zone",
    "standard-attr-description": "standard-attr-description",
    "standard-attr-timestamp": "Resource timestamps",
    "standard-attr-revisions": "Resource revision numbers",
}


class NeutronNetworks:
    """`/networks`, `/subnets` and `/ports`."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/networks")
    async def networks(self, call: Call) -> Document:
        rows = await self.network.networks(call.principal)
        admin = call.principal.is_admin
        return listed(call, "networks", [network_neutron(row, admin=admin) for row in rows])

    @route("GET", "/networks/<number>")
    async def show_network(self, call: Call, number: str) -> Document:
        if not _NUMBER.fullmatch(number):
            raise NetworkNotFound(f"Network {number[:64]} could not be found.")
        row = await self.network.network(call.principal, NetworkId(int(number)))
        shown = network_neutron(row, admin=call.principal.is_admin)
        return {"network": chosen(call, shown)}

    @route("GET", "/subnets")
    async def subnets(self, call: Call) -> Document:
        rows = await self.network.subnets(call.principal)
        return listed(call, "subnets", [subnet_neutron(row) for row in rows])

    @route("GET", "/subnets/<number>")
    async def show_subnet(self, call: Call, number: str) -> Document:
        if not _NUMBER.fullmatch(number):
            raise SubnetNotFound(f"Subnet {number[:64]} could not be found.")
        row = await self.network.subnet(call.principal, SubnetId(int(number)))
        return {"subnet": chosen(call, subnet_neutron(row))}

    @route("GET", "/ports")
    async def ports(self, call: Call) -> Document:
        rows = await self.network.ports(call.principal)
        return listed(call, "ports", [port_neutron(row) for row in rows])

    @route("GET", "/ports/<number>")
    async def show_port(self, call: Call, number: str) -> Document:
        if not _NUMBER.fullmatch(number):
            raise PortNotFound(f"Port {number[:64]} could not be found.")
        row = await self.network.port(call.principal, PortId(int(number)))
        return {"port": chosen(call, port_neutron(row))}


class NeutronDocuments:
    """Extensions, zones and versions."""

    @route("GET", "/extensions")
    async def extensions(self, call: Call) -> Document:
        return {"extensions": [_extension(alias) for alias in EXTENSIONS]}

    @route("GET", "/extensions/<alias>")
    async def extension(self, call: Call, alias: str) -> Document:
        if alias not in EXTENSIONS:
            raise NotFound(f"Extension with alias {alias[:64]} does not exist.")
        return {"extension": _extension(alias)}

    @route("GET", "/availability_zones")
    async def zones(self, call: Call) -> Document:
        zone = {"name": "nova", "resource": "network", "state": "available"}
        return {"availability_zones": [zone]}

    @route("GET", "/", auth=False)
    async def resources(self, call: Call) -> Document:
        return resource_document(call)


class NetworkVersions:
    """The version document at the service's root (NET-001)."""

    @route("GET", "/", auth=False)
    async def versions(self, call: Call) -> Reply:
        link = {"rel": "self", "href": f"{call.url}/v2.0/"}
        return Reply({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]})


def resource_document(call: Call) -> Document:
    """NET-002: what there is below a version."""
    return {
        "resources": [
            {
                "name": name,
                "collection": f"{name}s",
                "links": [{"rel": "self", "href": f"{call.url}/{name}s"}],
            }
            for name in ("network", "subnet", "port", "floatingip")
        ]
    }


def _extension(alias: str) -> Document:
    return {
        "alias": alias,
        "name": EXTENSIONS[alias],
        "description": EXTENSIONS[alias],
        "updated": "2012-07-20T10:00:00-00:00",
        "links": [],
    }
