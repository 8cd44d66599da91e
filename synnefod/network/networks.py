"""Networks and subnets: made by administrators, seen by their users."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed
from synnefod.common.ids import BackendId, NetworkId, SubnetId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.interface import (
    NetworkNotFound,
    NetworkRow,
    NewNetwork,
    NewSubnet,
    Presence,
    Subnet,
    SubnetNotFound,
)
from synnefod.network.records import networks as records
from synnefod.network.records import pools as pool_records
from synnefod.store.interface import Store, Tx

LONGEST_NAME = 128


@frozen
class Flavor:
    """How a kind of network is made on the clusters (network.md 5)."""

    mode: str
    link: str
    mac_prefix: str
    tags: tuple[str, ...] = ()


@frozen
class Networks:
    """The nouns network and subnet. `flavors` by their API name."""

    store: Store
    clock: IClock
    flavors: Mapping[str, Flavor]

    async def networks(self, principal: Principal) -> list[NetworkRow]:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)
        return await self.store.read(
            "list networks", lambda tx: records.visible(tx, user, projects)
        )

    async def network(self, principal: Principal, network: NetworkId) -> NetworkRow:
        user = None if principal.is_admin else principal.user
        projects = sorted(principal.projects)

        async def body(tx: Tx) -> list[NetworkRow]:
            return await records.visible(tx, user, projects, network)

        found = await self.store.read("get network", body)
        if not found:
            raise NetworkNotFound(f"Network {network} does not exist.")
        return found[0]

    async def subnets(self, principal: Principal) -> list[Subnet]:
        seen = {row.id: row for row in await self.networks(principal)}

        async def body(tx: Tx) -> list[Subnet]:
            found = await records.subnets_of(tx, list(seen))
            subnets = [subnet for group in found.values() for subnet in group]
            pools = await pool_records.pools(tx, [subnet.id for subnet in subnets])
            return [
                evolve(
                    subnet,
                    public=seen[subnet.network].public,
                    project=seen[subnet.network].project,
                    pools=tuple(
                        (addressing.v4_text(first), addressing.v4_text(last))
                        for first, last in pools[subnet.id]
                    ),
                )
                for subnet in sorted(subnets, key=lambda subnet: subnet.id)
            ]

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
        subnets = [_checked(subnet) for subnet in new.subnets]
        versions = [version for _, version in subnets]
        if len(set(versions)) != len(versions):
            raise Malformed("A network has at most one subnet of each IP version.")
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> NetworkRow:
            network = await records.insert(
                tx,
                now,
                name=new.name,
                owner=new.owner,
                project=new.project or new.owner,
                flavor=new.flavor,
                mode=flavor.mode,
                link=flavor.link,
                mac_prefix=flavor.mac_prefix,
                tags=dump_text(list(flavor.tags)),
                public=int(new.public),
                drained=int(new.drained),
                floating_ip_pool=int(new.floating_ip_pool),
                external_router=int(new.public),
                action="CREATE",
            )
            for subnet, version in subnets:
                await self._add_subnet(tx, network, new, subnet, version, now)
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
        return Flavor(
            mode=new.mode or usual.mode,
            link=new.link or usual.link,
            mac_prefix=addressing.checked_prefix(new.mac_prefix or usual.mac_prefix),
            tags=usual.tags if new.tags is None else new.tags,
        )

    async def _add_subnet(
        self,
        tx: Tx,
        network: NetworkId,
        new: NewNetwork,
        subnet: NewSubnet,
        version: int,
        now: int,
    ) -> None:
        number = await records.insert_subnet(
            tx,
            now,
            network=network,
            name=subnet.name or f"IPv{version} Subnet of Network {network}",
            owner=new.owner,
            version=version,
            cidr=subnet.cidr,
            gateway=subnet.gateway,
            dhcp=int(subnet.dhcp),
            dns_nameservers=dump_text(list(subnet.dns_nameservers)),
        )
        if version == 4:
            pools = (
                addressing.usual_pools(subnet.cidr, subnet.gateway)
                if subnet.pools is None
                else addressing.checked_pools(subnet.cidr, subnet.gateway, subnet.pools)
            )
            for first, last in pools:
                await pool_records.add_pool(tx, number, first, last)


def _checked(new: NewSubnet) -> tuple[NewSubnet, int]:
    """The subnet with its range in usual writing and its gateway found, and its IP version."""
    version = 6 if ":" in new.cidr else 4
    cidr = addressing.parse_cidr(new.cidr, version)
    gateway = addressing.first_host(cidr) if new.gateway == "auto" else new.gateway
    return evolve(new, cidr=cidr, gateway=addressing.parse_gateway(gateway, cidr)), version
