"""What happened to servers: diagnostics and the requests that changed them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.ids import ServerId
from synnefod.common.jsonio import dump_text
from synnefod.compute.interface import ActionRecord, Diagnostic
from synnefod.store.interface import Tx
from synnefod.store.rows import rows_of

_COLUMNS = "created, level, source, message, details, source_date"
_LONGEST = 255


async def diagnose(tx: Tx, server: int, diagnostic: Diagnostic) -> None:
    """Adds a diagnostic; one that is there with the same source date is not repeated.

    A message over 255 characters is cut, the whole of it goes to the details.
    """
    message, details = diagnostic.message, diagnostic.details
    if len(message) > _LONGEST:
        details = message if details is None else f"{message}\n{details}"
        message = message[:_LONGEST]
    await tx.run(
        "insert into server_diagnostics (server, created, level, source, source_date, message,"
        " details) values (:server, :created, :level, :source, :source_date, :message, :details)"
        " on conflict do nothing",
        server=server,
        created=diagnostic.created,
        level=diagnostic.level,
        source=diagnostic.source,
        source_date=diagnostic.source_date,
        message=message,
        details=details,
    )


async def diagnostics(tx: Tx, server: int) -> list[Diagnostic]:
    """Newest first."""
    rows = await tx.all(
        f"select {_COLUMNS} from server_diagnostics where server = :server order by id desc",
        server=server,
    )
    return [Diagnostic(*row) for row in rows]


async def newest(
    tx: Tx, servers: list[ServerId], *, level: str | None = None
) -> dict[int, Diagnostic]:
    """The newest diagnostic (of this level) of each server."""
    only = "" if level is None else " and level = :level"
    rows = await tx.all(
        f"select server, {_COLUMNS} from server_diagnostics where id in (select max(id)"
        f" from server_diagnostics where server in ({{numbers ids}}){only} group by server)",
        ids=dump_text(servers),
        **({} if level is None else {"level": level}),
    )
    return {row[0]: Diagnostic(*row[1:]) for row in rows}


async def begin(
    tx: Tx, server: int, request: str, user: str, project: str, action: str, now: int
) -> None:
    """Records a request that changes the server."""
    await tx.later(
        "insert into server_actions (server, request, user_id, project, action, started)"
        " values (:server, :request, :user, :project, :action, :now)",
        server=server,
        request=request,
        user=user,
        project=project,
        action=action,
        now=now,
    )


@frozen
class Ended:
    """A request of this kind about the server has ended."""

    server: int
    action: str
    good: bool
    message: str | None


_ENDED = rows_of("rows", {"server": int, "action": str, "result": str, "message": str})


async def finish(tx: Tx, ended: Sequence[Ended], now: int) -> None:
    """The newest unfinished request of each kind has ended. A kind of a server comes once."""
    rows = [
        (each.server, each.action, "Success" if each.good else "Error", each.message)
        for each in ended
    ]
    await tx.later(
        "update server_actions set finished = :now, result = v.result, message = v.message"
        " from (select result, message, (select max(a.id) from server_actions a"
        " where a.server = e.server and a.action = e.action and a.finished is null) as last"
        f" from {_ENDED} as e) as v where server_actions.id = v.last",
        now=now,
        rows=dump_text(rows),
    )


async def actions(tx: Tx, server: int) -> list[ActionRecord]:
    """Newest first."""
    rows = await tx.all(
        "select request, user_id, project, action, started, finished, result, message"
        " from server_actions where server = :server order by id desc",
        server=server,
    )
    return [ActionRecord(*row) for row in rows]
