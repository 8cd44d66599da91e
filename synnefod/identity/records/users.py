"""Tables of people: users, auth_providers, user_groups, group_members.

Note [Memberships]. Whether a person may use a project decides what their token is worth, so the
queries of identity look at the tables `memberships` and `projects`, and never write them. They are
joined directly: SQLite would build a view on the right of a left join in full, for every query.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.identity.interface import ADMIN, User
from synnefod.store.interface import Row, Tx, Value

OWN_COLUMNS = (
    "u.id, u.uuid, u.username, u.email, u.first_name, u.last_name, u.is_active, u.is_superuser, "
    "u.default_project, u.date_joined, u.last_login, u.email_verified, u.moderated, u.is_rejected, "
    "u.shown_name"
)
COLUMNS = OWN_COLUMNS + ", dp.uuid, a.person"
JOINS = (
    "left join memberships dm on dm.person = u.uuid and dm.project = u.default_project "
    "and dm.state in (1, 5) "
    "left join projects dp on dp.uuid = dm.project and dp.state = 1 "
    "left join user_groups ag on ag.name = 'admin' "
    "left join group_members a on a.person = u.uuid and a.group_id = ag.id"
)
WIDTH = 17


def user_of(row: Row) -> User:
    """A user out of `COLUMNS`. A default project that cannot be used counts as the own one."""
    default = row[15] or (row[1] if row[8] is not None else None)
    return User(
        id=UserId(row[1]),
        name=row[2],
        email=row[3],
        first_name=row[4],
        last_name=row[5],
        is_active=bool(row[6]),
        is_admin=bool(row[7]) or row[16] is not None,
        default_project=ProjectId(default) if default else None,
        created=row[9],
        last_login=row[10],
        number=row[0],
        email_verified=bool(row[11]),
        moderated=bool(row[12]),
        is_rejected=bool(row[13]),
        shown_name=row[14] or "",
    )


async def insert(tx: Tx, uuid: str, values: Mapping[str, Value], now: int) -> None:
    """A new row; `values` by column name."""
    columns = ["uuid", "date_joined", "updated", *values]
    await tx.run(
        f"insert into users ({', '.join(columns)}) "
        f"values ({', '.join(':' + column for column in columns)})",
        uuid=uuid,
        date_joined=now,
        updated=now,
        **values,
    )


async def update(tx: Tx, uuid: str, values: Mapping[str, Value], now: int) -> None:
    assignments = "".join(f", {column} = :{column}" for column in values)
    await tx.run(
        f"update users set updated = :now{assignments} where uuid = :uuid",
        uuid=uuid,
        now=now,
        **values,
    )


async def reset_default(tx: Tx, project: str, uuid: str | None) -> None:
    """The own project is the default of those (None: all) whose default was `project`."""
    condition = "" if uuid is None else " and uuid = :uuid"
    params: dict[str, Value] = {} if uuid is None else {"uuid": uuid}
    await tx.run(
        "update users set default_project = uuid "
        f"where default_project = :project and uuid <> :project{condition}",
        project=project,
        **params,
    )


async def current_terms(tx: Tx) -> int | None:
    """The number of the terms that are in force; None when there are none."""
    row = await tx.one("select max(id) from approval_terms")
    return row[0] if row is not None else None


async def terms(tx: Tx, number: int | None) -> tuple[int, int, str] | None:
    """Number, date and text of the terms of a number, or of those in force."""
    wanted = number if number is not None else await current_terms(tx)
    row = await tx.one("select id, date, body from approval_terms where id = :id", id=wanted)
    return (row[0], row[1], row[2]) if row is not None else None


async def delete(tx: Tx, uuid: str) -> None:
    await tx.run("delete from users where uuid = :uuid", uuid=uuid)


async def one(tx: Tx, column: str, value: Value) -> User | None:
    """By `id`, `uuid` or `username`."""
    row = await tx.one(
        f"select {COLUMNS} from users u {JOINS} where u.{column} = :value", value=value
    )
    return user_of(row) if row is not None else None


async def locked(tx: Tx, uuid: str) -> User | None:
    """By UUID, with its row locked until the end of the transaction."""
    row = await tx.one("select uuid from users where uuid = :uuid {for_update}", uuid=uuid)
    return await one(tx, "uuid", uuid) if row is not None else None


async def many(tx: Tx, column: str, values: Sequence[str]) -> list[User]:
    if not values:
        return []
    rows = await tx.all(
        f"select {COLUMNS} from users u {JOINS} where u.{column} in ({{texts wanted}})",
        wanted=dump_text(list(values)),
    )
    return [user_of(row) for row in rows]


async def listing(tx: Tx, name: str | None, active: bool | None) -> list[User]:
    conditions = ["1 = 1"]
    params: dict[str, Value] = {}
    if name is not None:
        conditions.append("u.username = :name")
        params["name"] = name
    if active is not None:
        conditions.append("u.is_active = :active")
        params["active"] = int(active)
    rows = await tx.all(
        f"select {COLUMNS} from users u {JOINS} where {' and '.join(conditions)} order by u.id",
        **params,
    )
    return [user_of(row) for row in rows]


async def secret(tx: Tx, column: str, value: str) -> tuple[User, str | None] | None:
    """A user by `uuid` or `username`, with the hash of the password of an active local account."""
    row = await tx.one(
        f"select {COLUMNS}, u.password, p.active from users u {JOINS} "
        "left join auth_providers p on p.person = u.uuid and p.module = 'local' "
        f"where u.{column} = :value",
        value=value,
    )
    if row is None:
        return None
    return user_of(row), row[WIDTH] if row[WIDTH + 1] else None


async def add_local_provider(tx: Tx, uuid: str, now: int) -> None:
    await tx.run(
        "insert into auth_providers (person, module, created) values (:uuid, 'local', :now) "
        "on conflict (identifier, module, person) do nothing",
        uuid=uuid,
        now=now,
    )


async def set_group(tx: Tx, uuid: str, group: str, *, member: bool) -> None:
    """Puts the user in a group, which is made when new, or takes them out of it."""
    if member:
        await tx.run(
            "insert into user_groups (name) values (:name) on conflict (name) do nothing",
            name=group,
        )
        await tx.run(
            "insert into group_members (person, group_id) "
            "select :uuid, id from user_groups where name = :name "
            "on conflict (person, group_id) do nothing",
            uuid=uuid,
            name=group,
        )
    else:
        await tx.run(
            "delete from group_members where person = :uuid "
            "and group_id in (select id from user_groups where name = :name)",
            uuid=uuid,
            name=group,
        )


async def groups(tx: Tx, uuid: str) -> list[tuple[int, str]]:
    rows = await tx.all(
        "select g.id, g.name from group_members m join user_groups g on g.id = m.group_id "
        "where m.person = :uuid order by g.id",
        uuid=uuid,
    )
    return [(row[0], row[1]) for row in rows]


async def standing(tx: Tx, uuid: str, project: str) -> tuple[int | None, int] | None:
    """States of a person's membership (None: none) and of the project; None: no such project."""
    row = await tx.one(
        "select m.state, p.state from projects p left join memberships m "
        "on m.project = p.uuid and m.person = :uuid where p.uuid = :project",
        uuid=uuid,
        project=project,
    )
    return (row[0], row[1]) if row is not None else None


ADMIN_GROUP = ADMIN
