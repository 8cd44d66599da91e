"""The network service over a fresh store, with two people and what they often need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from twisted.internet.task import Clock

from synnefod.cluster.interface import Nic
from synnefod.common.ids import ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.network.interface import NetworkRow, NewNetwork, NewSubnet, Port, PortRequest
from synnefod.network.service import NetworkService, build, usual_flavors
from synnefod.network.tenancy import OFFER, Offer
from synnefod.store.interface import Tx

START = 1_700_000_000.0
MINUTE = 60.0


def person(name: str, *, admin: bool = False) -> Principal:
    return Principal(
        UserId(name), name, ProjectId(name), frozenset({ProjectId(name)}), is_admin=admin
    )


ann, bob, root = person("ann"), person("bob"), person("root", admin=True)
V4 = NewSubnet("192.0.2.0/24")
V6 = NewSubnet("2001:db8:1:2::/64")


def service(
    store: Any,
    clock: Any,
    backends: Any = None,
    quota: Any = None,
    offer: Offer = OFFER,
    **options: Any,
) -> NetworkService:
    """The service as assembly builds it."""
    flavors = usual_flavors("br0")
    return build(store, clock, backends, quota, flavors=flavors, offer=offer, **options)


class NetworkCase:
    """Mixin over OnSqlite or OnPostgres."""

    async def setUp(self: Any) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        self.store = await self.make_store()
        self.network = service(self.store, self.clock)

    async def do(self: Any, work: Callable[[Tx], Awaitable[Any]]) -> Any:
        return await self.store.transact("test", work)

    async def public(self: Any, *subnets: NewSubnet, **more: Any) -> NetworkRow:
        new = NewNetwork("public", public=True, subnets=subnets or (V4, V6), **more)
        row: NetworkRow = await self.network.create_network(new)
        return row

    async def private(self: Any, who: Principal = ann, *subnets: NewSubnet) -> NetworkRow:
        given = subnets or (NewSubnet("10.1.0.0/24"),)
        row: NetworkRow = await self.network.create_network(
            NewNetwork("private", owner=who.user, subnets=given)
        )
        return row

    async def claim(
        self: Any, number: int, *requests: PortRequest, who: Principal = ann
    ) -> list[Port]:
        ports: list[Port] = await self.do(
            lambda tx: self.network.claim_ports(tx, who, ServerId(number), requests)
        )
        return ports

    async def see(self: Any, number: int, *nics: Nic) -> None:
        await self.do(lambda tx: self.network.see_nics(tx, {ServerId(number): nics}))

    async def release(self: Any, number: int) -> None:
        await self.do(lambda tx: self.network.release_ports(tx, ServerId(number)))

    async def of(self: Any, number: int) -> list[Port]:
        found = await self.do(lambda tx: self.network.ports_of(tx, [ServerId(number)]))
        return list(found[ServerId(number)])

    async def refused(self: Any, kind: type[Exception], work: Awaitable[object]) -> Any:
        try:
            await work
        except kind as error:
            return error
        raise self.failureException(f"{kind.__name__} was not raised")

    async def rows(self: Any, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = await self.store.read(
            "look", lambda tx: tx.all(sql, **params)
        )
        return found


def nic(port: Port, mac: str = "aa:00:00:12:34:56", firewall: str | None = None) -> Nic:
    ip = next((ip.address for ip in port.ips if ip.version == 4), None)
    return Nic(f"snf-nic-{port.id}", mac, ip, f"snf-net-{port.network}", firewall)
