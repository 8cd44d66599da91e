"""Names are taken from the URL exactly as sent."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed, NotFound, PreconditionFailed
from synnefod.resources.objects.paths import Location, pithos_location, source_path, swift_location


class PithosPlaces(SynchronousTestCase):
    def test_everything_after_the_third_slash_is_the_objects_name(self) -> None:
        """PIT-007: components are percent-decoded once; `..`, `//` and a last slash are kept."""
        self.assertEqual(pithos_location(b"/a/c/x/../y//"), Location("a", "c", "x/../y//"))
        self.assertEqual(pithos_location(b"/a/c/%2525"), Location("a", "c", "%25"))
        self.assertEqual(pithos_location(b"/a/c/%CE%B1"), Location("a", "c", "α"))
        self.assertEqual(pithos_location(b"/a/c//"), Location("a", "c", "/"))

    def test_one_trailing_slash_is_tolerated(self) -> None:
        self.assertEqual(pithos_location(b"/a/"), Location("a"))
        self.assertEqual(pithos_location(b"/a/c/"), Location("a", "c"))
        self.assertEqual(pithos_location(b"/").level, "top")
        self.assertEqual(pithos_location(b"").level, "top")

    def test_dots_are_a_containers_name(self) -> None:
        self.assertEqual(pithos_location(b"/a/..").container, "..")

    def test_unreadable_names_are_malformed(self) -> None:
        for raw in (b"/a/c/%FF", b"/a/c/x%00y", b"/a//o", b"//c", b"/a/" + b"c" * 257):
            self.assertRaises(Malformed, pithos_location, raw)
        self.assertRaises(Malformed, pithos_location, b"/a/c/" + b"o" * 1025)

    def test_a_source_needs_slash_container_and_object(self) -> None:
        self.assertEqual(source_path("/c/o/p", slash_required=True), ("c", "o/p"))
        for text in ("c/o", "/c", "/c/", "", "//o"):
            self.assertIsNone(source_path(text, slash_required=True))
        self.assertEqual(source_path("c/o", slash_required=False), ("c", "o"))


class SwiftPlaces(SynchronousTestCase):
    def test_the_account_is_written_with_or_without_its_prefix(self) -> None:
        self.assertEqual(swift_location(b"/AUTH_u/c/o"), Location("u", "c", "o"))
        self.assertEqual(swift_location(b"/u/c/o"), Location("u", "c", "o"))
        dashed = "01234567-89ab-cdef-0123-456789abcdef"
        self.assertEqual(
            swift_location(b"/AUTH_" + dashed.replace("-", "").encode()), Location(dashed)
        )

    def test_unreadable_names_fail_the_precondition(self) -> None:
        for raw in (b"/AUTH_u/c/%FF", b"/AUTH_u/%00", b""):
            self.assertRaises(PreconditionFailed, swift_location, raw)

    def test_an_empty_component_is_not_found(self) -> None:
        for raw in (b"//c", b"/AUTH_u//o"):
            self.assertRaises(NotFound, swift_location, raw)

    def test_lengths_are_counted_in_bytes(self) -> None:
        self.assertRaises(Malformed, swift_location, b"/u/" + b"%CE%B1" * 129)
        self.assertEqual(len(swift_location(b"/u/" + b"%CE%B1" * 128).container), 128)
