"""One simulated cluster as a service: its folder, its queue, its RAPI on a loopback port."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, maybeDeferred, succeed
from twisted.web.server import Site

from synnefod.common.clockwork import IClock
from synnefod.common.text import micros
from synnefod.protocols.eventd import COPY_PROGRESS, Progress
from synnefod.simulator import views
from synnefod.simulator.job import Job
from synnefod.simulator.jobs import JobQueue
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.rapi import RapiResource
from synnefod.simulator.screens import LoopbackScreens
from synnefod.simulator.world import Node, World

USERNAME = "synnefo"
IMAGE = 1 << 30
"""The bytes that every simulated image is said to have."""


class SimulatedCluster:
    """A cluster without a network: world, queue and RAPI resource on any clock.

    `begin` resumes what FOLDER holds; `halt` stops all work where it is, and a new
    SimulatedCluster on the same folder goes on from there.
    """

    def __init__(
        self,
        clock: IClock,
        folder: Path,
        name: str = "simulated.localhost",
        nodes: tuple[Node, ...] | None = None,
        knobs: Knobs | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.knobs = knobs or Knobs()
        self.world = World(clock, folder, name, nodes or (Node(),), USERNAME)
        self.queue = JobQueue(
            clock, folder / "queue", self.world, self.knobs, self._ended, self._installing
        )
        self.resource = RapiResource(clock, self.world, self.queue, self.knobs)
        self.ended: list[Callable[[Job], None]] = []
        """Called with each job that has become final."""
        self.progress: list[Callable[[Progress], None]] = []
        """Called with what a node's progress monitor would publish while an image is copied."""

    @property
    def name(self) -> str:
        return self.world.cluster.name

    @property
    def username(self) -> str:
        return self.world.cluster.username

    @property
    def password(self) -> str:
        return self.world.cluster.password

    @property
    def queue_folder(self) -> Path:
        return self.queue.folder

    def begin(self) -> None:
        for instance in list(self.world.instances.values()):
            if instance.running:
                self.world.save(instance)  # its screen opens, perhaps on another port
        self.queue.begin()

    def halt(self) -> None:
        self.queue.stop()

    def instance(self, name: str) -> Mapping[str, Any] | None:
        """An instance as RAPI shows it, read without RAPI (an event daemon on the master)."""
        found = self.world.instances.get(name)
        return None if found is None else views.instance(self.world, found)

    def vanish(self, name: str) -> None:
        """The instance's process is gone though it should run: `ERROR_down`."""
        instance = self.world.instances[name]
        instance.running = False
        self.world.save(instance)

    def _installing(self, name: str, share: float) -> None:
        size = IMAGE
        now = self.world.clock.seconds()
        body = {
            "instance": name,
            "total": size,
            "position": int(size * share),
            "progress": round(100 * share, 2),
            "timestamp": now,
        }
        message = Progress(COPY_PROGRESS, name, micros(now), body, self.name)
        for listener in list(self.progress):
            listener(message)

    def _ended(self, job: Job) -> None:
        for listener in list(self.ended):
            listener(job)


class SimulatorService(Service):
    """A SimulatedCluster whose RAPI listens on `interface`:`port` (0: any free one) and whose
    running instances show screens on loopback ports. `url` is valid while it runs."""

    def __init__(
        self,
        reactor: Any,
        folder: Path,
        name: str = "simulated.localhost",
        nodes: tuple[Node, ...] | None = None,
        *,
        port: int = 0,
        interface: str = "127.0.0.1",
        knobs: Knobs | None = None,
        screens: bool = True,
    ) -> None:
        self.cluster = SimulatedCluster(reactor, folder, name, nodes, knobs)
        self._reactor = reactor
        self._wanted = port
        self._interface = interface
        self._screens = LoopbackScreens(reactor, interface) if screens else None
        self._port: Any = None

    @property
    def url(self) -> str:
        return f"http://{self._interface}:{self._port.getHost().port}"

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]
        site = Site(self.cluster.resource)  # type: ignore[no-untyped-call]
        site.noisy = False
        site.displayTracebacks = False
        site.log = lambda _request: None  # type: ignore[assignment, method-assign]
        self._port = self._reactor.listenTCP(self._wanted, site, interface=self._interface)
        if self._screens is not None:
            self.cluster.world.screens = self._screens
        self.cluster.begin()

    def stopService(self) -> Deferred[None]:
        super().stopService()  # type: ignore[no-untyped-call]
        self.cluster.halt()
        if self._screens is not None:
            self._screens.close_all()
        port, self._port = self._port, None
        return maybeDeferred(port.stopListening) if port is not None else succeed(None)
