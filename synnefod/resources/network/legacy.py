"""Synnefo's network API (network.md 2, 3)."""

from __future__ import annotations

import re
from typing import Any

from synnefod.common.errors import Malformed, NotModified, Unsupported
from synnefod.common.ids import NetworkId, PortId, SubnetId, parse_integer
from synnefod.common.text import iso_offset, parse_iso
from synnefod.network.interface import FloatingIpId, Network, SubnetChange
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.network import bodies
from synnefod.resources.network.cards import Cards, create_port, delete_port
from synnefod.resources.network.neutron_documents import resource_document
from synnefod.resources.network.views import (
    floating_legacy,
    network_legacy,
    port_legacy,
    subnet_legacy,
)

Document = dict[str, Any]
_ZONE = re.compile(r"(Z|[+-][0-9]{2}:?[0-9]{2})$")


def since(call: Call) -> int | None:
    """The moment of `changes-since`; None without. Raises Malformed, also without a zone."""
    asked = call.query.one("changes-since")
    if asked is None:
        return None
    asked = asked.replace(" ", "+")  # a plus that was sent as it is
    if not _ZONE.search(asked):
        raise Malformed("changes-since needs a time zone.")
    return parse_iso(asked, "changes-since")


def changed(moment: int | None, collection: str, documents: list[Document]) -> Document:
    """The list; NotModified when it is one of changes and there are none (NET-020)."""
    if moment is not None and not documents:
        raise NotModified
    return {collection: documents}


class LegacyNetworks:
    """`/networks` and `/subnets`, ordered by number (NET-026)."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/", auth=False)
    async def resources(self, call: Call) -> Document:
        return resource_document(call)

    @route("GET", "/networks")
    @route("GET", "/networks/detail")
    async def networks(self, call: Call) -> Document:
        moment = since(call)
        rows = await self.network.networks(call.principal, since=moment)
        return changed(moment, "networks", [network_legacy(row, call.url) for row in rows])

    @route("POST", "/networks", status=201, body=dict[str, Any])
    async def create_network(self, call: Call) -> Document:
        wish = bodies.own_network(bodies.envelope(call.body, "network"), typed=True)
        row = await self.network.create_own(call.principal, wish)
        return {"network": network_legacy(row, call.url)}

    @route("GET", "/networks/<number>")
    async def show_network(self, call: Call, number: str) -> Document:
        wanted = NetworkId(parse_integer(number, "network"))
        row = await self.network.network(call.principal, wanted, deleted=True)
        return {"network": network_legacy(row, call.url)}

    @route("PUT", "/networks/<number>", body=dict[str, Any])
    async def rename_network(self, call: Call, number: str) -> Document:
        wanted = NetworkId(parse_integer(number, "network"))
        name = bodies.envelope(call.body, "network").get("name")
        if not isinstance(name, str):
            raise Malformed("'name' is missing or no text.")
        row = await self.network.rename_network(call.principal, wanted, name)
        return {"network": network_legacy(row, call.url)}

    @route("DELETE", "/networks/<number>", status=204)
    async def delete_network(self, call: Call, number: str) -> None:
        wanted = NetworkId(parse_integer(number, "network"))
        await self.network.delete_network(call.principal, wanted)

    @route("POST", "/networks/<number>/action", body=dict[str, Any])
    async def act_on_network(self, call: Call, number: str) -> None:
        wanted = NetworkId(parse_integer(number, "network"))
        project, shared = bodies.reassignment(call.body)
        await self.network.reassign_network(call.principal, wanted, project, shared=shared)

    @route("GET", "/subnets")
    @route("GET", "/subnets/detail")
    async def subnets(self, call: Call) -> Document:
        moment = since(call)
        rows = await self.network.subnets(call.principal, since=moment)
        return changed(moment, "subnets", [subnet_legacy(row, call.url) for row in rows])

    @route("POST", "/subnets", status=201, body=dict[str, Any])
    async def create_subnet(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "subnet")
        network = bodies.number(document, "network_id")
        if network is None:
            raise Malformed("'network_id' is missing.")
        new = bodies.new_subnet(document)
        row = await self.network.create_subnet(call.principal, NetworkId(network), new)
        return {"subnet": subnet_legacy(row, call.url)}

    @route("GET", "/subnets/<number>")
    async def show_subnet(self, call: Call, number: str) -> Document:
        wanted = SubnetId(parse_integer(number, "subnet"))
        row = await self.network.subnet(call.principal, wanted)
        return {"subnet": subnet_legacy(row, call.url)}

    @route("PUT", "/subnets/<number>", body=dict[str, Any])
    async def rename_subnet(self, call: Call, number: str) -> Document:
        wanted = SubnetId(parse_integer(number, "subnet"))
        document = bodies.envelope(call.body, "subnet")
        if set(document) != {"name"} or not isinstance(document["name"], str):
            raise Malformed("Only the name of a subnet can be changed.")
        change = SubnetChange(name=document["name"])
        row = await self.network.change_subnet(call.principal, wanted, change)
        return {"subnet": subnet_legacy(row, call.url)}

    @route("DELETE", "/subnets/<number>")
    async def delete_subnet(self, call: Call, number: str) -> None:
        raise Malformed("A subnet goes with its network.")


class LegacyPorts:
    """`/ports`."""

    def __init__(self, network: Network, cards: Cards | None) -> None:
        self.network = network
        self.cards = cards

    @route("GET", "/ports")
    @route("GET", "/ports/detail")
    async def ports(self, call: Call) -> Document:
        rows = await self.network.ports(call.principal)
        return {"ports": [port_legacy(row, call.url) for row in rows]}

    @route("POST", "/ports", status=201, body=dict[str, Any])
    async def create_port(self, call: Call) -> Document:
        document = bodies.envelope(call.body, "port")
        bodies.no_groups(document)
        request = bodies.port_request(document, single=True)
        row = await create_port(self.network, self.cards, call.principal, document, request)
        return {"port": port_legacy(row, call.url)}

    @route("GET", "/ports/<number>")
    async def show_port(self, call: Call, number: str) -> Document:
        row = await self.network.port(call.principal, PortId(parse_integer(number, "port")))
        return {"port": port_legacy(row, call.url)}

    @route("PUT", "/ports/<number>", body=dict[str, Any])
    async def rename_port(self, call: Call, number: str) -> Document:
        wanted = PortId(parse_integer(number, "port"))
        document = bodies.envelope(call.body, "port")
        bodies.no_groups(document)
        row = await self.network.rename_port(call.principal, wanted, bodies.text(document, "name"))
        return {"port": port_legacy(row, call.url)}

    @route("DELETE", "/ports/<number>", status=204)
    async def delete_port(self, call: Call, number: str) -> None:
        wanted = PortId(parse_integer(number, "port"))
        await delete_port(self.network, self.cards, call.principal, wanted)


class LegacyFloatingIps:
    """`/floatingips`."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/floatingips")
    @route("GET", "/floatingips/detail")
    async def floating_ips(self, call: Call) -> Document:
        moment = since(call)
        rows = await self.network.floating_ips(call.principal, since=moment)
        return changed(moment, "floatingips", [floating_legacy(row) for row in rows])

    @route("POST", "/floatingips", body=dict[str, Any])
    async def create(self, call: Call) -> Document:
        wish = bodies.new_floating_ip(bodies.envelope(call.body, "floatingip"))
        row = await self.network.create_floating_ip(call.principal, wish)
        return {"floatingip": floating_legacy(row)}

    @route("GET", "/address-history")
    async def history(self, call: Call) -> Document:
        """Which public addresses came to and left one's servers, newest first (UI-145)."""
        rows = await self.network.own_history(call.principal.user)
        return {
            "history": [
                {
                    "address": address,
                    "action": action,
                    "server_id": str(server),
                    "date": iso_offset(moment),
                }
                for address, moment, action, server in rows
            ]
        }

    @route("GET", "/floatingips/<number>")
    async def show(self, call: Call, number: str) -> Document:
        wanted = FloatingIpId(parse_integer(number, "floating IP"))
        row = await self.network.floating_ip(call.principal, wanted)
        return {"floatingip": floating_legacy(row)}

    @route("PUT", "/floatingips/<number>")
    async def change(self, call: Call, number: str) -> None:
        raise Unsupported("A floating IP is attached by making a port.")

    @route("DELETE", "/floatingips/<number>", status=204)
    async def delete(self, call: Call, number: str) -> None:
        wanted = FloatingIpId(parse_integer(number, "floating IP"))
        await self.network.delete_floating_ip(call.principal, wanted)

    @route("POST", "/floatingips/<number>/action", body=dict[str, Any])
    async def act(self, call: Call, number: str) -> Reply:
        wanted = FloatingIpId(parse_integer(number, "floating IP"))
        project, shared = bodies.reassignment(call.body)
        await self.network.reassign_floating_ip(call.principal, wanted, project, shared=shared)
        return Reply(None)
