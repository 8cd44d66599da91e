"""Passwords: argon2id at rest, checked on the CPU pool, in the same time whoever is asked for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from attrs import define, field

from synnefod.common.errors import Malformed, Unavailable
from synnefod.common.threads import IThreads

SHORTEST, LONGEST = 8, 1024


def usual_hasher() -> PasswordHasher:
    """As OWASP recommends where memory is shared by many sign-ins."""
    return PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


@define
class Passwords:
    """Makes and checks hashes. At most `most_waiting` wait for the pool; more raise Unavailable."""

    threads: IThreads
    hasher: PasswordHasher = field(factory=usual_hasher)
    most_waiting: int = 64
    _waiting: int = field(default=0, init=False)
    _dummy: str = field(default="", init=False)

    async def hash(self, password: str) -> str:
        return str(await self._run(self.hasher.hash, password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether `password` belongs to `stored`. Without a stored one a dummy is checked, so that
        the answer takes the same time (AST-225)."""
        if len(password) > LONGEST:
            password = password[:LONGEST] + "!"
        if stored is not None and stored.startswith("pbkdf2_sha256$"):
            return bool(await self._run(_verify_django, stored, password))
        if stored is None:
            if not self._dummy:
                self._dummy = await self.hash("nobody's password")
            await self._run(self._verify, self._dummy, password)
            return False
        return bool(await self._run(self._verify, stored, password))

    def outdated(self, stored: str) -> bool:
        """Whether a verified password should be hashed again with today's parameters."""
        try:
            return self.hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self.hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[..., Any], *args: str) -> Any:
        if self._waiting >= self.most_waiting:
            raise Unavailable("Too many sign-ins at once.")
        self._waiting += 1
        try:
            return await self.threads.cpu(work, *args)
        finally:
            self._waiting -= 1


def check_strength(password: str, email: str) -> str:
    """The password, if it may be one (identity.md 6.1). Raises Malformed."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Malformed(f"A password has {SHORTEST} to {LONGEST} characters.")
    if password.lower() == email.lower():
        raise Malformed("A password may not be the e-mail address.")
    return password


def _verify_django(stored: str, password: str) -> bool:
    """`pbkdf2_sha256$<iterations>$<salt>$<base64>`, as imported from a Synnefo database."""
    try:
        _, iterations, salt, wanted = stored.split("$")
        got = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), int(iterations))
    except ValueError:
        return False
    return hmac.compare_digest(base64.b64encode(got).decode(), wanted)
