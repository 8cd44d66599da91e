"""The table of challenges that were answered."""

from __future__ import annotations

from synnefod.store.interface import Tx


async def use(tx: Tx, digest: str, now: int) -> bool:
    """False when it was used before."""
    return bool(
        await tx.run(
            "insert into used_challenges (digest, created) values (:digest, :now) "
            "on conflict (digest) do nothing",
            digest=digest,
            now=now,
        )
    )


async def delete_old(tx: Tx, since: int) -> int:
    return await tx.run("delete from used_challenges where created <= :since", since=since)
