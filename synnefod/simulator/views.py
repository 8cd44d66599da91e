"""The simulated cluster as RAPI 3.0.2 shows it: field names live here."""

from __future__ import annotations

from typing import Any

from synnefod.simulator.job import Job, Op
from synnefod.simulator.opcodes import summary
from synnefod.simulator.world import (
    BEPARAMS,
    DISK_TEMPLATES,
    HVPARAMS,
    HYPERVISOR,
    Instance,
    Network,
    Node,
    World,
)

VERSION = "3.0.2"
FEATURES = [
    "instance-reinstall-reqv1",
    "node-migrate-reqv1",
    "instance-create-reqv1",
    "node-evac-res1",
]


def info(world: World) -> dict[str, Any]:
    cluster = world.cluster
    return {
        "software_version": VERSION,
        "protocol_version": 3000000,
        "config_version": 3000000,
        "os_api_version": 20,
        "export_version": 0,
        "vcs_version": f"(ganeti) version {VERSION}-simulated",
        "architecture": ["64bits", "x86_64"],
        "name": cluster.name,
        "master": cluster.nodes[0].name,
        "default_hypervisor": HYPERVISOR,
        "enabled_hypervisors": [HYPERVISOR],
        "hvparams": {HYPERVISOR: HVPARAMS},
        "beparams": {"default": BEPARAMS},
        "nicparams": {"default": {"mode": "bridged", "link": "br0", "vlan": ""}},
        "ipolicy": {"disk-templates": sorted(DISK_TEMPLATES), "vcpu-ratio": 4},
        "enabled_disk_templates": list(DISK_TEMPLATES),
        "candidate_pool_size": 10,
        "max_running_jobs": 20,
        "mac_prefix": "aa:00:00",
        "default_iallocator": "hail",
        "primary_ip_version": 4,
        "tags": cluster.tags,
        "ctime": cluster.ctime,
        "mtime": cluster.ctime,
        "uuid": cluster.uuid,
    }


def node(world: World, each: Node) -> dict[str, Any]:
    memory, disk, names = world.usage(each)
    return {
        "name": each.name,
        "offline": each.offline,
        "drained": each.drained,
        "master_candidate": True,
        "vm_capable": True,
        "master_capable": True,
        "role": "M" if each is world.cluster.nodes[0] else "C",
        "mtotal": each.memory,
        "mnode": 256,
        "mfree": max(0, each.memory - memory),
        "dtotal": each.disk,
        "dfree": max(0, each.disk - disk),
        "ctotal": each.cpus,
        "cnos": each.cpus,
        "cnodes": 1,
        "csockets": 1,
        "pinst_cnt": len(names),
        "pinst_list": names,
        "sinst_cnt": 0,
        "sinst_list": [],
        "pip": "127.0.0.1",
        "sip": "127.0.0.1",
        "uuid": each.uuid,
        "serial_no": 1,
        "tags": [],
    }


def instance(world: World, each: Instance) -> dict[str, Any]:
    networks = [world.networks.get(nic.network or "") for nic in each.nics]
    status = "running" if each.running else "ERROR_down" if each.admin_up else "ADMIN_down"
    return {
        "name": each.name,
        "uuid": each.uuid,
        "admin_state": "up" if each.admin_up else "down",
        "os": each.os,
        "pnode": each.node,
        "snodes": [],
        "disk_template": each.disk_template,
        "nic.ips": [nic.ip for nic in each.nics],
        "nic.macs": [nic.mac for nic in each.nics],
        "nic.modes": [nic.mode for nic in each.nics],
        "nic.uuids": [nic.uuid for nic in each.nics],
        "nic.names": [nic.name for nic in each.nics],
        "nic.links": [nic.link for nic in each.nics],
        "nic.bridges": [nic.link if nic.mode == "bridged" else None for nic in each.nics],
        "nic.networks": [network.uuid if network else None for network in networks],
        "nic.networks.names": [nic.network for nic in each.nics],
        "network_port": each.port,
        "disk.sizes": [disk.size for disk in each.disks],
        "disk.spindles": [None for _ in each.disks],
        "disk.uuids": [disk.uuid for disk in each.disks],
        "disk.names": [disk.name for disk in each.disks],
        "disk_usage": sum(disk.size for disk in each.disks),
        "beparams": {**each.beparams, "memory": each.beparams["maxmem"]},
        "hvparams": each.hvparams,
        "custom_beparams": each.beparams,
        "custom_hvparams": {},
        "custom_nicparams": [
            {"mode": nic.mode, "link": nic.link, "vlan": nic.vlan} for nic in each.nics
        ],
        "oper_state": each.running,
        "oper_ram": each.beparams["maxmem"] if each.running else None,
        "oper_vcpus": each.beparams["vcpus"] if each.running else None,
        "status": status,
        "ctime": each.ctime,
        "mtime": each.mtime,
        "serial_no": each.serial_no,
        "tags": each.tags,
    }


def console(each: Instance) -> dict[str, Any]:
    return {
        "instance": each.name,
        "kind": "vnc",
        "message": None,
        "host": "127.0.0.1",
        "port": each.port,
        "user": None,
        "command": None,
        "display": (each.port or 5900) - 5900,
    }


def network(world: World, each: Network) -> dict[str, Any]:
    pool = each.addresses()
    held = world.addresses_of(each.name)
    kept = each.kept_back()
    users = [
        instance.name
        for instance in world.instances.values()
        if any(nic.network == each.name for nic in instance.nics)
    ]
    shown = pool.num_addresses <= 4096
    return {
        "name": each.name,
        "uuid": each.uuid,
        "network": each.network,
        "gateway": each.gateway,
        "network6": each.network6,
        "gateway6": each.gateway6,
        "mac_prefix": each.mac_prefix,
        "free_count": pool.num_addresses - len(held | kept),
        "reserved_count": len(held | kept),
        "map": "".join("X" if str(ip) in held or str(ip) in kept else "." for ip in pool)
        if shown
        else "",
        "external_reservations": ", ".join(sorted(kept)),
        "group_list": [[group, *params] for group, params in each.groups.items()],
        "inst_list": sorted(users),
        "ctime": each.ctime,
        "mtime": each.mtime,
        "serial_no": each.serial_no,
        "tags": each.tags,
    }


def job_fields(job: Job) -> dict[str, Any]:
    """Every field that a job query may ask for."""

    def column(name: str) -> list[Any]:
        return [getattr(op, name) for op in job.ops]

    return {
        "id": job.id,
        "ops": [_shown(op) for op in job.ops],
        "status": job.status,
        "summary": [summary(op.input) for op in job.ops],
        "opstatus": column("status"),
        "received_ts": job.received_timestamp,
        "start_ts": job.start_timestamp,
        "end_ts": job.end_timestamp,
        "oplog": column("log"),
        "opresult": column("result"),
        "opstart": column("start_timestamp"),
        "opexec": column("exec_timestamp"),
        "opend": column("end_timestamp"),
        "priority": 0,
        "archived": False,
    }


BULK_JOB = ("id", "ops", "status", "summary", "opstatus", "received_ts", "start_ts", "end_ts")
ONE_JOB = (*BULK_JOB, "oplog", "opresult")


def _shown(op: Op) -> dict[str, Any]:
    hidden = dict(op.input)
    for key in ("osparams_private", "osparams_secret"):
        if hidden.get(key):
            hidden[key] = dict.fromkeys(hidden[key], "<redacted>")
    return hidden
