"""Messages taken one by one from a broker's queue, to be looked at."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from attrs import define, field

from synnefod.protocols.amqp.bus import BusUnavailable, Delivery, NoSuchQueue
from synnefod.protocols.amqp.consumer import delivery_of
from synnefod.protocols.amqp.wire import ChannelClosed, Connection


@define(eq=False)
class Hand:
    """See `bus.Handful`. Its channel holds the messages: they go back when it is closed."""

    connection: Connection
    channel: Any
    deliveries: tuple[Delivery, ...] = ()
    _tags: list[int] = field(factory=list)

    def put(self, queue: str, message: Any) -> None:
        self.deliveries = (*self.deliveries, delivery_of(queue, message))
        self._tags.append(message.delivery_tag)

    async def drop(self, number: int) -> None:
        await self.channel.basic_ack(self._tags[number], False)

    async def put_back(self) -> None:
        with suppress(BusUnavailable, ChannelClosed):
            await self.connection.close_channel(self.channel)


async def take(connection: Connection, queue: str, most: int) -> Hand:
    """At most `most` messages of the queue. Raises NoSuchQueue, BusUnavailable."""
    hand = Hand(connection, await connection.channel())
    try:
        for _ in range(most):
            answer = await hand.channel.basic_get(queue=queue)
            if answer.method.name == "get-empty":
                break
            hand.put(queue, answer)
    except ChannelClosed as error:
        raise NoSuchQueue(f"The broker has no queue '{queue}': {error}") from None
    return hand
