"""Projects (identity.md 2.13)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from synnefod.common.ids import ProjectId
from synnefod.common.text import parse_iso
from synnefod.projects.interface import (
    AppState,
    Asker,
    Capacity,
    Policy,
    Project,
    ProjectChanges,
    ProjectState,
)
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Mails, Nothing, Number, Office, Row, when
from synnefod.resources.ops.control.quota import limit, unit, unlimited

ADMINISTERING = Asker(None, is_admin=True)


class Listing(Mails):
    """`new`, `modified`: only those with a pending application, for a project that does not
    exist yet or for a change; `pending`: either."""

    new: bool = False
    modified: bool = False
    pending: bool = False
    deleted: bool = False
    system: bool = False
    user: str | None = None


class Show(Body):
    project: str
    members: bool = False
    quota: bool = False


class Limit(Body):
    resource: str
    member: int
    project: int


class Modify(Body):
    """What is None is left alone. `project` None: all own projects of people, but for `exclude`.
    `end` is an ISO 8601 date; `max_members` -1: no limit."""

    project: str | None = None
    exclude: list[str] = []
    name: str | None = None
    owner: str | None = None
    homepage: str | None = None
    description: str | None = None
    end: str | None = None
    join_policy: Literal["auto", "moderated", "closed"] | None = None
    leave_policy: Literal["auto", "moderated", "closed"] | None = None
    max_members: Number | None = None
    private: bool | None = None
    limits: list[Limit] = []


class Control(Body):
    project: str
    action: Literal["terminate", "suspend", "unsuspend", "reinstate"]
    message: str = ""


class Answer(Body):
    application: Number
    action: Literal["approve", "deny"]
    message: str = ""


@frozen
class ProjectVerbs:
    """project-list, project-show, project-modify, project-control."""

    office: Office

    @route("POST", "/v1/project-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        gone = (ProjectState.DELETED, ProjectState.TERMINATED)
        live = (ProjectState.ACTIVE, ProjectState.SUSPENDED, ProjectState.UNINITIALIZED)
        projects = self.office.house.projects
        found = await projects.listing(
            owner=None if body.user is None else await self.office.owner(body.user),
            states=gone if body.deleted else live,
            base=None if body.system else False,
        )
        details = await projects.applications.details([project.id for project in found])
        waiting = {
            id_: each.application.number
            for id_, each in details.items()
            if each.application is not None and each.application.state is AppState.PENDING
        }
        if body.pending or body.new or body.modified:
            found = [
                each
                for each in found
                if each.id in waiting
                and (
                    body.pending
                    or (body.new if each.state is ProjectState.UNINITIALIZED else body.modified)
                )
            ]
        rows = [listed(each) | {"pending_app": waiting.get(each.id)} for each in found]
        return {"rows": await self.office.with_emails(rows, body.mails, "owner")}

    @route("POST", "/v1/project-show", body=Show, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        body: Show = call.body
        projects = self.office.house.projects
        id_ = ProjectId(body.project.lower())
        project = await projects.show(id_)
        members = await projects.members(id_)
        tables: Row = {"limits": await self._limits(id_, usage=body.quota)}
        if body.members:
            emails = await self.office.emails(user for user, _ in members)
            tables["members"] = [
                {
                    "member uuid": user,
                    "email": emails.get(user, ""),
                    "status": state.name.replace("_", " ").capitalize(),
                }
                for user, state in members
            ]
        row = {
            "project id": project.id,
            "name": project.name,
            "status": project.state.name.capitalize(),
            "owner": project.owner,
            "homepage": project.homepage,
            "description": project.description,
            "creation date": when(project.created),
            "request end date": when(project.ends),
            "join policy": project.join_policy.name.lower(),
            "leave policy": project.leave_policy.name.lower(),
            "max members": limit(project.max_members),
            "total members": len(members),
        }
        return {"row": row, "tables": tables}

    @route("POST", "/v1/project-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        capacities = {
            each.resource: Capacity(
                member=unlimited(each.member),
                project=unlimited(each.project),
            )
            for each in body.limits
        }
        changes = ProjectChanges(
            name=body.name,
            owner=None if body.owner is None else await self.office.owner(body.owner),
            homepage=body.homepage,
            description=body.description,
            ends=None if body.end is None else parse_iso(body.end, "end date"),
            join_policy=_policy(body.join_policy),
            leave_policy=_policy(body.leave_policy),
            max_members=None if body.max_members is None else unlimited(body.max_members),
            private=body.private,
        )
        projects = self.office.house.projects
        if body.project is not None:
            id_ = ProjectId(body.project.lower())
            project = await projects.modify(id_, changes, capacities=capacities or None)
            return {"row": listed(project), "tables": {"limits": await self._limits(id_)}}
        spared = {each.lower() for each in body.exclude}
        done = 0
        for each in await projects.listing(base=True):
            if each.id not in spared and each.state is not ProjectState.DELETED:
                await projects.modify(each.id, changes, capacities=capacities or None)
                done += 1
        return {"row": {"projects": done}}

    @route("POST", "/v1/project-answer", body=Answer, auth=False)
    async def answer(self, call: Call) -> Row:
        """project-control --approve and --deny."""
        body: Answer = call.body
        projects = self.office.house.projects
        application = await projects.applications.find(body.application)
        await projects.applications.act(
            ADMINISTERING, application.project, body.application, body.action, body.message
        )
        return {"row": listed(await projects.show(application.project))}

    @route("POST", "/v1/project-expired", body=Nothing, auth=False, change=False)
    async def expired(self, call: Call) -> Row:
        """Living projects past their end (OPS-041)."""
        return {"rows": [_ended(each) for each in await self.office.house.projects.expired()]}

    @route("POST", "/v1/project-terminate-expired", body=Nothing, auth=False)
    async def terminate_expired(self, call: Call) -> Row:
        """Those that were terminated now."""
        found = await self.office.house.projects.terminate_expired()
        return {"rows": [_ended(each) for each in found]}

    @route("POST", "/v1/project-control", body=Control, auth=False)
    async def control(self, call: Call) -> Row:
        body: Control = call.body
        projects = self.office.house.projects
        act = {
            "terminate": projects.terminate,
            "suspend": projects.suspend,
            "unsuspend": projects.unsuspend,
            "reinstate": projects.reinstate,
        }[body.action]
        return {"row": listed(await act(ProjectId(body.project.lower()), body.message))}

    async def _limits(self, project: ProjectId, *, usage: bool = False) -> list[Row]:
        capacities = await self.office.house.projects.capacities(project)
        rows: dict[str, Row] = {
            name: {
                "resource": name,
                "max per member": limit(capacity.member),
                "max per project": limit(capacity.project),
                "unit": unit(name),
            }
            for name, capacity in sorted(capacities.items())
        }
        if usage:
            visible = await self.office.house.resources.visible()
            origins = {each.service_origin for each in visible}
            found = await self.office.house.projects.project_quotas(
                projects=[project], origins=origins
            )
            for name, figures in found.get(project, {}).items():
                if name in rows:
                    rows[name]["usage"] = figures.project_usage
        return list(rows.values())


def listed(project: Project) -> Row:
    """The columns of project-list."""
    return {
        "id": project.id,
        "name": project.name,
        "owner": project.owner,
        "status": project.state.name.capitalize(),
        "description": project.description,
        "end_date": when(project.ends),
        "creation_date": when(project.created),
    }


def _ended(project: Project) -> Row:
    return {
        "project": project.id,
        "name": project.name,
        "status": project.state.name.capitalize(),
        "end date": when(project.ends),
    }


def _policy(word: str | None) -> Policy | None:
    return None if word is None else Policy[word.upper()]
