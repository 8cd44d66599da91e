"""Numbered SQL files that make the schema, and the two ways to apply those that are missing.

Note [Files]. `NNNN_what.sql` is for both engines; `NNNN_what.postgres.sql` and
`NNNN_what.sqlite.sql` are for one, and run after the common file of the same number, if there is
one. Each number is applied once, in one transaction with the row that says so. A file that has
been released is never edited again: a change is a new number.

Note [Online]. A daemon migrates while others of the last release write. So a step only adds: what
takes away or tightens begins with the line `-- contract` and waits for `migrate --contract`. On
PostgreSQL a step gives up after LOCK_SECONDS of waiting for a lock, in which all writers wait
behind it, and is tried again. An index on a table that may be large is made by `create index
{concurrently} if not exists`, alone in its file, outside of a transaction (operations.md 15.6).
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from attrs import frozen

from synnefod import VERSION
from synnefod.store.dialect import POSTGRES, SQLITE, Dialect

KINDS = ("migrate", "contract")
MIGRATIONS = Path(__file__).parent / "migrations"
_NAME = re.compile(r"(\d{4})_(\w+)(?:\.(sqlite|postgres))?\.sql")
_LOCK = 0x73796E6E  # any number, the same for every daemon on one database
_TABLE = """create table if not exists schema_migrations (
    number {bigint} primary key, name text not null, applied {bigint} not null)"""
_RELEASE = "alter table schema_migrations add column release text not null default ''"
_NOTE = "insert into schema_migrations (number, name, applied, release) values"
_ONLINE = re.compile(r"create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(\w+)")
_NO_LOCK = "55P03"
LOCK_SECONDS = 2
TRIES = 10


class MigrationFailed(Exception):
    """The schema cannot be brought up to date; the text says which file and why."""


class SchemaTooNew(MigrationFailed):
    """The database was made by a later release. Nothing was changed."""


@frozen
class Migration:
    """One numbered step, ready for an engine. `text` is what its file says, for both engines.

    `kind`: "expand" only adds and comes at the start, "migrate" writes rows batch by batch after
    it (`filling`), "contract" takes away and is asked for.
    """

    number: int
    name: str
    sql: str
    kind: str = "expand"
    text: str = ""


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
        text = path.read_text("utf-8")
        sql = dialect.script(text)
        kind = next((each for each in KINDS if text.startswith(f"-- {each}\n")), "expand")
        if number in steps:
            if steps[number].name != name:
                raise MigrationFailed(f"two migrations have the number {number:04d}")
            sql = steps[number].sql + "\n" + sql
            kind = steps[number].kind if kind == "expand" else kind
        steps[number] = Migration(number, name, sql, kind, text)
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


Applied = dict[int, str]
"""The numbers that were applied, and by which release each ("" before releases were written)."""


def _missing(steps: list[Migration], applied: Applied, contract: bool) -> list[Migration]:
    """What is to be done now: on an empty database everything, else what only adds."""
    unknown = sorted(set(applied) - {step.number for step in steps})
    if unknown:
        newest = max(applied)
        needed = next((applied[n] for n in reversed(unknown) if applied[n]), "a later one")
        raise SchemaTooNew(
            f"the database is at schema {newest:04d}, which this release ({VERSION}) does not know"
            f" (unknown: {', '.join(f'{number:04d}' for number in unknown)}); the version needed"
            f" is {needed}"
        )
    missing = [step for step in steps if step.number not in applied]
    if not applied:
        return missing
    if contract:
        filling = [step for step in missing if step.kind == "migrate"]
        for step in missing:
            if step.kind == "contract" and filling and filling[0].number < step.number:
                left = f"{filling[0].number:04d}_{filling[0].name}"
                raise MigrationFailed(
                    f"{step.number:04d}_{step.name} has to wait: {left} still fills rows, which"
                    " a running daemon does"
                )
    kinds = ("expand", "contract") if contract else ("expand",)
    return [step for step in missing if step.kind in kinds]


def migrate_sqlite(
    connection: sqlite3.Connection,
    path: Path | None,
    steps: list[Migration],
    now: int,
    *,
    contract: bool = False,
) -> int:
    """Applies what is missing; returns the schema's number. Blocks; several processes may do it.

    Before an upgrade (not on a fresh file) the file is copied to `<path>.before-NNNN`. `now` is in
    microseconds. Raises MigrationFailed; the step that failed leaves nothing behind.
    """
    connection.execute(SQLITE.script(_TABLE))
    columns = {row[1] for row in connection.execute("pragma table_info(schema_migrations)")}
    if "release" not in columns:
        connection.execute(_RELEASE)
    applied = _applied(connection)
    missing = _missing(steps, applied, contract)
    if missing and path is not None and applied:
        _back_up(path, path.with_name(f"{path.name}.before-{missing[0].number:04d}"))
    # Tables are rebuilt by dropping the old one, which must not cascade; checked before commit.
    connection.execute("pragma foreign_keys = off")
    try:
        for step in missing:
            _apply_sqlite(connection, step, now)
    finally:
        connection.execute("pragma foreign_keys = on")
    return max(_applied(connection), default=0)


def _applied(connection: sqlite3.Connection) -> Applied:
    return dict(connection.execute("select number, release from schema_migrations").fetchall())


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
        connection.execute(f"{_NOTE} (?, ?, ?, ?)", (step.number, step.name, now, VERSION))
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


def migrate_postgres(
    connection: Any, steps: list[Migration], now: int, *, contract: bool = False
) -> int:
    """The same on a synchronous psycopg2 connection in autocommit mode, under an advisory lock."""
    cursor = connection.cursor()
    _take_turn(cursor)
    try:
        cursor.execute("set client_min_messages = warning")
        cursor.execute(f"set lock_timeout = {LOCK_SECONDS * 1000}")
        cursor.execute(POSTGRES.script(_TABLE))
        cursor.execute(
            "select 1 from pg_attribute where attrelid = 'schema_migrations'::regclass"
            " and attname = 'release'"
        )
        if cursor.fetchone() is None:
            _patiently(lambda: cursor.execute(_RELEASE))
        cursor.execute("select number, release from schema_migrations")
        for step in _missing(steps, dict(cursor.fetchall()), contract):
            try:
                _apply_postgres(cursor, step, now)
            except Exception as error:
                if not connection.closed:
                    cursor.execute("rollback")
                raise MigrationFailed(f"{step.number:04d}_{step.name}: {error}") from error
        cursor.execute("select coalesce(max(number), 0) from schema_migrations")
        return int(cursor.fetchone()[0])
    finally:
        if not connection.closed:
            cursor.execute("select pg_advisory_unlock(%s)", (_LOCK,))


def _take_turn(cursor: Any) -> None:
    # Asked for again and again: a session that waits for the lock in one statement would hold the
    # snapshot that an index being made concurrently by the lock's holder waits for.
    while True:
        cursor.execute("select pg_try_advisory_lock(%s)", (_LOCK,))
        if cursor.fetchone()[0]:
            return
        time.sleep(0.1)


def _apply_postgres(cursor: Any, step: Migration, now: int) -> None:
    note = (f"{_NOTE} (%s, %s, %s, %s)", (step.number, step.name, now, VERSION))
    statements = list(split(step.sql)) if _ONLINE.search(step.sql) else []
    if statements:
        for statement in statements:
            _index(cursor, statement)
        cursor.execute(*note)
        return

    def whole() -> None:
        cursor.execute("begin")
        cursor.execute(step.sql)
        cursor.execute(*note)
        cursor.execute("commit")

    _patiently(whole, lambda: cursor.execute("rollback"))


def _index(cursor: Any, statement: str) -> None:
    """Makes an index beside the writers; one that an interrupted run left unfinished is no good."""
    found = _ONLINE.search(statement)
    if found is None:
        raise MigrationFailed("an index that is made concurrently stands alone in its file")
    cursor.execute(
        "select 1 from pg_index where indexrelid = to_regclass(%s) and not indisvalid", (found[1],)
    )
    unfinished = cursor.fetchone() is not None
    # It waits for old transactions, and nobody waits behind it.
    cursor.execute("set lock_timeout = 0")
    if unfinished:
        cursor.execute(f"drop index concurrently {found[1]}")
    cursor.execute(statement)
    cursor.execute(f"set lock_timeout = {LOCK_SECONDS * 1000}")


def _patiently(work: Callable[[], object], undo: Callable[[], object] = lambda: None) -> None:
    """Does it again when a lock was not to be had, so that writers get through in between."""
    for attempt in range(1, TRIES + 1):
        try:
            work()
            return
        except Exception as error:
            if getattr(error, "pgcode", None) != _NO_LOCK or attempt == TRIES:
                raise
            undo()
            time.sleep(min(2.0, 0.1 * 2**attempt))
