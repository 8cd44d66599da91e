"""CPU of a token check, of an authenticated small GET and of quota, one JSON line a figure.

python -m bench.identity [RUNS]: on SQLite in a file, and on the server that
SYNNEFOD_TEST_POSTGRES names.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock

from synnefod.common.ids import ProjectId
from synnefod.quota.interface import CPU, DISK, DISKSPACE, RAM, TOTAL_CPU, TOTAL_RAM, VM, Charge
from tests.harness.cloud import Cloud, assemble, done, in_memory, v3_token, web
from tests.harness.database import DSN, new_database

SERVER = (VM, TOTAL_CPU, CPU, TOTAL_RAM, RAM, DISK)


def report(name: str, engine: str, runs: int, cpu: float) -> None:
    line = {"bench": "identity", "figure": name, "engine": engine, "runs": runs}
    print(json.dumps(line | {"cpu_us": round(cpu / runs * 1e6, 1)}), flush=True)


def measure(name: str, engine: str, runs: int, work: Callable[[], object]) -> None:
    """A tenth of the runs first, to warm up."""
    for _ in range(max(1, runs // 10)):
        work()
    begun = time.process_time()
    for _ in range(runs):
        work()
    report(name, engine, runs, time.process_time() - begun)


async def measure_async(
    name: str, engine: str, runs: int, work: Callable[[], Awaitable[object]]
) -> None:
    for _ in range(max(1, runs // 10)):
        await work()
    begun = time.process_time()
    for _ in range(runs):
        await work()
    report(name, engine, runs, time.process_time() - begun)


def works(cloud: Cloud, user: Any, token: str) -> dict[str, Callable[[], Awaitable[object]]]:
    """What is measured below the door."""
    own = ProjectId(user.id)
    grow = [Charge(user.id, own, DISKSPACE, 1)]
    server = [Charge(user.id, own, resource, 1) for resource in SERVER]

    async def uncached() -> object:
        cloud.recent.clear()
        return await cloud.identity.authenticate(token)

    async def cached() -> object:
        return await cloud.identity.authenticate(token)

    async def charge() -> object:
        return await cloud.store.transact("charge", lambda tx: cloud.ledger.charge(tx, grow))

    async def reserve() -> object:
        async def body(tx: Any) -> None:
            serial = await cloud.ledger.reserve(tx, server)
            await cloud.ledger.settle(tx, serial, accept=False)

        return await cloud.store.transact("reserve", body)

    return {
        "token check, not remembered": uncached,
        "token check, remembered": cached,
        "charge of one resource": charge,
        "reserve and settle of a server's six resources": reserve,
    }


def embedded(runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        on_file(runs, in_memory(Path(folder) / "cloud.sqlite"))


def on_file(runs: int, cloud: Cloud) -> None:
    user = done(cloud.person())
    client = web(cloud)
    token = v3_token(client)
    for name, work in works(cloud, user, token).items():
        measure(name, "sqlite", runs, lambda work=work: done(work()))  # type: ignore[misc]

    def get(path: str, **options: Any) -> None:
        exchange = client.start("GET", path, **options)
        if exchange.answer().status >= 400:
            raise AssertionError(path)
        exchange.hang_up()

    def fresh() -> None:
        cloud.recent.clear()
        get("/v3/regions", token=token)

    few = max(1, runs // 5)
    measure("GET without a token", "sqlite", few, lambda: get("/v3", token=""))
    measure("GET with a remembered token", "sqlite", few, lambda: get("/v3/regions", token=token))
    measure("GET with a token not remembered", "sqlite", few, fresh)


def on_server(runs: int) -> None:
    from twisted.internet import reactor
    from twisted.internet.defer import Deferred, ensureDeferred

    from synnefod.common.threads import InlineThreads, Threads
    from synnefod.identity.interface import Proof, Scope, Who
    from synnefod.store.postgres import PostgresStore
    from tests.harness.cloud import NOW, PASSWORD

    dsn, drop = new_database()

    async def run() -> None:
        threads = Threads(reactor)  # type: ignore[arg-type]
        threads.start()
        store = PostgresStore(dsn, reactor, threads)
        await store.start()
        clock = Clock()
        clock.advance(NOW)
        cloud = assemble(store, clock, InlineThreads())
        await cloud.first_start.prepare()
        user = await cloud.person()
        proof = Proof("password", Who(name=user.name), PASSWORD)
        token = (await cloud.identity.signin.sign_in([proof], Scope(), "")).token
        for name, work in works(cloud, user, token).items():
            await measure_async(name, "postgres", runs, work)
        await store.stop()
        threads.stop()

    def begin() -> None:
        ended: Deferred[None] = ensureDeferred(run())
        ended.addErrback(lambda failure: failure.printTraceback())
        ended.addBoth(lambda _: reactor.stop())  # type: ignore[attr-defined]

    reactor.callWhenRunning(begin)  # type: ignore[attr-defined]
    reactor.run()  # type: ignore[attr-defined]
    drop()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    embedded(count)
    if DSN:
        on_server(max(1, count // 4))
