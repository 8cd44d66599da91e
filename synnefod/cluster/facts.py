"""Jobs as facts: which events a job's present state amounts to (ganeti.md 11). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from synnefod.cluster.interface import (
    ClusterEvent,
    Instance,
    Job,
    JobEvent,
    JobStatus,
    NetworkEvent,
)
from synnefod.protocols.rapi import vocabulary as v

Fact = JobEvent | NetworkEvent | ClusterEvent

HVPARAMS = ("boot_order", "cdrom_image_path")
_NETWORK_FIELDS = ("subnet", "gateway", "add_reserved_ips", "remove_reserved_ips", "group_name")
_CHANGED_FIELDS = ("nics", "disks", "hvparams", "beparams")
_SEEN_AT: dict[str, frozenset[JobStatus]] = {
    v.CREATE: frozenset({JobStatus.SUCCESS}),
    v.STARTUP: frozenset({JobStatus.SUCCESS}),
    v.SET_PARAMS: frozenset({JobStatus.SUCCESS, JobStatus.ERROR}),
    v.GROW_DISK: frozenset({JobStatus.SUCCESS, JobStatus.ERROR}),
}


def wants_instance(opcode: str, status: JobStatus) -> bool:
    """Whether the report carries the instance's devices as they are now (GNT-085)."""
    return status in _SEEN_AT.get(opcode, frozenset())


def instance_of(operation: Mapping[str, Any]) -> str | None:
    """The one instance that an opcode is about, or None (GNT-083)."""
    opcode = str(operation.get("OP_ID", ""))
    name = None
    if opcode.startswith("OP_INSTANCE_"):
        name = operation.get("instance_name")
    elif opcode in (v.TAGS_SET, v.TAGS_DEL) and operation.get("kind") == "instance":
        name = operation.get("name")
    return name if isinstance(name, str) else None


def job_fields(operation: Mapping[str, Any], status: JobStatus) -> dict[str, Any]:
    """The parts of an opcode's input that its report carries (ganeti.md 11.4)."""
    opcode = operation["OP_ID"]
    if opcode == v.CREATE and status is JobStatus.ERROR:
        return dict(operation)
    if opcode in (v.CREATE, v.SET_PARAMS):
        return {key: operation.get(key) or _empty(key) for key in _CHANGED_FIELDS}
    if opcode in (v.TAGS_SET, v.TAGS_DEL):
        return {"dry_run": bool(operation.get("dry_run"))}
    if opcode.startswith("OP_NETWORK_"):
        fields = {key: operation.get(key) for key in _NETWORK_FIELDS}
        fields["subnet"] = operation.get("network")
        return fields
    return {}


def facts(
    cluster: str, job: Job, seen: Mapping[str, Instance], source: str = "poll"
) -> Iterator[Fact]:
    """One event for each recognised opcode of `job`, in order (GNT-081).

    `seen` holds instances read after the job was; their devices go with the opcodes that ask.
    """
    for index, operation in enumerate(job.ops):
        status = job.op_status[index]
        opcode = str(operation.get("OP_ID", ""))
        when = job.op_when[index]
        log = _last_line(job.op_log[index])
        name = instance_of(operation)
        if name is not None:
            tagging = opcode in (v.TAGS_SET, v.TAGS_DEL)
            if tagging and not status.final:
                continue
            shown = seen.get(name) if wants_instance(opcode, status) else None
            yield JobEvent(
                cluster=cluster,
                instance=name,
                job=job.id,
                opcode=opcode,
                status=status,
                when=when,
                log=log,
                result=job.op_result[index],
                job_fields=job_fields(operation, status),
                nics=shown.nics if shown else None,
                disks=shown.disks if shown else None,
                hvparams=_hvparams(shown) if shown else None,
                tags=tuple(operation.get("tags") or ()),
                source=source,
            )
        elif opcode.startswith("OP_NETWORK_") and isinstance(operation.get("network_name"), str):
            yield NetworkEvent(
                cluster=cluster,
                network=operation["network_name"],
                job=job.id,
                opcode=opcode,
                status=status,
                when=when,
                log=log,
                job_fields=job_fields(operation, status),
                source=source,
            )
        elif opcode == v.CLUSTER_SET_PARAMS:
            yield ClusterEvent(cluster, job.id, opcode, status, when)


def _hvparams(instance: Instance) -> dict[str, Any]:
    return {key: instance.hvparams.get(key) for key in HVPARAMS}


def _last_line(entries: tuple[Any, ...]) -> str:
    return str(entries[-1][-1]) if entries else ""


def _empty(key: str) -> list[Any] | dict[str, Any]:
    return [] if key in ("nics", "disks") else {}
