"""Sign-up, verification, forgotten passwords, new addresses (identity.md 2.9, 3.6)."""

from __future__ import annotations

import re

from attrs import evolve, frozen

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
from synnefod.identity.interface.life import LifeSettings, Terms, Undelivered
from synnefod.identity.letters import LetterBox
from synnefod.identity.passwords import check_strength
from synnefod.identity.rates import Rates
from synnefod.identity.records import letters as key_records
from synnefod.identity.records import users as records
from synnefod.identity.texts import CHANGE, RESET, VERIFY
from synnefod.identity.throttle import neighbourhood
from synnefod.identity.tokens import digest, well_formed
from synnefod.identity.users import Accounts, check_email
from synnefod.mail.interface import Letter, Mailer, MailRefused
from synnefod.store.interface import Store, Tx

HOUR, DAY = 3600, 86_400
_UNKNOWN = "The link is not known, or it was used or replaced by a newer one."
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

    async def sign_up(self, new: NewUser, address: str, *, terms: bool = False) -> None:
        if not self.settings.sign_up:
            raise Forbidden("Accounts are made by administrators here.")
        self.rates.take("sign-up " + neighbourhood(address), 10, HOUR)
        current = await self.store.read("current terms", records.current_terms)
        if current is not None and not terms:
            raise Malformed("The terms have to be accepted.")
        if new.password is None:
            raise Malformed("An account needs a password.")

        async def then(tx: Tx, user: User) -> None:
            if current is not None:
                await records.update(tx, user.id, _signed(self._now()), self._now())
            await self.ask_verification(tx, user)

        try:
            await self.accounts.create(evolve(new, is_admin=False), then=then)
        except AlreadyExists:
            return  # the answer is the same for addresses that have an account

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
            policy = self._policy(user)
            if policy is None:
                await self.box.put(tx, "moderation", self.settings.moderators, email=user.email)
            else:
                await self.accounts.admitted(tx, user.id, policy)
            return await self._one(tx, user.id)

        return await self.store.transact("verify address", body)

    def _policy(self, user: User) -> str | None:
        """Why a verified account is accepted at once; None when it is not (AST-126)."""
        if not self.settings.moderation:
            return "auto_moderation"
        if any(re.fullmatch(each, user.email, re.IGNORECASE) for each in self.settings.patterns):
            return "email"
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

    async def reset(self, code: str, password: str) -> User:
        async def owner(tx: Tx) -> User:
            key = await self._key(tx, RESET, code)
            return await self._one(tx, UserId(key.person))

        user = await self.store.transact("who resets", owner)
        check_strength(password, user.email)
        if not user.is_active:
            raise NotFound(_UNKNOWN)
        await self.store.transact("use reset key", lambda tx: self._used(tx, RESET, code))
        return await self.accounts.modify(user.id, UserChanges(password=password))

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
        text = f"{sender.email} ({sender.id}) writes:\n\n{message}\n\n{data}"
        try:
            for each in self.settings.helpdesk:
                await self.mailer.send(Letter(each, "Feedback", text, "feedback"))
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
