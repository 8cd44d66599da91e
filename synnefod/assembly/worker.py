"""One of several processes of a host that share a port, as seen from inside (see `workers`)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.protocol import Protocol
from twisted.internet.stdio import StandardIO
from twisted.logger import Logger

from synnefod.common.clockwork import gather, within
from synnefod.protocols.http.local import fetched
from synnefod.protocols.http.site import Site
from synnefod.resources.door import Mount
from synnefod.resources.ops.metrics import Metrics
from synnefod.resources.root import tree

log = Logger()
NUMBER, FOLDER, LATE = "SYNNEFOD_WORKER", "SYNNEFOD_WORKERS", "SYNNEFOD_WORKER_LATE"
"""What the parent tells in the environment: which one this is, where they all meet, and whether
others serve already."""
FIRST = 1
"""The worker that does what only one may do: the simulated clusters, the event daemon, the
administrator's socket."""
ALONE = signal.SIGUSR1
"""Sent by the parent: balancers shall send nobody more, for all workers leave soon."""
PATIENCE = 5.0
_SUFFIX = ".metrics"


@define
class Worker:
    """`number` and `folder` as the parent gave them. One that is `late` takes no connection before
    it is ready: it would answer what its siblings can answer, that it is not."""

    number: int
    folder: Path
    reactor: Any
    late: bool = False
    _port: Any = field(default=None, init=False)

    @classmethod
    def of(cls, environ: Mapping[str, str], reactor: Any) -> Worker | None:
        """None in a process that has no siblings."""
        if FOLDER not in environ:
            return None
        return cls(int(environ[NUMBER]), Path(environ[FOLDER]), reactor, LATE in environ)

    def begin(self, threads: Any, unready: Callable[[], object]) -> None:
        """Leaves with the parent, obeys it, and tells the siblings what is counted here."""
        StandardIO(_Parent(self.reactor), reactor=self.reactor)  # type: ignore[no-untyped-call]
        self.reactor.callWhenRunning(
            signal.signal, ALONE, lambda *_: self.reactor.callFromThread(unready)
        )
        mount = Mount("/", "ops", [Metrics(threads, listed=())], None)
        site = Site(tree([mount]), self.reactor, access_log=False)
        path = self._socket(self.number)
        path.unlink(missing_ok=True)
        self._port = self.reactor.listenUNIX(str(path), site, mode=0o600)

    async def stop(self) -> None:
        if self._port is not None:
            await self._port.stopListening()

    def reload(self, reload: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """A reload that was asked of this worker is for all: the parent sees to it."""
        answer = reload()
        os.kill(os.getppid(), signal.SIGHUP)
        return answer

    async def siblings(self) -> dict[str, bytes]:
        """What the others count, by number; those that do not answer are left out."""
        found = sorted(int(path.stem) for path in self.folder.glob(f"*{_SUFFIX}"))
        others = [number for number in found if number != self.number]
        texts = await gather([self._asked(number) for number in others])
        return {str(number): text for number, text in zip(others, texts, strict=True) if text}

    async def _asked(self, number: int) -> bytes:
        async def ask() -> bytes:
            return await fetched(self.reactor, str(self._socket(number)), "/metrics")

        try:
            return await within(self.reactor, PATIENCE, ask())
        except Exception as error:
            log.debug("worker {number} tells no metrics: {why}", number=number, why=str(error))
            return b""

    def _socket(self, number: int) -> Path:
        return self.folder / f"{number}{_SUFFIX}"


class _Parent(Protocol):
    """The parent's end of our standard input: closed, the parent is gone, and so are we."""

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def connectionLost(self, reason: Any = None) -> None:
        if self._reactor.running:
            self._reactor.stop()
