"""One connection to SQLite, its budget on the reactor thread, and a transaction's view of it.

Note [Where the work is done]. A point statement costs some microseconds, a hop to a thread ten
times as much. So bodies run on the reactor thread, and a thread is asked only where it may take
long: the commit (fsync), the wait for another process's lock, opening, migrating. A query that
used up its budget of virtual machine steps is interrupted and run again in a thread; a changing
statement that used it up is finished, and its text goes to a thread from then on.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from twisted.internet.defer import CancelledError

from synnefod.common.outside import transaction_open
from synnefod.store.dialect import SQLITE, Statement
from synnefod.store.interface import (
    ConstraintViolation,
    ReadOnlyTransaction,
    Row,
    StoreUnavailable,
    Tx,
    UniqueViolation,
    Value,
)
from synnefod.store.running import DiskThreads

T = TypeVar("T")

_STEPS = 10_000  # of SQLite's machine, about half a millisecond; a statement has one to two times
_MANY = 200  # rows in one `many` from which it goes to a thread
_UNIQUE = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_ROWID,
}
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_NOMEM,
}


def primary(error: BaseException) -> int:
    """SQLite's own number of an error without the extension; -1 when there is none."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def _in_our_words(error: sqlite3.Error) -> Exception:
    if isinstance(error, sqlite3.IntegrityError):
        text = str(error).partition(": ")[2] or str(error)
        unique = getattr(error, "sqlite_errorcode", None) in _UNIQUE
        return (UniqueViolation if unique else ConstraintViolation)(text)
    code = primary(error)
    if code == sqlite3.SQLITE_READONLY:
        return ReadOnlyTransaction(str(error))
    if code in _UNAVAILABLE:
        return StoreUnavailable(f"SQLite: {error}")
    return error


class Connection:
    """One connection, with the budget of Note [Where the work is done]."""

    def __init__(self, path: str, threads: DiskThreads) -> None:
        self._threads = threads
        self._steps = 0
        self._interruptible = False
        self.slow: set[str] = set()
        self.abandoned = False
        self.raw = raw = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        raw.execute("pragma busy_timeout = 2000")
        raw.execute("pragma journal_mode = wal")
        raw.execute("pragma synchronous = full")
        raw.execute("pragma foreign_keys = on")
        raw.execute("pragma case_sensitive_like = on")
        raw.execute("pragma cache_size = -16000")
        raw.set_progress_handler(self._spent, _STEPS)

    def _spent(self) -> int:
        # SQLite counts the steps of a prepared statement over all its runs, so the first call
        # within a run may come at once; only the second says that a whole budget is used up.
        self._steps += 1
        return int(self._interruptible and self._steps > 1)

    async def execute(
        self, statement: Statement, params: dict[str, Value], fetch: bool
    ) -> tuple[list[Row], int]:
        if statement.text in self.slow:
            return await self._unbudgeted(statement.text, params, fetch)
        self._steps, self._interruptible = 0, statement.reads
        try:
            done = self._run(statement.text, params, fetch)
        except sqlite3.OperationalError as error:
            if primary(error) != sqlite3.SQLITE_INTERRUPT:
                raise
            return await self._unbudgeted(statement.text, params, fetch)
        finally:
            # What is run directly on `raw` (begin, savepoint, commit) must never be interrupted.
            self._interruptible = False
        if self._steps > 1:
            self.slow.add(statement.text)
        return done

    async def _unbudgeted(
        self, text: str, params: dict[str, Value], fetch: bool
    ) -> tuple[list[Row], int]:
        # Rarely, because each call costs the thread a turn of the interpreter lock. An
        # interrupt() from the reactor would be lost if the thread had not begun yet.
        self.raw.set_progress_handler(lambda: int(self.abandoned), 50 * _STEPS)
        try:
            return await self._threads.disk(self._run, text, params, fetch)
        finally:
            self.raw.set_progress_handler(self._spent, _STEPS)

    def _run(self, text: str, params: dict[str, Value], fetch: bool) -> tuple[list[Row], int]:
        cursor = self.raw.execute(text, params)
        rows = cursor.fetchall() if fetch else []
        return rows, max(cursor.rowcount, 0)

    async def execute_many(self, statement: Statement, rows: list[dict[str, Value]]) -> None:
        if len(rows) >= _MANY or statement.text in self.slow:
            await self._threads.disk(self.raw.executemany, statement.text, rows)
        else:
            self._interruptible = False
            self.raw.executemany(statement.text, rows)


class SqliteTx:
    """A transaction on a connection. After a failed statement nothing more is done in it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.over = False
        self.failed: Exception | None = None
        self.cancelled = False

    async def all(self, sql: str, /, **params: Value) -> list[Row]:
        return (await self._do(sql, params, True))[0]

    async def one(self, sql: str, /, **params: Value) -> Row | None:
        rows, _ = await self._do(sql, params, True)
        return rows[0] if rows else None

    async def run(self, sql: str, /, **params: Value) -> int:
        return (await self._do(sql, params, False))[1]

    async def later(self, sql: str, /, **params: Value) -> None:
        await self._do(sql, params, False)

    async def many(self, sql: str, rows: list[dict[str, Value]], /) -> None:
        self._check()
        if not rows:
            return
        try:
            await self._connection.execute_many(SQLITE.statement(sql), rows)
        except sqlite3.Error as error:
            raise self._fail(error) from error

    async def _do(self, sql: str, params: dict[str, Value], fetch: bool) -> tuple[list[Row], int]:
        self._check()
        try:
            return await self._connection.execute(SQLITE.statement(sql), params, fetch)
        except sqlite3.Error as error:
            raise self._fail(error) from error

    def _check(self) -> None:
        if self.over:
            raise AssertionError("the transaction is over")
        if self.failed is not None:
            raise self.failed
        if self.cancelled:
            raise CancelledError()

    def _fail(self, error: sqlite3.Error) -> Exception:
        self.failed = CancelledError() if self.cancelled else _in_our_words(error)
        return self.failed


async def inside(name: str, tx: SqliteTx, body: Callable[[Tx], Awaitable[T]]) -> T:
    """The result of a body; the failure of a statement, even if the body swallowed it."""
    try:
        with transaction_open(name):
            result = await body(tx)
    finally:
        tx.over = True
    if tx.failed is not None:
        raise tx.failed
    return result
