"""Lets the network's doors plug ports into servers: the two rooms do not know each other."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import PortId, ServerId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Devices
from synnefod.network.interface import Network, Port, PortRequest


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
