"""What runs behind the doors: event daemon, dispatcher, poller, reconciliation, upkeep."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import define, field
from twisted.logger import Logger

from synnefod import VERSION
from synnefod.assembly.alarms import Alarms
from synnefod.assembly.cards import ServerCards
from synnefod.assembly.figures import measure
from synnefod.assembly.policing import policing_of
from synnefod.assembly.services import Services
from synnefod.assembly.settings import holder_name, letter_texts, pages_url
from synnefod.assembly.supports import Supports
from synnefod.audit.chain import timers as audit_timers
from synnefod.backends.chores import refreshing
from synnefod.cluster.events import Event, EventReader
from synnefod.cluster.interface import ClusterEvent, NetworkEvent
from synnefod.cluster.jobqueue import (
    JobQueueWatcher,
    cluster_name_by_file,
    master_by_file,
)
from synnefod.cluster.poller import Poller
from synnefod.common import metrics
from synnefod.common.clockwork import Every, sleep, start
from synnefod.common.errors import Unavailable
from synnefod.common.ids import BackendId, JobId
from synnefod.config import Config
from synnefod.identity.alarms import AlarmDesk
from synnefod.identity.chores import sweeping
from synnefod.identity.letters import LetterBox, Postman, delivering
from synnefod.notices.interface import RESTORED
from synnefod.objects.chores import Chores
from synnefod.projects.chores import expiring
from synnefod.protocols.eventd import Progress, encode, routing_key
from synnefod.protocols.luxi import Luxi
from synnefod.quota.chores import watching
from synnefod.simulator.eventd import SimulatedQuery
from synnefod.store.dialect import POSTGRES, SQLITE
from synnefod.store.filling import Filling
from synnefod.store.migrate import load
from synnefod.store.presence import BEAT, Presence

log = Logger()
_JITTER = 0.1
ROLES = ("api", "dispatcher", "eventd", "console")
OVERDUE = 3600
"""Seconds after which a pending commission is worth a warning."""


@define
class Background:
    """The roles eventd and dispatcher of this process. `begin` and `stop`, in this order."""

    config: Config
    reactor: Any
    supports: Supports
    services: Services
    _watchers: list[JobQueueWatcher] = field(factory=list, init=False)
    _reader: EventReader | None = field(default=None, init=False)
    _poller: Poller | None = field(default=None, init=False)
    _chores: list[Every] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)
    _alarms: Alarms | None = field(default=None, init=False)
    _presence: Presence | None = field(default=None, init=False)

    def begin(self) -> None:
        people = tuple(self.config.people.admins)
        box = LetterBox(self.reactor)
        desk = AlarmDesk(self.supports.store, self.reactor, box, people)
        self._alarms = Alarms(self.reactor, desk)
        self._alarms.begin()
        roles = [role for role in ROLES if getattr(self.config.roles, role)]
        for role in ROLES:
            metrics.role_active.labels(role).set(role in roles)
        name = holder_name(self.config)
        self._presence = Presence(self.supports.store, self.reactor, name, VERSION, " ".join(roles))
        self._begin_chore(Every(self.reactor, BEAT, self._presence.beat, "living"), now=True)
        if self.config.roles.api:
            self._begin_chore(self.services.identity.uses.writing())
        if self.config.roles.dispatcher:
            self._begin_dispatcher()
        if self.config.roles.eventd:
            self._watchers = list(self._watch())
            for watcher in self._watchers:
                watcher.start()

    def _begin_dispatcher(self) -> None:
        settings = self.config.dispatcher
        compute = self.services.compute
        if settings.events:
            self._reader = EventReader(
                self.supports.bus,
                self.hear,
                prefix=self.config.ganeti.prefix.partition("-")[0],
                exchange=self.config.bus.exchange,
                quorum=self.config.bus.quorum,
            )
            # The broker may be away now: consuming begins when it is there.
            start(self._consume(self._reader), "consuming events")
        if settings.poll:
            self._poller = Poller(
                self.reactor,
                self._open_jobs,
                self.services.backends.cluster,
                partial(self.hear, source="poll"),
                self._vanished,
                busy=settings.poll_fast,
                idle=settings.poll_slow,
            )
            compute.keeper.follow(self._poller.soon)
            self._poller.begin()
        start(self._take_up_work(), "taking up work")
        refresh = refreshing(self.services.backends, self.reactor, self.config.ganeti.refresh)
        self._begin_chore(refresh, now=True)
        self._look_after_people()
        self._look_after_objects()
        for timer in audit_timers(self.services.audit):
            self._begin_chore(timer)
        postgres = self.config.database_url.startswith("postgresql:")
        steps = load(POSTGRES if postgres else SQLITE)
        filling = Filling(self.supports.store, self.reactor, steps)
        self._upkeep("filling new columns", 1, filling.round)
        figures = Every(self.reactor, 30, self._measure, "counting figures")
        self._begin_chore(figures, now=True)
        self._upkeep("clearing networks away", 30, self.services.network.clear_away)
        settle = ServerCards(compute.compute.devices, self.services.network).settle
        self._upkeep("bringing floating IPs to servers", 10, settle)
        self._upkeep("removing detached volumes", 10, compute.compute.disks.tidy)
        self._begin_comparing()
        if self.config.enforcement.every:
            policing = policing_of(self.config, self.services, self.reactor)
            self._upkeep("keeping quotas", self.config.enforcement.every, policing.round)
        self._upkeep("stopping helper servers", 30, self.services.compute.helpers.settle)
        if self._reader is not None:
            self._upkeep("measuring queues", 30, self._reader.measure)

    def _begin_comparing(self) -> None:
        """Networks and pools; servers are compared once work is taken up."""
        settings = self.config.dispatcher
        fix = settings.reconcile_mode == "fix"
        compare = self.services.network.upkeep
        for what, seconds in (
            ("networks", settings.reconcile_networks),
            ("pools", settings.reconcile_pools),
        ):
            if seconds:
                name = f"reconciliation of {what}"
                work = partial(compare.round, what, fix=fix)
                self._upkeep(name, seconds, partial(_compared, name, work))

    async def _take_up_work(self) -> None:
        """Submits what waits and compares with the clusters; in a restored deployment not before
        an administrator ended its maintenance (operations.md 15.7)."""
        compute = self.services.compute
        told = False
        while (notice := await self.services.notices.maintenance()) is not None:
            if notice.author != RESTORED:
                break
            if not told:
                log.warn("restored from a backup: nothing is sent before `maintenance off`")
                told = True
            await sleep(self.reactor, 5.0)
        if self._stopped:
            return
        await compute.keeper.begin()
        if self.config.dispatcher.reconcile:
            compute.reconciler.begin()

    async def _measure(self) -> None:
        await measure(self.services, self.supports, self.config.state)

    def _look_after_people(self) -> None:
        identity, people = self.services.identity, self.config.people
        postman = Postman(
            self.supports.store,
            self.reactor,
            self.supports.mailer,
            pages_url(self.config),
            letter_texts(self.config),
        )
        chores = [
            sweeping(identity.tokens, self.reactor),
            identity.sessions.sweeping(),
            Every(self.reactor, 3600, identity.methods.sweep, "deleting old sign-ins"),
            Every(self.reactor, 3600, identity.captcha.sweep, "deleting old challenges"),
            identity.oauth.sweeping(),
            delivering(postman, self.reactor),
            watching(self.services.commissions, self.reactor, every=60, overdue=OVERDUE),
        ]
        if people.project_expiry:
            chores.append(expiring(self.services.projects, self.reactor, people.project_expiry))
        for chore in chores:
            self._begin_chore(chore)

    def _upkeep(
        self, what: str, seconds: float, work: Callable[[], Coroutine[Any, Any, object]]
    ) -> None:
        self._begin_chore(Every(self.reactor, seconds, work, what))

    def _begin_chore(self, chore: Every, *, now: bool = False) -> None:
        chore.jitter = _JITTER
        chore.begin(now=now)
        self._chores.append(chore)

    def tasks(self) -> list[Every]:
        """The periodic work of this process (OPS-162)."""
        if not self.config.roles.dispatcher:
            return list(self._chores)
        compute = self.services.compute
        return [*self._chores, *compute.keeper.chores, compute.reconciler.chore]

    def _look_after_objects(self) -> None:
        storage = self.config.storage
        chores = Chores(self.services.objects.parts, holder_name(self.config))
        for timer in chores.timers(expire=storage.expire_every, collect=storage.collect_every):
            self._begin_chore(timer)

    async def _consume(self, reader: EventReader) -> None:
        try:
            await reader.start()
        except Unavailable as error:
            log.info("events are not consumed: {why}", why=error.message)

    async def stop(self) -> None:
        """Returns when no message, poll or submission is in work any more."""
        self._stopped = True
        if self._alarms is not None:
            self._alarms.stop()
        for watcher in self._watchers:
            await watcher.stop()
        if self._reader is not None:
            await self._reader.stop()
        if self._poller is not None:
            await self._poller.stop()
        if self.config.roles.dispatcher:
            await self.services.compute.reconciler.stop()
            await self.services.compute.keeper.stop()
        for chore in self._chores:
            await chore.stop()
        if self._presence is not None:
            # A database that is away is told by the row's age.
            with suppress(Unavailable):
                await self._presence.leave()

    # -- one ear for both mouths

    async def hear(self, event: Event, source: str = "bus") -> None:
        """Gives a fact to whom it concerns; committed when this returns."""
        await self._tell(event)
        lag = self.reactor.seconds() - event.when / 1_000_000
        metrics.event_lag.labels(source).observe(max(0.0, lag))

    async def _tell(self, event: Event) -> None:
        if isinstance(event, NetworkEvent):
            await self.services.network.apply(event)
        elif isinstance(event, ClusterEvent):
            backend = await self.services.backends.by_cluster_name(event.cluster)
            if backend is not None and event.status.final:
                await self.services.backends.refresh(backend.id)
        else:
            await self.services.compute.keeper.feed(event)

    async def _open_jobs(self) -> list[tuple[BackendId, JobId]]:
        servers = await self.services.compute.keeper.open_jobs()
        networks = await self.services.network.open_jobs()
        return [*((job.backend, job.job) for job in servers), *networks]

    async def _vanished(self, backend: BackendId, job: JobId) -> None:
        """What became of a job that its cluster forgot can only be seen by comparing."""
        if not await self.services.network.lost_job(backend, job):
            await self.services.compute.reconciler.run()

    # -- the event daemon's role

    def _publish(self, progress: Progress) -> None:
        """What the progress monitor of a simulated node says."""
        work = self.supports.bus.publish(
            self.config.bus.exchange, routing_key(progress), encode(progress)
        )
        start(work, "publishing progress")

    def _watch(self) -> Iterable[JobQueueWatcher]:
        for simulator in self.supports.simulators:
            simulator.cluster.progress.append(self._publish)
            yield JobQueueWatcher(
                self.reactor,
                str(simulator.cluster.queue_folder),
                simulator.cluster.name,
                self.supports.bus,
                SimulatedQuery(simulator.cluster),
                self.supports.threads,
                exchange=self.config.bus.exchange,
            )
        settings = self.config.eventd
        for folder in settings.queues:
            data = os.path.dirname(folder.rstrip("/"))
            yield JobQueueWatcher(
                self.reactor,
                folder,
                settings.cluster or cluster_name_by_file(data),
                self.supports.bus,
                Luxi(self.reactor, settings.luxi),
                self.supports.threads,
                (lambda: True) if settings.always_master else master_by_file(data, socket.getfqdn),
                exchange=self.config.bus.exchange,
                deposed=self._deposed,
            )

    def _deposed(self) -> None:
        if self.config.eventd.ends_with_mastership and self.reactor.running:
            self.reactor.stop()


async def _compared(what: str, work: Callable[[], Coroutine[Any, Any, list[Any]]]) -> None:
    """Runs a comparison; each difference is a line of the log."""
    for finding in await work():
        log.warn("{what}: {text} ({result})", what=what, text=finding.what, result=finding.result)
