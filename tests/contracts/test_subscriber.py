"""The example of another program that listens to the broker (docs/subscribing.md)."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather, within
from synnefod.protocols.amqp.bus import Binding, Exchange, Queue, Topology
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker
from synnefod.protocols.eventd import OpStatus, Progress, encode, routing_key
from tests.contracts.test_bus_rabbitmq import URL
from tests.contracts.test_bus_rabbitmq_death import FOLDER
from tests.harness import rabbitmq
from tests.harness.daemon import ROOT

WHEN = 1_800_000_000_000_001


class Subscribing(TestCase):
    timeout = 240
    if not URL:
        skip = "there is no broker"

    async def setUp(self) -> None:
        self.bus = RabbitBus(reactor, [parse_broker(URL)], name="example")
        self.addCleanup(self.bus.stop)
        self.exchange = f"example-{uuid.uuid4().hex[:8]}"
        self.queue = f"{self.exchange}-op"
        binding = Binding(self.exchange, "ganeti.snf.event.op", self.queue)
        topology = Topology((Exchange(self.exchange),), (Queue(self.queue),), (binding,))
        await self.bus.declare(topology)
        self.addCleanup(self.sweep)
        example = subprocess.Popen(
            [sys.executable, ROOT / "docs" / "subscriber.py", URL, self.exchange, "snf", self.own],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ},
        )
        assert example.stdout is not None and example.stderr is not None
        self.said = example.stdout
        self.addCleanup(example.stderr.close)
        self.addCleanup(example.stdout.close)
        self.addCleanup(example.wait)
        self.addCleanup(example.kill)
        self.assertEqual(await self.line(), "listening")

    @property
    def own(self) -> str:
        """The example's queue."""
        return f"{self.exchange}-example"

    async def sweep(self) -> None:
        await self.bus.delete_queue(self.queue)
        await self.bus.delete_queue(self.own)
        await self.bus.delete_exchange(self.exchange)

    async def line(self) -> str:
        raw: bytes = await deferToThread(self.said.readline)
        return raw.decode().strip()

    async def tell(self, message: OpStatus | Progress) -> None:
        await self.bus.publish(self.exchange, routing_key(message), encode(message))

    async def test_the_example_hears_what_the_daemon_hears(self) -> None:
        """In words, and the daemon's own queues keep their copies."""
        for message in (
            OpStatus("c1", "snf-7", 5, "OP_INSTANCE_STARTUP", "success", WHEN),
            Progress("image-copy-progress", "snf-8", WHEN, {"progress": 41.5}),
        ):
            await self.tell(message)
        lines = [await self.line() for _ in range(2)]
        self.assertEqual(
            sorted(line.split(maxsplit=1)[1].strip() for line in lines),
            ["c1 snf-7 OP_INSTANCE_STARTUP success", "snf-8 image-copy-progress 41.5 %"],
        )
        self.assertEqual(await self.bus.depth(self.queue), 1)

    async def test_the_example_misses_nothing_when_the_broker_is_killed(self) -> None:
        """Each change of state reaches it once or more, whenever the broker dies (GNT-091)."""
        if not FOLDER:
            self.skipTest("SYNNEFOD_TEST_RABBITMQ_DIR is not set")
        count = 400

        def event(number: int) -> OpStatus:
            return OpStatus("c1", f"snf-{number}", number, "OP_INSTANCE_STARTUP", "success", WHEN)

        await gather(self.tell(event(number)) for number in range(1, 101))
        work = ensureDeferred(gather(self.tell(event(each)) for each in range(101, count + 1)))
        await self.line()
        rabbitmq.kill(Path(FOLDER))
        await deferToThread(rabbitmq.restart, Path(FOLDER))
        await within(reactor, 120, work)
        missing = {f"snf-{number}" for number in range(2, count + 1)}
        while missing:
            words = (await self.line()).split()
            if len(words) > 2:
                missing.discard(words[2])
