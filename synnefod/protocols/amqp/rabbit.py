"""The bus over a RabbitMQ broker (AMQP 0-9-1).

Two connections: one publishes, one consumes. A broker short of memory or disk stops reading from
whoever publishes; acknowledgements must not be stuck behind that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.logger import Logger

from synnefod.common.clockwork import Every, TimedOut, within
from synnefod.common.errors import Malformed, Unavailable
from synnefod.common.outside import refuse_inside
from synnefod.protocols.amqp.bus import (
    AccessRefused,
    BusUnavailable,
    Handler,
    NoSuchQueue,
    PublishRefused,
    Topology,
    TopologyConflict,
)
from synnefod.protocols.amqp.consumer import Consumer
from synnefod.protocols.amqp.hand import Hand, take
from synnefod.protocols.amqp.inbox import Inbox
from synnefod.protocols.amqp.link import Link, endpoint
from synnefod.protocols.amqp.publisher import Publisher
from synnefod.protocols.amqp.url import Broker
from synnefod.protocols.amqp.wire import ChannelClosed, Connection

log = Logger()
T = TypeVar("T")
_ACCESS_REFUSED, _NOT_FOUND = 403, 404
LIMIT = 10_000
IDLE_SECONDS = 600.0
DRAIN_SECONDS = 10.0


class RabbitBus:
    """See `bus.Bus`. Connects at the first use.

    `limit`: messages that may wait for confirms. `idle`: seconds without any delivery after which
    the consuming connection moves to another broker, if there is another (GNT-109).
    """

    def __init__(
        self,
        reactor: Any,
        brokers: Sequence[Broker],
        *,
        name: str = "synnefod",
        limit: int = LIMIT,
        idle: float = IDLE_SECONDS,
        way: Callable[[Any, Broker], IStreamClientEndpoint] = endpoint,
    ) -> None:
        if not brokers:
            raise Malformed("No message broker is named.")
        self._reactor = reactor
        self._idle = idle
        self._publisher = Publisher(limit)
        self._topologies: list[Topology] = []
        self._consumers: list[Consumer] = []
        self._stopped = False
        self._heard = reactor.seconds()
        self._publishing = Link(
            reactor, brokers, f"{name} publishes", self._publisher_up, self._publisher.down, way
        )
        self._consuming = Link(
            reactor, brokers, f"{name} consumes", self._consumers_up, self._consumers_down, way
        )
        self._watch = Every(reactor, max(idle / 10, 0.1), self._check_idle, "bus watch")
        self._watching = False

    @property
    def connected(self) -> bool:
        return self._consuming.connection is not None or self._publishing.connection is not None

    @property
    def waiting(self) -> int:
        """How many published messages are not confirmed yet."""
        return len(self._publisher)

    async def ready(self) -> None:
        await self._consuming.ready(patient=False)

    async def declare(self, topology: Topology) -> None:
        await self._ask(lambda connection: _declare(connection, topology))
        if topology not in self._topologies:
            self._topologies.append(topology)

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
        refuse_inside("publishing a message")
        if self._stopped:
            raise BusUnavailable("The message bus is stopped.")
        if len(exchange.encode()) > 255 or len(key.encode()) > 255:
            raise PublishRefused("An exchange's name or a routing key is longer than 255 bytes.")
        self._publishing.begin()
        await self._publisher.publish(
            exchange, key, body, headers, persistent, mandatory, message_id
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
    ) -> Consumer:
        refuse_inside("consuming messages")
        inbox = Inbox(self._reactor, handler, transient, tries, at_once)
        consumer = Consumer(
            self._reactor,
            queue,
            prefetch,
            inbox,
            self._prepare,
            self._note,
            self._forget,
        )
        await self._ask(consumer.attach)
        self._consumers.append(consumer)
        if not self._watching:
            self._watching = True
            self._note()
            self._watch.begin()
        return consumer

    async def depth(self, queue: str) -> int:
        answer = await self._command(queue, "queue_declare", queue=queue, passive=True)
        return int(answer.message_count)

    async def take(self, queue: str, most: int) -> Hand:
        return await self._ask(lambda connection: take(connection, queue, most))

    async def purge(self, queue: str) -> int:
        answer = await self._command(queue, "queue_purge", queue=queue)
        return int(answer.message_count)

    async def delete_queue(self, queue: str) -> None:
        await self._command(queue, "queue_delete", queue=queue)

    async def delete_exchange(self, exchange: str) -> None:
        await self._command(exchange, "exchange_delete", exchange=exchange)

    async def stop(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        if self._watching:
            await self._watch.stop()
        for consumer in list(self._consumers):
            await consumer.stop()
        if len(self._publisher) and self._publishing.connection is not None:
            try:
                await within(self._reactor, DRAIN_SECONDS, self._publisher.idle())
            except TimedOut:
                log.warn("{count} messages stay unconfirmed", count=len(self._publisher))
        self._publisher.fail(BusUnavailable("The message bus is stopped."))
        await self._consuming.stop()
        await self._publishing.stop()

    # connections come and go

    async def _publisher_up(self, connection: Connection) -> None:
        await self._prepare(connection)
        await self._publisher.up(connection)

    async def _consumers_up(self, connection: Connection) -> None:
        self._note()
        await self._prepare(connection)
        for consumer in list(self._consumers):
            await consumer.attach_or_retry(connection)

    def _consumers_down(self) -> None:
        for consumer in self._consumers:
            consumer.down()

    async def _prepare(self, connection: Connection) -> None:
        """Declares again what was declared before; a conflict is logged."""
        for topology in self._topologies:
            try:
                await _declare(connection, topology)
            except (TopologyConflict, AccessRefused) as error:
                log.error("the bus cannot be declared again: {reason}", reason=error.message)

    def _note(self) -> None:
        self._heard = self._reactor.seconds()

    def _forget(self, consumer: Consumer) -> None:
        if consumer in self._consumers:
            self._consumers.remove(consumer)

    async def _check_idle(self) -> None:
        silent = self._reactor.seconds() - self._heard
        if self._consumers and len(self._consuming.brokers) > 1 and silent >= self._idle:
            self._note()
            self._consuming.reconnect(f"no message for {silent:.0f} s")

    async def _ask(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work` on the consuming connection, again if that breaks in the middle."""
        refuse_inside("asking the message broker")
        while True:
            connection = await self._consuming.ready(patient=True)
            try:
                return await work(connection)
            except AccessRefused:
                raise
            except BusUnavailable:
                if self._stopped:
                    raise

    async def _command(self, name: str, method: str, **arguments: Any) -> Any:
        async def run(connection: Connection) -> Any:
            channel = await connection.channel()
            try:
                answer = await getattr(channel, method)(**arguments)
            except ChannelClosed as error:
                if error.code == _NOT_FOUND:
                    raise NoSuchQueue(f"The broker has no queue '{name}'.") from None
                raise AccessRefused(f"The broker refuses: {error}") from None
            await connection.close_channel(channel)
            return answer

        return await self._ask(run)


async def _declare(connection: Connection, topology: Topology) -> None:
    """Declares all of it, also what follows a refused part; then raises the first refusal."""
    steps: list[tuple[str, dict[str, Any]]] = [
        ("exchange_declare", {"exchange": e.name, "type": e.kind, "durable": e.durable})
        for e in topology.exchanges
    ]
    steps += [
        ("queue_declare", {"queue": q.name, "durable": q.durable, "arguments": dict(q.arguments)})
        for q in topology.queues
    ]
    steps += [
        ("queue_bind", {"queue": b.queue, "exchange": b.exchange, "routing_key": b.key})
        for b in topology.bindings
    ]
    channel = await connection.channel()
    refusal: Exception | None = None
    for method, arguments in steps:
        try:
            await getattr(channel, method)(**arguments)
        except ChannelClosed as error:
            kind = AccessRefused if error.code == _ACCESS_REFUSED else TopologyConflict
            refusal = refusal or kind(f"The message broker refuses a declaration: {error}")
            channel = await connection.channel()
    await connection.close_channel(channel)
    if refusal is not None:
        raise refusal
