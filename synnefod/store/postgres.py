"""PostgreSQL through txpostgres: a pool that comes back by itself, transactions that run again.

Note [The server may be down]. `start` never fails for it: connections are made when they are
needed and dropped when they die, the schema is brought up to date as soon as the server answers,
and until then everything raises StoreUnavailable at once and `check` says why. After a failed
connection the next is tried only after a growing pause, so a dead server costs nobody a wait.

Note [What a read owes]. The end of a read tells its caller nothing, so nobody waits for its
`commit`: it is sent with the next transaction on the connection, or by itself after a while. Until
then the snapshot stays open, which keeps `vacuum` and changes of the schema waiting for so long.

libpq resolves host names on the reactor thread: give `hostaddr=` or a socket's folder.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import psycopg2
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from zope.interface import implementer

from synnefod.common import metrics
from synnefod.common.clockwork import BackOff, TimedOut, sleep, within
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros
from synnefod.store.dialect import POSTGRES
from synnefod.store.interface import IReadiness, IStore, StoreUnavailable, Tx
from synnefod.store.migrate import MIGRATIONS, MigrationFailed, load, migrate_postgres
from synnefod.store.postgres_tx import TRANSIENT, Connection, PostgresTx, inside
from synnefod.store.running import DiskThreads, Observe, begin, detached, unobserved

T = TypeVar("T")
log = Logger()

_WRITE = b"begin isolation level read committed read write"
_READ = b"begin isolation level repeatable read read only"
_ATTEMPTS = 6
_OWED = 0.02
"""Seconds that the `commit` of a read may wait for a statement to travel with."""


@implementer(IStore, IReadiness)
class PostgresStore:
    """IStore on the server named by a libpq connection string or `postgresql://` URL.

    `connections` are kept at most; `statement_timeout` and `connect_timeout` are in seconds.
    """

    dialect = POSTGRES

    def __init__(
        self,
        dsn: str,
        reactor: Any,
        threads: DiskThreads,
        *,
        migrations: Path = MIGRATIONS,
        observe: Observe = unobserved,
        connections: int = 8,
        statement_timeout: float = 60.0,
        connect_timeout: float = 10.0,
    ) -> None:
        self._dsn = dsn
        self._reactor = reactor
        self._threads = threads
        self._migrations = migrations
        self._observe = observe
        self._most = connections
        self._statement_timeout = statement_timeout
        self._connect_timeout = connect_timeout
        self._idle: list[Connection] = []
        self._taken: set[Connection] = set()
        self._opening = 0
        self._waiting: deque[Deferred[None]] = deque()
        self._back_off = BackOff(first=0.1, most=5.0)
        self._not_before = 0.0
        self._trouble = "the database is not open"
        self._open = False
        self._ready = False
        self._recovery: Deferred[None] | None = None
        self._settled: list[Deferred[None]] = []
        self._debts: Any = None
        self.schema = 0

    async def start(self) -> None:
        """Brings the schema up to date, now or, with the server down, as soon as it answers.

        Raises MigrationFailed (SchemaTooNew among them) when a server that answers cannot be
        migrated.
        """
        steps = load(POSTGRES, self._migrations)
        self._open = True

        def migrate() -> int:
            with closing(psycopg2.connect(self._dsn)) as connection:
                connection.autocommit = True
                connection.cursor().execute("set statement_timeout = 0")
                return migrate_postgres(connection, steps, micros(self._reactor.seconds()))

        if not await self._migrate(migrate):
            self._recovery = begin(self._recover(migrate))

    async def _migrate(self, migrate: Callable[[], int]) -> bool:
        try:
            self.schema = await self._threads.disk(migrate)
        except psycopg2.Error as error:
            self._trouble = f"PostgreSQL: {str(error).strip()}"
            return False
        self._ready = self._open
        return True

    async def _recover(self, migrate: Callable[[], int]) -> None:
        pause = BackOff(first=0.2, most=5.0)
        try:
            while self._open and not await self._migrate(migrate):
                await sleep(self._reactor, pause.next())
        except CancelledError:
            pass
        except MigrationFailed as error:
            self._trouble = str(error)
            log.failure("the schema cannot be brought up to date")

    async def stop(self) -> None:
        """Closes after the transactions in progress have ended. A second call does nothing.
        Later calls raise StoreUnavailable."""
        self._open = self._ready = False
        self._trouble = "the database is not open"
        if self._recovery is not None:
            self._recovery.cancel()
            self._recovery = None
        while self._taken or self._opening:
            self._settled.append(Deferred())
            await self._settled[-1]
        if self._debts is not None:
            self._debts.cancel()
            self._debts = None
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.discard()

    async def check(self) -> None:
        """None when the server answers; raises StoreUnavailable saying why not."""

        async def newest(tx: Tx) -> None:
            await tx.one("select max(number) from schema_migrations")

        await self.read("check", newest)

    async def clock(self) -> float | None:
        """The server's time, Unix seconds."""

        async def now(tx: Tx) -> float:
            row = await tx.one(
                "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)"
            )
            assert row is not None
            return int(row[0]) / 1e6

        return await self.read("clock", now)

    async def transact(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        refuse_inside(f"transaction '{name}'")
        return await detached(begin(self._observed(name, body, _WRITE, _Running())))

    async def read(self, name: str, body: Callable[[Tx], Awaitable[T]], /) -> T:
        refuse_inside(f"read '{name}'")
        running = _Running()
        work = begin(self._observed(name, body, _READ, running))
        return await detached(work, lambda: self._interrupt(running))

    def _interrupt(self, running: _Running) -> None:
        """Stops a read whose caller left: on the server, and before its next statement."""
        running.cancelled = True
        if running.tx is not None:
            running.tx.cancelled = True
        connection = running.connection
        if connection is not None:
            # The cancel may arrive late and hit a later statement: nobody else may get this one.
            connection.broken = True
            stopping = self._threads.disk(connection.server_cancel)
            stopping.addErrback(
                lambda failure: log.debug("no cancel: {why}", why=str(failure.value))
            )

    async def _observed(
        self, name: str, body: Callable[[Tx], Awaitable[T]], opening: bytes, running: _Running
    ) -> T:
        began = self._reactor.seconds()
        outcome = "rolled back"
        try:
            result = await self._attempts(name, body, opening, running)
            outcome = "committed"
            return result
        except StoreUnavailable:
            outcome = "failed"
            raise
        finally:
            self._observe(name, self._reactor.seconds() - began, outcome)

    async def _attempts(
        self, name: str, body: Callable[[Tx], Awaitable[T]], opening: bytes, running: _Running
    ) -> T:
        pause = BackOff(first=0.005, most=0.2, jitter=0.9)
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(name, body, opening, running)
            except psycopg2.Error as error:
                if error.pgcode not in TRANSIENT:
                    raise
                if attempt == _ATTEMPTS:
                    raise StoreUnavailable(f"PostgreSQL: {str(error).strip()}") from error
                metrics.store_retries.labels("conflict").inc()
            except StoreUnavailable:
                # A pooled connection was dead already; without a commit nothing was kept.
                if not running.lost or attempt > 1:
                    raise
                metrics.store_retries.labels("connection lost").inc()
            await sleep(self._reactor, pause.next())

    async def _attempt(
        self, name: str, body: Callable[[Tx], Awaitable[T]], opening: bytes, running: _Running
    ) -> T:
        connection = await self._take()
        tx = PostgresTx(connection, opening, reads=opening is _READ)
        tx.cancelled = running.cancelled
        running.tx, running.connection = tx, connection
        try:
            try:
                result = await inside(name, tx, body)
                running.ending = opening is _WRITE
                if tx.waiting or (opening is _WRITE and tx.begun):
                    await tx.commit()
            except BaseException:
                running.lost = connection.lost and not running.ending
                await self._roll_back(connection, tx)
                raise
            if tx.begun and opening is _READ:
                connection.owes_since = self._reactor.seconds()
            return result
        finally:
            running.tx = running.connection = None
            self._give_back(connection)

    async def _roll_back(self, connection: Connection, tx: PostgresTx) -> None:
        if tx.begun and not connection.lost:
            try:
                await connection.execute("rollback")
            except Exception:
                # The state of the connection is unknown; the server rolls back when it closes.
                connection.discard()

    async def _take(self) -> Connection:
        """A living connection of one's own; waits for one when all are taken."""
        while True:
            if not self._ready:
                raise StoreUnavailable(self._trouble)
            while self._idle:
                connection = self._idle.pop()
                if not connection.lost:
                    self._taken.add(connection)
                    return connection
            if len(self._taken) + self._opening < self._most:
                return await self._connect()
            turn: Deferred[None] = Deferred()
            self._waiting.append(turn)
            await turn

    async def _connect(self) -> Connection:
        if self._reactor.seconds() < self._not_before:
            raise StoreUnavailable(self._trouble)
        connection = Connection(self._reactor)
        self._opening += 1
        try:
            await within(self._reactor, self._connect_timeout, self._greet(connection))
        except (psycopg2.Error, StoreUnavailable, TimedOut, CancelledError) as error:
            connection.discard()
            if self._open:
                self._trouble = f"PostgreSQL: {str(error).strip()}"
            self._not_before = self._reactor.seconds() + self._back_off.next()
            raise StoreUnavailable(self._trouble) from error
        finally:
            self._opening -= 1
            self._next()
        self._back_off.reset()
        self._not_before = 0.0
        self._taken.add(connection)
        return connection

    async def _greet(self, connection: Connection) -> None:
        # txpostgres answers a cancel by raising into the canceller; `left` keeps it to itself.
        await detached(connection.connect(self._dsn), lambda: None)
        connection.prepare_types()
        limit = int(self._statement_timeout * 1000)
        await detached(
            begin(
                connection.execute(
                    f"set statement_timeout = {limit}; set client_min_messages = warning;"
                    f"set idle_in_transaction_session_timeout = {2 * limit}"
                )
            ),
            lambda: None,
        )

    def _give_back(self, connection: Connection) -> None:
        if connection.prepared.wished and self._open and not connection.lost:
            begin(self._prepare(connection))
            return
        self._taken.discard(connection)
        if connection.lost or not self._open:
            connection.discard()
        else:
            self._idle.append(connection)
            self._watch_debts()
        self._next()

    def _watch_debts(self) -> None:
        if self._debts is None and any(c.owes_since is not None for c in self._idle):
            self._debts = self._reactor.callLater(_OWED, self._pay_debts)

    def _pay_debts(self) -> None:
        """Note [What a read owes]."""
        self._debts = None
        before = self._reactor.seconds() - _OWED
        for connection in list(self._idle):
            if connection.owes_since is not None and connection.owes_since <= before:
                self._idle.remove(connection)
                self._taken.add(connection)
                begin(self._pay(connection))
        self._watch_debts()

    async def _pay(self, connection: Connection) -> None:
        connection.owes_since = None
        try:
            await connection.execute("commit")
        except Exception:
            # Nothing was changed that could be lost; the server rolls back when it closes.
            connection.discard()
        finally:
            self._give_back(connection)

    async def _prepare(self, connection: Connection) -> None:
        """What is asked often is parsed and planned once, between two transactions."""
        try:
            if connection.owes_since is not None:
                connection.owes_since = None
                await connection.execute("commit")
            while connection.prepared.wished:
                key, text = connection.prepared.next()
                try:
                    await connection.execute(text)
                except psycopg2.Error as error:
                    log.debug("not prepared: {why}", why=str(error).strip())
                else:
                    connection.prepared.done(key)
        except Exception:
            connection.discard()
        finally:
            self._give_back(connection)

    def _next(self) -> None:
        if self._waiting:
            self._waiting.popleft().callback(None)
        if not self._taken and not self._opening:
            settled, self._settled = self._settled, []
            for waiter in settled:
                waiter.callback(None)


class _Running:
    """What is known of a transaction while it runs; the canceller of a read reaches it here."""

    def __init__(self) -> None:
        self.cancelled = False
        self.lost = False
        self.ending = False
        self.tx: PostgresTx | None = None
        self.connection: Connection | None = None
