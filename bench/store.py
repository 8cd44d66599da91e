"""Transactions of both engines: one JSON line a figure.

`python -m bench.store [SECONDS]`; PostgreSQL when SYNNEFOD_TEST_POSTGRES names a server.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import react

from synnefod.common.clockwork import gather
from synnefod.common.threads import Threads
from synnefod.store.drivers import open_store

SCHEMA = "create table rows (id {identity}, name text {bytewise} not null, size {bigint});"


async def measure(engine: str, what: str, callers: int, seconds: float, once: Any) -> None:
    """Runs `once` by `callers` at a time for `seconds`, and prints what came of it."""
    wall, cpu, done = time.perf_counter(), time.process_time(), 0

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() - wall < seconds:
            await once()
            done += 1

    await gather([caller() for _ in range(callers)])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    figures = {"per_second": round(done / wall), "per_cpu_second": round(done / cpu)}
    print(json.dumps({"bench": "store", "engine": engine, "what": what, "callers": callers}
                     | figures))  # fmt: skip


async def run(reactor: Any, seconds: float) -> None:
    threads = Threads(reactor)
    threads.start()
    folder = Path(tempfile.mkdtemp())
    (folder / "0001_rows.sql").write_text(SCHEMA)
    urls = [f"sqlite:///{folder / 'db'}"]
    drop = None
    if os.environ.get("SYNNEFOD_TEST_POSTGRES"):
        from tests.harness.database import empty_database

        dsn, drop = empty_database()
        urls.append(f"postgresql:{dsn}")
    for url in urls:
        engine = url.partition(":")[0]
        store = open_store(url, reactor, threads, migrations=folder)
        await store.start()

        async def insert(tx: Any) -> Any:
            return await tx.one(
                "insert into rows (name, size) values (:name, :size) returning id", name="x", size=1
            )

        async def get(tx: Any) -> Any:
            return await tx.one("select name, size from rows where id = :id", id=1)

        async def page(tx: Any) -> Any:
            return await tx.all("select id, name, size from rows where id > 1 order by id limit 99")

        async def write(store: Any = store, body: Any = insert) -> None:
            await store.transact("write", body)

        async def point(store: Any = store, body: Any = get) -> None:
            await store.read("point", body)

        async def listing(store: Any = store, body: Any = page) -> None:
            await store.read("listing", body)

        for callers in (1, 16, 64):
            await measure(engine, "one-insert transaction", callers, seconds, write)
        await measure(engine, "read by key", 16, seconds, point)
        await measure(engine, "read of 99 rows", 16, seconds, listing)
        await store.stop()
    if drop is not None:
        drop()
    threads.stop()


def main(reactor: Any) -> Deferred[None]:
    return ensureDeferred(run(reactor, float(sys.argv[1]) if len(sys.argv) > 1 else 1.5))


if __name__ == "__main__":
    react(main)
