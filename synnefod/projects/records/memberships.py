"""Questions about memberships that people ask: memberships and their log, in many projects."""

from __future__ import annotations

from collections.abc import Collection

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.projects.interface import MemberState
from synnefod.projects.records.projects import Member
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = "m.id, m.person, m.project, m.state, m.initialized"


def _member(row: Row) -> Member:
    return Member(row[0], UserId(row[1]), ProjectId(row[2]), MemberState(row[3]), bool(row[4]))


async def one(tx: Tx, number: int) -> Member | None:
    row = await tx.one(f"select {_COLUMNS} from memberships m where m.id = :number", number=number)
    return _member(row) if row is not None else None


async def listing(
    tx: Tx,
    user: UserId | None,
    project: ProjectId | None,
    after: int = 0,
    limit: int | None = None,
) -> list[Member]:
    """A user's memberships and those of the projects they own; None: everybody's."""
    conditions = ["m.id > :after"]
    params: dict[str, Value] = {"after": after}
    if user is not None:
        conditions.append(
            "(m.person = :user or m.project in (select uuid from projects where owner = :user))"
        )
        params["user"] = user
    if project is not None:
        conditions.append("m.project = :project")
        params["project"] = project
    bound = ""
    if limit is not None:
        bound, params["most"] = " limit :most", limit
    rows = await tx.all(
        f"select {_COLUMNS} from memberships m where {' and '.join(conditions)} "
        f"order by m.id{bound}",
        **params,
    )
    return [_member(row) for row in rows]


async def times(tx: Tx, members: Collection[int]) -> dict[int, dict[MemberState, int]]:
    """By membership, when it last entered each state."""
    rows = await tx.all(
        "select membership, to_state, max(date) from membership_log "
        "where membership in ({numbers members}) group by membership, to_state",
        members=dump_text(sorted(members)),
    )
    result: dict[int, dict[MemberState, int]] = {}
    for row in rows:
        result.setdefault(row[0], {})[MemberState(row[1])] = row[2]
    return result


async def counted(tx: Tx, projects: Collection[ProjectId]) -> dict[ProjectId, int]:
    """How many members count for the limit (identity.md 3.6)."""
    rows = await tx.all(
        "select project, count(*) from memberships where state in (1, 5, 10) "
        "and project in ({texts projects}) group by project",
        projects=dump_text(list(projects)),
    )
    return {ProjectId(row[0]): row[1] for row in rows}


async def active(tx: Tx, people: Collection[UserId]) -> set[UserId]:
    """Those who are accepted, active users."""
    rows = await tx.all(
        "select person from active_people where person in ({texts people})",
        people=dump_text(list(people)),
    )
    return {UserId(row[0]) for row in rows}
