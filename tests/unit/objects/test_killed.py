"""kill -9 in the middle of writes: what was acknowledged is whole, the rest is absent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.threads import Threads
from synnefod.objects.interface import ContainerChange, ObjectQuery, Place, Write
from synnefod.objects.parts import Parts
from synnefod.objects.service import ObjectStore
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import DISKSPACE, project_holder, user_holder
from synnefod.store.interface import Tx
from synnefod.store.sqlite import SqliteStore
from tests.unit.objects.cloud import ANN, Body, People, ann
from tests.vectors.blocks import pattern

SIZE = (4 << 20) + 1000


def content(number: int) -> bytes:
    return number.to_bytes(8, "big") + pattern(SIZE)


async def open_store(folder: Path, clock: Any, threads: Threads) -> tuple[ObjectStore, Any]:
    """The object store that lives in `folder`, its database started."""
    store = SqliteStore(folder / "cloud.db", clock, threads)
    await store.start()
    blocks = FilesystemBlocks(folder / "blocks", threads, clock)
    objects = ObjectStore(Parts(store, blocks, Ledger(clock), People(), threads, clock))
    await objects.prepare()
    return objects, store


async def write_for_ever(clock: Any, folder: Path) -> None:
    """Writes numbered objects and says each number when it is acknowledged."""
    threads = Threads(clock)
    threads.start()
    objects, store = await open_store(folder, clock, threads)

    async def limits(tx: Tx) -> None:
        source = project_holder(ProjectId(ANN))
        limit = {DISKSPACE: 1 << 60}
        await objects.parts.quota.set_limits(tx, source, None, limit)
        await objects.parts.quota.set_limits(tx, user_holder(UserId(ANN)), source, limit)

    await store.transact("limits", limits)
    await objects.put_container(ann, ANN, "box", ContainerChange())
    known = len((await objects.objects(ann, ANN, "box", ObjectQuery())).entries)
    print("ready", flush=True)
    for number in range(known, 10_000):
        place = Place(ANN, "box", f"{number:05d}")
        await objects.write(ann, place, Write("a/b"), Body(content(number)))
        print(number, flush=True)


class KilledTests(TestCase):
    timeout = 90

    async def test_what_was_acknowledged_survives(self) -> None:
        """After each kill every listed object reads whole, every acknowledged one is listed, and
        totals and quota agree (object-storage.md 6.2)."""
        folder = Path(self.mktemp())
        folder.mkdir()
        acknowledged = -1
        code = (
            "import sys; from pathlib import Path; from twisted.internet.task import react;"
            "from twisted.internet.defer import ensureDeferred;"
            "from tests.unit.objects.test_killed import write_for_ever;"
            "react(lambda clock: ensureDeferred(write_for_ever(clock, Path(sys.argv[1]))))"
        )
        for pause in (0.02, 0.05, 0.09):
            child = subprocess.Popen(
                [sys.executable, "-c", code, str(folder)],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            assert child.stdout is not None
            self.assertEqual(child.stdout.readline(), "ready\n")
            acknowledged = int(child.stdout.readline())
            time.sleep(pause)
            child.send_signal(signal.SIGKILL)
            rest, _ = child.communicate()
            for line in rest.splitlines(keepends=True):
                if line.endswith("\n"):
                    acknowledged = int(line)
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        self.addCleanup(threads.stop)
        objects, store = await open_store(folder, reactor, threads)
        self.addCleanup(lambda: ensureDeferred(store.stop()))
        page = await objects.objects(ann, ANN, "box", ObjectQuery())
        names = [entry.name for entry in page.entries]
        self.assertEqual(names, [f"{number:05d}" for number in range(len(names))])
        self.assertGreater(len(names), acknowledged)
        for number, name in enumerate(names):
            reading = await objects.open(ann, Place(ANN, "box", name))
            data = b"".join([piece async for piece in await reading.data()])
            self.assertEqual(data, content(number))
        account = await objects.account(ann, ANN)
        self.assertEqual(account.bytes, len(names) * (SIZE + 8))
        self.assertEqual(account.bytes_used, account.bytes)
