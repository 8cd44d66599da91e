"""Reports of jobs into the database: how many a second one daemon applies to many machines.

    python -m bench.events [MACHINES] [EVENTS]

On PostgreSQL when SYNNEFOD_TEST_POSTGRES names a server; a database of its own is made there.

The machines are rows of one cluster; each report is a start or a stop that moves its row, as the
dispatcher is given them, so many at once.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn
from twisted.internet.defer import Deferred
from twisted.internet.task import react

from bench._measure import figure
from synnefod.assembly import doors, firststart, services, supports
from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.clockwork import gather
from synnefod.common.ids import JobId
from synnefod.config import Config
from synnefod.config.sections import Bootstrap, Database, Ganeti, Server
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.store.interface import Tx

AT_ONCE = 400
CLUSTER = "bench.localhost"


async def fill(tx: Tx, machines: int) -> None:
    """One cluster, one owner with endless quota, and rows of machines that are stopped."""
    await tx.run(
        "insert into backends (name, url, username, password, mac_index, hypervisor,"
        " disk_templates, version) values (:name, 'http://localhost:1', 'u', 'x', 0, 'kvm', '[]',"
        " '3.0')",
        name=CLUSTER,
    )
    backend = await tx.one("select id from backends where name = :name", name=CLUSTER)
    user = await tx.one("select uuid from users limit 1")
    assert backend is not None and user is not None
    rows = [
        {"name": f"m{number}", "user": user[0], "backend": backend[0]} for number in range(machines)
    ]
    await tx.many(
        "insert into servers (name, user_id, project, backend, flavor, created, updated, operstate)"
        " values (:name, :user, :user, :backend, 1, 0, 0, 'STOPPED')",
        rows,
    )


async def run(reactor: Any, url: str, machines: int, count: int) -> None:
    folder = Path(tempfile.mkdtemp())
    config = Config(
        server=Server(state=str(folder)),
        database=Database(url=url),
        ganeti=Ganeti(simulate=0),
        bootstrap=Bootstrap(enabled=True),
    )
    parts = supports.build(config, reactor)
    parts.threads.start()
    await parts.store.start()
    house = services.build(config, reactor, parts, MountedCatalogue(doors.ENDPOINTS))
    await house.objects.prepare()
    await firststart.run(config, house, "http://localhost")
    await parts.store.transact("machines", lambda tx: fill(tx, machines))
    first = await parts.store.read("first", lambda tx: tx.one("select min(id) from servers"))
    numbers = list(range(first[0], first[0] + machines))
    chooser = random.Random(7)
    keeper = house.compute.keeper
    running: set[int] = set()
    events = []
    when = int(time.time() * 1_000_000)
    for job in range(count):
        number = chooser.choice(numbers)
        opcode = "SHUTDOWN" if number in running else "STARTUP"
        running ^= {number}
        name = f"snf-{number}"
        made = JobEvent(
            CLUSTER, name, JobId(job + 1), f"OP_INSTANCE_{opcode}", JobStatus.SUCCESS, when + job
        )
        events.append(made)
    waiting = iter(events)

    async def feed() -> None:
        for event in waiting:
            await keeper.feed(event)

    began, cpu = time.monotonic(), time.process_time()
    await gather([feed() for _ in range(AT_ONCE)])
    seconds = time.monotonic() - began
    used = time.process_time() - cpu
    values = {"per_second": round(count / seconds), "per_cpu_second": round(count / used)}
    figure("reports applied", machines=machines, **values)
    await parts.store.stop()
    parts.threads.stop()


async def measured(reactor: Any, machines: int, count: int) -> None:
    """On a database of its own, which is gone afterwards."""
    dsn = os.environ.get("SYNNEFOD_TEST_POSTGRES")
    if not dsn:
        await run(reactor, "sqlite", machines, count)
        return
    name = f"bench_{os.getpid()}"
    server = psycopg2.connect(dsn)
    server.autocommit = True
    server.cursor().execute(f"create database {name}")
    try:
        await run(reactor, f"postgresql:{make_dsn(dsn, dbname=name)}", machines, count)
    finally:
        server.cursor().execute(f"drop database {name} with (force)")
        server.close()


def main(reactor: Any, *arguments: str) -> Deferred[None]:
    machines, count = (*map(int, arguments), 10_000, 10_000)[:2]
    return Deferred.fromCoroutine(measured(reactor, machines, count))


if __name__ == "__main__":
    react(main, sys.argv[1:])
