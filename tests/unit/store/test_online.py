"""Changes of the schema beside those who write (operations.md 15.6)."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from twisted.trial.unittest import SynchronousTestCase

from synnefod import VERSION
from synnefod.store import steps
from synnefod.store.dialect import POSTGRES, SQLITE
from synnefod.store.filling import BATCH
from synnefod.store.migrate import (
    MIGRATIONS,
    MigrationFailed,
    SchemaTooNew,
    load,
    migrate_postgres,
    migrate_sqlite,
    split,
)
from tests.harness.database import NO_POSTGRES, empty_database

FIRST = "create table things (id {identity}, name text not null, size {bigint} not null);"
INDEX = "create index {concurrently} if not exists things_name on things (name, size);"
ROWS = 50_000
THE_RULE_BEGAN = 100
"""Numbers below were released before writers were thought of."""


class Folders:
    mktemp: Any

    def folder(self, **files: str) -> Path:
        folder = Path(self.mktemp())
        folder.mkdir()
        for name, text in files.items():
            (folder / f"{name[1:]}.sql").write_text(text)
        return folder


def offences(text: str) -> list[str]:
    """Statements of a migration, as PostgreSQL gets it, that would keep writers waiting."""
    made = {name.lower() for name in re.findall(r"(?i)create table (?:if not exists )?(\w+)", text)}
    found = []
    for statement in split(text):
        bare = " ".join(re.sub(r"--[^\n]*", "", statement).lower().split())
        on = re.match(r"create (?:unique )?index .* on (\w+)", bare)
        if on and on[1] not in made and " concurrently " not in bare:
            found.append(bare)
        altered = re.match(r"alter table (?:only )?(\w+) (.*)", bare)
        if (
            altered
            and altered[1] not in made
            and re.search(
                r"\btype\b|set not null"
                r"|add (?:constraint \w+ )?(?:foreign key|check|unique|primary)"
                r"|references|default (?:now|random|gen_random|clock)",
                altered[2],
            )
        ):
            found.append(bare)
        written = re.match(r"(?:update|delete from) (\w+)", bare)
        if written and written[1] not in made:
            found.append(bare)
    return found


def a_batch(text: str) -> bool:
    """Whether a step that fills rows is one statement for a bounded number of them, which waits
    for those that others hold."""
    (statement, *more) = split(POSTGRES.script(text))
    limit = re.search(r"\blimit (\d+)", statement)
    bounded = limit is not None and int(limit[1]) <= BATCH
    counted = "\n-- left: select count(*) " in text
    return bounded and counted and not more and "skip locked" not in statement


class Rules(Folders, SynchronousTestCase):
    def test_no_step_keeps_writers_waiting(self) -> None:
        """Indexes on tables that stand are made concurrently; no change of type, no constraint
        that is checked at once, no rewriting of a table's rows (OPS-130)."""
        for path in sorted(MIGRATIONS.glob("*.sql")):
            text = path.read_text("utf-8")
            if int(path.name[:4]) < THE_RULE_BEGAN or ".sqlite." in path.name:
                continue
            if text.startswith("-- migrate\n"):
                self.assertTrue(a_batch(text), path.name)
            elif not text.startswith("-- contract\n"):
                self.assertEqual(offences(POSTGRES.script(text)), [], path.name)

    def test_the_rule_sees_what_it_forbids(self) -> None:
        """And lets pass what does not wait."""
        for bad in (
            "create index i on t (a);",
            "alter table t alter column a type bigint;",
            "alter table t alter column a set not null;",
            "alter table t add constraint c foreign key (a) references u (id);",
            "update t set a = 1;",
        ):
            self.assertEqual(len(offences(bad)), 1, bad)
        fill = "-- migrate\n-- left: select count(*) from t\n"
        fill += "update t set a = 1 where id in (select id from t limit {});"
        self.assertEqual(
            [a_batch(fill.format(each)) for each in (1000, 1001, "1 for update skip locked")],
            [True, False, False],
        )
        for good in (
            "create table t (a text); create index i on t (a); update t set a = 'x';",
            "create index concurrently if not exists i on t (a);",
            "alter table t add column a bigint not null default 0;",
        ):
            self.assertEqual(offences(good), [], good)

    def test_what_takes_away_waits_to_be_asked_for(self) -> None:
        """A fresh database has it at once; an older one only by `contract`, and not while a
        daemon of another release lives (OPS-130)."""
        path = Path(self.mktemp())
        url = f"sqlite:///{path}"
        folder = self.folder(_0001_a=FIRST)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            migrate_sqlite(connection, None, load(SQLITE, folder), 1)
            daemons = "create table daemons (holder, release, host, pid, roles, seen)"
            connection.execute(daemons)
            (folder / "0002_b.sql").write_text("-- contract\nalter table things drop column size;")
            (folder / "0003_c.sql").write_text("alter table things add column b text;")
            self.assertEqual(migrate_sqlite(connection, None, load(SQLITE, folder), 2), 3)
            shown = [(each.kind, each.applied is None) for each in steps.survey(url, folder)]
            self.assertEqual(shown, [("expand", False), ("contract", True), ("expand", False)])
            connection.execute(
                "insert into daemons values ('old', '0.0.1', 'far', 1, 'api', ?)",
                (time.time_ns() // 1000,),
            )
            error = self.assertRaises(
                steps.OldDaemonLives, steps.apply, url, contract=True, folder=folder
            )
            self.assertIn("old", str(error))
            connection.execute("update daemons set release = ?", (VERSION,))
            steps.apply(url, contract=True, folder=folder)
            self.assertEqual([each.release for each in steps.survey(url, folder)], [VERSION] * 3)
            columns = [row[1] for row in connection.execute("pragma table_info(things)")]
            self.assertEqual(columns, ["id", "name", "b"])
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
            migrate_sqlite(fresh, None, load(SQLITE, folder), 1)
            self.assertEqual(
                [row[1] for row in fresh.execute("pragma table_info(things)")], columns
            )

    def test_a_newer_database_says_which_version_is_needed(self) -> None:
        """Each step notes the release that applied it (OPS-155)."""
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            steps_known = load(SQLITE, self.folder(_0001_a=FIRST))
            migrate_sqlite(connection, None, steps_known, 1)
            connection.execute("insert into schema_migrations values (7, 'later', 0, '9.4.2')")
            error = self.assertRaises(
                SchemaTooNew, migrate_sqlite, connection, None, steps_known, 2
            )
        self.assertIn("the version needed is 9.4.2", str(error))
        self.assertIn(VERSION, str(error))


class Writers(Folders, SynchronousTestCase):
    """A PostgreSQL database that is written to while its schema changes."""

    skip = NO_POSTGRES

    def setUp(self) -> None:
        self.dsn, drop = empty_database()
        self.addCleanup(drop)
        self.files = self.folder(_0001_a=FIRST)
        with closing(self.connect()) as connection:
            migrate_postgres(connection, load(POSTGRES, self.files), 1)
            connection.cursor().execute(
                "insert into things (name, size) select md5(n::text), n"
                f" from generate_series(1, {ROWS}) n"
            )

    def connect(self) -> Any:
        connection = psycopg2.connect(self.dsn)
        connection.autocommit = True
        return connection

    def test_writers_go_on_during_a_migration(self) -> None:
        """A column and an index come to a large table behind a reader that holds it: no writer
        fails, and many write between the migration's begin and its end. What was begun before
        and left unfinished is made anew (OPS-130, OPS-155)."""
        (self.files / "0002_b.sql").write_text(
            "alter table things add column flag {bigint} not null default 0;"
        )
        (self.files / "0003_c.sql").write_text(INDEX)
        ended, written, wrong = threading.Event(), [0], []

        def write() -> None:
            with closing(self.connect()) as connection:
                cursor = connection.cursor()
                while not ended.is_set():
                    try:
                        cursor.execute("insert into things (name, size) values ('x', 1)")
                    except Exception as error:
                        wrong.append(error)
                        return
                    written[0] += 1

        with closing(self.connect()) as reader, closing(self.connect()) as migrator:
            # An index that an interrupted run left behind, marked by PostgreSQL as no good.
            reader.cursor().execute("create index things_name on things (name)")
            reader.cursor().execute(
                "update pg_index set indisvalid = false where indexrelid = 'things_name'::regclass"
            )
            reader.cursor().execute("begin; select count(*) from things")
            writer = threading.Thread(target=write)
            writer.start()
            failed: list[Exception] = []

            def migrate() -> None:
                try:
                    migrate_postgres(migrator, load(POSTGRES, self.files), 2)
                except Exception as error:
                    failed.append(error)

            work = threading.Thread(target=migrate)
            work.start()
            while not self.asked(reader) and work.is_alive():
                time.sleep(0.01)
            during = written[0]
            # The reader stays for longer than the migration waits for it in one go: in between,
            # the writers that queue behind it get through.
            while written[0] < during + 50:
                time.sleep(0.01)
            reader.cursor().execute("commit")
            work.join()
            ended.set()
            writer.join()
        self.assertEqual((failed, wrong), ([], []))
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute("select count(*), sum(flag) from things")
            self.assertEqual(cursor.fetchone(), (ROWS + written[0], 0))
            cursor.execute(
                "select indisvalid, pg_get_indexdef(indexrelid) from pg_index"
                " where indexrelid = 'things_name'::regclass"
            )
            valid, definition = cursor.fetchone()
            self.assertTrue(valid)
            self.assertIn("(name, size)", definition)

    def asked(self, reader: Any) -> bool:
        """Whether somebody waits for the lock that the reader keeps."""
        with closing(self.connect()) as connection:
            cursor = connection.cursor()
            cursor.execute(
                "select count(*) from pg_locks where not granted and mode = 'AccessExclusiveLock'"
            )
            return bool(cursor.fetchone()[0])

    def test_an_index_beside_writers_stands_alone_in_its_file(self) -> None:
        """Nothing else would be undone with it."""
        (self.files / "0002_b.sql").write_text(INDEX + "create table other (id {bigint});")
        with closing(self.connect()) as connection:
            error = self.assertRaises(
                MigrationFailed, migrate_postgres, connection, load(POSTGRES, self.files), 2
            )
        self.assertIn("alone", str(error))
