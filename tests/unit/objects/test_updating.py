"""Ranges, appends and truncation, against the same done to bytes in memory."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather
from synnefod.common.errors import Malformed, RangeNotSatisfiable
from synnefod.objects.interface import (
    BLOCK_SIZE,
    NoSuchObject,
    NotAllowed,
    Patch,
    Sharing,
    ShortBody,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import Body, StoreCase, ann, bob
from tests.vectors.blocks import pattern

OLD = pattern(2 * BLOCK_SIZE + 100)


class Updating(StoreCase):
    async def patch_x(self: Any, data: bytes, who: Any = ann, **how: Any) -> Any:
        self.clock.advance(1)
        return await self.objects.update_data(who, self.at("x"), Patch(**how), Body(data))

    async def test_a_range_is_laid_over(self: Any) -> None:
        """Any range within or from the end of the object, whatever the borders (PIT-170,
        PIT-178); the hash stays that of the content."""
        await self.box()
        for start, length in (
            (0, 1),
            (BLOCK_SIZE - 5, 10),
            (BLOCK_SIZE, BLOCK_SIZE),
            (BLOCK_SIZE + 1, BLOCK_SIZE),
            (len(OLD) - 1, 50),
            (len(OLD), BLOCK_SIZE),
            (0, 3 * BLOCK_SIZE + 7),
        ):
            await self.put("x", OLD)
            data = bytes([255]) * length
            written = await self.patch_x(data, start=start, stop=start + length)
            expected = OLD[:start] + data + OLD[start + length :]
            self.assertEqual(await self.get("x"), expected)
            self.assertEqual(written.hash, (await self.put("y", expected)).hash)
            self.assertEqual(written.size, len(expected))

    async def test_an_append_begins_at_the_end(self: Any) -> None:
        """Type and UUID stay, the charge grows by what was added (PIT-170, PIT-173)."""
        await self.box()
        first = await self.put("x", b"12", content_type="a/b")
        await self.patch_x(b"345")
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual((seen.uuid, seen.content_type, seen.size), (first.uuid, "a/b", 5))
        self.assertEqual((await self.get("x"), await self.usage(ANN_)), (b"12345", 5))

    async def test_appends_at_once_all_survive(self: Any) -> None:
        """Each is whole and in some order; none is lost (6.3)."""
        await self.box()
        await self.put("x", b"")
        await gather([self.patch_x(bytes([65 + n]) * 3) for n in range(5)])
        content = await self.get("x")
        self.assertEqual(
            sorted(content[at : at + 3] for at in range(0, 15, 3)),
            [bytes([65 + n]) * 3 for n in range(5)],
        )

    async def test_truncation_leaves_nothing_hidden(self: Any) -> None:
        """The last block is made anew, so its hash is that of what is left (PIT-175, PIT-176)."""
        await self.box()
        await self.put("x", OLD)
        size = BLOCK_SIZE + 10
        written = await self.objects.update_from_object(
            ann, self.at("x"), Patch(start=0, truncate=size), self.at("x")
        )
        self.assertEqual(await self.get("x"), OLD[:size])
        self.assertEqual(written.hash, (await self.put("y", OLD[:size])).hash)
        await self.patch_x(b"", start=0, stop=0, truncate=10**9)
        self.assertEqual((await self.objects.object(ann, self.at("x"))).size, size)
        await self.patch_x(b"", start=0, stop=0, truncate=0)
        self.assertEqual(await self.get("x"), b"")

    async def test_another_object_gives_its_blocks(self: Any) -> None:
        """Aligned blocks are taken over unread; the range cuts the source (PIT-174, PIT-178)."""
        await self.box()
        await self.put("x", b"1" * BLOCK_SIZE)
        await self.put("s", OLD)
        self.blocks.used.clear()
        patch = Patch(start=BLOCK_SIZE)
        await self.objects.update_from_object(ann, self.at("x"), patch, self.at("s"))
        self.assertEqual(self.blocks.used, [])
        self.assertEqual(await self.get("x"), b"1" * BLOCK_SIZE + OLD)
        patch = Patch(start=0, stop=3)
        await self.objects.update_from_object(ann, self.at("x"), patch, self.at("s"))
        self.assertEqual((await self.get("x"))[:5], OLD[:3] + b"11")
        patch = Patch(start=0, stop=len(OLD) + 1)
        await self.refused(
            Malformed,
            self.objects.update_from_object(ann, self.at("x"), patch, self.at("s")),
        )

    async def test_an_old_version_is_laid_over_the_new(self: Any) -> None:
        """The tail of a longer object survives, as the web application expects (PIT-177)."""
        await self.box()
        old = await self.put("x", b"abc")
        await self.put("x", b"12345")
        patch = Patch(start=0, metadata={"X-Object-Meta-A": "1"}, replace=False)
        await self.objects.update_from_object(
            ann, self.at("x"), patch, self.at("x"), version=old.serial
        )
        self.assertEqual(await self.get("x"), b"abc45")

    async def test_bad_ranges_change_nothing(self: Any) -> None:
        """Holes, wrong totals, wrong lengths (PIT-171, PIT-172, 6.1 rows 49, 50)."""
        await self.box()
        await self.refused(NoSuchObject, self.patch_x(b"1"))
        await self.put("x", b"12345", sharing=Sharing(read=(bob.user,)))
        for kind, how in (
            (RangeNotSatisfiable, {"start": 6, "stop": 7}),
            (RangeNotSatisfiable, {"start": 0, "stop": 1, "total": 6}),
            (RangeNotSatisfiable, {"start": 5, "stop": 6, "total": 5}),
            (Malformed, {"start": 0, "stop": 2, "length": 1}),
            (ShortBody, {"start": 0, "stop": 2, "length": 2}),
        ):
            await self.refused(kind, self.patch_x(b"x", **how))
        await self.refused(NotAllowed, self.patch_x(b"x", who=bob, start=0, stop=1))
        self.assertEqual(await self.get("x"), b"12345")
        self.assertEqual(len(await self.objects.versions(ann, self.at("x"))), 1)


ANN_ = ann.user


class UpdatingOnSqlite(OnSqlite, Updating, TestCase):
    pass


class UpdatingOnPostgres(OnPostgres, Updating, TestCase):
    pass
