"""Objects written, read, overwritten and deleted, on both engines."""

from __future__ import annotations

import hashlib
from typing import Any

from attrs import evolve
from twisted.trial.unittest import TestCase

from synnefod.blocks import hashing
from synnefod.blocks.interface import BlocksUnavailable
from synnefod.common.clockwork import gather
from synnefod.common.errors import Malformed, OverQuota, TooLarge
from synnefod.objects.interface import (
    BLOCK_SIZE,
    BadDigest,
    ConditionFailed,
    Conditions,
    ContainerQuotaExceeded,
    DataLost,
    HashesMissing,
    NoSuchContainer,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    ObjectChange,
    Sharing,
    ShortBody,
    Unchanged,
    Write,
)
from synnefod.objects.parts import ObjectSettings
from synnefod.objects.service import ObjectStore
from tests.harness.database import OnPostgres, OnSqlite
from tests.unit.objects.cloud import ANN, BOB, LAB, Body, StoreCase, ann, bob, eve
from tests.vectors.blocks import VECTORS, pattern

BIG = pattern(2 * BLOCK_SIZE + 1000)


class Writing(StoreCase):
    async def test_what_is_written_is_read(self: Any) -> None:
        """A body of several blocks comes back byte for byte (PIT-123, PIT-106)."""
        await self.box()
        written = await self.put("big", BIG, metadata={"X-Object-Meta-A": "1"})
        self.assertEqual(await self.get("big"), BIG)
        seen = await self.objects.object(ann, self.at("big"))
        self.assertEqual(seen.size, len(BIG))
        self.assertEqual(seen.serial, written.serial)
        self.assertEqual(seen.hash, written.hash)
        self.assertEqual(seen.metadata, {"X-Object-Meta-A": "1"})
        self.assertEqual((seen.content_type, seen.modified_by), ("text/plain", ANN))
        self.assertEqual(seen.checksum, "")

    async def test_the_vectors_of_the_contract_hold(self: Any) -> None:
        """Merkle hash, map and MD5 of known contents are those of object-storage.md 2.4
        (PIT-109, PIT-108)."""
        await self.box()
        for vector in VECTORS:
            data = vector.content()
            written = await self.put("v", data, keep_md5=True)
            self.assertEqual((written.hash, written.checksum), (vector.root, vector.md5))
            map = await self.objects.hashmap(ann, self.at("v"))
            self.assertEqual((map.size, list(map.hashes)), (vector.size, list(vector.hashes)))
            self.assertEqual(await self.get("v"), data)

    async def test_any_range_is_cut_out(self: Any) -> None:
        """Ranges within a block, across borders and in a trimmed tail are exact (PIT-112)."""
        await self.box()
        data = pattern(BLOCK_SIZE - 10) + bytes(10) + pattern(50) + bytes(BLOCK_SIZE)
        await self.put("r", data)
        for start, stop in (
            (0, 1),
            (5, 5),
            (BLOCK_SIZE - 20, BLOCK_SIZE - 5),
            (BLOCK_SIZE - 3, BLOCK_SIZE + 3),
            (BLOCK_SIZE + 40, BLOCK_SIZE + 100),
            (len(data) - 1, len(data)),
            (0, len(data)),
        ):
            self.assertEqual(await self.get("r", start=start, stop=stop), data[start:stop])

    async def test_a_write_without_a_container_is_refused_unread(self: Any) -> None:
        """A missing container, or somebody else's, is told before the body is read (PIT-123,
        PIT-145)."""
        await self.box()
        body = Body(b"data")
        place = self.at("x", container="none")
        await self.refused(
            NoSuchContainer, self.objects.write(ann, place, Write("text/plain"), body)
        )
        await self.refused(
            NotAllowed, self.objects.write(bob, self.at("x"), Write("text/plain"), body)
        )
        self.assertEqual(body.reads, 0)

    async def test_a_wrong_digest_creates_nothing(self: Any) -> None:
        """The announced MD5 is compared in any case of letters (PIT-127)."""
        await self.box()
        await self.refused(BadDigest, self.put("x", b"data", expected_md5="0" * 32))
        await self.refused(NoSuchObject, self.get("x"))
        good = hashlib.md5(b"data").hexdigest().upper()
        written = await self.put("x", b"data", expected_md5=good)
        self.assertEqual(written.checksum, good.lower())

    async def test_a_short_body_creates_nothing(self: Any) -> None:
        """Fewer bytes than announced are no object (PIT-126)."""
        await self.box()
        await self.refused(ShortBody, self.put("x", b"data", length=5))
        await self.refused(NoSuchObject, self.get("x"))

    async def test_a_body_beyond_the_largest_is_refused_on_the_way(self: Any) -> None:
        """The rest of a too large body is not read (PIT-125)."""
        await self.box()
        body = Body(b"x" * 1000, step=10)
        work = self.objects.write(ann, self.at("x"), Write("text/plain", max_size=50), body)
        await self.refused(TooLarge, work)
        self.assertEqual(body.reads, 6)
        await self.refused(NoSuchObject, self.get("x"))

    async def test_a_failing_block_store_creates_nothing(self: Any) -> None:
        """When blocks cannot be stored the write fails and there is no object (6.1 row 75)."""
        await self.box()
        self.blocks.broken = "full"
        await self.refused(BlocksUnavailable, self.put("x", BIG))
        self.blocks.broken = None
        await self.refused(NoSuchObject, self.get("x"))

    async def test_overwriting_replaces_metadata_and_keeps_the_rest(self: Any) -> None:
        """UUID, other domains and sharing survive; metadata of pithos is replaced (PIT-128)."""
        await self.box()
        first = await self.put("x", metadata={"X-Object-Meta-A": "1"}, sharing=Sharing(read=(BOB,)))
        await self.objects.update_domain(ann, self.at("x"), "plankton", {"plankton:name": "i"})
        second = await self.put("x", b"other", metadata={"X-Object-Meta-B": "2"})
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual(seen.uuid, first.uuid)
        self.assertEqual(seen.metadata, {"X-Object-Meta-B": "2"})
        self.assertEqual(seen.sharing, Sharing(read=(BOB,)))
        self.assertFalse(second.created)
        image = await self.objects.object_by_uuid(first.uuid)
        self.assertEqual(image.properties, {"plankton:name": "i"})

    async def test_a_recreated_object_has_a_new_uuid(self: Any) -> None:
        """Deleted and written again is another object (PIT-129)."""
        await self.box()
        first = await self.put("x")
        await self.objects.delete_object(ann, self.at("x"))
        self.assertNotEqual((await self.put("x")).uuid, first.uuid)

    async def test_old_versions_stay_readable(self: Any) -> None:
        """Every version is listed and read by serial, also after deletion; tombstones are not
        (PIT-104, PIT-105, PIT-192)."""
        await self.box()
        serials = [(await self.put("x", text)).serial for text in (b"one", b"two")]
        await self.objects.delete_object(ann, self.at("x"))
        versions = await self.objects.versions(ann, self.at("x"))
        self.assertEqual([serial for serial, _ in versions], serials)
        self.assertEqual(await self.get("x", version=serials[0]), b"one")
        other = await self.put("y")
        await self.refused(NoSuchVersion, self.get("x", version=other.serial))
        [(tombstone,)] = await self.sql("select serial from storage_versions where cluster = 2")
        await self.refused(NoSuchVersion, self.get("x", version=tombstone))
        await self.refused(NoSuchObject, self.get("x"))
        await self.refused(NoSuchObject, self.objects.versions(ann, self.at("never")))

    async def test_without_versioning_nothing_old_is_kept(self: Any) -> None:
        """Versioning none drops the replaced version, its metadata and its map (PIT-192)."""
        await self.box(versioning="none")
        first = await self.put("x", b"one", metadata={"X-Object-Meta-A": "1"})
        await self.put("x", b"three")
        await self.refused(NoSuchVersion, self.get("x", version=first.serial))
        self.assertEqual(len(await self.sql("select id from storage_maps")), 1)
        self.assertEqual(await self.sql("select key from storage_attributes"), [])
        await self.objects.delete_object(ann, self.at("x"))
        self.assertEqual(await self.sql("select id from storage_maps"), [])
        self.assertEqual(await self.usage(ANN), 0)

    async def test_deleting_what_is_not_there_is_not_found(self: Any) -> None:
        """Never existed and already deleted are the same (PIT-194)."""
        await self.box()
        await self.put("x")
        await self.objects.delete_object(ann, self.at("x"))
        for name in ("x", "never"):
            await self.refused(NoSuchObject, self.objects.delete_object(ann, self.at(name)))

    async def test_conditions_guard_writes(self: Any) -> None:
        """If-Match and If-None-Match decide with the Merkle hash and the MD5 alike (PIT-028,
        PIT-030, PIT-031)."""
        await self.box()
        fresh = Conditions(none_match=("*",))
        any_match = Conditions(match=("*",))
        await self.refused(ConditionFailed, self.put("x", conditions=any_match))
        first = await self.put("x", conditions=fresh, keep_md5=True)
        failed = await self.refused(ConditionFailed, self.put("x", conditions=fresh))
        self.assertEqual(failed.etag, first.hash)
        second = await self.put("x", b"2", conditions=Conditions(match=(first.checksum,)))
        stale = Conditions(match=(first.hash,))
        await self.refused(ConditionFailed, self.put("x", b"3", conditions=stale))
        await self.refused(
            ConditionFailed, self.objects.delete_object(ann, self.at("x"), conditions=stale)
        )
        await self.put("x", b"3", conditions=Conditions(match=("nonsense", second.hash)))

    async def test_conditions_answer_reads(self: Any) -> None:
        """A current copy is Unchanged, with the tag for the answer (PIT-025, PIT-027)."""
        await self.box()
        first = await self.put("x")
        same = Conditions(none_match=(first.hash,))
        answer = await self.refused(
            Unchanged, self.objects.object(ann, self.at("x"), conditions=same)
        )
        self.assertEqual((answer.etag, answer.modified), (first.hash, first.modified))
        for conditions, kind in (
            (Conditions(modified_since=first.modified), Unchanged),
            (Conditions(unmodified_since=first.modified - 2_000_000), ConditionFailed),
            (Conditions(match=("other",)), ConditionFailed),
        ):
            await self.refused(kind, self.objects.object(ann, self.at("x"), conditions=conditions))
        both = Conditions(none_match=("other",), modified_since=first.modified)
        await self.objects.object(ann, self.at("x"), conditions=both)

    async def test_of_many_writers_with_one_condition_one_wins(self: Any) -> None:
        """N creations with If-None-Match: * make one object (PIT-029, 6.3)."""
        await self.box()

        async def try_it(text: bytes) -> bool:
            try:
                await self.put("x", text, conditions=Conditions(none_match=("*",)))
            except ConditionFailed:
                return False
            return True

        won = await gather([try_it(b"%d" % n) for n in range(6)])
        self.assertEqual(sum(won), 1)
        self.assertEqual(await self.usage(ANN), 1)

    async def test_a_lost_update_is_refused_at_the_commit(self: Any) -> None:
        """A condition that held before the body was read is asked again (PIT-029)."""
        await self.box()
        first = await self.put("x")
        case = self

        class Slow(Body):
            async def read_some(self) -> bytes:
                if not self.reads:
                    await case.put("x", b"meanwhile")
                return await super().read_some()

        write = Write("text/plain", conditions=Conditions(match=(first.hash,)))
        work = self.objects.write(ann, self.at("x"), write, Slow(b"late"))
        await self.refused(ConditionFailed, work)
        self.assertEqual(await self.get("x"), b"meanwhile")

    async def test_a_hashmap_names_what_is_missing(self: Any) -> None:
        """Unknown hashes come back once each and in order, then the map is accepted (PIT-133,
        PIT-136, PIT-138)."""
        await self.box()
        parts = [b"one".ljust(BLOCK_SIZE, b"1"), bytes(BLOCK_SIZE), b"three"]
        names = [hashing.block_hash(part).hex() for part in parts]
        hashes = [names[0], names[1], names[0], names[2].upper()]
        size = 3 * BLOCK_SIZE + 5
        how = Write("text/plain")
        missing = await self.refused(
            HashesMissing, self.objects.write_hashmap(ann, self.at("m"), how, size, hashes)
        )
        self.assertEqual(missing.hashes, (names[0], names[2]))
        await self.refused(NoSuchObject, self.get("m"))
        stored = await self.objects.store_blocks(ann, ANN, "box", Body(parts[0] + parts[2]))
        self.assertEqual(stored, [names[0], names[2]])
        written = await self.objects.write_hashmap(ann, self.at("m"), how, size, hashes)
        again = await self.objects.write_hashmap(ann, self.at("m"), how, size, hashes)
        self.assertGreater(again.serial, written.serial)
        self.assertEqual(again.hash, written.hash)
        whole = parts[0] + parts[1] + parts[0] + parts[2]
        self.assertEqual(await self.get("m"), whole)
        body = await self.put("body", whole)
        self.assertEqual(body.hash, written.hash)

    async def test_bad_hashmaps_are_refused(self: Any) -> None:
        """Sizes and hashes that do not fit are Malformed (PIT-134, PIT-135, PIT-137)."""
        await self.box()
        [name] = await self.objects.store_blocks(ann, ANN, "box", Body(b"x" * 100))
        for size, hashes in (
            (-1, [name]),
            (True, [name]),
            (1.5, [name]),
            (10**40, [name]),
            (BLOCK_SIZE + 1, [name]),
            (0, [name]),
            (1, []),
            (100, [name[:-2]]),
            (100, [name[:-1] + "g"]),
            (100, [None]),
            (99, [name]),
        ):
            work = self.objects.write_hashmap(ann, self.at("m"), Write("a/b"), size, hashes)
            await self.refused(Malformed, work)
        empty = await self.objects.write_hashmap(ann, self.at("m"), Write("a/b"), 0, [])
        self.assertEqual(empty.hash, hashing.EMPTY.hex())
        await self.objects.write_hashmap(ann, self.at("m"), Write("a/b"), 0, [hashing.EMPTY.hex()])

    async def test_the_account_s_quota_holds(self: Any) -> None:
        """What would exceed the quota is refused before the body is read if its length is
        announced, else at the commit; nothing changes (PIT-141, PIT-225, PIT-146)."""
        await self.box()
        await self.limit(ANN, ANN, 10)
        await self.put("x", b"12345678")
        body = Body(b"1" * 5)
        await self.refused(
            OverQuota, self.objects.write(ann, self.at("y"), Write("a/b", length=5), body)
        )
        self.assertEqual(body.reads, 0)
        await self.refused(OverQuota, self.put("y", b"12345"))
        self.assertEqual(await self.usage(ANN), 8)
        await self.refused(NoSuchObject, self.get("y"))
        await self.limit(ANN, ANN, 1)
        await self.put("x", b"1234567")
        await self.objects.delete_object(ann, self.at("x"))
        self.assertEqual(await self.usage(ANN), 0)

    async def test_the_container_s_quota_holds(self: Any) -> None:
        """Growth beyond the policy is refused, shrinking is not (PIT-225)."""
        await self.box(quota="10")
        await self.put("x", b"1" * 8)
        await self.refused(ContainerQuotaExceeded, self.put("y", b"123"))
        await self.put("y", b"12")
        await self.put("x", b"1" * 7)
        self.assertEqual(await self.usage(ANN), 9)

    async def test_the_container_s_project_pays(self: Any) -> None:
        """Bytes are charged to the project of the container (PIT-067, PIT-223)."""
        await self.box(project=LAB)
        await self.put("x", b"12345")
        self.assertEqual((await self.usage(ANN, LAB), await self.usage(ANN)), (5, 0))

    async def test_history_is_free(self: Any) -> None:
        """The table of 3.6, free versioning: only current versions are charged (PIT-224)."""
        await self.box()
        steps = []
        await self.put("x", b"1" * 10)
        steps.append(await self.usage(ANN))
        await self.put("x", b"1" * 4)
        steps.append(await self.usage(ANN))
        await self.objects.update_object(ann, self.at("x"), ObjectChange(metadata={}))
        steps.append(await self.usage(ANN))
        await self.objects.delete_object(ann, self.at("x"))
        steps.append(await self.usage(ANN))
        self.assertEqual(steps, [10, 4, 4, 0])

    async def test_a_lost_block_is_no_short_answer(self: Any) -> None:
        """A missing first block fails before any byte, a later one breaks off (PIT-122)."""
        await self.box()
        await self.put("x", BIG)
        names = [bytes.fromhex(h) for h in (await self.objects.hashmap(ann, self.at("x"))).hashes]
        await self.blocks.delete(names[1])
        reading = await self.objects.open(ann, self.at("x"))
        pieces = await reading.data()
        self.assertEqual(await anext(pieces), BIG[:BLOCK_SIZE])
        await self.refused(DataLost, anext(pieces))
        self.blocks.blocks[names[0]] = b"damaged"
        await self.refused(DataLost, reading.data())

    async def test_the_md5_is_found_later(self: Any) -> None:
        """An object written without MD5 gets it when it is asked for, once (PIT-244, PIT-143)."""
        await self.box()
        await self.put("x", BIG[: 2 * BLOCK_SIZE])
        expected = hashlib.md5(BIG[: 2 * BLOCK_SIZE]).hexdigest()
        seen = await self.objects.object(ann, self.at("x"), md5=True)
        self.assertEqual(seen.checksum, expected)
        self.blocks.blocks.clear()
        seen = await self.objects.object(ann, self.at("x"), md5=True)
        self.assertEqual(seen.checksum, expected)

    async def test_time_never_goes_back_for_an_object(self: Any) -> None:
        """When the clock steps back versions still get later times (PIT-200)."""
        await self.box()
        first = await self.put("x")
        self.clock.rightNow -= 1000
        second = await self.put("x", b"later")
        self.assertEqual(second.modified, first.modified + 1)
        self.assertGreater(second.serial, first.serial)

    async def test_metadata_changes_make_versions(self: Any) -> None:
        """Replaced without update, merged with it; same data and UUID (PIT-168, PIT-169)."""
        await self.box()
        first = await self.put("x", metadata={"X-Object-Meta-A": "1", "X-Object-Meta-B": "2"})
        merge = ObjectChange(
            metadata={"X-Object-Meta-A": "", "X-Object-Meta-C": "3"}, replace=False
        )
        serial = await self.objects.update_object(ann, self.at("x"), merge)
        self.assertGreater(serial, first.serial)
        seen = await self.objects.object(ann, self.at("x"))
        self.assertEqual(seen.metadata, {"X-Object-Meta-B": "2", "X-Object-Meta-C": "3"})
        self.assertEqual((seen.uuid, seen.hash), (first.uuid, first.hash))
        old = await self.objects.object(ann, self.at("x"), version=first.serial)
        self.assertEqual(len(old.metadata), 2)
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual(box.object_meta, ("B", "C"))
        await self.objects.update_object(ann, self.at("x"), ObjectChange(metadata={}))
        self.assertEqual((await self.objects.object(ann, self.at("x"))).metadata, {})
        box = await self.objects.container(ann, ANN, "box")
        self.assertEqual(box.object_meta, ())

    async def test_there_may_be_only_so_many_items(self: Any) -> None:
        """The 33rd item is refused, and nothing is stored (PIT-074, 6.1 row 13)."""
        await self.box()
        many = {f"X-Object-Meta-{n}": "v" for n in range(33)}
        await self.refused(Malformed, self.put("x", metadata=many))
        await self.refused(NoSuchObject, self.get("x"))
        await self.put("x", metadata=many, max_metadata=90)
        await self.objects.update_object(
            ann, self.at("x"), ObjectChange(metadata={"X-Object-Meta-0": "w"}, replace=False)
        )

    async def test_totals_follow_every_change(self: Any) -> None:
        """Container and account totals equal a recount after all kinds of changes (3.4)."""
        await self.box()
        await self.box("other", versioning="none")
        await self.put("a", b"1" * 10)
        await self.put("a", b"1" * 4)
        await self.put("b", b"1" * 7, container="other")
        await self.put("b", b"1" * 3, container="other")
        await self.put("c", b"1" * 5, container="other")
        await self.objects.delete_object(ann, self.at("c", "other"))
        await self.objects.delete_object(ann, self.at("a"))
        await self.put("a", b"1" * 2)
        recount = await self.sql(
            "select n.parent, v.cluster, count(*), sum(v.size) from storage_versions v "
            "join storage_nodes n on n.id = v.node where v.uuid is not null "
            "group by n.parent, v.cluster order by 1, 2"
        )
        kept = await self.sql(
            "select s.node, s.cluster, s.population, s.size from storage_statistics s "
            "join storage_nodes n on n.id = s.node where n.parent <> 0 "
            "and s.population <> 0 order by 1, 2"
        )
        self.assertEqual(
            [tuple(map(int, row)) for row in kept], [tuple(map(int, row)) for row in recount]
        )
        account = await self.objects.account(ann, ANN)
        self.assertEqual(
            (account.container_count, account.object_count, account.bytes, account.bytes_used),
            (2, 2, 5, 5),
        )

    async def test_an_image_is_found_by_its_uuid(self: Any) -> None:
        """Images ask for objects by UUID and by domain, within what their asker may read
        (PIT-206, PIT-207)."""
        await self.box()
        written = await self.put("i", b"image", sharing=Sharing(read=(BOB,)))
        await self.objects.update_domain(ann, self.at("i"), "plankton", {"plankton:a": "b"})
        for principal in (None, ann, bob):
            found = await self.objects.object_by_uuid(written.uuid, principal=principal)
            self.assertEqual(found.properties, {"plankton:a": "b"})
            self.assertTrue(found.object.map_name.startswith("snf_file_"))
            self.assertEqual(found.object.size, 5)
            [listed] = await self.objects.domain_objects("plankton", principal=principal)
            self.assertEqual(listed.object.uuid, written.uuid)
        await self.refused(NotAllowed, self.objects.object_by_uuid(written.uuid, principal=eve))
        self.assertEqual(await self.objects.domain_objects("plankton", principal=eve), [])
        self.assertEqual(await self.objects.domain_objects("plankton", account=BOB), [])
        await self.objects.delete_object(ann, self.at("i"))
        await self.refused(NoSuchObject, self.objects.object_by_uuid(written.uuid))

    async def test_a_snapshot_waits_for_its_data(self: Any) -> None:
        """A registered map is charged, is not readable before it is available, and is never
        written over (PIT-121, PIT-201, PIT-203, PIT-205)."""
        from synnefod.objects.interface import Available

        place = self.at("s", "snapshots")
        uuid = await self.objects.register_map(
            ANN,
            place,
            size=1 << 20,
            content_type="application/octet-stream",
            map_name="archip:snap-1",
            domain="plankton",
            properties={"plankton:name": "s"},
        )
        self.assertEqual(await self.usage(ANN), 1 << 20)
        seen = await self.objects.object(ann, place)
        self.assertEqual((seen.available, seen.map_name), (Available.NO, "archip:snap-1"))
        await self.refused(NotAllowed, self.objects.open(ann, place))
        write = Write("a/b")
        await self.refused(NotAllowed, self.objects.write(ann, place, write, Body(b"x")))
        await self.objects.set_available(uuid, Available.ERROR)
        await self.refused(Malformed, self.objects.open(ann, place))
        await self.refused(NoSuchObject, self.objects.set_available(LAB, Available.YES))

    async def test_charge_and_data_are_one(self: Any) -> None:
        """(PIT-228, PIT-232) The charge is made once, in the data's own transaction: when it
        fails there is no data, when the data fails there is no charge, and after the commit
        nothing is asked of the ledger that could still fail."""
        await self.box()
        asked: list[str] = []
        broken: list[str] = []
        ledger = self.quota

        class Watched:
            """The ledger, told when to fail; it notes what is asked and whether it was inside."""

            def __getattr__(self, name: str) -> Any:
                verb = getattr(ledger, name)

                async def watched(tx: Any, *given: Any, **how: Any) -> Any:
                    asked.append(name)
                    await tx.one("select 1")
                    if name in broken:
                        raise ConnectionError(name)
                    return await verb(tx, *given, **how)

                return watched

        whole = self.objects.parts
        self.objects = ObjectStore(evolve(whole, quota=Watched()))
        broken.append("charge")
        await self.refused(ConnectionError, self.put("x"))
        self.assertEqual((await self.names(), await self.usage(ANN)), ([], 0))
        broken.clear()
        asked.clear()
        await self.put("x")
        self.assertEqual(asked.count("charge"), 1)
        self.assertEqual(asked[-1], "charge")
        self.assertEqual((await self.names(), await self.usage(ANN)), (["x"], 4))
        pending = await self.sql("select count(*) from commissions")
        self.assertEqual(pending, [(0,)])
        self.objects = ObjectStore(whole)


class ChargedWriting(StoreCase):
    settings = ObjectSettings(free_versioning=False)

    async def test_history_is_charged(self: Any) -> None:
        """The table of 3.6, charged versioning: versions of one map count once (PIT-224)."""
        await self.box()
        steps = []
        await self.put("x", b"1" * 10)
        steps.append(await self.usage(ANN))
        await self.put("x", b"1" * 4)
        steps.append(await self.usage(ANN))
        await self.objects.update_object(ann, self.at("x"), ObjectChange(metadata={}))
        steps.append(await self.usage(ANN))
        await self.objects.delete_object(ann, self.at("x"))
        steps.append(await self.usage(ANN))
        await self.objects.delete_container(ann, ANN, "box")
        steps.append(await self.usage(ANN))
        self.assertEqual(steps, [10, 14, 14, 14, 0])

    async def test_without_versions_there_is_no_history_to_charge(self: Any) -> None:
        """In a container of versioning none only current bytes are charged (3.6)."""
        await self.box(versioning="none")
        await self.put("x", b"1" * 10)
        await self.put("x", b"1" * 4)
        self.assertEqual(await self.usage(ANN), 4)
        await self.objects.update_object(ann, self.at("x"), ObjectChange(metadata={}))
        self.assertEqual(await self.usage(ANN), 4)
        await self.objects.delete_object(ann, self.at("x"))
        self.assertEqual(await self.usage(ANN), 0)


class WritingOnSqlite(OnSqlite, Writing, TestCase):
    pass


class WritingOnPostgres(OnPostgres, Writing, TestCase):
    pass


class ChargedWritingOnSqlite(OnSqlite, ChargedWriting, TestCase):
    pass
