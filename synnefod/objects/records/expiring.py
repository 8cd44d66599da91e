"""Objects that end at a time, and who does which chore."""

from __future__ import annotations

from synnefod.store.interface import Tx


async def due(tx: Tx, now: int, limit: int) -> list[tuple[str, str, str]]:
    """Account, container and name of current objects that end at `now` (seconds) or before."""
    rows = await tx.all(
        "select a.name, c.name, n.name from storage_attributes x "
        "join storage_nodes n on n.id = x.node and n.current = x.serial "
        "join storage_nodes c on c.id = n.parent join storage_nodes a on a.id = c.parent "
        "where x.domain = 'swift' and x.key = 'X-Delete-At' and x.is_latest = 1 "
        "and x.value <= :now order by x.value limit :limit",
        now=f"{now:010d}",
        limit=limit,
    )
    return [(account, container, name) for account, container, name in rows]


async def take(tx: Tx, chore: str, holder: str, now: int, until: int) -> bool:
    """Whether `holder` may do the chore until a time; asking again prolongs it."""
    row = await tx.one(
        "insert into storage_chores (name, holder, until) values (:name, :holder, :until) "
        "on conflict (name) do update set holder = excluded.holder, until = excluded.until "
        "where storage_chores.holder = excluded.holder or storage_chores.until < :now "
        "returning name",
        name=chore,
        holder=holder,
        until=until,
        now=now,
    )
    return row is not None


async def leave(tx: Tx, chore: str, holder: str) -> None:
    """The chore is done."""
    await tx.run(
        "delete from storage_chores where name = :name and holder = :holder",
        name=chore,
        holder=holder,
    )
