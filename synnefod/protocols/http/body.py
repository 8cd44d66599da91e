"""The body of a request, pulled by whoever wants it; bounded in memory. And its in-memory twin."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Protocol

from twisted.internet.defer import Deferred

from synnefod.common.errors import Refusal, TooLarge

HIGH_WATER = 1 << 20
"""Bytes received and not yet read above which the client is made to wait."""


class Disconnected(Exception):
    """The client left before its request was complete. Nobody is there to be answered."""


class Stalled(Refusal):
    """The body stopped arriving."""


class Flow(Protocol):
    """How a body steers the wire it comes from."""

    def wanted(self) -> None:
        """A reader waits for bytes."""

    def full(self) -> None:
        """Too much is waiting; stop receiving."""

    def drained(self) -> None:
        """There is room again."""


class NoFlow:
    """The flow of a body that is all here."""

    def wanted(self) -> None: ...

    def full(self) -> None: ...

    def drained(self) -> None: ...


class Body:
    """One reader pulls; the wire feeds. At most `HIGH_WATER` bytes and one read wait in between.

    `length` is the announced length in bytes, None for a chunked body, 0 without a body.
    `announced` is False when the client spoke of no body at all (no length, not chunked).
    """

    def __init__(
        self, length: int | None, flow: Flow | None = None, *, announced: bool = True
    ) -> None:
        self.length = length
        self.announced = announced
        self.received = 0
        self.complete = False
        self._flow: Flow = flow or NoFlow()
        self._pieces: deque[bytes] = deque()
        self._held = 0
        self._paused = False
        self._failure: Exception | None = None
        self._reader: Deferred[None] | None = None

    async def read_some(self) -> bytes:
        """The next bytes, at least one; `b""` at the end, again and again.

        Raises Disconnected when the client leaves, Stalled when nothing more comes in time,
        Malformed for broken chunking. One reader at a time.
        """
        while True:
            if self._failure is not None:
                raise self._failure
            if self._pieces:
                piece = self._pieces.popleft()
                self._held -= len(piece)
                if self._paused and self._held <= HIGH_WATER // 2:
                    self._paused = False
                    self._flow.drained()
                return piece
            if self.complete:
                return b""
            if self._reader is not None:
                raise RuntimeError("the body already has a reader")
            reader: Deferred[None] = Deferred(self._reader_left)
            self._reader = reader
            self._flow.wanted()
            await reader

    async def read_all(self, limit: int) -> bytes:
        """The whole body. Raises TooLarge beyond `limit` bytes (before reading when announced),
        and what `read_some` raises."""
        if self.length is not None and self.length > limit:
            raise TooLarge(f"The request body is larger than {limit} bytes.")
        pieces: list[bytes] = []
        size = 0
        while piece := await self.read_some():
            size += len(piece)
            if size > limit:
                raise TooLarge(f"The request body is larger than {limit} bytes.")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @property
    def waited_for(self) -> bool:
        """Whether a reader waits for bytes now."""
        return self._reader is not None

    @property
    def failed(self) -> bool:
        """Whether the body will never be complete."""
        return self._failure is not None

    @property
    def paused(self) -> bool:
        """Whether the wire was told to wait."""
        return self._paused

    @property
    def held(self) -> int:
        """Bytes received and not yet read."""
        return self._held

    def feed(self, data: bytes) -> None:
        """The wire's side: more bytes have come."""
        self.received += len(data)
        if not data or self._failure is not None:
            return
        self._pieces.append(data)
        self._held += len(data)
        if self._held > HIGH_WATER and not self._paused:
            self._paused = True
            self._flow.full()
        self._wake()

    def end(self) -> None:
        """The wire's side: the body is complete."""
        self.complete = True
        self._wake()

    def fail(self, error: Exception) -> None:
        """The wire's side: the body will not become complete. The first failure stays."""
        if self.complete or self._failure is not None:
            return
        self._failure = error
        self._pieces.clear()
        self._held = 0
        self._wake()

    def discard(self) -> None:
        """Forgets what has come; nobody will read it."""
        self._pieces.clear()
        self._held = 0
        if self._paused:
            self._paused = False
            self._flow.drained()

    def close(self) -> None:
        """For Twisted, which closes the content of a request when it is done with it."""
        self._pieces.clear()
        self._held = 0

    def _wake(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.callback(None)

    def _reader_left(self, _reader: Deferred[None]) -> None:
        self._reader = None


def body_of(data: bytes | Iterable[bytes] = b"", *, length: int | None = -1) -> Body:
    """A complete body in memory, with the pieces as given. `length` None makes it chunked."""
    pieces = [data] if isinstance(data, bytes) else list(data)
    announced = sum(map(len, pieces)) if length == -1 else length
    body = Body(announced)
    for piece in pieces:
        body.feed(piece)
    body.end()
    return body
