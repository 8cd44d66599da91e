"""What a Ganeti job file says: one message for each recognised opcode (ganeti.md 11). Pure.

{"id": 525, "received_timestamp": [s, us], "end_timestamp": [s, us] or null,
 "ops": [{"input": {"OP_ID": ..., ...}, "status": ..., "result": ...,
          "log": [[serial, [s, us], kind, text], ...],
          "start_timestamp": ..., "exec_timestamp": ..., "end_timestamp": ...}, ...]}
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.jsonio import dump_text
from synnefod.protocols.eventd import (
    STATUSES,
    ClusterStatus,
    Heartbeat,
    Message,
    NetworkStatus,
    OpStatus,
)

FINAL = frozenset(("success", "error", "canceled"))
HEARTBEAT_TAG = "snf:eventd:heartbeat"
_DESCRIBED = ("nics", "disks", "hvparams", "beparams")
_WITH_DATA = {
    "OP_INSTANCE_CREATE": ("success",),
    "OP_INSTANCE_STARTUP": ("success",),
    "OP_INSTANCE_SET_PARAMS": ("success", "error"),
    "OP_INSTANCE_GROW_DISK": ("success", "error"),
}


@frozen
class Change:
    """The state of one opcode. `index` is its place in the job; `message` is None for an opcode
    that nobody is told about; `wants_data`: the instance's NICs and disks belong in it."""

    index: int
    status: str
    message: Message | None
    wants_data: bool = False


class _Op(msgspec.Struct):
    input: dict[str, Any]
    status: str
    result: Any = None
    log: list[Any] = []
    start_timestamp: tuple[int, int] | None = None
    exec_timestamp: tuple[int, int] | None = None
    end_timestamp: tuple[int, int] | None = None


class _Job(msgspec.Struct):
    id: int
    ops: list[_Op]
    received_timestamp: tuple[int, int] | None = None
    start_timestamp: tuple[int, int] | None = None
    end_timestamp: tuple[int, int] | None = None


_decode = msgspec.json.Decoder(_Job).decode


def changes(raw: bytes, cluster: str) -> list[Change]:
    """Every opcode of a job file, in order. Raises Malformed for what is no job file."""
    try:
        job = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"The job file cannot be read: {error}") from None
    return [_change(job, index, op, cluster) for index, op in enumerate(job.ops)]


def _change(job: _Job, index: int, op: _Op, cluster: str) -> Change:
    opcode = op.input.get("OP_ID")
    if not isinstance(opcode, str) or op.status not in STATUSES:
        return Change(index, op.status, None)
    common: dict[str, Any] = {
        "cluster": cluster,
        "job": job.id,
        "operation": opcode,
        "status": op.status,
        "when": _event_time(job, op),
        "logmsg": _last_message(op.log),
        "result": op.result,
    }
    if opcode in ("OP_TAGS_SET", "OP_TAGS_DEL"):
        return Change(index, op.status, _tags(op, common))
    if opcode.startswith("OP_INSTANCE_"):
        name = _instance_name(op.input)
        if name is None:
            return Change(index, op.status, None)
        message = OpStatus(
            instance=name,
            job_fields=_job_fields(opcode, op),
            tags=_strings(op.input.get("tags")) if opcode == "OP_INSTANCE_CREATE" else (),
            **common,
        )
        return Change(index, op.status, message, op.status in _WITH_DATA.get(opcode, ()))
    if opcode.startswith("OP_NETWORK_"):
        return Change(index, op.status, _network(op.input, common))
    if opcode == "OP_CLUSTER_SET_PARAMS":
        return Change(index, op.status, ClusterStatus(**common))
    return Change(index, op.status, None)


def _event_time(job: _Job, op: _Op) -> int:
    """The time that belongs to the status (GNT-084). A job that was given up before it began has
    none of these; then the latest time that is known, for a message needs one."""
    if op.status == "queued":
        chosen = job.received_timestamp
    elif op.status in ("waiting", "canceling"):
        chosen = op.start_timestamp or job.end_timestamp
    elif op.status == "running":
        chosen = op.exec_timestamp or job.end_timestamp
    else:
        chosen = op.end_timestamp or job.end_timestamp
    known = (op.exec_timestamp, op.start_timestamp, job.start_timestamp, job.received_timestamp)
    seconds, micros = chosen or next((pair for pair in known if pair), (0, 0))
    return seconds * 1_000_000 + micros


def _last_message(log: list[Any]) -> str | None:
    """The last element of the last log entry."""
    if not log or not isinstance(log[-1], list) or not log[-1]:
        return None
    last = log[-1][-1]
    return last if last is None or isinstance(last, str) else dump_text(last)


def _instance_name(fields: Mapping[str, Any]) -> str | None:
    """The one instance that an opcode is about; None for several or none (GNT-083)."""
    name = fields.get("instance_name")
    if name is None:
        several = fields.get("instances")
        name = several[0] if isinstance(several, list) and len(several) == 1 else None
    return name if isinstance(name, str) and name else None


def _job_fields(opcode: str, op: _Op) -> Mapping[str, Any]:
    if opcode == "OP_INSTANCE_CREATE" and op.status == "error":
        return op.input  # GNT-088: enough to submit it again
    if opcode in ("OP_INSTANCE_CREATE", "OP_INSTANCE_SET_PARAMS"):
        return {name: op.input.get(name) for name in _DESCRIBED}
    if opcode == "OP_INSTANCE_SNAPSHOT":
        return {"disks": _snapshot_disks(op.input)}
    return {}


def _snapshot_disks(fields: Mapping[str, Any]) -> Any:
    """The disks with the snapshot that the submitter named in the reason (GNT-089)."""
    disks, info = fields.get("disks"), _snapshot_info(fields.get("reason"))
    if info is None or not isinstance(disks, list):
        return disks
    return [
        [disk[0], {**disk[1], "snapshot_info": info}]
        if isinstance(disk, list) and len(disk) == 2 and isinstance(disk[1], dict)
        else disk
        for disk in disks
    ]


def _snapshot_info(trail: Any) -> str | None:
    for entry in trail if isinstance(trail, list) else ():
        text = entry[1] if isinstance(entry, list) and len(entry) > 1 else None
        if not isinstance(text, str) or "snapshot_id" not in text:
            continue
        try:
            if "snapshot_id" in msgspec.json.decode(text):
                return text
        except (msgspec.DecodeError, TypeError):
            continue
    return None


def _network(fields: Mapping[str, Any], common: dict[str, Any]) -> NetworkStatus | None:
    name = fields.get("network_name")
    if not isinstance(name, str):
        return None
    return NetworkStatus(
        network=name,
        job_fields={
            "subnet": fields.get("network"),
            "gateway": fields.get("gateway"),
            "add_reserved_ips": fields.get("add_reserved_ips"),
            "remove_reserved_ips": fields.get("remove_reserved_ips"),
            "group_name": fields.get("group_name"),
        },
        **common,
    )


def _tags(op: _Op, common: dict[str, Any]) -> Message | None:
    """Tag jobs are reported once, when they are over (GNT-090)."""
    if op.status not in FINAL:
        return None
    kind, name, tags = op.input.get("kind"), op.input.get("name"), _strings(op.input.get("tags"))
    if kind == "instance" and isinstance(name, str):
        fields = {"dry_run": op.input.get("dry_run")}
        return OpStatus(instance=name, job_fields=fields, tags=tags, **common)
    if kind == "cluster" and any(tag.startswith(HEARTBEAT_TAG) for tag in tags):
        return Heartbeat(common["cluster"], common["job"], common["status"], common["when"])
    return None


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
