"""The block contract, in memory."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.ids import BlockHash
from tests.contracts.blocks import BlockStoreContract


class MemoryBlocksTests(BlockStoreContract, TestCase):
    def make_store(self) -> MemoryBlocks:
        return MemoryBlocks()

    def damage(self, store: MemoryBlocks, name: BlockHash, data: bytes) -> None:
        store.blocks[name] = data

    def break_down(self, store: MemoryBlocks) -> None:
        store.broken = "The memory is full."

    def last_use(self, store: Any, name: BlockHash) -> float:
        return max((i for i, used in enumerate(store.used) if used == name), default=-1)

    def age(self, store: Any, name: BlockHash) -> None:
        return None
