"""A broker that is not there: exchanges, bindings and queues inside one process."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

from attrs import define, evolve, field, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.text import micros
from synnefod.protocols.amqp.bus import (
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_KEY,
    Delivery,
    Exchange,
    PublishRefused,
    Queue,
    Topology,
    TopologyConflict,
)


@lru_cache(4096)
def matches(pattern: str, key: str) -> bool:
    """Whether a topic pattern takes a routing key (`*` one word, `#` any number of words)."""
    return _match(tuple(pattern.split(".")), tuple(key.split(".") if key else ()))


def _match(pattern: tuple[str, ...], words: tuple[str, ...]) -> bool:
    reached = {0}  # how many words the pattern so far can have eaten
    for part in pattern:
        if part == "#":
            reached = set(range(min(reached), len(words) + 1)) if reached else set()
        else:
            reached = {n + 1 for n in reached if n < len(words) and part in ("*", words[n])}
    return len(words) in reached


@frozen
class Message:
    exchange: str
    key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, Any]
    message_id: str
    redelivered: bool = False

    def delivered(self, queue: str) -> Delivery:
        return Delivery(
            queue,
            self.exchange,
            self.key,
            self.body,
            self.headers,
            self.redelivered,
            self.message_id,
        )


class Served(Protocol):
    """A consumer, as its queue sees it."""

    def room(self) -> bool:
        """Whether it takes another message."""

    def take(self, message: Message) -> None: ...

    async def interrupted(self) -> None:
        """Its queue was deleted."""


@define(eq=False)
class Waiting:
    """A queue's messages and those who consume it, the next to be served first."""

    queue: Queue
    messages: deque[Message] = field(factory=deque)
    consumers: deque[Served] = field(factory=deque)
    pumping: bool = False


@define(eq=False)
class MemoryBroker:
    """Exchanges, bindings and queues that buses of one process share."""

    clock: IClock
    exchanges: dict[str, Exchange] = field(factory=dict)
    bindings: dict[tuple[str, str, str], None] = field(factory=dict)
    queues: dict[str, Waiting] = field(factory=dict)

    def declare(self, topology: Topology) -> None:
        """Raises TopologyConflict for the first part that differs; the rest is declared."""
        conflict: TopologyConflict | None = None
        for exchange in topology.exchanges:
            if self.exchanges.setdefault(exchange.name, exchange) != exchange:
                conflict = conflict or TopologyConflict(
                    f"The exchange '{exchange.name}' exists with other properties."
                )
        for queue in topology.queues:
            if self.queues.setdefault(queue.name, Waiting(queue)).queue != queue:
                conflict = conflict or TopologyConflict(
                    f"The queue '{queue.name}' exists with other properties."
                )
        for binding in topology.bindings:
            if binding.queue in self.queues and binding.exchange in self.exchanges:
                self.bindings[binding.exchange, binding.key, binding.queue] = None
            else:
                conflict = conflict or TopologyConflict("A binding names what does not exist.")
        if conflict is not None:
            raise conflict

    def route(self, message: Message) -> int:
        """Puts the message into every queue that takes it, once each; how many took it."""
        if not message.exchange:
            names = {message.key} & self.queues.keys()
        elif message.exchange not in self.exchanges:
            raise PublishRefused(f"There is no exchange '{message.exchange}'.")
        else:
            kind = self.exchanges[message.exchange].kind
            names = {
                queue
                for exchange, key, queue in self.bindings
                if exchange == message.exchange and _takes(kind, key, message.key)
            }
        for name in sorted(names):
            self.queues[name].messages.append(message)
            self.pump(name)
        return len(names)

    def pump(self, name: str) -> None:
        """Serves the queue's consumers on the next turn."""
        waiting = self.queues.get(name)
        if waiting is not None and not waiting.pumping:
            waiting.pumping = True
            self.clock.callLater(0, self._serve, waiting)

    def _serve(self, waiting: Waiting) -> None:
        waiting.pumping = False
        full = 0
        while waiting.messages and full < len(waiting.consumers):
            consumer = waiting.consumers[0]
            waiting.consumers.rotate(-1)
            if consumer.room():
                full = 0
                consumer.take(waiting.messages.popleft())
            else:
                full += 1

    def dead(self, queue: Queue, message: Message, reason: str) -> None:
        """Hands a rejected message to the queue's dead-letter exchange, if it names one."""
        exchange = queue.arguments.get(DEAD_LETTER_EXCHANGE)
        if exchange is None or (exchange and exchange not in self.exchanges):
            return
        key = queue.arguments.get(DEAD_LETTER_KEY, message.key)
        deaths = [dict(death) for death in message.headers.get("x-death", ())]
        for death in deaths:
            if (death["queue"], death["reason"]) == (queue.name, reason):
                deaths.remove(death)
                death["count"] += 1
                break
        else:
            death = {
                "count": 1,
                "reason": reason,
                "queue": queue.name,
                "time": micros(self.clock.seconds()) // 1_000_000,
                "exchange": message.exchange,
                "routing-keys": [message.key],
            }
        headers = {**message.headers, "x-death": [death, *deaths]}
        for name, value in (("queue", queue.name), ("exchange", message.exchange)):
            headers.setdefault(f"x-first-death-{name}", value)
        headers.setdefault("x-first-death-reason", reason)
        self.route(evolve(message, exchange=exchange, key=key, headers=headers, redelivered=False))


def _takes(kind: str, pattern: str, key: str) -> bool:
    if kind == "fanout":
        return True
    return pattern == key if kind == "direct" else matches(pattern, key)
