"""Queries that are asked often on PostgreSQL are prepared, and answer as before."""

from __future__ import annotations

from twisted.internet.defer import ensureDeferred
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.store.interface import Row, Tx, UniqueViolation
from synnefod.store.prepared import Prepared
from tests.harness.database import OnPostgres


class Wishes(SynchronousTestCase):
    """What a connection asks for."""

    def asked(self, prepared: Prepared, times: int, **params: object) -> list[str]:
        text = "select 1 where %(a)s = %(b)s or '%%' = %(a)s"
        return [prepared.spelled(text, params) for _ in range(times)]  # type: ignore[arg-type]

    def test_a_query_asked_often_is_wished_and_then_executed(self) -> None:
        """The parameters have the types of the values, a percent sign is itself."""
        prepared = Prepared()
        text = self.asked(prepared, 5, a="x", b=7)[-1]
        self.assertTrue(text.startswith("select"))
        self.assertEqual(len(prepared.wished), 1)
        key, preparation = prepared.next()
        self.assertEqual(
            preparation,
            "prepare asked_0(text, bigint) as select 1 where $1 = $2 or '%' = $1",
        )
        prepared.done(key)
        self.assertEqual(self.asked(prepared, 1, a="y", b=8), ["execute asked_0(%(a)s, %(b)s)"])
        self.assertTrue(self.asked(prepared, 1, a="y", b="z")[0].startswith("select"))

    def test_a_wish_that_cannot_be_fulfilled_is_not_made_again(self) -> None:
        """The text is sent as it is."""
        prepared = Prepared()
        self.asked(prepared, 5, a="x", b=7)
        prepared.next()
        self.asked(prepared, 5, a="x", b=7)
        self.assertEqual(prepared.wished, [])

    def test_the_server_finds_the_type_of_null(self) -> None:
        """A statement with NULL is another one than that with a number."""
        prepared = Prepared()
        self.asked(prepared, 2, a="x", b=7)
        self.asked(prepared, 3, a="x", b=None)
        _, preparation = prepared.next()
        self.assertTrue(preparation.startswith("prepare asked_0(text, unknown) as"))


class OnAServer(OnPostgres, TestCase):
    """On a real server."""

    async def test_a_query_answers_alike_before_and_after_it_is_prepared(self) -> None:
        """Large numbers stay large, errors stay errors, and unpreparable queries are asked."""
        store = await self.make_store()

        async def ask(tx: Tx) -> list[Row]:
            return await tx.all(
                "select :number + 1, :text, '100%' where :text in ({texts texts})",
                number=2**40,
                text="é'",
                texts='["é\'"]',
            )

        async def unpreparable(tx: Tx) -> Row | None:
            return await tx.one("select substr('abc', :start)", start=2)

        for _ in range(8):
            self.assertEqual(await store.read("ask", ask), [(2**40 + 1, "é'", "100%")])
            self.assertEqual(await store.read("ask", unpreparable), ("bc",))

    async def test_changes_are_prepared_too(self) -> None:
        """Rows with and without NULL, several at once, and what broke a constraint, stay right."""
        store = await self.make_store()
        await store.transact("table", _table)

        async def change(tx: Tx) -> list[Row]:
            await tx.run("delete from things")
            for key in range(5):
                row = await tx.one(
                    "insert into things (id, name, size) values (:id, :name, :size) returning size",
                    id=key,
                    name=None if key % 2 else f"n{key}",
                    size=key * 2**33,
                )
                assert row == (key * 2**33,)
            await tx.run("update things set name = :name where id = :id", name=None, id=0)
            await tx.many(
                "insert into things (id, name, size) values (:id, :name, :size)",
                [{"id": 10 + n, "name": str(n) if n else None, "size": n} for n in range(4)],
            )
            return await tx.all("select id, name, size from things order by id")

        first = await store.transact("change", change)
        self.assertEqual(first[2], (2, "n2", 2**34))
        self.assertEqual(first[5:7], [(10, None, 0), (11, "1", 1)])
        for _ in range(5):
            self.assertEqual(await store.transact("change", change), first)

        async def twice(tx: Tx) -> None:
            for _ in range(2):
                await tx.run(
                    "insert into things (id, name, size) values (:id, :name, :size)",
                    id=99,
                    name="x",
                    size=1,
                )

        for _ in range(5):
            await self.assertFailure(
                ensureDeferred(store.transact("twice", twice)), UniqueViolation
            )
        self.assertEqual(await store.transact("change", change), first)


async def _table(tx: Tx) -> None:
    await tx.run("create table things (id bigint primary key, name text, size bigint)")
