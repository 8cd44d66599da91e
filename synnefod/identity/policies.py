"""Policy profiles: kept for administrators, and read whenever a provider is used (AST-146)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from synnefod.common.errors import AlreadyExists, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.identity.interface.methods import PolicyProfile
from synnefod.identity.providers.policies import STORED, Policy, Rules, checked
from synnefod.identity.records import policies as records
from synnefod.identity.records import users as user_records
from synnefod.store.interface import Store, Tx, Value

_LONGEST = 255


@frozen
class PolicyDesk:
    """Implements `Policies`. `known`: names of providers, offered here or not."""

    store: Store
    rules: Rules
    known: frozenset[str]

    async def of(self, tx: Tx, person: str | None, *providers: str) -> dict[str, Policy]:
        """By provider, what holds for a person (None: for somebody who is not known yet)."""
        own, groups = ([], []) if person is None else await records.of_person(tx, person)
        return {name: self.rules.policy(name, own, groups) for name in providers}

    async def listing(self) -> list[PolicyProfile]:
        return await self.store.read("policy profiles", records.listing)

    async def show(self, name: str) -> PolicyProfile:
        return await self.store.read("policy profile", lambda tx: _one(tx, name))

    async def add(self, profile: PolicyProfile) -> PolicyProfile:
        if not profile.name.strip() or len(profile.name) > _LONGEST:
            raise Malformed("A profile has a name of at most 255 characters.")
        self._provider(profile.provider)
        values = _columns(profile.policies) | {"is_exclusive": int(profile.exclusive)}

        async def body(tx: Tx) -> PolicyProfile:
            if not await records.insert(tx, profile.name, profile.provider, values):
                raise AlreadyExists(f"There is a profile {profile.name} already.")
            return await _one(tx, profile.name)

        return await self.store.transact("add policy profile", body)

    async def change(
        self,
        name: str,
        provider: str,
        *,
        exclusive: bool | None,
        policies: Mapping[str, bool | int | None],
    ) -> PolicyProfile:
        self._provider(provider)
        values = _columns(policies) | {"provider": provider}
        if exclusive is not None:
            values["is_exclusive"] = int(exclusive)

        async def body(tx: Tx) -> PolicyProfile:
            await records.update(tx, (await _one(tx, name)).number, values)
            return await _one(tx, name)

        return await self.store.transact("change policy profile", body)

    async def assign(
        self, name: str, users: Sequence[UserId], groups: Sequence[str | int]
    ) -> PolicyProfile:
        async def body(tx: Tx) -> PolicyProfile:
            profile = await _one(tx, name)
            await records.unassign(tx, profile.number)
            for user in users:
                if await user_records.one(tx, "uuid", user) is None:
                    raise NotFound(f"There is no user {user}.")
                await records.assign_user(tx, profile.number, user)
            for group in groups:
                if not await records.assign_group(tx, profile.number, group):
                    raise NotFound(f"There is no group {group}.")
            return await _one(tx, name)

        return await self.store.transact("assign policy profile", body)

    async def remove(self, name: str) -> None:
        if not await self.store.transact(
            "remove policy profile", lambda tx: records.delete(tx, name)
        ):
            raise NotFound(f"There is no profile {name[:_LONGEST]}.")

    def _provider(self, name: str) -> None:
        if name not in self.known:
            raise Malformed(
                f"There is no provider '{name[:64]}'; known are {', '.join(sorted(self.known))}."
            )


async def _one(tx: Tx, name: str) -> PolicyProfile:
    found = await records.listing(tx, name)
    if not found:
        raise NotFound(f"There is no profile {name[:_LONGEST]}.")
    return found[0]


def _columns(policies: Mapping[str, bool | int | None]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name, value in policies.items():
        if name not in STORED:
            raise Malformed(f"A profile holds no policy '{name}'.")
        values[f"policy_{name}"] = None if value is None else int(checked(name, value))
    return values
