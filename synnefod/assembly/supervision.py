"""The daemon and who watches over it: readiness, watchdog, and the signals (OPS-144, 146, 147)."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall

from synnefod.common.clockwork import IClock
from synnefod.protocols.sdnotify import Notifier


class Supervision:
    """Tells the supervisor in which phase the daemon is, and that its reactor turns.

    A watchdog's ping goes out each half of its interval, and is left out when it comes late by
    more than a quarter of it: who cannot keep its own time is not well.
    """

    def __init__(self, notifier: Notifier, clock: IClock) -> None:
        self._notifier = notifier
        self._clock = clock
        self._call: IDelayedCall | None = None
        self._due = 0.0

    def phase(self, text: str) -> None:
        """What the daemon is at; also asks for patience, since a migration may take long."""
        self._notifier.say(status=text, extend_timeout_usec=60_000_000)

    def ready(self, text: str) -> None:
        """Listeners are open and the store is migrated; the watchdog is fed from now on."""
        self._notifier.say(ready=1, status=text)
        if self._notifier.watchdog and self._call is None:
            self._plan()

    def reloading(self) -> None:
        """Followed by `ready`."""
        stamp = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._notifier.say(reloading=1, monotonic_usec=stamp)

    def leaving(self) -> None:
        """The last word."""
        self._notifier.say(stopping=1, status="finishing requests")
        call, self._call = self._call, None
        if call is not None and call.active():
            call.cancel()

    def _plan(self) -> None:
        period = self._notifier.watchdog / 2
        self._due = self._clock.seconds() + period
        self._call = self._clock.callLater(period, self._ping)

    def _ping(self) -> None:
        if self._clock.seconds() - self._due <= self._notifier.watchdog / 4:
            self._notifier.say(watchdog=1)
        self._plan()


def obey(reactor: Any, *, hangup: Callable[[], object]) -> None:
    """SIGHUP calls `hangup` on the reactor's thread; SIGTERM stops in order, and the exit code is
    0: Twisted's own handler would have twistd end itself by the same signal (OPS-146).

    To be called before the reactor runs, on the main thread.
    """

    def install() -> None:
        signal.signal(signal.SIGHUP, lambda *_: reactor.callFromThread(hangup))
        signal.signal(signal.SIGTERM, lambda *_: reactor.callFromThread(leave))

    def leave() -> None:
        if reactor.running:
            reactor.stop()

    reactor.callWhenRunning(install)


def next_signal_ends_at_once() -> None:
    """A second SIGTERM or SIGINT, while the first one is being obeyed, ends the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
