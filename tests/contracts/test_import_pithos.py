"""A Synnefo 0.21 object store, database and folders, taken over by the command."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import struct
from pathlib import Path
from typing import Any

import psycopg2
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.admin.main import run
from synnefod.admin.transport import PARTLY, USAGE
from synnefod.assembly.supports import block_store, legacy_maps
from synnefod.blocks.drivers import BlockSettings, open_blocks
from synnefod.blocks.hashing import EMPTY, block_hash, merkle_root
from synnefod.blocks.interface import BLOCK_SIZE, BlockMissing, IReclaims
from synnefod.blocks.legacy import MapFiles, Wanted
from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads, Threads
from synnefod.config import Config
from synnefod.config.sections import BlocksSection
from synnefod.objects.interface import ContainerQuery, NoSuchObject, ObjectQuery, Place
from synnefod.objects.moving import BlockMove
from synnefod.objects.parts import Parts
from synnefod.objects.records import keeping
from synnefod.objects.takeover import AccountIntake
from tests.harness import ceph
from tests.harness.database import NO_POSTGRES, OnPostgres, empty_database
from tests.unit.resources.ops.deployment import Deployment

SQL = Path(__file__).parents[1] / "harness" / "pithos.sql"
ONE, TWO = b"one", b"two"
FULL = bytes(range(1, 251)) * (BLOCK_SIZE // 250) + b"x" * (BLOCK_SIZE % 250)
NAMES = [block_hash(FULL), block_hash(b"!")]
BIG = merkle_root(NAMES).hex()


def sha(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def put(folder: Path, start: str, name: str, data: bytes) -> None:
    """A file in three levels of folders that `start` begins."""
    path = folder / start[0:2] / start[2:4] / start[4:6] / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def second_form(entries: list[tuple[int, str]]) -> tuple[bytes, bytes]:
    """Header and map block of Archipelago's second form."""
    header = struct.pack(">4sIQIIQ", b"AMF.", 2, len(entries) * BLOCK_SIZE, BLOCK_SIZE, 1, 7)
    block = b"".join(
        struct.pack("<BI", flags, len(name)) + name.encode().ljust(123, b"\0")
        for flags, name in entries
    )
    return header.ljust(512, b"\0"), block.ljust(BLOCK_SIZE, b"\0")


def filled(ada: str, bob: str) -> str:
    """The other database's tables and rows."""
    sql = SQL.read_text()
    for word, value in {
        "ADA": ada,
        "BOB": bob,
        "HONE": block_hash(ONE).hex(),
        "HTWO": block_hash(TWO).hex(),
        "HBIG": BIG,
        "BIGMAP": "snf_file_4",
        "HLOST": "ab" * 32,
        "HEMPTY": EMPTY.hex(),
    }.items():
        sql = sql.replace(f"@{word}@", value)
    return sql


def folders(root: Path) -> None:
    """Blocks and maps as the other program left them."""
    for data in (ONE, TWO, FULL, b"!" + b"\0" * 9):
        name = block_hash(data).hex()
        put(root / "blocks", name, name, data)
    digests = b"".join(NAMES)
    put(root / "maps", sha("snf_file_4"), "snf_file_4", digests)
    put(root / "maps", BIG, BIG, digests)


def fill(dsn: str, sql: str) -> None:
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
    connection.close()


class ImportPithos(SynchronousTestCase):
    skip = NO_POSTGRES

    def setUp(self) -> None:
        self.cloud = Deployment(self, files=True)
        self.ada = self.person("ada@example.org")
        self.bob = self.person("bob@example.org")
        self.dsn, drop = empty_database()
        self.addCleanup(drop)
        self.there(filled(self.ada, self.bob))
        folder = Path(self.mktemp())
        folder.mkdir()
        self.url = folder / "url"
        self.url.write_text(f"postgresql:{self.dsn}\n")
        folders(self.cloud.config.blocks_path)

    def person(self, email: str) -> str:
        made = self.cloud.ask("user-add", email=email, first="A", last="L", accept=True)
        return str(made["row"]["uuid"])

    def there(self, sql: str) -> None:
        """Changes the other database."""
        fill(self.dsn, sql)

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def take(self, *words: str, code: int = 0) -> Any:
        return self.manage("import-pithos", "--database-file", str(self.url), *words, code=code)

    def rows(self, sql: str) -> list[Any]:
        store = self.cloud.house.objects.parts.store
        return list(self.cloud.now(store.read("rows", lambda tx: tx.all(sql))))

    def everything(self) -> list[Any]:
        return [
            self.rows(f"select * from storage_{table} order by 1, 2")
            for table in (
                "nodes",
                "versions",
                "attributes",
                "permissions",
                "groups",
                "public",
                "statistics",
                "policies",
                "maps",
                "object_meta",
            )
        ]

    def who(self, uuid: str) -> Principal:
        own = ProjectId(uuid)
        return Principal(UserId(uuid), "x", own, frozenset({own}))

    def place(self, name: str, container: str = "pithos") -> Place:
        return Place(self.ada, container, name)

    def bytes_of(self, place: Place, **more: Any) -> bytes:
        async def read() -> bytes:
            reading = await self.cloud.house.objects.open(self.who(self.ada), place, **more)
            return b"".join([piece async for piece in await reading.data()])

        return bytes(self.cloud.now(read()))

    def test_accounts_are_taken_over_whole_and_once(self) -> None:
        """Accounts, containers, objects with history and tombstones, metadata, policies, sharing,
        groups, public addresses come; the blocks are read where they lie. A second time adds
        nothing (PIT-236)."""
        counted = self.take(code=PARTLY)
        self.assertEqual((counted["accounts"], len(counted["left"]), counted["known"]), (1, 1, 0))
        self.assertEqual((counted["containers"], counted["objects"]), (2, 6))
        self.assertEqual((counted["versions"], counted["damaged"]), (12, 0))
        self.described()
        self.contents()
        self.beside()
        self.assertEqual(self.manage("storage-check", "--account", self.ada), [])
        before = self.everything()
        counted = self.take(code=PARTLY)
        self.assertEqual((counted["accounts"], counted["known"], counted["versions"]), (0, 1, 0))
        self.assertEqual(self.everything(), before)
        self.used_on()

    def described(self) -> None:
        objects, ada = self.cloud.house.objects, self.who(self.ada)
        account = self.cloud.now(objects.account(ada, self.ada))
        self.assertEqual(account.metadata, {"X-Account-Meta-Town": "Delft"})
        boxes = self.cloud.now(objects.containers(ada, self.ada, ContainerQuery()))
        self.assertEqual([box.name for box in boxes], ["pithos", "plain"])
        home = self.cloud.now(objects.container(ada, self.ada, "pithos"))
        self.assertEqual(home.metadata, {"X-Container-Meta-Kind": "home"})
        self.assertEqual((home.policy.quota, home.policy.versioning), (123456789, "auto"))
        plain = self.cloud.now(objects.container(ada, self.ada, "plain"))
        self.assertEqual((plain.policy.versioning, plain.policy.project), ("none", self.bob))
        listed = self.cloud.now(objects.objects(ada, self.ada, "pithos", ObjectQuery()))
        names = [each.name for each in listed.entries]
        self.assertEqual(names, ["big", "disk", "moved", "notes/a.txt"])

    def contents(self) -> None:
        objects, ada = self.cloud.house.objects, self.who(self.ada)
        notes = self.place("notes/a.txt")
        history = self.cloud.now(objects.versions(ada, notes))
        self.assertEqual([mtime for _, mtime in history], [1500000010123456, 1500000020123456])
        old, new = (serial for serial, _ in history)
        self.assertEqual(self.bytes_of(notes, version=old), ONE)
        self.assertEqual(self.bytes_of(notes), TWO)
        past = self.cloud.now(objects.object(ada, notes, version=old))
        self.assertEqual(past.metadata, {"X-Object-Meta-Mood": "old"})
        self.assertEqual(past.checksum, "cafe")
        now = self.cloud.now(objects.object(ada, notes))
        self.assertEqual((now.serial, now.metadata["X-Object-Meta-Mood"]), (new, "new"))
        self.assertEqual((now.uuid[:8], now.modified_by), ("aaaaaaaa", self.bob))
        for name in ("big", "moved"):
            self.assertEqual(self.bytes_of(self.place(name)), FULL + b"!")
        mapped = self.cloud.now(objects.hashmap(ada, self.place("big")))
        self.assertEqual(mapped.hashes, tuple(name.hex() for name in NAMES))
        self.assertEqual(self.bytes_of(self.place("empty", "plain")), b"")
        gone = self.place("gone")
        (deleted,) = self.cloud.now(objects.versions(ada, gone))
        self.assertEqual(self.bytes_of(gone, version=deleted[0]), FULL + b"!")
        self.assertEqual(str(self.failing(objects.object(ada, gone))), NoSuchObject.__name__)
        disk = self.cloud.now(objects.object(ada, self.place("disk")))
        self.assertEqual((disk.is_snapshot, disk.map_name), (True, "archip:snf-snap-5-1"))

    def failing(self, work: Any) -> str:
        async def outcome() -> str:
            try:
                await work
            except Exception as error:
                return type(error).__name__
            return ""

        return str(self.cloud.now(outcome()))

    def beside(self) -> None:
        objects, ada, bob = self.cloud.house.objects, self.who(self.ada), self.who(self.bob)
        shared = self.cloud.now(objects.object(bob, self.place("notes/a.txt")))
        self.assertEqual(shared.allowed.name, "WRITE")
        self.assertEqual(shared.sharing.read, (self.bob,))
        self.assertEqual(shared.sharing.write, (f"{self.ada}:friends",))
        opened = self.cloud.now(objects.open_public("aPublicToken12345"))
        self.assertEqual(opened.object.name, "big")
        self.assertEqual(self.rows("select token from storage_public"), [("aPublicToken12345",)])
        image = self.cloud.now(objects.object_by_uuid("bbbbbbbb-1111-4111-8111-111111111111"))
        self.assertEqual(image.properties, {"plankton:name": "Debian"})
        home = self.cloud.now(objects.container(ada, self.ada, "pithos"))
        self.assertEqual(home.object_meta, ("Mood",))

    def used_on(self) -> None:
        """What came is ours: it can be deleted, and its totals are right afterwards."""
        objects, ada = self.cloud.house.objects, self.who(self.ada)
        self.manage("reconcile-resources-pithos", "--fix", "--force")
        self.assertEqual(self.manage("reconcile-resources-pithos"), [])
        self.cloud.now(objects.delete_object(ada, self.place("moved")))
        self.assertEqual(self.cloud.now(self.cloud.house.storage.miscounts()), [])
        self.assertEqual(self.bytes_of(self.place("big")), FULL + b"!")

    def test_an_account_that_does_not_fit_is_left_as_it_is(self) -> None:
        """All or nothing for each account: a map that is lost, a policy that is none, something of
        the account that is here already; with --damaged a lost map hits its version alone."""
        self.there("update policy set value = 'often' where node = 2 and key = 'versioning'")
        before = self.everything()
        counted = self.take(code=PARTLY)
        self.assertEqual((counted["accounts"], len(counted["left"])), (0, 2))
        self.assertEqual(self.everything(), before)
        counted = self.take("--damaged", code=PARTLY)
        self.assertEqual((counted["accounts"], counted["damaged"]), (1, 1))
        objects, bob = self.cloud.house.objects, self.who(self.bob)
        whole = objects.hashmap(bob, Place(self.bob, "pithos", "whole"))
        self.assertEqual(self.cloud.now(whole).size, 3)
        lost = objects.hashmap(bob, Place(self.bob, "pithos", "lost"))
        self.assertEqual(self.failing(lost), "DataLost")
        self.there("update policy set value = 'auto' where node = 2 and key = 'versioning'")
        self.there("update config set value = '65536' where key = 'block_size'")
        self.assertIn("block_size", str(self.take(code=USAGE)))
        self.there("drop table config")
        self.assertEqual(self.take()["accounts"], 1)


class IntoPostgres(OnPostgres, TestCase):
    """The same rows into a server's tables."""

    async def test_accounts_come_into_a_server_once(self) -> None:
        """Versions in their order, the current one of each file, totals as a recount has them
        (PIT-236)."""
        dsn, drop = empty_database()
        self.addCleanup(drop)
        fill(dsn, filled("ada", "bob"))
        root = Path(self.mktemp())
        folders(root)
        store = await self.make_store()
        parts = Parts(store, MemoryBlocks(), None, None, InlineThreads(), Clock())  # type: ignore[arg-type]
        intake = AccountIntake(parts, MapFiles(root, InlineThreads()))
        origin = f"postgresql:{dsn}"
        (left,) = (await intake.take(origin, damaged=True)).left
        self.assertEqual(left[0], "ada", left)
        fill(
            dsn,
            "update policy set value = '11111111-1111-4111-8111-111111111111'"
            " where key = 'project'",
        )
        counted = await intake.take(origin, damaged=True)
        self.assertEqual((counted.accounts, counted.versions, counted.known), (1, 12, 1))

        async def body(tx: Any) -> Any:
            totals = await keeping.totals(tx, None), await keeping.recounted(tx, None)
            current = await tx.all(
                "select n.name, v.size from storage_nodes n join storage_versions v"
                " on v.serial = n.current where v.uuid <> '' and v.author = 'ada' order by v.mtime"
            )
            return totals, [tuple(row) for row in current]

        (kept, found), current = await store.read("what came", body)
        self.assertEqual(kept, found)
        self.assertEqual([name for name, _ in current], ["big", "empty", "disk", "moved"])
        again = await intake.take(origin)
        self.assertEqual((again.accounts, again.known, again.left), (0, 2, []))


class OtherLayouts(SynchronousTestCase):
    """Folders of a Synnefo 0.21, without a database."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        self.root.mkdir()

    def done(self, work: Any) -> Any:
        return self.successResultOf(ensureDeferred(work))

    def test_blocks_are_read_by_their_own_name_and_by_its_hash(self) -> None:
        """Also in another folder, which is never written to; a damaged one is none (PIT-236)."""
        folder = self.root / "old"
        own, filed, bad = block_hash(b"own"), block_hash(b"filed"), block_hash(b"bad")
        put(folder / "blocks", own.hex(), own.hex(), b"own\0\0")
        put(folder / "blocks", sha(filed.hex()), filed.hex(), b"filed")
        put(folder / "blocks", bad.hex(), bad.hex(), b"dab")
        settings = BlockSettings(root=self.root / "new", legacy=folder)
        blocks = open_blocks(settings, InlineThreads(), Clock())
        before = sorted(folder.rglob("*"))
        self.assertEqual(self.done(blocks.get(own)).rstrip(b"\0"), b"own")
        self.assertEqual(self.done(blocks.get(filed)), b"filed")
        self.failureResultOf(ensureDeferred(blocks.get(bad)), BlockMissing)
        fresh = self.done(blocks.store([b"fresh"]))
        nobody = block_hash(b"nobody")
        self.assertEqual(self.done(blocks.missing([own, filed, fresh, nobody])), [nobody])
        self.assertEqual(sorted(folder.rglob("*")), before)

    def test_all_blocks_move_into_the_store_beside(self) -> None:
        """Whatever they are called by, checked; a damaged one is told; afterwards the folder is
        not needed, and moving again copies nothing (PIT-236, OPS-063)."""
        folder = self.root / "old"
        good = [b"block %d" % n for n in range(5)]
        for n, data in enumerate(good):
            name = block_hash(data).hex()
            put(folder / "blocks", sha(name) if n % 2 else name, name, data)
        bad = block_hash(b"bad")
        put(folder / "blocks", bad.hex(), bad.hex(), b"dab")
        settings = BlockSettings(root=self.root / "new", legacy=folder)
        blocks = open_blocks(settings, InlineThreads(), Clock())
        self.done(blocks.store([good[0]]))
        before = sorted(folder.rglob("*"))
        self.assertEqual(self.moved(blocks), (4, 1, [bad.hex()]))
        self.assertEqual(self.moved(blocks), (0, 5, [bad.hex()]))
        self.assertEqual(sorted(folder.rglob("*")), before)
        alone = open_blocks(BlockSettings(root=self.root / "new"), InlineThreads(), Clock())
        names = [block_hash(data) for data in good]
        self.assertEqual(self.done(alone.missing(names)), [])
        self.assertEqual(
            [self.done(alone.get(name, rehash=True)) for name in names],
            good,
        )

    def moved(self, blocks: Any) -> tuple[int, int, list[str]]:
        """Moves one block a portion: how many were copied and known, and which are lost."""
        move = BlockMove(blocks, portion=1)
        copied = known = 0
        lost: list[str] = []
        part, after = 0, ""
        while part is not None:
            done = self.done(move.move("legacy", "filesystem", part, after))
            copied, known, lost = copied + done.copied, known + done.known, [*lost, *done.lost]
            part, after = done.part, done.after
        return copied, known, lost

    def test_blocks_do_not_move_past_what_the_old_folder_has(self) -> None:
        """From a store that also reads an old folder to another driver: refused (OPS-063)."""
        settings = BlockSettings("memory", self.root, former="filesystem", legacy=self.root / "old")
        self.assertRaises(ValueError, open_blocks, settings, InlineThreads(), Clock())

    def test_nothing_is_given_up_while_maps_are_beside_the_blocks(self) -> None:
        """The deployment's own collector has none to give up, until the maps are removed
        (PIT-236)."""
        config = Config(blocks=BlocksSection(path=str(self.root)))
        threads: Any = InlineThreads()
        (self.root / "maps").mkdir()
        blocks = block_store(config, threads, Clock())
        self.assertFalse(IReclaims.providedBy(blocks))
        name = self.done(blocks.store([ONE]))
        self.assertEqual(self.done(blocks.get(name)), ONE)
        (self.root / "maps").rmdir()
        self.assertTrue(IReclaims.providedBy(block_store(config, threads, Clock())))

    def test_maps_are_read_in_each_of_their_forms(self) -> None:
        """Raw digests by name or by root, Archipelago's first and second form; a root that does
        not fit is no map (PIT-236)."""
        folder = self.root / "maps"
        maps = MapFiles(self.root, InlineThreads())

        def read(name: str | None, root: str, size: int) -> bytes | None:
            (found,) = self.done(maps.digests([Wanted(name, root, size)]))
            return None if found is None else bytes(found)

        digests = b"".join(NAMES)
        size = BLOCK_SIZE + 1
        put(folder, sha("a/b"), "a%2Fb", digests)
        self.assertEqual(read("a/b", BIG, size), digests)
        self.assertIsNone(read(None, BIG, size))
        put(folder, BIG, BIG, digests)
        self.assertEqual(read(None, BIG, size), digests)
        first = struct.pack("<IQ", 1, size) + b"".join(b"\1" + name for name in NAMES)
        put(folder, sha("first"), "first", first)
        self.assertEqual(read("first", BIG, size), digests)
        wanted = [NAMES[0], EMPTY, NAMES[1]]
        root = merkle_root(wanted).hex()
        header, block = second_form([(2, NAMES[0].hex()), (4, ""), (2, NAMES[1].hex())])
        put(folder, sha("second"), "second", header)
        self.assertIsNone(read("second", root, 3 * BLOCK_SIZE))
        put(folder, sha("second_" + "0" * 16), "second_" + "0" * 16, block)
        self.assertEqual(read("second", root, 3 * BLOCK_SIZE), b"".join(wanted))
        self.assertIsNone(read("second", BIG, 3 * BLOCK_SIZE))
        self.assertIsNone(read("second", "none", 3 * BLOCK_SIZE))


class InCeph(TestCase):
    """Pools of a Synnefo 0.21, without a database."""

    skip = None if os.environ.get(ceph.VARIABLE) else f"{ceph.VARIABLE} is not set"

    def put(self, pool: str, name: str, data: bytes) -> None:
        path = Path(self.mktemp()).absolute()
        path.write_bytes(data)
        ceph.rados(self.conf, "", "put", name, str(path), pool=pool)

    async def test_blocks_and_maps_are_read_from_their_pools(self) -> None:
        """Objects in no namespace: blocks by their hash, maps by their name or their root, raw and
        in Archipelago's second form (PIT-236)."""
        from synnefod.blocks.cephgate import CephSettings
        from synnefod.blocks.rados import RadosBlocks

        self.conf = Path(os.environ[ceph.VARIABLE])
        ceph.ceph(self.conf, "osd", "pool", "create", "maps", "8", "8", "replicated")
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        self.addCleanup(threads.stop)
        common = {"conf": str(self.conf), "user": "admin", "namespace": ""}
        blocks = RadosBlocks(CephSettings(timeout=60.0, **common), threads, reactor)
        self.addCleanup(lambda: ensureDeferred(blocks.stop()))
        name = block_hash(b"of old")
        self.put(ceph.POOL, name.hex(), b"of old")
        self.assertEqual(await blocks.get(name), b"of old")
        self.assertEqual(
            await blocks.missing([name, block_hash(b"nobody")]), [block_hash(b"nobody")]
        )
        digests = b"".join(NAMES)
        self.put("maps", "snf_file_4", digests)
        self.put("maps", BIG, digests)
        header, block = second_form([(2, each.hex()) for each in NAMES])
        self.put("maps", "second", header)
        self.put("maps", "second_" + "0" * 16, block)
        section = BlocksSection(conf=str(self.conf), legacy_pool="maps", timeout=60.0)
        maps = legacy_maps(Config(blocks=section), threads, reactor)
        names = ("snf_file_4", None, "second", "nobody")
        found = await maps.digests([Wanted(each, BIG, BLOCK_SIZE + 1) for each in names])
        self.assertEqual(found, [digests, digests, digests, None])
