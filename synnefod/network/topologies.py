"""The topology that a project gets when it asks for one (network.md 22.10)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import NetworkId, ProjectId, SubnetId
from synnefod.common.principal import Principal
from synnefod.network.interface import NetworkRow, NewSubnet, OwnNetwork
from synnefod.network.interface.routers import GatewayWish, RouterChange
from synnefod.network.interface.subnetpools import NoTopology, SubnetPool, TopologyNotFound
from synnefod.network.records import networks as network_records
from synnefod.network.records import routers as router_records
from synnefod.network.records import subnetpools as records
from synnefod.network.routers import RouterDesk
from synnefod.network.subnetpools import PoolDesk
from synnefod.network.subnetting import Subnetting
from synnefod.network.tenancy import Tenancy
from synnefod.store.interface import Store, Tx

NAME, ROUTER = "auto_allocated_network", "auto_allocated_router"


@frozen
class TopologyDesk:
    """See `Topologies`."""

    store: Store
    tenancy: Tenancy
    subnetting: Subnetting
    pools: PoolDesk
    routers: RouterDesk

    async def topology(self, principal: Principal, project: ProjectId) -> NetworkId:
        known = await self.store.read("topology", lambda tx: records.topology(tx, project))
        if known is not None:
            return known[0]
        return await self.store.transact(
            "make topology", lambda tx: self._make(tx, principal, project)
        )

    async def _make(self, tx: Tx, principal: Principal, project: ProjectId) -> NetworkId:
        if not await records.claim_topology(tx, project):
            known = await records.topology(tx, project)
            assert known is not None
            return known[0]
        outside, pool = await self._parts(tx, principal)
        network = await self.tenancy.make(tx, principal, OwnNetwork(name=NAME, project=project))
        new = NewSubnet("", name=NAME, version=4, pool=pool.id)
        subnet = await self.subnetting.make(tx, principal, network.id, new, hide=True)
        wish = RouterChange(name=ROUTER, gateway=GatewayWish(outside.id))
        router = await self.routers.make(tx, principal, project, wish)
        await self.routers.join(tx, principal, router, subnet.id)
        await records.fill_topology(tx, project, network.id, router.id)
        return network.id

    async def ready(self, principal: Principal) -> None:
        await self.store.read("parts of a topology", lambda tx: self._parts(tx, principal))

    async def _parts(self, tx: Tx, principal: Principal) -> tuple[NetworkRow, SubnetPool]:
        publics = await network_records.open_publics(tx)
        outside = next((row for row in publics if row.external_router), None)
        pool = await self.pools.usual(tx, principal, 4)
        if outside is None:
            raise NoTopology("There is no default network that leads outside.")
        if pool is None:
            raise NoTopology("There is no default subnet pool.")
        return outside, pool

    async def delete(self, principal: Principal, project: ProjectId) -> None:
        known = await self.store.read("topology", lambda tx: records.topology(tx, project))
        if known is None:
            raise TopologyNotFound(f"Project {project} has no topology that was made for it.")
        network, number = known
        await self._take_apart(principal, number)
        row = await self.store.read("network", lambda tx: network_records.get(tx, network))
        if row is not None and not row.deleted:
            await self.tenancy.delete_network(principal, network)
        await self.store.transact("forget topology", lambda tx: records.drop_topology(tx, project))

    async def _take_apart(self, principal: Principal, number: int) -> None:
        async def look(tx: Tx) -> list[SubnetId] | None:
            if not await router_records.visible(tx, None, number=number):
                return None
            return [subnet for subnet, _ in await router_records.ranges(tx, number)]

        subnets = await self.store.read("subnets of router", look)
        if subnets is None:
            return
        for subnet in subnets:
            await self.routers.remove_interface(principal, number, subnet=subnet, port=None)
        await self.routers.delete(principal, number)
