"""When a token was last used, and from where: noted in memory, written together now and then."""

from __future__ import annotations

from attrs import define, field

from synnefod.common.clockwork import Every, IClock
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.identity.records import tokens as records
from synnefod.identity.records.tokens import Use
from synnefod.store.interface import Store, Tx

EVERY = 300.0
"""Seconds between two writings; a token's row is written at most once in each."""
_AT_ONCE = 200
"""Rows of one transaction."""


@define
class Uses:
    """At most `most` tokens are known between two writings; what is beyond waits for its next use.

    What a process that dies has not written is lost: the moment is coarse by design.
    """

    store: Store
    clock: IClock
    most: int = 20_000
    _noted: dict[str, tuple[UserId, float, str]] = field(factory=dict, init=False)

    def note(self, principal: Principal, address: str) -> None:
        """Costs one entry of a dictionary: every request comes through here."""
        key = principal.audit_id
        if key and (key in self._noted or len(self._noted) < self.most):
            self._noted[key] = (principal.user, self.clock.seconds(), address)

    async def write(self) -> int:
        """How many were noted since the last time."""
        noted, self._noted = self._noted, {}
        uses = [
            Use(person, key, micros(moment), address[:64])
            for key, (person, moment, address) in noted.items()
        ]
        for start in range(0, len(uses), _AT_ONCE):
            part = uses[start : start + _AT_ONCE]

            async def body(tx: Tx, part: list[Use] = part) -> None:
                await records.used(tx, part)

            await self.store.transact("note uses of tokens", body)
        return len(uses)

    def writing(self) -> Every:
        return Every(self.clock, EVERY, self.write, "noting uses of tokens")
