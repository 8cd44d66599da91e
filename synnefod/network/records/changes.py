"""Networks, subnets, ports and floating addresses that changed lately."""

from __future__ import annotations

from synnefod.common.changes import Change
from synnefod.store.interface import Tx

_COLLECTIONS = (
    (
        "networks",
        "select id, owner, project, created, updated, deleted, shared_to_project, public "
        "from networks where updated >= :moment order by updated limit :most",
    ),
    (
        "subnets",
        "select s.id, n.owner, n.project, s.created, s.updated, s.deleted, n.shared_to_project, "
        "n.public from subnets s join networks n on n.id = s.network "
        "where s.updated >= :moment order by s.updated limit :most",
    ),
    (
        "ports",
        "select id, owner, project, created, updated, 0, 0, 0 "
        "from ports where updated >= :moment order by updated limit :most",
    ),
    (
        "floatingips",
        "select id, owner, project, created, updated, 0, shared_to_project, 0 "
        "from ip_addresses where floating = 1 and updated >= :moment "
        "order by updated limit :most",
    ),
    (
        "floatingips",
        "select id, owner, project, created, released, 1, shared_to_project, 0 "
        "from released_addresses where released >= :moment order by released limit :most",
    ),
)


async def since(tx: Tx, moment: int, most: int) -> list[Change]:
    """What changed at `moment` (microseconds) or later; of each collection at most `most`."""
    found = []
    for collection, sql in _COLLECTIONS:
        for row in await tx.all(sql, moment=moment, most=most):
            found.append(Change.of(collection, row))
    return found
