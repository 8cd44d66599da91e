"""Objects that end at a time: hidden at once, removed by a chore, on either engine."""

from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.errors import Malformed
from synnefod.objects import expiry
from synnefod.objects.interface import (
    Conditions,
    Copying,
    NoSuchObject,
    ObjectChange,
    Sharing,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, START, StoreCase, ann

NOW = START * 10**6


class Times(SynchronousTestCase):
    def test_the_end_is_kept_in_ten_digits(self) -> None:
        """Object-storage.md 5.8: After becomes At and wins; capped."""
        for given, end in (
            ({"X-Delete-At": "1700000009"}, "1700000009"),
            ({"X-Delete-At": "99999999999"}, "9999999999"),
            ({"X-Delete-After": "10"}, "1700000010"),
            ({"X-Delete-After": "10", "X-Delete-At": "junk"}, "1700000010"),
            ({"X-Delete-At": ""}, ""),
        ):
            self.assertEqual(expiry.settled(given, NOW), {"X-Delete-At": end})
        self.assertEqual(expiry.settled({"Expires": "x"}, NOW), {"Expires": "x"})

    def test_nonsense_and_the_past_are_refused(self) -> None:
        for name, value in (
            ("X-Delete-At", "tomorrow"),
            ("X-Delete-At", "1.5"),
            ("X-Delete-At", "1700000000"),
            ("X-Delete-At", "9" * 300),
            ("X-Delete-After", "0"),
            ("X-Delete-After", "-5"),
            ("X-Delete-After", "x"),
        ):
            self.assertRaises(Malformed, expiry.settled, {name: value}, NOW)

    def test_a_far_future_is_the_latest_time_that_can_be_told(self) -> None:
        """Object-storage.md 5.8."""
        for name in ("X-Delete-At", "X-Delete-After"):
            settled = expiry.settled({name: "1" * 100}, NOW)
            self.assertEqual(settled, {"X-Delete-At": "9999999999"})


class Suite(StoreCase):
    async def ending(self, name: str = "a", **how: object) -> None:
        await self.put(name, settings={"X-Delete-After": "10"}, **how)

    async def test_an_ended_object_is_gone_for_all(self) -> None:
        """Object-storage.md 5.8: 404 for reads and POST at once; charged until it is removed."""
        await self.box()
        await self.ending()
        self.assertEqual(await self.get("a"), b"data")
        self.clock.advance(20)
        await self.refused(NoSuchObject, self.get("a"))
        change = ObjectChange(metadata={"X-Object-Meta-A": "1"})
        await self.refused(NoSuchObject, self.objects.update_object(ann, self.at("a"), change))
        await self.refused(NoSuchObject, self.objects.delete_object(ann, self.at("a")))
        copy = self.objects.copy(ann, self.at("a"), self.at("b"), Copying())
        await self.refused(NoSuchObject, copy)
        self.assertEqual(await self.usage(ANN), 4)
        self.assertEqual(await self.names(), ["a"])

    async def test_the_sweeper_removes_what_has_ended(self) -> None:
        """Object-storage.md 5.8, in batches; nothing else is touched."""
        await self.box()
        for name in "abc":
            await self.ending(name)
        await self.put("late", settings={"X-Delete-After": "999"})
        await self.put("stays")
        parts = self.objects.parts
        self.assertEqual(await expiry.sweep(parts), 0)
        self.clock.advance(20)
        self.assertEqual(await expiry.sweep(parts, limit=2), 2)
        self.assertEqual(await expiry.sweep(parts, limit=2), 1)
        self.assertEqual(await expiry.sweep(parts), 0)
        self.assertEqual(await self.names(), ["late", "stays"])
        self.assertEqual(await self.usage(ANN), 8)

    async def test_writing_over_it_is_making_it_anew(self) -> None:
        """Object-storage.md 5.8: nothing of the old one is left, not even its sharing."""
        await self.box()
        await self.ending(sharing=Sharing(read=(BOB,)))
        self.clock.advance(20)
        new = Conditions(none_match=("*",))
        written = await self.put("a", b"longer", conditions=new)
        self.assertTrue(written.created)
        self.assertIsNone((await self.objects.object(ann, self.at("a"))).sharing)
        self.assertEqual(await self.usage(ANN), 6)
        self.assertEqual(await expiry.sweep(self.objects.parts), 0)

    async def test_an_end_is_changed_and_cleared(self) -> None:
        await self.box()
        await self.ending()
        await self.objects.update_object(ann, self.at("a"), ObjectChange(settings={}))
        self.clock.advance(20)
        self.assertEqual(await self.get("a"), b"data")
        change = ObjectChange(settings={"X-Delete-After": "5"})
        await self.objects.update_object(ann, self.at("a"), change)
        await self.objects.copy(ann, self.at("a"), self.at("b"), Copying())
        without = Copying(settings={"X-Delete-At": ""})
        await self.objects.copy(ann, self.at("a"), self.at("c"), without)
        self.clock.advance(5)
        self.assertEqual(await expiry.sweep(self.objects.parts), 2)
        self.assertEqual(await self.names(), ["c"])


class ExpiryOnSqlite(OnSqlite, Suite, TestCase):
    pass


class ExpiryOnPostgres(OnPostgres, Suite, TestCase):
    pass
