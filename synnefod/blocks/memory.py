"""Blocks in a dictionary, for tests and for clouds that need not outlive their process."""

from __future__ import annotations

from collections.abc import Sequence

from zope.interface import implementer

from synnefod.blocks import hashing
from synnefod.blocks.interface import BlockCorrupt, BlockMissing, BlocksUnavailable, IBlockStore
from synnefod.common.ids import BlockHash
from synnefod.common.outside import refuse_inside


@implementer(IBlockStore)
class MemoryBlocks:
    """Passes the same contract as the lasting drivers. `broken` is the failure to simulate."""

    def __init__(self) -> None:
        self.blocks: dict[BlockHash, bytes] = {}
        self.used: list[BlockHash] = []
        self.broken: str | None = None

    async def put(self, name: BlockHash, data: bytes) -> bool:
        self._work("a block is put")
        if name == hashing.EMPTY:
            return False
        self.used.append(name)
        if self.blocks.get(name):
            return False
        self.blocks[name] = bytes(data).rstrip(b"\0")
        return True

    async def store(self, pieces: Sequence[bytes]) -> BlockHash:
        data = b"".join(pieces)
        name = hashing.block_hash(data)
        await self.put(name, data)
        return name

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes:
        self._work("a block is read")
        if name == hashing.EMPTY:
            return b""
        data = self.blocks.get(name)
        if data is None:
            raise BlockMissing(f"The block {name.hex()} is not stored.")
        if hashing.block_hash(data) != name:
            del self.blocks[name]
            raise BlockCorrupt(f"The block {name.hex()} is damaged.")
        return data

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        self._work("blocks are looked up")
        asked = dict.fromkeys(names)
        found = [name for name in asked if self.blocks.get(name)]
        self.used.extend(found)
        return [name for name in asked if not self.blocks.get(name) and name != hashing.EMPTY]

    async def delete(self, name: BlockHash) -> None:
        self._work("a block is deleted")
        self.blocks.pop(name, None)

    async def check(self) -> None:
        self._work("the block store is checked")

    async def stop(self) -> None:
        """Nothing is held."""

    def _work(self, what: str) -> None:
        refuse_inside(what)
        if self.broken is not None:
            raise BlocksUnavailable(self.broken)
