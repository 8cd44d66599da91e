"""Bodies to blocks: cut at 4 MiB, stored while the next one fills (object-storage.md 6.8).

Note [What an upload holds]. At most IN_FLIGHT blocks are being stored while one fills, whatever
the size of the body; the body is not read faster than that. Nothing is copied but what crosses
the border of a block: a block goes to its thread as the pieces in which it came.
"""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, ensureDeferred

from synnefod.blocks.interface import Blocks
from synnefod.common.errors import TooLarge
from synnefod.common.ids import BlockHash
from synnefod.objects.interface import BLOCK_SIZE, Source

IN_FLIGHT = 2


@frozen
class Taken:
    """A stored body. `md5` is its MD5 in hex, or "" if it was not asked for."""

    size: int
    digests: list[BlockHash]
    md5: str


@define
class _Summer:
    """The MD5 of a stream, computed on threads, one piece of work after another."""

    threads: Any
    _sum: Any = field(factory=lambda: hashlib.md5(usedforsecurity=False), init=False)
    _work: Deferred[None] | None = field(default=None, init=False)

    async def feed(self, pieces: list[bytes]) -> None:
        await self.settle()
        self._work = self.threads.cpu(self._add, pieces)

    async def settle(self) -> None:
        if self._work is not None:
            work, self._work = self._work, None
            await work

    def _add(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            self._sum.update(piece)

    def digest(self) -> str:
        text: str = self._sum.hexdigest()
        return text


async def take(
    body: Source, blocks: Blocks, threads: Any, *, most: int, md5: bool = False
) -> Taken:
    """Stores a body; every block is durable when it fires.

    Raises TooLarge as soon as more than `most` bytes came, BlocksUnavailable, and whatever the
    body raises. A failure leaves unnamed blocks only.
    """
    digests: list[BlockHash] = []
    flying: deque[Deferred[BlockHash]] = deque()
    summer = _Summer(threads) if md5 else None
    pieces: list[bytes] = []
    filled = size = 0

    async def launch() -> None:
        if len(flying) >= IN_FLIGHT:
            digests.append(await flying.popleft())
        if summer is not None:
            await summer.feed(pieces)
        flying.append(ensureDeferred(blocks.store(pieces)))

    try:
        while data := await body.read_some():
            size += len(data)
            if size > most:
                raise TooLarge("Maximum size is reached")
            while filled + len(data) >= BLOCK_SIZE:
                room = BLOCK_SIZE - filled
                pieces.append(data if room == len(data) else data[:room])
                await launch()
                pieces, filled, data = [], 0, data[room:]
            if data:
                pieces.append(data)
                filled += len(data)
        if pieces:
            await launch()
        while flying:
            digests.append(await flying.popleft())
        if summer is not None:
            await summer.settle()
    finally:
        for left in flying:
            left.addErrback(lambda _: None)
    return Taken(size, digests, "" if summer is None else summer.digest())
