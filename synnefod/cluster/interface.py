"""What the services need of a Ganeti cluster, in their own words; and the facts it reports.

Two mouths report facts: `cluster/events` (the bus) and `cluster/poller` (RAPI). Both yield the
same values, so that whoever listens cannot tell them apart.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import Factory, frozen

from synnefod.common.errors import NotFound, Refusal, Unavailable
from synnefod.common.ids import BackendId, JobId


class ClusterUnavailable(Unavailable):
    """The cluster's RAPI does not answer (connection, time-out, 502, 503, 504)."""


class ClusterRefused(Refusal):
    """The cluster understood and refused (bad parameter, credentials, wrong state)."""


class InstanceUnknown(NotFound):
    """The cluster has no instance of this name."""


class JobStatus(enum.Enum):
    """A job's or opcode's status word in Ganeti."""

    QUEUED = "queued"
    WAITING = "waiting"
    CANCELING = "canceling"
    RUNNING = "running"
    CANCELED = "canceled"
    SUCCESS = "success"
    ERROR = "error"

    @property
    def final(self) -> bool:
        return self in (JobStatus.SUCCESS, JobStatus.ERROR, JobStatus.CANCELED)


@frozen
class Nic:
    """A network card as the cluster sees it. `network` is the Ganeti network's name or None."""

    name: str
    mac: str
    ip: str | None
    network: str | None
    firewall: str | None = None


@frozen
class Disk:
    """A disk as the cluster sees it; `size` in MiB."""

    name: str
    size: int
    uuid: str = ""


@frozen
class Instance:
    """An instance as RAPI shows it. `running` is None when the node does not answer."""

    name: str
    status: str
    running: bool | None
    admin_state: str
    vcpus: int
    memory: int
    pnode: str
    network_port: int | None
    nics: tuple[Nic, ...]
    disks: tuple[Disk, ...]
    tags: tuple[str, ...]
    mtime: float
    hvparams: Mapping[str, Any] = Factory(dict)


@frozen
class JobEvent:
    """One opcode of a job changed: a fact about an instance (ganeti.md 11).

    `when` is the opcode's own time on the master's clock, microseconds. `job_fields` holds the
    parts of the opcode's input that ganeti.md 11.4 names. `nics` and `disks` are None when the
    report does not carry them. `source` says which mouth spoke ("bus", "poll", "reconcile").
    """

    cluster: str
    instance: str
    job: JobId
    opcode: str
    status: JobStatus
    when: int
    log: str = ""
    result: Any = None
    job_fields: Mapping[str, Any] = Factory(dict)
    nics: tuple[Nic, ...] | None = None
    disks: tuple[Disk, ...] | None = None
    hvparams: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    source: str = "bus"


@frozen
class NetworkEvent:
    """One opcode of a network job changed."""

    cluster: str
    network: str
    job: JobId
    opcode: str
    status: JobStatus
    when: int
    log: str = ""
    job_fields: Mapping[str, Any] = Factory(dict)
    source: str = "bus"


@frozen
class ClusterEvent:
    """The cluster's parameters changed."""

    cluster: str
    job: JobId
    opcode: str
    status: JobStatus
    when: int


@frozen
class ProgressEvent:
    """A message of the image deployment (ganeti.md 16). `kind` is the wire's `type`."""

    cluster: str
    instance: str
    kind: str
    when: int
    body: Mapping[str, Any]


@frozen
class Job:
    """A job as RAPI shows it. Times in microseconds or None; `ops` are the opcodes' inputs.

    `op_when` are the opcodes' own times for their present states, as the bus reports them
    (ganeti.md 11.2), so that one transition has one time whichever mouth tells it.
    """

    id: JobId
    status: JobStatus
    ops: tuple[Mapping[str, Any], ...]
    op_status: tuple[JobStatus, ...]
    op_result: tuple[Any, ...]
    op_log: tuple[tuple[Any, ...], ...]
    received: int | None
    started: int | None
    ended: int | None
    op_when: tuple[int, ...] = ()


@frozen
class ClusterInfo:
    name: str
    version: str
    hypervisor: str
    disk_templates: tuple[str, ...]
    master: str


@frozen
class Capacity:
    """Sums over usable nodes (ganeti.md 10); memory and disk in MiB."""

    mfree: int
    mtotal: int
    dfree: int
    dtotal: int
    instances: int
    cpus: int


@frozen
class Node:
    """A node as RAPI shows it; memory and disk in MiB, 0 where the node does not answer."""

    name: str
    drained: bool
    offline: bool
    vm_capable: bool
    instances: int
    cpus: int
    mtotal: int
    mfree: int
    dtotal: int
    dfree: int


@frozen
class Address:
    """Where and how a cluster's RAPI is reached. `verify`: a CA file's path, `sha256:<hex>`, or
    "off" (GNT-013)."""

    backend: BackendId
    cluster: str
    url: str
    username: str
    password: str
    verify: str = "off"

    def __repr__(self) -> str:
        return f"Address({self.cluster} {self.url} as {self.username})"


class Cluster(Protocol):
    """One registered Ganeti cluster. Submitting methods return the job's number.

    Every submission carries `reason` (`synnefod:<uuid>`, GNT-024). After an ambiguous failure
    (the answer was lost) ask `job_by_reason` before submitting again. All raise
    ClusterUnavailable and ClusterRefused; those about one instance raise InstanceUnknown.
    """

    address: Address

    async def info(self) -> ClusterInfo: ...

    async def features(self) -> list[str]:
        """What the RAPI can do; a creation needs `instance-create-reqv1` (GNT-031)."""

    async def probe(self, *, reason: str) -> JobId:
        """Submits a change of nothing: proof that the account may write (GNT-158)."""

    async def heartbeat(self, tag: str, *, reason: str) -> JobId:
        """Submits a trial of tagging the cluster: its event daemon answers with a heartbeat when
        `tag` begins as it should (GNT-110)."""

    async def os_names(self) -> list[str]:
        """The names of the OS definitions with their variants."""

    async def capacity(self) -> Capacity: ...

    async def nodes(self) -> list[Node]: ...

    async def instances(self) -> list[Instance]: ...

    async def instance(self, name: str) -> Instance: ...

    async def jobs(self) -> list[Job]: ...

    async def job(self, job: JobId) -> Job | None:
        """The job, or None for one that the cluster does not know (archived away)."""

    async def some_jobs(self, jobs: Sequence[JobId]) -> list[Job]:
        """Those of `jobs` that the cluster knows, archived ones included, in one request."""

    async def job_by_reason(self, reason: str) -> JobId | None:
        """The newest job submitted with this reason, or None."""

    async def create(self, body: Mapping[str, Any], *, reason: str) -> JobId:
        """Submits OP_INSTANCE_CREATE with the body of ganeti.md 5.1."""

    async def start(self, name: str, *, reason: str) -> JobId: ...

    async def stop(self, name: str, *, reason: str, timeout: int | None = None) -> JobId: ...

    async def reboot(
        self, name: str, *, reason: str, shutdown_timeout: int | None = None
    ) -> JobId: ...

    async def remove(
        self,
        name: str,
        *,
        reason: str,
        shutdown_timeout: int | None = None,
        after: Sequence[JobId] = (),
    ) -> JobId:
        """`after`: jobs that must succeed first."""

    async def rename(self, name: str, new: str, *, reason: str) -> JobId:
        """Of a stopped instance."""

    async def modify(self, name: str, body: Mapping[str, Any], *, reason: str) -> JobId: ...

    async def grow_disk(self, name: str, disk: int, size: int, *, reason: str) -> JobId:
        """Submits OP_INSTANCE_GROW_DISK: the disk at that index has `size` MiB afterwards."""

    async def snapshot(
        self, name: str, disks: Sequence[tuple[str, Mapping[str, Any]]], *, reason: str
    ) -> JobId:
        """Submits OP_INSTANCE_SNAPSHOT of disks by name, each with its parameters (ganeti.md 8).
        Raises ClusterRefused where the cluster has no such call."""

    async def add_tags(self, name: str, tags: Sequence[str], *, reason: str) -> JobId:
        """Submits OP_TAGS_SET on an instance; `tags` in Ganeti's own alphabet (ganeti.md 9)."""

    async def remove_tags(self, name: str, tags: Sequence[str], *, reason: str) -> JobId: ...

    async def networks(self) -> list[Mapping[str, Any]]: ...

    async def groups(self) -> list[str]: ...

    async def create_network(self, body: Mapping[str, Any], *, reason: str) -> JobId: ...

    async def connect_network(
        self, name: str, body: Mapping[str, Any], *, reason: str
    ) -> JobId: ...

    async def disconnect_network(self, name: str, group: str, *, reason: str) -> JobId: ...

    async def remove_network(
        self, name: str, *, reason: str, depends: Sequence[JobId] = ()
    ) -> JobId: ...


class Clusters(Protocol):
    """Makes and keeps one Cluster (connection pool, limits, circuit breaker) for each address."""

    def at(self, address: Address) -> Cluster:
        """The cluster behind `address`; a changed address gets a fresh pool (GNT-016)."""

    def forget(self, backend: BackendId) -> None:
        """The backend is gone; its pool is let go. A second call does nothing."""
