"""Sealed documents of servers and tickets to consoles."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from synnefod.common.jsonio import dump_text
from synnefod.compute.interface import ConsoleTarget
from synnefod.store.interface import Tx
from synnefod.store.rows import rows_of

_KEPT = rows_of("rows", {"id": str, "kind": str, "sealed": str, "expires": int})


async def keep_all(tx: Tx, server: int, kept: Sequence[tuple[str, str, str, int]]) -> None:
    """(identifier, kind, sealed document, when it expires) of each."""
    await tx.later(
        "insert into server_secrets (id, server, kind, sealed, expires)"
        f" select id, cast(:server as {{bigint}}), kind, sealed, expires from {_KEPT} as k",
        server=server,
        rows=dump_text(kept),
    )


async def keep(tx: Tx, identifier: str, server: int, kind: str, sealed: str, expires: int) -> None:
    await tx.run(
        "insert into server_secrets (id, server, kind, sealed, expires)"
        " values (:id, :server, :kind, :sealed, :expires)",
        id=identifier,
        server=server,
        kind=kind,
        sealed=sealed,
        expires=expires,
    )


async def take(tx: Tx, identifier: str, kind: str, now: int) -> str | None:
    """The sealed text, once."""
    row = await tx.one(
        "delete from server_secrets where id = :id and kind = :kind returning sealed, expires",
        id=identifier,
        kind=kind,
    )
    return None if row is None or row[1] <= now else str(row[0])


async def find(tx: Tx, identifier: str, kind: str, now: int) -> tuple[int, str] | None:
    """The server and the sealed text, which stay."""
    row = await tx.one(
        "select server, sealed from server_secrets where id = :id and kind = :kind"
        " and expires > :now",
        id=identifier,
        kind=kind,
        now=now,
    )
    return None if row is None else (int(row[0]), str(row[1]))


async def of_server(tx: Tx, server: int, kind: str, now: int) -> tuple[str, str] | None:
    """(id, sealed text) that is kept for the server."""
    row = await tx.one(
        "select id, sealed from server_secrets where server = :server and kind = :kind"
        " and expires > :now",
        server=server,
        kind=kind,
        now=now,
    )
    return None if row is None else (row[0], row[1])


async def forget(tx: Tx, server: int, kind: str) -> None:
    await tx.run(
        "delete from server_secrets where server = :server and kind = :kind",
        server=server,
        kind=kind,
    )


async def forget_all(tx: Tx, servers: Collection[int], kinds: Collection[str]) -> None:
    await tx.later(
        "delete from server_secrets where server in ({numbers servers})"
        " and kind in ({texts kinds})",
        servers=dump_text(sorted(servers)),
        kinds=dump_text(sorted(kinds)),
    )


async def add_ticket(tx: Tx, digest: str, user: str, target: ConsoleTarget, expires: int) -> None:
    await tx.run(
        "insert into console_tickets (ticket, server, user_id, node, port, expires)"
        " values (:ticket, :server, :user, :node, :port, :expires)",
        ticket=digest,
        server=target.server,
        user=user,
        node=target.node,
        port=target.port,
        expires=expires,
    )


async def take_ticket(tx: Tx, digest: str, now: int) -> ConsoleTarget | None:
    """Where the ticket leads, once."""
    row = await tx.one(
        "delete from console_tickets where ticket = :ticket returning server, node, port, expires",
        ticket=digest,
    )
    if row is None or row[3] <= now:
        return None
    return ConsoleTarget(row[0], row[1], row[2])


async def expire(tx: Tx, now: int) -> None:
    """Forgets what is past its time."""
    await tx.run("delete from server_secrets where expires <= :now", now=now)
    await tx.run("delete from console_tickets where expires <= :now", now=now)
