"""An HTTP client for tests: in memory for synchronous ones, over loopback for the others.

    client = WebClient(tree([mount]))
    answer = client.get("/cyclades/compute/v2.1/servers", token="t")
    answer.status, answer.headers["content-type"], answer.body, answer.json()

The bytes go through the real site, channel and request; only the socket is missing.
"""

from __future__ import annotations

import json as json_module
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from zope.interface import implementer

from synnefod.common.clockwork import sleep
from synnefod.protocols.http.site import Site


@define
class Answer:
    """A complete answer. Header names are in lower case; repeated ones are joined with ", "."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes
    interim: list[int] = field(factory=list)

    def json(self) -> Any:
        return json_module.loads(self.body)

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")


@implementer(ITransport, IPushProducer)
class MemoryTransport:
    """The server's end of a connection that is not there."""

    def __init__(self, peer: str) -> None:
        self.written = b""
        self.disconnecting = False
        self.closed = False
        self.aborted = False
        self.reading = True
        self.producer: Any = None
        self.channel: Any = None
        self._peer = IPv4Address("TCP", peer, 40000)
        self.heard: list[Callable[[], None]] = []

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data
            for hear in list(self.heard):
                hear()

    def writeSequence(self, pieces: Iterable[bytes]) -> None:
        self.write(b"".join(pieces))

    def loseConnection(self) -> None:
        self.disconnecting = True
        self._close(ConnectionDone())

    def abortConnection(self) -> None:
        self.aborted = True
        self._close(ConnectionAborted())

    def _close(self, reason: Exception) -> None:
        if not self.closed:
            self.closed = True
            for hear in list(self.heard):
                hear()
            self.channel.connectionLost(Failure(reason))

    def getPeer(self) -> IPv4Address:
        return self._peer

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", 8080)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def stopProducing(self) -> None:
        self.reading = False


class Connection:
    """One connection to a site in memory: send bytes, look at what came back."""

    def __init__(self, site: Site, peer: str = "192.0.2.7") -> None:
        self.transport = MemoryTransport(peer)
        self.channel: Any = site.buildProtocol(self.transport.getPeer())
        self.transport.channel = self.channel
        self.channel.makeConnection(self.transport)

    def send(self, data: bytes) -> None:
        if not self.transport.closed:
            self.channel.dataReceived(data)

    def hang_up(self) -> None:
        """The client leaves."""
        self.transport._close(ConnectionDone())

    @property
    def received(self) -> bytes:
        return self.transport.written


class Incomplete(Exception):
    """More of the answer is to come."""


def parse_answer(raw: bytes, method: str, closed: bool) -> tuple[Answer, bytes]:
    """The first final answer in `raw`, and what follows it. Raises Incomplete."""
    interim: list[int] = []
    while True:
        head, mark, rest = raw.partition(b"\r\n\r\n")
        if not mark:
            raise Incomplete(raw[:200])
        first, *lines = head.decode("utf-8", "surrogateescape").split("\r\n")
        _version, code, reason = (*first.split(" ", 2), "")[:3]
        if 100 <= int(code) < 200:
            interim.append(int(code))
            raw = rest
            continue
        break
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    status = int(code)
    if method == "HEAD" or status in (204, 304):
        body = b""
    elif "content-length" in headers:
        length = int(headers["content-length"])
        if len(rest) < length:
            raise Incomplete(raw[:200])
        body, rest = rest[:length], rest[length:]
    elif headers.get("transfer-encoding") == "chunked":
        body = b""
        while True:
            size_line, mark, rest = rest.partition(b"\r\n")
            if not mark:
                raise Incomplete(raw[:200])
            size = int(size_line, 16)
            if len(rest) < size + 2:
                raise Incomplete(raw[:200])
            body, rest = body + rest[:size], rest[size + 2 :]
            if size == 0:
                break
    elif closed:
        body, rest = rest, b""
    else:
        raise Incomplete(raw[:200])
    return Answer(status, reason, headers, body, interim), rest


class Exchange:
    """A request under way; `done` fires with the Answer, or fails with Incomplete when cut off."""

    def __init__(self, connection: Connection, method: str) -> None:
        self.connection = connection
        self._method = method
        self.done: Deferred[Answer] = Deferred()
        connection.transport.heard.append(self._heard)
        self._heard()

    def _heard(self) -> None:
        if self.done.called:
            return
        transport = self.connection.transport
        try:
            answer, _ = parse_answer(transport.written, self._method, transport.closed)
        except Incomplete as error:
            if transport.closed:
                self.done.errback(error)
            return
        self.done.callback(answer)

    @property
    def answered(self) -> bool:
        return self.done.called

    def answer(self) -> Answer:
        """The answer; raises Incomplete while there is none."""
        return parse_answer(
            self.connection.transport.written, self._method, self.connection.transport.closed
        )[0]

    def hang_up(self) -> None:
        self.done.addErrback(lambda failure: None)
        self.connection.hang_up()


class WebClient:
    """Sends requests to `root` in memory, each on a connection of its own.

    `pump` is called while an answer is awaited (to advance a clock, to run a queue), at most a
    thousand times. `send` returns a Deferred instead, for tests that wait.
    """

    def __init__(
        self,
        root: Any,
        *,
        clock: Any = None,
        token: str = "",
        host: str = "cloud.example.org",
        pump: Callable[[], object] | None = None,
        peer: str = "192.0.2.7",
        **options: Any,
    ) -> None:
        self.clock = clock if clock is not None else Clock()
        options.setdefault("access_log", False)
        self.site = root if isinstance(root, Site) else Site(root, self.clock, **options)
        self.token = token
        self.host = host
        self._pump = pump
        self._peer = peer

    def connect(self) -> Connection:
        """A bare connection, for tests of the wire."""
        return Connection(self.site, self._peer)

    def start(
        self,
        method: str,
        path: str | bytes,
        *,
        headers: Mapping[str, str | bytes] | None = None,
        json: Any = None,
        body: bytes | Iterable[bytes] | None = None,
        token: str | None = None,
        chunked: bool = False,
        complete: bool = True,
    ) -> Exchange:
        """Sends a request and does not wait. `body` may be pieces, sent one by one.

        `complete` False leaves the end of a chunked body, or of one with a Content-Length header
        of your own, to `exchange.connection.send`.
        """
        pieces, sent = _body(json, body)
        wire: dict[str, str | bytes] = {"Host": self.host}
        if json is not None:
            wire["Content-Type"] = "application/json"
        shown = self.token if token is None else token
        if shown:
            wire["X-Auth-Token"] = shown
        if chunked:
            wire["Transfer-Encoding"] = "chunked"
        elif sent:
            wire["Content-Length"] = str(sum(map(len, pieces)))
        names = {name.lower(): name for name in wire}
        for name, value in (headers or {}).items():
            wire.pop(names.get(name.lower(), ""), None)
            wire[name] = value
        target = path if isinstance(path, bytes) else path.encode("utf-8")
        head = method.encode() + b" " + target + b" HTTP/1.1\r\n"
        for name, value in wire.items():
            raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
            head += name.encode() + b": " + raw + b"\r\n"
        connection = self.connect()
        connection.send(head + b"\r\n")
        for piece in pieces:
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked and complete:
            connection.send(b"0\r\n\r\n")
        return Exchange(connection, method)

    def request(self, method: str, path: str | bytes, **options: Any) -> Answer:
        """Sends a request and returns its answer; Incomplete when there is none by then."""
        exchange = self.start(method, path, **options)
        for _ in range(1000):
            if exchange.answered or self._pump is None:
                break
            self._pump()
        exchange.done.addErrback(lambda failure: None)
        return exchange.answer()

    def send(self, method: str, path: str | bytes, **options: Any) -> Deferred[Answer]:
        """Sends a request; fires with its answer."""
        return self.start(method, path, **options).done

    def get(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def head(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("HEAD", path, **options)

    def put(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("PUT", path, **options)

    def post(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("POST", path, **options)

    def delete(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("DELETE", path, **options)

    def patch(self, path: str | bytes, **options: Any) -> Answer:
        return self.request("PATCH", path, **options)


def _body(json: Any, body: bytes | Iterable[bytes] | None) -> tuple[list[bytes], bool]:
    if json is not None:
        return [json_module.dumps(json).encode()], True
    if body is None:
        return [], False
    return ([body] if isinstance(body, bytes) else list(body)), True


class Loopback:
    """A site on a real socket of this machine, for tests with a reactor.

    web = Loopback(reactor, root); web.url("/path"); await web.stop()
    """

    def __init__(self, reactor: Any, root: Any, *, tls: Any = None, **options: Any) -> None:
        options.setdefault("access_log", False)
        self._reactor = reactor
        self.site = root if isinstance(root, Site) else Site(root, reactor, **options)
        if tls is None:
            self._port = reactor.listenTCP(0, self.site, interface="127.0.0.1")
        else:
            self._port = reactor.listenSSL(0, self.site, tls, interface="127.0.0.1")
        self.port: int = self._port.getHost().port
        self._scheme = "http" if tls is None else "https"

    def url(self, path: str) -> str:
        return f"{self._scheme}://127.0.0.1:{self.port}{path}"

    def stop(self) -> Deferred[None]:
        """Stops listening and breaks every connection off; fires when all are gone."""
        return ensureDeferred(self._stop())

    async def _stop(self) -> None:
        await maybeDeferred(self._port.stopListening)
        while self.site._channels:
            for channel in list(self.site._channels):
                channel.transport.abortConnection()
            await sleep(self._reactor, 0.01)
        await sleep(self._reactor, 0.01)
