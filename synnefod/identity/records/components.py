"""Tables of outside services: components and their services."""

from __future__ import annotations

from synnefod.identity.interface import Component
from synnefod.store.interface import Tx


async def add(tx: Tx, name: str, *, trusted: bool) -> int:
    """The number of the component `name`, which is made when new."""
    await tx.run(
        "insert into components (name, trusted) values (:name, :trusted) "
        "on conflict (name) do nothing",
        name=name,
        trusted=int(trusted),
    )
    row = await tx.one("select id from components where name = :name", name=name)
    assert row is not None
    return int(row[0])


async def add_service(tx: Tx, component: int, name: str, type_: str) -> bool:
    """Whether the service now belongs to `component`."""
    await tx.run(
        "insert into services (component, name, type) values (:component, :name, :type) "
        "on conflict (name) do nothing",
        component=component,
        name=name,
        type=type_,
    )
    row = await tx.one("select component from services where name = :name", name=name)
    return row is not None and row[0] == component


async def set_token(tx: Tx, name: str, digest: str, now: int) -> bool:
    return bool(
        await tx.run(
            "update components set token_digest = :digest, token_created = :now where name = :name",
            name=name,
            digest=digest,
            now=now,
        )
    )


async def by_token(tx: Tx, digest: str, now: int) -> Component | None:
    rows = await tx.all(
        "select c.id, c.name, c.trusted, s.name from components c "
        "left join services s on s.component = c.id "
        "where c.token_digest = :digest and (c.token_expires is null or c.token_expires > :now)",
        digest=digest,
        now=now,
    )
    if not rows:
        return None
    services = frozenset(row[3] for row in rows if row[3] is not None)
    return Component(rows[0][0], rows[0][1], services, bool(rows[0][2]))
