"""`synnefo sync` against a running daemon: two folders and a container, random changes, kills."""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.user.folder import Folder
from synnefod.user.maps import BLOCK
from synnefod.user.plan import Do
from synnefod.user.refusals import Failure
from synnefod.user.signin import Session, sign_in
from synnefod.user.state import State
from synnefod.user.store import Store
from synnefod.user.syncing import Outcome, Sync
from synnefod.user.transfers import Transfers
from tests.harness.daemon import BIN, Daemon

COMMAND = [str(BIN / "python"), "-m", "synnefod.user.main"]
Tree = dict[str, bytes]


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


class Shared:
    """One daemon for all tests here, begun by the first; each test has its own container."""

    daemon: Daemon | None = None

    @classmethod
    def take(cls) -> Daemon:
        if cls.daemon is None:
            place = Path(tempfile.mkdtemp(prefix="sync-"))
            cls.daemon = Daemon(place, {"ganeti": {"simulate": 0}})
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            atexit.register(cls.daemon.stop)
            cls.daemon.start()
        return cls.daemon


class Syncing(SynchronousTestCase):
    def setUp(self) -> None:
        self.daemon = Shared.take()
        self.session: Session = sign_in(self.daemon.account())
        self.place = Path(tempfile.mkdtemp(prefix="sync-"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.container = f"box-{secrets.token_hex(4)}"
        self.folder = self.place / self.container
        self.a, self.b = self.folder / "a", self.folder / "b"
        self.a.mkdir(parents=True)
        self.b.mkdir()
        self.store = Store(self.session, self.session.user)
        self.store.make(self.container)

    def made(self, root: Path, state: State, transfers: Transfers) -> Sync:
        return Sync(Folder(root), state, self.store, self.container, "deep/", transfers)

    def sync(self, root: Path) -> Outcome:
        state = State(root, f"{self.session.user}/{self.container}/deep")
        try:
            with Transfers(4) as transfers:
                outcome = self.made(root, state, transfers).run()
        finally:
            state.close()
        self.assertEqual(outcome.failed, {})
        return outcome

    def both(self) -> None:
        """Each folder twice: what one adds for a conflict, the other learns."""
        for root in (self.a, self.b, self.a, self.b):
            self.sync(root)
        self.assertEqual(tree(self.a), tree(self.b))
        there = {each.name: each.size for each in self.store.objects(self.container)}
        self.assertEqual(there, {f"deep/{p}": len(data) for p, data in tree(self.a).items()})

    def put(self, root: Path, path: str, data: bytes) -> None:
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def test_random_changes_on_both_sides_converge_and_lose_nothing(self) -> None:
        """Whatever was written on either side is there in the end on both, next to what the other
        side made of it; what was deleted and touched by nobody is gone; the rest is as it was."""
        for seed in (1, 2, 3):
            rng = random.Random(seed)
            for root in (self.a, self.b):
                for each in [p for p in root.iterdir() if p.name != ".synnefo"]:
                    shutil.rmtree(each) if each.is_dir() else each.unlink()
            self.both()
            for _ in range(4):
                before = tree(self.a)
                mine, theirs = self.change(rng, self.a), self.change(rng, self.b)
                self.both()
                after = tree(self.a)
                contents = set(after.values())
                for data in (*mine.values(), *theirs.values()):
                    if data is not None:
                        self.assertIn(data, contents, seed)
                for path, data in before.items():
                    touched = [side[path] for side in (mine, theirs) if path in side]
                    if not touched:
                        self.assertEqual(after[path], data)
                    elif all(each is None for each in touched):
                        self.assertNotIn(path, after)

    def change(self, rng: random.Random, root: Path) -> dict[str, bytes | None]:
        """Random changes; what each changed name holds now."""
        changed: dict[str, bytes | None] = {}
        names = ["one", "two.txt", "Ünï códe ☃", "d/three", "d/e/four.tar.gz", "e/ five", "%41?#"]
        for _ in range(rng.randrange(1, 6)):
            have = sorted(tree(root))
            act = rng.choice(("write", "write", "extend", "delete", "rename"))
            if act == "write" or not have:
                path = rng.choice(names)
                data = rng.randbytes(rng.choice((0, 1, 1000))) + str(rng.random()).encode()
                self.put(root, path, data)
                changed[path] = data
                continue
            path = rng.choice(have)
            if act == "extend":
                data = (root / path).read_bytes() + rng.randbytes(3) + b"."
                (root / path).write_bytes(data)
                changed[path] = data
            elif act == "delete":
                (root / path).unlink()
                changed[path] = None
            else:
                other = f"moved {rng.randrange(100)}"
                changed[other], changed[path] = (root / path).read_bytes(), None
                (root / path).rename(root / other)
        return changed

    def test_files_of_many_blocks_go_both_ways_and_only_blocks_that_changed_are_sent(self) -> None:
        """Three blocks arrive whole; after a change of one byte one block is sent and fetched;
        trailing zeros, an exact block and an empty file keep their sizes."""
        data = bytearray(os.urandom(2 * BLOCK + 7))
        self.put(self.a, "big", data)
        self.put(self.a, "zeros", bytes(BLOCK + 5))
        self.put(self.a, "exact", os.urandom(BLOCK - 1) + b"x")
        self.put(self.a, "empty", b"")
        self.both()
        self.assertEqual(set(tree(self.b)), {"big", "zeros", "exact", "empty"})
        data[BLOCK + 1] ^= 1
        self.put(self.a, "big", data)
        sent, read = [], []
        put_block, get = Store.put_block, Store.read
        self.patch(Store, "put_block", lambda *a: (sent.append(1), put_block(*a))[1])
        self.patch(Store, "read", lambda *a: (read.append(1), get(*a))[1])
        self.both()
        self.assertEqual((len(sent), len(read)), (1, 1))
        self.assertEqual(tree(self.b)["big"], data)
        (self.a / "d").mkdir()
        (self.a / "big").rename(self.a / "d" / "renamed")
        (self.a / "exact").rename(self.a / "d" / "exactly")
        self.both()
        self.assertEqual(tree(self.b)["d/renamed"], data)
        self.assertEqual((len(sent), len(read)), (1, 1), "what is renamed does not travel")

    def test_a_file_becomes_a_folder_and_a_folder_a_file(self) -> None:
        """The other side follows, in as many rounds as it takes."""
        self.put(self.a, "one", b"a file")
        self.put(self.a, "two/deep/er", b"in a folder")
        self.both()
        (self.a / "one").unlink()
        self.put(self.a, "one/two", b"now a folder")
        shutil.rmtree(self.a / "two")
        self.put(self.a, "two", b"now a file")
        self.both()
        self.assertEqual(tree(self.b), {"one/two": b"now a folder", "two": b"now a file"})

    def test_a_folder_is_synced_while_its_daemon_dies_and_comes_back(self) -> None:
        """The command ends with one line when the daemon is killed under it; started again it
        ends the work, and both sides are equal."""
        for n in range(12):
            self.put(self.a, f"f{n}", os.urandom(BLOCK // 2) + b"x")
        child = self.command("sync", str(self.a), f"{self.container}/deep", "-q")
        while child.poll() is None and self.logged("POST") < 3:
            time.sleep(0.01)
        self.daemon.kill()
        try:
            out, _ = child.communicate(timeout=120)
            self.assertNotIn(b"Traceback", out)
        finally:
            self.daemon.start()
        self.both()
        self.assertEqual(len(tree(self.b)), 12)

    def test_a_conflict_keeps_both_and_says_where(self) -> None:
        """The cloud's keeps the name, the folder's is kept beside it and sent too."""
        self.put(self.a, "notes.txt", b"first")
        self.both()
        self.put(self.a, "notes.txt", b"of a")
        self.put(self.b, "notes.txt", b"of b")
        self.sync(self.a)
        outcome = self.sync(self.b)
        [kept] = outcome.conflicts
        self.assertTrue(kept.startswith("notes (conflict, ") and kept.endswith(").txt"), kept)
        self.assertEqual(tree(self.b), {"notes.txt": b"of a", kept: b"of b"})
        self.both()

    def test_what_changes_while_it_is_synced_is_not_overwritten(self) -> None:
        """The other side writes between the look and the change, there and here: neither write
        is lost."""
        self.put(self.a, "one", b"first")
        self.put(self.a, "two", b"first")
        self.both()
        self.put(self.a, "one", b"of a")
        self.put(self.b, "two", b"of b, in the cloud")
        self.sync(self.b)
        once: list[str] = []
        upload, fetch = Transfers.upload, Transfers.download

        def racing_upload(*given: Any, **more: Any) -> Any:
            if not once:
                once.append("up")
                self.put(self.b, "one", b"of b")
                self.sync(self.b)
            return upload(*given, **more)

        def racing_fetch(*given: Any, **more: Any) -> Any:
            fetch(*given, **more)
            if given[2].endswith("/two") and "down" not in once:
                once.append("down")
                self.put(self.a, "two", b"of a, meanwhile")

        self.patch(Transfers, "upload", racing_upload)
        self.patch(Transfers, "download", racing_fetch)
        self.sync(self.a)
        self.both()
        wanted = {b"of a", b"of b", b"of b, in the cloud", b"of a, meanwhile"}
        self.assertEqual(set(tree(self.a).values()), wanted)

    def test_a_sync_that_ends_before_it_notes_anything_is_found_done(self) -> None:
        """Killed after any step and before its note, each side is whole, and the next run makes
        neither conflicts nor transfers of it."""
        self.put(self.a, "up", b"of a")
        self.put(self.b, "down", b"of b")
        self.sync(self.b)
        agreed = State.agreed

        def killed(*given: Any) -> None:
            raise Killed

        for change in (
            lambda: None,
            lambda: (self.put(self.a, "up", b"again"), self.put(self.b, "down", b"again of b")),
            lambda: ((self.a / "up").unlink(), (self.b / "down").unlink()),
        ):
            change()
            self.sync(self.b)
            for _ in range(4):
                self.patch(State, "agreed", killed)
                with contextlib.suppress(Killed):
                    self.sync(self.a)
                self.patch(State, "agreed", agreed)
            outcome = self.sync(self.a)
            self.assertEqual((outcome.conflicts, outcome.done.get(Do.CONFLICT)), ([], None))
            self.both()
            self.assertFalse([name for name in tree(self.a) if "conflict" in name])

    def command(self, *words: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, **self.daemon.account()}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2])
        # A shell's background job hands on that it ignores SIGINT; a person's terminal does not.
        told = signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            return subprocess.Popen(
                [*COMMAND, *words],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        finally:
            signal.signal(signal.SIGINT, told)

    def test_a_killed_command_goes_on_where_it_was(self) -> None:
        """`synnefo sync` is killed again and again while it sends and while it fetches: nothing
        half is ever seen under a name, and few blocks travel twice."""
        for n in range(8):
            self.put(self.a, f"f{n}", os.urandom(2 * BLOCK - n))
        kills = 0
        for root, traffic in ((self.a, "POST"), (self.b, "GET")):
            for count in (2, 5, 8, 11):
                child = self.command("sync", str(root), f"{self.container}/deep", "-q")
                while child.poll() is None and self.logged(traffic) < count:
                    time.sleep(0.01)
                kills += child.poll() is None
                child.send_signal(signal.SIGKILL)
                child.communicate()
                have = tree(self.a)
                self.assertTrue(all(have[p] == data for p, data in tree(self.b).items()))
            child = self.command("sync", str(root), f"{self.container}/deep")
            out, _ = child.communicate(timeout=120)
            self.assertEqual(child.returncode, 0, out)
        self.assertEqual(tree(self.a), tree(self.b))
        self.assertEqual(len(tree(self.b)), 8)
        self.assertGreater(kills, 2)
        self.assertLessEqual(self.logged("POST"), 16 + 8 * 4)
        self.assertLessEqual(self.logged("GET"), 16 + 8 * 4)

    def logged(self, method: str) -> int:
        """How many blocks were sent or fetched, by the daemon's log."""
        box = f"/pithos/object-store/v1/{self.session.user}/{self.container}"
        status = "202" if method == "POST" else "206"
        lines = self.daemon.log.read_text("utf-8", "replace").splitlines()
        found = [line for line in lines if f'"message":"{method} {box}' in line]
        return sum(f' {status}"' in line for line in found)

    def test_what_the_ignore_file_names_and_links_stay_out(self) -> None:
        """Neither sent nor fetched nor deleted; names that could leave the folder are told of."""
        self.put(self.a, ".synnefoignore", b"*.tmp\nbuild/\n!keep.tmp\n")
        for path in ("x.tmp", "keep.tmp", "build/out", "src/main"):
            self.put(self.a, path, path.encode())
        (self.a / "link").symlink_to("/etc/passwd")
        (self.a / "outside").symlink_to(self.folder)
        self.sync(self.a)
        there = {each.name for each in self.store.objects(self.container)}
        self.assertEqual(there, {"deep/.synnefoignore", "deep/keep.tmp", "deep/src/main"})
        self.put(self.b, "evil", b"x")
        for name in ("deep/../up", "deep//x", "deep/outside/y", "deep/.synnefo/state.db"):
            self.store.session.wire.send(
                "PUT",
                f"{self.session.store}/{self.session.user}/{self.container}/"
                + name.replace("..", "%2E%2E"),
                token=self.session.token,
                headers={"Content-Type": "text/plain"},
                body=b"evil",
            )
        state = State(self.a, f"{self.session.user}/{self.container}/deep")
        self.addCleanup(state.close)
        with Transfers(4) as transfers:
            made = self.made(self.a, state, transfers)
            outcome = made.run()
        self.assertEqual(set(outcome.failed), {"outside/y"})
        self.assertEqual(len(made.folder.strange), 2)
        self.assertFalse((self.folder / "y").exists() or (self.folder / "up").exists())
        self.assertEqual((self.a / "x.tmp").read_bytes(), b"x.tmp")

    def test_one_folder_has_one_place_and_one_sync_at_a_time(self) -> None:
        """Another container, or a second process meanwhile, is refused."""
        state = State(self.a, "here")
        with self.assertRaises(Failure):
            State(self.a, "here")
        state.close()
        with self.assertRaises(Failure):
            State(self.a, "there")

    def test_the_command_says_first_and_watches_on(self) -> None:
        """`--dry-run` changes nothing; `--watch` carries later changes over, both ways, and ends
        when interrupted."""
        self.put(self.a, "one", b"1")
        place = f"{self.container}/deep"
        out, _ = self.command("sync", str(self.a), place, "--dry-run").communicate(timeout=120)
        self.assertEqual(out.decode().strip(), "upload: one")
        self.assertEqual(list(self.store.objects(self.container)), [])
        watching = [
            self.command("sync", str(root), place, "--watch", "--every", "0.3")
            for root in (self.a, self.b)
        ]
        try:
            self.until(lambda: tree(self.b) == {"one": b"1"})
            self.put(self.b, "two", b"2")
            self.until(lambda: tree(self.a) == {"one": b"1", "two": b"2"})
            (self.a / "one").unlink()
            self.until(lambda: tree(self.b) == {"two": b"2"})
        finally:
            for child in watching:
                child.send_signal(signal.SIGINT)
            for child in watching:
                out, _ = child.communicate(timeout=60)
                self.assertNotIn(b"Traceback", out)

    def until(self, true: Any) -> None:
        deadline = time.monotonic() + 90
        while not true():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.2)


def tree(root: Path) -> Tree:
    """The files that somebody sees there."""
    found = {}
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and not path.is_symlink() and not name.startswith(".synnefo/"):
            try:
                found[name] = path.read_bytes()
            except FileNotFoundError:
                continue
    return found
