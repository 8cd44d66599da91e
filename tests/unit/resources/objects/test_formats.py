"""Which format an answer has."""

from twisted.trial.unittest import SynchronousTestCase

from synnefod.resources.objects.formats import (
    NotAcceptable,
    pithos_format,
    swift_format,
    xml_attribute,
    xml_fields,
)


class Pithos(SynchronousTestCase):
    def test_the_parameter_beats_the_ending_beats_accept_beats_the_default(self) -> None:
        """PIT-013, PIT-014."""
        self.assertEqual(pithos_format("xml", "/a.json", "application/json", "text"), "xml")
        self.assertEqual(pithos_format("yaml", "/a.json", "application/xml", "text"), "json")
        accept = "text/html, application/xml;q=0.1, application/json"
        self.assertEqual(pithos_format(None, "/a", accept, "text"), "xml")
        self.assertEqual(pithos_format(None, "/a", "*/*", "text"), "text")


class Swift(SynchronousTestCase):
    def test_accept_is_negotiated_with_weights(self) -> None:
        self.assertEqual(swift_format("json", "text/xml"), ("json", "application/json"))
        self.assertEqual(swift_format("odd", None), ("text", "text/plain"))
        self.assertEqual(swift_format(None, None), ("text", "text/plain"))
        self.assertEqual(swift_format(None, "*/*;q=0.3, text/xml"), ("xml", "text/xml"))
        self.assertEqual(
            swift_format(None, "text/plain;q=0.2,application/*"), ("json", "application/json")
        )
        self.assertRaises(NotAcceptable, swift_format, None, "image/png")


class Xml(SynchronousTestCase):
    def test_a_mapping_becomes_pairs(self) -> None:
        """PIT-100: dictionaries render as key and value elements."""
        self.assertEqual(
            xml_fields({"name": "a<b", "p": {"quota": 0}}),
            "<name>a&lt;b</name><p><key>quota</key><value>0</value></p>",
        )

    def test_no_character_breaks_the_document(self) -> None:
        self.assertEqual(xml_attribute('a"\x01\n'), '"a&quot;\ufffd&#10;"')
