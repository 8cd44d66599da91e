"""Accounts and their life (identity.md 3.6)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Unauthenticated,
)
from synnefod.common.ids import ProjectId, UserId, is_uuid, new_uuid
from synnefod.common.text import micros
from synnefod.identity.interface import Newcomers, NewUser, User, UserChanges
from synnefod.identity.letters import LetterBox
from synnefod.identity.passwords import Passwords, check_strength
from synnefod.identity.recent import Recent
from synnefod.identity.records import methods as method_records
from synnefod.identity.records import sessions as session_records
from synnefod.identity.records import tokens as token_records
from synnefod.identity.records import users as records
from synnefod.identity.throttle import Throttle
from synnefod.identity.tokens import digest
from synnefod.store.interface import Store, Tx, UniqueViolation, Value

# One address without spaces or control characters; a host without dots is a private site's.
_EMAIL = re.compile(r"[^\s@\x00-\x1f\x7f]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_ACTIVE, _SUSPENDED, _ACCEPTED = 1, 10, (1, 5)


@frozen
class Accounts:
    """Implements `Users`."""

    store: Store
    clock: IClock
    passwords: Passwords
    newcomers: Newcomers
    recent: Recent
    throttle: Throttle
    box: LetterBox | None = None
    """Where letters to people are put; None: nobody is written to."""
    activated: tuple[str, ...] = ()
    """Who is told of accounts that become active."""
    password_ends_tokens: bool = True
    """Whether a new password ends the tokens of programs too; sessions it ends in any case."""

    async def create(
        self,
        new: NewUser,
        *,
        accept: bool = False,
        then: Callable[[Tx, User], Awaitable[None]] | None = None,
    ) -> User:
        email = check_email(new.email) if new.email or not new.name else ""
        shown = check_name(new.name) if new.name and new.name.lower() != email.lower() else None
        username = (shown or email).lower()
        values: dict[str, Value] = {
            "username": username,
            "shown_name": shown,
            "email": email,
            "first_name": _name(new.first_name),
            "last_name": _name(new.last_name),
            "is_superuser": int(new.is_admin),
        }
        if new.password is not None:
            values["password"] = await self.passwords.hash(check_strength(new.password, email))
        uuid = UserId(new_uuid())

        async def body(tx: Tx) -> User:
            now = self._now()
            before = await records.one(tx, "username", username)
            if before is not None:
                if before.email_verified:
                    raise AlreadyExists(f"There is a user {shown or email} already.")
                await records.delete(tx, before.id)
            await records.insert(tx, uuid, values, now)
            if new.password is not None:
                await records.add_local_provider(tx, uuid, now)
            if accept:
                await self.verified(tx, uuid)
                await self._accept(tx, uuid, "manual")
            made = await _shown(tx, uuid)
            if then is not None:
                await then(tx, made)
            return made

        try:
            return await self.store.transact("create user", body)
        except UniqueViolation:
            raise AlreadyExists(f"There is a user {shown or email} already.") from None

    async def modify(
        self, user: UserId, changes: UserChanges, *, keep: str = "", ends_tokens: bool | None = None
    ) -> User:
        hashed = None
        if changes.password is not None:
            email = changes.email or (await self.show(user)).email
            hashed = await self.passwords.hash(check_strength(changes.password, email))

        async def body(tx: Tx) -> User:
            before = await records.locked(tx, user)
            if before is None:
                raise NotFound(f"There is no user {user}.")
            if changes.reject is not None:
                await self._reject(tx, before, changes.reject)
            if changes.verify:
                if before.email_verified:
                    raise Conflict("The user is verified already.")
                await self.verified(tx, user)
            if changes.accept:
                current = await _shown(tx, user)
                if current.accepted or not current.email_verified:
                    raise Conflict("The user is accepted already, or not verified.")
                await self.admitted(tx, user, "manual")
            if changes.default_project is not None:
                await self._default_project(tx, user, changes.default_project)
            if changes.active is not None:
                await self._activate(tx, await _shown(tx, user), changes)
            await records.update(tx, user, _plain(before, changes, hashed), self._now())
            if hashed is not None:
                await records.add_local_provider(tx, user, self._now())
                session = await token_records.session_of(tx, digest(keep)) if keep else None
                if self.password_ends_tokens if ends_tokens is None else ends_tokens:
                    await token_records.delete_of(tx, user)
                await session_records.delete_of(tx, user, keep=session or "")
            return await _shown(tx, user)

        try:
            return await self.store.transact("modify user", body)
        except UniqueViolation:
            raise AlreadyExists("Another user has this e-mail address.") from None
        finally:
            self.recent.clear()

    async def remove(self, user: UserId) -> None:
        async def body(tx: Tx) -> None:
            before = await records.locked(tx, user)
            if before is None:
                raise NotFound(f"There is no user {user}.")
            if before.accepted:
                raise Conflict("An accepted user can be deactivated, not deleted.")
            await records.delete(tx, user)

        await self.store.transact("delete user", body)
        self.recent.clear()

    async def show(self, user: UserId) -> User:
        return await self.store.read("show user", lambda tx: _shown(tx, user))

    async def find(self, text: str) -> User:
        column: str = "username"
        value: Value = text.lower()
        if is_uuid(text.lower()):
            column = "uuid"
        elif text.isdecimal() and len(text) <= 18:
            column, value = "id", int(text)
        found = await self.store.read("find user", lambda tx: records.one(tx, column, value))
        if found is None:
            raise NotFound(f"There is no user {text[:255]}.")
        return found

    async def listing(self, *, name: str | None = None, active: bool | None = None) -> list[User]:
        wanted = name.lower() if name is not None else None
        return await self.store.read("list users", lambda tx: records.listing(tx, wanted, active))

    async def change_password(
        self,
        user: UserId,
        old: str,
        new: str,
        address: str,
        *,
        keep: str = "",
        ends_tokens: bool | None = None,
    ) -> None:
        found = await self.store.read("find user", lambda tx: records.secret(tx, "uuid", user))
        stored = found[1] if found else None
        good = await self.throttle.attempt(
            user, address, lambda: self.passwords.verify(stored, old)
        )
        if not good:
            raise Unauthenticated("The password is not right.")
        await self.modify(user, UserChanges(password=new), keep=keep, ends_tokens=ends_tokens)

    async def set_default_project(self, user: UserId, project: ProjectId) -> None:
        await self.store.transact(
            "set default project", lambda tx: self._default_project(tx, user, project)
        )
        self.recent.clear()

    async def groups(self, user: UserId) -> tuple[str, ...]:
        found = await self.store.read("groups", lambda tx: records.groups(tx, user))
        return tuple(name for _, name in found)

    async def _default_project(self, tx: Tx, user: UserId, project: ProjectId) -> None:
        states = await records.standing(tx, user, project)
        if states is None or states[0] is None:
            raise NotFound("There is no such project, or the user was never a member.")
        member, alive = states
        if alive not in (_ACTIVE, _SUSPENDED):
            raise Conflict("The project has ended.")
        if member not in _ACCEPTED or alive == _SUSPENDED:
            raise Forbidden("The user is not an accepted member, or the project is suspended.")
        await records.update(tx, user, {"default_project": project}, self._now())

    async def verified(self, tx: Tx, user: UserId) -> None:
        """The person reads mail at this address."""
        now = self._now()
        values: dict[str, Value] = {"email_verified": 1, "verified_at": now}
        await records.update(tx, user, values, now)
        await method_records.prove(tx, user)

    async def admitted(self, tx: Tx, user: UserId, policy: str) -> None:
        """Accepts a verified account; `policy` says why. The person and the staff are told."""
        await self._accept(tx, user, policy)
        if self.box is not None:
            email = (await _shown(tx, user)).email
            await self.box.put(tx, "welcome", email, email=email)
            await self.box.put(tx, "activated", self.activated, email=email)

    async def _accept(self, tx: Tx, user: UserId, policy: str) -> None:
        now = self._now()
        await records.update(
            tx,
            user,
            {
                "moderated": 1,
                "moderated_at": now,
                "is_rejected": 0,
                "accepted_policy": policy,
                "is_active": 1,
                "base_project": user,
                "default_project": user,
            },
            now,
        )
        await self.newcomers.welcome(tx, user)

    async def _reject(self, tx: Tx, user: User, reason: str) -> None:
        if user.moderated or user.is_active or not user.email_verified:
            raise Conflict("Only a verified user who awaits moderation can be rejected.")
        now = self._now()
        await records.update(
            tx,
            user.id,
            {"moderated": 1, "moderated_at": now, "is_rejected": 1, "rejected_reason": reason},
            now,
        )

    async def _activate(self, tx: Tx, user: User, changes: UserChanges) -> None:
        if not user.email_verified or not user.accepted:
            raise Conflict("The user is not accepted.")
        if changes.active and user.is_active:
            raise Conflict("The user is active already.")
        now = self._now()
        if changes.active:
            values: dict[str, Value] = {
                "is_active": 1,
                "deactivated_reason": None,
                "deactivated_at": None,
            }
        else:
            values = {
                "is_active": 0,
                "deactivated_reason": changes.reason,
                "deactivated_at": now,
            }
            await token_records.delete_of(tx, user.id)
            await session_records.delete_of(tx, user.id)
        await records.update(tx, user.id, values, now)
        if changes.active:
            await self.newcomers.activated(tx, user.id)
        else:
            await self.newcomers.deactivated(tx, user.id)

    def _now(self) -> int:
        return micros(self.clock.seconds())


def check_email(text: str) -> str:
    """The address, if it can be one. Raises Malformed."""
    if len(text) > 255 or _EMAIL.fullmatch(text) is None or ".." in text:
        raise Malformed(f"'{text[:64]}' is not an e-mail address.")
    return text


def _name(text: str) -> str:
    if len(text) > 30 or not (text.isprintable() or text == ""):
        raise Malformed("A name has at most 30 characters, and no control characters.")
    return text


def check_name(text: str) -> str:
    """A name that is no address. Raises Malformed."""
    if not text.strip() or len(text) > 255 or not text.isprintable():
        raise Malformed("A name has 1 to 255 characters, and no control characters.")
    return text


def _plain(before: User, changes: UserChanges, hashed: str | None) -> dict[str, Value]:
    values: dict[str, Value] = {}
    email = before.email if changes.email is None else check_email(changes.email)
    name = changes.name if changes.name is not None else before.shown_name
    if changes.email is not None or changes.name is not None:
        shown = check_name(name) if name and name.lower() != email.lower() else None
        values.update(email=email, username=(shown or email).lower(), shown_name=shown)
    if changes.first_name is not None:
        values["first_name"] = _name(changes.first_name)
    if changes.last_name is not None:
        values["last_name"] = _name(changes.last_name)
    if changes.is_admin is not None:
        values["is_superuser"] = int(changes.is_admin)
    if hashed is not None:
        values["password"] = hashed
    if changes.profile_seen:
        values["is_verified"] = 1
    return values


async def _shown(tx: Tx, user: UserId) -> User:
    found = await records.one(tx, "uuid", user)
    if found is None:
        raise NotFound(f"There is no user {user}.")
    return found
