"""The HTTP site: access log, request counting, trusted proxies, draining at the end.

One log line a request (operations.md 15.5); health probes that set `request.quiet` leave none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import unquote

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.web import server
from twisted.web.resource import IResource

from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.protocols.http.channel import Channel
from synnefod.protocols.http.proxied import client, forwarded
from synnefod.protocols.http.request import Request

log = Logger()
_SECRET_NAME = re.compile(r"(?i)token|code|passw|secret|sig(?:nature)?$|auth|key|ticket|verifier")
_GLOBAL_ID = re.compile(rb"req-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CLIENT_LEFT = 499
"""The status that the log shows for a client who left before the answer. Never on the wire."""


def shown_target(uri: bytes) -> str:
    """A request target for the log: printable, bounded, secrets in the query masked."""
    text = uri[:2048].decode("ascii", "backslashreplace")
    path, mark, query = text.partition("?")
    return path + mark + "&".join(map(_masked, query.split("&")))


def _masked(parameter: str) -> str:
    """A parameter whose name, or whose value as an address, promises a secret, without it."""
    name, mark, value = parameter.partition("=")
    inner = unquote(unquote(value)).partition("?")[2]
    hidden = [unquote(name), *(part.partition("=")[0] for part in inner.split("&"))]
    return f"{name}=***" if mark and any(map(_SECRET_NAME.search, hidden)) else parameter


class Site(server.Site):
    """Serves `root` over HTTP/1.1 and 1.0.

    `idle` is in seconds: how long a connection may wait for a whole head, or for more of a body.
    `proxies` are the networks whose Forwarded and X-Forwarded-* headers are believed (OPS-157).
    `per_address` bounds the connections of one client that is no proxy (OPS-160); 0: no bound.
    `finished` is called with each request that ended and the seconds that it took.
    """

    protocol = Channel  # type: ignore[assignment]
    displayTracebacks = False  # noqa: N815
    noisy = False

    def __init__(
        self,
        root: IResource,
        reactor: IClock,
        *,
        idle: float = 60,
        proxies: Iterable[str] = (),
        access_log: bool = True,
        per_address: int = 0,
        finished: Callable[[Request, float], None] | None = None,
    ) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            root, requestFactory=Request, timeout=idle, reactor=reactor
        )
        self._proxies: list[IPv4Network | IPv6Network] = [ip_network(text) for text in proxies]
        self._access_log = access_log
        self._per_address = per_address
        self._addresses: Counter[str] = Counter()
        self._finished = finished or observe
        self.draining = False
        self._channels: set[Channel] = set()
        self._active: set[int] = set()
        self._drained: Deferred[None] | None = None

    def startFactory(self) -> None:
        """Stock Twisted starts a clock for its own access log here; ours needs none."""

    def stopFactory(self) -> None:
        """See startFactory."""

    def buildProtocol(self, addr: Any) -> Any:
        """None, which closes the connection at once, for an address that has too many."""
        host = getattr(addr, "host", "")
        if 0 < self._per_address <= self._addresses[host] and not self.is_proxy(addr):
            return None
        return super().buildProtocol(addr)  # type: ignore[no-untyped-call]

    # What the channel tells

    def connected(self, channel: Channel) -> None:
        self._channels.add(channel)
        self._addresses[_host_of(channel)] += 1
        metrics.open_connections.labels("http", "open").inc()

    def disconnected(self, channel: Channel) -> None:
        if channel in self._channels:
            self._channels.discard(channel)
            host = _host_of(channel)
            self._addresses[host] -= 1
            if self._addresses[host] <= 0:
                del self._addresses[host]
            metrics.open_connections.labels("http", "open").dec()

    def begun(self, request: Request) -> None:
        self._active.add(id(request))
        named = request.requestHeaders.getRawHeaders(b"X-Openstack-Request-Id")
        if named and _GLOBAL_ID.fullmatch(named[0]):
            request.global_request_id = named[0].decode()

    def log(self, request: Any) -> None:
        """Twisted's name for: an answer is complete."""
        self.ended(request)

    def ended(self, request: Request, *, left: bool = False) -> None:
        """A request has been answered, or its client has left. Counts and logs it once."""
        if request.logged:
            return
        request.logged = True
        self._active.discard(id(request))
        seconds = self.reactor.seconds() - request.started
        status = CLIENT_LEFT if left else request.code
        request.code = status
        self._finished(request, seconds)
        if self._access_log and not (request.quiet and status < 400):
            fields: dict[str, Any] = {}
            if request.global_request_id:
                fields["global_request_id"] = request.global_request_id
            log.info(
                "{method} {path} {status}",
                event="request",
                method=request.method.decode("ascii", "replace"),
                path=request.route_name if request.secret_path else shown_target(request.uri),
                route=request.route_name,
                status=status,
                bytes_in=request.body.received,
                bytes_out=request.sentLength,
                seconds=round(seconds, 6),
                request_id=request.request_id,
                actor=request.actor,
                peer=self.peer(request),
                **fields,
            )
        if self._drained is not None and not self._active:
            drained, self._drained = self._drained, None
            drained.callback(None)

    def refused(self, peer: Any, status: int, request_id: str) -> None:
        """A request that was no HTTP was answered on the wire."""
        if self._access_log:
            log.info(
                "malformed request answered {status}",
                event="malformed_request",
                status=status,
                request_id=request_id,
                peer=getattr(peer, "host", "-"),
            )

    # Who asks, and how we were addressed

    def is_proxy(self, client: Any) -> bool:
        """Whether what this peer tells of its clients is believed. A local socket's peer is."""
        if not self._proxies:
            return False
        try:
            address = ip_address(getattr(client, "host", ""))
        except ValueError:
            return getattr(client, "host", None) is None
        return any(address in network for network in self._proxies)

    def peer(self, request: Request) -> str:
        """The client's address: of the connection, or as trusted proxies tell it."""
        if self.is_proxy(request.client):
            told = request.requestHeaders.getRawHeaders("X-Forwarded-For") or []
            chain = ",".join(told).split(",") if told else _fors(request)
            found = client(chain, self._believed)
            if found is not None:
                return found
        return str(getattr(request.client, "host", "") or "local")

    def _believed(self, address: str) -> bool:
        found = ip_address(address)
        return any(found in network for network in self._proxies)

    def base(self, request: Request) -> str:
        """`scheme://host[:port]` as the client addressed us, without a trailing slash."""
        scheme = "https" if request.isSecure() else "http"  # type: ignore[no-untyped-call]
        host = request.host_header().decode("ascii")
        if self.is_proxy(request.client):
            told, named = _addressed(request)
            if told in ("http", "https"):
                scheme = told
            if re.fullmatch(r"[A-Za-z0-9.\-_\[\]:]{1,255}", named):
                host = named
        if not host:
            address = request.getHost()  # type: ignore[no-untyped-call]
            host = f"{getattr(address, 'host', 'localhost')}:{getattr(address, 'port', 80)}"
        return f"{scheme}://{host}"

    # The end

    @property
    def active(self) -> int:
        """Requests begun and not yet ended."""
        return len(self._active)

    def drain(self) -> Deferred[None]:
        """Answers say `Connection: close` from now on; idle connections are closed.

        Fires when no request is in progress. Whoever calls it has stopped listening before.
        """
        self.draining = True
        for channel in list(self._channels):
            if not channel.requests:
                channel.loseConnection()
        done: Deferred[None] = Deferred()
        if self._active:
            self._drained = done
        else:
            done.callback(None)
        return done


def _fors(request: Request) -> list[str]:
    """Whom the elements of `Forwarded` name, when no older header says it."""
    return [each.get("for", "") for each in _elements(request)]


def _elements(request: Request) -> list[dict[str, str]]:
    return forwarded(", ".join(request.requestHeaders.getRawHeaders("Forwarded") or []))


def _addressed(request: Request) -> tuple[str, str]:
    """The scheme and the host that a proxy's client used, each empty when it is not told.

    `Forwarded` is read where none of the older headers is: a proxy that sets those may pass on
    whatever its client wrote there.
    """

    def first(name: str) -> str:
        return (request.getHeader(name) or "").split(",")[0].strip()

    older = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Protocol", "X-Forwarded-Host")
    if not any(request.getHeader(name) for name in older):
        last = (_elements(request) or [{}])[-1]
        return last.get("proto", "").lower(), last.get("host", "")
    scheme = first("X-Forwarded-Proto") or first("X-Forwarded-Protocol")
    return scheme.lower(), first("X-Forwarded-Host")


def _host_of(channel: Channel) -> str:
    return str(getattr(channel.transport.getPeer(), "host", ""))


def observe(request: Request, seconds: float) -> None:
    """Counts a finished request in the metrics of operations.md 15.3."""
    method = request.method.decode("ascii", "replace")
    if method not in _METHODS:
        method = "other"
    counted, lasted, received, sent = _figures(
        request.service, request.route_name, method, request.code
    )
    counted.inc()
    lasted.observe(max(0.0, seconds))
    received.inc(request.body.received)
    sent.inc(request.sentLength)


@lru_cache(4096)
def _figures(service: str, route: str, method: str, status: int) -> tuple[Any, Any, Any, Any]:
    """Finding a metric by its labels costs more than changing it."""
    return (
        metrics.http_requests.labels(service, route, method, str(status)),
        metrics.http_request_duration.labels(service, route, method),
        metrics.http_received_bytes.labels(service),
        metrics.http_sent_bytes.labels(service),
    )


_METHODS = frozenset(["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "COPY", "MOVE"])
