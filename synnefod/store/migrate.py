"""Numbered SQL files that make the schema, and the two ways to apply those that are missing.

Note [Files]. `NNNN_what.sql` is for both engines; `NNNN_what.postgres.sql` and
`NNNN_what.sqlite.sql` are for one, and run after the common file of the same number, if there is
one. Each number is applied once, in one transaction with the row that says so. A file that has
been released is never edited again: a change is a new number.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from synnefod.store.dialect import POSTGRES, SQLITE, Dialect

MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_(\w+)(?:\.(sqlite|postgres))?\.sql")
_LOCK = 0x73796E6E  # any number, the same for every daemon on one database
_TABLE = """create table if not exists schema_migrations (
    number {bigint} primary key, name text not null, applied {bigint} not null)"""


class MigrationFailed(Exception):
    """The schema cannot be brought up to date; the text says which file and why."""


class SchemaTooNew(MigrationFailed):
    """The database was made by a later release. Nothing was changed."""


@frozen
class Migration:
    """One numbered step, ready for an engine."""

    number: int
    name: str
    sql: str


def load(dialect: Dialect, folder: Path = MIGRATIONS) -> list[Migration]:
    """The steps of `folder` for an engine, by number. Raises MigrationFailed for a bad name."""
    steps: dict[int, Migration] = {}
    # The common file sorts after its twins ("_x.postgres.sql" < "_x.sql"): length puts it first.
    for path in sorted(folder.glob("*.sql"), key=lambda path: (path.name[:4], len(path.name))):
        found = _NAME.fullmatch(path.name)
        if found is None:
            raise MigrationFailed(f"'{path.name}' is not named NNNN_what[.engine].sql")
        number, name, engine = int(found[1]), found[2], found[3]
        if engine not in (None, dialect.engine):
            continue
        sql = dialect.script(path.read_text("utf-8"))
        if number in steps:
            if steps[number].name != name:
                raise MigrationFailed(f"two migrations have the number {number:04d}")
            sql = steps[number].sql + "\n" + sql
        steps[number] = Migration(number, name, sql)
    return [steps[number] for number in sorted(steps)]


def split(script: str) -> Iterator[str]:
    """The statements of an SQLite script; semicolons in literals, comments and triggers stay."""
    start = 0
    for found in re.finditer(";", script):
        piece = script[start : found.end()]
        if sqlite3.complete_statement(piece):
            yield piece.strip()
            start = found.end()
    rest = re.sub(r"--[^\n]*|/\*.*?\*/", "", script[start:], flags=re.DOTALL).strip()
    if rest:
        raise MigrationFailed(f"the last statement has no end: '{rest[:60]}'")


def _missing(steps: list[Migration], applied: set[int]) -> list[Migration]:
    unknown = applied - {step.number for step in steps}
    if unknown:
        raise SchemaTooNew(
            f"the database is at schema {max(applied):04d}, which this release does not know "
            f"(unknown: {', '.join(f'{number:04d}' for number in sorted(unknown))})"
        )
    return [step for step in steps if step.number not in applied]


def migrate_sqlite(
    connection: sqlite3.Connection, path: Path | None, steps: list[Migration], now: int
) -> int:
    """Applies what is missing; returns the schema's number. Blocks; several processes may do it.

    Before an upgrade (not on a fresh file) the file is copied to `<path>.before-NNNN`. `now` is in
    microseconds. Raises MigrationFailed; the step that failed leaves nothing behind.
    """
    connection.execute(SQLITE.script(_TABLE))
    missing = _missing(steps, _applied(connection))
    if missing and path is not None and _applied(connection):
        _back_up(path, path.with_name(f"{path.name}.before-{missing[0].number:04d}"))
    # Tables are rebuilt by dropping the old one, which must not cascade; checked before commit.
    connection.execute("pragma foreign_keys = off")
    try:
        for step in missing:
            _apply_sqlite(connection, step, now)
    finally:
        connection.execute("pragma foreign_keys = on")
    return steps[-1].number if steps else 0


def _applied(connection: sqlite3.Connection) -> set[int]:
    return {number for (number,) in connection.execute("select number from schema_migrations")}


def _apply_sqlite(connection: sqlite3.Connection, step: Migration, now: int) -> None:
    connection.execute("begin immediate")
    try:
        if step.number in _applied(connection):  # another process was faster
            connection.execute("rollback")
            return
        for statement in split(step.sql):
            connection.execute(statement)
        broken = connection.execute("pragma foreign_key_check").fetchone()
        if broken is not None:
            raise MigrationFailed(f"rows of {broken[0]} point to nothing in {broken[2]}")
        connection.execute(
            "insert into schema_migrations values (?, ?, ?)", (step.number, step.name, now)
        )
        connection.execute("commit")
    except BaseException as error:
        if connection.in_transaction:
            connection.execute("rollback")
        if isinstance(error, sqlite3.Error | MigrationFailed):
            raise MigrationFailed(f"{step.number:04d}_{step.name}: {error}") from error
        raise


def _back_up(path: Path, target: Path) -> None:
    if target.exists():
        return
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.chmod(path.stat().st_mode & 0o777)
    part.replace(target)


def migrate_postgres(connection: Any, steps: list[Migration], now: int) -> int:
    """The same on a synchronous psycopg2 connection in autocommit mode, under an advisory lock."""
    cursor = connection.cursor()
    cursor.execute("select pg_advisory_lock(%s)", (_LOCK,))
    try:
        cursor.execute("set client_min_messages = warning")
        cursor.execute(POSTGRES.script(_TABLE))
        cursor.execute("select number from schema_migrations")
        for step in _missing(steps, {number for (number,) in cursor.fetchall()}):
            cursor.execute("begin")
            try:
                cursor.execute(step.sql)
                cursor.execute(
                    "insert into schema_migrations values (%s, %s, %s)",
                    (step.number, step.name, now),
                )
                cursor.execute("commit")
            except Exception as error:
                if not connection.closed:
                    cursor.execute("rollback")
                raise MigrationFailed(f"{step.number:04d}_{step.name}: {error}") from error
    finally:
        if not connection.closed:
            cursor.execute("select pg_advisory_unlock(%s)", (_LOCK,))
    return steps[-1].number if steps else 0
