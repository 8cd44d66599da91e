"""Rows that are there are filled beside those who write (operations.md 15.6)."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod import VERSION
from synnefod.common import metrics
from synnefod.common.clockwork import gather
from synnefod.common.text import micros
from synnefod.store import steps
from synnefod.store.dialect import SQLITE
from synnefod.store.filling import BATCH, Filling, filled
from synnefod.store.migrate import MigrationFailed, load, migrate_sqlite
from synnefod.store.presence import STALE
from tests.harness.cloud import NOW
from tests.harness.database import OnPostgres, OnSqlite

FILL = (
    "-- migrate\n-- left: select count(*) from things where kind is null\n"
    "update things set kind = 'plain' where id in (\n"
    f"  select id from things where kind is null order by id limit {BATCH});\n"
)


def remaining() -> float:
    gauge = metrics.store_migration_rows_remaining.labels("9001_kinds")
    return float(gauge._value.get())


class FillingSuite:
    """What filling promises, whatever the engine."""

    mktemp: Any
    make_store: Any

    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "9001_kinds.sql").write_text(FILL)
        (folder / "9002_more.sql").write_text("create table more (id {bigint});")
        self.steps = load(SQLITE, folder)

        async def make(tx: Any) -> None:
            await tx.run("create table things (id integer primary key, kind text)")
            await tx.many(
                "insert into things (id) values (:id)", [{"id": n} for n in range(1, 2 * BATCH + 6)]
            )

        await self.store.transact("things", make)

    def filling(self) -> Filling:
        return Filling(self.store, self.clock, self.steps)  # type: ignore[arg-type]

    async def is_filled(self) -> bool:
        found: bool = await self.store.read("is it filled", lambda tx: filled(tx, 9001))
        return found

    async def write(self, sql: str, **parameters: Any) -> None:
        async def body(tx: Any) -> None:
            await tx.run(sql, **parameters)

        await self.store.transact("a change", body)

    async def test_batches_go_on_where_an_ended_daemon_was(self) -> None:
        """A batch at a time, by one daemon or the next, and noted when nothing is left (OPS-155,
        OPS-130)."""
        counts = [await self.filling().round()]
        self.assertEqual(remaining(), BATCH + 5)
        counts.append(await self.filling().round())
        self.assertEqual((counts, await self.is_filled()), ([BATCH, BATCH], False))
        last = self.filling()
        self.assertEqual([await last.round() for _ in range(3)], [5, 0, 0])
        self.assertEqual((await self.is_filled(), remaining()), (True, 0))
        await self.write("insert into things (id) values (9999)")
        self.assertEqual([await last.round(), await self.filling().round()], [0, 0])

    async def test_it_is_not_done_while_the_last_release_writes(self) -> None:
        """A daemon that does not know the column writes rows without it; they are filled too
        (OPS-155)."""
        await self.write(
            "insert into daemons (holder, release, host, pid, roles, started, seen)"
            " values ('old', '0.0.1', 'far', 1, 'api', 1, :now)",
            now=micros(NOW),
        )
        filling = self.filling()
        for expected in (BATCH, BATCH, 5, 0):
            self.assertEqual(await filling.round(), expected)
        self.assertEqual(await self.is_filled(), False)
        await self.write("insert into things (id) values (9999)")
        self.assertEqual([await filling.round(), await filling.round()], [1, 0])
        self.clock.advance(STALE + 1)
        self.assertEqual([await filling.round(), await self.is_filled()], [0, True])

    async def test_two_daemons_at_once_leave_nothing_out(self) -> None:
        """The second waits for the rows that the first holds (OPS-161)."""
        one, other = self.filling(), self.filling()
        for _ in range(4):
            await gather([one.round(), other.round()])
        self.assertEqual(await self.is_filled(), True)
        row = await self.store.read(
            "what is left", lambda tx: tx.one("select count(*) from things where kind is null")
        )
        self.assertEqual(row[0], 0)


class OverSqlite(OnSqlite, FillingSuite, TestCase):
    pass


class OverPostgres(OnPostgres, FillingSuite, TestCase):
    pass


class Order(SynchronousTestCase):
    def test_a_start_leaves_it_and_what_takes_away_waits_for_it(self) -> None:
        """A database that is there starts without it; `contract` behind it is refused until it is
        noted; a fresh database has all at once (OPS-130, OPS-155)."""
        folder, path = Path(self.mktemp()), Path(self.mktemp())
        folder.mkdir()
        first = "create table things (id {bigint} primary key, old text);"
        (folder / "0001_a.sql").write_text(first)
        url = f"sqlite:///{path}"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            migrate_sqlite(connection, None, load(SQLITE, folder), 1)
            (folder / "0002_b.sql").write_text("alter table things add column kind text;")
            (folder / "0003_c.sql").write_text(FILL)
            (folder / "0004_d.sql").write_text("-- contract\nalter table things drop column old;")
            migrate_sqlite(connection, None, load(SQLITE, folder), 2)
            shown = [(each.kind, each.applied is None) for each in steps.survey(url, folder)]
            wanted = [("expand", False), ("expand", False), ("migrate", True), ("contract", True)]
            self.assertEqual(shown, wanted)
            error = self.assertRaises(
                MigrationFailed, steps.apply, url, contract=True, folder=folder
            )
            self.assertIn("0003_c still fills rows", str(error))
            note = "insert into schema_migrations values (3, 'c', 3, ?)"
            connection.execute(note, (VERSION,))
            self.assertEqual(steps.apply(url, contract=True, folder=folder), 4)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
            self.assertEqual(migrate_sqlite(fresh, None, load(SQLITE, folder), 1), 4)
