"""Asking for projects, and the answers (identity.md 2.6, 3.6)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from attrs import evolve, frozen
from twisted.logger import Logger

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound, OverQuota
from synnefod.common.ids import ProjectId, UserId, new_uuid
from synnefod.projects import grants
from synnefod.projects.ground import INITIALISED, Ground
from synnefod.projects.interface import (
    Application,
    AppState,
    Asker,
    Capacity,
    Definition,
    Details,
    NewProject,
    Policy,
    Project,
    ProjectState,
)
from synnefod.projects.records import applications as records
from synnefod.projects.records import projects as project_records
from synnefod.projects.states import APPLICATIONS, AppEvent, Effect, ProjectEvent, move
from synnefod.quota.interface import INFINITE, PENDING_APP, Charge, NoHolding
from synnefod.store.interface import Tx, Value

log = Logger()
ACTIONS = {each.value: each for each in AppEvent if each is not AppEvent.REPLACE}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+[A-Za-z]{{2,6}}")
_HOMEPAGE = re.compile(r"(?i)https?://[^\s\x00-\x1f]+")
_MAIN = ("name", "owner", "homepage", "description")


@frozen
class ApplicationDesk:
    """Implements `Applications`."""

    ground: Ground

    async def apply(self, by: Asker, wanted: Definition) -> Application:
        applicant = _person(by)
        if wanted.name is None or wanted.ends is None:
            raise Malformed("A project needs a name and an end date.")
        whole = evolve(
            wanted,
            owner=wanted.owner or applicant,
            homepage=wanted.homepage or "",
            description=wanted.description or "",
            comments=wanted.comments or "",
            join_policy=wanted.join_policy or Policy.MODERATED,
            leave_policy=wanted.leave_policy or Policy.AUTO,
            max_members=INFINITE if wanted.max_members is None else wanted.max_members,
            private=bool(wanted.private),
        )
        project = ProjectId(new_uuid())

        async def body(tx: Tx) -> Application:
            await self._check(tx, whole)
            await project_records.insert(
                tx,
                project,
                _new(whole),
                whole.ends or 0,
                base=False,
                now=self.ground.now(),
                state=ProjectState.UNINITIALIZED,
                actor=applicant,
            )
            made = await self._submit(tx, by, project, whole)
            await self._tell_staff(
                tx, made, whole.name or "", self.ground.recipients.creation, "new"
            )
            return made

        return await self.ground.store.transact("apply for project", body)

    async def modify(self, by: Asker, project: ProjectId, wanted: Definition) -> Application:
        _person(by)

        async def body(tx: Tx) -> Application:
            before = await self.ground.locked(tx, project)
            if not by.is_admin and (before.owner is None or before.owner != by.user):
                raise Forbidden("Only the owner of a project may ask for changes.")
            if before.state not in INITIALISED:
                raise Conflict(f"The project is {before.state.name.lower()}.")
            if before.is_base and any(getattr(wanted, each) is not None for each in _MAIN):
                raise Conflict("Name, owner, homepage and description of a person's own stay.")
            await self._check(tx, wanted)
            if before.application is not None:
                last = (await records.some(tx, [before.application]))[before.application]
                if last.state is AppState.PENDING:
                    await self._answer(tx, last, AppEvent.REPLACE, by, "")
            made = await self._submit(tx, by, project, wanted)
            staff = self.ground.recipients.modification
            await self._tell_staff(tx, made, before.name, staff, "change")
            return made

        return await self.ground.store.transact("apply for changes", body)

    async def act(
        self, by: Asker, project: ProjectId, number: int, action: str, reason: str = ""
    ) -> None:
        event = ACTIONS.get(action)
        if event is None:
            raise Malformed(f"There is no action '{action[:32]}'.")

        async def body(tx: Tx) -> Project:
            before = await self.ground.locked(tx, project)
            application = await _found(tx, number)
            _allow(by, event, application)
            if before.application != number:
                raise Conflict("This is not the last application of the project.")
            await self._answer(tx, application, event, by, reason)
            await self._tell_applicant(tx, application, before, event, reason)
            if event is AppEvent.APPROVE:
                return await self._granted(tx, before, application, by, reason)
            abandoned = event in (AppEvent.CANCEL, AppEvent.DISMISS)
            if abandoned and before.state is ProjectState.UNINITIALIZED:
                await self.ground.shift(tx, before, ProjectEvent.ABANDON, by, reason)
            return before

        await self.ground.naming(f"{action} application", "of this application", body)

    async def find(self, number: int) -> Application:
        return await self.ground.store.read("find application", lambda tx: _found(tx, number))

    async def details(self, projects: Sequence[ProjectId]) -> dict[ProjectId, Details]:
        async def body(tx: Tx) -> dict[ProjectId, Details]:
            found = await project_records.some(tx, projects)
            numbers = [each.application for each in found if each.application is not None]
            last = await records.some(tx, numbers)
            ended = await project_records.deactivations(tx, [each.id for each in found])
            return {
                each.id: Details(last.get(each.application or 0), ended.get(each.id))
                for each in found
            }

        return await self.ground.store.read("details of projects", body)

    async def _tell_staff(
        self, tx: Tx, made: Application, name: str, staff: tuple[str, ...], kind: str
    ) -> None:
        applicant = await project_records.address(tx, made.applicant) or made.applicant
        words = {"applicant": applicant, "name": name, "kind": kind}
        await self.ground.tell(tx, "application", None, words, staff)

    async def _tell_applicant(
        self, tx: Tx, application: Application, before: Project, event: AppEvent, reason: str
    ) -> None:
        """Of an approval also the staff, with the state that the project had (identity.md 3.8)."""
        if event not in (AppEvent.APPROVE, AppEvent.DENY):
            return
        state = "approved" if event is AppEvent.APPROVE else "denied"
        words = {"name": application.wanted.name or before.name, "reason": reason, "state": state}
        words["kind"] = state
        await self.ground.tell(tx, "application answered", application.applicant, words)
        if event is AppEvent.APPROVE:
            words["state"] = f"approved (it was {before.state.name.lower()})"
            words["kind"] = "staff"
            staff = self.ground.recipients.approval
            await self.ground.tell(tx, "application answered", None, words, staff)

    async def _submit(
        self, tx: Tx, by: Asker, project: ProjectId, wanted: Definition
    ) -> Application:
        """Charges the applicant's own project; administrators may go beyond (AST-088)."""
        applicant = _person(by)
        try:
            await self.ground.quota.charge(
                tx, [_charge(applicant, 1)], name="application", force=by.is_admin
            )
        except OverQuota as full:
            raise Conflict(
                f"You have as many pending applications as you may: {full.limit}."
            ) from None
        return await records.insert(tx, project, applicant, wanted, self.ground.now())

    async def _answer(
        self, tx: Tx, application: Application, event: AppEvent, by: Asker, reason: str
    ) -> None:
        step = move(APPLICATIONS, application.state, event, "application")
        await records.answer(tx, application.number, step.to, reason, by.user, self.ground.now())
        if Effect.GIVE_BACK in step.outputs:
            try:
                await self.ground.quota.charge(
                    tx, [_charge(application.applicant, -1)], name="application answered"
                )
            except (OverQuota, NoHolding):
                # The counter is behind, as after an import: verifying quotas mends it.
                log.warn("nothing to give back to {user}", user=application.applicant)

    async def _granted(
        self, tx: Tx, before: Project, application: Application, by: Asker, reason: str
    ) -> Project:
        """The project becomes what was asked for (AST-093)."""
        wanted = application.wanted
        known = await self.ground.registry.resources(tx)
        given = dict(await project_records.capacities(tx, before.id)) | dict(wanted.capacities)
        given = grants.completed(given, known, base=before.is_base)
        await project_records.set_capacities(tx, before.id, given)
        return await self.ground.shift(
            tx, before, ProjectEvent.APPROVE, by, reason, _columns(wanted)
        )

    async def _check(self, tx: Tx, wanted: Definition) -> None:
        """Raises Malformed (identity.md 2.6, the table of fields)."""
        name = wanted.name
        if name is not None and (len(name) > 80 or _NAME.fullmatch(name) is None):
            raise Malformed("The name of a project has the form of a domain name.")
        if wanted.ends is not None and wanted.ends <= self.ground.now():
            raise Malformed("The end of the project is in the past.")
        if wanted.homepage and (
            len(wanted.homepage) > 255 or _HOMEPAGE.fullmatch(wanted.homepage) is None
        ):
            raise Malformed("The homepage is an http or https address of at most 255 characters.")
        for text in (wanted.description, wanted.comments):
            if text is not None and len(text) > 4096:
                raise Malformed("Description and comments have at most 4096 characters.")
        if wanted.max_members is not None and not 0 <= wanted.max_members <= INFINITE:
            raise Malformed("The number of members lies between 0 and 2^63-1.")
        if wanted.owner is not None and not await project_records.person_is_accepted(
            tx, wanted.owner
        ):
            raise Malformed(f"There is no accepted user {wanted.owner[:64]}.")
        visible = [
            each.name for each in await self.ground.registry.resources(tx) if each.api_visible
        ]
        _check_capacities(wanted.capacities, visible)


def _check_capacities(capacities: Mapping[str, Capacity], visible: Collection[str]) -> None:
    try:
        grants.check(capacities, visible)
    except NotFound as unknown:
        raise Malformed(unknown.message) from None


def _allow(by: Asker, event: AppEvent, application: Application) -> None:
    """Raises Forbidden (AST-089)."""
    if by.is_admin:
        return
    if event in (AppEvent.APPROVE, AppEvent.DENY):
        raise Forbidden("Only an administrator of projects may do this.")
    if by.user != application.applicant:
        raise Forbidden("Only the applicant may do this.")


def _person(by: Asker) -> UserId:
    if by.user is None:
        raise Forbidden("An application needs an applicant.")
    return by.user


def _charge(applicant: UserId, quantity: int) -> Charge:
    return Charge(applicant, ProjectId(applicant), PENDING_APP, quantity)


def _new(whole: Definition) -> NewProject:
    return NewProject(
        whole.name or "",
        whole.owner,
        whole.description or "",
        whole.homepage or "",
        whole.ends,
        whole.join_policy or Policy.MODERATED,
        whole.leave_policy or Policy.AUTO,
        INFINITE if whole.max_members is None else whole.max_members,
        bool(whole.private),
    )


def _columns(wanted: Definition) -> dict[str, Value]:
    """What of a project an application sets."""
    given: dict[str, Value] = {
        "realname": wanted.name,
        "owner": wanted.owner,
        "homepage": wanted.homepage,
        "description": wanted.description,
        "end_date": wanted.ends,
        "join_policy": None if wanted.join_policy is None else int(wanted.join_policy),
        "leave_policy": None if wanted.leave_policy is None else int(wanted.leave_policy),
        "max_members": wanted.max_members,
        "private": None if wanted.private is None else int(wanted.private),
    }
    return {column: value for column, value in given.items() if value is not None}


async def _found(tx: Tx, number: int) -> Application:
    found = await records.some(tx, [number]) if 0 < number <= INFINITE else {}
    if number not in found:
        raise NotFound(f"There is no application {number}.")
    return found[number]
