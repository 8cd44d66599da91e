"""Synnefo's memberships of projects (identity.md 2.7)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Conflict, Malformed, NotFound
from synnefod.common.ids import ProjectId
from synnefod.projects.interface import Projects
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.project_forms import EMPTY, asker, checked, membership
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
ACTIONS = ("leave", "cancel", "accept", "reject", "remove")


class AccountMemberships:
    def __init__(self, projects: Projects) -> None:
        self.projects = projects
        self.memberships = projects.memberships

    @route("GET", "/projects/memberships")
    async def index(self, call: Call) -> list[Json]:
        project = call.query.one("project")
        wanted = None if project is None else ProjectId(project)
        found = await self.memberships.listing(
            asker(call),
            wanted,
            after=_number(call, "marker") or 0,
            limit=_number(call, "limit"),
        )
        return [membership(each) for each in found]

    @route("GET", "/projects/memberships/<int:number>")
    async def show(self, call: Call, number: int) -> Json:
        return membership(await self.memberships.show(asker(call), number))

    @route("POST", "/projects/memberships", body=dict[str, Any])
    async def begin(self, call: Call) -> Json:
        verbs = [each for each in ("join", "enroll") if each in call.body]
        if verbs == ["join"]:
            join = checked(call.body["join"], schemas.JoinBody)
            project = await self._project(join.project)
            return {"id": await self.memberships.join(asker(call), project)}
        if verbs == ["enroll"]:
            enroll = checked(call.body["enroll"], schemas.EnrollBody)
            try:
                project = await self._project(enroll.project)
            except NotFound as unknown:
                raise Conflict(unknown.message) from None
            number = await self.memberships.enroll(asker(call), project, enroll.user or "")
            return {"id": number}
        raise Malformed("The body is one of join and enroll.")

    @route("POST", "/projects/memberships/<int:number>/action", body=dict[str, Any])
    async def act(self, call: Call, number: int) -> Reply:
        verbs = [each for each in ACTIONS if each in call.body]
        if len(verbs) != 1:
            raise Malformed("The body names exactly one action.")
        reason = call.body[verbs[0]]
        if not isinstance(reason, str | None):
            raise Malformed("The reason is a text.")
        await self.memberships.act(asker(call), number, verbs[0], reason or "")
        return EMPTY

    async def _project(self, named: str | int) -> ProjectId:
        """By UUID, or by the number of its row. Raises NotFound."""
        if isinstance(named, str):
            return ProjectId(named)
        return (await self.projects.numbered(named)).id


def _number(call: Call, name: str) -> int | None:
    """A parameter of a page; None when it is absent. Raises Malformed."""
    text = call.query.one(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Malformed(f"The parameter {name} is a number.")
    return int(text)
