"""Sums over servers for statistics; each is one statement."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.ids import BackendId
from synnefod.store.interface import Tx


@frozen
class Shape:
    """So many servers of one state and flavor on one cluster; RAM in MiB, disk in GiB."""

    operstate: str
    deleted: bool
    backend: BackendId | None
    cpu: int
    ram: int
    disk: int
    template: str
    count: int


async def shapes(tx: Tx) -> list[Shape]:
    """All servers that ever were."""
    rows = await tx.all(
        "select s.operstate, s.deleted, s.backend, f.cpu, f.ram, f.disk, f.disk_template, count(*)"
        " from servers s join flavors f on f.id = s.flavor"
        " group by s.operstate, s.deleted, s.backend, f.cpu, f.ram, f.disk, f.disk_template"
    )
    return [
        Shape(state, bool(deleted), backend, cpu, ram, disk, template, int(count))
        for state, deleted, backend, cpu, ram, disk, template, count in rows
    ]


async def images(tx: Tx, backend: BackendId | None) -> dict[str, int]:
    """Live servers by what they were made from: `<system or user>:<osfamily>:<os>`."""
    rows = await tx.all(
        "select coalesce(u.is_system, 0), coalesce(u.osfamily, 'unknown'),"
        " coalesce(u.os, 'unknown'), count(*) from servers s"
        " left join used_images u on u.uuid = s.image and u.version ="
        " (select max(v.version) from used_images v where v.uuid = s.image)"
        " where s.deleted = 0 and (:backend is null or s.backend = :backend)"
        " group by 1, 2, 3 order by 1, 2, 3",
        backend=backend,
    )
    return {
        f"{'system' if system else 'user'}:{family}:{os}": int(count)
        for system, family, os, count in rows
    }
