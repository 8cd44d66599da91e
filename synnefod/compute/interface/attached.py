"""The part of the interface that is about what hangs on servers: NICs, disks, snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from synnefod.common.ids import PortId, ProjectId, VolumeId
from synnefod.common.principal import Principal
from synnefod.compute.values import Snapshot
from synnefod.images.interface import Image
from synnefod.network.interface import Port, PortRequest
from synnefod.volumes.interface import NewVolume, Volume


class Devices(Protocol):
    """NICs and disks of existing servers; they are there when the cluster says so.

    All raise ServerNotFound, WrongState, ServerBuilding and ServerSuspended.
    """

    async def connect(self, principal: Principal, server: int, request: PortRequest) -> Port:
        """A NIC more, in BUILD. Raises Malformed (8 are there), NotFound, Conflict, Forbidden."""

    async def disconnect(self, principal: Principal, server: int, port: PortId) -> None:
        """Raises PortNotFound when the server has no such NIC."""

    async def add_floating(self, principal: Principal, server: int, address: str) -> Port:
        """A NIC more, with this floating IP (NET-154). Raises as `connect` does."""

    async def remove_floating(self, principal: Principal, server: int, address: str) -> None:
        """Takes off the NIC with this floating IP (NET-155). Raises FloatingIpNotFound, Malformed
        when it is not on this server (NET-162)."""

    async def attach(
        self, principal: Principal, server: int, volume: VolumeId, *, keep: bool = False
    ) -> Volume:
        """The volume in ATTACHING; with `keep` it outlives the server. Raises Malformed (6.6),
        NotFound."""

    async def detach(self, principal: Principal, server: int, volume: VolumeId) -> None:
        """Its data stays. Raises Malformed (6.6), VolumeStays (the root), NotFound (not there)."""


class Disks(Protocol):
    """Volumes that people make and remove, with a server or without."""

    async def create(self, principal: Principal, wanted: NewVolume) -> Volume:
        """AVAILABLE at once; with a server CREATING, and there when the cluster says so.

        Raises Malformed (VOL-011 to VOL-017), VolumeTooLarge, NotFound (type), OverQuota,
        Forbidden; with a server also what Devices raise.
        """

    async def delete(self, principal: Principal, volume: VolumeId) -> None:
        """Gone at once when no data was written; else a cluster removes it (VOL-023 to VOL-025).

        Raises NotFound (also without a helper server), Malformed (6.6), what Devices raise.
        """

    async def extend(self, principal: Principal, volume: VolumeId, size: int) -> None:
        """To `size` GiB (8.8). Raises NotFound, Malformed, VolumeTooLarge, OverQuota, Unsupported
        (detached with data), what Devices raise."""

    async def reassign(
        self, principal: Principal, volume: VolumeId, project: ProjectId, *, shared: bool
    ) -> None:
        """VOL-031. Raises NotFound, Forbidden, RootVolume, WrongState, OverQuota."""

    async def tidy(self) -> None:
        """Goes on with the removal of detached volumes; called now and then."""


class Snapshots(Protocol):
    """Copies of volumes as they are at a moment."""

    async def take(self, principal: Principal, wanted: Snapshot) -> Image:
        """An image in status `saving`, until the cluster has made its data (8.9).

        Raises NotFound, Malformed (VOL-062; NoSnapshots for the type of volume), OverQuota,
        ServerBuilding, WrongState.
        """

    async def of_server(
        self, principal: Principal, server: int, name: str, metadata: Mapping[str, str]
    ) -> Image:
        """A snapshot of a server's root volume; raises as `take` does, and what Actions raise."""
