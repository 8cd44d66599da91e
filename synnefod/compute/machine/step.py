"""One step of a virtual machine's life: the row before, a report, the row after; pure.

Note [Order]. Reports may come twice, late, out of order or not at all. Three things are kept apart:

- the job fields follow the greatest (job, rank of its status, time) seen and never go back;
- the operational state follows the newest (time, job) among reports that say what it is, so an
  older report does not undo a newer one (ganeti.md 21); removal is final whenever it is heard;
- the pending task and its commission are settled by the job's number alone, however late.

`apply` is thus idempotent by (job, time), and independent of order as far as the last two go.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from synnefod.cluster.interface import JobEvent, JobStatus, ProgressEvent
from synnefod.compute.machine.states import MACHINE, STATEFUL, Event, Operstate, Output

RANK = {"": -1, "queued": 0, "waiting": 1, "running": 2, "canceling": 2}
_FINAL = 3
CREATE = "OP_INSTANCE_CREATE"
STARTUP = "OP_INSTANCE_STARTUP"
SHUTDOWN = "OP_INSTANCE_SHUTDOWN"
REBOOT = "OP_INSTANCE_REBOOT"
REMOVE = "OP_INSTANCE_REMOVE"
SET_PARAMS = "OP_INSTANCE_SET_PARAMS"


@frozen
class Life:
    """What the machine knows of a server. Times in microseconds; 0 and "" mean never and none.

    `seen` and `seen_job` mark the report that the operational state follows, `shape_seen` the one
    that NICs, disks and the flavor follow. `serial` is the pending commission of `task`.
    """

    operstate: Operstate = Operstate.BUILD
    action: str = ""
    task: str = ""
    task_job: int | None = None
    serial: int | None = None
    job: int = 0
    opcode: str = ""
    status: str = ""
    log: str = ""
    job_when: int = 0
    seen: int = 0
    seen_job: int = 0
    shape_seen: int = 0
    progress: int = 0
    launched: int | None = None
    terminated: int | None = None

    @property
    def deleted(self) -> bool:
        return self.operstate is Operstate.DESTROYED


@frozen
class Step:
    """The life after a report, and what to do in the same transaction, in order.

    `settled` is the action whose job ended with this report ("" for none), `good` its outcome.
    """

    life: Life
    outputs: tuple[Output, ...] = ()
    settled: str = ""
    good: bool = False


def classify(life: Life, event: JobEvent, *, gone: bool) -> Event:
    """What the report means. `gone`: the cluster says that it has no such instance (GNT-126)."""
    if not event.status.final:
        return Event.PROGRESSED
    good = event.status is JobStatus.SUCCESS
    if event.opcode == REMOVE:
        return Event.REMOVED if good or gone else Event.FAILED
    if event.opcode == CREATE:
        if good:
            return Event.CREATED
        if life.task_job is not None and event.job not in (0, life.task_job):
            return Event.FAILED  # another creation of the same name: refused by the cluster
        return Event.CREATE_DEFERRED if _locks_held(event) else Event.CREATE_FAILED
    if not good:
        return Event.FAILED
    if event.opcode in (STARTUP, REBOOT):
        return Event.STARTED
    return Event.STOPPED if event.opcode == SHUTDOWN else Event.CHANGED


def apply(life: Life, event: JobEvent, *, gone: bool = False) -> Step:
    """The step for one report. A report about a deleted server changes nothing."""
    if life.deleted:
        return Step(life)
    life = _note_job(life, event)
    kind = classify(life, event, gone=gone)
    if kind is Event.PROGRESSED:
        return Step(life)
    fresh = (
        kind is Event.REMOVED
        or kind not in STATEFUL
        or (event.when, event.job) > (life.seen, life.seen_job)
    )
    move = MACHINE.step(life.operstate, kind if fresh else Event.FAILED)
    mine = event.job != 0 and event.job == life.task_job
    good = event.status is JobStatus.SUCCESS or kind is Event.REMOVED
    outputs: list[Output] = []
    follow = _new_shape(event) and event.when > life.shape_seen and kind is Event.CHANGED
    recount = Output.RECOUNT in move.outputs or follow
    if life.serial is not None and (mine or recount):
        accept = mine and good and fresh
        outputs.append(Output.ACCEPT if accept else Output.REJECT)
        recount = recount and not accept
        life = evolve(life, serial=None)
    if recount:
        outputs.append(Output.RECOUNT)
    outputs += _seen_parts(life, event)
    if follow:
        outputs.append(Output.FOLLOW_FLAVOR)
    outputs += [output for output in move.outputs if output is not Output.RECOUNT]
    settled = life.task if mine or (kind is Event.REMOVED and life.task == "DESTROY") else ""
    life = _advance(life, event, kind, move.to, mine=mine, fresh=fresh)
    return Step(life, tuple(outputs), settled, good)


def answered(life: Life, action: str, job: int) -> Life:
    """The cluster took the submission of `action` as `job`. A second call changes nothing."""
    if life.deleted or life.task != action or life.task_job is not None:
        return life
    newer = job > life.job
    return evolve(
        life,
        task_job=job,
        job=job if newer else life.job,
        status="queued" if newer else life.status,
        opcode=OPCODES.get(action, SET_PARAMS) if newer else life.opcode,
        job_when=0 if newer else life.job_when,
        log="" if newer else life.log,
    )


def given_up(life: Life, action: str) -> Step:
    """The submission of `action` will not be tried again: no job exists (6.2, CMP-085).

    A creation ends in ERROR and keeps its charge; anything else leaves the server as it was.
    """
    if life.deleted or life.task != action or life.task_job is not None:
        return Step(life)
    outputs: list[Output] = []
    if life.serial is not None:
        outputs.append(Output.REJECT)
    life = evolve(life, task="", serial=None)
    if action == "BUILD" and life.operstate is Operstate.BUILD:
        outputs.append(Output.FAIL_PARTS)
        life = evolve(life, operstate=Operstate.ERROR)
    return Step(life, tuple(outputs), action, False)


def progress(life: Life, event: ProgressEvent) -> Life:
    """The deployment's percentage; never touches the watermark (GNT-136, GNT-137)."""
    if life.deleted or life.operstate is not Operstate.BUILD or event.kind != "image-copy-progress":
        return life
    value = event.body.get("progress")
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        return life
    return evolve(life, progress=max(life.progress, min(100, int(value))))


OPCODES = {
    "BUILD": CREATE,
    "START": STARTUP,
    "STOP": SHUTDOWN,
    "REBOOT": REBOOT,
    "DESTROY": REMOVE,
    "GROW_VOLUME": "OP_INSTANCE_GROW_DISK",
}
"""Action -> the opcode that carries it out; all others modify the instance."""


def too_early(life: Life, event: JobEvent) -> bool:
    """Whether the report may speak of a submission whose job number is not yet recorded."""
    return bool(life.task) and life.task_job is None and event.job > life.job


def _note_job(life: Life, event: JobEvent) -> Life:
    if event.job == 0:
        return life
    rank = _FINAL if event.status.final else RANK[event.status.value]
    known = RANK.get(life.status, _FINAL)
    if (event.job, rank, event.when) <= (life.job, known, life.job_when):
        return life
    return evolve(
        life,
        job=event.job,
        opcode=event.opcode,
        status=event.status.value,
        log=event.log,
        job_when=event.when,
    )


def _advance(
    life: Life, event: JobEvent, kind: Event, to: Operstate, *, mine: bool, fresh: bool
) -> Life:
    changes: dict[str, Any] = {"operstate": to}
    if mine or kind is Event.REMOVED:
        changes |= {"task": "", "task_job": None}
    if kind in STATEFUL and fresh and (event.when, event.job) > (life.seen, life.seen_job):
        changes |= {"seen": event.when, "seen_job": event.job}
    if _reports_shape(event):
        changes["shape_seen"] = max(life.shape_seen, event.when)
    if to is Operstate.STARTED and life.launched is None:
        changes["launched"] = event.when
    if kind is Event.REMOVED:
        changes["terminated"] = event.when
    if kind is Event.CREATE_DEFERRED and fresh and life.operstate is Operstate.BUILD:
        changes |= {"task": "BUILD", "task_job": None}
    return evolve(life, **changes)


def _seen_parts(life: Life, event: JobEvent) -> list[Output]:
    if event.when <= life.shape_seen:
        return []
    outputs = []
    if event.nics is not None:
        outputs.append(Output.SEE_NICS)
    if event.disks is not None:
        outputs.append(Output.SEE_DISKS)
    if event.hvparams is not None:
        outputs.append(Output.SEE_RESCUE)
    return outputs


def _reports_shape(event: JobEvent) -> bool:
    told = (event.nics, event.disks, event.hvparams)
    return any(each is not None for each in told) or _new_shape(event)


def _new_shape(event: JobEvent) -> bool:
    return event.opcode == SET_PARAMS and shape(event) != (None, None)


def shape(event: JobEvent) -> tuple[int | None, int | None]:
    """The vCPUs and MiB of memory that the job set, None for those it did not (GNT-128)."""
    beparams = event.job_fields.get("beparams") or {}
    cpus, memory = beparams.get("vcpus"), beparams.get("maxmem", beparams.get("memory"))
    return (
        cpus if isinstance(cpus, int) else None,
        memory if isinstance(memory, int) else None,
    )


def _locks_held(event: JobEvent) -> bool:
    """GNT-125: refused for temporary want of nodes while locking opportunistically."""
    if not event.job_fields.get("opportunistic_locking"):
        return False
    result = event.result
    if not isinstance(result, list | tuple) or len(result) < 2:
        return False
    reasons = result[1]
    return (
        isinstance(reasons, list | tuple)
        and len(reasons) > 1
        and reasons[1] == "temp_insufficient_resources"
    )
