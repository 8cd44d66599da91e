"""Pools of bridges and MAC prefixes as administrators make and change them (NET-174 to NET-183)."""

from __future__ import annotations

import re

from synnefod.common.errors import Malformed
from synnefod.network.addressing import checked_prefix, prefix_position
from synnefod.network.interface import NetworkInUse
from synnefod.network.interface.administration import (
    PoolChange,
    PoolExists,
    PoolNotFound,
    ValuePool,
)
from synnefod.network.records import values
from synnefod.network.records.values import BRIDGE, MAC_PREFIX, Pool
from synnefod.store.interface import Tx

KINDS = (BRIDGE, MAC_PREFIX)
FIRST_PREFIX = "aa:00:0"
PREFIXES = 16**5
LARGEST = 1 << 20


async def every(tx: Tx) -> list[ValuePool]:
    found = []
    for kind in KINDS:
        pool = await values.get(tx, kind)
        if pool is not None:
            found.append(await _shown(tx, pool))
    return found


async def shown(tx: Tx, kind: str) -> ValuePool:
    return await _shown(tx, await _get(tx, kind))


async def create(tx: Tx, kind: str, base: str, size: int, offset: int) -> ValuePool:
    if kind not in KINDS:
        raise Malformed(f"'{kind[:64]}' is no kind of pool; known are {', '.join(KINDS)}.")
    if await values.get(tx, kind) is not None:
        raise PoolExists(f"There is a pool of the kind {kind}.")
    base = _checked(kind, base or (FIRST_PREFIX if kind == MAC_PREFIX else ""), size, offset)
    await values.add(tx, kind, base, size, offset)
    return await shown(tx, kind)


async def modify(tx: Tx, kind: str, change: PoolChange) -> ValuePool:
    pool = await _get(tx, kind)
    used = await values.used(tx, kind)
    for names, kept in ((change.keep, True), (change.unkeep, False)):
        for name in names:
            position = pool.position(name.strip())
            if position is None:
                raise Malformed(f"'{name[:64]}' is no value of the pool.")
            await values.reserve(tx, kind, position, kept=kept)
    size = pool.size if change.size is None else change.size
    offset = pool.shift if change.offset is None else change.offset
    base = _checked(kind, pool.first if change.base is None else change.base, size, offset)
    if base != pool.first and any(taken for _, taken, _ in used):
        raise NetworkInUse("Values of the pool are in use; its base cannot change.")
    beyond = [position for position, taken, _ in used if taken and position >= size]
    if beyond:
        raise NetworkInUse(f"{pool.value(beyond[0])} is in use; the pool cannot end before it.")
    await values.change(tx, kind, first=base, size=size, shift=offset)
    return await shown(tx, kind)


async def remove(tx: Tx, kind: str) -> None:
    await _get(tx, kind)
    if any(taken for _, taken, _ in await values.used(tx, kind)):
        raise NetworkInUse(f"Values of the pool {kind} are in use.")
    await values.remove(tx, kind)


async def _get(tx: Tx, kind: str) -> Pool:
    pool = await values.get(tx, kind)
    if pool is None:
        raise PoolNotFound(f"There is no pool of the kind '{kind[:64]}'.")
    return pool


def _checked(kind: str, base: str, size: int, offset: int) -> str:
    """The base, if a pool of this size may begin there. Raises Malformed."""
    if not 0 < size <= LARGEST:
        raise Malformed(f"A pool has between 1 and {LARGEST} values.")
    if not 0 <= offset <= LARGEST:
        raise Malformed(f"An offset is between 0 and {LARGEST}.")
    if kind == MAC_PREFIX:
        checked_prefix(base)
        if prefix_position("00:00:0", base) + size > PREFIXES:
            raise Malformed(f"From {base} on there are fewer than {size} prefixes.")
    elif not re.fullmatch(r"[A-Za-z][A-Za-z0-9._-]{0,14}", base) or base[-1].isdigit():
        raise Malformed("The base of a bridge pool is what the bridges' names begin with: prv.")
    return base


async def _shown(tx: Tx, pool: Pool) -> ValuePool:
    used = await values.used(tx, pool.kind)
    taken = {position for position, is_taken, _ in used if is_taken}
    kept = {position for position, _, is_kept in used if is_kept}
    never = {position for position in range(pool.size) if pool.value(position) is None}
    return ValuePool(
        kind=pool.kind,
        base=pool.first,
        size=pool.size,
        offset=pool.shift,
        available=pool.size - len(taken | never),
        reserved=len({position for position in kept | never if position < pool.size}),
        available_marks="".join("X" if at in taken else "." for at in range(pool.size)),
        reserved_marks="".join(
            "X" if at in kept or at in never else "." for at in range(pool.size)
        ),
    )
