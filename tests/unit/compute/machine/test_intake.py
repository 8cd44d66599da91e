"""Reports that share transactions: order, and one that cannot be applied."""

from __future__ import annotations

from collections.abc import Sequence

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.errors import Unavailable
from synnefod.common.ids import JobId
from synnefod.compute.machine.intake import FLIGHTS, Intake, Report


def event(job: int) -> JobEvent:
    return JobEvent("c", "snf-1", JobId(job), "OP_INSTANCE_STARTUP", JobStatus.SUCCESS, job)


class Together(SynchronousTestCase):
    """An intake whose transactions end when the test says so."""

    def setUp(self) -> None:
        self.flights: list[tuple[list[tuple[int, int]], Deferred[None]]] = []
        self.intake = Intake(self.apply)
        self.bad: set[int] = set()

    async def apply(self, reports: Sequence[Report]) -> None:
        jobs = [(each.server, each.event.job) for each in reports]  # type: ignore[union-attr]
        end: Deferred[None] = Deferred()
        self.flights.append((jobs, end))
        await end
        if self.bad & {job for _, job in jobs}:
            raise KeyError("no such thing")

    def put(self, server: int, job: int) -> Deferred[None]:
        return ensureDeferred(self.intake.put(server, event(job), gone=False))

    def end(self, flight: int) -> None:
        self.flights[flight][1].callback(None)

    def test_what_comes_meanwhile_goes_together_and_never_beside_its_own_server(self) -> None:
        """GNT-181: the reports of a server are applied in the order in which they came."""
        heard = [self.put(1, 1), self.put(2, 2)]
        self.assertEqual(len(self.flights), FLIGHTS)
        heard += [self.put(1, 3), self.put(3, 4), self.put(1, 5), self.put(2, 6)]
        self.end(0)
        self.assertEqual(self.flights[2][0], [(1, 3), (3, 4), (1, 5)])
        self.end(1)
        self.assertEqual(self.flights[3][0], [(2, 6)])
        self.assertNoResult(heard[2])
        self.end(2)
        self.end(3)
        for each in heard:
            self.successResultOf(each)
        self.assertEqual(self.intake.busy, 0)

    def test_one_that_cannot_be_applied_hurts_no_other(self) -> None:
        """GNT-103: its neighbours in the transaction are applied one by one."""
        self.bad = {3}
        first = [self.put(1, 1), self.put(2, 2)]
        heard = [self.put(4, 4), self.put(3, 3), self.put(5, 5)]
        for flight in range(6):
            self.end(flight)
        for each in (*first, heard[0], heard[2]):
            self.successResultOf(each)
        self.failureResultOf(heard[1], KeyError)

    def test_a_database_that_is_away_fails_all_of_them_for_now(self) -> None:
        """GNT-104"""
        heard = [self.put(1, 1), self.put(2, 2), self.put(3, 3), self.put(4, 4)]
        self.end(0)
        self.flights[2][1].errback(Unavailable("away"))
        for each in heard[2:]:
            self.failureResultOf(each, Unavailable)
        self.assertEqual(len(self.flights), 3)
