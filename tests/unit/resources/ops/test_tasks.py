"""What runs from time to time, as an administrator sees it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common import metrics
from synnefod.common.clockwork import Every
from synnefod.common.text import iso_z, micros
from synnefod.resources.door import Mount
from synnefod.resources.ops.control.daemon import WellVerbs
from synnefod.resources.ops.health import Check, Health
from synnefod.resources.root import tree
from tests.harness.cloud import NOW
from tests.harness.web import WebClient

WHAT = "sweeping the yard"
NAME = "sweeping-the-yard"


def at(seconds: float) -> str:
    return iso_z(micros(seconds))


class Tasks(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        self.work: Deferred[None] = Deferred()
        self.runs = 0
        self.task = Every(self.clock, 60.0, self.sweep, WHAT)  # type: ignore[arg-type]
        self.task.jitter = 0.25
        self.task.begin()
        self.ill = ""
        health = Health(self.clock, [Check("yard", self.look)])  # type: ignore[arg-type]
        verbs = WellVerbs(lambda: [self.task], health)
        self.web = WebClient(tree([Mount("/", "ops", [verbs], None)]), clock=self.clock)

    async def sweep(self) -> None:
        self.runs += 1
        await self.work

    async def look(self) -> None:
        if self.ill:
            raise ValueError(self.ill)

    def test_what_the_daemon_looks_at_is_told_with_the_reason(self) -> None:
        """As `/readyz` has it, to whoever may read (OPS-148)."""

        def told() -> dict[str, Any]:
            (found,) = self.web.request("POST", "/v1/health-list", json={}).json()["rows"]
            row: dict[str, Any] = found
            return row

        since = at(NOW)
        well = {"check": "yard", "ok": True, "required": True, "since": since, "reason": ""}
        self.assertEqual(told(), well)
        self.ill = "a hedgehog"
        self.clock.advance(2)
        shown = told()
        self.assertEqual((shown["ok"], shown["reason"]), (False, "a hedgehog"))
        self.assertEqual(shown["since"], at(NOW + 2))

    def row(self) -> dict[str, Any]:
        (row,) = self.web.request("POST", "/v1/task-list", json={}).json()["rows"]
        found: dict[str, Any] = row
        return found

    def run_now(self, name: str = NAME) -> int:
        return self.web.request("POST", "/v1/task-run", json={"name": name}).status

    def test_a_task_tells_when_it_ran_how_it_ended_and_when_it_comes_next(self) -> None:
        """Name, period, jitter, last run, last result, next run; good and bad ends are counted in
        the metrics too (OPS-162)."""
        first = {
            "name": NAME,
            "period": 60.0,
            "jitter": 0.25,
            "last run": None,
            "last result": None,
            "next run": at(NOW + 60),
        }
        self.assertEqual(self.row(), first)
        self.clock.advance(60)
        self.assertEqual((self.row()["last result"], self.row()["next run"]), ("running", None))
        self.clock.advance(5)
        self.work.callback(None)
        row = self.row()
        self.assertEqual((row["last run"], row["last result"]), (at(NOW + 65), "well"))
        earliest, latest = NOW + 65 + 45, NOW + 65 + 75
        self.assertTrue(at(earliest) <= row["next run"] <= at(latest), row)
        succeeded = metrics.task_last_success.labels(WHAT)
        self.assertEqual(succeeded._value.get(), NOW + 65)

        failures = metrics.task_failures.labels(WHAT)
        before = failures._value.get()
        self.work = Deferred()
        self.clock.advance(75)
        self.work.errback(ZeroDivisionError("a defect"))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        row = self.row()
        self.assertEqual(row["last result"], "failed")
        self.assertIsNotNone(row["next run"])
        self.assertEqual(failures._value.get() - before, 1)

    def test_it_runs_on_demand_and_never_twice_at_once(self) -> None:
        """`task-run` starts it now, or right after the run in progress (OPS-162)."""
        self.assertEqual(self.run_now("no-such-task"), 404)
        self.assertEqual(self.run_now(), 200)
        self.clock.advance(0)
        self.assertEqual(self.runs, 1)
        self.assertEqual(self.run_now(), 200)
        self.clock.advance(600)
        self.assertEqual(self.runs, 1)
        self.work.callback(None)
        self.clock.advance(0)
        self.assertEqual(self.runs, 2)
