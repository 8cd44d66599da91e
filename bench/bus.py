"""Messages per second of wall and of this process's CPU, on the bus in memory and on RabbitMQ.

    SYNNEFOD_TEST_RABBITMQ=amqp://... python -m bench.bus [MESSAGES]

Prints one JSON line a figure. Bodies are 290 bytes, persistent; 1000 confirms outstanding, prefetch
200, one acknowledgement a message.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred, ensureDeferred

from synnefod.common.clockwork import gather
from synnefod.protocols.amqp.bus import Bus, Delivery, Queue, Topology
from synnefod.protocols.amqp.memory import MemoryBus
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker

BODY = b"x" * 290
QUEUE = "bench-bus"
OUTSTANDING = 1000
PREFETCH = 200


async def measure(bus: Bus, kind: str, count: int) -> None:
    await bus.declare(Topology(queues=(Queue(QUEUE),)))
    await bus.purge(QUEUE)

    async def publish() -> None:
        for done in range(0, count, OUTSTANDING):
            await gather(
                bus.publish("", QUEUE, BODY) for _ in range(min(OUTSTANDING, count - done))
            )

    async def consume() -> None:
        seen, end = 0, Deferred[None]()

        async def handle(_delivery: Delivery) -> None:
            nonlocal seen
            seen += 1
            if seen == count:
                end.callback(None)

        subscription = await bus.consume(QUEUE, handle, prefetch=PREFETCH)
        await end
        await subscription.stop()

    async def one_by_one() -> None:
        for _ in range(count // 10):
            await bus.publish("", QUEUE, BODY)

    await figure(f"bus.{kind}.publish_confirm", count, publish)
    await figure(f"bus.{kind}.consume_ack", count, consume)
    await figure(f"bus.{kind}.publish_one_at_a_time", count // 10, one_by_one)
    await bus.delete_queue(QUEUE)
    await bus.stop()


async def figure(name: str, count: int, work: Callable[[], Awaitable[object]]) -> None:
    wall, cpu = time.perf_counter(), _cpu()
    await work()
    wall, cpu = time.perf_counter() - wall, _cpu() - cpu
    line = {
        "name": name,
        "messages": count,
        "per_second": round(count / wall),
        "per_cpu_second": round(count / cpu),
        "seconds": round(wall, 3),
    }
    print(json.dumps(line), flush=True)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def run(reactor: Any, count: int) -> None:
    await measure(MemoryBus(reactor), "memory", count)
    url = os.environ.get("SYNNEFOD_TEST_RABBITMQ")
    if url:
        await measure(RabbitBus(reactor, [parse_broker(url)], name="bench"), "rabbitmq", count)
    else:
        print("SYNNEFOD_TEST_RABBITMQ is not set: RabbitMQ is left out", file=sys.stderr)


if __name__ == "__main__":
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    task.react(lambda reactor: ensureDeferred(run(reactor, messages)))
