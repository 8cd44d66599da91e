"""The console relay: a WebSocket (RFC 6455) on one side, a VNC server's TCP port on the other.

    GET <path>?token=<ticket>     Upgrade: websocket; binary frames carry RFB (RFC 6143) as it is

The ticket is taken, and the VNC server reached, before the WebSocket is accepted, so that a refusal
is an HTTP status: 404 unknown, used or expired ticket; 502 server not reached; 400 no WebSocket.
Each side is read only as fast as the other one takes the bytes.

Note [Twisted's WebSocket]. `twisted.web.websocket` accepts before it asks and never chooses a
subprotocol (noVNC may insist on `binary`), so the upgrade is made here from its parts:
`_WebSocketWireProtocol` and `HTTPChannel._protocolUpgradeForWebsockets` are private names of it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import parse_qs

from twisted.internet.defer import CancelledError
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IDelayedCall, IPushProducer
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as WireProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web._websocket_impl import _WebSocketWireProtocol
from twisted.web.server import NOT_DONE_YET
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection
from wsproto.events import Request as Asked
from wsproto.handshake import H11Handshake
from wsproto.utilities import RemoteProtocolError
from zope.interface import implementer

from synnefod.common import metrics
from synnefod.common.clockwork import IClock, start
from synnefod.common.errors import Refusal

log = Logger()
CONNECT_TIMEOUT = 10
SUBPROTOCOL = "binary"
_NORMAL = 1000
LINGER = 10.0


class Endpoint(Protocol):
    """Where a ticket leads."""

    @property
    def node(self) -> str: ...

    @property
    def port(self) -> int: ...


Take = Callable[[str], Awaitable[Endpoint | None]]
Resolve = Callable[[str, int], tuple[str, int]]


def by_name(node: str, port: int) -> tuple[str, int]:
    """The usual resolver: nodes are reached by their own names."""
    return node, port


@implementer(IPushProducer)
class _Reading:
    """Lets the other side pause the reading of a transport."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport

    def pauseProducing(self) -> None:
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        self._transport.resumeProducing()

    def stopProducing(self) -> None:
        self._transport.loseConnection()


class _Upstream(WireProtocol):
    """The connection to the VNC server. What it says before the bridge stands is kept."""

    transport: Any

    def __init__(self) -> None:
        self._early: list[bytes] = []
        self._client: _Client | None = None
        self.lost = False

    def connectionMade(self) -> None:
        self.transport.pauseProducing()

    def join(self, client: _Client) -> None:
        self._client = client
        self.transport.registerProducer(_Reading(client.wire), True)
        self.transport.resumeProducing()

    def dataReceived(self, data: bytes) -> None:
        if self._client is not None:
            self._client.send(data)

    def connectionLost(self, reason: object = None) -> None:
        self.lost = True
        if self._client is not None:
            self._client.upstream_lost()


class _Client:
    """The WebSocket's side; what twisted.web.websocket calls a WebSocketProtocol."""

    def __init__(self, clock: IClock, upstream: _Upstream, ended: Callable[[], None]) -> None:
        self._clock = clock
        self._cut: IDelayedCall | None = None
        self._upstream = upstream
        self._ended = ended
        self._transport: Any = None
        self._closed = False
        self.wire: Any = None

    def negotiationStarted(self, transport: Any) -> None:
        self._transport = transport
        self.wire = transport.transport

    def negotiationFinished(self) -> None:
        # The HTTP channel is still the producer of its transport (dependencies: websocket).
        self.wire.unregisterProducer()
        self._transport.attachProducer(_Reading(self._upstream.transport))
        self.wire.resumeProducing()
        self._upstream.join(self)

    def send(self, data: bytes) -> None:
        if not self._closed:
            self._transport.sendBytesMessage(data)

    def bytesMessageReceived(self, data: bytes | bytearray) -> None:
        if not self._upstream.lost:
            self._upstream.transport.write(bytes(data))

    def textMessageReceived(self, message: str) -> None:
        self.close(1003)

    def pongReceived(self, payload: bytes) -> None:
        return

    def upstream_lost(self) -> None:
        self.close(_NORMAL)

    def close(self, code: int, linger: float = LINGER) -> None:
        """Says goodbye; a viewer that takes nothing is cut off after `linger` seconds.

        A second call does nothing.
        """
        if not self._closed:
            self._closed = True
            self._transport.detachProducer()
            self._transport.loseConnection(code)
            self._cut = self._clock.callLater(linger, self.wire.abortConnection)

    def connectionLost(self, reason: Failure) -> None:
        self._closed = True
        if self._cut is not None and self._cut.active():
            self._cut.cancel()
        if not self._upstream.lost:
            self._upstream.transport.unregisterProducer()
            self._upstream.transport.abortConnection()
        self._ended()


class ConsoleRelay:
    """The resource of the WebSocket. `take` redeems a ticket, `resolve` maps a node and its port
    to the address that is dialled. `close_all` ends every console that is open."""

    isLeaf = True  # noqa: N815

    def __init__(self, reactor: Any, take: Take, resolve: Resolve = by_name) -> None:
        self._reactor = reactor
        self._take = take
        self._resolve = resolve
        self._open: set[_Client] = set()

    @property
    def consoles(self) -> int:
        """How many are open."""
        return len(self._open)

    def close_all(self) -> None:
        for client in list(self._open):
            client.close(1001, linger=1.0)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Any) -> Any:
        gone: list[bool] = []
        request.notifyFinish().addErrback(lambda _: gone.append(True))
        start(self._serve(request, gone), "console")
        return NOT_DONE_YET

    async def _serve(self, request: Any, gone: list[bool]) -> None:
        handshake = H11Handshake(ConnectionType.SERVER)
        raw = request.requestHeaders.getAllRawHeaders()
        headers = [(name, value) for name, values in raw for value in values]
        try:
            if request.method != b"GET":
                raise RemoteProtocolError("not GET")
            handshake.initiate_upgrade_connection(headers, request.path)
        except RemoteProtocolError:
            return _refuse(request, 400, "This is a WebSocket.", gone)
        query = parse_qs(request.uri.partition(b"?")[2].decode("ascii", "replace"))
        try:
            target = await self._take(query.get("token", [""])[-1])
        except Refusal as error:
            metrics.consoles.labels("failed").inc()
            return _refuse(request, 503, error.message, gone)
        if target is None:
            metrics.consoles.labels("refused").inc()
            return _refuse(request, 404, "The ticket is unknown, used or expired.", gone)
        host, port = self._resolve(target.node, target.port)
        try:
            upstream = await self._dial(host, port)
        except CancelledError:
            raise
        except Exception as error:
            metrics.consoles.labels("failed").inc()
            log.warn("console at {host}:{port}: {error}", host=host, port=port, error=error)
            return _refuse(request, 502, "The console does not answer.", gone)
        if gone or upstream.lost:
            upstream.transport.abortConnection()
            return _refuse(request, 502, "The console has closed.", gone)
        metrics.consoles.labels("opened").inc()
        return self._upgrade(request, handshake, upstream)

    async def _dial(self, host: str, port: int) -> _Upstream:
        endpoint = HostnameEndpoint(self._reactor, host.encode("idna"), port, CONNECT_TIMEOUT)
        connected: Any = await endpoint.connect(Factory.forProtocol(_Upstream))
        upstream: _Upstream = connected
        return upstream

    def _upgrade(self, request: Any, handshake: H11Handshake, upstream: _Upstream) -> None:
        asked = [event for event in handshake.events() if isinstance(event, Asked)]
        offered = asked[0].subprotocols if asked else []
        chosen = SUBPROTOCOL if SUBPROTOCOL in offered else None
        accept = handshake.send(AcceptConnection(subprotocol=chosen))
        channel, site = request.channel, request.channel.site

        def ended() -> None:
            self._open.discard(client)
            metrics.consoles_open.set(len(self._open))
            site.disconnected(channel)
            site.ended(request)

        client = _Client(self._reactor, upstream, ended)
        self._open.add(client)
        metrics.consoles_open.set(len(self._open))
        channel.setTimeout(None)
        connection: Any = handshake.connection
        wire: Any = _WebSocketWireProtocol(connection, lambda _connection, _transport: None, client)
        channel._protocolUpgradeForWebsockets(wire)
        channel.transport.write(accept)
        client.negotiationFinished()


def _refuse(request: Any, status: int, text: str, gone: list[bool]) -> None:
    if gone:
        return
    request.setResponseCode(status)
    if request.getHeader("Upgrade"):
        # Clients of WebSockets take what follows a refusal's headers for frames.
        request.setHeader(b"Connection", b"close")
        request.setHeader(b"Content-Length", b"0")
        request.setHeader(b"Cache-Control", b"no-store")
        request.finish()
        return
    request.setHeader(b"Content-Type", b"text/plain; charset=UTF-8")
    request.setHeader(b"Cache-Control", b"no-store")
    request.write(text.encode())
    request.finish()
