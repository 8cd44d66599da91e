"""Volumes as compute needs them: rows made with a server that follow what the cluster reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.cluster.interface import Disk
from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.store.interface import Store, Tx
from synnefod.volumes import records
from synnefod.volumes.interface import Volume, VolumeRequest, VolumeType
from synnefod.volumes.states import MACHINE, Output, Seen, Status

GIB_IN_MIB = 1024
EXTENSION = "GNT-EXTP:"
"""Specs of a volume type whose keys begin so are given to Ganeti as disk parameters (GNT-173)."""


@frozen
class VolumeService:
    """The Volumes protocol. `prefix` begins the disks' names on the clusters (GNT-002).

    `clone_providers` are storage providers that copy an image by themselves: they are given its
    origin, and the deployment script is not (GNT-172).
    """

    store: Store
    clock: IClock
    prefix: str
    clone_providers: frozenset[str] = frozenset({"vlmc", "archipelago"})

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
        specs = await records.specs(tx, [volume.volume_type for volume in volumes])
        bodies = []
        for volume in volumes:
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
            for key, value in specs.get(volume.volume_type, {}).items():
                if key.startswith(EXTENSION):
                    body[key.removeprefix(EXTENSION)] = value
            bodies.append(body)
        return bodies

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
        if changes:
            await records.change(tx, volume.id, micros(self.clock.seconds()), **changes)
