"""The rows of servers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.errors import Conflict
from synnefod.common.ids import BackendId, FlavorId, ProjectId, ServerId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.compute.interface import Life, OpenJob, Operstate, Server, Wanted
from synnefod.compute.records.filters import conditions
from synnefod.store.interface import Row, Tx, Value
from synnefod.store.rows import rows_of

_LIFE = (
    "operstate, action, task, task_job, serial, job, job_opcode, job_status, job_log, job_when,"
    " seen, seen_job, shape_seen, progress, launched, terminated"
)
MOST_LEFT_OUT = 10_000
"""Numbers that an import may leave out."""
_COLUMNS = (
    "id, name, user_id, project, flavor, created, updated, description, shared, backend, image,"
    " key_names, deleted, suspended, locked, helper, rescue, resized_from, resized_at,"
    " rescue_image, suspend_reason, reboot_required,"
    f" {_LIFE}"
)
_LIFE_COLUMNS = tuple(name.strip() for name in _LIFE.split(","))


def _server(row: Row) -> Server:
    return Server(
        id=row[0],
        name=row[1],
        user=row[2],
        project=row[3],
        flavor=row[4],
        created=row[5],
        updated=row[6],
        description=row[7],
        shared=bool(row[8]),
        backend=row[9],
        image=row[10],
        key_names=() if row[11] == "[]" else tuple(parse(row[11], list[str])),
        deleted=bool(row[12]),
        suspended=bool(row[13]),
        locked=bool(row[14]),
        helper=bool(row[15]),
        rescue=bool(row[16]),
        resized_from=row[17],
        resized_at=row[18],
        rescue_image=row[19],
        suspend_reason=row[20],
        reboot_required=bool(row[21]),
        life=Life(Operstate(row[22]), *row[23:]),
    )


def _life(life: Life) -> tuple[Value, ...]:
    """In the order of the columns."""
    return (
        life.operstate.value,
        life.action,
        life.task,
        life.task_job,
        life.serial,
        life.job,
        life.opcode,
        life.status,
        life.log[:2000],
        life.job_when,
        life.seen,
        life.seen_job,
        life.shape_seen,
        life.progress,
        life.launched,
        life.terminated,
    )


async def insert(
    tx: Tx,
    number: int | None = None,
    *,
    name: str,
    description: str | None,
    user: UserId,
    project: ProjectId,
    shared: bool,
    flavor: FlavorId,
    image: str,
    key_names: tuple[str, ...],
    life: Life,
    now: int,
) -> Server:
    """A new row without a backend yet; its number is never used again. With `number` it has that
    one. Raises Conflict when it was in use before, or is far ahead.

    Numbers are given out one after another on both engines, so those before it are left out.
    """
    made = await _insert(
        tx, name, description, user, project, shared, flavor, image, key_names, life, now
    )
    if number is None:
        return made
    for _ in range(MOST_LEFT_OUT):
        if made.id >= number:
            break
        await tx.run("delete from servers where id = :id", id=made.id)
        made = await _insert(
            tx, name, description, user, project, shared, flavor, image, key_names, life, now
        )
    if made.id != number:
        raise Conflict(f"The number {number} cannot be had: rename the instance.")
    return made


async def _insert(
    tx: Tx,
    name: str,
    description: str | None,
    user: UserId,
    project: ProjectId,
    shared: bool,
    flavor: FlavorId,
    image: str,
    key_names: tuple[str, ...],
    life: Life,
    now: int,
) -> Server:
    row = await tx.one(
        "insert into servers (name, description, user_id, project, shared, flavor, image,"
        " key_names, created, updated, operstate, action, task) values (:name, :description,"
        " :user, :project, :shared, :flavor, :image, :keys, :now, :now, :operstate, :action, :task)"
        f" returning {_COLUMNS}",
        name=name,
        description=description,
        user=user,
        project=project,
        shared=int(shared),
        flavor=flavor,
        image=image,
        keys=dump_text(list(key_names)),
        now=now,
        operstate=life.operstate.value,
        action=life.action,
        task=life.task,
    )
    assert row is not None
    return _server(row)


async def lock(tx: Tx, server: int) -> Server | None:
    """The row, locked until the transaction ends; None for an unknown number."""
    row = await tx.one(f"select {_COLUMNS} from servers where id = :id {{for_update}}", id=server)
    return None if row is None else _server(row)


async def lock_all(tx: Tx, servers: Collection[int]) -> dict[int, Server]:
    """The rows that there are, locked in the order of their numbers."""
    rows = await tx.all(
        f"select {_COLUMNS} from servers where id in ({{numbers ids}}) order by id {{for_update}}",
        ids=dump_text(sorted(servers)),
    )
    return {row[0]: _server(row) for row in rows}


async def get_all(tx: Tx, servers: Collection[int]) -> dict[int, Server]:
    rows = await tx.all(
        f"select {_COLUMNS} from servers where id in ({{numbers ids}})",
        ids=dump_text(sorted(servers)),
    )
    return {row[0]: _server(row) for row in rows}


async def get(tx: Tx, server: int) -> Server | None:
    row = await tx.one(f"select {_COLUMNS} from servers where id = :id", id=server)
    return None if row is None else _server(row)


_KINDS: dict[str, type] = {
    "id": int,
    "name": str,
    "description": str,
    "project": str,
    "shared": int,
    "backend": int,
    "flavor": int,
    "updated": int,
    "deleted": int,
    "suspended": int,
    "suspend_reason": str,
    "locked": int,
    "rescue": int,
    "rescue_image": int,
    "reboot_required": int,
    "resized_from": int,
    "resized_at": int,
    **dict.fromkeys(_LIFE_COLUMNS, int),
    **dict.fromkeys(("operstate", "action", "task", "job_opcode", "job_status", "job_log"), str),
}
_ROWS = rows_of("rows", _KINDS)
_SET = ", ".join(f"{column} = v.{column}" for column in _KINDS if column != "id")


async def save(tx: Tx, server: Server) -> None:
    """Writes back everything of a locked row that may change."""
    await save_all(tx, [server])


async def save_all(tx: Tx, servers: Collection[Server]) -> None:
    """The same for several, in one statement."""
    rows = [
        (
            each.id,
            each.name,
            each.description,
            each.project,
            int(each.shared),
            each.backend,
            each.flavor,
            each.updated,
            int(each.deleted),
            int(each.suspended),
            each.suspend_reason,
            int(each.locked),
            int(each.rescue),
            each.rescue_image,
            int(each.reboot_required),
            each.resized_from,
            each.resized_at,
            *_life(each.life),
        )
        for each in servers
    ]
    if rows:
        await tx.later(
            f"update servers set {_SET} from {_ROWS} as v where servers.id = v.id",
            rows=dump_text(rows),
        )


async def place(tx: Tx, server: int, backend: BackendId) -> None:
    """The new row's cluster."""
    await tx.later(
        "update servers set backend = :backend where id = :id", id=server, backend=backend
    )


async def require_reboot(tx: Tx, server: int, now: int) -> None:
    """What was changed holds after a reboot; nothing to do for one that does not run."""
    await tx.run(
        "update servers set reboot_required = 1, updated = :now"
        " where id = :id and operstate = 'STARTED'",
        id=server,
        now=now,
    )


async def give(tx: Tx, server: int, user: UserId) -> None:
    """The locked row is another's."""
    await tx.run("update servers set user_id = :user where id = :id", id=server, user=user)


async def listed(
    tx: Tx, user: UserId | None, projects: list[ProjectId], wanted: Wanted, *, fresh: int = 0
) -> list[Server]:
    """Servers of `user` (None: of everybody) and those shared to `projects`. A resize that ended
    before `fresh` counts as confirmed. `name` and `address` must be resolved (`names`)."""
    where, params = conditions(user, projects, wanted, fresh)
    sql = f"select {_COLUMNS} from servers where {where} order by id"
    if wanted.newest_first:
        sql += " desc"
    if wanted.limit is not None:
        sql += " limit :most"
        params["most"] = wanted.limit
    return [_server(row) for row in await tx.all(sql, **params)]


async def names(
    tx: Tx, user: UserId | None, projects: list[ProjectId], wanted: Wanted, *, fresh: int = 0
) -> dict[ServerId, str]:
    """The names of all servers that fit, by id, whatever the page."""
    where, params = conditions(user, projects, wanted, fresh)
    return dict(await tx.all(f"select id, name from servers where {where}", **params))


async def alive_on(tx: Tx, backend: BackendId) -> list[Server]:
    """The servers not deleted on this cluster."""
    rows = await tx.all(
        f"select {_COLUMNS} from servers where backend = :backend and deleted = 0 order by id",
        backend=backend,
    )
    return [_server(row) for row in rows]


async def known(tx: Tx, numbers: list[int]) -> dict[int, tuple[BackendId | None, bool]]:
    """(backend, deleted) of those of `numbers` that were ever given to a server."""
    rows = await tx.all(
        "select id, backend, deleted from servers where id in ({numbers ids})",
        ids=dump_text(numbers),
    )
    return {row[0]: (row[1], bool(row[2])) for row in rows}


async def open_jobs(tx: Tx) -> list[OpenJob]:
    """The jobs that servers wait for."""
    rows = await tx.all(
        "select id, backend, task_job from servers where task <> '' and task_job is not null"
        " and backend is not null and deleted = 0"
    )
    return [OpenJob(row[0], row[1], row[2]) for row in rows]


async def uses_flavor(tx: Tx, user: UserId, flavor: int) -> bool:
    row = await tx.one(
        "select 1 from servers where user_id = :user and flavor = :flavor and deleted = 0 limit 1",
        user=user,
        flavor=flavor,
    )
    return row is not None


async def metadata_of(tx: Tx, servers: list[ServerId]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for server, name, value in await tx.all(
        "select server, name, value from server_metadata where server in ({numbers ids})"
        " order by server, name",
        ids=dump_text(servers),
    ):
        found.setdefault(server, {})[name] = value
    return found


async def set_metadata(tx: Tx, server: int, values: dict[str, str], *, replace: bool) -> None:
    if replace:
        await tx.run("delete from server_metadata where server = :server", server=server)
    rows: list[dict[str, Value]] = [
        {"server": server, "name": name, "value": value} for name, value in values.items()
    ]
    if rows:
        await tx.many(
            "insert into server_metadata (server, name, value) values (:server, :name, :value)"
            " on conflict (server, name) do update set value = excluded.value",
            rows,
        )


async def delete_metadata(tx: Tx, server: int, name: str) -> bool:
    return bool(
        await tx.run(
            "delete from server_metadata where server = :server and name = :name",
            server=server,
            name=name,
        )
    )


async def by_state_and_backend(tx: Tx) -> list[tuple[str, int, int]]:
    """(operstate, number of the backend or 0, how many) of the servers not deleted."""
    rows = await tx.all(
        "select operstate, coalesce(backend, 0), count(*) from servers where deleted = 0"
        " group by operstate, coalesce(backend, 0)"
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def counts(tx: Tx) -> list[tuple[Any, ...]]:
    """(operstate, how many) of the servers not deleted."""
    return await tx.all(
        "select operstate, count(*) from servers where deleted = 0 group by operstate"
    )
