"""Accounts, containers, listings, sharing, copies and links, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather
from synnefod.common.errors import Malformed, OverQuota
from synnefod.common.text import MICROSECONDS
from synnefod.objects.interface import (
    Access,
    AccountChange,
    ConditionFailed,
    Conditions,
    Container,
    ContainerChange,
    ContainerNotEmpty,
    ContainerQuery,
    Copying,
    MetaFilter,
    NoSuchContainer,
    NoSuchObject,
    NotAllowed,
    ObjectChange,
    ObjectQuery,
    Rolling,
    Sharing,
    Subdir,
    Terms,
)
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import (
    ANN,
    BOB,
    EVE,
    LAB,
    NOBODY,
    START,
    Body,
    StoreCase,
    ann,
    bob,
    eve,
)

NAMES = ["a/", "a/1", "a/2", "a/b/3", "b", "c/1", "d%", "d_", "é", "\U0001f600", "~"]
FOLDER = "application/directory"
META = "X-Container-Meta-A"


class Containers(StoreCase):
    # -- accounts

    async def test_an_account_appears_on_its_owner_s_first_access(self: Any) -> None:
        """The owner finds an empty account, somebody else is refused (PIT-042, PIT-043)."""
        await self.refused(NotAllowed, self.objects.account(bob, ANN))
        account = await self.objects.account(ann, ANN)
        self.assertEqual((account.container_count, account.bytes_used), (0, 0))
        self.assertEqual(account.quota, {ANN: 10**15, LAB: 10**15})
        await self.refused(NotAllowed, self.objects.account(bob, ANN))
        await self.refused(NotAllowed, self.objects.account(NOBODY, ""))

    async def test_account_metadata_and_groups_change_apart(self: Any) -> None:
        """Metadata is replaced or merged; groups only when given (PIT-050, PIT-051)."""
        update = self.objects.update_account
        key = "X-Account-Meta-"
        await update(
            ann, ANN, AccountChange({key + "A": "1", key + "B": "2"}, {"lab": [BOB, " " + BOB]})
        )
        await update(ann, ANN, AccountChange({key + "A": "", key + "C": "3"}, replace=False))
        account = await self.objects.account(ann, ANN)
        self.assertEqual(account.metadata, {key + "B": "2", key + "C": "3"})
        self.assertEqual(account.groups, {"lab": (BOB,)})
        await update(ann, ANN, AccountChange(groups={"x": [BOB, EVE]}, replace=False))
        await update(ann, ANN, AccountChange(groups={"lab": []}, replace=False))
        account = await self.objects.account(ann, ANN)
        self.assertEqual(account.groups, {"x": (BOB, EVE)})
        await update(ann, ANN, AccountChange())
        account = await self.objects.account(ann, ANN)
        self.assertEqual((account.metadata, account.groups), ({}, {"x": (BOB, EVE)}))

    async def test_bad_groups_are_refused(self: Any) -> None:
        """Names with dashes, strangers, too many: Malformed (PIT-052, PIT-053, PIT-054)."""
        for groups in (
            {"a-b": [BOB]},
            {"a_b": [BOB]},
            {"g" * 257: [BOB]},
            {"g": ["nobody"]},
            {f"g{n}": [BOB] for n in range(33)},
            {"g": [f"{n}" for n in range(33)]},
        ):
            work = self.objects.update_account(ann, ANN, AccountChange(groups=groups))
            await self.refused(Malformed, work)
        await self.refused(NotAllowed, self.objects.update_account(bob, ANN, AccountChange()))

    async def test_the_past_of_an_account_is_kept(self: Any) -> None:
        """Counts and metadata as of a time before (PIT-044, PIT-049, PIT-056)."""
        key = "X-Account-Meta-A"
        await self.objects.update_account(ann, ANN, AccountChange({key: "old"}))
        await self.box()
        await self.put("x", b"12345")
        self.clock.advance(10)
        then = (START + 5) * MICROSECONDS
        await self.objects.update_account(ann, ANN, AccountChange({key: "new"}))
        await self.put("x", b"1")
        await self.box("later")
        past = await self.objects.account(ann, ANN, until=then)
        self.assertEqual(
            (past.metadata[key], past.container_count, past.bytes, past.until_timestamp),
            ("old", 1, 5, (START + 1) * MICROSECONDS),
        )
        [only] = await self.objects.containers(ann, ANN, ContainerQuery(until=then))
        self.assertEqual((only.name, only.count, only.bytes), ("box", 1, 5))
        box = await self.objects.container(ann, ANN, "box", until=then)
        self.assertEqual((box.count, box.bytes), (1, 5))
        await self.refused(NoSuchContainer, self.objects.container(ann, ANN, "later", until=then))

    # -- containers

    async def test_a_container_is_made_once(self: Any) -> None:
        """New, then merged; the defaults are reported (PIT-063, PIT-064, PIT-066)."""
        put = self.objects.put_container
        key = "X-Container-Meta-"
        self.assertTrue(await put(ann, ANN, "box", ContainerChange({key + "A": "1"})))
        self.assertFalse(await put(ann, ANN, "box", ContainerChange({key + "B": "2"})))
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual(box.metadata, {key + "A": "1", key + "B": "2"})
        self.assertEqual(
            (box.policy.quota, box.policy.versioning, box.policy.project), (0, "auto", ANN)
        )
        await self.refused(NotAllowed, put(bob, ANN, "new", ContainerChange()))
        account = await self.objects.account(ann, ANN)
        self.assertEqual(account.container_count, 1)

    async def test_of_many_makers_one_makes_it(self: Any) -> None:
        """Containers and accounts made at once are one (6.1 row 76)."""
        made = await gather(
            [self.objects.put_container(ann, ANN, "box", ContainerChange()) for _ in range(5)]
        )
        self.assertEqual(sum(made), 1)
        self.assertEqual((await self.objects.account(ann, ANN)).container_count, 1)

    async def test_bad_names_and_policies_are_refused(self: Any) -> None:
        """Names too long, slashes, NUL, bad directives (PIT-065, 6.1 rows 4, 8, 18)."""
        for name in ("x" * 257, "a/b", "", "a\0b"):
            await self.refused(
                Malformed, self.objects.put_container(ann, ANN, name, ContainerChange())
            )
        for policy in (
            {"quota": "-1"},
            {"quota": "abc"},
            {"versioning": "manual"},
            {"foo": "1"},
            {"project": "none"},
            {"project": EVE},
        ):
            change = ContainerChange(policy=policy)
            await self.refused(Malformed, self.objects.put_container(ann, ANN, "b", change))
        await self.refused(NoSuchContainer, self.objects.container(ann, ANN, "b"))
        for name in ("..", "."):
            self.assertTrue(await self.objects.put_container(ann, ANN, name, ContainerChange()))

    async def test_a_project_without_room_for_the_account_is_refused(self: Any) -> None:
        """(PIT-068) Unknown: Malformed; known, but with less room than the bytes that would
        move, or none for what is written later: OverQuota. Nothing is stored, nothing moves."""
        put, update = self.objects.put_container, self.objects.update_container
        for project in (EVE, "1b000000-0000-4000-8000-0000000000bb"):
            change = ContainerChange(policy={"project": project}, metadata={META: "1"})
            await self.refused(Malformed, put(ann, ANN, "new", change))
        await self.refused(NoSuchContainer, self.objects.container(ann, ANN, "new"))
        await self.box()
        await self.put("x", b"12345")
        await self.limit(ANN, LAB, 4)
        change = ContainerChange(policy={"project": LAB}, metadata={META: "1"})
        await self.refused(OverQuota, update(ann, ANN, "box", change))
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual((box.policy.project, box.metadata), (ANN, {}))
        self.assertEqual((await self.usage(ANN), await self.usage(ANN, LAB)), (5, 0))
        await put(ann, ANN, "other", ContainerChange(policy={"project": LAB}))
        await self.refused(OverQuota, self.put("y", b"12345", container="other"))
        self.assertEqual(await self.usage(ANN, LAB), 0)

    async def test_policies_reset_and_keep_their_project(self: Any) -> None:
        """Replacing resets what is absent but never the project; empty resets one (PIT-069,
        PIT-070, PIT-071)."""
        await self.box(quota="10", versioning="none", project=LAB)
        update = self.objects.update_container
        await update(ann, ANN, "box", ContainerChange(policy={"quota": ""}))
        policy = (await self.objects.container(ann, ANN, "box")).policy
        self.assertEqual((policy.quota, policy.versioning, policy.project), (0, "none", LAB))
        await update(ann, ANN, "box", ContainerChange(policy={"quota": " 5 "}, replace=True))
        policy = (await self.objects.container(ann, ANN, "box")).policy
        self.assertEqual((policy.quota, policy.versioning, policy.project), (5, "auto", LAB))

    async def test_a_new_project_takes_over_the_charge(self: Any) -> None:
        """The bytes move from the old project to the new one at once (PIT-072)."""
        await self.box()
        await self.put("x", b"12345")
        change = ContainerChange(policy={"project": LAB})
        await self.objects.update_container(ann, ANN, "box", change)
        self.assertEqual((await self.usage(ANN), await self.usage(ANN, LAB)), (0, 5))

    async def test_only_empty_containers_are_deleted(self: Any) -> None:
        """Current objects forbid it; history vanishes with the container (PIT-076, 6.1 row 65,
        PIT-081)."""
        await self.box()
        await self.put("x", metadata={"X-Object-Meta-A": "1"})
        await self.refused(ContainerNotEmpty, self.objects.delete_container(ann, ANN, "box"))
        await self.objects.delete_object(ann, self.at("x"))
        await self.refused(NotAllowed, self.objects.delete_container(bob, ANN, "box"))
        await self.objects.delete_container(ann, ANN, "box")
        await self.refused(NoSuchContainer, self.objects.delete_container(ann, ANN, "box"))
        self.assertEqual(await self.sql("select id from storage_maps"), [])
        await self.box()
        self.assertEqual(await self.names(), [])
        account = await self.objects.account(ann, ANN)
        self.assertEqual((account.container_count, account.object_count), (1, 0))

    async def test_a_container_s_time_moves_with_its_objects(self: Any) -> None:
        """Creating and deleting objects counts as a change (PIT-059)."""
        await self.box()
        before = await self.objects.container(ann, ANN, "box")
        await self.put("x")
        after = await self.objects.container(ann, ANN, "box")
        self.assertEqual(after.modified - before.modified, MICROSECONDS)
        self.assertEqual(after.changed, before.changed)

    # -- listings

    async def fill(self: Any) -> None:
        await self.box()
        for name in NAMES:
            await self.put(name, metadata={"X-Object-Meta-Name": name})

    async def test_names_are_listed_in_code_point_order(self: Any) -> None:
        """Sorted by code point on every engine, a page at a time (PIT-082, PIT-083)."""
        await self.fill()
        expected = sorted(NAMES)
        self.assertEqual(await self.names(), expected)
        paged: list[str] = []
        while page := await self.names(limit=3, marker=paged[-1] if paged else ""):
            paged += page
        self.assertEqual(paged, expected)

    async def test_prefixes_are_literal(self: Any) -> None:
        """Percent and underscore mean themselves; leading slashes go (PIT-084, 6.1 row 26)."""
        await self.fill()
        self.assertEqual(await self.names(prefix="d%"), ["d%"])
        self.assertEqual(await self.names(prefix="/d_"), ["d_"])
        self.assertEqual(await self.names(prefix="nothing"), [])

    async def test_a_delimiter_rolls_up(self: Any) -> None:
        """Virtual entries, replaced by an object of their name; markers skip below them
        (PIT-085, PIT-086, PIT-087, PIT-088, PIT-089, PIT-090)."""
        await self.fill()
        listing = await self.objects.objects(ann, ANN, "box", ObjectQuery(delimiter="/"))
        kinds = [(entry.name, isinstance(entry, Subdir)) for entry in listing.entries]
        self.assertEqual(kinds[:3], [("a/", False), ("b", False), ("c/", True)])
        self.assertEqual(await self.names(delimiter="/", marker="a/", limit=2), ["b", "c/"])
        self.assertEqual(await self.names(delimiter="/", marker="c/", limit=1), ["d%"])
        self.assertEqual(await self.names(delimiter="/", prefix="a"), ["a/", "a/1", "a/2", "a/b/"])

    async def test_a_path_lists_direct_children(self: Any) -> None:
        """No virtual entries (PIT-091)."""
        await self.fill()
        self.assertEqual(
            await self.names(path="/"), [n for n in sorted(NAMES) if n == "a/" or "/" not in n]
        )
        self.assertEqual(await self.names(path="a"), ["a/", "a/1", "a/2"])

    async def test_the_other_dialect_rolls_its_own_way(self: Any) -> None:
        """Virtual entries hide objects of their name; reverse and bounds turn (5.4)."""
        await self.fill()

        async def swift(**how: Any) -> list[str]:
            query = ObjectQuery(rolling=Rolling.SWIFT, **how)
            return [e.name for e in (await self.objects.objects(ann, ANN, "box", query)).entries]

        listing = await self.objects.objects(
            ann, ANN, "box", ObjectQuery(delimiter="/", rolling=Rolling.SWIFT, limit=1)
        )
        self.assertEqual(listing.entries, (Subdir("a/"),))
        self.assertTrue(listing.truncated)
        forward = await swift(delimiter="/")
        self.assertEqual(await swift(delimiter="/", reverse=True), forward[::-1])
        self.assertEqual(await swift(reverse=True), sorted(NAMES, reverse=True))
        self.assertEqual(await swift(marker="b", end_marker="d_"), ["c/1", "d%"])
        self.assertEqual(await swift(marker="d_", end_marker="b", reverse=True), ["d%", "c/1"])
        self.assertEqual(
            await swift(prefix="a/", delimiter="/", children_only=True), ["a/1", "a/2"]
        )
        self.assertEqual(await swift(limit=0), [])

    async def test_metadata_filters(self: Any) -> None:
        """Presence, absence and comparisons as strings (PIT-092, PIT-093)."""
        await self.box()
        key = "X-Object-Meta-"
        await self.put("1", metadata={key + "A": "5", key + "B": "x"})
        await self.put("2", metadata={key + "A": "7"})
        await self.put("3", metadata={key + "C": "7"})
        a, b, c = (key + letter for letter in "ABC")
        for meta, expected in (
            (MetaFilter(any_of=(a, c)), ["1", "2", "3"]),
            (MetaFilter(any_of=(b, c)), ["1", "3"]),
            (MetaFilter(none_of=(a, b)), ["3"]),
            (MetaFilter(compare=((a, ">", "5"),)), ["2"]),
            (MetaFilter(compare=((a, "!=", "7"),)), ["1"]),
            (MetaFilter(any_of=(a,), none_of=(b,), compare=((a, "<=", "7"),)), ["2"]),
        ):
            self.assertEqual(await self.names(meta=meta), expected)
        many = MetaFilter(any_of=tuple(str(n) for n in range(101)))
        await self.refused(Malformed, self.names(meta=many))

    async def test_the_past_of_a_container_is_listed(self: Any) -> None:
        """What existed before a time, as it was then (PIT-096)."""
        await self.box()
        await self.put("gone", b"1")
        await self.put("x", b"12")
        then = (START + 3) * MICROSECONDS
        await self.put("x", b"123")
        await self.put("new")
        await self.objects.delete_object(ann, self.at("gone"))
        query = ObjectQuery(until=then)
        page = await self.objects.objects(ann, ANN, "box", query)
        self.assertEqual([(e.name, e.size) for e in page.entries], [("gone", 1), ("x", 2)])

    async def test_containers_are_listed(self: Any) -> None:
        """By name, with totals and policy (PIT-045, PIT-046)."""
        for name in ("c", "a", "b"):
            await self.box(name)
        await self.put("x", b"123", container="b")
        found = await self.objects.containers(ann, ANN, ContainerQuery(marker="a", limit=1))
        self.assertEqual([(c.name, c.count, c.bytes) for c in found], [("b", 1, 3)])
        self.assertEqual(found[0].policy.versioning, "auto")

    # -- sharing

    async def test_a_shared_object_is_readable_and_no_more(self: Any) -> None:
        """Readers read, writers write, strangers neither, whatever exists (PIT-119, PIT-132,
        PIT-197, 6.1 row 2)."""
        await self.box()
        await self.put("x", sharing=Sharing(read=(BOB,), write=(EVE,)))
        self.assertEqual(await self.get("x", who=bob), b"data")
        self.assertEqual((await self.objects.object(bob, self.at("x"))).allowed, Access.READ)
        await self.refused(NotAllowed, self.put("x", who=bob))
        written = await self.put("x", b"from eve", who=eve)
        seen = await self.objects.object(eve, self.at("x"))
        self.assertEqual(
            (seen.allowed, seen.modified_by, seen.serial), (Access.WRITE, EVE, written.serial)
        )
        self.assertEqual((await self.usage(ANN), await self.usage(EVE)), (8, 0))
        await self.refused(NotAllowed, self.objects.delete_object(eve, self.at("x")))
        for place in (self.at("y"), self.at("x", "no"), self.at("x", account=LAB)):
            await self.refused(NotAllowed, self.objects.object(bob, place))
            await self.refused(NotAllowed, self.objects.versions(bob, place))
        await self.refused(NotAllowed, self.get("x", who=NOBODY))

    async def test_only_the_owner_shares_and_publishes(self: Any) -> None:
        """A writer may change metadata, nothing of access (PIT-130, PIT-181, PIT-182, PIT-216)."""
        await self.box()
        await self.put("x", sharing=Sharing(write=(BOB,)))
        update = self.objects.update_object
        await update(bob, self.at("x"), ObjectChange(metadata={"X-Object-Meta-A": "1"}))
        for change in (ObjectChange(sharing=Sharing()), ObjectChange(public=True)):
            await self.refused(NotAllowed, update(bob, self.at("x"), change))
        await self.refused(NotAllowed, self.put("x", who=bob, sharing=Sharing()))

    async def test_sharing_is_cleaned(self: Any) -> None:
        """Lower case, once each, write before read, `*` alone (PIT-208)."""
        await self.box()
        await self.put("x", sharing=Sharing(read=(BOB.upper(), BOB, EVE), write=(EVE, "*")))
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual(seen.sharing, Sharing(tuple(sorted((BOB, EVE))), ("*",)))
        await self.objects.update_object(ann, self.at("x"), ObjectChange(sharing=Sharing()))
        self.assertIsNone((await self.objects.object(ann, self.at("x"))).sharing)
        for bad in (Sharing(read=("",)), Sharing(write=("x" * 257,))):
            change = ObjectChange(sharing=bad)
            await self.refused(Malformed, self.objects.update_object(ann, self.at("x"), change))

    async def test_folders_share_what_is_below(self: Any) -> None:
        """The nearest directory object decides; plain objects never do (PIT-212, PIT-213,
        PIT-215)."""
        await self.box()
        await self.put("d", b"", content_type=FOLDER + "; x=1", sharing=Sharing(write=(BOB,)))
        await self.put("d/sub", b"", content_type=FOLDER, sharing=Sharing(read=(BOB,)))
        await self.put("plain", sharing=Sharing(write=(BOB,)))
        for name in ("d/1", "d/sub/2", "plain/3", "dd"):
            await self.put(name)
        seen = await self.objects.object(bob, self.at("d/1"))
        self.assertEqual((seen.allowed, seen.shared_by), (Access.WRITE, f"{ANN}/box/d"))
        await self.put("d/new", who=bob)
        await self.refused(NotAllowed, self.put("d/sub/2", who=bob))
        self.assertEqual(await self.get("d/sub/2", who=bob), b"data")
        for name in ("plain/3", "dd"):
            await self.refused(NotAllowed, self.get(name, who=bob))
        self.assertEqual(await self.names(bob), ["d", "d/1", "d/new", "d/sub", "d/sub/2", "plain"])
        self.assertEqual(await self.names(shared=True), await self.names(bob))
        await self.refused(NotAllowed, self.names(bob, prefix="q"))
        await self.refused(NotAllowed, self.names(eve))
        await self.objects.delete_object(ann, self.at("d"))
        await self.refused(NotAllowed, self.get("d/1", who=bob))

    async def test_groups_are_asked_at_access(self: Any) -> None:
        """A member reads until he is no member (PIT-210, PIT-214)."""
        await self.box()
        await self.objects.update_account(eve, EVE, AccountChange(groups={"lab": [BOB]}))
        await self.put("x", sharing=Sharing(read=(f"{EVE}:lab",)))
        self.assertEqual(await self.get("x", who=bob), b"data")
        await self.objects.update_account(eve, EVE, AccountChange(groups={"lab": []}))
        await self.refused(NotAllowed, self.get("x", who=bob))

    async def test_others_see_accounts_and_containers_that_share(self: Any) -> None:
        """Listed by name without their numbers; the own account is left out (PIT-034, PIT-036,
        PIT-037, PIT-038, PIT-048, PIT-062)."""
        await self.box()
        await self.box("closed")
        await self.put("x", sharing=Sharing(read=("*",)))
        found = await self.objects.accounts_sharing_with(bob)
        self.assertEqual([account.name for account in found], [ANN])
        self.assertEqual(await self.objects.accounts_sharing_with(ann), [])
        self.assertEqual(await self.objects.accounts_sharing_with(bob, marker=ANN), [])
        self.assertEqual(await self.objects.accounts_sharing_with(NOBODY), [])
        [box] = await self.objects.containers(bob, ANN, ContainerQuery())
        self.assertEqual((box.name, box.full, box.count, box.policy), ("box", False, 0, None))
        self.assertFalse((await self.objects.account(bob, ANN)).full)
        self.assertIsInstance(await self.objects.container(bob, ANN, "box"), Container)
        await self.refused(NotAllowed, self.objects.container(bob, ANN, "closed"))
        await self.refused(NotAllowed, self.objects.container(bob, ANN, "box", until=1))
        await self.refused(
            NotAllowed, self.objects.containers(bob, ANN, ContainerQuery(public=True))
        )

    async def test_blocks_are_uploaded_by_owners_only(self: Any) -> None:
        """Somebody else's container takes no blocks; no bytes give no hashes (PIT-187, PIT-189)."""
        await self.box()
        await self.refused(NotAllowed, self.objects.store_blocks(bob, ANN, "box", Body(b"data")))
        self.assertEqual(await self.objects.store_blocks(ann, ANN, "box", Body(b"")), [])

    # -- public links

    async def test_a_published_object_is_read_by_its_link(self: Any) -> None:
        """The link stays until it is withdrawn, and then is another (PIT-119, PIT-131, PIT-217,
        PIT-219)."""
        await self.box()
        await self.put("x", public=True)
        first = (await self.objects.object(ann, self.at("x"))).public
        await self.put("x", b"new", public=True)
        self.assertEqual((await self.objects.object(ann, self.at("x"))).public, first)
        reading = await self.objects.open_public(first)
        self.assertEqual(b"".join([p async for p in await reading.data()]), b"new")
        await self.refused(NotAllowed, self.get("x", who=bob))
        self.assertEqual(await self.names(public=True), ["x"])
        [entry] = (await self.objects.objects(ann, ANN, "box", ObjectQuery())).entries
        self.assertEqual(entry.public, first)
        await self.objects.update_object(ann, self.at("x"), ObjectChange(public=False))
        await self.refused(NoSuchObject, self.objects.open_public(first))
        await self.objects.update_object(ann, self.at("x"), ObjectChange(public=True))
        second = (await self.objects.object(ann, self.at("x"))).public
        self.assertNotEqual(second, first)
        await self.objects.delete_object(ann, self.at("x"))
        await self.refused(NoSuchObject, self.objects.open_public(second))
        await self.refused(NoSuchObject, self.objects.open_public("../"))

    async def test_of_many_downloads_at_once_as_many_are_counted_as_allowed(self: Any) -> None:
        """No two share the last one, and the count is what was given (PIT-219a)."""
        await self.box()
        await self.put("x", public=Terms(downloads=3))
        token = (await self.objects.object(ann, self.at("x"))).public

        async def try_it() -> bool:
            try:
                await self.objects.take_public(token)
            except NoSuchObject:
                return False
            return True

        self.assertEqual(sum(await gather([try_it() for _ in range(12)])), 3)
        terms = (await self.objects.object(ann, self.at("x"))).link_terms
        self.assertEqual((terms.most, terms.taken), (3, 3))

    # -- copies and moves

    async def test_a_copy_moves_no_data(self: Any) -> None:
        """New UUID and map, all metadata merged, sharing left behind (PIT-147, PIT-153, PIT-156,
        PIT-157, PIT-159)."""
        await self.box()
        key = "X-Object-Meta-"
        source = await self.put(
            "x",
            metadata={key + "A": "1", key + "B": "2"},
            sharing=Sharing(read=(BOB,)),
            public=True,
        )
        await self.objects.update_domain(ann, self.at("x"), "plankton", {"plankton:a": "b"})
        self.blocks.used.clear()
        how = Copying(metadata={key + "A": "", key + "C": "3"})
        made = await self.objects.copy(ann, self.at("x"), self.at("y"), how)
        self.assertEqual(self.blocks.used, [])
        seen = await self.objects.object(ann, self.at("y"))
        self.assertEqual(seen.metadata, {key + "B": "2", key + "C": "3"})
        self.assertEqual((seen.content_type, seen.sharing, seen.public), ("text/plain", None, None))
        self.assertNotEqual(made.uuid, source.uuid)
        self.assertNotEqual(seen.map_name, (await self.objects.object(ann, self.at("x"))).map_name)
        found = await self.objects.object_by_uuid(made.uuid)
        self.assertEqual(found.properties, {"plankton:a": "b"})
        self.assertEqual(await self.get("y"), b"data")
        self.assertEqual(await self.usage(ANN), 8)

    async def test_a_version_is_restored_by_copying(self: Any) -> None:
        """An old version, also of a deleted object, is copied onto its own name (PIT-150,
        PIT-154)."""
        await self.box()
        old = await self.put("x", b"old", content_type="a/old")
        await self.put("x", b"new!", content_type="a/new")
        how = Copying(version=old.serial)
        back = await self.objects.copy(ann, self.at("x"), self.at("x"), how)
        self.assertEqual((await self.get("x"), back.uuid), (b"old", old.uuid))
        self.assertEqual((await self.objects.object(ann, self.at("x"))).content_type, "a/old")
        await self.objects.delete_object(ann, self.at("x"))
        await self.objects.copy(ann, self.at("x"), self.at("x"), how)
        self.assertEqual((await self.get("x"), await self.usage(ANN)), (b"old", 3))

    async def test_a_move_keeps_the_uuid(self: Any) -> None:
        """The source is gone, the destination has its data and UUID; one net charge (PIT-157,
        PIT-159, PIT-226)."""
        await self.box()
        await self.box("other", project=LAB)
        source = await self.put("x", b"12345")
        before = await self.objects.object(ann, self.at("x"))
        made = await self.objects.move(ann, self.at("x"), self.at("y"), Copying())
        self.assertEqual(made.uuid, source.uuid)
        self.assertEqual((await self.objects.object(ann, self.at("y"))).map_name, before.map_name)
        await self.refused(NoSuchObject, self.get("x"))
        self.assertEqual(await self.usage(ANN), 5)
        await self.objects.move(ann, self.at("y"), self.at("z", "other"), Copying())
        self.assertEqual((await self.usage(ANN), await self.usage(ANN, LAB)), (0, 5))
        found = await self.objects.object_by_uuid(source.uuid)
        self.assertEqual(found.object.name, "z")
        total = await self.objects.account(ann, ANN)
        self.assertEqual((total.object_count, total.bytes), (1, 5))

    async def test_moving_is_for_owners_and_copying_for_readers(self: Any) -> None:
        """Also published objects are copied by anybody; a missing destination is not found
        (PIT-152, PIT-163)."""
        await self.box()
        await self.box("mine", bob)
        mine = self.at("copy", "mine", BOB)
        await self.put("x", sharing=Sharing(write=(BOB,)))
        await self.put("hidden")
        await self.put("open", public=True)
        await self.refused(NotAllowed, self.objects.move(bob, self.at("x"), mine, Copying()))
        await self.objects.copy(bob, self.at("x"), mine, Copying())
        await self.objects.copy(bob, self.at("open"), mine, Copying())
        self.assertEqual(await self.usage(BOB), 4)
        for source in (self.at("hidden"), self.at("x", "none"), self.at("x", account=LAB)):
            await self.refused(NotAllowed, self.objects.copy(bob, source, mine, Copying()))
        nowhere = self.at("x", "none", BOB)
        await self.refused(
            NoSuchContainer, self.objects.copy(bob, self.at("x"), nowhere, Copying())
        )
        await self.refused(
            NoSuchObject, self.objects.copy(ann, self.at("none"), self.at("y"), Copying())
        )

    async def test_conditions_of_copies_hold_for_one_side(self: Any) -> None:
        """For the source, or for the destination as the caller says (PIT-158)."""
        await self.box()
        source = await self.put("x")
        only = Conditions(match=(source.hash,))
        await self.objects.copy(ann, self.at("x"), self.at("y"), Copying(conditions=only))
        await self.put("y", b"other")
        how = Copying(conditions=only, conditions_on_destination=True)
        await self.refused(ConditionFailed, self.objects.copy(ann, self.at("x"), self.at("y"), how))
        stale = Copying(conditions=Conditions(match=("stale",)))
        await self.refused(
            ConditionFailed, self.objects.move(ann, self.at("x"), self.at("z"), stale)
        )
        self.assertEqual(await self.get("x"), b"data")

    async def test_crossing_moves_do_not_lock_up(self: Any) -> None:
        """Moves between two containers in both directions at once all succeed (PIT-166)."""
        await self.box("one")
        await self.box("two")
        for n in range(4):
            await self.put(f"a{n}", container="one")
            await self.put(f"b{n}", container="two")
        await gather(
            [
                work
                for n in range(4)
                for work in (
                    self.objects.move(
                        ann, self.at(f"a{n}", "one"), self.at(f"a{n}", "two"), Copying()
                    ),
                    self.objects.move(
                        ann, self.at(f"b{n}", "two"), self.at(f"b{n}", "one"), Copying()
                    ),
                )
            ]
        )
        self.assertEqual(await self.names(container="one"), [f"b{n}" for n in range(4)])
        self.assertEqual(await self.usage(ANN), 32)


class ContainersOnSqlite(OnSqlite, Containers, TestCase):
    pass


class ContainersOnPostgres(OnPostgres, Containers, TestCase):
    pass
