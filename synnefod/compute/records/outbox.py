"""What must still be sent to a cluster, shared by all daemons by means of leases.

Note [Exactly once]. A row's `id` travels as the reason of the job. `attempts` is counted and
committed when a row is claimed, before anything is sent: whoever finds it above one knows that an
earlier sending may have reached the cluster, and looks for the reason before sending again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.jsonio import dump_text, parse
from synnefod.store.interface import Row, Tx
from synnefod.store.rows import rows_of


@frozen
class Intent:
    """A submission to make. `attempts` includes the one for which it was claimed."""

    id: str
    server: int
    action: str
    body: dict[str, Any]
    request: str
    state: str
    attempts: int
    created: int
    not_before: int
    holder: str
    lease_until: int
    job: int | None

    @property
    def reason(self) -> str:
        return f"synnefod:{self.id}"


_COLUMNS = (
    "id, server, action, body, request, state, attempts, created, not_before, holder,"
    " lease_until, job"
)

_BESIDE = "('TAGS', 'FIREWALL', 'SNAPSHOT')"


def _intent(row: Row) -> Intent:
    return Intent(row[0], row[1], row[2], parse(row[3], dict), *row[4:])


async def add(
    tx: Tx, identifier: str, server: int, action: str, body: dict[str, Any], request: str, now: int
) -> None:
    await tx.later(
        "insert into outbox (id, server, action, body, request, created, not_before)"
        " values (:id, :server, :action, :body, :request, :now, :now)",
        id=identifier,
        server=server,
        action=action,
        body=dump_text(body),
        request=request,
        now=now,
    )


async def waiting_since(tx: Tx) -> tuple[int, int | None]:
    """How many intentions wait, and since when the oldest does."""
    row = await tx.one("select count(*), min(created) from outbox where state = 'waiting'")
    assert row is not None
    return int(row[0]), row[1]


async def claim(
    tx: Tx, holder: str, now: int, until: int, *, servers: Collection[int] | None, most: int
) -> list[Intent]:
    """Takes up to `most` due rows (None: of all servers), oldest first: nobody else gets them
    before `until`.

    Of one server only the oldest waiting row is ever taken, so its order is kept; what changes
    it beside its task has an order of its own.
    """
    only = "" if servers is None else " and o.server in ({numbers servers})"
    rows = await tx.all(
        "select o.id from outbox o where o.state = 'waiting' and o.not_before <= :now"
        f" and o.lease_until <= :now{only} and not exists (select 1 from outbox e"
        " where e.server = o.server and e.state = 'waiting'"
        f" and (e.action in {_BESIDE}) = (o.action in {_BESIDE})"
        " and (e.created < o.created or (e.created = o.created and e.id < o.id)))"
        " order by o.created limit :most {skip_locked}",
        now=now,
        most=most,
        **({} if servers is None else {"servers": dump_text(sorted(servers))}),
    )
    if not rows:
        return []
    claimed = await tx.all(
        "update outbox set holder = :holder, lease_until = :until, attempts = attempts + 1"
        " where id in ({texts ids}) and state = 'waiting' and lease_until <= :now"
        f" returning {_COLUMNS}",
        holder=holder,
        until=until,
        now=now,
        ids=dump_text([row[0] for row in rows]),
    )
    return sorted(map(_intent, claimed), key=lambda intent: (intent.created, intent.id))


async def held(tx: Tx, intent: Intent) -> bool:
    """Whether the row still waits in this holder's hands; locks it."""
    row = await tx.one(
        "select 1 from outbox where id = :id and state = 'waiting' and holder = :holder"
        " {for_update}",
        id=intent.id,
        holder=intent.holder,
    )
    return row is not None


async def held_all(tx: Tx, intents: Sequence[Intent]) -> set[str]:
    """Those of these rows that still wait in their holders' hands; locks them in one order."""
    holders = {intent.id: intent.holder for intent in intents}
    rows = await tx.all(
        "select id, holder from outbox where id in ({texts ids}) and state = 'waiting'"
        " order by id {for_update}",
        ids=dump_text(sorted(holders)),
    )
    return {row[0] for row in rows if holders[row[0]] == row[1]}


async def renew(tx: Tx, intent: Intent, until: int) -> bool:
    """Holds the row longer; False when it was lost to another holder."""
    return bool(
        await tx.run(
            "update outbox set lease_until = :until where id = :id and state = 'waiting'"
            " and holder = :holder",
            id=intent.id,
            holder=intent.holder,
            until=until,
        )
    )


async def free(tx: Tx, holder: str) -> None:
    """Lets go of all that `holder` had when it was last killed."""
    await tx.run(
        "update outbox set lease_until = 0 where state = 'waiting' and holder = :holder",
        holder=holder,
    )


async def last_body(tx: Tx, server: int, action: str) -> dict[str, Any]:
    """What the newest submission of `action` was made from; empty when there was none."""
    row = await tx.one(
        "select body from outbox where server = :server and action = :action"
        " order by created desc limit 1",
        server=server,
        action=action,
    )
    return {} if row is None else parse(row[0], dict)


async def last_job(tx: Tx, server: int, actions: Collection[str]) -> int | None:
    """The number of the newest job that was submitted for one of these actions."""
    row = await tx.one(
        "select job from outbox where server = :server and action in ({texts actions})"
        " and state = 'done' and job is not null order by created desc, job desc limit 1",
        server=server,
        actions=dump_text(sorted(actions)),
    )
    return None if row is None else int(row[0])


async def done(tx: Tx, identifier: str, job: int | None) -> None:
    await tx.run(
        "update outbox set state = 'done', job = :job, lease_until = 0 where id = :id",
        id=identifier,
        job=job,
    )


_DONE = rows_of("rows", {"id": str, "job": int})


async def done_all(tx: Tx, jobs: Mapping[str, int]) -> None:
    """Rows by their ids and the jobs that they have become."""
    await tx.later(
        "update outbox set state = 'done', job = d.job, lease_until = 0"
        f" from {_DONE} as d where outbox.id = d.id",
        rows=dump_text(list(jobs.items())),
    )


async def lost(tx: Tx, identifier: str, error: str) -> None:
    await tx.run(
        "update outbox set state = 'lost', error = :error, lease_until = 0 where id = :id",
        id=identifier,
        error=error[:1000],
    )


async def later(tx: Tx, intent: Intent, not_before: int, error: str) -> None:
    """Lets go of the row until `not_before`."""
    await tx.run(
        "update outbox set lease_until = 0, not_before = :not_before, error = :error"
        " where id = :id and holder = :holder and state = 'waiting'",
        id=intent.id,
        holder=intent.holder,
        not_before=not_before,
        error=error[:1000],
    )


async def hasten(tx: Tx, server: int, now: int) -> None:
    """What waits for this server may be tried now."""
    await tx.run(
        "update outbox set not_before = :now where server = :server and state = 'waiting'"
        " and not_before > :now",
        server=server,
        now=now,
    )


async def waiting(tx: Tx, server: int) -> list[Intent]:
    rows = await tx.all(
        f"select {_COLUMNS} from outbox where server = :server and state = 'waiting'"
        " order by created, id",
        server=server,
    )
    return [_intent(row) for row in rows]


async def waiting_of(tx: Tx, servers: Collection[int]) -> set[int]:
    """Those of the servers about which something still waits to be sent."""
    rows = await tx.all(
        "select distinct server from outbox where server in ({numbers servers})"
        " and state = 'waiting'",
        servers=dump_text(sorted(servers)),
    )
    return {row[0] for row in rows}


async def busy_servers(tx: Tx) -> set[int]:
    """Servers about which something still waits to be sent."""
    return {
        row[0] for row in await tx.all("select distinct server from outbox where state = 'waiting'")
    }


async def next_due(tx: Tx) -> int | None:
    """When the next waiting row may be taken, or None."""
    row = await tx.one(
        "select min({greatest}(not_before, lease_until)) from outbox where state = 'waiting'"
    )
    return None if row is None else row[0]


async def prune(tx: Tx, before: int) -> None:
    """Forgets rows that ended and are older."""
    await tx.run("delete from outbox where state <> 'waiting' and created < :before", before=before)


async def park(tx: Tx, server: int, job: int, event: str, now: int) -> None:
    """Keeps an event that came before its job's number was recorded."""
    await tx.run(
        "insert into early_events (server, job, event, arrived)"
        " values (:server, :job, :event, :now)",
        server=server,
        job=job,
        event=event,
        now=now,
    )


async def unpark(tx: Tx, servers: Collection[int]) -> dict[int, list[str]]:
    """The kept events of each server in the order of arrival; they are forgotten."""
    rows = await tx.all(
        "delete from early_events where server in ({numbers servers}) returning id, server, event",
        servers=dump_text(sorted(servers)),
    )
    found: dict[int, list[str]] = {}
    for _, server, event in sorted(rows):
        found.setdefault(server, []).append(event)
    return found
