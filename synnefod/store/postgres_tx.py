"""One asynchronous connection to PostgreSQL, its errors in our words, a transaction's view of it.

Repairs around txpostgres 1.7: a connection that dies while idle is dropped quietly; a statement is
never cancelled by cancelling its Deferred (that raises a private exception into the caller), but
from a thread, after which the connection is closed; COPY, which would poison the connection, is
refused; a connection whose rollback failed is closed. Statements go past txpostgres' cursors, whose
locks, readers taken away and added again and turns of the reactor cost as much as the answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

import psycopg2
import psycopg2.extensions
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.python.failure import Failure
from txpostgres import txpostgres

from synnefod.common.outside import transaction_open
from synnefod.store.dialect import POSTGRES
from synnefod.store.interface import (
    ConstraintViolation,
    ReadOnlyTransaction,
    Row,
    StoreUnavailable,
    Tx,
    UniqueViolation,
    Value,
)
from synnefod.store.prepared import STALE, Prepared

T = TypeVar("T")

# Serialization failure and deadlock: nothing is wrong with the body, it may run again.
TRANSIENT = {"40001", "40P01"}
_PLANNED = {"select", "insert", "update", "delete", "with"}
_TOGETHER = 100
"""Statements in one message at most."""
# Classes of SQLSTATE that speak of the server and not of the statement: connection, resources,
# operator intervention (a time limit and a shutdown among them), system error; lock timeout.
_UNAVAILABLE = ("08", "53", "57", "58", "55P03", "25P03")


def _bytes(text: Any, _cursor: object) -> bytes | None:
    return None if text is None else bytes.fromhex(text[2:])


def _number(text: Any, _cursor: object) -> int | float | None:
    if text is None:
        return None
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _truth(text: Any, _cursor: object) -> int | None:
    return None if text is None else int(text == "t")


# Rows hold the same types as SQLite's: sum(bigint) is numeric here, a comparison is boolean.
_TYPES = [
    psycopg2.extensions.new_type((17,), "BYTES", _bytes),
    psycopg2.extensions.new_type((1700,), "WHOLE_OR_FLOAT", _number),
    psycopg2.extensions.new_type((16,), "ZERO_OR_ONE", _truth),
]


def in_our_words(error: Exception, closed: bool) -> Exception:
    """An error of the driver as the interface's; itself when it is the statement's own fault."""
    code = getattr(error, "pgcode", None)
    if code is not None:
        if code == "23505":
            return UniqueViolation(_constraint(error))
        if code.startswith("23"):
            return ConstraintViolation(_constraint(error))
        if code == "25006":
            return ReadOnlyTransaction(str(error).strip())
        if code.startswith(_UNAVAILABLE):
            return StoreUnavailable(f"PostgreSQL: {str(error).strip()}")
        return error
    if isinstance(error, ConnectionDone | ConnectionLost | psycopg2.InterfaceError) or (
        isinstance(error, psycopg2.OperationalError | psycopg2.DatabaseError) and closed
    ):
        return StoreUnavailable(f"PostgreSQL: {str(error).strip()}")
    return error


def _constraint(error: Any) -> str:
    return str(error.diag.constraint_name or error.diag.column_name or error.diag.message_primary)


class Connection(txpostgres.Connection):  # type: ignore[misc]
    """A pooled connection. `broken` says that it must not be used again. `owes_since` is when a
    read ended whose `commit` has not been sent: it travels with the next statement."""

    def __init__(self, reactor: Any) -> None:
        super().__init__(reactor)
        self.broken = False
        self.owes_since: float | None = None
        self.prepared = Prepared()
        self._asked: Deferred[None] | None = None

    def doRead(self) -> None:
        """The server spoke, or left; perhaps while nothing was asked of it."""
        if self._asked is not None:
            self.reactor.removeReader(self)
            self._advance()
            return
        try:
            super().doRead()
        except psycopg2.Error:
            self.discard()

    def doWrite(self) -> None:
        if self._asked is None:
            super().doWrite()
            return
        self.reactor.removeWriter(self)
        self._advance()

    def connectionLost(self, reason: Failure) -> None:
        if self._asked is None:
            super().connectionLost(reason)
        elif self._connection.closed:
            asked, self._asked = self._asked, None
            asked.errback(reason)
        else:
            self._advance()

    def _advance(self) -> None:
        """A step of the driver, which may close the socket: the reactor must not know it then.
        The answer's waiter runs at the very end: it may ask again."""
        asked = self._asked
        assert asked is not None
        try:
            state = self._connection.poll()
        except psycopg2.Error:
            self._asked = None
            asked.errback()
            return
        if state == psycopg2.extensions.POLL_WRITE:
            self.reactor.addWriter(self)
            return
        self.reactor.addReader(self)
        if state == psycopg2.extensions.POLL_OK:
            self._asked = None
            asked.callback(None)

    def discard(self) -> None:
        """Closes for good. A second call does nothing."""
        self.broken = True
        if self._connection is not None:
            self.close()

    @property
    def lost(self) -> bool:
        return self.broken or self._connection is None or bool(self._connection.closed)

    def prepare_types(self) -> None:
        for kind in _TYPES:
            psycopg2.extensions.register_type(kind, self._connection)

    def mogrify(self, text: str, params: dict[str, Value]) -> bytes:
        """A statement with its values in it."""
        return cast("bytes", self._connection.cursor().mogrify(text, params))

    async def execute(self, text: str | bytes) -> Any:
        """The driver's cursor after a statement. Raises errors in our words, or the driver's."""
        if self.lost:
            raise StoreUnavailable("PostgreSQL: the connection is lost")
        try:
            cursor = self._connection.cursor()
            self.reactor.removeReader(self)
            cursor.execute(text)
            asked: Deferred[None] = Deferred()
            self._asked = asked
            self._advance()
            await asked
            return cursor
        except psycopg2.extensions.QueryCanceledError as error:
            raise StoreUnavailable("PostgreSQL: the statement took too long") from error
        except (psycopg2.Error, ConnectionDone, ConnectionLost) as error:
            words = in_our_words(error, self.lost)
            if self.lost:
                self.discard()
            if words is error:
                raise
            raise words from error

    def server_cancel(self) -> None:
        """Asks the server to give up the statement. Blocks: call it in a thread."""
        raw = self._connection
        if raw is not None and not raw.closed:
            raw.cancel()


class PostgresTx:
    """A transaction on a connection. Its `begin` travels with its first statement, so a body that
    asks nothing costs nothing; what is told `later` travels with the next one, or with the commit.
    After a failed statement nothing more is done in it.

    In one that only `reads` there is nothing to lock, and the server would refuse to."""

    def __init__(self, connection: Connection, opening: bytes, *, reads: bool = False) -> None:
        self._connection = connection
        self._opening = opening
        self._reads = reads
        self._later: list[bytes] = []
        self.begun = False
        self.over = False
        self.cancelled = False
        self.failed: Exception | None = None

    async def all(self, sql: str, /, **params: Value) -> list[Row]:
        cursor = await self._do(sql, params)
        return cast("list[Row]", cursor.fetchall() if cursor.description else [])

    async def one(self, sql: str, /, **params: Value) -> Row | None:
        cursor = await self._do(sql, params)
        return cast("Row | None", cursor.fetchone() if cursor.description else None)

    async def run(self, sql: str, /, **params: Value) -> int:
        touched: int = (await self._do(sql, params)).rowcount
        return max(touched, 0)

    @property
    def waiting(self) -> bool:
        """Whether there is something that the server has not been told yet."""
        return bool(self._later)

    async def later(self, sql: str, /, **params: Value) -> None:
        self._check()
        self._later.append(self._spelled(sql, params))
        if len(self._later) >= _TOGETHER:
            await self._send([self._later.pop()])

    async def many(self, sql: str, rows: list[dict[str, Value]], /) -> None:
        # Several statements travel in one message; the server stops at the first that fails.
        self._check()
        for start in range(0, len(rows), _TOGETHER):
            await self._send([self._spelled(sql, row) for row in rows[start : start + _TOGETHER]])

    async def flush(self) -> None:
        """Tells the server what waits."""
        if self._later:
            await self._send([self._later.pop()])

    async def commit(self) -> None:
        """Ends a transaction that has begun; nothing may be asked of it afterwards."""
        await self._send([b"commit"])

    async def _do(self, sql: str, params: dict[str, Value]) -> Any:
        self._check()
        return await self._send([self._spelled(sql, params)])

    def _spelled(self, sql: str, params: dict[str, Value]) -> bytes:
        """A statement with its values in it, prepared if it is asked often."""
        if self._reads and "{for_update}" in sql:
            sql = sql.replace("{for_update}", "")
        statement = POSTGRES.statement(sql)
        if statement.verb == "copy":
            raise ValueError("COPY is not for this connection")
        spelled = statement.text
        try:
            if statement.verb in _PLANNED:
                spelled = self._connection.prepared.spelled(spelled, params)
            return self._connection.mogrify(spelled, _plain(params))
        except Exception as error:
            self.failed = error
            raise

    async def _send(self, pieces: list[bytes]) -> Any:
        """The driver's cursor after the last of the statements, and of those that waited."""
        pieces, self._later = [*self._later, *pieces], []
        if not self.begun:
            pieces.insert(0, self._opening)
            if self._connection.owes_since is not None:
                pieces.insert(0, b"commit")
        self.begun, self._connection.owes_since = True, None
        try:
            cursor = await self._connection.execute(b";".join(pieces))
        except Exception as error:
            self.failed = error
            if getattr(error, "pgcode", None) in STALE:
                self._connection.broken = True
            raise
        if self.cancelled:
            raise CancelledError()
        return cursor

    def _check(self) -> None:
        if self.over:
            raise AssertionError("the transaction is over")
        if self.failed is not None:
            raise self.failed
        if self.cancelled:
            raise CancelledError()
        if self._connection.lost:
            self.failed = StoreUnavailable("PostgreSQL: the connection is lost")
            raise self.failed


def _plain(params: dict[str, Value]) -> dict[str, Value]:
    # A Python truth value would be sent as SQL's boolean, which no column here is.
    return {
        key: int(value) if value is True or value is False else value
        for key, value in params.items()
    }


async def inside(name: str, tx: PostgresTx, body: Callable[[Tx], Awaitable[T]]) -> T:
    """The result of a body; the failure of a statement, even if the body swallowed it."""
    try:
        with transaction_open(name):
            result = await body(tx)
    finally:
        tx.over = True
    if tx.failed is not None:
        raise tx.failed
    return result
