"""Folders copied, moved and deleted whole; containers emptied; history purged."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.text import MICROSECONDS
from synnefod.objects.interface import (
    ConditionFailed,
    Conditions,
    ContainerQuotaExceeded,
    Copying,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    Sharing,
)
from synnefod.objects.parts import ObjectSettings
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, LAB, START, StoreCase, ann, bob

TREE = {"d": b"0", "d/1": b"1", "d/s/2": b"2", "d2": b"x", "d-": b"y"}


class Trees(StoreCase):
    async def grow(self: Any, **policy: str) -> None:
        await self.box(**policy)
        for name, data in TREE.items():
            await self.put(name, data, metadata={"X-Object-Meta-Name": name})

    async def contents(self: Any, container: str = "box") -> dict[str, bytes]:
        found = {}
        for name in await self.names(container=container):
            reading = await self.objects.open(ann, self.at(name, container))
            found[name] = b"".join([piece async for piece in await reading.data()])
        return found

    async def test_a_folder_is_copied_whole(self: Any) -> None:
        """Everything below goes along, names rewritten once; request metadata only for the first
        (PIT-160, PIT-162)."""
        await self.grow()
        how = Copying(delimiter="/", metadata={"X-Object-Meta-New": "1"})
        made = await self.objects.copy(ann, self.at("d"), self.at("e"), how)
        expected = {**TREE, "e": b"0", "e/1": b"1", "e/s/2": b"2"}
        self.assertEqual(await self.contents(), expected)
        first = await self.objects.object(ann, self.at("e"))
        self.assertEqual((first.serial, len(first.metadata)), (made.serial, 2))
        child = await self.objects.object(ann, self.at("e/1"))
        self.assertEqual(child.metadata, {"X-Object-Meta-Name": "d/1"})
        self.assertEqual(await self.usage(ANN), 8)

    async def test_a_folder_is_moved_whole(self: Any) -> None:
        """To another container and project; UUIDs stay, the charge moves (PIT-157, PIT-226)."""
        await self.grow()
        await self.box("other", project=LAB)
        child = await self.objects.object(ann, self.at("d/s/2"))
        how = Copying(delimiter="/")
        await self.objects.move(ann, self.at("d"), self.at("q/r", "other"), how)
        self.assertEqual(
            await self.contents("other"), {"q/r": b"0", "q/r/1": b"1", "q/r/s/2": b"2"}
        )
        self.assertEqual(await self.contents(), {"d2": b"x", "d-": b"y"})
        moved = await self.objects.object(ann, self.at("q/r/s/2", "other"))
        self.assertEqual(moved.uuid, child.uuid)
        self.assertEqual((await self.usage(ANN), await self.usage(ANN, LAB)), (2, 3))

    async def test_a_folder_moves_into_itself_and_out(self: Any) -> None:
        """No object is taken twice or lost, with versioning or without (PIT-165, 6.1 row 60)."""
        for versioning in ("auto", "none"):
            box = f"box-{versioning}"
            await self.box(box, versioning=versioning)
            for name, data in (("a", b"0"), ("a/b", b"1"), ("a/b/b", b"2"), ("a/c", b"3")):
                await self.put(name, data, container=box)
            how = Copying(delimiter="/")
            await self.objects.move(ann, self.at("a", box), self.at("a/b", box), how)
            self.assertEqual(
                await self.contents(box),
                {"a/b": b"0", "a/b/b": b"1", "a/b/b/b": b"2", "a/b/c": b"3"},
            )
            await self.objects.move(ann, self.at("a/b", box), self.at("a", box), how)
            self.assertEqual(
                await self.contents(box), {"a": b"0", "a/b": b"1", "a/b/b": b"2", "a/c": b"3"}
            )
            await self.objects.copy(ann, self.at("a", box), self.at("a", box), how)
            self.assertEqual(len(await self.names(container=box)), 4)
        self.assertEqual(await self.usage(ANN), 8)

    async def test_a_tree_is_taken_whole_or_not(self: Any) -> None:
        """A quota that the last object exceeds leaves none of them (PIT-161)."""
        await self.grow()
        await self.box("small", quota="2")
        how = Copying(delimiter="/")
        await self.refused(
            ContainerQuotaExceeded,
            self.objects.copy(ann, self.at("d"), self.at("d", "small"), how),
        )
        self.assertEqual(await self.names(container="small"), [])
        self.assertEqual(await self.usage(ANN), 5)

    async def test_an_unreadable_child_stops_a_stranger_s_copy(self: Any) -> None:
        """A nearer entry without me forbids the whole copy (PIT-212)."""
        await self.box("mine", bob)
        await self.grow()
        await self.put("d", b"", content_type="application/directory", sharing=Sharing(read=(BOB,)))
        how, mine = Copying(delimiter="/"), self.at("d", "mine", BOB)
        await self.objects.copy(bob, self.at("d"), mine, how)
        await self.put("d/1", b"!", sharing=Sharing(read=(LAB,)))
        await self.refused(NotAllowed, self.objects.copy(bob, self.at("d"), mine, how))

    async def test_a_folder_is_deleted_whole(self: Any) -> None:
        """The object must exist; siblings stay (PIT-196)."""
        await self.grow()
        delete = self.objects.delete_object
        await self.refused(NoSuchObject, delete(ann, self.at("no"), delimiter="/"))
        stale = Conditions(match=("stale",))
        await self.refused(
            ConditionFailed, delete(ann, self.at("d"), delimiter="/", conditions=stale)
        )
        await delete(ann, self.at("d"), delimiter="/")
        self.assertEqual(await self.contents(), {"d2": b"x", "d-": b"y"})
        self.assertEqual(await self.usage(ANN), 2)

    async def test_a_container_is_emptied(self: Any) -> None:
        """All current objects go to history, the container stays (PIT-078, PIT-081)."""
        await self.grow()
        await self.put("p", public=True, sharing=Sharing(read=(BOB,)))
        await self.refused(NotAllowed, self.objects.empty_container(bob, ANN, "box"))
        await self.objects.empty_container(ann, ANN, "box")
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual((box.count, box.bytes, box.object_meta), (0, 0, ()))
        self.assertEqual(await self.usage(ANN), 0)
        self.assertEqual(len(await self.objects.versions(ann, self.at("d"))), 1)
        self.assertEqual(await self.sql("select node from storage_public"), [])
        self.assertEqual(await self.sql("select node from storage_permissions"), [])

    async def test_an_object_is_purged(self: Any) -> None:
        """Every version until the time is destroyed, at the time included; then the path is
        unknown (PIT-195, PIT-198)."""
        await self.box()
        old = await self.put("x", b"1")
        new = await self.put("x", b"12", metadata={"X-Object-Meta-A": "1"}, public=True)
        purge = self.objects.purge_object
        await purge(ann, self.at("x"), old.modified - 1)
        await purge(ann, self.at("x"), old.modified)
        await self.refused(NoSuchVersion, self.get("x", version=old.serial))
        self.assertEqual(await self.get("x"), b"12")
        await self.refused(NotAllowed, purge(bob, self.at("x"), new.modified))
        await purge(ann, self.at("x"), 10**30)
        await self.refused(NoSuchObject, self.objects.versions(ann, self.at("x")))
        await self.refused(NoSuchObject, purge(ann, self.at("x"), new.modified))
        self.assertEqual(await self.usage(ANN), 0)
        self.assertEqual(await self.sql("select id from storage_maps"), [])
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual((box.count, box.bytes, box.object_meta), (0, 0, ()))
        again = await self.put("x", b"1")
        self.assertGreater(again.serial, new.serial)

    async def test_a_container_s_history_is_purged(self: Any) -> None:
        """Current versions stay, whatever their age; deleted objects are forgotten (PIT-077)."""
        await self.box()
        old = await self.put("x", b"1")
        await self.put("x", b"12")
        await self.put("gone")
        await self.objects.delete_object(ann, self.at("gone"))
        await self.objects.purge_container(ann, ANN, "box", (START + 100) * MICROSECONDS)
        self.assertEqual(await self.contents(), {"x": b"12"})
        await self.refused(NoSuchVersion, self.get("x", version=old.serial))
        await self.refused(NoSuchObject, self.objects.versions(ann, self.at("gone")))
        self.assertEqual(len(await self.sql("select id from storage_maps")), 1)
        totals = await self.sql(
            "select distinct cluster, population, size from storage_statistics order by cluster"
        )
        self.assertEqual([tuple(map(int, r)) for r in totals], [(0, 1, 2), (1, 0, 0), (2, 0, 0)])


class ChargedTrees(StoreCase):
    settings = ObjectSettings(free_versioning=False)

    async def test_purging_frees_what_history_cost(self: Any) -> None:
        """Charged versions are given back when they are destroyed, maps of two only once
        (PIT-224, 3.6)."""
        await self.box()
        await self.put("x", b"1" * 10)
        await self.put("x", b"1" * 4)
        await self.objects.move(ann, self.at("x"), self.at("y"), Copying())
        self.assertEqual(await self.usage(ANN), 14)
        await self.objects.purge_container(ann, ANN, "box", (START + 100) * MICROSECONDS)
        self.assertEqual(await self.usage(ANN), 4)
        await self.objects.purge_object(ann, self.at("y"), (START + 100) * MICROSECONDS)
        self.assertEqual(await self.usage(ANN), 0)


class TreesOnSqlite(OnSqlite, Trees, TestCase):
    pass


class TreesOnPostgres(OnPostgres, Trees, TestCase):
    pass


class ChargedTreesOnSqlite(OnSqlite, ChargedTrees, TestCase):
    pass
