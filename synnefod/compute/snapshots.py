"""Snapshots of volumes: images whose data the storage makes (8.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import VolumeId, new_uuid
from synnefod.common.log import request_id
from synnefod.common.principal import Principal
from synnefod.compute import access
from synnefod.compute.interface import (
    NoSnapshots,
    Operstate,
    ServerBuilding,
    Snapshot,
    WrongState,
)
from synnefod.compute.machine.sides import SNAPSHOT
from synnefod.compute.machine.states import Action
from synnefod.compute.mapping import may_use_snapshots
from synnefod.compute.records import outbox, servers
from synnefod.compute.rooms import Rooms
from synnefod.images.interface import Image, NewSnapshot
from synnefod.store.interface import Tx

GIB = 1 << 30
_GUEST_WORDS = ("OS", "users")
"""Metadata of a server that its root's snapshots take with them (VOL-065)."""


class SnapshotService:
    """interface.Snapshots."""

    def __init__(self, rooms: Rooms, wake: Callable[[int], object]) -> None:
        self._rooms = rooms
        self._wake = wake

    async def take(self, principal: Principal, wanted: Snapshot) -> Image:
        async def body(tx: Tx) -> tuple[int, str]:
            return await self.record(tx, principal, wanted)

        server, made = await self._rooms.store.transact("take a snapshot", body)
        self._wake(server)
        return await self._rooms.images.get(principal, made)

    async def of_server(
        self, principal: Principal, server: int, name: str, metadata: Mapping[str, str]
    ) -> Image:
        if not may_use_snapshots(self._rooms.limits, principal):
            raise NoSnapshots("Snapshots are not enabled.")

        async def body(tx: Tx) -> int | None:
            found = await access.seen(tx, principal, server)
            access.check(principal, found, Action.EDIT)
            volumes = (await self._rooms.volumes.volumes_of(tx, [found.id])).get(found.id, ())
            return next((volume.id for volume in volumes if volume.index == 0), None)

        root = await self._rooms.store.read("root volume of a server", body)
        if root is None:
            raise WrongState("The server has no disk.")
        return await self.take(principal, Snapshot(root, name, metadata=metadata))

    async def record(self, tx: Tx, principal: Principal, wanted: Snapshot) -> tuple[int, str]:
        """Number, file, charge and intention, all or nothing; the server and the snapshot."""
        rooms, number = self._rooms, VolumeId(wanted.volume)
        volume = await rooms.volumes.hold(tx, principal, number)
        kind = await rooms.volumes.volume_type(tx, volume.volume_type)
        if volume.server is None or volume.status not in ("IN_USE", "AVAILABLE"):
            raise Malformed(f"Volume {number} is not attached to a server.")
        if not kind.disk_template.startswith("ext_"):
            raise NoSnapshots
        server = await servers.lock(tx, volume.server)
        if server is None or server.deleted:
            raise NotFound(f"Volume {number} does not exist.")
        state = server.life.operstate
        if state is Operstate.BUILD:
            raise ServerBuilding
        if state not in (Operstate.STARTED, Operstate.STOPPED):
            raise WrongState
        properties = {"exclude_all_tasks": "yes", **wanted.metadata}
        if volume.index == 0:
            said = (await servers.metadata_of(tx, [server.id])).get(server.id, {})
            properties |= {name: said[name] for name in _GUEST_WORDS if name in said}
        count = await rooms.volumes.count_snapshot(tx, number)
        map_name = f"{rooms.limits.prefix}snap-{number}-{count}"
        new = NewSnapshot(
            owner=principal.user,
            name=wanted.name or f"Snapshot of volume '{number}'",
            description=wanted.description,
            volume=str(number),
            size=volume.size * GIB,
            map_name=map_name,
            properties=properties,
        )
        made = await rooms.images.add_snapshot(tx, new)
        body = {"volume": number, "snapshot": made, "map": map_name}
        now, request = rooms.now(), request_id.get()
        await outbox.add(tx, new_uuid(), server.id, SNAPSHOT, body, request, now)
        return server.id, made
