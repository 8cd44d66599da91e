"""What staff do for single people, whoever asks for it (AST-180)."""

from __future__ import annotations

import re
import secrets

from attrs import frozen

from synnefod.common.errors import AlreadyExists, Conflict, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.text import micros
from synnefod.identity.interface import User, UserChanges
from synnefod.identity.letters import LetterBox
from synnefod.identity.records import letters as key_records
from synnefod.identity.records import methods as method_records
from synnefod.identity.records import rights as records
from synnefod.identity.records import users as user_records
from synnefod.identity.texts import CHANGE
from synnefod.identity.users import Accounts, check_email
from synnefod.store.interface import Store, Tx

LONGEST = 20_000
_NAMES = re.compile(r"\{(full_name|first_name|last_name|email)\}")


@frozen
class StaffDesk:
    """Implements `Staff`."""

    store: Store
    accounts: Accounts
    box: LetterBox

    async def contact(self, user: UserId, subject: str, text: str) -> None:
        if not subject.strip() or not subject.isprintable() or len(subject) > 200:
            raise Malformed("A subject is one line of at most 200 characters.")
        if not text.strip() or len(text) > LONGEST:
            raise Malformed(f"A text has at most {LONGEST} characters.")

        async def body(tx: Tx) -> None:
            person = await self._person(tx, user)
            await self.box.put(
                tx,
                "contact",
                person.email,
                subject=_inserted(subject, person),
                text=_inserted(text, person),
            )

        await self.store.transact("write to a person", body)

    async def ask_email(self, user: UserId, email: str) -> None:
        check_email(email)

        async def body(tx: Tx) -> None:
            person = await self._person(tx, user)
            await _check_free(tx, email, user)
            await key_records.ask(tx, user, CHANGE, email, self._now())
            await self.box.put(tx, "e-mail change", email, person=user)
            await self.box.put(tx, "e-mail change notice", person.email, email=email)

        await self.store.transact("ask for a new address", body)

    async def set_email(self, user: UserId, email: str) -> None:
        if (await self.accounts.show(user)).is_active:
            raise Conflict("Of an active account the new address has to be confirmed.")
        await self.accounts.modify(user, UserChanges(email=email))

    async def release(self, user: UserId, module: str) -> None:
        async def body(tx: Tx) -> None:
            await self._person(tx, user)
            held = await records.ways(tx, user)
            if module not in held:
                raise NotFound(f"The account has no identity of {module}.")
            if set(held) == {module}:
                raise Conflict("This is the account's last way of signing in.")
            await method_records.release(tx, user, module)

        await self.store.transact("release identities", body)

    async def enable_password(self, user: UserId) -> str | None:
        password = secrets.token_urlsafe(12)
        hashed = await self.accounts.passwords.hash(password)

        async def body(tx: Tx) -> bool:
            await self._person(tx, user)
            await method_records.enable_local(tx, user, self._now())
            return await records.give_password(tx, user, hashed)

        return password if await self.store.transact("enable password", body) else None

    async def _person(self, tx: Tx, user: UserId) -> User:
        found = await user_records.locked(tx, user)
        if found is None:
            raise NotFound(f"There is no user {user}.")
        return found

    def _now(self) -> int:
        return micros(self.accounts.clock.seconds())


async def _check_free(tx: Tx, email: str, user: UserId) -> None:
    other = await user_records.one(tx, "username", email.lower())
    if other is not None and other.id != user:
        raise AlreadyExists("Another user has this e-mail address.")


def _inserted(text: str, person: User) -> str:
    """With what is known of the person in place of four names; all else stays as it is (UI-282)."""
    known = {
        "full_name": person.real_name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
    }
    return _NAMES.sub(lambda found: known[found[1]], text)
