"""Compares networks and pools with what there is, and mends on request (network.md 18).

Like the servers' comparison: the cluster is read before the rows (so that a network made meanwhile
is never taken for one that nobody knows), what changed since is left alone, and differences become
the reports that would have told of them. What is deleted on a cluster belongs to a network that
our rows say is deleted; a network that no row knows is only told of.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.backends.interface import Backend, Backends
from synnefod.cluster.interface import Cluster, JobStatus, NetworkEvent
from synnefod.common import metrics
from synnefod.common.clockwork import IClock, gather
from synnefod.common.errors import Refusal
from synnefod.common.ids import BackendId, JobId, NetworkId, SubnetId
from synnefod.common.text import micros
from synnefod.network.addressing import v4_number, v4_text
from synnefod.network.lifecycle import There
from synnefod.network.networks import Flavor
from synnefod.network.provisioning import Provisioning
from synnefod.network.records import checking, pools, values
from synnefod.network.records import networks as records
from synnefod.network.tenancy import Tenancy
from synnefod.network.values import NetworkFinding, Subnet
from synnefod.store.interface import Store, Tx

log = Logger()
NETWORKS, POOLS = "networks", "pools"
Mend = Callable[[], Awaitable[object]]


@frozen
class _Look:
    """A cluster's networks by our numbers, its groups, and when the reading began."""

    backend: Backend
    cluster: Cluster
    taken: int
    groups: tuple[str, ...]
    there: Mapping[NetworkId, Mapping[str, Any]]


@frozen
class Upkeep:
    """interface.NetworkUpkeep."""

    store: Store
    clock: IClock
    backends: Backends
    provisioning: Provisioning
    tenancy: Tenancy
    flavors: Mapping[str, Flavor]
    prefix: str = field(default="snf-")
    last: dict[str, tuple[int, list[NetworkFinding]]] = field(factory=dict, init=False)

    async def round(self, what: str, *, fix: bool) -> list[NetworkFinding]:
        found = await (self.networks if what == NETWORKS else self.pools)(fix=fix)
        self.last[what] = (micros(self.clock.seconds()), found)
        return found

    # -- clusters that come and go

    async def bring_publics(self, backend: BackendId) -> list[NetworkId]:
        found = await self.store.read("public networks", checking.publics)
        where = await self.backends.get(backend)
        for network in found:
            await self.provisioning.ensure_network(where, network)
        return found

    async def free_addresses(self) -> dict[BackendId, tuple[int, int]]:
        return await self.store.read("free addresses", checking.free_by_backend)

    async def leave(self, backend: BackendId) -> None:
        """Submits the removal of all our networks on a cluster (GNT-160). Raises Unavailable."""
        cluster = await self.backends.cluster(backend)
        for there in await cluster.networks():
            if self._number(str(there["name"])) is not None:
                await take_off(cluster, there)

    async def left(self, tx: Tx, backend: BackendId) -> None:
        """The cluster is registered no more: networks that waited for it alone end (GNT-161)."""
        for network in await checking.forget_backend(tx, backend):
            row = await records.get(tx, network, lock=True)
            if row is not None and not row.deleted and row.action == "DESTROY":
                await self.tenancy.left(tx, row)

    # -- networks on clusters

    async def networks(
        self, *, fix: bool = False, backend: BackendId | None = None
    ) -> list[NetworkFinding]:
        wanted = [
            each
            for each in await self.backends.all()
            if not each.offline and backend in (None, each.id)
        ]
        found = [
            finding
            for some in await gather([self._one_cluster(each, fix) for each in wanted])
            for finding in some
        ]
        return [*found, *await self._endings(fix)]

    async def _one_cluster(self, backend: Backend, fix: bool) -> list[NetworkFinding]:
        try:
            look = await self._look(backend)
        except Refusal as error:
            log.warn("{name} is not compared: {why}", name=backend.name, why=error.message)
            return []
        found: list[NetworkFinding] = []
        differences = await self._differences(look)
        log.debug(
            "{name}: {count} differences of networks", name=backend.name, count=len(differences)
        )
        for kind, number, what, mend in differences:
            if fix:
                log.info("fixing: {what}", what=what)
            metrics.reconcile_differences.labels(backend.name, f"network {kind}", "found").inc()
            result = await self._mended(mend) if fix else "reported"
            found.append(NetworkFinding(kind, backend.name, int(number), what, result))
        metrics.reconcile_last_success.labels(backend.name, "networks").set(self.clock.seconds())
        return found

    async def _mended(self, mend: Mend | None) -> str:
        if mend is None:
            return "reported"
        try:
            await mend()
        except Refusal as error:
            return f"remains: {error.message}"
        return "fixed"

    async def _look(self, backend: Backend) -> _Look:
        taken = micros(self.clock.seconds())
        cluster = await self.backends.cluster(backend.id)
        groups = tuple(await cluster.groups())
        there = {}
        for each in await cluster.networks():
            number = self._number(str(each["name"]))
            if number is not None:
                there[number] = each
        return _Look(backend, cluster, taken, groups, there)

    async def _differences(self, look: _Look) -> list[tuple[str, NetworkId, str, Mend | None]]:
        backend = look.backend

        async def read(tx: Tx) -> tuple[Any, Any, Any, Any]:
            return (
                await checking.live_networks(tx),
                await checking.presences_on(tx, backend.id),
                await records.subnets_of(tx, list(look.there)),
                await checking.address_pools(tx),
            )

        rows, presences, subnets, books = await self.store.read("networks to compare", read)
        known = {number: (action, deleted) for number, action, deleted in rows}
        found: list[tuple[str, NetworkId, str, Mend | None]] = []
        for number, there in sorted(look.there.items()):
            state, moment = presences.get(number, (None, 0))
            name = f"Network {number}"
            action, deleted = known.get(number, ("", True))
            if number not in known:
                found.append(("orphan", number, f"{name} is in no row.", None))
            elif deleted:
                text = f"{name} is deleted, and still on the cluster."
                found.append(("orphan", number, text, _later(take_off, look.cluster, there)))
            elif moment >= look.taken or action == "DESTROY":
                continue
            elif state is None:
                text = f"{name} is on the cluster, and no row says so."
                found.append(("parted", number, text, _later(self._adopt, look, number, there)))
            else:
                found += self._connection(look, number, there, str(state))
                found += self._reservations(number, there, subnets[number], books)
        for number, (state, moment) in sorted(presences.items()):
            gone = number not in look.there and state != There.DELETED.value
            if not gone or moment >= look.taken or number not in known or known[number][1]:
                continue
            if known[number][0] == "DESTROY":
                text = f"Network {number} is gone, as was asked."
                report = self._report(look, number, "OP_NETWORK_REMOVE")
                mend: Mend = _later(self.provisioning.apply, report)
                found.append(("stale", number, text, mend))
            elif not await self._under_way(look, number):
                text = f"Network {number} is not on the cluster."
                mend = _later(self._bring_again, look, number)
                found.append(("missing", number, text, mend))
        return found

    def _connection(
        self, look: _Look, number: NetworkId, there: Mapping[str, Any], state: str
    ) -> Iterable[tuple[str, NetworkId, str, Mend | None]]:
        connected = [str(entry[0]) for entry in there.get("group_list", ())]
        missing = [group for group in look.groups if group not in connected]
        if missing:
            text = f"Network {number} is not connected to {', '.join(missing)}."
            yield "hanging", number, text, _later(self._bring_again, look, number)
        elif state != There.ACTIVE.value:
            text = f"Network {number} is connected, and its row says {state}."
            report = self._report(look, number, "OP_NETWORK_CONNECT")
            yield "unsynced", number, text, _later(self.provisioning.apply, report)

    def _reservations(
        self,
        number: NetworkId,
        there: Mapping[str, Any],
        subnets: Iterable[Subnet],
        books: Sequence[checking.AddressPool],
    ) -> Iterable[tuple[str, NetworkId, str, Mend | None]]:
        said = {each.strip() for each in str(there.get("external_reservations") or "").split(",")}
        for subnet in subnets:
            if subnet.version != 4 or not subnet.dhcp:
                continue
            wanted = sorted(v4_number(each) for each in said - {"", subnet.gateway or ""})
            fresh = [
                address
                for address in wanted
                for pool in books
                if pool.subnet == subnet.id
                and pool.first <= address <= pool.last
                and address not in pool.reserved
            ]
            if fresh:
                text = f"The cluster keeps back {_some(fresh)} of network {number}."
                yield "reserved", number, text, _later(self._reserve, subnet.id, fresh)

    async def _reserve(self, subnet: SubnetId, addresses: Sequence[int]) -> None:
        await self.store.transact(
            "reserve addresses", lambda tx: pools.reserve(tx, subnet, addresses)
        )

    async def _adopt(self, look: _Look, number: NetworkId, there: Mapping[str, Any]) -> None:
        now = micros(self.clock.seconds())
        connected = {str(entry[0]) for entry in there.get("group_list", ())}
        state = There.ACTIVE if connected >= set(look.groups) else There.PENDING

        async def body(tx: Tx) -> None:
            await records.set_presence(tx, number, look.backend.id, now, operstate=state.value)

        await self.store.transact("adopt a network on a cluster", body)

    async def _bring_again(self, look: _Look, number: NetworkId) -> None:
        """Its row there is as if it were new, so that what is missing is made."""
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> None:
            state = There.PENDING.value
            await records.set_presence(tx, number, look.backend.id, now, operstate=state)

        await self.store.transact("network is missing", body)
        await self.provisioning.ensure_network(look.backend, number)

    async def _under_way(self, look: _Look, number: NetworkId) -> bool:
        presence = await self.store.read(
            "network on cluster", lambda tx: records.presence(tx, number, look.backend.id)
        )
        jobs = [] if presence is None else [JobId(job) for job in presence.connect_jobs]
        return any(not job.status.final for job in await look.cluster.some_jobs(jobs))

    def _report(self, look: _Look, number: NetworkId, opcode: str) -> NetworkEvent:
        return NetworkEvent(
            cluster=look.backend.name,
            network=f"{self.prefix}net-{number}",
            job=JobId(0),
            opcode=opcode,
            status=JobStatus.SUCCESS,
            when=look.taken,
            source="reconcile",
        )

    def _number(self, name: str) -> NetworkId | None:
        found = re.fullmatch(re.escape(f"{self.prefix}net-") + r"(\d{1,18})", name)
        return None if found is None else NetworkId(int(found[1]))

    async def _endings(self, fix: bool) -> list[NetworkFinding]:
        """Networks that are to go, and that no cluster has any more."""
        nowhere = await self.store.read("networks that end", checking.ending_nowhere)
        found = []
        for network in nowhere:
            if fix:
                await self.store.transact("end a network", self._ending(network))
            text = f"Network {network} is on no cluster, and its deletion was asked for."
            result = "fixed" if fix else "reported"
            found.append(NetworkFinding("ending", "", int(network), text, result))
        return found

    def _ending(self, network: NetworkId) -> Callable[[Tx], Awaitable[None]]:
        async def body(tx: Tx) -> None:
            row = await records.get(tx, network, lock=True)
            if row is not None and not row.deleted:
                await self.tenancy.left(tx, row)

        return body

    # -- pools

    async def pools(self, *, fix: bool = False) -> list[NetworkFinding]:
        async def body(tx: Tx) -> list[NetworkFinding]:
            found = await self._addresses(tx, fix)
            for name, flavor in sorted(self.flavors.items()):
                for kind, column in (
                    (flavor.link_pool, "link"),
                    (flavor.prefix_pool, "mac_prefix"),
                ):
                    if kind:
                        found += await self._values(tx, name, kind, column, fix)
            return found

        # Also to look, the pools are locked: what is being given out counts as neither.
        return await self.store.transact("compare pools", body)

    async def _addresses(self, tx: Tx, fix: bool) -> list[NetworkFinding]:
        found: list[NetworkFinding] = []
        for pool in await checking.address_pools(tx, lock=True):
            wrong = (
                ("leaked", pool.leaked, "are given out and nobody has them"),
                ("free in use", pool.free_in_use, "count as free and are in use"),
            )
            for kind, numbers, what in wrong:
                if numbers:
                    text = f"{_some(numbers)} of network {pool.network} {what}."
                    result = "fixed" if fix else "reported"
                    found.append(NetworkFinding(kind, "", int(pool.network), text, result))
            if pool.twice:
                text = f"{_some(pool.twice)} of network {pool.network} are in use twice."
                found.append(NetworkFinding("twice", "", int(pool.network), text, "reported"))
            if fix and (pool.leaked or pool.free_in_use):
                await checking.mend_pool(tx, pool)
        return found

    async def _values(
        self, tx: Tx, flavor: str, kind: str, column: str, fix: bool
    ) -> list[NetworkFinding]:
        pool = await values.get(tx, kind)
        if pool is None:
            return []
        found: list[NetworkFinding] = []
        using = await checking.values_in_use(tx, flavor, column)
        for value, count in using:
            if count > 1:
                text = f"{count} networks of the flavor {flavor} have {value}."
                found.append(NetworkFinding("twice", "", 0, text, "reported"))
        places = {pool.position(value) for value, _ in using} - {None}
        wanted = {place for place in places if place is not None}
        taken = {place for place, given, _ in await values.used(tx, kind) if given}
        result = "fixed" if fix else "reported"
        for wrong, places_wrong, what in (
            ("leaked", taken - wanted, "are given out and no network has them"),
            ("free in use", wanted - taken, "count as free and are in use"),
        ):
            if places_wrong:
                shown = ", ".join(str(pool.value(place)) for place in sorted(places_wrong)[:8])
                found.append(NetworkFinding(wrong, "", 0, f"{shown} {what} ({kind}).", result))
        if fix and taken != wanted:
            await checking.mend_values(tx, kind, wanted)
        return found


async def take_off(cluster: Cluster, there: Mapping[str, Any]) -> None:
    """Disconnects a cluster's network from every group, then removes it."""
    name = str(there["name"])
    jobs = [
        await cluster.disconnect_network(
            name, str(entry[0]), reason=f"synnefod:{name}-disconnect-{entry[0]}"
        )
        for entry in there.get("group_list", ())
    ]
    await cluster.remove_network(name, reason=f"synnefod:{name}-remove", depends=jobs)


def _later(work: Callable[..., Awaitable[object]], *arguments: Any) -> Mend:
    async def mend() -> object:
        return await work(*arguments)

    return mend


def _some(numbers: Sequence[int]) -> str:
    shown = ", ".join(v4_text(number) for number in numbers[:8])
    return shown if len(numbers) <= 8 else f"{shown} and {len(numbers) - 8} more"
