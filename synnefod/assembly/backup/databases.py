"""One moment of a database as a file, and a database from such a file. Blocking: for a thread.

The file of an SQLite database is a database; that of PostgreSQL is what `pg_dump` writes in its
custom format, taken at the same snapshot at which the maps of objects are read.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen

from synnefod.common.errors import Conflict, CorruptData, Unavailable
from synnefod.store.dialect import POSTGRES, SQLITE
from synnefod.store.migrate import load

_MAPS = "select hashes from storage_maps where hashes is not null"
_SCHEMA = "select max(number) from schema_migrations"


class NotEmptyDatabase(Conflict):
    """The database holds something; a restore needs an empty one."""


class OtherSchema(Conflict):
    """The database is not of this release."""


class ToolFailed(Unavailable):
    """A program of the database's did not do its work."""


@frozen
class Dumped:
    """What was found at the moment of the dump: rows of each table, and the schema's number."""

    counts: dict[str, int]
    schema: int


class Database(Protocol):
    """A database as backup and restore see it. `file` is the dump's usual name."""

    @property
    def file(self) -> str: ...
    @property
    def engine(self) -> str: ...

    def check_schema(self) -> None:
        """Raises OtherSchema unless the database is of this release, Unavailable without one."""

    def dump(self, target: Path, each: Callable[[bytes], None]) -> Dumped:
        """Writes the dump, and calls `each` with every map of that moment (digests joined).
        Raises OtherSchema, ToolFailed."""

    def verify(self, dump: Path) -> None:
        """Raises CorruptData when the dump cannot be read."""

    def restore(self, dump: Path, statements: Sequence[str]) -> None:
        """Makes the database of a dump, and runs statements, all or nothing. Raises
        NotEmptyDatabase, ToolFailed."""


def open_database(url: str) -> Database:
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite":
        return Sqlite(Path(rest[3:]))
    return Postgres(url if rest.startswith("//") else rest)


def newest(engine: str) -> int:
    """The schema's number of this release."""
    return load(SQLITE if engine == "sqlite" else POSTGRES)[-1].number


@frozen
class Sqlite:
    """The embedded database, in use or not."""

    path: Path
    file: str = "store.sqlite"
    engine: str = "sqlite"

    def check_schema(self) -> None:
        if not self.path.exists():
            raise Unavailable(f"There is no database {self.path}.")
        with contextlib.closing(sqlite3.connect(self.path, timeout=60)) as found:
            _checked(found.execute(_SCHEMA).fetchone()[0], self.engine)

    def dump(self, target: Path, each: Callable[[bytes], None]) -> Dumped:
        with (
            contextlib.closing(sqlite3.connect(self.path, timeout=60)) as source,
            contextlib.closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy, pages=4096)
            copy.execute("pragma journal_mode = delete")
            copy.commit()
            names = [
                name
                for (name,) in copy.execute(
                    "select name from sqlite_master where type = 'table'"
                    " and name not like 'sqlite%'"
                )
            ]
            counts = {
                name: copy.execute(f'select count(*) from "{name}"').fetchone()[0]
                for name in sorted(names)
            }
            schema = _checked(copy.execute(_SCHEMA).fetchone()[0], self.engine)
            for (hashes,) in copy.execute(_MAPS):
                each(bytes(hashes))
        self.verify(target)
        _sync(target)
        return Dumped(counts, schema)

    def verify(self, dump: Path) -> None:
        try:
            with contextlib.closing(sqlite3.connect(f"file:{dump}?mode=ro", uri=True)) as found:
                (said,) = found.execute("pragma integrity_check").fetchone()
        except sqlite3.Error as error:
            raise CorruptData(f"{dump}: {error}") from None
        if said != "ok":
            raise CorruptData(f"{dump}: {said}")

    def restore(self, dump: Path, statements: Sequence[str]) -> None:
        if self.path.exists() and self.path.stat().st_size:
            raise NotEmptyDatabase(f"{self.path} exists already.")
        # Made under another name and moved into place whole: killed before, nothing is there.
        making = self.path.with_name(self.path.name + ".restoring")
        making.unlink(missing_ok=True)
        with (
            contextlib.closing(sqlite3.connect(f"file:{dump}?mode=ro", uri=True)) as source,
            contextlib.closing(sqlite3.connect(making)) as copy,
        ):
            source.backup(copy)
            for statement in statements:
                copy.execute(statement)
            copy.commit()
        _sync(making)
        os.replace(making, self.path)
        _sync(self.path.parent)


@frozen
class Postgres:
    """A PostgreSQL database; `pg_dump`, `pg_restore` and `psql` of its client package are used."""

    dsn: str
    file: str = "store.pgdump"
    engine: str = "postgresql"

    def check_schema(self) -> None:
        with self._connected() as connection:
            cursor = connection.cursor()
            if "schema_migrations" not in self._tables(cursor):
                raise Unavailable("The database is empty.")
            cursor.execute(_SCHEMA)
            _checked(cursor.fetchone()[0], self.engine)

    def dump(self, target: Path, each: Callable[[bytes], None]) -> Dumped:
        with self._connected() as connection:
            cursor = connection.cursor()
            cursor.execute("begin isolation level repeatable read read only")
            cursor.execute("select pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
            cursor.execute(_SCHEMA)
            schema = _checked(cursor.fetchone()[0], self.engine)
            _run(
                "pg_dump",
                "--format=custom",
                f"--snapshot={snapshot}",
                f"--file={target}",
                f"--dbname={self.dsn}",
            )
            counts = {name: self._count(cursor, name) for name in self._tables(cursor)}
            pages = connection.cursor("maps")
            pages.itersize = 200
            pages.execute(_MAPS)
            for (hashes,) in pages:
                each(bytes(hashes))
        self.verify(target)
        _sync(target)
        return Dumped(counts, schema)

    def verify(self, dump: Path) -> None:
        try:
            _run("pg_restore", "--list", str(dump))
        except ToolFailed as error:
            raise CorruptData(f"{dump}: {error.message}") from None

    def restore(self, dump: Path, statements: Sequence[str]) -> None:
        with self._connected() as connection:
            cursor = connection.cursor()
            if self._tables(cursor):
                raise NotEmptyDatabase("The database has tables already.")
        script = dump.with_name(dump.name + ".restoring")
        try:
            _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(dump))
            with script.open("a") as out:
                # The dump's own script leaves an empty path behind.
                out.write("\nreset search_path;\n")
                out.writelines(f"{each};\n" for each in statements)
            _run(
                "psql",
                "--no-psqlrc",
                "--quiet",
                "--single-transaction",
                "--set=ON_ERROR_STOP=1",
                f"--file={script}",
                f"--dbname={self.dsn}",
            )
        finally:
            script.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        import psycopg2

        try:
            connection = psycopg2.connect(self.dsn)
        except psycopg2.Error as error:
            raise Unavailable(f"The database does not answer: {error}") from None
        try:
            yield connection
        finally:
            connection.close()

    def _tables(self, cursor: Any) -> list[str]:
        cursor.execute(
            "select tablename from pg_tables where schemaname = current_schema() order by 1"
        )
        return [name for (name,) in cursor.fetchall()]

    def _count(self, cursor: Any, table: str) -> int:
        cursor.execute(f'select count(*) from "{table}"')
        return int(cursor.fetchone()[0])


def _checked(schema: int | None, engine: str) -> int:
    if schema != newest(engine):
        raise OtherSchema(
            f"The database has the schema {schema}, this release {newest(engine)}: start its "
            "daemon once, or use the release that made it."
        )
    return schema


def _run(*command: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ToolFailed(f"{command[0]} is not installed (Debian: postgresql-client).") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise ToolFailed(f"{command[0]}: {said[:500]}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
