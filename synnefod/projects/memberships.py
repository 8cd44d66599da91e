"""Joining and leaving projects (identity.md 2.7, 3.6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection

from attrs import frozen

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound, Refusal
from synnefod.common.ids import ProjectId, UserId
from synnefod.projects.ground import ALIVE, Ground
from synnefod.projects.interface import Asker, Membership, MemberState, Policy, Project
from synnefod.projects.records import memberships as records
from synnefod.projects.records import projects as project_records
from synnefod.projects.records.projects import Member
from synnefod.projects.states import MEMBERSHIPS, MemberEvent, move
from synnefod.quota.interface import INFINITE
from synnefod.store.interface import Tx

ACTIONS = {
    "leave": MemberEvent.LEAVE,
    "cancel": MemberEvent.CANCEL,
    "accept": MemberEvent.ACCEPT,
    "reject": MemberEvent.REJECT,
    "remove": MemberEvent.REMOVE,
}
_OWN = (MemberEvent.LEAVE, MemberEvent.CANCEL)


@frozen
class Circumstances:
    """What decides about a membership besides its state."""

    project: Project
    room: bool
    person_active: bool


@frozen
class MembershipDesk:
    """Implements `Memberships`."""

    ground: Ground

    async def join(self, by: Asker, project: ProjectId) -> int:
        if by.user is None:
            raise Forbidden("Only a person can join a project.")
        user = by.user

        async def body(tx: Tx) -> int:
            found = await self.ground.locked(tx, project)
            _open(found)
            before = await self._state(tx, project, user)
            member = await self.ground.turn(tx, found, user, before, MemberEvent.JOIN, by)
            if found.join_policy is Policy.AUTO and await self._room(tx, found):
                await self.ground.turn(
                    tx, found, user, MemberState.REQUESTED, MemberEvent.ACCEPT, by
                )
            return member.id

        return await self._changing("join project", body)

    async def enroll(self, by: Asker, project: ProjectId, email: str) -> int:
        async def body(tx: Tx) -> int:
            found = await project_records.locked(tx, project)
            if found is None:
                raise Conflict(f"There is no project {project[:64]}.")
            _steer(by, found)
            _open(found)
            user = await project_records.active_person(tx, email)
            if user is None:
                raise Conflict("There is no active user of this address.")
            if not await self._room(tx, found):
                raise Conflict("The project has as many members as it may.")
            before = await self._state(tx, project, user)
            return (await self.ground.turn(tx, found, user, before, MemberEvent.ENROLL, by)).id

        return await self._changing("enroll member", body)

    async def act(self, by: Asker, number: int, action: str, reason: str = "") -> None:
        event = ACTIONS.get(action)
        if event is None:
            raise Malformed(f"There is no action '{action[:32]}'.")

        async def body(tx: Tx) -> int:
            seen = await _member(tx, number)
            project = await self.ground.locked(tx, seen.project)
            member = await _member(tx, number)  # as it is now that nobody else can move it
            around = (await self._circumstances(tx, [member], {project.id: project}))[member.id]
            refusal = refused(by, member, event, around)
            if refusal is not None:
                raise refusal
            await self.ground.turn(
                tx, project, member.person, member.state, _moderated(event, project), by, reason
            )
            return number

        await self._changing(f"{action} membership", body)

    async def listing(
        self,
        by: Asker,
        project: ProjectId | None = None,
        *,
        after: int = 0,
        limit: int | None = None,
    ) -> list[Membership]:
        async def body(tx: Tx) -> list[Membership]:
            user = None if by.is_admin else by.user
            found = await records.listing(tx, user, project, after, limit)
            return await self._shown(tx, by, found)

        return await self.ground.store.read("list memberships", body)

    async def show(self, by: Asker, number: int) -> Membership:
        async def body(tx: Tx) -> Membership:
            member = await _member(tx, number)
            (shown,) = await self._shown(tx, by, [member])
            project = await project_records.one(tx, member.project)
            owner = project.owner if project is not None else None
            if not by.is_admin and by.user not in (member.person, owner):
                raise Forbidden("You may not see this membership.")
            return shown

        return await self.ground.store.read("show membership", body)

    async def _shown(self, tx: Tx, by: Asker, members: Collection[Member]) -> list[Membership]:
        around = await self._circumstances(tx, members, {})
        times = await records.times(tx, [each.id for each in members])
        return [
            Membership(
                each.id,
                each.person,
                each.project,
                each.state,
                times.get(each.id, {}),
                tuple(
                    name
                    for name, event in ACTIONS.items()
                    if refused(by, each, event, around[each.id]) is None
                ),
            )
            for each in members
        ]

    async def _circumstances(
        self, tx: Tx, members: Collection[Member], known: dict[ProjectId, Project]
    ) -> dict[int, Circumstances]:
        """By the number of the membership."""
        ids = {each.project for each in members}
        projects = dict(known)
        if ids - set(projects):
            found = await project_records.some(tx, sorted(ids))
            projects.update({each.id: each for each in found})
        bounded = [each for each in ids if projects[each].max_members < INFINITE]
        counts = await records.counted(tx, sorted(bounded))
        active = await records.active(tx, sorted({each.person for each in members}))
        return {
            each.id: Circumstances(
                projects[each.project],
                counts.get(each.project, 0) < projects[each.project].max_members,
                each.person in active,
            )
            for each in members
        }

    async def _state(self, tx: Tx, project: ProjectId, user: UserId) -> MemberState | None:
        found = await project_records.members(tx, projects=[project], people=[user])
        return found[0].state if found else None

    async def _room(self, tx: Tx, project: Project) -> bool:
        counts = await records.counted(tx, [project.id])
        return counts.get(project.id, 0) < project.max_members

    async def _changing(self, what: str, body: Callable[[Tx], Awaitable[int]]) -> int:
        number = await self.ground.store.transact(what, body)
        self.ground.changed()
        return number


def refused(by: Asker, member: Member, event: MemberEvent, around: Circumstances) -> Refusal | None:
    """Why the asker may not do this now; None when they may (AST-106 to AST-111)."""
    project = around.project
    owner = project.owner is not None and project.owner == by.user
    mine = member.person == by.user if event in _OWN else owner
    if not (by.is_admin or mine):
        return Forbidden("You may not do this to the membership.")
    if project.state not in ALIVE:
        return Conflict(f"The project is {project.state.name.lower()}.")
    if event is MemberEvent.ACCEPT:
        if project.join_policy is Policy.CLOSED:
            return Conflict("The project takes no members.")
        if not around.room:
            return Conflict("The project has as many members as it may.")
        if not around.person_active:
            return Conflict("The person's account is not active.")
    if event in (MemberEvent.LEAVE, MemberEvent.REMOVE) and project.leave_policy is Policy.CLOSED:
        return Conflict("The project lets no member go.")
    try:
        move(MEMBERSHIPS, member.state, event, "membership")
    except Conflict as conflict:
        return conflict
    return None


def _moderated(event: MemberEvent, project: Project) -> MemberEvent:
    if event is MemberEvent.LEAVE and project.leave_policy is Policy.MODERATED:
        return MemberEvent.ASK_LEAVE
    return event


def _open(project: Project) -> None:
    if project.state not in ALIVE:
        raise Conflict(f"The project is {project.state.name.lower()}.")
    if project.join_policy is Policy.CLOSED:
        raise Conflict("The project takes no members.")


def _steer(by: Asker, project: Project) -> None:
    if not by.is_admin and (project.owner is None or project.owner != by.user):
        raise Forbidden("Only the owner of a project may do this.")


async def _member(tx: Tx, number: int) -> Member:
    found = await records.one(tx, number) if 0 < number <= INFINITE else None
    if found is None:
        raise NotFound(f"There is no membership {number}.")
    return found
