"""The tables of letters that wait, and of the keys that they carry: letters, account_keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.common.jsonio import dump_text, parse
from synnefod.store.interface import Tx


@frozen
class Waiting:
    """A letter to be sent. `created` in microseconds since the epoch."""

    id: int
    event: str
    recipient: str
    person: str | None
    details: Mapping[str, Any]
    created: int
    tries: int


@frozen
class Key:
    """A wish that its owner confirms by a link. `address` is the new one of an e-mail change."""

    person: str
    address: str | None
    requested: int


async def put(
    tx: Tx, event: str, recipient: str, person: str | None, details: Mapping[str, Any], now: int
) -> None:
    await tx.run(
        "insert into letters (event, recipient, person, details, created, due) "
        "values (:event, :recipient, :person, :details, :now, :now)",
        event=event,
        recipient=recipient,
        person=person,
        details=dump_text(dict(details)),
        now=now,
    )


async def take(tx: Tx, now: int, until: int, most: int) -> list[Waiting]:
    """Letters that are due; they become due again at `until` unless they are deleted before."""
    rows = await tx.all(
        "update letters set due = :until, tries = tries + 1 where id in (select l.id "
        "from letters l where l.due <= :now order by l.due, l.id limit :most {skip_locked}) "
        "returning id, event, recipient, person, details, created, tries",
        now=now,
        until=until,
        most=most,
    )
    return [
        Waiting(row[0], row[1], row[2], row[3], parse(row[4]), row[5], row[6])
        for row in sorted(rows)
    ]


async def postpone(tx: Tx, letter: int, due: int) -> None:
    await tx.run("update letters set due = :due where id = :id", id=letter, due=due)


async def delete(tx: Tx, letter: int) -> None:
    await tx.run("delete from letters where id = :id", id=letter)


async def waiting(tx: Tx) -> int:
    row = await tx.one("select count(*) from letters")
    return row[0] if row is not None else 0


async def oldest(tx: Tx) -> int | None:
    """When the letter was put there that waits longest, in microseconds; None: none waits."""
    row = await tx.one("select min(created) from letters")
    return row[0] if row is not None else None


async def ask(tx: Tx, person: str, kind: str, address: str | None, now: int) -> None:
    """Notes a wish, in place of an earlier one of its kind, whose key is worth nothing now."""
    await tx.run(
        "insert into account_keys (person, kind, address, digest, requested) "
        "values (:person, :kind, :address, null, :now) on conflict (person, kind) do update "
        "set address = excluded.address, digest = null, requested = excluded.requested",
        person=person,
        kind=kind,
        address=address,
        now=now,
    )


async def give_key(tx: Tx, person: str, kind: str, digest: str) -> bool:
    """Sets the key of a wish; False when there is no such wish any more."""
    return bool(
        await tx.run(
            "update account_keys set digest = :digest where person = :person and kind = :kind",
            person=person,
            kind=kind,
            digest=digest,
        )
    )


async def find(tx: Tx, kind: str, digest: str) -> Key | None:
    row = await tx.one(
        "select person, address, requested from account_keys "
        "where kind = :kind and digest = :digest {for_update}",
        kind=kind,
        digest=digest,
    )
    return Key(*row) if row is not None else None


async def address(tx: Tx, person: str, kind: str) -> str:
    """The address of a wish; "" when there is none."""
    row = await tx.one(
        "select address from account_keys where person = :person and kind = :kind",
        person=person,
        kind=kind,
    )
    return row[0] or "" if row is not None else ""


async def forget(tx: Tx, person: str, kind: str) -> bool:
    return bool(
        await tx.run(
            "delete from account_keys where person = :person and kind = :kind",
            person=person,
            kind=kind,
        )
    )


async def claim_alarm(tx: Tx, cause: str, now: int, before: int) -> bool:
    """Whether nobody told of this cause since `before`; from now on somebody did."""
    return bool(
        await tx.run(
            "insert into alarms (cause, told) values (:cause, :now) on conflict (cause) "
            "do update set told = excluded.told where alarms.told <= :before",
            cause=cause,
            now=now,
            before=before,
        )
    )
