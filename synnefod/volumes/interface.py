"""Volumes: the disks of servers, as rows that follow what Ganeti reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.cluster.interface import Disk
from synnefod.common.errors import Forbidden
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx


class VolumeStays(Forbidden):
    """The root volume of a server cannot be detached."""


@frozen
class VolumeRequest:
    """A disk of a new server: `size` in GiB; `source` is `image:<id>`, or None for blank.

    `origin` is the map name of the source's data and `origin_size` its bytes.
    """

    size: int
    name: str = ""
    source: str | None = None
    origin: str | None = None
    origin_size: int | None = None
    delete_on_termination: bool = True


@frozen
class Volume:
    """A volume; `size` in GiB, times in micros. Status words: compute-image-volume.md 6.6."""

    id: VolumeId
    name: str
    description: str
    user: UserId
    project: ProjectId
    size: int
    volume_type: int
    status: str
    server: ServerId | None
    index: int | None
    source: str | None
    origin: str | None
    origin_size: int | None
    delete_on_termination: bool
    created: int
    updated: int


@frozen
class VolumeType:
    """A kind of disk: `disk_template` is Ganeti's, with the provider behind an underscore."""

    id: int
    name: str
    disk_template: str


class Volumes(Protocol):
    """What compute may ask. Methods with `tx` join the caller's transaction."""

    async def volume_type(self, tx: Tx, volume_type: int) -> VolumeType:
        """Raises NotFound."""

    async def plan(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        server: ServerId,
        volume_type: int,
        requests: Sequence[VolumeRequest],
    ) -> list[Volume]:
        """Rows in CREATING for the disks of a new server. Charges nothing: the caller does."""

    async def volumes_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Volume]]:
        """The live volumes of these servers by index, in one statement."""

    async def see_disks(self, tx: Tx, server: ServerId, disks: Sequence[Disk]) -> None:
        """The cluster reports the server's disks: states follow (compute-image-volume.md 6.6)."""

    async def fail_volumes(self, tx: Tx, server: ServerId) -> None:
        """The server could not be built: its volumes in CREATING are in ERROR."""

    async def release_volumes(self, tx: Tx, server: ServerId) -> None:
        """The server is gone: its volumes are DELETED. Charges nothing: the caller does."""

    async def disk_bodies(self, tx: Tx, server: ServerId) -> list[dict[str, Any]]:
        """The `disks` of a create body (ganeti.md 5.1), in order."""

    async def attach(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        volume: VolumeId,
        disk_template: str,
    ) -> Volume:
        """The volume in ATTACHING, behind the server's others. `disk_template` is the server's,
        with its provider. Raises NotFound, Malformed (compute-image-volume.md 6.6)."""

    async def detach(self, tx: Tx, server: ServerId, volume: VolumeId) -> Volume:
        """The volume in DETACHING. Raises NotFound (not on this server), VolumeStays (its root),
        Malformed."""

    async def take_back(self, tx: Tx, volume: VolumeId) -> None:
        """The attachment or detachment came to nothing: the volume is as it was before."""

    async def disk_body(self, tx: Tx, volume: VolumeId) -> dict[str, Any]:
        """The disk of an attachment's body (ganeti.md 5.3). Raises NotFound."""

    async def move(self, tx: Tx, volume: VolumeId, project: ProjectId, *, shared: bool) -> None:
        """The volume belongs to `project`, and all its members see it if it is `shared`. Charges
        nothing: the caller does."""

    # -- for the doors

    async def visible(self, principal: Principal, *, everybody: bool = False) -> list[Volume]:
        """The asker's live volumes and those shared to the asker's projects, by number; with
        `everybody` all of the deployment. Raises Forbidden then unless by an administrator."""

    async def get(self, principal: Principal, volume: VolumeId) -> Volume:
        """Raises NotFound, also for somebody else's."""

    async def types(self) -> list[VolumeType]:
        """The types of volumes that are not deleted, by number."""


class VolumeTypes(Protocol):
    """What the administrator may do with kinds of disks."""

    async def add_type(self, name: str, disk_template: str) -> int:
        """A new volume type; its number. Raises Malformed for an empty name or template."""

    async def types(self) -> list[VolumeType]:
        """Those that are not deleted."""
