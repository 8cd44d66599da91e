"""The ledger's tables: resources, holdings, commissions, provisions, provision_log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import field, frozen

from synnefod.common.ids import Serial
from synnefod.common.jsonio import dump_text
from synnefod.quota.arithmetic import Key
from synnefod.quota.interface import Holding, Pending, Provision, Resource
from synnefod.store.interface import Row, Tx, Value
from synnefod.store.rows import rows_of

_HOLDING = "id, holder, source, resource, quota_limit, usage_min, usage_max"
_RESOURCE = (
    "name, description, unit, service_type, service_origin, system_default, project_default, "
    "ui_visible, api_visible"
)


@frozen
class Counter:
    """A holding with its row number."""

    id: int
    holding: Holding


@frozen
class Entry:
    """A line for the log: a counter's state after one provision was resolved."""

    serial: int | None
    name: str
    issued: int
    holding: Holding
    delta: int
    reason: str


@frozen
class Taken:
    """A commission that is pending no more: (holding's row number, quantity) of each provision."""

    name: str
    issued: int
    provisions: list[tuple[int, int]] = field(factory=list)


def _holding(row: Row) -> Holding:
    return Holding(row[1], row[2] or None, row[3], row[4], row[5], row[6])


_KEYS = rows_of("keys", {"holder": str, "source": str, "resource": str})
_MOVES = rows_of("moves", {"id": int, "low": int, "high": int})
_PROVISIONS = rows_of("rows", {"serial": int, "place": int, "holding": int, "quantity": int})
_LIMITS = rows_of("rows", {"holder": str, "source": str, "resource": str, "quota_limit": int})
_LOGGED = {
    "serial": int,
    "name": str,
    "issued": int,
    "logged": int,
    "holder": str,
    "source": str,
    "resource": str,
    "quota_limit": int,
    "usage_min": int,
    "usage_max": int,
    "delta": int,
    "reason": str,
}
_LOG = rows_of("rows", _LOGGED)


async def lock(tx: Tx, keys: Iterable[Key]) -> dict[Key, Counter]:
    """Locks those of the counters that exist, always in the order of their row numbers."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    rows = await tx.all(
        f"select {_HOLDING} from holdings where (holder, source, resource) in {_KEYS} "
        "order by id {for_update}",
        keys=dump_text(wanted),
    )
    return {(row[1], row[2], row[3]): Counter(row[0], _holding(row)) for row in rows}


async def lock_rows(tx: Tx, ids: Iterable[int]) -> dict[int, Holding]:
    """The same by row numbers."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = await tx.all(
        f"select {_HOLDING} from holdings where id in ({{numbers ids}}) order by id {{for_update}}",
        ids=dump_text(wanted),
    )
    return {row[0]: _holding(row) for row in rows}


async def move(tx: Tx, changes: Mapping[int, tuple[int, int]]) -> None:
    """Adds to (usage_min, usage_max) of locked counters by row number."""
    rows = [(id_, low, high) for id_, (low, high) in sorted(changes.items())]
    if not rows:
        return
    await tx.later(
        "update holdings set usage_min = holdings.usage_min + m.low, "
        "usage_max = holdings.usage_max + m.high "
        f"from {_MOVES} as m where holdings.id = m.id",
        moves=dump_text(rows),
    )


async def add_commission(
    tx: Tx, client: int, name: str, issued: int, provisions: Sequence[tuple[int, int]]
) -> Serial:
    """Stores a pending commission of (holding's row number, quantity)."""
    row = await tx.one(
        "insert into commissions (client, name, issued) values (:client, :name, :issued) "
        "returning serial",
        client=client,
        name=name,
        issued=issued,
    )
    assert row is not None
    serial = Serial(row[0])
    rows = [(serial, place, id_, quantity) for place, (id_, quantity) in enumerate(provisions)]
    if rows:
        await tx.run(
            "insert into provisions (serial, place, holding, quantity)"
            f" select serial, place, holding, quantity from {_PROVISIONS} as p",
            rows=dump_text(rows),
        )
    return serial


async def take_commissions(
    tx: Tx, serials: Iterable[int], client: int | None
) -> dict[Serial, Taken]:
    """Removes those that are pending and this client's (None: anybody's); of two who take one at
    once, one gets it."""
    asked = dump_text(sorted(serials))
    rows = await tx.all(
        "select serial, name, issued from commissions where serial in ({numbers serials}) "
        "and (:anyone = 1 or client = :client) order by serial {for_update}",
        serials=asked,
        anyone=1 if client is None else 0,
        client=client or 0,
    )
    taken = {Serial(row[0]): Taken(row[1], row[2]) for row in rows}
    if not taken:
        return taken
    found = dump_text(sorted(taken))
    for serial, holding, quantity in await tx.all(
        "delete from provisions where serial in ({numbers serials})"
        " returning serial, holding, quantity",
        serials=found,
    ):
        taken[Serial(serial)].provisions.append((holding, quantity))
    await tx.run("delete from commissions where serial in ({numbers serials})", serials=found)
    return taken


async def log(tx: Tx, entries: Sequence[Entry], now: int) -> None:
    if not entries:
        return
    rows: list[tuple[Value, ...]] = [
        (
            entry.serial,
            entry.name,
            entry.issued,
            now,
            entry.holding.holder,
            entry.holding.source or "",
            entry.holding.resource,
            entry.holding.limit,
            entry.holding.usage_min,
            entry.holding.usage_max,
            entry.delta,
            entry.reason,
        )
        for entry in entries
    ]
    names = ", ".join(_LOGGED)
    await tx.later(
        f"insert into provision_log ({names}) select {names} from {_LOG} as l",
        rows=dump_text(rows),
    )


async def pending(tx: Tx, client: int) -> list[Serial]:
    rows = await tx.all(
        "select serial from commissions where client = :client order by serial", client=client
    )
    return [Serial(row[0]) for row in rows]


async def commissions(
    tx: Tx, *, client: int | None = None, serial: int | None = None, before: int | None = None
) -> list[Pending]:
    """Pending commissions with their provisions, filtered by what is given."""
    where = ["1 = 1"]
    params: dict[str, Value] = {}
    for column, sign, value in (
        ("client", "=", client),
        ("serial", "=", serial),
        ("issued", "<=", before),
    ):
        if value is not None:
            where.append(f"c.{column} {sign} :{column}")
            params[column] = value
    rows = await tx.all(
        "select c.serial, c.issued, c.name, c.client, h.holder, h.source, h.resource, p.quantity "
        "from commissions c left join provisions p on p.serial = c.serial "
        "left join holdings h on h.id = p.holding "
        f"where {' and '.join(where)} order by c.serial, p.place",
        **params,
    )
    found: dict[int, tuple[int, str, int, list[Provision]]] = {}
    for row in rows:
        provisions = found.setdefault(row[0], (row[1], row[2], row[3], []))[3]
        if row[4] is not None:
            provisions.append(Provision(row[4], row[5] or None, row[6], row[7]))
    return [
        Pending(Serial(number), issued, name, tuple(provisions), client)
        for number, (issued, name, client, provisions) in found.items()
    ]


async def set_limits(tx: Tx, holder: str, source: str, limits: Mapping[str, int]) -> None:
    rows = [(holder, source, resource, limit) for resource, limit in sorted(limits.items())]
    if not rows:
        return
    await tx.run(
        "insert into holdings (holder, source, resource, quota_limit)"
        f" select holder, source, resource, quota_limit from {_LIMITS} as s where true"
        " on conflict (holder, source, resource) do update set quota_limit = excluded.quota_limit",
        rows=dump_text(rows),
    )


async def holdings(tx: Tx, holders: Sequence[str], source: str | None) -> list[Holding]:
    if not holders:
        return []
    wanted = sorted(set(holders))
    names = ", ".join(f":h{place}" for place in range(len(wanted)))
    params: dict[str, Value] = {f"h{place}": value for place, value in enumerate(wanted)}
    condition = ""
    if source is not None:
        condition = " and source = :source"
        params["source"] = source
    rows = await tx.all(
        f"select {_HOLDING} from holdings where holder in ({names}){condition} order by id",
        **params,
    )
    return [_holding(row) for row in rows]


async def every(tx: Tx) -> list[Holding]:
    return [_holding(row) for row in await tx.all(f"select {_HOLDING} from holdings order by id")]


async def drop(tx: Tx, holder: str, source: str, resource: str) -> None:
    await tx.run(
        "delete from holdings where holder = :holder and source = :source "
        "and resource = :resource and usage_max = 0 "
        "and not exists (select 1 from provisions where provisions.holding = holdings.id)",
        holder=holder,
        source=source,
        resource=resource,
    )


def _resource(row: Row) -> Resource:
    name, description, unit, type_, origin, system, project, ui, api = row
    return Resource(name, description, unit, type_, origin, system, project, bool(ui), bool(api))


async def resources(tx: Tx) -> list[Resource]:
    return [
        _resource(row) for row in await tx.all(f"select {_RESOURCE} from resources order by id")
    ]


async def add_resource(tx: Tx, resource: Resource) -> bool:
    """Whether it was new; a known one keeps its limits and visibility."""
    added = await tx.run(
        f"insert into resources ({_RESOURCE}) values (:name, :description, :unit, :service_type, "
        ":service_origin, :system_default, :project_default, :ui_visible, :api_visible) "
        "on conflict (name) do nothing",
        name=resource.name,
        description=resource.description,
        unit=resource.unit,
        service_type=resource.service_type,
        service_origin=resource.service_origin,
        system_default=resource.system_default,
        project_default=resource.project_default,
        ui_visible=int(resource.ui_visible),
        api_visible=int(resource.api_visible),
    )
    if not added:
        await tx.run(
            "update resources set description = :description, unit = :unit, "
            "service_type = :service_type where name = :name",
            name=resource.name,
            description=resource.description,
            unit=resource.unit,
            service_type=resource.service_type,
        )
    return bool(added)


async def change_resource(tx: Tx, name: str, changes: Mapping[str, int]) -> Resource | None:
    """Sets columns of one resource; None when it is unknown."""
    assignments = ", ".join(f"{column} = :{column}" for column in changes) or "name = name"
    row = await tx.one(
        f"update resources set {assignments} where name = :name returning {_RESOURCE}",
        name=name,
        **changes,
    )
    return _resource(row) if row is not None else None
