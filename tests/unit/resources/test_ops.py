"""Health, readiness, metrics, and the URL tree's own answers."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common import metrics
from synnefod.common.threads import InlineThreads
from synnefod.resources.door import Call, Mount, route
from synnefod.resources.ops.health import SLOWEST, Check, Health
from synnefod.resources.ops.metrics import Metrics
from synnefod.resources.root import tree
from tests.harness.web import WebClient


class Part:
    def __init__(self) -> None:
        self.problem = ""
        self.asked = 0
        self.hangs = False

    async def check(self) -> None:
        self.asked += 1
        if self.hangs:
            await Deferred()
        if self.problem:
            raise RuntimeError(self.problem)


class Readiness(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.store, self.bus = Part(), Part()
        self.leaving = False
        health = Health(
            self.clock,  # type: ignore[arg-type]
            [Check("store", self.store.check), Check("queue", self.bus.check, required=False)],
            draining=lambda: self.leaving,
        )
        self.web = WebClient(
            tree([Mount("/", "ops", [health], None)]), clock=self.clock, peer="127.0.0.1"
        )

    def test_a_turning_reactor_is_alive(self) -> None:
        """OPS-148"""
        self.store.problem = "gone"
        self.assertEqual(self.web.get("/healthz").status, 200)

    def test_a_daemon_whose_parts_are_well_is_ready(self) -> None:
        """OPS-148"""
        answer = self.web.get("/readyz")
        self.assertEqual((answer.status, answer.json()["ready"]), (200, True))
        self.assertEqual([c["name"] for c in answer.json()["checks"]], ["store", "queue"])
        self.assertEqual(self.web.head("/readyz").status, 200)

    def test_a_required_part_that_fails_makes_it_unready_with_the_reason(self) -> None:
        """OPS-148"""
        self.store.problem = "no connection"
        answer = self.web.get("/readyz")
        self.assertEqual(answer.status, 503)
        self.assertEqual(answer.json()["checks"][0]["reason"], "no connection")

    def test_a_part_that_is_not_required_is_only_shown(self) -> None:
        self.bus.problem = "no broker"
        answer = self.web.get("/readyz")
        self.assertEqual(answer.status, 200)
        self.assertFalse(answer.json()["checks"][1]["ok"])

    def test_a_leaving_daemon_is_not_ready(self) -> None:
        self.leaving = True
        self.assertEqual(self.web.get("/readyz").status, 503)

    def test_strangers_see_neither_names_nor_reasons(self) -> None:
        """OPS-148"""
        self.store.problem = "password of the database is wrong"
        stranger = WebClient(self.web.site, peer="203.0.113.5")
        answer = stranger.get("/readyz")
        self.assertEqual((answer.status, answer.json()), (503, {"ready": False}))

    def test_checks_are_asked_at_most_once_a_second(self) -> None:
        for _ in range(5):
            self.web.get("/readyz")
        self.assertEqual(self.store.asked, 1)
        self.clock.advance(1.1)
        self.web.get("/readyz")
        self.assertEqual(self.store.asked, 2)

    def test_a_part_that_hangs_is_not_waited_for(self) -> None:
        self.store.hangs = True
        exchange = self.web.start("GET", "/readyz")
        self.assertFalse(exchange.answered)
        self.clock.advance(SLOWEST)
        self.assertEqual(exchange.answer().status, 503)


class MetricsPage(SynchronousTestCase):
    def web(self, peer: str) -> WebClient:
        page = Metrics(InlineThreads(), token="s3cret")
        return WebClient(tree([Mount("/", "ops", [page], None)]), peer=peer)

    def test_listed_addresses_see_the_families_of_the_contract(self) -> None:
        """OPS-150"""
        answer = self.web("127.0.0.1").get("/metrics")
        self.assertEqual(answer.status, 200)
        for family in (
            "synnefod_reactor_delay_seconds",
            "synnefod_http_requests_total",
            "synnefod_store_transaction_seconds",
            "synnefod_outbox_pending",
            "process_cpu_seconds_total",
        ):
            self.assertIn(f"# TYPE {family.removesuffix('_total')}", answer.text)

    def test_others_need_the_token(self) -> None:
        """OPS-150"""
        web = self.web("203.0.113.5")
        self.assertEqual(web.get("/metrics").status, 403)
        self.assertEqual(web.get("/metrics", headers={"Authorization": "Bearer no"}).status, 403)
        good = web.get("/metrics", headers={"Authorization": "Bearer s3cret"})
        self.assertEqual(good.status, 200)

    def test_requests_are_counted_by_their_pattern(self) -> None:
        web = self.web("127.0.0.1")
        labels = {"service": "ops", "route": "/metrics", "method": "GET", "code": "200"}

        def count() -> float:
            return metrics.registry.get_sample_value("synnefod_http_requests_total", labels) or 0

        before = count()
        web.get("/metrics")
        self.assertEqual(count(), before + 1)


class Lag(SynchronousTestCase):
    def test_a_late_tick_is_observed(self) -> None:
        clock = Clock()
        sampler = metrics.LagSampler(clock)  # type: ignore[arg-type]

        def total() -> float:
            name = "synnefod_reactor_delay_seconds_sum"
            return metrics.registry.get_sample_value(name) or 0.0

        before = total()
        sampler.start()
        clock.advance(1.75)
        self.assertAlmostEqual(total() - before, 0.75)
        self.assertEqual(sampler.last_tick, 1.75)
        sampler.stop()
        self.assertEqual(clock.getDelayedCalls(), [])


class Echo:
    def __init__(self, name: str) -> None:
        self.name = name

    @route("GET", "/", auth=False)
    async def here(self, call: Call) -> dict[str, Any]:
        return {"name": self.name, "mount": call.mount, "raw": call.raw_path.decode()}

    @route("GET", "/<path:rest>", auth=False)
    async def below(self, call: Call, rest: str) -> dict[str, Any]:
        return {"name": self.name, "mount": call.mount, "raw": call.raw_path.decode()}


class Tree(SynchronousTestCase):
    def setUp(self) -> None:
        self.web = WebClient(
            tree(
                [
                    Mount("/a", "ops", [Echo("outer")], None),
                    Mount("/a/b/v2", "ops", [Echo("inner")], None, aliases=["/v2"]),
                ]
            )
        )

    def test_the_longest_prefix_wins(self) -> None:
        for path, name, mount, raw in (
            ("/a", "outer", "/a", ""),
            ("/a/", "outer", "/a", "/"),
            ("/a/x", "outer", "/a", "/x"),
            ("/a/b", "outer", "/a", "/b"),
            ("/a/b/x", "outer", "/a", "/b/x"),
            ("/a/b/v2", "inner", "/a/b/v2", ""),
            ("/a/b/v2/", "inner", "/a/b/v2", "/"),
            ("/a/b/v2/y%20z", "inner", "/a/b/v2", "/y%20z"),
            ("/v2/q", "inner", "/v2", "/q"),
        ):
            said = self.web.get(path).json()
            self.assertEqual((said["name"], said["mount"], said["raw"]), (name, mount, raw), path)

    def test_an_unknown_root_path_is_a_plain_404(self) -> None:
        for path in ("/", "/nothing", "/v2x/y", "/%FF"):
            answer = self.web.get(path)
            self.assertEqual(answer.status, 404)
            self.assertEqual(answer.json()["error"]["code"], 404)

    def test_two_mounts_cannot_have_one_path(self) -> None:
        mounts = [Mount("/a", "ops", [Echo("x")], None) for _ in range(2)]
        self.assertRaises(ValueError, tree, mounts)
