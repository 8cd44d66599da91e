"""SqliteStore on a file: readers, slow statements, other processes, full groups."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather
from synnefod.store.drivers import BadAddress, open_store
from synnefod.store.interface import StoreUnavailable
from synnefod.store.migrate import SchemaTooNew
from synnefod.store.sqlite import SqliteStore
from tests.harness.database import started_threads

MANY = (
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < :most)"
    " select count(*) from n"
)


class CountingThreads:
    """Real threads that count what goes to them."""

    def __init__(self, threads: Any) -> None:
        self.threads = threads
        self.hops = 0

    def disk(self, f: Any, *args: Any) -> Any:
        self.hops += 1
        return self.threads.disk(f, *args)


class OnAFile(TestCase):
    """What the contract does not see."""

    timeout = 60

    async def setUp(self) -> None:
        from twisted.internet import reactor

        self.threads = CountingThreads(started_threads(self))
        self.path = Path(self.mktemp())
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        (self.folder / "0001_rows.sql").write_text("create table rows (id {identity}, x text);")
        self.reactor: Any = reactor
        self.store = await self.opened()

    async def opened(self) -> SqliteStore:
        store = SqliteStore(self.path, self.reactor, self.threads, migrations=self.folder)
        self.addCleanup(lambda: ensureDeferred(store.stop()))
        await store.start()
        return store

    async def test_thousands_of_short_statements_use_up_nobodys_budget(self) -> None:
        """More readers than connections, far more steps in all than one statement may take."""

        async def body(tx: Any) -> Any:
            return await tx.all(MANY, most=50)

        async def caller() -> int:
            for _ in range(150):
                self.assertEqual(await self.store.read("short", body), [(50,)])
            return 150

        self.assertEqual(sum(await gather([caller() for _ in range(16)])), 2400)
        self.assertTrue(self.threads.hops < 10)

    async def test_a_long_query_is_run_in_a_thread_and_answers_the_same(self) -> None:
        """In a read and in a transaction; a short one afterwards stays on the reactor."""
        for do in (self.store.read, self.store.transact):

            async def body(tx: Any) -> list[Any]:
                short = await tx.one(MANY, most=5)
                before = self.threads.hops
                long = await tx.one(MANY, most=300_000)
                hops = self.threads.hops - before
                return [short, long, hops, await tx.one(MANY, most=6)]

            self.assertEqual(await do("long", body), [(5,), (300_000,), 1, (6,)])

    async def test_a_long_change_is_finished_and_goes_to_a_thread_the_next_time(self) -> None:
        """It is never interrupted: that would roll the whole group back."""
        sql = MANY.replace(" select count(*)", " insert into rows (x) select 'x'")

        async def body(tx: Any) -> Any:
            before = self.threads.hops
            await tx.run(sql, most=30_000)
            first = self.threads.hops - before
            await tx.run(sql, most=10)
            return first, self.threads.hops - before, await tx.one("select count(*) from rows")

        self.assertEqual(await self.store.transact("change", body), (0, 1, (30_010,)))

    async def test_two_stores_on_one_file_take_turns(self) -> None:
        """As two processes do; nothing is lost and nobody fails."""
        other = await self.opened()

        async def body(tx: Any) -> None:
            row = await tx.one("select count(*) from rows")
            await tx.run("insert into rows (x) values (:x)", x=str(row[0]))

        await gather(
            [store.transact("add", body) for _ in range(50) for store in (self.store, other)]
        )

        async def total(tx: Any) -> Any:
            return await tx.one("select count(*), count(distinct x) from rows")

        self.assertEqual(await other.read("total", total), (100, 100))

    async def test_a_file_that_is_no_database_is_unavailable(self) -> None:
        """The text names the file."""
        await self.store.stop()
        bad = Path(self.mktemp())
        bad.write_bytes(b"not a database at all, whatever its name says" * 100)
        store = SqliteStore(bad, self.reactor, self.threads, migrations=self.folder)
        try:
            await store.start()
        except StoreUnavailable as error:
            self.assertIn(str(bad), str(error))
        else:
            self.fail("it opened")

    async def test_a_newer_schema_stops_the_start(self) -> None:
        """And leaves the file alone."""
        await self.store.stop()
        with sqlite3.connect(self.path) as connection:
            connection.execute("insert into schema_migrations values (9, 'later', 0, '9.1')")
        connection.close()
        try:
            await self.opened()
        except SchemaTooNew as error:
            self.assertIn("0009", str(error))
        else:
            self.fail("it opened")

    def test_an_address_names_its_engine(self) -> None:
        """Anything else is refused in words."""
        self.assertIsInstance(open_store("sqlite:///x", None, None), SqliteStore)
        for url in ("mysql://x", "x", "sqlite:x", "sqlite://x"):
            self.assertRaises(BadAddress, open_store, url, None, None)
