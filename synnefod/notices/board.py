"""The board: what stands in the database, read again every few seconds."""

from __future__ import annotations

from attrs import define, field
from twisted.logger import Logger

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed, NotFound, Unavailable
from synnefod.common.text import micros
from synnefod.notices import records
from synnefod.notices.interface import ENGLISH, NewNotice, Notice
from synnefod.store.interface import Store

log = Logger()
FRESH = 5.0
"""Seconds for which what was read holds; so long another daemon's change may stay unseen."""
LONGEST = 2_000
KEPT = 30 * 86400 * 1_000_000
_GRAVITY = {"critical": 0, "warning": 1, "info": 2}


@define
class Board:
    """Implements `Notices`."""

    store: Store
    clock: IClock
    _known: list[Notice] = field(factory=list, init=False)
    _read: float | None = field(default=None, init=False)

    async def current(self) -> list[Notice]:
        now = self._now()
        standing = [each for each in await self._all() if each.stands(now)]
        return sorted(standing, key=lambda each: (_GRAVITY[each.level], -each.starts, -each.id))

    async def listing(self) -> list[Notice]:
        since = self._now() - KEPT
        return await self.store.read("notices", lambda tx: records.since(tx, since))

    async def add(self, new: NewNotice, author: str) -> Notice:
        now = self._now()
        starts = now if new.starts is None else new.starts
        _check(new, starts)
        made = await self.store.transact(
            "add notice", lambda tx: records.insert(tx, new, starts, author, now)
        )
        self._read = None
        return made

    async def remove(self, number: int) -> None:
        if not await self.store.transact("remove notice", lambda tx: records.delete(tx, number)):
            raise NotFound(f"There is no notice {number}.")
        self._read = None

    async def end_maintenance(self) -> int:
        now = self._now()
        ended = await self.store.transact(
            "end maintenance", lambda tx: records.end_read_only(tx, now)
        )
        self._read = None
        return ended

    async def maintenance(self) -> Notice | None:
        now = self._now()
        for each in await self._all():
            if each.read_only and each.stands(now):
                return each
        return None

    async def _all(self) -> list[Notice]:
        read = self.clock.seconds()
        if self._read is not None and read - self._read < FRESH:
            return self._known
        # Set before the answer is there: what others ask meanwhile need not read once more.
        self._read = read
        try:
            now = self._now()
            self._known = await self.store.read("notices", lambda tx: records.since(tx, now))
        except Unavailable as error:
            log.debug("the notices cannot be read: {why}", why=error.message)
        return self._known

    def _now(self) -> int:
        return micros(self.clock.seconds())


def _check(new: NewNotice, starts: int) -> None:
    if not new.texts.get(ENGLISH, "").strip():
        raise Malformed("A notice needs an English text.")
    if any(len(text) > LONGEST for text in new.texts.values()):
        raise Malformed(f"A notice has at most {LONGEST} characters.")
    if new.ends is not None and new.ends <= starts:
        raise Malformed("A notice ends after it begins.")
