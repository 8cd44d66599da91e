"""Rows of ports and addresses, and the pools that addresses come from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.errors import Conflict
from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId, SubnetId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.network.addressing import v4_number, v4_text
from synnefod.network.interface import FixedIp, Port
from synnefod.store.interface import Row, Tx

_PORT = (
    "p.id, p.name, p.network, n.name, p.public, p.server, p.owner, p.project, p.mac, p.state,"
    " p.position, p.firewall, p.created, p.updated"
)


def _port(row: Row, ips: Sequence[FixedIp]) -> Port:
    number, name, network, network_name, public, server, owner, project, mac, state, *rest = row
    return Port(
        id=PortId(number),
        name=name,
        network=NetworkId(network),
        network_name=network_name,
        public=bool(public),
        server=None if server is None else ServerId(server),
        user=UserId(owner),
        project=ProjectId(project),
        mac=mac or "",
        state=state,
        index=rest[0] or 0,
        firewall=rest[1],
        ips=tuple(ips),
        created=rest[2],
        updated=rest[3],
    )


async def _with_ips(tx: Tx, rows: list[Row]) -> list[Port]:
    ips: dict[int, list[FixedIp]] = {row[0]: [] for row in rows}
    found = await tx.all(
        "select port, address, subnet, version, floating from ip_addresses"
        " where port in ({numbers ports}) order by version, id",
        ports=dump_text(list(ips)),
    )
    for port, address, subnet, version, floating in found:
        ips[port].append(FixedIp(address, SubnetId(subnet), version, bool(floating)))
    return [_port(row, ips[row[0]]) for row in rows]


async def insert(tx: Tx, now: int, **columns: Any) -> PortId:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(f"insert into ports ({names}) values ({values}) returning id", **columns)
    assert row is not None
    return PortId(row[0])


async def of_servers(tx: Tx, servers: Sequence[ServerId]) -> list[Port]:
    """Ports of these servers by server and position. Two statements."""
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network"
        " where p.server in ({numbers servers}) order by p.server, p.position, p.id",
        servers=dump_text(list(servers)),
    )
    return await _with_ips(tx, rows)


async def visible(tx: Tx, user: UserId | None) -> list[Port]:
    """The user's ports by id; all for None."""
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network"
        " where :all = 1 or p.owner = :owner order by p.id",
        all=int(user is None),
        owner=user or "",
    )
    return await _with_ips(tx, rows)


async def get(tx: Tx, port: PortId) -> Port | None:
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network where p.id = :id",
        id=port,
    )
    found = await _with_ips(tx, rows)
    return found[0] if found else None


async def change(tx: Tx, port: PortId, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.run(f"update ports set {assignments} where id = :id", id=port, **columns)


async def delete(tx: Tx, port: PortId) -> None:
    """The port's row; its addresses must be gone or detached before."""
    await tx.run("delete from ports where id = :id", id=port)


# -- addresses


async def add_address(tx: Tx, now: int, **columns: Any) -> None:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    await tx.run(f"insert into ip_addresses ({names}) values ({values})", **columns)


async def drop_addresses(tx: Tx, port: PortId) -> None:
    """Plain addresses go back to their pools; floating ones are only detached."""
    await tx.run(
        "update ip_addresses set port = null where port = :port and floating = 1", port=port
    )
    rows = await tx.all(
        "delete from ip_addresses where port = :port returning subnet, address, version", port=port
    )
    for subnet, address, version in rows:
        if version == 4:
            await release(tx, SubnetId(subnet), address)


async def drop_address(tx: Tx, port: PortId, address: str) -> None:
    await tx.run(
        "delete from ip_addresses where port = :port and address = :address",
        port=port,
        address=address,
    )


async def remember(
    tx: Tx, port: Port, address: str, action: str, moment: int, reason: str = ""
) -> None:
    """A line in the history of public addresses (NET data model: survives deletions)."""
    await tx.run(
        "insert into ip_address_history (address, server, network, owner, action, moment, reason)"
        " values (:address, :server, :network, :owner, :action, :moment, :reason)",
        address=address,
        server=port.server or 0,
        network=port.network,
        owner=port.user,
        action=action,
        moment=moment,
        reason=reason,
    )


# -- pools


async def add_pool(tx: Tx, subnet: SubnetId, first: int, last: int) -> None:
    await tx.run(
        "insert into ip_pools (subnet, first, last, next) values (:subnet, :first, :last, :first)",
        subnet=subnet,
        first=first,
        last=last,
    )


async def pools(tx: Tx, subnets: Sequence[SubnetId]) -> dict[SubnetId, list[tuple[int, int]]]:
    """First and last address of each pool of these subnets."""
    rows = await tx.all(
        "select subnet, first, last from ip_pools where subnet in ({numbers subnets})"
        " order by subnet, first",
        subnets=dump_text(list(subnets)),
    )
    found: dict[SubnetId, list[tuple[int, int]]] = {subnet: [] for subnet in subnets}
    for subnet, first, last in rows:
        found[SubnetId(subnet)].append((first, last))
    return found


async def free_count(tx: Tx, subnet: SubnetId) -> int:
    """How many addresses could still be given out."""
    row = await tx.one(
        "select coalesce(sum(p.last - p.next + 1), 0)"
        " + (select count(*) from ip_released r join ip_pools q on q.id = r.pool"
        "    where q.subnet = :subnet)"
        " from ip_pools p where p.subnet = :subnet",
        subnet=subnet,
    )
    return int(row[0]) if row else 0


async def take(tx: Tx, subnet: SubnetId) -> str | None:
    """The lowest address that was released, else the next fresh one; None from empty pools.

    Locks the pools in the order of their numbers until the transaction ends.
    """
    rows = await tx.all(
        "select id, last, next from ip_pools where subnet = :subnet order by id {for_update}",
        subnet=subnet,
    )
    for pool, last, following in rows:
        released = await tx.one(
            "delete from ip_released where pool = :pool and address ="
            " (select min(address) from ip_released where pool = :pool) returning address",
            pool=pool,
        )
        if released is not None:
            return v4_text(released[0])
        fresh = await _fresh(tx, pool, following, last)
        if fresh is not None:
            return v4_text(fresh)
    return None


async def _fresh(tx: Tx, pool: int, following: int, last: int) -> int | None:
    """The first address at or after `following` that is neither reserved nor in use."""
    while following <= last:
        await tx.run("update ip_pools set next = :next where id = :id", next=following + 1, id=pool)
        taken = await tx.one(
            "select 1 from ip_reserved where pool = :pool and address = :address",
            pool=pool,
            address=following,
        )
        if taken is None:
            return following
        following += 1
    return None


async def take_exactly(tx: Tx, subnet: SubnetId, address: str) -> None:
    """Takes a wished address. Raises Conflict when it is in no pool, reserved or in use.

    Addresses that are skipped on the way count as released.
    """
    number = v4_number(address)
    row = await tx.one(
        "select id, next from ip_pools where subnet = :subnet and first <= :number"
        " and last >= :number {for_update}",
        subnet=subnet,
        number=number,
    )
    if row is None:
        raise Conflict(f"{address} is in no allocation pool of the network.")
    pool, following = row
    reserved = await tx.one(
        "select 1 from ip_reserved where pool = :pool and address = :number",
        pool=pool,
        number=number,
    )
    if reserved is not None:
        raise Conflict(f"{address} is reserved.")
    if number < following:
        released = await tx.run(
            "delete from ip_released where pool = :pool and address = :number",
            pool=pool,
            number=number,
        )
        if not released:
            raise Conflict(f"{address} is in use.")
        return
    await tx.many(
        "insert into ip_released (pool, address) values (:pool, :address)",
        [{"pool": pool, "address": skipped} for skipped in range(following, number)],
    )
    await tx.run(
        "delete from ip_released where pool = :pool"
        " and address in (select address from ip_reserved where pool = :pool)",
        pool=pool,
    )
    await tx.run("update ip_pools set next = :next where id = :id", next=number + 1, id=pool)


async def release(tx: Tx, subnet: SubnetId, address: str) -> None:
    """The address may be given out again. One that is in no pool is nobody's loss."""
    number = v4_number(address)
    row = await tx.one(
        "select id from ip_pools where subnet = :subnet and first <= :number and last >= :number",
        subnet=subnet,
        number=number,
    )
    if row is not None:
        await tx.run(
            "insert into ip_released (pool, address) values (:pool, :address)"
            " on conflict (pool, address) do nothing",
            pool=row[0],
            address=number,
        )


async def reserve(tx: Tx, subnet: SubnetId, addresses: Sequence[int]) -> None:
    """Keeps free addresses from being given out."""
    for number in addresses:
        row = await tx.one(
            "select id from ip_pools where subnet = :subnet and first <= :number"
            " and last >= :number",
            subnet=subnet,
            number=number,
        )
        if row is None:
            continue
        await tx.run(
            "insert into ip_reserved (pool, address) values (:pool, :address)"
            " on conflict (pool, address) do nothing",
            pool=row[0],
            address=number,
        )
        await tx.run(
            "delete from ip_released where pool = :pool and address = :address",
            pool=row[0],
            address=number,
        )
