"""The second mouth: open jobs are asked for over RAPI and told as the bus would tell them.

Note [One ear]. What the poller says is made of the same values as what the bus says, so whoever
listens cannot tell them apart, and saying it twice does no harm (architecture.md 5). So its memory
matters to nobody: losing it only repeats what was said.

Note [Interval]. While jobs are open they are asked for every `busy` seconds, else every `idle`;
`soon` shortens the present pause. One request answers for all open jobs of a cluster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from attrs import frozen
from twisted.internet.defer import CancelledError, DeferredSemaphore
from twisted.logger import Logger

from synnefod.cluster.facts import Fact, facts, instance_of, wants_instance
from synnefod.cluster.interface import (
    Cluster,
    ClusterUnavailable,
    Instance,
    InstanceUnknown,
    Job,
)
from synnefod.common.clockwork import Every, IClock, gather
from synnefod.common.errors import Refusal
from synnefod.common.ids import BackendId, JobId

log = Logger()

OpenJobs = Callable[[], Awaitable[Iterable[tuple[BackendId, JobId]]]]
FindCluster = Callable[[BackendId], Awaitable[Cluster]]
Sink = Callable[[Fact], Awaitable[None]]
Vanished = Callable[[BackendId, JobId], Awaitable[None]]

AT_ONCE = 8
"""Instances looked at at once, over all clusters."""
GONE = ("gone",)
BATCH = 100
"""Jobs asked for in one request."""


@frozen
class _Told:
    """What was last said of a job: its opcodes' states and log lengths, and when (seconds)."""

    states: tuple[object, ...]
    at: float


class Poller:
    """Asks for the jobs that `open_jobs` names, and feeds `sink` each fact that is new.

    A job that its cluster does not know any more (thrown away, or the queue was lost) goes to
    `vanished` instead: what became of it can only be seen by looking at the object itself. What
    its listener raises on is said again next time; a final fact and a vanished job are said again
    after `again` seconds while the job is still named.
    """

    def __init__(
        self,
        clock: IClock,
        open_jobs: OpenJobs,
        cluster: FindCluster,
        sink: Sink,
        vanished: Vanished,
        *,
        busy: float = 1.0,
        idle: float = 10.0,
        again: float = 30.0,
    ) -> None:
        self._clock = clock
        self._open_jobs = open_jobs
        self._cluster = cluster
        self._sink = sink
        self._vanished = vanished
        self._busy = busy
        self._idle = idle
        self._again = again
        self._told: dict[tuple[BackendId, JobId], _Told] = {}
        self._slots = DeferredSemaphore(AT_ONCE)
        self._every = Every(clock, busy, self.poll, "polling of open jobs")

    def begin(self) -> None:
        self._every.begin(now=True)

    def soon(self) -> None:
        """A job was submitted: it is asked for without waiting out an idle pause."""
        if self._every.seconds > self._busy:
            self._every.seconds = self._busy
            self._every.soon()

    async def stop(self) -> None:
        await self._every.stop()

    async def poll(self) -> None:
        """Asks once for everything that is open now. Clusters do not wait on each other."""
        by_backend: dict[BackendId, list[JobId]] = defaultdict(list)
        named = set()
        for backend, job in await self._open_jobs():
            by_backend[backend].append(job)
            named.add((backend, job))
        self._told = {key: told for key, told in self._told.items() if key in named}
        self._every.seconds = self._busy if named else self._idle
        await gather([self._ask(backend, jobs) for backend, jobs in by_backend.items()])

    async def _ask(self, backend: BackendId, jobs: list[JobId]) -> None:
        try:
            cluster = await self._cluster(backend)
            for first in range(0, len(jobs), BATCH):
                batch = jobs[first : first + BATCH]
                found = {job.id: job for job in await cluster.some_jobs(batch)}
                silent: list[ClusterUnavailable] = []
                works = [
                    self._report(backend, cluster, number, found.get(number), silent)
                    for number in batch
                ]
                await gather(works)
                if silent:
                    raise silent[0]
        except Refusal as refusal:
            log.warn(
                "open jobs of backend {backend} cannot be followed: {problem}",
                backend=backend,
                problem=str(refusal),
            )

    async def _report(
        self,
        backend: BackendId,
        cluster: Cluster,
        number: JobId,
        job: Job | None,
        silent: list[ClusterUnavailable],
    ) -> None:
        """Tells of one job. A listener that fails on it silences neither the others nor the next
        round; a cluster that stops answering (`silent`) ends the round."""
        try:
            if job is None:
                await self._miss(backend, number)
            else:
                await self._follow(backend, cluster, job, silent)
        except CancelledError:
            raise
        except ClusterUnavailable as error:
            silent.append(error)
        except Exception:
            log.failure("telling of job {job} failed", backend=backend, job=number)

    async def _miss(self, backend: BackendId, number: JobId) -> None:
        now = self._clock.seconds()
        told = self._told.get((backend, number))
        if told is None or told.states != GONE or now - told.at >= self._again:
            await self._vanished(backend, number)
            self._told[(backend, number)] = _Told(GONE, now)

    async def _follow(
        self, backend: BackendId, cluster: Cluster, job: Job, silent: list[ClusterUnavailable]
    ) -> None:
        states = (job.op_status, tuple(len(entries) for entries in job.op_log))
        now = self._clock.seconds()
        told = self._told.get((backend, job.id))
        if told is not None and told.states == states:
            repeat = job.status.final and now - told.at >= self._again
            if not repeat:
                return
        seen = await self._look(cluster, job, silent)
        for fact in facts(cluster.address.cluster, job, seen):
            await self._sink(fact)
        self._told[(backend, job.id)] = _Told(states, now)

    async def _look(
        self, cluster: Cluster, job: Job, silent: list[ClusterUnavailable]
    ) -> Mapping[str, Instance]:
        """The instances whose devices the job's reports carry, read after the job was (GNT-085).

        Without those that are gone or cannot be read: the fact is told all the same (GNT-093).
        """
        names = {
            instance_of(operation)
            for operation, status in zip(job.ops, job.op_status, strict=True)
            if wants_instance(str(operation.get("OP_ID")), status)
        }
        seen = {}
        for name in names - {None}:
            assert name is not None
            await self._slots.acquire()
            try:
                if silent:
                    raise silent[0]
                seen[name] = await cluster.instance(name)
            except InstanceUnknown:
                continue
            finally:
                self._slots.release()
        return seen
