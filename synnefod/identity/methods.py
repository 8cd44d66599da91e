"""What the proofs of providers lead to (identity.md 2.10)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import evolve, frozen

from synnefod.common.errors import Conflict, Forbidden, NotFound
from synnefod.common.ids import UserId, new_token
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.interface import NewUser, User
from synnefod.identity.interface.methods import (
    ATTRIBUTES,
    EMAIL,
    LOCAL,
    Arrival,
    Claim,
    Method,
    Ways,
    hindrance,
)
from synnefod.identity.life import LifeDesk
from synnefod.identity.passwords import check_strength
from synnefod.identity.policies import PolicyDesk
from synnefod.identity.proofs import ProofDesk
from synnefod.identity.providers.policies import Policy
from synnefod.identity.records import methods as records
from synnefod.identity.records import users as user_records
from synnefod.identity.signin import nobody_asks
from synnefod.identity.tokens import digest, well_formed
from synnefod.identity.users import Accounts
from synnefod.store.interface import Store, Tx, UniqueViolation, Value

PENDING = 3600
"""Seconds that a sign-up form may take."""
TAKEN = "identity taken"


class _Refused(Exception):
    """Ends the transaction, so that nothing of it stays. `why` is the key of a text."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@frozen
class MethodDesk:
    """Implements `Methods`."""

    store: Store
    accounts: Accounts
    policies: PolicyDesk
    proofs: ProofDesk
    life: LifeDesk | None = None
    known: Callable[[str], None] = nobody_asks

    async def arrive(
        self, claim: Claim, browser: str, user: UserId | None = None, switch: int | None = None
    ) -> Arrival:
        async def body(tx: Tx) -> Arrival | None:
            if claim.former:
                await self._migrate(tx, claim)
            owner = await records.owner(tx, claim.module, claim.identifier)
            if user is not None:
                return await self._joined(tx, claim, owner, user, switch)
            if owner is not None:
                return await self._entered(tx, claim, owner)
            policy = await self._policy(tx, None, claim.module)
            if not policy.create:
                raise _Refused("create refused")
            return None

        try:
            arrival = await self.store.transact("arrive from provider", body)
        except UniqueViolation:
            return Arrival("refused", why=TAKEN)
        except _Refused as error:
            return Arrival("refused", why=error.why)
        self.accounts.recent.clear()
        return arrival or await self._newcomer(claim, browser)

    async def pending(self, token: str, browser: str) -> Claim:
        since = self._now() - PENDING * MICROSECONDS

        async def body(tx: Tx) -> Claim | None:
            found = await records.pending(tx, digest(token), digest(browser), since)
            if found is None or await records.owner(tx, found.module, found.identifier):
                return None
            return found

        claim = None
        if well_formed(token):
            claim = await self.store.read("pending identity", body)
        if claim is None:
            raise NotFound("This sign-up is not known in this browser, or it took too long.")
        return claim

    async def contested(self, claim: Claim) -> bool:
        return await self.store.read(
            "unverified claims", lambda tx: records.claimed_unverified(tx, claim)
        )

    async def attach(self, token: str, browser: str, user: UserId) -> Arrival:
        claim = await self.pending(token, browser)
        await self.store.transact(
            "use pending identity", lambda tx: records.forget_pending(tx, claim)
        )
        return await self.arrive(claim, browser, user)

    async def sign_up(
        self, token: str, browser: str, new: NewUser, address: str, *, terms: bool
    ) -> User | None:
        claim = await self.pending(token, browser)
        return await self._life().sign_up(_forced(new, claim), address, terms=terms, claim=claim)

    async def ways(self, user: UserId) -> Ways:
        async def body(tx: Tx) -> Ways:
            held = await records.of_person(tx, user)
            modules = list(dict.fromkeys([*self.proofs.names, *(each.module for each in held)]))
            policies = await self.policies.of(tx, user, *modules)
            return self._ways(held, policies)

        return await self.store.read("ways to sign in", body)

    async def check_free(self, user: UserId, names: Collection[str]) -> None:
        forced = (await self.ways(user)).fixed & set(names)
        if forced:
            raise Forbidden(f"Your sign-in provider tells: {', '.join(sorted(forced))}.")

    async def enters(self, user: UserId, name: str) -> bool:
        policy = await self.store.read("may enter", lambda tx: self._policy(tx, user, name))
        return policy.login

    async def lacking(self, user: UserId) -> bool:
        return bool((await self.ways(user)).required)

    async def remove(self, user: UserId, number: int) -> None:
        async def body(tx: Tx) -> None:
            await user_records.locked(tx, user)
            held = await records.of_person(tx, user)
            found = next((each for each in held if each.number == number), None)
            if found is None:
                raise NotFound("You have no such way to sign in.")
            policy = await self._policy(tx, user, found.module)
            if not policy.remove or len(held) < 2:
                raise Forbidden("This way to sign in cannot be removed.")
            await records.delete(tx, number)
            if found.module == LOCAL:
                await user_records.update(tx, user, {"password": None}, self._now())
            if not any(e.module == found.module and e.number != number for e in held):
                for group in policy.add_groups:
                    await user_records.set_group(tx, user, group, member=False)

        await self.store.transact("remove way to sign in", body)
        self.accounts.recent.clear()

    async def add_password(self, user: UserId, password: str) -> None:
        person = await self.accounts.show(user)
        check_strength(password, person.email)
        hashed = await self.accounts.passwords.hash(password)

        async def body(tx: Tx) -> None:
            await user_records.locked(tx, user)
            held = await records.of_person(tx, user)
            if any(each.module == LOCAL for each in held):
                raise Conflict("You have a password already.")
            policy = await self._policy(tx, user, LOCAL)
            if LOCAL not in self.proofs.names or not policy.add or policy.limit < 1:
                raise Forbidden("Passwords cannot be added here.")
            await user_records.update(tx, user, {"password": hashed}, self._now())
            await user_records.add_local_provider(tx, user, self._now())
            for group in policy.add_groups:
                await user_records.set_group(tx, user, group, member=True)

        await self.store.transact("add password", body)
        self.accounts.recent.clear()

    async def sweep(self) -> int:
        """Deletes what nobody came back for; how many."""
        since = self._now() - PENDING * MICROSECONDS
        return await self.store.transact(
            "delete old errands", lambda tx: records.delete_old(tx, since)
        )

    async def _migrate(self, tx: Tx, claim: Claim) -> None:
        if await records.owner(tx, claim.module, claim.identifier) is None:
            await records.rename(tx, claim.module, claim.former, claim.identifier)

    async def _newcomer(self, claim: Claim, browser: str) -> Arrival:
        """An account at once when the provider says all there is to say, else a form."""
        if set(ATTRIBUTES) <= claim.forced and self.life is not None:
            new = _forced(NewUser(""), claim)
            made = await self.life.sign_up(new, "", terms=None, claim=claim)
            if made is not None:
                return Arrival("created", made)
        token, now = new_token(), self._now()
        await self.store.transact(
            "note pending identity",
            lambda tx: records.put_pending(tx, claim, digest(token), digest(browser), now),
        )
        return Arrival("sign up", token=token)

    async def _entered(self, tx: Tx, claim: Claim, owner: UserId) -> Arrival:
        user = await user_records.locked(tx, owner)
        if user is None:
            raise _Refused(TAKEN)
        policy = await self._policy(tx, owner, claim.module)
        if not policy.login:
            raise _Refused("login refused")
        if not user.is_active:
            raise _Refused(hindrance(user))
        self.known(owner)
        await self._refresh(tx, user, claim, policy)
        return Arrival("in", user)

    async def _refresh(self, tx: Tx, user: User, claim: Claim, policy: Policy) -> None:
        """What the provider says anew, at every sign-in (AST-147, 148)."""
        now = self._now()
        values: dict[str, Value] = {"last_login": now}
        for name in claim.forced:
            values[name] = getattr(claim, name)
        if EMAIL in claim.forced:
            username = claim.email.lower()
            other = await user_records.one(tx, "username", username)
            if other is not None and other.id != user.id:
                del values[EMAIL]  # somebody else's by now: an administrator has to look
            else:
                values["username"] = username
        await user_records.update(tx, user.id, values, now)
        await records.used(tx, user.id, claim, now)
        if policy.mirror_groups and claim.groups is not None:
            for _, group in await user_records.groups(tx, user.id):
                if group not in claim.groups:
                    await user_records.set_group(tx, user.id, group, member=False)
            for group in claim.groups:
                await user_records.set_group(tx, user.id, group, member=True)

    async def _joined(
        self, tx: Tx, claim: Claim, owner: UserId | None, user: UserId, switch: int | None
    ) -> Arrival:
        person = await user_records.locked(tx, user)
        if person is None or not person.is_active:
            raise _Refused("inactive")
        if owner is not None:
            if owner != user:
                raise _Refused(TAKEN)
            return Arrival("own", person)
        held = await records.of_person(tx, user)
        policy = await self._policy(tx, user, claim.module)
        if switch is not None:
            old = next((each for each in held if each.number == switch), None)
            if old is None or old.module != claim.module or not policy.switch:
                raise _Refused("switch refused")
            await records.switch(tx, switch, claim, self._now())
            return Arrival("switched", person)
        count = sum(each.module == claim.module for each in held)
        if not policy.add or count >= policy.limit:
            raise _Refused("add refused")
        await records.add(tx, user, claim, self._now(), proven=True)
        for group in policy.add_groups:
            await user_records.set_group(tx, user, group, member=True)
        return Arrival("added", person)

    def _ways(self, held: Sequence[records.Held], policies: Mapping[str, Policy]) -> Ways:
        def count(name: str) -> int:
            return sum(each.module == name for each in held)

        cards = {each.name: each for each in self.proofs.providers}
        methods = [
            Method(
                number=each.number,
                module=each.module,
                label=cards[each.module].label if each.module in cards else each.module,
                identifier=each.identifier,
                created=each.created,
                last_used=each.last_used,
                removable=policies[each.module].remove and len(held) > 1,
                switchable=each.module in cards
                and each.module != LOCAL
                and policies[each.module].switch,
            )
            for each in held
        ]
        most = {LOCAL: 1}
        addable = [
            card
            for name, card in cards.items()
            if policies[name].add and count(name) < min(policies[name].limit, most.get(name, 2**31))
        ]
        required = [card for name, card in cards.items() if policies[name].required]
        fixed = {
            name for each in held if each.module in cards for name in cards[each.module].forced
        }
        return Ways(
            tuple(methods),
            tuple(addable),
            tuple(card for card in required if not count(card.name)),
            frozenset(fixed),
        )

    async def _policy(self, tx: Tx, person: str | None, name: str) -> Policy:
        return (await self.policies.of(tx, person, name))[name]

    def _life(self) -> LifeDesk:
        if self.life is None:
            raise Forbidden("Accounts are made by administrators here.")
        return self.life

    def _now(self) -> int:
        return micros(self.accounts.clock.seconds())


def _forced(new: NewUser, claim: Claim) -> NewUser:
    """A person's own words, but for what the provider forces; never a password."""
    return evolve(
        new, password=None, **{name: getattr(claim, name) for name in claim.forced & {*ATTRIBUTES}}
    )
