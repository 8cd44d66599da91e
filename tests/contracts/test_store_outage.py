"""A PostgreSQL server that is down, goes away and comes back, on a server of the test's own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import deferLater
from twisted.trial.unittest import TestCase

from synnefod.store.interface import StoreUnavailable
from synnefod.store.postgres import PostgresStore
from tests.contracts.store import SCHEMA, add, names
from tests.harness import postgres
from tests.harness.database import NO_POSTGRES, started_threads


class Outage(TestCase):
    """PostgresStore without, and again with, its server."""

    skip = NO_POSTGRES
    timeout = 60

    async def setUp(self) -> None:
        from twisted.internet import reactor

        self.reactor: Any = reactor
        threads = started_threads(self)
        temporary = tempfile.TemporaryDirectory(prefix="pg")
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.port = postgres.free_port()
        migrations = Path(self.mktemp())
        migrations.mkdir()
        (migrations / "0001_things.sql").write_text(SCHEMA)
        dsn = f"host={self.folder} port={self.port} user=postgres dbname=postgres"
        self.store = PostgresStore(dsn, reactor, threads, migrations=migrations)

    async def put(self, name: str) -> None:
        async def body(tx: Any) -> None:
            await add(tx, name)

        await self.store.transact("put", body)

    async def refused(self) -> None:
        try:
            await self.store.check()
        except StoreUnavailable:
            return
        raise AssertionError("the store says that it is well")

    async def recovered(self) -> None:
        """Asks until it is well; the test's own time limit ends a vain wait."""
        while True:
            try:
                return await self.store.check()
            except StoreUnavailable:
                await deferLater(self.reactor, 0.05)

    async def test_the_store_lives_through_an_outage_at_its_start_and_in_its_life(self) -> None:
        """It starts without a server, migrates when it comes, and survives a crash of it."""
        self.addCleanup(lambda: ensureDeferred(self.store.stop()))
        await self.store.start()
        await self.refused()
        postgres.start(self.folder, self.port)
        self.addCleanup(postgres.stop, self.folder)
        await self.recovered()
        await self.put("before")
        postgres.stop(self.folder)
        for _ in range(5):
            await self.refused()
        postgres.start(self.folder, self.port)
        await self.recovered()
        await self.put("after")
        self.assertEqual(await self.store.read("names", names), ["after", "before"])

    async def test_a_pooled_connection_that_died_costs_no_error(self) -> None:
        """Connections ended by the server while idle are replaced under the next transaction."""
        postgres.start(self.folder, self.port)
        self.addCleanup(postgres.stop, self.folder)
        self.addCleanup(lambda: ensureDeferred(self.store.stop()))
        await self.store.start()
        await self.put("a")
        import psycopg2

        other = psycopg2.connect(self.store._dsn)
        other.autocommit = True
        other.cursor().execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        other.close()
        await self.put("b")
        self.assertEqual(await self.store.read("names", names), ["a", "b"])
