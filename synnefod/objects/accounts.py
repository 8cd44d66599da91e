"""Accounts: made on their owner's first access, with metadata, groups and totals (1.3, 1.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.jsonio import dump_text
from synnefod.common.principal import Principal
from synnefod.objects import access, acls, conditions
from synnefod.objects.commits import merged
from synnefod.objects.interface import (
    ALWAYS,
    PITHOS,
    Account,
    AccountChange,
    Conditions,
    NotAllowed,
    SharingAccount,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, pages, permissions, versions
from synnefod.objects.records.nodes import NORMAL, ROOT, Node, Totals
from synnefod.quota.interface import DISKSPACE, user_holder
from synnefod.store.interface import Tx

_NAME = 256


async def ensure(tx: Tx, account: str, now: int) -> Node:
    """The account's node, made if absent."""
    access.checked_text(account)
    found = await nodes.find(tx, ROOT, account)
    if found is not None:
        return found
    made = await nodes.insert(tx, ROOT, account, now)
    if made is None:  # somebody else was faster
        found = await nodes.find(tx, ROOT, account)
        assert found is not None
        return found
    serial = await versions.insert(tx, made.id, cluster=NORMAL, mtime=now, author=account)
    await nodes.point(tx, made.id, latest=serial, current=serial)
    return Node(made.id, made.name, made.created, serial, serial)


async def sharing_with(
    parts: Parts, principal: Principal, marker: str, limit: int
) -> list[SharingAccount]:
    access.checked_text(marker)

    async def body(tx: Tx) -> list[SharingAccount]:
        names = sorted(await access.grantees(tx, principal))
        found = await permissions.accounts_sharing_with(tx, names, principal.user, marker, limit)
        return [SharingAccount(name, (await _times(tx, node))[1]) for name, node in found]

    return await parts.store.read("accounts sharing", body)


async def head(
    parts: Parts,
    principal: Principal,
    account: str,
    until: int | None = None,
    asked: Conditions = ALWAYS,
) -> Account:
    """The account as the asker may know it; see `Objects.account`."""
    access.checked_text(account)
    if not access.owns(principal, account):
        if until is not None:
            raise NotAllowed
        found = await parts.store.read("account", lambda tx: _others(tx, principal, account))
    else:
        node = await parts.store.read("account", lambda tx: nodes.find(tx, ROOT, account))
        if node is None:
            now = parts.now()
            await parts.store.transact("new account", lambda tx: ensure(tx, account, now))
        found = await parts.store.read("account", lambda tx: _own(parts, tx, account, until))
    conditions.check(asked, exists=True, modified=found.modified, reading=True)
    return found


async def _others(tx: Tx, principal: Principal, account: str) -> Account:
    node = await nodes.find(tx, ROOT, account)
    if node is None:
        raise NotAllowed
    names = sorted(await access.grantees(tx, principal))
    if not await permissions.containers_shared_with(tx, node.id, names):
        raise NotAllowed
    return Account(account, (await _times(tx, node.id))[1], full=False)


async def _times(tx: Tx, node: int) -> tuple[int, int]:
    """(of the account's own newest version, of the latest change in it)."""
    changed = await pages.newest(tx, node)
    inside = await pages.newest_child(tx, node)
    totals = await nodes.totals(tx, node)
    return changed, max(changed, inside, *(total.mtime for total in totals.values()))


async def _own(parts: Parts, tx: Tx, account: str, until: int | None) -> Account:
    node = await nodes.find(tx, ROOT, account)
    assert node is not None and node.latest is not None
    changed, modified = await _times(tx, node.id)
    used, limits = await _usage(parts, tx, account)
    groups = await permissions.groups(tx, account)
    if until is None:
        total = (await nodes.totals(tx, node.id)).get(NORMAL, Totals())
        count, objects, size = node.children, total.population, total.size
        serial: int | None = node.latest
        timestamp = None
    else:
        version = await versions.before(tx, node.id, until)
        serial = None if version is None else version.serial
        timestamp = until if version is None else version.mtime
        count = objects = size = 0
        for container in await pages.containers_at(tx, node.id, until):
            inside = await pages.sum_at(tx, container, until)
            count, objects, size = count + 1, objects + inside[0], size + inside[1]
            timestamp = max(timestamp, inside[2])
    metadata = {} if serial is None else await versions.attributes(tx, serial)
    return Account(
        name=account,
        modified=modified,
        changed=changed,
        container_count=count,
        object_count=objects,
        bytes=size,
        bytes_used=used if until is None else size,
        quota=limits,
        groups=groups,
        metadata=metadata.get(PITHOS, {}),
        until_timestamp=timestamp,
        lists=await nodes.account_lists(tx, node.id),
    )


async def _usage(parts: Parts, tx: Tx, account: str) -> tuple[int, dict[ProjectId, int]]:
    """Bytes used over all projects, and the limits by project (PIT-040, PIT-041)."""
    used = 0
    limits: dict[ProjectId, int] = {}
    for holding in await parts.quota.holdings(tx, [user_holder(UserId(account))]):
        if holding.resource == DISKSPACE and holding.source is not None:
            used += holding.usage_min
            limits[ProjectId(holding.source.removeprefix("project:"))] = holding.limit
    return used, limits


async def update(parts: Parts, principal: Principal, account: str, change: AccountChange) -> None:
    """See `Objects.update_account`."""
    access.require_owner(principal, account)
    groups = {name: _members(name, members, parts) for name, members in change.groups.items()}
    asked = sorted({member for members in groups.values() for member in members})
    known = await parts.identity.users_by_id([UserId(member) for member in asked])
    for member in asked:
        if member not in known:
            raise Malformed(f"'{member[:64]}' is not a known user.")
    lists = None if change.lists is None else await _settled(parts, change.lists)
    now = parts.now()

    async def body(tx: Tx) -> None:
        node = await ensure(tx, account, now)
        await nodes.find(tx, ROOT, account, lock=True)
        if lists is not None:
            await nodes.set_list(tx, node.id, "access", lists)
        if groups:
            kept = {} if change.replace else await permissions.groups(tx, account)
            after = {**kept, **groups}
            after = {name: members for name, members in after.items() if members}
            if len(after) > parts.settings.max_groups:
                raise Malformed(f"There may be {parts.settings.max_groups} groups.")
            await permissions.set_groups(tx, account, after)
        await succeed(tx, node.id, account, principal.user, change, now)

    await parts.store.transact("update account", body)


async def _settled(parts: Parts, lists: Mapping[str, Sequence[str]]) -> str:
    """The lists of a whole account as they are stored. Raises Malformed."""
    texts = {role: acls.cleaned(",".join(lists.get(role, ())), acls.WRITE) for role in acls.ROLES}
    asked = sorted(set[str]().union(*map(acls.names, texts.values())))
    known = await parts.identity.users_by_name(asked) if asked else {}
    people = {name: user.id for name, user in known.items()}
    settled = {role: acls.settled(text, people).split(",") for role, text in texts.items() if text}
    return dump_text(settled) if settled else ""


async def succeed(
    tx: Tx,
    node: int,
    name: str,
    author: str,
    change: AccountChange,
    now: int,
    touch: bool = False,
) -> None:
    """A new version of the account with the changed metadata (PIT-056), or with `touch` in any
    case."""
    latest = await pages.newest_version(tx, node)
    old = await versions.attributes(tx, latest.serial)
    metadata = merged(
        old.get(PITHOS, {}),
        change.metadata,
        replace=change.replace,
        most=change.max_metadata,
        overall=change.max_overall,
    )
    if metadata == old.get(PITHOS, {}) and not touch:
        return
    serial = await versions.insert(
        tx,
        node,
        cluster=NORMAL,
        source=latest.serial,
        mtime=max(now, latest.mtime + 1),
        author=author,
    )
    await versions.set_attributes(tx, serial, node, {**old, PITHOS: metadata})
    await versions.to_history(tx, latest.serial)
    await versions.outdate_attributes(tx, latest.serial)
    await nodes.point(tx, node, latest=serial, current=serial)


def _members(name: str, members: Sequence[str], parts: Parts) -> tuple[str, ...]:
    """The members of a group, each once. Raises Malformed (PIT-052 to PIT-054)."""
    if not name or len(name) > _NAME or any(letter in name for letter in "-_,:\0"):
        raise Malformed(f"Bad group name '{name[:64]}'.")
    found = tuple(dict.fromkeys(filter(None, ("".join(m.split()) for m in members))))
    if len(found) > parts.settings.max_group_members:
        raise Malformed(f"A group may have {parts.settings.max_group_members} members.")
    if any(len(member) > _NAME or "\0" in member for member in found):
        raise Malformed("Bad group member.")
    return found
