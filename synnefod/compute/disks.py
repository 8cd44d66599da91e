"""Volumes' lives of their own: made, grown, moved and removed, with a server or without (8.6-8.9).

A volume without a server is a row and a charge until it is attached for the first time. One that
was used holds data that only a cluster can remove: it goes there over a helper server.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from attrs import evolve
from twisted.logger import Logger

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound, Refusal, Unsupported
from synnefod.common.ids import ProjectId, ServerId, VolumeId
from synnefod.common.principal import Principal
from synnefod.compute.actions import ActionService
from synnefod.compute.copying import CopyService
from synnefod.compute.machine.states import Action
from synnefod.compute.records import flavors, helping, servers
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Server, WrongState
from synnefod.quota.interface import DISK, Charge
from synnefod.store.interface import Tx
from synnefod.volumes.interface import (
    PLACED,
    WAITS,
    NewVolume,
    NoHelper,
    RootVolume,
    SourceNotFound,
    Volume,
    VolumeRequest,
    VolumeTooLarge,
    VolumeType,
)

log = Logger()
GIB = 1 << 30
_HELPING = Principal(user="", name="", project=None, is_admin=True)  # type: ignore[arg-type]
"""Who asks helper servers: the deployment itself."""


class DiskService:
    """interface.Disks."""

    def __init__(
        self,
        rooms: Rooms,
        actions: ActionService,
        copies: CopyService,
        appoint: Callable[[str], Awaitable[bool]],
    ) -> None:
        """`appoint` makes a helper server for disks of a template, if it can."""
        self._rooms = rooms
        self._copies = copies
        self._actions = actions
        self._appoint = appoint

    # -- making

    async def create(self, principal: Principal, wanted: NewVolume) -> Volume:
        rooms = self._rooms
        project = wanted.project or principal.project or ProjectId(principal.user)
        if not principal.may_use(project):
            raise Malformed("You are not a member of the project.")
        if wanted.shared and not rooms.limits.shared_resources:
            raise Forbidden("Sharing of resources is disabled.")
        if wanted.volume is not None:
            return await self._copies.create(principal, wanted, project)
        request = await self._request(principal, wanted)
        if wanted.server is not None:
            return await self._create_on(principal, wanted, request, project)

        async def body(tx: Tx) -> Volume:
            kind = await rooms.volumes.usual_type(tx, wanted.volume_type)
            if not kind.detachable:
                raise Malformed(f"Volumes of the type '{kind.name}' need a server.")
            self._check_source(kind, request)
            made = await rooms.volumes.add(
                tx,
                principal.user,
                project,
                kind.id,
                request,
                shared=wanted.shared,
                metadata=wanted.metadata,
            )
            await rooms.quota.charge(tx, [_charge(made)], name=f"volume: {made.id}, CREATE")
            return made

        return await rooms.store.transact("create a volume", body)

    async def _create_on(
        self, principal: Principal, wanted: NewVolume, request: VolumeRequest, project: ProjectId
    ) -> Volume:
        """VOL-012: charged now, and given back if the server does not get it."""
        rooms = self._rooms
        made: list[Volume] = []

        async def prepare(tx: Tx, server: Server) -> dict[str, Any]:
            there = (await rooms.volumes.volumes_of(tx, [server.id])).get(server.id, ())
            if len(there) >= rooms.limits.max_disks:
                raise Malformed(f"A server has at most {rooms.limits.max_disks} volumes.")
            flavor = await flavors.get(tx, server.flavor)
            assert flavor is not None
            said = flavor.volume_type if wanted.volume_type is None else wanted.volume_type
            kind = await rooms.volumes.usual_type(tx, said)
            if kind.disk_template != flavor.disk_template:
                raise Malformed("The volume is of another type than the server's disks.")
            self._check_source(kind, request)
            volume = await rooms.volumes.add(
                tx,
                principal.user,
                project,
                kind.id,
                request,
                shared=wanted.shared,
                server=server.id,
                metadata=wanted.metadata,
            )
            await rooms.quota.charge(tx, [_charge(volume)], name=f"volume: {volume.id}, CREATE")
            made[:] = [volume]
            return {
                "volume": volume.id,
                "charged": volume.size,
                "user": volume.user,
                "project": volume.project,
            }

        assert wanted.server is not None
        await self._actions.ask(principal, wanted.server, Action.ATTACH_VOLUME, prepare=prepare)
        return made[0]

    async def _request(self, principal: Principal, wanted: NewVolume) -> VolumeRequest:
        """What is made, from which image. Raises Malformed (VOL-011, VOL-014, VOL-015)."""
        source = wanted.image or wanted.snapshot
        if wanted.image and wanted.snapshot:
            raise Malformed("A volume is made from one source at most.")
        image = None
        if source:
            try:
                image = await self._rooms.images.resolve(principal, source)
            except NotFound as error:
                raise SourceNotFound(error.message) from None
            if wanted.snapshot and not image.is_snapshot:
                raise Malformed(f"{source[:64]} is not a snapshot.")
        needed = 0 if image is None else max(image.min_disk, -(-(image.size or 0) // GIB))
        size = needed if wanted.size is None else wanted.size
        most = self._rooms.limits.max_volume_size
        if size < 1:
            raise Malformed("A volume has a size of 1 GiB or more.")
        if size > most:
            raise VolumeTooLarge(f"A volume has at most {most} GiB.")
        if size < needed:
            raise Malformed("The volume is smaller than its source.")
        if image is None:
            return VolumeRequest(size, wanted.name, description=wanted.description)
        kind = "snapshot" if image.is_snapshot else "image"
        return VolumeRequest(
            size,
            wanted.name,
            source=f"{kind}:{image.id}",
            origin=image.map_name,
            origin_size=image.size,
            description=wanted.description,
        )

    def _check_source(self, kind: VolumeType, request: VolumeRequest) -> None:
        provider = kind.disk_template.partition("_")[2]
        if request.source is not None and provider not in self._rooms.limits.clone_providers:
            raise Malformed(f"Volumes of the type '{kind.name}' cannot be made from a source.")

    # -- removing

    async def delete(self, principal: Principal, volume: VolumeId) -> None:
        """The first that needs a helper server where there is none has one made (8.7)."""
        try:
            await self._delete(principal, volume)
        except NoHelper:
            template = await self._template(principal, volume)
            if not await self._appoint(template):
                raise
            await self._delete(principal, volume)

    async def _template(self, principal: Principal, volume: VolumeId) -> str:
        async def body(tx: Tx) -> str:
            found = await self._rooms.volumes.hold(tx, principal, volume)
            return (await self._rooms.volumes.volume_type(tx, found.volume_type)).disk_template

        return await self._rooms.store.transact("template of a volume", body)

    async def _delete(self, principal: Principal, volume: VolumeId) -> None:
        rooms = self._rooms
        online = {
            each.id for each in await rooms.backends.all() if not (each.drained or each.offline)
        }

        async def body(tx: Tx) -> Volume:
            found = await rooms.volumes.hold(tx, principal, volume)
            if found.server is not None or found.doomed:
                return found
            if found.status not in ("AVAILABLE", "ERROR"):
                raise Malformed(f"Volume {volume} is in state {found.status}.")
            if not found.filled:
                await rooms.volumes.drop(tx, volume)
                await rooms.quota.charge(
                    tx, [_charge(found, -1)], name=f"volume: {volume}, DELETE", force=True
                )
                return found
            kind = await rooms.volumes.volume_type(tx, found.volume_type)
            ready = await helping.of_template(tx, kind.disk_template)
            if not any(helper.backend in online for helper in ready):
                raise NoHelper
            await rooms.volumes.doom(tx, volume)
            return found

        found = await rooms.store.transact("delete a volume", body)
        if found.doomed:
            raise Malformed(f"Volume {volume} is being deleted.")
        if found.server is not None:
            await self._remove(principal, found.server, volume)
        elif found.filled:
            await self.tidy()

    async def _remove(self, principal: Principal, server: ServerId, volume: VolumeId) -> None:
        charges: list[Charge] = []

        async def prepare(tx: Tx, on: Server) -> dict[str, Any]:
            found = await self._rooms.volumes.begin_removal(tx, on.id, volume)
            charges[:] = [_charge(found, -1)]
            return {"volume": volume}

        await self._actions.ask(
            principal, server, Action.DELETE_VOLUME, prepare=prepare, charges=lambda: charges
        )

    async def tidy(self) -> None:
        """Sends doomed volumes on their next step, as far as helper servers are free (8.7).

        What a helper refuses now is tried again at the next call; no call is lost by a restart.
        Copies of volumes go on, too.
        """
        await self._copies.settle()
        found = await self._rooms.store.read("doomed volumes", self._rooms.volumes.doomed)
        for volume in found:
            try:
                if volume.doomed == PLACED and volume.server is not None:
                    await self._remove(_HELPING, volume.server, volume.id)
                elif volume.server is None:
                    await self._place(volume)
            except Refusal as error:
                log.debug("volume {volume} waits: {why}", volume=volume.id, why=error.message)

    async def _place(self, volume: Volume) -> None:
        """Attaches it to any free helper; waits when there is none."""
        rooms = self._rooms
        online = {
            each.id for each in await rooms.backends.all() if not (each.drained or each.offline)
        }

        async def look(tx: Tx) -> list[ServerId]:
            kind = await rooms.volumes.volume_type(tx, volume.volume_type)
            found = await helping.of_template(tx, kind.disk_template)
            return [each.server for each in found if each.free and each.backend in online]

        free = await rooms.store.read("free helpers", look)
        if not free:
            return

        async def prepare(tx: Tx, server: Server) -> dict[str, Any]:
            now = await rooms.volumes.hold(tx, _HELPING, volume.id)
            if now.doomed != WAITS or now.server is not None:
                raise Conflict("The volume has gone on.")
            await rooms.volumes.send_away(tx, volume.id, server.id)
            return {"volume": volume.id}

        await self._actions.ask(
            _HELPING, secrets.choice(free), Action.ATTACH_VOLUME, prepare=prepare
        )

    # -- growing and moving

    async def extend(self, principal: Principal, volume: VolumeId, size: int) -> None:
        rooms = self._rooms
        if size > rooms.limits.max_volume_size:
            raise VolumeTooLarge(f"A volume has at most {rooms.limits.max_volume_size} GiB.")

        async def body(tx: Tx) -> Volume:
            found = await rooms.volumes.hold(tx, principal, volume)
            if size <= found.size:
                raise Malformed("The new size is not larger than the volume.")
            if found.server is not None:
                return found
            if found.status != "AVAILABLE":
                raise Malformed(f"Volume {volume} is in state {found.status}.")
            if found.filled:
                raise Unsupported("A detached volume with data is not extended: attach it first.")
            await rooms.volumes.resize(tx, volume, size)
            more = Charge(found.user, found.project, DISK, (size - found.size) * GIB)
            await rooms.quota.charge(tx, [more], name=f"volume: {volume}, EXTEND")
            return found

        found = await rooms.store.transact("extend a volume", body)
        if found.server is not None:
            await self._grow(principal, found.server, volume, size)

    async def _grow(
        self, principal: Principal, server: ServerId, volume: VolumeId, size: int
    ) -> None:
        rooms = self._rooms
        charges: list[Charge] = []

        async def prepare(tx: Tx, on: Server) -> dict[str, Any]:
            found = await rooms.volumes.hold(tx, principal, volume)
            if found.server != on.id or found.status != "IN_USE" or size <= found.size:
                raise Malformed(f"Volume {volume} is in state {found.status}.")
            if found.index == 0:
                flavor = await flavors.get(tx, on.flavor)
                assert flavor is not None
                shape = (flavor.cpu, flavor.ram, size, flavor.volume_type)
                if await flavors.like(tx, *shape) is None:
                    raise Malformed("No flavor has a root disk of this size.")
            more = (size - found.size) * GIB
            charges[:] = [Charge(found.user, found.project, DISK, more)]
            return {"volume": volume, "disk": found.index, "size": size}

        await self._actions.ask(
            principal, server, Action.GROW_VOLUME, prepare=prepare, charges=lambda: charges
        )

    async def reassign(
        self, principal: Principal, volume: VolumeId, project: ProjectId, *, shared: bool
    ) -> None:
        rooms = self._rooms
        if shared and not rooms.limits.shared_resources:
            raise Forbidden("Sharing of resources is disabled.")

        async def body(tx: Tx) -> None:
            found = await rooms.volumes.hold(tx, principal, volume)
            if found.user != principal.user and not principal.is_admin:
                raise Forbidden("Only its owner moves a volume to another project.")
            if found.server is not None:
                if found.index == 0:
                    raise RootVolume
                server = await servers.lock(tx, found.server)
                if server is not None and server.life.task:
                    raise WrongState("An action is pending on the volume's server.")
            if project != found.project:
                if not principal.may_use(project):
                    raise Forbidden("You are not a member of the project.")
                moved = [_charge(found, -1), _charge(evolve(found, project=project))]
                await rooms.quota.charge(tx, moved, name=f"volume: {volume}, REASSIGN")
            await rooms.volumes.move(tx, volume, project, shared=shared)

        await rooms.store.transact("reassign a volume", body)


def _charge(volume: Volume, sign: int = 1) -> Charge:
    return Charge(volume.user, volume.project, DISK, sign * volume.size * GIB)
