"""The role `eventd`: watches a Ganeti job queue and publishes what changes (ganeti.md 11).

Note [What is published]. For each job file the last status of every opcode that went out is kept;
a file is read when inotify names it, at the start, and again every while (a watch may overflow or
its folder may be replaced), and only opcodes whose status differs are published. The memory of a
job is dropped when its file leaves the folder. A status is remembered only after the broker's
confirm, so what was lost in between goes out again at the next look (duplicates are harmless).

Note [Order]. A job has at most one reader at a time and its messages go out one after another.
Statuses that a file passes through while its reader is busy may be skipped; the last one never is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any, Protocol

from attrs import define, evolve, field
from twisted.internet import inotify
from twisted.internet.defer import CancelledError
from twisted.logger import Logger
from twisted.python.filepath import FilePath

from synnefod.cluster.jobfiles import Change, changes
from synnefod.common.clockwork import Every, start
from synnefod.common.errors import Malformed, NotFound, Refusal
from synnefod.common.threads import IThreads
from synnefod.protocols.amqp.bus import Bus, Exchange, Topology
from synnefod.protocols.eventd import InstanceData, OpStatus, encode, routing_key

log = Logger()
JOB_FILE = re.compile(r"job-([0-9]{1,18})")
WINDOW = 25
"""Jobs that are read and published at the same time."""
MOST_BYTES = 64 * 1024 * 1024
_Stamp = tuple[int, int, int]


class InstanceQuery(Protocol):
    """Tells what an instance has at this moment (`protocols.luxi.Luxi`, or the simulator)."""

    async def instance(self, name: str) -> InstanceData:
        """Raises a Refusal (of common/errors) when it cannot be told."""


class Mastership(Protocol):
    """Whether this node is the cluster's master now (GNT-082); asked for every message."""

    def __call__(self) -> bool: ...


def master_by_file(folder: str, hostname: Callable[[], str]) -> Mastership:
    """Compares `ssconf_master_node` in Ganeti's data `folder` with the host's full name.

    A file that cannot be read means no: a node that does not know its cluster is not its master.
    """

    def is_master() -> bool:
        try:
            with open(os.path.join(folder, "ssconf_master_node"), encoding="utf-8") as file:
                return file.read().strip() == hostname()
        except (OSError, UnicodeDecodeError):
            return False

    return is_master


def cluster_name_by_file(folder: str) -> str:
    """The cluster's name from `ssconf_cluster_name` in Ganeti's data folder. Raises NotFound."""
    path = os.path.join(folder, "ssconf_cluster_name")
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NotFound(f"The cluster's name cannot be read from {path}: {error}") from None


@define
class _Known:
    """What is known of one job: the file's stamp as read, and the statuses that went out."""

    stamp: _Stamp = (0, 0, 0)
    sent: dict[int, str] = field(factory=dict)


@define(eq=False)
class JobQueueWatcher:
    """Publishes the changes of the job files in `folder` to `exchange` on `bus`.

    `rescan` and `recheck` are in seconds: how often the whole folder is compared with what is
    known, and how often the watch and the mastership are looked at. `deposed` is called when the
    node was the master and is not any more.
    """

    reactor: Any
    folder: str
    cluster: str
    bus: Bus
    query: InstanceQuery
    threads: IThreads
    is_master: Mastership = lambda: True
    exchange: str = "ganeti"
    rescan: float = 60.0
    recheck: float = 5.0
    deposed: Callable[[], object] = lambda: None
    _known: dict[int, _Known] = field(factory=dict, init=False)
    _waiting: dict[int, None] = field(factory=dict, init=False)
    _busy: dict[int, bool] = field(factory=dict, init=False)
    _watch: Any = field(default=None, init=False)
    _watched: tuple[int, int] | None = field(default=None, init=False)
    _master: bool = field(default=False, init=False)
    _scan_timer: Every | None = field(default=None, init=False)
    _check_timer: Every | None = field(default=None, init=False)
    _stopped: bool = field(default=True, init=False)

    def start(self) -> None:
        """Watches, and publishes the present state of every job in the folder (GNT-092), from the
        moment on at which the broker is reached."""
        self._stopped = False
        start(self._begin(), "beginning to watch the job queue")

    async def _begin(self) -> None:
        try:
            # Whoever comes first makes the exchange; publishing to none would be refused.
            await self.bus.declare(Topology(exchanges=(Exchange(self.exchange),)))
        except Refusal as error:
            log.error("the exchange cannot be declared: {reason}", reason=error.message)
        if self._stopped:
            return
        self._scan_timer = Every(self.reactor, self.rescan, self._scan, "scanning the job queue")
        self._check_timer = Every(self.reactor, self.recheck, self._check, "watching the job queue")
        self._scan_timer.begin()
        self._check_timer.begin(now=True)

    async def stop(self) -> None:
        """Stops watching; what is being published is finished by the bus."""
        self._stopped = True
        self._waiting.clear()
        self._unwatch()
        for timer in (self._scan_timer, self._check_timer):
            if timer is not None:
                await timer.stop()

    def __len__(self) -> int:
        """How many jobs are remembered."""
        return len(self._known)

    # seeing

    async def _check(self) -> None:
        """Mends the watch, and looks at everything when it is new or we became the master."""
        try:
            status = os.stat(self.folder)
            present: tuple[int, int] | None = (status.st_dev, status.st_ino)
        except OSError:
            present = None
        fresh = present != self._watched
        if fresh:
            self._unwatch()
            if present is not None:
                fresh = self._begin_watch(present)
            else:
                log.warn("the job queue {folder} is not there", folder=self.folder)
        master = self.is_master()
        promoted, deposed = master and not self._master, self._master and not master
        self._master = master
        if deposed:
            log.info("this node is not the master of {cluster} any more", cluster=self.cluster)
            self.deposed()
        if fresh or promoted:
            await self._scan()

    def _begin_watch(self, present: tuple[int, int]) -> bool:
        watch: Any = inotify.INotify(self.reactor)  # type: ignore[no-untyped-call]
        watch.startReading()
        mask = (
            inotify.IN_MOVED_TO
            | inotify.IN_CLOSE_WRITE
            | inotify.IN_MOVED_FROM
            | inotify.IN_DELETE
            | inotify.IN_MOVE_SELF
        )
        try:
            watch.watch(FilePath(self.folder), mask=mask, callbacks=[self._noticed])
        except inotify.INotifyError as error:
            log.error("the job queue cannot be watched: {error}", error=str(error))
            watch.loseConnection()
            return False
        self._watch, self._watched = watch, present
        log.info("watching the job queue {folder}", folder=self.folder)
        return True

    def _unwatch(self) -> None:
        watch, self._watch, self._watched = self._watch, None, None
        if watch is not None and watch.connected:
            watch.loseConnection()

    def _noticed(self, _: object, path: Any, mask: int) -> None:
        if mask & (inotify.IN_DELETE_SELF | inotify.IN_MOVE_SELF):
            self._unwatch()
            if self._check_timer is not None:
                self._check_timer.soon()
            return
        number = job_number(os.fsdecode(path.basename()))
        if number is None:
            return
        if mask & (inotify.IN_MOVED_FROM | inotify.IN_DELETE):
            self._forget(number)
        else:
            self._touch(number)

    async def _scan(self) -> None:
        """Reads every file whose stamp is not the one that was read last. The master alone does:
        whoever becomes the master begins with everything."""
        if not self._master:
            self._known.clear()
            return
        found: dict[int, _Stamp] = await self.threads.disk(_stamps, self.folder)
        for number in [number for number in self._known if number not in found]:
            self._forget(number)
        for number in sorted(found):
            known = self._known.get(number)
            if known is None or known.stamp != found[number]:
                self._touch(number)

    def _forget(self, number: int) -> None:
        self._known.pop(number, None)
        self._waiting.pop(number, None)

    # reading and publishing

    def _touch(self, number: int) -> None:
        if number in self._busy:
            self._busy[number] = True
        else:
            self._waiting[number] = None
            self._pump()

    def _pump(self) -> None:
        while self._waiting and len(self._busy) < WINDOW and not self._stopped:
            number = next(iter(self._waiting))
            del self._waiting[number]
            self._busy[number] = False
            start(self._serve(number), f"publishing job {number}")

    async def _serve(self, number: int) -> None:
        try:
            await self._read(number)
        finally:
            again = self._busy.pop(number)
            if again and not self._stopped:
                self._waiting[number] = None
            self.reactor.callLater(0, self._pump)

    async def _read(self, number: int) -> None:
        if not self.is_master():
            return
        path = os.path.join(self.folder, f"job-{number}")
        try:
            content = await self.threads.disk(_read_file, path)
            if content is None:
                return  # archived meanwhile
            stamp, raw = content
            found = changes(raw, self.cluster)
        except (OSError, Malformed) as error:
            log.error("{path} is passed over: {reason}", path=path, reason=str(error))
            return
        known = self._known.setdefault(number, _Known())
        for change in found:
            if known.sent.get(change.index) == change.status:
                continue
            if not await self._publish(number, change):
                return  # without its stamp the file is read again by the next scan
            known.sent[change.index] = change.status
        known.stamp = stamp

    async def _publish(self, number: int, change: Change) -> bool:
        """False when the change did not go out and has to go out later."""
        if change.message is None:
            return True
        message = change.message
        if change.wants_data and isinstance(message, OpStatus):
            message = await self._with_data(message)
        if not self.is_master():
            return False  # should we become the master, it is still news
        try:
            await self.bus.publish(
                self.exchange,
                routing_key(message),
                encode(message),
                message_id=f"{self.cluster}/{number}/{change.index}/{change.status}",
            )
        except Refusal as error:
            log.warn("a message could not be published: {reason}", reason=error.message)
            return False
        return True

    async def _with_data(self, message: OpStatus) -> OpStatus:
        """With the instance's NICs, disks and parameters, if they can be had (GNT-093)."""
        try:
            data = await self.query.instance(message.instance)
        except Refusal as error:
            log.warn(
                "the message of job {job} goes without the data of {instance}: {reason}",
                job=message.job,
                instance=message.instance,
                reason=error.message,
            )
            return message
        except CancelledError:
            raise
        except Exception:
            log.failure("asking for the data of {instance} fails", instance=message.instance)
            return message
        return evolve(message, nics=data.nics, disks=data.disks, hvparams=data.hvparams)


def job_number(name: str) -> int | None:
    """The number in a job file's name; None for any other name, temporary ones included."""
    match = JOB_FILE.fullmatch(name)
    return int(match.group(1)) if match else None


def _stamps(folder: str) -> dict[int, _Stamp]:
    found: dict[int, _Stamp] = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                number = job_number(entry.name)
                if number is None:
                    continue
                try:
                    found[number] = _stamp(entry.stat(follow_symlinks=False))
                except FileNotFoundError:
                    continue
    except (FileNotFoundError, NotADirectoryError):
        return {}
    return found


def _read_file(path: str) -> tuple[_Stamp, bytes] | None:
    try:
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if status.st_size > MOST_BYTES:
                raise Malformed(f"The job file is larger than {MOST_BYTES} bytes.")
            return _stamp(status), file.read()
    except FileNotFoundError:
        return None


def _stamp(status: os.stat_result) -> _Stamp:
    return status.st_ino, status.st_mtime_ns, status.st_size
