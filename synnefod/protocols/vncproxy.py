"""Consoles through an external vncauthproxy (compute-image-volume.md 13).

One JSON request over TCP or TLS, one JSON reply, and the proxy closes. Addresses are
`tcp://user:password@host:24999` or `tls://...`, with `?verify=` as of `protocols/http/tls`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from attrs import field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger

from synnefod.common.clockwork import TimedOut, sleep, within
from synnefod.common.errors import Malformed, Unavailable
from synnefod.protocols.http.tls import SYSTEM, policy

log = Logger()
TRIES = 5
PAUSE = 0.2
PATIENCE = 60.0
MOST = 65_536


class ProxyRefused(Unavailable):
    """The console proxy did not open a port."""


@frozen
class ConsoleProxy:
    """Where a proxy is and how to sign in."""

    host: str
    port: int = 24999
    user: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    verify: str = SYSTEM


def parse_proxy(text: str) -> ConsoleProxy:
    """The proxy that a URL names. Raises Malformed, never showing the password."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Malformed(f"A console proxy's address cannot be read: {error}.") from None
    if parts.scheme not in ("tcp", "tls") or not parts.hostname:
        raise Malformed("A console proxy's address is tcp://USER:PASSWORD@HOST or tls://...")
    verify = parse_qs(parts.query).get("verify", [SYSTEM])[0]
    return ConsoleProxy(
        parts.hostname,
        24999 if port is None else port,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        parts.scheme == "tls",
        verify,
    )


class _Caller(Protocol):
    """Collects what comes until the other side closes."""

    transport: Any

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._reply = b""
        self.replied: Deferred[bytes] = Deferred(lambda _: self.transport.abortConnection())

    def connectionMade(self) -> None:
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        self._reply += data
        if len(self._reply) > MOST:
            self.transport.abortConnection()

    def connectionLost(self, reason: object = None) -> None:
        if not self.replied.called:
            self.replied.callback(self._reply)


class ProxiedConsoles:
    """Opens ports at one of `proxies`, picked at random."""

    def __init__(self, reactor: Any, proxies: Sequence[ConsoleProxy]) -> None:
        self._reactor = reactor
        self._proxies = proxies

    async def open(self, node: str, port: int, password: str) -> tuple[str, int]:
        """Host ("": as the proxy's own address) and port where one viewer with the password meets
        the console. Raises ProxyRefused."""
        proxy = random.choice(self._proxies)
        request = {
            "source_port": 0,
            "destination_address": node,
            "destination_port": port,
            "password": password,
            "auth_user": proxy.user,
            "auth_password": proxy.password,
            "type": "vnc",
        }
        try:
            raw = await within(self._reactor, PATIENCE, self._ask(proxy, request))
        except TimedOut:
            raise ProxyRefused("The console proxy does not answer.") from None
        try:
            reply = json.loads(raw)
            good = reply["status"] == "OK"
            found = int(reply["source_port"])
            host = str(reply.get("proxy_address") or proxy.host)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ProxyRefused("The console proxy's answer cannot be read.") from None
        if not good:
            log.warn(
                "console proxy {host}: {why}", host=proxy.host, why=str(reply.get("reason"))[:255]
            )
            raise ProxyRefused
        return host, found

    async def _ask(self, proxy: ConsoleProxy, request: dict[str, Any]) -> bytes:
        endpoint: Any = HostnameEndpoint(self._reactor, proxy.host.encode("idna"), proxy.port)
        if proxy.tls:
            uri = proxy.host.encode("idna")
            creator = policy(proxy.verify).creatorForNetloc(uri, proxy.port)
            endpoint = wrapClientTLS(creator, endpoint)
        sent = json.dumps(request).encode()
        for attempt in range(1, TRIES + 1):
            try:
                caller = await endpoint.connect(Factory.forProtocol(lambda: _Caller(sent)))
            except Exception as error:
                if attempt == TRIES:
                    raise ProxyRefused(f"The console proxy cannot be reached: {error}") from None
                await sleep(self._reactor, PAUSE)
            else:
                return bytes(await caller.replied)
        raise AssertionError
