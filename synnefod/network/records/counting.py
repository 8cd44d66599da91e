"""Networks and floating addresses by whom they are charged to: for comparing with the ledger."""

from __future__ import annotations

from synnefod.common.ids import ProjectId, UserId
from synnefod.store.interface import Tx

Sums = dict[tuple[UserId, ProjectId], int]


async def private_networks(tx: Tx) -> Sums:
    """A network counts until its removal is complete on all clusters."""
    return await _sums(
        tx,
        "select owner, project, count(*) from networks where deleted = 0 and public = 0 "
        "and owner is not null and project is not null group by owner, project",
    )


async def floating_ips(tx: Tx) -> Sums:
    return await _sums(
        tx,
        "select owner, project, count(*) from ip_addresses where floating = 1 "
        "and project is not null group by owner, project",
    )


async def _sums(tx: Tx, sql: str) -> Sums:
    rows = await tx.all(sql)
    return {(UserId(user), ProjectId(project)): int(total) for user, project, total in rows}
