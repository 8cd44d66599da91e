"""What the desks of this room stand on: locks, moves along the tables, limits that follow.

Note [Order]. Whatever changes a project, its applications or its members first locks the project's
row, so that changes of one project queue; the names in use are kept apart by a unique column.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.common.clockwork import IClock
from synnefod.common.errors import AlreadyExists, Conflict, NotFound
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.text import micros
from synnefod.projects import grants
from synnefod.projects.interface import (
    Asker,
    DefaultProjects,
    Letters,
    MemberState,
    Project,
    ProjectState,
    QuotaPolicy,
    Recipients,
)
from synnefod.projects.records import projects as records
from synnefod.projects.states import MEMBERSHIPS, PROJECTS, Effect, MemberEvent, ProjectEvent, move
from synnefod.quota.interface import Quota, Registry
from synnefod.store.interface import Store, Tx, UniqueViolation, Value

log = Logger()
ALIVE = (ProjectState.ACTIVE, ProjectState.SUSPENDED)
INITIALISED = (*ALIVE, ProjectState.TERMINATED)
COUNTED = (MemberState.ACCEPTED, MemberState.LEAVE_REQUESTED, MemberState.SUSPENDED)
OURSELVES = Asker(None, True)
"""The daemon or an administrator at the command line."""


_TOLD_TO_OWNERS = (
    ProjectEvent.SUSPEND,
    ProjectEvent.UNSUSPEND,
    ProjectEvent.TERMINATE,
    ProjectEvent.REINSTATE,
)


_WATCHED = ("JOIN", "ACCEPT", "ENROLL", "LEAVE", "REMOVE", "SUSPEND", "UNSUSPEND")


class NoDefaults:
    """Remembers no default projects (where there are no people to have them)."""

    async def forget(self, tx: Tx, project: ProjectId, user: UserId | None) -> None:
        return None


@frozen
class Ground:
    """`changed` is called after whatever changes what a token is worth."""

    store: Store
    quota: Quota
    registry: Registry
    clock: IClock
    changed: Callable[[], None]
    defaults: DefaultProjects = field(factory=NoDefaults)
    letters: Letters | None = None
    """None: nobody is written to."""
    recipients: Recipients = field(factory=Recipients)
    policy: QuotaPolicy | None = None

    def now(self) -> int:
        return micros(self.clock.seconds())

    async def locked(self, tx: Tx, project: ProjectId) -> Project:
        """Raises NotFound."""
        found = await records.locked(tx, project)
        if found is None:
            raise NotFound(f"There is no project {project[:64]}.")
        return found

    async def followed(self, tx: Tx, project: ProjectId) -> Project:
        """The project after a change, its limits and its members' brought in line."""
        found = await self.locked(tx, project)
        members = await records.members(tx, projects=[project])
        await grants.follow(tx, self.quota, found, members)
        return found

    async def tell(
        self,
        tx: Tx,
        event: str,
        person: UserId | None,
        details: Mapping[str, str],
        others: tuple[str, ...] = (),
    ) -> None:
        """Writes to a person, if there is one, and to other addresses (identity.md 3.8)."""
        if self.letters is None:
            return
        address = await records.address(tx, person) if person is not None else None
        to = (address, *others) if address is not None else others
        await self.letters.put(tx, event, to, person=None, **details)

    async def shift(
        self,
        tx: Tx,
        before: Project,
        event: ProjectEvent,
        by: Asker,
        reason: str = "",
        values: Mapping[str, Value] | None = None,
    ) -> Project:
        """Moves a locked project along the table, with more columns to set. Raises Conflict."""
        step = move(PROJECTS, before.state, event, "project")
        if before.is_base and step.to is ProjectState.TERMINATED:
            raise Conflict("A person's own project cannot be terminated.")
        changes = dict(values or {})
        changes["state"] = int(step.to)
        name = changes.get("realname", before.name)
        changes["name"] = name if step.to in ALIVE else None
        await records.update(tx, before.id, changes)
        if step.to is not before.state:
            await records.log_project(
                tx, before.id, before.state, step.to, reason, self.now(), by.user
            )
            if event in _TOLD_TO_OWNERS:
                words = {"name": before.name, "state": step.to.name.lower(), "reason": reason}
                words["kind"] = event.name.lower()
                await self.tell(tx, "project", before.owner, words)
        if Effect.FORGET in step.outputs:
            await self.defaults.forget(tx, before.id, None)
        after = await self.followed(tx, before.id)
        if before.state in INITIALISED:
            self.heed(after, "MODIFY" if event is ProjectEvent.APPROVE else event.name)
        return after

    def heed(self, project: Project, event: str) -> None:
        """Tells the quota policy of a project whose limits have followed."""
        if self.policy is not None:
            try:
                self.policy.check_state_projects([project], event)
            except Exception:
                log.failure("the quota policy failed at {event}", event=event)

    def _heed_member(self, member: records.Member, event: MemberEvent) -> None:
        name = "LEAVE" if event is MemberEvent.ASK_LEAVE else event.name
        if self.policy is not None and name in _WATCHED:
            try:
                self.policy.check_state_membership(member, name)
            except Exception:
                log.failure("the quota policy failed at {event}", event=name)

    async def turn(
        self,
        tx: Tx,
        project: Project,
        person: UserId,
        before: MemberState | None,
        event: MemberEvent,
        by: Asker,
        reason: str = "",
    ) -> records.Member:
        """Moves a membership of a locked project; who never was a member is as one removed."""
        step = move(MEMBERSHIPS, _state(before), event, "membership")
        member = await records.set_member(
            tx, project.id, person, step.to, now=self.now(), reason=reason, actor=by.user
        )
        await grants.follow(tx, self.quota, project, [member])
        self._heed_member(member, event)
        if Effect.FORGET in step.outputs:
            await self.defaults.forget(tx, project.id, person)
        if step.to is not before:
            await self._tell_of_member(tx, project, person, step.to, event)
        return member

    async def _tell_of_member(
        self,
        tx: Tx,
        project: Project,
        person: UserId,
        state: MemberState,
        event: MemberEvent,
    ) -> None:
        """Requests are told to the owner, everything else but cancelling to the member."""
        if state is MemberState.CANCELLED:
            return
        request = state in (MemberState.REQUESTED, MemberState.LEAVE_REQUESTED)
        name = await records.address(tx, person) or ""
        words = {"member": name, "name": project.name, "state": state.name.lower()}
        words["state"] = words["state"].replace("_", " ")
        kinds = {MemberState.REQUESTED: "request", MemberState.LEAVE_REQUESTED: "leave"}
        words["kind"] = kinds.get(state, "enroll" if event is MemberEvent.ENROLL else "change")
        await self.tell(tx, "membership", project.owner if request else person, words)

    async def naming(
        self, what: str, name: str, body: Callable[[Tx], Awaitable[Project]]
    ) -> Project:
        """Runs a transaction that may take a name. Raises AlreadyExists when it is in use."""
        try:
            project = await self.store.transact(what, body)
        except UniqueViolation:
            raise AlreadyExists(f"A project named '{name}' exists.") from None
        self.changed()
        return project


def _state(state: MemberState | None) -> MemberState:
    return MemberState.REMOVED if state is None else state
