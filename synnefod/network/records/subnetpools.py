"""Rows of subnet pools, the ranges carved from them, and of topologies."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.ids import NetworkId, ProjectId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface.subnetpools import SubnetPool
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Row, Tx

_POOL = (
    "id, name, owner, project, version, prefixes, usual_length, shortest, longest, shared, usual,"
    " quota, description, labels, revision, created, updated"
)


def _pool(row: Row) -> SubnetPool:
    number, name, owner, project, version, prefixes, usual_length, *rest = row
    return SubnetPool(
        id=number,
        name=name,
        owner=UserId(owner),
        project=ProjectId(project),
        version=version,
        prefixes=tuple(parse(prefixes, list[str])),
        usual_length=usual_length,
        shortest=rest[0],
        longest=rest[1],
        shared=bool(rest[2]),
        usual=bool(rest[3]),
        quota=rest[4],
        description=rest[5],
        labels=tuple(parse(rest[6], list[str])),
        revision=rest[7],
        created=rest[8],
        updated=rest[9],
    )


async def visible(
    tx: Tx,
    projects: Collection[ProjectId] | None,
    *,
    number: int | None = None,
    lock: bool = False,
) -> list[SubnetPool]:
    """Pools of these projects and shared ones, all for None, by id."""
    rows = await tx.all(
        f"select {_POOL} from subnet_pools where (:all = 1 or shared = 1"
        " or project in ({texts projects})) and (:number is null or id = :number) order by id"
        + (" {for_update}" if lock else ""),
        all=int(projects is None),
        projects=dump_text(sorted(projects or ())),
        number=number,
    )
    return [_pool(row) for row in rows]


async def insert(tx: Tx, now: int, **columns: Any) -> int:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(
        f"insert into subnet_pools ({names}) values ({values}) returning id", **columns
    )
    assert row is not None
    return int(row[0])


async def change(tx: Tx, pool: int, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update subnet_pools set {assignments} where id = :id", id=pool, **columns)


async def delete(tx: Tx, pool: int) -> None:
    await tx.run("delete from subnet_pools where id = :id", id=pool)


async def carved(tx: Tx, pool: int, project: ProjectId | None = None) -> list[str]:
    """The ranges of live subnets from the pool, of one project if it is named."""
    rows = await tx.all(
        "select s.cidr from subnets s join networks n on n.id = s.network where s.pool = :pool"
        " and s.deleted = 0 and (:project is null or n.project = :project)",
        pool=pool,
        project=project,
    )
    return [row[0] for row in rows]


# -- topologies


async def topology(tx: Tx, project: ProjectId) -> tuple[NetworkId, int] | None:
    row = await tx.one(
        "select network, router from topologies where project = :project {for_update}",
        project=project,
    )
    return None if row is None else (NetworkId(row[0]), row[1])


async def claim_topology(tx: Tx, project: ProjectId) -> bool:
    """True for the one who is to make it; who comes second waits and gets False."""
    touched = await tx.run(
        "insert into topologies (project, network, router) values (:project, 0, 0)"
        " on conflict (project) do nothing",
        project=project,
    )
    return touched == 1


async def fill_topology(tx: Tx, project: ProjectId, network: NetworkId, router: int) -> None:
    await tx.run(
        "update topologies set network = :network, router = :router where project = :project",
        project=project,
        network=network,
        router=router,
    )


async def drop_topology(tx: Tx, project: ProjectId) -> None:
    await tx.run("delete from topologies where project = :project", project=project)
