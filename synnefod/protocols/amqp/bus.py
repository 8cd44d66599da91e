"""The message bus: what publishers and consumers may rely on. Two implementations, one contract.

`rabbit` speaks AMQP 0-9-1 to a broker; `memory` is its twin inside one process. Delivery is at
least once: whoever consumes must bear the same message twice, for example after a reconnect.
Nothing here may be called while a database transaction is open (common/outside).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from attrs import Factory, field, frozen

from synnefod.common.errors import Conflict, NotFound, Refusal, Unavailable

DEAD_LETTER_EXCHANGE = "x-dead-letter-exchange"
DEAD_LETTER_KEY = "x-dead-letter-routing-key"


class BusUnavailable(Unavailable):
    """The message broker does not answer."""


class BusFull(BusUnavailable):
    """Too many messages wait for the broker."""


class AccessRefused(BusUnavailable):
    """The message broker refuses the user, the password or the virtual host."""


class PublishRefused(Refusal):
    """The message broker refuses the message."""


class Unroutable(NotFound):
    """No queue is bound for the message."""


class NoSuchQueue(NotFound):
    """The message broker has no such queue."""


class TopologyConflict(Conflict):
    """A queue or exchange of this name exists with other properties."""


class Reject(Exception):
    """Raised by a handler: the message goes to the dead letters at once."""


@frozen
class Exchange:
    """`kind` is topic, direct or fanout."""

    name: str
    kind: str = "topic"
    durable: bool = True


@frozen
class Queue:
    """`arguments` as the broker takes them (`x-dead-letter-exchange`, ...)."""

    name: str
    durable: bool = True
    arguments: Mapping[str, Any] = Factory(dict)


@frozen
class Binding:
    """`key` is a topic pattern: words between dots, `*` one word, `#` any number of words."""

    exchange: str
    key: str
    queue: str


@frozen
class Topology:
    exchanges: tuple[Exchange, ...] = ()
    queues: tuple[Queue, ...] = ()
    bindings: tuple[Binding, ...] = ()


@frozen
class Delivery:
    """A message at its consumer. `headers` hold str, int, float, bool, None, bytes, lists, dicts.

    `key` is the routing key. A dead letter carries the header `x-death`.
    """

    queue: str
    exchange: str
    key: str
    body: bytes = field(repr=False)
    headers: Mapping[str, Any] = Factory(dict)
    redelivered: bool = False
    message_id: str = ""


Handler = Callable[[Delivery], Awaitable[object]]


class Subscription(Protocol):
    """A running consumer."""

    async def stop(self) -> None:
        """Takes no more messages; returns when the handlers in progress have ended.

        Messages that were fetched and not handled go back to their queue. A second call waits
        for the same end.
        """


class Handful(Protocol):
    """Messages taken into the hand: nobody else gets them until they are put back."""

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """In the queue's order."""

    async def drop(self, number: int) -> None:
        """Removes `deliveries[number]` for good. Raises BusUnavailable when the connection broke:
        then all are back in their queue."""

    async def put_back(self) -> None:
        """Those that were not dropped return to their places. A second call does nothing."""


class Bus(Protocol):
    """A connection to the broker that heals itself."""

    @property
    def connected(self) -> bool:
        """Whether the broker is reached at this moment; false before the first use."""

    async def ready(self) -> None:
        """Returns when the broker is reached.

        Raises AccessRefused at the first refusal of the credentials or the virtual host (tries go
        on nevertheless), BusUnavailable once the bus is stopped.
        """

    async def declare(self, topology: Topology) -> None:
        """Makes exchanges, queues and bindings unless they exist; again after each reconnect.

        Waits for the broker. Raises TopologyConflict when one exists with other properties. A
        second call with the same topology changes nothing.
        """

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
        """Returns when the broker has taken the responsibility for the message (its confirm).

        A message that is not yet confirmed when the connection breaks is sent again afterwards,
        in order; so it may arrive twice (GNT-091). Raises Unroutable for a mandatory message that
        no queue takes, PublishRefused when the broker refuses it (no such exchange, or by its
        policy), BusFull when more messages wait than allowed, BusUnavailable when the bus is
        stopped before the confirm (the message may or may not have arrived). Cancelling the
        result does not take the message back.
        """

    async def consume(
        self,
        queue: str,
        handler: Handler,
        *,
        prefetch: int = 5,
        transient: tuple[type[Exception], ...] = (Unavailable,),
        tries: int = 12,
        at_once: int = 1,
    ) -> Subscription:
        """Calls `handler` for each message, in the queue's order, for at most `at_once` (and never
        more than `prefetch`) at the same time; with 1, for one after another.

        The handler returns: acknowledged. It raises Reject, or anything unknown: dead letter. It
        raises one of `transient`: called again after a growing pause, up to `tries` calls, then
        dead letter (GNT-101, GNT-103, GNT-104); messages behind it wait. At most `prefetch`
        messages are out at a time. Survives reconnects and the deletion of the queue (which is
        declared again if it belongs to a declared topology). Returns when consuming has begun;
        raises NoSuchQueue when there is none at that time.
        """

    async def depth(self, queue: str) -> int:
        """The number of messages that wait in `queue`. Raises NoSuchQueue."""

    async def take(self, queue: str, most: int) -> Handful:
        """At most `most` waiting messages; without any, an empty hand. Raises NoSuchQueue."""

    async def purge(self, queue: str) -> int:
        """Removes all waiting messages; how many there were. Raises NoSuchQueue."""

    async def delete_queue(self, queue: str) -> None:
        """Deletes the queue with its messages; no error when there is none."""

    async def delete_exchange(self, exchange: str) -> None:
        """Deletes the exchange; no error when there is none."""

    async def stop(self) -> None:
        """Stops all consumers, waits a while for outstanding confirms, disconnects.

        What is not confirmed by then fails with BusUnavailable. A second call does nothing.
        """
