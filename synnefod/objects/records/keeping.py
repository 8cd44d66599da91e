"""Whole accounts in the tables: figures, recounts, what belongs to whom, for the administrator."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from synnefod.store.interface import Row, Tx

_OBJECTS = (
    "storage_versions v join storage_nodes n on n.id = v.node "
    "join storage_nodes c on c.id = n.parent "
    "join storage_nodes a on a.id = c.parent and a.parent = 0"
)


@frozen
class Box:
    """A container of an account that is merged or deleted."""

    id: int
    name: str


async def figures(tx: Tx, account: str | None = None) -> list[Row]:
    """(name, containers, objects, bytes, history, its bytes) by name."""
    bound = "and a.name = :account " if account is not None else ""
    given: dict[str, Any] = {} if account is None else {"account": account}
    return await tx.all(
        "select a.name, a.children, coalesce(s.population, 0), coalesce(s.size, 0), "
        "coalesce(h.population, 0), coalesce(h.size, 0) from storage_nodes a "
        "left join storage_statistics s on s.node = a.id and s.cluster = 0 "
        "left join storage_statistics h on h.node = a.id and h.cluster = 1 "
        f"where a.parent = 0 {bound}order by a.name",
        **given,
    )


async def used(tx: Tx, *, history: bool) -> list[tuple[str, str, int]]:
    """(account, project, bytes) that are charged; with `history` those of one map once (3.6)."""
    project = (
        "coalesce((select p.value from storage_policies p where p.node = c.id and "
        "p.key = 'project'), a.name)"
    )
    if not history:
        rows = await tx.all(
            f"select a.name, {project}, sum(v.size) from {_OBJECTS} "
            "where v.cluster = 0 group by a.name, c.id"
        )
    else:
        rows = await tx.all(
            "select d.account, d.project, sum(d.size) from "
            f"(select a.name as account, {project} as project, c.id as box, "
            f"max(v.size) as size from {_OBJECTS} where v.cluster <> 2 and v.map is not null "
            "group by a.name, c.id, v.map) d group by d.account, d.project, d.box"
        )
    return [(account, of, int(size)) for account, of, size in rows]


async def boxes(tx: Tx, account: int) -> list[Box]:
    """The account's containers."""
    rows = await tx.all(
        "select id, name from storage_nodes where parent = :a order by name", a=account
    )
    return [Box(*row) for row in rows]


async def recounted(tx: Tx, account: str | None) -> dict[tuple[str, str, int], tuple[int, int]]:
    """(population, size) of each container and cluster, counted version by version."""
    rows = await tx.all(
        f"select a.name, c.name, v.cluster, count(*), sum(v.size) from {_OBJECTS} "
        f"{_bound(account)}group by a.name, c.name, v.cluster",
        **_given(account),
    )
    return {(a, c, cluster): (count, int(size)) for a, c, cluster, count, size in rows}


async def totals(tx: Tx, account: str | None) -> dict[tuple[str, str, int], tuple[int, int]]:
    """The same as it is kept."""
    rows = await tx.all(
        "select a.name, c.name, s.cluster, s.population, s.size from storage_statistics s "
        "join storage_nodes c on c.id = s.node "
        f"join storage_nodes a on a.id = c.parent and a.parent = 0 {_bound(account)}",
        **_given(account),
    )
    return {(a, c, cluster): (count, size) for a, c, cluster, count, size in rows}


def _bound(account: str | None) -> str:
    return "" if account is None else "where a.name = :account "


def _given(account: str | None) -> dict[str, Any]:
    return {} if account is None else {"account": account}


async def named(tx: Tx, container: str, account: str | None) -> list[tuple[str, int]]:
    """(account, row number) of the containers of this name."""
    bound = "" if account is None else "and a.name = :account "
    rows = await tx.all(
        "select a.name, c.id from storage_nodes c join storage_nodes a "
        f"on a.id = c.parent and a.parent = 0 where c.name = :name {bound}order by a.name",
        name=container,
        **_given(account),
    )
    return [(name, id) for name, id in rows]


async def forget_account(tx: Tx, node: int, name: str) -> None:
    """The account itself, without containers by now, is gone, and what was shared with it."""
    await tx.run("delete from storage_attributes where node = :n", n=node)
    await tx.run("delete from storage_versions where node = :n", n=node)
    for table in ("storage_statistics", "storage_policies", "storage_sysmeta"):
        await tx.run(f"delete from {table} where node = :n", n=node)
    await tx.run("delete from storage_groups where owner = :a", a=name)
    await tx.run("delete from storage_permissions where grantee = :a", a=name)
    await tx.run("delete from storage_nodes where id = :n", n=node)


# -- merging


async def common(tx: Tx, source: int, destination: int) -> list[str]:
    """Names that objects in both containers have."""
    rows = await tx.all(
        "select s.name from storage_nodes s join storage_nodes d on d.name = s.name "
        "where s.parent = :s and d.parent = :d order by s.name",
        s=source,
        d=destination,
    )
    return [name for (name,) in rows]


async def hand_over(tx: Tx, box: int, account: int, name: str) -> None:
    """The container is another account's."""
    await tx.run("update storage_nodes set parent = :a where id = :c", a=account, c=box)
    await tx.run("update storage_permissions set account = :n where container = :c", n=name, c=box)


async def pour(tx: Tx, source: int, destination: int, account: str) -> None:
    """All objects of one container are in the other; the first is empty."""
    both = {"s": source, "d": destination}
    await tx.run("update storage_nodes set parent = :d where parent = :s", **both)
    await tx.run(
        "update storage_permissions set container = :d, account = :n where container = :s",
        n=account,
        **both,
    )
    await tx.run("update storage_public set container = :d where container = :s", **both)
    await tx.run(
        "insert into storage_object_meta (container, key, population) "
        "select :d, key, population from storage_object_meta where container = :s "
        "on conflict (container, key) do update set "
        "population = storage_object_meta.population + excluded.population",
        **both,
    )
    await tx.run("delete from storage_object_meta where container = :s", s=source)
    await add_totals(tx, source, destination)


async def add_totals(tx: Tx, source: int, destination: int) -> None:
    """The totals of one node are the other's too, and no longer its own."""
    await tx.run(
        "insert into storage_statistics (node, cluster, population, size, mtime) "
        "select :d, cluster, population, size, mtime from storage_statistics where node = :s "
        "on conflict (node, cluster) do update set "
        "population = storage_statistics.population + excluded.population, "
        "size = storage_statistics.size + excluded.size",
        s=source,
        d=destination,
    )
    await tx.run("delete from storage_statistics where node = :s", s=source)


async def rename_person(tx: Tx, source: str, destination: str) -> None:
    """Groups, and what is shared with the person and with these groups, are another's."""
    both: dict[str, Any] = {"s": source, "d": destination}
    await tx.run(
        "update storage_groups set owner = :d where owner = :s and name not in "
        "(select g.name from storage_groups g where g.owner = :d)",
        **both,
    )
    group = {"s": f"{source}:", "d": f"{destination}:", "first": len(source) + 2}
    await _regrant(tx, "p.grantee = :s", ":d", both)
    await _regrant(
        tx, "substr(p.grantee, 1, :first - 1) = :s", ":d || substr(p.grantee, :first)", group
    )


async def _regrant(tx: Tx, match: str, value: str, given: dict[str, Any]) -> None:
    await tx.run(
        "insert into storage_permissions (node, access, grantee, container, account) "
        f"select p.node, p.access, {value}, p.container, p.account "
        f"from storage_permissions p where {match} on conflict do nothing",
        **given,
    )
    mine = match.replace("p.grantee", "grantee")
    await tx.run(
        f"delete from storage_permissions where {mine}",
        **{key: item for key, item in given.items() if f":{key}" in mine},
    )
