"""Blocks that were sent by themselves and are named by no file of their sender's yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Tx, Value


async def outstanding(tx: Tx, account: str) -> int:
    """Their bytes."""
    row = await tx.one(
        "select coalesce(sum(size), 0) from storage_uploads where account = :a", a=account
    )
    return 0 if row is None else int(row[0])


async def add(tx: Tx, account: str, blocks: Mapping[str, int], now: int) -> None:
    rows: list[dict[str, Value]] = [
        {"a": account, "block": block, "size": size, "now": now} for block, size in blocks.items()
    ]
    if rows:
        await tx.many(
            "insert into storage_uploads (account, block, size, sent) "
            "values (:a, :block, :size, :now) "
            "on conflict (account, block) do update set sent = excluded.sent",
            rows,
        )


async def named(tx: Tx, account: str, blocks: Sequence[str]) -> None:
    """A file names these now."""
    await tx.run(
        "delete from storage_uploads where account = :a and block in ({texts blocks})",
        a=account,
        blocks=dump_text(list(blocks)),
    )


async def forget(tx: Tx, before: int) -> None:
    """What was sent so long ago has been collected."""
    await tx.run("delete from storage_uploads where sent < :before", before=before)
