"""What one cluster and the rows differ in, and which reports would have prevented it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from attrs import evolve, field, frozen

from synnefod.cluster.interface import Instance, Job, JobEvent, JobStatus
from synnefod.common.ids import BackendId, JobId, ServerId
from synnefod.compute.interface import Flavor, Operstate, Server
from synnefod.compute.machine import step as steps
from synnefod.compute.machine.rescuing import in_rescue
from synnefod.compute.machine.sides import SNAPSHOT, TAGS_DEL, TAGS_SET, TAKE_SNAPSHOT
from synnefod.compute.machine.tagnames import decoded_tag, encoded_tag
from synnefod.network.interface import Port
from synnefod.volumes.interface import Volume

KINDS = (
    *("stale", "unsynced", "pending", "flavor", "nics", "disks", "rescue", "tags", "snapshot"),
    *("orphan", "elsewhere"),
)
"""Server without instance; state; task whose job ended; flavor; NICs; disks; boot medium; tags;
snapshot whose job ended; instance without server; instance whose server lives on another cluster
(never acted upon)."""
YOUNG = 120_000_000
"""Microseconds for which a NIC or disk that is being made is not missed (OPS-110)."""
_COMING = ("CREATING", "ATTACHING")
ORPHAN = "orphan"


@frozen
class Finding:
    """One difference and the reports that would have prevented it."""

    kind: str
    backend: BackendId
    server: int
    what: str
    events: tuple[JobEvent, ...] = ()
    ripe: bool = True


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
    sides: Mapping[int, Sequence[tuple[JobId, str]]] = field(factory=dict)
    tags: Mapping[int, Sequence[tuple[str, str]]] = field(factory=dict)
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
        idle = not (server.id in view.busy or server.updated >= view.taken or name in running)
        if idle:
            found += _about(view, server, name)
        found += _beside(view, server, name, idle=idle)
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


def _beside(view: View, server: Server, name: str, *, idle: bool) -> Iterator[Finding]:
    """Jobs beside the task that ended unheard of, or are gone from the queue: then the instance
    tells what it has, and a snapshot came to nothing. What waits for them must not hide them."""
    instance = view.instances.get(server.id)
    for job, action in view.sides.get(server.id, ()):
        known = view.jobs.get(job)
        if known is not None and not known.status.final:
            continue
        if action == SNAPSHOT:
            good = known is not None and known.status is JobStatus.SUCCESS
            event = _event(view, name, TAKE_SNAPSHOT, job=job, good=good)
            text = f"A snapshot of server {server.id} waits for job {job}, which has ended."
            yield Finding("snapshot", view.backend, server.id, text, (event,))
            continue
        tags = () if instance is None else instance.tags
        event = evolve(_event(view, name, TAGS_SET, job=job), tags=tags)
        if known is not None:
            op = known.ops[0]
            event = evolve(
                event,
                opcode=str(op.get("OP_ID", TAGS_SET)),
                status=known.op_status[0],
                tags=tuple(op.get("tags") or ()),
            )
        text = f"Server {server.id} waits for job {job}, which has ended."
        yield Finding("pending", view.backend, server.id, text, (event,))
    if idle and instance is not None and not view.sides.get(server.id):
        yield from _tags(view, server, name, instance)


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
                _event(view, name, steps.SET_PARAMS, when=view.taken - 4),
                job_fields={"beparams": beparams},
            )
            text = f"Server {server.id} has {shape[0]} CPUs and {shape[1]} MiB in its cluster."
            yield Finding("flavor", view.backend, server.id, text, (event,))
    yield from _cards(view, server, name, instance)
    yield from _disks(view, server, name, instance)
    yield from _medium(view, server, name, instance)


def _cards(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    nics = {nic.name: nic for nic in instance.nics}
    ports = {
        key: port
        for port in view.ports.get(server.id, ())
        if (key := f"{view.prefix}nic-{port.id}") in nics
        or not (port.state == "BUILD" and view.taken - port.updated < YOUNG)
    }
    same = ports.keys() == nics.keys() and all(
        port.state == "ACTIVE" and port.mac == nics[key].mac for key, port in ports.items()
    )
    if not same:
        event = _event(view, name, steps.SET_PARAMS, when=view.taken - 3)
        text = f"NICs of server {server.id} differ."
        found = evolve(event, nics=instance.nics)
        yield Finding("nics", view.backend, server.id, text, (found,))


def _disks(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    disks = {disk.name: disk for disk in instance.disks}
    volumes = {
        key: volume
        for volume in view.volumes.get(server.id, ())
        if (key := f"{view.prefix}vol-{volume.id}") in disks
        or not (volume.status in _COMING and view.taken - volume.updated < YOUNG)
    }
    same = volumes.keys() == disks.keys() and all(
        volume.status == "IN_USE" and volume.size == disks[key].size >> 10
        for key, volume in volumes.items()
    )
    if not same:
        event = _event(view, name, steps.SET_PARAMS, when=view.taken - 2)
        text = f"Disks of server {server.id} differ."
        found = evolve(event, disks=instance.disks)
        yield Finding("disks", view.backend, server.id, text, (found,))


def _medium(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    """Rescue: the image follows the path, so a known path needs no look here."""
    inside = in_rescue(instance.hvparams)
    if inside != server.rescue:
        event = _event(view, name, steps.SET_PARAMS, when=view.taken - 1)
        text = f"Server {server.id} is {'in' if inside else 'out of'} rescue in its cluster."
        found = evolve(event, hvparams=dict(instance.hvparams))
        yield Finding("rescue", view.backend, server.id, text, (found,))


def _tags(view: View, server: Server, name: str, instance: Instance) -> Iterator[Finding]:
    """Of people's tags: those that the cluster has and the rows have not confirmed, and the other
    way round. While a change of them is under way nothing is said."""
    rows = dict(view.tags.get(server.id, ()))
    there = {tag for tag in instance.tags if decoded_tag(tag) is not None}
    names = {decoded_tag(tag) for tag in there}
    missing = {tag for tag in there if rows.get(decoded_tag(tag) or "") != "ACTIVE"}
    extra = {tag for tag, status in rows.items() if status == "ACTIVE" and tag not in names}
    events = []
    if missing:
        event = _event(view, name, TAGS_SET)
        events.append(evolve(event, tags=tuple(sorted(missing))))
    if extra:
        event = _event(view, name, TAGS_DEL)
        events.append(evolve(event, tags=tuple(sorted(map(encoded_tag, extra)))))
    if events:
        text = f"Tags of server {server.id} differ."
        yield Finding("tags", view.backend, server.id, text, tuple(events))
