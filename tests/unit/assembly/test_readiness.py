"""What `/readyz` says when a part of the daemon is away."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import msgspec
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.readiness import checks, folders, look_for_room
from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.interface import Address, ClusterUnavailable
from synnefod.common.errors import Unavailable
from synnefod.common.ids import BackendId
from synnefod.common.skew import Clocks
from synnefod.common.threads import InlineThreads
from synnefod.config import Config
from synnefod.identity.letters import LetterBox
from synnefod.resources.door import Mount
from synnefod.resources.ops.health import Health
from synnefod.resources.root import tree
from tests.harness.cloud import NOW
from tests.harness.database import memory_store
from tests.harness.web import WebClient

REQUIRED = ["reactor", "clocks", "store", "blocks", "room"]
SHOWN = ["spare", "queue", "clusters", "mail"]


class Part:
    """Blocks or a bus: well until told otherwise."""

    problem = ""

    async def check(self) -> None:
        if self.problem:
            raise Unavailable(self.problem)

    ready = check


class Refusing:
    """Nobody listens at the cluster's address."""

    def request(self, *_words: Any, **_more: Any) -> Any:
        raise ConnectionRefusedError("refused")


class Readiness(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)
        state = Path(self.mktemp()).absolute()
        (state / "blocks").mkdir(parents=True)
        config = msgspec.convert({"server": {"state": str(state)}}, Config)
        self.state = state
        self.blocks, self.bus = Part(), Part()
        self.lag = SimpleNamespace(last_tick=NOW)
        self.store = memory_store(self, self.clock)
        self.clocks = Clocks()
        self.clusters = GanetiClusters(self.clock, make_http=lambda _address: Refusing())  # type: ignore[arg-type,return-value]
        parts: Any = SimpleNamespace(
            threads=InlineThreads(),
            store=self.store,
            blocks=self.blocks,
            bus=self.bus,
            clusters=self.clusters,
            clocks=self.clocks,
        )
        lag: Any = self.lag
        health = Health(self.clock, checks(config, self.clock, parts, lag))  # type: ignore[arg-type]
        self.web = WebClient(
            tree([Mount("/", "ops", [health], None)]), clock=self.clock, peer="127.0.0.1"
        )
        self.config = config

    def told(self) -> tuple[bool, dict[str, str]]:
        """Whether it is ready, and why each part that is not well is not."""
        self.clock.advance(1.1)
        self.lag.last_tick = self.lag.last_tick or self.clock.seconds()
        answer = self.web.get("/readyz")
        body = answer.json()
        self.assertEqual(answer.status, 200 if body["ready"] else 503)
        self.assertEqual([each["name"] for each in body["checks"]], REQUIRED + SHOWN)
        required = [each["name"] for each in body["checks"] if each["required"]]
        self.assertEqual(required, REQUIRED)
        return body["ready"], {
            each["name"]: each["reason"] for each in body["checks"] if not each["ok"]
        }

    def ticking(self) -> tuple[bool, dict[str, str]]:
        self.lag.last_tick = self.clock.seconds()
        return self.told()

    def test_what_nothing_can_be_done_without(self) -> None:
        """Blocks, the reactor and the clocks (OPS-148, OPS-149, OPS-164)."""
        self.assertEqual(self.ticking(), (True, {}))
        self.blocks.problem = "no pool"
        self.assertEqual(self.ticking(), (False, {"blocks": "no pool"}))
        self.blocks.problem = ""
        now = self.clock.seconds()
        self.clocks.heard("cluster a", (now + 40, now + 40), (now, now))
        ready, why = self.ticking()
        self.assertEqual((ready, list(why)), (False, ["clocks"]))
        self.clocks.forget("cluster a")
        self.clock.advance(10)
        ready, why = self.told()
        self.assertEqual((ready, list(why)), (False, ["reactor"]))
        self.assertEqual(self.ticking(), (True, {}))

    def test_what_the_rest_goes_on_without(self) -> None:
        """The broker, a cluster and the mail server (OPS-149)."""
        self.bus.problem = "no broker"
        self.assertEqual(self.ticking(), (True, {"queue": "no broker"}))
        self.bus.problem = ""

        address = Address(BackendId(1), "one.example.org", "https://one:5080", "u", "p")
        for _ in range(3):
            work = ensureDeferred(self.clusters.at(address).info())  # type: ignore[arg-type]
            for _ in range(20):
                self.clock.advance(5)
            self.failureResultOf(work, ClusterUnavailable)
        self.assertEqual(self.ticking(), (True, {"clusters": "no answer from one.example.org"}))
        self.clusters.forget(BackendId(1))
        self.assertEqual(self.ticking(), (True, {}))

        async def put(tx: Any) -> None:
            await LetterBox(self.clock).put(tx, "greeting", "a@example.org")  # type: ignore[arg-type]

        self.successResultOf(ensureDeferred(self.store.transact("a letter", put)))
        self.assertEqual(self.ticking(), (True, {}))
        self.clock.advance(3 * 3600)
        self.assertEqual(self.ticking(), (True, {"mail": "a letter waits for 3 h"}))

    def test_a_disk_that_fills_is_told_before_it_is_full(self) -> None:
        """Below 5 % it is shown, below 1 % the daemon is not ready; the place is named
        (OPS-148, OPS-149)."""
        for free, ready, names in (
            (50, True, []),
            (49, True, ["spare"]),
            (10, True, ["spare"]),
            (9, False, ["room", "spare"]),
        ):
            disk = SimpleNamespace(f_blocks=1000, f_bavail=free)
            with mock.patch.object(os, "statvfs", lambda _place, disk=disk: disk):
                told, why = self.ticking()
            self.assertEqual((told, list(why)), (ready, names), free)
            for reason in why.values():
                self.assertIn(f"of the disk of {self.state}", reason)
        look_for_room(folders(self.config), 0.0)
        self.assertRaises(Unavailable, look_for_room, [self.state], 1.1)

    def test_where_it_writes(self) -> None:
        """The state, the log's folder, and the blocks unless they are in Ceph."""
        self.assertEqual(folders(self.config), [self.state, self.state / "blocks"])
        sections = {
            "server": {"state": str(self.state)},
            "log": {"file": "/var/log/x/y.log"},
            "blocks": {"driver": "rados"},
        }
        config = msgspec.convert(sections, Config)
        self.assertEqual(folders(config), [self.state, Path("/var/log/x")])
