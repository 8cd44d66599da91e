"""Tables of another program's PostgreSQL database, read whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from synnefod.common.errors import Malformed, Unavailable
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros
from synnefod.store.interface import Tx, Value

Tables = Mapping[str, Sequence[Mapping[str, Any]]]


class ForeignUnreadable(Malformed):
    """The database is not there, or it is not what it is said to be."""


def read_tables(url: str, wanted: Mapping[str, Sequence[str]]) -> Tables:
    """The columns of each table as of one moment, in the order of the first column; blocking.

    A column ending in "?" may be missing and is None then; a table ending in "?" may be missing
    and is empty. Moments become microseconds since the epoch (without a zone they are UTC), truth
    values 0 and 1. Raises ForeignUnreadable, Unavailable.
    """
    from psycopg2 import sql

    with _opened(url) as connection:
        found: dict[str, list[dict[str, Any]]] = {}
        with connection.cursor() as cursor:
            for table, columns in wanted.items():
                name = table.rstrip("?")
                cursor.execute(
                    "select column_name from information_schema.columns "
                    "where table_schema = any(current_schemas(false)) and table_name = %s",
                    (name,),
                )
                there = {row[0] for row in cursor.fetchall()}
                if not there:
                    if table.endswith("?"):
                        found[name] = []
                        continue
                    raise ForeignUnreadable(f"The other database has no table {name}.")
                missing = [each for each in columns if each[-1] != "?" and each not in there]
                if missing:
                    raise ForeignUnreadable(f"{name} has no column {', '.join(missing)}.")
                shown = [each.rstrip("?") for each in columns if each.rstrip("?") in there]
                cursor.execute(
                    sql.SQL("select {} from {} order by 1").format(
                        sql.SQL(", ").join(map(sql.Identifier, shown)), sql.Identifier(name)
                    )
                )
                blank = {each.rstrip("?"): None for each in columns}
                found[name] = [
                    blank | dict(zip(shown, map(_plain, row), strict=True))
                    for row in cursor.fetchall()
                ]
        return found


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    """A connection that reads one moment. Raises ForeignUnreadable, Unavailable."""
    import psycopg2

    refuse_inside("another database")
    scheme, _, rest = url.partition(":")
    if scheme not in ("postgresql", "postgres"):
        raise ForeignUnreadable("Only a PostgreSQL database can be read: postgresql://...")
    try:
        connection = psycopg2.connect(url if rest.startswith("//") else rest, connect_timeout=10)
    except psycopg2.OperationalError:
        # What the driver says may hold the address, and with it a password.
        raise Unavailable("The other database does not answer, or refuses the user.") from None
    except psycopg2.ProgrammingError:
        raise ForeignUnreadable("The address of the other database is not a valid one.") from None
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield connection
    except psycopg2.OperationalError:
        raise Unavailable("The other database stopped to answer.") from None
    finally:
        connection.close()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return micros((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    return value


async def insert(tx: Tx, table: str, rows: Sequence[Mapping[str, Value]]) -> None:
    """New rows, all with the same columns."""
    if not rows:
        return
    columns = list(rows[0])
    await tx.many(
        f"insert into {table} ({', '.join(columns)}) "
        f"values ({', '.join(':' + column for column in columns)})",
        [dict(row) for row in rows],
    )


async def insert_one(tx: Tx, table: str, row: Mapping[str, Value]) -> int:
    """A new row; its number, which the column `id` holds."""
    made = await tx.one(
        f"insert into {table} ({', '.join(row)}) "
        f"values ({', '.join(':' + column for column in row)}) returning id",
        **row,
    )
    assert made is not None
    return int(made[0])


def read_named(
    url: str,
    wanted: Mapping[str, Sequence[str]],
    anchor: str,
    given: Mapping[str, str] = MappingProxyType({}),
) -> Tables:
    """As `read_tables`, of a database whose tables are known by what they hold alone: `wanted` and
    the answer go by these names. The table of `anchor` is the one whose name ends so, and what
    stands before it begins the others' names too; letter case and underscores do not count. A
    column that points to a row may end in `_id`. `given` names tables that are called otherwise.
    """
    there = _columns(url)
    plain = {_bare(name): name for name in there}
    endings = sorted((name for name in plain if name.endswith(_bare(anchor))), key=len)
    if anchor not in given and not endings:
        raise ForeignUnreadable(f"The other database has no table of the kind {anchor}.")
    prefix = endings[0].removesuffix(_bare(anchor)) if endings else ""
    asked: dict[str, list[str]] = {}
    back: dict[str, str] = {}
    for name, columns in wanted.items():
        logical = name.rstrip("?")
        actual = given.get(logical) or plain.get(prefix + _bare(logical)) or logical
        if actual not in there and name.endswith("?"):
            # It may be another application's.
            alike = [known for known in plain if known.endswith(_bare(logical))]
            actual = plain[alike[0]] if len(alike) == 1 else logical
        known = there.get(actual, set())
        asked[actual + ("?" if name.endswith("?") else "")] = [
            f"{column.rstrip('?')}_id{column[len(column.rstrip('?')) :]}"
            if column.rstrip("?") not in known and f"{column.rstrip('?')}_id" in known
            else column
            for column in columns
        ]
        back[actual] = logical
    read = read_tables(url, asked)
    called = {
        name.rstrip("?"): [column.rstrip("?") for column in columns]
        for name, columns in wanted.items()
    }
    return {
        logical: [dict(zip(called[logical], row.values(), strict=True)) for row in read[actual]]
        for actual, logical in back.items()
    }


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _columns(url: str) -> dict[str, set[str]]:
    """Every table's columns."""
    with _opened(url) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = any(current_schemas(false))"
        )
        found: dict[str, set[str]] = {}
        for table, column in cursor.fetchall():
            found.setdefault(table, set()).add(column)
        return found


async def filled(tx: Tx, tables: Sequence[str]) -> list[str]:
    """Those of these tables here that hold anything."""
    found = []
    for table in tables:
        if await tx.one(f"select 1 from {table} limit 1") is not None:
            found.append(table)
    return found


async def advance(tx: Tx, table: str) -> None:
    """Numbers that were written are not given again: new rows of `table` come behind them."""
    await tx.all(
        f"select {{sequence table}} coalesce((select max(id) from {table}), 1))", table=table
    )
