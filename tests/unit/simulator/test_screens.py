"""The screens of simulated machines: RFB 003.008 spoken by hand."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.cluster.clusters import GanetiClusters
from synnefod.cluster.interface import Address
from synnefod.common.clockwork import sleep
from synnefod.common.ids import BackendId
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.screens import HEIGHT, WIDTH, PixelFormat, RfbFactory
from synnefod.simulator.service import SimulatorService
from tests.harness.simulated import create_body

HELLO = b"RFB 003.008\n"
ASK = struct.pack("!BBHHHH", 3, 0, 0, 0, WIDTH, HEIGHT)


class Speaking(SynchronousTestCase):
    def setUp(self) -> None:
        self.factory = RfbFactory("snf-1", "1 CPU")
        self.viewer = self.factory.buildProtocol(None)
        self.wire = StringTransport()
        self.viewer.makeConnection(self.wire)

    def say(self, data: bytes) -> bytes:
        self.wire.clear()
        self.viewer.dataReceived(data)
        return self.wire.value()

    def greet(self) -> bytes:
        self.say(HELLO)
        self.say(b"\x01")
        return self.say(b"\x01")

    def test_the_handshake_offers_no_authentication(self) -> None:
        """RFC 6143 7.1 to 7.3, byte by byte."""
        self.assertEqual(self.wire.value(), HELLO)
        self.assertEqual(self.say(HELLO[:5]), b"")
        self.assertEqual(self.say(HELLO[5:]), b"\x01\x01")
        self.assertEqual(self.say(b"\x01"), b"\0\0\0\0")
        answer = self.say(b"\x01")
        self.assertEqual(struct.unpack("!HH", answer[:4]), (WIDTH, HEIGHT))
        self.assertEqual(answer[-5:], b"snf-1")

    def test_a_picture_is_sent_when_asked_for(self) -> None:
        """Raw pixels in the client's format; not again while nothing changes, and when typed."""
        self.greet()
        answer = self.say(ASK)
        self.assertEqual(struct.unpack("!BxHHHHHi", answer[:16]), (0, 1, 0, 0, WIDTH, HEIGHT, 0))
        self.assertEqual(len(answer), 16 + WIDTH * HEIGHT * 4)
        self.assertEqual(len(set(struct.unpack(f"<{WIDTH * HEIGHT}I", answer[16:]))), 2)
        again = b"\x03\x01" + ASK[2:]
        self.assertEqual(self.say(again), b"")
        key = struct.pack("!BBxxI", 4, 1, ord("a"))
        typed = self.say(key)
        self.assertEqual(len(typed), len(answer))
        self.assertNotEqual(typed, answer)

    def test_smaller_pixels_are_sent_when_wanted(self) -> None:
        """An 8-bit format (BGR233) takes a byte a pixel."""
        self.greet()
        small = PixelFormat(8, 8, False, True, (7, 7, 3), (0, 3, 6))
        self.say(b"\0\0\0\0" + small.write())
        self.say(struct.pack("!BxHii", 2, 2, 0, 16))
        self.assertEqual(len(self.say(ASK)), 16 + WIDTH * HEIGHT)

    def test_what_is_no_rfb_ends_the_connection(self) -> None:
        """A wrong greeting, an unknown message and palette pixels are all refused."""
        self.say(b"GET / HTTP/1")
        self.assertTrue(self.wire.disconnecting)
        for bad in (b"\x63", b"\0\0\0\0" + PixelFormat(8, 8, False, False).write()):
            self.setUp()
            self.greet()
            self.say(bad)
            self.assertTrue(self.wire.disconnecting)


class Greeting(Protocol):
    def __init__(self) -> None:
        self.got: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        if not self.got.called:
            self.got.callback(data)


class Listening(TestCase):
    async def test_a_running_instance_has_a_screen(self) -> None:
        """Its port answers as RFB, is closed when it stops, and is found again after a restart."""
        folder = Path(self.mktemp())
        service = self.started(folder)
        cluster = self.cluster(service)
        await self.done(cluster, await cluster.create(create_body("snf-1"), reason="r"))
        port = (await cluster.instance("snf-1")).network_port
        self.assertEqual(await self.greeted(port), HELLO)
        await service.stopService()
        service = self.started(folder)
        self.addCleanup(service.stopService)
        cluster = self.cluster(service)
        self.assertEqual((await cluster.instance("snf-1")).network_port, port)
        self.assertEqual(await self.greeted(port), HELLO)
        await self.done(cluster, await cluster.stop("snf-1", reason="r"))
        try:
            await self.greeted(port)
        except Exception as refused:
            self.assertEqual(type(refused).__name__, "ConnectionRefusedError")
        else:
            self.fail("the screen of a stopped instance answers")

    def started(self, folder: Path) -> SimulatorService:
        service = SimulatorService(reactor, folder, knobs=Knobs(pace=0.01))
        service.startService()
        return service

    def cluster(self, service: SimulatorService) -> Any:
        one = service.cluster
        return GanetiClusters(reactor).at(
            Address(BackendId(1), one.name, service.url, one.username, one.password)
        )

    async def done(self, cluster: Any, job: Any) -> None:
        for _ in range(200):
            if (await cluster.job(job)).status.final:
                return
            await sleep(reactor, 0.02)  # type: ignore[arg-type]

    async def greeted(self, port: Any) -> bytes:
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        viewer = await connectProtocol(endpoint, Greeting())
        data = await viewer.got
        viewer.transport.abortConnection()
        await sleep(reactor, 0)  # type: ignore[arg-type]
        return data
