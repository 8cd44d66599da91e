"""Descriptions and tags of everything in this service, each kind with its own guard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, PortId, SubnetId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import groups, routers, subnetpools
from synnefod.network.interface import (
    FloatingIpId,
    FloatingIpNotFound,
    NetworkNotFound,
    PortNotFound,
    SubnetNotFound,
)
from synnefod.network.interface.describing import LONGEST_TAG, Kind, TagNotFound
from synnefod.network.records import describing as records
from synnefod.network.records import floating as floating_records
from synnefod.network.records import networks as network_records
from synnefod.network.records import ports as port_records
from synnefod.network.tenancy import sees
from synnefod.store.interface import Store, Tx

LONGEST_DESCRIPTION = 255
MOST_TAGS = 50


@frozen
class Descriptions:
    """See `Describing`."""

    store: Store
    clock: IClock

    def _now(self) -> int:
        return micros(self.clock.seconds())

    async def describe(
        self,
        principal: Principal,
        kind: Kind,
        number: int,
        *,
        description: str | None = None,
        admin_up: bool | None = None,
    ) -> None:
        columns: dict[str, Any] = {}
        if description is not None:
            columns["description"] = checked_description(description)
        if admin_up is not None:
            columns["admin_up"] = int(admin_up)
        if not columns:
            return

        async def body(tx: Tx) -> None:
            await _GUARDS[kind](tx, principal, number, True)
            await records.change(tx, kind, number, self._now(), **columns)

        await self.store.transact("describe", body)

    async def tags(self, principal: Principal, kind: Kind, number: int) -> Sequence[str]:
        async def body(tx: Tx) -> list[str]:
            await _GUARDS[kind](tx, principal, number, False)
            return await records.labels(tx, kind, number)

        return await self.store.read("tags", body)

    async def set_tags(
        self, principal: Principal, kind: Kind, number: int, tags: Sequence[str]
    ) -> Sequence[str]:
        return await self._change(principal, kind, number, lambda _: list(tags))

    async def add_tags(
        self, principal: Principal, kind: Kind, number: int, tags: Sequence[str]
    ) -> Sequence[str]:
        return await self._change(principal, kind, number, lambda old: [*old, *tags])

    async def drop_tag(self, principal: Principal, kind: Kind, number: int, tag: str) -> None:
        def left(old: list[str]) -> list[str]:
            if tag not in old:
                raise TagNotFound(f"There is no tag '{tag[:64]}'.")
            return [each for each in old if each != tag]

        await self._change(principal, kind, number, left)

    async def _change(
        self,
        principal: Principal,
        kind: Kind,
        number: int,
        new: Callable[[list[str]], list[str]],
    ) -> Sequence[str]:
        async def body(tx: Tx) -> Sequence[str]:
            await _GUARDS[kind](tx, principal, number, True)
            old = await records.labels(tx, kind, number)
            tags = _checked(new(old))
            if tags != old:
                await records.set_labels(tx, kind, number, tags, self._now())
            return tags

        return await self.store.transact("change tags", body)


def checked_description(text: str) -> str:
    if len(text) > LONGEST_DESCRIPTION or "\0" in text:
        raise Malformed(f"A description has at most {LONGEST_DESCRIPTION} characters.")
    return text


def _checked(tags: list[str]) -> list[str]:
    found = list(dict.fromkeys(tags))
    for tag in found:
        if not 0 < len(tag) <= LONGEST_TAG or "\0" in tag or "," in tag or "/" in tag:
            raise Malformed(f"A tag has 1 to {LONGEST_TAG} characters, none of them ',' or '/'.")
    if len(found) > MOST_TAGS:
        raise Malformed(f"A thing has at most {MOST_TAGS} tags.")
    return found


# -- who sees a thing, and who may change what is said of it


async def _network(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    row = await network_records.get(tx, NetworkId(number), lock=change)
    if row is None or row.deleted or not sees(principal, row):
        raise NetworkNotFound(f"Network {number} does not exist.")
    if change and row.public and not principal.is_admin:
        raise Forbidden("A public network is not yours.")


async def _subnet(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    network = await network_records.network_of(tx, SubnetId(number))
    row = None if network is None else await network_records.get(tx, network)
    if row is None or not sees(principal, row):
        raise SubnetNotFound(f"Subnet {number} does not exist.")
    if change and not (principal.is_admin or row.owner == principal.user):
        raise Forbidden(f"Subnet {number} is not yours.")


async def _port(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    user = None if principal.is_admin else principal.user
    found = await port_records.visible(tx, user, sorted(principal.projects), PortId(number))
    if not found:
        raise PortNotFound(f"Port {number} does not exist.")


async def _floating(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    user = None if principal.is_admin else principal.user
    projects = sorted(principal.projects)
    if not await floating_records.visible(tx, user, projects, number=FloatingIpId(number)):
        raise FloatingIpNotFound(f"Floating IP {number} does not exist.")


async def _router(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    await routers.one(tx, principal, number)


async def _group(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    guard = groups.own if change else groups.one
    await guard(tx, principal, number)


async def _pool(tx: Tx, principal: Principal, number: int, change: bool) -> None:
    guard = subnetpools.own if change else subnetpools.one
    await guard(tx, principal, number)


_GUARDS: dict[Kind, Callable[[Tx, Principal, int, bool], Awaitable[None]]] = {
    "networks": _network,
    "subnets": _subnet,
    "ports": _port,
    "floatingips": _floating,
    "routers": _router,
    "security-groups": _group,
    "subnetpools": _pool,
}
