"""Queues by command, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import USAGE
from synnefod.cluster.events import topology
from tests.unit.resources.ops.deployment import Deployment

OP = "snf-events-op"


class QueueTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        self.bus = self.cloud.house.queues.bus
        self.cloud.now(self.bus.declare(topology()))
        for body in (b"one", b"two", b"three"):
            self.cloud.now(self.bus.publish("ganeti", "ganeti.snf.event.op", body))

    def manage(self, *words: str, code: int = 0, typed: str = "") -> Any:
        out, err = io.StringIO(), io.StringIO()
        self.patch(sys, "stdin", io.StringIO(typed))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def bodies(self, *words: str, typed: str = "") -> list[str]:
        return [row["body"] for row in self.manage("queue-inspect", OP, *words, typed=typed)]

    def test_messages_are_printed_and_go_only_when_asked(self) -> None:
        """OPS-121: `--no-requeue` removes what was printed, `-i` what was agreed to."""
        self.assertEqual(self.bodies(), ["one", "two", "three"])
        self.bodies("-i", typed="no\nyes\n")
        self.assertEqual(self.bodies(), ["one", "three"])
        self.assertEqual(self.bodies("--no-requeue", "--limit", "1"), ["one"])
        self.assertEqual(self.bodies(), ["three"])

    def test_what_the_daemon_logged_is_told(self) -> None:
        """What was logged for this very request, as far as the level goes, comes with the answer
        (OPS-007)."""
        (dead,) = [
            {
                "x-death": [
                    {"queue": OP, "exchange": "ganeti", "routing-keys": ["ganeti.snf.event.op"]}
                ]
            }
        ]
        self.cloud.now(self.bus.publish("ganeti-dl", "ganeti.snf.event.op", b"four", dead))
        heard = {
            level: [each["level"] for each in self.cloud.call("queue-retry", {}, log=level)["log"]]
            for level in ("warn", "info", "debug")
        }
        self.assertEqual(heard["warn"], [])
        self.assertLessEqual(set(heard["info"]), {"info", "warn"})
        self.assertIn("debug", heard["debug"])
        self.assertNotIn("log", self.cloud.call("queue-retry", {}))

    def test_a_purge_asks_first(self) -> None:
        """OPS-125: `queue-purge`; without a terminal and --force nothing is done."""
        self.manage("queue-purge", OP, code=USAGE)
        self.assertEqual(len(self.bodies()), 3)
        self.assertEqual(self.manage("queue-purge", OP, "-f"), {"queue": OP, "removed": 3})
        (row,) = [each for each in self.manage("queue-list") if each["name"] == OP]
        self.assertEqual((row["waiting"], row["dead"]), (0, 0))
