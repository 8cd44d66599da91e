"""What administrators do with networks and pools beyond what users may (network.md 16)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from ipaddress import ip_network
from typing import Any

from attrs import frozen

from synnefod.backends.interface import Backends
from synnefod.common.clockwork import IClock
from synnefod.common.errors import Malformed, NotFound, Refusal
from synnefod.common.ids import BackendId, JobId, NetworkId, ServerId, SubnetId, UserId
from synnefod.common.text import micros
from synnefod.network import valuepools
from synnefod.network.addressing import v4_number, v4_text
from synnefod.network.interface import (
    NetworkConflict,
    NetworkInUse,
    NetworkNotFound,
    NetworkRow,
    Presence,
    Subnet,
)
from synnefod.network.interface.administration import (
    AddressEvent,
    NetworkChange,
    PoolChange,
    PoolMap,
    Standing,
    ValuePool,
)
from synnefod.network.interface.rooms import Availability
from synnefod.network.networks import with_pools
from synnefod.network.provisioning import Provisioning
from synnefod.network.records import desk as records
from synnefod.network.records import floating as floating_records
from synnefod.network.records import networks as network_records
from synnefod.network.records import pools
from synnefod.network.tenancy import Tenancy, checked_name
from synnefod.store.interface import Store, Tx


@frozen
class Desk:
    """See `NetworkAdministration`."""

    store: Store
    clock: IClock
    backends: Backends
    provisioning: Provisioning
    tenancy: Tenancy

    def _now(self) -> int:
        return micros(self.clock.seconds())

    async def networks(self, *, deleted: bool) -> list[NetworkRow]:
        found = await self.store.read(
            "all networks", lambda tx: network_records.visible(tx, None, [], deleted=deleted)
        )
        return [row for row in found if row.deleted is deleted]

    async def subnets(self, *, deleted: bool) -> list[Subnet]:
        async def body(tx: Tx) -> list[Subnet]:
            rows = await network_records.visible(tx, None, [], deleted=True)
            known = {row.id: row for row in rows}
            groups = await network_records.subnets_of(tx, list(known), deleted=deleted)
            wanted = [each for group in groups.values() for each in group]
            return await with_pools(tx, [each for each in wanted if each.deleted is deleted], known)

        return await self.store.read("all subnets", body)

    async def standings(self) -> Mapping[NetworkId, Standing]:
        async def body(tx: Tx) -> Mapping[NetworkId, Standing]:
            servers, backends = await records.servers_on(tx), await records.backends_of(tx)
            return {
                network: Standing(servers.get(network, 0), tuple(backends.get(network, ())))
                for network in {*servers, *backends}
            }

        return await self.store.read("standings of networks", body)

    async def modify(self, network: NetworkId, change: NetworkChange) -> NetworkRow:
        async def body(tx: Tx) -> NetworkRow:
            row = await _live(tx, network)
            columns: dict[str, Any] = {}
            if change.name is not None:
                columns["name"] = checked_name(change.name)
            if change.drained is not None:
                columns["drained"] = int(change.drained)
            if change.floating_ip_pool is not None:
                await _check_pool(tx, row, change.floating_ip_pool)
                columns["floating_ip_pool"] = int(change.floating_ip_pool)
            if change.owner is not None:
                columns["project"] = await self.tenancy.move_charge(tx, row, change.owner)
                columns["owner"] = change.owner
            await _keep(tx, row, change)
            if columns:
                await network_records.change(tx, network, self._now(), **columns)
            return await _live(tx, network)

        return await self.store.transact("modify network", body)

    async def put_on(self, network: NetworkId, backend: BackendId) -> list[JobId]:
        return await self.provisioning.ensure_network(await self.backends.get(backend), network)

    async def put_everywhere(self, network: NetworkId) -> Mapping[str, str]:
        refused = {}
        for backend in await self.backends.all():
            if backend.offline:
                continue
            try:
                await self.provisioning.ensure_network(backend, network)
            except Refusal as error:
                refused[backend.name] = error.message
        return refused

    async def take_off(
        self, network: NetworkId, backend: BackendId, servers: Collection[ServerId]
    ) -> None:
        await self.backends.get(backend)

        async def body(tx: Tx) -> None:
            await _live(tx, network)
            if await network_records.presence(tx, network, backend) is None:
                raise NotFound(f"Network {network} is not on backend {backend}.")
            server = await records.connected(tx, network, servers)
            if server is not None:
                raise NetworkInUse(f"Server {server} there is connected to network {network}.")

        await self.store.read("take network off", body)
        if not await self.provisioning.take_off(network, backend):
            raise NetworkConflict(f"Jobs about network {network} run on backend {backend}.")

    async def presences(self, network: NetworkId) -> Mapping[BackendId, Presence]:
        return await self.store.read(
            "presences of network", lambda tx: network_records.presences(tx, network)
        )

    async def maps(self, subnet: SubnetId) -> list[PoolMap]:
        async def body(tx: Tx) -> list[PoolMap]:
            found = []
            for pool, first, last, following in await records.pool_rows(tx, subnet):
                free, kept = await records.free_and_kept(tx, pool)
                marks = "".join(
                    "." if number not in kept and (number >= following or number in free) else "X"
                    for number in range(first, last + 1)
                )
                shown = tuple(v4_text(number) for number in sorted(kept))
                found.append(PoolMap(v4_text(first), v4_text(last), marks, shown))
            return found

        return await self.store.read("maps of subnet", body)

    async def availabilities(self) -> Mapping[SubnetId, Availability]:
        async def body(tx: Tx) -> Mapping[SubnetId, Availability]:
            used = await records.used(tx)
            return {
                subnet: Availability(
                    total if version == 4 else 2 ** (128 - ip_network(cidr).prefixlen),
                    used.get(subnet, 0),
                )
                for subnet, version, cidr, total in await records.totals(tx)
            }

        return await self.store.read("availability of addresses", body)

    async def history(
        self,
        *,
        address: str | None = None,
        server: ServerId | None = None,
        user: UserId | None = None,
    ) -> list[AddressEvent]:
        return await self.store.read(
            "history of addresses",
            lambda tx: records.history(tx, address=address, server=server, user=user),
        )

    # -- pools of bridges and MAC prefixes

    async def pools(self) -> list[ValuePool]:
        return await self.store.read("value pools", valuepools.every)

    async def pool(self, kind: str) -> ValuePool:
        return await self.store.read("value pool", lambda tx: valuepools.shown(tx, kind))

    async def create_pool(self, kind: str, base: str, size: int, offset: int = 0) -> ValuePool:
        return await self.store.transact(
            "create value pool", lambda tx: valuepools.create(tx, kind, base, size, offset)
        )

    async def modify_pool(self, kind: str, change: PoolChange) -> ValuePool:
        return await self.store.transact(
            "modify value pool", lambda tx: valuepools.modify(tx, kind, change)
        )

    async def remove_pool(self, kind: str) -> None:
        await self.store.transact("remove value pool", lambda tx: valuepools.remove(tx, kind))


async def _live(tx: Tx, network: NetworkId) -> NetworkRow:
    row = await network_records.get(tx, network, lock=True)
    if row is None or row.deleted:
        raise NetworkNotFound(f"Network {network} does not exist.")
    return row


async def _check_pool(tx: Tx, row: NetworkRow, wanted: bool) -> None:
    """Raises Malformed for a private network, NetworkInUse while floating IPs live (NET-229)."""
    if wanted and not row.public:
        raise Malformed("Only a public network is a pool of floating IPs.")
    if not wanted and await floating_records.on_network(tx, row.id):
        raise NetworkInUse(f"Floating IP addresses of network {row.id} are in use.")


async def _keep(tx: Tx, row: NetworkRow, change: NetworkChange) -> None:
    """NET-231. Raises Malformed for addresses of no pool."""
    subnets = (await network_records.subnets_of(tx, [row.id]))[row.id]
    for texts, act in ((change.reserve, pools.reserve), (change.unreserve, pools.unreserve)):
        for text in texts:
            number = v4_number(text.strip())
            subnet = await pools.subnet_with(tx, [each.id for each in subnets], number)
            if subnet is None:
                raise Malformed(f"{text[:64]} is in no allocation pool of network {row.id}.")
            await act(tx, subnet, [number])
