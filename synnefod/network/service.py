"""The network service as one object: its nouns behind the Network protocol."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import frozen

from synnefod.backends.interface import Backend, Backends
from synnefod.cluster.interface import NetworkEvent, Nic
from synnefod.common.clockwork import IClock
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
from synnefod.network.connectivity import Connectivity, Given
from synnefod.network.describing import Descriptions
from synnefod.network.desk import Desk
from synnefod.network.floating import FloatingIps
from synnefod.network.groups import Groups
from synnefod.network.interface import (
    FloatingIp,
    FloatingIpId,
    NetworkRow,
    NewFloatingIp,
    NewNetwork,
    NewSubnet,
    OwnNetwork,
    Port,
    PortRequest,
    Presence,
    Subnet,
    SubnetChange,
    Unsettled,
)
from synnefod.network.interface.rooms import Availability
from synnefod.network.joining import Joining
from synnefod.network.limits import Limits
from synnefod.network.networks import Flavor, Networks
from synnefod.network.ports import Ports
from synnefod.network.provisioning import Provisioning
from synnefod.network.reconcile import Upkeep
from synnefod.network.records import networks as network_records
from synnefod.network.records.values import BRIDGE, MAC_PREFIX
from synnefod.network.routers import RouterDesk
from synnefod.network.seeing import Seeing
from synnefod.network.subnetpools import PoolDesk
from synnefod.network.subnetting import Subnetting
from synnefod.network.tenancy import OFFER, Offer, Tenancy
from synnefod.network.topologies import TopologyDesk
from synnefod.quota.interface import Charge, Quota
from synnefod.store.interface import Store, Tx


def usual_flavors(
    bridge: str, mac_prefix: str = "aa:00:0", filtered_bridge: str = "prv0"
) -> dict[str, Flavor]:
    """The four flavors (network.md 5). MAC_FILTERED takes its prefixes, PHYSICAL_VLAN its links
    from their pools."""
    return {
        "CUSTOM": Flavor("bridged", bridge, mac_prefix),
        "IP_LESS_ROUTED": Flavor("routed", "", mac_prefix, ("ip-less-routed",), own_link=True),
        "MAC_FILTERED": Flavor(
            "bridged", filtered_bridge, "", ("private-filtered",), prefix_pool=MAC_PREFIX
        ),
        "PHYSICAL_VLAN": Flavor("bridged", "", mac_prefix, ("physical-vlan",), link_pool=BRIDGE),
    }


def build(
    store: Store,
    clock: IClock,
    backends: Backends,
    quota: Quota | None,
    *,
    flavors: Mapping[str, Flavor],
    prefix: str = "snf-",
    offer: Offer = OFFER,
    give_public: bool = True,
    given: Given | None = None,
) -> NetworkService:
    """The whole service. `prefix` begins names on the clusters; `given`: what new servers get;
    None is what `give_public` says alone."""
    tenancy = Tenancy(store, clock, flavors, quota, offer, prefix)
    limits = Limits(store)
    groups = Groups(store, clock, limits)
    cards = Ports(store, clock, prefix, limits, groups)
    subnet_pools = PoolDesk(store, clock, limits)
    subnetting = Subnetting(store, clock, offer, limits, subnet_pools)
    routers = RouterDesk(store, clock, limits)
    provisioning = Provisioning(store, clock, backends, prefix, tenancy)
    return NetworkService(
        Networks(store, clock, flavors, offer.poll_limit, prefix, tenancy.charge),
        cards,
        provisioning,
        tenancy,
        subnetting,
        Joining(cards, groups),
        FloatingIps(store, clock, quota, tenancy),
        Connectivity(cards, given or Given(public=give_public)),
        Upkeep(store, clock, backends, provisioning, tenancy, flavors, prefix),
        Desk(store, clock, backends, provisioning, tenancy),
        limits,
        groups,
        routers,
        subnet_pools,
        TopologyDesk(store, tenancy, subnetting, subnet_pools, routers),
        Descriptions(store, clock),
    )


@frozen
class NetworkService:
    """Hands each call to the noun that answers it. See `network.interface.Network`."""

    nouns: Networks
    cards: Ports
    provisioning: Provisioning
    tenancy: Tenancy
    subnetting: Subnetting
    joining: Joining
    floating: FloatingIps
    connectivity: Connectivity
    upkeep: Upkeep
    desk: Desk
    limits: Limits
    groups: Groups
    routers: RouterDesk
    subnet_pools: PoolDesk
    topologies: TopologyDesk
    describing: Descriptions

    @property
    def has_routers(self) -> bool:
        return self.tenancy.offer.routers

    async def availabilities(self) -> Mapping[SubnetId, Availability]:
        return await self.desk.availabilities()

    async def claim_ports(
        self, tx: Tx, principal: Principal, server: ServerId, requests: Sequence[PortRequest]
    ) -> list[Port]:
        return await self.connectivity.claim_ports(tx, principal, server, requests)

    async def connect(
        self, tx: Tx, principal: Principal, server: ServerId, request: PortRequest
    ) -> Port:
        port = await self.cards.connect(tx, principal, server, request)
        return await self.joining.dressed(tx, principal, port.id, request)

    async def adopt(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        places: Sequence[tuple[NetworkId, str | None]],
    ) -> list[Port]:
        return await self.cards.adopt(tx, principal, server, places)

    async def take_back(self, tx: Tx, port: PortId, *, keep: bool) -> None:
        await self.cards.take_back(tx, port, keep=keep)

    async def release_ports(self, tx: Tx, server: ServerId) -> None:
        await self.cards.release_ports(tx, server)

    async def fail_ports(self, tx: Tx, server: ServerId) -> None:
        await self.cards.fail_ports(tx, server)

    async def ports_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Port]]:
        return await self.cards.ports_of(tx, servers)

    async def see_nics(
        self, tx: Tx, reports: Mapping[ServerId, Sequence[Nic]]
    ) -> list[tuple[ServerId, str]]:
        return await Seeing(self.cards).see(tx, reports)

    async def nic_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        return await self.cards.nic_bodies(tx, servers)

    async def absent(self, tx: Tx, places: Mapping[ServerId, BackendId]) -> Collection[ServerId]:
        return await network_records.absent(tx, places)

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        return await self.provisioning.ensure_on(backend, server)

    async def apply(self, event: NetworkEvent) -> None:
        await self.provisioning.apply(event)

    async def networks(self, principal: Principal, *, since: int | None = None) -> list[NetworkRow]:
        return await self.nouns.networks(principal, since=since)

    async def network(
        self, principal: Principal, network: NetworkId, *, deleted: bool = False
    ) -> NetworkRow:
        return await self.nouns.network(principal, network, deleted=deleted)

    async def subnets(self, principal: Principal, *, since: int | None = None) -> list[Subnet]:
        return await self.nouns.subnets(principal, since=since)

    async def subnet(self, principal: Principal, subnet: SubnetId) -> Subnet:
        return await self.nouns.subnet(principal, subnet)

    async def ports(self, principal: Principal) -> list[Port]:
        return await self.cards.ports(principal)

    async def port(self, principal: Principal, port: PortId) -> Port:
        return await self.cards.port(principal, port)

    async def create_network(self, new: NewNetwork) -> NetworkRow:
        return await self.nouns.create_network(new)

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        return await self.nouns.presences(network)

    # -- private networks of users

    async def create_own(self, principal: Principal, new: OwnNetwork) -> NetworkRow:
        return (await self.tenancy.create_own(principal, [new]))[0]

    async def create_networks(
        self, principal: Principal, news: Sequence[OwnNetwork]
    ) -> list[NetworkRow]:
        return await self.tenancy.create_own(principal, news)

    async def rename_network(
        self, principal: Principal, network: NetworkId, name: str
    ) -> NetworkRow:
        return await self.tenancy.rename_network(principal, network, name)

    async def delete_network(self, principal: Principal, network: NetworkId) -> None:
        if await self.tenancy.delete_network(principal, network):
            await self.provisioning.clear_away(network)

    async def reassign_network(
        self, principal: Principal, network: NetworkId, project: ProjectId, *, shared: bool
    ) -> None:
        await self.tenancy.reassign_network(principal, network, project, shared=shared)

    async def create_subnet(
        self, principal: Principal, network: NetworkId, new: NewSubnet, *, hide: bool = False
    ) -> Subnet:
        return (await self.subnetting.create_subnets(principal, [(network, new)], hide=hide))[0]

    async def create_subnets(
        self,
        principal: Principal,
        news: Sequence[tuple[NetworkId, NewSubnet]],
        *,
        hide: bool = False,
    ) -> list[Subnet]:
        return await self.subnetting.create_subnets(principal, news, hide=hide)

    async def change_subnet(
        self, principal: Principal, subnet: SubnetId, change: SubnetChange
    ) -> Subnet:
        return await self.subnetting.change_subnet(principal, subnet, change)

    async def delete_subnet(self, principal: Principal, subnet: SubnetId) -> None:
        await self.subnetting.delete_subnet(principal, subnet)

    # -- ports

    async def create_port(
        self, principal: Principal, request: PortRequest, *, name: str = ""
    ) -> Port:
        return (await self.joining.create_ports(principal, [(request, name)]))[0]

    async def create_ports(
        self, principal: Principal, wishes: Sequence[tuple[PortRequest, str]]
    ) -> list[Port]:
        return await self.joining.create_ports(principal, wishes)

    async def rename_port(self, principal: Principal, port: PortId, name: str) -> Port:
        return await self.joining.rename_port(principal, port, name)

    async def delete_port(self, principal: Principal, port: PortId) -> None:
        await self.joining.delete_port(principal, port)

    async def claim_port(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        request: PortRequest,
        *,
        name: str = "",
    ) -> Port:
        return await self.joining.claim_port(tx, principal, server, request, name=name)

    async def claim_floating(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        return await self.joining.claim_floating(tx, principal, server, address)

    async def floating_port(
        self, tx: Tx, principal: Principal, server: ServerId, address: str
    ) -> Port:
        return await self.joining.floating_port(tx, principal, server, address)

    async def release_port(self, tx: Tx, port: PortId, *, reason: str = "") -> None:
        await self.joining.release_port(tx, port, reason=reason)

    async def port_in(self, tx: Tx, principal: Principal, port: PortId) -> Port:
        return await self.joining.port_in(tx, principal, port)

    # -- floating IPs

    async def floating_ips(
        self, principal: Principal, *, since: int | None = None
    ) -> list[FloatingIp]:
        moment = self.nouns.moment(since)
        return await self.floating.floating_ips(principal, since=moment, deleted=since is not None)

    async def floating_ip(self, principal: Principal, number: FloatingIpId) -> FloatingIp:
        return await self.floating.floating_ip(principal, number)

    async def create_floating_ip(self, principal: Principal, new: NewFloatingIp) -> FloatingIp:
        return await self.floating.create_floating_ip(principal, new)

    async def associate(
        self,
        principal: Principal,
        number: FloatingIpId,
        port: PortId | None,
        fixed: str | None = None,
    ) -> FloatingIp:
        return await self.floating.associate(principal, number, port, fixed)

    async def unsettled(self, number: FloatingIpId | None = None) -> list[Unsettled]:
        return await self.floating.unsettled(number)

    async def delete_floating_ip(self, principal: Principal, number: FloatingIpId) -> None:
        await self.floating.delete_floating_ip(principal, number)

    async def reassign_floating_ip(
        self, principal: Principal, number: FloatingIpId, project: ProjectId, *, shared: bool
    ) -> None:
        await self.floating.reassign_floating_ip(principal, number, project, shared=shared)

    async def give_ports(self, tx: Tx, server: ServerId, old: UserId, new: UserId) -> list[Charge]:
        return await self.floating.give_ports(tx, server, old, new)

    async def own_history(self, user: UserId) -> list[tuple[str, int, str, int]]:
        return await self.floating.own_history(user)

    async def address_history(self, address: str) -> list[tuple[int, str, int, UserId]]:
        return await self.floating.address_history(address)

    async def network_counts(self) -> Mapping[str, int]:
        return await self.nouns.network_counts()

    async def address_pools(self) -> list[tuple[bool, int, int]]:
        return await self.floating.address_pools()

    async def clear_away(self) -> int:
        return await self.provisioning.clear_away()

    async def profile_chosen(self, tx: Tx, port: PortId, profile: str) -> None:
        await self.groups.profile_chosen(tx, port, profile)

    async def give_groups(
        self, tx: Tx, principal: Principal, port: PortId, groups: Collection[int]
    ) -> Port:
        return await self.groups.give(principal, port, groups, tx=tx)

    async def open_jobs(self) -> list[tuple[BackendId, JobId]]:
        return await self.provisioning.open_jobs()

    async def lost_job(self, backend: BackendId, job: JobId) -> bool:
        return await self.provisioning.lost_job(backend, job)
