"""What proxies tell of their clients, and who is believed."""

from __future__ import annotations

import socket
import struct
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.protocols.http.proxied import (
    LONGEST_LINE,
    PATIENCE,
    SIGNATURE,
    Announcing,
    client,
    forwarded,
    read_announcement,
)
from synnefod.protocols.http.site import Site
from tests.harness.web import Connection
from tests.unit.protocols.http.test_channel import Recorder, answer

LINE = b"PROXY TCP4 203.0.113.9 198.51.100.1 4711 443\r\n"
ASK = b"GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 8.8.8.8\r\n\r\n"


def binary(family: int, rest: bytes, command: int = 0x21) -> bytes:
    return SIGNATURE + struct.pack("!BBH", command, family, len(rest)) + rest


FOUR = binary(
    0x11,
    socket.inet_aton("203.0.113.9") + socket.inet_aton("198.51.100.1") + b"\x12\x67\x01\xbb",
)
SIX = binary(
    0x21,
    socket.inet_pton(socket.AF_INET6, "2001:db8::9")
    + socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    + b"\x12\x67\x01\xbb\x04\x00\x01x",
)


class Announcements(SynchronousTestCase):
    def test_both_versions_are_read_from_any_pieces(self) -> None:
        """OPS-157: version 1 and 2, IPv4 and 6, with extras behind the addresses."""
        for data, host in ((LINE, "203.0.113.9"), (FOUR, "203.0.113.9"), (SIX, "2001:db8::9")):
            for length in range(1, len(data)):
                self.assertIsNone(read_announcement(data[:length]), data[:length])
            found = read_announcement(data + b"GET")
            assert found is not None
            (source, target), used = found
            self.assertEqual((source.host, source.port, target.port), (host, 4711, 443))
            self.assertEqual(used, len(data))

    def test_a_proxy_may_speak_for_itself(self) -> None:
        """A balancer's own probe: the connection's addresses stand."""
        for data in (
            b"PROXY UNKNOWN\r\n",
            b"PROXY UNKNOWN ::1 ::1 1 2\r\n",
            binary(0x00, b"", 0x20),
            binary(0x31, b"\0" * 216),
        ):
            self.assertEqual(read_announcement(data), ((None, None), len(data)))

    def test_anything_else_is_refused(self) -> None:
        for data in (
            b"GET / HTTP/1.1\r\n",
            b"PROXY TCP4 203.0.113.9 198.51.100.1 4711\r\n",
            b"PROXY TCP4 nobody 198.51.100.1 4711 443\r\n",
            b"PROXY TCP4 203.0.113.9 198.51.100.1 x 443\r\n",
            b"PROXY UDP4 203.0.113.9 198.51.100.1 1 2\r\n",
            b"PROXY " + b"x" * LONGEST_LINE,
            binary(0x11, b"short"),
            binary(0x11, b"", 0x31),
            binary(0x11, b"\0" * 3000),
        ):
            self.assertRaises(Malformed, read_announcement, data)


class Connections(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.root = Recorder()
        self.site = Site(
            self.root,  # type: ignore[arg-type]
            self.clock,  # type: ignore[arg-type]
            proxies=["192.0.2.0/24"],
            access_log=False,
            per_address=1,
        )
        self.factory = Announcing(self.site, self.clock, self.site.is_proxy)  # type: ignore[arg-type]

    def wire(self, peer: str = "192.0.2.7") -> Connection:
        return Connection(self.factory, peer)  # type: ignore[arg-type]

    def peers(self) -> list[str]:
        return [self.site.peer(request) for request in self.root.requests]

    def test_the_client_is_whom_a_listed_proxy_announces(self) -> None:
        """Byte by byte too; what the client itself says in headers counts for nothing (OPS-157)."""
        whole, slow = self.wire(), self.wire()
        whole.send(SIX + ASK)
        for byte in LINE + ASK:
            slow.send(bytes([byte]))
        self.assertEqual(self.peers(), ["2001:db8::9", "203.0.113.9"])
        answer(self.root.requests[0])
        self.assertIn(b"200", whole.received)
        whole.hang_up()
        slow.hang_up()
        self.assertEqual((self.site._addresses, self.site.active), ({}, 0))

    def test_nobody_else_can_announce(self) -> None:
        """A stranger's announcement is no HTTP; without one he is served as he is (OPS-157)."""
        liar, honest = self.wire("203.0.113.66"), self.wire("203.0.113.67")
        liar.send(LINE + ASK)
        self.assertEqual(self.root.requests, [])
        self.assertIn(b" 400 ", liar.received)
        honest.send(ASK)
        self.assertEqual(self.peers(), ["203.0.113.67"])

    def test_a_listed_proxy_has_to_announce_and_soon(self) -> None:
        """OPS-157"""
        mute, silent = self.wire(), self.wire()
        mute.send(ASK)
        self.assertTrue(mute.transport.closed)
        self.clock.advance(PATIENCE)
        self.assertTrue(silent.transport.closed)
        self.assertEqual(self.root.requests, [])
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertEqual(self.factory.protocols, {})

    def test_a_client_s_connections_are_counted_and_not_the_proxy_s(self) -> None:
        """OPS-160, OPS-157"""
        first, second, other = self.wire(), self.wire(), self.wire()
        first.send(LINE)
        second.send(LINE)
        other.send(SIX)
        closed = [each.transport.closed for each in (first, second, other)]
        self.assertEqual(closed, [False, True, False])
        first.hang_up()
        again = self.wire()
        again.send(LINE + ASK)
        self.assertEqual(self.peers(), ["203.0.113.9"])

    def test_a_probe_comes_from_the_proxy(self) -> None:
        wire = self.wire()
        wire.send(binary(0x00, b"", 0x20) + b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        self.assertEqual(self.peers(), ["192.0.2.7"])


class Headers(SynchronousTestCase):
    def asked(self, *lines: bytes, proxies: tuple[str, ...] = ("192.0.2.0/24",)) -> Any:
        root = Recorder()
        site = Site(root, Clock(), proxies=proxies, access_log=False)  # type: ignore[arg-type]
        head = b"".join(line + b"\r\n" for line in lines)
        Connection(site).send(b"GET / HTTP/1.1\r\nHost: in:1\r\n" + head + b"\r\n")
        return site.peer(root.requests[0]), site.base(root.requests[0])

    def test_what_the_client_wrote_itself_is_not_believed(self) -> None:
        """A proxy that appends leaves the client's inventions in front; each element is believed
        as far as the one who told it is listed (OPS-157)."""
        for told, peer in (
            (b"X-Forwarded-For: 6.6.6.6, 203.0.113.9", "203.0.113.9"),
            (b"X-Forwarded-For: 6.6.6.6, 203.0.113.9, 192.0.2.8", "203.0.113.9"),
            (b"X-Forwarded-For: 192.0.2.9, 192.0.2.8", "192.0.2.9"),
            (b"X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-For: 203.0.113.9", "203.0.113.9"),
            (b"X-Forwarded-For: 6.6.6.6, unknown", "192.0.2.7"),
            (b"X-Forwarded-For:", "192.0.2.7"),
        ):
            self.assertEqual(self.asked(told)[0], peer, told)
        self.assertIsNone(client([], bool))

    def test_the_standard_header_is_read_where_the_older_ones_are_not(self) -> None:
        """OPS-157: `Forwarded` of RFC 7239, with quotes, ports and brackets."""
        for told, peer, base in (
            (
                b'Forwarded: for="[2001:db8::9]:4711";proto=https;host="cloud.example:8443"',
                "2001:db8::9",
                "https://cloud.example:8443",
            ),
            (
                b"Forwarded: for=6.6.6.6;proto=ftp, For=203.0.113.9:80; Proto=HTTPS",
                "203.0.113.9",
                "https://in:1",
            ),
            (b"Forwarded: for=_hidden;proto=https", "192.0.2.7", "https://in:1"),
            (b'Forwarded: for="203.0.113.9', "192.0.2.7", "http://in:1"),
            (
                b"X-Forwarded-For: 203.0.113.9\r\nForwarded: for=6.6.6.6;proto=https;host=evil",
                "203.0.113.9",
                "http://in:1",
            ),
        ):
            self.assertEqual(self.asked(told), (peer, base), told)
            self.assertEqual(self.asked(told, proxies=()), ("192.0.2.7", "http://in:1"))
        self.assertEqual(forwarded(""), [])
