"""Rows of routers, and which ports are theirs."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.ids import NetworkId, ProjectId, SubnetId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface import FixedIp
from synnefod.network.interface.routers import GATEWAY, Router
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Row, Tx

_ROUTER = (
    "id, name, owner, project, description, admin_up, snat, routes, labels, revision, created,"
    " updated"
)


async def visible(
    tx: Tx,
    projects: Collection[ProjectId] | None,
    *,
    number: int | None = None,
    lock: bool = False,
) -> list[Router]:
    """Routers of these projects, all for None, by id."""
    rows = await tx.all(
        f"select {_ROUTER} from routers where (:all = 1 or project in ({{texts projects}}))"
        " and (:number is null or id = :number) order by id" + (" {for_update}" if lock else ""),
        all=int(projects is None),
        projects=dump_text(sorted(projects or ())),
        number=number,
    )
    outside = await tx.all(
        "select p.router, p.network, a.address, a.subnet, a.version from ports p"
        " left join ip_addresses a on a.port = p.id"
        " where p.router in ({numbers routers}) and p.device_owner = :gateway order by a.id",
        routers=dump_text([row[0] for row in rows]),
        gateway=GATEWAY,
    )
    return [_router(row, [each for each in outside if each[0] == row[0]]) for row in rows]


def _router(row: Row, outside: list[Row]) -> Router:
    number, name, owner, project, description, admin_up, snat, routes, labels, *rest = row
    return Router(
        id=number,
        name=name,
        owner=UserId(owner),
        project=ProjectId(project),
        description=description,
        admin_up=bool(admin_up),
        snat=bool(snat),
        routes=tuple(parse(routes, list[dict[str, Any]])),
        labels=tuple(parse(labels, list[str])),
        revision=rest[0],
        created=rest[1],
        updated=rest[2],
        gateway=NetworkId(outside[0][1]) if outside else None,
        outside=tuple(
            FixedIp(address, SubnetId(subnet), version)
            for _, _, address, subnet, version in outside
            if address is not None
        ),
    )


async def insert(tx: Tx, now: int, **columns: Any) -> int:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(f"insert into routers ({names}) values ({values}) returning id", **columns)
    assert row is not None
    return int(row[0])


async def change(tx: Tx, router: int, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update routers set {assignments} where id = :id", id=router, **columns)


async def delete(tx: Tx, router: int) -> None:
    await tx.run("delete from routers where id = :id", id=router)


async def address_taken(tx: Tx, network: NetworkId, address: str) -> bool:
    row = await tx.one(
        "select 1 from ip_addresses where network = :network and address = :address",
        network=network,
        address=address,
    )
    return row is not None


async def ranges(tx: Tx, router: int) -> list[tuple[SubnetId, str]]:
    """The subnets of the router's interfaces, with their ranges."""
    rows = await tx.all(
        "select distinct s.id, s.cidr from ports p join ip_addresses a on a.port = p.id"
        " join subnets s on s.id = a.subnet where p.router = :router and p.device_owner <> :gateway"
        " order by s.id",
        router=router,
        gateway=GATEWAY,
    )
    return [(SubnetId(subnet), cidr) for subnet, cidr in rows]
