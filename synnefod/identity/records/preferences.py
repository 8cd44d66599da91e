"""The table of people's preferences."""

from __future__ import annotations

from synnefod.store.interface import Tx


async def show(tx: Tx, person: str) -> str | None:
    row = await tx.one("select body from user_preferences where person = :person", person=person)
    return None if row is None else str(row[0])


async def replace(tx: Tx, person: str, body: str, now: int) -> None:
    await tx.run(
        "insert into user_preferences (person, body, updated) values (:person, :body, :now) "
        "on conflict (person) do update set body = excluded.body, updated = excluded.updated",
        person=person,
        body=body,
        now=now,
    )
