"""Lets the network's doors plug ports into servers: the two rooms do not know each other."""

from __future__ import annotations

from attrs import frozen
from twisted.logger import Logger

from synnefod.common.errors import Refusal
from synnefod.common.ids import PortId, ServerId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Devices
from synnefod.network.interface import FloatingIpId, Network, Port, PortRequest

log = Logger()


@frozen
class ServerCards:
    """See `resources.network.cards.Cards`."""

    devices: Devices
    network: Network

    async def plug(
        self, principal: Principal, server: ServerId, request: PortRequest, *, name: str = ""
    ) -> Port:
        port = await self.devices.connect(principal, server, request)
        return await self.network.rename_port(principal, port.id, name) if name else port

    async def unplug(self, principal: Principal, server: ServerId, port: PortId) -> None:
        await self.devices.disconnect(principal, server, port)

    async def settle(self, number: FloatingIpId | None = None) -> int:
        moved = 0
        for each in await self.network.unsettled(number):
            owner = Principal(each.owner, "", each.project, is_admin=True)
            try:
                if each.port is None:
                    await self.devices.add_floating(owner, each.server, each.address)
                else:
                    await self.devices.disconnect(owner, each.server, each.port)
            except Refusal as error:
                log.debug(
                    "floating IP {address} does not move yet: {why}",
                    address=each.address,
                    why=error.message,
                )
                continue
            moved += 1
        return moved
