"""Volumes: the disks of servers, as rows that follow what Ganeti reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import Factory, frozen

from synnefod.cluster.interface import Disk
from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx

LONGEST_KEY = 64
LONGEST_VALUE = 255
MOST_METADATA = 10
EXTENSION = "GNT-EXTP:"
"""Specs of a volume type whose keys begin so are given to Ganeti as disk parameters (GNT-173)."""
WAITS = 1
PLACED = 2


class VolumeStays(Forbidden):
    """The root volume of a server cannot be detached."""


class RootVolume(Conflict):
    """The root volume of a server belongs to its project."""


class VolumeTooLarge(Malformed):
    """The volume is larger than volumes may be."""


class SourceNotFound(Malformed):
    """What the volume was to be made from does not exist."""


class NoHelper(NotFound):
    """Helper server not found."""


class NoSuchKey(NotFound):
    """The metadata has no such key."""


@frozen
class VolumeRequest:
    """A disk of a new server: `size` in GiB; `source` is `image:<id>`, or None for blank.

    `origin` is the map name of the source's data and `origin_size` its bytes. `existing`: the
    volume that is there already and becomes this disk; of the rest only `delete_on_termination`
    counts then. `legacy_name`: what its cluster calls it as long as it has no name of ours.
    """

    size: int
    name: str = ""
    source: str | None = None
    origin: str | None = None
    origin_size: int | None = None
    delete_on_termination: bool = True
    description: str = ""
    existing: VolumeId | None = None
    legacy_name: str = ""


@frozen
class NewVolume:
    """A wish for a volume (VOL-010 to VOL-017); `size` in GiB, None: as large as its source.

    `volume_type` is a number or a name, None: the server's, or else the usual one. `server`: made
    by that server and attached to it. `image`, `snapshot` or `volume`: the id of what it is filled
    from.
    """

    name: str
    size: int | None = None
    description: str = ""
    volume_type: int | str | None = None
    server: int | None = None
    image: str | None = None
    snapshot: str | None = None
    volume: VolumeId | None = None
    metadata: Mapping[str, str] = Factory(dict)
    project: ProjectId | None = None
    shared: bool = False


@frozen
class Volume:
    """A volume; `size` in GiB, times in micros. Status words: compute-image-volume.md 6.6.

    `filled`: data was written to it. `doomed`: WAITS while it is to be removed by a helper
    server that does not have it yet, PLACED when one has it, else 0. `bootable`: what somebody
    said of it, None for nobody.
    """

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
    shared: bool = False
    deleted: bool = False
    filled: bool = False
    doomed: int = 0
    bootable: bool | None = None
    metadata: Mapping[str, str] = Factory(dict)
    legacy_name: str = ""

    @property
    def outlives(self) -> bool:
        """Whether it would be there after a removal of its server now: it is on its way to it
        only, or on its way off because it is to be kept."""
        leaving = self.status == "DETACHING" and not self.delete_on_termination
        return leaving or self.status == "ATTACHING" or self.doomed == WAITS


@frozen
class VolumeType:
    """A kind of disk: `disk_template` is Ganeti's, with the provider behind an underscore.

    `detachable`: its volumes can leave their server and keep their data.
    """

    id: int
    name: str
    disk_template: str
    deleted: bool = False
    specs: Mapping[str, str] = Factory(dict)
    detachable: bool = False


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
        *,
        shared: bool = False,
        principal: Principal | None = None,
    ) -> list[Volume]:
        """Rows in CREATING for the disks of a new server; existing volumes, which `principal`
        sees, in ATTACHING. Charges nothing: the caller does. Raises Malformed (CMP-105)."""

    async def check_keeping(self, tx: Tx, volume_type: int) -> None:
        """Raises Malformed or Unsupported unless volumes of the type can outlive their server
        (CMP-106, CMP-107)."""

    async def set_aside(self, tx: Tx, server: ServerId) -> list[VolumeId]:
        """The server is to be removed: those of its volumes that outlive it, now in DETACHING
        unless they never reached it (compute-image-volume.md 8.5)."""

    async def stay(self, tx: Tx, server: ServerId) -> None:
        """The server was not removed: what was set aside is in use as before."""

    async def volumes_of(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, Sequence[Volume]]:
        """The live volumes of these servers by index, in one statement."""

    async def see_disks(self, tx: Tx, reports: Mapping[ServerId, Sequence[Disk]]) -> None:
        """The clusters report servers' disks: states follow (compute-image-volume.md 6.6). In one
        statement, and none more for what is as it was."""

    async def fail_volumes(self, tx: Tx, server: ServerId) -> None:
        """The server could not be built: its volumes in CREATING are in ERROR."""

    async def release_volumes(self, tx: Tx, server: ServerId) -> None:
        """The server is gone: its volumes are DELETED. Charges nothing: the caller does."""

    async def disk_bodies(
        self, tx: Tx, servers: Sequence[ServerId]
    ) -> Mapping[ServerId, list[dict[str, Any]]]:
        """The `disks` of each server's create body (ganeti.md 5.1), in order. Three statements."""

    async def attach(
        self,
        tx: Tx,
        principal: Principal,
        server: ServerId,
        volume: VolumeId,
        disk_template: str,
        *,
        keep: bool = False,
    ) -> Volume:
        """The volume in ATTACHING, behind the server's others. `disk_template` is the server's,
        with its provider. With `keep` it outlives the server from now on. Raises NotFound,
        Malformed (compute-image-volume.md 6.6)."""

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

    async def give(self, tx: Tx, volume: VolumeId, owner: UserId, project: ProjectId) -> None:
        """The volume is another's. Charges nothing: the caller does."""

    async def hold(self, tx: Tx, principal: Principal, volume: VolumeId) -> Volume:
        """The volume, locked. Raises NotFound, also for a deleted or somebody else's one."""

    async def usual_type(self, tx: Tx, wanted: int | str | None) -> VolumeType:
        """By number or name, or the usual one. Raises NotFound; Malformed without a usual one."""

    async def add(
        self,
        tx: Tx,
        user: UserId,
        project: ProjectId,
        volume_type: int,
        request: VolumeRequest,
        *,
        shared: bool = False,
        server: ServerId | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> Volume:
        """A row in AVAILABLE, or, behind the disks of `server`, in CREATING. Charges nothing."""

    async def begin_removal(self, tx: Tx, server: ServerId, volume: VolumeId) -> Volume:
        """The attached volume in DELETING. Raises Malformed (6.6)."""

    async def drop(self, tx: Tx, volume: VolumeId) -> None:
        """The row is DELETED. Charges nothing: the caller does."""

    async def doom(self, tx: Tx, volume: VolumeId) -> None:
        """The detached volume waits in DELETING for a helper server."""

    async def doomed(self, tx: Tx) -> list[Volume]:
        """Those that wait for a helper, and those that are on one; oldest first."""

    async def send_away(self, tx: Tx, volume: VolumeId, server: ServerId) -> None:
        """The doomed volume goes to this helper."""

    async def resize(self, tx: Tx, volume: VolumeId, size: int) -> None:
        """The row says another size. Charges nothing: the caller does."""

    async def begin_copy(self, tx: Tx, volume: VolumeId, snapshot: str) -> None:
        """The new volume is in CREATING until that snapshot, its source, has its data."""

    async def boots(self, tx: Tx, volume: VolumeId) -> None:
        """Servers may be started from it."""

    async def copies(self, tx: Tx) -> list[tuple[Volume, str]]:
        """Such volumes, deleted ones too, with their snapshots, until `forget_copy`."""

    async def end_copy(self, tx: Tx, volume: VolumeId, origin: str | None, size: int) -> None:
        """The data to copy is the map `origin` of `size` bytes, or with None never will be."""

    async def forget_copy(self, tx: Tx, volume: VolumeId) -> None:
        """Its snapshot is not needed any more."""

    async def count_snapshot(self, tx: Tx, volume: VolumeId) -> int:
        """The number of the volume's next snapshot; never given twice (VOL-064)."""

    # -- for the doors

    async def visible(
        self, principal: Principal, *, everybody: bool = False, since: int | None = None
    ) -> list[Volume]:
        """The asker's live volumes and those shared to the asker's projects, by number; with
        `everybody` all of the deployment. Raises Forbidden then unless by an administrator.
        `since` (micros): those changed since then, deleted ones too."""

    async def get(self, principal: Principal, volume: VolumeId, *, deleted: bool = False) -> Volume:
        """Raises NotFound, also for somebody else's; with `deleted` shows deleted ones."""

    async def describe(
        self,
        principal: Principal,
        volume: VolumeId,
        *,
        name: str | None = None,
        description: str | None = None,
        delete_on_termination: bool | None = None,
    ) -> Volume:
        """Changes the row alone (VOL-020). Raises NotFound, Malformed, Unsupported (VOL-021)."""

    async def mark(
        self,
        principal: Principal,
        volume: VolumeId,
        *,
        bootable: bool | None = None,
        status: str | None = None,
    ) -> Volume:
        """Says that it is bootable, or not; an administrator may correct its `status` (AVAILABLE,
        IN_USE, ERROR) as far as it fits. Raises NotFound, Malformed, Forbidden."""

    async def set_metadata(
        self,
        principal: Principal,
        volume: VolumeId,
        values: Mapping[str, str],
        *,
        replace: bool = False,
    ) -> Mapping[str, str]:
        """All metadata afterwards. Raises NotFound, Malformed (VOL-016)."""

    async def delete_metadata(self, principal: Principal, volume: VolumeId, key: str) -> None:
        """Raises NoSuchKey, NotFound."""

    async def default_type(self) -> VolumeType:
        """Of volumes that name none. Raises NotFound without one."""

    async def types(self, *, deleted: bool = False) -> list[VolumeType]:
        """The types of volumes, by number; with `deleted` deleted ones too."""


class VolumeTypes(Volumes, Protocol):
    """What the administrator may do with kinds of disks."""

    async def add_type(
        self, name: str, disk_template: str, specs: Mapping[str, str] | None = None
    ) -> int:
        """A new volume type; its number. Raises Malformed for an empty or long name, template,
        key or value."""

    async def modify_type(
        self,
        volume_type: int,
        *,
        deleted: bool | None = None,
        add: Mapping[str, str] | None = None,
        remove: Sequence[str] = (),
    ) -> VolumeType:
        """The type afterwards. Raises NotFound, also for a specification that is not there."""
