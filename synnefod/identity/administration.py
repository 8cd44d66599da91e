"""The administrator's desk for groups, tokens, terms, components and services."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import AlreadyExists, Conflict, Malformed, NotFound
from synnefod.common.ids import UserId, new_token
from synnefod.common.text import micros
from synnefod.identity.interface import ApplicationCredential, User
from synnefod.identity.interface.administration import (
    ComponentRow,
    Group,
    Kinds,
    Profile,
    ServiceImport,
    ServiceRow,
    TokenRow,
)
from synnefod.identity.records import administration as records
from synnefod.identity.records import components as component_records
from synnefod.identity.records import credentials as credential_records
from synnefod.identity.records import tokens as token_records
from synnefod.identity.records import users as user_records
from synnefod.identity.tokens import TokenDesk, digest, well_formed
from synnefod.identity.users import Accounts
from synnefod.store.interface import Store, Tx, Value

_LONGEST = 255
_SHORTEST = 32


@frozen
class PeopleOffice:
    """Implements `Administration`. `verification` asks for a proof of an address, in a letter;
    None where no letters are sent."""

    store: Store
    clock: IClock
    accounts: Accounts
    issuing: TokenDesk
    verification: Callable[[Tx, User], Awaitable[None]] | None
    kinds: Kinds

    async def profiles(self, user: UserId | None) -> list[Profile]:
        now = self._now()
        return await self.store.read("profiles", lambda tx: records.profiles(tx, user, now))

    async def exclusive_users(self) -> dict[str, tuple[UserId, ...]]:
        found: dict[str, tuple[UserId, ...]] = {}
        for person, modules in (await self.providers()).items():
            if len(modules) == 1:
                found[modules[0]] = (*found.get(modules[0], ()), person)
        return found

    async def groups(self) -> list[Group]:
        return await self.store.read("groups", records.groups)

    async def add_group(self, name: str) -> Group:
        if not name.strip() or len(name) > _LONGEST:
            raise Malformed("A group has a name of at most 255 characters.")
        if not await self.store.transact("add group", lambda tx: records.add_group(tx, name)):
            raise AlreadyExists(f"There is a group {name} already.")
        return next(group for group in await self.groups() if group.name == name)

    async def set_groups(self, user: UserId, add: Sequence[str], remove: Sequence[str]) -> None:
        async def body(tx: Tx) -> None:
            known = {group.name for group in await records.groups(tx)}
            for name in (*add, *remove):
                if name not in known:
                    raise NotFound(f"There is no group {name}.")
            for name in add:
                await user_records.set_group(tx, user, name, member=True)
            for name in remove:
                await user_records.set_group(tx, user, name, member=False)

        await self.store.transact("set groups", body)
        self.accounts.recent.clear()

    async def members(self, group: str) -> set[UserId]:
        async def body(tx: Tx) -> set[UserId]:
            if group not in {each.name for each in await records.groups(tx)}:
                raise NotFound(f"There is no group {group}.")
            return set(await records.members(tx, group))

        return await self.store.read("members of a group", body)

    async def providers(self) -> dict[UserId, tuple[str, ...]]:
        found: dict[UserId, tuple[str, ...]] = {}
        for person, module in await self.store.read("providers", records.providers):
            found[UserId(person)] = (*found.get(UserId(person), ()), module)
        return found

    async def renew_token(self, user: UserId) -> str:
        await self.store.transact(
            "end tokens of a user", lambda tx: token_records.delete_of(tx, user)
        )
        self.accounts.recent.clear()
        token, _ = await self.issuing.issue_api(user)
        return token

    async def sign_terms(self, user: UserId) -> None:
        now = self._now()
        values: dict[str, Value] = {"has_signed_terms": 1, "date_signed_terms": now}
        await self.store.transact(
            "sign terms", lambda tx: user_records.update(tx, user, values, now)
        )
        self.accounts.recent.clear()

    async def add_terms(self, location: str, text: str) -> int:
        if not text.strip():
            raise Malformed("The terms have no text.")
        number = await self.store.transact(
            "add terms", lambda tx: records.add_terms(tx, location, text, self._now())
        )
        self.accounts.recent.clear()
        return number

    async def ask_verification(self, user: UserId) -> None:
        ask = self.verification
        if ask is None:
            raise Conflict("No letters are sent here.")

        async def body(tx: Tx) -> None:
            person = await user_records.one(tx, "uuid", user)
            if person is None:
                raise NotFound(f"There is no user {user}.")
            if person.email_verified:
                raise Conflict(f"{person.email} is verified already.")
            await ask(tx, person)

        await self.store.transact("send verification", body)

    async def tokens(self, user: UserId | None) -> list[TokenRow]:
        now = self._now()
        return await self.store.read("tokens", lambda tx: records.tokens(tx, user, now))

    async def revoke_tokens(self, user: UserId | None, prefix: str | None) -> int:
        if user is None and prefix is None:
            raise Malformed("Name a user or the prefix of a token.")
        if prefix is not None and not (8 <= len(prefix) <= 64 and prefix.isalnum()):
            raise Malformed("A prefix is 8 to 64 digits, as token-list shows them.")
        ended = await self.store.transact(
            "revoke tokens", lambda tx: records.end_tokens(tx, user, prefix)
        )
        self.accounts.recent.clear()
        return ended

    async def credentials(self, user: UserId | None) -> list[ApplicationCredential]:
        return await self.store.read(
            "application credentials", lambda tx: credential_records.all_of(tx, user)
        )

    async def revoke_credential(self, id_: str) -> None:
        async def body(tx: Tx) -> None:
            found = await credential_records.one(tx, id_)
            if found is None:
                raise NotFound(f"There is no application credential {id_[:64]}.")
            await credential_records.delete(tx, found[0].user, id_)

        await self.store.transact("revoke application credential", body)
        self.accounts.recent.clear()

    async def components(self) -> list[ComponentRow]:
        return await self.store.read("components", records.components)

    async def add_component(self, name: str, base_url: str | None, ui_url: str | None) -> str:
        if not name.strip() or len(name) > _LONGEST:
            raise Malformed("A component has a name of at most 255 characters.")
        token = new_token()

        async def body(tx: Tx) -> None:
            if await records.component_number(tx, name) is not None:
                raise AlreadyExists(f"There is a component {name} already.")
            await component_records.add(tx, name, trusted=False)
            values: dict[str, Value] = {"base_url": base_url, "url": ui_url}
            await records.change_component(tx, name, values)
            await component_records.set_token(tx, name, digest(token), self._now())

        await self.store.transact("add component", body)
        return token

    async def change_component(
        self,
        name: str,
        *,
        base_url: str | None = None,
        ui_url: str | None = None,
        token: str | None = None,
        purge_services: bool = False,
    ) -> None:
        values: dict[str, Value] = {}
        if base_url is not None:
            values["base_url"] = base_url
        if ui_url is not None:
            values["url"] = ui_url
        if token is not None:
            if not well_formed(token) or len(token) < _SHORTEST:
                raise Malformed("A token has at least 32 printable characters.")
            values |= {"token_digest": digest(token), "token_created": self._now()}

        async def body(tx: Tx) -> None:
            if not await records.change_component(tx, name, values):
                raise NotFound(f"There is no component {name}.")
            if purge_services:
                await records.purge_services(tx, name)

        await self.store.transact("change component", body)

    async def remove_component(self, name: str) -> None:
        known = await self.store.transact(
            "remove component", lambda tx: records.remove_component(tx, name)
        )
        if not known:
            raise NotFound(f"There is no component {name}.")

    async def services(self) -> list[ServiceRow]:
        return await self.store.read("services", records.services)

    async def import_services(self, wanted: Sequence[ServiceImport]) -> None:
        async def body(tx: Tx) -> None:
            for each in wanted:
                number = await records.component_number(tx, each.component)
                if number is None:
                    raise NotFound(f"There is no component {each.component}.")
                if not await component_records.add_service(tx, number, each.name, each.type):
                    raise Conflict(f"The service {each.name} belongs to another component.")
                await records.set_type(tx, each.name, each.type)
                await records.replace_endpoints(tx, each.name, each.endpoints)
                await self.kinds.register_kinds(tx, each)

        await self.store.transact("import services", body)

    async def statistics(self) -> dict[str, Any]:
        async def body(tx: Tx) -> dict[str, Any]:
            total, verified, active = await records.totals(tx)
            return {
                "total": total,
                "verified": verified,
                "active": active,
                "providers": {
                    name: {"total": each, "verified": ok, "active": on, "exclusive": only}
                    for name, each, ok, on, only in await records.statistics(tx)
                },
            }

        return await self.store.read("statistics", body)

    def _now(self) -> int:
        return micros(self.clock.seconds())
