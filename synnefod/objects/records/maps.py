"""All maps, one after another, for those who look after blocks."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Tx


@frozen
class Named:
    """A map, the sizes and Merkle roots that its versions tell, and whom it belongs to: (path,
    serial) of every version of it."""

    id: int
    hashes: bytes
    told: frozenset[tuple[int, str]]
    hits: tuple[tuple[str, int], ...]


async def sizes(tx: Tx, after: int, limit: int) -> list[tuple[int, int]]:
    """(row number, bytes) of the next maps with hashes, ascending."""
    return [
        (id, size)
        for id, size in await tx.all(
            "select id, length(hashes) from storage_maps "
            "where id > :after and hashes is not null order by id limit :limit",
            after=after,
            limit=limit,
        )
    ]


async def hashes(tx: Tx, maps: Sequence[int]) -> list[bytes]:
    """The hashes of those of `maps` that are still there."""
    rows = await tx.all(
        "select hashes from storage_maps where id in ({numbers maps}) and hashes is not null",
        maps=dump_text(list(maps)),
    )
    return [bytes(text) for (text,) in rows]


async def at_or_after(tx: Tx, first: int) -> Named | None:
    """The next map with hashes, and the versions that it belongs to."""
    row = await tx.one(
        "select id, hashes from storage_maps "
        "where id >= :first and hashes is not null order by id limit 1",
        first=first,
    )
    if row is None:
        return None
    id, text = row
    versions = await tx.all(
        "select v.size, v.hash, v.serial, a.name, c.name, n.name from storage_versions v "
        "join storage_nodes n on n.id = v.node join storage_nodes c on c.id = n.parent "
        "join storage_nodes a on a.id = c.parent where v.map = :map order by v.serial",
        map=id,
    )
    hits = tuple((f"{account}/{box}/{name}", s) for _, _, s, account, box, name in versions)
    told = frozenset((size, root or "") for size, root, *_ in versions)
    return Named(id, bytes(text), told, hits)
