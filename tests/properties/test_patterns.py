"""The matcher of people's regular expressions agrees with Python's, in bounded time."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.compute.patterns import compiled, literal

ATOMS = st.sampled_from(["a", "b", "B", "-", ".", "[ab]", "[^a]", "[a-c]", "\\.", "^", "$", "\\d"])
PATTERNS = st.recursive(
    st.builds("".join, st.lists(st.builds("{}{}".format, ATOMS.filter(lambda a: a not in "^$"),
                                          st.sampled_from(["", "*", "+", "?"])) | ATOMS,
                                max_size=4)),
    lambda inner: st.builds("({})".format, inner) | st.builds("{}|{}".format, inner, inner),
    max_leaves=4,
)  # fmt: skip


class Matching(SynchronousTestCase):
    @settings(max_examples=300, deadline=None)
    @given(PATTERNS, st.text("abAB.-1", max_size=6))
    def test_it_finds_what_python_finds(self, pattern: str, text: str) -> None:
        """Case does not matter, `$` is the very end."""
        expected = re.search(pattern.replace("$", "\\Z"), text, re.IGNORECASE) is not None
        self.assertEqual(compiled(pattern)(text), expected)

    @settings(max_examples=200, deadline=None)
    @given(st.text(max_size=12), st.text(max_size=12))
    def test_any_text_is_taken(self, pattern: str, text: str) -> None:
        """What is no expression is a part of the text; nothing raises."""
        self.assertIn(compiled(pattern)(text), (True, False))

    @given(st.text(max_size=8), st.text(max_size=4))
    def test_an_escaped_text_is_plain(self, plain: str, more: str) -> None:
        """What clients escape to have it taken as it is, is."""
        self.assertEqual(literal(re.escape(plain)), plain)
        self.assertTrue(compiled(re.escape(plain))(more + plain))

    def test_hostile_expressions_end(self) -> None:
        """Those that hold up matchers which go back are answered like others."""
        for pattern in ("(a*)*b", "(a|a)*b", "(a+)+$", "a?" * 60 + "a" * 60, "(" * 200):
            compiled(pattern)("a" * 200)
