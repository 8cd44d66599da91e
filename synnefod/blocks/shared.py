"""A block store whose blocks others may name too: nothing in it is given up.

That is the store of a Pithos of Synnefo 0.21 while its accounts are being taken (object-storage.md
2.7.2): blocks that only accounts still to come name look like blocks that nobody names. What a
killed writer left unfinished stays meanwhile, too.
"""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from synnefod.blocks.interface import Blocks, IBlockStore
from synnefod.common.ids import BlockHash


@implementer(IBlockStore)
class SharedBlocks:
    """`blocks` without what IReclaims adds to it."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    async def put(self, name: BlockHash, data: bytes) -> bool:
        return await self._blocks.put(name, data)

    async def store(self, pieces: Sequence[bytes]) -> BlockHash:
        return await self._blocks.store(pieces)

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes:
        return await self._blocks.get(name, rehash=rehash)

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        return await self._blocks.missing(names)

    async def delete(self, name: BlockHash) -> None:
        await self._blocks.delete(name)

    async def check(self) -> None:
        await self._blocks.check()

    async def stop(self) -> None:
        await self._blocks.stop()
