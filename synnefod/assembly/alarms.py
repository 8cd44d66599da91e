"""Hears the log's unexpected failures, and has administrators told (OPS-139)."""

from __future__ import annotations

import os
import socket
from collections import OrderedDict
from typing import Any

from attrs import define, field
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from synnefod.common.clockwork import IClock, start
from synnefod.identity.alarms import PAUSE, AlarmDesk

MOST_CAUSES = 1000


@implementer(ILogObserver)
@define(eq=False)
class Alarms:
    """`begin` listens, `stop` does not any more. A failure of telling is told to nobody: it would
    have to be told in the same way."""

    clock: IClock
    desk: AlarmDesk
    _told: OrderedDict[str, float] = field(factory=OrderedDict, init=False)
    _telling: bool = field(default=False, init=False)

    def begin(self) -> None:
        if self.desk.admins:
            globalLogPublisher.addObserver(self)

    def stop(self) -> None:
        globalLogPublisher.removeObserver(self)

    def __call__(self, event: LogEvent) -> None:
        failure = event.get("log_failure")
        level = event.get("log_level", LogLevel.info)
        if failure is None or level < LogLevel.error or self._telling:
            return
        cause, now = cause_of(failure), self.clock.seconds()
        last = self._told.get(cause)
        if last is not None and now - last < PAUSE:
            return
        self._told[cause] = now
        self._told.move_to_end(cause)
        while len(self._told) > MOST_CAUSES:
            self._told.popitem(last=False)
        start(self._tell(cause, described(event, failure)), "telling of an error")

    async def _tell(self, cause: str, text: str) -> None:
        self._telling = True
        try:
            await self.desk.tell(cause, text)
        finally:
            self._telling = False


def cause_of(failure: Failure) -> str:
    """The same for the same defect: the kind of error, and where it was raised."""
    kind = failure.type.__name__ if failure.type is not None else "error"
    place = ""
    if failure.frames:
        name, path, line = failure.frames[-1][:3]
        place = f" in {name} ({os.path.basename(path)}:{line})"
    return f"{kind}{place}"


def described(event: LogEvent, failure: Failure) -> str:
    """What a person who mends it needs to know."""
    facts: dict[str, Any] = {
        "host": socket.gethostname(),
        "where": event.get("log_namespace", ""),
        "route": event.get("route", ""),
        "request": event.get("request_id", ""),
    }
    lines = [f"{name}: {value}" for name, value in facts.items() if value]
    return "\n".join([*lines, "", failure.getTraceback()])
