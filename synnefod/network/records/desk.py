"""What administrators look at: history of addresses, how much is on networks, maps of pools."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.ids import BackendId, NetworkId, ServerId, SubnetId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.network.interface.administration import AddressEvent
from synnefod.store.interface import Tx


async def history(
    tx: Tx, *, address: str | None, server: ServerId | None, user: UserId | None
) -> list[AddressEvent]:
    wanted = {"address": address, "server": server, "owner": user}
    given = {key: value for key, value in wanted.items() if value is not None}
    terms = "".join(f" and {key} = :{key}" for key in given)
    rows = await tx.all(
        "select address, server, network, owner, action, moment, reason from ip_address_history"
        f" where 1 = 1{terms} order by moment, id",
        **given,
    )
    return [
        AddressEvent(
            address, ServerId(server), NetworkId(network), UserId(owner), action, moment, reason
        )
        for address, server, network, owner, action, moment, reason in rows
    ]


async def servers_on(tx: Tx) -> dict[NetworkId, int]:
    rows = await tx.all(
        "select network, count(distinct server) from ports where server is not null"
        " group by network"
    )
    return {NetworkId(network): int(count) for network, count in rows}


async def backends_of(tx: Tx) -> dict[NetworkId, list[BackendId]]:
    rows = await tx.all(
        "select network, backend from backend_networks where operstate <> 'DELETED'"
        " order by network, backend"
    )
    found: dict[NetworkId, list[BackendId]] = {}
    for network, backend in rows:
        found.setdefault(NetworkId(network), []).append(BackendId(backend))
    return found


async def connected(tx: Tx, network: NetworkId, servers: Collection[ServerId]) -> int | None:
    """The first of these servers that has a port on the network."""
    row = await tx.one(
        "select min(server) from ports where network = :network and server in ({numbers servers})",
        network=network,
        servers=dump_text(sorted(servers)),
    )
    return None if row is None or row[0] is None else int(row[0])


async def pool_rows(tx: Tx, subnet: SubnetId) -> list[tuple[Any, ...]]:
    """Number, first, last and next of each pool of the subnet."""
    return await tx.all(
        "select id, first, last, next from ip_pools where subnet = :subnet order by first",
        subnet=subnet,
    )


async def free_and_kept(tx: Tx, pool: int) -> tuple[set[int], set[int]]:
    """Addresses that were given back, and those kept back."""
    found = []
    for table in ("ip_released", "ip_reserved"):
        rows = await tx.all(f"select address from {table} where pool = :pool", pool=pool)
        found.append({row[0] for row in rows})
    return found[0], found[1]


async def totals(tx: Tx) -> list[tuple[SubnetId, int, str, int]]:
    """Each live subnet with its IP version, its range, and how many addresses its pools hold."""
    rows = await tx.all(
        "select s.id, s.version, s.cidr, coalesce(sum(p.last - p.first + 1), 0) from subnets s"
        " left join ip_pools p on p.subnet = s.id where s.deleted = 0"
        " group by s.id, s.version, s.cidr order by s.id"
    )
    return [(SubnetId(row[0]), row[1], row[2], int(row[3])) for row in rows]


async def used(tx: Tx) -> dict[SubnetId, int]:
    rows = await tx.all("select subnet, count(*) from ip_addresses group by subnet")
    return {SubnetId(subnet): int(count) for subnet, count in rows}
