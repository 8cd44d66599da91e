"""Sharing, groups and public links: none of them is versioned (PIT-199)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from synnefod.common.jsonio import dump_text
from synnefod.objects.interface import Sharing
from synnefod.objects.links import Terms
from synnefod.store.interface import Tx, Value


@frozen
class Entry:
    """The sharing of one object of a container."""

    node: int
    name: str
    content_type: str
    sharing: Sharing


def entries_of(rows: Sequence[tuple[int, str, str, int, str]]) -> list[Entry]:
    """Sharing from rows (node, name, content type, access, grantee)."""
    found: dict[int, tuple[str, str, list[str], list[str]]] = {}
    for node, name, content_type, access, grantee in rows:
        entry = found.setdefault(node, (name, content_type, [], []))
        (entry[3] if access else entry[2]).append(grantee)
    return [
        Entry(node, name, content_type, Sharing(tuple(read), tuple(write)))
        for node, (name, content_type, read, write) in found.items()
    ]


_COLUMNS = "n.id, n.name, v.content_type, p.access, p.grantee"
_JOINED = (
    "storage_permissions p "
    "join storage_nodes n on n.id = p.node join storage_versions v on v.serial = n.current"
)
_ENTRY = f"select {_COLUMNS} from {_JOINED} where p.container = :c"
_ENTRY_IN = (
    f"select p.container, {_COLUMNS} from {_JOINED} where p.container in ({{numbers containers}})"
)


async def entries(tx: Tx, container: int, names: Sequence[str] | None = None) -> list[Entry]:
    """The sharing of the container's objects, or of those `names`, by name."""
    if names is None:
        rows = await tx.all(f"{_ENTRY} order by n.name, p.access, p.grantee", c=container)
    else:
        rows = await tx.all(
            _ENTRY + " and n.name in ({texts names}) order by n.name, p.access, p.grantee",
            c=container,
            names=dump_text(list(names)),
        )
    return entries_of(rows)


async def entries_in(tx: Tx, wanted: Mapping[int, Collection[str]]) -> dict[int, list[Entry]]:
    """The sharing of names in several containers, in one statement."""
    rows = await tx.all(
        _ENTRY_IN + " and n.name in ({texts names}) order by n.name, p.access, p.grantee",
        containers=dump_text(list(wanted)),
        names=dump_text(sorted({name for names in wanted.values() for name in names})),
    )
    found: dict[int, list[tuple[int, str, str, int, str]]] = {}
    for container, *row in rows:
        if row[1] in wanted[container]:
            node, name, content_type, access, grantee = row
            found.setdefault(container, []).append((node, name, content_type, access, grantee))
    return {container: entries_of(each) for container, each in found.items()}


async def of_nodes(tx: Tx, container: int | None, nodes: Sequence[int]) -> dict[int, Sharing]:
    """The own sharing of these objects, of one container or of several (None)."""
    any_shared = "select 1 from storage_permissions where container = :c limit 1"
    if container is not None and not await tx.one(any_shared, c=container):
        return {}
    rows = await tx.all(
        "select node, '', '', access, grantee from storage_permissions "
        "where node in ({numbers nodes}) order by node, access, grantee",
        nodes=dump_text(list(nodes)),
    )
    return {entry.node: entry.sharing for entry in entries_of(rows)}


async def share(tx: Tx, node: int, container: int, account: str, sharing: Sharing) -> None:
    """Exchanges the object's sharing."""
    await tx.later("delete from storage_permissions where node = :node", node=node)
    rows: list[dict[str, Value]] = [
        {"node": node, "c": container, "account": account, "access": access, "grantee": grantee}
        for access, grantees in ((0, sharing.read), (1, sharing.write))
        for grantee in dict.fromkeys(grantees)
    ]
    if rows:
        await tx.many(
            "insert into storage_permissions (node, access, grantee, container, account) "
            "values (:node, :access, :grantee, :c, :account)",
            rows,
        )


async def containers_shared_with(
    tx: Tx, account_node: int, grantees: Sequence[str] | None
) -> set[int]:
    """The account's containers with an object shared with any of `grantees` (None: anybody)."""
    asked = "" if grantees is None else " and p.grantee in ({texts grantees})"
    rows = await tx.all(
        "select distinct p.container from storage_permissions p "
        "join storage_nodes c on c.id = p.container where c.parent = :a" + asked,
        a=account_node,
        grantees=dump_text(list(grantees or ())),
    )
    return {container for (container,) in rows}


async def accounts_sharing_with(
    tx: Tx, grantees: Sequence[str], own: str, marker: str, limit: int
) -> list[tuple[str, int]]:
    """(name, node) of accounts with something shared with `grantees`, after `marker`."""
    return [
        (name, node)
        for name, node in await tx.all(
            "select a.name, a.id from storage_nodes a where a.parent = 0 and a.name > :marker "
            "and a.name <> :own and exists (select 1 from storage_permissions p "
            "where p.account = a.name and p.grantee in ({texts grantees})) "
            "order by a.name limit :limit",
            grantees=dump_text(list(grantees)),
            own=own,
            marker=marker,
            limit=limit,
        )
    ]


# -- groups


async def groups_with(tx: Tx, member: str) -> list[str]:
    """The groups, as `owner:name`, that `member` is in."""
    rows = await tx.all("select owner, name from storage_groups where member = :m", m=member)
    return [f"{owner}:{name}" for owner, name in rows]


async def groups(tx: Tx, owner: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, member in await tx.all(
        "select name, member from storage_groups where owner = :owner order by name, member",
        owner=owner,
    ):
        found[name] = (*found.get(name, ()), member)
    return found


async def set_groups(tx: Tx, owner: str, values: Mapping[str, Sequence[str]]) -> None:
    """Exchanges all groups of an owner."""
    await tx.run("delete from storage_groups where owner = :owner", owner=owner)
    rows: list[dict[str, Value]] = [
        {"owner": owner, "name": name, "member": member}
        for name, members in values.items()
        for member in members
    ]
    if rows:
        await tx.many(
            "insert into storage_groups (owner, name, member) values (:owner, :name, :member)",
            rows,
        )


# -- public links


async def tokens(tx: Tx, container: int | None, nodes: Sequence[int]) -> dict[int, str]:
    """The public tokens of those that are published, of one container or of several (None)."""
    any_public = "select 1 from storage_public where container = :c limit 1"
    if container is not None and not await tx.one(any_public, c=container):
        return {}
    rows = await tx.all(
        "select node, token from storage_public where node in ({numbers nodes})",
        nodes=dump_text(list(nodes)),
    )
    return dict(rows)


async def publish(tx: Tx, node: int, container: int, token: str, now: int) -> None:
    """The object has a public link; one that it has already stays (PIT-217)."""
    await tx.run(
        "insert into storage_public (node, token, container, created) "
        "values (:node, :token, :c, :now) on conflict (node) do nothing",
        node=node,
        token=token,
        c=container,
        now=now,
    )


async def set_terms(tx: Tx, node: int, terms: Terms) -> None:
    """The link's terms; a number of downloads starts to count anew."""
    if terms.expires is not None:
        await tx.run(
            "update storage_public set expires = :expires where node = :node",
            node=node,
            expires=terms.expires or None,
        )
    if terms.downloads is not None:
        await tx.run(
            "update storage_public set most = :most, taken = 0 where node = :node",
            node=node,
            most=terms.downloads or None,
        )


async def take(tx: Tx, token: str, now: int) -> bool:
    """Counts one download, if the link's terms allow one more at this moment.

    The condition is in the statement that counts, so two that come at once never share one.
    """
    counted = await tx.run(
        "update storage_public set taken = taken + 1 where token = :token "
        "and (most is null or taken < most) and (expires is null or expires > :now)",
        token=token,
        now=now,
    )
    return counted > 0


async def unpublish(tx: Tx, node: int) -> None:
    await tx.later("delete from storage_public where node = :node", node=node)


async def token_known(tx: Tx, token: str) -> bool:
    return await tx.one("select 1 from storage_public where token = :t", t=token) is not None


async def published(tx: Tx, token: str) -> tuple[str, str, str] | None:
    """Account, container and name of the published object."""
    row = await tx.one(
        "select a.name, c.name, n.name from storage_public p "
        "join storage_nodes n on n.id = p.node join storage_nodes c on c.id = n.parent "
        "join storage_nodes a on a.id = c.parent "
        "where p.token = :t and n.current is not null",
        t=token,
    )
    return None if row is None else (row[0], row[1], row[2])


async def public_names(tx: Tx, container: int) -> list[str]:
    """The names of the container's published objects."""
    rows = await tx.all(
        "select n.name from storage_public p join storage_nodes n on n.id = p.node "
        "where p.container = :c and n.current is not null order by n.name",
        c=container,
    )
    return [name for (name,) in rows]


async def containers_with_public(tx: Tx, account_node: int) -> set[int]:
    rows = await tx.all(
        "select distinct p.container from storage_public p "
        "join storage_nodes c on c.id = p.container where c.parent = :a",
        a=account_node,
    )
    return {container for (container,) in rows}
