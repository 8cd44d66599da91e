"""Subnet pools: who may carve which range from them (network.md 22.7)."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network.groups import projects_of
from synnefod.network.interface.limits import LimitReached
from synnefod.network.interface.subnetpools import (
    SubnetPool,
    SubnetPoolEmpty,
    SubnetPoolInUse,
    SubnetPoolNotFound,
    SubnetPoolWish,
)
from synnefod.network.limits import Limits
from synnefod.network.records import subnetpools as records
from synnefod.network.tenancy import checked_name
from synnefod.store.interface import Store, Tx

Range = ipaddress.IPv4Network | ipaddress.IPv6Network
_LENGTHS = {4: (8, 32), 6: (64, 128)}
MOST_PREFIXES = 64


@frozen
class PoolDesk:
    """See `SubnetPools`."""

    store: Store
    clock: IClock
    limits: Limits

    def _now(self) -> int:
        return micros(self.clock.seconds())

    async def pools(self, principal: Principal) -> list[SubnetPool]:
        projects = projects_of(principal)
        return await self.store.read("list subnet pools", lambda tx: records.visible(tx, projects))

    async def pool(self, principal: Principal, number: int) -> SubnetPool:
        return await self.store.read("get subnet pool", lambda tx: one(tx, principal, number))

    async def create(
        self, principal: Principal, project: ProjectId, wish: SubnetPoolWish
    ) -> SubnetPool:
        _may(principal, wish)
        ranges = _ranges(wish.prefixes or ())
        if not ranges:
            raise Malformed("A subnet pool has prefixes.")
        version = ranges[0].version
        low, high = _LENGTHS[version]
        shortest = low if wish.shortest is None else wish.shortest
        longest = high if wish.longest is None else wish.longest
        usual_length = shortest if wish.usual_length is None else wish.usual_length
        _check_lengths(version, shortest, usual_length, longest)

        async def body(tx: Tx) -> SubnetPool:
            await self.limits.check(tx, project, "subnetpool")
            if wish.usual:
                await self._check_usual(tx, version, 0)
            number = await records.insert(
                tx,
                self._now(),
                name=checked_name(wish.name or ""),
                owner=principal.user,
                project=project,
                version=version,
                prefixes=dump_text([str(each) for each in ranges]),
                usual_length=usual_length,
                shortest=shortest,
                longest=longest,
                shared=int(bool(wish.shared)),
                usual=int(bool(wish.usual)),
                quota=wish.quota,
                description=wish.description or "",
            )
            return await one(tx, principal, number)

        return await self.store.transact("create subnet pool", body)

    async def _check_usual(self, tx: Tx, version: int, number: int) -> None:
        for pool in await records.visible(tx, None):
            if pool.usual and pool.version == version and pool.id != number:
                raise Malformed(f"Subnet pool {pool.id} is the default one of IPv{version}.")

    async def modify(self, principal: Principal, number: int, wish: SubnetPoolWish) -> SubnetPool:
        _may(principal, wish)

        async def body(tx: Tx) -> SubnetPool:
            pool = await own(tx, principal, number)
            columns: dict[str, Any] = {}
            if wish.name is not None:
                columns["name"] = checked_name(wish.name)
            if wish.prefixes is not None:
                columns["prefixes"] = dump_text(_grown(pool, wish.prefixes))
            lengths = {
                "shortest": wish.shortest,
                "usual_length": wish.usual_length,
                "longest": wish.longest,
            }
            given = {key: value for key, value in lengths.items() if value is not None}
            _check_lengths(
                pool.version,
                given.get("shortest", pool.shortest),
                given.get("usual_length", pool.usual_length),
                given.get("longest", pool.longest),
            )
            if wish.usual:
                await self._check_usual(tx, pool.version, number)
            if wish.usual is not None:
                columns["usual"] = int(wish.usual)
            if wish.quota is not None:
                columns["quota"] = wish.quota
            if wish.description is not None:
                columns["description"] = wish.description
            await records.change(tx, number, self._now(), **columns, **given)
            return await one(tx, principal, number)

        return await self.store.transact("modify subnet pool", body)

    async def delete(self, principal: Principal, number: int) -> None:
        async def body(tx: Tx) -> None:
            await own(tx, principal, number)
            if await records.carved(tx, number):
                raise SubnetPoolInUse(f"Subnets were carved from pool {number}.")
            await records.delete(tx, number)

        await self.store.transact("delete subnet pool", body)

    async def usual(self, tx: Tx, principal: Principal, version: int) -> SubnetPool | None:
        """The default pool of an IP version."""
        found = await records.visible(tx, projects_of(principal))
        return next((each for each in found if each.usual and each.version == version), None)

    async def carve(
        self,
        tx: Tx,
        principal: Principal,
        project: ProjectId,
        number: int,
        *,
        length: int | None,
        cidr: str | None,
    ) -> str:
        """A free range of the pool: this one, or the first of this length. It is taken when the
        subnet is. Raises SubnetPoolNotFound, SubnetPoolEmpty, Malformed, LimitReached."""
        await one(tx, principal, number)
        (pool,) = await records.visible(tx, None, number=number, lock=True)
        taken = [_range(text) for text in await records.carved(tx, number)]
        length = pool.usual_length if length is None else length
        if cidr is not None:
            length = _range(cidr).prefixlen
        if not pool.shortest <= length <= pool.longest:
            raise Malformed(
                f"A range of this pool has a prefix between {pool.shortest} and {pool.longest}."
            )
        chosen = _within(pool, taken, _range(cidr)) if cidr else _first(pool, taken, length)
        if pool.quota is not None:
            mine = await records.carved(tx, number, project)
            used = sum(_range(text).num_addresses for text in mine)
            if used + chosen.num_addresses > pool.quota:
                raise LimitReached(f"The project may have {pool.quota} addresses of the pool.")
        return str(chosen)


def _within(pool: SubnetPool, taken: Sequence[Range], wished: Range) -> Range:
    inside = any(_inside(wished, _range(text)) for text in pool.prefixes)
    if not inside or any(wished.overlaps(each) for each in taken):
        raise SubnetPoolEmpty(f"{wished} is not free in subnet pool {pool.id}.")
    return wished


def _first(pool: SubnetPool, taken: Sequence[Range], length: int) -> Range:
    """The first free block; what is taken is stepped over as a whole."""
    size = 1 << ((32 if pool.version == 4 else 128) - length)
    for text in pool.prefixes:
        prefix = _range(text)
        at, end = int(prefix.network_address), int(prefix.broadcast_address)
        while at + size - 1 <= end:
            block = ipaddress.ip_network((at, length))
            hit = next((each for each in taken if block.overlaps(each)), None)
            if hit is None:
                return block
            after = max(int(hit.broadcast_address), int(block.broadcast_address)) + 1
            at = -(-after // size) * size
    raise SubnetPoolEmpty(f"Subnet pool {pool.id} has no free range of /{length}.")


def _inside(inner: Range, outer: Range) -> bool:
    return (
        inner.version == outer.version
        and int(outer.network_address) <= int(inner.network_address)
        and int(inner.broadcast_address) <= int(outer.broadcast_address)
    )


def _range(text: str) -> Range:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not a network in CIDR notation.") from None


def _ranges(prefixes: Sequence[str]) -> list[Range]:
    found = [_range(text) for text in prefixes]
    if len({each.version for each in found}) > 1:
        raise Malformed("The prefixes of a subnet pool are of one IP version.")
    if len(found) > MOST_PREFIXES:
        raise Malformed(f"A subnet pool has at most {MOST_PREFIXES} prefixes.")
    return list(ipaddress.collapse_addresses(found))  # type: ignore[type-var]


def _grown(pool: SubnetPool, prefixes: Sequence[str]) -> list[str]:
    ranges = _ranges([*prefixes, *pool.prefixes][: MOST_PREFIXES + 1])
    new = _ranges(prefixes)
    if ranges and ranges[0].version != pool.version:
        raise Malformed(f"The prefixes of the pool are of IPv{pool.version}.")
    for old in pool.prefixes:
        if not any(_inside(_range(old), each) for each in new):
            raise Malformed(f"The prefix {old} cannot be taken from the pool.")
    return [str(each) for each in new]


def _check_lengths(version: int, shortest: int, usual: int, longest: int) -> None:
    most = 32 if version == 4 else 128
    if not 0 <= shortest <= usual <= longest <= most:
        raise Malformed(
            "The default prefix length is between the shortest and the longest one,"
            f" which are at most {most}."
        )


def _may(principal: Principal, wish: SubnetPoolWish) -> None:
    if (wish.shared or wish.usual) and not principal.is_admin:
        raise Forbidden("Only administrators make shared or default subnet pools.")


async def one(tx: Tx, principal: Principal, number: int) -> SubnetPool:
    found = await records.visible(tx, projects_of(principal), number=number)
    if not found:
        raise SubnetPoolNotFound(f"Subnet pool {number} does not exist.")
    return found[0]


async def own(tx: Tx, principal: Principal, number: int) -> SubnetPool:
    found = await one(tx, principal, number)
    own = projects_of(principal)
    if own is not None and found.project not in own:
        raise Forbidden(f"Subnet pool {number} is not yours.")
    await records.visible(tx, None, number=number, lock=True)
    return found
