"""Publishing with confirms over a link that may break: nothing unconfirmed is forgotten.

A message waits in `_unsent` until it is written and in `_sent` until it is confirmed. When the
channel ends, what was sent goes back in front of what was not, so the order is kept.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from txamqp.content import Content

from synnefod.common.clockwork import start
from synnefod.protocols.amqp.bus import BusFull, BusUnavailable, PublishRefused, Unroutable
from synnefod.protocols.amqp.wire import ChannelClosed, Connection

log = Logger()
_EXCHANGE = re.compile(r"exchange '([^']*)'")


@define(eq=False)
class _Message:
    exchange: str
    key: str
    content: Content
    mandatory: bool
    done: Deferred[None] = field(factory=Deferred)
    returned: str = ""


@define(eq=False)
class Publisher:
    """`limit` is the largest number of messages that may wait for their confirms."""

    limit: int
    _unsent: deque[_Message] = field(factory=deque, init=False)
    _sent: dict[int, _Message] = field(factory=dict, init=False)
    _channel: Any = field(default=None, init=False)
    _connection: Connection | None = field(default=None, init=False)
    _tag: int = field(default=0, init=False)
    _serial: int = field(default=0, init=False)
    _idle: list[Deferred[None]] = field(factory=list, init=False)

    def __len__(self) -> int:
        return len(self._unsent) + len(self._sent)

    def publish(
        self,
        exchange: str,
        key: str,
        body: bytes,
        headers: Mapping[str, Any] | None,
        persistent: bool,
        mandatory: bool,
        message_id: str,
    ) -> Deferred[None]:
        """Fires with the confirm. See `Bus.publish`."""
        message = _Message(exchange, key, Content(bytes(body)), mandatory)
        if len(self) >= self.limit:
            message.done.errback(
                BusFull(f"{len(self)} messages wait for the broker; no more are taken.")
            )
            return message.done
        self._serial += 1
        properties = message.content.properties
        properties["delivery-mode"] = 2 if persistent else 1
        properties["message-id"] = message_id or f"{id(self):x}-{self._serial}"
        if headers:
            properties["headers"] = dict(headers)
        self._unsent.append(message)
        self._flush()
        return _independent(message.done)

    async def up(self, connection: Connection) -> None:
        """Opens a channel with confirms on the new connection and sends what waits."""
        connection.on_blocked = lambda _: self._flush()
        channel = await connection.channel()
        await channel.confirm_select()
        channel.on_confirm = self._confirmed
        channel.on_return = self._returned
        channel.on_closed = self._channel_ended
        self._connection, self._channel, self._tag = connection, channel, 0
        self._flush()

    def down(self) -> None:
        """The connection is gone: everything unconfirmed will be sent again."""
        self._channel = self._connection = None
        self._unsent.extendleft(reversed(self._sent.values()))
        self._sent.clear()

    def fail(self, error: BusUnavailable) -> None:
        """Gives up all that waits."""
        messages = [*self._sent.values(), *self._unsent]
        self._sent.clear()
        self._unsent.clear()
        for message in messages:
            message.done.errback(error)
        self._tell_idle()

    def idle(self) -> Deferred[None]:
        """Fires when nothing waits."""
        d: Deferred[None] = Deferred()
        if len(self):
            self._idle.append(d)
        else:
            d.callback(None)
        return d

    def _flush(self) -> None:
        while self._unsent and self._channel is not None and not self._held():
            message = self._unsent.popleft()
            sending = self._channel.basic_publish(
                exchange=message.exchange,
                routing_key=message.key,
                mandatory=message.mandatory,
                content=message.content,
            )
            failed: list[Any] = []
            sending.addErrback(failed.append)
            if failed and not self._channel_lost():
                # It cannot be written at all: a header that AMQP has no type for.
                reason = failed[0].getErrorMessage()
                message.done.errback(PublishRefused(f"The message cannot be sent: {reason}"))
                continue
            self._tag += 1
            self._sent[self._tag] = message

    def _channel_lost(self) -> bool:
        return self._channel is None or self._channel.closed

    def _held(self) -> bool:
        return self._connection is not None and bool(self._connection.blocked)

    def _confirmed(self, tag: int, multiple: bool, good: bool) -> None:
        if multiple:
            tags = []
            for sent in self._sent:  # in ascending order
                if tag and sent > tag:
                    break
                tags.append(sent)
        else:
            tags = [tag] if tag in self._sent else []
        for message in [self._sent.pop(sent) for sent in tags]:
            if message.returned:
                message.done.errback(Unroutable(message.returned))
            elif good:
                message.done.callback(None)
            else:
                message.done.errback(PublishRefused("The broker does not take the message."))
        self._tell_idle()

    def _tell_idle(self) -> None:
        if self._idle and not len(self):
            idle, self._idle = self._idle, []
            for d in idle:
                d.callback(None)

    def _returned(self, returned: Any) -> None:
        """A mandatory message comes back before its confirm."""
        message_id = returned.content.properties.get("message-id")
        for message in self._sent.values():
            if message.mandatory and message.content.properties["message-id"] == message_id:
                message.returned = (
                    f"No queue takes messages of the key '{message.key}' on the exchange "
                    f"'{message.exchange}'."
                )
                return

    def _channel_ended(self, reason: Exception) -> None:
        """The broker closed the channel. What it objects to fails; the rest is sent again.

        The objection names the exchange, if that is what it is about; else nobody can say which
        message was meant, and all that were under way fail with the broker's words.
        """
        connection = self._connection
        if not isinstance(reason, ChannelClosed) or connection is None:
            return  # the connection is gone; `down` follows
        named = _EXCHANGE.search(reason.text)
        guilty = [
            message
            for message in self._sent.values()
            if named is None or message.exchange == named.group(1)
        ]
        self._sent = {
            tag: message
            for tag, message in self._sent.items()
            if not (named is None or message.exchange == named.group(1))
        }
        self.down()
        for message in guilty:
            message.done.errback(PublishRefused(f"The broker refuses the message: {reason}"))
        self._tell_idle()
        start(self.up(connection), "reopening the publishing channel")


def _independent(source: Deferred[None]) -> Deferred[None]:
    """A copy that may be cancelled without touching `source`."""
    copy: Deferred[None] = Deferred()

    def failed(failure: Any) -> None:
        if not copy.called:
            copy.errback(failure)

    source.addCallbacks(lambda _: None if copy.called else copy.callback(None), failed)
    return copy
