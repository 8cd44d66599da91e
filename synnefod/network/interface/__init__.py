"""Networks, ports and addresses: what compute and the doors need of them.

The values are those of `network/values`, offered here for those outside.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import NetworkEvent, Nic
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
from synnefod.network.values import (
    CARRIER,
    FixedIp,
    FloatingIp,
    FloatingIpId,
    FloatingIpNotFound,
    NetworkConflict,
    NetworkFinding,
    NetworkInUse,
    NetworkNotFound,
    NetworkRow,
    NewFloatingIp,
    NewNetwork,
    NewSubnet,
    NoNetwork,
    NoValue,
    OwnNetwork,
    PoolEmpty,
    Port,
    PortNotFound,
    PortRequest,
    Presence,
    Subnet,
    SubnetChange,
    SubnetNotFound,
    SubnetsFrozen,
    SubnetSize,
    Unreachable,
    Unsettled,
)
from synnefod.quota.interface import Charge
from synnefod.store.interface import Tx

__all__ = [
    "CARRIER",
    "FixedIp",
    "FloatingIp",
    "FloatingIpId",
    "FloatingIpNotFound",
    "Network",
    "NetworkConflict",
    "NetworkFinding",
    "NetworkInUse",
    "NetworkNotFound",
    "NetworkRow",
    "NetworkUpkeep",
    "NewFloatingIp",
    "NewNetwork",
    "NewSubnet",
    "NoNetwork",
    "NoValue",
    "OwnNetwork",
    "PoolEmpty",
    "Port",
    "PortNotFound",
    "PortRequest",
    "Presence",
    "Subnet",
    "SubnetChange",
    "SubnetNotFound",
    "SubnetSize",
    "SubnetsFrozen",
    "Unreachable",
    "Unsettled",
]


class NetworkUpkeep(Protocol):
    """Comparing networks and pools with what there is (chapter 18)."""

    @property
    def last(self) -> Mapping[str, tuple[int, list[NetworkFinding]]]:
        """The newest rounds of "networks" and "pools" that this daemon made by itself: when
        (microseconds), and what was found (OPS-120)."""

    async def networks(
        self, *, fix: bool = False, backend: BackendId | None = None
    ) -> list[NetworkFinding]:
        """The differences with one cluster or all, mended with `fix`. Clusters that are offline or
        do not answer are left out. Kinds: orphan, parted, stale, missing, hanging, unsynced,
        reserved, ending."""

    async def pools(self, *, fix: bool = False) -> list[NetworkFinding]:
        """What pools of addresses, bridges and MAC prefixes have wrong; what is used twice is
        never mended."""

    async def free_addresses(self) -> Mapping[BackendId, tuple[int, int]]:
        """Free IPv4 addresses of the public networks on each cluster, and how many there are."""

    async def bring_publics(self, backend: BackendId) -> list[NetworkId]:
        """Every public network is made and connected on this cluster, or jobs that will do it
        were submitted (OPS-064)."""


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

    async def adopt(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        places: Sequence[tuple[NetworkId, str | None]],
    ) -> list[Port]:
        """Ports for the NICs that a server has already, each with its network and address, in
        order. Raises NetworkNotFound, NetworkConflict (address taken), Malformed (no address of
        the network's pools)."""

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

    async def see_nics(
        self, tx: Tx, reports: Mapping[ServerId, Sequence[Nic]]
    ) -> list[tuple[ServerId, str]]:
        """The clusters report servers' NICs: MACs, addresses and states follow (ganeti.md 14.3).

        In few statements, and none more for what is as it was. Gives what could not be followed.
        """

    async def nic_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        """The `nics` of each server's create body (ganeti.md 5.1), in order. Three statements."""

    async def absent(self, tx: Tx, places: Mapping[ServerId, BackendId]) -> Collection[ServerId]:
        """Those servers of whose networks one is not ready on the cluster: see `ensure_on`."""

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        """The networks of the server's ports exist and are connected on this cluster, or jobs
        that will do it were submitted; their numbers, to depend on (GNT-032)."""

    async def apply(self, event: NetworkEvent) -> None:
        """A report about a network on a cluster (network.md 6.2). Repeating one changes nothing."""

    # -- for the doors

    async def networks(self, principal: Principal, *, since: int | None = None) -> list[NetworkRow]:
        """Own, public and shared ones, by id; everything for an administrator. `since` (micros):
        those changed since then, deleted ones too. Raises Malformed for a moment in the future
        or too long ago (NET-019 to NET-021)."""

    async def network(
        self, principal: Principal, network: NetworkId, *, deleted: bool = False
    ) -> NetworkRow:
        """Raises NetworkNotFound, also when the asker may not see it. `deleted`: such ones too."""

    async def subnets(self, principal: Principal, *, since: int | None = None) -> list[Subnet]:
        """The subnets of the networks that the asker sees. `since` as for networks."""

    async def subnet(self, principal: Principal, subnet: SubnetId) -> Subnet:
        """Raises SubnetNotFound."""

    async def ports(self, principal: Principal) -> list[Port]:
        """The asker's ports, those on private networks that the asker sees, and those with an
        address that the asker sees (NET-224); everybody's for an administrator."""

    async def port(self, principal: Principal, port: PortId) -> Port:
        """Raises PortNotFound."""

    async def create_network(self, new: NewNetwork) -> NetworkRow:
        """A network with its subnets, on no cluster yet. Raises Malformed, Conflict, TooLarge."""

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        """On which clusters the network is."""

    # -- private networks of users

    async def create_own(self, principal: Principal, new: OwnNetwork) -> NetworkRow:
        """One alone. Raises as `create_networks`."""

    async def create_networks(
        self, principal: Principal, news: Sequence[OwnNetwork]
    ) -> list[NetworkRow]:
        """Private networks, all or none, charged to their projects in the same transaction.
        Raises Malformed (unknown flavor, name, foreign project), Forbidden (flavor or sharing not
        offered), OverQuota, NoValue."""

    async def rename_network(
        self, principal: Principal, network: NetworkId, name: str
    ) -> NetworkRow:
        """Raises NetworkNotFound, Forbidden (public), Malformed (deleted, name)."""

    async def delete_network(self, principal: Principal, network: NetworkId) -> None:
        """Gone at once if it is on no cluster; else it is taken off each first (network.md 6.1).
        A second call while that goes on asks again. Raises NetworkNotFound, Forbidden, Malformed
        (deleted already), NetworkInUse."""

    async def reassign_network(
        self, principal: Principal, network: NetworkId, project: ProjectId, *, shared: bool
    ) -> None:
        """Moves the charge, and sets the sharing. Raises NetworkNotFound, Forbidden, Malformed,
        OverQuota."""

    async def create_subnet(
        self, principal: Principal, network: NetworkId, new: NewSubnet, *, hide: bool = False
    ) -> Subnet:
        """One alone. Raises as `create_subnets`."""

    async def create_subnets(
        self,
        principal: Principal,
        news: Sequence[tuple[NetworkId, NewSubnet]],
        *,
        hide: bool = False,
    ) -> list[Subnet]:
        """By the owner of networks that were on no cluster yet; all or none. `hide`: foreign ones
        are not found. Raises NetworkNotFound, Forbidden, Malformed, SubnetsFrozen, SubnetSize,
        NetworkConflict (pools)."""

    async def change_subnet(
        self, principal: Principal, subnet: SubnetId, change: SubnetChange
    ) -> Subnet:
        """The name always; the rest as long as the network is on no cluster. Raises as above."""

    async def delete_subnet(self, principal: Principal, subnet: SubnetId) -> None:
        """Raises SubnetNotFound, Forbidden, NetworkInUse (ports use it)."""

    # -- ports

    async def create_port(
        self, principal: Principal, request: PortRequest, *, name: str = ""
    ) -> Port:
        """One alone. Raises as `claim_port`."""

    async def create_ports(
        self, principal: Principal, wishes: Sequence[tuple[PortRequest, str]]
    ) -> list[Port]:
        """Ports of no server with their names, all or none, their addresses kept (NET-109). Raises
        as `claim_port`."""

    async def rename_port(self, principal: Principal, port: PortId, name: str) -> Port:
        """An empty name leaves it. Raises PortNotFound, Malformed."""

    async def delete_port(self, principal: Principal, port: PortId) -> None:
        """One that no server has, at once. Raises PortNotFound, Forbidden (public, without a
        floating IP), NetworkInUse (a server has it: compute takes it off)."""

    async def claim_port(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        request: PortRequest,
        *,
        name: str = "",
    ) -> Port:
        """One more port of a server, in BUILD, behind its others; a request for an existing port
        takes that. A public network needs a floating IP as `address` (NET-104). Raises NotFound,
        NetworkConflict, Malformed (addresses, too many ports)."""

    async def claim_floating(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        """A port of the server with this floating IP (NET-154), owned by the asker. Raises
        FloatingIpNotFound, NetworkConflict (in use), Malformed (too many ports)."""

    async def floating_port(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        """The server's port with this floating IP (NET-155). Raises FloatingIpNotFound for one
        that is nobody's; Malformed when it is not on this server (NET-162)."""

    async def release_port(self, tx: Tx, port: PortId, *, reason: str = "") -> None:
        """The port is gone: a plain address returns to its pool, a floating one is detached. A
        second call does nothing."""

    async def give_groups(
        self, tx: Tx, principal: Principal, port: PortId, groups: Collection[int]
    ) -> Port:
        """See `SecurityGroups.give`."""

    async def profile_chosen(self, tx: Tx, port: PortId, profile: str) -> None:
        """Somebody chose a firewall profile by its name: it takes the place of the port's
        security groups (network.md 22.5)."""

    async def port_in(self, tx: Tx, principal: Principal, port: PortId) -> Port:
        """A visible port, in the caller's transaction. Raises PortNotFound; Forbidden for one on
        a public network without a floating IP when it is to be taken off (NET-120)."""

    # -- floating IPs

    async def floating_ips(
        self, principal: Principal, *, since: int | None = None
    ) -> list[FloatingIp]:
        """Own ones and those shared in the asker's projects, by id. `since` as for networks."""

    async def floating_ip(self, principal: Principal, number: FloatingIpId) -> FloatingIp:
        """Raises FloatingIpNotFound."""

    async def create_floating_ip(self, principal: Principal, new: NewFloatingIp) -> FloatingIp:
        """Charged in the same transaction. Raises NetworkNotFound, NetworkConflict, PoolEmpty,
        Malformed, Forbidden (sharing), OverQuota."""

    async def associate(
        self,
        principal: Principal,
        number: FloatingIpId,
        port: PortId | None,
        fixed: str | None = None,
    ) -> FloatingIp:
        """The address stands for this port (at its address `fixed`), or for none; a port on the
        port's server carries it as soon as `unsettled` was seen to. Raises FloatingIpNotFound,
        PortNotFound, NetworkConflict, Unreachable, Malformed."""

    async def unsettled(self, number: FloatingIpId | None = None) -> list[Unsettled]:
        """What is to be plugged in or taken off so that floating IPs are where they belong."""

    async def delete_floating_ip(self, principal: Principal, number: FloatingIpId) -> None:
        """Raises FloatingIpNotFound; NetworkInUse while it is on a port."""

    async def reassign_floating_ip(
        self, principal: Principal, number: FloatingIpId, project: ProjectId, *, shared: bool
    ) -> None:
        """As `reassign_network`; also while it is on a port (NET-152)."""

    @property
    def upkeep(self) -> NetworkUpkeep: ...

    # -- background

    async def give_ports(self, tx: Tx, server: ServerId, old: UserId, new: UserId) -> list[Charge]:
        """Ports of the server that are `old`'s, and their addresses, are `new`'s, in the own
        project; public addresses tell so in their history. What is to be charged for floating ones
        is given back."""

    async def address_history(self, address: str) -> list[tuple[int, str, int, UserId]]:
        """(when in micros, associate or disassociate, server, its owner then), newest first."""

    async def own_history(self, user: UserId) -> list[tuple[str, int, str, int]]:
        """(address, when in micros, action, server) of the public ones, newest first."""

    async def network_counts(self) -> Mapping[str, int]:
        """How many networks there are in each state; of those that are gone, DELETED."""

    async def address_pools(self) -> list[tuple[bool, int, int]]:
        """Of each network that floating IPs are drawn from: whether it is drained, how many IPv4
        addresses there are, and how many are free."""

    async def clear_away(self) -> int:
        """Takes networks that are being destroyed off the clusters that still have them; how many
        were looked at. Repeating it makes no job twice while one is under way."""

    async def open_jobs(self) -> list[tuple[BackendId, JobId]]:
        """Jobs about networks whose end nobody told of yet, to be asked for."""

    async def lost_job(self, backend: BackendId, job: JobId) -> bool:
        """The cluster does not know the job any more. Whether it was one of `open_jobs`."""
