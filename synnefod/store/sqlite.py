"""The embedded engine: one SQLite file in WAL mode, or a database in memory for tests.

Note [Group commit]. All transactions that wait while a commit is in progress share the next one.
Each has its savepoint, so a failing member takes nothing with it. Nobody is answered before the
commit has returned (synchronous=FULL: it is on the disk). Which work is done where is told in
store/sqlite_tx.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from pathlib import Path
from typing import Any, TypeVar

from attrs import define
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from synnefod.common.clockwork import IClock
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros
from synnefod.common.threads import InlineThreads
from synnefod.store.dialect import SQLITE
from synnefod.store.interface import IReadiness, IStore, StoreUnavailable, Tx
from synnefod.store.migrate import MIGRATIONS, load, migrate_sqlite
from synnefod.store.running import DiskThreads, Observe, begin, detached, unobserved
from synnefod.store.sqlite_tx import Connection, SqliteTx, inside, primary

T = TypeVar("T")

_READERS = 4
_GROUP = 256  # members of one commit at most, so that the first is not kept waiting for ever
_PATIENCE = 30_000  # milliseconds to wait for another process's transaction


@define(eq=False)
class _Member:
    """A transaction in the writer's queue; `reads` only for a database in memory."""

    name: str
    body: Callable[[Tx], Awaitable[Any]]
    reads: bool
    context: Context
    began: float
    done: Deferred[Any]
    result: Any = None


@implementer(IStore, IReadiness)
class SqliteStore:
    """IStore on the file `path`, or in memory with `path=None`.

    In memory everything runs at once on the calling thread (as with InlineThreads), so the
    Deferreds of synchronous tests have fired; a read then waits its turn like a transaction.
    """

    dialect = SQLITE

    def __init__(
        self,
        path: Path | None,
        clock: IClock,
        threads: DiskThreads,
        *,
        migrations: Path = MIGRATIONS,
        observe: Observe = unobserved,
    ) -> None:
        self._path = path
        self._clock = clock
        self._threads: DiskThreads = InlineThreads() if path is None else threads
        self._migrations = migrations
        self._observe = observe
        self._writer: Connection | None = None
        self._queue: deque[_Member] = deque()
        self._draining = False
        self._drained: list[Deferred[None]] = []
        self._idle: list[Connection] = []
        self._readers = 0
        self._waiting: deque[Deferred[None]] = deque()
        self.schema = 0

    async def start(self) -> None:
        """Opens the file and brings its schema up to date. Raises MigrationFailed, or
        StoreUnavailable when the file cannot be opened."""
        steps = load(SQLITE, self._migrations)

        def open_and_migrate() -> tuple[Connection, int]:
            connection = self._open()
            try:
                connection.raw.execute(f"pragma busy_timeout = {_PATIENCE}")
                now = micros(self._clock.seconds())
                return connection, migrate_sqlite(connection.raw, self._path, steps, now)
            except BaseException:
                connection.raw.close()
                raise

        try:
            writer, self.schema = await self._threads.disk(open_and_migrate)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error
        # From now on a busy file is waited for in a thread, see _begin.
        writer.raw.execute("pragma busy_timeout = 0")
        self._writer = writer

    def _open(self) -> Connection:
        return Connection(":memory:" if self._path is None else str(self._path), self._threads)

    async def stop(self) -> None:
        """Closes the file after the transactions that were asked for. A second call does nothing.
        Later calls raise StoreUnavailable."""
        if self._draining:
            self._drained.append(Deferred())
            await self._drained[-1]
        writer, self._writer = self._writer, None
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.raw.close()
        if writer is not None:
            await self._threads.disk(writer.raw.close)

    async def check(self) -> None:
        """None when the file answers; raises StoreUnavailable."""

        async def newest(tx: Tx) -> None:
            await tx.one("select max(number) from schema_migrations")

        await self.read("check", newest)

    async def clock(self) -> float | None:
        """None: the engine has no clock but ours."""
        return None

    async def transact(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        return await self._queued(name, body, False)

    async def _queued(self, name: str, body: Callable[[Tx], Awaitable[T]], reads: bool) -> T:
        refuse_inside(f"transaction '{name}'")
        self._check_open()
        now = self._clock.seconds()
        member = _Member(name, body, reads, copy_context(), now, Deferred())
        self._queue.append(member)
        if not self._draining:
            self._draining = True
            # In an empty context: the drain outlives this caller and works for all.
            Context().run(begin, self._drain())
        return await detached(member.done)

    def _check_open(self) -> Connection:
        if self._writer is None:
            raise StoreUnavailable("the database is not open")
        return self._writer

    async def _drain(self) -> None:
        """Group after group until nobody waits. Answers everybody, so it cannot fail."""
        writer = self._check_open()
        while self._queue:
            members: list[_Member] = []
            try:
                await self._begin(writer.raw)
                while self._queue and len(members) < _GROUP:
                    members.append(self._queue.popleft())
                    await self._savepoint(writer, members[-1])
                await self._threads.disk(writer.raw.execute, "commit")
            except Exception as error:
                if writer.raw.in_transaction:
                    writer.raw.execute("rollback")
                if not members:
                    members.extend(self._queue)
                    self._queue.clear()
                lost = Failure(StoreUnavailable(f"SQLite: {error}"))  # type: ignore[no-untyped-call]
                for member in members:
                    if not isinstance(member.result, Failure):
                        member.result = lost
            for member in members:
                self._answer(member)
        self._draining = False
        drained, self._drained = self._drained, []
        for waiter in drained:
            waiter.callback(None)

    async def _begin(self, raw: sqlite3.Connection) -> None:
        try:
            raw.execute("begin immediate")
        except sqlite3.OperationalError as error:
            if primary(error) != sqlite3.SQLITE_BUSY:
                raise
            await self._threads.disk(_begin_patiently, raw)

    async def _savepoint(self, writer: Connection, member: _Member) -> None:
        raw = writer.raw
        raw.execute("savepoint member")
        if member.reads:
            raw.execute("pragma query_only = on")
        try:
            work = inside(member.name, SqliteTx(writer), member.body)
            member.result = await member.context.run(begin, work)
        except Exception:
            member.result = Failure()  # type: ignore[no-untyped-call]
            if not raw.in_transaction:  # a full disk, say: SQLite rolled the whole group back
                raise
            raw.execute("rollback to member")
        finally:
            if member.reads:
                raw.execute("pragma query_only = off")
        raw.execute("release member")

    def _answer(self, member: _Member) -> None:
        self._observe(member.name, self._clock.seconds() - member.began, _outcome(member.result))
        member.done.callback(member.result)

    async def read(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        if self._path is None:
            return await self._queued(name, body, True)
        refuse_inside(f"read '{name}'")
        self._check_open()
        reading = _Reading()
        return await detached(begin(self._read(name, body, reading)), reading.cancel)

    async def _read(self, name: str, body: Callable[[Tx], Awaitable[T]], reading: _Reading) -> T:
        began = self._clock.seconds()
        outcome = "failed"
        connection = await self._take()
        try:
            connection.raw.execute("begin")
            reading.tx = tx = SqliteTx(connection)
            reading.connection = connection
            tx.cancelled = reading.cancelled
            outcome = "rolled back"
            result = await inside(name, tx, body)
            outcome = "committed"
            return result
        except StoreUnavailable:
            outcome = "failed"
            raise
        finally:
            reading.connection = None
            connection.abandoned = False
            self._give_back(connection)
            self._observe(name, self._clock.seconds() - began, outcome)

    async def _take(self) -> Connection:
        """A reader of one's own; waits for one when all are taken."""
        while not self._idle:
            if self._readers < _READERS:
                self._readers += 1
                try:
                    connection = await self._threads.disk(self._open)
                    connection.raw.execute("pragma query_only = on")
                    return connection
                except BaseException as error:
                    self._readers -= 1
                    self._next()
                    if isinstance(error, sqlite3.Error):
                        raise StoreUnavailable(f"{self._path}: {error}") from error
                    raise
            turn: Deferred[None] = Deferred()
            self._waiting.append(turn)
            await turn
        return self._idle.pop()

    def _give_back(self, connection: Connection) -> None:
        well = self._writer is not None
        if connection.raw.in_transaction:
            try:
                connection.raw.execute("rollback")
            except sqlite3.Error:
                well = False
        if well:
            self._idle.append(connection)
        else:
            connection.raw.close()
            self._readers -= 1
        self._next()

    def _next(self) -> None:
        """Gives a waiting read its turn to look again."""
        if self._waiting:
            self._waiting.popleft().callback(None)


class _Reading:
    """What the canceller of a read can reach: its transaction, and the connection while it runs."""

    def __init__(self) -> None:
        self.cancelled = False
        self.tx: SqliteTx | None = None
        self.connection: Connection | None = None

    def cancel(self) -> None:
        self.cancelled = True
        if self.tx is not None:
            self.tx.cancelled = True
        if self.connection is not None:
            self.connection.abandoned = True


def _begin_patiently(raw: sqlite3.Connection) -> None:
    raw.execute(f"pragma busy_timeout = {_PATIENCE}")
    try:
        raw.execute("begin immediate")
    finally:
        raw.execute("pragma busy_timeout = 0")


def _outcome(result: object) -> str:
    if not isinstance(result, Failure):
        return "committed"
    return "failed" if isinstance(result.value, StoreUnavailable) else "rolled back"
