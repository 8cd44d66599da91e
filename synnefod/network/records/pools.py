"""Pools of IPv4 addresses: each address of a pool is given out, or free, or kept back.

Note [What a pool knows]. `next` parts a pool in two: addresses from `next` on were never given out
and are free; of those below it, the free ones are rows of `ip_released`. `ip_reserved` is a bit of
its own (NET-181): a reserved address is never given out, and is in `ip_released` never. Whoever
changes a pool locks its row first (NET-184).
"""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.errors import Malformed
from synnefod.common.ids import SubnetId
from synnefod.common.jsonio import dump_text
from synnefod.network.addressing import v4_number, v4_text
from synnefod.network.interface import NetworkConflict
from synnefod.store.interface import Tx

_POOL = (
    "select id, next from ip_pools where subnet = :subnet and first <= :number"
    " and last >= :number {for_update}"
)


async def add_pool(tx: Tx, subnet: SubnetId, first: int, last: int) -> None:
    await tx.run(
        "insert into ip_pools (subnet, first, last, next) values (:subnet, :first, :last, :first)",
        subnet=subnet,
        first=first,
        last=last,
    )


async def pools(tx: Tx, subnets: Sequence[SubnetId]) -> dict[SubnetId, list[tuple[int, int]]]:
    """First and last address of each pool of these subnets."""
    rows = await tx.all(
        "select subnet, first, last from ip_pools where subnet in ({numbers subnets})"
        " order by subnet, first",
        subnets=dump_text(list(subnets)),
    )
    found: dict[SubnetId, list[tuple[int, int]]] = {subnet: [] for subnet in subnets}
    for subnet, first, last in rows:
        found[SubnetId(subnet)].append((first, last))
    return found


async def drop_pools(tx: Tx, subnet: SubnetId) -> None:
    """The subnet has no pools any more."""
    for table in ("ip_released", "ip_reserved"):
        await tx.run(
            f"delete from {table} where pool in (select id from ip_pools where subnet = :subnet)",
            subnet=subnet,
        )
    await tx.run("delete from ip_pools where subnet = :subnet", subnet=subnet)


async def free_count(tx: Tx, subnet: SubnetId) -> int:
    """How many addresses could still be given out."""
    row = await tx.one(
        "select (select coalesce(sum(last - next + 1), 0) from ip_pools where subnet = :subnet)"
        " + (select count(*) from ip_released r join ip_pools p on p.id = r.pool"
        "    where p.subnet = :subnet)"
        " - (select count(*) from ip_reserved r join ip_pools p on p.id = r.pool"
        "    where p.subnet = :subnet and r.address >= p.next)",
        subnet=subnet,
    )
    return int(row[0]) if row else 0


async def take(tx: Tx, subnet: SubnetId) -> str | None:
    """The lowest free address of the first pool with one (NET-180); None from empty pools.

    Locks the pools in the order of their numbers until the transaction ends.
    """
    rows = await tx.all(
        "select id, last, next from ip_pools where subnet = :subnet order by id {for_update}",
        subnet=subnet,
    )
    for pool, last, following in rows:
        # A statement after the lock: what others did before they let go of it is seen.
        marks = await tx.one(
            "select exists (select 1 from ip_released where pool = :pool),"
            " exists (select 1 from ip_reserved where pool = :pool and address >= :following)",
            pool=pool,
            following=following,
        )
        released = None
        if marks is not None and marks[0]:
            released = await tx.one(
                "delete from ip_released where pool = :pool and address ="
                " (select min(address) from ip_released where pool = :pool) returning address",
                pool=pool,
            )
        if released is not None:
            return v4_text(released[0])
        if following <= last and not (marks and marks[1]):
            await tx.later(
                "update ip_pools set next = :next where id = :id", next=following + 1, id=pool
            )
            return v4_text(following)
        fresh = await _fresh(tx, pool, following, last)
        if fresh is not None:
            return v4_text(fresh)
    return None


async def _fresh(tx: Tx, pool: int, following: int, last: int) -> int | None:
    """The first address at or after `following` that is not reserved, given out herewith."""
    rows = await tx.all(
        "select address from ip_reserved where pool = :pool and address >= :following"
        " order by address",
        pool=pool,
        following=following,
    )
    given = following
    for (reserved,) in rows:
        if reserved != given:
            break
        given += 1
    fits = given <= last
    await tx.run(
        "update ip_pools set next = :next where id = :id",
        next=given + 1 if fits else given,
        id=pool,
    )
    return given if fits else None


async def take_exactly(tx: Tx, subnet: SubnetId, address: str) -> str:
    """Takes a wished address; its usual writing. Addresses that are skipped on the way are free.

    Raises Malformed when it is in no pool (NET-103), NetworkConflict when it is reserved or in use.
    """
    number = v4_number(address)
    row = await tx.one(_POOL, subnet=subnet, number=number)
    if row is None:
        raise Malformed(f"{address} is in no allocation pool of the network.")
    pool, following = row
    if await _is_reserved(tx, pool, number):
        raise NetworkConflict(f"{address} is reserved.")
    if number < following:
        released = await tx.run(
            "delete from ip_released where pool = :pool and address = :number",
            pool=pool,
            number=number,
        )
        if not released:
            raise NetworkConflict(f"{address} is in use.")
        return v4_text(number)
    rows = await tx.all(
        "select address from ip_reserved where pool = :pool and address >= :following"
        " and address < :number",
        pool=pool,
        following=following,
        number=number,
    )
    reserved = {row[0] for row in rows}
    await tx.many(
        "insert into ip_released (pool, address) values (:pool, :address)",
        [
            {"pool": pool, "address": skipped}
            for skipped in range(following, number)
            if skipped not in reserved
        ],
    )
    await tx.run("update ip_pools set next = :next where id = :id", next=number + 1, id=pool)
    return v4_text(number)


async def release(tx: Tx, subnet: SubnetId, address: str) -> None:
    """An address that was given out may be given out again, unless it was reserved meanwhile.

    One that is in no pool, or was never given out, is nobody's loss: nothing changes.
    """
    number = v4_number(address)
    row = await tx.one(_POOL, subnet=subnet, number=number)
    if row is None or number >= row[1] or await _is_reserved(tx, row[0], number):
        return
    await _free(tx, row[0], number)


async def subnet_with(tx: Tx, subnets: Sequence[SubnetId], number: int) -> SubnetId | None:
    """That of these subnets which has a pool with the address."""
    for subnet in subnets:
        if await tx.one(_POOL, subnet=subnet, number=number) is not None:
            return subnet
    return None


async def reserve(tx: Tx, subnet: SubnetId, addresses: Sequence[int]) -> None:
    """Keeps addresses from being given out. One in use stays with its port (NET-181)."""
    for number in addresses:
        row = await tx.one(_POOL, subnet=subnet, number=number)
        if row is None:
            continue
        await tx.run(
            "insert into ip_reserved (pool, address) values (:pool, :address)"
            " on conflict (pool, address) do nothing",
            pool=row[0],
            address=number,
        )
        await tx.run(
            "delete from ip_released where pool = :pool and address = :address",
            pool=row[0],
            address=number,
        )


async def unreserve(tx: Tx, subnet: SubnetId, addresses: Sequence[int]) -> None:
    """The addresses are no longer kept back; those that no port has are free."""
    for number in addresses:
        row = await tx.one(_POOL, subnet=subnet, number=number)
        if row is None:
            continue
        pool, following = row
        removed = await tx.run(
            "delete from ip_reserved where pool = :pool and address = :address",
            pool=pool,
            address=number,
        )
        used = await tx.one(
            "select 1 from ip_addresses where subnet = :subnet and address = :address",
            subnet=subnet,
            address=v4_text(number),
        )
        if removed and number < following and used is None:
            await _free(tx, pool, number)


async def _is_reserved(tx: Tx, pool: int, number: int) -> bool:
    row = await tx.one(
        "select 1 from ip_reserved where pool = :pool and address = :number",
        pool=pool,
        number=number,
    )
    return row is not None


async def _free(tx: Tx, pool: int, number: int) -> None:
    await tx.run(
        "insert into ip_released (pool, address) values (:pool, :address)"
        " on conflict (pool, address) do nothing",
        pool=pool,
        address=number,
    )
