"""Floating IPs: drawn from public networks, kept, shared, charged, given back (network.md 11)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId, SubnetId, UserId
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network.interface import (
    FloatingIp,
    FloatingIpId,
    FloatingIpNotFound,
    NetworkConflict,
    NetworkInUse,
    NetworkNotFound,
    NetworkRow,
    NewFloatingIp,
    PoolEmpty,
    PortNotFound,
    Unreachable,
    Unsettled,
)
from synnefod.network.records import floating as records
from synnefod.network.records import networks as network_records
from synnefod.network.records import pools
from synnefod.network.records import ports as port_records
from synnefod.network.tenancy import Tenancy, chosen_project, sees
from synnefod.quota.interface import FLOATING_IP, Charge, Quota
from synnefod.store.interface import Store, Tx


@frozen
class FloatingIps:
    """The noun floating IP. `tenancy` knows what is offered."""

    store: Store
    clock: IClock
    quota: Quota | None
    tenancy: Tenancy

    async def floating_ips(
        self, principal: Principal, *, since: int = 0, deleted: bool = False
    ) -> list[FloatingIp]:
        async def body(tx: Tx) -> list[FloatingIp]:
            found = await seen(tx, principal, since=since)
            if deleted:
                user = None if principal.is_admin else principal.user
                found += await records.released(tx, user, sorted(principal.projects), since)
                found.sort(key=lambda ip: ip.id)
            return found

        return await self.store.read("list floating IPs", body)

    async def floating_ip(self, principal: Principal, number: FloatingIpId) -> FloatingIp:
        return await self.store.read("get floating IP", lambda tx: _one(tx, principal, number))

    async def create_floating_ip(self, principal: Principal, new: NewFloatingIp) -> FloatingIp:
        self.tenancy.check_sharing(new.shared)
        project = chosen_project(principal, new.project)
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> FloatingIp:
            if new.network is None:
                network, subnet, address = await _any_address(tx)
            else:
                network = new.network
                subnet, address = await _address_of(tx, principal, network, new.address)
            number = await records.insert(
                tx,
                now,
                network=network,
                subnet=subnet,
                owner=principal.user,
                project=project,
                shared_to_project=int(new.shared),
                address=address,
                description=new.description,
            )
            await self._charge(tx, principal.user, project, 1, address, "BUILD")
            made = await _one(tx, principal, number)
            if new.target is not None:
                await self._aim(tx, principal, made, new.target, new.fixed)
            return await _one(tx, principal, number)

        return await self.store.transact("create floating IP", body)

    async def give_ports(self, tx: Tx, server: ServerId, old: UserId, new: UserId) -> list[Charge]:
        now, charges = micros(self.clock.seconds()), []
        for address, network, project, floating in await port_records.give(
            tx, server, old, new, now
        ):
            for owner, action in ((old, "disassociate"), (new, "associate")):
                what = (address, server, network, owner, action, now, "owner changed")
                await port_records.write_history(tx, *what)
            if floating:
                charges.append(Charge(old, project, FLOATING_IP, -1))
                charges.append(Charge(new, ProjectId(new), FLOATING_IP, 1))
        return charges

    async def address_history(self, address: str) -> list[tuple[int, str, int, UserId]]:
        return await self.store.read(
            "history of an address", lambda tx: port_records.history_of(tx, address)
        )

    async def own_history(self, user: UserId) -> list[tuple[str, int, str, int]]:
        return await self.store.read(
            "history of one's addresses", lambda tx: port_records.history_of_owner(tx, user)
        )

    async def address_pools(self) -> list[tuple[bool, int, int]]:
        return await self.store.read("pools of floating IPs", records.pool_figures)

    async def _charge(
        self, tx: Tx, user: UserId, project: ProjectId, quantity: int, address: str, action: str
    ) -> None:
        if self.quota is not None:
            name = f"client: api, resource: floating-ip {address}, action: {action}"
            charge = Charge(user, project, FLOATING_IP, quantity)
            await self.quota.charge(tx, [charge], name=name, force=quantity < 0)

    async def associate(
        self,
        principal: Principal,
        number: FloatingIpId,
        port: PortId | None,
        fixed: str | None = None,
    ) -> FloatingIp:
        async def body(tx: Tx) -> FloatingIp:
            await records.lock(tx, number)
            found = await _one(tx, principal, number)
            if port is None:
                await self._let_go(tx, found)
            else:
                await self._aim(tx, principal, found, port, fixed)
            return await _one(tx, principal, number)

        return await self.store.transact("associate floating IP", body)

    async def _aim(
        self,
        tx: Tx,
        principal: Principal,
        ip: FloatingIp,
        number: PortId,
        fixed: str | None,
    ) -> None:
        """The address stands for the port from now on (network.md 22.7)."""
        user = None if principal.is_admin else principal.user
        seen = await port_records.visible(tx, user, sorted(principal.projects), number)
        if not seen:
            raise PortNotFound(f"Port {number} does not exist.")
        port = seen[0]
        if ip.port is not None and ip.target is None:
            raise NetworkConflict(f"{ip.address} is on port {ip.port}.")
        own = [each.address for each in port.ips if each.version == 4]
        if not own or (fixed is not None and fixed not in own):
            raise Malformed(f"Port {number} has no such IPv4 address.")
        if await records.aimed(tx, number, besides=ip.id):
            raise NetworkConflict(f"Port {number} has a floating IP.")
        if self.tenancy.offer.routers and not await records.reachable(tx, number, ip.network):
            raise Unreachable(f"No router joins port {number} to network {ip.network}.")
        now = micros(self.clock.seconds())
        await records.change(tx, ip.id, now, target=number)

    async def _let_go(self, tx: Tx, ip: FloatingIp) -> None:
        now = micros(self.clock.seconds())
        if ip.target is not None:
            await records.change(tx, ip.id, now, target=None)
        elif ip.port is not None:
            raise NetworkConflict(f"{ip.address} is on port {ip.port}: delete that port.")

    async def unsettled(self, number: FloatingIpId | None = None) -> list[Unsettled]:
        return await self.store.read(
            "unsettled floating IPs", lambda tx: records.unsettled(tx, number)
        )

    async def delete_floating_ip(self, principal: Principal, number: FloatingIpId) -> None:
        async def body(tx: Tx) -> None:
            await records.lock(tx, number)
            found = await _one(tx, principal, number)
            if found.port is not None:
                raise NetworkInUse(f"{found.address} is on port {found.port}.")
            kept = 1_000_000 * self.tenancy.offer.poll_limit
            subnet = await records.delete(tx, number, micros(self.clock.seconds()), kept)
            await pools.release(tx, subnet, found.address)
            await self._charge(tx, found.owner, found.project, -1, found.address, "DESTROY")

        await self.store.transact("delete floating IP", body)

    async def reassign_floating_ip(
        self, principal: Principal, number: FloatingIpId, project: ProjectId, *, shared: bool
    ) -> None:
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> None:
            await records.lock(tx, number)
            found = await _one(tx, principal, number)
            if not (principal.is_admin or found.owner == principal.user):
                raise Forbidden("Only the owner of an address reassigns it.")
            self.tenancy.check_sharing(shared)
            target = chosen_project(principal, project)
            if target != found.project:
                await self._charge(tx, found.owner, target, 1, found.address, "REASSIGN")
                await self._charge(tx, found.owner, found.project, -1, found.address, "REASSIGN")
            await records.change(tx, number, now, project=target, shared_to_project=int(shared))

        await self.store.transact("reassign floating IP", body)


async def seen(
    tx: Tx, principal: Principal, *, since: int = 0, address: str | None = None
) -> list[FloatingIp]:
    """The addresses that the asker sees; all for an administrator."""
    user = None if principal.is_admin else principal.user
    return await records.visible(tx, user, sorted(principal.projects), since=since, address=address)


async def _one(tx: Tx, principal: Principal, number: FloatingIpId) -> FloatingIp:
    user = None if principal.is_admin else principal.user
    found = await records.visible(tx, user, sorted(principal.projects), number=number)
    if not found:
        raise FloatingIpNotFound(f"Floating IP {number} does not exist.")
    return found[0]


async def _address_of(
    tx: Tx, principal: Principal, network: NetworkId, wished: str | None
) -> tuple[SubnetId, str]:
    """An address of this network, taken. Raises as NET-145 and NET-146 say."""
    row = await network_records.get(tx, network, lock=True)
    if row is None or row.deleted or not sees(principal, row):
        raise NetworkNotFound(f"Network {network} does not exist.")
    if not (row.public and row.floating_ip_pool):
        raise NetworkConflict(f"Network {network} has no floating IP addresses.")
    if row.drained or row.action == "DESTROY":
        raise NetworkConflict(f"Network {network} gives no new addresses.")
    subnet = await _v4(tx, row)
    if subnet is None:
        raise PoolEmpty(f"Network {network} has no IPv4 subnet.")
    if wished is not None:
        return subnet, await pools.take_exactly(tx, subnet, wished)
    address = await pools.take(tx, subnet)
    if address is None:
        raise PoolEmpty(f"Network {network} has no free address.")
    return subnet, address


async def _any_address(tx: Tx) -> tuple[NetworkId, SubnetId, str]:
    """An address of the pool with most room (network.md 8)."""
    choices = []
    for row in await network_records.floating_pools(tx):
        subnet = await _v4(tx, row)
        if subnet is not None:
            choices.append((-await pools.free_count(tx, subnet), row.id, subnet))
    for _, network, subnet in sorted(choices):
        address = await pools.take(tx, subnet)
        if address is not None:
            return network, subnet, address
    raise PoolEmpty("No network has a free floating IP address.")


async def _v4(tx: Tx, row: NetworkRow) -> SubnetId | None:
    subnets = (await network_records.subnets_of(tx, [row.id]))[row.id]
    return next((subnet.id for subnet in subnets if subnet.version == 4), None)
