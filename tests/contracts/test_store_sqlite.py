"""The store's contract on SQLite, in memory and in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from synnefod.store.sqlite import SqliteStore
from tests.contracts.store import SnapshotContract, StoreContract
from tests.harness.database import OnSqlite, started_threads


class InMemory(OnSqlite, StoreContract, TestCase):
    """The engine of the synchronous tests."""


class InAFile(SnapshotContract, TestCase):
    """The engine of `make run`."""

    async def make_store(self, migrations: Path, **options: Any) -> Any:
        from twisted.internet import reactor

        threads = started_threads(self)
        path = Path(self.mktemp())
        store = SqliteStore(path, reactor, threads, migrations=migrations, **options)  # type: ignore[arg-type]
        self.addCleanup(lambda: ensureDeferred(store.stop()))
        await store.start()
        return store
