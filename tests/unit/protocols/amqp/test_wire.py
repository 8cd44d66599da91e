"""synnefod.protocols.amqp.wire: a connection against a broker played by the test."""

from __future__ import annotations

import struct
from io import BytesIO
from typing import Any

from attrs import evolve
from twisted.internet.defer import ensureDeferred
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from txamqp.codec import Codec
from txamqp.connection import Header, Method
from txamqp.content import Content

from synnefod.protocols.amqp.bus import AccessRefused, BusUnavailable
from synnefod.protocols.amqp.url import Broker
from synnefod.protocols.amqp.wire import SPEC, ChannelClosed, Connection

BROKER = Broker("mq", 5672, "user", "sesame", "/", heartbeat=10)


class Transport(StringTransport):
    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True


def payload(kind: int, number: int, content: Any) -> bytes:
    out = BytesIO()
    content.encode(Codec(out))
    return struct.pack(">BH", kind, number) + out.getvalue() + b"\xce"


def method(number: int, name: str, *arguments: Any) -> bytes:
    kind, _, verb = name.partition(".")
    return payload(1, number, Method(SPEC.classes.byname[kind].methods.byname[verb], *arguments))


def content(number: int, size: int, *parts: bytes, **properties: Any) -> bytes:
    header = Header(SPEC.classes.byname["basic"], 0, size, **properties)
    frames = [payload(2, number, header)]
    frames += [struct.pack(">BHL", 3, number, len(part)) + part + b"\xce" for part in parts]
    return b"".join(frames)


class Wire(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.connection = Connection(self.clock, BROKER, "test")
        self.transport = Transport()
        self.connection.makeConnection(self.transport)

    def feed(self, *frames: bytes) -> None:
        self.connection.dataReceived(b"".join(frames))

    def sent(self) -> list[Any]:
        """The methods that were written since the last call."""
        raw, methods = self.transport.value(), []
        self.transport.clear()
        while raw:
            if raw.startswith(b"AMQP"):
                raw = raw[8:]
                continue
            kind, _, length = struct.unpack_from(">BHL", raw)
            if kind == 1:
                methods.append(Method.decode(SPEC, Codec(BytesIO(raw[3 : 7 + length]))))
            else:
                methods.append(kind)
            raw = raw[8 + length :]
        return methods

    def names(self) -> list[Any]:
        return [
            m if isinstance(m, int) else f"{m.method.klass.name}.{m.method.name}"
            for m in self.sent()
        ]

    def open(self) -> None:
        self.feed(
            method(0, "connection.start", 0, 9, {"product": "x"}, "PLAIN AMQPLAIN", "en_US"),
            method(0, "connection.tune", 2047, 131072, 60),
        )
        self.feed(method(0, "connection.open-ok", ""))
        self.successResultOf(self.connection.opened)

    def open_channel(self, number: int = 1) -> Any:
        opening = ensureDeferred(self.connection.channel())
        self.feed(method(number, "channel.open-ok", ""))
        channel = self.successResultOf(opening)
        self.sent()
        return channel

    def test_signing_in_tells_who_we_are_and_what_we_can(self) -> None:
        self.assertEqual(self.transport.value(), b"AMQP\x00\x00\x09\x01")
        self.open()
        start, tune, opened = self.sent()
        self.assertTrue(start.args[0]["capabilities"]["consumer_cancel_notify"])
        self.assertTrue(start.args[0]["capabilities"]["connection.blocked"])
        self.assertEqual(start.args[2], "\0user\0sesame")
        self.assertEqual(tune.args, (2047, 131072, 10))
        self.assertEqual(opened.args[0], "/")

    def test_refused_credentials_are_a_clear_error(self) -> None:
        self.feed(method(0, "connection.start", 0, 9, {}, "PLAIN", "en_US"))
        self.feed(method(0, "connection.close", 403, "ACCESS_REFUSED - no", 0, 0))
        failure = self.failureResultOf(self.connection.opened, AccessRefused)
        self.assertIn("403 ACCESS_REFUSED", failure.value.message)
        self.assertTrue(self.transport.disconnecting)

    def test_what_is_no_broker_is_a_clear_error(self) -> None:
        for noise in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b"AMQP\x00\x00\x09\x01", b"\x01" * 99):
            self.setUp()
            self.feed(noise)
            self.failureResultOf(self.connection.opened, BusUnavailable)
            self.assertTrue(self.transport.aborted)
            self.flushLoggedErrors()

    def test_a_content_in_any_pieces_is_put_together(self) -> None:
        self.open()
        channel, got = self.open_channel(), []
        channel.on_deliver = got.append
        raw = method(1, "basic.deliver", "tag", 7, False, "x", "λ") + content(
            1, 5, b"ab", b"\xff\xfe\x00", headers={"n": [1]}
        )
        for byte in raw:
            self.feed(bytes([byte]))
        self.feed(method(1, "basic.deliver", "tag", 8, True, "x", "k") + content(1, 0))
        first, second = got
        self.assertEqual((first.content.body, first.routing_key), (b"ab\xff\xfe\x00", "λ"))
        self.assertEqual(first.content.properties["headers"], {"n": [1]})
        self.assertEqual((second.content.body, second.delivery_tag), (b"", 8))

    def test_a_large_body_is_cut_to_the_frame_size(self) -> None:
        self.open()
        channel = self.open_channel()
        channel.basic_publish(exchange="x", routing_key="k", content=Content(b"z" * 300_000))
        self.assertEqual(self.names(), ["basic.publish", 2, 3, 3, 3])

    def test_what_cannot_be_written_fails_alone(self) -> None:
        self.open()
        channel = self.open_channel()
        bad = channel.basic_publish(content=Content(b"", None, {"headers": {"k": object()}}))
        self.failureResultOf(bad, ValueError)
        self.assertEqual(self.names(), [])
        channel.basic_publish(exchange="x", content=Content(b""))
        self.assertEqual(self.names(), ["basic.publish", 2])

    def test_a_closed_channel_fails_its_waiters_and_its_number_stays_unused(self) -> None:
        self.open()
        channel, ends = self.open_channel(), []
        channel.on_closed = ends.append
        waiting = channel.queue_declare(queue="q")
        self.feed(method(1, "channel.close", 406, "PRECONDITION_FAILED", 50, 10))
        self.failureResultOf(waiting, ChannelClosed)
        self.assertEqual((ends[0].code, ends[0].text), (406, "PRECONDITION_FAILED"))
        self.failureResultOf(channel.queue_declare(queue="q"), ChannelClosed)
        self.assertIn("channel.close-ok", self.names())
        self.assertEqual(self.open_channel(2).id, 2)

    def test_a_lost_connection_fails_everything_that_waits(self) -> None:
        self.open()
        waiting = self.open_channel().queue_declare(queue="q")
        over = self.connection.over()
        self.connection.connectionLost(Failure(ConnectionLost()))
        self.failureResultOf(waiting, BusUnavailable)
        self.assertIsInstance(self.successResultOf(over), BusUnavailable)
        self.failureResultOf(ensureDeferred(self.connection.channel()), BusUnavailable)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_silent_peer_is_given_up_and_an_idle_one_is_told_that_we_live(self) -> None:
        self.open()
        self.sent()
        self.clock.advance(5)
        self.assertEqual(self.names(), [8])
        self.feed(b"\x08\x00\x00\x00\x00\x00\x00\xce")
        for _ in range(4):
            self.clock.advance(5)
        self.assertFalse(self.transport.aborted)
        self.clock.advance(5)
        self.assertTrue(self.transport.aborted)

    def test_without_heartbeats_nothing_is_scheduled(self) -> None:
        self.connection.broker = evolve(BROKER, heartbeat=0)
        self.open()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_confirms_returns_cancels_and_blocks_reach_their_owners(self) -> None:
        self.open()
        channel, seen = self.open_channel(), []
        channel.on_confirm = lambda *arguments: seen.append(arguments)
        channel.on_cancel = seen.append
        channel.on_return = lambda message: seen.append(message.reply_text)
        self.connection.on_blocked = seen.append
        self.feed(
            method(1, "basic.ack", 3, True),
            method(1, "basic.nack", 4, False, False),
            method(1, "basic.return", 312, "NO_ROUTE", "x", "k") + content(1, 1, b"b"),
            method(1, "basic.cancel", "tag", True),
            method(0, "connection.blocked", "low on memory"),
            method(0, "connection.unblocked"),
        )
        self.assertEqual(
            seen, [(3, True, True), (4, False, False), "NO_ROUTE", "tag", "low on memory", ""]
        )

    def test_an_answer_that_nobody_asked_for_ends_the_connection(self) -> None:
        self.open()
        self.open_channel()
        self.feed(method(1, "queue.declare-ok", "q", 0, 0))
        self.assertTrue(self.transport.aborted)
        self.flushLoggedErrors()

    def test_saying_goodbye_is_bounded(self) -> None:
        self.open()
        self.sent()
        closing = ensureDeferred(self.connection.close(3.0))
        self.assertEqual(self.names(), ["connection.close"])
        self.clock.advance(3)
        self.assertTrue(self.transport.aborted)
        self.connection.connectionLost(Failure(ConnectionLost()))
        self.successResultOf(closing)
