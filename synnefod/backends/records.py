"""The tables `backends` and `project_backends`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from synnefod.backends.interface import Backend
from synnefod.cluster.interface import Capacity
from synnefod.common.ids import BackendId, ProjectId
from synnefod.common.jsonio import dump_text, parse
from synnefod.store.interface import Tx, Value

_COLUMNS = (
    "id, name, url, username, mac_index, drained, offline, public, hypervisor, disk_templates,"
    " version, mfree, mtotal, dfree, dtotal, instances, cpus, updated"
)


@frozen
class Account:
    """How a cluster is entered; `password` is in its stored, encrypted form."""

    backend: BackendId
    name: str
    url: str
    username: str
    password: str
    verify: str
    offline: bool


def _backend(row: tuple[Any, ...]) -> Backend:
    (number, name, url, username, index, drained, offline, public, hypervisor, templates, *rest) = (
        row
    )
    return Backend(
        BackendId(number),
        name,
        url,
        username,
        index,
        bool(drained),
        bool(offline),
        bool(public),
        hypervisor,
        tuple(parse(templates, list[str])),
        *rest,
    )


async def insert(tx: Tx, values: dict[str, Value]) -> Backend:
    """A new row; the columns of `values` are those of the table without id and figures."""
    row = await tx.one(
        "insert into backends (name, url, username, password, verify, mac_index, drained, public,"
        " hypervisor, disk_templates, version) values (:name, :url, :username, :password, :verify,"
        " :mac_index, :drained, :public, :hypervisor, :disk_templates, :version)"
        f" returning {_COLUMNS}",
        **values,
    )
    assert row is not None
    return _backend(row)


async def update(tx: Tx, backend: BackendId, values: dict[str, Value]) -> None:
    """Changes the named columns; the names come from this package alone."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    await tx.run(f"update backends set {columns} where id = :id", id=backend, **values)


async def delete(tx: Tx, backend: BackendId) -> None:
    await tx.run("delete from backends where id = :id", id=backend)


async def all_backends(tx: Tx) -> list[Backend]:
    return [_backend(row) for row in await tx.all(f"select {_COLUMNS} from backends order by id")]


async def locked(tx: Tx) -> list[Backend]:
    """All rows, locked until the transaction ends, in one order for everybody."""
    sql = f"select {_COLUMNS} from backends order by id {{for_update}}"
    return [_backend(row) for row in await tx.all(sql)]


async def get(tx: Tx, backend: BackendId) -> Backend | None:
    row = await tx.one(f"select {_COLUMNS} from backends where id = :id", id=backend)
    return _backend(row) if row else None


async def by_name(tx: Tx, name: str) -> Backend | None:
    row = await tx.one(f"select {_COLUMNS} from backends where name = :name", name=name)
    return _backend(row) if row else None


async def accounts(tx: Tx) -> list[Account]:
    """The accounts of all clusters, by their numbers."""
    rows = await tx.all(
        "select id, name, url, username, password, verify, offline from backends order by id"
    )
    return [
        Account(BackendId(number), name, url, username, password, verify, bool(offline))
        for number, name, url, username, password, verify, offline in rows
    ]


async def numbers(tx: Tx) -> dict[str, BackendId]:
    """The number of each by its cluster's name."""
    return {row[0]: BackendId(row[1]) for row in await tx.all("select name, id from backends")}


async def take(tx: Tx, backend: BackendId, memory: int, disk: int) -> None:
    """The cached figures after a machine of this size (GNT-069); memory and disk in MiB."""
    await tx.later(
        "update backends set mfree = {greatest}(0, mfree - :memory),"
        " dfree = {greatest}(0, dfree - :disk), instances = instances + 1 where id = :id",
        id=backend,
        memory=memory,
        disk=disk,
    )


async def set_figures(tx: Tx, backend: BackendId, figures: Capacity, now: int) -> None:
    await tx.run(
        "update backends set mfree = :mfree, mtotal = :mtotal, dfree = :dfree, dtotal = :dtotal,"
        " instances = :instances, cpus = :cpus, updated = :now where id = :id",
        id=backend,
        mfree=figures.mfree,
        mtotal=figures.mtotal,
        dfree=figures.dfree,
        dtotal=figures.dtotal,
        instances=figures.instances,
        cpus=figures.cpus,
        now=now,
    )


def templates_text(templates: Sequence[str]) -> str:
    """Disk templates as they are stored."""
    return dump_text(list(templates))


async def mappings(tx: Tx) -> list[tuple[int, ProjectId, BackendId]]:
    """(id, project, backend) of every mapping, by id."""
    rows = await tx.all("select id, project, backend from project_backends order by id")
    return [(int(row[0]), ProjectId(row[1]), BackendId(row[2])) for row in rows]


async def mapped_to(tx: Tx, project: ProjectId) -> frozenset[BackendId]:
    rows = await tx.all(
        "select backend from project_backends where project = :project", project=project
    )
    return frozenset(BackendId(row[0]) for row in rows)


async def map_project(tx: Tx, project: ProjectId, backend: BackendId) -> int:
    """The number of a new mapping; the store raises UniqueViolation for a second one."""
    row = await tx.one(
        "insert into project_backends (project, backend) values (:project, :backend) returning id",
        project=project,
        backend=backend,
    )
    assert row is not None
    return int(row[0])


async def unmap_project(
    tx: Tx, mapping: int | None, project: ProjectId | None, backend: BackendId | None
) -> int:
    """Removes the mappings that fit all that is given; their count."""
    return await tx.run(
        "delete from project_backends where (id = :id or :id = 0)"
        " and (project = :project or :project = '') and (backend = :backend or :backend = 0)",
        id=mapping or 0,
        project=project or "",
        backend=backend or 0,
    )
