"""Objects whose data is not there yet, snapshots above all, on both engines (1.13)."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.objects.interface import (
    Available,
    Copying,
    NotAllowed,
    Patch,
    Write,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, Body, StoreCase, ann

SIZE = 1 << 23


class Suite(StoreCase):
    async def snapshot(self: Any, name: str = "s") -> str:
        """Registers a snapshot of Ann's in box; its UUID."""
        uuid: str = await self.objects.register_map(
            ANN,
            self.at(name),
            size=SIZE,
            content_type="application/octet-stream",
            map_name=f"archip:{name}",
            domain="plankton",
            properties={},
        )
        return uuid

    async def test_hashes_are_not_put_over_one(self: Any) -> None:
        """(PIT-144) Neither data nor a hashmap; its UUID and size stay."""
        await self.box()
        uuid = await self.snapshot()
        await self.put("other", b"data")
        hashes = (await self.objects.hashmap(ann, self.at("other"))).hashes
        await self.refused(
            NotAllowed, self.objects.write_hashmap(ann, self.at("s"), Write("a/b"), 4, hashes)
        )
        await self.refused(
            NotAllowed, self.objects.write(ann, self.at("s"), Write("a/b"), Body(b"data"))
        )
        for taking in (self.objects.copy, self.objects.move):
            await self.refused(NotAllowed, taking(ann, self.at("other"), self.at("s"), Copying()))
        found = await self.objects.object(ann, self.at("s"))
        self.assertEqual((found.uuid, found.size), (uuid, SIZE))

    async def test_it_may_be_moved_before_it_may_be_copied(self: Any) -> None:
        """(PIT-164) Copied only once it is available, with its map; moved at any time."""
        await self.box()
        uuid = await self.snapshot()
        await self.refused(
            NotAllowed, self.objects.copy(ann, self.at("s"), self.at("copy"), Copying())
        )
        await self.objects.move(ann, self.at("s"), self.at("moved"), Copying())
        found = await self.objects.object(ann, self.at("moved"))
        self.assertEqual((found.uuid, found.map_name), (uuid, "archip:s"))
        await self.objects.set_available(uuid, Available.YES)
        await self.objects.copy(ann, self.at("moved"), self.at("copy"), Copying())
        self.assertEqual((await self.objects.object(ann, self.at("copy"))).size, SIZE)

    async def test_parts_of_it_are_neither_written_nor_taken(self: Any) -> None:
        """(PIT-179) Whether it is available or not, aligned to blocks or not."""
        await self.box()
        uuid = await self.snapshot()
        await self.put("x", b"data")
        for available in (Available.NO, Available.YES):
            await self.objects.set_available(uuid, available)
            for patch in (Patch(start=0, stop=1, length=1), Patch(start=None)):
                work = self.objects.update_data(ann, self.at("s"), patch, Body(b"x"))
                await self.refused(NotAllowed, work)
            work = self.objects.update_from_object(
                ann, self.at("s"), Patch(start=0, stop=4), self.at("x")
            )
            await self.refused(NotAllowed, work)
            for stop in (3, 1 << 22):
                work = self.objects.update_from_object(
                    ann, self.at("x"), Patch(start=0, stop=stop), self.at("s")
                )
                await self.refused(NotAllowed, work)
        self.assertEqual(await self.get("x"), b"data")

    async def test_a_plain_object_is_looked_at_again(self: Any) -> None:
        """(PIT-204) Every few seconds at most, until its map can be read; a snapshot waits to be
        told."""
        await self.box()
        uuid = await self.snapshot()
        data = b"x" * (5 << 20)
        await self.put("x", data)
        [(map, hashes)] = await self.sql("select id, hashes from storage_maps where name is null")

        async def hide(tx: Any, value: bytes | None) -> None:
            await tx.run("update storage_maps set hashes = :v where id = :m", v=value, m=map)
            await tx.run("update storage_versions set available = 0 where map = :m", m=map)

        await self.store.transact("hide", lambda tx: hide(tx, None))
        self.clock.advance(6)
        await self.refused(NotAllowed, self.get("x"))
        await self.store.transact("bring back", lambda tx: hide(tx, hashes))
        self.clock.advance(4)
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual(seen.available, Available.NO)
        await self.refused(NotAllowed, self.get("x"))
        self.clock.advance(2)
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual(seen.available, Available.YES)
        self.assertEqual(await self.get("x"), data)
        snapshot = await self.objects.object(ann, self.at("s"))
        self.assertEqual((snapshot.uuid, snapshot.available), (uuid, Available.NO))


class SnapshotsOnSqlite(OnSqlite, Suite, TestCase):
    pass


class SnapshotsOnPostgres(OnPostgres, Suite, TestCase):
    pass
