"""A console over plain TCP, as the original's proxy gave it."""

from __future__ import annotations

from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.error import ConnectError
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.protocols.vncauth import ConsolePorts, response


class Hypervisor(Protocol):
    """RFB 3.8 without a password, then an echo."""

    transport: Any

    def connectionMade(self) -> None:
        self.said = b""
        self.greeted = False
        self.transport.write(b"RFB 003.008\n")

    def dataReceived(self, data: bytes) -> None:
        if self.greeted:
            self.transport.write(data)
            return
        self.said += data
        if len(self.said) == 12:
            self.transport.write(b"\x01\x01")
        elif len(self.said) == 13:
            self.greeted = True
            self.transport.write(b"\0\0\0\0")


class Viewer(Protocol):
    transport: Any

    def __init__(self) -> None:
        self.data = b""
        self.waiting: list[tuple[int, Deferred[bytes]]] = []
        self.lost: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self._serve()

    def _serve(self) -> None:
        while self.waiting and len(self.data) >= self.waiting[0][0]:
            count, done = self.waiting.pop(0)
            taken, self.data = self.data[:count], self.data[count:]
            done.callback(taken)

    def read(self, count: int) -> Deferred[bytes]:
        done: Deferred[bytes] = Deferred()
        self.waiting.append((count, done))
        self._serve()
        return done

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


class Answers(SynchronousTestCase):
    def test_the_challenge_is_answered_as_viewers_do(self) -> None:
        """A known answer: DES with mirrored key bytes; only eight characters count."""
        challenge = bytes(range(16))
        self.assertEqual(response("12345678rest", challenge), response("12345678", challenge))
        self.assertNotEqual(response("1234567", challenge), response("12345678", challenge))
        # DES of zeros under the all-zero key (FIPS 81), which the empty password is.
        self.assertEqual(response("", bytes(8)).hex(), "8ca64de9c1b123a7")


class Ports(TestCase):
    timeout = 20

    def setUp(self) -> None:
        factory = Factory.forProtocol(Hypervisor)
        factory.noisy = False
        port: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(port.stopListening)
        self.screen = port.getHost().port
        self.ports = ConsolePorts(
            reactor, lambda node, number: ("127.0.0.1", number), interface="127.0.0.1"
        )
        self.addCleanup(self.ports.close_all)

    async def connect(self, port: int) -> Viewer:
        endpoint = HostnameEndpoint(reactor, b"127.0.0.1", port, 5)
        made: Any = await endpoint.connect(Factory.forProtocol(Viewer))
        viewer: Viewer = made
        self.addCleanup(lambda: viewer.lost)
        self.addCleanup(viewer.transport.loseConnection)
        return viewer

    async def greet(self, viewer: Viewer, password: str) -> bytes:
        self.assertEqual(await viewer.read(12), b"RFB 003.008\n")
        viewer.transport.write(b"RFB 003.008\n")
        self.assertEqual(await viewer.read(2), b"\x01\x02")
        viewer.transport.write(b"\x02")
        viewer.transport.write(response(password, await viewer.read(16)))
        return await viewer.read(4)

    async def test_the_right_password_opens_the_screen_once(self) -> None:
        """The handshake of chapter 13, then bytes both ways; nobody else gets in (CMP-134,
        CMP-264)."""
        port = self.ports.open("node1", self.screen, "Abcdefgh12")
        self.assertIn(port, range(25000, 30001))
        viewer = await self.connect(port)
        self.assertEqual(await self.greet(viewer, "Abcdefgh12"), b"\0\0\0\0")
        viewer.transport.write(b"hello")
        self.assertEqual(await viewer.read(5), b"hello")
        await self.assertFailure(Deferred.fromCoroutine(self.connect(port)), ConnectError)

    async def test_a_wrong_password_is_refused(self) -> None:
        """The result is 1, and the connection ends (CMP-264)."""
        viewer = await self.connect(self.ports.open("node1", self.screen, "right"))
        self.assertEqual(await self.greet(viewer, "wrong"), b"\0\0\0\x01")
        await viewer.lost
