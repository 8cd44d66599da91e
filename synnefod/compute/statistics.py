"""Figures about the whole deployment: some for everybody, more for who watches over it (3.9).

Clusters are asked in passing and one that does not answer is shown as it was when it last did, so
that one silent cluster does not silence the figures of all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from twisted.logger import Logger

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import Node
from synnefod.common.clockwork import gather
from synnefod.common.errors import Malformed, Refusal
from synnefod.common.ids import BackendId, UserId
from synnefod.common.principal import Principal
from synnefod.common.text import iso_offset
from synnefod.compute.records import statistics
from synnefod.compute.records.statistics import Shape
from synnefod.compute.rooms import Rooms

log = Logger()
_EVERYTHING = Principal(user=UserId(""), name="statistics", project=None, is_admin=True)
_STATES = {"BUILD": "BUILD", "STARTED": "ACTIVE", "STOPPED": "STOPPED", "ERROR": "ERROR"}
_GROUPS = {"started": ("STARTED", "BUILD"), "stopped": ("STOPPED",), "error": ("ERROR",)}
_FRESH = 300 * 1_000_000
MIB, GIB = 1 << 20, 1 << 30
Figures = dict[str, Any]


class StatisticsService:
    """interface.Statistics."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._public: tuple[int, Figures] | None = None
        self._nodes: dict[BackendId, tuple[int, Sequence[Node]]] = {}

    async def public(self) -> Mapping[str, Any]:
        now = self._rooms.now()
        if self._public is None or now - self._public[0] > _FRESH:
            self._public = (now, await self._count())
        return self._public[1]

    async def _count(self) -> Figures:
        shapes = await self._rooms.store.read("count servers", statistics.shapes)
        states = {
            name: {"count": 0, "cpu": 0, "ram": 0, "disk": 0}
            for name in (*_STATES.values(), "REBOOT", "RESIZE", "DELETED")
        }
        for shape in shapes:
            gone = shape.deleted or shape.operstate not in _STATES
            sums = states["DELETED" if gone else _STATES[shape.operstate]]
            sums["count"] += shape.count
            for name in ("cpu", "ram", "disk"):
                sums[name] += getattr(shape, name) * shape.count
        counts = await self._rooms.network.network_counts()
        return {
            "servers": states,
            "networks": {state: {"count": count} for state, count in counts.items()},
            "spawned_servers": sum(shape.count for shape in shapes),
            "active_servers": sum(shape.count for shape in shapes if not shape.deleted),
            "spawned_networks": sum(counts.values()),
        }

    async def detail(self, backend: str | None = None) -> Mapping[str, Any]:
        rooms = self._rooms
        chosen = await rooms.backends.all()
        if backend is not None:
            chosen = [one for one in chosen if backend in (str(one.id), one.name)]
            if not chosen:
                raise Malformed(f"There is no backend '{backend[:64]}'.")
        only = None if backend is None else chosen[0].id
        shapes = [
            shape
            for shape in await rooms.store.read("count servers", statistics.shapes)
            if not shape.deleted and only in (None, shape.backend)
        ]
        found: Figures = {
            "datetime": iso_offset(rooms.now()),
            "clusters": dict(await gather(self._cluster(each, shapes) for each in chosen)),
            "servers": {name: _group(shapes, states) for name, states in _GROUPS.items()},
            "images": await rooms.store.read(
                "count images", lambda tx: statistics.images(tx, only)
            ),
        }
        if backend is None:
            found |= await self._networks()
        return found

    async def _cluster(self, backend: Backend, shapes: Sequence[Shape]) -> tuple[str, Figures]:
        here = [shape for shape in shapes if shape.backend == backend.id]
        when, nodes = await self._look(backend)
        return backend.name, {
            "drained": backend.drained,
            "offline": backend.offline,
            "hypervisor": backend.hypervisor,
            "disk_templates": list(backend.disk_templates),
            "virtual_servers": sum(shape.count for shape in here),
            "virtual_cpu": sum(shape.cpu * shape.count for shape in here),
            "virtual_ram": sum(shape.ram * shape.count for shape in here) * MIB,
            "virtual_disk": sum(shape.disk * shape.count for shape in here) * GIB,
            "nodes": {node.name: _node(node) for node in nodes},
            "nodes_age": None if when is None else (self._rooms.now() - when) // 1_000_000,
        }

    async def _look(self, backend: Backend) -> tuple[int | None, Sequence[Node]]:
        """The cluster's nodes and since when they are known so; none while it is offline."""
        if backend.offline:
            return None, ()
        try:
            cluster = await self._rooms.backends.cluster(backend.id)
            self._nodes[backend.id] = (self._rooms.now(), await cluster.nodes())
        except Refusal as error:
            log.info("no figures of {name}: {why}", name=backend.name, why=error.message)
        return self._nodes.get(backend.id, (None, ()))

    async def _networks(self) -> Figures:
        kinds: dict[str, dict[str, int]] = {}
        for row in await self._rooms.network.networks(_EVERYTHING):
            sums = kinds.setdefault(row.flavor, {"active": 0, "error": 0})
            word = row.state.lower()
            if word in sums:
                sums[word] += 1
        pools = {name: {"count": 0, "total": 0, "free": 0} for name in ("active", "drained")}
        for drained, total, free in await self._rooms.network.address_pools():
            sums = pools["drained" if drained else "active"]
            sums["count"] += 1
            sums["total"] += total
            sums["free"] += free
        return {"networks": kinds, "ip_pools": pools}


def _group(shapes: Sequence[Shape], states: tuple[str, ...]) -> Figures:
    """Of servers in some states: how many of each size; sizes in bytes."""
    here = [shape for shape in shapes if shape.operstate in states]
    cpu: Counter[str] = Counter()
    ram: Counter[str] = Counter()
    disk: dict[str, Counter[str]] = {}
    for shape in here:
        cpu[str(shape.cpu)] += shape.count
        ram[str(shape.ram * MIB)] += shape.count
        disk.setdefault(shape.template, Counter())[str(shape.disk * GIB)] += shape.count
    return {
        "count": sum(shape.count for shape in here),
        "cpu": dict(cpu),
        "ram": dict(ram),
        "disk": {template: dict(sizes) for template, sizes in disk.items()},
    }


def _node(node: Node) -> Figures:
    return {
        "drained": node.drained,
        "offline": node.offline,
        "vm_capable": node.vm_capable,
        "instances": node.instances,
        "cpu": node.cpus,
        "ram": {"total": node.mtotal * MIB, "free": node.mfree * MIB},
        "disk": {"total": node.dtotal * MIB, "free": node.dfree * MIB},
    }
