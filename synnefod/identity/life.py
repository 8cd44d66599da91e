"""Sign-up, verification, forgotten passwords, new addresses (identity.md 2.9, 3.6)."""

from __future__ import annotations

import re
from collections.abc import Callable

from attrs import evolve, field, frozen

from synnefod.common.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Unavailable,
)
from synnefod.common.ids import UserId
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.interface import NewUser, User, UserChanges
from synnefod.identity.interface.life import Invitation, LifeSettings, Terms, Undelivered
from synnefod.identity.interface.methods import LOCAL, Claim
from synnefod.identity.letters import LetterBox
from synnefod.identity.passwords import check_strength
from synnefod.identity.policies import PolicyDesk
from synnefod.identity.providers.policies import Policy
from synnefod.identity.rates import Rates
from synnefod.identity.records import invitations as invitation_records
from synnefod.identity.records import letters as key_records
from synnefod.identity.records import methods as method_records
from synnefod.identity.records import users as records
from synnefod.identity.records.invitations import Invited
from synnefod.identity.signin import nobody_asks
from synnefod.identity.templates import Templates
from synnefod.identity.texts import CHANGE, RESET, VERIFY
from synnefod.identity.throttle import neighbourhood
from synnefod.identity.tokens import digest, well_formed
from synnefod.identity.users import Accounts, check_email
from synnefod.mail.interface import Letter, Mailer, MailRefused
from synnefod.store.interface import Store, Tx, UniqueViolation

HOUR, DAY = 3600, 86_400
_UNKNOWN = "The link is not known, or it was used or replaced by a newer one."
_NOT_INVITED = "The invitation is not known, was used, or is too old."
INVITATION_DAYS = 30
_LIVES = {VERIFY: 3, RESET: 3}
"""Days that a key is good for."""


@frozen
class LifeDesk:
    """Implements `Life`."""

    store: Store
    accounts: Accounts
    box: LetterBox
    rates: Rates
    settings: LifeSettings
    mailer: Mailer
    policies: PolicyDesk
    known: Callable[[str], None] = nobody_asks
    templates: Templates = field(factory=Templates)

    @property
    def open(self) -> bool:
        return self.settings.sign_up

    async def sign_up(
        self,
        new: NewUser,
        address: str,
        *,
        terms: bool | None = False,
        claim: Claim | None = None,
        code: str = "",
    ) -> User | None:
        invited = await self._invitation(code, new.email)
        if claim is None and not self.settings.sign_up and invited is None:
            raise Forbidden("Accounts are made by administrators here.")
        if address:
            self.rates.take("sign-up " + neighbourhood(address), 10, HOUR)
        module = LOCAL if claim is None else claim.module
        policy = await self.store.read(
            "policy of newcomers", lambda tx: self.policies.of(tx, None, module)
        )
        if not policy[module].create:
            raise Forbidden("Nobody signs up in this way here.")
        current = await self.store.read("current terms", records.current_terms)
        if current is not None and terms is False:
            raise Malformed("The terms have to be accepted.")
        if new.password is None and claim is None:
            raise Malformed("An account needs a password.")

        async def then(tx: Tx, user: User) -> None:
            if current is not None and terms:
                await records.update(tx, user.id, _signed(self._now()), self._now())
            if claim is not None:
                self.known(user.id)
            await self._joins(tx, user, claim, policy[module])
            await self._level(tx, user, invited)
            if _vouched(user, claim, policy[module]):
                await self.accounts.verified(tx, user.id)
                await self._moderated(tx, user)
            else:
                await self.ask_verification(tx, user)

        try:
            made = await self.accounts.create(evolve(new, is_admin=False), then=then)
        except AlreadyExists:
            return None  # the answer is the same for addresses that have an account
        except UniqueViolation:
            raise NotFound("This identity belongs to an account already.") from None
        silent = claim is None and not policy[module].autoverify
        return None if silent else await self.accounts.show(made.id)

    async def _joins(self, tx: Tx, user: User, claim: Claim | None, policy: Policy) -> None:
        """The way by which a newcomer came, and the groups that it gives (AST-149)."""
        if claim is not None:
            if await method_records.owner(tx, claim.module, claim.identifier) is not None:
                raise NotFound("This identity belongs to an account already.")
            await method_records.delete_unverified(tx, claim, user.id)
            await method_records.add(tx, user.id, claim, self._now(), proven=False)
            await method_records.forget_pending(tx, claim)
        mirrored = claim.groups or () if claim is not None and policy.mirror_groups else ()
        for group in (*policy.creation_groups, *policy.add_groups, *mirrored):
            await records.set_group(tx, user.id, group, member=True)

    async def _invitation(self, code: str, email: str) -> Invited | None:
        """The invitation that a code belongs to, if it is for this address. Raises NotFound."""
        if not code:
            return None
        found = await self._invited(code)
        if found.username != email.lower():
            raise Malformed(f"This invitation is for {found.username}.")
        return found

    async def _level(self, tx: Tx, user: User, invited: Invited | None) -> None:
        """Consumes the invitation; says how many the newcomer has to give (AST-138)."""
        if not self.settings.invitations:
            return
        level = self.settings.level
        if invited is not None:
            if not await invitation_records.consume(tx, invited.number, self._now()):
                raise NotFound(_NOT_INVITED)
            level = invited.level
        values = {"level": level, "invitations": self.settings.per_level.get(level, 0)}
        await records.update(tx, user.id, values, self._now())

    async def invite(self, user: UserId, realname: str, email: str) -> None:
        if not self.settings.invitations:
            raise Forbidden("Nobody is invited here.")
        check_email(email)
        if not realname.strip() or len(realname) > 60 or not realname.isprintable():
            raise Malformed("A name has 1 to 60 characters, and no control characters.")
        self.rates.take(f"invitation {user}", 20, HOUR)

        async def body(tx: Tx) -> None:
            inviter = await self._one(tx, user)
            level, _ = await invitation_records.left(tx, user)
            if not await invitation_records.spend(tx, user):
                raise Forbidden("You have no invitations left.")
            known = await records.one(tx, "username", email.lower())
            number = await invitation_records.insert(
                tx, user, realname.strip(), email.lower(), level + 1, self._now()
            )
            if number is None or known is not None:
                raise AlreadyExists("This address was invited before, or has an account.")
            await self.box.put(
                tx, "invitation", email, invitation=str(number), inviter=inviter.real_name
            )

        await self.store.transact("invite", body)

    async def invitations(self, user: UserId) -> tuple[int, list[Invitation]]:
        async def body(tx: Tx) -> tuple[int, list[Invitation]]:
            _, left = await invitation_records.left(tx, user)
            return left, await invitation_records.of_person(tx, user)

        return await self.store.read("invitations", body)

    async def invited(self, code: str) -> Invitation:
        found = await self._invited(code)
        return Invitation(found.number, found.realname, found.username, found.created, None)

    async def _invited(self, code: str) -> Invited:
        found = None
        if well_formed(code) and self.settings.invitations:
            since = self._now() - INVITATION_DAYS * DAY * MICROSECONDS
            found = await self.store.read(
                "find invitation", lambda tx: invitation_records.find(tx, digest(code), since)
            )
        if found is None:
            raise NotFound(_NOT_INVITED)
        return found

    async def resend(self, email: str, address: str) -> None:
        self._often("resend", email, address)

        async def body(tx: Tx) -> None:
            user = await records.one(tx, "username", email.lower())
            if user is not None and not user.email_verified:
                await self.ask_verification(tx, user)

        await self.store.transact("send verification", body)

    async def verify(self, code: str) -> User:
        async def body(tx: Tx) -> User:
            key = await self._used(tx, VERIFY, code)
            user = await records.locked(tx, key.person)
            if user is None or user.email_verified:
                raise NotFound(_UNKNOWN)
            await self.accounts.verified(tx, user.id)
            await self._moderated(tx, user)
            return await self._one(tx, user.id)

        try:
            return await self.store.transact("verify address", body)
        except UniqueViolation:
            raise Conflict("This identity belongs to another account by now.") from None

    async def _moderated(self, tx: Tx, user: User) -> None:
        """A verified account is accepted at once, or the moderators are told (AST-126)."""
        policy = await self._policy(tx, user)
        if policy is None:
            await self.box.put(tx, "moderation", self.settings.moderators, email=user.email)
        else:
            await self.accounts.admitted(tx, user.id, policy)

    async def _policy(self, tx: Tx, user: User) -> str | None:
        """Why a verified account is accepted at once; None when it is not."""
        if not self.settings.moderation:
            return "auto_moderation"
        if any(re.fullmatch(each, user.email, re.IGNORECASE) for each in self.settings.patterns):
            return "email"
        held = [each.module for each in await method_records.of_person(tx, user.id)]
        policies = await self.policies.of(tx, user.id, *held)
        for module, policy in policies.items():
            if policy.automoderate:
                return f"auth_provider_{module}"
        if self.settings.invitations and await invitation_records.consumed(tx, user.name):
            return "invitation"
        return None

    async def ask_reset(self, email: str, address: str) -> None:
        self._often("reset", email, address)

        async def body(tx: Tx) -> None:
            found = await records.secret(tx, "username", email.lower())
            if found is not None and found[0].is_active and found[1] is not None:
                user = found[0]
                await key_records.ask(tx, user.id, RESET, None, self._now())
                await self.box.put(tx, "password reset", user.email, person=user.id)

        await self.store.transact("ask for password reset", body)

    @property
    def reset_ends_tokens(self) -> bool:
        return self.accounts.password_ends_tokens

    async def reset(self, code: str, password: str, *, ends_tokens: bool = False) -> User:
        async def owner(tx: Tx) -> User:
            key = await self._key(tx, RESET, code)
            return await self._one(tx, UserId(key.person))

        user = await self.store.transact("who resets", owner)
        check_strength(password, user.email)
        if not user.is_active:
            raise NotFound(_UNKNOWN)
        await self.store.transact("use reset key", lambda tx: self._used(tx, RESET, code))
        changes = UserChanges(password=password)
        return await self.accounts.modify(user.id, changes, ends_tokens=ends_tokens or None)

    @property
    def changes_email(self) -> bool:
        return self.settings.email_change

    async def asked_email(self, user: UserId) -> str:
        return await self.store.read(
            "asked address", lambda tx: key_records.address(tx, user, CHANGE)
        )

    async def ask_email(self, user: UserId, email: str) -> None:
        if not self.settings.email_change:
            raise Forbidden("E-mail addresses are changed by administrators here.")
        check_email(email)
        self.rates.take(f"e-mail change {user}", 3, HOUR)

        async def body(tx: Tx) -> None:
            before = await self._one(tx, user)
            await key_records.ask(tx, user, CHANGE, email, self._now())
            await self.box.put(tx, "e-mail change", email, person=user)
            await self.box.put(tx, "e-mail change notice", before.email, email=email)

        await self.store.transact("ask for e-mail change", body)

    async def confirm_email(self, code: str, by: UserId | None) -> User:
        async def body(tx: Tx) -> tuple[str, str]:
            key = await key_records.find(tx, CHANGE, digest(code)) if well_formed(code) else None
            if key is None or key.address is None:
                raise NotFound(_UNKNOWN)
            if by is not None and by != key.person:
                raise Forbidden("This link belongs to another account.")
            if key.requested + self.settings.change_days * DAY * MICROSECONDS < self._now():
                raise Conflict("The link has expired.")
            await key_records.forget(tx, key.person, CHANGE)
            return key.person, key.address

        person, email = await self.store.transact("confirm e-mail change", body)
        return await self.accounts.modify(UserId(person), UserChanges(email=email))

    async def terms(self, number: int | None = None) -> Terms | None:
        if number is not None and number >= 2**63:
            return None
        found = await self.store.read("terms", lambda tx: records.terms(tx, number))
        return Terms(*found) if found is not None else None

    async def sign_terms(self, user: UserId) -> None:
        now = self._now()
        await self.store.transact(
            "sign terms", lambda tx: records.update(tx, user, _signed(now), now)
        )
        self.accounts.recent.clear()

    async def feedback(self, user: UserId, message: str, data: str) -> None:
        if not message.strip():
            raise Malformed("There is no message.")
        self.rates.take(f"feedback {user}", 10, HOUR)
        sender = await self.accounts.show(user)
        words = {"sender": sender.email, "user": sender.id, "message": message, "data": data}
        subject, text = self.templates.composed("feedback", words)
        try:
            for each in self.settings.helpdesk:
                await self.mailer.send(Letter(each, subject, text, "feedback"))
        except (Unavailable, MailRefused):
            raise Undelivered("The message could not be sent.") from None

    async def ask_verification(self, tx: Tx, user: User) -> None:
        """A letter with a new link; older links end."""
        await key_records.ask(tx, user.id, VERIFY, None, self._now())
        await self.box.put(tx, "verification", user.email, person=user.id)

    async def _key(self, tx: Tx, kind: str, code: str) -> key_records.Key:
        key = await key_records.find(tx, kind, digest(code)) if well_formed(code) else None
        if key is None or key.requested + _LIVES[kind] * DAY * MICROSECONDS < self._now():
            raise NotFound(_UNKNOWN)
        return key

    async def _used(self, tx: Tx, kind: str, code: str) -> key_records.Key:
        key = await self._key(tx, kind, code)
        if not await key_records.forget(tx, key.person, kind):
            raise NotFound(_UNKNOWN)
        return key

    async def _one(self, tx: Tx, user: UserId) -> User:
        found = await records.one(tx, "uuid", user)
        if found is None:
            raise NotFound(_UNKNOWN)
        return found

    def _often(self, what: str, email: str, address: str) -> None:
        self.rates.take(f"{what} of {email.lower()[:255]}", 3, HOUR)
        self.rates.take(f"{what} from {neighbourhood(address)}", 10, HOUR)

    def _now(self) -> int:
        return micros(self.accounts.clock.seconds())


def _signed(now: int) -> dict[str, int]:
    return {"has_signed_terms": 1, "date_signed_terms": now}


def _vouched(user: User, claim: Claim | None, policy: Policy) -> bool:
    """Whether no letter is needed to believe the address: the policy says so, and where a provider
    is behind it, this is the address that it vouches for."""
    if claim is None or not policy.autoverify:
        return policy.autoverify
    return claim.vouched and claim.email.lower() == user.name
