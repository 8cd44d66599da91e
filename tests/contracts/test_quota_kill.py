"""Processes that write commissions are killed at random moments, on both engines: the ledger stays
exact, what was pending is found and settled, and verifying finds nothing."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.common.threads import InlineThreads
from synnefod.projects.verifying import LimitVerifier
from synnefod.quota.interface import Counts, project_holder, user_holder
from synnefod.quota.verify import UsageVerifier
from synnefod.store.postgres import PostgresStore
from synnefod.store.sqlite import SqliteStore
from tests.harness.cloud import Cloud, assemble
from tests.harness.database import NO_POSTGRES, new_database, started_threads

RESOURCES = ("cyclades.vm", "cyclades.cpu")
PROCESSES, ROUNDS = 2, 3
THINGS = (
    "create table things (id text primary key, person text not null, resource text not null,"
    " quantity {bigint} not null, serial {bigint})"
)
WRITER = """
import random, sys, uuid
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from synnefod.common.errors import OverQuota
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.common.threads import Threads
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import Charge
from synnefod.store.drivers import open_store

URL, SEED, *PEOPLE = sys.argv[1:]
RESOURCES = ("cyclades.vm", "cyclades.cpu")
ledger = Ledger(reactor)

def charge(person, resource, quantity):
    return Charge(UserId(person), ProjectId(person), resource, quantity)

async def put(tx, person, resource, quantity, serial):
    await tx.run("insert into things (id, person, resource, quantity, serial) values "
                 "(:id, :person, :resource, :quantity, :serial)", id=uuid.uuid4().hex,
                 person=person, resource=resource, quantity=quantity, serial=serial)

async def one(tx, condition):
    return await tx.one("select id, person, resource, quantity, serial from things where "
                        f"serial {condition} order by id limit 1 {{for_update}} {{skip_locked}}")

async def drop(tx, id_):
    await tx.run("delete from things where id = :id", id=id_)

async def writer(store, number):
    dice = random.Random(int(SEED) * 100 + number)
    while True:
        deed = dice.choice(("begin", "begin", "end", "end", "end", "make", "free", "stray"))
        person, resource = dice.choice(PEOPLE), dice.choice(RESOURCES)
        quantity, accept = dice.randint(1, 3), dice.random() < 0.6

        async def body(tx):
            if deed in ("begin", "stray"):
                serial = await ledger.reserve(tx, [charge(person, resource, quantity)])
                if deed == "begin":
                    await put(tx, person, resource, quantity, serial)
            elif deed == "make":
                await ledger.charge(tx, [charge(person, resource, quantity)])
                await put(tx, person, resource, quantity, None)
            elif deed == "end" and (found := await one(tx, "is not null")):
                await ledger.settle(tx, Serial(found[4]), accept=accept)
                if accept:
                    await tx.run("update things set serial = null where id = :id", id=found[0])
                else:
                    await drop(tx, found[0])
            elif deed == "free" and (found := await one(tx, "is null")):
                await ledger.charge(tx, [charge(found[1], found[2], -found[3])])
                await drop(tx, found[0])

        try:
            await store.transact(deed, body)
        except OverQuota:
            pass
        print(deed, flush=True)

async def main():
    threads = Threads(reactor)
    threads.start()
    store = open_store(URL, reactor, threads)
    await store.start()
    for number in range(4):
        ensureDeferred(writer(store, number)).addErrback(lambda failure: print(failure))

reactor.callWhenRunning(lambda: ensureDeferred(main()))
reactor.run()
"""


def killed(url: str, seed: int, people: list[str]) -> list[str]:
    """Lets PROCESSES write side by side and kills them one after the other; what they told of."""
    dice = random.Random(seed)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    children = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, str(seed * PROCESSES + number), *people],
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    told: list[str] = []
    for child in children:
        assert child.stdout is not None
        told += [child.stdout.readline().strip() for _ in range(dice.randint(20, 80))]
        child.send_signal(signal.SIGKILL)
        told += child.stdout.read().split()
        child.stdout.close()
        child.wait()
    return told


class Killed:
    """`store` is the one that stays, over the same database as `url`."""

    store: Any
    url: str
    threads: Any

    async def play(self, case: Any) -> None:
        from twisted.internet import reactor

        self.cloud: Cloud = assemble(self.store, reactor, InlineThreads())
        self.limits = LimitVerifier(self.cloud.projects)
        await self.cloud.first_start.prepare()
        people = [(await self.cloud.person(f"{name}@example.org")).id for name in ("ada", "bob")]
        await self.store.transact("things", lambda tx: tx.run(THINGS))
        for turn in range(ROUNDS):
            seed = turn if os.environ.get("CI") else random.randrange(10**6)
            told = await self.threads.disk(killed, self.url, seed, list(people))
            case.assertTrue(set(told) <= {"begin", "end", "make", "free", "stray"}, told)
            await self.check(case, seed)
        waiting = await self.serials()
        case.assertTrue(waiting)
        await self.reconcile(random.Random(seed), waiting)
        case.assertEqual(await self.serials(), set())
        await self.check(case, seed)
        for each in await self.store.read("counters", self.cloud.ledger.every):
            case.assertEqual(each.pending, 0, each)

    async def serials(self) -> set[Serial]:
        """What is pending, as `commission-list` shows it."""
        return {each.serial for each in await self.cloud.commissions.overdue(0)}

    async def reconcile(self, dice: random.Random, waiting: set[Serial]) -> None:
        """What services do when they start again: they end what they have waited for, one way or
        the other, and reject what nobody waits for."""

        async def body(tx: Any) -> None:
            rows = await tx.all("select id, serial from things where serial is not null")
            for id_, serial in rows:
                accept = dice.random() < 0.5
                await self.cloud.ledger.settle(tx, Serial(serial), accept=accept)
                change = "update things set serial = null" if accept else "delete from things"
                await tx.run(f"{change} where id = :id", id=id_)
            for serial in waiting - {row[1] for row in rows}:
                await self.cloud.ledger.settle(tx, serial, accept=False)

        await self.store.transact("reconcile", body)

    async def check(self, case: Any, seed: int) -> None:
        """Usage is the sum of what exists, and of what is pending; limits are right."""
        counts = {resource: self.counted(resource) for resource in RESOURCES}
        usage = UsageVerifier(self.store, self.cloud.ledger)
        case.assertEqual(await usage.verify(counts), [], seed)
        case.assertEqual(await self.limits.verify(unexpected=True), [], seed)

        async def exact(tx: Any) -> None:
            wanted: dict[tuple[str, str | None, str], int] = {}
            for resource, count in counts.items():
                for (person, project), amount in (await count(tx)).items():
                    wanted[user_holder(person), project_holder(project), resource] = amount
                    wanted[project_holder(project), None, resource] = amount
            pending = dict(
                await tx.all("select holding, sum(quantity) from provisions group by holding")
            )
            numbers = await tx.all("select id, holder, source, resource from holdings")
            numbered = {(row[1], row[2] or None, row[3]): row[0] for row in numbers}
            for each in await self.cloud.ledger.every(tx):
                key = (each.holder, each.source, each.resource)
                if each.resource in RESOURCES:
                    case.assertEqual(each.usage_min, wanted.get(key, 0), (seed, key))
                    case.assertEqual(each.pending, pending.get(numbered[key], 0), (seed, key))

        await self.store.read("exact", exact)

    def counted(self, resource: str) -> Counts:
        async def count(tx: Any) -> dict[tuple[UserId, ProjectId], int]:
            rows = await tx.all(
                "select person, sum(quantity) from things where resource = :resource "
                "and serial is null group by person",
                resource=resource,
            )
            return {(UserId(row[0]), ProjectId(row[0])): int(row[1]) for row in rows}

        return count


class KilledOnSqlite(Killed, TestCase):
    timeout = 600

    async def test_a_killed_writer_leaves_the_ledger_exact(self) -> None:
        """SIGKILL among the commissions of several processes on one file: AST-054, AST-056,
        AST-066, AST-072."""
        from twisted.internet import reactor

        self.threads = started_threads(self)
        path = Path(self.mktemp()).resolve()
        self.url = f"sqlite:///{path}"
        self.store = SqliteStore(path, reactor, self.threads)
        await self.store.start()
        self.addCleanup(lambda: ensureDeferred(self.store.stop()))
        await self.play(self)


class KilledOnPostgres(Killed, TestCase):
    skip = NO_POSTGRES
    timeout = 600

    async def test_a_killed_writer_leaves_the_ledger_exact(self) -> None:
        """The same on PostgreSQL: AST-054, AST-056, AST-066, AST-072."""
        from twisted.internet import reactor

        self.threads = started_threads(self)
        dsn, drop = new_database()
        self.addCleanup(self.threads.disk, drop)
        self.url = f"postgresql:{dsn}"
        self.store = PostgresStore(dsn, reactor, self.threads)
        self.addCleanup(lambda: ensureDeferred(self.store.stop()))
        await self.store.start()
        await self.play(self)
