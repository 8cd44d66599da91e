"""Networks on clusters: made and connected when the first server needs them (network.md 6.2)."""

from __future__ import annotations

import functools
import re
from typing import Any

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.backends.interface import Backend, Backends
from synnefod.cluster.interface import Cluster, NetworkEvent
from synnefod.common.clockwork import IClock, OneAtATime
from synnefod.common.errors import Refusal
from synnefod.common.ids import BackendId, JobId, NetworkId, ServerId
from synnefod.common.jsonio import dump_text
from synnefod.common.text import micros
from synnefod.network import addressing
from synnefod.network.interface import (
    NetworkConflict,
    NetworkNotFound,
    NetworkRow,
    Presence,
    Subnet,
)
from synnefod.network.lifecycle import THERE, Report, There, report_of
from synnefod.network.records import networks as records
from synnefod.network.tenancy import Tenancy
from synnefod.store.interface import Store, Tx

log = Logger()

DUMMY_V4 = "10.0.0.0/29"
"""What Ganeti is told of a network without IPv4 (NET-193)."""
ANY_END = ["canceled", "error", "success"]


@frozen
class Provisioning:
    """Brings networks onto clusters and records what the clusters say of them."""

    store: Store
    clock: IClock
    backends: Backends
    prefix: str
    tenancy: Tenancy | None = None
    """Who ends a network when the last cluster has removed it."""
    _turns: OneAtATime[tuple[NetworkId, BackendId]] = field(factory=OneAtATime, init=False)

    async def ensure_on(self, backend: Backend, server: ServerId) -> list[JobId]:
        """See `network.interface`. Running it again after a crash makes nothing twice."""
        networks = await self.store.read(
            "networks of server", lambda tx: records.of_server(tx, server)
        )
        jobs: list[JobId] = []
        for network in networks:
            jobs += await self.ensure_network(backend, network)
        return jobs

    async def ensure_network(self, backend: Backend, network: NetworkId) -> list[JobId]:
        """One network; concurrent callers wait for the first and share its jobs."""
        return await self._turns.run((network, backend.id), lambda: self._ensure(backend, network))

    async def _ensure(self, backend: Backend, network: NetworkId) -> list[JobId]:
        async def look(tx: Tx) -> tuple[NetworkRow, list[Subnet], Any]:
            row = await records.get(tx, network)
            if row is None or row.deleted:
                raise NetworkNotFound(f"Network {network} does not exist.")
            subnets = (await records.subnets_of(tx, [network]))[network]
            return row, subnets, await records.presence(tx, network, backend.id)

        row, subnets, presence = await self.store.read("network on cluster", look)
        if row.action == "DESTROY":
            raise NetworkConflict(f"Network {network} is being deleted.")
        if presence is not None and presence.operstate == "ACTIVE":
            return []
        cluster = await self.backends.cluster(backend.id)
        name = f"{self.prefix}net-{network}"
        if presence is not None and presence.connect_jobs:
            pending = [JobId(job) for job in presence.connect_jobs]
            found = [await cluster.job(job) for job in pending]
            if any(job is not None and not job.status.final for job in found):
                return pending
        groups = await cluster.groups()
        known = {str(each["name"]): each for each in await cluster.networks()}
        depends: list[JobId] = []
        if name not in known:
            depends = [await self._submit_add(cluster, row, subnets, name, backend.index)]
        connected = [str(entry[0]) for entry in known.get(name, {}).get("group_list", ())]
        missing = [group for group in groups if group not in connected]
        jobs = [
            await self._submit_connect(cluster, row, subnets, name, group, depends)
            for group in missing
        ]
        await self._record(network, backend.id, jobs, active=not missing)
        return jobs

    async def _submit_add(
        self, cluster: Cluster, row: NetworkRow, subnets: list[Subnet], name: str, index: int
    ) -> JobId:
        v4 = next((subnet for subnet in subnets if subnet.version == 4), None)
        v6 = next((subnet for subnet in subnets if subnet.version == 6), None)
        tags = list(row.tags)
        if any(subnet.dhcp for subnet in subnets):
            tags.append("nfdhcpd")
        tags.append("public" if row.public else "private")
        return await cluster.create_network(
            {
                "network_name": name,
                "network": v4.cidr if v4 else DUMMY_V4,
                "gateway": v4.gateway if v4 else None,
                "network6": v6.cidr if v6 else None,
                "gateway6": v6.gateway if v6 else None,
                "mac_prefix": addressing.mac_prefix(row.mac_prefix, index),
                "add_reserved_ips": None,
                "conflicts_check": row.public and v4 is not None,
                "tags": tags,
            },
            reason=f"synnefod:network-{row.id}-add",
        )

    async def _submit_connect(
        self,
        cluster: Cluster,
        row: NetworkRow,
        subnets: list[Subnet],
        name: str,
        group: str,
        depends: list[JobId],
    ) -> JobId:
        body: dict[str, Any] = {
            "group_name": group,
            "network_mode": row.mode,
            "network_link": row.link,
            "conflicts_check": row.public and any(subnet.version == 4 for subnet in subnets),
        }
        if depends:
            body["depends"] = [[job, ANY_END] for job in depends]
        return await cluster.connect_network(
            name, body, reason=f"synnefod:network-{row.id}-connect-{group}"
        )

    async def _record(
        self, network: NetworkId, backend: BackendId, jobs: list[JobId], *, active: bool
    ) -> None:
        now = micros(self.clock.seconds())
        state = "ACTIVE" if active else "PENDING"

        async def body(tx: Tx) -> None:
            await records.set_presence(
                tx, network, backend, now, operstate=state, connect_jobs=dump_text(jobs)
            )

        await self.store.transact("network on cluster", body)

    async def clear_away(self, network: NetworkId | None = None) -> int:
        """Takes networks that are being destroyed (or only `network`) off the clusters; how many
        presences were looked at. A cluster that does not answer is asked again next time."""
        found = await self.store.read("networks to clear away", records.being_destroyed)
        wanted = [each for each in found if network in (None, each[0])]
        for number, backend in wanted:
            try:
                await self.take_off(number, backend)
            except Refusal as error:
                log.warn(
                    "network {network} stays on cluster {backend} for now: {error}",
                    network=number,
                    backend=backend,
                    error=error.message,
                )
        return len(wanted)

    async def take_off(self, network: NetworkId, backend: BackendId) -> bool:
        """Asks the cluster to let go of the network; False while other jobs about it run there.
        Raises what the cluster raises."""
        return await self._turns.run(
            (network, backend), functools.partial(self._take_off, network, backend)
        )

    async def _take_off(self, network: NetworkId, backend: BackendId) -> bool:
        """Disconnects from every group, then removes; a network that is gone there is recorded."""
        presence = await self.store.read(
            "network on cluster", lambda tx: records.presence(tx, network, backend)
        )
        if presence is None or presence.operstate == There.DELETED.value:
            return True
        cluster = await self.backends.cluster(backend)
        for job in presence.connect_jobs:
            known = await cluster.job(JobId(job))
            if known is not None and not known.status.final:
                return False
        name = f"{self.prefix}net-{network}"
        there = next((each for each in await cluster.networks() if each["name"] == name), None)
        if there is None:
            await self._gone(network, backend)
            return True
        reason = f"synnefod:network-{network}"
        jobs = [
            await cluster.disconnect_network(
                name, str(entry[0]), reason=f"{reason}-disconnect-{entry[0]}"
            )
            for entry in there.get("group_list", ())
        ]
        jobs.append(await cluster.remove_network(name, reason=f"{reason}-remove", depends=jobs))
        await self._record(network, backend, jobs, active=False)
        return True

    async def _gone(self, network: NetworkId, backend: BackendId) -> None:
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> None:
            row = await records.get(tx, network, lock=True)
            if row is None or row.deleted:
                return
            await records.set_presence(
                tx, network, backend, now, operstate=There.DELETED.value, connect_jobs="[]"
            )
            if self.tenancy is not None:
                await self.tenancy.left(tx, row)

        await self.store.transact("network is gone from cluster", body)

    async def open_jobs(self) -> list[tuple[BackendId, JobId]]:
        """Jobs about networks that are to be asked for (architecture: the second mouth)."""
        found = await self.store.read("open jobs of networks", records.open_jobs)
        return [(backend, JobId(job)) for _, backend, jobs in found for job in jobs]

    async def lost_job(self, backend: BackendId, job: JobId) -> bool:
        """The cluster does not know the job any more; whether it was about a network. What became
        of it shows when the network is needed next."""
        now = micros(self.clock.seconds())

        async def body(tx: Tx) -> bool:
            for network, where, jobs in await records.open_jobs(tx):
                if where == backend and job in jobs:
                    presence = await records.presence(tx, network, backend)
                    assert presence is not None
                    await _end_job(tx, network, backend, presence, job, now)
                    return True
            return False

        return await self.store.transact("lost job of a network", body)

    async def apply(self, event: NetworkEvent) -> None:
        """A cluster's report. Reports not newer than the last applied one change nothing."""
        number = re.fullmatch(re.escape(f"{self.prefix}net-") + r"(\d{1,18})", event.network)
        backend = await self.backends.by_cluster_name(event.cluster)
        if number is None or backend is None:
            log.debug("report of foreign network {network}", network=event.network)
            return
        network, backend_id = NetworkId(int(number[1])), backend.id
        now = micros(self.clock.seconds())
        report = report_of(event.opcode, event.status)

        async def body(tx: Tx) -> None:
            row = await records.get(tx, network, lock=True)
            if row is None or row.deleted:
                log.debug("report of {network}, which is not here", network=event.network)
                return
            presence = await records.presence(tx, network, backend_id)
            if presence is not None and event.status.final:
                await _end_job(tx, network, backend_id, presence, event.job, now)
            if presence is not None and event.when <= presence.event_time:
                return
            columns: dict[str, Any] = {
                "job": event.job,
                "opcode": event.opcode,
                "job_status": event.status.value,
                "job_log": event.log,
            }
            if report is not None:
                before = There.PENDING if presence is None else There(presence.operstate)
                after = THERE.step(before, report).to
                columns["operstate"] = after.value
                columns["event_time"] = event.when
                if after in (There.ACTIVE, There.DELETED):
                    columns["connect_jobs"] = "[]"
            await records.set_presence(tx, network, backend_id, now, **columns)
            if report is Report.REMOVED and self.tenancy is not None:
                await self.tenancy.left(tx, row)

        await self.store.transact("network event", body)


async def _end_job(
    tx: Tx, network: NetworkId, backend: BackendId, presence: Presence, job: int, now: int
) -> None:
    if job in presence.connect_jobs:
        left = [each for each in presence.connect_jobs if each != job]
        await records.set_presence(tx, network, backend, now, connect_jobs=dump_text(left))
