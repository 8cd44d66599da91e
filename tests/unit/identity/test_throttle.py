"""Failed sign-ins are counted, also when they come at once."""

from __future__ import annotations

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import TooManyRequests
from synnefod.identity.throttle import Limits, Throttle, neighbourhood


class ThrottleTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.throttle = Throttle(self.clock)

    def attempt(self, good: bool, account: str = "ada", address: str = "192.0.2.1") -> bool:
        async def work() -> bool:
            return good

        return self.successResultOf(ensureDeferred(self.throttle.attempt(account, address, work)))

    def refused(self, account: str = "ada", address: str = "192.0.2.1") -> int:
        async def work() -> bool:
            raise AssertionError("tried")

        failure = self.failureResultOf(
            ensureDeferred(self.throttle.attempt(account, address, work)), TooManyRequests
        )
        return int(failure.value.retry_after)

    def test_three_failures_in_a_minute_pause_the_account(self) -> None:
        """AST-163."""
        for _ in range(3):
            self.assertFalse(self.attempt(False))
            self.clock.advance(10)
        self.assertEqual(self.refused(), 31)
        self.assertTrue(self.attempt(True, "bob"))
        self.clock.advance(31)
        self.assertTrue(self.attempt(True))

    def test_success_forgets_the_account_s_failures(self) -> None:
        for _ in range(5):
            self.attempt(False)
            self.attempt(False)
            self.assertTrue(self.attempt(True))

    def test_ten_failures_in_a_quarter_of_an_hour_pause_it_longer(self) -> None:
        """AST-163."""
        for _ in range(10):
            self.attempt(False)
            self.clock.advance(31)
        self.assertGreater(self.refused(), 500)

    def test_a_neighbourhood_is_paused_whatever_the_accounts(self) -> None:
        """AST-163: per address, /24 and /64."""
        for number in range(30):
            self.attempt(False, f"user{number}", f"192.0.2.{number}")
        self.refused("somebody", "192.0.2.200")
        self.assertTrue(self.attempt(True, "somebody", "198.51.100.1"))
        self.assertEqual(neighbourhood("2001:db8::1"), neighbourhood("2001:db8::ffff"))
        self.assertEqual(neighbourhood("unknown"), "unknown")

    def test_tries_at_once_wait_for_each_other(self) -> None:
        """AST-163: the fourth of many at once is not tried."""
        waiting: list[Deferred[bool]] = []

        def work() -> Deferred[bool]:
            waiting.append(Deferred())
            return waiting[-1]

        tries = [ensureDeferred(self.throttle.attempt("ada", "192.0.2.1", work)) for _ in range(5)]
        for number in range(3):
            self.assertEqual(len(waiting), number + 1)
            waiting[number].callback(False)
        self.assertEqual(len(waiting), 3)
        for each in tries[3:]:
            self.failureResultOf(each, TooManyRequests)

    def test_what_is_remembered_is_bounded(self) -> None:
        throttle = Throttle(self.clock, Limits(most_subjects=10))
        for number in range(50):
            throttle.failed(f"user{number}", f"10.0.{number}.1")
        self.assertEqual(len(throttle._failures), 10)
