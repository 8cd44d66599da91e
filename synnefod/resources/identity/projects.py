"""Keystone v3 projects, and memberships as roles in them (identity.md 4.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.identity.interface import ADMIN, DOMAIN_ID, MEMBER, READER
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.projects.interface import (
    NewProject,
    Project,
    ProjectChanges,
    Projects,
    ProjectState,
)
from synnefod.resources.call import Call
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.access import (
    flag,
    reads_all,
    require_admin,
    require_domain,
    require_reader,
)
from synnefod.resources.schemas import identity as schemas


class ProjectNoun:
    def __init__(self, identity: Rooms, projects: Projects, rights: Rights) -> None:
        self.identity = identity
        self.projects = projects
        self.rights = rights

    @route("GET", "/projects")
    async def index(self, call: Call) -> dict[str, Any]:
        """Who sees only their own is told by 403, as Keystone tells, when they ask for another's
        by name: clients then take the name for an id (`image add project`)."""
        everything = reads_all(call)
        found = await self._listed(call, None if everything else call.principal.user)
        if not everything and not found["projects"] and call.query.one("name") is not None:
            raise Forbidden("You are not authorized to see the projects of others.")
        return found

    @route("GET", "/users/<user>/projects")
    async def of_user(self, call: Call, user: str) -> dict[str, Any]:
        wanted = UserId(uuid_with_dashes(user))
        if wanted != call.principal.user:
            require_reader(call)
        return await self._listed(call, wanted)

    @route("GET", "/projects/<project>")
    async def show(self, call: Call, project: str) -> dict[str, Any]:
        id_ = ProjectId(uuid_with_dashes(project))
        if not (call.principal.may_use(id_) or call.principal.reads_all):
            raise Forbidden("You are not authorized to see this project.")
        return {"project": views.project(await self._existing(id_), call.url)}

    @route("POST", "/projects", status=201, body=schemas.ProjectRequest)
    async def create(self, call: Call) -> dict[str, Any]:
        require_admin(call)
        asked: schemas.ProjectFields = call.body.project
        require_domain(asked.domain_id)
        if not asked.name:
            raise Malformed("The project needs a name.")
        project = await self.projects.create(NewProject(asked.name, None, asked.description or ""))
        if asked.enabled is False:
            project = await self.projects.suspend(project.id)
        return {"project": views.project(project, call.url)}

    @route("PATCH", "/projects/<project>", body=schemas.ProjectRequest)
    async def change(self, call: Call, project: str) -> dict[str, Any]:
        require_admin(call)
        asked: schemas.ProjectFields = call.body.project
        id_ = ProjectId(uuid_with_dashes(project))
        await self._existing(id_)
        changed = await self.projects.modify(
            id_, ProjectChanges(name=asked.name, description=asked.description)
        )
        if asked.enabled is not None and asked.enabled != _enabled(changed):
            move = self.projects.unsuspend if asked.enabled else self.projects.suspend
            changed = await move(id_)
        return {"project": views.project(changed, call.url)}

    @route("DELETE", "/projects/<project>", status=204)
    async def delete(self, call: Call, project: str) -> None:
        require_admin(call)
        id_ = ProjectId(uuid_with_dashes(project))
        await self._existing(id_)
        await self.projects.terminate(id_)

    @route("GET", "/projects/<project>/users/<user>/roles")
    async def roles(self, call: Call, project: str, user: str) -> dict[str, Any]:
        require_reader(call)
        names = await self._roles(project, user)
        items = [views.role_detail(name, call.url) for name in names]
        return views.listed("roles", items, call.url + call.path)

    @route("GET", "/projects/<project>/users/<user>/roles/<role>", status=204)
    async def check(self, call: Call, project: str, user: str, role: str) -> None:
        require_reader(call)
        if role not in [views.role_id(name) for name in await self._roles(project, user)]:
            raise NotFound("The user does not have this role in this project.")

    @route("PUT", "/projects/<project>/users/<user>/roles/<role>", status=204)
    async def assign(self, call: Call, project: str, user: str, role: str) -> None:
        """A member; with the role admin, an administrator of the whole cloud too."""
        require_admin(call)
        _membership(role)
        id_ = UserId(uuid_with_dashes(user))
        place = ProjectId(uuid_with_dashes(project))
        await self._existing(place)
        await self.identity.users.show(id_)
        await self.projects.enroll(place, id_)
        if role == views.role_id(ADMIN):
            await self.rights.grant_admin(id_, place)

    @route("DELETE", "/projects/<project>/users/<user>/roles/<role>", status=204)
    async def withdraw(self, call: Call, project: str, user: str, role: str) -> None:
        """The role admin leaves a member; another one ends the membership."""
        require_admin(call)
        _membership(role)
        id_ = UserId(uuid_with_dashes(user))
        place = ProjectId(uuid_with_dashes(project))
        if role == views.role_id(ADMIN):
            await self.rights.withdraw_admin(id_, place)
        else:
            await self._existing(place)
            await self.projects.remove(place, id_)

    async def _existing(self, project: ProjectId) -> Project:
        """A project that has ended is none for Keystone's clients. Raises NotFound."""
        found = await self.projects.show(project)
        if found.state not in (ProjectState.ACTIVE, ProjectState.SUSPENDED):
            raise NotFound(f"There is no project {project}.")
        return found

    async def _roles(self, project: str, user: str) -> tuple[str, ...]:
        found = await self.identity.tokens.role_assignments(
            UserId(uuid_with_dashes(user)), ProjectId(uuid_with_dashes(project))
        )
        return found[0][2].roles if found else ()

    async def _listed(self, call: Call, member: UserId | None) -> dict[str, Any]:
        query = call.query
        enabled = flag(query.one("enabled"))
        domains = [query.one("domain_id", DOMAIN_ID), query.one("parent_id", DOMAIN_ID)]
        states = (ProjectState.ACTIVE, ProjectState.SUSPENDED)
        found: list[Project] = []
        if domains == [DOMAIN_ID, DOMAIN_ID]:
            found = await self.projects.listing(
                name=query.one("name"), member=member, states=states
            )
        items = [
            views.project(each, call.url)
            for each in found
            if enabled is None or _enabled(each) == enabled
        ]
        return views.listed("projects", items, call.url + call.path)


def _enabled(project: Project) -> bool:
    return project.state is ProjectState.ACTIVE


def _membership(role: str) -> None:
    """Roles that are given by making somebody a member; the others follow from elsewhere."""
    if role in (views.role_id(MEMBER), views.role_id(READER), views.role_id(ADMIN)):
        return
    if role in [views.role_id(name) for name in views.ROLES]:
        raise Forbidden("This role comes with owning a project.")
    raise NotFound("There is no such role.")
