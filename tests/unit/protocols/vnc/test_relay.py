"""The console relay, over real sockets."""

from __future__ import annotations

import os
from typing import Any

from attrs import frozen
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase
from twisted.web.websocket import WebSocketClientEndpoint

from synnefod.common.clockwork import sleep
from synnefod.protocols.vnc import ConsoleRelay
from tests.harness.web import Loopback


@frozen
class Target:
    node: str
    port: int


FLOOD = 256 << 20
"""More than the buffers of the sockets on the way hold."""


class Screen(Protocol):
    """A VNC server of sorts: greets, then echoes; as a producer it pours out FLOOD bytes."""

    poured = 0
    transport: Any

    def connectionMade(self) -> None:
        self.factory.screens.append(self)  # type: ignore[union-attr, attr-defined]
        self.lost: Deferred[None] = Deferred()
        self.transport.write(b"RFB 003.008\n")

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)

    def resumeProducing(self) -> None:
        self.pouring = True
        while self.pouring and self.poured < FLOOD:
            self.poured += 65536
            self.transport.write(bytes(65536))

    def pauseProducing(self) -> None:
        self.pouring = False

    def stopProducing(self) -> None:
        self.pouring = False

    def connectionLost(self, reason: Any = None) -> None:
        self.lost.callback(None)


class Viewer:
    """The browser's side."""

    def __init__(self) -> None:
        self.data = b""
        self.waiting: list[tuple[int, Deferred[bytes]]] = []
        self.lost: Deferred[None] = Deferred()
        self.transport: Any = None

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        return

    def bytesMessageReceived(self, data: bytes) -> None:
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

    def textMessageReceived(self, message: str) -> None:
        return

    def pongReceived(self, payload: bytes) -> None:
        return

    def connectionLost(self, reason: Any) -> None:
        self.lost.callback(None)


class Viewers:
    def buildProtocol(self, url: str) -> Viewer:
        return Viewer()


class Relay(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.factory = Factory.forProtocol(Screen)
        self.factory.noisy = False
        self.factory.screens = []  # type: ignore[attr-defined]
        listening = reactor.listenTCP(0, self.factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.addCleanup(listening.stopListening)
        self.tickets = {"good": Target("node1", listening.getHost().port)}

        async def take(token: str) -> Target | None:
            return self.tickets.pop(token, None)

        self.relay = ConsoleRelay(reactor, take, lambda node, port: ("127.0.0.1", port))
        self.web = Loopback(reactor, self.relay)
        self.addCleanup(lambda: Deferred.fromCoroutine(self._stop()))

    async def _stop(self) -> None:
        self.relay.close_all()
        for screen in self.factory.screens:  # type: ignore[attr-defined]
            await screen.lost
        await self.web.stop()

    def open(self, token: str) -> Any:
        url = self.web.url(f"/console?token={token}").replace("http:", "ws:")
        return WebSocketClientEndpoint.new(reactor, url).connect(Viewers())  # type: ignore[arg-type]

    async def test_rfb_flows_both_ways(self) -> None:
        """The greeting comes at once and bytes go both ways unchanged (CMP-134, CMP-264)."""
        viewer = await self.open("good")
        self.assertEqual(await viewer.read(12), b"RFB 003.008\n")
        sent = os.urandom(300_000)
        for place in range(0, len(sent), 10_000):
            viewer.transport.sendBytesMessage(sent[place : place + 10_000])
        self.assertEqual(await viewer.read(len(sent)), sent)
        self.assertEqual(self.relay.consoles, 1)
        viewer.transport.loseConnection()
        await viewer.lost
        await self.factory.screens[0].lost  # type: ignore[attr-defined]
        self.assertEqual(self.relay.consoles, 0)

    async def test_the_screens_end_is_the_viewers_end(self) -> None:
        """When the VNC server closes, so does the WebSocket."""
        viewer = await self.open("good")
        await viewer.read(12)
        self.factory.screens[0].transport.loseConnection()  # type: ignore[attr-defined]
        await viewer.lost

    async def test_a_ticket_is_good_once(self) -> None:
        """Unknown, used and missing tickets are refused before any upgrade (CMP-264)."""
        viewer = await self.open("good")
        await viewer.read(12)
        for token in ("good", "unknown", ""):
            error = await self.assertFailure(Deferred.fromCoroutine(self.open(token)), Exception)
            self.assertEqual(error.response.code, 404)
        self.assertEqual(len(self.factory.screens), 1)  # type: ignore[attr-defined]

    async def test_a_slow_viewer_slows_the_screen(self) -> None:
        """What a viewer does not take is not read from the VNC server."""
        viewer = await self.open("good")
        await viewer.read(12)
        viewer.transport.transport.pauseProducing()
        screen = self.factory.screens[0]  # type: ignore[attr-defined]
        screen.transport.registerProducer(screen, True)
        screen.resumeProducing()
        before = -1
        while screen.poured != before:
            before = screen.poured
            await sleep(reactor, 0.3)  # type: ignore[arg-type]
        self.assertLess(screen.poured, FLOOD)
        screen.transport.unregisterProducer()

    async def test_a_dead_screen_is_said_before_the_upgrade(self) -> None:
        """A VNC server that is not reached is 502, what is no WebSocket is 400."""
        self.tickets["dead"] = Target("node1", 1)
        error = await self.assertFailure(Deferred.fromCoroutine(self.open("dead")), Exception)
        self.assertEqual(error.response.code, 502)
