"""Neutron's face of the network service (network.md 22): what clients look at."""

from __future__ import annotations

import re
from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound, Unsupported
from synnefod.common.ids import NetworkId, PortId, SubnetId
from synnefod.network.interface import (
    FloatingIpId,
    FloatingIpNotFound,
    Network,
    NetworkNotFound,
    NewNetwork,
    PortNotFound,
    PortRequest,
    SubnetNotFound,
)
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.network import bodies
from synnefod.resources.network.cards import Cards, create_port, delete_port
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.views import (
    floating_neutron,
    network_neutron,
    port_neutron,
    subnet_neutron,
)

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


def _network_id(text: str) -> NetworkId:
    return NetworkId(_number(text, "Network", NetworkNotFound))


def _subnet_id(text: str) -> SubnetId:
    return SubnetId(_number(text, "Subnet", SubnetNotFound))


def _port_id(text: str) -> PortId:
    return PortId(_number(text, "Port", PortNotFound))


def _floating_id(text: str) -> FloatingIpId:
    return FloatingIpId(_number(text, "Floating IP", FloatingIpNotFound))


def _number(text: str, what: str, missing: type[NotFound]) -> int:
    """NET-253: what is no number is nobody's."""
    if not _NUMBER.fullmatch(text):
        raise missing(f"{what} {text[:64]} could not be found.")
    return int(text)


class NeutronNetworks:
    """`/networks` and `/subnets`."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/networks")
    async def networks(self, call: Call) -> Document:
        rows = await self.network.networks(call.principal)
        admin = call.principal.is_admin
        return listed(call, "networks", [network_neutron(row, admin=admin) for row in rows])

    @route("POST", "/networks", status=201, body=dict[str, Any])
    async def create_network(self, call: Call) -> Document:
        document = dict(bodies.envelope(call.body, "network"))
        principal = call.principal
        public = bodies.boolean(document, "shared", False) or bodies.boolean(
            document, "router:external", False
        )
        if public and not principal.is_admin:
            raise Forbidden("Only administrators make public networks.")
        document.setdefault("project", _project(document))
        if public:
            new = NewNetwork(bodies.text(document, "name"), public=True, floating_ip_pool=True)
            row = await self.network.create_network(new)
        else:
            wish = bodies.own_network(document, typed=False)
            row = await self.network.create_own(principal, wish)
        return {"network": network_neutron(row, admin=principal.is_admin)}

    @route("GET", "/networks/<number>")
    async def show_network(self, call: Call, number: str) -> Document:
        row = await self.network.network(call.principal, _network_id(number))
        shown = network_neutron(row, admin=call.principal.is_admin)
        return {"network": chosen(call, shown)}

    @route("PUT", "/networks/<number>", body=dict[str, Any])
    async def change_network(self, call: Call, number: str) -> Document:
        wanted, document = _network_id(number), bodies.envelope(call.body, "network")
        if not bodies.boolean(document, "admin_state_up", True):
            raise Malformed("A network cannot be switched off.")
        row = await self.network.network(call.principal, wanted)
        if "name" in document:
            name = bodies.text(document, "name")
            row = await self.network.rename_network(call.principal, wanted, name)
        return {"network": network_neutron(row, admin=call.principal.is_admin)}

    @route("DELETE", "/networks/<number>", status=204)
    async def delete_network(self, call: Call, number: str) -> None:
        wanted = _network_id(number)
        await self.network.network(call.principal, wanted)
        await self.network.delete_network(call.principal, wanted)

    @route("GET", "/subnets")
    async def subnets(self, call: Call) -> Document:
        rows = await self.network.subnets(call.principal)
        return listed(call, "subnets", [subnet_neutron(row) for row in rows])

    @route("POST", "/subnets", status=201, body=dict[str, Any])
    async def create_subnet(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "subnet")
        network = _network_id(bodies.text_or_number(document, "network_id"))
        new = bodies.new_subnet(document)
        row = await self.network.create_subnet(call.principal, network, new, hide=True)
        return {"subnet": subnet_neutron(row)}

    @route("GET", "/subnets/<number>")
    async def show_subnet(self, call: Call, number: str) -> Document:
        row = await self.network.subnet(call.principal, _subnet_id(number))
        return {"subnet": chosen(call, subnet_neutron(row))}

    @route("PUT", "/subnets/<number>", body=dict[str, Any])
    async def change_subnet(self, call: Call, number: str) -> Document:
        wanted = _subnet_id(number)
        change = bodies.subnet_change(bodies.envelope(call.body, "subnet"))
        row = await self.network.change_subnet(call.principal, wanted, change)
        return {"subnet": subnet_neutron(row)}

    @route("DELETE", "/subnets/<number>", status=204)
    async def delete_subnet(self, call: Call, number: str) -> None:
        await self.network.delete_subnet(call.principal, _subnet_id(number))


class NeutronPorts:
    """`/ports` and `/floatingips`."""

    def __init__(self, network: Network, cards: Cards | None) -> None:
        self.network = network
        self.cards = cards

    @route("GET", "/ports")
    async def ports(self, call: Call) -> Document:
        rows = await self.network.ports(call.principal)
        return listed(call, "ports", [port_neutron(row) for row in rows])

    @route("POST", "/ports", status=201, body=dict[str, Any])
    async def create_port(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "port")
        bodies.no_groups(document)
        request = PortRequest(
            network=_network_id(bodies.text_or_number(document, "network_id")),
            address=bodies.fixed_address(document, single=False),
        )
        row = await create_port(self.network, self.cards, call.principal, document, request)
        return {"port": port_neutron(row)}

    @route("GET", "/ports/<number>")
    async def show_port(self, call: Call, number: str) -> Document:
        row = await self.network.port(call.principal, _port_id(number))
        return {"port": chosen(call, port_neutron(row))}

    @route("PUT", "/ports/<number>", body=dict[str, Any])
    async def change_port(self, call: Call, number: str) -> Document:
        document = bodies.envelope(call.body, "port")
        bodies.no_groups(document)
        name = bodies.text(document, "name")
        row = await self.network.rename_port(call.principal, _port_id(number), name)
        return {"port": port_neutron(row)}

    @route("DELETE", "/ports/<number>", status=204)
    async def delete_port(self, call: Call, number: str) -> None:
        await delete_port(self.network, self.cards, call.principal, _port_id(number))

    @route("GET", "/floatingips")
    async def floating_ips(self, call: Call) -> Document:
        rows = await self.network.floating_ips(call.principal)
        return listed(call, "floatingips", [floating_neutron(row) for row in rows])

    @route("POST", "/floatingips", status=201, body=dict[str, Any])
    async def create_floating_ip(self, call: Call) -> Document:
        document = dict(bodies.envelope(call.body, "floatingip"))
        if document.get("port_id"):
            raise Unsupported("A floating IP is attached by making a port.")
        _network_id(bodies.text_or_number(document, "floating_network_id"))
        document.setdefault("project", _project(document))
        wish = bodies.new_floating_ip(document)
        row = await self.network.create_floating_ip(call.principal, wish)
        return {"floatingip": floating_neutron(row)}

    @route("GET", "/floatingips/<number>")
    async def show_floating_ip(self, call: Call, number: str) -> Document:
        row = await self.network.floating_ip(call.principal, _floating_id(number))
        return {"floatingip": chosen(call, floating_neutron(row))}

    @route("DELETE", "/floatingips/<number>", status=204)
    async def delete_floating_ip(self, call: Call, number: str) -> None:
        await self.network.delete_floating_ip(call.principal, _floating_id(number))


def _project(document: Document) -> str | None:
    """Neutron's two names of the project to be charged."""
    return document.get("project_id") or document.get("tenant_id")


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
