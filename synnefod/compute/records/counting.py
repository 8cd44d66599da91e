"""What servers use, summed over all of them: for comparing with the ledger."""

from __future__ import annotations

from synnefod.common.ids import ProjectId, UserId
from synnefod.store.interface import Tx

Sums = dict[tuple[UserId, ProjectId], int]
_EACH = {
    "servers": "count(*)",
    "cpu": "coalesce(sum(f.cpu), 0)",
    "ram": "coalesce(sum(f.ram), 0)",
}


async def sums(tx: Tx, what: str, states: tuple[str, ...] | None = None) -> Sums:
    """`what` is servers, cpu or ram (MiB), of the live servers in `states` (None: in any)."""
    among = ""
    if states is not None:
        names = ", ".join(f"'{state}'" for state in states)
        among = f" and s.operstate in ({names})"
    rows = await tx.all(
        f"select s.user_id, s.project, {_EACH[what]} from servers s "
        f"join flavors f on f.id = s.flavor where s.deleted = 0{among} "
        "group by s.user_id, s.project"
    )
    return {(UserId(user), ProjectId(project)): int(total) for user, project, total in rows}


async def serials(tx: Tx) -> set[int]:
    """The pending commissions that servers wait for."""
    rows = await tx.all("select serial from servers where serial is not null")
    return {int(serial) for (serial,) in rows}
