"""Reports are applied in order and submissions made one after another for each server.

Note [Truth]. The row is the truth; here is only what is under way. A server without work takes no
memory, and several daemons may keep the same server: the row lock orders their steps, the leases of
the outbox keep a submission in one hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from synnefod.cluster.interface import InstanceUnknown, JobEvent, JobStatus, ProgressEvent
from synnefod.common import metrics
from synnefod.common.clockwork import Every, OneAtATime, gather, start
from synnefod.common.ids import BackendId, JobId
from synnefod.compute.interface import Diagnostic, OpenJob
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.intake import Answer, Intake, Report
from synnefod.compute.machine.outputs import LEASE, Outputs
from synnefod.compute.machine.recorder import Recorder
from synnefod.compute.machine.sheaf import Sheaf, sheaf_of, to_send
from synnefod.compute.records import creations, history, outbox, secrets, servers, sides
from synnefod.compute.records.outbox import Intent
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

log = Logger()
_BATCH = 64
_KEPT = 7 * 86400 * 1_000_000
_LEVELS = {"image-info": "DEBUG", "image-warning": "WARNING", "image-error": "ERROR"}
_HELPER_LEVELS = {"warning": "WARNING", "error": "ERROR", "info": "INFO"}


class Keeper:
    """Feeds reports to servers and sends what must be sent.

    `holder` names this process among the daemons of a deployment, the same after a restart.
    """

    def __init__(
        self,
        rooms: Rooms,
        holder: str,
        *,
        interval: float = 2.0,
    ) -> None:
        self._rooms = rooms
        self._holder = holder
        self._recorder = Recorder(rooms)
        self._outputs = Outputs(rooms, self._recorder, self._answer)
        self._inbox: OneAtATime[int] = OneAtATime()
        self._woken: set[int] = set()
        self._claiming = False
        self._intake = Intake(self._apply)
        self._under_way: set[Deferred[Any]] = set()
        self._followed: Callable[[], object] = lambda: None
        self._stopped = False
        self._pump = Every(rooms.clock, interval, self.send_due, "sending to clusters")
        self._upkeep = Every(rooms.clock, 300.0, self.forget_old, "forgetting old intentions")

    def follow(self, submitted: Callable[[], object]) -> None:
        """Calls `submitted` whenever a job was just submitted (a poller may then look sooner)."""
        self._followed = submitted

    async def begin(self) -> None:
        """Takes up what this process was doing when it was last killed, and goes on."""
        self._stopped = False

        async def free(tx: Tx) -> None:
            await outbox.free(tx, self._holder)

        await self._rooms.store.transact("free leases", free)
        self._pump.begin(now=True)
        self._upkeep.begin()

    async def stop(self) -> None:
        """No new submissions; returns when those under way have ended."""
        self._stopped = True
        await self._pump.stop()
        await self._upkeep.stop()
        await gather(list(self._under_way))

    @property
    def chores(self) -> tuple[Every, ...]:
        """Its periodic work."""
        return self._pump, self._upkeep

    @property
    def busy(self) -> int:
        """How many servers have work under way here."""
        return len(self._inbox) + self._intake.busy

    async def feed(self, event: JobEvent | ProgressEvent) -> None:
        """Applies a report; committed when this returns, so that it may be acknowledged.

        A second time it changes nothing. Reports about foreign instances, unknown clusters and
        deleted servers are dropped. Raises Unavailable when the cluster must be asked and does
        not answer, StoreUnavailable when the database does not; the report may be fed again.
        """
        number = self._rooms.number(event.instance)
        if number is None:
            log.debug("report of foreign instance {instance}", instance=event.instance)
            return
        if self._inbox.busy(number):  # a submission is on its way: what it is called comes first
            await self._inbox.run(number, lambda: self._hear(number, event))
        else:
            await self._hear(number, event)

    async def _hear(self, number: int, event: JobEvent | ProgressEvent) -> None:
        gone = isinstance(event, JobEvent) and await self._gone(event)
        await self._intake.put(number, event, gone=gone)

    async def _apply(self, reports: Sequence[Report]) -> None:
        """All of them in one transaction; see `machine/sheaf`."""

        async def body(tx: Tx) -> set[int]:
            named = [
                (each.server, each.event if isinstance(each.event, JobEvent) else None)
                for each in reports
            ]
            sheaf = await sheaf_of(tx, self._rooms, named)
            answers = [each.event for each in reports if isinstance(each.event, Answer)]
            kept = await self._answered(sheaf, answers) if answers else {}
            ended = {answer.intent.server for answer in answers}
            for report in reports:
                if isinstance(report.event, Answer):
                    early = kept.get(report.event.intent.id)
                    if early is not None:
                        work = report.event.intent.action, report.event.job, early
                        await self._recorder.answered(sheaf, report.server, *work)
                elif await self._one(sheaf, report, report.event):
                    ended.add(report.server)
            await sheaf.write()
            return await to_send(sheaf, ended)

        for number in await self._rooms.store.transact("hear of servers", body):
            self.wake(number)
        if any(isinstance(each.event, Answer) for each in reports):
            self._followed()

    async def _answered(
        self, sheaf: Sheaf, answers: Sequence[Answer]
    ) -> Mapping[str, Sequence[str]]:
        """The intentions that were ours to end, now ended, and the reports kept for each."""
        held = await outbox.held_all(sheaf.tx, [answer.intent for answer in answers])
        ours = [
            answer
            for answer in answers
            if answer.intent.id in held and answer.intent.server in sheaf.rows
        ]
        if not ours:
            return {}
        await outbox.done_all(sheaf.tx, {answer.intent.id: answer.job for answer in ours})
        kept = await outbox.unpark(sheaf.tx, {answer.intent.server for answer in ours})
        return {answer.intent.id: kept.pop(answer.intent.server, ()) for answer in ours}

    async def _one(self, sheaf: Sheaf, report: Report, event: JobEvent | ProgressEvent) -> bool:
        """Whether a job of the server has ended."""
        server = sheaf.rows.get(report.server)
        home: BackendId | None = None
        # The nodes' progress monitor names the instance alone; names are used once (GNT-136).
        if event.cluster or isinstance(event, JobEvent):
            home = sheaf.clusters.get(event.cluster)
            if home is None:
                log.info("report of unknown cluster {cluster}", cluster=event.cluster)
                return False
        if server is None or server.deleted or home not in (None, server.backend):
            log.debug("report of {instance}, which is not here", instance=event.instance)
            return False
        if isinstance(event, JobEvent):
            await self._recorder.hear(sheaf, server.id, event, gone=report.gone)
            return event.status.final
        diagnostic = diagnostic_of(event, self._rooms.now())
        if diagnostic is not None:
            await history.diagnose(sheaf.tx, server.id, diagnostic)
        life = steps.progress(server.life, event)
        if life != server.life:
            sheaf.put(evolve(server, life=life, updated=self._rooms.now()))
        return False

    async def _gone(self, event: JobEvent) -> bool:
        """Whether a removal that failed has left nothing to remove (GNT-126)."""
        if event.opcode != steps.REMOVE or not event.status.final:
            return False
        if event.status is JobStatus.SUCCESS:
            return True
        backend = await self._rooms.backends.by_cluster_name(event.cluster)
        if backend is None:
            return False
        cluster = await self._rooms.backends.cluster(backend.id)
        try:
            await cluster.instance(event.instance)
        except InstanceUnknown:
            return True
        return False

    async def open_jobs(self) -> list[OpenJob]:
        """The jobs that servers wait for, over all clusters, for the poller."""

        async def body(tx: Tx) -> list[OpenJob]:
            return [*await servers.open_jobs(tx), *await sides.open_jobs(tx)]

        return await self._rooms.store.read("open jobs", body)

    def wake(self, server: int) -> None:
        """Sends now what waits for this server. To be called after the commit."""
        if self._stopped:
            return
        self._woken.add(server)
        if not self._claiming:
            self._claiming = True
            self._go(self._send_woken())

    def _go(self, work: Coroutine[Any, Any, object]) -> None:
        going = start(work, "sending to clusters")
        self._under_way.add(going)
        going.addBoth(lambda _: self._under_way.discard(going))

    async def _send_woken(self) -> None:
        """What becomes due meanwhile is claimed together."""
        try:
            while self._woken and not self._stopped:
                servers = sorted(self._woken)[:_BATCH]
                self._woken.difference_update(servers)
                for intent in await self._claim(servers):
                    self._go(self._send(intent))
        finally:
            self._claiming = False

    async def send_due(self) -> None:
        """Sends everything that is due, whoever recorded it."""
        while not self._stopped:
            intents = await self._claim(None)
            if not intents:
                break
            await gather(self._send(intent) for intent in intents)

    async def _claim(self, servers: Collection[int] | None) -> list[Intent]:
        now = self._rooms.now()

        async def claim(tx: Tx) -> list[Intent]:
            return await outbox.claim(
                tx, self._holder, now, now + LEASE, servers=servers, most=_BATCH
            )

        return await self._rooms.store.transact("claim submissions", claim)

    async def _send(self, intent: Intent) -> None:
        ended: bool = await self._inbox.run(intent.server, lambda: self._outputs.send(intent))
        if ended and not self._stopped:
            self.wake(intent.server)
            self._followed()

    async def _answer(self, intent: Intent, job: JobId) -> None:
        await self._intake.put(intent.server, Answer(intent, job))

    async def measure(self) -> None:
        """Shows what waits to be sent, and how many servers there are in which state."""

        async def body(tx: Tx) -> tuple[tuple[int, int | None], list[tuple[str, int, int]]]:
            return await outbox.waiting_since(tx), await servers.by_state_and_backend(tx)

        (pending, oldest), counts = await self._rooms.store.read("measure servers", body)
        names = {each.id: each.name for each in await self._rooms.backends.all()}
        age = 0.0 if oldest is None else (self._rooms.now() - oldest) / 1_000_000
        metrics.outbox_pending.set(pending)
        metrics.outbox_oldest.labels("all").set(max(0.0, age))
        metrics.servers.clear()
        for state, backend, count in counts:
            name = names.get(BackendId(backend), "none")
            metrics.servers.labels(state.lower(), name).set(count)

    async def forget_old(self) -> None:
        """Drops ended intentions, expired tickets and secrets."""
        now = self._rooms.now()

        async def body(tx: Tx) -> None:
            await outbox.prune(tx, now - _KEPT)
            await sides.prune(tx, now - _KEPT)
            await secrets.expire(tx, now)
            await creations.expire(tx, now)

        await self._rooms.store.transact("forget old", body)


def diagnostic_of(event: ProgressEvent, now: int) -> Diagnostic | None:
    """The diagnostic of a deployment message; None for bare percentages (CMP-187 to 189)."""
    body: Mapping[str, Any] = event.body
    source, details = event.kind, body.get("stderr")
    if source == "image-helper":
        subtype = str(body.get("subtype", ""))
        if subtype in ("task-start", "task-end"):
            source = f"image-helper-{subtype}"
            level, text = "DEBUG", str(body.get("task", ""))
        else:
            level, text = _HELPER_LEVELS.get(subtype, "INFO"), _joined(body.get("messages"))
    elif source in _LEVELS:
        level, text = _LEVELS[source], _joined(body.get("messages"))
    else:
        return None
    text = text or source.replace("-", " ").capitalize()
    return Diagnostic(
        now, level, source, text, None if details is None else str(details), event.when
    )


def _joined(messages: object) -> str:
    if isinstance(messages, list | tuple):
        return " ".join(str(message) for message in messages)
    return "" if messages is None else str(messages)
