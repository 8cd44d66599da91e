"""Listings, a page at a time, each by seeking in the index of names."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, frozen

from synnefod.objects.interface import MetaFilter
from synnefod.objects.records.versions import COLUMNS, Version, version_of
from synnefod.store.interface import Tx, Value


def after_all_with(prefix: str) -> str | None:
    """The least text above every text that starts with `prefix`; None if there is none."""
    prefix = prefix.rstrip("\U0010ffff")
    if not prefix:
        return None
    point = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if point == 0xD800 else point)


@frozen
class Seek:
    """Names to list next: from `low` (included if `inclusive`) up to `high` (excluded; None: no
    bound), ascending; or `descending` from `high` down to `low`."""

    low: str
    inclusive: bool
    high: str | None
    descending: bool = False


@define
class Listed:
    """A listed node with the version that it shows and the time of its latest change."""

    node: int
    name: str
    modified: int
    version: Version


_AT = (
    "join storage_versions v on v.serial = (select max(w.serial) from storage_versions w "
    "where w.node = n.id and w.mtime < :until)"
)
_NOW = "join storage_versions v on v.serial = n.current"
# The current version is the newest there is, and only a snapshot's map has a name of its own.
_LISTED = "n.id, n.name, v.mtime, " + COLUMNS.replace(
    "m.name", "case when v.is_snapshot = 1 then (select m.name from storage_maps m "
    "where m.id = v.map) end"
)  # fmt: skip


async def page(
    tx: Tx,
    parent: int,
    seek: Seek,
    limit: int,
    *,
    until: int | None = None,
    meta: MetaFilter | None = None,
) -> list[Listed]:
    """At most `limit` children of `parent` that exist (now, or strictly before `until`)."""
    where = ["n.parent = :parent", "n.name >= :low" if seek.inclusive else "n.name > :low"]
    given: dict[str, Value] = {"parent": parent, "low": seek.low, "limit": limit}
    if seek.high is not None:
        where.append("n.name < :high")
        given["high"] = seek.high
    if until is None:
        where.append("n.current is not null")
        columns, joined = _LISTED, _NOW
    else:
        where.append("v.cluster <> 2")
        given["until"] = until
        columns = f"n.id, n.name, l.mtime, {COLUMNS}"
        joined = (
            f"{_AT} join storage_versions l on l.serial = n.latest "
            "left join storage_maps m on m.id = v.map"
        )
    if meta:
        where += _meta(meta, given)
    order = "n.name desc" if seek.descending else "n.name"
    rows = await tx.all(
        f"select {columns} from storage_nodes n {joined} "
        f"where {' and '.join(where)} order by {order} limit :limit",
        **given,
    )
    return [Listed(row[0], row[1], row[2], version_of(row[3:])) for row in rows]


_NEXT = (
    "(case when {position}(substr(o.name, cast(:skip as integer)), :delimiter) > 0 "
    "then substr(o.name, 1, cast(:skip as integer) - 2 "
    "+ {position}(substr(o.name, cast(:skip as integer)), :delimiter)) || :past "
    "else o.name || :least end) {bytewise}"
)


async def hops(
    tx: Tx, parent: int, seek: Seek, limit: int, *, prefix: str, delimiter: str
) -> list[Listed] | None:
    """As `page`, ascending, but of all names that are equal up to their first `delimiter` after
    the prefix only the first: the database seeks from one to the next by itself. None when no text
    lies beyond the delimiter."""
    past = after_all_with(delimiter)
    if past is None:
        return None
    given: dict[str, Value] = {
        "parent": parent,
        "low": seek.low,
        "limit": limit,
        "skip": len(prefix) + 1,
        "delimiter": delimiter,
        "past": past,
        "least": "\x01",
    }
    high = ""
    if seek.high is not None:
        high, given["high"] = "and i.name < :high ", seek.high
    here = "select i.id from storage_nodes i where i.parent = :parent and i.current is not null "
    first = f"{here} and i.name {'>=' if seek.inclusive else '>'} :low {high}"
    further = f"{here} and i.name >= w.next {high}"
    rows = await tx.all(
        f"with recursive w(id, next, place) as (select o.id, {_NEXT}, 1 from storage_nodes o "
        f"where o.id = ({first} order by i.name limit 1) "
        f"union all select o.id, {_NEXT}, w.place + 1 from w join storage_nodes o "
        f"on o.id = ({further} order by i.name limit 1) where w.place < :limit) "
        f"select {_LISTED} from w join storage_nodes n on n.id = w.id {_NOW} order by w.place",
        **given,
    )
    return [Listed(row[0], row[1], row[2], version_of(row[3:])) for row in rows]


_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def _meta(meta: MetaFilter, given: dict[str, Value]) -> list[str]:
    """Conditions on the version's metadata of domain pithos; their values go to `given`."""

    def has(test: str) -> str:
        return (
            "exists (select 1 from storage_attributes a where a.serial = v.serial "
            f"and a.domain = 'pithos' and {test})"
        )

    def names(keys: Sequence[str]) -> str:
        places = []
        for key in keys:
            given[f"m{len(given)}"] = key
            places.append(f":m{len(given) - 1}")
        return f"a.key in ({', '.join(places)})"

    where = []
    if meta.any_of:
        where.append(has(names(meta.any_of)))
    if meta.none_of:
        where.append("not " + has(names(meta.none_of)))
    for key, operator, value in meta.compare:
        place = f"m{len(given)}"
        given[place] = value
        where.append(has(f"{names([key])} and a.value {_OPERATORS[operator]} :{place}"))
    return where


async def names(tx: Tx, container: int, prefix: str, after: str, limit: int) -> list[str]:
    """Names of current objects that start with `prefix`, beyond `after`."""
    high = after_all_with(prefix)
    bound = "" if high is None else "and name < :high "
    rows = await tx.all(
        "select name from storage_nodes where parent = :c and current is not null "
        f"and name >= :prefix and name > :after {bound}order by name limit :limit",
        c=container,
        prefix=prefix,
        after=after,
        limit=limit,
        **({} if high is None else {"high": high}),
    )
    return [name for (name,) in rows]


async def sum_at(tx: Tx, parent: int, until: int) -> tuple[int, int, int]:
    """Count, bytes and time of the last change of the children that existed before `until`."""
    row = await tx.one(
        "select coalesce(sum(case when v.cluster <> 2 then 1 else 0 end), 0), "
        "coalesce(sum(v.size), 0), coalesce(max(v.mtime), 0) "
        f"from storage_nodes n {_AT} where n.parent = :parent",
        parent=parent,
        until=until,
    )
    assert row is not None
    return int(row[0]), int(row[1]), int(row[2])


async def containers_at(tx: Tx, account_node: int, until: int) -> list[int]:
    """The containers of an account that existed before `until`."""
    rows = await tx.all(
        f"select n.id from storage_nodes n {_AT} where n.parent = :parent and v.cluster <> 2",
        parent=account_node,
        until=until,
    )
    return [node for (node,) in rows]


async def newest_version(tx: Tx, node: int) -> Version:
    """The newest version of an account or container, which always has one."""
    row = await tx.one(
        f"select {COLUMNS} from storage_nodes n join storage_versions v on v.serial = n.latest "
        "left join storage_maps m on m.id = v.map where n.id = :node",
        node=node,
    )
    assert row is not None
    return version_of(row)


async def newest(tx: Tx, node: int) -> int:
    """The time of the node's newest version."""
    return (await newest_version(tx, node)).mtime


async def newest_child(tx: Tx, node: int) -> int:
    """The time of the newest version of the node's children (an account's containers)."""
    row = await tx.one(
        "select coalesce(max(v.mtime), 0) from storage_nodes n "
        "join storage_versions v on v.serial = n.latest where n.parent = :node",
        node=node,
    )
    return 0 if row is None else int(row[0])


async def distinct_bytes(tx: Tx, container: int) -> int:
    """The bytes of NORMAL and HISTORY versions, those of one map counted once (3.6)."""
    row = await tx.one(
        "select coalesce(sum(size), 0) from (select v.map, max(v.size) as size "
        "from storage_nodes n join storage_versions v on v.node = n.id "
        "where n.parent = :c and v.cluster <> 2 and v.map is not null group by v.map) d",
        c=container,
    )
    return 0 if row is None else int(row[0])


# -- by metadata domain and by UUID (images)


@frozen
class Located:
    """A current object with its address."""

    account: str
    container: str
    container_node: int
    listed: Listed


LOCATED = (
    f"select a.name, c.name, c.id, n.id, n.name, v.mtime, {COLUMNS} "
    "from storage_versions v join storage_nodes n on n.current = v.serial "
    "and n.id = v.node join storage_nodes c on c.id = n.parent "
    "join storage_nodes a on a.id = c.parent left join storage_maps m on m.id = v.map "
    "where c.current is not null and "
)


def located(row: tuple[object, ...]) -> Located:
    account, container, container_node, node, name, modified, *version = row
    listed = Listed(node, name, modified, version_of(tuple(version)))  # type: ignore[arg-type]
    return Located(account, container, container_node, listed)  # type: ignore[arg-type]


async def by_uuid(tx: Tx, uuid: str) -> Located | None:
    """The current object of this UUID."""
    row = await tx.one(LOCATED + "v.uuid = :uuid and v.cluster = 0", uuid=uuid)
    return None if row is None else located(row)


async def in_domain(tx: Tx, domain: str, account: str | None) -> list[Located]:
    """Current objects with metadata in `domain`, newest first."""
    given: dict[str, Value] = {"domain": domain}
    where = (
        "v.node in (select node from storage_attributes where domain = :domain "
        "and is_latest = 1) and v.cluster = 0"
    )
    if account is not None:
        where += " and a.name = :account"
        given["account"] = account
    rows = await tx.all(f"{LOCATED}{where} order by v.mtime desc, v.serial desc", **given)
    return [located(row) for row in rows]


async def in_domain_between(tx: Tx, domain: str, nodes: Sequence[int]) -> bool:
    """Whether an object that was made between the first and the last of `nodes` has metadata in
    the domain now; when none has, nobody needs to look at each."""
    found = await tx.one(
        "select 1 from storage_attributes where domain = :domain and is_latest = 1 "
        "and node between :low and :high limit 1",
        domain=domain,
        low=min(nodes),
        high=max(nodes),
    )
    return found is not None


async def domain_values(tx: Tx, domain: str, serials: str) -> dict[int, dict[str, str]]:
    """The metadata in `domain` of the versions in the JSON array `serials`."""
    found: dict[int, dict[str, str]] = {}
    for serial, key, value in await tx.all(
        "select serial, key, value from storage_attributes "
        "where domain = :domain and serial in ({numbers serials})",
        domain=domain,
        serials=serials,
    ):
        found.setdefault(serial, {})[key] = value
    return found
