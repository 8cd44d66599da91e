"""Bodies of the jobs that add and remove NICs and disks (ganeti.md 5.2, 5.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import ClusterRefused
from synnefod.common.ids import JobId, VolumeId
from synnefod.compute.machine.states import Action, Operstate
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Server

DEVICES = (
    Action.CONNECT.value,
    Action.DISCONNECT.value,
    Action.ATTACH_VOLUME.value,
    Action.DETACH_VOLUME.value,
    Action.DELETE_VOLUME.value,
    Action.GROW_VOLUME.value,
)
_ANY_END = ["canceled", "error", "success"]


async def device_body(
    rooms: Rooms, server: Server, action: str, given: dict[str, Any]
) -> dict[str, Any]:
    """What the cluster is asked; networks are brought to it first. Raises ClusterRefused when
    the part is gone meanwhile."""
    assert server.backend is not None
    backend = await rooms.backends.get(server.backend)
    hot = hotplug(backend, use=rooms.limits.use_hotplug)
    if action == Action.CONNECT.value:
        before = await rooms.network.ensure_on(backend, server.id)
        name = f"{rooms.limits.prefix}nic-{given['port']}"
        bodies = await rooms.store.read(
            "NIC to add", lambda tx: rooms.network.nic_bodies(tx, [server.id])
        )
        found = [body for body in bodies[server.id] if body["name"] == name]
        if not found:
            raise ClusterRefused("The port is gone.")
        return {"nics": [["add", "-1", found[0]]], **_after(before), **hot}
    if action == Action.DISCONNECT.value:
        return {"nics": [["remove", f"{rooms.limits.prefix}nic-{given['port']}", {}]], **hot}
    volume = VolumeId(given["volume"])
    name = f"{rooms.limits.prefix}vol-{volume}"
    if action == Action.DELETE_VOLUME.value:
        return {"disks": [["remove", name, {}]], **hot}
    if action == Action.DETACH_VOLUME.value:
        return {**leaving(backend, [name]), **hot}
    disk = await rooms.store.read("disk to add", lambda tx: rooms.volumes.disk_body(tx, volume))
    body: dict[str, Any] = {"disks": [_coming(backend, disk)], **hot}
    if server.life.operstate is Operstate.STARTED:
        body["wait_for_sync"] = rooms.limits.wait_for_sync
    return body


def _coming(backend: Backend, disk: Mapping[str, Any]) -> list[Any]:
    """Brings a disk, in the words of this cluster: one with data comes back as the one that was
    detached. Only the scripts of external storage, and the clusters that know no detaching, take
    the word for it that is beside a new disk's size (GNT-044)."""
    if "provider" in disk or version(backend) < (2, 17):
        return ["add", "-1", dict(disk)]
    if disk.get("reuse_data") == "True":
        return ["attach", "-1", {"name": disk["name"]}]
    return ["add", "-1", {key: value for key, value in disk.items() if key != "reuse_data"}]


def leaving(backend: Backend, disks: Sequence[str]) -> dict[str, Any]:
    """Takes disks off and keeps their data, in the words of this cluster (GNT-044)."""
    if version(backend) >= (2, 17):
        return {"disks": [["detach", name, {}] for name in disks]}
    return {"disks": [["remove", name, {}] for name in disks], "keep_disks": True}


def hotplug(backend: Backend, *, use: bool) -> dict[str, bool]:
    """The flag that this cluster understands, if it needs one (GNT-041, GNT-042)."""
    if not use or backend.hypervisor != "kvm" or version(backend) >= (3, 1):
        return {}
    return {"hotplug_if_possible": True}


def version(backend: Backend) -> tuple[int, int]:
    """The first two numbers of the cluster's version; (0, 0) when it is not known."""
    found = re.match(r"v?(\d+)\.(\d+)", backend.version or "")
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _after(jobs: Sequence[JobId]) -> dict[str, Any]:
    return {"depends": [[job, _ANY_END] for job in jobs]} if jobs else {}
