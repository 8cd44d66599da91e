"""synnefod.protocols.amqp.url"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.protocols.amqp.url import Broker, parse_broker


class Addresses(SynchronousTestCase):
    def test_every_part_is_read_and_escapes_are_undone(self) -> None:
        self.assertEqual(
            parse_broker("amqp://us%40er:p%2Fw%3A@mq.example:5673/my%2Fhost"),
            Broker("mq.example", 5673, "us@er", "p/w:", "my/host"),
        )

    def test_what_is_left_out_has_its_default(self) -> None:
        self.assertEqual(parse_broker("amqp://mq"), Broker("mq", 5672, "guest", "guest", "/"))
        self.assertEqual(parse_broker("amqp://u:p@mq/").vhost, "/")
        self.assertEqual(parse_broker("amqp://u:p@mq/%2F").vhost, "/")
        self.assertEqual(parse_broker("amqp://[::1]:1234").host, "::1")

    def test_tls_has_its_own_scheme_and_port(self) -> None:
        broker = parse_broker("amqps://u:p@mq?cacertfile=/etc/ca.pem&heartbeat=5")
        self.assertEqual(
            (broker.tls, broker.port, broker.ca_file, broker.heartbeat),
            (True, 5671, "/etc/ca.pem", 5),
        )

    def test_a_bad_address_is_malformed_and_keeps_its_password(self) -> None:
        for text in (
            "",
            "mq:5672",
            "http://u:sesame@mq",
            "amqp://",
            "amqp://u:sesame@:5672",
            "amqp://u:sesame@mq:port",
            "amqp://u:sesame@mq:99999",
            "amqp://u:sesame@mq/a/b",
            "amqp://u:sesame@mq?heartbeat=soon",
            "amqp://u:sesame@mq?colour=red",
        ):
            error = self.assertRaises(Malformed, parse_broker, text)
            self.assertNotIn("sesame", error.message)

    def test_no_text_form_shows_the_password(self) -> None:
        broker = parse_broker("amqp://u:sesame@mq:1/v")
        self.assertNotIn("sesame", repr(broker) + broker.place)
        self.assertEqual(broker.place, "amqp://u@mq:1/v")
