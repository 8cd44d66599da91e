"""Rows of networks, subnets, and of networks on clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.common.ids import BackendId, NetworkId, ProjectId, ServerId, SubnetId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface import NetworkRow, Presence, Subnet
from synnefod.store.interface import Row, Tx
from synnefod.store.rows import rows_of

_NETWORK = (
    "id, name, owner, project, flavor, mode, link, mac_prefix, tags, public, drained,"
    " floating_ip_pool, external_router, state, action, deleted, created, updated,"
    " shared_to_project, admin_up, description, labels, revision"
)
_SUBNET = (
    "id, network, name, owner, version, cidr, gateway, dhcp, dns_nameservers, host_routes,"
    " deleted, created, updated, pool, description, labels, revision"
)


BUMP = "revision = revision + 1"


def _network(row: Row, subnets: Sequence[SubnetId]) -> NetworkRow:
    number, name, owner, project, flavor, mode, link, prefix, tags, *flags = row
    public, drained, pool, external, state, action, deleted, *rest = flags
    return NetworkRow(
        id=NetworkId(number),
        name=name,
        owner=None if owner is None else UserId(owner),
        project=None if project is None else ProjectId(project),
        flavor=flavor,
        mode=mode,
        link=link,
        mac_prefix=prefix,
        tags=tuple(parse(tags, list[str])),
        public=bool(public),
        drained=bool(drained),
        floating_ip_pool=bool(pool),
        external_router=bool(external),
        state=state,
        action=action,
        deleted=bool(deleted),
        created=rest[0],
        updated=rest[1],
        subnets=tuple(subnets),
        shared=bool(rest[2]),
        admin_up=bool(rest[3]),
        description=rest[4],
        labels=tuple(parse(rest[5], list[str])),
        revision=rest[6],
    )


def _subnet(row: Row) -> Subnet:
    number, network, name, owner, version, cidr, gateway, dhcp, dns, routes, *rest = row
    return Subnet(
        id=SubnetId(number),
        network=NetworkId(network),
        name=name,
        owner=None if owner is None else UserId(owner),
        version=version,
        cidr=cidr,
        gateway=gateway,
        dhcp=bool(dhcp),
        dns_nameservers=tuple(parse(dns, list[str])),
        host_routes=tuple(parse(routes, list[Any])),
        deleted=bool(rest[0]),
        created=rest[1],
        updated=rest[2],
        pool=rest[3],
        description=rest[4],
        labels=tuple(parse(rest[5], list[str])),
        revision=rest[6],
    )


async def insert(tx: Tx, now: int, **columns: Any) -> NetworkId:
    """A network; column names are ours. Returns its number."""
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(f"insert into networks ({names}) values ({values}) returning id", **columns)
    assert row is not None
    return NetworkId(row[0])


async def insert_subnet(tx: Tx, now: int, **columns: Any) -> SubnetId:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    row = await tx.one(f"insert into subnets ({names}) values ({values}) returning id", **columns)
    assert row is not None
    return SubnetId(row[0])


async def visible(
    tx: Tx,
    user: UserId | None,
    projects: Sequence[ProjectId],
    one: NetworkId | None = None,
    *,
    deleted: bool = False,
    since: int = 0,
) -> list[NetworkRow]:
    """Networks that a user sees: own, public, shared to a project; all for None. By id.

    `one`: only the network of this number, if it is among them; `deleted`: deleted ones too;
    `since`: only those changed then or later.
    """
    rows = await tx.all(
        f"select {_NETWORK} from networks where deleted <= :deleted and updated >= :since"
        " and (:all = 1 or public = 1 or owner = :owner"
        " or (shared_to_project = 1 and project in ({texts projects})))"
        " and (:one is null or id = :one) order by id",
        all=int(user is None),
        owner=user or "",
        projects=dump_text(list(projects)),
        one=one,
        deleted=int(deleted),
        since=since,
    )
    return await _with_subnets(tx, rows)


async def get(tx: Tx, network: NetworkId, *, lock: bool = False) -> NetworkRow | None:
    rows = await tx.all(
        f"select {_NETWORK} from networks where id = :id" + (" {for_update}" if lock else ""),
        id=network,
    )
    found = await _with_subnets(tx, rows)
    return found[0] if found else None


async def open_publics(tx: Tx) -> list[NetworkRow]:
    """The public networks that take new ports, oldest first."""
    rows = await tx.all(
        f"select {_NETWORK} from networks where public = 1 and deleted = 0 and drained = 0"
        " and (action is null or action <> 'DESTROY') order by id"
    )
    return await _with_subnets(tx, rows)


async def _with_subnets(tx: Tx, rows: list[Row]) -> list[NetworkRow]:
    found: dict[int, list[SubnetId]] = {row[0]: [] for row in rows}
    subnets = await tx.all(
        "select network, id from subnets where deleted = 0 and network in ({numbers networks})"
        " order by id",
        networks=dump_text(list(found)),
    )
    for network, subnet in subnets:
        found[network].append(SubnetId(subnet))
    return [_network(row, found[row[0]]) for row in rows]


async def subnets_of(
    tx: Tx, networks: Sequence[NetworkId], *, deleted: bool = False, since: int = 0
) -> dict[NetworkId, list[Subnet]]:
    """Subnets of each of `networks`, in one statement; of deleted ones and age as `visible`."""
    rows = await tx.all(
        f"select {_SUBNET} from subnets where deleted <= :deleted and updated >= :since"
        f" and network in ({{numbers networks}})"
        " order by id",
        networks=dump_text(list(networks)),
        deleted=int(deleted),
        since=since,
    )
    found: dict[NetworkId, list[Subnet]] = {network: [] for network in networks}
    for subnet in map(_subnet, rows):
        found[subnet.network].append(subnet)
    return found


async def change(tx: Tx, network: NetworkId, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update networks set {assignments} where id = :id", id=network, **columns)


async def change_subnet(tx: Tx, subnet: SubnetId, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update subnets set {assignments} where id = :id", id=subnet, **columns)


async def network_of(tx: Tx, subnet: SubnetId) -> NetworkId | None:
    """The network of a live subnet."""
    row = await tx.one("select network from subnets where id = :id and deleted = 0", id=subnet)
    return None if row is None else NetworkId(row[0])


async def link_used(tx: Tx, mode: str, link: str) -> bool:
    """Whether a live network of this mode has the link."""
    row = await tx.one(
        "select 1 from networks where deleted = 0 and mode = :mode and link = :link",
        mode=mode,
        link=link,
    )
    return row is not None


async def floating_pools(tx: Tx) -> list[NetworkRow]:
    """Live public networks that floating IPs are drawn from, undrained."""
    return [row for row in await open_publics(tx) if row.floating_ip_pool]


async def being_destroyed(tx: Tx) -> list[tuple[NetworkId, BackendId]]:
    """Networks that are to go, with the clusters that still have them."""
    rows = await tx.all(
        "select b.network, b.backend from backend_networks b join networks n on n.id = b.network"
        " where n.deleted = 0 and n.action = 'DESTROY' and b.operstate <> 'DELETED'"
        " order by b.network, b.backend"
    )
    return [(NetworkId(network), BackendId(backend)) for network, backend in rows]


# -- networks on clusters


async def of_server(tx: Tx, server: ServerId) -> list[NetworkId]:
    rows = await tx.all("select distinct network from ports where server = :server", server=server)
    return [NetworkId(row[0]) for row in rows]


_PLACES = rows_of("places", {"server": int, "backend": int})


async def absent(tx: Tx, places: Mapping[ServerId, BackendId]) -> set[ServerId]:
    """Those servers of whose networks one is not ACTIVE on the server's cluster."""
    rows = await tx.all(
        f"select distinct w.server from {_PLACES} as w join ports p on p.server = w.server"
        " join networks n on n.id = p.network left join backend_networks b"
        " on b.network = p.network and b.backend = w.backend"
        " where b.operstate is null or b.operstate <> 'ACTIVE' or n.action = 'DESTROY'",
        places=dump_text(list(places.items())),
    )
    return {ServerId(row[0]) for row in rows}


async def presence(tx: Tx, network: NetworkId, backend: BackendId) -> Presence | None:
    row = await tx.one(
        "select operstate, connect_jobs, event_time from backend_networks"
        " where network = :network and backend = :backend",
        network=network,
        backend=backend,
    )
    if row is None:
        return None
    return Presence(row[0], tuple(parse(row[1], list[int])), row[2])


async def set_presence(
    tx: Tx, network: NetworkId, backend: BackendId, now: int, **columns: Any
) -> None:
    """Writes the row of a network on a cluster, made PENDING if it is new."""
    await tx.run(
        "insert into backend_networks (network, backend, operstate, updated)"
        " values (:network, :backend, 'PENDING', :now) on conflict (network, backend) do nothing",
        network=network,
        backend=backend,
        now=now,
    )
    columns["updated"] = now
    assignments = ", ".join(f"{name} = :{name}" for name in columns)
    await tx.run(
        f"update backend_networks set {assignments}"
        " where network = :network and backend = :backend",
        network=network,
        backend=backend,
        **columns,
    )


async def presences(tx: Tx, network: NetworkId) -> dict[BackendId, Presence]:
    rows = await tx.all(
        "select backend, operstate, connect_jobs, event_time from backend_networks"
        " where network = :network",
        network=network,
    )
    return {
        BackendId(backend): Presence(state, tuple(parse(jobs, list[int])), moment)
        for backend, state, jobs, moment in rows
    }


async def open_jobs(tx: Tx) -> list[tuple[NetworkId, BackendId, tuple[int, ...]]]:
    """Jobs about live networks whose end nobody told of yet."""
    rows = await tx.all(
        "select b.network, b.backend, b.connect_jobs from backend_networks b"
        " join networks n on n.id = b.network where n.deleted = 0 and b.connect_jobs <> '[]'"
    )
    return [
        (NetworkId(network), BackendId(backend), tuple(parse(jobs, list[int])))
        for network, backend, jobs in rows
    ]


async def forget_presences(tx: Tx, network: NetworkId) -> None:
    await tx.run("delete from backend_networks where network = :network", network=network)


async def counts(tx: Tx) -> dict[str, int]:
    """By state, of all that ever were."""
    rows = await tx.all(
        "select case when deleted = 1 then 'DELETED' else state end, count(*) from networks"
        " group by 1 order by 1"
    )
    return {str(state): int(count) for state, count in rows}
