"""The tables of projects: projects, project_quotas, memberships and their logs."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.projects.interface import (
    Capacity,
    MemberState,
    NewProject,
    Policy,
    Project,
    ProjectState,
)
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = (
    "p.id, p.uuid, p.realname, p.owner, p.homepage, p.description, p.creation_date, p.end_date, "
    "p.state, p.join_policy, p.leave_policy, p.max_members, p.private, p.is_base, "
    "p.last_application"
)


@frozen
class Member:
    """A person's association with a project."""

    id: int
    person: UserId
    project: ProjectId
    state: MemberState
    initialized: bool


def _project(row: Row) -> Project:
    return Project(
        number=row[0],
        id=ProjectId(row[1]),
        name=row[2],
        owner=UserId(row[3]) if row[3] else None,
        homepage=row[4],
        description=row[5],
        created=row[6],
        ends=row[7],
        state=ProjectState(row[8]),
        join_policy=Policy(row[9]),
        leave_policy=Policy(row[10]),
        max_members=row[11],
        private=bool(row[12]),
        is_base=bool(row[13]),
        application=row[14],
    )


async def insert(
    tx: Tx,
    uuid: ProjectId,
    new: NewProject,
    ends: int,
    *,
    base: bool,
    now: int,
    state: ProjectState = ProjectState.ACTIVE,
    actor: UserId | None = None,
) -> None:
    """A new project. Raises UniqueViolation for a name in use, when it is active."""
    await tx.run(
        "insert into projects (uuid, name, realname, owner, homepage, description, creation_date, "
        "end_date, state, join_policy, leave_policy, max_members, private, is_base) values "
        "(:uuid, :name, :realname, :owner, :homepage, :description, :now, :ends, :state, "
        ":join_policy, :leave_policy, :most, :private, :base)",
        uuid=uuid,
        name=new.name if state is ProjectState.ACTIVE else None,
        realname=new.name,
        owner=new.owner,
        homepage=new.homepage,
        description=new.description,
        now=now,
        ends=ends,
        state=int(state),
        join_policy=int(new.join_policy),
        leave_policy=int(new.leave_policy),
        most=new.max_members,
        private=int(new.private),
        base=int(base),
    )
    await log_project(tx, uuid, None, state, "", now, actor)


async def one(tx: Tx, project: ProjectId) -> Project | None:
    row = await tx.one(f"select {_COLUMNS} from projects p where p.uuid = :uuid", uuid=project)
    return _project(row) if row is not None else None


async def locked(tx: Tx, project: ProjectId) -> Project | None:
    """All that changes a project or its members queues here (identity.md 2.6)."""
    row = await tx.one(
        f"select {_COLUMNS} from projects p where p.uuid = :uuid {{for_update}}", uuid=project
    )
    return _project(row) if row is not None else None


async def listing(
    tx: Tx,
    *,
    name: str | None,
    owner: UserId | None,
    states: Collection[ProjectState],
    member: UserId | None,
    base: bool | None,
) -> list[Project]:
    conditions = ["1 = 1"]
    params: dict[str, Value] = {}
    for condition, key, value in (
        ("p.realname = :name", "name", name),
        ("p.owner = :owner", "owner", owner),
        ("p.is_base = :base", "base", None if base is None else int(base)),
        (
            "p.uuid in (select project from memberships where person = :member "
            "and state in (1, 5))",
            "member",
            member,
        ),
    ):
        if value is not None:
            conditions.append(condition)
            params[key] = value
    if states:
        conditions.append("p.state in ({numbers states})")
        params["states"] = dump_text([int(state) for state in states])
    rows = await tx.all(
        f"select {_COLUMNS} from projects p where {' and '.join(conditions)} order by p.id",
        **params,
    )
    return [_project(row) for row in rows]


async def expired(tx: Tx, now: int) -> list[Project]:
    rows = await tx.all(
        f"select {_COLUMNS} from projects p where p.state in (1, 10) and p.is_base = 0 "
        "and p.end_date < :now order by p.id",
        now=now,
    )
    return [_project(row) for row in rows]


async def deactivations(tx: Tx, projects: Collection[ProjectId]) -> dict[ProjectId, int]:
    """When projects last entered suspended or terminated."""
    rows = await tx.all(
        "select project, max(date) from project_log where to_state in (10, 100) "
        "and project in ({texts projects}) group by project",
        projects=dump_text(list(projects)),
    )
    return {row[0]: row[1] for row in rows}


async def update(tx: Tx, project: ProjectId, values: Mapping[str, Value]) -> None:
    if values:
        assignments = ", ".join(f"{column} = :{column}" for column in values)
        await tx.run(
            f"update projects set {assignments} where uuid = :uuid", uuid=project, **values
        )


async def log_project(
    tx: Tx,
    project: ProjectId,
    before: ProjectState | None,
    after: ProjectState,
    reason: str,
    now: int,
    actor: UserId | None = None,
) -> None:
    await tx.run(
        "insert into project_log (project, from_state, to_state, date, actor, reason) "
        "values (:project, :before, :after, :now, :actor, :reason)",
        actor=actor,
        project=project,
        before=None if before is None else int(before),
        after=int(after),
        now=now,
        reason=reason,
    )


async def set_capacities(tx: Tx, project: ProjectId, capacities: Mapping[str, Capacity]) -> None:
    await tx.many(
        "insert into project_quotas (project, resource, project_capacity, member_capacity) "
        "values (:project, :resource, :whole, :each) on conflict (project, resource) do update "
        "set project_capacity = excluded.project_capacity, "
        "member_capacity = excluded.member_capacity",
        [
            {
                "project": project,
                "resource": resource,
                "whole": capacity.project,
                "each": capacity.member,
            }
            for resource, capacity in sorted(capacities.items())
        ],
    )


async def capacities_of(
    tx: Tx, projects: Collection[ProjectId]
) -> dict[ProjectId, dict[str, Capacity]]:
    rows = await tx.all(
        "select project, resource, project_capacity, member_capacity from project_quotas "
        "where project in ({texts projects}) order by project, resource",
        projects=dump_text(list(projects)),
    )
    result: dict[ProjectId, dict[str, Capacity]] = {}
    for row in rows:
        result.setdefault(row[0], {})[row[1]] = Capacity(row[2], row[3])
    return result


async def capacities(tx: Tx, project: ProjectId) -> dict[str, Capacity]:
    return (await capacities_of(tx, [project])).get(project, {})


def _member(row: Row) -> Member:
    return Member(row[0], UserId(row[1]), ProjectId(row[2]), MemberState(row[3]), bool(row[4]))


async def members(
    tx: Tx,
    *,
    projects: Collection[ProjectId] | None = None,
    people: Collection[UserId] | None = None,
) -> list[Member]:
    conditions = ["1 = 1"]
    params: dict[str, Value] = {}
    if projects is not None:
        conditions.append("project in ({texts projects})")
        params["projects"] = dump_text(list(projects))
    if people is not None:
        conditions.append("person in ({texts people})")
        params["people"] = dump_text(list(people))
    rows = await tx.all(
        "select id, person, project, state, initialized from memberships "
        f"where {' and '.join(conditions)} order by id",
        **params,
    )
    return [_member(row) for row in rows]


async def set_member(
    tx: Tx,
    project: ProjectId,
    person: UserId,
    state: MemberState,
    *,
    now: int,
    reason: str = "",
    actor: UserId | None = None,
) -> Member:
    """Puts a membership into a state; the same row is used again (AST-103)."""
    before = await tx.one(
        "select state from memberships where person = :person and project = :project",
        person=person,
        project=project,
    )
    row = await tx.one(
        "insert into memberships (person, project, state, initialized) "
        "values (:person, :project, :state, :initialized) on conflict (person, project) do update "
        "set state = excluded.state, "
        "initialized = {greatest}(memberships.initialized, excluded.initialized) "
        "returning id, person, project, state, initialized",
        person=person,
        project=project,
        state=int(state),
        initialized=int(state is MemberState.ACCEPTED),
    )
    assert row is not None
    await tx.run(
        "insert into membership_log (membership, from_state, to_state, date, actor, reason) "
        "values (:membership, :before, :after, :now, :actor, :reason)",
        actor=actor,
        membership=row[0],
        before=before[0] if before is not None else None,
        after=int(state),
        now=now,
        reason=reason,
    )
    return _member(row)


async def last_reason(tx: Tx, *, project: ProjectId | None = None, member: int = 0) -> str:
    """Why the project, or the membership by its number, entered its present state."""
    row = await tx.one(
        "select reason from membership_log where membership = :member order by id desc limit 1"
        if member
        else "select reason from project_log where project = :project order by id desc limit 1",
        **({"member": member} if member else {"project": project}),
    )
    return (row[0] or "") if row is not None else ""


async def person_is_active(tx: Tx, person: UserId) -> bool:
    """Whether the person is an accepted, active user; False also for one who does not exist."""
    row = await tx.one("select 1 from active_people where person = :person", person=person)
    return row is not None


async def person_is_accepted(tx: Tx, person: UserId) -> bool:
    """Whether the person is a moderated user who was not rejected, active or not."""
    row = await tx.one("select 1 from accepted_people where person = :person", person=person)
    return row is not None


async def active_person(tx: Tx, email: str) -> UserId | None:
    """The accepted, active user of exactly this address."""
    row = await tx.one(
        "select a.person from accepted_people p join active_people a on a.person = p.person "
        "where p.email = :email",
        email=email,
    )
    return UserId(row[0]) if row is not None else None


async def address(tx: Tx, person: UserId) -> str | None:
    """The e-mail address of an accepted user."""
    row = await tx.one("select email from accepted_people where person = :person", person=person)
    return row[0] if row is not None else None


async def some(tx: Tx, projects: Collection[ProjectId]) -> list[Project]:
    """Those that exist."""
    rows = await tx.all(
        f"select {_COLUMNS} from projects p where p.uuid in ({{texts projects}}) order by p.id",
        projects=dump_text(list(projects)),
    )
    return [_project(row) for row in rows]


async def by_number(tx: Tx, number: int) -> Project | None:
    row = await tx.one(f"select {_COLUMNS} from projects p where p.id = :number", number=number)
    return _project(row) if row is not None else None
