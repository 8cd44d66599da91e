"""Versions listed and destroyed one by one, and what the door looks up, on both engines."""

from twisted.trial.unittest import TestCase

from synnefod.objects.interface import (
    AccountChange,
    ContainerChange,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    VersionQuery,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, START, StoreCase, ann, bob


class Suite(StoreCase):
    async def test_versions_come_by_name_and_newest_first(self) -> None:
        """Object-storage.md 5.8, page by page."""
        await self.box(versioning="auto")
        for name in ("b", "a", "a", "é"):
            await self.put(name)
        await self.objects.delete_object(ann, self.at("a"))
        everything = await self.objects.object_versions(ann, ANN, "box", VersionQuery())
        shown = [(v.name, v.latest, v.deleted) for v in everything]
        self.assertEqual(
            shown,
            [
                ("a", True, True),
                ("a", False, False),
                ("a", False, False),
                ("b", True, False),
                ("é", True, False),
            ],
        )
        found = []
        query = VersionQuery(limit=1)
        while page := await self.objects.object_versions(ann, ANN, "box", query):
            found += page
            query = VersionQuery(marker=page[0].name, version_marker=page[0].serial, limit=1)
        self.assertEqual(found, everything)
        listing = self.objects.object_versions(bob, ANN, "box", VersionQuery())
        await self.refused(NotAllowed, listing)

    async def test_a_destroyed_version_leaves_the_rest(self) -> None:
        """Object-storage.md 5.8: totals and charge follow."""
        await self.box(versioning="auto")
        old = await self.put("a", b"1")
        new = await self.put("a", b"22")
        await self.refused(
            NoSuchVersion, self.objects.delete_version(ann, self.at("a"), new.serial + 99)
        )
        other = await self.put("b")
        await self.refused(
            NoSuchVersion, self.objects.delete_version(ann, self.at("a"), other.serial)
        )
        await self.objects.delete_version(ann, self.at("a"), new.serial)
        await self.refused(NoSuchObject, self.get("a"))
        self.assertEqual(await self.get("a", version=old.serial), b"1")
        self.assertEqual(await self.usage(ANN), 4)
        await self.objects.delete_version(ann, self.at("a"), old.serial)
        await self.refused(NoSuchObject, self.objects.delete_version(ann, self.at("a"), old.serial))
        self.assertEqual((await self.objects.container(ann, ANN, "box")).count, 1)

    async def test_the_door_sees_metadata_and_the_time(self) -> None:
        await self.box()
        await self.objects.update_account(ann, ANN, AccountChange({"X-Account-Meta-A": "1"}))
        change = ContainerChange({"X-Container-Meta-B": "2"})
        await self.objects.update_container(ann, ANN, "box", change)
        seen = await self.objects.outward(ANN, "box")
        self.assertEqual(seen.account, {"X-Account-Meta-A": "1"})
        self.assertEqual(seen.container, {"X-Container-Meta-B": "2"})
        self.assertEqual(seen.now, START * 10**6)
        self.assertEqual((await self.objects.outward(ANN, "none")).container, {})
        self.assertEqual((await self.objects.outward("nobody", "box")).account, {})


class PastOnSqlite(OnSqlite, Suite, TestCase):
    pass


class PastOnPostgres(OnPostgres, Suite, TestCase):
    pass
