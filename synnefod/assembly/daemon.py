"""The daemon: everything assembled, started in order, and stopped in the opposite one."""

from __future__ import annotations

import gc
import os
from functools import partial
from typing import Any

import twisted
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from synnefod import VERSION
from synnefod.assembly import branding, doors, firststart, services, supports
from synnefod.assembly.background import Background
from synnefod.assembly.control import ControlSocket
from synnefod.assembly.endings import end_in_failure
from synnefod.assembly.lines import Lines
from synnefod.assembly.listeners import Listeners
from synnefod.assembly.reloading import Reloading
from synnefod.assembly.supervision import (
    Supervision,
    next_signal_ends_at_once,
    obey,
)
from synnefod.assembly.worker import Worker
from synnefod.assembly.workers import Workers
from synnefod.backends.interface import NewBackend
from synnefod.common import metrics
from synnefod.common.clockwork import BackOff, Every, TimedOut, sleep, within
from synnefod.common.errors import Refusal, Unavailable
from synnefod.config import Config, ConfigError
from synnefod.feed.follow import Following
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.protocols.http.site import Site
from synnefod.protocols.sdnotify import Notifier
from synnefod.resources import webapp
from synnefod.resources.compute.console import CONSOLE_PATH, ConsoleDoor
from synnefod.resources.oldaddress import old_addresses
from synnefod.resources.ops.control.daemon import WellVerbs
from synnefod.resources.root import tree
from synnefod.store.migrate import SchemaTooNew

log = Logger()


def make_service(config: Config, reactor: Any, path: str | None = None) -> Service:
    """What twistd starts: the daemon, or the parent of several. Nothing is opened before
    `startService`.

    `path` is the settings file, which a reload reads again.
    """
    if config.server.workers > 1:
        return Workers(config, reactor, path)
    return Daemon(config, reactor, path)


class Daemon(Service):
    """One process of the cloud."""

    name = "synnefod"

    def __init__(self, config: Config, reactor: Any, path: str | None = None) -> None:
        self._config = config
        self._reactor = reactor
        self._supervision = Supervision(Notifier.of(os.environ), reactor)
        self._listeners = Listeners(config, reactor)
        self._lines = Lines(config, reactor)
        self._reloading = Reloading(
            config, path, os.environ, self._listeners, self._supervision, reactor, self._lines
        )
        self._worker = Worker.of(os.environ, reactor)
        self._supports: supports.Supports | None = None
        self._background: Background | None = None
        self._site: Site | None = None
        self._control: ControlSocket | None = None
        self._consoles: doors.Consoles | None = None
        self._feed: Following | None = None
        self._lag = metrics.LagSampler(reactor)
        self._starting: Deferred[None] | None = None
        self._ready = False
        self._withdrawn = False
        self.draining = False

    def setServiceParent(self, parent: Any) -> None:
        """Also makes our log lines those of the process, unless twistd was told a --logger."""
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]
        self._lines.begin(parent)

    def _withdraw(self) -> None:
        """`/readyz` says no from now on; everything else goes on."""
        self._withdrawn = True

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        self._starting = ensureDeferred(self._start())
        self._starting.addErrback(self._failed)

    def _failed(self, failure: Any) -> None:
        """Says why in one line and ends the process with 1; only a defect shows its trace."""
        if failure.check(CancelledError) and self.draining:
            return
        why = " ".join(str(failure.value).split())
        code = 78 if failure.check(SchemaTooNew) else 1
        if failure.check(*_CIRCUMSTANCES):
            log.critical("the daemon cannot start: {why}", why=why)
        else:
            log.failure("the daemon cannot start: {why}", failure=failure, why=why)
        end_in_failure(self._reactor, code)

    async def _start(self) -> None:
        config, reactor = self._config, self._reactor
        metrics.describe_build(VERSION, twisted.__version__, reactor.seconds())
        obey(reactor, hangup=self._reloading.on_signal)
        self._supervision.phase("opening the store")
        self._lag.start()
        try:
            parts = self._supports = supports.build(config, reactor)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        parts.threads.start()
        if self._worker is not None:
            self._worker.begin(parts.threads, self._withdraw)
        await parts.store.start()
        for simulator in parts.simulators:
            simulator.startService()
        catalogue = MountedCatalogue(
            doors.endpoints(config), region=config.identity.region, public=config.server.public_url
        )
        house = services.build(config, reactor, parts, catalogue)
        await self._listen(house, parts)
        self._supervision.phase("waiting for the database")
        await self._reach(parts.store)
        await house.objects.prepare()
        await self._register_simulators(house, parts)
        self._background = Background(config, reactor, parts, house)
        self._background.begin()
        await firststart.run(config, house, self.url)
        if self._worker is not None and self._worker.late:
            assert self._site is not None
            await self._listeners.open(self._site)
        # What stands now stays: full collections need not walk over it again.
        gc.freeze()
        # A listing makes tens of thousands of values that no cycle holds; by default the collector
        # would look through the young ones a hundred times meanwhile.
        gc.set_threshold(50_000, 20, 20)
        self._ready = True
        self._supervision.ready(f"ready at {self.url}")
        log.info("ready at {url}", url=self.url, event="ready")

    async def _reach(self, store: Any) -> None:
        """Returns when the database answers; until then we listen, and `/readyz` says no."""
        pause = BackOff(first=0.2, most=5.0)
        told = ""
        while True:
            try:
                await store.check()
                return
            except Unavailable as error:
                if error.message != told:
                    told = error.message
                    log.warn("waiting for the database: {why}", why=" ".join(told.split()))
            await sleep(self._reactor, pause.next())

    @property
    def url(self) -> str:
        """How clients reach us: the configured address, else where we listen."""
        if self._config.server.public_url or self._listeners.plain is None:
            return self._config.own_url
        return self._listeners.url()

    async def _listen(self, house: services.Services, parts: supports.Supports) -> None:
        config, reactor = self._config, self._reactor
        reload, worker = self._reloading.reload, self._worker
        told = reload if worker is None else partial(worker.reload, reload)
        health = doors.health(config, reactor, parts, self._lag, self._is_leaving)
        well = WellVerbs(self._tasks, health)
        self._control = ControlSocket(config, reactor, house, parts, told, well)
        await self._control.begin()
        self._feed = house.feed
        consoles = self._consoles = doors.consoles(config, house, reactor)
        mounts = []
        if config.roles.api:
            mounts = doors.mounts(config, house, reactor, consoles, [well])
        files, plain = webapp.built(), dict[str, Any]()
        if config.roles.console:
            plain[CONSOLE_PATH] = ConsoleDoor(consoles.relay, files)
        if config.roles.api:
            plain[webapp.PATH] = webapp.WebApp(
                {**files, **branding.files(config.brand)},
                doors.told(config),
                branding.origins(config.brand),
            )
            plain |= old_addresses()
        own = doors.operations(config, parts, health, published=mounts, worker=worker)
        root = tree([*mounts, own], plain, branding.error_pages(config.brand).get(404))
        self._site = Site(
            root,
            reactor,
            idle=config.server.idle_timeout,
            proxies=config.server.trusted_proxies,
            access_log=config.log.access,
            per_address=config.server.connections_per_address,
        )
        if self._worker is None or not self._worker.late:
            await self._listeners.open(self._site)

    def _is_leaving(self) -> bool:
        return self.draining or self._withdrawn or not self._ready

    def _tasks(self) -> list[Every]:
        return self._background.tasks() if self._background is not None else []

    async def _register_simulators(
        self, house: services.Services, parts: supports.Supports
    ) -> None:
        """A simulated cluster has a new port at each start; the registry learns it."""
        for simulator in parts.simulators:
            cluster = simulator.cluster
            await house.backends.register(
                NewBackend(
                    name=cluster.name,
                    url=simulator.url,
                    username=cluster.username,
                    password=cluster.password,
                    drained=False,
                )
            )

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return ensureDeferred(self._stop())

    async def _stop(self) -> None:
        """Stops accepting, lets running requests end, then takes the house down from its top."""
        self.draining = True
        self._supervision.leaving()
        next_signal_ends_at_once()
        log.info("leaving", event="leaving")
        if self._starting is not None:
            self._starting.cancel()
        if self._ready and self._config.server.drain_delay:
            # Balancers see /readyz answer 503, and send nobody more.
            await sleep(self._reactor, self._config.server.drain_delay)
        await self._listeners.close()
        if self._consoles is not None:
            self._consoles.close()
        if self._feed is not None:
            self._feed.close()
        if self._site is not None:
            try:
                await within(self._reactor, self._config.server.drain_timeout, self._site.drain())
            except TimedOut:
                log.warn("requests are still running and are given up")
        if self._control is not None:
            await self._control.stop()
        if self._background is not None:
            await self._background.stop()
        self._lag.stop()
        if self._worker is not None:
            await self._worker.stop()
        parts = self._supports
        if parts is not None:
            for simulator in parts.simulators:
                if simulator.running:
                    await simulator.stopService()
            await parts.bus.stop()
            await parts.store.stop()
            await parts.blocks.stop()
            parts.threads.stop()
        log.info("gone", event="gone")


_CIRCUMSTANCES = (OSError, CannotListenError, Refusal, ConfigError, SchemaTooNew)
"""What keeps a daemon from starting and is no defect of its own."""


__all__ = ["Daemon", "make_service"]
