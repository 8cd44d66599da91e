"""Letters to administrators about unexpected errors (OPS-139)."""

from __future__ import annotations

import re

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.log import without_secrets
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.letters import LetterBox
from synnefod.identity.records import letters as records
from synnefod.store.interface import Store, Tx

PAUSE = 600
"""Seconds in which one cause is told of once, by all daemons together."""
LONGEST = 100_000
"""Bytes of a letter."""
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])(?!req-)[A-Za-z0-9_-]{40,64}(?![A-Za-z0-9_-])")
_PAIR = re.compile(
    r"(?i)((?:pass\w*|secret|token|authorization|x-auth-\w+|cookie|code|key)['\"]?\s*[:=]\s*['\"]?)"
    r"[^\s'\",;)}\]]+"
)


@frozen
class AlarmDesk:
    store: Store
    clock: IClock
    box: LetterBox
    admins: tuple[str, ...]

    async def tell(self, cause: str, text: str) -> bool:
        """Puts down a letter to every administrator, unless this cause was told of just now."""
        if not self.admins:
            return False
        now = micros(self.clock.seconds())
        shown = cleaned(text)

        async def body(tx: Tx) -> bool:
            if not await records.claim_alarm(tx, cause[:500], now, now - PAUSE * MICROSECONDS):
                return False
            await self.box.put(tx, "error", self.admins, cause=cause[:500], text=shown)
            return True

        return await self.store.transact("tell of an error", body)


def cleaned(text: str) -> str:
    """`text` without what looks like a secret, and not too long."""
    text = _PAIR.sub(r"\1***", _TOKEN.sub("***", without_secrets(text)))
    raw = text.encode("utf-8", "replace")
    if len(raw) <= LONGEST:
        return raw.decode("utf-8")
    half = LONGEST // 2 - 20
    first, last = raw[:half], raw[-half:]
    return f"{first.decode('utf-8', 'ignore')}\n[...]\n{last.decode('utf-8', 'ignore')}"
