"""Chores: unnamed blocks given up, damaged ones found, on both engines and a real folder."""

import hashlib
import os
import time
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.trial.unittest import TestCase

from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.errors import Unsupported
from synnefod.common.ids import BlockHash
from synnefod.common.threads import InlineThreads
from synnefod.objects.chores import DAY, GRACE, Chores
from synnefod.objects.interface import DataLost
from synnefod.objects.service import ObjectStore
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, StoreCase, ann


def name_of(data: bytes) -> BlockHash:
    return BlockHash(hashlib.sha256(data).digest())


class Suite(StoreCase):
    async def setUp(self: Any) -> None:
        await super().setUp()
        # Files carry the time of the kernel, so the clock begins there.
        self.clock.advance(time.time() - self.clock.seconds())
        self.root = Path(self.mktemp())
        self.files = FilesystemBlocks(self.root, InlineThreads(), self.clock)
        parts = evolve(self.objects.parts, blocks=self.files)
        self.objects = ObjectStore(parts)
        self.chores = Chores(parts, "here")
        await self.box(versioning="none")

    def stored(self: Any) -> set[bytes]:
        """The contents of the blocks in their places."""
        return {p.read_bytes() for p in (self.root / "blocks").rglob("*") if p.is_file()}

    def trash(self: Any) -> set[bytes]:
        return {p.read_bytes() for p in (self.root / "trash").iterdir()}

    async def test_blocks_go_only_after_two_graces(self: Any) -> None:
        """Object-storage.md 6.4: unnamed and unused, set aside, given up; the named one stays."""
        await self.put("a", b"old")
        await self.put("a", b"new")
        self.assertEqual((await self.chores.collect()).aside, 0)
        self.clock.advance(GRACE + 60)
        dry = await self.chores.collect(dry_run=True)
        self.assertEqual((dry.aside, dry.aside_bytes, self.trash()), (1, 3, set()))
        done = await self.chores.collect()
        self.assertEqual((done.aside, done.aside_bytes, done.gone), (1, 3, 0))
        self.assertEqual((self.stored(), self.trash()), ({b"new"}, {b"old"}))
        self.assertEqual((await self.chores.collect()).gone, 0)
        self.clock.advance(DAY + 60)
        done = await self.chores.collect()
        self.assertEqual((done.gone, done.gone_bytes), (1, 3))
        self.assertEqual((self.stored(), self.trash()), ({b"new"}, set()))
        self.assertEqual(await self.get("a"), b"new")

    async def test_graces_are_a_day_at_least(self: Any) -> None:
        await self.put("a", b"old")
        await self.put("a", b"new")
        self.clock.advance(DAY - 60)
        self.assertEqual((await self.chores.collect(grace=0)).aside, 0)
        self.clock.advance(120)
        self.assertEqual((await self.chores.collect(grace=0, aside_grace=0)).aside, 1)
        self.assertEqual((await self.chores.collect(grace=0, aside_grace=0)).gone, 0)

    async def test_an_upload_in_flight_keeps_its_blocks(self: Any) -> None:
        """Object-storage.md 6.4: what is affirmed or stored again is in use."""
        await self.files.put(name_of(b"known"), b"known")
        await self.files.put(name_of(b"again"), b"again")
        self.clock.advance(GRACE + 60)
        self.assertEqual(await self.files.missing([name_of(b"known")]), [])
        await self.files.put(name_of(b"again"), b"again")
        self.assertEqual((await self.chores.collect()).aside, 0)

    async def test_what_is_set_aside_comes_back_when_it_is_needed(self: Any) -> None:
        """Object-storage.md 6.4: by asking, by storing, by reading."""
        for text in (b"asked", b"stored", b"read"):
            await self.files.put(name_of(text), text)
        self.clock.advance(GRACE + 60)
        self.assertEqual((await self.chores.collect()).aside, 3)
        self.assertEqual(self.stored(), set())
        self.assertEqual(await self.files.missing([name_of(b"asked")]), [])
        self.assertFalse(await self.files.put(name_of(b"stored"), b"stored"))
        self.assertEqual(await self.files.get(name_of(b"read")), b"read")
        self.assertEqual(self.stored(), {b"asked", b"stored", b"read"})
        self.assertEqual(self.trash(), set())

    async def test_a_block_named_meanwhile_is_taken_back(self: Any) -> None:
        """A map that was committed beside the collection saves its blocks."""
        await self.put("a", b"data")
        self.clock.advance(GRACE + 60)
        moved = await self.files.set_aside([name_of(b"data")], self.clock.seconds())
        self.assertEqual((moved, self.stored()), (1, set()))
        self.clock.advance(DAY + 60)
        done = await self.chores.collect()
        self.assertEqual((done.gone, done.back), (0, 1))
        self.assertEqual(self.stored(), {b"data"})

    async def test_every_version_and_copy_keeps_its_blocks(self: Any) -> None:
        """Object-storage.md 6.4: history counts; batches of any size find the same."""
        from synnefod.objects.interface import Copying

        await self.box("kept")
        await self.put("a", b"first", container="kept")
        await self.put("a", b"second", container="kept")
        await self.put("b", b"source")
        await self.objects.copy(ann, self.at("b"), self.at("c", "kept"), Copying())
        await self.objects.delete_object(ann, self.at("b"))
        for number in range(20):
            await self.put("x", b"waste %d" % number)
        self.clock.advance(GRACE + 60)
        self.assertEqual((await self.chores.collect(batch=3)).aside, 19)
        self.assertEqual(self.stored(), {b"first", b"second", b"source", b"waste 19"})

    async def test_one_daemon_collects_at_a_time(self: Any) -> None:
        """Object-storage.md 6.4: the turn of a dead one ends by itself."""
        other = Chores(self.objects.parts, "there")
        self.assertTrue(await other._take())
        self.assertIsNone(await self.chores.collect())
        self.clock.advance(3601)
        self.assertIsNotNone(await self.chores.collect())
        self.assertIsNotNone(await other.collect())

    async def test_a_store_that_cannot_give_up_says_so(self: Any) -> None:
        parts = evolve(self.objects.parts, blocks=MemoryBlocks())
        chores = Chores(parts, "here")
        await self.refused(Unsupported, chores.collect())
        self.assertEqual(len(chores.timers()), 1)
        self.assertEqual(len(self.chores.timers()), 2)

    async def test_leftovers_are_removed(self: Any) -> None:
        (self.root / "tmp" / "half").write_bytes(b"x")
        self.assertEqual(await self.chores.clean(), 0)
        self.clock.advance(DAY + 60)
        self.assertEqual(await self.chores.clean(), 1)

    async def scrubbed(self: Any, limit: int) -> list[Any]:
        damages, cursor = [], (0, 0)
        while cursor is not None:
            checked = await self.chores.verify(cursor, limit=limit)
            self.assertLessEqual(checked.blocks, limit)
            damages += checked.damages
            cursor = checked.cursor
        return [(d.block, d.problem, [path for path, _ in d.hits]) for d in damages]

    async def test_a_scrub_names_what_is_wrong_and_whom_it_hits(self: Any) -> None:
        """PIT-237 (blocks against names, maps against hashes): in portions, each object told."""
        big = bytes([1]) * (4 << 20) + b"tail"
        await self.put("big", big)
        await self.put("twin", b"tail")
        await self.put("fine", b"fine")
        await self.put("lost", b"lost")
        self.assertEqual(await self.scrubbed(limit=1), [])
        for path in (self.root / "blocks").rglob("*"):
            if path.is_file() and path.read_bytes() == b"tail":
                path.write_bytes(b"tell")
            elif path.is_file() and path.read_bytes() == b"lost":
                path.unlink()
        found = await self.scrubbed(limit=2)
        tail, lost = name_of(b"tail").hex(), name_of(b"lost").hex()
        self.assertEqual(
            found,
            [
                (tail, "damaged", [f"{ANN}/box/big"]),
                (tail, "missing", [f"{ANN}/box/twin"]),
                (lost, "missing", [f"{ANN}/box/lost"]),
            ],
        )
        await self.refused(DataLost, self.get("twin"))
        self.assertEqual(len(os.listdir(self.root / "quarantine")), 1)
        await self.put("again", b"tail")
        self.assertEqual(await self.get("twin"), b"tail")

    async def test_a_damaged_map_is_told(self: Any) -> None:
        await self.put("a")
        await self.store.transact(
            "damage", lambda tx: tx.run("update storage_maps set hashes = :h", h=bytes(32))
        )
        found = await self.scrubbed(limit=9)
        self.assertEqual(found[0], ("", "map", [f"{ANN}/box/a"]))


class ChoresOnSqlite(OnSqlite, Suite, TestCase):
    pass


class ChoresOnPostgres(OnPostgres, Suite, TestCase):
    pass
