"""Networks, ports and addresses: what compute needs of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import Nic
from synnefod.common.ids import JobId, NetworkId, PortId, ProjectId, ServerId, UserId
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx


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
    """What compute may ask. Methods with `tx` join the caller's transaction."""

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        """Makes (or takes) the ports of a new server, addresses given, in order.

        Raises NotFound, Conflict (address taken, pool empty), Forbidden.
        """

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
