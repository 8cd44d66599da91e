"""Values as Nova writes them (14.4, 14.5)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from synnefod.common.text import iso_z, iso_z_micros
from synnefod.compute.interface import (
    ActionRecord,
    Detail,
    Flavor,
    Keypair,
    Operstate,
    Server,
)
from synnefod.network.interface import Port
from synnefod.network.interface.groups import SHARED_GROUPS
from synnefod.resources.compute.nova.microversion import Version

_WORDS = {
    Operstate.BUILD: ("BUILD", "building", 0),
    Operstate.STARTED: ("ACTIVE", "active", 1),
    Operstate.STOPPED: ("SHUTOFF", "stopped", 4),
    Operstate.ERROR: ("ERROR", "error", 0),
    Operstate.DESTROYED: ("DELETED", "deleted", 0),
}
TASKS = {
    "START": "powering-on",
    "STOP": "powering-off",
    "REBOOT": "rebooting",
    "RESIZE": "resize_migrating",
    "DESTROY": "deleting",
}
STATES = {
    "ACTIVE": frozenset({Operstate.STARTED}),
    "REBOOT": frozenset({Operstate.STARTED}),
    "HARD_REBOOT": frozenset({Operstate.STARTED}),
    "SHUTOFF": frozenset({Operstate.STOPPED}),
    "STOPPED": frozenset({Operstate.STOPPED}),
    "RESIZE": frozenset({Operstate.STOPPED}),
    "VERIFY_RESIZE": frozenset({Operstate.STARTED, Operstate.STOPPED}),
    "BUILD": frozenset({Operstate.BUILD}),
    "ERROR": frozenset({Operstate.ERROR}),
}
"""Status words that a list may be filtered by, and the states that they stand for."""
OTHER_WORDS = frozenset(
    {
        "DELETED",
        "SOFT_DELETED",
        "PAUSED",
        "SUSPENDED",
        "SHELVED",
        "SHELVED_OFFLOADED",
        "RESCUE",
        "REVERT_RESIZE",
        "REBUILD",
        "MIGRATING",
        "PASSWORD",
        "UNKNOWN",
    }
)


def links(url: str, noun: str, identifier: object) -> list[dict[str, str]]:
    href = f"{url}/{noun}/{identifier}"
    base = url.rpartition("/v2.1")[0] + f"/{noun}/{identifier}"
    return [{"rel": "self", "href": href}, {"rel": "bookmark", "href": base}]


def _bookmark(url: str, noun: str, identifier: object) -> list[dict[str, str]]:
    return links(url, noun, identifier)[1:]


def status(server: Server) -> tuple[str, str, int, str | None]:
    """(status, vm_state, power_state, task_state) of 14.5."""
    life = server.life
    word, state, power = _WORDS[life.operstate]
    task = TASKS.get(life.task)
    if server.resized_from is not None and life.operstate in STATES["VERIFY_RESIZE"]:
        word, state = "VERIFY_RESIZE", "resized"
    if life.operstate is Operstate.BUILD and life.task != "DESTROY":
        task = "spawning" if life.progress else "scheduling"
    if life.operstate is Operstate.STARTED and life.task == "REBOOT":
        word = "REBOOT"
    if life.operstate is Operstate.STOPPED and life.task == "RESIZE":
        word = "RESIZE"
    return word, state, power, task


def addresses(ports: Sequence[Port], *, plain: bool = False) -> dict[str, list[dict[str, Any]]]:
    """By network name; an empty name, or one that two networks share, is `net-<id>`."""
    names = Counter(name for name, _ in {(port.network_name, port.network) for port in ports})
    found: dict[str, list[dict[str, Any]]] = {}
    for port in sorted(ports, key=lambda port: port.id):
        name = port.network_name
        key = name if name and names[name] == 1 else f"net-{port.network}"
        for ip in port.ips:
            entry: dict[str, Any] = {"version": ip.version, "addr": ip.address}
            if not plain:
                entry["OS-EXT-IPS:type"] = "floating" if ip.floating else "fixed"
                # A port has none before its cluster has told it (NET-114).
                if port.mac:
                    entry["OS-EXT-IPS-MAC:mac_addr"] = port.mac
            found.setdefault(key, []).append(entry)
    return found


def group_names(ports: Sequence[Port]) -> list[dict[str, str]]:
    """One entry for each group of each port; none for a port whose groups were all taken."""
    return [
        {"name": name}
        for port in sorted(ports, key=lambda port: port.id)
        if port.group_names != (SHARED_GROUPS["ENABLED"],)
        for name in port.group_names or (SHARED_GROUPS.get(port.firewall, "snf-open"),)
    ]


def brief(server: Server, url: str) -> dict[str, Any]:
    identifier = str(server.id)
    return {"id": identifier, "name": server.name, "links": links(url, "servers", identifier)}


def embedded_flavor(flavor: Flavor, url: str, number: Version) -> dict[str, Any]:
    if number >= (2, 47):
        return {
            "vcpus": flavor.cpu,
            "ram": flavor.ram,
            "disk": flavor.disk,
            "ephemeral": 0,
            "swap": 0,
            "original_name": flavor.name,
            "extra_specs": extra_specs(flavor),
        }
    return {"id": str(flavor.id), "links": _bookmark(url, "flavors", flavor.id)}


@lru_cache(maxsize=1024)
def _host(project: str, backend: int | None) -> str:
    """One name for each cluster and project, which tells neither."""
    return hashlib.sha224(f"{project}{backend}".encode()).hexdigest()


def _core(detail: Detail, url: str, number: Version, *, plain: bool) -> dict[str, Any]:
    """What both the whole server and the answer of an update hold."""
    row = detail.server
    word = status(row)[0]
    host = _host(row.project, row.backend)
    made: dict[str, Any] = {
        "id": str(row.id),
        "name": row.name,
        "status": word,
        "tenant_id": row.project,
        "user_id": row.user,
        "metadata": dict(detail.metadata),
        "hostId": host if row.backend is not None else "",
        "image": {"id": row.image, "links": _bookmark(url, "images", row.image)}
        if row.image
        else "",
        "flavor": embedded_flavor(detail.flavor, url, number),
        "created": iso_z(row.created),
        "updated": iso_z(row.updated),
        "addresses": addresses(detail.ports, plain=plain),
        "accessIPv4": "",
        "accessIPv6": "",
        "links": links(url, "servers", row.id),
        "OS-DCF:diskConfig": "MANUAL",
    }
    if word in ("ACTIVE", "BUILD", "RESIZE"):
        made["progress"] = 100 if word == "ACTIVE" else row.life.progress
    if word == "ERROR":
        made["fault"] = fault(detail)
    if number >= (2, 9):
        made["locked"] = row.locked or row.suspended
    if number >= (2, 19):
        made["description"] = row.description or None
    if number >= (2, 26):
        made["tags"] = [tag.name for tag in detail.tags]
    return made


def updated(detail: Detail, url: str, number: Version) -> dict[str, Any]:
    """The answer of PUT; stricter than that of GET."""
    return _core(detail, url, number, plain=True)


def server(detail: Detail, url: str, number: Version, *, admin: bool, name: str) -> dict[str, Any]:
    """14.4.1. `name` is the instance's, for administrators."""
    row, life = detail.server, detail.server.life
    _, state, power, task = status(row)
    made = _core(detail, url, number, plain=False)
    volumes: list[dict[str, Any]] = [{"id": str(volume.id)} for volume in detail.volumes]
    if number >= (2, 3):
        for entry, volume in zip(volumes, detail.volumes, strict=True):
            entry["delete_on_termination"] = volume.delete_on_termination
    made |= {
        "key_name": row.key_names[0] if row.key_names else None,
        "config_drive": "",
        "OS-EXT-AZ:availability_zone": "nova",
        "OS-EXT-STS:vm_state": state,
        "OS-EXT-STS:power_state": power,
        "OS-EXT-STS:task_state": task,
        "OS-SRV-USG:launched_at": _moment(life.launched),
        "OS-SRV-USG:terminated_at": _moment(life.terminated),
        "os-extended-volumes:volumes_attached": volumes,
    }
    groups = group_names(detail.ports)
    if groups:
        made["security_groups"] = groups
    if admin:
        made |= {
            "OS-EXT-SRV-ATTR:host": None,
            "OS-EXT-SRV-ATTR:hypervisor_hostname": None,
            "OS-EXT-SRV-ATTR:instance_name": name,
        }
    return made


def fault(detail: Detail) -> dict[str, Any]:
    entry = detail.fault
    when = detail.server.updated if entry is None else entry.created
    message = detail.server.life.log if entry is None else entry.message
    made: dict[str, Any] = {"code": 500, "created": iso_z(when), "message": message or "ERROR"}
    if entry is not None and entry.details:
        made["details"] = entry.details
    return made


def _moment(when: int | None) -> str | None:
    return None if when is None else iso_z_micros(when)[:-1]


def extra_specs(flavor: Flavor) -> dict[str, str]:
    return {
        "SNF:volume_type": str(flavor.volume_type),
        "SNF:disk_template": flavor.disk_template,
        **flavor.specs,
    }


def flavor_brief(flavor: Flavor, url: str, number: Version) -> dict[str, Any]:
    identifier = str(flavor.id)
    made: dict[str, Any] = {
        "id": identifier,
        "name": flavor.name,
        "links": links(url, "flavors", identifier),
    }
    if number >= (2, 55):
        made["description"] = flavor.description
    return made


def flavor(flavor: Flavor, url: str, number: Version) -> dict[str, Any]:
    return {
        **flavor_brief(flavor, url, number),
        "ram": flavor.ram,
        "disk": flavor.disk,
        "vcpus": flavor.cpu,
        "swap": "",
        "OS-FLV-EXT-DATA:ephemeral": 0,
        "OS-FLV-DISABLED:disabled": flavor.deleted,
        "os-flavor-access:is_public": flavor.public,
        "rxtx_factor": 1.0,
    }


def keypair_brief(keypair: Keypair, number: Version) -> dict[str, Any]:
    made = {
        "name": keypair.name,
        "public_key": keypair.content,
        "fingerprint": keypair.fingerprint,
    }
    if number >= (2, 2):
        made["type"] = "ssh"
    return made


def keypair(keypair: Keypair, number: Version) -> dict[str, Any]:
    return {
        **keypair_brief(keypair, number),
        "user_id": keypair.user,
        "id": keypair.id,
        "created_at": _moment(keypair.created),
        "updated_at": None,
        "deleted": False,
        "deleted_at": None,
    }


def volume(server: int, volume: Any) -> dict[str, Any]:
    index = volume.index
    place = None if index is None else f"/dev/vd{chr(ord('a') + index % 26)}"
    return {
        "id": str(volume.id),
        "volumeId": str(volume.id),
        "serverId": str(server),
        "device": place,
    }


def interface(port: Port) -> dict[str, Any]:
    fixed = [
        {"ip_address": ip.address, "subnet_id": str(ip.subnet)}
        for ip in port.ips
        if not ip.floating
    ]
    return {
        "port_id": str(port.id),
        "net_id": str(port.network),
        "mac_addr": port.mac,
        "port_state": port.state,
        "fixed_ips": fixed,
    }


def action(record: ActionRecord, server: int, number: Version) -> dict[str, Any]:
    made: dict[str, Any] = {
        "action": record.action,
        "instance_uuid": str(server),
        "request_id": record.request,
        "user_id": record.user,
        "project_id": record.project,
        "start_time": _moment(record.started),
        "message": record.message,
    }
    if number >= (2, 58):
        made["updated_at"] = _moment(record.finished or record.started)
    return made


def action_with_events(record: ActionRecord, server: int, number: Version) -> dict[str, Any]:
    event: dict[str, Any] = {
        "event": f"compute_{record.action}",
        "start_time": _moment(record.started),
        "finish_time": _moment(record.finished),
        "result": record.result or None,
    }
    return {**action(record, server, number), "events": [event]}
