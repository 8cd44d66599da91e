"""The example of another program that listens to the broker (docs/subscribing.md)."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

from twisted.internet import reactor
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from synnefod.protocols.amqp.bus import Binding, Exchange, Queue, Topology
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker
from synnefod.protocols.eventd import OpStatus, Progress, encode, routing_key
from tests.contracts.test_bus_rabbitmq import URL
from tests.harness.daemon import ROOT

WHEN = 1_800_000_000_000_001


class Subscribing(TestCase):
    timeout = 120
    if not URL:
        skip = "there is no broker"

    async def test_the_example_hears_what_the_daemon_hears(self) -> None:
        """In words, and the daemon's own queues keep their copies."""
        bus = RabbitBus(reactor, [parse_broker(URL)], name="example")
        self.addCleanup(bus.stop)
        exchange = f"example-{uuid.uuid4().hex[:8]}"
        queue = f"{exchange}-op"
        binding = Binding(exchange, "ganeti.snf.event.op", queue)
        await bus.declare(Topology((Exchange(exchange),), (Queue(queue),), (binding,)))
        example = subprocess.Popen(
            [sys.executable, ROOT / "docs" / "subscriber.py", URL, exchange, "snf"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ},
        )
        assert example.stdout is not None and example.stderr is not None
        self.addCleanup(example.stderr.close)
        self.addCleanup(example.stdout.close)
        self.addCleanup(example.wait)
        self.addCleanup(example.kill)
        self.assertEqual(await deferToThread(example.stdout.readline), b"listening\n")
        for message in (
            OpStatus("c1", "snf-7", 5, "OP_INSTANCE_STARTUP", "success", WHEN),
            Progress("image-copy-progress", "snf-8", WHEN, {"progress": 41.5}),
        ):
            await bus.publish(exchange, routing_key(message), encode(message))
        lines = [await deferToThread(example.stdout.readline) for _ in range(2)]
        self.assertEqual(
            sorted(line.decode().split(maxsplit=1)[1].strip() for line in lines),
            ["c1 snf-7 OP_INSTANCE_STARTUP success", "snf-8 image-copy-progress 41.5 %"],
        )
        self.assertEqual(await bus.depth(queue), 1)
        await bus.delete_queue(queue)
        await bus.delete_exchange(exchange)
