"""Versions, their maps and their metadata. Immutable but for cluster and a late checksum."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import define

from synnefod.objects.records.nodes import HISTORY
from synnefod.store.interface import Row, Tx, Value

Attributes = Mapping[str, Mapping[str, str]]
"""Metadata by domain."""
META = "X-Object-Meta-"


@define
class Version:
    """A row of storage_versions. `map` is the map's row number, `map_name` its outward name.
    Nobody changes one; it is not frozen for the same reason as `Object`."""

    serial: int
    node: int
    cluster: int
    source: int | None
    mtime: int
    author: str
    uuid: str
    size: int
    content_type: str
    hash: str
    checksum: str
    map: int | None
    available: int
    map_checked: int
    is_snapshot: bool
    map_name: str | None = None


COLUMNS = (
    "v.serial, v.node, v.cluster, v.source, v.mtime, v.author, v.uuid, v.size, v.content_type, "
    "v.hash, v.checksum, v.map, v.available, v.map_checked, v.is_snapshot, m.name"
)
WIDTH = 16
FROM = "storage_versions v left join storage_maps m on m.id = v.map"


def version_of(row: Row) -> Version:
    """A Version from COLUMNS."""
    serial, node, cluster, source, mtime, author, uuid, size, kind, hash, checksum, *rest = row
    map, available, checked, is_snapshot, name = rest
    if name is None and map is not None:
        name = f"snf_file_{map}"
    return Version(
        *(serial, node, cluster, source, mtime, author, uuid or "", size, kind),
        *(hash or "", checksum, map, available, checked, bool(is_snapshot), name),
    )


async def get(tx: Tx, serial: int) -> Version | None:
    row = await tx.one(f"select {COLUMNS} from {FROM} where v.serial = :serial", serial=serial)
    return None if row is None else version_of(row)


async def of_node(tx: Tx, node: int, serial: int) -> Version | None:
    """The node's version of this serial, tombstones excluded (PIT-104)."""
    row = await tx.one(
        f"select {COLUMNS} from {FROM} "
        "where v.serial = :serial and v.node = :node and v.cluster <> 2",
        serial=serial,
        node=node,
    )
    return None if row is None else version_of(row)


async def before(tx: Tx, node: int, until: int) -> Version | None:
    """The node's newest version strictly before `until`, tombstones included."""
    row = await tx.one(
        f"select {COLUMNS} from {FROM} where v.serial = (select max(w.serial) "
        "from storage_versions w where w.node = :node and w.mtime < :until)",
        node=node,
        until=until,
    )
    return None if row is None else version_of(row)


async def history(tx: Tx, node: int) -> list[tuple[int, int]]:
    """(serial, time) of the versions with data, ascending."""
    return [
        (serial, mtime)
        for serial, mtime in await tx.all(
            "select serial, mtime from storage_versions "
            "where node = :node and cluster <> 2 order by serial",
            node=node,
        )
    ]


async def newest(tx: Tx, node: int) -> int | None:
    """The serial of the node's newest version, if it has any."""
    row = await tx.one("select max(serial) from storage_versions where node = :node", node=node)
    return None if row is None else row[0]


async def until(tx: Tx, node: int, when: int) -> list[Version]:
    """The node's versions of any cluster at `when` or before, oldest first."""
    rows = await tx.all(
        f"select {COLUMNS} from {FROM} where v.node = :node and v.mtime <= :until "
        "order by v.serial",
        node=node,
        until=when,
    )
    return [version_of(row) for row in rows]


async def past_until(tx: Tx, container: int, when: int, limit: int) -> list[Version]:
    """Some superseded versions and tombstones in the container at `when` or before."""
    rows = await tx.all(
        f"select {COLUMNS} from storage_nodes n join storage_versions v on v.node = n.id "
        "left join storage_maps m on m.id = v.map "
        "where n.parent = :c and v.cluster <> 0 and v.mtime <= :until limit :limit",
        c=container,
        until=when,
        limit=limit,
    )
    return [version_of(row) for row in rows]


async def insert(tx: Tx, node: int, **columns: Value) -> int:
    """A new version; its serial. `columns` are named as in the table, the rest is default."""
    names = ["node", *columns]
    row = await tx.one(
        f"insert into storage_versions ({', '.join(names)}) "
        f"values ({', '.join(':' + name for name in names)}) returning serial",
        node=node,
        **columns,
    )
    assert row is not None
    serial: int = row[0]
    return serial


async def insert_at(
    tx: Tx, parent: int, name: str, digests: bytes | None, **columns: Value
) -> tuple[int, int]:
    """A new version of the child of this name, which is there or was sown just now, with a new
    map of `digests` if there are any; its serial and its node."""
    values = {column: f":{column}" for column in columns}
    if digests is not None:
        await tx.later("insert into storage_maps (hashes) values (:hashes)", hashes=digests)
        values["map"] = "{newest storage_maps}"
    row = await tx.one(
        f"insert into storage_versions (node, {', '.join(values)}) values ("
        "(select id from storage_nodes where parent = :parent and name = :name), "
        f"{', '.join(values.values())}) returning serial, node",
        parent=parent,
        name=name,
        **columns,
    )
    assert row is not None
    return row[0], row[1]


async def to_history(tx: Tx, serial: int) -> None:
    await tx.later(
        "update storage_versions set cluster = :history where serial = :serial",
        serial=serial,
        history=HISTORY,
    )


async def remove(tx: Tx, version: Version) -> None:
    """The version is gone, its map too unless another version has it."""
    await tx.later("delete from storage_attributes where serial = :s", s=version.serial)
    await tx.later("delete from storage_versions where serial = :s", s=version.serial)
    if version.map is not None:
        await tx.later(
            "delete from storage_maps where id = :map and not exists "
            "(select 1 from storage_versions v where v.map = :map)",
            map=version.map,
        )


async def map_shared(tx: Tx, version: Version) -> bool:
    """Whether another version of any object has the same map."""
    return version.map is not None and bool(
        await tx.one(
            "select 1 from storage_versions where map = :map and serial <> :serial limit 1",
            map=version.map,
            serial=version.serial,
        )
    )


async def set_checksum(tx: Tx, version: Version, checksum: str) -> None:
    """Records the MD5 on every version of the same data (2.6)."""
    if version.map is None:
        await tx.run(
            "update storage_versions set checksum = :c where serial = :s",
            c=checksum,
            s=version.serial,
        )
        return
    await tx.run(
        "update storage_versions set checksum = :c where map = :map and size = :size",
        c=checksum,
        map=version.map,
        size=version.size,
    )


async def set_available(tx: Tx, serial: int, available: int, now: int) -> None:
    await tx.run(
        "update storage_versions set available = :a, map_checked = :now where serial = :s",
        a=available,
        now=now,
        s=serial,
    )


# -- maps


async def add_map(tx: Tx, digests: bytes | None, name: str | None = None) -> int:
    """A map's row number. `digests`: 32 bytes for each block, None if kept elsewhere.

    A map with a name that is known already is that one.
    """
    row = await tx.one(
        "insert into storage_maps (name, hashes) values (:name, :hashes) "
        "on conflict (name) do update set name = excluded.name returning id",
        name=name,
        hashes=digests,
    )
    assert row is not None
    number: int = row[0]
    return number


async def copy_map(tx: Tx, map: int) -> int:
    """A new map of equal content (2.7.4); its row number."""
    row = await tx.one(
        "insert into storage_maps (hashes) select hashes from storage_maps where id = :map "
        "returning id",
        map=map,
    )
    assert row is not None
    number: int = row[0]
    return number


async def map_digests(tx: Tx, map: int) -> bytes | None:
    """The digests of a map, or None if there is none here."""
    row = await tx.one("select hashes from storage_maps where id = :map", map=map)
    return None if row is None or row[0] is None else bytes(row[0])


# -- metadata


async def attributes(tx: Tx, serial: int) -> dict[str, dict[str, str]]:
    """The version's metadata by domain."""
    found: dict[str, dict[str, str]] = {}
    for domain, key, value in await tx.all(
        "select domain, key, value from storage_attributes where serial = :s order by domain, key",
        s=serial,
    ):
        found.setdefault(domain, {})[key] = value
    return found


async def set_attributes(tx: Tx, serial: int, node: int, values: Attributes) -> None:
    """The metadata of a version just made, which is its node's newest."""
    rows: list[dict[str, Value]] = [
        {"serial": serial, "node": node, "domain": domain, "key": key, "value": value}
        for domain, pairs in values.items()
        for key, value in pairs.items()
    ]
    if rows:
        await tx.many(
            "insert into storage_attributes (serial, node, domain, key, value) "
            "values (:serial, :node, :domain, :key, :value)",
            rows,
        )


async def outdate_attributes(tx: Tx, serial: int) -> None:
    """The version is no longer its node's newest."""
    await tx.later("update storage_attributes set is_latest = 0 where serial = :s", s=serial)


async def count_keys(
    tx: Tx, container: int, old: Mapping[str, str], new: Mapping[str, str]
) -> None:
    """Keeps the count of metadata names of a container's current objects (PIT-058)."""
    rows: list[dict[str, Value]] = [
        {"c": container, "key": key.removeprefix(META), "change": change}
        for keys, change in ((new.keys() - old.keys(), 1), (old.keys() - new.keys(), -1))
        for key in sorted(keys)
        if key.startswith(META)
    ]
    if rows:
        await tx.many(
            "insert into storage_object_meta (container, key, population) "
            "values (:c, :key, :change) on conflict (container, key) "
            "do update set population = storage_object_meta.population + excluded.population",
            rows,
        )


async def object_keys(tx: Tx, container: int, until: int | None) -> list[str]:
    """The distinct metadata names, without prefix, of the container's objects."""
    if until is None:
        rows = await tx.all(
            "select key from storage_object_meta where container = :c and population > 0 "
            "order by key",
            c=container,
        )
        return [key for (key,) in rows]
    rows = await tx.all(
        "select distinct a.key from storage_nodes n join storage_versions v on v.serial = "
        "(select max(w.serial) from storage_versions w where w.node = n.id and w.mtime < :until) "
        "join storage_attributes a on a.serial = v.serial "
        "where n.parent = :c and v.cluster <> 2 and a.domain = 'pithos'",
        c=container,
        until=until,
    )
    return sorted(key.removeprefix(META) for (key,) in rows if key.startswith(META))
