"""Token buckets: how much each subject may still ask for (operations.md 15.11)."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define, field, frozen

from synnefod.common.clockwork import IClock

MOST_SUBJECTS = 50_000
"""Beyond so many, those that asked longest ago are forgotten: their buckets would be full."""


@frozen
class Rate:
    """`each` askings a second, and `burst` at once. `each` 0: no limit."""

    each: float
    burst: int

    @property
    def window(self) -> int:
        """Seconds in which an empty bucket is full again."""
        return max(1, round(self.burst / self.each)) if self.each else 1


@frozen
class Taken:
    """What an asking left: whole askings, and seconds until the next one is there (0: now)."""

    left: int
    wait: float


@define
class Buckets:
    """One bucket for each subject, in this process."""

    clock: IClock
    rate: Rate
    _levels: OrderedDict[object, tuple[float, float]] = field(factory=OrderedDict, init=False)

    def take(self, subject: object) -> Taken:
        """Takes one; nothing is taken from an empty bucket."""
        now = self.clock.seconds()
        level, at = self._levels.get(subject, (float(self.rate.burst), now))
        level = min(float(self.rate.burst), level + (now - at) * self.rate.each)
        wait = 0.0
        if level >= 1:
            level -= 1
        else:
            wait = (1 - level) / self.rate.each
        self._levels[subject] = (level, now)
        self._levels.move_to_end(subject)
        while len(self._levels) > MOST_SUBJECTS:
            self._levels.popitem(last=False)
        return Taken(int(level), wait)
