"""Range headers."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import RangeNotSatisfiable
from synnefod.protocols.http.ranges import (
    PART_END,
    Span,
    multipart_end,
    multipart_length,
    parse_range,
    part_head,
)


class Ranges(SynchronousTestCase):
    def test_ranges_are_cut_to_the_size(self) -> None:
        for header, spans in (
            ("bytes=0-9", [(0, 10)]),
            ("bytes=5-", [(5, 100)]),
            ("bytes=-10", [(90, 100)]),
            ("bytes=-1000", [(0, 100)]),
            ("bytes=90-1000", [(90, 100)]),
            ("bytes=0-0,-1", [(0, 1), (99, 100)]),
            ("Bytes = 0 - 9", [(0, 10)]),
            ("bytes=0-9, 200-300", [(0, 10)]),
        ):
            self.assertEqual(parse_range(header, 100), [Span(*pair) for pair in spans], header)

    def test_what_is_malformed_is_ignored(self) -> None:
        for header in ("bytes=", "bytes=--1", "bytes=5-2", "bits=0-1", "bytes=a-b", "", "bytes=-"):
            self.assertIsNone(parse_range(header, 100), header)
        self.assertIsNone(parse_range(None, 100))

    def test_nothing_left_is_unsatisfiable(self) -> None:
        for header in ("bytes=100-", "bytes=-0", "bytes=100-200,300-"):
            error = self.assertRaises(RangeNotSatisfiable, parse_range, header, 100)
            self.assertEqual(error.size, 100)
        self.assertRaises(RangeNotSatisfiable, parse_range, "bytes=0-", 0)

    def test_too_many_ranges_are_refused(self) -> None:
        header = "bytes=" + ",".join(f"{n}-{n}" for n in range(51))
        self.assertRaises(RangeNotSatisfiable, parse_range, header, 100)

    def test_the_length_of_a_multipart_body_is_its_length(self) -> None:
        spans = [Span(0, 10), Span(95, 100)]
        body = b"".join(
            part_head("B", span, 100, "text/plain") + b"x" * span.length + PART_END
            for span in spans
        ) + multipart_end("B")
        self.assertEqual(multipart_length("B", spans, 100, "text/plain"), len(body))

    @settings(max_examples=200, deadline=None)
    @given(st.text(alphabet="bytes=0123456789-, ", max_size=30), st.integers(0, 10**6))
    def test_no_header_leads_outside(self, header: str, size: int) -> None:
        try:
            spans = parse_range(header, size) or []
        except RangeNotSatisfiable:
            return
        for span in spans:
            self.assertTrue(0 <= span.start < span.stop <= size)
