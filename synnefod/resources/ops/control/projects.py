"""Projects (identity.md 2.13)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from synnefod.common.ids import ProjectId
from synnefod.projects.interface import Capacity, Project, ProjectState
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Mails, Office, Row, when
from synnefod.resources.ops.control.quota import limit, unit, unlimited


class Listing(Mails):
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
    project: str
    name: str | None = None
    description: str | None = None
    limits: list[Limit] = []


class Control(Body):
    project: str
    action: Literal["terminate", "suspend", "unsuspend", "reinstate"]
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
        found = await self.office.house.projects.listing(
            owner=None if body.user is None else await self.office.owner(body.user),
            states=gone if body.deleted else live,
            base=None if body.system else False,
        )
        rows = [listed(project) for project in found]
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
        project = await self.office.house.projects.modify(
            ProjectId(body.project.lower()),
            name=body.name,
            description=body.description,
            capacities=capacities or None,
        )
        return {"row": listed(project), "tables": {"limits": await self._limits(project.id)}}

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
