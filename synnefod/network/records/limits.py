"""Limits of projects, and how much they have."""

from __future__ import annotations

from collections.abc import Mapping

from synnefod.common.ids import ProjectId
from synnefod.store.interface import Tx

_COUNTS = {
    "subnet": "select count(*) from subnets s join networks n on n.id = s.network"
    " where s.deleted = 0 and n.project = :project",
    "port": "select count(*) from ports where project = :project",
    "router": "select count(*) from routers where project = :project",
    "security_group": "select count(*) from security_groups where project = :project and usual = 0",
    "security_group_rule": "select count(*) from security_group_rules r"
    " join security_groups g on g.id = r.grp where g.project = :project",
    "subnetpool": "select count(*) from subnet_pools where project = :project",
}


async def count(tx: Tx, project: ProjectId, resource: str) -> int:
    sql = _COUNTS.get(resource)
    row = None if sql is None else await tx.one(sql, project=project)
    return 0 if row is None else int(row[0])


async def limits(tx: Tx, project: ProjectId) -> dict[str, int]:
    rows = await tx.all(
        "select resource, most from network_limits where project = :project", project=project
    )
    return {resource: most for resource, most in rows}


async def put(tx: Tx, project: ProjectId, given: Mapping[str, int]) -> None:
    await tx.many(
        "insert into network_limits (project, resource, most) values (:project, :resource, :most)"
        " on conflict (project, resource) do update set most = :most",
        [{"project": project, "resource": name, "most": most} for name, most in given.items()],
    )


async def drop(tx: Tx, project: ProjectId) -> None:
    await tx.run("delete from network_limits where project = :project", project=project)


async def projects(tx: Tx) -> list[ProjectId]:
    rows = await tx.all("select distinct project from network_limits order by project")
    return [ProjectId(row[0]) for row in rows]
