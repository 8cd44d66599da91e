"""The ledger's law with several writers at once, some of which die, on both engines."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import define, field
from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather, sleep
from synnefod.common.errors import OverQuota
from synnefod.common.ids import ProjectId, Serial, UserId
from synnefod.quota.holdings import Ledger
from synnefod.quota.interface import Charge, project_holder, user_holder
from synnefod.store.postgres import PostgresStore
from synnefod.store.sqlite import SqliteStore
from tests.harness.database import NO_POSTGRES, new_database, started_threads

PEOPLE = (UserId("ada"), UserId("bob"), UserId("eve"))
PROJECT = ProjectId("lab")
RESOURCES = ("cyclades.vm", "cyclades.cpu")
MEMBER, WHOLE = 9, 15
ROUNDS = int(os.environ.get("SYNNEFOD_TEST_ROUNDS", "4"))
WRITERS, STEPS = 6, 12
Key = tuple[str, str | None, str]


class Died(Exception):
    """A writer is gone in the middle of its transaction."""


@define
class Book:
    """What was committed, as far as the writers know."""

    accepted: dict[Key, int] = field(factory=dict)
    pending: dict[Serial, list[Charge]] = field(factory=dict)
    forced: set[Key] = field(factory=set)

    def accept(self, charges: Sequence[Charge]) -> None:
        for charge in charges:
            for key in keys(charge):
                self.accepted[key] = self.accepted.get(key, 0) + charge.quantity

    def open(self, key: Key) -> list[int]:
        """What pending commissions want of a counter, each summed (AST-055)."""
        found = []
        for charges in self.pending.values():
            found.append(sum(each.quantity for each in charges if key in keys(each)))
        return found


def keys(charge: Charge) -> tuple[Key, Key]:
    project = project_holder(charge.project)
    return (user_holder(charge.user), project, charge.resource), (project, None, charge.resource)


class Writers:
    """Several daemons' worth of writers over one database. `stores`: one for each daemon."""

    stores: list[Any]

    async def begin(self) -> None:
        from twisted.internet import reactor

        self.ledger = Ledger(reactor)  # type: ignore[arg-type]

        async def limits(tx: Any) -> None:
            source = project_holder(PROJECT)
            await self.ledger.set_limits(tx, source, None, dict.fromkeys(RESOURCES, WHOLE))
            for person in PEOPLE:
                wanted = dict.fromkeys(RESOURCES, MEMBER)
                await self.ledger.set_limits(tx, user_holder(person), source, wanted)

        await self.stores[0].transact("limits", limits)

    async def write(self, number: int, seed: int, book: Book) -> None:
        """One writer: issues, accepts, rejects, charges at once, and dies now and then."""
        chance = random.Random(seed * 1000 + number)
        store = self.stores[number % len(self.stores)]
        mine: list[Serial] = []
        for _ in range(STEPS):
            person = chance.choice(PEOPLE)
            resources = chance.sample(RESOURCES, chance.randint(1, 2))
            wanted = [
                Charge(person, PROJECT, resource, chance.randint(-3, 4)) for resource in resources
            ]
            deed = chance.choice(("reserve", "reserve", "settle", "settle", "charge"))
            dies, forgets = chance.random() < 0.2, chance.random() < 0.2
            if deed == "reserve":
                serial = await self._reserve(store, wanted, dies)
                if serial is not None:
                    book.pending[serial] = wanted
                    if not forgets:
                        mine.append(serial)
            elif deed == "charge":
                if await self._charge(store, wanted, dies):
                    book.accept(wanted)
            elif mine:
                serial = mine.pop(chance.randrange(len(mine)))
                await self._settle(store, serial, chance.random() < 0.6, dies, book)

    async def _reserve(self, store: Any, wanted: list[Charge], dies: bool) -> Serial | None:
        async def body(tx: Any) -> Serial | None:
            serial = await self.ledger.reserve(tx, wanted)
            if dies:
                raise Died
            return serial

        try:
            found: Serial | None = await store.transact("reserve", body)
        except (OverQuota, Died):
            return None
        return found

    async def _charge(self, store: Any, wanted: list[Charge], dies: bool) -> bool:
        async def body(tx: Any) -> None:
            await self.ledger.charge(tx, wanted)
            if dies:
                raise Died

        try:
            await store.transact("charge", body)
        except (OverQuota, Died):
            return False
        return True

    async def _settle(
        self, store: Any, serial: Serial, accept: bool, dies: bool, book: Book
    ) -> None:
        async def body(tx: Any) -> None:
            await self.ledger.settle(tx, serial, accept=accept)
            if dies:
                raise Died

        try:
            await store.transact("settle", body)
        except Died:
            return
        # Somebody who does not know that it happened says the opposite, which does nothing.
        accepts = not accept
        await store.transact(
            "settle again", lambda tx: self.ledger.settle(tx, serial, accept=accepts)
        )
        charges = book.pending.pop(serial)
        if accept:
            book.accept(charges)

    async def watch(self, case: Any, writing: list[bool]) -> int:
        """A reader beside the writers; how often it looked. It never sees half of a commission:
        what people hold sums up to what the project holds (AST-054)."""
        from twisted.internet import reactor

        looks = 0
        while writing:
            await sleep(reactor, 0.002)  # type: ignore[arg-type]
            for store in self.stores:
                found = await store.read("watch", self.ledger.every)
                looks += 1
                for resource in RESOURCES:
                    here = [each for each in found if each.resource == resource]
                    (whole,) = [each for each in here if each.source is None]
                    members = [each for each in here if each.source is not None]
                    case.assertEqual(sum(each.usage_min for each in members), whole.usage_min)
                    case.assertEqual(sum(each.usage_max for each in members), whole.usage_max)
                    for each in here:
                        case.assertTrue(0 <= each.usage_min <= each.usage_max <= each.limit, each)
        return looks

    async def check(self, case: Any, book: Book, seed: int) -> None:
        for each in await self.stores[-1].read("check", self.ledger.every):
            key = (each.holder, each.source, each.resource)
            accepted, pending = book.accepted.get(key, 0), book.open(key)
            low = accepted + sum(min(0, quantity) for quantity in pending)
            high = accepted + sum(max(0, quantity) for quantity in pending)
            case.assertEqual((each.usage_min, each.usage_max), (low, high), (seed, key))

    async def play(self, case: Any) -> None:
        await self.begin()
        book = Book()
        for turn in range(ROUNDS):
            seed = turn if os.environ.get("CI") else random.randrange(10**6)
            writing = [True]
            looking = ensureDeferred(self.watch(case, writing))
            try:
                await gather(self.write(number, seed, book) for number in range(WRITERS))
            finally:
                writing.clear()
            case.assertGreater(await looking, 0)
            await self.check(case, book, seed)
            await self.recover(book, seed)
            await self.check(case, book, seed)
        case.assertEqual(book.pending, {})

    async def recover(self, book: Book, seed: int) -> None:
        """The daemons start again: what nobody remembers is found, and settled by two at once."""
        chance = random.Random(seed)
        for serial, charges in sorted(book.pending.items()):
            accept = chance.random() < 0.5
            await gather(self.settle_now(store, serial, accept) for store in self.stores)
            if accept:
                book.accept(charges)
        book.pending.clear()

    async def settle_now(self, store: Any, serial: Serial, accept: bool) -> None:
        await store.transact("recover", lambda tx: self.ledger.settle(tx, serial, accept=accept))


class WritersOnSqlite(Writers, TestCase):
    timeout = 600

    async def test_several_writers_keep_the_law(self) -> None:
        """Issued, accepted, rejected and died in any order, the counters are exact: AST-054,
        AST-056, AST-058, AST-066, AST-072."""
        from twisted.internet import reactor

        threads = started_threads(self)
        path = Path(self.mktemp())
        self.stores = [SqliteStore(path, reactor, threads) for _ in range(2)]
        for store in self.stores:
            await store.start()
            self.addCleanup(lambda store=store: ensureDeferred(store.stop()))
        await self.play(self)


class WritersOnPostgres(Writers, TestCase):
    skip = NO_POSTGRES
    timeout = 600

    async def test_several_writers_keep_the_law(self) -> None:
        """The same of daemons side by side on PostgreSQL: AST-054, AST-056, AST-058, AST-066,
        AST-072."""
        from twisted.internet import reactor

        threads = started_threads(self)
        dsn, drop = new_database()
        self.addCleanup(threads.disk, drop)
        self.stores = [PostgresStore(dsn, reactor, threads) for _ in range(2)]
        for store in self.stores:
            self.addCleanup(lambda store=store: ensureDeferred(store.stop()))
            await store.start()
        await self.play(self)
