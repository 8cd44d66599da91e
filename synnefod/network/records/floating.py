"""Rows of floating IPs: addresses that stay their owner's when they are on no port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId, SubnetId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface import CARRIER, FloatingIp, FloatingIpId, Unsettled
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Row, Tx

_FLOATING = (
    "select a.id, a.address, a.network, a.port, p.server, a.owner, a.project,"
    " a.shared_to_project, a.created, a.updated, a.target, a.description, a.labels, a.revision,"
    " (select t.address from ip_addresses t where t.port = a.target and t.version = 4"
    "  order by t.id limit 1),"
    " (select min(g.router) from ip_addresses t join ip_addresses i on i.subnet = t.subnet"
    "  join ports h on h.id = i.port join ports g on g.router = h.router"
    "  where t.port = a.target and g.network = a.network and h.network = t.network)"
    " from ip_addresses a left join ports p on p.id = a.port where a.floating = 1"
)
_SEEN = (
    " and (:all = 1 or a.owner = :owner"
    " or (a.shared_to_project = 1 and a.project in ({texts projects})))"
)


def _floating(row: Row) -> FloatingIp:
    number, address, network, port, server, owner, project, shared, created, updated, *rest = row
    return FloatingIp(
        id=FloatingIpId(number),
        address=address,
        network=NetworkId(network),
        port=None if port is None else PortId(port),
        server=None if server is None else ServerId(server),
        owner=UserId(owner),
        project=ProjectId(project or owner),
        shared=bool(shared),
        created=created,
        updated=updated,
        target=None if rest[0] is None else PortId(rest[0]),
        description=rest[1],
        labels=tuple(parse(rest[2], list[str])),
        revision=rest[3],
        fixed=rest[4],
        router=rest[5],
    )


async def visible(
    tx: Tx,
    user: UserId | None,
    projects: Sequence[ProjectId],
    *,
    since: int = 0,
    number: FloatingIpId | None = None,
    address: str | None = None,
) -> list[FloatingIp]:
    """Own ones and those shared in these projects, by id; all for None."""
    rows = await tx.all(
        _FLOATING + _SEEN + " and a.updated >= :since and (:number is null or a.id = :number)"
        " and (:address is null or a.address = :address) order by a.id",
        all=int(user is None),
        owner=user or "",
        projects=dump_text(list(projects)),
        since=since,
        number=number,
        address=address,
    )
    return [_floating(row) for row in rows]


async def lock(tx: Tx, number: FloatingIpId) -> bool:
    """Locks the address until the transaction ends; False when it is gone."""
    row = await tx.one(
        "select id from ip_addresses where id = :id and floating = 1 {for_update}", id=number
    )
    return row is not None


async def free_of(tx: Tx, owner: UserId, network: NetworkId) -> str | None:
    """The oldest address of a user's on this network that is on no port."""
    row = await tx.one(
        "select address from ip_addresses where owner = :owner and network = :network"
        " and floating = 1 and port is null order by id limit 1",
        owner=owner,
        network=network,
    )
    return None if row is None else str(row[0])


async def on_network(tx: Tx, network: NetworkId) -> bool:
    row = await tx.one(
        "select 1 from ip_addresses where network = :network and floating = 1", network=network
    )
    return row is not None


async def insert(tx: Tx, now: int, **columns: Any) -> FloatingIpId:
    columns |= {"created": now, "updated": now, "version": 4, "floating": 1}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(
        f"insert into ip_addresses ({names}) values ({values}) returning id", **columns
    )
    assert row is not None
    return FloatingIpId(row[0])


async def attach(tx: Tx, number: FloatingIpId, port: PortId, now: int) -> bool:
    """Puts the address on a port; False if it is on one by now."""
    touched = await tx.run(
        "update ip_addresses set port = :port, updated = :now, revision = revision + 1"
        " where id = :id and port is null",
        port=port,
        now=now,
        id=number,
    )
    return touched == 1


async def change(tx: Tx, number: FloatingIpId, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update ip_addresses set {assignments} where id = :id", id=number, **columns)


async def delete(tx: Tx, number: FloatingIpId, now: int, kept: int) -> SubnetId:
    """The row is gone; its subnet. That it was there is remembered for `kept` microseconds."""
    await tx.run("delete from released_addresses where released < :old", old=now - kept)
    await tx.run(
        "insert into released_addresses"
        " (id, address, network, owner, project, shared_to_project, created, released)"
        " select id, address, network, owner, coalesce(project, owner), shared_to_project,"
        " created, :now from ip_addresses where id = :id",
        id=number,
        now=now,
    )
    row = await tx.one("delete from ip_addresses where id = :id returning subnet", id=number)
    assert row is not None
    return SubnetId(row[0])


async def released(
    tx: Tx, user: UserId | None, projects: Sequence[ProjectId], since: int
) -> list[FloatingIp]:
    """Those given back at `since` or later that the asker saw; all for None."""
    rows = await tx.all(
        "select id, address, network, owner, project, shared_to_project, created, released"
        " from released_addresses a where released >= :since" + _SEEN + " order by id",
        all=int(user is None),
        owner=user or "",
        projects=dump_text(list(projects)),
        since=since,
    )
    return [
        FloatingIp(
            id=FloatingIpId(number),
            address=address,
            network=NetworkId(network),
            port=None,
            server=None,
            owner=UserId(owner),
            project=ProjectId(project),
            shared=bool(shared),
            created=created,
            updated=gone,
            deleted=True,
        )
        for number, address, network, owner, project, shared, created, gone in rows
    ]


# -- what addresses stand for (network.md 22.7)


async def aimed(tx: Tx, port: PortId, *, besides: FloatingIpId) -> bool:
    """Whether another floating IP stands for the port."""
    row = await tx.one(
        "select 1 from ip_addresses where target = :port and id <> :id", port=port, id=besides
    )
    return row is not None


async def reachable(tx: Tx, port: PortId, network: NetworkId) -> bool:
    """Whether a router joins a subnet of the port to the network."""
    row = await tx.one(
        "select 1 from ip_addresses t join ip_addresses i on i.subnet = t.subnet"
        " join ports h on h.id = i.port join ports g on g.router = h.router"
        " where t.port = :port and g.network = :network and g.id <> h.id",
        port=port,
        network=network,
    )
    return row is not None


async def unsettled(tx: Tx, number: FloatingIpId | None) -> list[Unsettled]:
    """Floating IPs whose port is not on the server of the port that they stand for."""
    rows = await tx.all(
        "select a.id, a.address, a.owner, a.project, c.server, c.id, t.server"
        " from ip_addresses a left join ports c on c.id = a.port"
        " left join ports t on t.id = a.target"
        " where a.floating = 1 and (:id is null or a.id = :id)"
        " and ((a.port is null and t.server is not null)"
        "  or (c.device_owner = :carrier and c.server is not null"
        "   and (t.server is null or t.server <> c.server)))"
        " order by a.id",
        id=number,
        carrier=CARRIER,
    )
    found = []
    for ip, address, owner, project, server, port, wanted in rows:
        found.append(
            Unsettled(
                FloatingIpId(ip),
                address,
                UserId(owner),
                ProjectId(project or owner),
                ServerId(server if port is not None else wanted),
                None if port is None else PortId(port),
            )
        )
    return found


async def forget_target(tx: Tx, port: PortId) -> None:
    """The port that carried addresses to a server is gone, and nothing moves it: they stand for
    nothing any more."""
    await tx.run(
        "update ip_addresses set target = null where port = :port and target in"
        " (select t.id from ports t join ports c on c.server = t.server where c.id = :port)",
        port=port,
    )


async def pool_figures(tx: Tx) -> list[tuple[bool, int, int]]:
    """(drained, addresses, free ones) of each network that floating IPs are drawn from."""
    rows = await tx.all(
        "select n.id, n.drained, coalesce(sum(p.last - p.first + 1), 0),"
        " coalesce(sum(p.last - p.next + 1), 0)"
        " + (select count(*) from ip_released r join ip_pools q on q.id = r.pool"
        "    join subnets t on t.id = q.subnet where t.network = n.id and t.deleted = 0)"
        " - (select count(*) from ip_reserved r join ip_pools q on q.id = r.pool"
        "    join subnets t on t.id = q.subnet where t.network = n.id and t.deleted = 0"
        "    and r.address >= q.next)"
        " from networks n left join subnets s on s.network = n.id and s.deleted = 0"
        " left join ip_pools p on p.subnet = s.id"
        " where n.floating_ip_pool = 1 and n.deleted = 0 group by n.id, n.drained order by n.id"
    )
    return [(bool(drained), int(total), int(free)) for _, drained, total, free in rows]
