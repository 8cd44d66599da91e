"""Files, accounts and blocks of the object store, by command."""

from __future__ import annotations

import contextlib
import io
import json
import time
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED, NOT_FOUND, REFUSED, USAGE
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.config.sections import Storage
from synnefod.objects.interface import (
    AccountChange,
    ContainerChange,
    ObjectChange,
    Place,
    Sharing,
    Write,
)
from synnefod.quota.interface import DISKSPACE, Charge, Provision, project_holder
from tests.unit.objects.cloud import Body
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"
ACCOUNTS = "pithos-manage-accounts"
RESOURCES, COMMISSIONS = "reconcile-resources-pithos", "reconcile-commissions-pithos"
CHECK, COLLECT = "storage-check", "storage-gc"


class Base(SynchronousTestCase):
    settings = Storage()

    def setUp(self) -> None:
        self.cloud = Deployment(self, files=True, storage=self.settings)
        # Files carry the time of the kernel, so the clock begins there.
        self.cloud.site.clock.advance(time.time() - self.cloud.site.clock.seconds())
        self.house = self.cloud.house
        self.objects = self.house.objects
        self.ann, self.bob = self.person(DEMO), self.person(ADMIN)

    def person(self, email: str) -> Principal:
        uuid = self.cloud.ask("user-show", user=email)["row"]["uuid"]
        own = ProjectId(uuid)
        return Principal(UserId(uuid), email, own, frozenset({own}))

    def run_command(
        self, *words: str, code: int = 0, stdin: str = "", form: tuple[str, ...] = ("--json",)
    ) -> str:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            with mock.patch("sys.stdin", io.StringIO(stdin)):
                ended = run([*form, *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return out.getvalue()

    def manage(self, *words: str, **how: Any) -> Any:
        """The last document that the command prints."""
        text = self.run_command(*words, **how).strip()
        documents, decoder = [], json.JSONDecoder()
        while text:
            value, end = decoder.raw_decode(text)
            documents.append(value)
            text = text[end:].strip()
        return documents[-1] if documents else None

    def box(self, who: Principal, name: str = "box", **policy: str) -> None:
        change = ContainerChange(policy=policy)
        self.cloud.now(self.objects.put_container(who, who.user, name, change))

    def put(self, who: Principal, path: str, data: bytes = b"data") -> Any:
        container, _, name = path.partition("/")
        write = Write("text/plain", metadata={"X-Object-Meta-A": "1"})
        place = Place(who.user, container, name)
        return self.cloud.now(self.objects.write(who, place, write, Body(data)))

    def get(self, who: Principal, path: str, **how: Any) -> bytes:
        container, _, name = path.partition("/")

        async def work() -> bytes:
            place = Place(who.user, container, name)
            reading = await self.objects.open(who, place, **how)
            return b"".join([piece async for piece in await reading.data()])

        found: bytes = self.cloud.now(work())
        return found

    def spoil(self, statement: str, **given: Any) -> None:
        store = self.house.identity.store
        self.cloud.now(store.transact("spoil", lambda tx: tx.run(statement, **given)))

    def counted(self, who: Principal) -> list[Any]:
        return [r for r in self.manage(RESOURCES, "--user", who.name, code=0)]


class StorageCommands(Base):
    # -- files

    def test_a_file_is_shown_with_who_may_do_what(self) -> None:
        """(OPS-055) By place and by UUID; a version, its hashes, another domain; whose sharing
        holds; its public address."""
        self.box(self.ann)
        folder = Place(self.ann.user, "box", "dir")
        write = Write("application/directory", sharing=Sharing(read=("*",), write=(self.bob.user,)))
        self.cloud.now(self.objects.write(self.ann, folder, write, Body(b"")))
        first = self.put(self.ann, "box/dir/x")
        self.put(self.ann, "box/dir/x", b"other!")
        place = Place(self.ann.user, "box", "dir/x")
        self.cloud.now(self.objects.update_object(self.ann, place, ObjectChange(public=True)))
        shown = self.manage("file-show", DEMO, "box", "dir/x")
        self.assertEqual((shown["bytes"], shown["object"]), (6, "dir/x"))
        self.assertEqual((shown["read by"], shown["written by"]), ("*", self.bob.user))
        self.assertEqual(shown["permissions of"], f"{self.ann.user}/box/dir")
        self.assertTrue(shown["public"].startswith("/pithos/public/"))
        text = self.run_command("file-show", shown["uuid"], "--hashmap", form=())
        self.assertIn(shown["hash"], text)
        self.assertIn("X-Object-Meta-A", text)
        self.assertNotIn(
            "X-Object-Meta-A", self.run_command("file-show", shown["uuid"], "--domain", "plankton")
        )
        old = self.manage("file-show", DEMO, "box", "dir/x", "--obj-version", str(first.serial))
        self.assertEqual((old["bytes"], old["hash"]), (4, first.hash))
        self.manage("file-show", "00000000-0000-4000-8000-000000000000", code=NOT_FOUND)
        self.manage("file-show", DEMO, "box", code=USAGE)

    # -- accounts

    def test_accounts_are_listed_with_what_they_hold(self) -> None:
        """(OPS-058) Those that differ in case only on request."""
        self.box(self.ann)
        self.put(self.ann, "box/x")
        self.put(self.ann, "box/x", b"12345678")
        (row,) = [r for r in self.manage(ACCOUNTS, "list") if r["account"] == self.ann.user]
        self.assertEqual(
            [row[name] for name in ("containers", "objects", "bytes", "history", "history bytes")],
            [1, 1, 8, 1, 4],
        )
        self.assertEqual(self.manage(ACCOUNTS, "list", "--duplicate"), [])
        twin = self.ann.user.upper()
        other = Principal(UserId(twin), "", None)
        self.cloud.now(self.objects.account(other, twin))
        names = {row["account"] for row in self.manage(ACCOUNTS, "list", "--duplicate")}
        self.assertEqual(names, {self.ann.user, twin})
        bare = self.run_command(ACCOUNTS, "list", "--no-headers", "--output-format", "csv", form=())
        self.assertNotIn("history", bare)

    def test_an_account_is_deleted_after_a_typed_yes(self) -> None:
        """(OPS-059) Figures first; `--dry` does nothing; nothing is charged afterwards."""
        self.box(self.ann)
        self.put(self.ann, "box/x")
        self.put(self.ann, "box/x", b"more")
        shown = self.manage(ACCOUNTS, "delete", self.ann.user, "--dry")
        self.assertEqual((shown["objects"], shown["bytes"]), (1, 4))
        self.manage(ACCOUNTS, "delete", self.ann.user, stdin="y\n", code=FAILED)
        self.assertEqual(self.get(self.ann, "box/x"), b"more")
        self.manage(ACCOUNTS, "delete", self.ann.user, stdin="yes\n")
        self.assertEqual(self.counted(self.ann), [])
        self.assertNotIn(self.ann.user, [r["account"] for r in self.manage(ACCOUNTS, "list")])
        self.manage(ACCOUNTS, "delete", self.ann.user, code=NOT_FOUND)

    def test_one_account_is_merged_into_another(self) -> None:
        """(OPS-059, PIT-234) Containers, objects of a container that both have, history, sharing
        and groups; charges follow; what both have by name stops it before anything is done."""
        ann, bob = self.ann, self.bob
        for who in (ann, bob):
            self.box(who)
        self.box(ann, "only")
        old = self.put(ann, "box/a", b"old")
        self.put(ann, "box/a", b"newer")
        place = Place(ann.user, "box", "a")
        share = ObjectChange(sharing=Sharing(read=(f"{ann.user}:friends",)), public=True)
        self.cloud.now(self.objects.update_object(ann, place, share))
        groups = AccountChange(groups={"friends": [bob.user]}, replace=False)
        self.cloud.now(self.objects.update_account(ann, ann.user, groups))
        self.put(ann, "only/x", b"1")
        self.put(bob, "box/b", b"22")
        self.manage(ACCOUNTS, "merge", ann.user, bob.user, "--dry")
        self.assertEqual(self.get(ann, "box/a"), b"newer")
        self.put(bob, "box/a", b"mine")
        self.manage(ACCOUNTS, "merge", ann.user, bob.user, stdin="yes\n", code=REFUSED)
        self.assertEqual(self.get(ann, "only/x"), b"1")
        self.cloud.now(self.objects.purge_object(bob, Place(bob.user, "box", "a"), 2**62))
        merged = self.manage(ACCOUNTS, "merge", ann.user, bob.user, stdin="yes\n")
        # One more container, with the image of the first start in it.
        before = {row["account"]: row for row in self.manage(ACCOUNTS, "list")}
        self.assertEqual((merged["containers"], merged["objects"]), (3, 4))
        self.assertEqual(merged["bytes"], before[bob.user]["bytes"])
        self.assertEqual(merged["bytes"] % 1024, 8)
        self.assertEqual(self.get(bob, "box/a"), b"newer")
        self.assertEqual(self.get(bob, "box/a", version=old.serial), b"old")
        self.assertEqual(self.get(bob, "only/x"), b"1")
        seen = self.cloud.now(self.objects.object(bob, Place(bob.user, "box", "a")))
        self.assertEqual(seen.sharing, Sharing(read=(f"{bob.user}:friends",)))
        self.assertIsNotNone(seen.public)
        left = self.manage(ACCOUNTS, "list")
        (row,) = [row for row in left if row["account"] == ann.user]
        self.assertEqual((row["containers"], row["objects"], row["history"]), (0, 0, 0))
        for who in (ann, bob):
            self.assertEqual(self.counted(who), [])
        self.assertEqual(self.manage(CHECK, "--deep"), [])

    def test_quotas_are_exported_and_set(self) -> None:
        """(OPS-060) Lines of uuid, pithos.diskspace, bytes; the quota of all containers of a name,
        or of one account's; `--dry` and `--report`."""
        for who in (self.ann, self.bob):
            self.box(who)
        self.box(self.ann, "other")
        file = Path(self.mktemp())
        self.manage(ACCOUNTS, "export-quota", "--location", str(file))
        lines = [line.split() for line in file.read_text().splitlines()]
        self.assertIn(self.ann.user, [line[0] for line in lines])
        self.assertEqual({line[1] for line in lines}, {DISKSPACE})
        self.assertTrue(all(int(line[2]) > 0 for line in lines))
        self.manage(ACCOUNTS, "export-quota", "--location", "/none/at/all", code=FAILED)
        rows = self.manage(ACCOUNTS, "set-container-quota", "box", "1000", "--dry")
        self.assertEqual({row["account"] for row in rows}, {self.ann.user, self.bob.user})
        self.assertEqual({(row["before"], row["after"]) for row in rows}, {(0, 1000)})
        self.manage(ACCOUNTS, "set-container-quota", "box", "1000", "--account", DEMO)
        quotas = []
        for who, name in ((self.ann, "box"), (self.bob, "box"), (self.ann, "other")):
            found = self.cloud.now(self.objects.container(who, who.user, name))
            quotas.append(found.policy.quota)
        self.assertEqual(quotas, [1000, 0, 0])
        again = ("set-container-quota", "box", "1000", "--account", DEMO)
        self.assertEqual(self.manage(ACCOUNTS, *again), [])
        self.assertEqual(len(self.manage(ACCOUNTS, *again, "--report")), 1)
        self.manage(ACCOUNTS, "set-container-quota", "box", "--", "-1", code=USAGE)

    # -- the ledger

    def test_disk_space_is_compared_with_the_ledger(self) -> None:
        """(OPS-057, PIT-230) Per account and project, and per project; `--user`, `--project`,
        `--fix`."""
        self.box(self.ann)
        self.put(self.ann, "box/x", b"12345")
        self.assertEqual(self.manage(RESOURCES), [])
        charge = Charge(self.ann.user, self.ann.project, DISKSPACE, 7)
        store, ledger = self.house.identity.store, self.house.quota
        self.cloud.now(store.transact("spoil", lambda tx: ledger.charge(tx, [charge])))
        rows = self.manage(RESOURCES, code=FAILED)
        self.assertEqual({row["type"] for row in rows}, {"user", "project"})
        self.assertEqual({(row["database"], row["quotaholder"]) for row in rows}, {(5, 12)})
        self.assertEqual(self.manage(RESOURCES, "--user", ADMIN), [])
        one = self.manage(RESOURCES, "--project", self.ann.project, code=FAILED)
        self.assertEqual({row["type"] for row in one}, {"project", "user"})
        fixed = self.manage(RESOURCES, "--fix")
        self.assertEqual({row["fixed"] for row in fixed}, {True})
        self.assertEqual(self.manage(RESOURCES), [])

    def test_stray_commissions_are_rejected(self) -> None:
        """(OPS-056, PIT-229) The store makes its charges with its data, so it waits for none;
        those of other components, and about other things, are not its own."""
        wait = [Provision(project_holder(self.ann.project), None, DISKSPACE, 1)]
        mine = self.cloud.now(self.house.commissions.issue(0, wait, name="lost"))
        self.cloud.now(self.house.commissions.issue(7, wait, name="another's"))
        self.assertEqual(self.manage(COMMISSIONS), [])
        self.cloud.site.wait(61, step=5)
        (row,) = self.manage(COMMISSIONS, code=FAILED)
        self.assertEqual((row["serial"], row["result"]), (mine, "reported"))
        (row,) = self.manage(COMMISSIONS, "--fix")
        self.assertEqual(row["result"], "rejected")
        self.assertEqual(self.manage(COMMISSIONS), [])
        self.assertEqual(len(self.manage("commission-list")), 1)

    # -- blocks

    def test_everything_is_checked_in_pages(self) -> None:
        """(OPS-062) Blocks that are missing or damaged, totals that are off, by file; one account
        alone; a check goes on from where it was."""
        self.box(self.ann)
        self.put(self.ann, "box/x", b"x" * (5 << 20))
        self.put(self.ann, "box/y", b"fine")
        for words in ((), ("--deep",)):
            self.assertEqual(self.manage(CHECK, *words), [])
        blocks = self.cloud.supports.blocks
        hashes = self.manage_hashes("box/x")
        self.cloud.now(blocks.delete(bytes.fromhex(hashes[1])))
        for words in ((), ("--deep",), ("--account", DEMO)):
            (row,) = self.manage(CHECK, *words, code=FAILED)
            self.assertEqual((row["problem"], row["block"]), ("missing", hashes[1]))
            self.assertEqual(row["path"], f"{self.ann.user}/box/x")
        self.assertEqual(self.manage(CHECK, "--account", ADMIN), [])
        done = Path(self.mktemp())
        done.write_text("[1000000, 0]")
        self.assertEqual(self.manage("blocks-verify", "--resume", str(done)), [])
        self.assertFalse(done.exists())
        done.write_text("no")
        self.manage(CHECK, "--resume", str(done), code=USAGE)
        self.spoil("update storage_statistics set size = size + 1 where cluster = 0")
        rows = self.manage(CHECK, "--account", DEMO, code=FAILED)
        self.assertTrue(rows[-1]["problem"].startswith("counted "))
        self.assertEqual(rows[-1]["path"], f"{self.ann.user}/box")

    def manage_hashes(self, path: str) -> list[str]:
        container, _, name = path.partition("/")
        place = Place(self.ann.user, container, name)
        return list(self.cloud.now(self.objects.hashmap(self.ann, place)).hashes)

    def test_unnamed_blocks_are_counted_and_collected(self) -> None:
        """(OPS-062) `--dry-run` changes nothing; the grace is at least a day."""
        self.box(self.ann)
        stray = b"nobody names me"
        self.cloud.now(self.objects.store_blocks(self.ann, self.ann.user, "box", Body(stray)))
        self.put(self.ann, "box/x", b"named")
        self.manage(COLLECT, "--grace", "0.5", code=USAGE)
        self.assertEqual(self.manage(COLLECT)["set aside"], 0)
        self.cloud.site.clock.advance(8 * 86400)
        dry = self.manage("blocks-collect", "--dry-run")
        self.assertEqual((dry["set aside"], dry["bytes set aside"]), (1, len(stray)))
        self.assertEqual(self.manage(COLLECT)["set aside"], 1)
        self.cloud.site.clock.advance(2 * 86400)
        self.assertEqual(self.manage(COLLECT)["given up"], 1)
        self.assertEqual(self.get(self.ann, "box/x"), b"named")
        self.assertEqual(self.manage(CHECK, "--deep"), [])


class ChargedHistory(Base):
    settings = Storage(free_versioning=False)

    def test_history_is_compared_where_it_is_charged(self) -> None:
        """(PIT-231) Superseded versions count, those of one map once; after a merge too."""
        self.box(self.ann)
        self.put(self.ann, "box/x", b"12345")
        self.put(self.ann, "box/x", b"678")
        place = Place(self.ann.user, "box", "x")
        change = ObjectChange(metadata={"X-Object-Meta-B": "2"})
        self.cloud.now(self.objects.update_object(self.ann, place, change))
        self.assertEqual(self.manage(RESOURCES), [])
        charge = Charge(self.ann.user, self.ann.project, DISKSPACE, -1)
        store, ledger = self.house.identity.store, self.house.quota
        self.cloud.now(store.transact("spoil", lambda tx: ledger.charge(tx, [charge])))
        rows = self.manage(RESOURCES, code=FAILED)
        self.assertEqual({(row["database"], row["quotaholder"]) for row in rows}, {(8, 7)})
        self.manage(RESOURCES, "--fix")
        self.manage(ACCOUNTS, "merge", self.ann.user, self.bob.user, stdin="yes\n")
        self.assertEqual(self.manage(RESOURCES), [])
        self.manage(ACCOUNTS, "delete", self.bob.user, stdin="yes\n")
        self.assertEqual(self.manage(RESOURCES), [])
