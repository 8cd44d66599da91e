"""How far the clocks of the database and the clusters are from ours (OPS-164)."""

from __future__ import annotations

from attrs import define, field
from twisted.logger import Logger

from synnefod.common import metrics
from synnefod.common.errors import Unavailable

log = Logger()
WARN = 2.0
TOO_FAR = 30.0
"""Seconds: leases and expiries of several daemons contradict each other beyond."""


@define
class Clocks:
    """What others' clocks said when they were last heard, as seconds that they are ahead of ours;
    0 where what was heard can be explained by the time that the answer took."""

    ahead: dict[str, float] = field(factory=dict, init=False)
    _warned: set[str] = field(factory=set, init=False)

    def heard(self, who: str, told: tuple[float, float], ours: tuple[float, float]) -> None:
        """Their time was within `told` at some moment within `ours` (Unix seconds)."""
        apart = max(0.0, told[0] - ours[1]) or min(0.0, told[1] - ours[0])
        self.ahead[who] = apart
        metrics.clock_skew.labels(who).set(apart)
        if abs(apart) <= WARN:
            self._warned.discard(who)
        elif who not in self._warned:
            self._warned.add(who)
            log.warn(
                "the clock of {who} is {apart:.1f} s from ours", who=who, apart=apart, event="skew"
            )

    def forget(self, who: str) -> None:
        """It is no part of the deployment any more."""
        self.ahead.pop(who, None)

    def check(self) -> None:
        """Raises Unavailable that names the first clock that is too far from ours."""
        for who, apart in sorted(self.ahead.items()):
            if abs(apart) > TOO_FAR:
                word = "ahead of" if apart > 0 else "behind"
                raise Unavailable(f"the clock of {who} is {abs(apart):.0f} s {word} ours")
