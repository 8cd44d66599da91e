"""Consoles through an external vncauthproxy, whose side is played as the contract has it."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from synnefod.common.errors import Malformed
from synnefod.protocols import vncproxy
from synnefod.protocols.vncproxy import ProxiedConsoles, ProxyRefused, parse_proxy

GOOD = {"source_port": 25001, "status": "OK", "proxy_address": "proxy.example"}


class Control(Protocol):
    """One JSON request, one JSON reply, close."""

    transport: Any
    factory: Any

    def dataReceived(self, data: bytes) -> None:
        self.factory.asked.append(json.loads(data))
        reply = self.factory.reply
        if isinstance(reply, dict):
            reply = json.dumps(reply).encode()
        # In two pieces: the reply ends where the connection does.
        self.transport.write(reply[:5])
        reactor.callLater(0.01, self._rest, reply[5:])  # type: ignore[attr-defined]

    def _rest(self, rest: bytes) -> None:
        self.transport.write(rest)
        self.transport.loseConnection()


class Proxied(TestCase):
    async def setUp(self) -> None:
        self.factory: Any = Factory.forProtocol(Control)
        self.factory.asked = []
        self.factory.reply = GOOD
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        self.port: Any = await endpoint.listen(self.factory)
        self.addCleanup(self.port.stopListening)
        self.patch(vncproxy, "PAUSE", 0.01)

    async def open(self, port: int | None = None) -> tuple[str, int]:
        address = f"tcp://synnefo:s3%2Fcret@127.0.0.1:{port or self.port.getHost().port}"
        consoles = ProxiedConsoles(reactor, [parse_proxy(address)])
        return await consoles.open("node1.example.org", 11005, "pass1234")

    async def test_the_proxy_is_asked_for_a_port(self) -> None:
        """With who asks, where the console is and the viewer's password; its answer is where the
        viewer goes, or the proxy's own host when it names none (OPS-127)."""
        self.assertEqual(await self.open(), ("proxy.example", 25001))
        self.assertEqual(
            self.factory.asked,
            [
                {
                    "source_port": 0,
                    "destination_address": "node1.example.org",
                    "destination_port": 11005,
                    "password": "pass1234",
                    "auth_user": "synnefo",
                    "auth_password": "s3/cret",
                    "type": "vnc",
                }
            ],
        )
        self.factory.reply = {**GOOD, "proxy_address": None}
        self.assertEqual(await self.open(), ("127.0.0.1", 25001))

    async def test_one_of_several_proxies_is_asked(self) -> None:
        """Any of them, by chance for each console (CMP-263)."""
        other: Any = Factory.forProtocol(Control)
        other.asked, other.reply = [], {**GOOD, "source_port": 25002}
        endpoint = TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port: Any = await endpoint.listen(other)
        self.addCleanup(port.stopListening)
        both = [
            parse_proxy(f"tcp://synnefo:secret@127.0.0.1:{each.getHost().port}")
            for each in (self.port, port)
        ]
        consoles = ProxiedConsoles(reactor, both)
        given = {(await consoles.open("node1", 11005, "pass1234"))[1] for _ in range(40)}
        self.assertEqual(given, {25001, 25002})
        self.assertEqual(len(self.factory.asked) + len(other.asked), 40)

    async def test_a_proxy_that_does_not_serve_is_unavailable(self) -> None:
        """It refuses, speaks nonsense, or is not there (OPS-127)."""
        refused = {"source_port": 0, "status": "FAILED", "proxy_address": None, "reason": "full"}
        for reply in (refused, b"", b"[1, 2]", b'{"status": "OK"}', b"\xff\xfe\xfd\xfc\xfb\xfa"):
            self.factory.reply = reply
            await self.assertFailure(self.opening(), ProxyRefused)
        port = self.port.getHost().port
        await self.port.stopListening()
        await self.assertFailure(self.opening(port), ProxyRefused)

    def opening(self, port: int | None = None) -> Any:
        return ensureDeferred(self.open(port))

    def test_an_address_says_where_and_who(self) -> None:
        """A wrong one is refused without its password (OPS-127)."""
        found = parse_proxy("tls://a:b@[2001:db8::1]?verify=off")
        self.assertEqual((found.host, found.port, found.tls), ("2001:db8::1", 24999, True))
        self.assertEqual((found.user, found.verify), ("a", "off"))
        self.assertNotIn("'b'", repr(found))
        for bad in ("amqp://a:pw@host", "tcp://", "tcp://a:pw@host:port"):
            error = self.assertRaises(Malformed, parse_proxy, bad)
            self.assertNotIn("pw", error.message)
