"""How often something may be asked for (identity.md 6.4). Counters live in this process."""

from __future__ import annotations

from collections import OrderedDict, deque

from attrs import define, field

from synnefod.common.clockwork import IClock
from synnefod.common.errors import TooManyRequests

MOST_SUBJECTS = 20_000


@define
class Rates:
    """Counts askings by subject."""

    clock: IClock
    _times: OrderedDict[str, deque[float]] = field(factory=OrderedDict, init=False)

    def take(self, subject: str, most: int, seconds: float) -> None:
        """Counts one more. Raises TooManyRequests beyond `most` in `seconds`."""
        now = self.clock.seconds()
        times = self._times.setdefault(subject, deque(maxlen=most))
        self._times.move_to_end(subject)
        if len(times) == most and times[0] + seconds > now:
            wait = int(times[0] + seconds - now) + 1
            raise TooManyRequests("Asked for too often. Try again later.", retry_after=wait)
        times.append(now)
        while len(self._times) > MOST_SUBJECTS:
            self._times.popitem(last=False)
