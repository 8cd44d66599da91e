"""Time and order for coroutines: shields, timeouts, back-off, one-at-a-time, periodic work.

The only room above `protocols` and `store` that makes Deferreds by hand.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, DeferredList, ensureDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from synnefod.common import metrics

T = TypeVar("T")
K = TypeVar("K")
log = Logger()


class IClock(Protocol):
    """What of Twisted's IReactorTime is used here; `twisted.internet.task.Clock` in tests."""

    def seconds(self) -> float: ...

    def callLater(self, delay: float, f: Callable[..., object], *a: Any) -> IDelayedCall: ...


def shield(work: Coroutine[Any, Any, T] | Deferred[T]) -> Deferred[T]:
    """Starts `work` and returns its result; cancelling the returned Deferred leaves it running.

    For everything that changes something: a client who hangs up must not leave half of it. After
    a cancel the result is dropped; a failure is logged.
    """
    inner = work if isinstance(work, Deferred) else ensureDeferred(work)
    outer: Deferred[T] = Deferred(lambda d: d.errback(CancelledError()))

    def done(result: Any) -> None:
        if outer.called:
            if hasattr(result, "check") and hasattr(result, "getTraceback"):
                log.failure("shielded work failed after its caller left", failure=result)
        elif hasattr(result, "check") and hasattr(result, "getTraceback"):
            outer.errback(result)
        else:
            outer.callback(result)

    inner.addBoth(done)
    return outer


def start(work: Coroutine[Any, Any, T], what: str) -> Deferred[T | None]:
    """Starts `work` in the background; a failure is logged as `what` and swallowed."""
    d: Deferred[T] = ensureDeferred(work)

    def failed(failure: Any) -> None:
        if failure.check(CancelledError):
            return
        log.failure("{what} failed", failure=failure, what=what)

    return d.addErrback(failed)


def sleep(clock: IClock, seconds: float) -> Deferred[None]:
    """Fires after `seconds` of `clock`; may be cancelled."""
    d: Deferred[None] = Deferred(lambda _: call.cancel())
    call = clock.callLater(seconds, d.callback, None)
    return d


class TimedOut(Exception):
    """The time given to a piece of work is over; the work was cancelled."""


def within(clock: IClock, seconds: float, work: Awaitable[T] | Deferred[T]) -> Deferred[T]:
    """The result of `work`, or TimedOut after `seconds`, the work then being cancelled."""

    async def run() -> T:
        return await work

    d: Deferred[T] = work if isinstance(work, Deferred) else ensureDeferred(run())

    def late(failure: Any, _timeout: float) -> Any:
        failure.trap(CancelledError)
        raise TimedOut(f"no answer within {seconds} s")

    return d.addTimeout(seconds, clock, onTimeoutCancel=late)  # type: ignore[arg-type]


async def gather(works: Iterable[Awaitable[T]]) -> list[T]:
    """Runs all at once; the results in order, or the first failure once all have ended."""

    async def run(work: Awaitable[T]) -> T:
        return await work

    deferreds = [ensureDeferred(run(work)) for work in works]
    results = await DeferredList(deferreds, consumeErrors=True)
    for good, result in results:
        if not good:
            result.raiseException()  # type: ignore[attr-defined]
    return [result for _, result in results]


@define
class BackOff:
    """Growing pauses with jitter: `first` seconds, doubled up to `most`; `reset` on success."""

    first: float = 0.2
    most: float = 30.0
    jitter: float = 0.2
    _next: float = field(init=False, default=0.0)
    _random: Callable[[], float] = random.random

    def next(self) -> float:
        """The pause before the next try, in seconds."""
        self._next = min(self.most, self._next * 2 if self._next else self.first)
        return self._next * (1 - self.jitter + 2 * self.jitter * self._random())

    def reset(self) -> None:
        self._next = 0.0


@define
class OneAtATime(Generic[K]):
    """Runs works of one key one after another, in the order asked; keys do not wait on each other.

    A key without work takes no memory.
    """

    _tails: dict[K, Deferred[None]] = field(factory=dict, init=False)

    async def run(self, key: K, work: Callable[[], Awaitable[T]]) -> T:
        """The result of `work()`, begun when all earlier works of `key` have ended.

        A caller who is cancelled while waiting gives up its turn; the others keep theirs.
        """
        before = self._tails.get(key)
        mine: Deferred[None] = Deferred()
        self._tails[key] = mine
        mine.addCallback(lambda _: self._forget(key, mine))
        if before is not None:
            turn: Deferred[None] = Deferred()
            before.addCallback(lambda _: None if turn.called else turn.callback(None))
            try:
                await turn
            except CancelledError:
                before.addCallback(lambda _: mine.callback(None))
                raise
        try:
            return await work()
        finally:
            mine.callback(None)

    def _forget(self, key: K, mine: Deferred[None]) -> None:
        if self._tails.get(key) is mine:
            del self._tails[key]

    def busy(self, key: K) -> bool:
        """Whether a work of `key` is under way."""
        return key in self._tails

    def __len__(self) -> int:
        return len(self._tails)


@define
class Together(Generic[K, T]):
    """Questions of the same time have one answer: `work(keys)` gives a mapping, perhaps not of all.

    A question waits for a run that began after it was asked. A key that is not in the mapping is
    a KeyError; what `work` raises is raised to all that waited for the run.
    """

    work: Callable[[list[K]], Awaitable[Mapping[K, T]]]
    _waiting: dict[K, list[Deferred[T]]] = field(factory=dict, init=False)
    _running: bool = field(default=False, init=False)

    async def get(self, key: K) -> T:
        answer: Deferred[T] = Deferred()
        self._waiting.setdefault(key, []).append(answer)
        if not self._running:
            self._running = True
            start(self._run(), "answering together")
        return await answer

    async def _run(self) -> None:
        try:
            while self._waiting:
                asked, self._waiting = self._waiting, {}
                try:
                    found = await self.work(list(asked))
                except (Exception, CancelledError) as error:
                    for answer in (each for waiting in asked.values() for each in waiting):
                        _settle(answer, error)
                    continue
                for key, waiting in asked.items():
                    for answer in waiting:
                        if key in found:
                            _settle(answer, found[key])
                        else:
                            _settle(answer, KeyError(key))
        finally:
            self._running = False


def _settle(answer: Deferred[Any], result: Any) -> None:
    """Whoever waited may have left."""
    if answer.called:
        return
    if isinstance(result, BaseException):
        answer.errback(result)
    else:
        answer.callback(result)


@define
class Every:
    """Periodic work: runs `work` every `seconds`, never twice at once; failures are logged.

    `stop` returns when a run in progress has ended. `last` is when the last run ended and `well`
    whether it ended well (None: none has); `next` when the next one is due, in the clock's seconds.
    `jitter` is the part of the pause by which it may be shorter or longer, so that daemons that
    were started together do not work in step.
    """

    clock: IClock
    seconds: float
    work: Callable[[], Coroutine[Any, Any, object]]
    what: str
    last: float | None = field(default=None, init=False)
    well: bool | None = field(default=None, init=False)
    jitter: float = field(default=0.0, init=False)
    _call: IDelayedCall | None = field(default=None, init=False)
    _running: Deferred[object] | None = field(default=None, init=False)
    _stopped: bool = field(default=True, init=False)
    _again: bool = field(default=False, init=False)

    def begin(self, *, now: bool = False) -> None:
        self._stopped = False
        self._call = self.clock.callLater(0 if now else self.seconds, self._run)

    def soon(self) -> None:
        """Runs as soon as possible: now, or right after the run in progress."""
        if self._stopped:
            return
        if self._running is not None:
            self._again = True
        elif self._call is not None and self._call.active():
            self._call.reset(0)

    def _run(self) -> None:
        self._call = None
        self._running = start(self._measured(), self.what)
        self._running.addBoth(self._ended)

    async def _measured(self) -> object:
        began = self.clock.seconds()
        self.well = False
        try:
            result = await self.work()
            self.well = True
            metrics.task_last_success.labels(self.what).set(self.clock.seconds())
            return result
        except Exception:
            metrics.task_failures.labels(self.what).inc()
            raise
        finally:
            self.last = self.clock.seconds()
            metrics.task_duration.labels(self.what).observe(max(0.0, self.last - began))

    @property
    def next(self) -> float | None:
        """None while it runs or is stopped."""
        call = self._call
        return call.getTime() if call is not None and call.active() else None

    @property
    def running(self) -> bool:
        return self._running is not None

    def _ended(self, _result: object) -> None:
        self._running = None
        if not self._stopped:
            spread = 1 + random.uniform(-self.jitter, self.jitter)
            delay = 0 if self._again else self.seconds * spread
            self._again = False
            self._call = self.clock.callLater(delay, self._run)

    async def stop(self) -> None:
        self._stopped = True
        if self._call is not None and self._call.active():
            self._call.cancel()
        if self._running is not None:
            ended: Deferred[None] = Deferred()
            self._running.addBoth(lambda _: ended.callback(None))
            await ended
