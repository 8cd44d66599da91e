"""synnefod.cluster.events, over the bus in memory."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.cluster.events import EventReader, queue_names, topology
from synnefod.cluster.interface import (
    ClusterEvent,
    Disk,
    JobEvent,
    JobStatus,
    NetworkEvent,
    Nic,
    ProgressEvent,
)
from synnefod.common.clockwork import sleep, within
from synnefod.common.errors import Malformed, Unavailable
from synnefod.protocols.amqp.memory import MemoryBroker, MemoryBus
from synnefod.protocols.eventd import decode, routing_key
from tests.contracts.bus import Collector
from tests.unit.protocols.test_eventd import changed, vector


class Topology(SynchronousTestCase):
    def test_it_is_the_known_one(self) -> None:
        """GNT-100, GNT-004."""
        made = topology("snf")
        self.assertEqual([(e.name, e.kind, e.durable) for e in made.exchanges],
                         [("ganeti", "topic", True), ("ganeti-dl", "topic", True)])  # fmt: skip
        self.assertEqual(
            {binding.queue: (binding.exchange, binding.key) for binding in made.bindings},
            {
                "snf-events-op": ("ganeti", "ganeti.snf.event.op"),
                "snf-events-network": ("ganeti", "ganeti.snf.event.network"),
                "snf-events-progress": ("ganeti", "ganeti.snf.event.progress"),
                "snf-events-cluster": ("ganeti", "ganeti.event.cluster"),
                "snf-events-op-dl": ("ganeti-dl", "ganeti.snf.event.op"),
                "snf-events-network-dl": ("ganeti-dl", "ganeti.snf.event.network"),
                "snf-events-progress-dl": ("ganeti-dl", "ganeti.snf.event.progress"),
                "snf-events-cluster-dl": ("ganeti-dl", "ganeti.event.cluster"),
            },
        )
        for queue in made.queues:
            self.assertTrue(queue.durable)
            self.assertEqual(
                queue.arguments.get("x-dead-letter-exchange"),
                None if queue.name.endswith("-dl") else "ganeti-dl",
            )
            self.assertEqual(queue.arguments["x-ha-policy"], "all")


class Reading(TestCase):
    timeout = 30

    async def setUp(self) -> None:
        self.broker = MemoryBroker(reactor)
        self.bus = MemoryBus(reactor, self.broker)
        self.got: list[Any] = []
        self.failures: list[Exception] = []
        self.waiter: Deferred[None] | None = None
        self.reader = EventReader(self.bus, self.sink, transient=(Unavailable, ConnectionError))
        await self.reader.start()

    async def tearDown(self) -> None:
        await self.reader.stop()
        await self.bus.stop()

    async def sink(self, event: Any) -> None:
        self.got.append(event)
        if self.failures:
            raise self.failures.pop(0)

    async def send(self, raw: bytes, key: str = "") -> None:
        await self.bus.publish("ganeti", key or routing_key(decode(raw)), raw, mandatory=True)

    async def got_all(self, count: int) -> list[Any]:
        async def wait() -> None:
            while len(self.got) < count:
                await sleep(reactor, 0.005)

        await within(reactor, 20, wait())
        return self.got

    async def dead(self, queue: str, count: int) -> list[Any]:
        collector = Collector()
        subscription = await self.bus.consume(f"{queue}-dl", collector)
        await collector.wait(count)
        await subscription.stop()
        return collector.got

    async def test_an_instance_message_becomes_a_job_event(self) -> None:
        """GNT-085."""
        await self.send(vector("set-params"))
        (event,) = await self.got_all(1)
        self.assertEqual(
            event,
            JobEvent(
                cluster="g1.example.org",
                instance="snf-55",
                job=8123,
                opcode="OP_INSTANCE_SET_PARAMS",
                status=JobStatus.SUCCESS,
                when=1767608000_123456,
                result=[["nic.0", "add:..."]],
                job_fields=json.loads(vector("set-params"))["job_fields"],
                nics=(
                    Nic("snf-nic-903", "aa:00:13:4f:02:9c", "10.7.0.9", "snf-net-412", "protected"),
                ),
                disks=(Disk("snf-vol-71", 20480, ".."),),
                hvparams={"boot_order": "disk", "cdrom_image_path": ""},
            ),
        )

    async def test_the_other_kinds_become_events(self) -> None:
        """GNT-135, GNT-136."""
        for name in ("network", "cluster", "progress"):
            await self.send(vector(name))
        await self.got_all(3)
        network, cluster, progress = sorted(self.got, key=lambda event: type(event).__name__)[
            1::-1
        ] + [event for event in self.got if isinstance(event, ProgressEvent)]
        assert isinstance(network, NetworkEvent) and isinstance(cluster, ClusterEvent)
        self.assertEqual((network.network, network.job), ("snf-net-412", 18))
        self.assertEqual((cluster.opcode, cluster.job), ("OP_CLUSTER_SET_PARAMS", 9))
        self.assertEqual((progress.instance, progress.body["progress"]), ("snf-55", 50.0))

    async def test_bad_messages_are_removed_and_not_dead_lettered(self) -> None:
        """GNT-102."""
        for raw in (b"", b"{}", b"not json", changed("set-params", event_time=None)):
            await self.send(raw, "ganeti.snf.event.op")
        await self.send(vector("set-params"))
        await self.got_all(1)
        await self.reader.stop()
        self.assertEqual(await self.bus.depth("snf-events-op"), 0)
        self.assertEqual(await self.bus.depth("snf-events-op-dl"), 0)

    async def test_a_message_in_the_wrong_queue_has_no_effect(self) -> None:
        """ganeti.md 22."""
        await self.send(vector("network"), "ganeti.snf.event.op")
        await self.send(vector("set-params"))
        await self.got_all(1)
        self.assertIsInstance(self.got[0], JobEvent)
        self.assertEqual(await self.bus.depth("snf-events-op-dl"), 0)

    async def test_an_unknown_status_is_dead_lettered(self) -> None:
        """GNT-108."""
        await self.send(changed("set-params", status="done"), "ganeti.snf.event.op")
        (delivery,) = await self.dead("snf-events-op", 1)
        self.assertIn(b'"done"', delivery.body)
        self.assertEqual(self.got, [])

    async def test_a_failing_listener_dead_letters_whatever_it_raises(self) -> None:
        """GNT-103, GNT-104: its ValueError, KeyError or Malformed is not bad JSON."""
        self.failures = [ValueError("v"), KeyError("k"), Malformed("m")]
        for _ in range(3):
            await self.send(vector("set-params"))
        self.assertEqual(len(await self.dead("snf-events-op", 3)), 3)
        self.assertEqual(len(self.flushLoggedErrors(ValueError, KeyError, Malformed)), 3)

    async def test_a_transient_failure_is_tried_again(self) -> None:
        """GNT-104."""
        self.failures = [Unavailable("database"), ConnectionError()]
        await self.send(vector("set-params"))
        await self.got_all(3)
        await self.reader.stop()
        self.assertEqual(await self.bus.depth("snf-events-op"), 0)
        self.assertEqual(await self.bus.depth("snf-events-op-dl"), 0)

    async def test_a_message_is_acknowledged_after_the_listener_returned(self) -> None:
        """GNT-101: what was not handled is there for the next reader."""
        await self.reader.stop()
        gate: Deferred[None] = Deferred()
        begun = Deferred()

        async def stuck(event: Any) -> None:
            begun.callback(None)
            await gate
            raise Unavailable("stopped in the middle")

        reader = EventReader(self.bus, stuck)
        await reader.start()
        await self.send(vector("set-params"))
        await begun
        self.assertEqual(await self.bus.depth("snf-events-op"), 0)
        other = MemoryBus(reactor, self.broker)
        stopping = reader.stop()
        reactor.callLater(0, gate.callback, None)
        await stopping
        self.assertEqual(await other.depth("snf-events-op"), 1)

    async def test_queues_and_dead_letters_are_counted(self) -> None:
        await self.send(changed("set-params", status="done"), "ganeti.snf.event.op")
        await self.dead_is(1)
        depths = await self.reader.measure()
        self.assertEqual(depths["snf-events-op-dl"], 1)
        self.assertEqual(sum(depths.values()), 1)

    async def dead_is(self, count: int) -> None:
        while await self.bus.depth("snf-events-op-dl") < count:
            await sleep(reactor, 0.005)

    async def test_each_kind_has_its_queue(self) -> None:
        self.assertEqual(
            queue_names("snf"),
            ("snf-events-op", "snf-events-network", "snf-events-progress", "snf-events-cluster"),
        )
