"""Keeps one connection to one of several brokers up, with a growing pause between tries."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.logger import Logger

from synnefod.common.clockwork import BackOff, TimedOut, sleep, start, within
from synnefod.protocols.amqp.bus import AccessRefused, BusUnavailable
from synnefod.protocols.amqp.url import Broker
from synnefod.protocols.amqp.wire import Connection

log = Logger()
CONNECT_SECONDS = 15.0
CLOSE_SECONDS = 3.0


def endpoint(reactor: Any, broker: Broker) -> IStreamClientEndpoint:
    """The way to a broker: TCP, or TLS with the host's name and its authority checked."""
    plain = HostnameEndpoint(reactor, broker.host.encode(), broker.port, CONNECT_SECONDS)
    if not broker.tls:
        return plain
    trust = None
    if broker.ca_file:
        with open(broker.ca_file, "rb") as file:
            pem = file.read()
        mark = b"-----END CERTIFICATE-----"
        authorities = [Certificate.loadPEM(part + mark) for part in pem.split(mark)[:-1]]
        trust = trustRootFromCertificates(authorities)  # type: ignore[no-untyped-call]
    options = optionsForClientTLS(broker.host, trustRoot=trust)
    return wrapClientTLS(options, plain)


@define(eq=False)
class Link:
    """`up(connection)` is awaited on each new connection before the link counts as ready;
    `down()` is called when a connection ends. The brokers are tried in turn, in shuffled order.
    """

    reactor: Any
    brokers: Sequence[Broker]
    name: str
    up: Callable[[Connection], Awaitable[object]]
    down: Callable[[], object]
    _endpoint: Callable[[Any, Broker], IStreamClientEndpoint] = endpoint
    _backoff: BackOff = field(factory=lambda: BackOff(first=0.2, most=10.0))
    _shuffle: Callable[[list[Broker]], object] = random.shuffle
    connection: Connection | None = field(default=None, init=False)
    refusal: BusUnavailable | None = field(default=None, init=False)
    _order: list[Broker] = field(factory=list, init=False)
    _turn: int = field(default=0, init=False)
    _ended: Deferred[object] | None = field(default=None, init=False)
    _pause: Deferred[None] | None = field(default=None, init=False)
    _opening: Deferred[Any] | None = field(default=None, init=False)
    _trying: Connection | None = field(default=None, init=False)
    _waiters: list[Deferred[Connection]] = field(factory=list, init=False)
    _stopped: bool = field(default=False, init=False)

    def begin(self) -> None:
        """Starts connecting. A second call does nothing."""
        if self._ended is None and not self._stopped:
            self._order = list(self.brokers)
            self._shuffle(self._order)
            self._ended = start(self._run(), f"link {self.name}")

    async def ready(self, *, patient: bool) -> Connection:
        """The connection, once it is up. Unless `patient`, raises AccessRefused at a refusal."""
        self.begin()
        if self._stopped:
            raise BusUnavailable("The message bus is stopped.")
        if self.connection is not None:
            return self.connection
        while True:
            waiter: Deferred[Connection] = Deferred(self._forget)
            self._waiters.append(waiter)
            try:
                return await waiter
            except AccessRefused:
                if not patient:
                    raise

    def _forget(self, waiter: Deferred[Connection]) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)

    async def _run(self) -> None:
        while not self._stopped:
            broker = self._order[self._turn % len(self._order)]
            self._turn += 1
            try:
                await self._once(broker)
            except Exception as error:
                if self._stopped:
                    return
                self._failed(broker, error)
                await self._wait()

    async def _once(self, broker: Broker) -> None:
        """One life of a connection; raises when it does not come to be."""
        connection = Connection(self.reactor, broker, self.name)
        way = self._endpoint(self.reactor, broker)
        self._opening = connectProtocol(way, connection)  # type: ignore[no-untyped-call]
        try:
            await self._opening
        finally:
            self._opening = None
        self._trying = connection
        try:
            await within(self.reactor, CONNECT_SECONDS, connection.opened)
            await self.up(connection)
        except BaseException as error:
            connection.abort(BusUnavailable(f"The connection could not be set up: {error}"))
            self.down()
            raise
        finally:
            self._trying = None
        log.info("connected to {place} ({name})", place=broker.place, name=self.name)
        self._backoff.reset()
        self.refusal = None
        self.connection = connection
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.callback(connection)
        reason = await connection.over()
        self.connection = None
        self.down()
        if not self._stopped:
            log.warn("{place} is lost: {reason}", place=broker.place, reason=str(reason))

    def _failed(self, broker: Broker, error: Exception) -> None:
        log.warn(
            "cannot connect to {place} ({name}): {reason}",
            place=broker.place,
            name=self.name,
            reason=str(error) or type(error).__name__,
        )
        if isinstance(error, TimedOut):
            error = BusUnavailable(f"The message broker {broker.place} does not answer.")
        if isinstance(error, AccessRefused):
            self._fail_waiters(error)
        self.refusal = error if isinstance(error, BusUnavailable) else BusUnavailable(str(error))

    def _fail_waiters(self, error: Exception) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.errback(error)

    async def _wait(self) -> None:
        self._pause = sleep(self.reactor, self._backoff.next())
        try:
            await self._pause
        except CancelledError:
            if not self._stopped:
                raise
        finally:
            self._pause = None

    def reconnect(self, why: str) -> None:
        """Drops the connection for the next broker in turn."""
        if self.connection is not None:
            self.connection.abort(BusUnavailable(why))

    async def stop(self) -> None:
        """Closes the connection, politely if it answers; nothing reconnects afterwards."""
        self._stopped = True
        self._fail_waiters(BusUnavailable("The message bus is stopped."))
        if self.connection is not None:
            await self.connection.close(CLOSE_SECONDS)
        elif self._pause is not None:
            self._pause.cancel()
        elif self._opening is not None:
            self._opening.cancel()
        elif self._trying is not None:
            self._trying.abort(BusUnavailable("The message bus is stopped."))
        ended, self._ended = self._ended, None
        if ended is not None:
            await ended
