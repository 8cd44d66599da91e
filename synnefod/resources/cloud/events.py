"""Changes as they happen, as server-sent events (web-ui.md 5 and UI-028; WHATWG HTML 9.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed, Unauthenticated
from synnefod.common.jsonio import dump
from synnefod.feed.interface import Feed, Lost, Quiet, Told
from synnefod.identity.interface import Identity
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route

PING = 15.0
"""Seconds without an event after which a comment is sent, so that proxies keep the connection."""
CHECK = 60.0
"""Seconds after which the token of a stream is looked at again."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


class EventNoun:
    """`GET events`: what of the lists that the asker may see has changed.

    An event `change` has the data `{"collection", "id", "version", "kind"}`, kind being created,
    updated or deleted; `lost` says that all has to be read again. The id of an event is sent back
    as `Last-Event-ID` (or the parameter `after`) to go on there.
    """

    def __init__(self, feed: Feed, identity: Identity, clock: IClock) -> None:
        self.feed = feed
        self.identity = identity
        self.clock = clock

    @route("GET", "/events")
    async def stream(self, call: Call) -> Reply:
        text = call.headers.get("Last-Event-ID") or call.query.one("after")
        after = None
        if text:
            if not (text.isascii() and text.isdecimal() and len(text) <= 18):
                raise Malformed("Last-Event-ID is not one of ours.")
            after = int(text)
        return Reply(self._lines(call, after), content_type="text/event-stream", headers=_HEADERS)

    async def _lines(self, call: Call, after: int | None) -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        checked = self.clock.seconds()
        events = self.feed.follow(call.principal, after, PING)
        try:
            async for event in events:
                now = self.clock.seconds()
                if now - checked >= CHECK:
                    if not await self._still(call):
                        return
                    checked = now
                yield _line(event)
        finally:
            await events.aclose()  # type: ignore[attr-defined]

    async def _still(self, call: Call) -> bool:
        try:
            await self.identity.authenticate(call.token)
        except Unauthenticated:
            return False
        return True


def _line(event: Told | Lost | Quiet) -> bytes:
    if isinstance(event, Quiet):
        return b": nothing new\n\n"
    if isinstance(event, Lost):
        return b"id: %d\nevent: lost\ndata: {}\n\n" % event.position
    change = event.change
    data = dump(
        {
            "collection": change.collection,
            "id": change.id,
            "version": change.updated,
            "kind": event.kind,
        }
    )
    return b"id: %d\nevent: change\ndata: %s\n\n" % (event.position, data)
