"""The table of sessions."""

from __future__ import annotations

from synnefod.identity.interface.sessions import Session
from synnefod.identity.records.users import COLUMNS, JOINS, WIDTH, user_of
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = (
    f"{COLUMNS}, s.id, s.method, s.address, s.agent, s.created, s.seen, s.expires, "
    "case when u.has_signed_terms = 1 or not exists (select 1 from approval_terms) then 1 else 0 "
    "end, u.is_verified"
)
_FROM = f"from sessions s join users u on u.uuid = s.person {JOINS}"


def _session(row: Row) -> Session:
    own = row[WIDTH:]
    return Session(
        id=own[0],
        user=user_of(row),
        method=own[1],
        address=own[2],
        agent=own[3],
        created=own[4],
        seen=own[5],
        expires=own[6],
        terms_accepted=bool(own[7]),
        profile_seen=bool(own[8]),
    )


async def insert(tx: Tx, digest: str, person: str, values: dict[str, Value]) -> None:
    await tx.run(
        "insert into sessions (id, digest, person, method, address, agent, created, seen, expires)"
        " values (:id, :digest, :person, :method, :address, :agent, :created, :seen, :expires)",
        digest=digest,
        person=person,
        **values,
    )


async def find(tx: Tx, digest: str) -> Session | None:
    row = await tx.one(f"select {_COLUMNS} {_FROM} where s.digest = :digest", digest=digest)
    return _session(row) if row is not None else None


async def listing(tx: Tx, person: str) -> list[Session]:
    rows = await tx.all(
        f"select {_COLUMNS} {_FROM} where s.person = :person order by s.seen desc, s.id",
        person=person,
    )
    return [_session(row) for row in rows]


async def touch(tx: Tx, id_: str, now: int) -> None:
    await tx.run("update sessions set seen = :now where id = :id and seen < :now", id=id_, now=now)


async def delete(tx: Tx, person: str, id_: str) -> int:
    return await tx.run(
        "delete from sessions where person = :person and id = :id", person=person, id=id_
    )


async def delete_digest(tx: Tx, digest: str) -> None:
    await tx.run("delete from sessions where digest = :digest", digest=digest)


async def delete_of(tx: Tx, person: str, keep: str = "") -> None:
    """Ends all sessions of a person, but `keep`."""
    await tx.run(
        "delete from sessions where person = :person and id <> :keep", person=person, keep=keep
    )


async def delete_expired(tx: Tx, now: int, idle: int) -> int:
    """Those past their end, and those not used since `idle`."""
    return await tx.run(
        "delete from sessions where expires <= :now or seen <= :idle", now=now, idle=idle
    )
