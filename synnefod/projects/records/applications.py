"""The tables of applications: project_applications, project_grants."""

from __future__ import annotations

from collections.abc import Collection

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.projects.interface import Application, AppState, Capacity, Definition, Policy
from synnefod.store.interface import Row, Tx

_COLUMNS = (
    "id, project, applicant, state, issued, name, owner, homepage, description, start_date, "
    "end_date, join_policy, leave_policy, max_members, private, comments"
)


def _application(row: Row, capacities: dict[str, Capacity]) -> Application:
    return Application(
        row[0],
        ProjectId(row[1]),
        UserId(row[2]),
        AppState(row[3]),
        row[4],
        Definition(
            name=row[5],
            owner=None if row[6] is None else UserId(row[6]),
            homepage=row[7],
            description=row[8],
            starts=row[9],
            ends=row[10],
            join_policy=None if row[11] is None else Policy(row[11]),
            leave_policy=None if row[12] is None else Policy(row[12]),
            max_members=row[13],
            private=None if row[14] is None else bool(row[14]),
            comments=row[15],
            capacities=capacities,
        ),
    )


async def insert(
    tx: Tx, project: ProjectId, applicant: UserId, wanted: Definition, now: int
) -> Application:
    """A pending application, which becomes the project's last one."""
    row = await tx.one(
        "insert into project_applications (project, applicant, owner, name, homepage, "
        "description, start_date, end_date, join_policy, leave_policy, max_members, private, "
        "comments, state, issued) values (:project, :applicant, :owner, :name, :homepage, "
        ":description, :starts, :ends, :join_policy, :leave_policy, :most, :private, :comments, "
        f"0, :now) returning {_COLUMNS}",
        project=project,
        applicant=applicant,
        owner=wanted.owner,
        name=wanted.name,
        homepage=wanted.homepage,
        description=wanted.description,
        starts=wanted.starts,
        ends=wanted.ends,
        join_policy=None if wanted.join_policy is None else int(wanted.join_policy),
        leave_policy=None if wanted.leave_policy is None else int(wanted.leave_policy),
        most=wanted.max_members,
        private=None if wanted.private is None else int(wanted.private),
        comments=wanted.comments,
        now=now,
    )
    assert row is not None
    await tx.many(
        "insert into project_grants (application, resource, project_capacity, member_capacity) "
        "values (:application, :resource, :whole, :each)",
        [
            {"application": row[0], "resource": name, "whole": each.project, "each": each.member}
            for name, each in sorted(wanted.capacities.items())
        ],
    )
    await tx.run(
        "update projects set last_application = :number where uuid = :project",
        number=row[0],
        project=project,
    )
    return _application(row, dict(wanted.capacities))


async def some(tx: Tx, numbers: Collection[int]) -> dict[int, Application]:
    """Those of the applications that exist, by number."""
    if not numbers:
        return {}
    wanted = dump_text(sorted(numbers))
    rows = await tx.all(
        f"select {_COLUMNS} from project_applications where id in ({{numbers wanted}})",
        wanted=wanted,
    )
    grants = await tx.all(
        "select application, resource, project_capacity, member_capacity from project_grants "
        "where application in ({numbers wanted}) order by application, resource",
        wanted=wanted,
    )
    capacities: dict[int, dict[str, Capacity]] = {}
    for grant in grants:
        capacities.setdefault(grant[0], {})[grant[1]] = Capacity(grant[2], grant[3])
    return {row[0]: _application(row, capacities.get(row[0], {})) for row in rows}


async def pending(tx: Tx) -> dict[UserId, int]:
    """How many applications wait for an answer, by applicant."""
    rows = await tx.all(
        "select applicant, count(*) from project_applications where state = 0 group by applicant"
    )
    return {UserId(row[0]): row[1] for row in rows}


async def answer(
    tx: Tx, number: int, state: AppState, reason: str, actor: UserId | None, now: int
) -> None:
    """A final word, or a refusal that awaits its dismissal; a waiver is kept beside the answer."""
    kind = "waive" if state is AppState.DISMISSED else "response"
    text = "waive_reason" if kind == "waive" else "response"
    await tx.run(
        f"update project_applications set state = :state, {text} = :reason, {kind}_date = :now, "
        f"{kind}_actor = :actor where id = :number",
        number=number,
        state=int(state),
        reason=reason,
        now=now,
        actor=actor,
    )
