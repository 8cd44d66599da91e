"""synnefod.protocols.eventd"""

from __future__ import annotations

import json
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed
from synnefod.protocols import eventd

VECTORS = Path(__file__).parents[2] / "vectors" / "eventd"


def vector(name: str) -> bytes:
    return (VECTORS / f"{name}.json").read_bytes()


def changed(name: str, **fields: object) -> bytes:
    return json.dumps({**json.loads(vector(name)), **fields}).encode()


def without(name: str, field: str) -> bytes:
    tree = json.loads(vector(name))
    del tree[field]
    return json.dumps(tree).encode()


class KnownAnswers(SynchronousTestCase):
    def test_an_instance_message_is_understood(self) -> None:
        """GNT-085, GNT-087: ganeti.md 11.4's own example."""
        message = eventd.decode(vector("set-params"))
        assert isinstance(message, eventd.OpStatus)
        self.assertEqual(
            (message.instance, message.job, message.operation, message.status, message.when),
            ("snf-55", 8123, "OP_INSTANCE_SET_PARAMS", "success", 1767608000_123456),
        )
        assert message.nics is not None and message.disks is not None
        self.assertEqual(
            message.nics[0],
            eventd.WireNic(
                "snf-nic-903",
                "aa:00:13:4f:02:9c",
                "10.7.0.9",
                "snf-net-412",
                "bridged",
                "prv0",
                "..",
                "protected",
            ),
        )
        self.assertEqual(message.disks[0], eventd.WireDisk("snf-vol-71", 20480, ".."))
        self.assertEqual(message.hvparams, {"boot_order": "disk", "cdrom_image_path": ""})
        self.assertEqual(eventd.routing_key(message), "ganeti.snf.event.op")

    def test_a_network_message_is_understood(self) -> None:
        """Older clusters number jobs in text."""
        message = eventd.decode(vector("network"))
        assert isinstance(message, eventd.NetworkStatus)
        self.assertEqual((message.network, message.job), ("snf-net-412", 18))
        self.assertEqual(message.job_fields["group_name"], "default")
        self.assertEqual(eventd.routing_key(message), "ganeti.snf.event.network")

    def test_a_cluster_message_is_understood(self) -> None:
        message = eventd.decode(vector("cluster"))
        self.assertEqual(
            message,
            eventd.ClusterStatus(
                "g1.example.org", 9, "OP_CLUSTER_SET_PARAMS", "success", 1767608000_000000
            ),
        )
        self.assertEqual(eventd.routing_key(message), "ganeti.event.cluster")

    def test_image_messages_are_understood(self) -> None:
        """GNT-136, GNT-138: ganeti.md 16."""
        copy = eventd.decode(vector("progress"))
        assert isinstance(copy, eventd.Progress)
        self.assertEqual(
            (copy.kind, copy.instance, copy.body["progress"]), ("image-copy-progress", "snf-55", 50)
        )
        self.assertEqual(eventd.routing_key(copy), "ganeti.snf.event.progress")
        helper = eventd.decode(vector("helper"))
        assert isinstance(helper, eventd.Progress)
        self.assertEqual(helper.body["subtype"], "task-start")

    def test_a_heartbeat_is_understood(self) -> None:
        message = eventd.decode(b'{"type": "eventd-heartbeat", "cluster": "g1"}')
        self.assertEqual(message, eventd.Heartbeat("g1"))
        self.assertEqual(eventd.routing_key(message), "eventd.heartbeat")

    def test_what_is_encoded_is_decoded_to_the_same(self) -> None:
        for name in ("set-params", "network", "cluster", "progress", "helper"):
            message = eventd.decode(vector(name))
            self.assertEqual(eventd.decode(eventd.encode(message)), message)

    def test_an_encoded_message_has_the_known_shape(self) -> None:
        known = json.loads(vector("set-params"))
        self.assertEqual(json.loads(eventd.encode(eventd.decode(vector("set-params")))), known)

    def test_absent_data_and_empty_data_differ(self) -> None:
        """ganeti.md 22: NIC list null or absent means no refresh, an empty list means none."""
        for raw in (
            changed("set-params", instance_nics=None),
            without("set-params", "instance_nics"),
        ):
            message = eventd.decode(raw)
            assert isinstance(message, eventd.OpStatus)
            self.assertIs(message.nics, None)
        message = eventd.decode(changed("set-params", instance_nics=[]))
        assert isinstance(message, eventd.OpStatus)
        self.assertEqual(message.nics, ())

    def test_nameless_and_networkless_parts_are_allowed(self) -> None:
        raw = changed(
            "set-params",
            instance_nics=[{"name": None, "mac": "aa:00:00:00:00:01", "ip": None, "network": None}],
            instance_disks=[{"name": None, "size": 4, "uuid": None}],
        )
        message = eventd.decode(raw)
        assert isinstance(message, eventd.OpStatus)
        self.assertEqual(message.nics, (eventd.WireNic(mac="aa:00:00:00:00:01"),))
        self.assertEqual(message.disks, (eventd.WireDisk(size=4),))


class BadInput(SynchronousTestCase):
    def test_what_is_no_message_is_malformed(self) -> None:
        """GNT-102."""
        for raw in (b"", b"{}", b"[]", b"null", b"not json", b"\xff\xfe", b'{"type": 3}'):
            self.assertRaises(Malformed, eventd.decode, raw)

    def test_each_needed_key_is_missed(self) -> None:
        """GNT-102."""
        for field in ("operation", "status", "cluster", "jobId", "event_time", "instance"):
            error = self.assertRaises(Malformed, eventd.decode, without("set-params", field))
            self.assertIn(field, error.message)

    def test_a_wrong_event_time_is_malformed(self) -> None:
        """ganeti.md 22."""
        for time in (None, 5, [1], [1, 2, 3], ["1", 2], [-1, 0], [1, 1_000_000], [1, -1]):
            self.assertRaises(Malformed, eventd.decode, changed("set-params", event_time=time))

    def test_a_progress_that_is_negative_or_text_is_malformed(self) -> None:
        """GNT-136."""
        for progress in (-1, "half", None):
            self.assertRaises(Malformed, eventd.decode, changed("progress", progress=progress))

    def test_an_unknown_status_and_an_unknown_kind_have_their_own_errors(self) -> None:
        """GNT-108."""
        self.assertRaises(eventd.UnknownStatus, eventd.decode, changed("set-params", status="done"))
        self.assertRaises(eventd.UnknownKind, eventd.decode, b'{"type": "ganeti-net-status"}')

    def test_parts_of_the_wrong_type_are_malformed(self) -> None:
        for fields in (
            {"instance": 5},
            {"jobId": "x1"},
            {"jobId": 1.5},
            {"tags": "abc"},
            {"job_fields": []},
            {"instance_nics": {}},
            {"instance_disks": [{"size": "big"}]},
        ):
            self.assertRaises(Malformed, eventd.decode, changed("set-params", **fields))
