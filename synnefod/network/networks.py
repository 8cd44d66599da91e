"""Networks and subnets: made by administrators, seen by their users."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from attrs import evolve, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed
from synnefod.common.ids import BackendId, NetworkId, ProjectId, SubnetId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.interface import (
    NetworkConflict,
    NetworkNotFound,
    NetworkRow,
    NewNetwork,
    NewSubnet,
    NoValue,
    Presence,
    Subnet,
    SubnetNotFound,
)
from synnefod.network.records import networks as records
from synnefod.network.records import pools as pool_records
from synnefod.network.records import values
from synnefod.store.interface import Store, Tx

LONGEST_NAME = 128


@frozen
class Flavor:
    """How a kind of network is made on the clusters (network.md 5)."""

    mode: str
    link: str
    mac_prefix: str
    tags: tuple[str, ...] = ()
    link_pool: str = ""
    """The pool that the link comes from; "" for none (NET-173)."""
    prefix_pool: str = ""
    """The pool that the MAC prefix comes from; "" for none (NET-172)."""
    own_link: bool = False
    """The link is named after the network (NET-171)."""


Charging = Callable[[Tx, UserId, ProjectId, int, NetworkId, str], Awaitable[None]]


@frozen
class Networks:
    """The nouns network and subnet. `flavors` by their API name."""

    store: Store
    clock: IClock
    flavors: Mapping[str, Flavor]
    poll_limit: int = 3600
    prefix: str = "snf-"
    charge: Charging | None = None
    """Charges a private network (NET-220)."""

    def moment(self, since: int | None) -> int:
        """`since` itself, 0 for None. Raises Malformed for a moment that nobody may ask for."""
        if since is None:
            return 0
        now = micros(self.clock.seconds())
        if since > now:
            raise Malformed("changes-since lies in the future.")
        if since < now - self.poll_limit * 1_000_000:
            raise Malformed(f"changes-since is more than {self.poll_limit} seconds ago.")
        return since

    async def networks(self, principal: Principal, *, since: int | None = None) -> list[NetworkRow]:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)
        moment = self.moment(since)

        async def body(tx: Tx) -> list[NetworkRow]:
            return await records.visible(
                tx, user, projects, deleted=since is not None, since=moment
            )

        return await self.store.read("list networks", body)

    async def network_counts(self) -> Mapping[str, int]:
        return await self.store.read("count networks", records.counts)

    async def network(
        self, principal: Principal, network: NetworkId, *, deleted: bool = False
    ) -> NetworkRow:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)

        async def body(tx: Tx) -> list[NetworkRow]:
            return await records.visible(tx, user, projects, network, deleted=deleted)

        found = await self.store.read("get network", body)
        if not found:
            raise NetworkNotFound(f"Network {network} does not exist.")
        return found[0]

    async def subnets(self, principal: Principal, *, since: int | None = None) -> list[Subnet]:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)
        moment, deleted = self.moment(since), since is not None

        async def body(tx: Tx) -> list[Subnet]:
            rows = await records.visible(tx, user, projects, deleted=deleted)
            seen = {row.id: row for row in rows}
            found = await records.subnets_of(tx, list(seen), deleted=deleted, since=moment)
            return await with_pools(
                tx, [subnet for group in found.values() for subnet in group], seen
            )

        return await self.store.read("list subnets", body)

    async def subnet(self, principal: Principal, subnet: SubnetId) -> Subnet:
        for found in await self.subnets(principal):
            if found.id == subnet:
                return found
        raise SubnetNotFound(f"Subnet {subnet} does not exist.")

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        return await self.store.read(
            "presences of network", lambda tx: records.presences(tx, network)
        )

    async def create_network(self, new: NewNetwork) -> NetworkRow:
        flavor = self._flavor(new)
        subnets = [checked_subnet(subnet) for subnet in new.subnets]
        versions = [version for _, version in subnets]
        if len(set(versions)) != len(versions):
            raise Malformed("A network has at most one subnet of each IP version.")
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> NetworkRow:
            tabled = new.link is not None and self.flavors[new.flavor].own_link
            if tabled and await records.link_used(tx, flavor.mode, flavor.link):
                raise Malformed(f"The link {flavor.link} is in use.")
            network = await records.insert(
                tx,
                now,
                name=new.name,
                owner=new.owner,
                project=new.project or new.owner,
                flavor=new.flavor,
                mode=flavor.mode,
                link=await taken_value(tx, flavor.link_pool) or flavor.link,
                mac_prefix=await taken_value(tx, flavor.prefix_pool) or flavor.mac_prefix,
                tags=dump_text(list(flavor.tags)),
                public=int(new.public),
                drained=int(new.drained),
                floating_ip_pool=int(new.floating_ip_pool),
                external_router=int(new.public),
                action="CREATE",
            )
            if flavor.own_link:
                link = f"{self.prefix}link-{network}"
                if await records.link_used(tx, flavor.mode, link):
                    raise Malformed(f"The link {link} is in use.")
                await records.change(tx, network, now, link=link)
            row = await records.get(tx, network)
            assert row is not None
            for subnet, version in subnets:
                named = subnet.name or f"IPv{version} Subnet of Network {network}"
                await add_subnet(tx, row, evolve(subnet, name=named), version, now)
            if self.charge is not None and not new.public and new.owner is not None:
                project = new.project or ProjectId(new.owner)
                await self.charge(tx, new.owner, project, 1, network, "BUILD")
            row = await records.get(tx, network)
            assert row is not None
            return row

        return await self.store.transact("create network", body)

    def _flavor(self, new: NewNetwork) -> Flavor:
        if len(new.name) > LONGEST_NAME or "\0" in new.name:
            raise Malformed(f"A network's name has at most {LONGEST_NAME} characters.")
        if not new.public and new.owner is None:
            raise Malformed("A network is public or belongs to a user.")
        usual = self.flavors.get(new.flavor)
        if usual is None:
            known = ", ".join(sorted(self.flavors))
            raise Malformed(f"'{new.flavor[:64]}' is not a network flavor; known are {known}.")
        if (new.link and usual.link_pool) or (new.mac_prefix and usual.prefix_pool):
            raise Malformed(f"A network of the flavor {new.flavor} takes this from its pool.")
        prefix = new.mac_prefix or usual.mac_prefix
        return evolve(
            usual,
            mode=new.mode or usual.mode,
            link=new.link or usual.link,
            own_link=usual.own_link and not new.link,
            mac_prefix=prefix if usual.prefix_pool else addressing.checked_prefix(prefix),
            tags=usual.tags if new.tags is None else new.tags,
        )


async def taken_value(tx: Tx, pool: str) -> str:
    """A value of this pool, given out herewith; "" for no pool. Raises NoValue."""
    if not pool:
        return ""
    value = await values.take(tx, pool)
    if value is None:
        raise NoValue(f"No {pool} is left for a network of this flavor.")
    return value


async def with_pools(
    tx: Tx, subnets: Sequence[Subnet], networks: Mapping[NetworkId, NetworkRow]
) -> list[Subnet]:
    """The subnets by number, with their pools and what is their networks'."""
    pools = await pool_records.pools(tx, [subnet.id for subnet in subnets])
    return [
        evolve(
            subnet,
            public=networks[subnet.network].public,
            project=networks[subnet.network].project,
            pools=tuple(
                (addressing.v4_text(first), addressing.v4_text(last))
                for first, last in pools[subnet.id]
            ),
        )
        for subnet in sorted(subnets, key=lambda subnet: subnet.id)
    ]


async def add_subnet(
    tx: Tx, network: NetworkRow, subnet: NewSubnet, version: int, now: int
) -> SubnetId:
    """A checked subnet of the network, with its pools. Raises Malformed, NetworkConflict."""
    number = await records.insert_subnet(
        tx,
        now,
        network=network.id,
        name=subnet.name,
        owner=network.owner,
        version=version,
        cidr=subnet.cidr,
        gateway=subnet.gateway,
        dhcp=int(subnet.dhcp),
        dns_nameservers=dump_text(list(subnet.dns_nameservers)),
        host_routes=dump_text(list(subnet.host_routes)),
        description=subnet.description,
        pool=subnet.pool,
    )
    if version == 4:
        pools = (
            addressing.usual_pools(subnet.cidr, subnet.gateway)
            if subnet.pools is None
            else addressing.checked_pools(subnet.cidr, subnet.gateway, subnet.pools)
        )
        for first, last in pools:
            await pool_records.add_pool(tx, number, first, last)
        await pool_records.reserve(tx, number, addressing.never_given(subnet.cidr, subnet.gateway))
    elif subnet.pools is not None:
        raise NetworkConflict("An IPv6 subnet has no allocation pools.")
    return number


def checked_subnet(
    new: NewSubnet, *, largest: int = addressing.LARGEST_V4
) -> tuple[NewSubnet, int]:
    """The subnet with its range in usual writing and its gateway found, and its IP version."""
    version = new.version or (6 if ":" in new.cidr else 4)
    cidr = addressing.parse_cidr(new.cidr, version, largest=largest)
    gateway = addressing.first_host(cidr) if new.gateway == "auto" else new.gateway
    return evolve(new, cidr=cidr, gateway=addressing.parse_gateway(gateway, cidr)), version
