"""What only an administrator reads and writes: groups, terms, tokens of all, components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.ids import UserId
from synnefod.common.jsonio import parse
from synnefod.identity.interface.administration import (
    ComponentRow,
    Group,
    Profile,
    ServiceRow,
    TokenRow,
)
from synnefod.identity.records.users import COLUMNS, JOINS, WIDTH, user_of
from synnefod.store.interface import Row, Tx, Value

PREFIX = 12
MOST = 10_000


_PROFILE = (
    "u.deactivated_reason, u.accepted_policy, u.rejected_reason, u.moderated_at, u.verified_at, "
    "(select max(t.expires) from tokens t where t.person = u.uuid and t.scope = 'default' "
    "and t.expires > :now)"
)


async def profiles(tx: Tx, person: str | None, now: int) -> list[Profile]:
    where = "" if person is None else "where u.uuid = :person "
    of = "" if person is None else "where person = :person "
    given: dict[str, Value] = {} if person is None else {"person": person}
    rows = await tx.all(
        f"select {COLUMNS}, {_PROFILE} from users u {JOINS} {where}order by u.id", now=now, **given
    )
    memberships = await tx.all(
        "select m.person, g.name from group_members m join user_groups g on g.id = m.group_id "
        f"{of}order by g.name",
        **given,
    )
    methods = await tx.all(
        "select person, module, identifier, active, affiliation, info from auth_providers "
        f"{of}order by id",
        **given,
    )
    groups: dict[str, list[str]] = {}
    for uuid, name in memberships:
        groups.setdefault(uuid, []).append(name)
    ways: dict[str, list[dict[str, Any]]] = {}
    for uuid, module, identifier, active, affiliation, info in methods:
        way = {"module": module, "identifier": identifier, "active": bool(active)}
        ways.setdefault(uuid, []).append(way | {"affiliation": affiliation, "info": info})
    return [
        Profile(
            user_of(row),
            tuple(groups.get(row[1], ())),
            tuple(ways.get(row[1], ())),
            *row[WIDTH : WIDTH + 6],
        )
        for row in rows
    ]


async def groups(tx: Tx) -> list[Group]:
    rows = await tx.all(
        "select g.id, g.name, count(m.person) from user_groups g "
        "left join group_members m on m.group_id = g.id group by g.id, g.name order by g.name"
    )
    return [Group(*row) for row in rows]


async def add_group(tx: Tx, name: str) -> bool:
    return bool(
        await tx.run(
            "insert into user_groups (name) values (:name) on conflict (name) do nothing",
            name=name,
        )
    )


async def members(tx: Tx, name: str) -> list[UserId]:
    rows = await tx.all(
        "select m.person from group_members m join user_groups g on g.id = m.group_id "
        "where g.name = :name",
        name=name,
    )
    return [UserId(row[0]) for row in rows]


async def providers(tx: Tx) -> list[tuple[str, str]]:
    rows = await tx.all(
        "select person, module from auth_providers where active = 1 order by person, module"
    )
    return [(row[0], row[1]) for row in rows]


async def add_terms(tx: Tx, location: str, text: str, now: int) -> int:
    """The number of the new terms; nobody has signed them."""
    await tx.run(
        "insert into approval_terms (date, location, body) values (:now, :location, :text)",
        now=now,
        location=location,
        text=text,
    )
    await tx.run("update users set has_signed_terms = 0, date_signed_terms = null")
    row = await tx.one("select max(id) from approval_terms")
    assert row is not None
    return int(row[0])


async def tokens(tx: Tx, person: str | None, now: int) -> list[TokenRow]:
    only = "" if person is None else "and person = :person "
    given: dict[str, Value] = {} if person is None else {"person": person}
    rows = await tx.all(
        "select digest, person, scope, project, label, methods, issued, expires, "
        "last_used, last_address "
        f"from tokens where expires > :now {only}order by issued desc, digest limit {MOST}",
        now=now,
        **given,
    )
    return [_token(row) for row in rows]


def _token(row: Row) -> TokenRow:
    return TokenRow(
        prefix=row[0][:PREFIX],
        user=UserId(row[1]),
        scope=row[2],
        project=row[3],
        label=row[4],
        methods=tuple(parse(row[5])),
        issued=row[6],
        expires=row[7],
        last_used=row[8],
        address=row[9] or "",
    )


async def end_tokens(tx: Tx, person: str | None, prefix: str | None) -> int:
    """At least one of the two is given."""
    where: list[str] = []
    given: dict[str, Value] = {}
    if person is not None:
        where.append("person = :person")
        given["person"] = person
    if prefix is not None:
        where.append("substr(digest, 1, :length) = :prefix")
        given |= {"prefix": prefix, "length": len(prefix)}
    assert where
    return await tx.run(f"delete from tokens where {' and '.join(where)}", **given)


async def components(tx: Tx) -> list[ComponentRow]:
    rows = await tx.all(
        "select id, name, base_url, url, token_digest, token_created from components order by id"
    )
    return [
        ComponentRow(row[0], row[1], row[2], row[3], (row[4] or "")[:PREFIX], row[5])
        for row in rows
    ]


async def change_component(tx: Tx, name: str, values: Mapping[str, Value]) -> bool:
    """`values` by column name; True when there is such a component."""
    if not values:
        return await tx.one("select 1 from components where name = :name", name=name) is not None
    changes = ", ".join(f"{column} = :{column}" for column in values)
    return bool(
        await tx.run(f"update components set {changes} where name = :name", name=name, **values)
    )


async def remove_component(tx: Tx, name: str) -> bool:
    return bool(await tx.run("delete from components where name = :name", name=name))


async def purge_services(tx: Tx, component: str) -> None:
    await tx.run(
        "delete from services where component in (select id from components where name = :name)",
        name=component,
    )


async def services(tx: Tx) -> list[ServiceRow]:
    rows = await tx.all(
        "select s.id, s.name, s.type, c.name from services s "
        "join components c on c.id = s.component order by s.id"
    )
    data = await tx.all(
        "select e.service, e.id, d.name, d.value from endpoints e "
        "left join endpoint_data d on d.endpoint = e.id order by e.service, e.id, d.name"
    )
    found: dict[int, dict[int, dict[str, str]]] = {}
    for service, endpoint, name, value in data:
        keys = found.setdefault(service, {}).setdefault(endpoint, {})
        if name is not None:
            keys[name] = value
    return [
        ServiceRow(row[0], row[1], row[2], row[3], tuple(found.get(row[0], {}).values()))
        for row in rows
    ]


async def component_number(tx: Tx, name: str) -> int | None:
    row = await tx.one("select id from components where name = :name", name=name)
    return None if row is None else int(row[0])


async def replace_endpoints(tx: Tx, service: str, endpoints: tuple[Mapping[str, str], ...]) -> None:
    await tx.run(
        "delete from endpoints where service in (select id from services where name = :service)",
        service=service,
    )
    for keys in endpoints:
        await tx.run(
            "insert into endpoints (service) select id from services where name = :service",
            service=service,
        )
        row = await tx.one("select max(id) from endpoints")
        assert row is not None
        for name, value in keys.items():
            await tx.run(
                "insert into endpoint_data (endpoint, name, value) values (:at, :name, :value)",
                at=row[0],
                name=name,
                value=value,
            )


async def set_type(tx: Tx, service: str, type_: str) -> None:
    await tx.run("update services set type = :type where name = :name", name=service, type=type_)


async def statistics(tx: Tx) -> list[tuple[str, int, int, int, int]]:
    """By provider: how many people, verified, active, and how many only have this one."""
    rows = await tx.all(
        "select p.module, count(distinct u.uuid), "
        "count(distinct case when u.email_verified = 1 then u.uuid end), "
        "count(distinct case when u.is_active = 1 then u.uuid end), "
        "count(distinct case when (select count(*) from auth_providers o "
        "where o.person = u.uuid and o.active = 1) = 1 then u.uuid end) "
        "from auth_providers p join users u on u.uuid = p.person where p.active = 1 "
        "group by p.module order by p.module"
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


async def totals(tx: Tx) -> tuple[int, int, int]:
    """How many people there are, verified ones, active ones."""
    row = await tx.one(
        "select count(*), sum(case when email_verified = 1 then 1 else 0 end), "
        "sum(case when is_active = 1 then 1 else 0 end) from users"
    )
    assert row is not None
    return int(row[0]), int(row[1] or 0), int(row[2] or 0)
