"""Volumes that are copies of volumes (VOL-018): snapshot, clone, drop the snapshot.

A volume without data of its own is copied at once: both are filled from the same source when a
server first has them. One that a server has is snapshotted; the copy is in CREATING until the
snapshot has its data, and the snapshot stays until the copy has its own, or is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from twisted.logger import Logger

from synnefod.common.errors import Malformed, NotFound, Refusal
from synnefod.common.ids import ProjectId
from synnefod.common.principal import Principal
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Snapshot
from synnefod.images.interface import Image
from synnefod.quota.interface import DISK, Charge
from synnefod.store.interface import Tx
from synnefod.volumes.interface import (
    NewVolume,
    SourceNotFound,
    Volume,
    VolumeRequest,
    VolumeTooLarge,
    VolumeType,
)

log = Logger()
GIB = 1 << 30
Record = Callable[[Tx, Principal, Snapshot], Awaitable[tuple[int, str]]]
"""Makes a snapshot in the caller's transaction: the server that takes it, and its image."""


class CopyService:
    """`record` and `wake` are those of snapshots."""

    def __init__(self, rooms: Rooms, record: Record, wake: Callable[[int], object]) -> None:
        self._rooms = rooms
        self._record = record
        self._wake = wake

    async def create(self, principal: Principal, wanted: NewVolume, project: ProjectId) -> Volume:
        """Raises SourceNotFound, Malformed, VolumeTooLarge, OverQuota."""
        rooms = self._rooms
        assert wanted.volume is not None
        number = wanted.volume
        woken: list[int] = []

        async def body(tx: Tx) -> Volume:
            woken.clear()
            try:
                found = await rooms.volumes.hold(tx, principal, number)
            except NotFound as error:
                raise SourceNotFound(error.message) from None
            kind = await self._kind(tx, found, wanted.volume_type)
            request = self._request(found, wanted)
            snapshot = ""
            if found.server is not None and found.status == "IN_USE":
                named = Snapshot(number, f"Copy of volume '{number}'")
                server, snapshot = await self._record(tx, principal, named)
                woken.append(server)
            elif found.filled or found.status != "AVAILABLE":
                raise Malformed(
                    f"Volume {number} is copied while a server has it: attach it first."
                )
            made = await rooms.volumes.add(
                tx, principal.user, project, kind.id, request,
                shared=wanted.shared, metadata=wanted.metadata,
            )  # fmt: skip
            from_image = (found.source or "").startswith("image:")
            if found.bootable or (found.bootable is None and (found.index == 0 or from_image)):
                await rooms.volumes.boots(tx, made.id)
            if snapshot:
                await rooms.volumes.begin_copy(tx, made.id, snapshot)
            charge = Charge(made.user, made.project, DISK, made.size * GIB)
            await rooms.quota.charge(tx, [charge], name=f"volume: {made.id}, CREATE")
            return made

        made = await rooms.store.transact("copy a volume", body)
        for server in woken:
            self._wake(server)
        return made

    async def _kind(self, tx: Tx, source: Volume, wanted: int | str | None) -> VolumeType:
        """The source's own type. Raises Malformed unless its storage clones by itself."""
        kind = await self._rooms.volumes.volume_type(tx, source.volume_type)
        if wanted is not None and (await self._rooms.volumes.usual_type(tx, wanted)).id != kind.id:
            raise Malformed("A copy is of its source's type.")
        provider = kind.disk_template.partition("_")[2]
        if not kind.detachable or provider not in self._rooms.limits.clone_providers:
            raise Malformed(f"Volumes of the type '{kind.name}' cannot be copied.")
        return kind

    def _request(self, source: Volume, wanted: NewVolume) -> VolumeRequest:
        size = source.size if wanted.size is None else wanted.size
        most = self._rooms.limits.max_volume_size
        if size > most:
            raise VolumeTooLarge(f"A volume has at most {most} GiB.")
        if size < source.size:
            raise Malformed("The volume is smaller than its source.")
        return VolumeRequest(
            size,
            wanted.name,
            source=f"volume:{source.id}",
            origin=source.origin,
            origin_size=source.origin_size,
            description=wanted.description,
        )

    async def settle(self) -> None:
        """Copies whose snapshots have their data go on, and snapshots that no copy needs go;
        called from time to time."""
        volumes = self._rooms.volumes
        for volume, snapshot in await self._rooms.store.read("copied volumes", volumes.copies):
            own = ProjectId(volume.user)
            owner = Principal(volume.user, "", own, frozenset({own}))
            try:
                if volume.status == "CREATING" and not volume.deleted:
                    await self._go_on(owner, volume, snapshot)
                elif volume.filled or volume.deleted or volume.status == "ERROR":
                    await self._drop(owner, volume, snapshot)
            except Refusal as error:
                log.debug("copy {volume} waits: {why}", volume=volume.id, why=error.message)

    async def _go_on(self, owner: Principal, volume: Volume, snapshot: str) -> None:
        image: Image | None = None
        with suppress(NotFound):
            image = await self._rooms.images.get(owner, snapshot)
        if image is not None and image.status == "saving":
            return
        good = image is not None and image.status == "active"
        origin = image.map_name if image is not None and good else None
        size = (image.size or 0) if image is not None else 0

        async def body(tx: Tx) -> None:
            await self._rooms.volumes.end_copy(tx, volume.id, origin, size)

        await self._rooms.store.transact("end a copy", body)

    async def _drop(self, owner: Principal, volume: Volume, snapshot: str) -> None:
        with suppress(NotFound):
            await self._rooms.images.delete(owner, snapshot)

        async def body(tx: Tx) -> None:
            await self._rooms.volumes.forget_copy(tx, volume.id)

        await self._rooms.store.transact("forget a copy's snapshot", body)
