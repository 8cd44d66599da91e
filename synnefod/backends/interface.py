"""The registry of Ganeti clusters ("backends"): which exist, what they can take, which to use."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from synnefod.cluster.interface import Address, Cluster
from synnefod.common.errors import Unavailable
from synnefod.common.ids import BackendId, ProjectId, UserId
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


class Backends(Protocol):
    """The registry and the allocator."""

    async def allocate(self, tx: Tx, user: UserId, project: ProjectId, need: Need) -> Backend:
        """Chooses a cluster from cached figures and takes `need` off them (GNT-060..072).

        Raises NoBackend.
        """

    async def all(self) -> list[Backend]: ...

    async def get(self, backend: BackendId) -> Backend:
        """Raises NotFound."""

    async def by_cluster_name(self, name: str) -> Backend | None: ...

    async def cluster(self, backend: BackendId) -> Cluster:
        """The way to the cluster. Raises NotFound; Unavailable when it is marked offline."""

    async def addresses(self) -> list[Address]:
        """Of all clusters that are not offline."""
