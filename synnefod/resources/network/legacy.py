"""Synnefo's network API (network.md 2, 3): what clients look at."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import NetworkId, PortId, SubnetId, parse_integer
from synnefod.network.interface import Network
from synnefod.resources.door import Call, route
from synnefod.resources.network.neutron import resource_document
from synnefod.resources.network.views import network_legacy, port_legacy, subnet_legacy

Document = dict[str, Any]


class LegacyNetworks:
    """`/networks`, `/subnets` and `/ports`, ordered by number (NET-026)."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @route("GET", "/", auth=False)
    async def resources(self, call: Call) -> Document:
        return resource_document(call)

    @route("GET", "/networks")
    @route("GET", "/networks/detail")
    async def networks(self, call: Call) -> Document:
        rows = await self.network.networks(call.principal)
        return {"networks": [network_legacy(row, call.url) for row in rows]}

    @route("GET", "/networks/<number>")
    async def show_network(self, call: Call, number: str) -> Document:
        wanted = NetworkId(parse_integer(number, "network"))
        row = await self.network.network(call.principal, wanted)
        return {"network": network_legacy(row, call.url)}

    @route("GET", "/subnets")
    @route("GET", "/subnets/detail")
    async def subnets(self, call: Call) -> Document:
        rows = await self.network.subnets(call.principal)
        return {"subnets": [subnet_legacy(row, call.url) for row in rows]}

    @route("GET", "/subnets/<number>")
    async def show_subnet(self, call: Call, number: str) -> Document:
        wanted = SubnetId(parse_integer(number, "subnet"))
        row = await self.network.subnet(call.principal, wanted)
        return {"subnet": subnet_legacy(row, call.url)}

    @route("GET", "/ports")
    @route("GET", "/ports/detail")
    async def ports(self, call: Call) -> Document:
        rows = await self.network.ports(call.principal)
        return {"ports": [port_legacy(row, call.url) for row in rows]}

    @route("GET", "/ports/<number>")
    async def show_port(self, call: Call, number: str) -> Document:
        row = await self.network.port(call.principal, PortId(parse_integer(number, "port")))
        return {"port": port_legacy(row, call.url)}
