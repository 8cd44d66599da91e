"""The bus inside one process: the same promises as `rabbit`, without a broker and without a disk.

`MemoryBroker` holds exchanges and queues; each `MemoryBus` is one client of it. Handlers run on a
later turn of the reactor, never inside `publish`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import define, evolve, field
from twisted.internet.defer import Deferred

from synnefod.common.clockwork import BackOff, IClock, sleep, start
from synnefod.common.errors import Unavailable
from synnefod.common.outside import refuse_inside
from synnefod.protocols.amqp.bus import (
    BusUnavailable,
    Delivery,
    Handler,
    NoSuchQueue,
    PublishRefused,
    Topology,
    TopologyConflict,
    Unroutable,
)
from synnefod.protocols.amqp.codec import encode_table
from synnefod.protocols.amqp.inbox import Inbox, Item
from synnefod.protocols.amqp.memory_broker import MemoryBroker, Message, Waiting

__all__ = ["MemoryBroker", "MemoryBus"]


@define(eq=False)
class MemoryConsumer:
    """See `bus.Subscription`."""

    bus: MemoryBus
    name: str
    prefetch: int
    inbox: Inbox
    _out: dict[int, Message] = field(factory=dict)
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

    def take(self, message: Message) -> None:
        self._serial += 1
        serial = self._serial
        self._out[serial] = message
        self.inbox.put(
            Item(
                message.delivered(self.name),
                lambda: serial in self._out,
                lambda good: self._settle(serial, good),
            )
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


@define(eq=False)
class MemoryHand:
    """See `bus.Handful`."""

    broker: MemoryBroker
    queue: str
    taken: list[Message]
    _gone: set[int] = field(factory=set)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        return tuple(message.delivered(self.queue) for message in self.taken)

    async def drop(self, number: int) -> None:
        self._gone.add(number)

    async def put_back(self) -> None:
        back = [m for number, m in enumerate(self.taken) if number not in self._gone]
        self._gone.update(range(len(self.taken)))
        waiting = self.broker.queues.get(self.queue)
        if waiting is not None:
            waiting.messages.extendleft(evolve(m, redelivered=True) for m in reversed(back))
            self.broker.pump(self.queue)


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
        message = Message(exchange, key, bytes(body), headers, message_id)
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
        at_once: int = 1,
    ) -> MemoryConsumer:
        self._check("consuming messages")
        inbox = Inbox(self.clock, handler, transient, tries, at_once)
        consumer = MemoryConsumer(self, queue, prefetch, inbox)
        consumer.attach()
        self.consumers.append(consumer)
        return consumer

    async def depth(self, queue: str) -> int:
        return len(self._queue(queue).messages)

    async def take(self, queue: str, most: int) -> MemoryHand:
        messages = self._queue(queue).messages
        taken = [messages.popleft() for _ in range(min(most, len(messages)))]
        return MemoryHand(self.broker, queue, taken)

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

    def _queue(self, name: str) -> Waiting:
        self._check("asking the message broker")
        waiting = self.broker.queues.get(name)
        if waiting is None:
            raise NoSuchQueue(f"The broker has no queue '{name}'.")
        return waiting

    def _check(self, what: str) -> None:
        refuse_inside(what)
        if self._stopped:
            raise BusUnavailable("The message bus is stopped.")
