"""The table of invitations."""

from __future__ import annotations

from attrs import frozen

from synnefod.identity.interface.life import Invitation
from synnefod.store.interface import Tx

_COLUMNS = "id, realname, username, created, consumed"


@frozen
class Invited:
    """An invitation that can be used. `level`: of whoever uses it."""

    number: int
    realname: str
    username: str
    created: int
    level: int


async def insert(
    tx: Tx, inviter: str, realname: str, username: str, level: int, now: int
) -> int | None:
    """Its number; None when the address was invited before."""
    rows = await tx.all(
        "insert into invitations (inviter, realname, username, level, created) "
        "values (:inviter, :realname, :username, :level, :now) "
        "on conflict (username) do nothing returning id",
        inviter=inviter,
        realname=realname,
        username=username,
        level=level,
        now=now,
    )
    return int(rows[0][0]) if rows else None


async def give_code(tx: Tx, number: int, digest: str) -> bool:
    """Sets the code of one that was not used; False when there is none such."""
    return bool(
        await tx.run(
            "update invitations set digest = :digest where id = :id and consumed is null",
            id=number,
            digest=digest,
        )
    )


async def find(tx: Tx, digest: str, since: int) -> Invited | None:
    """One that was not used, made after `since`."""
    row = await tx.one(
        "select id, realname, username, created, level from invitations "
        "where digest = :digest and consumed is null and created > :since",
        digest=digest,
        since=since,
    )
    return Invited(*row) if row is not None else None


async def consume(tx: Tx, number: int, now: int) -> bool:
    """False when it was used before."""
    return bool(
        await tx.run(
            "update invitations set consumed = :now where id = :id and consumed is null",
            id=number,
            now=now,
        )
    )


async def consumed(tx: Tx, username: str) -> bool:
    """Whether somebody signed up by an invitation to this address."""
    row = await tx.one(
        "select 1 from invitations where username = :username and consumed is not null",
        username=username,
    )
    return row is not None


async def of_person(tx: Tx, person: str) -> list[Invitation]:
    rows = await tx.all(
        f"select {_COLUMNS} from invitations where inviter = :person order by id", person=person
    )
    return [Invitation(*row) for row in rows]


async def left(tx: Tx, person: str) -> tuple[int, int]:
    """The person's level, and how many invitations are left."""
    row = await tx.one("select level, invitations from users where uuid = :person", person=person)
    return (row[0], row[1]) if row is not None else (0, 0)


async def spend(tx: Tx, person: str) -> bool:
    """One less; False when there was none left."""
    return bool(
        await tx.run(
            "update users set invitations = invitations - 1 "
            "where uuid = :person and invitations > 0",
            person=person,
        )
    )
