"""The tags that servers carry on their clusters, with what has become of each."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.ids import ServerId
from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Tx, Value


async def tags_of(tx: Tx, servers: list[ServerId]) -> dict[int, list[tuple[str, str]]]:
    """(tag, status) of each server."""
    found: dict[int, list[tuple[str, str]]] = {}
    for server, tag, status in await tx.all(
        "select server, tag, status from server_tags where server in ({numbers ids})"
        " order by server, tag",
        ids=dump_text(servers),
    ):
        found.setdefault(server, []).append((tag, status))
    return found


async def add_tags(tx: Tx, server: int, tags: tuple[str, ...], status: str) -> None:
    rows: list[dict[str, Value]] = [
        {"server": server, "tag": tag, "status": status} for tag in tags
    ]
    if rows:
        await tx.many(
            "insert into server_tags (server, tag, status) values (:server, :tag, :status)"
            " on conflict (server, tag) do update set status = excluded.status",
            rows,
        )


async def drop_tags(tx: Tx, server: int, tags: Sequence[str] | None, status: str) -> list[str]:
    """Forgets those of `tags` (None: all) in this status; gives their names."""
    only = "" if tags is None else " and tag in ({texts tags})"
    rows = await tx.all(
        f"delete from server_tags where server = :server and status = :status{only} returning tag",
        server=server,
        status=status,
        **({} if tags is None else {"tags": dump_text(list(tags))}),
    )
    return sorted(row[0] for row in rows)


async def activate_tags(tx: Tx, server: int, tags: Sequence[str] | None = None) -> None:
    """The cluster has these tags (None: all)."""
    only = "" if tags is None else " and tag in ({texts tags})"
    await tx.run(
        f"update server_tags set status = 'ACTIVE' where server = :server{only}",
        server=server,
        **({} if tags is None else {"tags": dump_text(list(tags))}),
    )
