"""The daemon: everything assembled, started in order, and stopped in the opposite one."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from pathlib import Path
from typing import Any

import twisted
from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.error import CannotListenError
from twisted.logger import ILogObserver, Logger
from twisted.python.components import Componentized

from synnefod import VERSION
from synnefod.assembly import doors, firststart, services, supports
from synnefod.assembly.background import Background
from synnefod.assembly.control import ControlSocket
from synnefod.assembly.listeners import Listeners
from synnefod.assembly.reloading import Reloading
from synnefod.assembly.supervision import (
    Supervision,
    next_signal_ends_at_once,
    obey,
)
from synnefod.backends.interface import NewBackend
from synnefod.common import metrics
from synnefod.common.clockwork import BackOff, Every, TimedOut, sleep, within
from synnefod.common.errors import Refusal, Unavailable
from synnefod.common.log import JsonLines, PlainLines
from synnefod.common.logfile import LogFile
from synnefod.config import Config, ConfigError
from synnefod.feed.follow import Following
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.protocols.http.site import Site
from synnefod.protocols.sdnotify import Notifier
from synnefod.resources import webapp
from synnefod.resources.compute.console import CONSOLE_PATH
from synnefod.resources.root import tree
from synnefod.store.migrate import SchemaTooNew

log = Logger()


def make_service(config: Config, reactor: Any, path: str | None = None) -> Daemon:
    """What twistd starts. Nothing is opened before `startService`.

    `path` is the settings file, which a reload reads again.
    """
    return Daemon(config, reactor, path)


class Daemon(Service):
    """One process of the cloud."""

    name = "synnefod"

    def __init__(self, config: Config, reactor: Any, path: str | None = None) -> None:
        self._config = config
        self._reactor = reactor
        self._supervision = Supervision(Notifier.of(os.environ), reactor)
        self._listeners = Listeners(config, reactor)
        self._reloading = Reloading(
            config, path, os.environ, self._listeners, self._supervision, reactor
        )
        self._supports: supports.Supports | None = None
        self._background: Background | None = None
        self._site: Site | None = None
        self._control: ControlSocket | None = None
        self._consoles: doors.Consoles | None = None
        self._feed: Following | None = None
        self._lag = metrics.LagSampler(reactor)
        self._starting: Deferred[None] | None = None
        self._ready = False
        self.draining = False

    def setServiceParent(self, parent: Any) -> None:
        """Also makes our log lines those of the process, unless twistd was told a --logger."""
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]
        if isinstance(parent, Componentized):
            observer = PlainLines if self._config.log.format == "plain" else JsonLines
            try:
                out = self._log_file()
            except OSError as error:
                raise SystemExit(f"synnefod: log.file: {error}") from None
            lines = observer(out or sys.stdout, self._config.log.level)
            self._reloading.lines = lines
            self._reloading.file = out
            parent.setComponent(ILogObserver, lines)  # type: ignore[no-untyped-call]

    def _log_file(self) -> LogFile | None:
        path = self._config.log.file
        return LogFile(Path(path), self._reactor.seconds) if path else None

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
        # twistd itself knows no exit code but 0 for a reactor that was stopped in order.
        atexit.register(_end_in_failure, code)
        self._reactor.callWhenRunning(self._reactor.stop)

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
        # What stands now stays: full collections need not walk over it again.
        gc.freeze()
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
        if self._config.server.public_url:
            return self._config.server.public_url.rstrip("/")
        return self._listeners.url()

    async def _listen(self, house: services.Services, parts: supports.Supports) -> None:
        config, reactor = self._config, self._reactor
        self._control = ControlSocket(
            config, reactor, house, parts, self._reloading.reload, self._tasks
        )
        await self._control.begin()
        self._feed = house.feed
        consoles = self._consoles = doors.consoles(config, house, reactor)
        mounts = doors.mounts(config, house, reactor, consoles) if config.roles.api else []
        plain: dict[str, Any] = {CONSOLE_PATH: consoles.relay} if config.roles.console else {}
        if config.roles.api:
            plain[webapp.PATH] = webapp.WebApp(webapp.built(), doors.told(config))
        health = doors.operations(
            config,
            reactor,
            parts,
            self._lag,
            leaving=lambda: self.draining or not self._ready,
            published=mounts,
        )
        root = tree([*mounts, health], plain)
        self._site = Site(
            root,
            reactor,
            idle=config.server.idle_timeout,
            proxies=config.server.trusted_proxies,
            access_log=config.log.access,
            per_address=config.server.connections_per_address,
        )
        await self._listeners.open(self._site)

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


def _end_in_failure(code: int) -> None:
    """The last words are out; nothing else is left to be closed."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


__all__ = ["Daemon", "make_service"]
