"""The rows of flavors, of who may use them, and of their specs."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.ids import ProjectId
from synnefod.common.jsonio import dump_text
from synnefod.compute.interface import Flavor
from synnefod.store.interface import Row, Tx, Value

_COLUMNS = (
    "id, cpu, ram, disk, volume_type, disk_template, alias, allow_create, public, deleted,"
    " description"
)


async def _complete(tx: Tx, rows: Sequence[Row]) -> list[Flavor]:
    ids = dump_text([row[0] for row in rows])
    projects: dict[int, list[ProjectId]] = {}
    specs: dict[int, dict[str, str]] = {}
    if rows:
        for flavor, project, name, value in await tx.all(
            "select flavor, project, '', '' from flavor_access where flavor in ({numbers ids})"
            " union all"
            " select flavor, '', name, value from flavor_specs where flavor in ({numbers ids})"
            " order by 2, 3",
            ids=ids,
        ):
            if project:
                projects.setdefault(flavor, []).append(project)
            else:
                specs.setdefault(flavor, {})[name] = value
    return [
        Flavor(
            id=row[0],
            cpu=row[1],
            ram=row[2],
            disk=row[3],
            volume_type=row[4],
            disk_template=row[5],
            alias=row[6],
            allow_create=bool(row[7]),
            public=bool(row[8]),
            deleted=bool(row[9]),
            projects=tuple(projects.get(row[0], ())),
            specs=specs.get(row[0], {}),
            description=row[10],
        )
        for row in rows
    ]


async def all_of(tx: Tx, *, deleted: bool = False) -> list[Flavor]:
    where = "" if deleted else " where deleted = 0"
    return await _complete(tx, await tx.all(f"select {_COLUMNS} from flavors{where} order by id"))


async def by_ids(tx: Tx, ids: Sequence[int]) -> dict[int, Flavor]:
    rows = await tx.all(
        f"select {_COLUMNS} from flavors where id in ({{numbers ids}})", ids=dump_text(list(ids))
    )
    return {flavor.id: flavor for flavor in await _complete(tx, rows)}


async def get(tx: Tx, flavor: int) -> Flavor | None:
    """None also for a number that no row can have."""
    return (await by_ids(tx, [flavor])).get(flavor) if 0 < flavor < 2**63 else None


async def like(tx: Tx, cpu: int, ram: int, disk: int, volume_type: int) -> Flavor | None:
    """The flavor of exactly this shape, deleted or not."""
    rows = await tx.all(
        f"select {_COLUMNS} from flavors where cpu = :cpu and ram = :ram and disk = :disk"
        " and volume_type = :volume_type",
        cpu=cpu,
        ram=ram,
        disk=disk,
        volume_type=volume_type,
    )
    found = await _complete(tx, rows)
    return found[0] if found else None


async def insert(
    tx: Tx,
    cpu: int,
    ram: int,
    disk: int,
    volume_type: int,
    disk_template: str,
    alias: str,
    *,
    public: bool,
    description: str | None = None,
) -> int:
    row = await tx.one(
        "insert into flavors (cpu, ram, disk, volume_type, disk_template, alias, public,"
        " description) values (:cpu, :ram, :disk, :volume_type, :disk_template, :alias, :public,"
        " :description)"
        " on conflict (cpu, ram, disk, volume_type)"
        " do update set deleted = 0, public = excluded.public, alias = excluded.alias,"
        " description = excluded.description returning id",
        cpu=cpu,
        ram=ram,
        disk=disk,
        volume_type=volume_type,
        disk_template=disk_template,
        alias=alias,
        public=int(public),
        description=description,
    )
    assert row is not None
    return int(row[0])


async def save(tx: Tx, flavor: Flavor) -> None:
    await tx.run(
        "update flavors set alias = :alias, allow_create = :allow, public = :public,"
        " deleted = :deleted, description = :description where id = :id",
        id=flavor.id,
        alias=flavor.alias,
        allow=int(flavor.allow_create),
        public=int(flavor.public),
        deleted=int(flavor.deleted),
        description=flavor.description,
    )


async def set_specs(tx: Tx, flavor: int, add: dict[str, str], remove: Sequence[str]) -> None:
    if remove:
        await tx.run(
            "delete from flavor_specs where flavor = :flavor and name in ({texts names})",
            flavor=flavor,
            names=dump_text(list(remove)),
        )
    rows: list[dict[str, Value]] = [
        {"flavor": flavor, "name": name, "value": value} for name, value in add.items()
    ]
    if rows:
        await tx.many(
            "insert into flavor_specs (flavor, name, value) values (:flavor, :name, :value)"
            " on conflict (flavor, name) do update set value = excluded.value",
            rows,
        )


async def grant(tx: Tx, flavor: int, project: ProjectId, *, granted: bool) -> None:
    if granted:
        await tx.run(
            "insert into flavor_access (flavor, project) values (:flavor, :project)"
            " on conflict do nothing",
            flavor=flavor,
            project=project,
        )
    else:
        await tx.run(
            "delete from flavor_access where flavor = :flavor and project = :project",
            flavor=flavor,
            project=project,
        )


async def in_use(tx: Tx) -> dict[int, int]:
    """How many live servers each flavor has."""
    rows = await tx.all(
        "select flavor, count(*) from servers where deleted = 0 group by flavor order by flavor"
    )
    return {row[0]: int(row[1]) for row in rows}
