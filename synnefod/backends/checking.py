"""Whether a registered cluster can be used, end to end: its API, our account, what it offers, and
the way on which its events come (OPS-071, GNT-110)."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field
from twisted.logger import Logger

from synnefod.backends.interface import Backend, Backends, CheckLine, RunningJob
from synnefod.cluster.interface import Cluster, ClusterInfo, Instance, Job
from synnefod.common.clockwork import IClock, gather, sleep
from synnefod.common.errors import Malformed, Refusal
from synnefod.common.ids import BackendId, JobId, new_uuid
from synnefod.common.text import micros
from synnefod.protocols.amqp.bus import (
    Binding,
    Bus,
    Delivery,
    Exchange,
    Queue,
    Subscription,
    Topology,
)
from synnefod.protocols.eventd import HEARTBEAT_KEY, Heartbeat, decode

log = Logger()
Strangers = Callable[[BackendId], Awaitable[int]]
"""How many instances with our prefix there no server of ours explains."""
_CREATE = "instance-create-reqv1"
_PAUSE = 0.2
_MOST_APART = 2_000_000
"""Microseconds between two clocks that are taken for the same time."""


@define
class CheckDesk:
    """Implements `interface.Checks`. `os` is the name that new servers are made with; `patience`:
    seconds until an event that was not seen counts as lost."""

    backends: Backends
    bus: Bus
    clock: IClock
    strangers: Strangers
    prefix: str
    os: str
    exchange: str = "ganeti"
    use_hotplug: bool = True
    patience: float = 15.0
    _ears: set[str] = field(factory=set, init=False)
    _subscription: Subscription | None = field(default=None, init=False)

    async def check(self, backend: BackendId | None = None) -> list[CheckLine]:
        everything = await self.backends.all()
        if backend is not None:
            wanted = [await self.backends.get(backend)]
        else:
            wanted = [each for each in everything if not each.offline]
        queue = f"{self.prefix.partition('-')[0]}:dispatcher:heartbeat"
        queue += f":{socket.gethostname()}:{os.getpid()}"
        heard = await self._listen(queue)
        try:
            found = await gather([self._one(each, heard) for each in wanted])
        finally:
            await self._stop(queue)
        return [line for lines in found for line in lines]

    async def running(self) -> list[RunningJob]:
        wanted = [each for each in await self.backends.all() if not each.offline]
        found = await gather([self._running(each) for each in wanted])
        return [job for jobs in found for job in jobs]

    async def _running(self, backend: Backend) -> list[RunningJob]:
        try:
            jobs = await (await self.backends.cluster(backend.id)).jobs()
        except Refusal as error:
            log.warn("{backend} does not tell its jobs: {why}", backend=backend.name, why=error)
            return []
        return [
            RunningJob(backend.id, backend.name, job.id, job.status.value, _told(job), job.received)
            for job in sorted(jobs, key=lambda each: each.id)
            if not job.status.final
        ]

    async def _listen(self, queue: str) -> bool:
        """Begins to take heartbeats; False when the broker is not reached."""
        self._ears.clear()
        if not self.bus.connected:
            return False
        await self.bus.declare(
            Topology(
                (Exchange(self.exchange),),
                (Queue(queue, arguments={"x-expires": 120_000}),),
                (Binding(self.exchange, HEARTBEAT_KEY, queue),),
            )
        )
        self._subscription = await self.bus.consume(queue, self._hear)
        return True

    async def _stop(self, queue: str) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await subscription.stop()
            await self.bus.delete_queue(queue)

    async def _hear(self, delivery: Delivery) -> None:
        try:
            message = decode(delivery.body)
        except Malformed:
            return
        if isinstance(message, Heartbeat):
            self._ears.add(message.cluster)

    async def _one(self, backend: Backend, listening: bool) -> list[CheckLine]:
        lines: list[CheckLine] = []

        def say(check: str, good: bool | None, text: str) -> None:
            word = "warning" if good is None else "ok" if good else "fail"
            lines.append(CheckLine(backend.id, backend.name, check, word, text))

        try:
            cluster = await self.backends.cluster(backend.id)
            info = await cluster.info()
        except Refusal as error:
            say("RAPI", False, error.message)
            return lines
        say("RAPI", True, f"Ganeti {info.version}")
        say("name", info.name == backend.name, f"calls itself {info.name}")
        try:
            before = micros(self.clock.seconds())
            job = await cluster.heartbeat(
                f"snf:eventd:heartbeat:{socket.gethostname()}:{os.getpid()}",
                reason=f"synnefod:{new_uuid()}",
            )
        except Refusal as error:
            say("credentials", False, error.message)
            return lines
        say("credentials", True, f"job {job} was taken")
        for look in (self._offers, self._contents):
            try:
                await look(backend, cluster, info, say)
            except Refusal as error:
                say("RAPI", False, error.message)
        await self._times(cluster, job, before, say)
        if not listening:
            say("eventd", None, "the broker is not reached; the cluster is asked instead")
            return lines
        await self._wait_for(backend.name)
        there = backend.name in self._ears
        say("eventd", there, "its events arrive" if there else "no event came of that job")
        return lines

    async def _offers(
        self, backend: Backend, cluster: Cluster, info: ClusterInfo, say: Callable[..., None]
    ) -> None:
        names = await cluster.os_names()
        say("OS", self.os in names, f"{self.os} of {', '.join(names) or 'none'}")
        features = await cluster.features()
        say("features", _CREATE in features, ", ".join(features))
        templates = ", ".join(info.disk_templates)
        say("disk templates", bool(templates), templates or "none")
        hot = self.use_hotplug and backend.hypervisor == "kvm"
        text = "NICs and disks come and go on running servers" if hot else "on stopped servers only"
        say("hotplug", True if hot else None, f"{backend.hypervisor}: {text}")

    async def _contents(
        self, backend: Backend, cluster: Cluster, info: ClusterInfo, say: Callable[..., None]
    ) -> None:
        instances = await cluster.instances()
        mine = prefixed(instances, self.prefix)
        strange = await self.strangers(backend.id)
        text = f"{len(mine)} of {len(instances)} instances begin with {self.prefix}"
        if strange:
            text += f", {strange} of them belong to no server here: another deployment's?"
        say("prefix", None if strange else True, text)
        names = [str(each["name"]) for each in await cluster.networks()]
        count = sum(name.startswith(f"{self.prefix}net-") for name in names)
        say("networks", True, f"{count} of ours, {len(names) - count} others")

    async def _times(
        self, cluster: Cluster, job: JobId, before: int, say: Callable[..., None]
    ) -> None:
        after = micros(self.clock.seconds())
        try:
            found = await cluster.job(job)
        except Refusal as error:
            say("clock", False, error.message)
            return
        if found is None or found.received is None:
            say("clock", None, "the cluster does not tell when it took the job")
            return
        early, late = before - found.received, found.received - after
        apart = max(early, late, 0)
        say("clock", apart <= _MOST_APART or None, f"{apart / 1_000_000:.1f} s apart")

    async def _wait_for(self, name: str) -> None:
        until = self.clock.seconds() + self.patience
        while name not in self._ears and self.clock.seconds() < until:
            await sleep(self.clock, _PAUSE)


def prefixed(instances: Sequence[Instance], prefix: str) -> list[Instance]:
    return [each for each in instances if each.name.startswith(prefix)]


def _told(job: Job) -> str:
    return ", ".join(
        f"{op.get('OP_ID', '')} {op.get('instance_name') or op.get('network_name') or ''}".strip()
        for op in job.ops
    )
