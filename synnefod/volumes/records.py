"""The tables of volumes and their types. Only this package reads or writes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.changes import Change
from synnefod.common.errors import NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Row, Tx
from synnefod.volumes.interface import Volume, VolumeRequest, VolumeType

_COLUMNS = (
    "id, name, description, owner, project, size, volume_type, status, server, position,"
    " source, origin, origin_size, delete_on_termination, created, updated"
)


def _volume(row: Row) -> Volume:
    (*first, keep, created, updated) = row
    number, name, description, owner, project, size, kind, status, server, *rest = first
    position, source, origin, origin_size = rest
    return Volume(
        id=VolumeId(number),
        name=name,
        description=description,
        user=UserId(owner),
        project=ProjectId(project),
        size=size,
        volume_type=kind,
        status=status,
        server=None if server is None else ServerId(server),
        index=position,
        source=source,
        origin=origin,
        origin_size=origin_size,
        delete_on_termination=bool(keep),
        created=created,
        updated=updated,
    )


async def add_type(tx: Tx, name: str, disk_template: str) -> int:
    row = await tx.one(
        "insert into volume_types (name, disk_template) values (:name, :template) returning id",
        name=name,
        template=disk_template,
    )
    assert row is not None
    return int(row[0])


async def types(tx: Tx) -> list[VolumeType]:
    """The types that are not deleted, in the order of their numbers."""
    rows = await tx.all(
        "select id, name, disk_template from volume_types where deleted = 0 order by id"
    )
    return [VolumeType(*row) for row in rows]


async def get_type(tx: Tx, volume_type: int) -> VolumeType:
    """Deleted ones too: volumes of them live on. Raises NotFound."""
    row = await tx.one(
        "select id, name, disk_template from volume_types where id = :id", id=volume_type
    )
    if row is None:
        raise NotFound(f"Volume type {volume_type} does not exist.")
    return VolumeType(*row)


async def specs(tx: Tx, volume_types: Sequence[int]) -> dict[int, dict[str, str]]:
    rows = await tx.all(
        "select volume_type, key, value from volume_type_specs"
        " where volume_type in ({numbers types})",
        types=dump_text(list(volume_types)),
    )
    found: dict[int, dict[str, str]] = {}
    for kind, key, value in rows:
        found.setdefault(kind, {})[key] = value
    return found


async def insert(
    tx: Tx,
    user: UserId,
    project: ProjectId,
    server: ServerId,
    position: int,
    volume_type: int,
    request: VolumeRequest,
    now: int,
) -> Volume:
    """A volume in CREATING that belongs to `server`."""
    row = await tx.one(
        "insert into volumes (name, owner, project, size, volume_type, delete_on_termination,"
        " source, origin, origin_size, status, server, position, created, updated)"
        " values (:name, :owner, :project, :size, :type, :terminate, :source, :origin,"
        f" :origin_size, 'CREATING', :server, :position, :now, :now) returning {_COLUMNS}",
        name=request.name,
        owner=user,
        project=project,
        size=request.size,
        type=volume_type,
        terminate=int(request.delete_on_termination),
        source=request.source,
        origin=request.origin,
        origin_size=request.origin_size,
        server=server,
        position=position,
        now=now,
    )
    assert row is not None
    return _volume(row)


async def of_servers(tx: Tx, servers: Sequence[ServerId]) -> dict[ServerId, list[Volume]]:
    """Live volumes of each of `servers`, by position. One statement."""
    rows = await tx.all(
        f"select {_COLUMNS} from volumes where deleted = 0 and server in ({{numbers servers}})"
        " order by server, position, id",
        servers=dump_text(list(servers)),
    )
    found: dict[ServerId, list[Volume]] = {server: [] for server in servers}
    for volume in map(_volume, rows):
        if volume.server is not None:
            found[volume.server].append(volume)
    return found


async def find(tx: Tx, volume: VolumeId, *, lock: bool = False) -> tuple[Volume, bool] | None:
    """A live volume, and whether data was ever written to it."""
    locking = " {for_update}" if lock else ""
    row = await tx.one(
        f"select job, {_COLUMNS} from volumes where id = :id and deleted = 0{locking}", id=volume
    )
    return None if row is None else (_volume(row[1:]), row[0] is not None)


async def change(tx: Tx, volume: VolumeId, now: int, **columns: Any) -> None:
    """Sets columns by name; the names are ours, never a client's."""
    columns["updated"] = now
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.run(f"update volumes set {assignments} where id = :id", id=volume, **columns)


async def visible(
    tx: Tx,
    user: UserId,
    projects: Sequence[ProjectId],
    *,
    everybody: bool = False,
    one: VolumeId | None = None,
) -> list[Volume]:
    """Live volumes of a user, and those shared to the user's projects, or all; by number.

    `one`: only the volume of this number, if it is among them.
    """
    rows = await tx.all(
        f"select {_COLUMNS} from volumes where deleted = 0 and (owner = :owner or :all = 1 or"
        " (shared_to_project = 1 and project in ({texts projects})))"
        " and (:one is null or id = :one) order by id",
        owner=user,
        all=int(everybody),
        projects=dump_text(list(projects)),
        one=one,
    )
    return [_volume(row) for row in rows]


async def changes_since(tx: Tx, moment: int, most: int) -> list[Change]:
    """Volumes that changed at `moment` (microseconds) or later; at most `most`."""
    rows = await tx.all(
        "select id, owner, project, created, updated, deleted, shared_to_project, 0 "
        "from volumes where updated >= :moment order by updated limit :most",
        moment=moment,
        most=most,
    )
    return [Change.of("volumes", row) for row in rows]
