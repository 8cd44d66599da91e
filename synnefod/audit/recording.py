"""Rows that are written with what they tell of.

The door says what somebody sets out to do (`Recorder.deed`); the first transaction of that request
which is committed carries the row (`RecordedStore`). So there is no deed without its row, and no
row of a deed that was rolled back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from attrs import define, evolve, frozen
from twisted.logger import Logger

from synnefod.audit import records
from synnefod.audit.interface import Deed, Outcome
from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.errors import Rehearsed, Unavailable
from synnefod.common.outside import rehearsing
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx

log = Logger()
T = TypeVar("T")
LONGEST = 500


@define
class _Doing:
    deed: Deed
    written: bool = False


_doing: ContextVar[_Doing | None] = ContextVar("doing", default=None)


@frozen
class RecordedStore:
    """A store whose first transaction of a deed also writes the deed's row."""

    store: Store
    clock: IClock

    async def transact(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        doing = _doing.get()
        if rehearsing():
            return await self.store.transact(name, _rehearsed(name, body))
        if doing is None or doing.written:
            return await self.store.transact(name, body)

        async def recorded(tx: Tx) -> T:
            result = await body(tx)
            now = micros(self.clock.seconds())
            await records.insert(tx, doing.deed, "done", "", now)
            return result

        # Said before the commit: what runs at the same time for this deed needs no second row.
        doing.written = True
        try:
            result = await self.store.transact(name, recorded)
        except BaseException:
            doing.written = False
            raise
        metrics.audit_rows.labels("done").inc()
        return result

    async def read(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        return await self.store.read(name, body)


def _rehearsed(name: str, body: Callable[[Tx], Awaitable[T]]) -> Callable[[Tx], Awaitable[T]]:
    """The body, and then a refusal that rolls its work back."""

    async def tried(tx: Tx) -> T:
        await body(tx)
        raise Rehearsed(f"It would {name}.")

    return tried


@frozen
class Recorder:
    """Implements `Recording`. `store` is the plain one."""

    store: Store
    clock: IClock

    @contextmanager
    def deed(self, deed: Deed) -> Iterator[None]:
        token = _doing.set(_Doing(deed))
        try:
            yield
        finally:
            _doing.reset(token)

    def known(self, actor: str) -> None:
        doing = _doing.get()
        if doing is not None and not doing.deed.actor:
            doing.deed = evolve(doing.deed, actor=actor, via="session")

    async def refused(self, deed: Deed, reason: str, outcome: Outcome = "refused") -> None:
        now = micros(self.clock.seconds())
        try:
            await self.store.transact(
                "record a refusal",
                lambda tx: records.insert(tx, deed, outcome, reason[:LONGEST], now),
            )
        except Unavailable as error:
            log.warn(
                "a refusal of {action} could not be recorded: {why}",
                action=deed.action,
                why=error.message,
            )
            return
        metrics.audit_rows.labels(outcome).inc()
