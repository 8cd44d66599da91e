"""One AMQP connection over txamqp's frames and codec, with what Python 3 and RabbitMQ need.

Of txamqp 0.8.2 the frame classes, the codec (repaired in `codec`) and the channel's method stubs
are used. Its dispatch is not: it decodes bodies as text, puts each delivery through a lock and
three queues, writes through a queue that dies with the first unencodable value, and offers no
client capabilities, consumer cancellation, confirms or blocked notices. Here frames are put
together synchronously and written at once.
"""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure
from txamqp.codec import Codec
from txamqp.connection import Frame, Header, Method
from txamqp.content import Content
from txamqp.message import Message
from txamqp.protocol import AMQChannel, FrameReceiver

from synnefod.common.clockwork import IClock
from synnefod.protocols.amqp import codec, spec
from synnefod.protocols.amqp.bus import AccessRefused, BusUnavailable
from synnefod.protocols.amqp.url import Broker

log = Logger()
codec.install()
SPEC = spec.load()
_HEAD = struct.Struct(">BHL")
_END = bytes([spec.FRAME_END])
_ACCESS_REFUSED, _NOT_ALLOWED, _INVALID_PATH = 403, 530, 402
_MOST_CHANNELS = 2047
_HANDSHAKE_FRAME = 131072
_CAPABILITIES = {
    "publisher_confirms": True,
    "consumer_cancel_notify": True,
    "basic.nack": True,
    "connection.blocked": True,
    "authentication_failure_close": True,
}


class ChannelClosed(Exception):
    """The broker closed the channel because of an error; `code` is AMQP's reply code."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(f"{code} {text}")
        self.code, self.text = code, text


class ProtocolFailure(Exception):
    """The peer sends what AMQP 0-9-1 does not allow."""


def _nothing(*_: Any) -> None:
    pass


class Channel(AMQChannel):  # type: ignore[misc]
    """A channel whose methods (`basic_publish`, ...) write at once and return a Deferred.

    Whoever opens it sets the `on_...` functions it needs. A number is never used twice within a
    connection. After the end every call fails with `reason`.
    """

    def __init__(self, number: int, client: Connection) -> None:
        self.id = number
        self.client = client
        self.closed = False
        self.reason: Exception | None = None
        self.on_deliver: Callable[[Any], object] = _nothing
        self.on_return: Callable[[Any], object] = _nothing
        self.on_confirm: Callable[[int, bool, bool], object] = _nothing
        self.on_cancel: Callable[[str], object] = _nothing
        self.on_closed: Callable[[Exception], object] = _nothing
        self._waiting: deque[tuple[Deferred[Any], Any]] = deque()
        self._begun: Any = None
        self._header: Any = None
        self._parts: list[bytes] = []
        self._missing = 0

    def invoke(self, method: Any, args: Any, content: Content | None = None) -> Deferred[Any]:
        """Writes a method (with content). The Deferred fires with the broker's answer, if the
        method has one, and fails when the channel ends before."""
        answer: Deferred[Any] = Deferred()
        if self.closed:
            answer.errback(self.reason or BusUnavailable())
            return answer
        try:
            data = self._frames(method, args, content)
        except Exception as error:
            answer.errback(error)
            return answer
        self.client.write(data)
        if method.responses:
            self._waiting.append((answer, method))
        else:
            answer.callback(None)
        return answer

    def _frames(self, method: Any, args: Any, content: Content | None) -> list[bytes]:
        frames = [_pack(spec.FRAME_METHOD, self.id, Method(method, *args))]
        if method.content and content is not None:
            body = content.body
            header = Header(method.klass, 0, len(body), **content.properties)
            frames.append(_pack(spec.FRAME_HEADER, self.id, header))
            step = self.client.frame_max - 8
            for start in range(0, len(body), step):
                part = body[start : start + step]
                frames += (_HEAD.pack(spec.FRAME_BODY, self.id, len(part)), part, _END)
        return frames

    def take_method(self, payload: Any) -> None:
        if self._begun is not None:
            raise ProtocolFailure("a method in the middle of a content")
        if payload.method.content:
            self._begun = payload
        else:
            self._complete(Message(payload.method, payload.args))

    def take_header(self, header: Any) -> None:
        if self._begun is None:
            raise ProtocolFailure("a content header without its method")
        self._header, self._parts, self._missing = header, [], header.size
        self._end_of_content()

    def take_body(self, part: bytes) -> None:
        if self._header is None or len(part) > self._missing:
            raise ProtocolFailure("more content than announced")
        self._parts.append(part)
        self._missing -= len(part)
        self._end_of_content()

    def _end_of_content(self) -> None:
        if self._missing:
            return
        payload, properties = self._begun, self._header.properties
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        self._begun, self._header, self._parts = None, None, []
        self._complete(Message(payload.method, payload.args, Content(body, None, properties)))

    def _complete(self, message: Any) -> None:
        if not message.method.response:
            self.client.dispatch(self, message)
        elif self._waiting and message.method in self._waiting[0][1].responses:
            self._waiting.popleft()[0].callback(message)
        else:
            raise ProtocolFailure(f"an answer that nobody asked for: {message.method.name}")

    def ended(self, reason: Exception) -> None:
        """Fails what waits, and tells the owner. A second call does nothing."""
        if self.closed:
            return
        self.closed, self.reason = True, reason
        waiting, self._waiting = self._waiting, deque()
        for answer, _ in waiting:
            answer.errback(reason)
        self.on_closed(reason)


_ChannelOfSpec = type("ChannelOfSpec", (Channel, SPEC.klass), {})


class Connection(FrameReceiver):  # type: ignore[misc]
    """Signs in and multiplexes channels.

    `opened` fires when the virtual host is open, or fails with AccessRefused or BusUnavailable.
    """

    def __init__(self, clock: IClock, broker: Broker, name: str) -> None:
        super().__init__(SPEC)
        self.clock, self.broker, self.name = clock, broker, name
        self.opened: Deferred[None] = Deferred()
        self._gone = False
        self._watchers: list[Deferred[Exception]] = []
        self.blocked = ""
        self.on_blocked: Callable[[str], object] = _nothing
        self.frame_max = _HANDSHAKE_FRAME
        self._channels: dict[int, Any] = {}
        self._next = 1
        self._buffer = b""
        self._reason: Exception | None = None
        self._heartbeat = 0
        self._heard = self._said = clock.seconds()
        self._beat: IDelayedCall | None = None
        self._channels[0] = _ChannelOfSpec(0, self)

    # the transport's side

    def connectionMade(self) -> None:
        self.transport.write(b"AMQP\x00\x00\x09\x01")

    def write(self, data: list[bytes]) -> None:
        self._said = self.clock.seconds()
        self.transport.write(b"".join(data))

    def dataReceived(self, data: bytes) -> None:
        self._heard = self.clock.seconds()
        buffer = self._buffer + data if self._buffer else data
        self._buffer = b""
        at = 0
        try:
            while len(buffer) - at >= 8 and self._reason is None:
                kind, number, length = _HEAD.unpack_from(buffer, at)
                if kind not in (1, 2, 3, 8) or length > self.frame_max:
                    raise ProtocolFailure("this is not a broker for AMQP 0-9-1")
                stop = at + 7 + length
                if stop >= len(buffer):
                    break
                if buffer[stop] != spec.FRAME_END:
                    raise ProtocolFailure("a frame without its end")
                self._frame(kind, number, buffer[at + 3 : stop])
                at = stop + 1
        except Exception as error:
            log.failure("the broker {place} sent a frame that fails", place=self.broker.place)
            self.abort(BusUnavailable(f"The message broker's frames are not understood: {error}"))
        else:
            self._buffer = buffer[at:]

    def _frame(self, kind: int, number: int, payload: bytes) -> None:
        """`payload` begins with its own length of four bytes."""
        channel = self._channels.get(number)
        if kind == spec.FRAME_HEARTBEAT or channel is None:
            return  # frames for a channel that we closed may still be under way
        if kind == spec.FRAME_BODY:
            channel.take_body(payload[4:])
        else:
            kind_name = Frame.METHOD if kind == spec.FRAME_METHOD else Frame.HEADER
            decoded = Frame.DECODERS[kind_name].decode(SPEC, Codec(BytesIO(payload)))
            if kind == spec.FRAME_METHOD:
                channel.take_method(decoded)
            else:
                channel.take_header(decoded)

    def connectionLost(self, reason: Failure) -> None:
        if self._beat is not None and self._beat.active():
            self._beat.cancel()
        self._finish(BusUnavailable(f"The connection broke: {reason.getErrorMessage()}"))
        self._gone = True
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            watcher.callback(self._reason or BusUnavailable())

    def over(self) -> Deferred[Exception]:
        """Fires (never fails) with the reason once the transport is gone."""
        watcher: Deferred[Exception] = Deferred()
        if self._gone:
            watcher.callback(self._reason or BusUnavailable())
        else:
            self._watchers.append(watcher)
        return watcher

    def abort(self, reason: Exception) -> None:
        """Drops the connection; everything that waits fails with `reason`."""
        self._finish(reason)
        self.transport.abortConnection()

    def _finish(self, reason: Exception) -> None:
        if self._reason is None:
            self._reason = reason
        if not self.opened.called:
            self.opened.errback(self._reason)
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            channel.ended(self._reason)

    # our side

    async def channel(self) -> Any:
        """A freshly opened channel."""
        if self._next > _MOST_CHANNELS:
            # Numbers are not reused; a connection that has had this many channels is replaced.
            self.abort(BusUnavailable("The connection has used up its channels."))
        if self._reason is not None:
            raise self._reason
        channel = self._channels[self._next] = _ChannelOfSpec(self._next, self)
        self._next += 1
        await channel.channel_open()
        return channel

    async def close_channel(self, channel: Any) -> None:
        """Closes it; what was delivered and not acknowledged returns to its queue."""
        if not channel.closed:
            await channel.channel_close(200, "", 0, 0)
            self._channels.pop(channel.id, None)
            channel.on_closed = _nothing
            channel.ended(BusUnavailable("The channel is closed."))

    async def close(self, within: float) -> None:
        """Says goodbye and waits for the end, at most `within` seconds."""
        late: IDelayedCall | None = None
        if self._reason is None:
            reason = BusUnavailable("The connection is closed.")

            def parted(_: object) -> None:
                self._finish(reason)
                self.transport.loseConnection()

            self._channels[0].connection_close(200, "", 0, 0).addBoth(parted)
            late = self.clock.callLater(within, self.abort, reason)
        await self.over()
        if late is not None and late.active():
            late.cancel()

    # what the broker asks of us

    def dispatch(self, channel: Channel, message: Any) -> None:
        name = f"_{message.method.klass.name}_{message.method.name}".replace("-", "_")
        handler = getattr(self, name, None)
        if handler is None:
            raise ProtocolFailure(f"an unexpected method: {name[1:]}")
        handler(channel, message)

    def _connection_start(self, channel: Any, message: Any) -> None:
        properties = {
            "product": "synnefod",
            "connection_name": self.name,
            "capabilities": _CAPABILITIES,
        }
        response = f"\0{self.broker.user}\0{self.broker.password}"
        channel.connection_start_ok(properties, "PLAIN", response, "en_US")

    def _connection_tune(self, channel: Any, message: Any) -> None:
        self.frame_max = min(message.frame_max or _HANDSHAKE_FRAME, _HANDSHAKE_FRAME)
        self._heartbeat = self.broker.heartbeat
        channel.connection_tune_ok(message.channel_max, self.frame_max, self._heartbeat)
        opening = channel.connection_open(self.broker.vhost)
        opening.addCallbacks(self._open, lambda _: None)

    def _open(self, _: object) -> None:
        if self._heartbeat:
            self._beat = self.clock.callLater(self._heartbeat / 2, self._tick)
        self.opened.callback(None)

    def _tick(self) -> None:
        """Each half interval: give up a peer that is silent for two of them, and be heard."""
        now = self.clock.seconds()
        if now - self._heard > 2 * self._heartbeat:
            self.abort(BusUnavailable("The message broker has fallen silent."))
            return
        if now - self._said >= self._heartbeat / 2 - 0.001:
            self.write([_HEAD.pack(spec.FRAME_HEARTBEAT, 0, 0), _END])
        self._beat = self.clock.callLater(self._heartbeat / 2, self._tick)

    def _connection_close(self, channel: Any, message: Any) -> None:
        channel.connection_close_ok()
        code, text = message.reply_code, message.reply_text
        kind = BusUnavailable
        if not self.opened.called and code in (_ACCESS_REFUSED, _NOT_ALLOWED, _INVALID_PATH):
            kind = AccessRefused
        words = f"The message broker {self.broker.place} closed the connection: {code} {text}"
        self._finish(kind(words))
        self.transport.loseConnection()

    def _connection_blocked(self, channel: Any, message: Any) -> None:
        self.blocked = message.reason or "no reason given"
        log.warn("the broker takes no messages: {reason}", reason=self.blocked)
        self.on_blocked(self.blocked)

    def _connection_unblocked(self, channel: Any, message: Any) -> None:
        self.blocked = ""
        self.on_blocked("")

    def _channel_close(self, channel: Any, message: Any) -> None:
        channel.channel_close_ok()
        self._channels.pop(channel.id, None)
        channel.ended(ChannelClosed(message.reply_code, message.reply_text))

    def _basic_deliver(self, channel: Any, message: Any) -> None:
        channel.on_deliver(message)

    def _basic_return(self, channel: Any, message: Any) -> None:
        channel.on_return(message)

    def _basic_ack(self, channel: Any, message: Any) -> None:
        channel.on_confirm(message.delivery_tag, message.multiple, True)

    def _basic_nack(self, channel: Any, message: Any) -> None:
        channel.on_confirm(message.delivery_tag, message.multiple, False)

    def _basic_cancel(self, channel: Any, message: Any) -> None:
        channel.on_cancel(message.consumer_tag)


def _pack(kind: int, number: int, payload: Any) -> bytes:
    """A whole frame; `encode` writes the payload's length and the payload."""
    out = BytesIO()
    payload.encode(Codec(out))
    return struct.pack(">BH", kind, number) + out.getvalue() + _END
