"""Keystone v3 users (identity.md 4.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.identity.interface import DOMAIN_ID, NewUser, User, UserChanges
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.access import (
    flag,
    require_admin,
    require_domain,
    require_reader,
    self_or_admin,
    self_or_reader,
)
from synnefod.resources.schemas import identity as schemas


class UserNoun:
    def __init__(self, identity: Rooms) -> None:
        self.identity = identity

    @route("GET", "/users")
    async def index(self, call: Call) -> dict[str, Any]:
        """Everybody, for administrators. Others find themselves by name, as clients do who know
        their own name and need their id."""
        if (call.query.one("name") or "").lower() != call.principal.name:
            require_reader(call)
        found: list[User] = []
        if call.query.one("domain_id", DOMAIN_ID) == DOMAIN_ID:
            found = await self.identity.users.listing(
                name=call.query.one("name"), active=flag(call.query.one("enabled"))
            )
        items = [views.user(each, call.url) for each in found]
        return views.listed("users", items, call.url + call.path)

    @route("GET", "/users/<user>")
    async def show(self, call: Call, user: str) -> dict[str, Any]:
        id_ = self_or_reader(call, user)
        return {"user": views.user(await self.identity.users.show(id_), call.url)}

    @route("GET", "/users/<user>/groups")
    async def groups(self, call: Call, user: str) -> dict[str, Any]:
        self_or_reader(call, user)
        return views.listed("groups", [], call.url + call.path)

    @route("POST", "/users", status=201, body=schemas.UserRequest)
    async def create(self, call: Call) -> dict[str, Any]:
        """The name may be anything; one that is an address is the account's, unless another is
        given."""
        require_admin(call)
        asked: schemas.UserFields = call.body.user
        require_domain(asked.domain_id)
        if not asked.name:
            raise Malformed("The user needs a name.")
        address = asked.email or (asked.name if "@" in asked.name else "")
        user = await self.identity.users.create(
            NewUser(address, password=asked.password, name=asked.name), accept=True
        )
        if asked.enabled is False:
            changes = UserChanges(active=False, reason="created disabled")
            user = await self.identity.users.modify(user.id, changes)
        return {"user": views.user(user, call.url)}

    @route("PATCH", "/users/<user>", body=schemas.UserRequest)
    async def change(self, call: Call, user: str) -> dict[str, Any]:
        require_admin(call)
        asked: schemas.UserFields = call.body.user
        id_ = UserId(uuid_with_dashes(user))
        before = await self.identity.users.show(id_)
        project = asked.default_project_id
        address = asked.email
        if address is None and asked.name and "@" in asked.name and not before.shown_name:
            address = asked.name
        changed = await self.identity.users.modify(
            id_,
            UserChanges(
                email=address,
                name=asked.name,
                password=asked.password,
                active=asked.enabled if asked.enabled != before.is_active else None,
                reason="disabled by an administrator",
                default_project=ProjectId(uuid_with_dashes(project)) if project else None,
            ),
        )
        return {"user": views.user(changed, call.url)}

    @route("DELETE", "/users/<user>", status=204)
    async def delete(self, call: Call, user: str) -> None:
        """An account that was accepted stays for the sake of its history, without access."""
        require_admin(call)
        id_ = UserId(uuid_with_dashes(user))
        before = await self.identity.users.show(id_)
        if not before.accepted:
            await self.identity.users.remove(id_)
        elif before.is_active:
            changes = UserChanges(active=False, reason="deleted by an administrator")
            await self.identity.users.modify(id_, changes)

    @route("POST", "/users/<user>/password", status=204, body=schemas.PasswordChangeRequest)
    async def password(self, call: Call, user: str) -> None:
        """For whoever knows the old one; an administrator may hand it in for somebody."""
        id_ = self_or_admin(call, user)
        asked: schemas.PasswordChange = call.body.user
        await self.identity.users.change_password(
            id_, asked.original_password, asked.password, call.peer, ends_tokens=True
        )
