"""Reports, and clusters' answers, that come at the same time share a transaction.

Note [Intake]. A report that finds nothing under way goes at once; those that come meanwhile wait
and go together. At most `FLIGHTS` transactions are under way, never two with the same server, and
reports of a server stay in the order in which they came. When a transaction fails for another
reason than a database that does not answer, each of its reports is applied by itself, so that a
report that cannot be applied hurts no other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from synnefod.cluster.interface import JobEvent, ProgressEvent
from synnefod.common.clockwork import start
from synnefod.common.errors import Unavailable
from synnefod.common.ids import JobId
from synnefod.compute.records.outbox import Intent

log = Logger()
MOST = 200
FLIGHTS = 2


@frozen
class Answer:
    """The cluster took a submission as this job."""

    intent: Intent
    job: JobId


Event = JobEvent | ProgressEvent | Answer


@frozen(eq=False)
class Report:
    """A report about a server. `gone`: see `step.classify`."""

    server: int
    event: Event
    gone: bool
    heard: Deferred[None] = field(factory=Deferred)


@define
class Intake:
    """`apply(reports)` has committed when it returns."""

    apply: Callable[[Sequence[Report]], Awaitable[None]]
    _waiting: list[Report] = field(factory=list, init=False)
    _flying: set[int] = field(factory=set, init=False)
    _flights: int = field(default=0, init=False)

    @property
    def busy(self) -> int:
        return len(self._flying) + len(self._waiting)

    async def put(self, server: int, event: Event, *, gone: bool = False) -> None:
        """Returns when the report is applied; raises what its application raises."""
        report = Report(server, event, gone)
        self._waiting.append(report)
        self._take_off()
        await report.heard

    def _take_off(self) -> None:
        while self._waiting and self._flights < FLIGHTS:
            going: list[Report] = []
            staying: list[Report] = []
            held = set(self._flying)
            for report in self._waiting:
                if report.server in held or len(going) >= MOST:
                    held.add(report.server)
                    staying.append(report)
                else:
                    going.append(report)
            if not going:
                return
            self._waiting = staying
            self._flights += 1
            self._flying.update(report.server for report in going)
            start(self._fly(going), "applying reports")

    async def _fly(self, reports: list[Report]) -> None:
        try:
            try:
                await self.apply(reports)
            except (Unavailable, CancelledError) as error:
                self._land(reports, error)
            except Exception as error:
                if len(reports) == 1:
                    self._land(reports, error)
                else:
                    log.warn("reports are applied one by one: {why}", why=repr(error))
                    await self._one_by_one(reports)
            else:
                self._land(reports, None)
        finally:
            self._flights -= 1
            self._flying.difference_update(report.server for report in reports)
            self._take_off()

    async def _one_by_one(self, reports: list[Report]) -> None:
        for report in reports:
            try:
                await self.apply([report])
            except (Exception, CancelledError) as error:
                self._land([report], error)
            else:
                self._land([report], None)

    def _land(self, reports: list[Report], error: BaseException | None) -> None:
        for report in reports:
            if report.heard.called:
                continue
            if error is None:
                report.heard.callback(None)
            else:
                report.heard.errback(error)
