"""What proxies tell of their clients: the PROXY protocol before the first byte, and headers.

Believed from listed networks only (OPS-157). The PROXY protocol is the one that HAProxy published,
versions 1 (a line of text) and 2 (binary); it stands before TLS.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Protocol
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from zope.interface import directlyProvides, providedBy

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LONGEST_LINE = 107
LONGEST_REST = 2048
"""Bytes of addresses and extras in version 2; the protocol's own extras fit twice."""
PATIENCE = 10.0
"""Seconds within which a proxy has told whose connection it is."""
Ends = tuple[Any, Any]
"""The client's address and the one that it reached; None twice when the proxy speaks for itself."""


def read_announcement(data: bytes) -> tuple[Ends, int] | None:
    """The addresses and how many bytes told them; None while more bytes are needed.

    Raises Malformed.
    """
    if SIGNATURE.startswith(data[: len(SIGNATURE)]):
        return _binary(data)
    if b"PROXY ".startswith(data[:6]):
        return _line(data)
    raise Malformed("not the PROXY protocol")


def _line(data: bytes) -> tuple[Ends, int] | None:
    end = data.find(b"\r\n", 0, LONGEST_LINE)
    if end < 0:
        if len(data) >= LONGEST_LINE:
            raise Malformed("a PROXY line without an end")
        return None
    words = data[:end].decode("ascii", "replace").split(" ")
    if words[:2] == ["PROXY", "UNKNOWN"]:
        return (None, None), end + 2
    if len(words) != 6 or words[1] not in ("TCP4", "TCP6"):
        raise Malformed("a PROXY line of an unknown kind")
    _, _, source, target, source_port, target_port = words
    return (_address(source, source_port), _address(target, target_port)), end + 2


def _binary(data: bytes) -> tuple[Ends, int] | None:
    if len(data) < 16:
        return None
    command, family, length = struct.unpack_from("!BBH", data, 12)
    if command not in (0x20, 0x21) or length > LONGEST_REST:
        raise Malformed("a PROXY header of an unknown kind")
    if len(data) < 16 + length:
        return None
    sizes = {0x11: (4, 12), 0x21: (16, 36)}
    if command == 0x20 or family not in sizes:
        return (None, None), 16 + length
    size, needed = sizes[family]
    if length < needed:
        raise Malformed("a PROXY header that is too short for its addresses")
    source, target = data[16 : 16 + size], data[16 + size : 16 + 2 * size]
    ports = struct.unpack_from("!HH", data, 16 + 2 * size)
    return (_address(source, ports[0]), _address(target, ports[1])), 16 + length


def _address(host: str | bytes, port: str | int) -> Any:
    try:
        number = int(port)
        found = ip_address(host)
    except ValueError as error:
        raise Malformed("no address in a PROXY header") from error
    kind: Callable[..., Any] = IPv4Address if found.version == 4 else IPv6Address
    return kind("TCP", str(found), number)


class Announcing(WrappingFactory):
    """Serves `factory`; a connection of a peer that is `listed` begins with the PROXY protocol, or
    is closed. What the protocol inside sees are the client's addresses."""

    noisy = False

    def __init__(self, factory: Any, clock: IClock, listed: Callable[[Any], bool]) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]
        self.clock = clock
        self._listed = listed

    def buildProtocol(self, addr: Any) -> Any:
        if getattr(addr, "host", None) is None or not self._listed(addr):
            return self.wrappedFactory.buildProtocol(addr)
        return _Announced(self)


class _Announced(ProtocolWrapper):
    """A connection whose protocol is made when it is known whose it is."""

    transport: Any
    wrappedProtocol: Any  # noqa: N815

    def __init__(self, factory: Announcing) -> None:
        super().__init__(factory, None)  # type: ignore[arg-type]
        self._from = factory
        self._held = b""
        self._ends: Ends = (None, None)
        self._waiting: Any = None

    def makeConnection(self, transport: Any) -> None:
        directlyProvides(self, IProtocol, providedBy(transport))
        Protocol.makeConnection(self, transport)  # type: ignore[no-untyped-call]
        self._from.registerProtocol(self)  # type: ignore[no-untyped-call]
        self._waiting = self._from.clock.callLater(PATIENCE, transport.abortConnection)

    def dataReceived(self, data: bytes) -> None:
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.dataReceived(data)
            return
        if self._waiting is None:
            return
        self._held += data
        try:
            found = read_announcement(self._held)
        except Malformed:
            self._refuse()
            return
        if found is None:
            return
        self._ends, used = found
        self._begin(self._held[used:])

    def _begin(self, rest: bytes) -> None:
        self._stop_waiting()
        self.wrappedProtocol = self._from.wrappedFactory.buildProtocol(self.getPeer())
        self._held = b""
        if self.wrappedProtocol is None:
            self.transport.loseConnection()
            return
        self.wrappedProtocol.makeConnection(self)
        if rest:
            self.wrappedProtocol.dataReceived(rest)

    def _refuse(self) -> None:
        self._stop_waiting()
        self._held = b""
        self.transport.loseConnection()

    def _stop_waiting(self) -> None:
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        self._waiting = None

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]
        self._stop_waiting()
        if self.wrappedProtocol is not None:
            super().connectionLost(reason)  # type: ignore[no-untyped-call]
        else:
            self._from.unregisterProtocol(self)  # type: ignore[no-untyped-call]

    def getPeer(self) -> Any:
        return self._ends[0] or self.transport.getPeer()

    def getHost(self) -> Any:
        return self._ends[1] or self.transport.getHost()


def client(told: Sequence[str], believed: Callable[[str], bool]) -> str | None:
    """The client's address out of a chain of addresses, nearest last, that a believed peer sent.

    Each was told by the one behind it, so the first from the end that is not believed itself is
    the client: what stands before it, the client may have made up. None when it is no address.
    """
    for text in reversed(told):
        name = text.strip()
        try:
            address = str(ip_address(name))
        except ValueError:
            return None
        if not believed(address):
            return address
    return str(ip_address(told[0].strip())) if told else None


_PAIR = re.compile(r'\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^;,"\s]*)\s*(;|,|$)')


def forwarded(header: str) -> list[dict[str, str]]:
    """The elements of a `Forwarded` header (RFC 7239): for, proto, host, by, as far as told.

    Addresses are without brackets and port. An empty list for what cannot be read.
    """
    elements: list[dict[str, str]] = [{}]
    place = 0
    while place < len(header):
        found = _PAIR.match(header, place)
        if found is None:
            return []
        name, value, after = found.groups()
        if value.startswith('"'):
            value = re.sub(r"\\(.)", r"\1", value[1:-1])
        name = name.lower()
        elements[-1][name] = _bare(value) if name in ("for", "by") else value
        if after == ",":
            elements.append({})
        place = found.end()
    return elements if all(elements) else []


def _bare(node: str) -> str:
    if node.startswith("["):
        return node[1:].partition("]")[0]
    return node.partition(":")[0] if node.count(":") == 1 else node
