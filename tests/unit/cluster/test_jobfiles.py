"""synnefod.cluster.jobfiles"""

from __future__ import annotations

import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.jobfiles import changes
from synnefod.common.errors import Malformed
from synnefod.protocols.eventd import ClusterStatus, Heartbeat, NetworkStatus, OpStatus
from tests.unit.protocols.test_eventd import vector


def job(*ops: dict[str, Any], **times: Any) -> bytes:
    tree = {
        "id": 7,
        "received_timestamp": [100, 1],
        "start_timestamp": None,
        "end_timestamp": None,
        "ops": list(ops),
        **times,
    }
    return json.dumps(tree).encode()


def op(opcode: str, status: str = "running", /, **fields: Any) -> dict[str, Any]:
    times = {
        name: fields.pop(name, None)
        for name in ("start_timestamp", "exec_timestamp", "end_timestamp")
    }
    result, log = fields.pop("result", None), fields.pop("log", [])
    return {
        "input": {"OP_ID": opcode, **fields},
        "status": status,
        "result": result,
        "log": log,
        **times,
    }


def only(raw: bytes) -> Any:
    (change,) = changes(raw, "c1")
    return change.message


class KnownFiles(SynchronousTestCase):
    """Files that Ganeti 3.0.2 wrote."""

    def test_a_creation_is_told(self) -> None:
        (change,) = changes(vector("job-create"), "c1")
        message = change.message
        assert isinstance(message, OpStatus)
        self.assertEqual(
            (message.cluster, message.instance, message.operation, message.status),
            ("c1", "snf-1", "OP_INSTANCE_CREATE", "success"),
        )
        self.assertEqual(message.logmsg, "* starting instance...")
        self.assertEqual(message.tags, ("synnefo:network:snf-nic-1:protected",))
        self.assertEqual(set(message.job_fields), {"nics", "disks", "hvparams", "beparams"})
        self.assertEqual(message.job_fields["nics"][0]["name"], "snf-nic-1")
        self.assertTrue(change.wants_data)
        tree = json.loads(vector("job-create"))
        seconds, micros = tree["ops"][0]["end_timestamp"]
        self.assertEqual(message.when, seconds * 1_000_000 + micros)

    def test_a_failed_creation_carries_its_whole_input(self) -> None:
        """GNT-088."""
        (change,) = changes(vector("job-create-failed"), "c1")
        assert isinstance(change.message, OpStatus)
        self.assertEqual(
            change.message.job_fields, json.loads(vector("job-create-failed"))["ops"][0]["input"]
        )
        self.assertFalse(change.wants_data)

    def test_a_network_job_is_told(self) -> None:
        message = only(vector("job-network-disconnect"))
        assert isinstance(message, NetworkStatus)
        self.assertEqual((message.network, message.status), ("snf-net-1", "success"))
        self.assertEqual(message.job_fields["group_name"], "default")


class Times(SynchronousTestCase):
    def test_each_status_has_its_time(self) -> None:
        """GNT-084: ganeti.md 11.2."""
        times = {
            "start_timestamp": [200, 2],
            "exec_timestamp": [300, 3],
            "end_timestamp": [400, 4],
        }
        expected = {
            "queued": 100_000001,
            "waiting": 200_000002,
            "canceling": 200_000002,
            "running": 300_000003,
            "success": 400_000004,
            "error": 400_000004,
            "canceled": 400_000004,
        }
        for status, when in expected.items():
            raw = job(op("OP_INSTANCE_REBOOT", status, instance_name="snf-1", **times))
            self.assertEqual(only(raw).when, when, status)

    def test_without_its_own_time_an_opcode_takes_the_jobs_end(self) -> None:
        """GNT-084."""
        for status in ("waiting", "canceling", "running", "success", "error", "canceled"):
            raw = job(
                op("OP_INSTANCE_REBOOT", status, instance_name="snf-1"), end_timestamp=[900, 9]
            )
            self.assertEqual(only(raw).when, 900_000009, status)

    def test_without_any_time_it_takes_the_last_known_one(self) -> None:
        raw = job(op("OP_INSTANCE_REBOOT", "canceled", instance_name="snf-1"))
        self.assertEqual(only(raw).when, 100_000001)


class Kinds(SynchronousTestCase):
    def test_one_change_for_each_opcode(self) -> None:
        """GNT-081."""
        raw = job(
            op("OP_INSTANCE_SHUTDOWN", "success", instance_name="snf-1"),
            op("OP_INSTANCE_REINSTALL", "running", instance_name="snf-1"),
            op("OP_NODE_SET_PARAMS", "waiting"),
            op("OP_INSTANCE_STARTUP", "waiting", instance_name="snf-1"),
        )
        found = changes(raw, "c1")
        self.assertEqual([change.index for change in found], [0, 1, 2, 3])
        self.assertEqual([change.message is None for change in found], [False, False, True, False])

    def test_jobs_about_several_instances_or_none_are_skipped(self) -> None:
        """GNT-083."""
        self.assertIs(only(job(op("OP_INSTANCE_QUERY", "running", instances=["a", "b"]))), None)
        self.assertIs(only(job(op("OP_INSTANCE_QUERY", "running"))), None)
        self.assertIs(only(job(op("OP_INSTANCE_QUERY", "running", instances=[]))), None)
        self.assertEqual(
            only(job(op("OP_INSTANCE_QUERY", "running", instances=["a"]))).instance, "a"
        )

    def test_which_messages_want_the_instance_s_data(self) -> None:
        """GNT-085."""
        wanted = {
            (opcode, status)
            for opcode in (
                "OP_INSTANCE_CREATE",
                "OP_INSTANCE_STARTUP",
                "OP_INSTANCE_SET_PARAMS",
                "OP_INSTANCE_GROW_DISK",
                "OP_INSTANCE_SHUTDOWN",
            )
            for status in ("queued", "running", "success", "error", "canceled")
            if changes(job(op(opcode, status, instance_name="snf-1")), "c")[0].wants_data
        }
        self.assertEqual(
            wanted,
            {
                ("OP_INSTANCE_CREATE", "success"),
                ("OP_INSTANCE_STARTUP", "success"),
                ("OP_INSTANCE_SET_PARAMS", "success"),
                ("OP_INSTANCE_SET_PARAMS", "error"),
                ("OP_INSTANCE_GROW_DISK", "success"),
                ("OP_INSTANCE_GROW_DISK", "error"),
            },
        )

    def test_canceled_is_final(self) -> None:
        """GNT-086, GNT-090."""
        fields = {"kind": "instance", "name": "snf-1", "tags": ["t"], "dry_run": False}
        for status in ("queued", "waiting", "running"):
            self.assertIs(only(job(op("OP_TAGS_SET", status, **fields))), None)
        for status in ("success", "error", "canceled"):
            message = only(job(op("OP_TAGS_SET", status, **fields)))
            self.assertEqual(
                (message.instance, message.tags, dict(message.job_fields)),
                ("snf-1", ("t",), {"dry_run": False}),
            )

    def test_of_the_cluster_s_tags_only_the_heartbeat_is_answered(self) -> None:
        """GNT-090."""
        beat = {"kind": "cluster", "name": "", "tags": ["snf:eventd:heartbeat:host:12"]}
        self.assertIsInstance(only(job(op("OP_TAGS_SET", "success", **beat))), Heartbeat)
        other = {"kind": "cluster", "name": "", "tags": ["other"]}
        self.assertIs(only(job(op("OP_TAGS_SET", "success", **other))), None)
        node = {"kind": "node", "name": "n1", "tags": ["snf:eventd:heartbeat:host:12"]}
        self.assertIs(only(job(op("OP_TAGS_SET", "success", **node))), None)

    def test_of_cluster_jobs_only_changed_parameters_are_told(self) -> None:
        self.assertIsInstance(only(job(op("OP_CLUSTER_SET_PARAMS", "success"))), ClusterStatus)
        self.assertIs(only(job(op("OP_CLUSTER_VERIFY", "success"))), None)

    def test_a_snapshot_carries_what_its_reason_says(self) -> None:
        """GNT-089."""
        info = '{"snapshot_id": 12}'
        raw = job(
            op(
                "OP_INSTANCE_SNAPSHOT",
                "success",
                instance_name="snf-1",
                disks=[[0, {"snapshot_name": "s"}]],
                reason=[["gnt:user", "", 1], ["gnt:user", info, 1]],
            )
        )
        self.assertEqual(
            only(raw).job_fields, {"disks": [[0, {"snapshot_name": "s", "snapshot_info": info}]]}
        )

    def test_the_log_message_is_the_last_one(self) -> None:
        log = [[1, [1, 2], "message", "first"], [2, [1, 3], "message", "second"]]
        self.assertEqual(
            only(job(op("OP_INSTANCE_REBOOT", instance_name="snf-1", log=log))).logmsg, "second"
        )

    def test_what_is_no_job_file_is_malformed(self) -> None:
        for raw in (b"", b"{", b"[]", b'{"id": 1}', b'{"id": 1, "ops": [3]}', b"\xff"):
            self.assertRaises(Malformed, changes, raw, "c")
