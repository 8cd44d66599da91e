"""Synnefo's projects as people read them (identity.md 2.6)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.text import iso_offset
from synnefod.projects.interface import Capacity, Project, Projects, ProjectState
from synnefod.quota.interface import Registry
from synnefod.resources.call import Call
from synnefod.resources.door import route

Json = dict[str, Any]
MODES = ("default", "related", "member", "active")


class AccountProjects:
    def __init__(self, projects: Projects, registry: Registry) -> None:
        self.projects = projects
        self.registry = registry

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
        return await self._shown(found)

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
        return (await self._shown([found]))[0]

    async def _shown(self, projects: Collection[Project]) -> list[Json]:
        visible = {each.name for each in await self.registry.visible()}
        capacities = await self.projects.capacities_of([each.id for each in projects])
        return [_project(each, capacities.get(each.id, {}), visible) for each in projects]


def _states(name: str | None) -> tuple[ProjectState, ...]:
    if name is None:
        return ()
    for state in ProjectState:
        if state.name.lower() == name:
            return (state,)
    raise Malformed(f"There is no state '{name[:32]}'.")


def _project(value: Project, capacities: dict[str, Capacity], visible: set[str]) -> Json:
    return {
        "id": value.id,
        "state": value.state.name.lower(),
        "name": value.name,
        "owner": value.owner,
        "homepage": value.homepage,
        "description": value.description,
        "creation_date": iso_offset(value.created),
        "end_date": iso_offset(value.ends),
        "join_policy": value.join_policy.name.lower(),
        "leave_policy": value.leave_policy.name.lower(),
        "max_members": value.max_members,
        "private": value.private,
        "system_project": value.is_base,
        "resources": {
            name: {"project_capacity": each.project, "member_capacity": each.member}
            for name, each in capacities.items()
            if name in visible
        },
    }
