"""The tables of volumes and their types. Only this package reads or writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve

from synnefod.common.changes import Change
from synnefod.common.errors import NotFound
from synnefod.common.ids import ProjectId, ServerId, UserId, VolumeId
from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Row, Tx
from synnefod.volumes.interface import Volume, VolumeRequest, VolumeType

_COLUMNS = (
    "id, name, description, owner, project, size, volume_type, status, server, position,"
    " source, origin, origin_size, delete_on_termination, created, updated, shared_to_project,"
    " deleted, job, doomed, bootable, legacy_name"
)
_TYPE = "id, name, disk_template, deleted"


def _volume(row: Row) -> Volume:
    number, name, description, owner, project, size, kind, status, server, *rest = row
    position, source, origin, origin_size, ends, created, updated, *last = rest
    shared, deleted, job, doomed, bootable, legacy = last
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
        delete_on_termination=bool(ends),
        created=created,
        updated=updated,
        shared=bool(shared),
        deleted=bool(deleted),
        filled=job is not None,
        doomed=doomed,
        bootable=None if bootable is None else bool(bootable),
        legacy_name=legacy,
    )


# -- types


async def add_type(tx: Tx, name: str, disk_template: str) -> int:
    row = await tx.one(
        "insert into volume_types (name, disk_template) values (:name, :template) returning id",
        name=name,
        template=disk_template,
    )
    assert row is not None
    return int(row[0])


async def types(tx: Tx, *, deleted: bool = False) -> list[VolumeType]:
    """The types that are not deleted, or all, in the order of their numbers."""
    where = "" if deleted else " where deleted = 0"
    return await _typed(tx, await tx.all(f"select {_TYPE} from volume_types{where} order by id"))


async def get_type(tx: Tx, volume_type: int) -> VolumeType:
    """Deleted ones too: volumes of them live on. Raises NotFound."""
    row = await tx.one(f"select {_TYPE} from volume_types where id = :id", id=volume_type)
    if row is None:
        raise NotFound(f"Volume type {volume_type} does not exist.")
    return (await _typed(tx, [row]))[0]


async def types_of(tx: Tx, numbers: Sequence[int]) -> dict[int, VolumeType]:
    """Those of these numbers, deleted or not."""
    rows = await tx.all(
        f"select {_TYPE} from volume_types where id in ({{numbers ids}})",
        ids=dump_text(list(numbers)),
    )
    return {kind.id: kind for kind in await _typed(tx, rows)}


async def find_type(tx: Tx, name: str) -> VolumeType | None:
    """The first type of that name that is not deleted."""
    row = await tx.one(
        f"select {_TYPE} from volume_types where name = :name and deleted = 0 order by id limit 1",
        name=name,
    )
    return None if row is None else (await _typed(tx, [row]))[0]


async def _typed(tx: Tx, rows: Sequence[Row]) -> list[VolumeType]:
    found = await specs(tx, [row[0] for row in rows])
    return [
        VolumeType(number, name, template, bool(deleted), found.get(number, {}))
        for number, name, template, deleted in rows
    ]


async def specs(tx: Tx, volume_types: Sequence[int]) -> dict[int, dict[str, str]]:
    rows = await tx.all(
        "select volume_type, key, value from volume_type_specs"
        " where volume_type in ({numbers types}) order by volume_type, key",
        types=dump_text(list(volume_types)),
    )
    found: dict[int, dict[str, str]] = {}
    for kind, key, value in rows:
        found.setdefault(kind, {})[key] = value
    return found


async def set_specs(tx: Tx, volume_type: int, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        await tx.run(
            "insert into volume_type_specs (volume_type, key, value) values (:type, :key, :value)"
            " on conflict (volume_type, key) do update set value = excluded.value",
            type=volume_type,
            key=key,
            value=value,
        )


async def delete_spec(tx: Tx, volume_type: int, key: str) -> bool:
    return bool(
        await tx.run(
            "delete from volume_type_specs where volume_type = :type and key = :key",
            type=volume_type,
            key=key,
        )
    )


async def delete_type(tx: Tx, volume_type: int, *, deleted: bool) -> None:
    await tx.run(
        "update volume_types set deleted = :deleted where id = :id",
        id=volume_type,
        deleted=int(deleted),
    )


# -- volumes


async def insert(
    tx: Tx,
    user: UserId,
    project: ProjectId,
    server: ServerId | None,
    position: int | None,
    volume_type: int,
    request: VolumeRequest,
    now: int,
    *,
    shared: bool = False,
) -> Volume:
    """A volume in CREATING that belongs to `server`; without one in AVAILABLE."""
    row = await tx.one(
        "insert into volumes (name, description, owner, project, size, volume_type,"
        " delete_on_termination, source, origin, origin_size, status, server, position,"
        " shared_to_project, created, updated, legacy_name)"
        " values (:name, :description, :owner, :project, :size, :type, :terminate, :source,"
        " :origin, :origin_size, :status, :server, :position, :shared, :now, :now, :legacy)"
        f" returning {_COLUMNS}",
        name=request.name,
        description=request.description,
        owner=user,
        project=project,
        size=request.size,
        type=volume_type,
        terminate=int(request.delete_on_termination),
        source=request.source,
        origin=request.origin,
        origin_size=request.origin_size,
        status="AVAILABLE" if server is None else "CREATING",
        server=server,
        position=position,
        shared=int(shared),
        now=now,
        legacy=request.legacy_name,
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


async def find(tx: Tx, volume: VolumeId, *, lock: bool = False) -> Volume | None:
    """A live volume, without its metadata."""
    if not 0 < volume < 2**63:
        return None
    locking = " {for_update}" if lock else ""
    row = await tx.one(
        f"select {_COLUMNS} from volumes where id = :id and deleted = 0{locking}", id=volume
    )
    return None if row is None else _volume(row)


async def change(tx: Tx, volume: VolumeId, now: int, **columns: Any) -> None:
    """Sets columns by name; the names are ours, never a client's."""
    columns["updated"] = now
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.run(f"update volumes set {assignments} where id = :id", id=volume, **columns)


async def doomed(tx: Tx) -> list[Volume]:
    rows = await tx.all(
        f"select {_COLUMNS} from volumes where doomed > 0 and deleted = 0 order by id"
    )
    return [_volume(row) for row in rows]


async def copies(tx: Tx) -> list[tuple[Volume, str]]:
    """Volumes, deleted ones too, with the snapshots that they are copies of."""
    rows = await tx.all(f"select {_COLUMNS}, copied from volumes where copied <> '' order by id")
    return [(_volume(row[:-1]), row[-1]) for row in rows]


async def count_snapshot(tx: Tx, volume: VolumeId) -> int:
    row = await tx.one(
        "update volumes set snapshots = snapshots + 1 where id = :id returning snapshots",
        id=volume,
    )
    assert row is not None
    return int(row[0])


async def visible(
    tx: Tx,
    user: UserId,
    projects: Sequence[ProjectId],
    *,
    everybody: bool = False,
    one: VolumeId | None = None,
    since: int | None = None,
    deleted: bool = False,
) -> list[Volume]:
    """Volumes of a user, and those shared to the user's projects, or all; by number.

    `one`: only the volume of this number, if it is among them. `since`: changed then or later,
    deleted ones too.
    """
    rows = await tx.all(
        f"select {_COLUMNS} from volumes where (deleted = 0 or :deleted = 1)"
        " and (owner = :owner or :all = 1 or"
        " (shared_to_project = 1 and project in ({texts projects})))"
        " and (:one is null or id = :one) and updated >= :since order by id",
        owner=user,
        all=int(everybody),
        projects=dump_text(list(projects)),
        one=one,
        since=since or 0,
        deleted=int(deleted or since is not None),
    )
    found = [_volume(row) for row in rows]
    said = await metadata(tx, [volume.id for volume in found])
    return [evolve(volume, metadata=said.get(volume.id, {})) for volume in found]


# -- metadata


async def metadata(tx: Tx, volumes: Sequence[VolumeId]) -> dict[VolumeId, dict[str, str]]:
    """By volume; those without any are left out. One statement."""
    if not volumes:
        return {}
    rows = await tx.all(
        "select volume, key, value from volume_metadata where volume in ({numbers volumes})"
        " order by volume, key",
        volumes=dump_text(list(volumes)),
    )
    found: dict[VolumeId, dict[str, str]] = {}
    for volume, key, value in rows:
        found.setdefault(VolumeId(volume), {})[key] = value
    return found


async def set_metadata(tx: Tx, volume: VolumeId, values: Mapping[str, str]) -> None:
    """These instead of those of now."""
    await tx.run("delete from volume_metadata where volume = :volume", volume=volume)
    for key, value in values.items():
        await tx.run(
            "insert into volume_metadata (volume, key, value) values (:volume, :key, :value)",
            volume=volume,
            key=key,
            value=value,
        )


async def changes_since(tx: Tx, moment: int, most: int) -> list[Change]:
    """Volumes that changed at `moment` (microseconds) or later; at most `most`."""
    rows = await tx.all(
        "select id, owner, project, created, updated, deleted, shared_to_project, 0 "
        "from volumes where updated >= :moment order by updated limit :most",
        moment=moment,
        most=most,
    )
    return [Change.of("volumes", row) for row in rows]


async def sizes(tx: Tx) -> dict[tuple[UserId, ProjectId], int]:
    """GiB of the live volumes, by owner and project."""
    rows = await tx.all(
        "select owner, project, sum(size) from volumes where deleted = 0 group by owner, project"
    )
    return {(UserId(owner), ProjectId(project)): int(total) for owner, project, total in rows}
