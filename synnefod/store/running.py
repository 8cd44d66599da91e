"""What both engines do alike: detaching work from its caller, and watching how long it takes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

T = TypeVar("T")
log = Logger()

# Called with the name of a transaction, its duration in seconds, and how it ended: "committed",
# "rolled back" (the body's own exception) or "failed" (the engine's).
Observe = Callable[[str, float, str], None]


class DiskThreads(Protocol):
    """The part of IThreads that is used here."""

    def disk(self, f: Callable[..., T], *args: Any) -> Deferred[T]: ...


def unobserved(_name: str, _seconds: float, _outcome: str) -> None:
    """Looks the other way."""


def detached(work: Deferred[T], interrupt: Callable[[], None] | None = None) -> Deferred[T]:
    """The result of `work`, which goes on when the returned Deferred is cancelled.

    The canceller gets its CancelledError at once; `interrupt` is told, and whatever becomes of the
    work is dropped. Without `interrupt` a later failure of the work is logged.
    """

    def left(outer: Deferred[T]) -> None:
        outer.errback(CancelledError())
        if interrupt is not None:
            interrupt()

    outer: Deferred[T] = Deferred(left)

    def done(result: Any) -> None:
        if not outer.called:
            outer.callback(result)
        elif isinstance(result, Failure) and interrupt is None:
            log.failure("a transaction failed after its caller left", failure=result)

    work.addBoth(done)
    return outer


def begin(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Starts `work` in a copy of the current context, in which all of it runs."""
    return Deferred.fromCoroutine(work)
