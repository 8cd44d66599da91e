"""Migrations: order, refusal, backup, atomicity; upgraded equals fresh on both engines."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from twisted.trial.unittest import SynchronousTestCase

from synnefod.store.dialect import POSTGRES, SQLITE
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

FILES = {
    "0001_a.sql": "create table a (id {identity}, name text default 'x;y{z}'); -- done; really\n",
    "0002_b.sql": "create table b (id {identity}, a {bigint} references a (id));",
    "0002_b.sqlite.sql": (
        "create trigger t after insert on b begin update a set name = ';'; delete from b; end;"
    ),
    "0002_b.postgres.sql": "create index b_a on b (a); comment on table b is '100% ; sure';",
    "0003_c.sql": "alter table a add column size {bigint} not null default 0;",
}


class Folders:
    """Makes migration folders and databases."""

    mktemp: Any
    addCleanup: Any  # noqa: N815

    def folder(self, *names: str) -> Path:
        folder = Path(self.mktemp())
        folder.mkdir()
        for name in names or FILES:
            (folder / name).write_text(FILES[name])
        return folder

    def sqlite(self, path: Path | str = ":memory:") -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None)
        self.addCleanup(connection.close)
        return connection

    def first_only(self, folder: Path) -> Path:
        """A copy of a migrations folder with only its lowest number."""
        copy = Path(self.mktemp())
        copy.mkdir()
        files = sorted(folder.glob("*.sql"))
        for path in files:
            if path.name[:4] == files[0].name[:4]:
                shutil.copy(path, copy)
        return copy


def sqlite_schema(connection: sqlite3.Connection) -> list[Any]:
    return connection.execute(
        "select type, name, tbl_name, sql from sqlite_master order by type, name"
    ).fetchall()


class Loading(Folders, SynchronousTestCase):
    """Files and statements."""

    def test_the_engines_twin_follows_the_common_file_of_its_number(self) -> None:
        """And the other engine's is not seen."""
        steps = load(SQLITE, self.folder())
        self.assertEqual([step.number for step in steps], [1, 2, 3])
        self.assertTrue(steps[1].sql.index("create table b") < steps[1].sql.index("trigger"))
        self.assertNotIn("comment on", steps[1].sql)

    def test_bad_names_and_double_numbers_are_refused(self) -> None:
        """Each names the file or the number."""
        folder = self.folder()
        (folder / "0003_other.sql").write_text("")
        self.assertIn("0003", str(self.assertRaises(MigrationFailed, load, SQLITE, folder)))
        folder = self.folder()
        (folder / "later.sql").write_text("")
        self.assertIn("later", str(self.assertRaises(MigrationFailed, load, SQLITE, folder)))

    def test_a_script_is_split_at_the_ends_of_its_statements_only(self) -> None:
        """Semicolons in literals, comments and triggers are not ends."""
        self.assertEqual(len(list(split("select ';'; -- a; b\nselect 2; /* ; */ "))), 2)
        self.assertEqual(len(list(split(FILES["0002_b.sqlite.sql"]))), 1)
        self.assertRaises(MigrationFailed, list, split("select 1; select 2"))


class OnSqlite(Folders, SynchronousTestCase):
    """migrate_sqlite."""

    def test_upgraded_equals_fresh(self) -> None:
        """For the test's own migrations and for the real ones, with what takes away."""
        for folder in (self.folder(), MIGRATIONS):
            if not list(folder.glob("*.sql")):
                continue
            fresh, upgraded = self.sqlite(), self.sqlite()
            migrate_sqlite(upgraded, None, load(SQLITE, self.first_only(folder)), 1)
            for connection in (fresh, upgraded, upgraded):
                number = migrate_sqlite(connection, None, load(SQLITE, folder), 2, contract=True)
            self.assertEqual(sqlite_schema(upgraded), sqlite_schema(fresh))
            self.assertEqual(number, load(SQLITE, folder)[-1].number)

    def test_a_newer_schema_is_refused(self) -> None:
        """Nothing is changed, and the text says which number is unknown."""
        connection = self.sqlite()
        migrate_sqlite(connection, None, load(SQLITE, self.folder()), 1)
        older = load(SQLITE, self.folder("0001_a.sql"))
        error = self.assertRaises(SchemaTooNew, migrate_sqlite, connection, None, older, 2)
        self.assertIn("0003", str(error))

    def test_a_step_that_fails_leaves_nothing_behind(self) -> None:
        """The steps before it stay; the next start tries it again."""
        folder = self.folder("0001_a.sql")
        (folder / "0002_bad.sql").write_text("create table well (x text); create table a (x text);")
        connection = self.sqlite()
        error = self.assertRaises(
            MigrationFailed, migrate_sqlite, connection, None, load(SQLITE, folder), 1
        )
        self.assertIn("0002_bad", str(error))
        self.assertNotIn("well", str(sqlite_schema(connection)))
        self.assertEqual(
            connection.execute("select number from schema_migrations").fetchall(), [(1,)]
        )

    def test_an_upgrade_is_preceded_by_a_backup_and_a_first_start_is_not(self) -> None:
        """The copy holds the rows from before."""
        path = Path(self.mktemp())
        connection = self.sqlite(path)
        connection.execute("pragma journal_mode = wal")
        migrate_sqlite(connection, path, load(SQLITE, self.folder("0001_a.sql")), 1)
        self.assertEqual(list(path.parent.glob(path.name + ".before*")), [])
        connection.execute("insert into a (name) values ('kept')")
        migrate_sqlite(connection, path, load(SQLITE, self.folder()), 2)
        copy = self.sqlite(path.with_name(path.name + ".before-0002"))
        self.assertEqual(copy.execute("select name from a").fetchall(), [("kept",)])
        self.assertNotIn("size", str(sqlite_schema(copy)))

    def test_a_broken_reference_stops_the_step(self) -> None:
        """Foreign keys are off while tables are rebuilt, and checked before the commit."""
        folder = self.folder()
        (folder / "0005_bad.sqlite.sql").write_text(
            "drop trigger t; insert into b (a) values (99);"
        )
        error = self.assertRaises(
            MigrationFailed, migrate_sqlite, self.sqlite(), None, load(SQLITE, folder), 1
        )
        self.assertIn("0005_bad", str(error))


class OnPostgres(Folders, SynchronousTestCase):
    """migrate_postgres."""

    skip = NO_POSTGRES

    def connect(self) -> Any:
        dsn, drop = empty_database()
        self.addCleanup(drop)
        connection = psycopg2.connect(dsn)
        connection.autocommit = True
        self.addCleanup(connection.close)
        return connection

    def schema(self, connection: Any) -> list[Any]:
        with closing(connection.cursor()) as cursor:
            cursor.execute(
                "select table_name, column_name, data_type, column_default, is_nullable,"
                " collation_name, is_identity from information_schema.columns"
                " where table_schema = 'public' order by 1, 2"
            )
            columns = cursor.fetchall()
            cursor.execute("select indexdef from pg_indexes where schemaname = 'public' order by 1")
            indexes = cursor.fetchall()
            cursor.execute(
                "select conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
                " from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2"
            )
            return [columns, indexes, cursor.fetchall()]

    def test_upgraded_equals_fresh(self) -> None:
        """For the test's own migrations and for the real ones, with what takes away."""
        for folder in (self.folder(), MIGRATIONS):
            if not list(folder.glob("*.sql")):
                continue
            fresh, upgraded = self.connect(), self.connect()
            migrate_postgres(upgraded, load(POSTGRES, self.first_only(folder)), 1)
            for connection in (fresh, upgraded, upgraded):
                migrate_postgres(connection, load(POSTGRES, folder), 2, contract=True)
            self.assertEqual(self.schema(upgraded), self.schema(fresh))

    def test_a_newer_schema_is_refused(self) -> None:
        """By a release that does not know its numbers."""
        connection = self.connect()
        migrate_postgres(connection, load(POSTGRES, self.folder()), 1)
        older = load(POSTGRES, self.folder("0001_a.sql"))
        self.assertRaises(SchemaTooNew, migrate_postgres, connection, older, 2)

    def test_a_step_that_fails_leaves_nothing_behind(self) -> None:
        """The steps before it stay, and the lock is free again."""
        folder = self.folder("0001_a.sql")
        (folder / "0002_bad.sql").write_text("create table well (x text); create table a (x text);")
        connection = self.connect()
        for _ in range(2):
            self.assertRaises(
                MigrationFailed, migrate_postgres, connection, load(POSTGRES, folder), 1
            )
        self.assertNotIn("well", str(self.schema(connection)))
