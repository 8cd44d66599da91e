"""The engines by the scheme of a database's address, and the door that picks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from synnefod.store.migrate import MIGRATIONS
from synnefod.store.running import Observe, unobserved
from synnefod.store.sqlite import SqliteStore


class BadAddress(ValueError):
    """A database's address that names no engine here."""


def open_store(
    url: str,
    reactor: Any,
    threads: Any,
    *,
    migrations: Path = MIGRATIONS,
    observe: Observe = unobserved,
    **options: Any,
) -> Any:
    """The store at `url`, to be started with `await store.start()`. Raises BadAddress.

    `sqlite:///relative`, `sqlite:////absolute` or `sqlite://` (in memory); `postgresql://...`, or
    `postgresql:` and a libpq connection string (`postgresql:host=/run/pg dbname=cloud`). `options`
    are the engine's own keywords.
    """
    scheme, colon, rest = url.partition(":")
    if not colon or scheme not in DRIVERS:
        known = ", ".join(sorted(DRIVERS))
        raise BadAddress(f"'{scheme}' is not a database engine; known are {known}")
    return DRIVERS[scheme](url, rest, reactor, threads, migrations, observe, options)


def _sqlite(
    _url: str,
    rest: str,
    reactor: Any,
    threads: Any,
    migrations: Path,
    observe: Observe,
    options: dict[str, Any],
) -> SqliteStore:
    if not rest.startswith("//") or (len(rest) > 2 and not rest.startswith("///")):
        raise BadAddress("an SQLite address is sqlite:///PATH (four slashes for an absolute path)")
    path = Path(rest[3:]) if rest[3:] else None
    return SqliteStore(path, reactor, threads, migrations=migrations, observe=observe, **options)


def _postgres(
    url: str,
    rest: str,
    reactor: Any,
    threads: Any,
    migrations: Path,
    observe: Observe,
    options: dict[str, Any],
) -> Any:
    # psycopg2 and txpostgres cost a good part of a second to import: not for the embedded engine.
    import psycopg2
    from psycopg2.extensions import parse_dsn

    from synnefod.store.postgres import PostgresStore

    dsn = url if rest.startswith("//") else rest
    try:
        parse_dsn(dsn)
    except psycopg2.ProgrammingError as error:
        raise BadAddress(f"a PostgreSQL address is a libpq string: {str(error).strip()}") from None
    return PostgresStore(dsn, reactor, threads, migrations=migrations, observe=observe, **options)


DRIVERS = {"sqlite": _sqlite, "postgresql": _postgres}
