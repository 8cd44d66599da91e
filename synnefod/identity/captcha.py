"""Pictures and sounds of digits that programs read badly.

Note [Nothing stored]. The name of a challenge carries its time and our seal; the digits follow from
the name and the deployment's secret. So every daemon of a deployment knows all challenges, and only
those that were answered need a row.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import cache
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import NotFound
from synnefod.common.text import MICROSECONDS, micros
from synnefod.common.threads import IThreads
from synnefod.identity.rates import Rates
from synnefod.identity.records import captcha as records
from synnefod.identity.throttle import neighbourhood
from synnefod.identity.tokens import digest
from synnefod.store.interface import Store

LIVES = 600
DIGITS = 6
_LONGEST = 100


@frozen
class CaptchaDesk:
    """Implements `Captcha`. `secret`: of the deployment; without one there are no challenges."""

    store: Store
    clock: IClock
    threads: IThreads
    rates: Rates
    secret: bytes = b""
    enabled: bool = False

    def challenge(self) -> str:
        made = f"{int(self.clock.seconds())}-{secrets.token_hex(12)}"
        return f"{made}-{self._seal('challenge', made)}"

    async def picture(self, challenge: str, address: str) -> bytes:
        self.rates.take("picture " + neighbourhood(address), 60, 60)
        drawn: bytes = await self.threads.cpu(_drawn, self._digits(challenge))
        return drawn

    async def sound(self, challenge: str, address: str) -> bytes:
        self.rates.take("sound " + neighbourhood(address), 10, 60)
        spoken: bytes = await self.threads.cpu(_spoken, self._digits(challenge))
        return spoken

    async def solved(self, challenge: str, answer: str) -> bool:
        if not self._good(challenge):
            return False
        now = micros(self.clock.seconds())
        fresh = await self.store.transact(
            "use challenge", lambda tx: records.use(tx, digest(challenge), now)
        )
        given = "".join(answer.split())
        return (
            fresh
            and given.isascii()
            and hmac.compare_digest(given.encode(), self._digits(challenge).encode())
        )

    async def sweep(self) -> int:
        """Forgets those that are too old to be answered; how many."""
        since = micros(self.clock.seconds()) - LIVES * MICROSECONDS
        return await self.store.transact(
            "delete old challenges", lambda tx: records.delete_old(tx, since)
        )

    def _good(self, challenge: str) -> bool:
        made, _, seal = challenge[:_LONGEST].rpartition("-")
        if not self.enabled or not challenge.isascii():
            return False
        if not hmac.compare_digest(seal.encode(), self._seal("challenge", made).encode()):
            return False
        return self.clock.seconds() - int(made.partition("-")[0]) < LIVES

    def _digits(self, challenge: str) -> str:
        if not self._good(challenge):
            raise NotFound("This picture is too old. Load the page again.")
        number = int(self._seal("digits", challenge), 16) % 10**DIGITS
        return f"{number:0{DIGITS}}"

    def _seal(self, what: str, text: str) -> str:
        words = f"captcha {what} {text}".encode()
        return hmac.new(self.secret, words, hashlib.sha256).hexdigest()[:32]


def _drawn(digits: str) -> bytes:
    from captcha.image import ImageCaptcha

    return bytes(ImageCaptcha(220, 80).generate(digits).read())


def _spoken(digits: str) -> bytes:
    return bytes(_voice().generate(digits))


@cache
def _voice() -> Any:
    """Loads its recordings for a second or two, once."""
    from captcha.audio import AudioCaptcha

    return AudioCaptcha()
