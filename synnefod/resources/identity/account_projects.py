"""Synnefo's projects as people read them, ask for them and steer them (identity.md 2.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, UserId
from synnefod.identity.interface import User
from synnefod.projects.interface import Application, Project, Projects, ProjectState
from synnefod.quota.interface import Registry
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.project_forms import (
    EMPTY,
    asker,
    checked,
    extra,
    project,
    wish,
)
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
People = Callable[[Sequence[UserId]], Awaitable[Mapping[UserId, User]]]
MODES = ("default", "related", "member", "active")
APPLICATION_ACTIONS = ("approve", "deny", "cancel", "dismiss")
PROJECT_ACTIONS = ("suspend", "unsuspend", "terminate", "reinstate")


class AccountProjects:
    def __init__(self, projects: Projects, registry: Registry, people: People) -> None:
        self.projects = projects
        self.registry = registry
        self.people = people

    @route("GET", "/projects")
    async def index(self, call: Call) -> list[Json]:
        query, principal = call.query, call.principal
        mode = query.one("mode", "default")
        if mode not in MODES:
            raise Malformed(f"There is no mode '{mode[:32]}'.")
        states = _states(query.one("state"))
        owner = query.one("owner")
        asked: Json = {"name": query.one("name"), "owner": UserId(owner) if owner else None}
        if mode == "member":
            found = await self.projects.listing(**asked, states=states, member=principal.user)
            found = [each for each in found if each.state is ProjectState.ACTIVE]
        elif principal.is_admin or mode == "active":
            found = await self.projects.listing(**asked, states=states)
            if mode == "active":
                found = [
                    each
                    for each in found
                    if each.state is ProjectState.ACTIVE
                    and (principal.is_admin or not each.private)
                ]
        else:
            mine = await self.projects.listing(**asked, states=states, member=principal.user)
            owned = await self.projects.listing(
                states=states, name=asked["name"], owner=principal.user
            )
            if owner not in (None, principal.user):
                owned = []
            by_id = {each.id: each for each in (*mine, *owned)}
            found = sorted(by_id.values(), key=lambda each: each.number)
        return await self._shown(call, found)

    @route("GET", "/projects/<project>")
    async def show(self, call: Call, project: str) -> Json:
        """For administrators, owner and members; for everybody when active and not private."""
        found = await self.projects.show(ProjectId(project))
        user = call.principal.user
        public = found.state is ProjectState.ACTIVE and not found.private
        if not (call.principal.is_admin or found.owner == user or public):
            mine = await self.projects.listing(member=user)
            if found.id not in [each.id for each in mine]:
                raise Forbidden("You may not see this project.")
        return (await self._shown(call, [found]))[0]

    @route("POST", "/projects", status=201, body=schemas.ProjectWish)
    async def apply(self, call: Call) -> Json:
        return _applied(
            await self.projects.applications.apply(asker(call), wish(call.body, new=True))
        )

    @route("PUT", "/projects/<project>", status=201, body=schemas.ProjectWish)
    async def modify(self, call: Call, project: str) -> Json:
        wanted = wish(call.body, new=False)
        return _applied(
            await self.projects.applications.modify(asker(call), ProjectId(project), wanted)
        )

    @route("POST", "/projects/<project>/action", body=dict[str, Any])
    async def act(self, call: Call, project: str) -> Reply:
        names = [each for each in (*APPLICATION_ACTIONS, *PROJECT_ACTIONS) if each in call.body]
        if len(names) != 1:
            raise Malformed("The body names exactly one action.")
        (action,) = names
        asked = checked(call.body[action], schemas.ProjectAct)
        reason = asked.reason or asked.reasons or ""
        id_ = ProjectId(project)
        if action in PROJECT_ACTIONS:
            await self.projects.control(asker(call), id_, action, reason)
        elif asked.app_id is None:
            raise Malformed("The number of the application, app_id, is missing.")
        else:
            await self.projects.applications.act(asker(call), id_, asked.app_id, action, reason)
        return EMPTY

    async def _shown(self, call: Call, projects: Collection[Project]) -> list[Json]:
        """With what only owners and administrators see, where one of them asks (AST-082); for
        all others the owner has a name and no address (UI-265)."""
        ids = [each.id for each in projects]
        visible = {each.name for each in await self.registry.visible()}
        capacities = await self.projects.capacities_of(ids)
        details = await self.projects.applications.details(ids)
        owners = await self.people([each.owner for each in projects if each.owner is not None])
        result = []
        for each in projects:
            shown = project(each, capacities.get(each.id, {}), visible)
            if each.owner is not None and each.owner in owners:
                shown["owner_name"] = owners[each.owner].real_name
            if call.principal.is_admin or each.owner == call.principal.user:
                shown |= extra(details[each.id], visible)
            result.append(shown)
        return result


def _applied(made: Application) -> Json:
    return {"id": made.project, "application": made.number}


def _states(name: str | None) -> tuple[ProjectState, ...]:
    if name is None:
        return ()
    for state in ProjectState:
        if state.name.lower() == name:
            return (state,)
    raise Malformed(f"There is no state '{name[:32]}'.")
