"""The schema of a database from outside: which steps were applied, and applying what is missing.

Blocking, for a process of its own (`synnefo-manage migrate`).
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from synnefod import VERSION
from synnefod.common.errors import Conflict, Unavailable
from synnefod.store.dialect import POSTGRES, SQLITE
from synnefod.store.migrate import MIGRATIONS, load, migrate_postgres, migrate_sqlite
from synnefod.store.presence import STALE, Present, gone


class OldDaemonLives(Conflict):
    """A daemon of another release works on the database; it would miss what is taken away."""


@frozen
class Step:
    """One number. `applied` in microseconds, None: not yet; `release` that applied it."""

    number: int
    name: str
    kind: str
    applied: int | None
    release: str


def survey(url: str, folder: Path = MIGRATIONS) -> list[Step]:
    """Every step of this release and of the database, by number. Raises Unavailable."""
    with _connected(url) as (dialect, connection):
        known = {
            step.number: Step(step.number, step.name, step.kind, None, "")
            for step in load(dialect, folder)
        }
        cursor = connection.cursor()
        try:
            cursor.execute("select * from schema_migrations order by number")
        except Exception:  # psycopg2 is imported for PostgreSQL alone
            return list(known.values())
        for number, name, applied, *release in cursor.fetchall():
            kind = known[number].kind if number in known else "unknown"
            known[number] = Step(number, name, kind, applied, release[0] if release else "")
        return [known[number] for number in sorted(known)]


def apply(url: str, *, contract: bool, folder: Path = MIGRATIONS) -> int:
    """Applies what is missing, with `contract` also what takes away; the schema's number.

    Raises MigrationFailed, Unavailable, and OldDaemonLives when `contract` has to wait.
    """
    now = time.time_ns() // 1000
    with _connected(url) as (dialect, connection):
        if contract:
            _nobody_is_older(connection, now)
        steps = load(dialect, folder)
        if dialect is SQLITE:
            return migrate_sqlite(connection, Path(_path(url)), steps, now, contract=contract)
        return migrate_postgres(connection, steps, now, contract=contract)


def living(url: str) -> list[Present]:
    """The daemons that work on the database, whatever its schema is; none on one that is not
    there yet. Raises Unavailable when PostgreSQL does not answer."""
    if url.startswith("sqlite:") and not Path(_path(url)).exists():
        return []
    with _connected(url) as (_, connection):
        return _living(connection, time.time_ns() // 1000)


def _living(connection: Any, now: int) -> list[Present]:
    cursor = connection.cursor()
    try:
        cursor.execute(
            "select holder, release, host, pid, roles, seen from daemons"
            f" where seen >= {now - STALE * 1_000_000} order by holder"
        )
    except Exception:  # a database from before daemons wrote that they live
        return []
    return [found for row in cursor.fetchall() if not gone(found := Present(*row))]


def _nobody_is_older(connection: Any, now: int) -> None:
    older = [each.holder for each in _living(connection, now) if each.release != VERSION]
    if older:
        raise OldDaemonLives(f"Daemons of another release than {VERSION}: {', '.join(older)}.")


def _path(url: str) -> str:
    return url.partition(":")[2][3:]


@contextmanager
def _connected(url: str) -> Iterator[tuple[Any, Any]]:
    if url.startswith("sqlite:"):
        if not Path(_path(url)).exists():
            raise Unavailable(f"There is no database {_path(url)}.")
        with closing(sqlite3.connect(_path(url), timeout=60, isolation_level=None)) as found:
            yield SQLITE, found
        return
    import psycopg2

    rest = url.partition(":")[2]
    try:
        connection = psycopg2.connect(url if rest.startswith("//") else rest)
    except psycopg2.Error as error:
        raise Unavailable(f"PostgreSQL: {str(error).strip()}") from None
    with closing(connection):
        connection.autocommit = True
        yield POSTGRES, connection
