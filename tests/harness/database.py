"""A fresh, migrated store for each test, on either engine.

    class QuotaOnSqlite(OnSqlite, QuotaSuite, TestCase): ...
    class QuotaOnPostgres(OnPostgres, QuotaSuite, TestCase): ...

with `store = await self.make_store()` in an `async def setUp` or test. Synchronous tests take
`memory_store(self)`, whose Deferreds have fired when they are returned; they run on PostgreSQL
where `SYNNEFOD_TEST_ENGINE` says `postgres`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock

from synnefod.common.threads import InlineThreads, Threads
from synnefod.store.dialect import POSTGRES
from synnefod.store.migrate import MIGRATIONS, load, migrate_postgres
from synnefod.store.postgres import PostgresStore
from synnefod.store.sqlite import SqliteStore
from tests.harness.inline import InlinePostgres

DSN = os.environ.get("SYNNEFOD_TEST_POSTGRES", "")
NO_POSTGRES = None if DSN else "SYNNEFOD_TEST_POSTGRES is not set"
ENGINE = os.environ.get("SYNNEFOD_TEST_ENGINE", "sqlite")
_numbers = count(1)


def at_once(clock: Any) -> Any:
    """A store, not yet started, all of whose Deferreds have fired when they are returned."""
    if ENGINE == "postgres":
        return InlinePostgres(new_database)
    return SqliteStore(None, clock, InlineThreads())


def memory_store(case: Any, clock: Any = None) -> Any:
    """A started store, stopped in the case's clean-up, as `at_once` has it."""
    store = at_once(clock or Clock())
    case.successResultOf(ensureDeferred(store.start()))
    case.addCleanup(lambda: ensureDeferred(store.stop()))
    return store


def started_threads(case: Any) -> Threads:
    """Real thread pools, stopped in the case's clean-up."""
    from twisted.internet import reactor

    threads = Threads(reactor)  # type: ignore[arg-type]
    threads.start()
    case.addCleanup(threads.stop)
    return threads


class OnSqlite:
    """Mixin: `make_store` gives the embedded engine in memory."""

    async def make_store(self, migrations: Path = MIGRATIONS, **options: Any) -> Any:
        store = SqliteStore(None, Clock(), InlineThreads(), migrations=migrations, **options)
        await store.start()
        self.addCleanup(lambda: ensureDeferred(store.stop()))  # type: ignore[attr-defined]
        return store


class OnPostgres:
    """Mixin: `make_store` gives a new database of the server that the environment names."""

    skip = NO_POSTGRES

    async def make_store(self, migrations: Path = MIGRATIONS, **options: Any) -> Any:
        from twisted.internet import reactor

        threads = started_threads(self)
        dsn, drop = new_database(migrations)
        self.addCleanup(threads.disk, drop)  # type: ignore[attr-defined]
        store = PostgresStore(dsn, reactor, threads, migrations=migrations, **options)
        self.addCleanup(lambda: ensureDeferred(store.stop()))  # type: ignore[attr-defined]
        await store.start()
        return store


def new_database(migrations: Path = MIGRATIONS) -> tuple[str, Callable[[], None]]:
    """The dsn of a new database with the schema of `migrations`, and what drops it. Blocks.

    Databases are copied from a template that is made once for each state of the schema.
    """
    template = _template(migrations)
    name = f"synnefod_test_{os.getpid()}_{next(_numbers)}"
    _ask(f'create database "{name}" template "{template}"')
    return make_dsn(DSN, dbname=name), lambda: _ask(f'drop database "{name}" with (force)')


def empty_database() -> tuple[str, Callable[[], None]]:
    """The dsn of a new database with nothing in it, and what drops it. Blocks."""
    name = f"synnefod_test_{os.getpid()}_{next(_numbers)}"
    _ask(f'create database "{name}"')
    return make_dsn(DSN, dbname=name), lambda: _ask(f'drop database "{name}" with (force)')


def _ask(*statements: str) -> None:
    with closing(psycopg2.connect(DSN)) as connection:
        connection.autocommit = True
        for statement in statements:
            connection.cursor().execute(statement)


def _template(migrations: Path) -> str:
    steps = load(POSTGRES, migrations)
    digest = hashlib.sha256(repr(steps).encode()).hexdigest()[:16]
    name = f"synnefod_template_{digest}"
    # Under a lock: several test processes may ask at once, and a half-made one is nobody's copy.
    with closing(psycopg2.connect(DSN)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("select pg_advisory_lock(1398362701)")
        cursor.execute("select 1 from pg_database where datname = %s", (name,))
        if cursor.fetchone() is None:
            cursor.execute(f'drop database if exists "{name}_new" with (force)')
            cursor.execute(f'create database "{name}_new"')
            with closing(psycopg2.connect(make_dsn(DSN, dbname=f"{name}_new"))) as fresh:
                fresh.autocommit = True
                migrate_postgres(fresh, steps, 0)
            cursor.execute(f'alter database "{name}_new" rename to "{name}"')
    return name
