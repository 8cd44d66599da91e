"""Token checks remembered for a moment, so that a burst of requests asks the database once."""

from __future__ import annotations

from attrs import define, field

from synnefod.common.clockwork import IClock
from synnefod.common.principal import Principal


@define
class Recent:
    """At most `most` principals by token digest, each for `seconds` (below identity.md 6.3's 5).

    `clear` forgets all at once: after whatever may change what a token is worth. A check that was
    under way meanwhile is not remembered (`turn`).
    """

    clock: IClock
    seconds: float = 2.0
    most: int = 4096
    turn: int = field(default=0, init=False)
    _known: dict[str, tuple[float, Principal]] = field(factory=dict, init=False)

    def get(self, digest: str) -> Principal | None:
        found = self._known.get(digest)
        if found is None:
            return None
        now = self.clock.seconds()
        if found[0] <= now or found[1].token_expires <= now * 1_000_000:
            del self._known[digest]
            return None
        return found[1]

    def put(self, digest: str, principal: Principal, turn: int) -> None:
        """Remembers a check that began at `turn`."""
        if turn != self.turn or self.seconds <= 0:
            return
        if len(self._known) >= self.most:
            self._known.clear()
        self._known[digest] = (self.clock.seconds() + self.seconds, principal)

    def clear(self) -> None:
        self.turn += 1
        self._known.clear()
