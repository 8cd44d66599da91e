"""Routers, their interfaces and gateways (network.md 22.6). They are rows and ports: nothing is
routed by them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed
from synnefod.common.ids import PortId, ProjectId, SubnetId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network.groups import projects_of
from synnefod.network.interface import (
    NetworkConflict,
    NetworkNotFound,
    NetworkRow,
    PoolEmpty,
    Port,
    PortNotFound,
    Subnet,
    SubnetNotFound,
)
from synnefod.network.interface.routers import (
    GATEWAY,
    INTERFACE,
    GatewayWish,
    Interface,
    Router,
    RouterChange,
    RouterInterfaceNotFound,
    RouterInUse,
    RouterNotFound,
)
from synnefod.network.limits import Limits
from synnefod.network.records import networks as network_records
from synnefod.network.records import pools
from synnefod.network.records import ports as port_records
from synnefod.network.records import routers as records
from synnefod.network.tenancy import checked_name, sees
from synnefod.store.interface import Store, Tx

MOST_ROUTES = 30


@frozen
class RouterDesk:
    """See `Routers`."""

    store: Store
    clock: IClock
    limits: Limits

    def _now(self) -> int:
        return micros(self.clock.seconds())

    async def routers(self, principal: Principal) -> list[Router]:
        projects = projects_of(principal)
        return await self.store.read("list routers", lambda tx: records.visible(tx, projects))

    async def router(self, principal: Principal, number: int) -> Router:
        return await self.store.read("get router", lambda tx: one(tx, principal, number))

    async def create(
        self, principal: Principal, project: ProjectId, change: RouterChange
    ) -> Router:
        return await self.store.transact(
            "create router", lambda tx: self.make(tx, principal, project, change)
        )

    async def make(
        self, tx: Tx, principal: Principal, project: ProjectId, change: RouterChange
    ) -> Router:
        columns = _columns(change, [])
        await self.limits.check(tx, project, "router")
        number = await records.insert(
            tx, self._now(), **({"name": ""} | columns), owner=principal.user, project=project
        )
        if change.gateway is not None:
            await self._lead(tx, principal, number, change.gateway)
        return await one(tx, principal, number)

    async def modify(self, principal: Principal, number: int, change: RouterChange) -> Router:
        async def body(tx: Tx) -> Router:
            await one(tx, principal, number, lock=True)
            near = [cidr for _, cidr in await records.ranges(tx, number)]
            await records.change(tx, number, self._now(), **_columns(change, near))
            if change.gateway is not None:
                await self._lead(tx, principal, number, change.gateway)
            return await one(tx, principal, number)

        return await self.store.transact("modify router", body)

    async def delete(self, principal: Principal, number: int) -> None:
        async def body(tx: Tx) -> None:
            await one(tx, principal, number, lock=True)
            ports = await port_records.of_router(tx, number)
            if any(port.device_owner != GATEWAY for port in ports):
                raise RouterInUse(f"Router {number} has interfaces.")
            for port in ports:
                await self._remove(tx, port)
            await records.delete(tx, number)

        await self.store.transact("delete router", body)

    # -- the way outside

    async def _lead(self, tx: Tx, principal: Principal, number: int, wish: GatewayWish) -> None:
        """The router's gateway is as wished from now on."""
        await records.change(tx, number, self._now(), snat=int(wish.snat))
        old = [p for p in await port_records.of_router(tx, number) if p.device_owner == GATEWAY]
        if any(port.network == wish.network for port in old) and wish.address is None:
            return
        for port in old:
            await self._remove(tx, port)
        if wish.network is None:
            return
        network = await network_records.get(tx, wish.network, lock=True)
        if network is None or network.deleted or not sees(principal, network):
            raise NetworkNotFound(f"Network {wish.network} does not exist.")
        if not network.external_router:
            raise Malformed(f"Network {wish.network} does not lead outside.")
        if network.drained or network.action == "DESTROY":
            raise NetworkConflict(f"Network {wish.network} takes no new ports.")
        subnets = (await network_records.subnets_of(tx, [network.id]))[network.id]
        subnet = next((each for each in subnets if each.version == 4), None)
        given: list[tuple[Subnet, str]] = []
        if subnet is not None:
            given.append((subnet, await _taken(tx, subnet, wish.address)))
        await self._port(tx, number, network, given, UserId(""), ProjectId(""), GATEWAY)

    # -- interfaces

    async def add_interface(
        self, principal: Principal, number: int, *, subnet: SubnetId | None, port: PortId | None
    ) -> Interface:
        async def body(tx: Tx) -> Interface:
            router = await one(tx, principal, number, lock=True)
            if port is not None:
                found = await self._with_port(tx, principal, number, port)
            elif subnet is not None:
                found = await self._with_subnet(tx, principal, router, subnet)
            else:
                raise Malformed("An interface is given by a subnet or by a port.")
            await records.change(tx, number, self._now())
            return _interface(router, found)

        return await self.store.transact("add router interface", body)

    async def _with_subnet(
        self, tx: Tx, principal: Principal, router: Router, number: SubnetId
    ) -> Port:
        network, subnet = await _subnet(tx, principal, number)
        if subnet.gateway is None:
            raise Malformed(f"Subnet {number} has no gateway address.")
        await _apart(tx, router.id, [subnet])
        if await records.address_taken(tx, network.id, subnet.gateway):
            raise NetworkConflict(f"The address {subnet.gateway} is in use.")
        given = [(subnet, subnet.gateway)]
        port = await self._port(
            tx, router.id, network, given, router.owner, router.project, INTERFACE
        )
        found = await port_records.get(tx, port)
        assert found is not None
        return found

    async def join(self, tx: Tx, principal: Principal, router: Router, subnet: SubnetId) -> None:
        """An interface at the gateway of the subnet, in the caller's transaction."""
        await self._with_subnet(tx, principal, router, subnet)

    async def _with_port(self, tx: Tx, principal: Principal, router: int, number: PortId) -> Port:
        user = None if principal.is_admin else principal.user
        seen = await port_records.visible(tx, user, sorted(principal.projects), number)
        if not seen:
            raise PortNotFound(f"Port {number} does not exist.")
        port = seen[0]
        if port.server is not None or port.router is not None:
            raise NetworkConflict(f"Port {number} is in use.")
        if not port.ips:
            raise Malformed(f"Port {number} has no address.")
        known = (await network_records.subnets_of(tx, [port.network]))[port.network]
        mine = {ip.subnet for ip in port.ips}
        await _apart(tx, router, [subnet for subnet in known if subnet.id in mine])
        await port_records.change(
            tx, number, self._now(), router=router, device_owner=INTERFACE, state="ACTIVE"
        )
        return port

    async def remove_interface(
        self, principal: Principal, number: int, *, subnet: SubnetId | None, port: PortId | None
    ) -> Interface:
        async def body(tx: Tx) -> Interface:
            router = await one(tx, principal, number, lock=True)
            for each in await port_records.of_router(tx, number):
                here = any(ip.subnet == subnet for ip in each.ips)
                if each.device_owner != GATEWAY and (each.id == port or (port is None and here)):
                    await self._remove(tx, each)
                    await records.change(tx, number, self._now())
                    return _interface(router, each)
            raise RouterInterfaceNotFound(f"Router {number} has no such interface.")

        return await self.store.transact("remove router interface", body)

    async def _port(
        self,
        tx: Tx,
        router: int,
        network: NetworkRow,
        addresses: Sequence[tuple[Subnet, str]],
        owner: UserId,
        project: ProjectId,
        kind: str,
    ) -> PortId:
        now = self._now()
        port = await port_records.insert(
            tx,
            now,
            owner=owner,
            project=project,
            network=network.id,
            router=router,
            state="ACTIVE",
            device_owner=kind,
            public=int(network.public),
        )
        for subnet, address in addresses:
            await port_records.add_address(
                tx,
                now,
                network=network.id,
                subnet=subnet.id,
                port=port,
                owner=owner,
                project=project,
                address=address,
                version=subnet.version,
            )
        return port

    async def _remove(self, tx: Tx, port: Port) -> None:
        await port_records.drop_addresses(tx, port.id, self._now())
        await port_records.delete(tx, port.id)


def _interface(router: Router, port: Port) -> Interface:
    subnets = tuple(dict.fromkeys(SubnetId(ip.subnet) for ip in port.ips))
    return Interface(router.id, router.project, port.id, port.network, subnets)


def _columns(change: RouterChange, near: Sequence[str]) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if change.name is not None:
        columns["name"] = checked_name(change.name)
    if change.description is not None:
        columns["description"] = change.description
    if change.admin_up is not None:
        columns["admin_up"] = int(change.admin_up)
    if change.routes is not None:
        columns["routes"] = dump_text([_route(route, near) for route in change.routes])
        if len(change.routes) > MOST_ROUTES:
            raise Malformed(f"A router has at most {MOST_ROUTES} routes.")
    return columns


def _route(route: Mapping[str, Any], near: Sequence[str]) -> dict[str, str]:
    """Raises Malformed, also for a next hop that the router does not reach."""
    try:
        target = ipaddress.ip_network(str(route["destination"]))
        hop = ipaddress.ip_address(str(route["nexthop"]))
    except (KeyError, ValueError):
        raise Malformed("A route has a destination in CIDR notation and a nexthop.") from None
    if not any(hop in ipaddress.ip_network(cidr) for cidr in near):
        raise Malformed(f"The next hop {hop} is on no subnet of the router.")
    return {"destination": str(target), "nexthop": str(hop)}


async def one(tx: Tx, principal: Principal, number: int, *, lock: bool = False) -> Router:
    found = await records.visible(tx, projects_of(principal), number=number, lock=lock)
    if not found:
        raise RouterNotFound(f"Router {number} does not exist.")
    return found[0]


async def _subnet(tx: Tx, principal: Principal, number: SubnetId) -> tuple[NetworkRow, Subnet]:
    network = await network_records.network_of(tx, number)
    row = None if network is None else await network_records.get(tx, network, lock=True)
    if row is None or not sees(principal, row):
        raise SubnetNotFound(f"Subnet {number} does not exist.")
    known = (await network_records.subnets_of(tx, [row.id]))[row.id]
    return row, next(each for each in known if each.id == number)


async def _apart(tx: Tx, router: int, subnets: Sequence[Subnet]) -> None:
    """Raises Malformed when a range overlaps one that the router serves."""
    for _, cidr in await records.ranges(tx, router):
        for subnet in subnets:
            if ipaddress.ip_network(cidr).overlaps(ipaddress.ip_network(subnet.cidr)):
                raise Malformed(f"{subnet.cidr} overlaps with {cidr}, which the router serves.")


async def _taken(tx: Tx, subnet: Subnet, wished: str | None) -> str:
    if wished is not None:
        return await pools.take_exactly(tx, subnet.id, wished)
    address = await pools.take(tx, subnet.id)
    if address is None:
        raise PoolEmpty(f"Network {subnet.network} has no free address.")
    return address
