"""Objects deleted, alone and with everything below them; history purged (1.12).

Each is one transaction. What is to be done is fixed before the first change (PIT-165).
"""

from __future__ import annotations

from synnefod.common.principal import Principal
from synnefod.objects import access
from synnefod.objects.commits import State, bury, count, look, pay
from synnefod.objects.interface import (
    ALWAYS,
    PITHOS,
    Conditions,
    NoSuchObject,
    Place,
    Sharing,
)
from synnefod.objects.parts import ObjectSettings, Parts
from synnefod.objects.records import nodes, pages, permissions, versions
from synnefod.objects.records.nodes import DELETED, NORMAL, ContainerNode
from synnefod.objects.records.versions import Version
from synnefod.objects.writing import check_conditions, may_write
from synnefod.store.interface import Tx

_PAGE = 1000


def prefix_below(name: str, delimiter: str) -> str:
    """How the names below `name` begin; the delimiter is not doubled (PIT-160)."""
    return name if name.endswith(delimiter) else name + delimiter


async def names_below(tx: Tx, container: ContainerNode, prefix: str) -> list[str]:
    """All current names that start with `prefix`, in order."""
    found: list[str] = []
    while True:
        page = await pages.names(tx, container.id, prefix, found[-1] if found else "", _PAGE)
        found += page
        if len(page) < _PAGE:
            return found


async def delete(
    parts: Parts,
    principal: Principal,
    place: Place,
    asked: Conditions = ALWAYS,
    delimiter: str = "",
) -> None:
    """See `Objects.delete_object`."""
    if delimiter:
        access.require_owner(principal, place.account)
    access.checked(place.account, place.container, place.name)
    access.checked_text(delimiter)
    now = parts.now()

    async def body(tx: Tx) -> None:
        state = await may_write(parts, tx, principal, place, lock=True, deleting=True)
        if state.version is None:
            raise NoSuchObject
        check_conditions(state, asked)
        container = state.container
        below: list[str] = []
        if delimiter:
            below = await names_below(tx, container, prefix_below(place.name, delimiter))
        delta = (await bury(tx, state, principal.user, parts.settings, now)).delta
        names = [name for name in below if name != place.name]
        delta += await _bury_all(tx, container, names, principal, parts.settings, now)
        await pay(parts, tx, container, delta, state.path)

    await parts.store.transact("delete object", body)


async def empty(parts: Parts, principal: Principal, account: str, container: str) -> None:
    """See `Objects.empty_container`."""
    access.require_owner(principal, account)
    now = parts.now()

    async def body(tx: Tx) -> None:
        found = await access.enter(tx, principal, account, container, lock=True)
        names = await names_below(tx, found, "")
        delta = await _bury_all(tx, found, names, principal, parts.settings, now)
        await pay(parts, tx, found, delta, f"{found.path}/")

    await parts.store.transact("empty container", body)


async def _bury_all(
    tx: Tx,
    container: ContainerNode,
    names: list[str],
    principal: Principal,
    settings: ObjectSettings,
    now: int,
) -> int:
    delta = 0
    for name in names:
        state = await look(tx, container, name)
        delta += (await bury(tx, state, principal.user, settings, now)).delta
    return delta


async def purge_object(parts: Parts, principal: Principal, place: Place, until: int) -> None:
    """See `Objects.purge_object`."""
    access.require_owner(principal, place.account)
    access.checked(place.account, place.container, place.name)
    until = min(until, 2**62)

    async def body(tx: Tx) -> None:
        state = await may_write(parts, tx, principal, place, lock=True, owner=True)
        if state.node is None:
            raise NoSuchObject
        delta = 0
        for version in await versions.until(tx, state.node.id, until):
            delta -= await destroy(parts, tx, state.container, version)
        await after_purge(tx, state)
        await pay(parts, tx, state.container, delta, state.path)

    await parts.store.transact("purge object", body)


async def after_purge(tx: Tx, state: State) -> None:
    """Nothing points to versions that are gone; nothing is kept of an object without any."""
    assert state.node is not None
    node, container = state.node, state.container
    current_gone = state.version is None or await versions.get(tx, state.version.serial) is None
    if not current_gone:
        return
    if state.version is not None:
        await versions.count_keys(tx, container.id, state.attributes.get(PITHOS, {}), {})
    await permissions.share(tx, node.id, container.id, container.account, Sharing())
    await permissions.unpublish(tx, node.id)
    newest = await versions.newest(tx, node.id)
    if newest is None:
        await nodes.drop_object(tx, node.id)
    else:
        await nodes.point(tx, node.id, latest=newest, current=None)


async def purge_container(
    parts: Parts, principal: Principal, account: str, container: str, until: int
) -> None:
    """See `Objects.purge_container`."""
    access.require_owner(principal, account)
    until = min(until, 2**62)

    async def body(tx: Tx) -> None:
        found = await access.enter(tx, principal, account, container, lock=True)
        delta = 0
        while page := await versions.past_until(tx, found.id, until, _PAGE):
            for version in page:
                delta -= await destroy(parts, tx, found, version)
        await nodes.drop_childless(tx, found.id)
        await pay(parts, tx, found, delta, f"{found.path}/")

    await parts.store.transact("purge container", body)


async def destroy(parts: Parts, tx: Tx, container: ContainerNode, version: Version) -> int:
    """The version is gone for ever; the bytes that are no longer charged for it."""
    await count(tx, container, version.cluster, -1, -version.size, version.mtime)
    shared = await versions.map_shared(tx, version)
    await versions.remove(tx, version)
    if version.cluster == DELETED:
        return 0
    if parts.settings.free_versioning:
        return version.size if version.cluster == NORMAL else 0
    return 0 if shared else version.size
