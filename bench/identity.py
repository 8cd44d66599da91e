"""CPU of a token check, of an authenticated small GET, of quota and of a large project's pages, one
JSON line a figure; a thousand commissions at once must end in exact counters.

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
from uuid import uuid4

from twisted.internet.task import Clock

from synnefod.common.clockwork import gather
from synnefod.common.errors import OverQuota
from synnefod.common.ids import ProjectId
from synnefod.projects.interface import Asker, NewProject
from synnefod.quota.interface import (
    CPU,
    DISK,
    DISKSPACE,
    RAM,
    TOTAL_CPU,
    TOTAL_RAM,
    VM,
    Charge,
    project_holder,
    user_holder,
)
from tests.harness.cloud import Cloud, assemble, done, in_memory, v3_token, web
from tests.harness.database import DSN, new_database

CROWD, ROOM = 1000, 600
MEMBERS, PAGE = 10_000, 100
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


async def crowd(cloud: Cloud, user: Any, engine: str) -> None:
    """CROWD commissions on one holder at once, of which ROOM fit. Raises AssertionError unless the
    counters say just that."""
    own = ProjectId(user.id)
    holder, source = user_holder(user.id), project_holder(own)

    async def one() -> bool:
        charges = [Charge(user.id, own, DISKSPACE, 1)]

        async def body(tx: Any) -> None:
            serial = await cloud.ledger.reserve(tx, charges)
            await cloud.ledger.settle(tx, serial, accept=True)

        try:
            await cloud.store.transact("crowd", body)
        except OverQuota:
            return False
        return True

    async def used() -> Any:
        found = await cloud.store.read("used", lambda tx: cloud.ledger.holdings(tx, [holder]))
        return next(each for each in found if each.resource == DISKSPACE)

    before = (await used()).usage_max
    await cloud.store.transact(
        "room", lambda tx: cloud.ledger.set_limits(tx, holder, source, {DISKSPACE: before + ROOM})
    )
    begun = time.process_time()
    fitted = sum(await gather(one() for _ in range(CROWD)))
    cpu = time.process_time() - begun
    after = await used()
    assert fitted == ROOM, fitted
    assert after.usage_min == after.usage_max == before + ROOM, after
    report(f"{CROWD} commissions on one holder at once, exact", engine, CROWD, cpu)


async def pages(cloud: Cloud, user: Any, engine: str) -> None:
    """The first, middle and last page of a project's members."""
    project = await cloud.projects.create(NewProject("large", user.id))

    async def fill(tx: Any) -> None:
        people = [{"uuid": str(uuid4()), "name": f"m{n}@example.org"} for n in range(MEMBERS)]
        await tx.many(
            "insert into users (uuid, username, email, first_name, last_name, date_joined, updated,"
            " is_active, email_verified, moderated) values (:uuid, :name, :name, 'M', 'N', 0, 0,"
            " 1, 1, 1)",
            people,
        )
        await tx.many(
            "insert into memberships (person, project, state) values (:uuid, :project, 1)",
            [{"uuid": each["uuid"], "project": project.id} for each in people],
        )

    await cloud.store.transact("fill", fill)
    by = Asker(user.id, False)
    desk = cloud.projects.memberships
    numbers: list[int] = []
    while found := await desk.listing(
        by, project.id, after=numbers[-1] if numbers else 0, limit=PAGE
    ):
        numbers += [each.number for each in found]
    assert len(set(numbers)) >= MEMBERS
    costs = {}
    marks = {"first": 0, "middle": numbers[MEMBERS // 2], "last": numbers[-PAGE - 1]}
    for name, mark in marks.items():
        best = 1e9
        for _ in range(30):
            begun = time.process_time()
            found = await desk.listing(by, project.id, after=mark, limit=PAGE)
            best = min(best, time.process_time() - begun)
            assert len(found) == PAGE
        costs[name] = best
        report(f"{name} page of {PAGE} of {MEMBERS} members", engine, 1, best)
    ratio = round(max(costs.values()) / min(costs.values()), 2)
    line = {"bench": "identity", "figure": "dearest page by cheapest", "engine": engine}
    print(json.dumps(line | {"ratio": ratio}), flush=True)


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
    done(crowd(cloud, user, "sqlite"))
    done(pages(cloud, user, "sqlite"))


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
        await crowd(cloud, user, "postgres")
        await pages(cloud, user, "postgres")
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
