"""One consumer on a link: its channel, its prefetch, and the way back after any interruption."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from synnefod.common.clockwork import BackOff, IClock, shield, sleep, start
from synnefod.protocols.amqp.bus import BusUnavailable, Delivery, NoSuchQueue
from synnefod.protocols.amqp.inbox import Inbox, Item
from synnefod.protocols.amqp.wire import ChannelClosed, Connection

log = Logger()


@define(eq=False)
class Consumer:
    """`prepare(connection)` declares the topologies anew; `heard()` is told of each delivery."""

    clock: IClock
    queue: str
    prefetch: int
    inbox: Inbox
    prepare: Callable[[Connection], Awaitable[object]]
    heard: Callable[[], object]
    forget: Callable[[Consumer], object]
    _connection: Connection | None = field(default=None, init=False)
    _channel: Any = field(default=None, init=False)
    _tag: str = field(default="", init=False)
    _counted: Any = field(default=None, init=False)
    _out: deque[int] = field(factory=deque, init=False)
    _good: set[int] = field(factory=set, init=False)
    _again: bool = field(default=False, init=False)
    _pause: Deferred[None] | None = field(default=None, init=False)
    _pauses: BackOff = field(factory=lambda: BackOff(first=0.1, most=10.0), init=False)
    _stopping: Deferred[None] | None = field(default=None, init=False)

    async def attach(self, connection: Connection) -> None:
        """Begins to consume. Raises NoSuchQueue, BusUnavailable."""
        self._connection = connection
        channel = await connection.channel()
        channel.on_deliver = lambda message: self._delivered(channel, message)
        channel.on_cancel = lambda _: self._interrupted(channel, "the queue was deleted")
        try:
            await channel.basic_qos(0, self.prefetch, False)
            answer = await channel.basic_consume(queue=self.queue)
        except ChannelClosed as error:
            raise NoSuchQueue(f"The queue '{self.queue}' cannot be consumed: {error}") from None
        self._tag, self._channel = answer.consumer_tag, channel
        channel.on_closed = lambda reason: self._interrupted(channel, str(reason))
        self._pauses.reset()

    async def attach_or_retry(self, connection: Connection) -> None:
        """As `attach`; without its queue it tries again later instead of raising."""
        try:
            await self.attach(connection)
        except NoSuchQueue as error:
            self._later(connection, error.message)

    def _delivered(self, channel: Any, message: Any) -> None:
        self.heard()
        tag = message.delivery_tag
        delivery = delivery_of(self.queue, message)

        def settle(good: bool) -> None:
            if good:
                self._good.add(tag)
                if len(self._good) == 1:
                    self.clock.callLater(0, self._acknowledge, channel)
            else:
                self._out.remove(tag)
                _sent(channel.basic_reject(tag, False))

        if channel is not self._counted:
            self._counted = channel
            self._out.clear()
            self._good.clear()
        self._out.append(tag)
        self.inbox.put(Item(delivery, lambda: not channel.closed, settle))

    def _acknowledge(self, channel: Any) -> None:
        """What was settled in this turn, with one frame as far as nothing before is outstanding."""
        if channel is not self._counted or channel.closed:
            return
        last = 0
        while self._out and self._out[0] in self._good:
            last = self._out.popleft()
            self._good.discard(last)
        if last:
            _sent(channel.basic_ack(last, True))
        for tag in sorted(self._good):
            self._out.remove(tag)
            _sent(channel.basic_ack(tag, False))
        self._good.clear()

    def _interrupted(self, channel: Any, reason: str) -> None:
        """The broker ended the consumer or its channel; the connection may still be there."""
        if channel is not self._channel or self._connection is None:
            return
        self._channel = None
        connection = self._connection
        if not channel.closed:
            start(connection.close_channel(channel), "closing a consumer's channel")
        self._later(connection, reason)

    def _later(self, connection: Connection, reason: str) -> None:
        if self._stopping is None and not self._again:
            log.warn("consuming {queue} ended: {reason}", queue=self.queue, reason=reason)
            self._again = True
            start(self._retry(connection), f"consuming {self.queue} again")

    async def _retry(self, connection: Connection) -> None:
        self._pause = sleep(self.clock, self._pauses.next())
        try:
            await self._pause
            if self._stopping is not None or connection is not self._connection:
                return
            await self.prepare(connection)
        except BusUnavailable:
            return  # the link attaches us to its next connection
        finally:
            self._again, self._pause = False, None
        try:
            await self.attach_or_retry(connection)
        except BusUnavailable:
            return

    def down(self) -> None:
        self._connection = self._channel = None

    async def stop(self) -> None:
        """See `Subscription.stop`."""
        if self._stopping is None:
            self._stopping = shield(self._stop())
        ended: Deferred[None] = Deferred()
        self._stopping.addCallback(lambda _: ended.callback(None))
        await ended

    async def _stop(self) -> None:
        self.forget(self)
        self.inbox.halt()
        if self._pause is not None:
            self._pause.cancel()
        channel, connection = self._channel, self._connection
        if channel is not None:
            try:
                await channel.basic_cancel(self._tag)
            except (BusUnavailable, ChannelClosed):
                channel = None
        await self.inbox.stop()
        if channel is not None:
            self._acknowledge(channel)
        self._channel = None
        if channel is not None and connection is not None:
            with suppress(BusUnavailable, ChannelClosed):
                await connection.close_channel(channel)


def _sent(done: Deferred[Any]) -> None:
    done.addErrback(lambda _: None)  # the channel ended meanwhile: the message comes again


def delivery_of(queue: str, message: Any) -> Delivery:
    """What a broker's `deliver` or `get-ok` says of a message."""
    properties = message.content.properties
    return Delivery(
        queue=queue,
        exchange=message.exchange,
        key=message.routing_key,
        body=message.content.body,
        headers=properties.get("headers") or {},
        redelivered=message.redelivered,
        message_id=properties.get("message-id", ""),
    )
