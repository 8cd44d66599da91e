"""The block contract on two folders of which one is being given up, and the move itself."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.blocks import filesystem
from synnefod.blocks.drivers import BlockSettings, open_blocks
from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.interface import BlockCorrupt, IReclaims, Moved
from synnefod.blocks.memory import MemoryBlocks
from synnefod.blocks.moving import MovingBlocks
from synnefod.common.errors import Conflict
from synnefod.common.ids import BlockHash
from synnefod.common.threads import InlineThreads
from synnefod.objects.moving import BlockMove
from tests.contracts.blocks import ONE, OTHER, BlockStoreContract
from tests.contracts.test_blocks_filesystem import file_of


class TwoFolders:
    def make_store(self: Any) -> MovingBlocks:
        self.root, self.old_root = Path(self.mktemp()), Path(self.mktemp())
        self.clock = Clock()
        self.clock.advance(2_000_000)
        self.new = FilesystemBlocks(self.root, InlineThreads(), self.clock)
        self.old = FilesystemBlocks(self.old_root, InlineThreads(), self.clock)
        return MovingBlocks(self.new, self.old, "new", "old")

    def flushed(self: Any) -> None:
        self.flushLoggedErrors()


class MovingBlocksTests(TwoFolders, BlockStoreContract, TestCase):
    def damage(self, store: Any, name: BlockHash, data: bytes) -> None:
        file_of(self.root, name).write_bytes(data)

    def break_down(self, store: Any) -> None:
        def broken(*args: Any, **kwargs: Any) -> int:
            raise OSError(28, "No space left on device")

        self.patch(filesystem.os, "open", broken)

    def last_use(self, store: Any, name: BlockHash) -> float:
        return file_of(self.root, name).stat().st_mtime

    def age(self, store: Any, name: BlockHash) -> None:
        os.utime(file_of(self.root, name), (1_000_000, 1_000_000))


class MoveTests(TwoFolders, TestCase):
    def setUp(self) -> None:
        self.store = self.make_store()

    async def whole(self, limit: int = 2) -> tuple[int, int, list[BlockHash]]:
        """Moves all, two blocks a portion: copied, known, lost."""
        copied = known = 0
        lost: list[BlockHash] = []
        for part in range(256):
            after = None
            while True:
                done: Moved = await self.store.move(part, after, limit)
                copied, known, lost = copied + done.copied, known + done.known, [*lost, *done.lost]
                after = done.after
                if after is None:
                    break
        return copied, known, lost

    async def test_what_is_not_moved_yet_is_read_where_it_was(self) -> None:
        """Reading and asking find blocks of either store; new ones go to the new one alone."""
        old = await self.old.store([ONE])
        new = await self.store.store([OTHER])
        self.assertEqual(await self.store.get(old), ONE)
        self.assertEqual(await self.store.missing([old, new]), [])
        self.assertEqual(await self.old.missing([new]), [new])
        self.assertEqual(await self.new.missing([old]), [old])

    async def test_all_blocks_are_moved_and_checked(self) -> None:
        """Every block of the old store is whole in the new one, those that were set aside too;
        the old store is as it was, and a second move finds all done."""
        blocks = [hashlib.sha512(bytes([n])).hexdigest().encode() for n in range(100)]
        names = [await self.old.store([data]) for data in blocks]
        for name in names[:5]:
            os.utime(file_of(self.old_root, name), (1_000_000, 1_000_000))
        self.assertEqual(await self.old.set_aside(names[:5], 1_500_000), 5)
        await self.new.store([blocks[50]])
        self.assertEqual(await self.whole(), (99, 1, []))
        self.assertEqual([await self.new.get(name) for name in names], blocks)
        self.assertEqual(await self.old.missing(names), [])
        self.assertEqual(await self.whole(), (0, 100, []))

    async def test_damage_on_either_side_is_never_taken_along(self) -> None:
        """A damaged copy is copied again; a damaged original is told of and not copied."""
        one, other = await self.old.store([ONE]), await self.old.store([OTHER])
        await self.new.store([ONE])
        file_of(self.root, one).write_bytes(b"damaged")
        file_of(self.old_root, other).write_bytes(b"damaged")
        self.assertEqual(await self.whole(), (1, 0, [other]))
        self.assertEqual(await self.new.get(one), ONE)
        self.assertEqual(await self.new.missing([other]), [other])
        self.flushed()

    async def test_a_damaged_copy_is_healed_from_the_old_store_when_it_is_read(self) -> None:
        """The reader gets the good bytes, and the new store has them again."""
        name = await self.old.store([ONE])
        await self.new.store([ONE])
        file_of(self.root, name).write_bytes(b"damaged")
        self.assertEqual(await self.store.get(name), ONE)
        self.assertEqual(await self.new.get(name), ONE)
        file_of(self.root, name).write_bytes(b"damaged")
        file_of(self.old_root, name).write_bytes(b"damaged")
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        self.flushed()

    def test_no_block_is_collected_meanwhile(self) -> None:
        """The two stores as one give up nothing."""
        self.assertFalse(IReclaims.providedBy(self.store))

    async def test_only_the_move_that_the_settings_name_is_made(self) -> None:
        """Other names, or settings without `former`, are refused with what to do (OPS-063)."""
        with self.assertRaises(Conflict) as caught:
            await BlockMove(MemoryBlocks()).move("filesystem", "rados", 0, "")
        self.assertIn("blocks.former = 'filesystem'", str(caught.exception))
        with self.assertRaises(Conflict):
            await BlockMove(self.store).move("new", "old", 0, "")
        done = await BlockMove(self.store).move("old", "new", 255, "")
        self.assertIsNone(done.part)

    def test_settings_that_cannot_work_are_refused(self) -> None:
        """A driver moves not to itself, and not from one whose blocks cannot be listed."""
        for former in ("filesystem", "memory", "tape"):
            settings = BlockSettings("filesystem", Path(self.mktemp()), former=former)
            with self.assertRaises(ValueError):
                open_blocks(settings, InlineThreads(), self.clock)
