"""What every store must do. Implementations provide `make_store(migrations)`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred

from synnefod.common.clockwork import gather
from synnefod.common.jsonio import dump_text
from synnefod.common.outside import OutsideInsideTransaction, refuse_inside
from synnefod.store.interface import (
    ConstraintViolation,
    ReadOnlyTransaction,
    StoreUnavailable,
    UniqueViolation,
)
from synnefod.store.rows import rows_of

SCHEMA = """
create table things (
    id {identity}, name text {bytewise} not null unique, size {bigint} not null default 0,
    ratio {real}, body {blob}, check (size >= 0)
) {strict};
create table parts (id {identity}, thing {bigint} not null references things (id)) {strict};
"""


class Oops(Exception):
    """The body's own exception."""


async def add(tx: Any, name: str, size: int = 0) -> int:
    row = await tx.one(
        "insert into things (name, size) values (:name, :size) returning id", name=name, size=size
    )
    return int(row[0])


async def names(tx: Any) -> list[str]:
    return [name for (name,) in await tx.all("select name from things order by name")]


class StoreContract:
    """A transactional store, seen through IStore alone."""

    addCleanup: Any  # noqa: N815
    assertEqual: Any  # noqa: N815
    assertRaises: Any  # noqa: N815
    assertIn: Any  # noqa: N815
    assertTrue: Any  # noqa: N815
    failureResultOf: Any  # noqa: N815
    mktemp: Any
    store: Any

    async def make_store(self, migrations: Path, **options: Any) -> Any:
        raise NotImplementedError

    async def setUp(self) -> None:
        folder = Path(self.mktemp())
        folder.mkdir()
        (folder / "0001_things.sql").write_text(SCHEMA)
        self.observed: list[tuple[str, str]] = []
        self.store = await self.make_store(
            folder, observe=lambda name, _seconds, how: self.observed.append((name, how))
        )

    async def refused(self, error: type[BaseException], work: Any) -> Any:
        try:
            await work
        except error as raised:
            return raised
        raise AssertionError(f"{error.__name__} was not raised")

    async def put(self, name: str, size: int = 0) -> int:
        async def body(tx: Any) -> int:
            return await add(tx, name, size)

        result: int = await self.store.transact("put", body)
        return result

    async def test_what_a_body_returns_comes_back_and_its_rows_stay(self) -> None:
        """A committed row is read by a later transaction."""
        self.assertEqual(await self.put("a", 7), 1)
        self.assertEqual(await self.store.read("names", names), ["a"])

    async def test_a_read_locks_nothing(self) -> None:
        """What is locked by those that write is only looked at by those that read."""
        await self.put("a")

        async def look(tx: Any) -> Any:
            return await tx.one("select name from things where name = :name {for_update}", name="a")

        self.assertEqual((await self.store.read("look", look))[0], "a")
        self.assertEqual((await self.store.transact("lock", look))[0], "a")

    async def test_a_server_tells_its_time(self) -> None:
        """Unix seconds of the machine that it runs on, which here is ours; None of an engine in
        this process (OPS-164)."""
        before = time.time()
        told = await self.store.clock()
        if told is not None:
            self.assertTrue(before - 0.01 <= told <= time.time() + 0.01, (before, told))
        self.assertEqual(told is None, "sqlite" in type(self.store).__module__)

    async def test_an_exception_of_the_body_rolls_back_and_comes_back(self) -> None:
        """The caller sees the body's own exception, and no row."""

        async def body(tx: Any) -> None:
            await add(tx, "a")
            raise Oops("no")

        await self.refused(Oops, self.store.transact("fail", body))
        self.assertEqual(await self.store.read("names", names), [])

    async def test_one_is_the_first_row_or_none(self) -> None:
        """`one` distinguishes no row from a row of null."""

        async def body(tx: Any) -> list[Any]:
            return [
                await tx.one("select name from things"),
                await tx.one("select null"),
            ]

        self.assertEqual(await self.store.read("one", body), [None, (None,)])

    async def test_run_counts_the_rows_it_touched(self) -> None:
        """Two of three rows match the condition of an update."""
        for name in "abc":
            await self.put(name)

        async def body(tx: Any) -> list[int]:
            return [
                await tx.run("update things set size = 3 where name > :name", name="a"),
                await tx.run("delete from things where name = :name", name="zzz"),
            ]

        self.assertEqual(await self.store.transact("count", body), [2, 0])

    async def test_many_runs_a_statement_for_each_row(self) -> None:
        """More rows than fit one batch arrive; an empty list is nothing."""

        async def body(tx: Any) -> None:
            rows = [{"name": f"{n:04d}", "size": n} for n in range(450)]
            await tx.many("insert into things (name, size) values (:name, :size)", rows)
            await tx.many("insert into things (name, size) values (:name, :size)", [])

        await self.store.transact("many", body)

        async def total(tx: Any) -> Any:
            return await tx.one("select count(*), sum(size) from things")

        row = await self.store.read("total", total)
        self.assertEqual(row, (450, 101025))
        self.assertEqual({type(value) for value in row}, {int})

    async def test_what_is_left_for_later_is_done_in_order(self) -> None:
        """Before the next statement, and before the end; also when nothing else is asked."""
        insert = "insert into things (name, size) values (:name, :size)"

        async def body(tx: Any) -> list[str]:
            await tx.later(insert, name="one", size=1)
            await tx.later("update things set size = size + 1 where name = :name", name="one")
            seen = await names(tx)
            await tx.later(insert, name="two", size=2)
            return seen

        self.assertEqual(await self.store.transact("later", body), ["one"])

        async def alone(tx: Any) -> None:
            for number in range(250):
                await tx.later(insert, name=f"more{number:03}", size=number)

        await self.store.transact("alone", alone)
        rows = await self.store.read("all", lambda tx: tx.all("select name, size from things"))
        self.assertEqual(sorted(rows)[-2:], [("one", 2), ("two", 2)])
        self.assertEqual(len(rows), 252)

    async def test_the_newest_row_number_is_this_transactions_own(self) -> None:
        """Whatever others add meanwhile, and from one transaction to the next."""
        insert = "insert into things (name) values (:name)"

        async def body(tx: Any, name: str) -> None:
            await tx.later(insert, name=name)
            await tx.run("insert into parts (thing) values ({newest things})")

        await gather(
            self.store.transact("pair", lambda tx, name=f"n{n}": body(tx, name)) for n in range(20)
        )
        query = "select t.name from parts p join things t on t.id = p.thing order by t.name"
        rows = await self.store.read("all", lambda tx: tx.all(query))
        self.assertEqual(sorted(rows), sorted((f"n{n}",) for n in range(20)))

    async def test_what_is_wrong_with_a_later_statement_is_raised(self) -> None:
        """By the end of the transaction; nothing of it is kept, and the next one is well."""
        await self.put("one")

        async def body(tx: Any) -> None:
            await tx.run("update things set size = 5")
            await tx.later("insert into things (name) values (:name)", name="one")

        for _ in range(4):
            await self.refused(UniqueViolation, self.store.transact("later", body))

        async def given_up(tx: Any) -> None:
            await tx.later("update things set size = 6")
            raise Oops

        await self.refused(Oops, self.store.transact("given up", given_up))
        rows = await self.store.read("all", lambda tx: tx.all("select name, size from things"))
        self.assertEqual(rows, [("one", 0)])

    async def test_values_come_back_as_they_went(self) -> None:
        """64-bit integers, floats, text of all planes, bytes and None keep type and value."""
        text = "50% of 'x' :name {word} \\ \U0001f431\n"
        sent = {"name": text, "size": 2**63 - 1, "ratio": 0.1, "body": bytes(range(256))}

        async def body(tx: Any) -> Any:
            return await tx.one(
                "insert into things (name, size, ratio, body)"
                " values (:name, :size, :ratio, :body) returning name, size, ratio, body",
                **sent,
            )

        self.assertEqual(await self.store.transact("values", body), tuple(sent.values()))

        async def empty(tx: Any) -> Any:
            await tx.run("update things set ratio = :none, body = :none", none=None)
            return await tx.one("select ratio, body, size > 1, '5%' from things")

        row = await self.store.transact("nulls", empty)
        self.assertEqual(row, (None, None, 1, "5%"))
        self.assertEqual(type(row[2]), int)

    async def test_true_is_stored_as_one(self) -> None:
        """Booleans are 0 and 1 in the database."""
        await self.put("a", True)

        async def size(tx: Any) -> Any:
            return await tx.one("select size from things")

        self.assertEqual(await self.store.read("size", size), (1,))

    async def test_text_is_ordered_and_compared_by_code_point(self) -> None:
        """Listings depend on it: capitals before small letters, accents after both."""
        for name in ("b", "B", "é", "a/", "a", "\U0001f431", "\uffee"):
            await self.put(name)
        self.assertEqual(
            await self.store.read("names", names),
            ["B", "a", "a/", "b", "é", "\uffee", "\U0001f431"],
        )

    async def test_like_tells_small_letters_from_capitals(self) -> None:
        """A prefix search means the same on both engines."""
        for name in ("apple", "Apple", "a%"):
            await self.put(name)

        async def body(tx: Any) -> Any:
            return await tx.all(
                "select name from things where name like :p escape '!' order by name", p="a!%%"
            ), await tx.all("select name from things where name like 'a%' order by name")

        self.assertEqual(await self.store.read("like", body), ([("a%",)], [("a%",), ("apple",)]))

    async def test_lists_of_texts_and_numbers_are_one_parameter(self) -> None:
        """The words {texts} and {numbers} unfold a JSON array."""
        for name in "abc":
            await self.put(name)

        async def body(tx: Any) -> Any:
            return (
                await tx.all(
                    "select id from things where name in ({texts names}) order by id",
                    names='["a", "c", "z"]',
                ),
                await tx.all(
                    "select name from things where id in ({numbers ids}) order by id", ids="[2, 3]"
                ),
            )

        self.assertEqual(await self.store.read("lists", body), ([(1,), (3,)], [("b",), ("c",)]))

    async def test_row_numbers_are_not_used_again(self) -> None:
        """A deleted row's number stays gone."""
        first = await self.put("a")

        async def remove(tx: Any) -> None:
            await tx.run("delete from things")

        await self.store.transact("remove", remove)
        self.assertTrue(await self.put("b") > first)

    async def test_a_unique_violation_names_what_was_broken(self) -> None:
        """And rolls back."""
        await self.put("a")

        async def body(tx: Any) -> None:
            await add(tx, "b")
            await add(tx, "a")

        raised = await self.refused(UniqueViolation, self.store.transact("twice", body))
        self.assertIn("name", raised.constraint)
        self.assertEqual(await self.store.read("names", names), ["a"])

    async def test_a_body_that_swallows_a_failed_statement_fails_all_the_same(self) -> None:
        """Nothing of a transaction with a failed statement is ever committed."""
        await self.put("a")

        async def body(tx: Any) -> str:
            await add(tx, "b")
            try:
                await add(tx, "a")
            except UniqueViolation:
                return "well"
            return "?"

        await self.refused(UniqueViolation, self.store.transact("swallow", body))
        self.assertEqual(await self.store.read("names", names), ["a"])

    async def test_what_has_time_is_run_in_its_order(self) -> None:
        """With the next statement, or with the commit when there is none."""

        async def body(tx: Any) -> list[str]:
            await tx.later("insert into things (name) values (:name)", name="a%'b")
            await tx.later("update things set size = size + :more", more=2)
            found = await names(tx)
            await tx.later("update things set size = size * 5")
            return found

        self.assertEqual(await self.store.transact("later", body), ["a%'b"])

        async def only(tx: Any) -> None:
            await tx.later("update things set size = size + 1")

        await self.store.transact("only later", only)
        sizes = await self.store.read("sizes", lambda tx: tx.all("select size from things"))
        self.assertEqual(sizes, [(11,)])

    async def test_what_has_time_fails_the_transaction(self) -> None:
        """As a statement that was waited for would; in a read it is refused."""
        await self.put("a")

        async def body(tx: Any) -> None:
            await add(tx, "b")
            await tx.later("insert into things (name) values ('a')")

        await self.refused(UniqueViolation, self.store.transact("later", body))
        self.assertEqual(await self.store.read("names", names), ["a"])

        async def reads(tx: Any) -> None:
            await names(tx)
            await tx.later("delete from things")

        await self.refused(ReadOnlyTransaction, self.store.read("later", reads))
        self.assertEqual(await self.store.read("names", names), ["a"])

    async def test_rows_of_an_array_are_one_parameter(self) -> None:
        """Texts and integers, null among them; from no rows comes none."""
        table = rows_of("rows", {"number": int, "name": str, "size": int})
        sql = f"select name, size, number + 1 from {table} as r order by number"

        async def body(tx: Any) -> Any:
            rows = dump_text([(2, "b \u00e9'", None), (1, None, 2**60)])
            return await tx.all(sql, rows=rows), await tx.all(sql, rows="[]")

        found = await self.store.read("rows", body)
        self.assertEqual(found, ([(None, 2**60, 2), ("b \u00e9'", None, 3)], []))

    async def test_other_constraints_hold(self) -> None:
        """Foreign keys, checks and not null raise ConstraintViolation, not UniqueViolation."""
        for sql in (
            "insert into parts (thing) values (99)",
            "insert into things (name, size) values ('x', -1)",
            "insert into things (name) values (null)",
        ):

            async def body(tx: Any, sql: str = sql) -> None:
                await tx.run(sql)

            raised = await self.refused(ConstraintViolation, self.store.transact("bad", body))
            self.assertEqual(type(raised), ConstraintViolation)

    async def test_a_read_cannot_write(self) -> None:
        """The engine refuses, whatever the body does."""

        async def body(tx: Any) -> None:
            await add(tx, "a")

        await self.refused(ReadOnlyTransaction, self.store.read("write", body))
        self.assertEqual(await self.store.read("names", names), [])
        await self.put("b")

    async def test_a_transaction_cannot_be_used_after_its_body(self) -> None:
        """A kept `tx` refuses."""

        async def body(tx: Any) -> Any:
            return tx

        tx = await self.store.transact("keep", body)
        await self.refused(AssertionError, tx.one("select 1"))

    async def test_many_callers_at_once_lose_nothing(self) -> None:
        """A counter that all increment holds their number; failing ones take nothing along."""
        await self.put("counter")

        async def increment(tx: Any) -> None:
            row = await tx.one("select size from things where id = 1 {for_update}")
            await tx.run("update things set size = :size where id = 1", size=row[0] + 1)

        async def fail(tx: Any) -> None:
            await increment(tx)
            raise Oops

        async def failing() -> None:
            await self.refused(Oops, self.store.transact("fail", fail))

        await gather(
            [self.store.transact("increment", increment) for _ in range(40)]
            + [failing() for _ in range(10)]
        )

        async def size(tx: Any) -> Any:
            return await tx.one("select size from things where id = 1")

        self.assertEqual(await self.store.read("size", size), (40,))

    async def test_the_mark_of_an_open_transaction_follows_the_body_and_stays_in_it(self) -> None:
        """Inside I/O is refused after every statement; outside and beside it is not."""
        seen: list[str] = []

        async def body(tx: Any) -> None:
            for _ in range(2):
                await tx.one("select 1")
                try:
                    refuse_inside("a call")
                except OutsideInsideTransaction as error:
                    seen.append(str(error))

        async def beside() -> None:
            await self.store.transact("marked", body)
            refuse_inside("a call after it")

        works = [ensureDeferred(beside()) for _ in range(3)]
        refuse_inside("a call beside it")
        for work in works:
            await work
        refuse_inside("a call after all")
        self.assertEqual(seen, ["a call started inside the transaction 'marked'"] * 6)

    async def test_a_transaction_inside_another_is_refused(self) -> None:
        """It would wait for itself."""

        async def body(tx: Any) -> None:
            await self.store.read("inner", names)

        await self.refused(OutsideInsideTransaction, self.store.transact("outer", body))
        await self.put("a")

    async def test_a_cancelled_transaction_is_carried_out(self) -> None:
        """Only its caller hears of the cancel."""
        gate: Deferred[None] = Deferred()

        async def body(tx: Any) -> None:
            await add(tx, "a")
            await gate

        work = ensureDeferred(self.store.transact("left", body))
        work.cancel()
        self.failureResultOf(work, CancelledError)
        gate.callback(None)
        await self.put("b")
        while await self.store.read("names", names) != ["a", "b"]:
            pass

    async def test_each_transaction_is_observed(self) -> None:
        """Name and outcome reach the observer."""
        await self.put("a")
        await self.refused(UniqueViolation, self.put("a"))
        await self.store.read("names", names)
        self.assertEqual(
            self.observed, [("put", "committed"), ("put", "rolled back"), ("names", "committed")]
        )

    async def test_a_stopped_store_says_that_it_is_unavailable(self) -> None:
        """And stopping twice is stopping once."""
        await self.store.check()
        await self.store.stop()
        await self.store.stop()
        await self.refused(StoreUnavailable, self.put("a"))
        await self.refused(StoreUnavailable, self.store.read("names", names))
        await self.refused(StoreUnavailable, self.store.check())


class SnapshotContract(StoreContract):
    """What a store with several connections does besides."""

    async def test_a_read_sees_one_snapshot_and_does_not_wait_for_writers(self) -> None:
        """A commit in the middle of a read is not seen by it; an open transaction blocks none."""
        await self.put("a")
        gate: Deferred[None] = Deferred()
        entered: Deferred[None] = Deferred()

        async def slow(tx: Any) -> list[list[str]]:
            first = await names(tx)
            entered.callback(None)
            await gate
            return [first, await names(tx)]

        reading = ensureDeferred(self.store.read("slow", slow))
        await entered
        await self.put("b")
        self.assertEqual(await self.store.read("names", names), ["a", "b"])
        gate.callback(None)
        self.assertEqual(await reading, [["a"], ["a"]])

    async def test_a_cancelled_read_ends_at_once_and_frees_its_connection(self) -> None:
        """More cancelled long reads than there are connections leave the store usable."""
        endless = (
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000000)"
            " select count(*) from n"
        )

        async def body(tx: Any) -> Any:
            return await tx.one(endless)

        for _ in range(10):
            await self.store.read("names", names)
            work = ensureDeferred(self.store.read("endless", body))
            work.cancel()
            self.failureResultOf(work, CancelledError)
        self.assertEqual(await self.store.read("names", names), [])
