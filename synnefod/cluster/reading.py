"""RAPI's JSON as the frozen values of `interface`. Pure; anything malformed is ClusterRefused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.cluster.interface import (
    Capacity,
    ClusterInfo,
    ClusterRefused,
    Disk,
    Instance,
    Job,
    JobStatus,
    Nic,
    Node,
)
from synnefod.common.ids import JobId
from synnefod.protocols.luxi import firewall_modes
from synnefod.protocols.rapi import jobs


def info(raw: Mapping[str, Any]) -> ClusterInfo:
    """`GET /2/info`; `disk_templates` are those enabled and allowed by the policy (GNT-066)."""
    enabled = raw.get("enabled_disk_templates") or []
    allowed = (raw.get("ipolicy") or {}).get("disk-templates")
    return ClusterInfo(
        name=_text(raw, "name"),
        version=_text(raw, "software_version"),
        hypervisor=str(raw.get("default_hypervisor") or ""),
        disk_templates=tuple(t for t in enabled if allowed is None or t in allowed),
        master=str(raw.get("master") or ""),
    )


def capacity(nodes: Sequence[Mapping[str, Any]]) -> Capacity:
    """Sums over nodes that can hold machines: capable, in service, with known CPUs (GNT 10)."""
    usable = [
        node
        for node in nodes
        if node.get("vm_capable")
        and not node.get("drained")
        and not node.get("offline")
        and node.get("cnodes")
    ]

    def total(key: str) -> int:
        return sum(int(node.get(key) or 0) for node in usable)

    return Capacity(
        mfree=total("mfree"),
        mtotal=total("mtotal"),
        dfree=total("dfree"),
        dtotal=total("dtotal"),
        instances=total("pinst_cnt"),
        cpus=total("ctotal"),
    )


def nodes(rows: Sequence[Mapping[str, Any]]) -> list[Node]:
    """All nodes, whether they hold machines or not."""

    def number(row: Mapping[str, Any], key: str) -> int:
        return int(row.get(key) or 0)

    return [
        Node(
            name=str(row.get("name")),
            drained=bool(row.get("drained")),
            offline=bool(row.get("offline")),
            vm_capable=bool(row.get("vm_capable")),
            instances=number(row, "pinst_cnt"),
            cpus=number(row, "ctotal"),
            mtotal=number(row, "mtotal"),
            mfree=number(row, "mfree"),
            dtotal=number(row, "dtotal"),
            dfree=number(row, "dfree"),
        )
        for row in rows
    ]


def nics(raw: Mapping[str, Any]) -> tuple[Nic, ...]:
    """The NICs of an instance by index; a nameless one has the name ""."""
    modes = firewall_modes(raw.get("tags") or [])
    names = raw.get("nic.names") or []
    macs = raw.get("nic.macs") or []
    count = len(macs)
    ips = _column(raw, "nic.ips", count)
    networks = _column(raw, "nic.networks.names", count)
    found = []
    for index in range(count):
        name = (names[index] if index < len(names) else None) or ""
        found.append(
            Nic(name, str(macs[index] or ""), ips[index], networks[index], modes.get(name))
        )
    return tuple(found)


def disks(raw: Mapping[str, Any]) -> tuple[Disk, ...]:
    """The disks of an instance by index; a nameless one has the name ""."""
    sizes = raw.get("disk.sizes") or []
    names = _column(raw, "disk.names", len(sizes))
    uuids = _column(raw, "disk.uuids", len(sizes))
    return tuple(
        Disk(name or "", int(size or 0), uuid or "")
        for size, name, uuid in zip(sizes, names, uuids, strict=True)
    )


def instance(raw: Mapping[str, Any]) -> Instance:
    """One element of `GET /2/instances?bulk=1`. Raises ClusterRefused when it is malformed."""
    beparams = raw.get("beparams")
    if not isinstance(beparams, dict) or "tags" not in raw:
        raise ClusterRefused(f"the cluster shows {raw.get('name')!r} without its parameters")
    return Instance(
        name=_text(raw, "name"),
        status=str(raw.get("status") or ""),
        running=raw.get("oper_state"),
        admin_state=str(raw.get("admin_state") or ""),
        vcpus=int(beparams.get("vcpus") or 0),
        memory=int(beparams.get("maxmem") or beparams.get("memory") or 0),
        pnode=str(raw.get("pnode") or ""),
        network_port=raw.get("network_port"),
        nics=nics(raw),
        disks=disks(raw),
        tags=tuple(raw.get("tags") or ()),
        mtime=float(raw.get("mtime") or 0.0),
        hvparams=dict(raw.get("hvparams") or {}),
    )


def instances(raw: Sequence[Mapping[str, Any]]) -> list[Instance]:
    """All well-formed instances; a malformed one is left out (ganeti.md 22)."""
    found = []
    for each in raw:
        try:
            found.append(instance(each))
        except (ClusterRefused, TypeError, ValueError):
            continue
    return found


JOB_FIELDS = (
    "id",
    "status",
    "ops",
    "opstatus",
    "opresult",
    "oplog",
    "received_ts",
    "start_ts",
    "end_ts",
    "opstart",
    "opexec",
    "opend",
)
ARCHIVED = "archived"
"""Asking for this field makes the query look at archived jobs too (ganeti.md 26.1)."""


def job_rows(answer: Mapping[str, Any]) -> list[Job]:
    """The answer of a job query whose first fields are JOB_FIELDS. A number that names no job is
    a row without a status, and left out; times that are yet to come have no value either."""
    found = []
    for row in answer.get("data") or ():
        named = dict(zip(JOB_FIELDS, (value for _state, value in row), strict=False))
        if named["status"] is not None and named["ops"] is not None:
            found.append(job(named))
    return found


def job(raw: Mapping[str, Any]) -> Job:
    """One job from its fields by name."""
    ops = tuple(raw["ops"])
    states = tuple(JobStatus(word) for word in raw["opstatus"])
    ended = jobs.when(raw["end_ts"])
    received = jobs.when(raw["received_ts"]) or 0

    def time_of(index: int, state: JobStatus) -> int:
        """The timestamp that belongs to an opcode's state (ganeti.md 11.2)."""
        if state is JobStatus.QUEUED:
            return received
        if state in (JobStatus.WAITING, JobStatus.CANCELING):
            own = raw["opstart"]
        else:
            own = raw["opexec"] if state is JobStatus.RUNNING else raw["opend"]
        return jobs.when(own[index]) or ended or received

    return Job(
        id=JobId(jobs.job_number(raw["id"])),
        status=JobStatus(raw["status"]),
        ops=ops,
        op_status=states,
        op_result=tuple(raw["opresult"]),
        op_log=tuple(tuple(entries or ()) for entries in raw["oplog"]),
        received=received,
        started=jobs.when(raw["start_ts"]),
        ended=ended,
        op_when=tuple(time_of(index, state) for index, state in enumerate(states)),
    )


def _column(raw: Mapping[str, Any], key: str, count: int) -> list[Any]:
    values = list(raw.get(key) or [])
    return values + [None] * (count - len(values)) if len(values) < count else values[:count]


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise ClusterRefused(f"the cluster's answer lacks '{key}'")
    return value
