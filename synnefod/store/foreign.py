"""Tables of another program's PostgreSQL database, read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
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
    import psycopg2
    from psycopg2 import sql

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
