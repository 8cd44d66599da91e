"""For administrators: comparisons, helper servers, and instances that others made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from synnefod.common.ids import BackendId, ServerId
from synnefod.common.principal import Principal
from synnefod.compute.enforcing import DEFAULT, Enforced, Scope
from synnefod.compute.helping import NewHelpers
from synnefod.compute.importing import Adoption
from synnefod.compute.interface import Detail
from synnefod.compute.victims import RESOURCES, Means

__all__ = [
    "DEFAULT",
    "RESOURCES",
    "Adoption",
    "Difference",
    "Enforced",
    "Enforcing",
    "Helpers",
    "Importing",
    "Means",
    "NewHelpers",
    "Reconciling",
    "Scope",
    "TakesOver",
]


class Difference(Protocol):
    """One thing in which the rows and a cluster differ. `kind`: stale, unsynced, pending,
    flavor, nics, disks, rescue, tags, snapshot, orphan or elsewhere (ganeti.md 17)."""

    @property
    def kind(self) -> str: ...
    @property
    def backend(self) -> BackendId: ...
    @property
    def server(self) -> int: ...
    @property
    def what(self) -> str: ...
    @property
    def ripe(self) -> bool:
        """False for an orphan that was first seen too short a time ago to be removed (OPS-109)."""


class Reconciling(Protocol):
    """Comparing the rows with the clusters on demand."""

    @property
    def last(self) -> tuple[int, Sequence[Difference]] | None:
        """The newest round that this daemon made by itself: when (microseconds), and what it
        found; None before the first (OPS-120)."""

    async def reconcile(
        self,
        *,
        fix: Collection[str] = (),
        backend: BackendId | None = None,
        parallel: bool = True,
    ) -> Sequence[Difference]:
        """The differences of one cluster or all, found before those of the kinds in `fix` were
        acted upon. Clusters that do not answer are left out; a fix that is refused is logged."""


class Helpers(Protocol):
    """Stopped servers that remove detached volumes (CMP-283, GNT-165)."""

    async def sync(self, owner: Principal, wanted: NewHelpers) -> list[ServerId]:
        """Makes those that are missing on each cluster, charged to the owner's project. Raises
        FlavorNotFound, NotFound (image, backend), Malformed, OverQuota."""

    async def settle(self) -> None:
        """Stops those that run."""


class Importing(Protocol):
    """Instances of a cluster that become servers (CMP-285, GNT-164)."""

    async def adopt(self, owner: Principal, wanted: Adoption) -> Detail:
        """Stops the instance, makes its row, charges it, renames it, gives NICs and disks our
        names, and starts it if it ran; returns when all that is done. Raises InstanceUnknown,
        FlavorNotFound, NotFound, Malformed (a NIC on a network that is not ours), OverQuota,
        Conflict (a job of the cluster failed), Unavailable."""


class TakesOver(Protocol):
    """The way here from Synnefo 0.21, for machines and networks."""

    async def take(self, url: str, tables: Mapping[str, str]) -> dict[str, int]:
        """Takes over the compute and network database at `url`, all or nothing; what was taken,
        counted. `tables` names those that are called otherwise than by what they hold. Raises
        Unavailable, Malformed (it is none of Synnefo's), Conflict (there is anything here, or
        commissions are pending there)."""


class Enforcing(Protocol):
    """Keeping quotas by taking away what is too much (OPS-114 to OPS-118)."""

    async def enforce(
        self,
        means: Means,
        scope: Scope,
        *,
        fix: bool = False,
        most: int | None = None,
        timeout: int | None = None,
    ) -> Enforced:
        """What is over its limit, what has to go, and with `fix` what came of asking for it: at
        most `most` operations on each cluster. `timeout`: seconds that a guest may take to shut
        down. Raises Malformed."""
