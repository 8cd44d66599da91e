"""Ranges of both dialects, and where an update goes."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed, RangeNotSatisfiable
from synnefod.resources.objects.ranges import (
    Part,
    Target,
    content_range,
    pithos_parts,
    swift_parts,
)


class PithosRanges(SynchronousTestCase):
    def test_a_header_that_makes_no_sense_is_ignored(self) -> None:
        """PIT-110."""
        for text in ("bytes=", "bytes=--1", "bytes=5-2", "bits=0-1", "0-1", "bytes=-", None):
            self.assertIsNone(pithos_parts(text, 10))

    def test_parts_come_in_the_order_asked_and_blanks_do_not_matter(self) -> None:
        """PIT-110."""
        self.assertEqual(
            pithos_parts("bytes= 5-6, 0-1 ,8-,-3", 10),
            [Part(5, 2), Part(0, 2), Part(8, 2), Part(7, 3)],
        )

    def test_a_range_that_leaves_the_object_is_refused(self) -> None:
        """PIT-111."""
        for text, size in (
            ("bytes=0-10", 10),
            ("bytes=10-", 10),
            ("bytes=-11", 10),
            ("bytes=-0", 10),
            ("bytes=0-0", 0),
            ("bytes=0-", 0),
        ):
            self.assertRaises(RangeNotSatisfiable, pithos_parts, text, size)

    def test_at_most_fifty_ranges_are_answered(self) -> None:
        self.assertRaises(RangeNotSatisfiable, pithos_parts, "bytes=" + ",".join(["0-0"] * 51), 10)


class SwiftRanges(SynchronousTestCase):
    def test_a_range_is_cut_to_the_object(self) -> None:
        self.assertEqual(swift_parts("bytes=5-100", 10), [Part(5, 5)])
        self.assertEqual(swift_parts("bytes=-100", 10), [Part(0, 10)])
        self.assertEqual(swift_parts("Bytes = 0 - 9", 10), [Part(0, 10)])

    def test_only_a_range_without_any_byte_is_refused(self) -> None:
        self.assertEqual(swift_parts("bytes=0-1,20-30", 10), [Part(0, 2)])
        for text in ("bytes=10-", "bytes=-0"):
            self.assertRaises(RangeNotSatisfiable, swift_parts, text, 10)

    def test_wasteful_requests_are_refused(self) -> None:
        for ranges in (
            ["0-0"] * 51,
            ["0-5", "1-6", "2-7", "3-8"],
            [f"{n}-{n}" for n in range(20, 0, -2)],
        ):
            with self.assertRaises(RangeNotSatisfiable):
                swift_parts("bytes=" + ",".join(ranges), 100)


class Targets(SynchronousTestCase):
    def test_the_four_forms(self) -> None:
        """PIT-170."""
        self.assertEqual(content_range("bytes 0-9/*"), Target(0, 10, None))
        self.assertEqual(content_range("bytes 0-9/20"), Target(0, 10, 20))
        self.assertEqual(content_range("bytes 5-/*"), Target(5, None, None))
        self.assertEqual(content_range("bytes */*"), Target(None, None, None))

    def test_nonsense_is_refused(self) -> None:
        """PIT-170."""
        self.assertRaises(Malformed, content_range, None)
        for text in ("bytes 5-4/*", "bytes x-y/*", "bytes 0-9/5", "items 0-1/2", ""):
            self.assertRaises(RangeNotSatisfiable, content_range, text)
