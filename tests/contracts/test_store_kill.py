"""A killed process: every acknowledged row is there, on both engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg2
from twisted.trial.unittest import SynchronousTestCase

from synnefod.store.dialect import POSTGRES
from synnefod.store.migrate import load, migrate_postgres
from tests.harness.database import NO_POSTGRES, empty_database

WRITER = """
import sys
from pathlib import Path
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from synnefod.common.threads import Threads
from synnefod.store.drivers import open_store

async def insert(tx):
    return (await tx.one("insert into rows (x) values (1) returning id"))[0]

async def writer(store):
    while True:
        print(await store.transact("insert", insert), flush=True)

async def main():
    threads = Threads(reactor)
    threads.start()
    store = open_store(sys.argv[1], reactor, threads, migrations=Path(sys.argv[2]))
    await store.start()
    for _ in range(8):
        ensureDeferred(writer(store))

reactor.callWhenRunning(lambda: ensureDeferred(main()))
reactor.run()
"""


class Killed(SynchronousTestCase):
    """SIGKILL in the middle of group after group of commits."""

    def folder(self) -> Path:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "0001_rows.sql").write_text("create table rows (id {identity}, x {bigint});")
        return folder

    def acknowledged(self, url: str, folder: Path) -> set[int]:
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(folder)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(300)]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.read().splitlines(keepends=True)
        child.stdout.close()
        child.wait()
        return {int(line) for line in lines if line.endswith(b"\n")}

    def test_every_acknowledged_row_is_in_the_file(self) -> None:
        """SQLite, and the store opens again without a repair."""
        import sqlite3

        path = Path(self.mktemp()).resolve()
        told = self.acknowledged(f"sqlite:///{path}", self.folder())
        with closing(sqlite3.connect(path)) as connection:
            rows = {number for (number,) in connection.execute("select id from rows")}
            self.assertEqual(connection.execute("pragma integrity_check").fetchall(), [("ok",)])
        self.assertTrue(len(told) >= 300)
        self.assertEqual(told - rows, set())

    def test_every_acknowledged_row_is_on_the_server(self) -> None:
        """PostgreSQL."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        folder = self.folder()
        with closing(psycopg2.connect(dsn)) as connection:
            connection.autocommit = True
            migrate_postgres(connection, load(POSTGRES, folder), 1)
        told = self.acknowledged(f"postgresql:{dsn}", folder)
        with closing(psycopg2.connect(dsn)) as connection:
            cursor = connection.cursor()
            cursor.execute("select id from rows")
            rows = {number for (number,) in cursor.fetchall()}
        self.assertTrue(len(told) >= 300)
        self.assertEqual(told - rows, set())

    if NO_POSTGRES:
        test_every_acknowledged_row_is_on_the_server.skip = NO_POSTGRES  # type: ignore[attr-defined]
