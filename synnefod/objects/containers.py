"""Containers: made, described, changed and removed (object-storage.md 1.5)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import evolve

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.objects import access, accounts, acls, conditions, policies
from synnefod.objects.interface import (
    ALWAYS,
    PITHOS,
    AccountChange,
    Conditions,
    Container,
    ContainerChange,
    ContainerNotEmpty,
    NoSuchContainer,
    NotAllowed,
)
from synnefod.objects.parts import Parts
from synnefod.objects.records import facts, nodes, pages, versions
from synnefod.objects.records.nodes import HISTORY, NORMAL, ContainerNode, Totals
from synnefod.quota.interface import DISKSPACE, Charge, user_holder
from synnefod.store.interface import Tx

_KEYS = ("X-Container-Meta-Temp-Url-Key", "X-Container-Sync-Key")


async def head(
    parts: Parts,
    principal: Principal,
    account: str,
    container: str,
    until: int | None = None,
    asked: Conditions = ALWAYS,
) -> Container:
    """See `Objects.container`."""

    async def body(tx: Tx) -> Container:
        found = await access.enter(tx, principal, account, container)
        if access.owns(principal, account):
            return await describe(parts, tx, found, until)
        if until is not None:
            raise NotAllowed
        if await access.may_list(tx, principal, found):
            return await describe_listed(parts, tx, found)
        seen = await access.visible(tx, principal, found, shared=True, public=False)
        if seen is None or not seen.below(""):
            raise NotAllowed
        return await describe_to_others(tx, found)

    found = await parts.store.read("container", body)
    conditions.check(asked, exists=True, modified=found.modified, reading=True)
    return found


async def describe(
    parts: Parts, tx: Tx, container: ContainerNode, until: int | None = None
) -> Container:
    """What the owner knows of a container, now or as of `until`. Raises NoSuchContainer."""
    now = await facts.of_container(tx, container.id)
    count, size, timestamp = now.totals.population, now.totals.size, None
    metadata, keys = now.metadata, now.object_keys
    if until is not None:
        old = await versions.before(tx, container.id, until)
        if old is None:
            raise NoSuchContainer
        count, size, changed = await pages.sum_at(tx, container.id, until)
        timestamp = max(old.mtime, changed)
        metadata = await versions.attributes(tx, old.serial)
        keys = tuple(await versions.object_keys(tx, container.id, until))
    return Container(
        account=container.account,
        name=container.name,
        modified=max(now.changed, now.totals.mtime),
        changed=now.changed,
        created=container.created,
        count=count,
        bytes=size,
        policy=policies.effective(container.policies, container.account, parts.settings),
        metadata=metadata.get(PITHOS, {}),
        object_meta=keys,
        until_timestamp=timestamp,
        lists=now.lists,
    )


async def describe_listed(parts: Parts, tx: Tx, container: ContainerNode) -> Container:
    """What somebody knows whom an access list lets list the container: neither the lists nor
    the keys of temporary URLs (5.7)."""
    found = await describe(parts, tx, container)
    metadata = {k: v for k, v in found.metadata.items() if not k.startswith(_KEYS)}
    return evolve(found, full=False, listed=True, metadata=metadata, lists={}, policy=None)


async def describe_to_others(tx: Tx, container: ContainerNode) -> Container:
    """What somebody knows with whom something inside is shared (PIT-062, PIT-099)."""
    now = await facts.of_container(tx, container.id)
    return Container(
        account=container.account,
        name=container.name,
        modified=max(now.changed, now.totals.mtime),
        full=False,
        object_meta=now.object_keys,
    )


async def put(
    parts: Parts, principal: Principal, account: str, container: str, change: ContainerChange
) -> bool:
    """See `Objects.put_container`."""
    access.require_owner(principal, account)
    access.checked(account, container)
    change = evolve(change, lists=await _settled(parts, change.lists))
    now = parts.now()

    async def body(tx: Tx) -> bool:
        made = await make(tx, account, container, now)
        found = await nodes.container(tx, account, container, lock=True)
        if found is None:
            raise NoSuchContainer
        await _apply(parts, tx, found, principal.user, change, now)
        return made

    return await parts.store.transact("put container", body)


async def make(tx: Tx, account: str, container: str, now: int) -> bool:
    """The container exists; whether it is new."""
    owner = await accounts.ensure(tx, account, now)
    node = await nodes.insert(tx, owner.id, container, now)
    if node is None:
        return False
    serial = await versions.insert(tx, node.id, cluster=NORMAL, mtime=now, author=account)
    await nodes.point(tx, node.id, latest=serial, current=serial)
    await nodes.count_child(tx, owner.id, 1)
    return True


async def update(
    parts: Parts, principal: Principal, account: str, container: str, change: ContainerChange
) -> None:
    """See `Objects.update_container`."""
    access.require_owner(principal, account)
    change = evolve(change, lists=await _settled(parts, change.lists))
    now = parts.now()

    async def body(tx: Tx) -> None:
        found = await access.enter(tx, principal, account, container, lock=True)
        await _apply(parts, tx, found, principal.user, change, now)

    await parts.store.transact("update container", body)


async def _settled(parts: Parts, lists: Mapping[str, str]) -> dict[str, str]:
    """The access lists as they are stored. Raises Malformed."""
    clean = {side: acls.cleaned(text, side) for side, text in lists.items()}
    asked = sorted(set[str]().union(*map(acls.names, clean.values())))
    known = await parts.identity.users_by_name(asked) if asked else {}
    people = {name: user.id for name, user in known.items()}
    return {side: acls.settled(text, people) for side, text in clean.items()}


async def _apply(
    parts: Parts,
    tx: Tx,
    container: ContainerNode,
    author: str,
    change: ContainerChange,
    now: int,
) -> None:
    after = policies.changed(container.policies, change.policy, replace=change.replace)
    if after != container.policies:
        await _reassign(parts, tx, container, after)
        await nodes.set_policies(tx, container.id, after)
    for side, text in change.lists.items():
        await nodes.set_list(tx, container.id, side, text)
    old = await pages.newest_version(tx, container.id)
    metadata = AccountChange(
        change.metadata,
        replace=change.replace,
        max_metadata=change.max_metadata,
        max_overall=change.max_overall,
    )
    await accounts.succeed(tx, container.id, container.name, author, metadata, now, change.touch)
    versioning = policies.effective(after, container.account, parts.settings).versioning
    if versioning == "none" and (await pages.newest_version(tx, container.id)) != old:
        await versions.remove(tx, old)


async def _reassign(
    parts: Parts, tx: Tx, container: ContainerNode, after: Mapping[str, str]
) -> None:
    """Moves the charge of the container's bytes when its project changes (PIT-072, PIT-068)."""
    before = policies.effective(container.policies, container.account, parts.settings)
    project = policies.effective(after, container.account, parts.settings).project
    if project == before.project:
        return
    await _check_project(parts, tx, container.account, project)
    size = await charged(parts, tx, container)
    if size:
        owner = UserId(container.account)
        charges = [
            Charge(owner, before.project, DISKSPACE, -size),
            Charge(owner, project, DISKSPACE, size),
        ]
        await parts.quota.charge(tx, charges, name=container.path)


async def _check_project(parts: Parts, tx: Tx, account: str, project: ProjectId) -> None:
    if project == account:
        return
    source = f"project:{project}"
    held = await parts.quota.holdings(tx, [user_holder(UserId(account))], source=source)
    if not any(holding.resource == DISKSPACE for holding in held):
        raise Malformed("The account has no storage in this project.")


async def charged(parts: Parts, tx: Tx, container: ContainerNode) -> int:
    """The bytes that the container's project pays for (3.6)."""
    totals = await nodes.totals(tx, container.id)
    size = totals.get(NORMAL, Totals()).size
    if parts.settings.free_versioning:
        return size
    return await pages.distinct_bytes(tx, container.id)


async def delete(parts: Parts, principal: Principal, account: str, container: str) -> None:
    """See `Objects.delete_container`."""
    access.require_owner(principal, account)

    async def body(tx: Tx) -> None:
        found = await access.enter(tx, principal, account, container, lock=True)
        totals = await nodes.totals(tx, found.id)
        if totals.get(NORMAL, Totals()).population:
            raise ContainerNotEmpty
        size = await charged(parts, tx, found)
        now = parts.now()
        for cluster, total in totals.items():
            if cluster >= HISTORY:
                await nodes.add_totals(
                    tx,
                    found.account_node,
                    cluster,
                    population=-total.population,
                    size=-total.size,
                    mtime=now,
                )
        await nodes.add_totals(tx, found.account_node, NORMAL, population=0, size=0, mtime=now)
        await nodes.drop_container(tx, found.id)
        await nodes.count_child(tx, found.account_node, -1)
        if size:
            policy = policies.effective(found.policies, account, parts.settings)
            charge = Charge(UserId(account), policy.project, DISKSPACE, -size)
            await parts.quota.charge(tx, [charge], name=found.path, force=True)

    await parts.store.transact("delete container", body)
