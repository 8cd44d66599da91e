"""The block contract on a folder, with real threads, and what only files can show."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest import mock

from twisted.internet import reactor
from twisted.trial.unittest import TestCase

from synnefod.blocks import filesystem, hashing
from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.blocks.interface import BLOCK_SIZE, BlockCorrupt, BlocksUnavailable
from synnefod.common.clockwork import gather
from synnefod.common.ids import BlockHash
from synnefod.common.threads import InlineThreads, Threads
from tests.contracts.blocks import ONE, BlockStoreContract


def file_of(root: Path, name: BlockHash) -> Path:
    h = name.hex()
    return root / "blocks" / h[:2] / h[2:4] / h[4:6] / h


class FilesystemBlocksTests(BlockStoreContract, TestCase):
    def make_store(self) -> FilesystemBlocks:
        self.root = Path(self.mktemp())
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        self.addCleanup(threads.stop)
        return FilesystemBlocks(self.root, threads, reactor)  # type: ignore[arg-type]

    def damage(self, store: Any, name: BlockHash, data: bytes) -> None:
        file_of(self.root, name).write_bytes(data)

    def break_down(self, store: Any) -> None:
        def broken(*args: Any, **kwargs: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        self.patch(filesystem.os, "open", broken)

    def last_use(self, store: Any, name: BlockHash) -> float:
        return file_of(self.root, name).stat().st_mtime

    def age(self, store: Any, name: BlockHash) -> None:
        os.utime(file_of(self.root, name), (1_000_000, 1_000_000))

    def flushed(self) -> None:
        self.flushLoggedErrors()

    async def test_a_large_block_leaves_the_page_cache_once_synced(self) -> None:
        """Advice is given for the file of a large block after its sync, and for no small one; a
        system that refuses the advice stores the block all the same."""
        steps: list[str] = []
        sync = os.fsync

        def synced(fd: int) -> None:
            steps.append("sync")
            sync(fd)

        def advised(fd: int, offset: int, length: int, advice: int) -> None:
            self.assertEqual((offset, length, advice), (0, 0, os.POSIX_FADV_DONTNEED))
            steps.append("advice")
            raise OSError(errno.EINVAL, "no advice here")

        self.patch(filesystem.os, "fsync", synced)
        self.patch(filesystem.os, "posix_fadvise", advised)
        large = os.urandom(1 << 20)
        name = await self.store.store([large])
        self.assertEqual(steps[:2], ["sync", "advice"])
        await self.store.store([b"small"])
        self.assertEqual(steps.count("advice"), 1)
        self.assertEqual(await self.store.get(name), large)

    async def test_the_layout_is_the_contract_s(self) -> None:
        """Three two-digit folders lead to the block; only the stripped data is in its file."""
        name = await self.store.store([ONE + bytes(10)])
        self.assertEqual(file_of(self.root, name).read_bytes(), ONE)
        self.assertEqual(file_of(self.root, name).stat().st_mode & 0o777, 0o640)

    async def test_untrimmed_blocks_of_other_writers_are_read(self) -> None:
        """A file that kept its trailing zeros is still the same block."""
        name = await self.store.store([ONE])
        file_of(self.root, name).write_bytes(ONE + bytes(1000))
        self.assertEqual((await self.store.get(name)).rstrip(b"\0"), ONE)

    async def test_a_block_longer_than_a_block_is_damaged(self) -> None:
        """No block is longer than 4 MiB (object-storage.md 6.5)."""
        name = await self.store.store([ONE])
        file_of(self.root, name).write_bytes(ONE + bytes(BLOCK_SIZE))
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)

    async def test_a_damaged_block_is_set_aside(self) -> None:
        """The damaged file is kept in quarantine for whoever looks into it."""
        name = await self.store.store([ONE])
        self.damage(self.store, name, b"damaged")
        with self.assertRaises(BlockCorrupt):
            await self.store.get(name)
        [kept] = (self.root / "quarantine").iterdir()
        self.assertEqual(kept.read_bytes(), b"damaged")
        self.assertEqual(kept.name.split(".")[0], name.hex())

    async def test_many_writers_of_one_block_all_succeed(self) -> None:
        """The same block put at once by many is stored once, without leftovers (6.3)."""
        data = bytes(range(1, 251)) * 4000
        names = await gather([self.store.store([data]) for _ in range(8)])
        self.assertEqual(set(names), {hashing.block_hash(data)})
        self.assertEqual(await self.store.get(names[0]), data)
        self.assertEqual(list((self.root / "tmp").iterdir()), [])

    async def test_a_full_disk_leaves_no_block(self) -> None:
        """When the write fails half way there is no block and no temporary file (6.1 row 75)."""
        with mock.patch.object(filesystem.os, "fsync", side_effect=OSError(errno.ENOSPC, "full")):
            with self.assertRaises(BlocksUnavailable):
                await self.store.store([ONE])
        self.assertFalse(file_of(self.root, hashing.block_hash(ONE)).exists())
        self.assertEqual(list((self.root / "tmp").iterdir()), [])

    async def test_a_read_only_disk_is_unavailable(self) -> None:
        """EROFS is told as BlocksUnavailable with the system's reason."""
        with mock.patch.object(filesystem.os, "link", side_effect=OSError(errno.EROFS, "ro")):
            with self.assertRaises(BlocksUnavailable) as caught:
                await self.store.store([ONE])
        self.assertIn("Read-only", caught.exception.details)

    async def test_a_stale_handle_is_tried_once_more(self) -> None:
        """ESTALE of a network filesystem is no failure the first time (2.7.1)."""
        name = await self.store.store([ONE])
        real, times = os.open, []

        def stale(*args: Any, **kwargs: Any) -> int:
            times.append(1)
            if len(times) == 1:
                raise OSError(errno.ESTALE, "stale")
            return real(*args, **kwargs)

        self.patch(filesystem.os, "open", stale)
        self.assertEqual(await self.store.get(name), ONE)

    async def test_a_short_write_is_carried_on(self) -> None:
        """A system that takes only a part of a write gets the rest in further ones."""
        real = os.writev
        self.patch(filesystem.os, "writev", lambda fd, pieces: real(fd, [pieces[0][:3]]))
        name = await self.store.store([b"abcdef", b"ghi"])
        self.assertEqual(await self.store.get(name), b"abcdefghi")

    async def test_without_links_the_file_is_renamed(self) -> None:
        """A filesystem that has no hard links stores blocks all the same."""
        with mock.patch.object(filesystem.os, "link", side_effect=OSError(errno.EPERM, "no")):
            name = await self.store.store([ONE])
        self.assertEqual(await self.store.get(name), ONE)

    async def test_leftovers_are_cleaned_when_old(self) -> None:
        """Old temporary files go, young ones may still be somebody's work."""
        old, young = self.root / "tmp" / "old", self.root / "tmp" / "young"
        old.write_bytes(b"x")
        young.write_bytes(b"y")
        os.utime(old, (1_000_000, 1_000_000))
        self.assertEqual(await self.store.clean(86_400), 1)
        self.assertEqual([entry.name for entry in (self.root / "tmp").iterdir()], ["young"])

    async def test_files_and_folders_are_synced_before_it_fires(self) -> None:
        """The file, its folders and the top folder have been synced when a put fires (6.2)."""
        synced: list[str] = []
        real = os.fsync

        def note(fd: int) -> None:
            synced.append(os.readlink(f"/proc/self/fd/{fd}"))
            real(fd)

        self.patch(filesystem.os, "fsync", note)
        name = await self.store.store([ONE])
        path = file_of(self.root, name).resolve()
        self.assertIn("/tmp/", synced[0])
        ways = [str(path.parents[n]) for n in range(4)]
        self.assertEqual(synced[1:], ways)


WRITER = """
import os, sys, itertools
from pathlib import Path
from twisted.internet.task import Clock
from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.common.threads import InlineThreads
store = FilesystemBlocks(Path(sys.argv[1]), InlineThreads(), Clock())
print("ready", flush=True)
for n in itertools.count():
    piece = n.to_bytes(8, "big") + b"x" * 65528
    try:
        store.store([piece] * 64).send(None)
    except StopIteration as done:
        print(done.value.hex(), flush=True)
"""


class KilledWriterTests(TestCase):
    """kill -9 while blocks are written."""

    timeout = 60

    async def test_no_half_block_is_ever_readable(self) -> None:
        """Every file under a block's name is whole, and every acknowledged block is there
        (object-storage.md 6.2 step 1)."""
        root = Path(self.mktemp())
        acknowledged: set[str] = set()
        for pause in (0.0, 0.011, 0.023, 0.037, 0.052):
            child = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(root)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            assert child.stdout is not None
            self.assertEqual(child.stdout.readline(), "ready\n")
            acknowledged.add(child.stdout.readline().strip())
            time.sleep(pause)
            child.send_signal(signal.SIGKILL)
            rest, _ = child.communicate()
            acknowledged |= {line for line in rest.split("\n") if len(line) == 64}
        found = [path for path in (root / "blocks").rglob("*") if path.is_file()]
        self.assertLessEqual(acknowledged, {path.name for path in found})
        store = FilesystemBlocks(root, InlineThreads(), reactor)  # type: ignore[arg-type]
        for path in found:
            self.assertEqual(path.stat().st_size, BLOCK_SIZE)
            await store.get(BlockHash(bytes.fromhex(path.name)))
