"""Parameters that may never change once there is data."""

from __future__ import annotations

from synnefod.store.interface import Tx


async def settle(tx: Tx, key: str, value: str) -> str:
    """The value of `key`: the one stored before, else `value`, which is stored now."""
    await tx.run(
        "insert into storage_config (key, value) values (:key, :value) on conflict do nothing",
        key=key,
        value=value,
    )
    row = await tx.one("select value from storage_config where key = :key", key=key)
    assert row is not None
    stored: str = row[0]
    return stored
