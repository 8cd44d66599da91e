"""Networks, subnets, ports and addresses as values, and the service's own refusals."""

from __future__ import annotations

from typing import Any, NewType

from attrs import frozen

from synnefod.common.errors import Conflict, Malformed, NotFound, TooLarge, Unavailable
from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId, SubnetId, UserId


class NetworkNotFound(NotFound):
    """Network does not exist."""


class SubnetNotFound(NotFound):
    """Subnet does not exist."""


class PortNotFound(NotFound):
    """Port does not exist."""


class FloatingIpNotFound(NotFound):
    """Floating IP address does not exist."""


class Unreachable(NotFound):
    """No router joins the port to the outside network."""


class NetworkConflict(Conflict):
    """The network, port or address is in a state that does not allow this."""


class NetworkInUse(NetworkConflict):
    """The network or subnet is in use."""


class SubnetsFrozen(Malformed):
    """A server was once connected to the network: its subnets do not change (NET-074)."""


class SubnetSize(TooLarge):
    """The range of a subnet is larger or smaller than allowed (NET-076)."""


class PoolEmpty(NetworkConflict):
    """No address of the network is free."""


class NoValue(Unavailable):
    """No link or MAC prefix is left for networks of this flavor (NET-036)."""


class NoNetwork(Unavailable):
    """No public network has an address for the server."""


CARRIER = "network:floatingip"
"""`device_owner` of a port that carries a floating IP to the server of the port it stands for."""
FloatingIpId = NewType("FloatingIpId", int)


@frozen
class NetworkRow:
    """A network (network.md 4). `owner` None: nobody's; `subnets` are the live ones' numbers;
    `labels` are the clients' tags, `tags` the clusters'; `revision` counts changes."""

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
    shared: bool = False
    admin_up: bool = True
    description: str = ""
    labels: tuple[str, ...] = ()
    revision: int = 1


@frozen
class Subnet:
    """A subnet; `version` 4 or 6. `pools` (IPv4) are first and last addresses, as text; `pool` is
    the subnet pool that it was carved from."""

    id: SubnetId
    network: NetworkId
    name: str
    owner: UserId | None
    version: int
    cidr: str
    gateway: str | None
    dhcp: bool
    dns_nameservers: tuple[str, ...]
    host_routes: tuple[Any, ...]
    deleted: bool
    created: int
    updated: int
    public: bool = False
    project: ProjectId | None = None
    pools: tuple[tuple[str, str], ...] = ()
    pool: int | None = None
    description: str = ""
    labels: tuple[str, ...] = ()
    revision: int = 1


@frozen
class Presence:
    """A network on one cluster: its state, the jobs that connect it, its last event's time."""

    operstate: str
    connect_jobs: tuple[int, ...]
    event_time: int


@frozen
class NewSubnet:
    """A subnet to be made with a network: `gateway` "auto" is the first host, None is none.

    `pool`: the subnet pool that the range comes from, 0 for the default one; `cidr` "" then means
    any range, of the prefix `length` if one is given.
    """

    cidr: str
    gateway: str | None = "auto"
    dhcp: bool = True
    name: str = ""
    pools: tuple[tuple[str, str], ...] | None = None
    dns_nameservers: tuple[str, ...] = ()
    host_routes: tuple[Any, ...] = ()
    version: int | None = None
    description: str = ""
    pool: int | None = None
    length: int | None = None


@frozen
class SubnetChange:
    """What to change of a subnet; None leaves it. `gateway` "" takes it away."""

    name: str | None = None
    gateway: str | None = None
    dhcp: bool | None = None
    pools: tuple[tuple[str, str], ...] | None = None
    dns_nameservers: tuple[str, ...] | None = None
    host_routes: tuple[Any, ...] | None = None


@frozen
class OwnNetwork:
    """A private network as its user asks for it. `project` None: that of the token; `flavor` "":
    the usual one; `shared`: with the members of the project."""

    name: str = ""
    flavor: str = ""
    project: ProjectId | None = None
    shared: bool = False
    admin_up: bool = True
    description: str = ""


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

    All None means: what this deployment gives by default (network.md 17). The address "" is a
    null that was sent: any one, and on a public network none (NET-205). `groups` None: those of
    the port's firewall profile.
    """

    network: NetworkId | None = None
    port: PortId | None = None
    address: str | None = None
    groups: tuple[int, ...] | None = None
    description: str = ""
    admin_up: bool = True


@frozen
class FixedIp:
    """An address of a port. `subnet` is its subnet's number; version 4 or 6."""

    address: str
    subnet: int
    version: int
    floating: bool = False


@frozen
class FloatingIp:
    """A public address that its owner keeps. `port` and `server` None: on no port; micros.
    `target`: the port that it stands for, with `fixed` its address (network.md 22.7)."""

    id: FloatingIpId
    address: str
    network: NetworkId
    port: PortId | None
    server: ServerId | None
    owner: UserId
    project: ProjectId
    shared: bool
    created: int
    updated: int
    target: PortId | None = None
    fixed: str | None = None
    router: int | None = None
    description: str = ""
    labels: tuple[str, ...] = ()
    revision: int = 1
    deleted: bool = False
    """It was given back, `updated` tells when."""


@frozen
class NewFloatingIp:
    """An address that a user asks for. `network` None: of any pool with room, `address` then
    means nothing (NET-144); `project` None: that of the token; `target`: the port that it is to
    stand for, at its address `fixed` or any."""

    network: NetworkId | None = None
    address: str | None = None
    project: ProjectId | None = None
    shared: bool = False
    description: str = ""
    target: PortId | None = None
    fixed: str | None = None


@frozen
class Unsettled:
    """A floating IP that is not where it belongs: it is to come to `server` (`port` None), or its
    port there is to go."""

    number: FloatingIpId
    address: str
    owner: UserId
    project: ProjectId
    server: ServerId
    port: PortId | None


@frozen
class Port:
    """A port ("NIC"). `state` is BUILD, ACTIVE, ERROR or DOWN; times in micros. `groups` are the
    security groups that it was given, none for those of its profile, with their `group_names`;
    `router`: whose it is."""

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
    device_owner: str | None = None
    router: int | None = None
    groups: tuple[int, ...] = ()
    group_names: tuple[str, ...] = ()
    admin_up: bool = True
    description: str = ""
    labels: tuple[str, ...] = ()
    revision: int = 1

    @property
    def stays(self) -> bool:
        """On a public network without a floating IP: only its server's end removes it (NET-120)."""
        own = self.router is None and not any(ip.floating for ip in self.ips)
        return self.public and own


@frozen
class NetworkFinding:
    """A difference between rows and clusters, or between pools and what uses them (chapter 18).
    `network` 0: of no single one. `result`: reported, fixed, or remains with the reason."""

    kind: str
    backend: str
    network: int
    what: str
    result: str
