"""The life of projects and memberships, as an administrator steers them directly."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, UserId, new_uuid
from synnefod.common.text import MICROSECONDS
from synnefod.identity.interface.administration import ServiceImport
from synnefod.projects import grants, usage
from synnefod.projects.applications import ApplicationDesk
from synnefod.projects.ground import ALIVE, COUNTED, INITIALISED, OURSELVES, Ground
from synnefod.projects.interface import (
    Asker,
    Capacity,
    MemberState,
    NewProject,
    Policy,
    Project,
    ProjectChanges,
    ProjectState,
    Usages,
)
from synnefod.projects.memberships import MembershipDesk
from synnefod.projects.records import projects as records
from synnefod.projects.states import MemberEvent, ProjectEvent
from synnefod.quota.interface import INFINITE, Resource
from synnefod.store.interface import Tx, Value

NO_CHANGES = ProjectChanges()
_DEACTIVATED = "user_deactivation"
_YEAR = 365 * 86_400 * MICROSECONDS
CONTROLS = {
    "suspend": ProjectEvent.SUSPEND,
    "unsuspend": ProjectEvent.UNSUSPEND,
    "terminate": ProjectEvent.TERMINATE,
    "reinstate": ProjectEvent.REINSTATE,
}


@frozen
class ProjectDesk(Ground):
    """Implements `Projects`, and identity's `Newcomers`."""

    @property
    def applications(self) -> ApplicationDesk:
        return ApplicationDesk(self)

    @property
    def memberships(self) -> MembershipDesk:
        return MembershipDesk(self)

    async def welcome(self, tx: Tx, user: UserId) -> None:
        own = ProjectId(user)
        if await records.one(tx, own) is not None:
            return
        now = self.now()
        new = NewProject(
            f"system:{user}",
            join_policy=Policy.CLOSED,
            leave_policy=Policy.CLOSED,
            max_members=1,
            private=True,
        )
        await records.insert(tx, own, new, now + 100 * _YEAR, base=True, now=now)
        resources = await self.registry.resources(tx)
        await records.set_capacities(tx, own, grants.completed({}, resources, base=True))
        await self._join(tx, await self.locked(tx, own), user)

    async def register_kinds(self, tx: Tx, service: ServiceImport) -> None:
        wanted = [_kind(service, each) for each in service.resources]
        await self.extend(tx, await self.registry.register(tx, wanted))

    async def deactivated(self, tx: Tx, user: UserId) -> None:
        for project in await self._of(tx, user, ProjectState.ACTIVE):
            before = await self.locked(tx, project.id)
            await self.shift(tx, before, ProjectEvent.SUSPEND, OURSELVES, _DEACTIVATED)
        for member in await records.members(tx, people=[user]):
            if member.state in grants.ACTIVE_MEMBER:
                await self._turned(tx, member, MemberEvent.SUSPEND)

    async def activated(self, tx: Tx, user: UserId) -> None:
        for project in await self._of(tx, user, ProjectState.SUSPENDED):
            if await records.last_reason(tx, project=project.id) == _DEACTIVATED:
                before = await self.locked(tx, project.id)
                await self.shift(tx, before, ProjectEvent.UNSUSPEND, OURSELVES)
        for member in await records.members(tx, people=[user]):
            reason = await records.last_reason(tx, member=member.id)
            if member.state is MemberState.SUSPENDED and reason == _DEACTIVATED:
                await self._turned(tx, member, MemberEvent.UNSUSPEND)

    async def _of(self, tx: Tx, user: UserId, state: ProjectState) -> Sequence[Project]:
        """The person's own project and those they own, in a state."""
        owned = await records.listing(
            tx, name=None, owner=user, states=[state], member=None, base=None
        )
        own = await records.one(tx, ProjectId(user))
        return [*owned, own] if own is not None and own.state is state else owned

    async def _turned(self, tx: Tx, member: records.Member, event: MemberEvent) -> None:
        project = await self.locked(tx, member.project)
        await self.turn(tx, project, member.person, member.state, event, OURSELVES, _DEACTIVATED)

    async def create(self, new: NewProject) -> Project:
        if not 0 < len(new.name) <= 80 or not new.name.isprintable():
            raise Malformed("The name of a project has 1 to 80 printable characters.")
        if new.name.startswith("system:"):
            raise Malformed("Names that begin with 'system:' are people's own projects.")
        uuid = ProjectId(new_uuid())

        async def body(tx: Tx) -> Project:
            now = self.now()
            resources = await self.registry.resources(tx)
            grants.check(new.capacities, (each.name for each in resources))
            if new.owner is not None and not await records.person_is_active(tx, new.owner):
                raise NotFound(f"There is no active user {new.owner}.")
            await records.insert(tx, uuid, new, new.ends or now + 100 * _YEAR, base=False, now=now)
            given = grants.completed(new.capacities, resources, base=False)
            await records.set_capacities(tx, uuid, given)
            project = await self.locked(tx, uuid)
            await grants.follow(tx, self.quota, project, ())
            if new.owner is not None:
                await self._join(tx, project, new.owner)
            return project

        return await self.naming("create project", new.name, body)

    async def show(self, project: ProjectId) -> Project:
        found = await self.store.read("show project", lambda tx: records.one(tx, project))
        if found is None:
            raise NotFound(f"There is no project {project[:64]}.")
        return found

    async def numbered(self, number: int) -> Project:
        found = None
        if 0 < number < 2**63:
            found = await self.store.read("show project", lambda tx: records.by_number(tx, number))
        if found is None:
            raise NotFound(f"There is no project {number}.")
        return found

    async def listing(
        self,
        *,
        name: str | None = None,
        owner: UserId | None = None,
        states: Collection[ProjectState] = (),
        member: UserId | None = None,
        base: bool | None = None,
    ) -> list[Project]:
        return await self.store.read(
            "list projects",
            lambda tx: records.listing(
                tx, name=name, owner=owner, states=states, member=member, base=base
            ),
        )

    async def modify(
        self,
        project: ProjectId,
        changes: ProjectChanges = NO_CHANGES,
        *,
        capacities: Mapping[str, Capacity] | None = None,
    ) -> Project:
        async def body(tx: Tx) -> Project:
            before = await self.locked(tx, project)
            if before.state not in INITIALISED:
                raise Conflict("The project is not initialised.")
            owner = changes.owner
            if owner is not None and not await records.person_is_accepted(tx, owner):
                raise NotFound(f"There is no accepted user {owner[:64]}.")
            await records.update(tx, project, _values(before, changes))
            if capacities:
                known = await self.registry.resources(tx)
                grants.check(capacities, (each.name for each in known))
                await records.set_capacities(tx, project, capacities)
            after = await self.followed(tx, project)
            self.heed(after, "MODIFY")
            return after

        return await self.naming("modify project", changes.name or "", body)

    async def reset(self, project: ProjectId, resources: Collection[str]) -> None:
        before = await self.show(project)
        known = await self.store.read("kinds of resources", self.registry.resources)
        usual = grants.completed({}, known, base=before.is_base)
        wanted = {name: usual[name] for name in resources if name in usual}
        await self.modify(project, capacities=wanted)

    async def suspend(self, project: ProjectId, reason: str = "") -> Project:
        return await self.control(OURSELVES, project, "suspend", reason)

    async def unsuspend(self, project: ProjectId, reason: str = "") -> Project:
        return await self.control(OURSELVES, project, "unsuspend", reason)

    async def terminate(self, project: ProjectId, reason: str = "") -> Project:
        return await self.control(OURSELVES, project, "terminate", reason)

    async def reinstate(self, project: ProjectId, reason: str = "") -> Project:
        return await self.control(OURSELVES, project, "reinstate", reason)

    async def control(
        self, by: Asker, project: ProjectId, action: str, reason: str = ""
    ) -> Project:
        event = CONTROLS.get(action)
        if event is None:
            raise Malformed(f"There is no action '{action[:32]}'.")
        before = await self.show(project)
        if not by.is_admin:
            raise Forbidden("Only an administrator of projects may do this.")

        async def body(tx: Tx) -> Project:
            return await self.shift(tx, await self.locked(tx, project), event, by, reason)

        return await self.naming(f"{action} project", before.name, body)

    async def expired(self) -> list[Project]:
        return await self.store.read("expired projects", lambda tx: records.expired(tx, self.now()))

    async def terminate_expired(self) -> list[Project]:
        ended = []
        for project in await self.expired():
            try:
                ended.append(await self.terminate(project.id, "expired"))
            except Conflict:  # somebody ended it in between
                continue
        return ended

    async def enroll(self, project: ProjectId, user: UserId) -> int:
        async def body(tx: Tx) -> int:
            found = await self.locked(tx, project)
            if found.state not in ALIVE or found.join_policy is Policy.CLOSED:
                raise Conflict("The project takes no members.")
            if not await records.person_is_active(tx, user):
                raise Conflict("There is no such active user.")
            members = await records.members(tx, projects=[project])
            already = next((each for each in members if each.person == user), None)
            if already is not None and already.state is MemberState.ACCEPTED:
                return already.id
            if sum(each.state in COUNTED for each in members) >= found.max_members:
                raise Conflict("The project has as many members as it may.")
            before = already.state if already is not None else None
            if before in COUNTED:  # waiting for leave, or suspended: the administrator's word wins
                return (await self._join(tx, found, user)).id
            return (await self.turn(tx, found, user, before, MemberEvent.ENROLL, OURSELVES)).id

        number = await self.store.transact("enroll member", body)
        self.changed()
        return number

    async def remove(self, project: ProjectId, user: UserId) -> None:
        async def body(tx: Tx) -> None:
            found = await self.locked(tx, project)
            members = await records.members(tx, projects=[project], people=[user])
            if not members or members[0].state not in COUNTED:
                raise NotFound("The user is not a member of the project.")
            if found.state not in ALIVE or found.leave_policy is Policy.CLOSED:
                raise Conflict("The project lets no member go.")
            await self.turn(tx, found, user, members[0].state, MemberEvent.REMOVE, OURSELVES)

        await self.store.transact("remove member", body)
        self.changed()

    async def members(self, project: ProjectId) -> list[tuple[UserId, MemberState]]:
        found = await self.store.read("members", lambda tx: records.members(tx, projects=[project]))
        return [(each.person, each.state) for each in found]

    async def capacities(self, project: ProjectId) -> dict[str, Capacity]:
        await self.show(project)
        return await self.store.read("capacities", lambda tx: records.capacities(tx, project))

    async def capacities_of(
        self, projects: Sequence[ProjectId]
    ) -> dict[ProjectId, dict[str, Capacity]]:
        return await self.store.read("capacities", lambda tx: records.capacities_of(tx, projects))

    async def extend(self, tx: Tx, resources: Sequence[Resource]) -> None:
        if not resources:
            return
        found = await records.listing(
            tx, name=None, owner=None, states=INITIALISED, member=None, base=None
        )
        for project in found:
            given = grants.completed({}, resources, base=project.is_base)
            await records.set_capacities(tx, project.id, given)
            members = await records.members(tx, projects=[project.id])
            await grants.follow(tx, self.quota, project, members)

    async def quotas(
        self,
        *,
        users: Collection[UserId] | None = None,
        projects: Collection[ProjectId] | None = None,
        origins: Collection[str] | None = None,
    ) -> dict[UserId, Usages]:
        async def body(tx: Tx) -> dict[UserId, Usages]:
            resources = usage.shown(await self.registry.resources(tx), origins)
            members = [
                each
                for each in await records.members(tx, people=users, projects=projects)
                if each.state in grants.ACTIVE_MEMBER
            ]
            return await usage.of_members(tx, self.quota, members, resources)

        return await self.store.read("quotas", body)

    async def project_quotas(
        self, *, projects: Collection[ProjectId] | None, origins: Collection[str]
    ) -> Usages:
        async def body(tx: Tx) -> Usages:
            resources = usage.shown(await self.registry.resources(tx), origins)
            found = await records.listing(
                tx, name=None, owner=None, states=INITIALISED, member=None, base=None
            )
            wanted = [each.id for each in found if projects is None or each.id in projects]
            return await usage.of_projects(tx, self.quota, wanted, resources)

        return await self.store.read("project quotas", body)

    async def _join(self, tx: Tx, project: Project, user: UserId) -> records.Member:
        member = await records.set_member(
            tx, project.id, user, MemberState.ACCEPTED, now=self.now()
        )
        await grants.follow(tx, self.quota, project, [member])
        return member


def _kind(service: ServiceImport, given: Mapping[str, Any]) -> Resource:
    name, visible = given.get("name"), bool(given.get("api_visible", True))
    if not isinstance(name, str) or not name:
        raise Malformed(f"A resource of {service.name} has no name.")
    return Resource(
        name,
        str(given.get("desc", given.get("description", ""))),
        str(given["unit"]) if given.get("unit") else None,
        str(given.get("service_type", service.type)),
        str(given.get("service_origin", service.name)),
        INFINITE,
        0 if visible else INFINITE,
        bool(given.get("ui_visible", visible)),
        visible,
    )


def _values(before: Project, changes: ProjectChanges) -> dict[str, Value]:
    """Columns to set. Raises Conflict, Malformed."""
    name = changes.name
    if name is not None and (not 0 < len(name) <= 80 or not name.isprintable()):
        raise Malformed("The name of a project has 1 to 80 printable characters.")
    own = (name, changes.description, changes.homepage, changes.owner)
    if before.is_base and any(value is not None for value in own):
        raise Conflict("Name, description, homepage and owner of a person's own project stay.")
    if changes.max_members is not None and not 0 <= changes.max_members <= INFINITE:
        raise Malformed("The number of members lies between 0 and 2^63-1.")
    given: dict[str, Value] = {
        "realname": name,
        "name": name if before.state in ALIVE else None,
        "description": None if changes.description is None else changes.description[:4096],
        "owner": changes.owner,
        "homepage": None if changes.homepage is None else changes.homepage[:255],
        "end_date": changes.ends,
        "join_policy": changes.join_policy,
        "leave_policy": changes.leave_policy,
        "max_members": changes.max_members,
        "private": None if changes.private is None else int(changes.private),
    }
    return {column: value for column, value in given.items() if value is not None}
