"""Neutron's networks and subnets (network.md 22)."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.common.errors import Forbidden, Malformed
from synnefod.network.interface import (
    NetworkRow,
    NewNetwork,
    NewSubnet,
    OwnNetwork,
)
from synnefod.network.interface.rooms import Rooms
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read
from synnefod.resources.network.bodies import Document as Sent
from synnefod.resources.network.lists import chosen, listed
from synnefod.resources.network.neutron_views import network_document, subnet_document

Document = dict[str, Any]


class NeutronNetworks:
    """`/networks`."""

    def __init__(self, network: Rooms) -> None:
        self.network = network

    def _shown(self, call: Call, row: NetworkRow) -> Document:
        return network_document(row, admin=call.principal.is_admin)

    @route("GET", "/networks")
    async def networks(self, call: Call) -> Document:
        rows = await self.network.networks(call.principal)
        return listed(call, "networks", [self._shown(call, row) for row in rows])

    @route("POST", "/networks", status=201, body=dict[str, Any])
    async def create_network(self, call: Call) -> Document:
        documents, many = read.one_or_many(call.body, "network")
        if not many and _public(documents[0]):
            return {"network": self._shown(call, await self._create_public(call, documents[0]))}
        if any(_public(document) for document in documents):
            raise Malformed("Public networks are made one by one.")
        rows = await self.network.create_networks(
            call.principal, [_wish(document) for document in documents]
        )
        shown = [self._shown(call, row) for row in rows]
        return {"networks": shown} if many else {"network": shown[0]}

    async def _create_public(self, call: Call, document: Sent) -> NetworkRow:
        if not call.principal.is_admin:
            raise Forbidden("Only administrators make public networks.")
        new = NewNetwork(bodies.text(document, "name"), public=True, floating_ip_pool=True)
        row = await self.network.create_network(new)
        await self._describe(call, row, document)
        return await self.network.network(call.principal, row.id)

    async def _describe(self, call: Call, row: NetworkRow, document: Sent) -> None:
        await self.network.describing.describe(
            call.principal,
            "networks",
            row.id,
            description=read.optional(document, "description", bodies.text),
            admin_up=read.switched_on(document),
        )

    @route("GET", "/networks/<number>")
    async def show_network(self, call: Call, number: str) -> Document:
        row = await self.network.network(call.principal, read.network_id(number))
        return {"network": chosen(call, self._shown(call, row))}

    @route("PUT", "/networks/<number>", body=dict[str, Any])
    async def change_network(self, call: Call, number: str) -> Document:
        wanted, document = read.network_id(number), bodies.envelope(call.body, "network")
        row = await self.network.network(call.principal, wanted)
        if "name" in document:
            name = bodies.text(document, "name")
            await self.network.rename_network(call.principal, wanted, name)
        await self._describe(call, row, document)
        return {"network": self._shown(call, await self.network.network(call.principal, wanted))}

    @route("DELETE", "/networks/<number>", status=204)
    async def delete_network(self, call: Call, number: str) -> None:
        wanted = read.network_id(number)
        await self.network.network(call.principal, wanted)
        await self.network.delete_network(call.principal, wanted)


def _public(document: Sent) -> bool:
    shared = bodies.boolean(document, "shared", False)
    return bodies.boolean(document, "router:external", False) or shared


def _wish(document: Sent) -> OwnNetwork:
    named = {**document, "project": document.get("project") or read.project(document)}
    return evolve(
        bodies.own_network(named, typed=False),
        admin_up=read.switched_on(document) is not False,
        description=bodies.text(document, "description"),
    )


class NeutronSubnets:
    """`/subnets`."""

    def __init__(self, network: Rooms) -> None:
        self.network = network

    @route("GET", "/subnets")
    async def subnets(self, call: Call) -> Document:
        rows = await self.network.subnets(call.principal)
        return listed(call, "subnets", [subnet_document(row) for row in rows])

    @route("POST", "/subnets", status=201, body=dict[str, Any])
    async def create_subnet(self, call: Call) -> Document:
        documents, many = read.one_or_many(call.body, "subnet")
        news = [
            (read.network_id(bodies.text_or_number(each, "network_id")), _new_subnet(each))
            for each in documents
        ]
        rows = await self.network.create_subnets(call.principal, news, hide=True)
        shown = [subnet_document(row) for row in rows]
        return {"subnets": shown} if many else {"subnet": shown[0]}

    @route("GET", "/subnets/<number>")
    async def show_subnet(self, call: Call, number: str) -> Document:
        row = await self.network.subnet(call.principal, read.subnet_id(number))
        return {"subnet": chosen(call, subnet_document(row))}

    @route("PUT", "/subnets/<number>", body=dict[str, Any])
    async def change_subnet(self, call: Call, number: str) -> Document:
        wanted, document = read.subnet_id(number), bodies.envelope(call.body, "subnet")
        change = bodies.subnet_change(document)
        await self.network.change_subnet(call.principal, wanted, change)
        await self.network.describing.describe(
            call.principal,
            "subnets",
            wanted,
            description=read.optional(document, "description", bodies.text),
        )
        return {"subnet": subnet_document(await self.network.subnet(call.principal, wanted))}

    @route("DELETE", "/subnets/<number>", status=204)
    async def delete_subnet(self, call: Call, number: str) -> None:
        await self.network.delete_subnet(call.principal, read.subnet_id(number))


def _new_subnet(document: Sent) -> NewSubnet:
    """With a range, or from a subnet pool (22.7)."""
    pool = None
    if document.get("subnetpool_id") is not None:
        pool = read.pool_id(bodies.text_or_number(document, "subnetpool_id"))
    elif bodies.boolean(document, "use_default_subnetpool", False):
        pool = 0
    sent = document if pool is None else {**document, "cidr": document.get("cidr") or ""}
    if document.get("ip_version") is None:
        sent = {key: value for key, value in sent.items() if key != "ip_version"}
    version = read.whole(sent, "ip_version")
    if version is not None:
        sent = {**sent, "ip_version": version}
    return evolve(
        bodies.new_subnet(sent),
        pool=pool,
        length=read.whole(document, "prefixlen"),
        description=bodies.text(document, "description"),
    )
