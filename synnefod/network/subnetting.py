"""Subnets of users' networks: made, changed and removed while no cluster has the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, ProjectId, SubnetId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.groups import project_of
from synnefod.network.interface import (
    NetworkInUse,
    NetworkNotFound,
    NetworkRow,
    NewSubnet,
    Subnet,
    SubnetChange,
    SubnetNotFound,
    SubnetsFrozen,
)
from synnefod.network.limits import Limits
from synnefod.network.networks import add_subnet, checked_subnet, with_pools
from synnefod.network.records import networks as records
from synnefod.network.records import pools
from synnefod.network.records import ports as port_records
from synnefod.network.subnetpools import PoolDesk
from synnefod.network.tenancy import Offer, checked_name, sees
from synnefod.store.interface import Store, Tx


@frozen
class Subnetting:
    """The noun subnet, as users change it."""

    store: Store
    clock: IClock
    offer: Offer
    limits: Limits
    pools: PoolDesk

    async def create_subnets(
        self,
        principal: Principal,
        news: Sequence[tuple[NetworkId, NewSubnet]],
        *,
        hide: bool = False,
    ) -> list[Subnet]:
        for _, new in news:
            checked_name(new.name)

        async def body(tx: Tx) -> list[Subnet]:
            return [await self.make(tx, principal, at, new, hide=hide) for at, new in news]

        return await self.store.transact("create subnets", body)

    async def make(
        self, tx: Tx, principal: Principal, network: NetworkId, new: NewSubnet, *, hide: bool
    ) -> Subnet:
        now = micros(self.clock.seconds())
        row = await self._owned(tx, principal, network, hide=hide)
        if new.pool is not None:
            new = await self._carved(tx, principal, row, new)
        subnet, version = checked_subnet(new, largest=self.offer.largest)
        known = (await records.subnets_of(tx, [network]))[network]
        if any(each.version == version for each in known):
            raise Malformed(f"Network {network} has an IPv{version} subnet.")
        await _thawed(tx, network)
        await self.limits.check(tx, row.project or ProjectId(""), "subnet")
        number = await add_subnet(tx, row, subnet, version, now)
        await records.change(tx, network, now)
        return await _shown(tx, row, number)

    async def _carved(
        self, tx: Tx, principal: Principal, row: NetworkRow, new: NewSubnet
    ) -> NewSubnet:
        """With a range of its subnet pool."""
        number = new.pool
        if not number:
            usual = await self.pools.usual(tx, principal, new.version or 4)
            if usual is None:
                raise Malformed("There is no default subnet pool of this IP version.")
            number = usual.id
        project = row.project or project_of(principal)
        cidr = await self.pools.carve(
            tx, principal, project, number, length=new.length, cidr=new.cidr or None
        )
        return evolve(new, cidr=cidr, pool=number)

    async def _owned(
        self, tx: Tx, principal: Principal, network: NetworkId, *, hide: bool
    ) -> NetworkRow:
        """The locked network; of foreign ones the owner's right is asked (network.md 7)."""
        row = await records.get(tx, network, lock=True)
        if row is None or (hide and not sees(principal, row)):
            raise NetworkNotFound(f"Network {network} does not exist.")
        if not (principal.is_admin or row.owner == principal.user):
            raise Forbidden(f"Network {network} is not yours.")
        if row.deleted:
            raise Malformed(f"Network {network} is deleted.")
        return row

    async def _of(self, tx: Tx, principal: Principal, subnet: SubnetId) -> NetworkRow:
        network = await records.network_of(tx, subnet)
        row = None if network is None else await records.get(tx, network, lock=True)
        if row is None or not sees(principal, row):
            raise SubnetNotFound(f"Subnet {subnet} does not exist.")
        if not (principal.is_admin or row.owner == principal.user):
            raise Forbidden(f"Subnet {subnet} is not yours.")
        return row

    async def change_subnet(
        self, principal: Principal, subnet: SubnetId, change: SubnetChange
    ) -> Subnet:
        now = micros(self.clock.seconds())
        if change.name is not None:
            checked_name(change.name)

        async def body(tx: Tx) -> Subnet:
            row = await self._of(tx, principal, subnet)
            old = await _shown(tx, row, subnet)
            columns: dict[str, Any] = {} if change.name is None else {"name": change.name}
            if SubnetChange(name=change.name) != change:
                await _thawed(tx, row.id)
                columns |= _columns(change, old)
                await self._ranges(tx, change, old)
            await records.change_subnet(tx, subnet, now, **columns)
            return await _shown(tx, row, subnet)

        return await self.store.transact("change subnet", body)

    async def _ranges(self, tx: Tx, change: SubnetChange, old: Subnet) -> None:
        """The pools follow a new gateway or new ranges; no address may be in use then."""
        if change.gateway is None and change.pools is None:
            return
        if old.version != 4:
            if change.pools is not None:
                raise NetworkInUse("An IPv6 subnet has no allocation pools.")
            return
        gateway = old.gateway if change.gateway is None else change.gateway or None
        gateway = addressing.parse_gateway(gateway, old.cidr)
        wished = old.pools if change.pools is None else change.pools
        ranges = addressing.checked_pools(old.cidr, gateway, wished)
        if change.pools is not None:
            if await port_records.on_subnet(tx, old.id):
                raise NetworkInUse(f"Addresses of subnet {old.id} are in use.")
            await pools.drop_pools(tx, old.id)
            for first, last in ranges:
                await pools.add_pool(tx, old.id, first, last)

    async def delete_subnet(self, principal: Principal, subnet: SubnetId) -> None:
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> None:
            row = await self._of(tx, principal, subnet)
            if await port_records.on_subnet(tx, subnet):
                raise NetworkInUse(f"Ports use subnet {subnet}.")
            await _thawed(tx, row.id)
            await pools.drop_pools(tx, subnet)
            await records.change_subnet(tx, subnet, now, deleted=1)
            await records.change(tx, row.id, now)

        await self.store.transact("delete subnet", body)


def _columns(change: SubnetChange, old: Subnet) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if change.gateway is not None:
        columns["gateway"] = addressing.parse_gateway(change.gateway or None, old.cidr)
    if change.dhcp is not None:
        columns["dhcp"] = int(change.dhcp)
    if change.dns_nameservers is not None:
        columns["dns_nameservers"] = dump_text(list(change.dns_nameservers))
    if change.host_routes is not None:
        columns["host_routes"] = dump_text(list(change.host_routes))
    return columns


async def _thawed(tx: Tx, network: NetworkId) -> None:
    """Raises SubnetsFrozen once any cluster knows the network (NET-074)."""
    if await records.presences(tx, network):
        raise SubnetsFrozen("A server was once connected to the network; its subnets are frozen.")


async def _shown(tx: Tx, row: NetworkRow, subnet: SubnetId) -> Subnet:
    known = (await records.subnets_of(tx, [row.id]))[row.id]
    (found,) = await with_pools(tx, [each for each in known if each.id == subnet], {row.id: row})
    return found
