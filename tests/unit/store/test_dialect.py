"""The words and parameters of statements."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.store.dialect import POSTGRES, SQLITE, UnknownWord


class Dialects(SynchronousTestCase):
    """store/dialect."""

    def test_words_and_parameters_are_spelled_for_each_engine(self) -> None:
        """One text, two renderings."""
        sql = "select :a::bigint, '5%:b' from t where x % 2 = :a {for_update}"
        self.assertEqual(
            POSTGRES.statement(sql).text,
            "select %(a)s::bigint, '5%%:b' from t where x %% 2 = %(a)s for update",
        )
        self.assertEqual(SQLITE.statement("select :a {for_update}").text, "select :a ")

    def test_a_list_is_taken_apart_once(self) -> None:
        """PostgreSQL gets an array, which it looks up, where a subselect would be joined."""
        sql = "select 1 from t where id in ({numbers ids}) and name in ({texts names})"
        self.assertEqual(
            POSTGRES.statement(sql).text,
            "select 1 from t"
            " where id = any (array(select jsonb_array_elements_text((%(ids)s)::jsonb)::bigint))"
            " and name = any (array(select jsonb_array_elements_text((%(names)s)::jsonb)))",
        )
        self.assertEqual(
            SQLITE.statement("delete from t where id in ({numbers ids})").text,
            "delete from t where id in (select value from json_each(:ids))",
        )

    def test_an_unknown_word_or_argument_is_refused(self) -> None:
        """A misspelling never reaches the engine."""
        for sql in ("select {nothing}", "select {texts}", "select {bigint x}"):
            with self.assertRaises(UnknownWord):
                SQLITE.statement(sql)

    def test_a_statement_that_may_change_something_does_not_count_as_reading(self) -> None:
        """Only surely reading ones are interrupted and run again."""
        for sql, reads in (
            ("-- insert\n select 'delete' from t", True),
            ("with a as (select 1) select * from a", True),
            ("with a as (delete from t returning id) select * from a", False),
            ("insert into t values (1) returning id", False),
        ):
            self.assertEqual(SQLITE.statement(sql).reads, reads, sql)

    def test_a_translation_is_made_once(self) -> None:
        """The second call gives the same object."""
        self.assertIs(SQLITE.statement("select 1, :x"), SQLITE.statement("select 1, :x"))
