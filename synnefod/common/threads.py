"""Two bounded thread pools, CPU and disk, and their inline twin for tests.

Context variables (request ids) are carried into the threads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.python.threadpool import ThreadPool
from zope.interface import Interface, implementer

from synnefod.common import metrics

P = ParamSpec("P")
T = TypeVar("T")


class IThreads(Interface):
    """Runs blocking functions somewhere else than on the reactor."""

    def cpu(f: Any, *args: Any, **kwargs: Any) -> Any:
        """A Deferred of `f(*args, **kwargs)` run on the CPU pool (hashing, passwords)."""

    def disk(f: Any, *args: Any, **kwargs: Any) -> Any:
        """A Deferred of `f(*args, **kwargs)` run on the disk pool (files, fsync)."""


@implementer(IThreads)
class Threads:
    """Bounded pools of daemon threads. `stop` waits for what is running."""

    def __init__(self, reactor: IReactorFromThreads, *, cpu: int = 2, disk: int = 8) -> None:
        self._reactor = reactor
        self._cpu = ThreadPool(0, cpu, "cpu")
        self._disk = ThreadPool(0, disk, "disk")

    def start(self) -> None:
        self._cpu.start()
        self._disk.start()

    def stop(self) -> None:
        self._cpu.stop()
        self._disk.stop()

    def measure(self) -> None:
        """Shows how many threads work and how much waits for one."""
        for pool in (self._cpu, self._disk):
            metrics.thread_pool_busy.labels(pool.name).set(len(pool.working))
            metrics.thread_pool_waiting.labels(pool.name).set(pool.q.qsize())

    def cpu(self, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return self._run(self._cpu, f, *args, **kwargs)

    def disk(self, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return self._run(self._disk, f, *args, **kwargs)

    def _run(
        self, pool: ThreadPool, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Deferred[T]:
        context = copy_context()
        return deferToThreadPool(
            self._reactor, pool, lambda: context.run(lambda: f(*args, **kwargs))
        )


@implementer(IThreads)
class InlineThreads:
    """Runs everything at once on the calling thread, for synchronous tests."""

    def cpu(self, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return execute(f, *args, **kwargs)

    def disk(self, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        return execute(f, *args, **kwargs)
