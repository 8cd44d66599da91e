"""Neutron's ports and floating IPs (network.md 22.4, 22.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from synnefod.common.errors import Malformed, Unsupported
from synnefod.common.ids import ServerId
from synnefod.common.principal import Principal
from synnefod.network.interface import (
    CARRIER,
    FloatingIp,
    FloatingIpId,
    NewFloatingIp,
    Port,
    PortNotFound,
    PortRequest,
)
from synnefod.network.interface.rooms import Rooms
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.bodies import Document as Sent
from synnefod.resources.network.cards import Cards, create_port, delete_port
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import floating_document, port_document

Document = dict[str, Any]


class NeutronPorts:
    """`/ports`."""

    def __init__(self, network: Rooms, cards: Cards | None) -> None:
        self.network = network
        self.cards = cards

    async def _all_shown(self, principal: Principal, ports: Sequence[Port]) -> list[Document]:
        groups, admin = self.network.groups, principal.is_admin
        strict = await groups.approximated([port for port in ports if port.groups])
        return [port_document(port, groups.of(port), port.id in strict, admin) for port in ports]

    async def _shown(self, principal: Principal, port: Port) -> Document:
        return (await self._all_shown(principal, [port]))[0]

    @route("GET", "/ports")
    async def ports(self, call: Call) -> Document:
        """What only carries a floating IP is for administrators to see."""
        rows = await self.network.ports(call.principal)
        if not call.principal.is_admin:
            rows = [row for row in rows if row.device_owner != CARRIER]
        return listed(call, "ports", await self._all_shown(call.principal, rows))

    @route("POST", "/ports", status=201, body=dict[str, Any])
    async def create_port(self, call: Call) -> Document:
        documents, many = read.one_or_many(call.body, "port")
        wishes = [(_request(each), bodies.text(each, "name")) for each in documents]
        if many:
            if any(bodies.device(each) is not None for each in documents):
                raise Malformed("Ports of servers are made one by one.")
            rows = await self.network.create_ports(call.principal, wishes)
            return {"ports": await self._all_shown(call.principal, rows)}
        ((request, _),) = wishes
        (document,) = documents
        row = await create_port(self.network, self.cards, call.principal, document, request)
        return {"port": await self._shown(call.principal, row)}

    @route("GET", "/ports/<number>")
    async def show_port(self, call: Call, number: str) -> Document:
        row = await self.network.port(call.principal, read.port_id(number))
        return {"port": chosen(call, await self._shown(call.principal, row))}

    @route("PUT", "/ports/<number>", body=dict[str, Any])
    async def change_port(self, call: Call, number: str) -> Document:
        document, wanted = bodies.envelope(call.body, "port"), read.port_id(number)
        principal = call.principal
        await self.network.rename_port(principal, wanted, bodies.text(document, "name"))
        await self.network.describing.describe(
            principal,
            "ports",
            wanted,
            description=read.optional(document, "description", bodies.text),
            admin_up=read.switched_on(document),
        )
        groups = read.given_groups(document)
        if groups is not None:
            await self.network.groups.give(principal, wanted, groups)
        if "device_id" in document:
            await self._move(principal, await self.network.port(principal, wanted), document)
        row = await self.network.port(principal, wanted)
        return {"port": await self._shown(principal, row)}

    async def _move(self, principal: Principal, port: Port, document: Sent) -> None:
        """To the named server, or off the one that it is on."""
        server = bodies.device(document)
        if server == port.server:
            return
        if self.cards is None or port.router is not None:
            raise Unsupported("The device of this port does not change.")
        if server is None:
            assert port.server is not None
            await self.cards.unplug(principal, port.server, port.id)
        else:
            await self.cards.plug(principal, ServerId(server), PortRequest(port=port.id))

    @route("DELETE", "/ports/<number>", status=204)
    async def delete_port(self, call: Call, number: str) -> None:
        await delete_port(self.network, self.cards, call.principal, read.port_id(number))


def _request(document: Sent) -> PortRequest:
    return PortRequest(
        network=read.network_id(bodies.text_or_number(document, "network_id")),
        address=read.wished_address(document),
        groups=read.given_groups(document),
        description=bodies.text(document, "description"),
        admin_up=read.switched_on(document) is not False,
    )


class NeutronFloatingIps:
    """`/floatingips`: drawn, and brought to ports by `port_id` (22.7)."""

    def __init__(self, network: Rooms, cards: Cards | None) -> None:
        self.network = network
        self.cards = cards

    async def _shown(self, principal: Principal, ip: FloatingIp) -> Document:
        number = ip.target if ip.target is not None else ip.port
        if number is None:
            return floating_document(ip, None)
        try:
            port = await self.network.port(principal, number)
        except PortNotFound:
            return floating_document(ip, None)
        return floating_document(ip, port)

    @route("GET", "/floatingips")
    async def floating_ips(self, call: Call) -> Document:
        rows = await self.network.floating_ips(call.principal)
        ports = {port.id: port for port in await self.network.ports(call.principal)}
        shown = [
            floating_document(ip, ports.get(number) if number is not None else None)
            for ip in rows
            for number in [ip.target if ip.target is not None else ip.port]
        ]
        return listed(call, "floatingips", shown)

    @route("POST", "/floatingips", status=201, body=dict[str, Any])
    async def create_floating_ip(self, call: Call) -> Document:
        document = dict(bodies.envelope(call.body, "floatingip"))
        read.network_id(bodies.text_or_number(document, "floating_network_id"))
        document["project"] = document.get("project") or read.project(document)
        row = await self.network.create_floating_ip(call.principal, _new(document))
        row = await self._settled(call.principal, row.id)
        return {"floatingip": await self._shown(call.principal, row)}

    @route("GET", "/floatingips/<number>")
    async def show_floating_ip(self, call: Call, number: str) -> Document:
        row = await self.network.floating_ip(call.principal, read.floating_id(number))
        return {"floatingip": chosen(call, await self._shown(call.principal, row))}

    @route("PUT", "/floatingips/<number>", body=dict[str, Any])
    async def change_floating_ip(self, call: Call, number: str) -> Document:
        wanted, document = read.floating_id(number), bodies.envelope(call.body, "floatingip")
        principal = call.principal
        await self.network.describing.describe(
            principal,
            "floatingips",
            wanted,
            description=read.optional(document, "description", bodies.text),
        )
        if "port_id" in document:
            named = read.nullable_text(document, "port_id")
            port = read.port_id(named) if named else None
            await self.network.associate(principal, wanted, port, _fixed(document))
        row = await self._settled(principal, wanted)
        return {"floatingip": await self._shown(principal, row)}

    @route("DELETE", "/floatingips/<number>", status=204)
    async def delete_floating_ip(self, call: Call, number: str) -> None:
        await self.network.delete_floating_ip(call.principal, read.floating_id(number))

    async def _settled(self, principal: Principal, number: FloatingIpId) -> FloatingIp:
        """The address, when its server was told of it; a busy server is told later."""
        if self.cards is not None:
            await self.cards.settle(number)
        return await self.network.floating_ip(principal, number)


def _new(document: Sent) -> NewFloatingIp:
    named = read.nullable_text(document, "port_id")
    return evolve(
        bodies.new_floating_ip(document),
        description=bodies.text(document, "description"),
        target=read.port_id(named) if named else None,
        fixed=_fixed(document),
    )


def _fixed(document: Sent) -> str | None:
    return bodies.v4_address(document, "fixed_ip_address")
