"""From the bus to facts: declares the dispatcher's queues and hands each event to one listener.

The other end is the event daemon (`cluster/jobqueue`, or the original's) and the image monitor on
the nodes. `cluster/poller` reports the same facts from RAPI.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from attrs import define, field
from twisted.logger import Logger

from synnefod.cluster.interface import (
    ClusterEvent,
    Disk,
    JobEvent,
    JobStatus,
    NetworkEvent,
    Nic,
    ProgressEvent,
)
from synnefod.common import metrics
from synnefod.common.errors import Malformed, Unavailable
from synnefod.common.ids import JobId
from synnefod.protocols import eventd
from synnefod.protocols.amqp.bus import (
    Binding,
    Bus,
    Delivery,
    Exchange,
    Queue,
    Reject,
    Subscription,
    Topology,
)

log = Logger()
Event = JobEvent | NetworkEvent | ClusterEvent | ProgressEvent
Sink = Callable[[Event], Awaitable[object]]
PREFETCH = 5
AT_ONCE = {"op": 400, "progress": 50}
"""Messages of a queue that are handled at the same time, where the listener keeps the order that
matters and commits many at once; 1 for the others."""
_KINDS: dict[str, tuple[str, tuple[type, ...]]] = {
    "op": ("ganeti.{prefix}.event.op", (eventd.OpStatus,)),
    "network": ("ganeti.{prefix}.event.network", (eventd.NetworkStatus,)),
    "progress": ("ganeti.{prefix}.event.progress", (eventd.Progress,)),
    "cluster": (eventd.CLUSTER_KEY, (eventd.ClusterStatus,)),
}


def queue_names(prefix: str = "snf") -> tuple[str, ...]:
    """The queues that are consumed; each has a dead-letter twin of the same name with `-dl`."""
    return tuple(f"{prefix}-events-{kind}" for kind in _KINDS)


def topology(prefix: str = "snf", exchange: str = "ganeti", *, quorum: bool = False) -> Topology:
    """Exchanges, queues and bindings of ganeti.md 12 (GNT-100).

    The classic queues' arguments are the original's, so existing queues can be taken over;
    `quorum` makes replicated queues instead and needs fresh names or a fresh broker.
    """
    dead = f"{exchange}-dl"
    kind = {"x-queue-type": "quorum"} if quorum else {"x-ha-policy": "all"}
    queues: list[Queue] = []
    bindings: list[Binding] = []
    for name, (key, _) in zip(queue_names(prefix), _KINDS.values(), strict=True):
        key = key.format(prefix=prefix)
        queues.append(Queue(name, arguments={**kind, "x-dead-letter-exchange": dead}))
        queues.append(Queue(f"{name}-dl", arguments=kind))
        bindings.append(Binding(exchange, key, name))
        bindings.append(Binding(dead, key, f"{name}-dl"))
    return Topology((Exchange(exchange), Exchange(dead)), tuple(queues), tuple(bindings))


@define(eq=False)
class EventReader:
    """Consumes the dispatcher's queues; `sink(event)` must have committed when it returns.

    `prefix` is the backend prefix without its dash. Errors of the classes `transient` make the
    message be tried again after a pause; other errors of the sink send it to the dead letters.
    """

    bus: Bus
    sink: Sink
    prefix: str = "snf"
    exchange: str = "ganeti"
    quorum: bool = False
    transient: tuple[type[Exception], ...] = (Unavailable,)
    tries: int = 12
    _subscriptions: list[Subscription] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)

    async def start(self) -> None:
        """Declares and begins to consume; waits for the broker. Raises TopologyConflict."""
        await self.bus.declare(topology(self.prefix, self.exchange, quorum=self.quorum))
        names = queue_names(self.prefix)
        for name, (kind, (_, expected)) in zip(names, _KINDS.items(), strict=True):
            at_once = AT_ONCE.get(kind, 1)
            subscription = await self.bus.consume(
                name,
                partial(self._handle, expected),
                prefetch=max(PREFETCH, 2 * at_once),
                at_once=at_once,
                transient=self.transient,
                tries=self.tries,
            )
            if self._stopped:
                await subscription.stop()
                return
            self._subscriptions.append(subscription)

    async def stop(self) -> None:
        """Returns when no message is being handled any more."""
        self._stopped = True
        subscriptions, self._subscriptions = self._subscriptions, []
        for subscription in subscriptions:
            await subscription.stop()

    async def measure(self) -> dict[str, int]:
        """Messages that wait in each queue and its dead letters, also put into the metrics.

        Raises BusUnavailable, NoSuchQueue.
        """
        depths: dict[str, int] = {}
        for name in queue_names(self.prefix):
            depths[name] = await self.bus.depth(name)
            depths[f"{name}-dl"] = await self.bus.depth(f"{name}-dl")
            metrics.queue_messages.labels(name).set(depths[name])
            metrics.queue_dead_messages.labels(name).set(depths[f"{name}-dl"])
        return depths

    async def _handle(self, expected: tuple[type, ...], delivery: Delivery) -> None:
        try:
            message = eventd.decode(delivery.body)
        except eventd.UnknownStatus as error:
            metrics.events_ignored.labels("unknown status").inc()
            raise Reject(error.message) from None
        except Malformed as error:
            metrics.events_ignored.labels("malformed").inc()
            log.warn(
                "a message of {queue} is removed: {reason}",
                queue=delivery.queue,
                reason=error.message,
                key=delivery.key,
            )
            return
        if not isinstance(message, expected):
            metrics.events_ignored.labels("wrong queue").inc()
            log.warn(
                "a message of {queue} is of another queue's kind: {kind}",
                queue=delivery.queue,
                kind=type(message).__name__,
            )
            return
        event = convert(message)
        metrics.events_received.labels(event.cluster, "bus", type(event).__name__).inc()
        metrics.event_last_timestamp.labels(event.cluster, "bus").set(event.when / 1_000_000)
        await self.sink(event)


def convert(message: eventd.Message) -> Event:
    """The fact that a message reports. Raises Malformed for a heartbeat, which reports none."""
    if isinstance(message, eventd.OpStatus):
        return JobEvent(
            cluster=message.cluster,
            instance=message.instance,
            job=JobId(message.job),
            opcode=message.operation,
            status=JobStatus(message.status),
            when=message.when,
            log=message.logmsg or "",
            result=message.result,
            job_fields=message.job_fields,
            nics=None
            if message.nics is None
            else tuple(Nic(n.name, n.mac, n.ip, n.network, n.firewall) for n in message.nics),
            disks=None
            if message.disks is None
            else tuple(Disk(d.name, d.size, d.uuid) for d in message.disks),
            hvparams=message.hvparams,
            tags=message.tags,
        )
    if isinstance(message, eventd.NetworkStatus):
        return NetworkEvent(
            cluster=message.cluster,
            network=message.network,
            job=JobId(message.job),
            opcode=message.operation,
            status=JobStatus(message.status),
            when=message.when,
            log=message.logmsg or "",
            job_fields=message.job_fields,
        )
    if isinstance(message, eventd.ClusterStatus):
        return ClusterEvent(
            message.cluster,
            JobId(message.job),
            message.operation,
            JobStatus(message.status),
            message.when,
        )
    if isinstance(message, eventd.Progress):
        return ProgressEvent(
            message.cluster, message.instance, message.kind, message.when, message.body
        )
    raise Malformed("A heartbeat reports no fact.")
