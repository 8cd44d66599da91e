"""Reads what changed once a second while anybody follows, and hands it to the followers."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Sequence

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from synnefod.common import metrics
from synnefod.common.changes import Change
from synnefod.common.clockwork import Every, IClock, TimedOut, within
from synnefod.common.errors import Unavailable
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.feed.interface import Lost, Quiet, Source, Told
from synnefod.store.interface import Store, Tx

log = Logger()
PERIOD = 1.0
OVERLAP = 10_000_000
"""Microseconds by which each reading goes back: a transaction may commit that long after the
moment that it wrote, and the clocks of two daemons differ."""
OLDEST = 3600 * 1_000_000
"""Microseconds after which a follower that comes back has to look at everything again."""
MOST = 2_000
"""Rows of a collection in one reading; more are too much to be told one by one."""
WAITING = 4_000
"""Changes that wait for one follower who takes them too slowly."""


@define(eq=False)
class Follower:
    """What waits for one who follows."""

    principal: Principal
    waiting: deque[Told | Lost] = field(factory=deque)
    wakes: Deferred[None] | None = None

    def give(self, told: Told | Lost) -> None:
        if len(self.waiting) >= WAITING:
            self.waiting.clear()
            told = Lost(told.position)
        self.waiting.append(told)
        self.wake()

    def wake(self) -> None:
        wakes, self.wakes = self.wakes, None
        if wakes is not None and not wakes.called:
            wakes.callback(None)


@define(eq=False)
class Following:
    """Implements `Feed`. `close` ends all who follow; `task` is its periodic work."""

    store: Store
    clock: IClock
    sources: Sequence[Source]
    _followers: set[Follower] = field(factory=set, init=False)
    _told: OrderedDict[tuple[str, str], int] = field(factory=OrderedDict, init=False)
    _position: int = field(default=0, init=False)
    _task: Every | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)

    async def follow(
        self, principal: Principal, after: int | None, quiet: float
    ) -> AsyncIterator[Told | Lost | Quiet]:
        follower = Follower(principal)
        await self._join(follower)
        try:
            if after is not None:
                for missed in await self._missed(principal, after):
                    yield missed
            while not self._closed:
                while follower.waiting:
                    yield follower.waiting.popleft()
                follower.wakes = Deferred()
                if self._closed:
                    return
                try:
                    await within(self.clock, quiet, follower.wakes)
                except TimedOut:
                    yield Quiet()
        finally:
            await self._leave(follower)

    def close(self) -> None:
        """Every stream ends; its client comes back with its position, here or elsewhere."""
        self._closed = True
        for follower in tuple(self._followers):
            follower.wake()

    async def _join(self, follower: Follower) -> None:
        self._followers.add(follower)
        metrics.event_streams_open.set(len(self._followers))
        if self._task is None:
            self._position = self._now()
            self._told.clear()
            self._task = Every(self.clock, PERIOD, self._read, "reading changes")
            self._task.begin()

    async def _leave(self, follower: Follower) -> None:
        self._followers.discard(follower)
        metrics.event_streams_open.set(len(self._followers))
        if not self._followers and self._task is not None:
            task, self._task = self._task, None
            await task.stop()

    async def _missed(self, principal: Principal, after: int) -> list[Told | Lost]:
        now = self._now()
        if after > now + OVERLAP or now - after > OLDEST:
            return [Lost(now)]
        found = await self._since(after - OVERLAP)
        if found is None:
            return [Lost(now)]
        return [
            Told(each.updated, each, each.kind(after)) for each in found if each.seen_by(principal)
        ]

    async def _read(self) -> None:
        try:
            found = await self._since(self._position - OVERLAP)
        except Unavailable as error:
            log.debug("changes cannot be read: {why}", why=error.message)
            return
        if found is None:
            self._position = self._now()
            self._tell_all(Lost(self._position))
            return
        # A row that was made in the time that is read again, and not yet told, is news.
        before = self._position - OVERLAP
        for change in found:
            key = (change.collection, change.id)
            earlier = self._told.get(key)
            if earlier is not None and earlier >= change.updated:
                continue
            kind = change.kind(before if earlier is None else change.updated + 1)
            self._told[key] = change.updated
            self._told.move_to_end(key)
            self._position = max(self._position, change.updated)
            told = Told(change.updated, change, kind)
            for follower in tuple(self._followers):
                if change.seen_by(follower.principal):
                    follower.give(told)
        self._forget()

    def _forget(self) -> None:
        """What lies before the next reading cannot come again."""
        while self._told:
            key, updated = next(iter(self._told.items()))
            if updated >= self._position - OVERLAP:
                return
            del self._told[key]

    def _tell_all(self, lost: Lost) -> None:
        for follower in tuple(self._followers):
            follower.give(lost)

    async def _since(self, moment: int) -> list[Change] | None:
        """In the order of their moments; None when they are too many."""

        async def body(tx: Tx) -> list[Change] | None:
            found: list[Change] = []
            for source in self.sources:
                part = await source(tx, moment, MOST)
                if len(part) >= MOST:
                    return None
                found += part
            return sorted(found, key=lambda each: each.updated)

        return await self.store.read("changes", body)

    def _now(self) -> int:
        return micros(self.clock.seconds())
