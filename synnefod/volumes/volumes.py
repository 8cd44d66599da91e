"""Volumes as compute needs them: rows made with a server that follow what the cluster reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from synnefod.cluster.interface import Disk
from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.store.interface import Tx
from synnefod.volumes import records
from synnefod.volumes.interface import EXTENSION, PLACED, WAITS, Volume, VolumeRequest, VolumeStays
from synnefod.volumes.shelf import Shelf, check_metadata
from synnefod.volumes.states import MACHINE, Output, Seen, Status

GIB_IN_MIB = 1024


@frozen
class VolumeService(Shelf):
    """The Volumes protocol."""

    # -- a server's disks

    async def plan(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        server: ServerId,
        volume_type: int,
        requests: Sequence[VolumeRequest],
        *,
        shared: bool = False,
        principal: Principal | None = None,
    ) -> list[Volume]:
        now = micros(self.clock.seconds())
        made = []
        for index, request in enumerate(requests):
            if request.existing is not None and principal is not None:
                made.append(await self._join(tx, principal, server, index, volume_type, request))
                continue
            place = (server, index, volume_type, request, now)
            made.append(await records.insert(tx, user, project, *place, shared=shared))
        return made

    async def _join(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        index: int,
        volume_type: int,
        request: VolumeRequest,
    ) -> Volume:
        """An existing volume is a disk of a server that is being made (CMP-100, CMP-105)."""
        assert request.existing is not None
        number = request.existing
        try:
            found = await self.hold(tx, principal, number)
        except NotFound as error:
            raise Malformed(error.message) from None
        if found.status != Status.AVAILABLE.value or found.doomed:
            raise Malformed(f"Volume {number} is not available.")
        if found.volume_type != volume_type:
            raise Malformed(f"Volume {number} is of another type than the flavor's disks.")
        if index == 0 and not (found.filled or found.origin or found.bootable):
            raise Malformed(f"Volume {number} is not bootable.")
        status, ends = Status.ATTACHING.value, request.delete_on_termination
        await records.change(
            tx, number, self.now(), status=status, server=server, position=index,
            delete_on_termination=int(ends),
        )  # fmt: skip
        return evolve(found, status=status, server=server, index=index, delete_on_termination=ends)

    async def set_aside(self, tx: Tx, server: ServerId) -> list[VolumeId]:
        kept = []
        for volume in (await records.of_servers(tx, [server]))[server]:
            if volume.status == Status.IN_USE.value and not volume.delete_on_termination:
                await records.change(tx, volume.id, self.now(), status=Status.DETACHING.value)
            elif not volume.outlives:
                continue
            kept.append(volume.id)
        return kept

    async def stay(self, tx: Tx, server: ServerId) -> None:
        for volume in (await records.of_servers(tx, [server]))[server]:
            if volume.status == Status.DETACHING.value and volume.outlives:
                await self._step(tx, volume, Seen.PRESENT)

    async def volumes_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Volume]]:
        return await records.of_servers(tx, servers)

    async def see_disks(self, tx: Tx, reports: Mapping[ServerId, Sequence[Disk]]) -> None:
        """Repeating a report changes nothing. Disks that are not ours are left alone."""
        for server, volumes in (await records.of_servers(tx, list(reports))).items():
            seen = {disk.name: (index, disk) for index, disk in enumerate(reports[server])}
            for volume in volumes:
                found = seen.get(self.disk_name(volume.id))
                if found is None and volume.legacy_name:
                    found = seen.get(volume.legacy_name)
                if found is None:
                    await self._step(tx, volume, Seen.ABSENT)
                    continue
                index, disk = found
                size = disk.size // GIB_IN_MIB or volume.size
                await self._step(tx, volume, Seen.PRESENT, position=index, size=size)

    async def fail_volumes(self, tx: Tx, server: ServerId) -> None:
        await self._all(tx, server, Seen.BUILD_FAILED)

    async def release_volumes(self, tx: Tx, server: ServerId) -> None:
        await self._all(tx, server, Seen.SERVER_GONE)

    async def disk_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        found = await records.of_servers(tx, servers)
        every = [volume for volumes in found.values() for volume in volumes]
        bodies = await self._bodies(tx, every)
        for volume in every:
            if volume.filled:
                body = bodies[volume.id]
                body.pop("origin", None)
                body.pop("origin_size", None)
                body["reuse_data"] = "True"
        return {
            server: [bodies[volume.id] for volume in volumes] for server, volumes in found.items()
        }

    async def _bodies(self, tx: Tx, volumes: Sequence[Volume]) -> dict[VolumeId, dict[str, Any]]:
        kinds = await records.types_of(tx, sorted({volume.volume_type for volume in volumes}))
        bodies = {}
        for volume in volumes:
            kind = kinds[volume.volume_type]
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
            for key, value in kind.specs.items():
                if key.startswith(EXTENSION):
                    body[key.removeprefix(EXTENSION)] = value
            bodies[volume.id] = body
        return bodies

    # -- joining and leaving a server

    async def attach(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        volume: VolumeId,
        disk_template: str,
        *,
        keep: bool = False,
    ) -> Volume:
        found = await records.find(tx, volume, lock=True)
        if found is None or not _sees(principal, found):
            raise NotFound(f"Volume {volume} does not exist.")
        kind = await records.get_type(tx, found.volume_type)
        if found.status != Status.AVAILABLE.value:
            raise Malformed(f"Volume {volume} is not available.")
        if kind.disk_template not in self.detachable:
            raise Malformed("Volumes of this type stay on their server.")
        if kind.disk_template != disk_template:
            raise Malformed("The volume is of another type than the server's disks.")
        position = await self._behind(tx, server)
        status = Status.ATTACHING.value
        now = micros(self.clock.seconds())
        ends = found.delete_on_termination and not keep
        changes = {"status": status, "server": server, "position": position}
        await records.change(tx, volume, now, **changes, delete_on_termination=int(ends))
        found = evolve(found, status=status, server=server, index=position, updated=now)
        return evolve(found, delete_on_termination=ends)

    async def detach(self, tx: Tx, server: ServerId, volume: VolumeId) -> Volume:
        found = await records.find(tx, volume, lock=True)
        if found is None or found.server != server:
            raise NotFound(f"Volume {volume} is not attached to the server.")
        if found.index == 0:
            raise VolumeStays
        kind = await records.get_type(tx, found.volume_type)
        if kind.disk_template not in self.detachable:
            raise Malformed("Volumes of this type stay on their server.")
        if found.status not in (Status.IN_USE.value, Status.ERROR.value):
            raise Malformed(f"Volume {volume} is not in use.")
        status = Status.DETACHING.value
        now = micros(self.clock.seconds())
        await records.change(tx, volume, now, status=status)
        return evolve(found, status=status, updated=now)

    async def move(self, tx: Tx, volume: VolumeId, project: ProjectId, *, shared: bool) -> None:
        now = micros(self.clock.seconds())
        await records.change(tx, volume, now, project=project, shared_to_project=int(shared))

    async def give(self, tx: Tx, volume: VolumeId, owner: UserId, project: ProjectId) -> None:
        columns = {"owner": owner, "project": project, "shared_to_project": 0}
        await records.change(tx, volume, self.now(), **columns)

    async def take_back(self, tx: Tx, volume: VolumeId) -> None:
        found = await records.find(tx, volume, lock=True)
        if found is None:
            return
        if found.doomed:
            if found.doomed == WAITS:
                await records.change(tx, volume, self.now(), server=None, position=None)
        elif found.status == Status.CREATING.value:
            await self.drop(tx, volume)
        elif found.status == Status.ATTACHING.value:
            await self._step(tx, found, Seen.ABSENT)
        elif found.status in (Status.DETACHING.value, Status.DELETING.value):
            await self._step(tx, found, Seen.PRESENT)

    async def disk_body(self, tx: Tx, volume: VolumeId) -> dict[str, Any]:
        found = await records.find(tx, volume)
        if found is None:
            raise NotFound(f"Volume {volume} does not exist.")
        body = (await self._bodies(tx, [found]))[found.id]
        body.pop("origin_size", None)
        kind = await records.get_type(tx, found.volume_type)
        if kind.disk_template in self.detachable:
            body["reuse_data"] = "True" if found.filled else "False"
        return body

    # -- lives of their own

    async def add(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        volume_type: int,
        request: VolumeRequest,
        *,
        shared: bool = False,
        server: ServerId | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Volume:
        check_metadata(metadata or {})
        place = None if server is None else await self._behind(tx, server)
        now = self.now()
        made = await records.insert(
            tx, user, project, server, place, volume_type, request, now, shared=shared
        )
        await records.set_metadata(tx, made.id, metadata or {})
        return evolve(made, metadata=metadata or {})

    async def begin_removal(self, tx: Tx, server: ServerId, volume: VolumeId) -> Volume:
        found = await records.find(tx, volume, lock=True)
        if found is None or found.server != server:
            raise Malformed(f"Volume {volume} is not attached to the server.")
        if found.doomed and found.status == Status.DELETING.value:
            return found
        if found.index == 0:
            raise Malformed("The root volume of a server is removed with it.")
        if found.status not in (Status.IN_USE.value, Status.ERROR.value):
            raise Malformed(f"Volume {volume} is in state {found.status}.")
        await records.change(tx, volume, self.now(), status=Status.DELETING.value)
        return evolve(found, status=Status.DELETING.value)

    async def drop(self, tx: Tx, volume: VolumeId) -> None:
        await records.change(tx, volume, self.now(), status=Status.DELETED.value, deleted=1)

    async def doom(self, tx: Tx, volume: VolumeId) -> None:
        await records.change(tx, volume, self.now(), status=Status.DELETING.value, doomed=WAITS)

    async def doomed(self, tx: Tx) -> list[Volume]:
        return await records.doomed(tx)

    async def send_away(self, tx: Tx, volume: VolumeId, server: ServerId) -> None:
        place = await self._behind(tx, server)
        await records.change(tx, volume, self.now(), server=server, position=place)

    async def resize(self, tx: Tx, volume: VolumeId, size: int) -> None:
        await records.change(tx, volume, self.now(), size=size)

    async def begin_copy(self, tx: Tx, volume: VolumeId, snapshot: str) -> None:
        status = Status.CREATING.value
        await records.change(tx, volume, self.now(), status=status, copied=snapshot)

    async def boots(self, tx: Tx, volume: VolumeId) -> None:
        await records.change(tx, volume, self.now(), bootable=1)

    async def copies(self, tx: Tx) -> list[tuple[Volume, str]]:
        return await records.copies(tx)

    async def end_copy(self, tx: Tx, volume: VolumeId, origin: str | None, size: int) -> None:
        found = await records.find(tx, volume, lock=True)
        if found is None or found.status != Status.CREATING.value:
            return
        status = Status.ERROR if origin is None else Status.AVAILABLE
        await records.change(
            tx, volume, self.now(), status=status.value, origin=origin, origin_size=size
        )

    async def forget_copy(self, tx: Tx, volume: VolumeId) -> None:
        await records.change(tx, volume, self.now(), copied="")

    async def count_snapshot(self, tx: Tx, volume: VolumeId) -> int:
        return await records.count_snapshot(tx, volume)

    async def _behind(self, tx: Tx, server: ServerId) -> int:
        """The place behind a server's disks."""
        others = (await records.of_servers(tx, [server]))[server]
        return max((other.index or 0 for other in others), default=-1) + 1

    # -- inside

    def disk_name(self, volume: VolumeId) -> str:
        return f"{self.prefix}vol-{volume}"

    async def _all(self, tx: Tx, server: ServerId, event: Seen) -> None:
        for volume in (await records.of_servers(tx, [server]))[server]:
            await self._step(tx, volume, event)

    async def _step(self, tx: Tx, volume: Volume, event: Seen, **seen: Any) -> None:
        """One move of the table, written only if something differs."""
        if volume.doomed and event is not Seen.BUILD_FAILED:
            await self._step_doomed(tx, volume, event, **seen)
            return
        if event is Seen.SERVER_GONE and volume.outlives:
            event = Seen.ABSENT  # its server was removed after it had left
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

    async def _step_doomed(self, tx: Tx, volume: Volume, event: Seen, **seen: Any) -> None:
        """One that a helper removes stays in DELETING until its helper had it and has not."""
        if event is Seen.PRESENT:
            place = seen.get("position", volume.index)
            if (volume.doomed, volume.index) != (PLACED, place):
                await records.change(tx, volume.id, self.now(), doomed=PLACED, position=place)
        elif volume.doomed == PLACED:
            await self.drop(tx, volume.id)
        elif event is Seen.SERVER_GONE:
            await records.change(tx, volume.id, self.now(), server=None, position=None)


def _sees(principal: Principal, volume: Volume) -> bool:
    return principal.is_admin or volume.user == principal.user
