"""The table user_permissions, and superusers that are no full users."""

from __future__ import annotations

from synnefod.common.ids import UserId
from synnefod.store.interface import Tx


async def permissions(tx: Tx, person: str) -> list[str]:
    rows = await tx.all(
        "select name from user_permissions where person = :person order by name", person=person
    )
    return [row[0] for row in rows]


async def add(tx: Tx, person: str, name: str) -> None:
    await tx.run(
        "insert into user_permissions (person, name) values (:person, :name) "
        "on conflict (person, name) do nothing",
        person=person,
        name=name,
    )


async def remove(tx: Tx, person: str, name: str) -> bool:
    return bool(
        await tx.run(
            "delete from user_permissions where person = :person and name = :name",
            person=person,
            name=name,
        )
    )


async def system(tx: Tx) -> list[tuple[UserId, str, str]]:
    """Who has which role in the whole system: administrators, and holders of the permissions."""
    rows = await tx.all(
        "select u.uuid, u.username, 'admin' from users u where u.is_active = 1 and "
        "(u.is_superuser = 1 or exists (select 1 from group_members m join user_groups g "
        "on g.id = m.group_id where m.person = u.uuid and g.name = 'admin')) "
        "union all select u.uuid, u.username, replace(p.name, ':system', '') from users u "
        "join user_permissions p on p.person = u.uuid "
        "where p.name in ('member:system', 'reader:system') order by 2, 3"
    )
    return [(UserId(row[0]), row[1], row[2]) for row in rows]


async def bare_superusers(tx: Tx) -> list[UserId]:
    """Those whom something keeps from signing in as anybody else does."""
    rows = await tx.all(
        "select u.uuid from users u where u.is_superuser = 1 and u.is_rejected = 0 "
        "and u.deactivated_at is null and (u.email_verified = 0 or u.moderated = 0 "
        "or u.is_active = 0 or u.base_project is null or not exists (select 1 from auth_providers "
        "p where p.person = u.uuid and p.module = 'local')) order by u.id"
    )
    return [UserId(row[0]) for row in rows]


async def ways(tx: Tx, person: str) -> list[str]:
    """The providers by which a person may sign in."""
    rows = await tx.all(
        "select module from auth_providers where person = :person and active = 1 order by module",
        person=person,
    )
    return [row[0] for row in rows]


async def give_password(tx: Tx, person: str, hashed: str) -> bool:
    """Whether there was none before."""
    return bool(
        await tx.run(
            "update users set password = :hashed where uuid = :person and password is null",
            hashed=hashed,
            person=person,
        )
    )
