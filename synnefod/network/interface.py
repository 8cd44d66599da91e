"""Networks, ports and addresses: what compute needs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import NetworkEvent, Nic
from synnefod.common.errors import Conflict, NotFound, Unavailable
from synnefod.common.ids import (
    BackendId,
    JobId,
    NetworkId,
    PortId,
    ProjectId,
    ServerId,
    SubnetId,
    UserId,
)
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx


class NetworkNotFound(NotFound):
    """Network does not exist."""


class SubnetNotFound(NotFound):
    """Subnet does not exist."""


class PortNotFound(NotFound):
    """Port does not exist."""


class PoolEmpty(Conflict):
    """No address of the network is free."""


class NoNetwork(Unavailable):
    """No public network has an address for the server."""


@frozen
class NetworkRow:
    """A network (network.md 4). `owner` None: nobody's; `subnets` are the live ones' numbers."""

    id: NetworkId
    name: str
    owner: UserId | None
    project: ProjectId | None
    flavor: str
    mode: str
    link: str
    mac_prefix: str
    tags: tuple[str, ...]
    public: bool
    drained: bool
    floating_ip_pool: bool
    external_router: bool
    state: str
    action: str | None
    deleted: bool
    created: int
    updated: int
    subnets: tuple[SubnetId, ...]


@frozen
class Subnet:
    """A subnet; `version` 4 or 6. `pools` (IPv4) are first and last addresses, as text."""

    id: SubnetId
    network: NetworkId
    name: str
    owner: UserId | None
    version: int
    cidr: str
    gateway: str | None
    dhcp: bool
    dns_nameservers: tuple[str, ...]
    host_routes: tuple[str, ...]
    deleted: bool
    created: int
    updated: int
    public: bool = False
    project: ProjectId | None = None
    pools: tuple[tuple[str, str], ...] = ()


@frozen
class Presence:
    """A network on one cluster: its state, the jobs that connect it, its last event's time."""

    operstate: str
    connect_jobs: tuple[int, ...]
    event_time: int


@frozen
class NewSubnet:
    """A subnet to be made with a network: `gateway` "auto" is the first host, None is none."""

    cidr: str
    gateway: str | None = "auto"
    dhcp: bool = True
    name: str = ""
    pools: tuple[tuple[str, str], ...] | None = None
    dns_nameservers: tuple[str, ...] = ()


@frozen
class NewNetwork:
    """A network as an administrator makes it (network.md 16). `link` None: the flavor's."""

    name: str
    flavor: str = "CUSTOM"
    public: bool = False
    owner: UserId | None = None
    project: ProjectId | None = None
    mode: str | None = None
    link: str | None = None
    mac_prefix: str | None = None
    tags: tuple[str, ...] | None = None
    drained: bool = False
    floating_ip_pool: bool = False
    subnets: tuple[NewSubnet, ...] = ()


@frozen
class PortRequest:
    """What a new server asks: a network, or an existing port; a fixed address if wanted.

    All None means: what this deployment gives by default (network.md 17).
    """

    network: NetworkId | None = None
    port: PortId | None = None
    address: str | None = None


@frozen
class FixedIp:
    """An address of a port. `subnet` is its subnet's number; version 4 or 6."""

    address: str
    subnet: int
    version: int
    floating: bool = False


@frozen
class Port:
    """A port ("NIC"). `state` is BUILD, ACTIVE, ERROR or DOWN; times in micros."""

    id: PortId
    name: str
    network: NetworkId
    network_name: str
    public: bool
    server: ServerId | None
    user: UserId
    project: ProjectId
    mac: str
    state: str
    index: int
    firewall: str
    ips: tuple[FixedIp, ...]
    created: int
    updated: int


class Network(Protocol):
    """What compute and the doors may ask. Methods with `tx` join the caller's transaction."""

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        """Makes (or takes) the ports of a new server, addresses given, in order.

        Raises NotFound, Conflict (address taken, pool empty), Forbidden, Malformed (no address of
        the network's pools, too many ports), NoNetwork (all public networks are full).
        """

    async def connect(
        self, tx: Tx, principal: Principal, server: ServerId, request: PortRequest
    ) -> Port:
        """One port more for an existing server, in BUILD until its cluster shows the NIC.

        Raises as `claim_ports` does.
        """

    async def take_back(self, tx: Tx, port: PortId, *, keep: bool) -> None:
        """The NIC was not added: its port is gone, or with `keep` belongs to no server again.
        A port that its cluster has shown is left alone."""

    async def release_ports(self, tx: Tx, server: ServerId) -> None:
        """The server is gone: its ports and plain addresses too; floating IPs are detached."""

    async def fail_ports(self, tx: Tx, server: ServerId) -> None:
        """The server could not be built: its ports are in ERROR."""

    async def ports_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Port]]:
        """The ports of these servers by index, in a constant number of statements."""

    async def see_nics(self, tx: Tx, server: ServerId, nics: Sequence[Nic]) -> None:
        """The cluster reports the server's NICs: MACs and states follow (ganeti.md 14.3)."""

    async def nic_bodies(self, tx: Tx, server: ServerId) -> list[dict[str, Any]]:
        """The `nics` of a create body (ganeti.md 5.1), in order."""

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        """The networks of the server's ports exist and are connected on this cluster, or jobs
        that will do it were submitted; their numbers, to depend on (GNT-032)."""

    async def apply(self, event: NetworkEvent) -> None:
        """A report about a network on a cluster (network.md 6.2). Repeating one changes nothing."""

    # -- for the doors

    async def networks(self, principal: Principal) -> list[NetworkRow]:
        """Own, public and shared ones, by id; everything for an administrator."""

    async def network(self, principal: Principal, network: NetworkId) -> NetworkRow:
        """Raises NetworkNotFound, also when the asker may not see it."""

    async def subnets(self, principal: Principal) -> list[Subnet]:
        """The subnets of the networks that the asker sees."""

    async def subnet(self, principal: Principal, subnet: SubnetId) -> Subnet:
        """Raises SubnetNotFound."""

    async def ports(self, principal: Principal) -> list[Port]:
        """The asker's ports; everybody's for an administrator."""

    async def port(self, principal: Principal, port: PortId) -> Port:
        """Raises PortNotFound."""

    async def create_network(self, new: NewNetwork) -> NetworkRow:
        """A network with its subnets, on no cluster yet. Raises Malformed, Conflict, TooLarge."""

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        """On which clusters the network is."""
