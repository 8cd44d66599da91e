"""What is said of a container or of an object in one answer, each in one statement.

Against a server the number of statements is what a small request costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import define, field, frozen

from synnefod.common.jsonio import dump_text
from synnefod.objects.links import Standing
from synnefod.objects.records.nodes import ContainerNode, Node, Totals
from synnefod.objects.records.permissions import Entry, entries_of
from synnefod.objects.records.versions import Version, version_of
from synnefod.store.interface import Tx

_CONTAINER = """
select 0, '', '', '', v.mtime, 0, 0
  from storage_nodes n join storage_versions v on v.serial = n.latest where n.id = :c
union all select 1, '', '', '', population, size, mtime
  from storage_statistics where node = :c and cluster = 0
union all select 2, a.domain, a.key, a.value, 0, 0, 0
  from storage_nodes n join storage_attributes a on a.serial = n.latest where n.id = :c
union all select 3, '', key, '', 0, 0, 0
  from storage_object_meta where container = :c and population > 0
union all select 4, '', key, value, 0, 0, 0
  from storage_sysmeta where node = :c and key in ('read', 'write')
"""

_PLACE = """
with c as (
  select c.id, c.parent, c.created, c.current from storage_nodes c
  where c.parent = (select a.id from storage_nodes a where a.parent = 0 and a.name = :account)
  and c.name = :container and c.current is not null
), n as (
  select o.id, o.created, o.latest, o.current, o.children from storage_nodes o
  where o.parent = (select id from c) and o.name = :name
)
select 2, v.author, v.uuid, v.content_type, v.hash, v.checksum, m.name,
    l.mtime, n.id, n.created, n.latest, n.current, v.serial, v.cluster, v.source, v.mtime,
    v.size, v.map, v.available, v.map_checked, v.is_snapshot
  from n left join storage_versions v on v.serial = n.current
  left join storage_versions l on l.serial = n.latest left join storage_maps m on m.id = v.map
union all select 0, {six}, c.id, c.parent, c.created, c.current, {ten} from c
union all select 1, p.key, p.value, {four}, {fourteen}
  from storage_policies p where p.node = (select id from c)
union all select 3, a.domain, a.key, a.value, {three}, {fourteen}
  from storage_attributes a where a.serial = (select n.current from n)
union all select 4, p.token, {five}, p.expires, p.most, p.taken, {eleven}
  from storage_public p where p.node = (select n.id from n)
union all select 5, o.name, v.content_type, p.grantee, {three}, o.id, p.access, {twelve}
  from storage_permissions p join storage_nodes o on o.id = p.node
  join storage_versions v on v.serial = o.current
  where p.container = (select id from c) and o.name in ({texts names})
"""
# NULL has the type of the column's first branch; a literal would have the server convert each row.
for _word, _many in (
    *(("three", 3), ("four", 4), ("five", 5), ("six", 6), ("ten", 10)),
    *(("eleven", 11), ("twelve", 12), ("fourteen", 14)),
):
    _PLACE = _PLACE.replace(f"{{{_word}}}", ", ".join(["null"] * _many))


@frozen
class ContainerFacts:
    """A container now: the time of its newest version, its NORMAL totals, its metadata by
    domain, the names of its objects' metadata, its access lists."""

    changed: int
    totals: Totals
    metadata: dict[str, dict[str, str]]
    object_keys: tuple[str, ...]
    lists: dict[str, str]


@define
class PlaceFacts:
    """What there is of an account, a container and a name: the container; the object's node, its
    current version and the time of its newest; the current one's metadata by domain; its public
    token and its terms; the sharing of those names that were asked for."""

    container: ContainerNode | None = None
    node: Node | None = None
    version: Version | None = None
    modified: int | None = None
    metadata: dict[str, dict[str, str]] = field(factory=dict)
    token: str | None = None
    terms: Standing = field(factory=Standing)
    entries: Sequence[Entry] = ()


async def of_container(tx: Tx, container: int) -> ContainerFacts:
    changed, totals = 0, Totals()
    metadata: dict[str, dict[str, str]] = {}
    lists: dict[str, str] = {}
    keys = []
    for kind, domain, key, value, *numbers in await tx.all(_CONTAINER, c=container):
        if kind == 0:
            changed = numbers[0]
        elif kind == 1:
            totals = Totals(*numbers)
        elif kind == 2:
            metadata.setdefault(domain, {})[key] = value
        elif kind == 3:
            keys.append(key)
        else:
            lists[key] = value
    metadata = {domain: dict(sorted(pairs.items())) for domain, pairs in metadata.items()}
    return ContainerFacts(changed, totals, metadata, tuple(sorted(keys)), lists)


async def of_place(
    tx: Tx, account: str, container: str, name: str, names: Sequence[str]
) -> PlaceFacts:
    """See PlaceFacts; `names` are those whose sharing may concern `name`."""
    found = PlaceFacts()
    policies: dict[str, str] = {}
    metadata: dict[str, dict[str, str]] = {}
    shared: list[tuple[int, str, str, int, str]] = []
    for kind, *row in await tx.all(
        _PLACE, account=account, container=container, name=name, names=dump_text(list(names))
    ):
        texts, numbers = row[:6], row[6:]
        if kind == 0:
            id_, parent, created, current = numbers[:4]
            found.container = ContainerNode(
                id_, account, parent, container, created, current, policies
            )
        elif kind == 1:
            policies[texts[0]] = texts[1]
        elif kind == 2:
            found.modified, id_, created, latest, current, *version = numbers
            found.node = Node(id_, name, created, latest, current)
            if current is not None:
                found.version = _version(id_, texts, version)
        elif kind == 3:
            metadata.setdefault(texts[0], {})[texts[1]] = texts[2]
        elif kind == 4:
            found.token, found.terms = texts[0], Standing(*numbers[:3])
        else:
            shared.append((numbers[0], texts[0], texts[1], numbers[1], texts[2]))
    found.metadata = {domain: dict(sorted(pairs.items())) for domain, pairs in metadata.items()}
    shared.sort(key=lambda row: (row[1], row[3], row[4]))
    found.entries = entries_of(shared)
    return found


def _version(node: int, texts: list[Any], numbers: list[Any]) -> Version:
    author, uuid, content_type, hash, checksum, map_name = texts
    serial, cluster, source, mtime, size, map, available, checked, is_snapshot = numbers
    return version_of(
        (
            *(serial, node, cluster, source, mtime, author, uuid, size, content_type),
            *(hash, checksum, map, available, checked, is_snapshot, map_name),
        )
    )
