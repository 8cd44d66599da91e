"""Nodes: accounts, containers and objects by name; policies and running totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import field, frozen

from synnefod.common.jsonio import dump_text
from synnefod.store.interface import Tx

ROOT = 0
NORMAL, HISTORY, DELETED = 0, 1, 2


@frozen
class Node:
    """A row of storage_nodes. `current` is None for a deleted object."""

    id: int
    name: str
    created: int
    latest: int | None
    current: int | None
    children: int = 0


@frozen
class ContainerNode:
    """A container with its account's node and its policies as stored."""

    id: int
    account: str
    account_node: int
    name: str
    created: int
    current: int
    policies: Mapping[str, str] = field(factory=dict)

    @property
    def path(self) -> str:
        return f"{self.account}/{self.name}"


@frozen
class Totals:
    """A row of storage_statistics."""

    population: int = 0
    size: int = 0
    mtime: int = 0


_NODE = "id, name, created, latest, current, children"


async def find(tx: Tx, parent: int, name: str, *, lock: bool = False) -> Node | None:
    """The node of this name, deleted ones included."""
    sql = f"select {_NODE} from storage_nodes where parent = :parent and name = :name"
    row = await tx.one(sql + " {for_update}" if lock else sql, parent=parent, name=name)
    return None if row is None else Node(*row)


async def insert(tx: Tx, parent: int, name: str, now: int) -> Node | None:
    """A new node without version; None if somebody else has just made it."""
    row = await tx.one(
        "insert into storage_nodes (parent, name, created) values (:parent, :name, :now) "
        f"on conflict (parent, name) do nothing returning {_NODE}",
        parent=parent,
        name=name,
        now=now,
    )
    return None if row is None else Node(*row)


async def sow(tx: Tx, parent: int, name: str, now: int) -> None:
    """As `insert`, for one whose version is inserted next."""
    await tx.later(
        "insert into storage_nodes (parent, name, created) values (:parent, :name, :now) "
        "on conflict (parent, name) do nothing",
        parent=parent,
        name=name,
        now=now,
    )


async def point(tx: Tx, node: int, *, latest: int, current: int | None) -> None:
    """Says which versions of the node are the newest and the current one."""
    await tx.later(
        "update storage_nodes set latest = :latest, current = :current where id = :node",
        node=node,
        latest=latest,
        current=current,
    )


async def container(tx: Tx, account: str, name: str, *, lock: bool = False) -> ContainerNode | None:
    """The container with its policies. `lock` makes other writers of it wait (3.7)."""
    rows = await tx.all(
        "select c.id, a.id, c.created, c.current, p.key, p.value from storage_nodes c "
        "join storage_nodes a on a.id = c.parent "
        "left join storage_policies p on p.node = c.id "
        "where a.parent = 0 and a.name = :account and c.name = :name "
        "and c.current is not null",
        account=account,
        name=name,
    )
    if not rows:
        return None
    id, account_node, created, current = rows[0][:4]
    directives = {row[4]: row[5] for row in rows if row[4] is not None}
    if lock:
        locked = await tx.one(
            "select current from storage_nodes where id = :id {for_update}", id=id
        )
        if locked is None or locked[0] is None:
            return None
        current = locked[0]
        directives = await policies(tx, id)  # They may have changed during the wait.
    return ContainerNode(id, account, account_node, name, created, current, directives)


async def lock(tx: Tx, account: str, name: str) -> None:
    """Makes other writers of the container wait (3.7), if there is one."""
    await tx.later(
        "select id from storage_nodes where parent = (select a.id from storage_nodes a "
        "where a.parent = 0 and a.name = :account) and name = :name {for_update}",
        account=account,
        name=name,
    )


async def policies(tx: Tx, node: int) -> dict[str, str]:
    rows = await tx.all("select key, value from storage_policies where node = :node", node=node)
    return dict(rows)


async def set_policies(tx: Tx, node: int, values: Mapping[str, str]) -> None:
    """Exchanges the node's policies."""
    await tx.run("delete from storage_policies where node = :node", node=node)
    if values:
        await tx.many(
            "insert into storage_policies (node, key, value) values (:node, :key, :value)",
            [{"node": node, "key": key, "value": value} for key, value in values.items()],
        )


async def lists(tx: Tx, node: int) -> dict[str, str]:
    """The container's access lists by side: `read`, `write`."""
    rows = await tx.all(
        "select key, value from storage_sysmeta where node = :node and key in ('read', 'write')",
        node=node,
    )
    return dict(rows)


async def lists_of(tx: Tx, containers: Sequence[int]) -> dict[int, dict[str, str]]:
    """The access lists of several containers, in one statement."""
    rows = await tx.all(
        "select node, key, value from storage_sysmeta where node in ({numbers nodes})"
        " and key in ('read', 'write')",
        nodes=dump_text(list(containers)),
    )
    found: dict[int, dict[str, str]] = {}
    for node, side, value in rows:
        found.setdefault(node, {})[side] = value
    return found


async def account_lists(tx: Tx, node: int) -> str:
    """Who may act on all of an account, as JSON; "" for nobody."""
    row = await tx.one(
        "select value from storage_sysmeta where node = :node and key = 'access'", node=node
    )
    return "" if row is None else str(row[0])


async def set_list(tx: Tx, node: int, side: str, value: str) -> None:
    """Sets an access list; "" clears it."""
    await tx.run(
        "delete from storage_sysmeta where node = :node and key = :key", node=node, key=side
    )
    if value:
        await tx.run(
            "insert into storage_sysmeta (node, key, value) values (:node, :key, :value)",
            node=node,
            key=side,
            value=value,
        )


async def count_child(tx: Tx, account_node: int, change: int) -> None:
    """The account has so many containers more."""
    await tx.run(
        "update storage_nodes set children = children + :change where id = :id",
        id=account_node,
        change=change,
    )


async def totals(tx: Tx, node: int) -> dict[int, Totals]:
    """The node's running totals by cluster."""
    rows = await tx.all(
        "select cluster, population, size, mtime from storage_statistics where node = :node",
        node=node,
    )
    return {cluster: Totals(population, size, mtime) for cluster, population, size, mtime in rows}


async def add_totals(
    tx: Tx, node: int, cluster: int, *, population: int, size: int, mtime: int
) -> None:
    """Adds to the node's totals; the time never goes back."""
    await tx.later(
        "insert into storage_statistics (node, cluster, population, size, mtime) "
        "values (:node, :cluster, :population, :size, :mtime) "
        "on conflict (node, cluster) do update set "
        "population = storage_statistics.population + excluded.population, "
        "size = storage_statistics.size + excluded.size, "
        "mtime = {greatest}(storage_statistics.mtime, excluded.mtime)",
        node=node,
        cluster=cluster,
        population=population,
        size=size,
        mtime=mtime,
    )


async def totals_of_children(tx: Tx, nodes: Sequence[int]) -> dict[int, Totals]:
    """The NORMAL totals of many containers, in one statement."""
    rows = await tx.all(
        "select node, population, size, mtime from storage_statistics "
        "where cluster = 0 and node in ({numbers nodes})",
        nodes=dump_text(list(nodes)),
    )
    return {node: Totals(*rest) for node, *rest in rows}


async def policies_of(tx: Tx, nodes: Sequence[int]) -> dict[int, dict[str, str]]:
    """The policies of many containers, in one statement."""
    rows = await tx.all(
        "select node, key, value from storage_policies where node in ({numbers nodes})",
        nodes=dump_text(list(nodes)),
    )
    found: dict[int, dict[str, str]] = {}
    for node, key, value in rows:
        found.setdefault(node, {})[key] = value
    return found


async def drop_childless(tx: Tx, container: int) -> None:
    """Objects of which no version is left are forgotten."""
    await tx.run(
        "delete from storage_nodes where parent = :c and current is null and not exists "
        "(select 1 from storage_versions v where v.node = storage_nodes.id)",
        c=container,
    )


async def drop_object(tx: Tx, node: int) -> None:
    """An object of which no version is left is forgotten."""
    await tx.run("delete from storage_nodes where id = :node", node=node)


async def drop_container(tx: Tx, container: int) -> None:
    """The container, its objects' history and everything kept of them are gone."""
    for table in ("storage_public", "storage_permissions", "storage_object_meta"):
        await tx.run(f"delete from {table} where container = :c", c=container)
    inside = "(select id from storage_nodes where id = :c or parent = :c)"
    maps = await tx.all(
        f"select distinct map from storage_versions where map is not null and node in {inside}",
        c=container,
    )
    await tx.run(f"delete from storage_attributes where node in {inside}", c=container)
    await tx.run(f"delete from storage_versions where node in {inside}", c=container)
    for table in ("storage_statistics", "storage_policies", "storage_sysmeta"):
        await tx.run(f"delete from {table} where node = :c", c=container)
    await tx.run("delete from storage_nodes where parent = :c", c=container)
    await tx.run("delete from storage_nodes where id = :c", c=container)
    await tx.run(
        "delete from storage_maps where id in ({numbers maps}) and not exists "
        "(select 1 from storage_versions v where v.map = storage_maps.id)",
        maps=dump_text([map for (map,) in maps]),
    )
