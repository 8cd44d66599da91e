"""Failed sign-ins counted, and more of them refused for a while (identity.md 6.4).

Counters live in this process: behind N daemons an attacker has N times as many tries.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

from attrs import define, field, frozen

from synnefod.common.clockwork import IClock, OneAtATime
from synnefod.common.errors import TooManyRequests


@frozen
class Limits:
    """Failures allowed in a period; `pause` seconds after the last of them."""

    account_minute: int = 3
    account_quarter: int = 10
    address_minute: int = 30
    most_subjects: int = 20_000


@define
class Throttle:
    """Lets secrets be tried, one at a time for each account."""

    clock: IClock
    limits: Limits = field(factory=Limits)
    _turns: OneAtATime[str] = field(factory=OneAtATime, init=False)
    _failures: OrderedDict[str, deque[float]] = field(factory=OrderedDict, init=False)

    async def attempt(
        self,
        account: str,
        address: str,
        work: Callable[[], Awaitable[bool]],
        *,
        human: bool = False,
    ) -> bool:
        """Whether `work()` finds the secret right; counted when it does not.

        Raises TooManyRequests without trying while the account or the address is paused. `human`:
        somebody has shown that they are no program, and need not wait for the minute to pass.
        Tries of one account wait for each other, so many at once are no way around the count.
        """

        async def run() -> bool:
            self.check(account, address, human=human)
            good = await work()
            if good:
                self.passed(account)
            else:
                self.failed(account, address)
            return good

        return await self._turns.run(account, run)

    def check(self, account: str, address: str, *, human: bool = False) -> None:
        """Raises TooManyRequests while the account or the address is paused."""
        if not human:
            self._refuse("account " + account, self.limits.account_minute, 60)
        self._refuse("account " + account, self.limits.account_quarter, 900)
        self._refuse("address " + neighbourhood(address), self.limits.address_minute, 60)

    def failed(self, account: str, address: str) -> None:
        for subject in ("account " + account, "address " + neighbourhood(address)):
            times = self._failures.setdefault(
                subject, deque(maxlen=max(self.limits.account_quarter, self.limits.address_minute))
            )
            times.append(self.clock.seconds())
            self._failures.move_to_end(subject)
        while len(self._failures) > self.limits.most_subjects:
            self._failures.popitem(last=False)

    def passed(self, account: str) -> None:
        """The account's failures are forgotten; those of the address stay."""
        self._failures.pop("account " + account, None)

    def _refuse(self, subject: str, allowed: int, period: float) -> None:
        times = self._failures.get(subject)
        if times is None or allowed <= 0 or len(times) < allowed:
            return
        wait = times[-allowed] + period - self.clock.seconds()
        if wait > 0:
            raise TooManyRequests(
                "Too many failed sign-ins. Try again later.", retry_after=int(wait) + 1
            )


def neighbourhood(address: str) -> str:
    """The /24 or /64 of an address; other text as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 64), strict=False))
