"""The network service as one object: its nouns behind the Network protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import NetworkEvent, Nic
from synnefod.common.ids import BackendId, JobId, NetworkId, PortId, ServerId, SubnetId
from synnefod.common.principal import Principal
from synnefod.network.interface import (
    NetworkRow,
    NewNetwork,
    Port,
    PortRequest,
    Presence,
    Subnet,
)
from synnefod.network.networks import Flavor, Networks
from synnefod.network.ports import Ports
from synnefod.network.provisioning import Provisioning
from synnefod.store.interface import Tx


def usual_flavors(bridge: str, mac_prefix: str = "aa:00:0") -> dict[str, Flavor]:
    """The flavor that needs nothing of the clusters' hosts but a bridge (network.md 5)."""
    return {"CUSTOM": Flavor("bridged", bridge, mac_prefix)}


@frozen
class NetworkService:
    """Hands each call to the noun that answers it. See `network.interface.Network`."""

    nouns: Networks
    cards: Ports
    provisioning: Provisioning

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        return await self.cards.claim_ports(tx, principal, server, requests)

    async def connect(
        self, tx: Tx, principal: Principal, server: ServerId, request: PortRequest
    ) -> Port:
        return await self.cards.connect(tx, principal, server, request)

    async def take_back(self, tx: Tx, port: PortId, *, keep: bool) -> None:
        await self.cards.take_back(tx, port, keep=keep)

    async def release_ports(self, tx: Tx, server: ServerId) -> None:
        await self.cards.release_ports(tx, server)

    async def fail_ports(self, tx: Tx, server: ServerId) -> None:
        await self.cards.fail_ports(tx, server)

    async def ports_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Port]]:
        return await self.cards.ports_of(tx, servers)

    async def see_nics(self, tx: Tx, server: ServerId, nics: Sequence[Nic]) -> None:
        await self.cards.see_nics(tx, server, nics)

    async def nic_bodies(self, tx: Tx, server: ServerId) -> list[dict[str, Any]]:
        return await self.cards.nic_bodies(tx, server)

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        return await self.provisioning.ensure_on(backend, server)

    async def apply(self, event: NetworkEvent) -> None:
        await self.provisioning.apply(event)

    async def networks(self, principal: Principal) -> list[NetworkRow]:
        return await self.nouns.networks(principal)

    async def network(self, principal: Principal, network: NetworkId) -> NetworkRow:
        return await self.nouns.network(principal, network)

    async def subnets(self, principal: Principal) -> list[Subnet]:
        return await self.nouns.subnets(principal)

    async def subnet(self, principal: Principal, subnet: SubnetId) -> Subnet:
        return await self.nouns.subnet(principal, subnet)

    async def ports(self, principal: Principal) -> list[Port]:
        return await self.cards.ports(principal)

    async def port(self, principal: Principal, port: PortId) -> Port:
        return await self.cards.port(principal, port)

    async def create_network(self, new: NewNetwork) -> NetworkRow:
        return await self.nouns.create_network(new)

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        return await self.nouns.presences(network)
