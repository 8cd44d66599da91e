"""The job queue: jobs walk queued, waiting, running, final on a clock, and are files in a folder.

    QUEUE/version  QUEUE/serial  QUEUE/job-N  QUEUE/archive/<N div 10000>/job-N

Every change replaces the whole file by rename from `job-N-PID-SEQ.tmp`, as Ganeti does, so that
whoever watches a real queue can watch this one. Final jobs are read from their files when asked
for; only open ones are in memory.

Note [Resumption]. A job's file is its state. On start the open ones go on from where their opcodes
stand: an opcode whose effect was kept before the end (world.py, Note [Applied once]) ends with the
result kept, another begins its present stage again.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import Factory, define
from twisted.internet.defer import CancelledError, Deferred, DeferredSemaphore
from twisted.logger import Logger

from synnefod.common.clockwork import IClock, OneAtATime, sleep, start
from synnefod.common.text import micros
from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator import operations
from synnefod.simulator.failures import OpFailed, execution
from synnefod.simulator.job import FINAL, Job, Op, Pair
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.opcodes import BY_ID
from synnefod.simulator.plan import Plan
from synnefod.simulator.world import World, replace_file

log = Logger()
AT_ONCE = 20
"""Ganeti's max_running_jobs."""
KEPT = 200
"""Final jobs that stay in the queue folder; older ones are moved to the archive."""
_QUEUED, _LOCKING, _LOGGING = 0.2, 0.01, 0.05


@define
class _Open:
    job: Job
    work: Deferred[None] | None = None
    watchers: list[Deferred[None]] = Factory(list)


class JobQueue:
    """Runs jobs against a World. `begin` resumes what the folder holds; `stop` halts, losing
    nothing. `ended` is called with each job that has become final, `installing` with an instance's
    name and the share of its image (0 to 1) that is copied."""

    def __init__(
        self,
        clock: IClock,
        folder: Path,
        world: World,
        knobs: Knobs,
        ended: Callable[[Job], None],
        installing: Callable[[str, float], None] = lambda _name, _share: None,
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._world = world
        self._knobs = knobs
        self._ended = ended
        self._installing = installing
        self._open: dict[int, _Open] = {}
        self._final: deque[int] = deque()
        self._locks: OneAtATime[str] = OneAtATime()
        self._slots = DeferredSemaphore(AT_ONCE)
        self._temporary = 0
        self._held: list[Deferred[None]] = []
        (folder / "archive").mkdir(parents=True, exist_ok=True)
        self._serial = self._read_serial()

    def begin(self) -> None:
        replace_file(self.folder / "version", b"1\n")
        for job in sorted(self._stored(), key=lambda job: job.id):
            self._serial = max(self._serial, job.id)
            if job.final:
                self._final.append(job.id)
            else:
                self._run(job)

    def stop(self) -> None:
        for each in list(self._open.values()):
            if each.work is not None:
                each.work.cancel()
        self._open.clear()

    def submit(self, inputs: list[dict[str, Any]]) -> int:
        """A new job of these opcodes, kept before this returns; its number."""
        self._serial += 1
        replace_file(self.folder / "serial", b"%d\n" % self._serial)
        for index, given in enumerate(inputs):
            short = given["OP_ID"].removeprefix("OP_").lower()
            stamp = int(self._clock.seconds() * 1e9)
            given["reason"].append(
                [f"gnt:opcode:{short}", f"job={self._serial};index={index}", stamp]
            )
        job = Job(self._serial, [Op(given) for given in inputs], self._now())
        self._write(job)
        self._run(job)
        return job.id

    def get(self, number: int) -> Job | None:
        """The job, open, final or archived; None for one that is not known."""
        if number in self._open:
            return self._open[number].job
        for path in (self._path(number), self._archived(number)):
            try:
                return msgspec.json.decode(path.read_bytes(), type=Job)
            except FileNotFoundError:
                continue
        return None

    def all(self) -> Iterator[Job]:
        """Every job that is not archived, by number."""
        for number in sorted([*self._final, *self._open]):
            job = self.get(number)
            if job is not None:
                yield job

    def cancel(self, number: int) -> tuple[bool, str]:
        """What Ganeti answers to a cancellation."""
        entry = self._open.get(number)
        if entry is None:
            return False, f"Job {number} not found in queue"
        if entry.job.status == "running":
            return False, "Job no longer waiting, can't cancel (informed it anyway)"
        for op in entry.job.ops:
            op.status, op.result, op.end_timestamp = "canceled", "Job canceled", self._now()
        if entry.work is not None:
            entry.work.cancel()
        self._finish(entry)
        return True, f"Job {number} canceled"

    def lose(self, number: int) -> None:
        """The job and its file vanish, as if the queue had been damaged."""
        entry = self._open.pop(number, None)
        if entry is not None and entry.work is not None:
            entry.work.cancel()
        if number in self._final:
            self._final.remove(number)
        self._path(number).unlink(missing_ok=True)

    def archive(self, number: int) -> None:
        """Moves a final job's file to the archive."""
        if number in self._final:
            self._final.remove(number)
            target = self._archived(number)
            target.parent.mkdir(exist_ok=True)
            self._path(number).rename(target)

    def changed(self, number: int) -> Deferred[None]:
        """Fires when the open job's status or log changes next."""
        watcher: Deferred[None] = Deferred()
        self._open[number].watchers.append(watcher)
        return watcher

    def release(self) -> None:
        """Lets go the jobs that the knob `hold` keeps from running."""
        self._knobs.hold = False
        held, self._held = self._held, []
        for each in held:
            each.callback(None)

    # --- a job's life ---

    def _run(self, job: Job) -> None:
        entry = self._open[job.id] = _Open(job)
        entry.work = start(self._live(entry), f"simulated job {job.id}")

    async def _live(self, entry: _Open) -> None:
        job = entry.job
        if job.start_timestamp is None:
            await self._pass(_QUEUED)
        await self._turn()
        slots = [self._slots]
        try:
            failed: Any = None
            for index, op in enumerate(job.ops):
                if op.status in FINAL:
                    failed = failed or (op.status != "success")
                elif failed:
                    self._close(op, "error", execution("Preceding opcode failed").result)
                else:
                    failed = not await self._operate(entry, index, op, slots)
            self._finish(entry)
        except CancelledError:
            raise
        except Exception:
            log.failure("the simulated job {job} broke", job=job.id)
            for op in job.ops:
                if op.status not in FINAL:
                    self._close(op, "error", f"detected death of job {job.id}")
            self._finish(entry)
        finally:
            for slot in slots:
                slot.release()

    async def _operate(
        self, entry: _Open, index: int, op: Op, slots: list[DeferredSemaphore]
    ) -> bool:
        resumed = op.status == "running"
        if op.status == "queued":
            op.status, op.start_timestamp = "waiting", self._now()
            entry.job.start_timestamp = entry.job.start_timestamp or op.start_timestamp
            self._tell(entry)
        if not resumed:
            # A job that waits for others must not keep them from running.
            slots.pop().release()
            verdict = await self._await_others(op)
            await self._turn()
            slots.append(self._slots)
            if verdict is not None:
                self._close(op, *verdict)
                return False
        return await self._locks.run(
            operations.lock_of(op.input), lambda: self._execute(entry, index, op, resumed)
        )

    async def _execute(self, entry: _Open, index: int, op: Op, resumed: bool) -> bool:
        kind = op.input["OP_ID"]
        await self._pass(_LOCKING)
        kept = self._world.done_already(entry.job.id, index) if resumed else None
        if kept is not None:
            self._close(op, "success", kept.result)
            return True
        forced = self._knobs.failure_for(kind)
        if forced is not None:
            self._close(op, forced.status, forced.result)
            return False
        try:
            planned = operations.plan(self._world, op.input)
        except OpFailed as failure:
            gone = resumed and kind in (v.REMOVE, v.NETWORK_REMOVE)
            if gone and v.UNKNOWN_ENTITY in str(failure.result):
                self._close(op, "success", None)
                return True
            self._close(op, "error", failure.result)
            return False
        try:
            return await self._perform(entry, index, op, planned)
        finally:
            self._world.taken -= planned.promised

    async def _perform(self, entry: _Open, index: int, op: Op, planned: Plan) -> bool:
        op.status, op.exec_timestamp = "running", self._now()
        op.log = []
        self._tell(entry)
        left = BY_ID[op.input["OP_ID"]].seconds
        share = left / (len(planned.log) + 1)
        for number, line in enumerate(planned.log, 1):
            await self._pass(share)
            op.log.append([number, self._now(), "message", line])
            self._tell(entry)
            if op.input["OP_ID"] == v.CREATE and op.input.get("disks"):
                self._installing(op.input["instance_name"], number / len(planned.log))
        await self._pass(share)
        self._world.acting = (entry.job.id, index)
        try:
            result = planned.effect()
        except OpFailed as failure:
            self._close(op, "error", failure.result)
            return False
        finally:
            self._world.acting = None
        self._close(op, "success", result)
        return True

    async def _await_others(self, op: Op) -> tuple[str, Any] | None:
        """Waits for `depends`; how the opcode ends when one of them ended in another way."""
        for number, states in op.input.get("depends") or ():
            while True:
                other = self.get(int(number))
                if other is None:
                    text = f"Dependency error: Job {number} not found"
                    return "error", execution(text).result
                if other.final:
                    break
                await self.changed(int(number))
            if other.status in states:
                continue
            if other.status == "canceled":
                return "canceled", f"Job canceled due to dependency {number}"
            wanted = ", ".join(f"'{state}'" for state in states)
            return "error", execution(
                f"Dependency job {number} finished with status '{other.status}',"
                f" not one of {wanted} as required"
            ).result
        return None

    async def _turn(self) -> None:
        """Waits for a free slot. The pause keeps hundreds of jobs that wake each other from
        running on one stack."""
        await self._slots.acquire()
        try:
            await sleep(self._clock, 0)
        except CancelledError:
            self._slots.release()
            raise

    async def _pass(self, seconds: float) -> None:
        if self._knobs.hold:
            held: Deferred[None] = Deferred()
            self._held.append(held)
            await held
        await sleep(self._clock, seconds * self._knobs.pace)

    def _close(self, op: Op, status: str, result: Any) -> None:
        op.status, op.result, op.end_timestamp = status, result, self._now()

    def _finish(self, entry: _Open) -> None:
        job = entry.job
        job.end_timestamp = self._now()
        self._open.pop(job.id, None)
        self._final.append(job.id)
        self._tell(entry)
        while len(self._final) > KEPT:
            self.archive(min(self._final))
        self._ended(job)

    def _tell(self, entry: _Open) -> None:
        """Writes the job's file and wakes whoever waits for a change."""
        self._write(entry.job)
        watchers, entry.watchers = entry.watchers, []
        for watcher in watchers:
            watcher.callback(None)

    # --- files ---

    def _now(self) -> Pair:
        now = micros(self._clock.seconds())
        return now // 1_000_000, now % 1_000_000

    def _path(self, number: int) -> Path:
        return self.folder / f"job-{number}"

    def _archived(self, number: int) -> Path:
        return self.folder / "archive" / str(number // 10000) / f"job-{number}"

    def _write(self, job: Job) -> None:
        self._temporary += 1
        beside = f"job-{job.id}-{os.getpid()}-{self._temporary}.tmp"
        replace_file(self._path(job.id), msgspec.json.encode(job), 0o640, new=beside)

    def _read_serial(self) -> int:
        try:
            return int((self.folder / "serial").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _stored(self) -> Iterator[Job]:
        for path in self.folder.glob("job-*"):
            if path.name.removeprefix("job-").isdigit():
                yield msgspec.json.decode(path.read_bytes(), type=Job)
            elif path.name.endswith(".tmp"):
                path.unlink()
