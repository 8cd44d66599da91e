"""Keystone v3 roles in the whole system (identity.md 4.4): admin, member and reader."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, NotFound
from synnefod.common.ids import UserId, uuid_with_dashes
from synnefod.identity.interface import ADMIN, MEMBER, READER
from synnefod.identity.interface.rights import Rights
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.access import require_admin, require_reader

_ALL = "/system/users/<user>/roles"
_ONE = _ALL + "/<role>"


class SystemNoun:
    def __init__(self, identity: Rooms, rights: Rights) -> None:
        self.identity = identity
        self.rights = rights

    @route("GET", _ALL)
    async def roles(self, call: Call, user: str) -> dict[str, Any]:
        require_reader(call)
        names = await self._of(user)
        items = [views.role_detail(name, call.url) for name in names]
        return views.listed("roles", items, call.url + call.path)

    @route("GET", _ONE, status=204)
    async def check(self, call: Call, user: str, role: str) -> None:
        require_reader(call)
        if role not in [views.role_id(name) for name in await self._of(user)]:
            raise NotFound("The user does not have this role in the system.")

    @route("PUT", _ONE, status=204)
    async def assign(self, call: Call, user: str, role: str) -> None:
        require_admin(call)
        id_ = UserId(uuid_with_dashes(user))
        await self.identity.users.show(id_)
        await self.rights.grant_system(id_, _named(role))

    @route("DELETE", _ONE, status=204)
    async def withdraw(self, call: Call, user: str, role: str) -> None:
        require_admin(call)
        await self.rights.withdraw_system(UserId(uuid_with_dashes(user)), _named(role))

    @route("GET", "/system/groups/<group>/roles")
    async def group_roles(self, call: Call, group: str) -> dict[str, Any]:
        require_reader(call)
        raise NotFound(f"There is no group {group[:64]}.")

    async def _of(self, user: str) -> tuple[str, ...]:
        id_ = UserId(uuid_with_dashes(user))
        await self.identity.users.show(id_)
        return await self.rights.system_roles(id_)


def _named(role: str) -> str:
    """Raises NotFound, and Forbidden for a role that nobody has in the system."""
    for name in views.ROLES:
        if role == views.role_id(name):
            if name in (ADMIN, MEMBER, READER):
                return name
            raise Forbidden("The roles in the system are admin, member and reader.")
    raise NotFound("There is no such role.")
