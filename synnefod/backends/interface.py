"""The registry of Ganeti clusters ("backends"): which exist, what they can take, which to use."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from attrs import frozen

from synnefod.cluster.interface import Address, Cluster
from synnefod.common.errors import Unavailable
from synnefod.common.ids import BackendId, JobId, ProjectId, UserId
from synnefod.store.interface import Tx


class NoBackend(Unavailable):
    """No available backends."""


@frozen
class Backend:
    """A registered cluster (ganeti.md 10). Memory and disk in MiB; `updated` in microseconds."""

    id: BackendId
    name: str
    url: str
    username: str
    index: int
    drained: bool
    offline: bool
    public: bool
    hypervisor: str
    disk_templates: tuple[str, ...]
    version: str
    mfree: int
    mtotal: int
    dfree: int
    dtotal: int
    instances: int
    cpus: int
    updated: int


@frozen
class Need:
    """What a new server takes: MiB of memory and disk, and the disk template."""

    memory: int
    disk: int
    vcpus: int
    disk_template: str


@frozen
class NewBackend:
    """What an administrator says of a cluster. `hypervisor` "" takes the cluster's own default;
    `check` proves the credentials with a write and the name by asking (GNT-158)."""

    name: str
    url: str
    username: str
    password: str
    verify: str = "off"
    hypervisor: str = ""
    drained: bool = True
    public: bool = True
    check: bool = True

    def __repr__(self) -> str:
        return f"NewBackend({self.name} {self.url} as {self.username})"


@frozen
class Changes:
    """What to change of a backend; None leaves it as it is."""

    name: str | None = None
    url: str | None = None
    username: str | None = None
    password: str | None = None
    verify: str | None = None
    hypervisor: str | None = None
    drained: bool | None = None
    offline: bool | None = None
    public: bool | None = None

    def __repr__(self) -> str:
        return f"Changes({self.name} {self.url} {self.username})"


class Backends(Protocol):
    """The registry and the allocator."""

    async def allocate(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        need: Need,
        only: BackendId | None = None,
    ) -> Backend:
        """Chooses a cluster from cached figures and takes `need` off them (GNT-060..072). `only`:
        an administrator's own choice, which may be drained or not public.

        Raises NoBackend.
        """

    async def all(self) -> list[Backend]: ...

    async def get(self, backend: BackendId) -> Backend:
        """Raises NotFound."""

    async def by_cluster_name(self, name: str) -> Backend | None: ...

    async def every(self, tx: Tx) -> list[Backend]:
        """All clusters, by their numbers."""

    async def numbers(self, tx: Tx) -> dict[str, BackendId]:
        """All clusters' numbers by their names."""

    async def cluster(self, backend: BackendId) -> Cluster:
        """The way to the cluster. Raises NotFound; Unavailable when it is marked offline."""

    async def addresses(self) -> list[Address]:
        """Of all clusters that are not offline."""

    async def may_hold(self, tx: Tx, project: ProjectId, backend: BackendId) -> bool:
        """Whether a server of `project` may stand on the cluster: it is public, or the project
        is mapped to it."""


class Administration(Backends, Protocol):
    """What the administrator may do beyond."""

    async def add(self, new: NewBackend) -> Backend:
        """Registers a cluster, its figures loaded. Raises Malformed, AlreadyExists, Conflict
        (wrong name, too many), and what the cluster raises."""

    async def modify(self, backend: BackendId, changes: Changes, *, check: bool = True) -> Backend:
        """New ways in are proved first, unless `check` is off (GNT-159). Raises as `add`."""

    async def remove(self, backend: BackendId) -> None:
        """Raises NotFound; Conflict while it is in use (GNT-160)."""

    async def refresh_all(self) -> list[Backend]:
        """Refreshes what is not offline; those that answered (GNT-162)."""


@frozen
class CheckLine:
    """One thing that was looked at on a cluster. `result`: ok, fail, or warning."""

    backend: BackendId
    name: str
    check: str
    result: str
    details: str


@frozen
class RunningJob:
    """A job that has not ended. `what`: its opcodes' names and the instance or network that each is
    about; `received`: microseconds since the epoch."""

    backend: BackendId
    name: str
    job: JobId
    status: str
    what: str
    received: int | None


class Checks(Protocol):
    """Whether clusters can be used (OPS-071), and what they are at."""

    async def check(self, backend: BackendId | None = None) -> list[CheckLine]:
        """Of one cluster, or of all that are not offline. Leaves nothing behind but ended jobs.
        Raises NotFound."""

    async def running(self) -> list[RunningJob]:
        """The jobs that have not ended, of all clusters that are not offline and answer; whoever
        submitted them. By cluster and number."""


@frozen
class Mapping:
    """Servers of this project are made on this cluster (and on its other ones) alone."""

    id: int
    project: ProjectId
    backend: BackendId


class Mappings(Protocol):
    """Which projects use which clusters (GNT-062)."""

    async def all(self) -> list[Mapping]: ...

    async def add(self, project: ProjectId, backend: BackendId) -> Mapping:
        """Raises NotFound (backend), AlreadyExists."""

    async def remove(
        self,
        mapping: int | None = None,
        project: ProjectId | None = None,
        backend: BackendId | None = None,
    ) -> int:
        """Removes what fits all that is given; how many. Raises NotFound."""


@frozen
class QueueLine:
    """A queue of events: how many messages wait, and how many are dead letters of it."""

    name: str
    waiting: int
    dead: int


@frozen
class QueueMessage:
    """A waiting message. `body` is its text, or base64 as `encoding` says; `reason` why it died,
    if it did; `retried`: it came back from the dead letters once."""

    fingerprint: str
    key: str
    body: str
    encoding: str
    reason: str
    retried: bool


@frozen
class Retried:
    """What became of a queue's dead letters: sent back, dropped because they died twice, kept
    though they did, and those without a word of their death, which stay where they are."""

    queue: str
    sent: int
    dropped: int
    kept: int
    strange: int


class Queues(Protocol):
    """The queues of events, for administrators (OPS-121 to OPS-125)."""

    async def queues(self) -> list[QueueLine]: ...

    async def inspect(self, queue: str, most: int) -> list[QueueMessage]:
        """The first messages of a queue, which stay in it. Raises NotFound."""

    async def remove(self, queue: str, fingerprints: Collection[str]) -> int:
        """Removes messages that `inspect` told of, one for each fingerprint; how many were still
        there. Raises NotFound."""

    async def purge(self, queue: str) -> int:
        """Removes all messages; how many. Raises NotFound."""

    async def retry(self, *, keep_zombies: bool) -> list[Retried]:
        """Sends the dead letters back to where they came from, marked. Those that died twice are
        dropped, or stay with `keep_zombies`."""
