"""Answers that are produced while they are sent, at the client's pace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from zope.interface import implementer

from synnefod.common.clockwork import IClock, TimedOut, within
from synnefod.protocols.http.body import Disconnected
from synnefod.protocols.http.request import Request

log = Logger()
PIECE = 4 << 20
"""Bytes handed to the transport at once. A piece up to this size, given to a transport that has
nothing else to send, is sent from where it is: Twisted makes no copy of it."""
STALL = 300.0
"""Seconds that a client may take for one piece before it is given up."""


@implementer(IPushProducer)
class Valve:
    """Open while the client takes what it is sent."""

    def __init__(self, clock: IClock) -> None:
        self._clock = clock
        self._waiting: Deferred[None] | None = None
        self._open = True
        self._gone = False

    def pauseProducing(self) -> None:
        self._open = False

    def resumeProducing(self) -> None:
        self._open = True
        self._wake()

    def stopProducing(self) -> None:
        self._gone = True
        self._wake()

    async def opened(self) -> None:
        """Returns when more may be sent. Raises Disconnected when the client has left, or took
        nothing for STALL seconds."""
        while not self._open and not self._gone:
            waiting: Deferred[None] = Deferred()
            self._waiting = waiting
            try:
                await within(self._clock, STALL, waiting)
            except TimedOut:
                raise Disconnected("the client takes nothing any more") from None
        if self._gone:
            raise Disconnected("the client left")

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.called:
            waiting.callback(None)


async def stream(request: Request, pieces: AsyncIterator[bytes], length: int | None) -> None:
    """Sends all of `pieces`, one being fetched ahead while the last is sent.

    Does not finish the request. When `pieces` fails, or does not yield exactly `length` bytes
    (if given), the connection is broken off, the failure is logged, and Disconnected raised: a
    short answer never ends cleanly. `pieces` is closed in any case.
    """
    valve = Valve(request.site.reactor)
    request.registerProducer(valve, True)  # type: ignore[no-untyped-call]
    ahead: Deferred[bytes | None] | None = None
    sent = 0
    try:
        ahead = ensureDeferred(_next(pieces))
        while (piece := await ahead) is not None:
            ahead = ensureDeferred(_next(pieces))
            sent += len(piece)
            if length is not None and sent > length:
                raise ValueError(f"the answer is longer than its announced {length} bytes")
            for start in range(0, len(piece), PIECE):
                await valve.opened()
                cut = piece if len(piece) <= PIECE else piece[start : start + PIECE]
                request.write(cut)
        if length is not None and sent != length:
            raise ValueError(f"the answer has {sent} of its announced {length} bytes")
    except (Disconnected, CancelledError):
        await _close(pieces, ahead)
        request.abort()
        raise
    except Exception as error:
        log.failure("an answer broke off while it was sent", request_id=request.request_id)
        await _close(pieces, ahead)
        request.abort()
        raise Disconnected("the answer was broken off") from error
    finally:
        if request.channel is not None:
            request.unregisterProducer()  # type: ignore[no-untyped-call]


async def _next(pieces: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await pieces.__anext__()
    except StopAsyncIteration:
        return None


async def _close(pieces: Any, ahead: Deferred[bytes | None] | None) -> None:
    if ahead is not None:
        ahead.addErrback(lambda failure: None)
        ahead.cancel()
    closing = getattr(pieces, "aclose", None)
    if closing is not None:
        try:
            await closing()
        except Exception:
            log.failure("closing the source of an answer failed")
