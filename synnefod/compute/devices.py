"""NICs and disks of existing servers: asked for here, there when the cluster says so (7, 8)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.ids import PortId, VolumeId
from synnefod.common.principal import Principal
from synnefod.compute.actions import ActionService
from synnefod.compute.machine.states import Action
from synnefod.compute.records import flavors
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Server
from synnefod.network.interface import Port, PortNotFound, PortRequest
from synnefod.store.interface import Tx
from synnefod.volumes.interface import Volume


class DeviceService:
    """interface.Devices."""

    def __init__(self, rooms: Rooms, actions: ActionService) -> None:
        self._rooms = rooms
        self._actions = actions

    async def connect(self, principal: Principal, server: int, request: PortRequest) -> Port:
        made: list[Port] = []

        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            ports = (await self._rooms.network.ports_of(tx, [found.id])).get(found.id, ())
            if len(ports) >= self._rooms.limits.max_nics:
                most = self._rooms.limits.max_nics
                raise Malformed(f"A server has at most {most} NICs.")
            port = await self._rooms.network.connect(tx, principal, found.id, request)
            made[:] = [port]
            return {"port": port.id, "keep": request.port is not None}

        await self._actions.ask(principal, server, Action.CONNECT, prepare=prepare)
        return made[0]

    async def add_floating(self, principal: Principal, server: int, address: str) -> Port:
        made: list[Port] = []

        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            port = await self._rooms.network.claim_floating(tx, principal, found.id, address)
            made[:] = [port]
            return {"port": port.id, "keep": False}

        await self._actions.ask(principal, server, Action.CONNECT, prepare=prepare)
        return made[0]

    async def remove_floating(self, principal: Principal, server: int, address: str) -> None:
        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            port = await self._rooms.network.floating_port(tx, principal, found.id, address)
            return {"port": port.id, "walled": _walled(port)}

        await self._actions.ask(principal, server, Action.DISCONNECT, prepare=prepare)

    async def disconnect(self, principal: Principal, server: int, port: PortId) -> None:
        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            ports = (await self._rooms.network.ports_of(tx, [found.id])).get(found.id, ())
            for each in ports:
                if each.id == port:
                    return {"port": port, "walled": _walled(each)}
            raise PortNotFound(f"Port {port} is not attached to the server.")

        await self._actions.ask(principal, server, Action.DISCONNECT, prepare=prepare)

    async def attach(
        self, principal: Principal, server: int, volume: VolumeId, *, keep: bool = False
    ) -> Volume:
        made: list[Volume] = []

        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            volumes = (await self._rooms.volumes.volumes_of(tx, [found.id])).get(found.id, ())
            if len(volumes) >= self._rooms.limits.max_disks:
                most = self._rooms.limits.max_disks
                raise Malformed(f"A server has at most {most} volumes.")
            flavor = await flavors.get(tx, found.flavor)
            assert flavor is not None
            taken = await self._rooms.volumes.attach(
                tx, principal, found.id, volume, flavor.disk_template, keep=keep
            )
            made[:] = [taken]
            return {"volume": volume}

        await self._actions.ask(principal, server, Action.ATTACH_VOLUME, prepare=prepare)
        return made[0]

    async def detach(self, principal: Principal, server: int, volume: VolumeId) -> None:
        async def prepare(tx: Tx, found: Server) -> dict[str, Any]:
            await self._rooms.volumes.detach(tx, found.id, volume)
            return {"volume": volume}

        await self._actions.ask(principal, server, Action.DETACH_VOLUME, prepare=prepare)


def _walled(port: Port) -> bool:
    """Whether a tag of its profile goes with the NIC (NET-199)."""
    return port.firewall not in ("", "DISABLED")
