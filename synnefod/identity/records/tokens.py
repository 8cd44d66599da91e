"""The table of bearer tokens, and the one query by which a request is authenticated."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import asdict, fields, frozen

from synnefod.identity.interface import ADMIN, MEMBER, READER, User
from synnefod.identity.records import oauth
from synnefod.identity.records.users import COLUMNS, JOINS, OWN_COLUMNS, WIDTH, user_of
from synnefod.store.interface import Row, Tx, Value

_OWN = WIDTH - 2


@frozen
class Owned:
    """A project that the person may use; `owned` when it is theirs to manage."""

    project: str
    name: str
    owned: bool


@frozen
class Found:
    """A stored token with what it is worth now."""

    user: User
    scope: str
    project: str | None
    methods: str
    audit_id: str
    parent_audit_id: str | None
    issued: int
    expires: int
    terms_accepted: bool
    credential: tuple[str, str, str, bool, str] | None
    """Id, name, roles (JSON), unrestricted, access rules (JSON)."""
    projects: tuple[Owned, ...]
    groups: tuple[str, ...]
    system: tuple[str, ...] = ()
    """The owner's roles below admin in the whole system, for a token of that scope."""


@frozen
class NewToken:
    """The row of a token that is being made; the names are those of the columns."""

    digest: str
    person: str
    scope: str
    project: str | None
    label: str
    methods: str
    credential: str | None
    audit_id: str
    parent_audit_id: str | None
    session: str | None
    issued: int
    expires: int

    def of(self, owner: Found) -> Found:
        """What it is worth, found out with another token of its owner a moment ago."""
        return Found(
            owner.user,
            self.scope,
            self.project,
            self.methods,
            self.audit_id,
            self.parent_audit_id,
            self.issued,
            self.expires,
            owner.terms_accepted,
            None,
            owner.projects,
            owner.groups,
        )


_LOOK_UP = f"""
select {OWN_COLUMNS}, t.scope, t.project, t.methods, t.audit_id, t.parent_audit_id, t.issued,
  t.expires,
  case when u.has_signed_terms = 1 or not exists (select 1 from approval_terms) then 1 else 0 end,
  c.id, c.name, c.roles, c.unrestricted, c.access_rules, p.uuid, p.realname, p.owner, g.name,
  case when t.scope = 'system' then (select min(up.name) from user_permissions up
    where up.person = u.uuid and up.name in ('member:system', 'reader:system')) end
from tokens t
join users u on u.uuid = t.person
left join app_credentials c on c.id = t.credential
left join memberships m on m.person = u.uuid and m.state in (1, 5)
left join projects p on p.uuid = m.project and p.state = 1
left join group_members gm on gm.person = u.uuid
left join user_groups g on g.id = gm.group_id
where t.digest = :digest
"""


_SYSTEM = {None: (), "reader:system": (READER,), "member:system": (MEMBER, READER)}


async def look_up(tx: Tx, digest: str) -> Found | None:
    """Everything about a token in one indexed query: a row for each project and group."""
    rows = await tx.all(_LOOK_UP, digest=digest)
    if not rows:
        return None
    row = rows[0]
    token = row[_OWN:]
    projects = _owned(rows, _OWN + 13)
    groups = tuple(sorted({each[_OWN + 16] for each in rows if each[_OWN + 16]}))
    # The two columns that cost four more joins elsewhere are known from the projects and groups.
    usable = next((each.project for each in projects if each.project == row[8]), None)
    administers = row[1] if ADMIN in groups else None
    return Found(
        user=user_of((*row[:_OWN], usable, administers)),
        scope=token[0],
        project=token[1],
        methods=token[2],
        audit_id=token[3],
        parent_audit_id=token[4],
        issued=token[5],
        expires=token[6],
        terms_accepted=bool(token[7]),
        credential=(*token[8:11], bool(token[11]), token[12]) if token[8] else None,
        projects=projects,
        groups=groups,
        system=_SYSTEM[row[_OWN + 17]],
    )


def _owned(rows: list[Row], at: int) -> tuple[Owned, ...]:
    found = {row[at]: Owned(row[at], row[at + 1], row[at + 2] == row[1]) for row in rows if row[at]}
    return tuple(found.values())


async def standings(
    tx: Tx, person: str | None = None, project: str | None = None
) -> list[tuple[User, Owned]]:
    """Who may use which living project; filtered by what is given."""
    conditions = ["m.state in (1, 5) and p.state = 1"]
    params: dict[str, Value] = {}
    if person is not None:
        conditions.append("u.uuid = :person")
        params["person"] = person
    if project is not None:
        conditions.append("m.project = :project")
        params["project"] = project
    rows = await tx.all(
        f"select {COLUMNS}, p.uuid, p.realname, p.owner from users u {JOINS} "
        "join memberships m on m.person = u.uuid join projects p on p.uuid = m.project "
        f"where {' and '.join(conditions)} order by u.id, p.uuid",
        **params,
    )
    return [
        (user_of(row), Owned(row[WIDTH], row[WIDTH + 1], row[WIDTH + 2] == row[1])) for row in rows
    ]


_INSERT = f"""
insert into tokens ({", ".join(each.name for each in fields(NewToken))})
values ({", ".join(":" + each.name for each in fields(NewToken))})
"""


async def insert(tx: Tx, new: NewToken) -> None:
    await tx.run(_INSERT, **asdict(new, recurse=False))


@frozen
class Use:
    """A token, named by its owner and audit id, was used."""

    person: str
    audit_id: str
    moment: int
    address: str


async def used(tx: Tx, uses: Sequence[Use]) -> None:
    for use in uses:
        await tx.run(
            "update tokens set last_used = :moment, last_address = :address "
            "where person = :person and audit_id = :audit_id "
            "and (last_used is null or last_used < :moment)",
            **asdict(use),
        )


async def delete(tx: Tx, digest: str) -> bool:
    return bool(await tx.run("delete from tokens where digest = :digest", digest=digest))


async def delete_of(tx: Tx, person: str) -> None:
    """Ends all tokens of a person, and what programs hold (AST-134)."""
    await tx.run("delete from tokens where person = :person", person=person)
    await oauth.delete_of(tx, person)


async def session_of(tx: Tx, digest: str) -> str | None:
    """The session that a token was given to."""
    row = await tx.one("select session from tokens where digest = :digest", digest=digest)
    return row[0] if row is not None else None


async def trim(tx: Tx, person: str, label: str, keep: int) -> None:
    """Ends the oldest Synnefo tokens of a label, beyond the newest `keep`."""
    await tx.run(
        "delete from tokens where digest in (select digest from tokens where person = :person "
        "and scope = 'default' and label = :label order by issued desc, digest "
        "limit 1000 offset :keep)",
        person=person,
        label=label,
        keep=keep,
    )


async def delete_expired(tx: Tx, now: int) -> int:
    return await tx.run("delete from tokens where expires <= :now", now=now)
