"""Browser sessions: begun by a sign-in, found by the secret in a cookie, ended by many things.

Note [Rotation]. A sign-in always makes a new session with a new secret, and ends the one that the
browser came with; whoever planted or learned the old secret holds nothing (session fixation).
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from attrs import frozen

from synnefod.common import metrics
from synnefod.common.clockwork import Every
from synnefod.common.errors import Forbidden, NotFound, Unauthenticated
from synnefod.common.ids import UserId, new_token
from synnefod.common.text import MICROSECONDS
from synnefod.identity.interface import User
from synnefod.identity.interface.sessions import Begun, Session
from synnefod.identity.policies import PolicyDesk
from synnefod.identity.records import sessions as records
from synnefod.identity.records import tokens as token_records
from synnefod.identity.records import users as user_records
from synnefod.identity.signin import SignInDesk
from synnefod.identity.tokens import TokenDesk, digest, well_formed
from synnefod.store.interface import Store, Tx

SHORT = 15 * 60
"""Seconds that the web application's token lives (web-ui.md 10.2)."""
MOST_SHORT = 100
TOUCH = 60
"""A session's use is written down at most so often, in seconds."""
WRONG = "The e-mail address or the password is not right."


@frozen
class SessionLimits:
    """Seconds: without use, and in all."""

    idle: int = 12 * 3600
    lifetime: int = 7 * 86_400


@frozen
class SessionDesk:
    """Implements `Sessions`."""

    store: Store
    tokens: TokenDesk
    signin: SignInDesk
    policies: PolicyDesk
    limits: SessionLimits = SessionLimits()

    async def prove(self, name: str, password: str, address: str, *, human: bool = False) -> User:
        found = await self.store.read(
            "find user", lambda tx: user_records.secret(tx, "username", name.lower())
        )
        stored = found[1] if found else None
        account = found[0].id if found else name.lower()[:255]
        good = await self.signin.throttle.attempt(
            account, address, lambda: self.signin.passwords.verify(stored, password), human=human
        )
        metrics.auth_attempts.labels("password", "accepted" if good else "refused").inc()
        if found is None or stored is None or not good:
            raise Unauthenticated(WRONG)
        if found[0].is_active:
            await self.signin.note_login(found[0], stored, password)
        return found[0]

    async def begin(
        self, user: UserId, *, method: str, address: str, agent: str, replaces: str = ""
    ) -> Begun:
        secret, id_, now = new_token(), secrets.token_urlsafe(12), self.tokens.now()
        expires = now + self.limits.lifetime * MICROSECONDS

        async def body(tx: Tx) -> str:
            person = await user_records.locked(tx, user)
            if person is None or not person.is_active:
                raise Forbidden("The account is not active.")
            if not (await self.policies.of(tx, user, method))[method].login:
                raise Forbidden("Nobody signs in in this way here.")
            await self._end(tx, replaces)
            await records.insert(
                tx,
                digest(secret),
                user,
                {
                    "id": id_,
                    "method": method,
                    "address": address[:64],
                    "agent": agent[:255],
                    "created": now,
                    "seen": now,
                    "expires": expires,
                },
            )
            return await self._token(tx, user, id_, "browser", expires)

        token = await self.store.transact("begin session", body)
        self.tokens.recent.clear()
        session = await self.find(secret)
        if session is None:
            raise Forbidden("The account is not active.")
        return Begun(secret, session, token)

    async def find(self, secret: str) -> Session | None:
        if not well_formed(secret):
            return None
        found = await self.store.read("find session", lambda tx: records.find(tx, digest(secret)))
        if found is None or not self._alive(found):
            return None
        self.signin.known(found.user.id)
        now = self.tokens.now()
        if found.seen + TOUCH * MICROSECONDS <= now:
            id_ = found.id
            await self.store.transact("touch session", lambda tx: records.touch(tx, id_, now))
        return found

    async def listing(self, user: UserId) -> Sequence[Session]:
        found = await self.store.read("list sessions", lambda tx: records.listing(tx, user))
        return [each for each in found if self._alive(each)]

    async def end(self, user: UserId, session: str) -> None:
        gone = await self.store.transact(
            "end session", lambda tx: records.delete(tx, user, session)
        )
        self.tokens.recent.clear()
        if not gone:
            raise NotFound("There is no such session.")

    async def short_token(self, session: Session) -> tuple[str, int]:
        expires = min(self.tokens.now() + SHORT * MICROSECONDS, session.expires)

        async def body(tx: Tx) -> str:
            token = await self._token(tx, session.user.id, session.id, "session", expires)
            await token_records.trim(tx, session.user.id, "session", MOST_SHORT)
            return token

        return await self.store.transact("issue session token", body), expires

    async def renew(self, session: Session) -> tuple[str, int]:
        return await self._renewed(session.user.id, session.id, "")

    async def renew_all(self, user: UserId, token: str) -> tuple[str, int]:
        return await self._renewed(user, "", digest(token))

    async def _renewed(self, user: UserId, session: str, asker: str) -> tuple[str, int]:
        """`asker`: the digest of a token whose session is kept."""
        expires = self.tokens.now() + self.tokens.lifetimes.api * MICROSECONDS

        async def body(tx: Tx) -> str:
            keep = session or await token_records.session_of(tx, asker) or ""
            await token_records.delete_of(tx, user)
            await records.delete_of(tx, user, keep=keep)
            return await self.tokens.add(
                tx, user, "default", None, ("token",), expires, label="renewed"
            )

        token = await self.store.transact("renew token", body)
        self.tokens.recent.clear()
        return token, expires

    async def sweep(self) -> int:
        """Deletes sessions that are over; how many."""
        now = self.tokens.now()
        idle = now - self.limits.idle * MICROSECONDS
        return await self.store.transact(
            "delete sessions that are over", lambda tx: records.delete_expired(tx, now, idle)
        )

    def sweeping(self, seconds: float = 3600.0) -> Every:
        """Does so every `seconds`; `begin` starts it. They are refused before, too."""
        return Every(self.tokens.clock, seconds, self.sweep, "deleting sessions that are over")

    async def _end(self, tx: Tx, secret: str) -> None:
        if secret and well_formed(secret):
            await records.delete_digest(tx, digest(secret))

    async def _token(self, tx: Tx, user: UserId, session: str, label: str, expires: int) -> str:
        return await self.tokens.add(
            tx, user, "default", None, ("token",), expires, label=label, session=session
        )

    def _alive(self, session: Session) -> bool:
        now = self.tokens.now()
        used = session.seen + self.limits.idle * MICROSECONDS
        return session.user.is_active and now < session.expires and now < used
