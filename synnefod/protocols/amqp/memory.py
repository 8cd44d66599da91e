"""The bus inside one process: the same promises as `rabbit`, without a broker and without a disk.

`MemoryBroker` holds exchanges and queues; each `MemoryBus` is one client of it. Handlers run on a
later turn of the reactor, never inside `publish`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from attrs import define, evolve, field, frozen
from twisted.internet.defer import Deferred

from synnefod.common.clockwork import BackOff, IClock, sleep, start
from synnefod.common.errors import Unavailable
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros
from synnefod.protocols.amqp.bus import (
    DEAD_LETTER_EXCHANGE,
    DEAD_LETTER_KEY,
    BusUnavailable,
    Delivery,
    Exchange,
    Handler,
    NoSuchQueue,
    PublishRefused,
    Queue,
    Topology,
    TopologyConflict,
    Unroutable,
)
from synnefod.protocols.amqp.codec import encode_table
from synnefod.protocols.amqp.inbox import Inbox, Item


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
class _Message:
    exchange: str
    key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, Any]
    message_id: str
    redelivered: bool = False


@define(eq=False)
class _Waiting:
    """A queue's messages and those who consume it, the next to be served first."""

    queue: Queue
    messages: deque[_Message] = field(factory=deque)
    consumers: deque[MemoryConsumer] = field(factory=deque)
    pumping: bool = False


@define(eq=False)
class MemoryBroker:
    """Exchanges, bindings and queues that buses of one process share."""

    clock: IClock
    exchanges: dict[str, Exchange] = field(factory=dict)
    bindings: dict[tuple[str, str, str], None] = field(factory=dict)
    queues: dict[str, _Waiting] = field(factory=dict)

    def declare(self, topology: Topology) -> None:
        """Raises TopologyConflict for the first part that differs; the rest is declared."""
        conflict: TopologyConflict | None = None
        for exchange in topology.exchanges:
            if self.exchanges.setdefault(exchange.name, exchange) != exchange:
                conflict = conflict or TopologyConflict(
                    f"The exchange '{exchange.name}' exists with other properties."
                )
        for queue in topology.queues:
            if self.queues.setdefault(queue.name, _Waiting(queue)).queue != queue:
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

    def route(self, message: _Message) -> int:
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

    def _serve(self, waiting: _Waiting) -> None:
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

    def dead(self, queue: Queue, message: _Message, reason: str) -> None:
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


@define(eq=False)
class MemoryConsumer:
    """See `bus.Subscription`."""

    bus: MemoryBus
    name: str
    prefetch: int
    inbox: Inbox
    _out: dict[int, _Message] = field(factory=dict)
    _serial: int = 0
    _stopping: Deferred[object] | None = None
    _pause: Deferred[None] | None = None
    _pauses: BackOff = field(factory=lambda: BackOff(first=0.1, most=10.0))

    def attach(self) -> None:
        waiting = self.bus.broker.queues.get(self.name)
        if waiting is None:
            raise NoSuchQueue(f"The broker has no queue '{self.name}'.")
        waiting.consumers.append(self)
        self._pauses.reset()
        self.bus.broker.pump(self.name)

    def room(self) -> bool:
        return not self.prefetch or len(self._out) < self.prefetch

    def take(self, message: _Message) -> None:
        self._serial += 1
        serial = self._serial
        self._out[serial] = message
        delivery = Delivery(
            self.name,
            message.exchange,
            message.key,
            message.body,
            message.headers,
            message.redelivered,
            message.message_id,
        )
        self.inbox.put(
            Item(delivery, lambda: serial in self._out, lambda good: self._settle(serial, good))
        )

    def _settle(self, serial: int, good: bool) -> None:
        message = self._out.pop(serial)
        waiting = self.bus.broker.queues.get(self.name)
        if waiting is not None:
            if not good:
                self.bus.broker.dead(waiting.queue, message, "rejected")
            self.bus.broker.pump(self.name)

    async def interrupted(self) -> None:
        """The queue was deleted: what was out is gone with it; consumes again when it is back."""
        self._out.clear()
        while self._stopping is None:
            self._pause = sleep(self.bus.clock, self._pauses.next())
            try:
                await self._pause
            finally:
                self._pause = None
            self.bus.declare_again()
            try:
                self.attach()
                return
            except NoSuchQueue:
                continue

    async def stop(self) -> None:
        if self._stopping is None:
            self._stopping = start(self._stop(), "stopping a consumer")
        ended: Deferred[None] = Deferred()
        self._stopping.addBoth(lambda _: ended.callback(None))
        await ended

    async def _stop(self) -> None:
        if self._pause is not None:
            self._pause.cancel()
        waiting = self.bus.broker.queues.get(self.name)
        if waiting is not None and self in waiting.consumers:
            waiting.consumers.remove(self)
        await self.inbox.stop()
        back = [evolve(message, redelivered=True) for message in self._out.values()]
        self._out.clear()
        waiting = self.bus.broker.queues.get(self.name)
        if waiting is not None:
            waiting.messages.extendleft(reversed(back))
            self.bus.broker.pump(self.name)
        if self in self.bus.consumers:
            self.bus.consumers.remove(self)


class MemoryBus:
    """See `bus.Bus`. Buses that share a `broker` reach each other; without one it has its own."""

    def __init__(self, clock: IClock, broker: MemoryBroker | None = None) -> None:
        self.clock = clock
        self.broker = broker if broker is not None else MemoryBroker(clock)
        self.consumers: list[MemoryConsumer] = []
        self._topologies: list[Topology] = []
        self._stopped = False

    @property
    def connected(self) -> bool:
        return not self._stopped

    async def ready(self) -> None:
        self._check("connecting to the bus")

    async def declare(self, topology: Topology) -> None:
        self._check("declaring queues")
        self.broker.declare(topology)
        if topology not in self._topologies:
            self._topologies.append(topology)

    def declare_again(self) -> None:
        for topology in self._topologies:
            try:
                self.broker.declare(topology)
            except TopologyConflict:
                continue

    async def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        headers: Mapping[str, Any] | None = None,
        *,
        persistent: bool = True,
        mandatory: bool = False,
        message_id: str = "",
    ) -> None:
        self._check("publishing a message")
        if len(exchange.encode()) > 255 or len(key.encode()) > 255:
            raise PublishRefused("An exchange's name or a routing key is longer than 255 bytes.")
        headers = dict(headers or {})
        try:
            encode_table(headers)
        except ValueError as error:
            raise PublishRefused(f"The message cannot be sent: {error}") from None
        message = _Message(exchange, key, bytes(body), headers, message_id)
        if not self.broker.route(message) and mandatory:
            raise Unroutable(
                f"No queue takes messages of the key '{key}' on the exchange '{exchange}'."
            )

    async def consume(
        self,
        queue: str,
        handler: Handler,
        *,
        prefetch: int = 5,
        transient: tuple[type[Exception], ...] = (Unavailable,),
        tries: int = 12,
    ) -> MemoryConsumer:
        self._check("consuming messages")
        inbox = Inbox(self.clock, handler, transient, tries)
        consumer = MemoryConsumer(self, queue, prefetch, inbox)
        consumer.attach()
        self.consumers.append(consumer)
        return consumer

    async def depth(self, queue: str) -> int:
        return len(self._queue(queue).messages)

    async def purge(self, queue: str) -> int:
        messages = self._queue(queue).messages
        count = len(messages)
        messages.clear()
        return count

    async def delete_queue(self, queue: str) -> None:
        self._check("asking the message broker")
        waiting = self.broker.queues.pop(queue, None)
        for binding in [b for b in self.broker.bindings if b[2] == queue]:
            del self.broker.bindings[binding]
        if waiting is not None:
            for consumer in waiting.consumers:
                start(consumer.interrupted(), f"consuming {queue} again")

    async def delete_exchange(self, exchange: str) -> None:
        self._check("asking the message broker")
        self.broker.exchanges.pop(exchange, None)
        for binding in [b for b in self.broker.bindings if b[0] == exchange]:
            del self.broker.bindings[binding]

    async def stop(self) -> None:
        self._stopped = True
        for consumer in list(self.consumers):
            await consumer.stop()

    def _queue(self, name: str) -> _Waiting:
        self._check("asking the message broker")
        waiting = self.broker.queues.get(name)
        if waiting is None:
            raise NoSuchQueue(f"The broker has no queue '{name}'.")
        return waiting

    def _check(self, what: str) -> None:
        refuse_inside(what)
        if self._stopped:
            raise BusUnavailable("The message bus is stopped.")
