"""What administrators do with networks, subnets, addresses and pools (network.md 16)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.errors import AlreadyExists, NotFound
from synnefod.common.ids import BackendId, JobId, NetworkId, ServerId, SubnetId, UserId
from synnefod.network.values import NetworkRow, Presence, Subnet


class PoolExists(AlreadyExists):
    """There is a pool of this kind."""


class PoolNotFound(NotFound):
    """There is no pool of this kind."""


@frozen
class NetworkChange:
    """What to change of a network; None leaves it. `reserve` and `unreserve`: IPv4 addresses that
    are to be kept back, or no longer."""

    name: str | None = None
    owner: UserId | None = None
    drained: bool | None = None
    floating_ip_pool: bool | None = None
    reserve: tuple[str, ...] = ()
    unreserve: tuple[str, ...] = ()


@frozen
class Standing:
    """How much is on a network: servers, and the clusters that have it."""

    servers: int = 0
    backends: tuple[BackendId, ...] = ()


@frozen
class PoolMap:
    """A range of addresses: `marks` has "." for each free one, "X" for each that is not; `kept`
    are those kept back."""

    first: str
    last: str
    marks: str
    kept: tuple[str, ...]


@frozen
class AddressEvent:
    """A public address came to a server, or left it: `action` associate or disassociate."""

    address: str
    server: ServerId
    network: NetworkId
    user: UserId
    action: str
    moment: int
    reason: str


@frozen
class ValuePool:
    """A pool of bridges or MAC prefixes. `available`: given out by nobody; `reserved`: kept back;
    the marks are as those of `PoolMap`, one for each bit."""

    kind: str
    base: str
    size: int
    offset: int
    available: int
    reserved: int
    available_marks: str
    reserved_marks: str


@frozen
class PoolChange:
    """What to change of a pool; `keep` and `unkeep` name values."""

    base: str | None = None
    size: int | None = None
    offset: int | None = None
    keep: tuple[str, ...] = ()
    unkeep: tuple[str, ...] = ()


class NetworkAdministration(Protocol):
    """Beyond what users may. Nothing here asks who calls."""

    async def networks(self, *, deleted: bool) -> list[NetworkRow]:
        """All live networks, or all deleted ones."""

    async def subnets(self, *, deleted: bool) -> list[Subnet]: ...

    async def standings(self) -> Mapping[NetworkId, Standing]: ...

    async def modify(self, network: NetworkId, change: NetworkChange) -> NetworkRow:
        """A new owner is charged for a private network. Raises NetworkNotFound, Malformed,
        NetworkInUse (floating IPs live, and it is to be no pool of them any more)."""

    async def put_on(self, network: NetworkId, backend: BackendId) -> list[JobId]:
        """Makes and connects the network on a cluster; the jobs that do it. Raises NotFound,
        Conflict, and what the cluster raises."""

    async def put_everywhere(self, network: NetworkId) -> Mapping[str, str]:
        """The same on every cluster that is not offline; what each that refused said."""

    async def take_off(
        self, network: NetworkId, backend: BackendId, servers: Collection[ServerId]
    ) -> None:
        """Asks a cluster to remove the network. `servers` are those that stand there. Raises
        NotFound, NetworkInUse (one of them is connected to the network)."""

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]: ...

    async def maps(self, subnet: SubnetId) -> list[PoolMap]: ...

    async def history(
        self,
        *,
        address: str | None = None,
        server: ServerId | None = None,
        user: UserId | None = None,
    ) -> list[AddressEvent]:
        """By time."""

    async def pools(self) -> Sequence[ValuePool]: ...

    async def pool(self, kind: str) -> ValuePool:
        """Raises PoolNotFound."""

    async def create_pool(self, kind: str, base: str, size: int, offset: int = 0) -> ValuePool:
        """Raises PoolExists, Malformed (kind, base, size)."""

    async def modify_pool(self, kind: str, change: PoolChange) -> ValuePool:
        """The size last. Raises PoolNotFound, Malformed, NetworkInUse (values beyond the new
        size, or any with a new base, are in use)."""

    async def remove_pool(self, kind: str) -> None:
        """Raises PoolNotFound; NetworkInUse while values are in use."""
