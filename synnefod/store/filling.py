"""Back-filling: steps that write the rows which are there, batch by batch, beside those who write.

A step of the kind `migrate` is a file that begins with `-- migrate` and holds one statement, which
writes at most BATCH rows that need it:

    -- migrate
    -- left: select count(*) from things where kind is null
    update things set kind = 'plain' where id in (
        select id from things where kind is null order by id limit 1000);

It may be ended at any time and goes on where it was, since it looks for what is left. It is done
when it finds no row, and no daemon of another release lives that might still write such rows; then
it is noted in `schema_migrations`, and `filled` says so to code that reads the new column. Without
locks that are skipped, several daemons may work at once: rows that one holds are waited for.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence

from attrs import define, field
from twisted.logger import Logger

from synnefod import VERSION
from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx
from synnefod.store.migrate import Migration
from synnefod.store.presence import STALE

BATCH = 1000
COUNTED = 100
"""Batches between two counts of what is left."""
_LEFT = re.compile(r"^-- left: (.+)$", re.MULTILINE)
log = Logger()


@define
class Filling:
    """The steps of the kind `migrate` among `steps`, one batch for each call of `round`."""

    store: Store
    clock: IClock
    steps: Sequence[Migration]
    _left: list[Migration] | None = field(default=None, init=False)
    _batches: int = field(default=0, init=False)

    async def round(self) -> int:
        """Writes one batch of the first step that is not done; how many rows. Whoever calls it
        rests in between: that is the throttle. Raises Unavailable."""
        if self._left is None:
            self._left = await self._missing()
        if not self._left:
            return 0
        step = self._left[0]
        count = await self.store.transact(f"fill {step.name}", _once(step))
        if count:
            await self._tell(step)
        if count == 0 and await self.store.transact("note a filling", self._done):
            log.info(
                "{name} is filled", event="backfill_done", name=f"{step.number:04d}_{step.name}"
            )
            gauge = metrics.store_migration_rows_remaining.labels(f"{step.number:04d}_{step.name}")
            gauge.set(0)
            self._left, self._batches = await self._missing(), 0
        return count

    async def _tell(self, step: Migration) -> None:
        """How many rows are left, at times: counting them costs more than writing a batch."""
        gauge = metrics.store_migration_rows_remaining.labels(f"{step.number:04d}_{step.name}")
        if self._batches % COUNTED == 0:
            counting = _LEFT.search(step.text)
            if counting is not None:
                row = await self.store.read("what is left", lambda tx: tx.one(counting[1]))
                gauge.set(row[0] if row is not None else 0)
        self._batches += 1

    async def _missing(self) -> list[Migration]:
        async def body(tx: Tx) -> set[int]:
            return {row[0] for row in await tx.all("select number from schema_migrations")}

        fills = [step for step in self.steps if step.kind == "migrate"]
        if not fills:
            return []
        applied = await self.store.read("what is filled", body)
        return [step for step in fills if step.number not in applied]

    async def _done(self, tx: Tx) -> bool:
        """Notes the first step that is left, unless rows may still come that need it."""
        assert self._left
        step, now = self._left[0], micros(self.clock.seconds())
        older = await tx.one(
            "select count(*) from daemons where release <> :release and seen >= :since",
            release=VERSION,
            since=now - STALE * 1_000_000,
        )
        if older is not None and older[0]:
            return False
        if await _once(step)(tx):  # something came between the look and now
            return False
        await tx.run(
            "insert into schema_migrations (number, name, applied, release)"
            " values (:number, :name, :now, :release) on conflict (number) do nothing",
            number=step.number,
            name=step.name,
            now=now,
            release=VERSION,
        )
        return True


def _once(step: Migration) -> Callable[[Tx], Awaitable[int]]:
    statement = " ".join(re.sub(r"--[^\n]*", "", step.text).split()).removesuffix(";")

    async def body(tx: Tx) -> int:
        return await tx.run(statement)

    return body


async def filled(tx: Tx, number: int) -> bool:
    """Whether every row has what the step `number` writes. On a fresh database from the start."""
    row = await tx.one("select 1 from schema_migrations where number = :number", number=number)
    return row is not None
