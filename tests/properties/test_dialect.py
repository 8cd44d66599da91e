"""Translation of SQL for any mixture of literals, comments, words and parameters."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.store.dialect import POSTGRES, SQLITE

texts = st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=20
) | st.sampled_from([":name", "{word}", "100%", "''", '"', "--", "/*", "a::b", ";"])


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Translation(SynchronousTestCase):
    """What is inside quotes is data, on both engines."""

    @given(st.lists(texts, min_size=1, max_size=5), texts)
    def test_literals_and_parameters_keep_their_values(self, items: list[str], value: str) -> None:
        """SQLite gives back each literal and the parameter between them."""
        sql = "select " + ", ".join([*map(literal, items), ":value"])
        row = sqlite3.connect(":memory:").execute(SQLITE.statement(sql).text, {"value": value})
        self.assertEqual(row.fetchone(), (*items, value))

    @given(st.lists(texts, min_size=1, max_size=5))
    def test_the_driver_of_postgresql_finds_only_our_parameters(self, items: list[str]) -> None:
        """After the driver's own formatting the literals are what they were."""
        sql = "select " + ", ".join([*map(literal, items), ":value::text"])
        sent = POSTGRES.statement(sql).text % {"value": 7}
        self.assertEqual(sent, sql.removesuffix(":value::text") + "7::text")

    @given(texts)
    def test_a_text_without_words_is_left_alone_in_a_script(self, text: str) -> None:
        """A migration's literals are never touched."""
        sql = f"insert into t values ({literal(text)}, {{bigint}})"
        for dialect, word in ((SQLITE, "integer"), (POSTGRES, "bigint")):
            self.assertEqual(dialect.script(sql), f"insert into t values ({literal(text)}, {word})")
