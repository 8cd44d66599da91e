"""The block contract on a folder whose blocks are sealed, and what a seal does and does not do."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import TestCase

from synnefod.blocks import filesystem, hashing
from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.interface import BlockCorrupt
from synnefod.blocks.seal import Seal
from synnefod.common.ids import BlockHash
from tests.contracts.test_blocks_filesystem import FilesystemBlocksTests, file_of

ATTRIBUTE = "user.synnefo.seal"
LARGE = bytes(range(1, 251)) * 4000
OTHER = bytes(reversed(LARGE))


class SealedBlocksTests(FilesystemBlocksTests, TestCase):
    """Everything that holds for blocks without seals, and more."""

    def make_store(self) -> FilesystemBlocks:
        return self.store_with(super().make_store(), b"secret")

    def store_with(self, plain: Any, secret: bytes) -> FilesystemBlocks:
        return FilesystemBlocks(self.root, plain._threads, plain._clock, Seal(secret))

    def hashed(self) -> list[int]:
        """The lengths of what is hashed from now on."""
        lengths: list[int] = []
        real = hashing.block_hash

        def noted(data: bytes) -> BlockHash:
            lengths.append(len(data))
            return real(data)

        self.patch(filesystem.hashing, "block_hash", noted)
        return lengths

    async def test_a_sealed_block_is_not_hashed_again(self) -> None:
        """Its seal vouches for it; the scrub and the move hash it all the same. A small block has
        none."""
        name = await self.store.store([LARGE[:7], LARGE[7:], bytes(9)])
        small = await self.store.store([b"small"])
        hashed = self.hashed()
        self.assertEqual(await self.store.get(name), LARGE)
        self.assertEqual(hashed, [])
        self.assertEqual(await self.store.get(name, rehash=True), LARGE)
        await self.store.get(small)
        self.assertEqual(hashed, [len(LARGE), 5])

    async def test_what_a_seal_does_not_fit_is_not_served(self) -> None:
        """Changed bytes, and another block's file with its seal, are damage (PIT-237)."""
        name, other = await self.store.store([LARGE]), await self.store.store([OTHER])
        with file_of(self.root, name).open("r+b") as block:
            block.seek(500_000)
            block.write(b"\0")
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        await self.store.store([LARGE])
        file_of(self.root, name).unlink()
        os.link(file_of(self.root, other), file_of(self.root, name))
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)

    async def test_who_does_not_know_the_secret_seals_nothing(self) -> None:
        """A forged seal leaves the matter to the name."""
        name = await self.store.store([LARGE])
        path = file_of(self.root, name)
        path.write_bytes(OTHER)
        os.setxattr(path, ATTRIBUTE, Seal(b"guessed").of(name, OTHER))
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)

    async def test_a_seal_that_is_lost_or_another_s_costs_a_hash(self) -> None:
        """Copied without attributes, or sealed under another secret, a block is read as before."""
        name = await self.store.store([LARGE])
        hashed = self.hashed()
        self.assertEqual(await self.store_with(self.store, b"another").get(name), LARGE)
        os.removexattr(file_of(self.root, name), ATTRIBUTE)
        self.assertEqual(await self.store.get(name), LARGE)
        self.assertEqual(hashed, [len(LARGE)] * 2)

    async def test_a_filesystem_without_attributes_stores_blocks(self) -> None:
        """They have no seal then."""
        refused = OSError(errno.EOPNOTSUPP, "no attributes here")
        with (
            mock.patch.object(filesystem.os, "setxattr", side_effect=refused),
            mock.patch.object(filesystem.os, "getxattr", side_effect=refused),
        ):
            name = await self.store.store([LARGE])
            self.assertEqual(await self.store.get(name), LARGE)
        self.assertEqual(os.listxattr(Path(file_of(self.root, name))), [])
