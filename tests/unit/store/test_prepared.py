"""Queries that are asked often on PostgreSQL are prepared, and answer as before."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.store.interface import Row, Tx
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
        """The text is sent as it is, and NULL has no type to be prepared with."""
        prepared = Prepared()
        self.asked(prepared, 5, a="x", b=7)
        prepared.next()
        self.asked(prepared, 5, a="x", b=7)
        self.asked(prepared, 5, a="x", b=None)
        self.assertEqual(prepared.wished, [])


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
