"""The bus when its broker dies, refuses, is blocked, is elsewhere, or speaks TLS (RabbitMQ)."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from attrs import evolve
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet import endpoints, reactor, ssl
from twisted.internet.defer import ensureDeferred
from twisted.internet.threads import deferToThread
from twisted.protocols.portforward import ProxyFactory
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather, sleep, within
from synnefod.common.errors import Unavailable
from synnefod.protocols.amqp.bus import AccessRefused, Binding, Exchange, Queue, Topology
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker
from tests.contracts.bus import Collector
from tests.harness import rabbitmq

URL = os.environ.get("SYNNEFOD_TEST_RABBITMQ", "")
FOLDER = os.environ.get("SYNNEFOD_TEST_RABBITMQ_DIR", "")
PLACE = Topology((Exchange("death"),), (Queue("death"),), (Binding("death", "#", "death"),))


class RabbitCase(TestCase):
    timeout = 150
    if not URL:
        skip = "SYNNEFOD_TEST_RABBITMQ is not set"

    def make_bus(self, **changes: Any) -> RabbitBus:
        bus = RabbitBus(reactor, [evolve(parse_broker(URL), **changes)], name="death")
        self.addCleanup(lambda: ensureDeferred(bus.stop()))
        return bus


class Death(RabbitCase):
    if URL and not FOLDER:
        skip = "SYNNEFOD_TEST_RABBITMQ_DIR is not set"

    async def setUp(self) -> None:
        self.bus = self.make_bus()
        await self.bus.declare(PLACE)
        await self.bus.purge("death")

        self.addCleanup(lambda: ensureDeferred(self.sweep()))

    async def sweep(self) -> None:
        await self.bus.delete_queue("death")
        await self.bus.delete_exchange("death")

    async def test_a_killed_broker_loses_nothing_that_was_confirmed(self) -> None:
        """GNT-091: what was not confirmed is sent again, the consumer goes on."""
        count = 6000
        confirmed: set[int] = set()

        async def publish(number: int) -> None:
            await self.bus.publish("death", "k", b"%d" % number, message_id=str(number))
            confirmed.add(number)

        early = Collector()
        listening = self.make_bus()
        await listening.declare(PLACE)
        await listening.consume("death", early)
        await gather(publish(number) for number in range(200))
        await early.wait(200)
        work = ensureDeferred(gather(publish(number) for number in range(200, count)))
        while len(confirmed) < 300:
            await sleep(reactor, 0)
        rabbitmq.kill(Path(FOLDER))  # on the reactor, so that nothing is confirmed meanwhile
        before = len(confirmed)
        late = ensureDeferred(self.bus.publish("death", "k", b"%d" % count))
        await deferToThread(rabbitmq.restart, Path(FOLDER))
        await within(reactor, 60, work)
        await within(reactor, 60, late)
        self.assertLess(before, count)
        self.assertEqual(len(confirmed), count)
        while len({*early.bodies}) <= count:
            await sleep(reactor, 0.02)
        self.assertEqual({*early.bodies}, {b"%d" % number for number in range(count + 1)})

    async def test_while_the_broker_is_away_messages_wait_up_to_a_limit(self) -> None:
        bus = RabbitBus(reactor, [parse_broker(URL)], limit=3)
        self.addCleanup(lambda: ensureDeferred(bus.stop()))
        await bus.declare(PLACE)
        await bus.publish("death", "k", b"0")
        await deferToThread(rabbitmq.kill, Path(FOLDER))
        while bus._publishing.connection is not None:
            await sleep(reactor, 0.01)
        waiting = [ensureDeferred(bus.publish("death", "k", b"%d" % n)) for n in (1, 2, 3)]
        with self.assertRaises(Unavailable):
            await bus.publish("death", "k", b"4")
        await deferToThread(rabbitmq.restart, Path(FOLDER))
        for one in waiting:
            await within(reactor, 60, one)
        got = Collector()
        await bus.consume("death", got)
        await got.wait(4)
        self.assertEqual(got.bodies, [b"0", b"1", b"2", b"3"])

    async def test_a_blocked_publisher_waits_and_goes_on(self) -> None:
        """The broker is short of memory; consuming is not affected."""
        await self.bus.publish("death", "k", b"0")
        await deferToThread(
            rabbitmq.control, Path(FOLDER), "set_vm_memory_high_watermark", "absolute", "1000"
        )
        try:
            held = ensureDeferred(self.bus.publish("death", "k", b"1"))
            link = self.bus._publishing
            while not (link.connection and link.connection.blocked):
                await sleep(reactor, 0.02)
            later = ensureDeferred(self.bus.publish("death", "k", b"2"))
            got = Collector()
            await self.bus.consume("death", got)
            await got.wait(1)
            self.assertFalse(later.called)
        finally:
            await deferToThread(
                rabbitmq.control, Path(FOLDER), "set_vm_memory_high_watermark", "absolute", "1GB"
            )
        await within(reactor, 30, held)
        await within(reactor, 30, later)
        await got.wait(3)
        self.assertEqual(got.bodies, [b"0", b"1", b"2"])


class Refusals(RabbitCase):
    async def test_a_wrong_password_is_a_clear_error(self) -> None:
        with self.assertRaises(AccessRefused) as caught:
            await within(reactor, 20, self.make_bus(password="wrong-word").ready())
        self.assertIn("ACCESS_REFUSED", caught.exception.message)
        self.assertNotIn("wrong-word", caught.exception.message)

    async def test_a_missing_virtual_host_is_a_clear_error(self) -> None:
        with self.assertRaises(AccessRefused) as caught:
            await within(reactor, 20, self.make_bus(vhost="nowhere").ready())
        self.assertIn("nowhere", caught.exception.message)

    async def test_a_dead_broker_in_the_list_is_passed_over(self) -> None:
        """GNT-109."""
        good = parse_broker(URL)
        silent = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
        port = await silent.listen(ProxyFactory("127.0.0.1", 1))
        dead = evolve(good, port=port.getHost().port)
        self.addCleanup(port.stopListening)
        bus = RabbitBus(reactor, [dead, good, dead])
        self.addCleanup(lambda: ensureDeferred(bus.stop()))
        await within(reactor, 60, bus.ready())
        await bus.publish("", "nobody", b"")

    async def test_a_silent_consumer_moves_to_another_broker(self) -> None:
        """GNT-109."""
        good = parse_broker(URL)
        bus = RabbitBus(reactor, [good, good], idle=1.0)
        self.addCleanup(lambda: ensureDeferred(bus.stop()))
        await bus.declare(PLACE)
        got = Collector()
        await bus.consume("death", got)
        first = bus._consuming.connection
        while bus._consuming.connection in (first, None):
            await sleep(reactor, 0.02)
        await bus.publish("death", "k", b"after the move")
        await got.wait(1)
        await bus.delete_queue("death")
        await bus.delete_exchange("death")

    async def test_heartbeats_keep_an_idle_connection(self) -> None:
        bus = self.make_bus(heartbeat=1)
        await bus.ready()
        connection = bus._consuming.connection
        await sleep(reactor, 3.5)
        self.assertIs(bus._consuming.connection, connection)


class Tls(RabbitCase):
    async def test_a_broker_behind_tls_is_reached_and_its_name_is_checked(self) -> None:
        pem, certificate = _certificate("localhost")
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "ca.pem").write_bytes(certificate)
        context = ssl.PrivateCertificate.loadPEM(pem).options()
        target = parse_broker(URL)
        listening = endpoints.SSL4ServerEndpoint(reactor, 0, context, interface="127.0.0.1")
        port = await listening.listen(ProxyFactory(target.host, target.port))
        self.addCleanup(port.stopListening)
        secure = {"tls": True, "port": port.getHost().port, "ca_file": str(folder / "ca.pem")}
        bus = self.make_bus(host="localhost", **secure)
        await within(reactor, 20, bus.ready())
        await bus.publish("", "nobody", b"over TLS")
        await bus.stop()
        stranger = self.make_bus(host="127.0.0.1", **secure)
        waiting = ensureDeferred(stranger.ready())
        while stranger._consuming.refusal is None:
            await sleep(reactor, 0.02)
        self.assertFalse(waiting.called)
        waiting.addErrback(lambda failure: failure.trap(Unavailable))
        await stranger.stop()


def _certificate(name: str) -> tuple[bytes, bytes]:
    """A self-signed certificate for `name`: with its key, and alone."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate, certificate
