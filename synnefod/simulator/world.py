"""What a simulated cluster holds, and how it is kept in its folder.

    FOLDER/cluster.json            name, uuid, password, nodes, tags
    FOLDER/instances/NAME.json     one file an instance
    FOLDER/networks/NAME.json      one file a network
    FOLDER/queue/                  see jobs.py

Note [Applied once]. An object's file also names the opcode that changed it last, with its result.
The object is saved (by rename) before the job's own file says that the opcode ended, so a process
killed between the two finds on its next start that the work is done, and does not do it twice.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import msgspec

from synnefod.common.clockwork import IClock
from synnefod.common.ids import new_token, new_uuid

HYPERVISOR = "kvm"
GROUP = "default"
DISK_TEMPLATES = ("diskless", "file", "sharedfile", "plain", "drbd", "rbd", "ext")
HVPARAMS: dict[str, Any] = {
    "acpi": True,
    "boot_order": "disk",
    "cdrom_image_path": "",
    "disk_type": "paravirtual",
    "nic_type": "paravirtual",
    "serial_console": True,
    "kvm_flag": "",
    "vnc_bind_address": "127.0.0.1",
}
BEPARAMS: dict[str, Any] = {
    "minmem": 128,
    "maxmem": 128,
    "vcpus": 1,
    "auto_balance": True,
    "always_failover": False,
    "spindle_use": 1,
}


class Applied(msgspec.Struct):
    """The last opcode that changed an object."""

    job: int
    op: int
    result: Any = None


class Disk(msgspec.Struct):
    uuid: str
    size: int
    name: str | None = None
    params: dict[str, Any] = {}


class Nic(msgspec.Struct):
    uuid: str
    mac: str
    name: str | None = None
    ip: str | None = None
    network: str | None = None
    mode: str = "bridged"
    link: str = "br0"
    vlan: str = ""


class Instance(msgspec.Struct):
    name: str
    uuid: str
    node: str
    os: str
    disk_template: str
    beparams: dict[str, Any]
    hvparams: dict[str, Any]
    nics: list[Nic] = []
    disks: list[Disk] = []
    tags: list[str] = []
    admin_up: bool = False
    running: bool = False
    port: int | None = None
    serial_no: int = 1
    ctime: float = 0.0
    mtime: float = 0.0
    applied: Applied | None = None


class Network(msgspec.Struct):
    name: str
    uuid: str
    network: str
    gateway: str | None = None
    network6: str | None = None
    gateway6: str | None = None
    mac_prefix: str | None = None
    tags: list[str] = []
    external: list[str] = []
    groups: dict[str, list[str]] = {}
    serial_no: int = 1
    ctime: float = 0.0
    mtime: float = 0.0
    applied: Applied | None = None

    def addresses(self) -> ipaddress.IPv4Network:
        return ipaddress.IPv4Network(self.network, strict=False)

    def kept_back(self) -> set[str]:
        """Addresses that no NIC gets: first, last, gateway, externally reserved ones."""
        pool = self.addresses()
        kept = {str(pool.network_address), str(pool.broadcast_address), *self.external}
        if self.gateway:
            kept.add(self.gateway)
        return kept


class Node(msgspec.Struct):
    """A node; MiB. The default name is resolvable, since consoles are reached by node name."""

    name: str = "localhost"
    memory: int = 65536
    disk: int = 2 * 1024 * 1024
    cpus: int = 32
    uuid: str = ""
    drained: bool = False
    offline: bool = False


class Cluster(msgspec.Struct):
    name: str
    uuid: str
    username: str
    password: str
    nodes: list[Node]
    groups: list[str] = msgspec.field(default_factory=lambda: [GROUP])
    tags: list[str] = []
    ctime: float = 0.0
    applied: Applied | None = None


Kept = Instance | Network | Cluster


class Screens(Protocol):
    """Where running instances show their screens; see screens.py."""

    def follow(self, instance: Instance) -> None:
        """Opens or closes the instance's screen as its state says; sets its port."""

    def close(self, name: str) -> None: ...


class NoScreens:
    """Instances without screens, for tests that open no port."""

    def follow(self, instance: Instance) -> None:
        pass

    def close(self, name: str) -> None:
        pass


class World:
    """The cluster in memory and in its folder. Every change goes through `save` or `drop`."""

    def __init__(
        self, clock: IClock, folder: Path, name: str, nodes: tuple[Node, ...], username: str
    ) -> None:
        self.clock = clock
        self.folder = folder
        for part in ("instances", "networks", "disks"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self.instances: dict[str, Instance] = _load(folder / "instances", Instance)
        self.networks: dict[str, Network] = _load(folder / "networks", Network)
        here = {disk.uuid for each in self.instances.values() for disk in each.disks}
        self.detached: dict[str, Disk] = {
            disk.uuid: disk for disk in _read(folder / "disks", Disk) if disk.uuid not in here
        }
        """Disks of no instance, by UUID."""
        self.taken: set[tuple[str, str]] = set()
        """(network, address) promised to opcodes that have not ended yet."""
        self.screens: Screens = NoScreens()
        self.acting: tuple[int, int] | None = None
        """The job and opcode in whose name changes are made now."""
        path = folder / "cluster.json"
        if path.exists():
            self.cluster = msgspec.json.decode(path.read_bytes(), type=Cluster)
        else:
            for node in nodes:
                node.uuid = node.uuid or new_uuid()
            self.cluster = Cluster(
                name=name,
                uuid=new_uuid(),
                username=username,
                password=new_token(),
                nodes=list(nodes),
                ctime=clock.seconds(),
            )
            self._write(path, self.cluster, mode=0o600)

    def save(self, thing: Kept, result: Any = None) -> None:
        """Keeps a new or changed object, marked with the acting opcode and its `result`."""
        if self.acting is not None:
            thing.applied = Applied(*self.acting, result)
        if isinstance(thing, Cluster):
            self._write(self.folder / "cluster.json", thing, mode=0o600)
            return
        thing.mtime = self.clock.seconds()
        if isinstance(thing, Instance):
            self.instances[thing.name] = thing
            self.screens.follow(thing)
        else:
            self.networks[thing.name] = thing
        self._write(self._path(thing), thing)

    def touch(self, thing: Instance | Network, result: Any = None) -> None:
        """`save` of a change of configuration: the serial number rises."""
        thing.serial_no += 1
        self.save(thing, result)

    def drop(self, thing: Instance | Network) -> None:
        """The object is gone; a second call does nothing."""
        if isinstance(thing, Instance):
            self.instances.pop(thing.name, None)
            self.screens.close(thing.name)
        else:
            self.networks.pop(thing.name, None)
        self._path(thing).unlink(missing_ok=True)

    def part_with(self, disks: Iterable[Disk]) -> None:
        """Keeps disks that leave their instance; called before it is saved without them."""
        for disk in disks:
            self.detached[disk.uuid] = disk
            self._write(self.folder / "disks" / f"{disk.uuid}.json", disk)

    def join(self, disks: Iterable[Disk]) -> None:
        """Lets go of disks that have come to an instance, which is saved already."""
        for disk in disks:
            self.detached.pop(disk.uuid, None)
            (self.folder / "disks" / f"{disk.uuid}.json").unlink(missing_ok=True)

    def done_already(self, job: int, op: int) -> Applied | None:
        """The mark of an opcode whose effect was saved before a crash (Note [Applied once])."""
        for thing in self._everything():
            if thing.applied and (thing.applied.job, thing.applied.op) == (job, op):
                return thing.applied
        return None

    def addresses_of(self, network: str) -> set[str]:
        """The addresses that NICs hold in `network`, promised ones included."""
        held = {
            nic.ip
            for instance in self.instances.values()
            for nic in instance.nics
            if nic.network == network and nic.ip
        }
        return held | {address for name, address in self.taken if name == network}

    def usage(self, node: Node) -> tuple[int, int, list[str]]:
        """Memory and disk in use on `node`, in MiB, and the instances there."""
        here = [each for each in self.instances.values() if each.node == node.name]
        memory = sum(int(each.beparams["maxmem"]) for each in here if each.running)
        disk = sum(disk.size for each in here for disk in each.disks)
        return memory, disk, sorted(each.name for each in here)

    def _everything(self) -> Iterator[Kept]:
        yield from self.instances.values()
        yield from self.networks.values()
        yield self.cluster

    def _path(self, thing: Instance | Network) -> Path:
        kind = "instances" if isinstance(thing, Instance) else "networks"
        return self.folder / kind / (quote(thing.name, safe="") + ".json")

    def _write(self, path: Path, thing: Kept | Disk, mode: int = 0o644) -> None:
        replace_file(path, msgspec.json.encode(thing), mode)


def replace_file(path: Path, data: bytes, mode: int = 0o644, new: str = "") -> None:
    """Writes the whole file beside `path` (as `new`, if given) and renames it there."""
    beside = path.with_name(new or f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
    beside.replace(path)


def _load(folder: Path, kind: type[Any]) -> dict[str, Any]:
    return {each.name: each for each in _read(folder, kind)}


def _read(folder: Path, kind: type[Any]) -> list[Any]:
    paths = [path for path in sorted(folder.glob("*.json")) if not path.name.startswith(".")]
    return [msgspec.json.decode(path.read_bytes(), type=kind) for path in paths]
