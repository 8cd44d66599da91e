"""synnefod.protocols.luxi, against a query socket played by the test."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

from twisted.internet import reactor
from twisted.internet.endpoints import UNIXServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.outside import OutsideInsideTransaction, transaction_open
from synnefod.protocols.eventd import WireDisk, WireNic
from synnefod.protocols.luxi import Luxi, LuxiRefused, LuxiUnavailable, firewall_modes

ROW: list[Any] = [
    ["snf-nic-1", None],
    ["aa:00:00:00:00:01", "aa:00:00:00:00:02"],
    ["10.0.0.1", None],
    ["snf-net-1", None],
    ["bridged", "routed"],
    ["br0", "x"],
    ["u1", "u2"],
    ["snf-vol-1"],
    [16],
    ["d1"],
    {"boot_order": "cdrom", "kernel_path": "k"},
    ["synnefo:network:snf-nic-1:limited", "other"],
]


class _Server(Protocol):
    def dataReceived(self, data: bytes) -> None:
        self.factory.heard.append(data)
        for piece in self.factory.answer:
            self.transport.write(piece)
        if self.factory.hang_up:
            self.transport.loseConnection()


class Answers(TestCase):
    timeout = 20

    async def setUp(self) -> None:
        folder = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, folder)
        self.path = os.path.join(folder, "query")
        self.server = Factory.forProtocol(_Server)
        self.server.heard, self.server.answer, self.server.hang_up = [], [], False
        port = await UNIXServerEndpoint(reactor, self.path).listen(self.server)
        self.addCleanup(port.stopListening)
        self.luxi = Luxi(reactor, self.path, timeout=5)

    def answer(self, result: object, success: object = True) -> None:
        raw = json.dumps({"success": success, "result": result}).encode() + b"\x03"
        self.server.answer = [raw[:7], raw[7:]]

    async def test_an_instance_is_told_with_its_firewalls(self) -> None:
        """GNT-085, GNT-087."""
        self.answer([ROW])
        data = await self.luxi.instance("snf-1")
        self.assertEqual(
            data.nics,
            (
                WireNic("snf-nic-1", "aa:00:00:00:00:01", "10.0.0.1", "snf-net-1", "bridged",
                        "br0", "u1", "limited"),
                WireNic("", "aa:00:00:00:00:02", None, None, "routed", "x", "u2"),
            ),
        )  # fmt: skip
        self.assertEqual(data.disks, (WireDisk("snf-vol-1", 16, "d1"),))
        self.assertEqual(data.hvparams, {"boot_order": "cdrom", "cdrom_image_path": ""})
        (question,) = self.server.heard
        self.assertEqual(question[-1:], b"\x03")
        asked = json.loads(question[:-1])
        self.assertEqual((asked["method"], asked["args"][0]), ("QueryInstances", ["snf-1"]))

    async def test_a_missing_instance_and_a_refusal_are_refusals(self) -> None:
        self.answer([])
        with self.assertRaises(LuxiRefused):
            await self.luxi.instance("snf-1")
        self.answer(["OpPrereqError", ["no such field"]], success=False)
        with self.assertRaises(LuxiRefused):
            await self.luxi.instance("snf-1")

    async def test_nonsense_is_an_unavailable_cluster(self) -> None:
        for raw in (b"\x03", b"hello\x03", b"[]\x03", b'{"success": true}\x03'):
            self.server.answer = [raw]
            with self.assertRaises(LuxiUnavailable):
                await self.luxi.instance("snf-1")
        for row in ([], ["x"], [ROW[:-1]], [[None] * 11 + [3]], {"a": 1}):
            self.answer(row or None)
            with self.assertRaises(LuxiUnavailable):
                await self.luxi.instance("snf-1")

    async def test_a_socket_that_closes_or_stays_silent_is_unavailable(self) -> None:
        self.server.answer, self.server.hang_up = [b"half"], True
        with self.assertRaises(LuxiUnavailable):
            await self.luxi.instance("snf-1")
        self.server.hang_up = False
        with self.assertRaises(LuxiUnavailable):
            await Luxi(reactor, self.path, timeout=0.05).instance("snf-1")

    async def test_a_missing_socket_is_unavailable(self) -> None:
        with self.assertRaises(LuxiUnavailable):
            await Luxi(reactor, self.path + "-none").instance("snf-1")

    async def test_nothing_is_asked_inside_a_transaction(self) -> None:
        with transaction_open("test"), self.assertRaises(OutsideInsideTransaction):
            await self.luxi.instance("snf-1")
        self.assertEqual(self.server.heard, [])


class Firewalls(SynchronousTestCase):
    def test_only_well_formed_tags_count(self) -> None:
        """GNT-087."""
        tags = ["synnefo:network:snf-nic-1:protected", "synnefo:network:", "synnefo:network:x:",
                "synnefo:network:x", "cyclades:user:y", "synnefo:network:a:b:limited"]  # fmt: skip
        self.assertEqual(firewall_modes(tags), {"snf-nic-1": "protected", "a:b": "limited"})
