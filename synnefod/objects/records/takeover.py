"""Accounts of a Synnefo 0.21 object store, put into our tables (PIT-236)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.errors import Conflict
from synnefod.objects.records import nodes
from synnefod.objects.records.nodes import ROOT
from synnefod.store.foreign import insert
from synnefod.store.interface import Tx, Value

TABLES: Mapping[str, tuple[str, ...]] = {
    "nodes": ("node", "parent", "path"),
    "versions": (
        "serial",
        "node",
        "hash",
        "size",
        "type",
        "source",
        "mtime",
        "muser",
        "uuid",
        "checksum",
        "cluster",
        "available?",
        "map_check_timestamp?",
        "mapfile?",
        "is_snapshot?",
    ),
    "attributes": ("serial", "domain", "key", "value"),
    "policy": ("node", "key", "value"),
    "xfeatures": ("feature_id", "path"),
    "xfeaturevals": ("feature_id", "key", "value"),
    "groups": ("owner", "name", "member"),
    "public": ("public_id", "path", "active", "url"),
    "config?": ("key", "value"),
}
"""What is read of the other database, in the words of `store/foreign`."""
_MARK = "taken over"


async def taken(tx: Tx) -> set[str]:
    """The accounts that were taken over before."""
    rows = await tx.all(
        "select n.name from storage_sysmeta s join storage_nodes n on n.id = s.node"
        " where s.key = :k and n.parent = 0",
        k=_MARK,
    )
    return {name for (name,) in rows}


async def settle(tx: Tx, account: str, created: int) -> int | None:
    """The node of an account that holds nothing; None when it was taken over before. Raises
    Conflict when there is anything of it here."""
    found = await nodes.find(tx, ROOT, account, lock=True)
    if found is None:
        found = await nodes.insert(tx, ROOT, account, created)
    elif await tx.one(
        "select 1 from storage_sysmeta where node = :n and key = :k", n=found.id, k=_MARK
    ):
        return None
    elif found.children or await tx.one(
        "select 1 from storage_attributes where node = :n", n=found.id
    ):
        raise Conflict("There are containers or metadata of this account here.")
    if found is None:
        raise Conflict("The account was opened just now.")
    await tx.run("update storage_nodes set latest = null, current = null where id = :n", n=found.id)
    await tx.run("delete from storage_versions where node = :n", n=found.id)
    await nodes.set_list(tx, found.id, _MARK, "yes")
    return found.id


async def add_attributes(
    tx: Tx, serial: int, node: int, rows: Sequence[tuple[str, str, str]], *, latest: bool
) -> None:
    """(domain, key, value) of one version."""
    made: list[dict[str, Value]] = [
        {
            "serial": serial,
            "domain": domain,
            "key": key,
            "value": value,
            "node": node,
            "is_latest": int(latest),
        }
        for domain, key, value in rows
    ]
    await insert(tx, "storage_attributes", made)


async def add_members(tx: Tx, owner: str, rows: Sequence[tuple[str, str]]) -> None:
    """(group, member) that are not there yet."""
    if rows:
        await tx.many(
            "insert into storage_groups (owner, name, member) values (:owner, :name, :member)"
            " on conflict do nothing",
            [{"owner": owner, "name": name, "member": member} for name, member in rows],
        )
