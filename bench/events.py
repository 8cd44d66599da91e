"""Reports of jobs into the database: how many a second, and how soon the API shows them.

    python -m bench.events [MACHINES] [JOBS]

On PostgreSQL when SYNNEFOD_TEST_POSTGRES names a server (a database of its own is made there), and
then, with SYNNEFOD_TEST_RABBITMQ, through whole daemons too: the event daemon's messages, three for
each job, the last with NICs and disks, are in the broker's queue before the daemons go on. CPU is
that of the daemons alone.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psycopg2
from psycopg2.extensions import make_dsn
from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.internet.threads import deferToThread

from bench._machines import CLUSTER, Machines
from bench._measure import Wire, cpu_of, figure
from synnefod.assembly import doors, firststart, services, supports
from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.clockwork import gather, sleep
from synnefod.common.ids import JobId
from synnefod.config import Config
from synnefod.config.sections import Bootstrap, Database, Ganeti, Server
from synnefod.identity.endpoints import MountedCatalogue
from synnefod.protocols.amqp.rabbit import RabbitBus
from synnefod.protocols.amqp.url import parse_broker
from synnefod.protocols.eventd import OpStatus, WireDisk, WireNic, encode
from synnefod.store.interface import Tx
from tests.harness.daemon import Daemon

AT_ONCE = 400
RATE = 500
"""Messages a second while the delay is measured."""
SECONDS = 20
PAUSE = 0.01
"""Between two looks at the API; the delay is not known better."""


async def fill(tx: Tx, machines: int) -> list[int]:
    """One cluster, one owner with endless quota, and machines that are stopped."""
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
    return [row[0] for row in await tx.all("select id from servers order by id")]


async def applied(reactor: Any, url: str, machines: int, count: int) -> None:
    """The keeper alone: final reports of starts and stops, told by nobody."""
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
    numbers = await parts.store.transact("machines", lambda tx: fill(tx, machines))
    chooser, running, events = random.Random(7), set[int](), []
    when = int(time.time() * 1_000_000)
    for job in range(count):
        number = chooser.choice(numbers)
        opcode = "SHUTDOWN" if number in running else "STARTUP"
        running ^= {number}
        name = f"snf-{number}"
        report = JobEvent(
            CLUSTER, name, JobId(job + 1), f"OP_INSTANCE_{opcode}", JobStatus.SUCCESS, when + job
        )
        events.append(report)
    waiting = iter(events)

    async def feed() -> None:
        for event in waiting:
            await house.compute.keeper.feed(event)

    began, cpu = time.monotonic(), time.process_time()
    await gather([feed() for _ in range(AT_ONCE)])
    seconds = time.monotonic() - began
    used = time.process_time() - cpu
    values = {"per_second": round(count / seconds), "per_cpu_second": round(count / used)}
    figure("reports applied by the keeper", machines=machines, **values)
    await parts.store.stop()
    parts.threads.stop()


class Reports:
    """What an event daemon says of one job after another on these machines."""

    def __init__(self, machines: Machines, prefix: str) -> None:
        self._machines, self._prefix = machines, prefix
        self._chooser = random.Random(7)
        self._job = 0
        self.running: dict[int, int] = {}
        """Machine -> its newest job, odd numbers of jobs leave it running."""
        self.started: set[int] = set()

    def job(self) -> tuple[int, list[OpStatus]]:
        """A machine and the three messages of its next start or stop, which has just ended."""
        place = self._chooser.randrange(len(self._machines.servers))
        server = self._machines.servers[place]
        self._job += 1
        self.running[server] = self._job
        opcode = "SHUTDOWN" if server in self.started else "STARTUP"
        self.started ^= {server}
        now = int(time.time() * 1_000_000)
        common: dict[str, Any] = {
            "cluster": CLUSTER,
            "instance": f"{self._prefix}-{server}",
            "job": self._job,
            "operation": f"OP_INSTANCE_{opcode}",
            "job_fields": {"OP_ID": f"OP_INSTANCE_{opcode}"},
        }
        machines, prefix = self._machines, self._prefix
        nic = f"{prefix}-nic-{machines.ports[place]}"
        nics = (WireNic(nic, machines.mac(place), machines.address(place)),)
        disks = (WireDisk(f"{prefix}-vol-{machines.volumes[place]}", machines.disk * 1024, "u"),)
        messages = [
            OpStatus(status=status, when=now - ago, **common)
            for ago, status in ((3, "waiting"), (2, "running"))
        ]
        final = OpStatus(status="success", when=now, nics=nics, disks=disks, hvparams={}, **common)
        return server, [*messages, final]


class Cloud:
    """Daemons of one deployment on PostgreSQL and RabbitMQ, with many machines."""

    def __init__(self, reactor: Any, dsn: str, machines: int, number: int) -> None:
        self.dsn, self.prefix = dsn, f"b{os.urandom(3).hex()}"
        self.broker = os.environ["SYNNEFOD_TEST_RABBITMQ"]
        self.exchange = f"ganeti-{self.prefix}"
        self.bus = RabbitBus(reactor, [parse_broker(self.broker)], name="bench")
        folder = Path(tempfile.mkdtemp())
        settings: dict[str, dict[str, Any]] = {
            "database": {"url": f"postgresql:{dsn}"},
            "bus": {"url": self.broker, "exchange": self.exchange},
            "ganeti": {"simulate": 0, "refresh": 3600, "prefix": f"{self.prefix}-"},
            "dispatcher": {"poll": False, "reconcile": 0},
        }
        self.daemons = [Daemon(folder / str(each), settings) for each in range(number)]
        for daemon in self.daemons:
            daemon.start()
        user = self.daemons[0].account()["SYNNEFO_USER_ID"]
        with closing(psycopg2.connect(dsn)) as connection:
            self.machines = Machines.made(connection, machines, user)
        self.reports = Reports(self.machines, self.prefix)

    def signal(self, number: int) -> None:
        for daemon in self.daemons:
            os.kill(daemon.pid, number)

    async def publish(self, messages: Sequence[OpStatus]) -> None:
        key = f"ganeti.{self.prefix}.event.op"
        await gather(self.bus.publish(self.exchange, key, encode(each)) for each in messages)

    def settled(self) -> bool:
        """Whether the newest job of every machine is in the database."""
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("select coalesce(sum(job), 0) from servers where job_status = 'success'")
            found = cursor.fetchone()
        return found is not None and int(found[0]) == sum(self.reports.running.values())

    def verify(self) -> None:
        with closing(psycopg2.connect(self.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("select id from servers where operstate = 'STARTED'")
            assert {row[0] for row in cursor.fetchall()} == self.reports.started
            cursor.execute(
                "select usage_min, usage_max from holdings where resource = 'cyclades.cpu'"
                " and usage_max > 0"
            )
            cpus = len(self.reports.started) * self.machines.cpus
            assert set(cursor.fetchall()) == {(cpus, cpus)}

    async def stop(self) -> None:
        for daemon in self.daemons:
            daemon.stop()
        for kind in ("op", "network", "progress", "cluster"):
            for tail in ("", "-dl"):
                await self.bus.delete_queue(f"{self.prefix}-events-{kind}{tail}")
        await self.bus.stop()


async def throughput(reactor: Any, cloud: Cloud, jobs: int) -> None:
    cloud.signal(signal.SIGSTOP)
    messages = [each for _ in range(jobs) for each in cloud.reports.job()[1]]
    for start in range(0, len(messages), 2000):
        await cloud.publish(messages[start : start + 2000])
    pids = [daemon.pid for daemon in cloud.daemons]
    servers = await deferToThread(backends_of, cloud.dsn)
    before, began, asked = cpu_of(pids), time.monotonic(), cpu_of(servers)
    cloud.signal(signal.SIGCONT)
    while not await deferToThread(cloud.settled):
        await sleep(reactor, 0.2)
    seconds, used = time.monotonic() - began, cpu_of(pids) - before
    asked = cpu_of(servers) - asked
    cloud.verify()
    figure(
        "messages applied",
        daemons=len(pids),
        machines=len(cloud.machines.servers),
        per_second=round(len(messages) / seconds),
        per_cpu_second=round(len(messages) / used),
        per_cpu_second_of_postgresql=round(len(messages) / max(asked, 0.01)),
    )


async def delay(reactor: Any, cloud: Cloud) -> None:
    """From the end of a job to the state in the API, while RATE messages a second come."""
    daemon, asked = cloud.daemons[0], list[tuple[str, str, float]]()
    token = daemon.account()["SYNNEFO_TOKEN"]
    seen: list[float] = []
    ended = threading.Event()

    def watch() -> None:
        wire = Wire(daemon.port, token)
        while asked or not ended.is_set():
            if not asked:
                time.sleep(0.002)
                continue
            server, status, when = asked.pop()
            while True:
                path = f"/cyclades/compute/v2.1/servers/{server}"
                if wire.json("GET", path)["server"]["status"] == status:
                    break
                time.sleep(PAUSE)
            seen.append(time.time() - when)
            asked.clear()
        wire.close()

    watching = deferToThread(watch)
    began, sent = time.monotonic(), 0
    while (now := time.monotonic()) - began < SECONDS:
        while sent < (now - began) * RATE:
            server, messages = cloud.reports.job()
            await cloud.publish(messages)
            sent += len(messages)
            status = "ACTIVE" if server in cloud.reports.started else "SHUTOFF"
            if not asked:
                asked.append((str(server), status, messages[-1].when / 1e6))
        await sleep(reactor, 0.002)
    ended.set()
    await watching
    figure(
        "job end to state",
        rate=round(sent / (time.monotonic() - began)),
        jobs=len(seen),
        median_ms=round(median(seen) * 1000),
        p99_ms=round(quantiles(seen, n=100)[98] * 1000),
    )


async def whole(reactor: Any, machines: int, jobs: int) -> None:
    for number in (1, 2):
        for dsn in database():
            cloud = Cloud(reactor, dsn, machines, number)
            try:
                await throughput(reactor, cloud, jobs)
                if number == 1:
                    await delay(reactor, cloud)
            finally:
                await cloud.stop()


def backends_of(dsn: str) -> list[int]:
    """The server's processes that work for a database now."""
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select pid from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid()"
        )
        return [row[0] for row in cursor.fetchall()]


def database() -> Iterator[str]:
    """An empty database, which is gone afterwards."""
    dsn, name = os.environ["SYNNEFOD_TEST_POSTGRES"], f"bench_{os.urandom(4).hex()}"
    server = psycopg2.connect(dsn)
    server.autocommit = True
    server.cursor().execute(f"create database {name}")
    try:
        yield make_dsn(dsn, dbname=name)
    finally:
        server.cursor().execute(f"drop database {name} with (force)")
        server.close()


async def measured(reactor: Any, machines: int, jobs: int) -> None:
    if not os.environ.get("SYNNEFOD_TEST_POSTGRES"):
        await applied(reactor, "sqlite", machines, jobs)
        return
    for dsn in database():
        await applied(reactor, f"postgresql:{dsn}", machines, jobs)
    if os.environ.get("SYNNEFOD_TEST_RABBITMQ"):
        await whole(reactor, machines, jobs)
    else:
        print(json.dumps({"left out": "SYNNEFOD_TEST_RABBITMQ is not set"}), file=sys.stderr)


def main(reactor: Any, *arguments: str) -> Deferred[None]:
    machines, jobs = (*map(int, arguments), 10_000, 10_000)[:2]
    return Deferred.fromCoroutine(measured(reactor, machines, jobs))


if __name__ == "__main__":
    react(main, sys.argv[1:])
