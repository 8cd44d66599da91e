"""For administrators: helper servers, and instances that others made."""

from __future__ import annotations

from typing import Protocol

from synnefod.common.ids import ServerId
from synnefod.common.principal import Principal
from synnefod.compute.helping import NewHelpers
from synnefod.compute.importing import Adoption
from synnefod.compute.interface import Detail

__all__ = ["Adoption", "Helpers", "Importing", "NewHelpers"]


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
