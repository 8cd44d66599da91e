"""Compares the rows with the clusters, and tells the keeper what it has missed (ganeti.md 17).

Three parts: gather (the cluster first, then the rows, GNT-151), plan (pure), feed. Nothing here
writes a state: differences become the events that would have told of them. What has work in
flight, or changed after the cluster was read, is left alone.

Note [What destroys]. A server without instance is taken as removed when two rounds in a row have
seen it. An instance without server is removed only when an administrator asks for just that, and
only if it was first seen longer ago than the grace: it may be of a server made since, or, after a
restore, of one that the database does not know any more (OPS-109).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

from attrs import evolve
from twisted.logger import Logger

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import (
    Cluster,
    InstanceUnknown,
    JobEvent,
)
from synnefod.common import metrics
from synnefod.common.clockwork import Every, gather
from synnefod.common.errors import Refusal
from synnefod.common.ids import BackendId, JobId, new_uuid
from synnefod.common.text import micros
from synnefod.compute.comparing import ORPHAN, Finding, View, plan
from synnefod.compute.records import flavors, outbox, servers, sides, tagged
from synnefod.compute.rooms import Rooms
from synnefod.store.interface import Tx

log = Logger()


async def _open_sides(tx: Tx, before: int) -> dict[int, list[tuple[JobId, str]]]:
    found: dict[int, list[tuple[JobId, str]]] = {}
    for server, job, action in await sides.open_actions(tx, before):
        found.setdefault(server, []).append((job, action))
    return found


class Reconciler:
    """Runs the comparison on demand and from time to time. `feed` is the keeper's."""

    def __init__(
        self,
        rooms: Rooms,
        feed: Callable[[JobEvent], Awaitable[None]],
        *,
        interval: float = 600.0,
        orphan_grace: float = 1800.0,
        mend: bool = True,
    ) -> None:
        self._rooms = rooms
        self._feed = feed
        self._suspects: set[tuple[str, BackendId, int]] = set()
        self._grace = micros(orphan_grace)
        self._warned = False
        self.last: tuple[int, Sequence[Finding]] | None = None
        """The newest round of the chore: when it was (microseconds), and what it found."""
        self._mend = mend
        self._orphans: dict[tuple[BackendId, int], int] = {}
        """When each instance without server was first seen, in microseconds."""
        self.chore = Every(rooms.clock, interval, self.run, "reconciliation of servers")

    def begin(self) -> None:
        self.chore.begin()

    async def stop(self) -> None:
        await self.chore.stop()

    async def run(self) -> list[Finding]:
        """One round of the chore; see Note [What destroys]."""
        before = self._suspects
        findings = await self.report()
        self._warn_of_strangers(findings)
        self.last = (self._rooms.now(), findings)
        metrics.servers_task_overdue.labels("pending").set(
            sum(finding.kind == "pending" for finding in findings)
        )
        self._suspects = {(f.kind, f.backend, f.server) for f in findings if f.kind == "stale"}
        for finding in findings:
            suspect = (finding.kind, finding.backend, finding.server)
            if not self._mend:
                log.warn("reconciliation of servers: {what} (reported)", what=finding.what)
                continue
            if finding.kind == ORPHAN or (finding.kind == "stale" and suspect not in before):
                continue
            await self._fix_safely(finding)
        return findings

    async def report(
        self, backend: BackendId | None = None, *, parallel: bool = True
    ) -> list[Finding]:
        """The findings of one cluster or all; clusters that do not answer are left out. They are
        read side by side unless `parallel` is off (GNT-153)."""
        wanted = [
            each
            for each in await self._rooms.backends.all()
            if not each.offline and backend in (None, each.id)
        ]
        if parallel:
            found = await gather([self._one(each) for each in wanted])
        else:
            found = [await self._one(each) for each in wanted]
        return [finding for some in found for finding in some]

    async def _one(self, backend: Backend) -> list[Finding]:
        name = backend.name
        try:
            found = self._aged(backend.id, plan(await self._gather(backend)))
        except Refusal as error:
            log.warn("{name} is not reconciled: {why}", name=name, why=error.message)
            return []
        log.debug("{name}: {count} differences of servers", name=name, count=len(found))
        for finding in found:
            metrics.reconcile_differences.labels(name, finding.kind, "found").inc()
        metrics.reconcile_last_success.labels(name, "servers").set(self._rooms.clock.seconds())
        return found

    async def strangers(self, backend: BackendId) -> int:
        """How many instances there have our prefix and belong to no server (GNT-006)."""
        found = await self.report(backend)
        return sum(each.kind == ORPHAN for each in found)

    async def reconcile(
        self,
        *,
        fix: Collection[str] = (),
        backend: BackendId | None = None,
        parallel: bool = True,
    ) -> list[Finding]:
        """For the administrator: reports, and fixes the kinds named in `fix` at once, orphans
        only when they are ripe."""
        findings = await self.report(backend, parallel=parallel)
        for finding in findings:
            if finding.kind in fix and finding.ripe:
                log.info("fixing: {what}", what=finding.what)
                await self._fix_safely(finding)
        return findings

    def _warn_of_strangers(self, findings: Sequence[Finding]) -> None:
        """Once after each start: another deployment may use the same prefix (GNT-006)."""
        strangers = [finding for finding in findings if finding.kind == ORPHAN]
        if strangers and not self._warned:
            log.warn(
                "{count} instances have the prefix {prefix} and belong to no server, the first is"
                " {name}: is the prefix another deployment's too?",
                count=len(strangers),
                prefix=self._rooms.limits.prefix,
                name=self._rooms.instance(strangers[0].server),
            )
        self._warned = True

    def _aged(self, backend: BackendId, findings: list[Finding]) -> list[Finding]:
        """With orphans that are too young marked as such; others' first sights are forgotten."""
        now = self._rooms.now()
        seen = {(backend, f.server) for f in findings if f.kind == ORPHAN}
        for key in [key for key in self._orphans if key[0] == backend and key not in seen]:
            del self._orphans[key]
        for key in seen:
            self._orphans.setdefault(key, now)

        def ripe(finding: Finding) -> bool:
            first = self._orphans.get((backend, finding.server), 0)
            return finding.kind != ORPHAN or now - first >= self._grace

        return [evolve(finding, ripe=ripe(finding)) for finding in findings]

    async def _fix_safely(self, finding: Finding) -> None:
        try:
            await self.fix(finding)
        except Refusal as error:
            log.warn("{what} is not fixed: {why}", what=finding.what, why=error.message)

    async def fix(self, finding: Finding) -> None:
        """Feeds the missed reports; an orphan is removed from its cluster."""
        for event in finding.events:
            await self._feed(event)
        if finding.kind == ORPHAN:
            cluster = await self._rooms.backends.cluster(finding.backend)
            name = self._rooms.instance(finding.server)
            log.warn("removing orphan {name}", name=name)
            try:
                await cluster.remove(name, reason=f"synnefod:{new_uuid()}")
            except InstanceUnknown:
                return

    async def _gather(self, backend: Backend) -> View:
        rooms = self._rooms
        taken = rooms.now()
        cluster: Cluster = await rooms.backends.cluster(backend.id)
        jobs = {job.id: job for job in await cluster.jobs()}
        instances = {}
        for instance in await cluster.instances():
            number = rooms.number(instance.name)
            if number is not None:
                instances[number] = instance
        # Jobs once more: one that ended in between is then seen as ended.
        jobs |= {job.id: job for job in await cluster.jobs()}

        async def body(tx: Tx) -> View:
            alive = await servers.alive_on(tx, backend.id)
            ids = [server.id for server in alive]
            return View(
                backend=backend.id,
                cluster=cluster.address.cluster,
                taken=taken,
                instances=instances,
                names={number: rooms.instance(number) for number in ids},
                jobs=jobs,
                servers=alive,
                busy=await outbox.busy_servers(tx),
                sides=await _open_sides(tx, taken),
                tags=await tagged.tags_of(tx, ids),
                known=await servers.known(tx, sorted(instances)),
                flavors={flavor.id: flavor for flavor in await flavors.all_of(tx, deleted=True)},
                ports=await rooms.network.ports_of(tx, ids),
                volumes=await rooms.volumes.volumes_of(tx, ids),
                prefix=rooms.limits.prefix,
            )

        return await rooms.store.read("servers to reconcile", body)
