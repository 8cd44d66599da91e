"""The tables of policy profiles: policy_profiles, policy_profile_users, policy_profile_groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.ids import UserId
from synnefod.identity.interface.methods import PolicyProfile
from synnefod.store.interface import Row, Tx, Value

_POLICIES = ("add", "remove", "create", "login", "required", "automoderate", "switch", "limit")
_COLUMNS = "p.id, p.name, p.provider, p.is_exclusive, p.priority, p.active, " + ", ".join(
    f"p.policy_{name}" for name in _POLICIES
)


def _profile(row: Row, groups: Sequence[str] = (), users: Sequence[UserId] = ()) -> PolicyProfile:
    found = zip(_POLICIES, row[6:], strict=False)
    return PolicyProfile(
        number=row[0],
        name=row[1],
        provider=row[2],
        exclusive=bool(row[3]),
        priority=row[4],
        active=bool(row[5]),
        policies={
            name: value if name == "limit" else bool(value)
            for name, value in found
            if value is not None
        },
        groups=tuple(groups),
        users=tuple(users),
    )


async def listing(tx: Tx, name: str | None = None) -> list[PolicyProfile]:
    """All, or the one of a name, with their assignments."""
    where = "" if name is None else "where p.name = :name "
    given: dict[str, Value] = {} if name is None else {"name": name}
    rows = await tx.all(f"select {_COLUMNS} from policy_profiles p {where}order by p.id", **given)
    groups = await tx.all(
        "select a.profile, g.name from policy_profile_groups a "
        "join user_groups g on g.id = a.group_id order by g.name"
    )
    users = await tx.all(
        "select a.profile, u.uuid from policy_profile_users a "
        "join users u on u.uuid = a.person order by u.id"
    )
    return [
        _profile(
            row,
            [group for profile, group in groups if profile == row[0]],
            [UserId(user) for profile, user in users if profile == row[0]],
        )
        for row in rows
    ]


async def of_person(tx: Tx, person: str) -> tuple[list[PolicyProfile], list[PolicyProfile]]:
    """Active profiles of a person, and of the person's groups."""
    own = await tx.all(
        f"select {_COLUMNS} from policy_profiles p join policy_profile_users a "
        "on a.profile = p.id where a.person = :person and p.active = 1",
        person=person,
    )
    groups = await tx.all(
        f"select distinct {_COLUMNS} from policy_profiles p join policy_profile_groups a "
        "on a.profile = p.id join group_members m on m.group_id = a.group_id "
        "where m.person = :person and p.active = 1",
        person=person,
    )
    return [_profile(row) for row in own], [_profile(row) for row in groups]


async def insert(tx: Tx, name: str, provider: str, values: Mapping[str, Value]) -> bool:
    """False when there is one of this name."""
    columns = "".join(f", {column}" for column in values)
    marks = "".join(f", :{column}" for column in values)
    return bool(
        await tx.run(
            f"insert into policy_profiles (name, provider{columns}) "
            f"values (:name, :provider{marks}) on conflict (name) do nothing",
            name=name,
            provider=provider,
            **values,
        )
    )


async def update(tx: Tx, number: int, values: Mapping[str, Value]) -> None:
    changes = ", ".join(f"{column} = :{column}" for column in values)
    await tx.run(f"update policy_profiles set {changes} where id = :id", id=number, **values)


async def delete(tx: Tx, name: str) -> bool:
    return bool(await tx.run("delete from policy_profiles where name = :name", name=name))


async def unassign(tx: Tx, number: int) -> None:
    await tx.run("delete from policy_profile_users where profile = :id", id=number)
    await tx.run("delete from policy_profile_groups where profile = :id", id=number)


async def assign_user(tx: Tx, number: int, person: str) -> None:
    await tx.run(
        "insert into policy_profile_users (profile, person) values (:id, :person) "
        "on conflict (profile, person) do nothing",
        id=number,
        person=person,
    )


async def assign_group(tx: Tx, number: int, group: str | int) -> bool:
    """By name or number; False when there is no such group."""
    column = "id" if isinstance(group, int) else "name"
    row = await tx.one(f"select id from user_groups where {column} = :group", group=group)
    if row is None:
        return False
    await tx.run(
        "insert into policy_profile_groups (profile, group_id) values (:id, :group_id) "
        "on conflict (profile, group_id) do nothing",
        id=number,
        group_id=row[0],
    )
    return True
