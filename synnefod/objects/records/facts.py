"""What is said of a container or of an object in one answer, each in one statement.

Against a server the number of statements is what a small request costs.
"""

from __future__ import annotations

from collections.abc import Sequence

from attrs import field, frozen

from synnefod.common.jsonio import dump_text
from synnefod.objects.records.nodes import Totals
from synnefod.objects.records.permissions import Entry, entries_of
from synnefod.objects.records.versions import COLUMNS, Version, version_of
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

_OBJECT = """
select 0, a.domain, a.key, a.value, 0, 0
  from storage_nodes n join storage_attributes a on a.serial = n.current
  where n.parent = :c and n.name = :name
union all select 1, '', '', p.token, 0, 0
  from storage_nodes n join storage_public p on p.node = n.id
  where n.parent = :c and n.name = :name
union all select 2, n.name, v.content_type, p.grantee, n.id, p.access
  from storage_permissions p join storage_nodes n on n.id = p.node
  join storage_versions v on v.serial = n.current
  where p.container = :c and n.name in ({texts names})
"""

_CURRENT = (
    f"select l.mtime, {COLUMNS} from storage_nodes n "
    "join storage_versions v on v.serial = n.current "
    "join storage_versions l on l.serial = n.latest "
    "left join storage_maps m on m.id = v.map where n.parent = :c and n.name = :name"
)


@frozen
class ContainerFacts:
    """A container now: the time of its newest version, its NORMAL totals, its metadata by
    domain, the names of its objects' metadata, its access lists."""

    changed: int
    totals: Totals
    metadata: dict[str, dict[str, str]]
    object_keys: tuple[str, ...]
    lists: dict[str, str]


@frozen
class ObjectFacts:
    """The metadata by domain and the public token of the current object of a name, and the
    sharing of those names that were asked for."""

    metadata: dict[str, dict[str, str]] = field(factory=dict)
    token: str | None = None
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


async def of_object(tx: Tx, container: int, name: str, names: Sequence[str]) -> ObjectFacts:
    """See ObjectFacts; `names` are those whose sharing may concern `name`."""
    token = None
    metadata: dict[str, dict[str, str]] = {}
    shared: list[tuple[int, str, str, int, str]] = []
    for kind, first, second, third, node, number in await tx.all(
        _OBJECT, c=container, name=name, names=dump_text(list(names))
    ):
        if kind == 0:
            metadata.setdefault(first, {})[second] = third
        elif kind == 1:
            token = third
        else:
            shared.append((node, first, second, number, third))
    metadata = {domain: dict(sorted(pairs.items())) for domain, pairs in metadata.items()}
    shared.sort(key=lambda row: (row[1], row[3], row[4]))
    return ObjectFacts(metadata, token, entries_of(shared))


async def current(tx: Tx, container: int, name: str) -> tuple[Version, int] | None:
    """The current version of an object and the time of its newest."""
    row = await tx.one(_CURRENT, c=container, name=name)
    return None if row is None else (version_of(row[1:]), row[0])
