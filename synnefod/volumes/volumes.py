"""Volumes as compute needs them: rows made with a server that follow what the cluster reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from synnefod.cluster.interface import Disk
from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx
from synnefod.volumes import records
from synnefod.volumes.interface import Volume, VolumeRequest, VolumeStays, VolumeType
from synnefod.volumes.states import MACHINE, Output, Seen, Status

GIB_IN_MIB = 1024
EXTENSION = "GNT-EXTP:"
"""Specs of a volume type whose keys begin so are given to Ganeti as disk parameters (GNT-173)."""


@frozen
class VolumeService:
    """The Volumes protocol. `prefix` begins the disks' names on the clusters (GNT-002).

    Volumes of the templates `detachable` can leave a server and keep their data.
    `clone_providers` are storage providers that copy an image by themselves: they are given its
    origin, and the deployment script is not (GNT-172).
    """

    store: Store
    clock: IClock
    prefix: str
    clone_providers: frozenset[str] = frozenset({"vlmc", "archipelago"})
    detachable: frozenset[str] = frozenset({"ext_archipelago", "ext_vlmc"})

    # -- types

    async def add_type(self, name: str, disk_template: str) -> int:
        """A new volume type; its number. Raises Malformed for an empty name or template."""
        if not name or not disk_template:
            raise Malformed("A volume type needs a name and a disk template.")
        return await self.store.transact(
            "add volume type", lambda tx: records.add_type(tx, name, disk_template)
        )

    async def types(self) -> list[VolumeType]:
        return await self.store.read("list volume types", records.types)

    async def volume_type(self, tx: Tx, volume_type: int) -> VolumeType:
        return await records.get_type(tx, volume_type)

    # -- a server's disks

    async def plan(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        server: ServerId,
        volume_type: int,
        requests: Sequence[VolumeRequest],
    ) -> list[Volume]:
        now = micros(self.clock.seconds())
        return [
            await records.insert(tx, user, project, server, index, volume_type, request, now)
            for index, request in enumerate(requests)
        ]

    async def volumes_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Volume]]:
        return await records.of_servers(tx, servers)

    async def see_disks(self, tx: Tx, server: ServerId, disks: Sequence[Disk]) -> None:
        """Repeating a report changes nothing. Disks that are not ours are left alone."""
        seen = {disk.name: (index, disk) for index, disk in enumerate(disks)}
        for volume in (await records.of_servers(tx, [server]))[server]:
            found = seen.get(self.disk_name(volume.id))
            if found is None:
                await self._step(tx, volume, Seen.ABSENT)
                continue
            index, disk = found
            size = disk.size // GIB_IN_MIB
            await self._step(
                tx, volume, Seen.PRESENT, position=index, size=size if size else volume.size
            )

    async def fail_volumes(self, tx: Tx, server: ServerId) -> None:
        await self._all(tx, server, Seen.BUILD_FAILED)

    async def release_volumes(self, tx: Tx, server: ServerId) -> None:
        await self._all(tx, server, Seen.SERVER_GONE)

    async def disk_bodies(self, tx: Tx, server: ServerId) -> list[dict[str, Any]]:
        volumes = (await records.of_servers(tx, [server]))[server]
        return [await self._body(tx, volume) for volume in volumes]

    async def _body(self, tx: Tx, volume: Volume) -> dict[str, Any]:
        kind = await records.get_type(tx, volume.volume_type)
        _, _, provider = kind.disk_template.partition("_")
        body: dict[str, Any] = {
            "name": self.disk_name(volume.id),
            "size": volume.size * GIB_IN_MIB,
        }
        if provider:
            body["provider"] = provider
            if provider in self.clone_providers and volume.origin is not None:
                body["origin"] = volume.origin
                body["origin_size"] = volume.origin_size
        specs = await records.specs(tx, [volume.volume_type])
        for key, value in specs.get(volume.volume_type, {}).items():
            if key.startswith(EXTENSION):
                body[key.removeprefix(EXTENSION)] = value
        return body

    # -- joining and leaving a server

    async def attach(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        volume: VolumeId,
        disk_template: str,
    ) -> Volume:
        found = await records.find(tx, volume, lock=True)
        if found is None or not _sees(principal, found[0]):
            raise NotFound(f"Volume {volume} does not exist.")
        kind = await records.get_type(tx, found[0].volume_type)
        if found[0].status != Status.AVAILABLE.value:
            raise Malformed(f"Volume {volume} is not available.")
        if kind.disk_template not in self.detachable:
            raise Malformed("Volumes of this type stay on their server.")
        if kind.disk_template != disk_template:
            raise Malformed("The volume is of another type than the server's disks.")
        others = (await records.of_servers(tx, [server]))[server]
        position = max((other.index or 0 for other in others), default=-1) + 1
        status = Status.ATTACHING.value
        now = micros(self.clock.seconds())
        await records.change(tx, volume, now, status=status, server=server, position=position)
        return evolve(found[0], status=status, server=server, index=position, updated=now)

    async def detach(self, tx: Tx, server: ServerId, volume: VolumeId) -> Volume:
        found = await records.find(tx, volume, lock=True)
        if found is None or found[0].server != server:
            raise NotFound(f"Volume {volume} is not attached to the server.")
        if found[0].index == 0:
            raise VolumeStays
        kind = await records.get_type(tx, found[0].volume_type)
        if kind.disk_template not in self.detachable:
            raise Malformed("Volumes of this type stay on their server.")
        if found[0].status not in (Status.IN_USE.value, Status.ERROR.value):
            raise Malformed(f"Volume {volume} is not in use.")
        status = Status.DETACHING.value
        now = micros(self.clock.seconds())
        await records.change(tx, volume, now, status=status)
        return evolve(found[0], status=status, updated=now)

    async def move(self, tx: Tx, volume: VolumeId, project: ProjectId, *, shared: bool) -> None:
        now = micros(self.clock.seconds())
        await records.change(tx, volume, now, project=project, shared_to_project=int(shared))

    async def take_back(self, tx: Tx, volume: VolumeId) -> None:
        found = await records.find(tx, volume, lock=True)
        if found is not None and found[0].status == Status.ATTACHING.value:
            await self._step(tx, found[0], Seen.ABSENT)
        elif found is not None and found[0].status == Status.DETACHING.value:
            await self._step(tx, found[0], Seen.PRESENT)

    async def disk_body(self, tx: Tx, volume: VolumeId) -> dict[str, Any]:
        found = await records.find(tx, volume)
        if found is None:
            raise NotFound(f"Volume {volume} does not exist.")
        body = await self._body(tx, found[0])
        body.pop("origin_size", None)
        kind = await records.get_type(tx, found[0].volume_type)
        if kind.disk_template in self.detachable:
            body["reuse_data"] = "True" if found[1] else "False"
        return body

    # -- what users see

    async def visible(self, principal: Principal, *, everybody: bool = False) -> list[Volume]:
        if everybody and not principal.is_admin:
            raise Forbidden("Only administrators see everybody's volumes.")
        projects = sorted(principal.projects)

        async def body(tx: Tx) -> list[Volume]:
            return await records.visible(tx, principal.user, projects, everybody=everybody)

        return await self.store.read("list volumes", body)

    async def get(self, principal: Principal, volume: VolumeId) -> Volume:
        projects = sorted(principal.projects)

        async def body(tx: Tx) -> list[Volume]:
            return await records.visible(
                tx, principal.user, projects, everybody=principal.is_admin, one=volume
            )

        found = await self.store.read("get volume", body)
        if not found:
            raise NotFound(f"Volume {volume} does not exist.")
        return found[0]

    # -- inside

    def disk_name(self, volume: VolumeId) -> str:
        return f"{self.prefix}vol-{volume}"

    async def _all(self, tx: Tx, server: ServerId, event: Seen) -> None:
        for volume in (await records.of_servers(tx, [server]))[server]:
            await self._step(tx, volume, event)

    async def _step(self, tx: Tx, volume: Volume, event: Seen, **seen: Any) -> None:
        """One move of the table, written only if something differs."""
        move = MACHINE.step(Status(volume.status), event)
        changes: dict[str, Any] = {}
        if move.to.value != volume.status:
            changes["status"] = move.to.value
        if move.to is Status.DELETED:
            changes["deleted"] = 1
        if Output.DETACH in move.outputs:
            changes.update(server=None, position=None)
        if "position" in seen and seen["position"] != volume.index:
            changes["position"] = seen["position"]
        if "size" in seen and seen["size"] != volume.size:
            changes["size"] = seen["size"]
        if changes and event is Seen.PRESENT:
            changes["job"] = 0  # from now on it holds data
        if changes:
            await records.change(tx, volume.id, micros(self.clock.seconds()), **changes)


def _sees(principal: Principal, volume: Volume) -> bool:
    return principal.is_admin or volume.user == principal.user
