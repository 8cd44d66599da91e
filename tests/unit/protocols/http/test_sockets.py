"""The same over real sockets: large bodies, hang-ups, Expect, TLS, and our own client."""

from __future__ import annotations

import datetime
import hashlib
import os
import socket
from collections.abc import AsyncIterator
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet import reactor as installed
from twisted.internet import ssl
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase
from twisted.web.websocket import WebSocketClientEndpoint, WebSocketResource

from synnefod.common import errors
from synnefod.common.clockwork import sleep
from synnefod.common.ids import UserId
from synnefod.common.outside import OutsideInsideTransaction, transaction_open
from synnefod.common.principal import Principal
from synnefod.protocols.http.body import HIGH_WATER, Disconnected
from synnefod.protocols.http.channel import READ_SIZE
from synnefod.protocols.http.client import Client, Unreachable
from synnefod.protocols.http.tls import OFF
from synnefod.resources.door import Call, Mount, Reply, route
from synnefod.resources.root import tree
from tests.harness.web import Loopback, parse_answer

reactor: Any = installed
MIB = 1 << 20


class Anybody:
    async def authenticate(self, token: str) -> Principal:
        if token == "bad":
            raise errors.Unauthenticated("Invalid token")
        return Principal(user=UserId("u"), name="u", project=None)


class Files:
    def __init__(self) -> None:
        self.most_held = 0
        self.entered: Deferred[None] = Deferred()
        self.go_on: Deferred[None] = Deferred()
        self.ended: Deferred[str] = Deferred()
        self.produced = 0

    @route("PUT", "/slow")
    async def slow(self, call: Call) -> dict[str, Any]:
        digest, size = hashlib.sha256(), 0
        while piece := await call.stream.read_some():
            digest.update(piece)
            size += len(piece)
            self.most_held = max(self.most_held, call.stream.held)
            if size % (8 * MIB) < len(piece):
                await sleep(reactor, 0.01)
        return {"size": size, "sha256": digest.hexdigest()}

    @route("PUT GET", "/wait")
    async def wait(self, call: Call) -> dict[str, Any]:
        self.entered.callback(None)
        try:
            await self.go_on
        except CancelledError:
            self.ended.callback("cancelled")
            raise
        self.ended.callback("finished")
        return {}

    @route("PUT", "/upload")
    async def upload(self, call: Call) -> dict[str, Any]:
        self.entered.callback(None)
        try:
            while await call.stream.read_some():
                pass
        except Disconnected:
            self.ended.callback("disconnected")
            raise
        return {}

    @route("GET", "/big/<int:pieces>")
    async def big(self, call: Call, pieces: int) -> Reply:
        async def produce() -> AsyncIterator[bytes]:
            try:
                for _ in range(pieces):
                    self.produced += 1
                    await sleep(reactor, 0)
                    yield b"z" * MIB
            finally:
                if not self.ended.called:
                    self.ended.callback("closed")

        return Reply(produce(), length=pieces * MIB, content_type="application/octet-stream")

    @route("GET", "/short")
    async def short(self, call: Call) -> Reply:
        async def produce() -> AsyncIterator[bytes]:
            yield b"z" * 1000
            raise errors.CorruptData("a block is broken")

        return Reply(produce(), length=MIB)


def talk(port: int, *pieces: bytes, read: bool = True) -> bytes:
    """Sends pieces over a fresh socket, and reads until the server closes. For a thread."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        for piece in pieces:
            wire.sendall(piece)
        found = b""
        while read:
            try:
                more = wire.recv(65536)
            except ConnectionResetError:
                return found + b"<reset>"
            if not more:
                break
            found += more
        return found


class OverSockets(TestCase):
    timeout = 20

    def setUp(self) -> None:
        self.files = Files()
        self.web = Loopback(reactor, tree([Mount("/f", "pithos", [self.files], Anybody())]))
        self.client = Client(reactor, total=30)
        self.addCleanup(self.web.stop)
        self.addCleanup(lambda: Deferred.fromCoroutine(self.client.close()))

    def put(self, path: str, *headers: str) -> bytes:
        lines = [f"PUT {path} HTTP/1.1", "Host: h", "X-Auth-Token: t", *headers, "", ""]
        return "\r\n".join(lines).encode()

    async def test_64_mib_into_a_slow_reader_keep_the_queue_bounded(self) -> None:
        piece = os.urandom(MIB)
        head = self.put("/f/slow", f"Content-Length: {64 * MIB}", "Connection: close")
        raw = await deferToThread(talk, self.web.port, head, *([piece] * 64))
        answer, _ = parse_answer(raw, "PUT", True)
        self.assertEqual(answer.json()["size"], 64 * MIB)
        self.assertEqual(answer.json()["sha256"], hashlib.sha256(piece * 64).hexdigest())
        self.assertLessEqual(self.files.most_held, HIGH_WATER + READ_SIZE)

    async def test_a_change_is_finished_when_its_client_leaves(self) -> None:
        wire = socket.create_connection(("127.0.0.1", self.web.port))
        wire.sendall(self.put("/f/wait", "Content-Length: 2") + b"hi")
        await self.files.entered
        wire.close()
        while self.web.site.active:
            await sleep(reactor, 0.01)
        self.assertFalse(self.files.ended.called)
        self.files.go_on.callback(None)
        self.assertEqual(await self.files.ended, "finished")

    async def test_a_read_is_cancelled_when_its_client_leaves(self) -> None:
        wire = socket.create_connection(("127.0.0.1", self.web.port))
        wire.sendall(self.put("/f/wait").replace(b"PUT", b"GET"))
        await self.files.entered
        wire.close()
        self.assertEqual(await self.files.ended, "cancelled")

    async def test_an_upload_cut_off_is_told_to_its_reader(self) -> None:
        """Row 33 of object-storage.md 6.1"""
        wire = socket.create_connection(("127.0.0.1", self.web.port))
        wire.sendall(self.put("/f/upload", "Content-Length: 1000000") + b"x" * 1000)
        await self.files.entered
        wire.close()
        self.assertEqual(await self.files.ended, "disconnected")
        self.assertEqual(self.flushLoggedErrors(), [])

    async def test_a_refused_upload_with_expect_transfers_no_body(self) -> None:
        head = self.put("/f/slow", f"Content-Length: {64 * MIB}", "Expect: 100-continue")
        raw = await deferToThread(talk, self.web.port, head.replace(b": t", b": bad"))
        answer, rest = parse_answer(raw, "PUT", True)
        self.assertEqual((answer.status, answer.interim, rest), (401, [], b""))
        self.assertEqual(answer.headers["connection"], "close")

    async def test_a_refused_upload_without_expect_gets_its_answer(self) -> None:
        head = self.put("/f/slow", f"Content-Length: {4 * MIB}").replace(b": t", b": bad")
        raw = await deferToThread(talk, self.web.port, head, *([b"x" * MIB] * 4))
        self.assertEqual(parse_answer(raw, "PUT", True)[0].status, 401)

    async def test_a_large_answer_is_whole_and_waits_for_its_reader(self) -> None:
        status, _headers, pieces = await self.client.stream(
            "GET", self.web.url("/f/big/32"), headers={"X-Auth-Token": "t"}
        )
        self.assertEqual(status, 200)
        await sleep(reactor, 0.3)
        self.assertLess(self.files.produced, 32)
        size = 0
        async for piece in pieces:
            size += len(piece)
        self.assertEqual((size, self.files.produced), (32 * MIB, 32))

    async def test_a_reader_that_leaves_closes_the_source_of_the_answer(self) -> None:
        wire = socket.create_connection(("127.0.0.1", self.web.port))
        wire.sendall(self.put("/f/big/1000").replace(b"PUT", b"GET"))
        await deferToThread(wire.recv, 1000)
        wire.close()
        self.assertEqual(await self.files.ended, "closed")
        self.assertLess(self.files.produced, 1000)

    async def test_an_answer_that_fails_midway_is_seen_to_be_broken(self) -> None:
        with self.assertRaises(Unreachable):
            await self.client.request(
                "GET", self.web.url("/f/short"), headers={"X-Auth-Token": "t"}
            )
        self.assertEqual(len(self.flushLoggedErrors(errors.CorruptData)), 1)

    async def test_an_answer_beyond_the_limit_is_refused(self) -> None:
        with self.assertRaises(Unreachable):
            await self.client.request(
                "GET", self.web.url("/f/big/32"), headers={"X-Auth-Token": "t"}, limit=MIB
            )

    async def test_nothing_is_requested_inside_a_transaction(self) -> None:
        with transaction_open("t"), self.assertRaises(OutsideInsideTransaction):
            await self.client.request("GET", self.web.url("/f"))

    async def test_a_server_that_does_not_answer_is_unreachable_in_time(self) -> None:
        with self.assertRaises(Unreachable):
            await self.client.request(
                "GET", self.web.url("/f/wait"), headers={"X-Auth-Token": "t"}, total=3
            )
        self.assertEqual(await self.files.ended, "cancelled")

    async def test_nobody_listening_is_unreachable(self) -> None:
        probe = socket.socket()
        probe.bind(("127.0.0.1", 0))
        with self.assertRaises(Unreachable):
            await self.client.request("GET", f"http://127.0.0.1:{probe.getsockname()[1]}/")
        probe.close()


class Echo:
    """A WebSocket protocol that sends back what it gets, on either side."""

    def __init__(self, greeting: str = "") -> None:
        self.greeting = greeting
        self.heard: Deferred[str] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self.transport: Any = None

    def buildProtocol(self, request: Any) -> Echo:
        return self

    def negotiationStarted(self, transport: Any) -> None:
        self.transport = transport

    def negotiationFinished(self) -> None:
        if self.greeting:
            self.transport.sendTextMessage(self.greeting)

    def textMessageReceived(self, message: str) -> None:
        if not self.greeting:
            self.transport.sendTextMessage(message)
        self.heard.callback(message)

    def bytesMessageReceived(self, data: bytes) -> None: ...

    def pongReceived(self, payload: bytes) -> None: ...

    def connectionLost(self, reason: Any) -> None:
        self.lost.callback(None)


class WebSockets(TestCase):
    timeout = 20

    async def test_a_connection_can_become_a_websocket(self) -> None:
        server, client = Echo(), Echo("hello")
        web = Loopback(reactor, tree([], {"/echo": WebSocketResource(server)}))
        self.addCleanup(web.stop)
        url = web.url("/echo").replace("http", "ws")
        await WebSocketClientEndpoint.new(reactor, url).connect(client)
        self.assertEqual(await client.heard, "hello")
        self.assertEqual((web.site.active, len(web.site._channels)), (0, 0))
        client.transport.loseConnection()
        await server.lost
        await client.lost


def self_signed() -> tuple[bytes, bytes, str]:
    """Key and certificate for 127.0.0.1 in PEM, and the certificate's SHA-256 in hex."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "cluster")])
    now = datetime.datetime(2020, 1, 1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    return private, pem, made.fingerprint(hashes.SHA256()).hex()


class OverTls(TestCase):
    timeout = 20

    def setUp(self) -> None:
        private, pem, self.digest = self_signed()
        context = ssl.PrivateCertificate.loadPEM(private + pem).options()
        self.files = Files()
        root = tree([Mount("/f", "pithos", [self.files], Anybody())])
        self.web = Loopback(reactor, root, tls=context)
        self.addCleanup(self.web.stop)

    async def ask(self, verify: str) -> int:
        client = Client(reactor, verify=verify, per_host=0)
        body = b"x" * (2 * MIB)
        answer = await client.request(
            "PUT", self.web.url("/f/slow"), headers={"X-Auth-Token": "t"}, body=body
        )
        self.assertEqual(answer.json()["size"], len(body))
        return answer.status

    async def test_the_pinned_certificate_is_accepted(self) -> None:
        self.assertEqual(await self.ask(f"sha256:{self.digest}"), 200)

    async def test_verification_can_be_off(self) -> None:
        self.assertEqual(await self.ask(OFF), 200)

    async def test_another_certificate_is_refused(self) -> None:
        for verify in ("sha256:" + "0" * 64, "system"):
            with self.assertRaises(Unreachable):
                await self.ask(verify)
        self.flushLoggedErrors()

    async def test_a_refused_upload_gets_its_answer(self) -> None:
        client = Client(reactor, verify=OFF, per_host=0)
        answer = await client.request(
            "PUT",
            self.web.url("/f/slow"),
            headers={"X-Auth-Token": "bad"},
            body=b"x" * (2 * MIB),
        )
        self.assertEqual(answer.status, 401)
