"""Synnefo's API for administrators of users, and the statistics (identity.md 2.12)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, UserId, is_uuid, uuid_with_dashes
from synnefod.common.text import iso_offset, micros
from synnefod.identity.interface import NewUser, UserChanges
from synnefod.identity.interface.administration import Administration, Profile
from synnefod.identity.interface.rooms import Rooms
from synnefod.identity.interface.staff import Staff
from synnefod.projects.interface import Projects
from synnefod.quota.interface import Registry
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.figures import PeopleFigures
from synnefod.resources.identity.jsonp import json_or_call

Json = dict[str, Any]


@frozen
class Permitted:
    """Who may use these calls. `users` False: nobody, the API is off."""

    users: bool = False
    user_groups: Collection[str] = ("admin-api",)
    stats_groups: Collection[str] = ("admin-stats",)


class Wanted(msgspec.Struct, kw_only=True):
    """A user as sent. `username` is the address."""

    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    affiliation: str | None = None
    password: str | None = None
    metadata: dict[str, Any] = {}


class Sent(msgspec.Struct, kw_only=True):
    user: Wanted


class Deactivation(msgspec.Struct, kw_only=True):
    reason: str = ""


class Default(msgspec.Struct, kw_only=True):
    project_id: str


class Message(msgspec.Struct, kw_only=True):
    subject: str
    text: str


class Address(msgspec.Struct, kw_only=True):
    email: str


class Action(msgspec.Struct, kw_only=True):
    """Exactly one key."""

    activate: dict[str, Any] | None = None
    deactivate: Deactivation | None = None
    renewToken: dict[str, Any] | None = None  # noqa: N815
    signTerms: dict[str, Any] | None = None  # noqa: N815
    setDefaultProject: Default | None = None  # noqa: N815
    sendMail: Message | None = None  # noqa: N815
    changeEmail: Address | None = None  # noqa: N815
    setEmail: Address | None = None  # noqa: N815
    releaseShibboleth: dict[str, Any] | None = None  # noqa: N815
    enableLocal: dict[str, Any] | None = None  # noqa: N815


class UsersNoun:
    """`{id2}/users`: for members of the permitted groups; 400 where it is off (AST-175, 176)."""

    def __init__(
        self, rooms: Rooms, people: Administration, staff: Staff, permitted: Permitted
    ) -> None:
        self.rooms = rooms
        self.people = people
        self.staff = staff
        self.permitted = permitted

    @route("GET", "/users")
    async def listing(self, call: Call) -> Json:
        await self._admit(call)
        return {"users": [_brief(each) for each in await self.people.profiles(None)]}

    @route("GET", "/users/detail")
    async def detailed(self, call: Call) -> Json:
        await self._admit(call)
        return {"users": [_whole(each) for each in await self.people.profiles(None)]}

    @route("POST", "/users", body=Sent)
    async def create(self, call: Call) -> Json:
        """Verified and accepted; a password is made when none is sent (AST-178)."""
        await self._admit(call)
        wanted: Wanted = call.body.user
        if not wanted.username or not wanted.first_name or not wanted.last_name:
            raise Malformed("A user needs a username, a first_name and a last_name.")
        password = wanted.password or secrets.token_urlsafe(12)
        new = NewUser(wanted.username, wanted.first_name, wanted.last_name, password)
        user = await self.rooms.users.create(new, accept=True)
        await self.people.sign_terms(user.id)
        token, _ = await self.rooms.tokens.issue_api(user.id)
        return {"user": {"id": user.id, "password": password, "auth_token": token}}

    @route("GET", "/users/<user>")
    async def show(self, call: Call, user: str) -> Json:
        await self._admit(call)
        return {"user": _whole(await self._profile(user))}

    @route("PUT", "/users/<user>", body=Sent)
    async def update(self, call: Call, user: str) -> Json:
        await self._admit(call)
        wanted: Wanted = call.body.user
        found = await self._profile(user)
        changes = UserChanges(
            email=wanted.username,
            first_name=wanted.first_name,
            last_name=wanted.last_name,
            password=wanted.password,
        )
        await self.rooms.users.modify(found.user.id, changes)
        return {"user": _whole(await self._profile(user))}

    @route("POST", "/users/<user>/action", body=Action)
    async def act(self, call: Call, user: str) -> Json:
        await self._admit(call)
        action: Action = call.body
        chosen = [name for name in action.__struct_fields__ if getattr(action, name) is not None]
        if len(chosen) != 1:
            raise Malformed("Exactly one action is done at a time.")
        id_ = (await self._profile(user)).user.id
        answer: Json = {"id": id_}
        if action.activate is not None:
            answer["is_active"] = await self._turn(id_, UserChanges(active=True))
        elif action.deactivate is not None:
            off = UserChanges(active=False, reason=action.deactivate.reason)
            answer["is_active"] = await self._turn(id_, off)
        elif action.renewToken is not None:
            answer["auth_token"] = await self.people.renew_token(id_)
        elif action.signTerms is not None:
            await self.people.sign_terms(id_)
            answer["has_signed_terms"] = True
        elif action.setDefaultProject is not None:
            project = ProjectId(uuid_with_dashes(action.setDefaultProject.project_id))
            await self.rooms.users.set_default_project(id_, project)
            answer["default_project"] = project
        else:
            answer |= await self._help(id_, action)
        return {"user": answer}

    async def _help(self, user: UserId, action: Action) -> Json:
        """What staff do for a single person (AST-180)."""
        if action.sendMail is not None:
            await self.staff.contact(user, action.sendMail.subject, action.sendMail.text)
        elif action.changeEmail is not None:
            await self.staff.ask_email(user, action.changeEmail.email)
        elif action.setEmail is not None:
            await self.staff.set_email(user, action.setEmail.email)
        elif action.releaseShibboleth is not None:
            await self.staff.release(user, "shibboleth")
        else:
            password = await self.staff.enable_password(user)
            return {"password": password} if password is not None else {}
        return {}

    async def _turn(self, user: UserId, changes: UserChanges) -> bool:
        return (await self.rooms.users.modify(user, changes)).is_active

    async def _admit(self, call: Call) -> None:
        if not self.permitted.users:
            raise Malformed("The API for administrators of users is not enabled here.")
        await admit(self.rooms, call, self.permitted.user_groups)

    async def _profile(self, user: str) -> Profile:
        if not is_uuid(user):
            raise NotFound(f"There is no user {user[:64]}.")
        found = await self.people.profiles(UserId(user.lower()))
        if not found:
            raise NotFound(f"There is no user {user[:64]}.")
        return found[0]


class Statistics:
    """`{adm}/stats`: how many people there are, for everybody; in detail for a group."""

    def __init__(
        self,
        rooms: Rooms,
        people: Administration,
        projects: Projects,
        registry: Registry,
        clock: IClock,
        permitted: Permitted,
    ) -> None:
        self.rooms = rooms
        self.people = people
        self.projects = projects
        self.registry = registry
        self.clock = clock
        self.permitted = permitted

    @route("GET", "/", auth=False)
    async def nothing(self, call: Call) -> Reply:
        raise NotFound("There is nothing here.")

    @route("GET", "/stats", auth=False)
    async def brief(self, call: Call) -> Reply:
        """With `callback`, as JSONP; names that are no JavaScript names answer 400 (AST-158)."""
        found = await self.people.statistics()
        users = {"total": found["total"], "active": found["active"]}
        return json_or_call(call, {"users": users})

    @route("GET", "/stats/detail")
    async def detailed(self, call: Call) -> Json:
        await admit(self.rooms, call, self.permitted.stats_groups)
        figures = PeopleFigures(self.people, self.projects, self.registry)
        return {"datetime": iso_offset(micros(self.clock.seconds())), **await figures.detailed()}


async def admit(rooms: Rooms, call: Call, groups: Collection[str]) -> None:
    """Raises Forbidden unless the caller is in one of the groups."""
    if not set(await rooms.users.groups(call.principal.user)) & set(groups):
        raise Forbidden("You are in no group that may do this.")


def _brief(profile: Profile) -> Json:
    user = profile.user
    return {
        "id": user.id,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "email": user.email,
        "is_active": user.is_active,
        "is_rejected": user.is_rejected,
        "deactivated_reason": profile.deactivated_reason,
        "accepted_policy": profile.accepted_policy,
        "rejected_reason": profile.rejected_reason,
        "roles": list(profile.groups),
        "authentication_methods": [_method(each, user.email) for each in profile.methods],
    }


def _method(method: Mapping[str, Any], email: str) -> Json:
    return {
        "identifier": email if method["module"] == "local" else method["identifier"],
        "active": method["active"],
        "affiliation": method["affiliation"],
        "backend": method["module"],
        "metadata": method["info"],
    }


def _whole(profile: Profile) -> Json:
    return _brief(profile) | {
        "date_joined": _moment(profile.user.created),
        "moderated_at": _moment(profile.moderated_at),
        "verified_at": _moment(profile.verified_at),
        "auth_token_expires": _moment(profile.token_expires),
    }


def _moment(when: int | None) -> str | None:
    return None if when is None else iso_offset(when)
