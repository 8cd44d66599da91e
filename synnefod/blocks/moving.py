"""Two block stores as one, while the blocks move from the former to the new one (OPS-063).

Note [Nothing is out of reach]. New blocks go to the new store; whatever it does not have, or has
damaged, is read from the former. A block that is found in the former alone counts as there: the
move takes all of it along, since nothing is added to the former any more, what it had set aside is
taken back first, and nobody collects blocks meanwhile (this is no IReclaims).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import Any

from twisted.logger import Logger
from zope.interface import implementer

from synnefod.blocks.interface import (
    BlockCorrupt,
    BlockMissing,
    Blocks,
    IBlockStore,
    IMoves,
    IReclaims,
    Moved,
)
from synnefod.common.clockwork import gather
from synnefod.common.ids import BlockHash

log = Logger()
_AT_ONCE = 4
"""Blocks on their way; the daemon has users to serve beside them."""
_EVER = float("inf")


async def portion(
    listed: Collection[BlockHash],
    after: BlockHash | None,
    limit: int,
    move: Callable[[BlockHash], Awaitable[int | None]],
) -> Moved:
    """Moves up to `limit` of the blocks of a part, those behind `after`, some at a time. `move`
    gives the bytes that were copied, 0 if the new store had the block, None if it is lost."""
    left = [name for name in sorted(listed) if after is None or name > after]
    some = left[:limit]
    copied = size = known = 0
    lost: list[BlockHash] = []
    for start in range(0, len(some), _AT_ONCE):
        names = some[start : start + _AT_ONCE]
        for name, moved in zip(names, await gather(map(move, names)), strict=True):
            if moved is None:
                lost.append(name)
            elif moved:
                copied, size = copied + 1, size + moved
            else:
                known += 1
    return Moved(copied, size, known, tuple(lost), some[-1] if len(left) > limit else None)


@implementer(IBlockStore, IMoves)
class MovingBlocks:
    """`source` and `target` are the drivers' names. The former store must be an IReclaims, whose
    blocks can be listed. Raises ValueError for others."""

    def __init__(self, blocks: Blocks, former: Blocks, target: str, source: str) -> None:
        if not IReclaims.providedBy(former):
            raise ValueError(f"Blocks cannot be moved from the driver '{source}'.")
        self.source, self.target = source, target
        self._blocks = blocks
        self._former: Any = former

    async def put(self, name: BlockHash, data: bytes) -> bool:
        return await self._blocks.put(name, data)

    async def store(self, pieces: Sequence[bytes]) -> BlockHash:
        return await self._blocks.store(pieces)

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes:
        try:
            return await self._blocks.get(name, rehash=rehash)
        except (BlockMissing, BlockCorrupt) as error:
            try:
                data: bytes = await self._former.get(name, rehash=rehash)
            except BlockMissing:
                raise error from None
            if isinstance(error, BlockCorrupt):
                await self._blocks.put(name, data)
            return data

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        absent = await self._blocks.missing(names)
        found: list[BlockHash] = await self._former.missing(absent) if absent else []
        return found

    async def delete(self, name: BlockHash) -> None:
        await self._former.delete(name)
        await self._blocks.delete(name)

    async def check(self) -> None:
        await gather([self._blocks.check(), self._former.check()])

    async def stop(self) -> None:
        await gather([self._blocks.stop(), self._former.stop()])

    async def move(self, part: int, after: BlockHash | None, limit: int) -> Moved:
        if part == 0 and after is None:
            aside = await self._former.aside(_EVER)
            await self._former.take_back([name for name, _ in aside])
        listed = [name for name, _ in await self._former.idle(part, _EVER)]
        return await portion(listed, after, limit, self._moved)

    async def _moved(self, name: BlockHash) -> int | None:
        """See `portion`."""
        try:
            await self._blocks.get(name, rehash=True)
            return 0
        except (BlockMissing, BlockCorrupt):
            pass
        try:
            data: bytes = await self._former.get(name, rehash=True)
        except (BlockMissing, BlockCorrupt) as error:
            log.critical("A block cannot be moved: {why}", why=error.message)
            return None
        await self._blocks.put(name, data)
        await self._blocks.get(name, rehash=True)
        return len(data)
