"""Servers and key pairs that changed lately."""

from __future__ import annotations

from synnefod.common.changes import Change
from synnefod.store.interface import Tx


async def since(tx: Tx, moment: int, most: int) -> list[Change]:
    """What changed at `moment` (microseconds) or later; of each collection at most `most`."""
    servers = await tx.all(
        "select id, user_id, project, created, updated, deleted, shared, 0 from servers "
        "where updated >= :moment order by updated limit :most",
        moment=moment,
        most=most,
    )
    keys = await tx.all(
        "select name, user_id, null, created, updated, 0, 0, 0 from keypairs "
        "where updated >= :moment order by updated limit :most",
        moment=moment,
        most=most,
    )
    return [
        *(Change.of("servers", row) for row in servers),
        *(Change.of("keypairs", row) for row in keys),
    ]
