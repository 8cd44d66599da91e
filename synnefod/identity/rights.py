"""Rights of single people, and superusers that another program made."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.text import micros
from synnefod.identity.interface import ADMIN, User
from synnefod.identity.records import rights as records
from synnefod.identity.records import users as user_records
from synnefod.identity.users import Accounts
from synnefod.store.interface import Store, Tx

GRANT = "admin:"
"""Begins the permissions that stand for the role admin, given through Keystone's API."""
SYSTEM = ":system"
"""Ends the permissions that stand for the roles member and reader in the whole system."""
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,255}")


@frozen
class RightsDesk:
    """Implements `Rights`."""

    store: Store
    accounts: Accounts

    async def permissions(self, user: UserId) -> tuple[str, ...]:
        found = await self.store.read("permissions", lambda tx: records.permissions(tx, user))
        return tuple(found)

    async def change_permissions(
        self, user: UserId, add: Sequence[str], remove: Sequence[str]
    ) -> None:
        for name in add:
            if _NAME.fullmatch(name) is None:
                raise Malformed("The name of a permission has letters, digits and _ . : -")

        async def body(tx: Tx) -> None:
            if await user_records.locked(tx, user) is None:
                raise NotFound(f"There is no user {user}.")
            for name in add:
                await records.add(tx, user, name)
            for name in remove:
                await records.remove(tx, user, name)

        await self.store.transact("change permissions", body)
        self.accounts.recent.clear()

    async def grant_admin(self, user: UserId, place: str) -> None:
        async def body(tx: Tx) -> None:
            if await user_records.locked(tx, user) is None:
                raise NotFound(f"There is no user {user}.")
            await records.add(tx, user, GRANT + place)
            await user_records.update(tx, user, {"is_superuser": 1}, self._now())

        await self.store.transact("grant admin", body)
        self.accounts.recent.clear()

    async def withdraw_admin(self, user: UserId, place: str) -> None:
        async def body(tx: Tx) -> None:
            await user_records.locked(tx, user)
            if not await records.remove(tx, user, GRANT + place):
                raise NotFound("The user does not have this role there.")
            left = [each for each in await records.permissions(tx, user) if each.startswith(GRANT)]
            if not left:
                await user_records.update(tx, user, {"is_superuser": 0}, self._now())

        await self.store.transact("withdraw admin", body)
        self.accounts.recent.clear()

    async def system_roles(self, user: UserId) -> tuple[str, ...]:
        async def body(tx: Tx) -> tuple[str, ...]:
            return tuple(role for who, _, role in await records.system(tx) if who == user)

        return await self.store.read("roles in the system", body)

    async def system_assignments(self) -> list[tuple[UserId, str, str]]:
        return await self.store.read("roles in the system", lambda tx: records.system(tx))

    async def grant_system(self, user: UserId, role: str) -> None:
        if role == ADMIN:
            await self.grant_admin(user, SYSTEM)
        else:
            await self.change_permissions(user, [role + SYSTEM], [])

    async def withdraw_system(self, user: UserId, role: str) -> None:
        if role == ADMIN:
            await self.withdraw_admin(user, SYSTEM)
            return

        async def body(tx: Tx) -> None:
            if not await records.remove(tx, user, role + SYSTEM):
                raise NotFound("The user does not have this role there.")

        await self.store.transact("withdraw a role in the system", body)
        self.accounts.recent.clear()

    def _now(self) -> int:
        return micros(self.accounts.clock.seconds())

    async def complete_superusers(self) -> list[User]:
        async def body(tx: Tx) -> list[User]:
            found = []
            for uuid in await records.bare_superusers(tx):
                await user_records.locked(tx, uuid)
                found.append(await self._complete(tx, uuid))
            return found

        done = await self.store.transact("complete superusers", body)
        self.accounts.recent.clear()
        return done

    async def _complete(self, tx: Tx, uuid: UserId) -> User:
        user = await user_records.one(tx, "uuid", uuid)
        assert user is not None
        now = self._now()
        if not user.email_verified:
            await self.accounts.verified(tx, uuid)
        if not (user.accepted and user.is_active and user.default_project):
            await self.accounts.admitted(tx, uuid, "manual")
        await user_records.add_local_provider(tx, uuid, now)
        made = await user_records.one(tx, "uuid", uuid)
        assert made is not None
        return made
