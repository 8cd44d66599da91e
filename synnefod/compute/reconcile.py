"""Compares the rows with the clusters, and tells the keeper what it has missed (ganeti.md 17).

Three parts: gather (the cluster first, then the rows, GNT-151), plan (pure), feed. Nothing here
writes a state: differences become the events that would have told of them. What has work in
flight, or changed after the cluster was read, is left alone. Findings that destroy something are
acted upon only when two runs in a row have seen them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence

from attrs import evolve, field, frozen
from twisted.logger import Logger

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import (
    Cluster,
    Instance,
    InstanceUnknown,
    Job,
    JobEvent,
    JobStatus,
)
from synnefod.common import metrics
from synnefod.common.clockwork import Every
from synnefod.common.errors import Refusal
from synnefod.common.ids import BackendId, JobId, ServerId, new_uuid
from synnefod.compute.interface import Flavor, Operstate, Server
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.sides import TAGS_SET
from synnefod.compute.records import flavors, outbox, servers, sides
from synnefod.compute.rooms import Rooms
from synnefod.network.interface import Port
from synnefod.store.interface import Tx
from synnefod.volumes.interface import Volume

log = Logger()
KINDS = ("stale", "unsynced", "pending", "flavor", "parts", "orphan", "elsewhere")
"""Server without instance; state; task whose job ended; flavor; NICs and disks; instance without
server; instance whose server lives on another cluster (never acted upon)."""
_DESTROYS = ("stale", "orphan")


@frozen
class Finding:
    """One difference and the reports that would have prevented it."""

    kind: str
    backend: BackendId
    server: int
    what: str
    events: tuple[JobEvent, ...] = ()


@frozen
class View:
    """What one cluster and the database say. `taken`: when the reading of the cluster began."""

    backend: BackendId
    cluster: str
    taken: int
    instances: Mapping[int, Instance]
    names: Mapping[int, str]
    jobs: Mapping[JobId, Job]
    servers: Sequence[Server]
    busy: Collection[int] = ()
    sides: Mapping[int, Sequence[JobId]] = field(factory=dict)
    known: Mapping[int, tuple[BackendId | None, bool]] = field(factory=dict)
    flavors: Mapping[int, Flavor] = field(factory=dict)
    ports: Mapping[ServerId, Sequence[Port]] = field(factory=dict)
    volumes: Mapping[ServerId, Sequence[Volume]] = field(factory=dict)
    prefix: str = "snf-"


def plan(view: View) -> list[Finding]:
    """The findings, by server. Pure."""
    running = {
        str(op.get("instance_name"))
        for job in view.jobs.values()
        if not job.status.final
        for op in job.ops
    }
    found: list[Finding] = []
    alive = set()
    for server in view.servers:
        alive.add(server.id)
        name = view.names[server.id]
        if server.id in view.busy or server.updated >= view.taken or name in running:
            continue
        found += _about(view, server, name)
        found += _beside(view, server, name)
    for number, instance in view.instances.items():
        if number in alive or instance.name in running:
            continue
        home, deleted = view.known.get(number, (None, True))
        if deleted or home is None:
            text = f"Instance {instance.name} belongs to no server."
            found.append(Finding("orphan", view.backend, number, text))
        elif home != view.backend:
            text = f"Server {number} lives on another cluster."
            found.append(Finding("elsewhere", view.backend, number, text))
    return found


def _about(view: View, server: Server, name: str) -> Iterator[Finding]:
    instance = view.instances.get(server.id)
    life = server.life
    if life.task and life.task_job is not None:
        job = view.jobs.get(JobId(life.task_job))
        if job is not None and not job.status.final:
            return
        yield _ended(view, server, name, instance, job)
        return
    if instance is None:
        made = life.operstate not in (Operstate.ERROR, Operstate.BUILD)
        if made or life.action == "DESTROY":
            event = _event(view, name, steps.REMOVE)
            text = f"Server {server.id} has no instance."
            yield Finding("stale", view.backend, server.id, text, (event,))
        return
    yield from _state(view, server, name, instance)
    yield from _shape(view, server, name, instance)


def _beside(view: View, server: Server, name: str) -> Iterator[Finding]:
    """Jobs beside the task that are gone from the queue: the instance tells what it has."""
    instance = view.instances.get(server.id)
    for job in view.sides.get(server.id, ()):
        if job in view.jobs:
            continue
        tags = () if instance is None else instance.tags
        event = evolve(_event(view, name, TAGS_SET, job=job), tags=tags)
        text = f"Server {server.id} waits for job {job}, which is gone."
        yield Finding("pending", view.backend, server.id, text, (event,))


def _event(
    view: View, name: str, opcode: str, *, good: bool = True, job: int = 0, when: int | None = None
) -> JobEvent:
    return JobEvent(
        cluster=view.cluster,
        instance=name,
        job=JobId(job),
        opcode=opcode,
        status=JobStatus.SUCCESS if good else JobStatus.ERROR,
        when=view.taken if when is None else when,
        source="reconcile",
    )


def _ended(
    view: View, server: Server, name: str, instance: Instance | None, job: Job | None
) -> Finding:
    """The job that the server waits for has ended, or is gone from the queue."""
    life = server.life
    number = life.task_job or 0
    opcode = steps.OPCODES.get(life.task, steps.SET_PARAMS)
    if job is not None:
        good = job.status is JobStatus.SUCCESS
        event = _event(view, name, opcode, good=good, job=number, when=job.ended)
        place = _place(job, name)
        if place is not None:
            op = job.ops[place]
            event = evolve(
                event,
                opcode=str(op.get("OP_ID", opcode)),
                status=job.op_status[place],
                result=job.op_result[place],
                job_fields={
                    key: op[key]
                    for key in ("beparams", "hvparams", "opportunistic_locking")
                    if key in op
                },
            )
    else:
        # Archived: the instance itself tells what became of it (GNT-152).
        running = instance.running if instance is not None else None
        good = {
            "BUILD": instance is not None,
            "DESTROY": instance is None,
            "START": running is True,
            "REBOOT": running is True,
            "STOP": running is False,
        }.get(life.task, False)
        event = _event(view, name, opcode, good=good, job=number)
    if instance is not None:
        event = evolve(event, nics=instance.nics, disks=instance.disks)
    text = f"Server {server.id} waits for job {number}, which has ended."
    return Finding("pending", view.backend, server.id, text, (event,))


def _place(job: Job, name: str) -> int | None:
    for place, op in enumerate(job.ops):
        if op.get("instance_name") == name:
            return place
    return None


def _state(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    life = server.life
    if instance.running is None or life.seen >= view.taken:
        return
    wanted = Operstate.STARTED if instance.running else Operstate.STOPPED
    if life.operstate is wanted:
        return
    events = []
    if life.operstate is Operstate.BUILD:
        made = _event(view, name, steps.CREATE, when=view.taken - 1)
        events.append(evolve(made, nics=instance.nics, disks=instance.disks))
    if wanted is Operstate.STOPPED or not events:
        opcode = steps.STARTUP if instance.running else steps.SHUTDOWN
        events.append(_event(view, name, opcode))
    text = f"Server {server.id} is {life.operstate.value}, its instance is {instance.status}."
    yield Finding("unsynced", view.backend, server.id, text, tuple(events))


def _shape(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    if server.life.shape_seen >= view.taken or server.life.operstate is Operstate.ERROR:
        return
    old = view.flavors.get(server.flavor)
    shape = (instance.vcpus, instance.memory)
    if old is not None and shape != (old.cpu, old.ram):
        rest = (old.disk, old.volume_type)
        fits = any((f.cpu, f.ram) == shape and (f.disk, f.volume_type) == rest
                   for f in view.flavors.values())  # fmt: skip
        if fits:
            beparams = {"vcpus": instance.vcpus, "maxmem": instance.memory}
            event = evolve(
                _event(view, name, steps.SET_PARAMS, when=view.taken - 1),
                job_fields={"beparams": beparams},
            )
            text = f"Server {server.id} has {shape[0]} CPUs and {shape[1]} MiB in its cluster."
            yield Finding("flavor", view.backend, server.id, text, (event,))
    ports = {f"{view.prefix}nic-{port.id}": port for port in view.ports.get(server.id, ())}
    nics = {nic.name: nic for nic in instance.nics}
    volumes = {f"{view.prefix}vol-{v.id}": v for v in view.volumes.get(server.id, ())}
    disks = {disk.name: disk for disk in instance.disks}
    same = (
        ports.keys() == nics.keys()
        and all(port.state == "ACTIVE" and port.mac == nics[key].mac for key, port in ports.items())
        and volumes.keys() == disks.keys()
        and all(v.status == "IN_USE" and v.size == disks[k].size >> 10 for k, v in volumes.items())
    )
    if not same:
        event = evolve(
            _event(view, name, steps.SET_PARAMS), nics=instance.nics, disks=instance.disks
        )
        text = f"NICs or disks of server {server.id} differ."
        yield Finding("parts", view.backend, server.id, text, (event,))


async def _open_sides(tx: Tx, before: int) -> dict[int, list[JobId]]:
    found: dict[int, list[JobId]] = {}
    for job in await sides.open_jobs(tx, before):
        found.setdefault(job.server, []).append(job.job)
    return found


class Reconciler:
    """Runs the comparison on demand and from time to time. `feed` is the keeper's."""

    def __init__(
        self,
        rooms: Rooms,
        feed: Callable[[JobEvent], Awaitable[None]],
        *,
        interval: float = 600.0,
    ) -> None:
        self._rooms = rooms
        self._feed = feed
        self._suspects: set[tuple[str, BackendId, int]] = set()
        self.chore = Every(rooms.clock, interval, self.run, "reconciliation of servers")

    def begin(self) -> None:
        self.chore.begin()

    async def stop(self) -> None:
        await self.chore.stop()

    async def run(self) -> list[Finding]:
        """One round of the chore: what destroys is fixed when the last round saw it too."""
        before = self._suspects
        findings = await self.report()
        metrics.servers_task_overdue.labels("pending").set(
            sum(finding.kind == "pending" for finding in findings)
        )
        self._suspects = {(f.kind, f.backend, f.server) for f in findings if f.kind in _DESTROYS}
        for finding in findings:
            suspect = (finding.kind, finding.backend, finding.server)
            if finding.kind in _DESTROYS and suspect not in before:
                continue
            await self._fix_safely(finding)
        return findings

    async def report(self, backend: BackendId | None = None) -> list[Finding]:
        """The findings of one cluster or all; clusters that do not answer are left out."""
        found: list[Finding] = []
        for candidate in await self._rooms.backends.all():
            if candidate.offline or (backend is not None and candidate.id != backend):
                continue
            try:
                mine = plan(await self._gather(candidate))
                found += mine
                name = candidate.name
                for finding in mine:
                    metrics.reconcile_differences.labels(name, finding.kind, "found").inc()
                metrics.reconcile_last_success.labels(name, "servers").set(
                    self._rooms.clock.seconds()
                )
            except Refusal as error:
                log.warn("{name} is not reconciled: {why}", name=candidate.name, why=error.message)
        return found

    async def reconcile(
        self, *, fix: Collection[str] = (), backend: BackendId | None = None
    ) -> list[Finding]:
        """For the administrator: reports, and fixes the kinds named in `fix` at once."""
        findings = await self.report(backend)
        for finding in findings:
            if finding.kind in fix:
                await self._fix_safely(finding)
        return findings

    async def _fix_safely(self, finding: Finding) -> None:
        try:
            await self.fix(finding)
        except Refusal as error:
            log.warn("{what} is not fixed: {why}", what=finding.what, why=error.message)

    async def fix(self, finding: Finding) -> None:
        """Feeds the missed reports; an orphan is removed from its cluster."""
        for event in finding.events:
            await self._feed(event)
        if finding.kind == "orphan":
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
                known=await servers.known(tx, sorted(instances)),
                flavors={flavor.id: flavor for flavor in await flavors.all_of(tx, deleted=True)},
                ports=await rooms.network.ports_of(tx, ids),
                volumes=await rooms.volumes.volumes_of(tx, ids),
                prefix=rooms.limits.prefix,
            )

        return await rooms.store.read("servers to reconcile", body)
