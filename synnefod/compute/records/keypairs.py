"""The rows of SSH keys."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.ids import UserId
from synnefod.common.jsonio import dump_text
from synnefod.compute.interface import Keypair
from synnefod.store.interface import Tx

_COLUMNS = "id, user_id, name, content, fingerprint, created, updated"


async def of_user(tx: Tx, user: UserId) -> list[Keypair]:
    rows = await tx.all(
        f"select {_COLUMNS} from keypairs where user_id = :user order by name {{bytewise}}",
        user=user,
    )
    return [Keypair(*row) for row in rows]


async def named(tx: Tx, user: UserId, names: Sequence[str]) -> dict[str, Keypair]:
    rows = await tx.all(
        f"select {_COLUMNS} from keypairs where user_id = :user and name in ({{texts names}})",
        user=user,
        names=dump_text(list(names)),
    )
    return {row[2]: Keypair(*row) for row in rows}


async def insert(
    tx: Tx, user: UserId, name: str, content: str, fingerprint: str, now: int
) -> Keypair:
    """Raises UniqueViolation for a name that the user has."""
    row = await tx.one(
        "insert into keypairs (user_id, name, content, fingerprint, created, updated)"
        f" values (:user, :name, :content, :fingerprint, :now, :now) returning {_COLUMNS}",
        user=user,
        name=name,
        content=content,
        fingerprint=fingerprint,
        now=now,
    )
    assert row is not None
    return Keypair(*row)


async def change(
    tx: Tx, user: UserId, number: int, name: str, content: str, fingerprint: str, now: int
) -> Keypair | None:
    """None for one that the user has not. Raises UniqueViolation for a name that the user has."""
    row = await tx.one(
        "update keypairs set name = :name, content = :content, fingerprint = :fingerprint,"
        f" updated = :now where id = :id and user_id = :user returning {_COLUMNS}",
        id=number,
        user=user,
        name=name,
        content=content,
        fingerprint=fingerprint,
        now=now,
    )
    return None if row is None else Keypair(*row)


async def delete(tx: Tx, user: UserId, name: str) -> bool:
    return bool(
        await tx.run(
            "delete from keypairs where user_id = :user and name = :name", user=user, name=name
        )
    )
