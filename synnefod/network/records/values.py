"""Pools of bridges and MAC prefixes: which positions are given out, and which are kept back.

Note [Two bits]. An entry's `taken` and `reserved` are independent (NET-181); a position without
an entry, or with neither bit, is free. Whoever changes a pool locks its row first (NET-184).
"""

from __future__ import annotations

from attrs import frozen

from synnefod.network.addressing import pooled_prefix, prefix_position
from synnefod.store.interface import Tx

MAC_PREFIX = "mac-prefix"
BRIDGE = "bridge"


@frozen
class Pool:
    """`first`: the first prefix, or what a bridge's name begins with; `size` in positions."""

    kind: str
    first: str
    size: int
    next: int
    shift: int = 0

    def value(self, position: int) -> str | None:
        """What stands at a position; None for what is never given out."""
        if self.kind == BRIDGE:
            return f"{self.first}{position + 1}"
        return pooled_prefix(self.first, position)

    def position(self, value: str) -> int | None:
        """The inverse; None for a value of no position of this pool."""
        try:
            if self.kind == BRIDGE:
                number = int(value.removeprefix(self.first)) - 1
            else:
                number = prefix_position(self.first, value)
        except ValueError:
            return None
        return number if 0 <= number < self.size and self.value(number) == value else None


async def get(tx: Tx, kind: str) -> Pool | None:
    """The pool, locked until the transaction ends if it is one that writes."""
    row = await tx.one(
        "select kind, first, size, next, shift from value_pools where kind = :kind {for_update}",
        kind=kind,
    )
    return None if row is None else Pool(*row)


async def add(tx: Tx, kind: str, first: str, size: int, shift: int = 0) -> None:
    """Raises UniqueViolation when there is one of this kind (NET-175)."""
    await tx.run(
        "insert into value_pools (kind, first, size, shift) values (:kind, :first, :size, :shift)",
        kind=kind,
        first=first,
        size=size,
        shift=shift,
    )


async def used(tx: Tx, kind: str) -> list[tuple[int, bool, bool]]:
    """Position, taken, reserved of all that are not free, in order."""
    rows = await tx.all(
        "select position, taken, reserved from value_pool_entries where kind = :kind"
        " and (taken = 1 or reserved = 1) order by position",
        kind=kind,
    )
    return [(position, bool(taken), bool(reserved)) for position, taken, reserved in rows]


async def change(tx: Tx, kind: str, **columns: str | int) -> None:
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.run(f"update value_pools set {assignments} where kind = :kind", kind=kind, **columns)


async def remove(tx: Tx, kind: str) -> None:
    await tx.run("delete from value_pool_entries where kind = :kind", kind=kind)
    await tx.run("delete from value_pools where kind = :kind", kind=kind)


async def take(tx: Tx, kind: str) -> str | None:
    """The lowest free value (NET-180); None without a pool, or from an empty one."""
    pool = await get(tx, kind)
    if pool is None:
        return None
    row = await tx.one(
        "select min(position) from value_pool_entries where kind = :kind and taken = 0"
        " and reserved = 0 and position < :next",
        kind=kind,
        next=min(pool.next, pool.size),
    )
    if row is not None and row[0] is not None:
        await _mark(tx, kind, row[0], "taken", 1)
        return pool.value(row[0])
    kept = {position for position, _, reserved in await used(tx, kind) if reserved}
    for position in range(pool.next, pool.size):
        value = pool.value(position)
        if value is None or position in kept:
            continue
        await _mark(tx, kind, position, "taken", 1)
        await tx.run(
            "update value_pools set next = :next where kind = :kind", next=position + 1, kind=kind
        )
        return value
    return None


async def release(tx: Tx, kind: str, value: str) -> None:
    """The value may be given out again, unless it is kept back. What is no value of the pool, or
    was not given out, is nobody's loss."""
    pool = await get(tx, kind)
    position = None if pool is None else pool.position(value)
    if position is not None:
        await tx.run(
            "update value_pool_entries set taken = 0 where kind = :kind and position = :position",
            kind=kind,
            position=position,
        )


async def reserve(tx: Tx, kind: str, position: int, *, kept: bool) -> None:
    await _mark(tx, kind, position, "reserved", int(kept))


async def _mark(tx: Tx, kind: str, position: int, bit: str, value: int) -> None:
    await tx.run(
        f"insert into value_pool_entries (kind, position, {bit}) values (:kind, :position, :value)"
        f" on conflict (kind, position) do update set {bit} = :value",
        kind=kind,
        position=position,
        value=value,
    )
