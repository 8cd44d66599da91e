"""Access lists of containers: their grammar, and what they give on either engine."""

from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.errors import Malformed
from synnefod.objects import acls
from synnefod.objects.interface import ContainerChange, NotAllowed, asker
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, LAB, NOBODY, StoreCase, ann, bob, eve


class Grammar(SynchronousTestCase):
    def test_a_list_is_trimmed_and_shortened(self) -> None:
        """Object-storage.md 5.7, the cleaning."""
        for given, clean in (
            (" a , ,b:c ", "a,b:c"),
            (".referrer: *", ".r:*"),
            (".ref:*.example.org,.REFERER:-bad.example.org", ".r:.example.org,.r:-bad.example.org"),
            (".rlistings,.r: - .x", ".rlistings,.r:-.x"),
            ("", ""),
        ):
            self.assertEqual(acls.cleaned(given, "read"), clean)

    def test_nonsense_is_refused(self) -> None:
        """Object-storage.md 5.7: no host, an unknown word, a referrer who would write."""
        for given, side in (
            (".r:", "read"),
            (".r:-", "read"),
            (".r:*.", "read"),
            (".unknown:x", "read"),
            (".r", "read"),
            (".r:*", "write"),
            ("x" * 9000, "read"),
        ):
            self.assertRaises(Malformed, acls.cleaned, given, side)

    def test_names_become_ids(self) -> None:
        bare = ANN.replace("-", "")
        self.assertEqual(acls.names(f"{bare}:Bob@x,*:*,.r:*,{ANN}"), {"bob@x"})
        self.assertEqual(
            acls.settled(f"{bare}:Bob@x,*:*,.r:*,who", {"bob@x": BOB}), f"{ANN}:{BOB},*:*,.r:*,who"
        )

    def test_people_are_named_in_every_form(self) -> None:
        for text, admitted in (
            (BOB, True),
            (f"{BOB}:*", True),
            (f"{BOB}:{BOB}", True),
            (f"*:{BOB}", True),
            ("*:*", True),
            (f"{ANN}:{BOB}", False),
            (f"{BOB}:{ANN}", False),
            (ANN, False),
            ("*", False),
            ("", False),
        ):
            self.assertEqual(acls.admits(text, bob), admitted, text)
            self.assertFalse(acls.admits(text, NOBODY), text)

    def test_the_last_referrer_rule_that_fits_decides(self) -> None:
        """Object-storage.md 5.7."""
        text = ".r:*,.r:-.example.org,.r:good.example.org"
        for host, admitted in (
            ("elsewhere.net", True),
            ("www.example.org", False),
            ("good.example.org", True),
            ("unknown", True),
        ):
            here = asker(NOBODY, referrer=host)
            self.assertEqual(acls.admits_referrer(text, here), admitted, host)
        self.assertFalse(acls.admits_referrer(".r:.example.org", NOBODY))


class Suite(StoreCase):
    async def lists(self, **lists: str) -> None:
        await self.objects.update_container(ann, ANN, "box", ContainerChange(lists=lists))

    async def test_a_read_list_opens_a_container_to_those_it_names(self) -> None:
        """Object-storage.md 5.7: objects and the listing, nothing to write, the lists unseen."""
        await self.box()
        await self.put("a")
        await self.refused(NotAllowed, self.get("a", bob))
        await self.lists(read=f"*:{BOB}@example.org")
        self.assertEqual(await self.get("a", bob), b"data")
        self.assertEqual(await self.names(bob), ["a"])
        shown = await self.objects.container(bob, ANN, "box")
        self.assertEqual((shown.full, shown.listed, shown.count, shown.lists), (False, True, 1, {}))
        mine = await self.objects.container(ann, ANN, "box")
        self.assertEqual(mine.lists, {"read": f"*:{BOB}"})
        await self.refused(NotAllowed, self.get("a", eve))
        await self.refused(NotAllowed, self.put("a", who=bob))
        await self.refused(NotAllowed, self.objects.delete_object(bob, self.at("a")))
        await self.lists(read="")
        await self.refused(NotAllowed, self.get("a", bob))

    async def test_a_write_list_lets_write_and_delete_but_not_read(self) -> None:
        """Object-storage.md 5.7: charged to the owner."""
        await self.box()
        await self.lists(write=f"{BOB}:*")
        await self.put("a", b"12345", who=bob)
        self.assertEqual(await self.usage(ANN), 5)
        self.assertEqual(await self.usage(BOB), 0)
        await self.refused(NotAllowed, self.get("a", bob))
        await self.refused(NotAllowed, self.names(bob))
        await self.refused(
            NotAllowed, self.objects.update_container(bob, ANN, "box", ContainerChange())
        )
        await self.refused(NotAllowed, self.objects.delete_container(bob, ANN, "box"))
        await self.objects.delete_object(bob, self.at("a"))
        self.assertEqual(await self.names(), [])

    async def test_a_project_may_be_named(self) -> None:
        await self.box()
        await self.put("a")
        await self.lists(read=f"{LAB}:*")
        member = asker(bob)
        await self.refused(NotAllowed, self.get("a", member))
        from attrs import evolve

        member = evolve(member, projects=frozenset([LAB]))
        self.assertEqual(await self.get("a", member), b"data")

    async def test_anybody_reads_but_lists_only_where_it_says_so(self) -> None:
        """Object-storage.md 5.7: `.r:*`, `.rlistings`."""
        await self.box()
        await self.put("a")
        await self.lists(read=".r:*")
        self.assertEqual(await self.get("a", NOBODY), b"data")
        await self.refused(NotAllowed, self.names(NOBODY))
        await self.lists(read=".r:*,.rlistings")
        self.assertEqual(await self.names(NOBODY), ["a"])
        await self.refused(NotAllowed, self.put("a", who=NOBODY))

    async def test_lists_and_sharing_add_up(self) -> None:
        """Object-storage.md 0.2: the union of both."""
        from synnefod.objects.interface import ObjectChange, Sharing

        await self.box()
        await self.put("a")
        share = ObjectChange(sharing=Sharing(write=(BOB,)))
        await self.objects.update_object(ann, self.at("a"), share)
        await self.lists(read=f"*:{BOB}")
        found = await self.objects.object(bob, self.at("a"))
        self.assertEqual(found.allowed.value, "write")
        await self.put("a", b"new", who=bob)
        await self.refused(NotAllowed, self.put("b", who=bob))
        # Sharing alone never lets anybody delete (PIT-197).
        await self.refused(NotAllowed, self.objects.delete_object(bob, self.at("a")))

    async def test_an_asker_bound_to_a_container_stays_there(self) -> None:
        await self.box()
        await self.box("other")
        await self.put("a")
        bound = asker(ann, within="other")
        await self.refused(NotAllowed, self.get("a", bound))
        self.assertEqual(await self.get("a", asker(ann, within="box")), b"data")


class ListsOnSqlite(OnSqlite, Suite, TestCase):
    pass


class ListsOnPostgres(OnPostgres, Suite, TestCase):
    pass
