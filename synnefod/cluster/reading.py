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
)
from synnefod.common.ids import JobId
from synnefod.protocols.rapi import jobs

FIREWALL_TAG = "synnefo:network:"
"""An instance tag `synnefo:network:<nic>:<mode>` sets the NIC's firewall mode (GNT-087)."""


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


def firewalls(tags: Sequence[str]) -> dict[str, str]:
    """The firewall mode of each NIC that a tag names (GNT-087)."""
    modes: dict[str, str] = {}
    for tag in tags:
        if tag.startswith(FIREWALL_TAG):
            name, _, mode = tag[len(FIREWALL_TAG) :].rpartition(":")
            if name and mode:
                modes[name] = mode
    return modes


def nics(raw: Mapping[str, Any]) -> tuple[Nic, ...]:
    """The NICs of an instance by index; a nameless one has the name ""."""
    modes = firewalls(raw.get("tags") or [])
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


def job(raw: Mapping[str, Any]) -> Job | None:
    """One job; None for the all-null answer that Ganeti 3.0 gives for a number it never gave
    or has thrown away (it is a 200)."""
    if raw.get("status") is None:
        return None
    ops = tuple(raw.get("ops") or ())
    return Job(
        id=JobId(jobs.job_number(raw.get("id"))),
        status=JobStatus(raw["status"]),
        ops=ops,
        op_status=tuple(JobStatus(word) for word in raw.get("opstatus") or ()),
        op_result=tuple(raw.get("opresult") or (None,) * len(ops)),
        op_log=tuple(tuple(entries or ()) for entries in raw.get("oplog") or ((),) * len(ops)),
        received=jobs.when(raw.get("received_ts")),
        started=jobs.when(raw.get("start_ts")),
        ended=jobs.when(raw.get("end_ts")),
    )


def _column(raw: Mapping[str, Any], key: str, count: int) -> list[Any]:
    values = list(raw.get(key) or [])
    return values + [None] * (count - len(values)) if len(values) < count else values[:count]


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise ClusterRefused(f"the cluster's answer lacks '{key}'")
    return value
