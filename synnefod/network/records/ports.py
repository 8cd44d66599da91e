"""Rows of ports and addresses, and the pools that addresses come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from synnefod.common.ids import NetworkId, PortId, ProjectId, ServerId, SubnetId, UserId
from synnefod.common.jsonio import dump_text, parse
from synnefod.network.interface import FixedIp, Port
from synnefod.network.records import groups as group_records
from synnefod.network.records import pools
from synnefod.network.records.networks import BUMP
from synnefod.store.interface import Row, Tx, Value

_PORT = (
    "p.id, p.name, p.network, n.name, p.public, p.server, p.owner, p.project, p.mac, p.state,"
    " p.position, p.firewall, p.created, p.updated, p.device_owner, p.router, p.admin_up,"
    " p.description, p.labels, p.revision"
)


def _port(row: Row, ips: Sequence[FixedIp], groups: Mapping[int, str]) -> Port:
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
        device_owner=rest[4],
        router=rest[5],
        groups=tuple(groups),
        group_names=tuple(groups.values()),
        admin_up=bool(rest[6]),
        description=rest[7],
        labels=tuple(parse(rest[8], list[str])),
        revision=rest[9],
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
    groups = await group_records.of_ports(tx, list(ips))
    return [_port(row, ips[row[0]], groups.get(row[0], {})) for row in rows]


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


async def of_router(tx: Tx, router: int) -> list[Port]:
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network"
        " where p.router = :router order by p.id",
        router=router,
    )
    return await _with_ips(tx, rows)


async def visible(
    tx: Tx, user: UserId | None, projects: Sequence[ProjectId], one: PortId | None = None
) -> list[Port]:
    """The ports that a user sees, each once, by id; all for None (NET-117, NET-224). `one`: only
    the port of this number, if it is among them."""
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network"
        " where (:one is null or p.id = :one) and (:all = 1 or p.owner = :owner"
        " or (n.public = 0 and n.deleted = 0 and (n.owner = :owner"
        "  or (n.shared_to_project = 1 and n.project in ({texts projects}))))"
        " or exists (select 1 from ip_addresses a where a.port = p.id and a.floating = 1"
        "  and (a.owner = :owner"
        "   or (a.shared_to_project = 1 and a.project in ({texts projects})))))"
        " order by p.id",
        one=one,
        all=int(user is None),
        owner=user or "",
        projects=dump_text(list(projects)),
    )
    return await _with_ips(tx, rows)


async def on_network(tx: Tx, network: NetworkId) -> bool:
    row = await tx.one("select 1 from ports where network = :network", network=network)
    return row is not None


async def on_subnet(tx: Tx, subnet: SubnetId) -> bool:
    """Whether a port, or a kept address, is of this subnet."""
    row = await tx.one("select 1 from ip_addresses where subnet = :subnet", subnet=subnet)
    return row is not None


async def get(tx: Tx, port: PortId) -> Port | None:
    rows = await tx.all(
        f"select {_PORT} from ports p join networks n on n.id = p.network where p.id = :id",
        id=port,
    )
    found = await _with_ips(tx, rows)
    return found[0] if found else None


async def change(tx: Tx, port: PortId, now: int, **columns: Any) -> None:
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    await tx.run(f"update ports set {assignments} where id = :id", id=port, **columns)


async def attach(tx: Tx, port: PortId, now: int, **columns: Any) -> bool:
    """Changes a port that has no server; False if it has one by now."""
    columns["updated"] = now
    assignments = ", ".join([*(f"{name} = :{name}" for name in columns), BUMP])
    touched = await tx.run(
        f"update ports set {assignments} where id = :id and server is null", id=port, **columns
    )
    return touched == 1


async def delete(tx: Tx, port: PortId) -> None:
    """The port's row; its addresses must be gone or detached before. Floating IPs that stood for
    it stand for nothing (network.md 22.7)."""
    await tx.run("delete from port_security_groups where port = :id", id=port)
    await tx.run("update ip_addresses set target = null where target = :id", id=port)
    await tx.run("delete from ports where id = :id", id=port)


# -- addresses


async def add_address(tx: Tx, now: int, **columns: Any) -> None:
    columns |= {"created": now, "updated": now}
    names = ", ".join(columns)
    values = ", ".join(f":{name}" for name in columns)
    await tx.later(f"insert into ip_addresses ({names}) values ({values})", **columns)


async def drop_addresses(tx: Tx, port: PortId, now: int) -> None:
    """Plain addresses go back to their pools; floating ones are only detached."""
    await detach_floating(tx, port, now)
    rows = await tx.all(
        "delete from ip_addresses where port = :port returning subnet, address, version", port=port
    )
    for subnet, address, version in rows:
        if version == 4:
            await pools.release(tx, SubnetId(subnet), address)


async def detach_floating(tx: Tx, port: PortId, now: int) -> None:
    await tx.run(
        "update ip_addresses set port = null, updated = :now where port = :port and floating = 1",
        port=port,
        now=now,
    )


async def drop_address(tx: Tx, port: PortId, address: str) -> None:
    await tx.run(
        "delete from ip_addresses where port = :port and address = :address",
        port=port,
        address=address,
    )


async def give(
    tx: Tx, server: ServerId, old: UserId, new: UserId, now: int
) -> list[tuple[str, NetworkId, ProjectId, bool]]:
    """Ports and addresses change hands; (address, network, project that was, floating) of the
    public ones."""
    rows = await tx.all(
        "select a.address, a.network, a.project, a.floating, p.public from ip_addresses a"
        " join ports p on p.id = a.port where p.server = :server and a.owner = :old order by a.id",
        server=server,
        old=old,
    )
    own: dict[str, Value] = {"server": server, "old": old, "new": new, "now": now}
    await tx.run(
        "update ip_addresses set owner = :new, project = :new, shared_to_project = 0,"
        " updated = :now where owner = :old and port in"
        " (select id from ports where server = :server)",
        **own,
    )
    await tx.run(
        "update ports set owner = :new, project = :new, updated = :now"
        " where server = :server and owner = :old",
        **own,
    )
    return [
        (address, NetworkId(network), ProjectId(project or old), bool(floating))
        for address, network, project, floating, public in rows
        if public
    ]


async def remember(
    tx: Tx, port: Port, address: str, action: str, moment: int, reason: str = ""
) -> None:
    """A line in the history of public addresses (NET data model: survives deletions)."""
    where = (port.server or ServerId(0), port.network, port.user)
    await write_history(tx, address, *where, action, moment, reason)


async def write_history(
    tx: Tx,
    address: str,
    server: ServerId,
    network: NetworkId,
    owner: UserId,
    action: str,
    moment: int,
    reason: str,
) -> None:
    await tx.later(
        "insert into ip_address_history (address, server, network, owner, action, moment, reason)"
        " values (:address, :server, :network, :owner, :action, :moment, :reason)",
        address=address,
        server=server,
        network=network,
        owner=owner,
        action=action,
        moment=moment,
        reason=reason,
    )


async def history_of(tx: Tx, address: str) -> list[tuple[int, str, int, UserId]]:
    """When it came to and left which server of whose, newest first."""
    rows = await tx.all(
        "select moment, action, server, owner from ip_address_history where address = :address"
        " order by moment desc, id desc limit 1000",
        address=address,
    )
    return [(moment, action, server, UserId(owner)) for moment, action, server, owner in rows]


async def history_of_owner(tx: Tx, owner: UserId) -> list[tuple[str, int, str, int]]:
    """Which addresses came to and left servers while they were `owner`'s, newest first."""
    rows = await tx.all(
        "select address, moment, action, server from ip_address_history where owner = :owner"
        " order by moment desc, id desc limit 1000",
        owner=owner,
    )
    return [(str(address), moment, action, server) for address, moment, action, server in rows]
