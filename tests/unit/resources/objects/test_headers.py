"""Header families as Pithos and Swift read them."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.resources.objects.headers import (
    PithosHeaders,
    SwiftHeaders,
    natural,
    percent_encoded,
)


class Pithos(SynchronousTestCase):
    def test_names_and_values_are_percent_decoded(self) -> None:
        """PIT-008, PIT-010, PIT-011."""
        headers = PithosHeaders([("x-object-meta-foo_bar", "%CE%B1~"), ("X-Object-Meta-%63", "d")])
        self.assertEqual(headers.family("X-Object-Meta-"), {"Foo-Bar": "α", "C": "d"})

    def test_what_is_not_utf_8_is_refused(self) -> None:
        """PIT-008, PIT-009."""
        for pair in (("x-a", "%f2"), ("x-a", "\u00e9"), ("x-%f2", "a"), ("x-a", "%00")):
            self.assertRaises(Malformed, PithosHeaders, [pair])

    def test_limits_count_the_prefix(self) -> None:
        """PIT-074: 128 characters of name with prefix, 256 of value, 90 headers."""
        prefix = "X-Container-Meta-"
        name = prefix + "a" * (128 - len(prefix))
        self.assertEqual(len(PithosHeaders([(name, "v" * 256)]).family(prefix)), 1)
        self.assertRaises(Malformed, PithosHeaders([(name + "a", "v")]).family, prefix)
        self.assertRaises(Malformed, PithosHeaders([(name, "v" * 257)]).family, prefix)
        many = [(f"{prefix}{n}", "v") for n in range(91)]
        self.assertRaises(Malformed, PithosHeaders(many).family, prefix)

    def test_replies_encode_percent_control_and_non_ascii_only(self) -> None:
        """PIT-012."""
        self.assertEqual(percent_encoded("a+b %\nα*"), "a+b %25%0A%CE%B1*")


class Swift(SynchronousTestCase):
    def test_percent_signs_are_kept(self) -> None:
        self.assertEqual(
            SwiftHeaders([("X-Object-Meta-A", "%20é")]).family("X-Object-Meta-"), {"A": "%20é"}
        )

    def test_removal_beats_a_value(self) -> None:
        headers = SwiftHeaders(
            [
                ("X-Container-Meta-A", "1"),
                ("X-Remove-Container-Meta-a", "x"),
                ("X-Container-Meta-B", "2"),
            ]
        )
        self.assertEqual(
            headers.changes("Container"), {"X-Container-Meta-A": "", "X-Container-Meta-B": "2"}
        )

    def test_limits_count_without_the_prefix(self) -> None:
        prefix = "X-Object-Meta-"
        self.assertEqual(len(SwiftHeaders([(prefix + "a" * 128, "v" * 256)]).family(prefix)), 1)
        for items in (
            [(prefix + "a" * 129, "v")],
            [(prefix + "a", "v" * 257)],
            [(prefix, "v")],
            [(prefix + "a", "\udcff")],
            [(f"{prefix}{n}", "v") for n in range(91)],
            [(f"{prefix}{n}", "v" * 256) for n in range(20)],
        ):
            self.assertRaises(Malformed, SwiftHeaders(items).family, prefix)


class Integers(SynchronousTestCase):
    def test_anything_but_a_natural_number_counts_as_absent(self) -> None:
        """PIT-021, PIT-022: a float `until` is no `until`."""
        for text in (None, "", "x", "-1", "1.5", "1400000000.25", "٣"):
            self.assertIsNone(natural(text))
        self.assertEqual(natural("0"), 0)
