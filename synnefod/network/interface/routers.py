"""Routers: kept and shown, with their interfaces and gateways as ports; they route nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import frozen

from synnefod.common.errors import Conflict, NotFound
from synnefod.common.ids import NetworkId, PortId, ProjectId, SubnetId, UserId
from synnefod.common.principal import Principal
from synnefod.network.values import FixedIp

INTERFACE, GATEWAY = "network:router_interface", "network:router_gateway"
"""`device_owner` of a router's ports."""


class RouterNotFound(NotFound):
    """Router does not exist."""


class RouterInUse(Conflict):
    """The router has interfaces."""


class RouterInterfaceNotFound(NotFound):
    """The router has no such interface."""


@frozen
class Router:
    """`gateway` None: it leads nowhere outside; `outside` are the gateway's addresses."""

    id: int
    name: str
    owner: UserId
    project: ProjectId
    description: str
    admin_up: bool
    snat: bool
    routes: tuple[Mapping[str, Any], ...]
    labels: tuple[str, ...]
    revision: int
    created: int
    updated: int
    gateway: NetworkId | None = None
    outside: tuple[FixedIp, ...] = ()


@frozen
class GatewayWish:
    """The outside network; None takes the gateway away. `address`: this one, if it is free."""

    network: NetworkId | None
    snat: bool = True
    address: str | None = None


@frozen
class RouterChange:
    """What a router is to be; None leaves it (of a new one: the usual)."""

    name: str | None = None
    description: str | None = None
    admin_up: bool | None = None
    routes: tuple[Mapping[str, Any], ...] | None = None
    gateway: GatewayWish | None = None


@frozen
class Interface:
    """A router's port on a network, with the subnets that its addresses are of."""

    router: int
    project: ProjectId
    port: PortId
    network: NetworkId
    subnets: tuple[SubnetId, ...]


class Routers(Protocol):
    """The noun router. The members of a project see its routers; administrators all."""

    async def routers(self, principal: Principal) -> list[Router]: ...

    async def router(self, principal: Principal, number: int) -> Router:
        """Raises RouterNotFound."""

    async def create(
        self, principal: Principal, project: ProjectId, change: RouterChange
    ) -> Router:
        """Raises Malformed (no outside network, routes), NetworkNotFound, PoolEmpty,
        LimitReached."""

    async def modify(self, principal: Principal, number: int, change: RouterChange) -> Router:
        """Raises RouterNotFound, and as `create`."""

    async def delete(self, principal: Principal, number: int) -> None:
        """Raises RouterNotFound, RouterInUse."""

    async def add_interface(
        self, principal: Principal, number: int, *, subnet: SubnetId | None, port: PortId | None
    ) -> Interface:
        """At the gateway address of the subnet, or with this port. Raises RouterNotFound,
        SubnetNotFound, PortNotFound, Malformed (no gateway, ranges overlap), NetworkConflict (the
        address or the port is in use)."""

    async def remove_interface(
        self, principal: Principal, number: int, *, subnet: SubnetId | None, port: PortId | None
    ) -> Interface:
        """Raises RouterNotFound, RouterInterfaceNotFound."""
