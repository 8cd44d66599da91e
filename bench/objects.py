"""Object PUT and GET through the service: MiB/s, CPU per MiB, peak memory, beside `dd` with fsync.

    python -m bench.objects [--mib 256] [--folder DIR] [--md5] [--piece KIB]

One JSON line a figure. The folder should be on the disk that is to be judged.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import react
from twisted.internet.utils import getProcessOutputAndValue

from synnefod.blocks.filesystem import FilesystemBlocks
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import Threads
from synnefod.objects.interface import ContainerChange, Place, Write
from synnefod.objects.parts import Parts
from synnefod.objects.service import ObjectStore
from synnefod.protocols.http.site import Site
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import DISKSPACE, project_holder, user_holder
from synnefod.resources.door import Mount
from synnefod.resources.objects.pithos.asking import Settings as PithosSettings
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.objects.swift.asking import Settings as SwiftSettings
from synnefod.resources.objects.swift.mount import SwiftStore
from synnefod.resources.root import tree
from synnefod.store.interface import Tx
from synnefod.store.sqlite import SqliteStore

USER = "0a000000-0000-4000-8000-000000000001"
MIB = 1 << 20


class Pieces:
    """A body of random bytes, made before the clock starts counting its blocks twice."""

    def __init__(self, mib: int, piece: int, seed: bytes) -> None:
        self._left = mib * MIB
        self._piece = piece
        self._pool = seed
        self._at = 0

    async def read_some(self) -> bytes:
        size = min(self._piece, self._left)
        self._left -= size
        start = self._at % (len(self._pool) - self._piece)
        self._at += 4099 * 1024 + 1
        return self._pool[start : start + size]


def figure(name: str, **values: Any) -> None:
    print(json.dumps({"figure": name, **values}), flush=True)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class OnePerson:
    """An identity for which every token is the bench's user."""

    async def authenticate(self, token: str) -> Principal:
        return Principal(UserId(USER), "bench", ProjectId(USER), token_expires=2**60)


async def measured(
    name: str, mib: int, work: Callable[[], Awaitable[object]], *, own: bool = False
) -> None:
    """Prints the cost of `work`, children included unless only our `own` counts."""
    before, start = os.times(), time.perf_counter()
    await work()
    seconds, after = time.perf_counter() - start, os.times()
    end = 2 if own else 4
    cpu = sum(after[:end]) - sum(before[:end])
    figure(
        name,
        mib=mib,
        seconds=round(seconds, 3),
        mib_per_s=round(mib / seconds, 1),
        cpu_ms_per_mib=round(1000 * cpu / mib, 3),
        system_ms_per_mib=round(1000 * (after.system - before.system) / mib, 3),
        peak_rss_mib=round(peak_mib(), 1),
    )


def yardstick(folder: Path, mib: int) -> None:
    target = folder / "dd"
    start = time.perf_counter()
    before = os.times()
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={target}", "bs=4M", f"count={mib // 4}", "conv=fsync"],
        check=True,
        capture_output=True,
    )
    seconds, after = time.perf_counter() - start, os.times()
    figure(
        "dd_fsync",
        mib=mib,
        mib_per_s=round(mib / seconds, 1),
        cpu_ms_per_mib=round(1000 * (sum(after[2:4]) - sum(before[2:4])) / mib, 3),
    )
    target.unlink()


async def run(clock: Any, options: argparse.Namespace, folder: Path) -> None:
    threads = Threads(clock)
    threads.start()
    store = SqliteStore(folder / "cloud.db", clock, threads)
    await store.start()
    ledger = Ledger(clock)
    user = Principal(UserId(USER), "bench", ProjectId(USER))

    async def limits(tx: Tx) -> None:
        source = project_holder(ProjectId(USER))
        await ledger.set_limits(tx, source, None, {DISKSPACE: 1 << 60})
        await ledger.set_limits(tx, user_holder(UserId(USER)), source, {DISKSPACE: 1 << 60})

    await store.transact("limits", limits)
    blocks = FilesystemBlocks(folder / "blocks", threads, clock)
    objects = ObjectStore(Parts(store, blocks, ledger, None, threads, clock))  # type: ignore[arg-type]
    await objects.prepare()
    await objects.put_container(user, USER, "box", ContainerChange())
    seed = os.urandom(8 * MIB)
    place = Place(USER, "box", "big")
    how = Write("application/octet-stream", keep_md5=options.md5, max_size=1 << 50)

    async def put() -> None:
        body = Pieces(options.mib, options.piece * 1024, seed)
        await objects.write(user, place, how, body)

    async def get() -> None:
        reading = await objects.open(user, place)
        count = 0
        async for piece in await reading.data():
            count += len(piece)
        assert count == options.mib * MIB

    async def small(count: int) -> None:
        for n in range(count):
            body = Pieces(1, 1024, seed)
            body._left = 1024
            await objects.write(user, Place(USER, "box", f"small/{n:05d}"), how, body)

    figure("idle", peak_rss_mib=round(peak_mib(), 1))
    yardstick(folder, options.mib)
    await measured("put_new", options.mib, put)
    await measured("put_stored", options.mib, put)
    await measured("get", options.mib, get)
    start = time.perf_counter()
    await small(200)
    figure("put_1_kib", per_s=round(200 / (time.perf_counter() - start), 1))
    await over_http(clock, objects, folder, options.mib)
    await store.stop()
    threads.stop()


async def over_http(clock: Any, objects: ObjectStore, folder: Path, mib: int) -> None:
    """The same through a real socket, by curl; only this process's CPU is counted."""
    identity: Any = OnePerson()
    mounts = [
        Mount("/a", "pithos", [PithosStore(PithosSettings(objects), identity)], identity),
        Mount("/b", "swift", [SwiftStore(SwiftSettings(objects))], identity),
    ]
    port = clock.listenTCP(0, Site(tree(mounts), clock, access_log=False), interface="127.0.0.1")
    base = f"http://127.0.0.1:{port.getHost().port}"
    head = ["-sS", "-f", "-o", "/dev/null", "-H", "X-Auth-Token: t", "-H", "Expect:"]
    kind = ["-H", "Content-Type: application/octet-stream"]

    async def curl(*arguments: str) -> None:
        out, err, code = await getProcessOutputAndValue("curl", [*head, *arguments], os.environ)
        assert code == 0, (out, err)

    for name, url in (("pithos", f"{base}/a/{USER}/box"), ("swift", f"{base}/b/AUTH_{USER}/box")):
        source = folder / f"source-{name}"
        with source.open("wb") as file:
            for _ in range(mib // 4):
                file.write(os.urandom(4 * MIB))
            file.flush()
            os.fsync(file.fileno())  # else our own syncs would pay for the source's pages
        # Also leaves as many free pages behind: a virtual machine pays dearly for fresh ones.
        yardstick(folder, mib)
        put = functools.partial(curl, *kind, "-T", str(source), f"{url}/{name}")
        await measured(f"http_{name}_put_new", mib, put, own=True)
        await measured(f"http_{name}_put_stored", mib, put, own=True)
        await measured(f"http_{name}_get", mib, functools.partial(curl, f"{url}/{name}"), own=True)
    await port.stopListening()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--md5", action="store_true")
    parser.add_argument("--piece", type=int, default=256, help="KiB of one read of the body")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        react(lambda clock: ensureDeferred(run(clock, options, Path(folder))), ())


if __name__ == "__main__":
    main()
