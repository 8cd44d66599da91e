"""Several processes on one port: the parent that starts, watches and replaces them (OPS-161).

Note [One queue]. The parent opens the public sockets and hands them to every worker, as systemd
would (OPS-145): a connection waits in one queue until any worker takes it, so none is lost when a
worker goes, as it would be in a queue of its own (SO_REUSEPORT).

A worker is a whole daemon. What may be done by many (requests, events, submissions, chores) is
shared by leases in the database; what only one may do, the first does.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.application.service import Service
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.protocol import DatagramProtocol, ProcessProtocol
from twisted.logger import Logger

from synnefod import config as settings
from synnefod.assembly.endings import end_in_failure
from synnefod.assembly.lines import Lines
from synnefod.assembly.listeners import BACKLOG
from synnefod.assembly.reloading import TAKEN, differences
from synnefod.assembly.supervision import Supervision, next_signal_ends_at_once, obey
from synnefod.assembly.worker import ALONE, FIRST, FOLDER, LATE, NUMBER
from synnefod.common.clockwork import BackOff, Every, TimedOut, shield, sleep, start, within
from synnefod.config import Config, ConfigError
from synnefod.protocols.sdnotify import Notifier

log = Logger()
SILENCE = 60.0
"""Seconds within which a worker says that it is alive; one that was silent for twice as long is
killed and replaced."""
GRACE = 15.0
"""Seconds beyond the drain time after which a leaving worker is killed."""
OF_THE_PARENT = frozenset(
    {"server.listen", "server.port", "server.workers", "server.state", "tls.port"}
)
"""Settings that only a new parent takes."""
_WITH_ITS_PID = 'LISTEN_PID=$$ exec "$0" "$@"'
_RUN = "from twisted.scripts.twistd import run; run()"


@define(eq=False)
class Slot:
    """A place for a worker, and the process that has it now."""

    number: int
    process: Any = None
    ready: bool = False
    leaving: bool = False
    heard: float = 0.0
    gone: Deferred[int] = field(factory=Deferred, init=False)
    prepared: Deferred[None] = field(factory=Deferred, init=False)
    pause: BackOff = field(factory=lambda: BackOff(first=1.0, most=30.0), init=False)


class Workers(Service):
    """What twistd runs when `server.workers` is more than one."""

    name = "synnefod"

    def __init__(self, config: Config, reactor: Any, path: str | None = None) -> None:
        self._config = config
        self._reactor = reactor
        self._path = path
        self._supervision = Supervision(Notifier.of(os.environ), reactor)
        self._lines = Lines(config, reactor)
        self._sockets: dict[str, socket.socket] = {}
        self._slots: list[Slot] = []
        self._folder = Path()
        self._watch = Every(reactor, SILENCE / 4, self._look, "looking after workers")
        self._begun = False
        self._replacing = False
        self._again = False
        self.leaving = False

    def setServiceParent(self, parent: Any) -> None:
        super().setServiceParent(parent)  # type: ignore[no-untyped-call]
        self._lines.begin(parent)

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        obey(self._reactor, hangup=self._on_hangup)
        self._folder = Path(tempfile.mkdtemp(prefix="synnefod-workers-"))
        try:
            self._open()
        except OSError as error:
            log.critical("the daemon cannot start: {why}", why=str(error))
            self._fail()
            return
        start(self._begin(), "starting workers")

    def _fail(self) -> None:
        end_in_failure(self._reactor, 1)

    # -- sockets

    def _open(self) -> None:
        """Those that a supervisor hands over, or our own. Raises OSError."""
        server, tls = self._config.server, self._config.tls
        wanted = {"http": server.port} | ({"https": tls.port} if tls.certificate else {})
        family = socket.AF_INET6 if ":" in server.listen else socket.AF_INET
        domain = "INET6" if family == socket.AF_INET6 else "INET"
        for name, port in wanted.items():
            try:
                place = f"systemd:domain={domain}:name={name}"
                inherited = serverFromString(self._reactor, place)  # type: ignore[no-untyped-call]
                made = socket.socket(fileno=inherited.fileno)
            except KeyError:
                made = socket.socket(family)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                made.bind((server.listen, port))
                made.listen(BACKLOG)
            made.setblocking(False)
            self._sockets[name] = made

    def _close(self) -> None:
        for each in self._sockets.values():
            each.close()
        self._sockets.clear()

    # -- processes

    async def _begin(self) -> None:
        """The first alone: it migrates the store and makes what a first start makes."""
        self._supervision.phase("starting the first worker")
        self._slots = [Slot(number) for number in range(FIRST, FIRST + self._config.server.workers)]
        for place, slot in enumerate(self._slots):
            self._spawn(slot)
            if place == 0:
                await slot.prepared
        for slot in self._slots:
            await slot.prepared
        self._begun = True
        self._watch.begin()
        self._supervision.ready(f"{len(self._slots)} workers are ready")
        log.info("{count} workers are ready", count=len(self._slots), event="ready")
        if self._again:
            await self._replace_all()

    def _spawn(self, slot: Slot) -> None:
        slot.ready = slot.leaving = False
        slot.gone = Deferred()
        slot.heard = self._reactor.seconds()
        ear = self._folder / f"{slot.number}.notify"
        ear.unlink(missing_ok=True)
        hearing = self._reactor.listenUNIXDatagram(str(ear), _Ear(self, slot))
        command = [sys.executable, "-c", _RUN, "-n", "--pidfile=", "synnefod"]
        if self._path:
            command += ["--config", self._path]
        descriptors: dict[int, Any] = {0: "w", 1: 1, 2: 2}
        for place, each in enumerate(self._sockets.values()):
            descriptors[3 + place] = each.fileno()
        slot.process = self._reactor.spawnProcess(
            _Process(self, slot, hearing),
            "/bin/sh",
            ["sh", "-c", _WITH_ITS_PID, *command],
            env=self._environment(slot, ear),
            childFDs=descriptors,
        )

    def _environment(self, slot: Slot, ear: Path) -> dict[str, str]:
        """What makes a daemon a worker. The delay of leaving is the parent's: its socket stays."""
        found = {
            **os.environ,
            NUMBER: str(slot.number),
            FOLDER: str(self._folder),
            "NOTIFY_SOCKET": str(ear),
            "WATCHDOG_USEC": str(int(SILENCE * 1e6)),
            "LISTEN_FDS": str(len(self._sockets)),
            "LISTEN_FDNAMES": ":".join(self._sockets),
            "SYNNEFOD_SERVER_WORKERS": "1",
            "SYNNEFOD_SERVER_DRAIN_DELAY": "0",
        }
        found.pop("WATCHDOG_PID", None)
        if any(other.ready for other in self._slots):
            found[LATE] = "1"
        if slot.number != FIRST:
            found |= {
                "SYNNEFOD_ROLES_EVENTD": "false",
                "SYNNEFOD_GANETI_SIMULATE": "0",
                "SYNNEFOD_MANAGE_SOCKET": str(self._folder / f"{slot.number}.manage"),
            }
        return found

    def heard(self, slot: Slot, said: dict[str, str]) -> None:
        """A worker speaks as it would to systemd."""
        slot.heard = self._reactor.seconds()
        if said.get("READY") == "1" and not slot.ready:
            slot.ready = True
            slot.pause = BackOff(first=1.0, most=30.0)
            if not slot.prepared.called:
                slot.prepared.callback(None)

    def ended(self, slot: Slot, code: int) -> None:
        """A worker's process is gone."""
        slot.process, slot.ready = None, False
        if slot.leaving or self.leaving:
            # Who waits for it may begin another at once.
            slot.gone.callback(code)
            return
        if not self._begun:
            # What keeps the first from starting keeps every other one.
            log.critical("worker {number} cannot start", number=slot.number)
            self._fail()
            return
        wait = slot.pause.next()
        log.error(
            "worker {number} ended with {code}; another begins in {wait} s",
            number=slot.number,
            code=code,
            wait=round(wait, 1),
        )
        self._reactor.callLater(wait, self._respawn, slot)

    def _respawn(self, slot: Slot) -> None:
        if not self.leaving and slot.process is None:
            self._spawn(slot)

    async def _look(self) -> None:
        """Kills a worker that has not been heard for long; its end makes another."""
        now = self._reactor.seconds()
        for slot in self._slots:
            if slot.process is not None and slot.ready and now - slot.heard > 2 * SILENCE:
                log.error("worker {number} is stuck", number=slot.number)
                _signal(slot, signal.SIGKILL)

    # -- reload and end

    def _on_hangup(self) -> None:
        """New settings: workers take what they can as they run; else they are replaced, one
        after another, while the others serve."""
        self._lines.reopen()
        try:
            wanted = settings.load(self._path, os.environ)
        except ConfigError as error:
            log.error("settings are not taken: {why}", why=str(error), event="reload_refused")
            return
        changed = differences(self._config, wanted) - TAKEN
        for key in sorted(changed & OF_THE_PARENT):
            log.warn("{key} changes at the next restart", key=key, event="needs_restart")
        self._lines.level(wanted.log.level)
        if not changed - OF_THE_PARENT:
            for slot in self._slots:
                _signal(slot, signal.SIGHUP)
            return
        self._config = wanted
        if self._replacing or not self._begun:
            self._again = True
        else:
            start(self._replace_all(), "replacing workers")

    async def _replace_all(self) -> None:
        self._replacing = True
        self._supervision.reloading()
        try:
            self._again = True
            while self._again and not self.leaving:
                self._again = False
                for slot in self._slots:
                    if not self.leaving:
                        await self._replace(slot)
        finally:
            self._replacing = False
        self._supervision.ready(f"{len(self._slots)} workers are ready")
        log.info("the workers have new settings", event="replaced")

    async def _replace(self, slot: Slot) -> None:
        """Its requests end, then another has its place and is ready."""
        await self._end(slot)
        slot.prepared = Deferred()
        self._spawn(slot)
        await slot.prepared

    async def _end(self, slot: Slot) -> None:
        if slot.process is None:
            return
        slot.leaving = True
        gone = slot.gone
        _signal(slot, signal.SIGTERM)

        try:
            await within(self._reactor, self._config.server.drain_timeout + GRACE, shield(gone))
        except TimedOut:
            log.error("worker {number} does not end", number=slot.number)
            _signal(slot, signal.SIGKILL)
            await gone

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        return ensureDeferred(self._stop())

    async def _stop(self) -> None:
        """Balancers see `/readyz` say no; then no connection is taken, and the workers end."""
        self.leaving = True
        self._supervision.leaving()
        next_signal_ends_at_once()
        await self._watch.stop()
        for slot in self._slots:
            _signal(slot, ALONE)
        if self._config.server.drain_delay:
            await sleep(self._reactor, self._config.server.drain_delay)
        self._close()
        for ending in [ensureDeferred(self._end(slot)) for slot in self._slots]:
            await ending
        shutil.rmtree(self._folder, ignore_errors=True)


def _signal(slot: Slot, number: int) -> None:
    if slot.process is not None and slot.process.pid is not None:
        os.kill(slot.process.pid, number)


class _Ear(DatagramProtocol):
    def __init__(self, workers: Workers, slot: Slot) -> None:
        self._workers, self._slot = workers, slot

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        lines = datagram.decode("utf-8", "replace").splitlines()
        self._workers.heard(self._slot, dict(line.partition("=")[::2] for line in lines))


class _Process(ProcessProtocol):
    def __init__(self, workers: Workers, slot: Slot, hearing: Any) -> None:
        self._workers, self._slot, self._hearing = workers, slot, hearing

    def processEnded(self, reason: Any) -> None:
        self._hearing.stopListening()
        code = reason.value.exitCode
        self._workers.ended(self._slot, -(reason.value.signal or 0) if code is None else code)
