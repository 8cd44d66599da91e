"""Ranges that subnets are carved from, and the topology that a project gets by itself."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from synnefod.common.errors import Conflict, NotFound
from synnefod.common.ids import NetworkId, ProjectId, UserId
from synnefod.common.principal import Principal


class SubnetPoolNotFound(NotFound):
    """Subnet pool does not exist."""


class SubnetPoolInUse(Conflict):
    """Subnets were carved from the pool."""


class SubnetPoolEmpty(Conflict):
    """No free range of this length is left in the pool."""


class NoTopology(Conflict):
    """The deployment has no default outside network or no default subnet pool."""


class TopologyNotFound(NotFound):
    """The project has no topology that was made for it."""


@frozen
class SubnetPool:
    """`usual_length`, `shortest`, `longest` are prefix lengths; `usual`: the default of its IP
    version; `quota`: how many addresses of it a project may carve, None: any number."""

    id: int
    name: str
    owner: UserId
    project: ProjectId
    version: int
    prefixes: tuple[str, ...]
    usual_length: int
    shortest: int
    longest: int
    shared: bool
    usual: bool
    quota: int | None
    description: str
    labels: tuple[str, ...]
    revision: int
    created: int
    updated: int


@frozen
class SubnetPoolWish:
    """What a pool is to be; None leaves it (of a new one: the usual)."""

    name: str | None = None
    prefixes: tuple[str, ...] | None = None
    usual_length: int | None = None
    shortest: int | None = None
    longest: int | None = None
    shared: bool | None = None
    usual: bool | None = None
    quota: int | None = None
    description: str | None = None


class SubnetPools(Protocol):
    """The noun subnet pool: the project's own, and shared ones."""

    async def pools(self, principal: Principal) -> list[SubnetPool]: ...

    async def pool(self, principal: Principal, number: int) -> SubnetPool:
        """Raises SubnetPoolNotFound."""

    async def create(
        self, principal: Principal, project: ProjectId, wish: SubnetPoolWish
    ) -> SubnetPool:
        """Raises Malformed, Forbidden (shared, default), LimitReached."""

    async def modify(self, principal: Principal, number: int, wish: SubnetPoolWish) -> SubnetPool:
        """Prefixes are only added. Raises SubnetPoolNotFound, and as `create`."""

    async def delete(self, principal: Principal, number: int) -> None:
        """Raises SubnetPoolNotFound, SubnetPoolInUse."""


class Topologies(Protocol):
    """A network, a subnet and a router for those who want no choice (network.md 22.10)."""

    async def topology(self, principal: Principal, project: ProjectId) -> NetworkId:
        """The project's, made when it has none. Raises NoTopology, and as the makers of its
        parts."""

    async def ready(self, principal: Principal) -> None:
        """Raises NoTopology when none could be made."""

    async def delete(self, principal: Principal, project: ProjectId) -> None:
        """Raises TopologyNotFound, NetworkInUse."""
