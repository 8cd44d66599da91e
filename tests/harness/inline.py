"""PostgreSQL for tests in which everything happens at once: each transaction is a savepoint.

The doors' tests run on Twisted's test clock, without a reactor that could wait for a socket. This
store asks the real server and blocks until it has answered; statements, types, errors and the
refusal of writes in a read are those of the daemon's own store. What a test did is rolled back when
its store stops, so that a database serves one test after the other. Several connections at once
are not its matter: the contract suites have them.
"""

from __future__ import annotations

import atexit
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import psycopg2
from psycopg2.extensions import register_type
from zope.interface import implementer

from synnefod.common.outside import refuse_inside
from synnefod.store.dialect import POSTGRES
from synnefod.store.interface import IStore, StoreUnavailable, Tx, Value
from synnefod.store.migrate import MIGRATIONS
from synnefod.store.postgres_tx import _TYPES, Connection, PostgresTx, in_our_words, inside
from synnefod.store.prepared import Prepared

T = TypeVar("T")

_WRITE = b"savepoint member"
_READ = b"savepoint member; set transaction read only"
_COUNTERS = """
    select string_agg(format('select setval(%L, %s, %L)',
                             quote_ident(sequencename), coalesce(last_value, 1),
                             last_value is not null), '; ')
    from pg_sequences
"""


class Wire:
    """A connection that blocks, as much of it as a transaction needs."""

    def __init__(self, dsn: str) -> None:
        self.raw = psycopg2.connect(dsn)
        self.raw.autocommit = True
        for kind in _TYPES:
            register_type(kind, self.raw)
        cursor = self.raw.cursor()
        cursor.execute(_COUNTERS)
        self.first_numbers = cast("str", cursor.fetchone()[0])
        self.prepared = Prepared()
        self.owes_since: float | None = None
        self.broken = False

    @property
    def lost(self) -> bool:
        return bool(self.raw.closed)

    def mogrify(self, text: str, params: dict[str, Value]) -> bytes:
        return cast("bytes", self.raw.cursor().mogrify(text, params))

    async def execute(self, text: str | bytes) -> Any:
        cursor = self.raw.cursor()
        try:
            cursor.execute(text)
        except psycopg2.Error as error:
            words = in_our_words(error, self.lost)
            if words is error:
                raise
            raise words from error
        return cursor


_free: list[Wire] = []


def _wire(new_database: Callable[[Path], tuple[str, Callable[[], None]]]) -> Wire:
    if _free:
        return _free.pop()
    dsn, drop = new_database(MIGRATIONS)
    atexit.register(drop)
    return Wire(dsn)


@implementer(IStore)
class InlinePostgres:
    """IStore on a database of its own, empty at the start."""

    dialect = POSTGRES

    def __init__(self, new_database: Callable[[Path], tuple[str, Callable[[], None]]]) -> None:
        self._new_database = new_database
        self._wire: Wire | None = None

    async def start(self) -> None:
        self._wire = _wire(self._new_database)
        # What numbers rows is not rolled back with them.
        self._wire.raw.cursor().execute(self._wire.first_numbers + "; begin")

    async def stop(self) -> None:
        """Forgets everything. A second call does nothing."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.raw.cursor().execute("rollback")
            _free.append(wire)

    async def check(self) -> None:
        self._open()

    async def clock(self) -> float | None:
        return None

    def _open(self) -> Wire:
        if self._wire is None:
            raise StoreUnavailable("the database is not open")
        return self._wire

    async def transact(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        refuse_inside(f"transaction '{name}'")
        return await self._run(name, body, _WRITE)

    async def read(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        refuse_inside(f"read '{name}'")
        return await self._run(name, body, _READ)

    async def _run(self, name: str, body: Callable[[Tx], Awaitable[T]], opening: bytes) -> T:
        wire = self._open()
        tx = PostgresTx(cast("Connection", wire), opening, reads=opening is _READ)
        end = b"rollback to member; release member"
        try:
            result = await inside(name, tx, body)
            if tx.waiting:
                await tx.flush()
            if opening is _WRITE:
                end = b"release member"
            return result
        finally:
            if tx.begun:
                await wire.execute(end)
