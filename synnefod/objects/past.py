"""All versions of a container's objects, listed and destroyed one by one (5.8)."""

from __future__ import annotations

from synnefod.common.principal import Principal
from synnefod.objects import access
from synnefod.objects.beyond import PastVersion, VersionQuery
from synnefod.objects.commits import pay
from synnefod.objects.interface import NoSuchObject, NoSuchVersion, NotAllowed, Place
from synnefod.objects.parts import Parts
from synnefod.objects.records import past, versions
from synnefod.objects.records.nodes import DELETED
from synnefod.objects.records.pages import after_all_with
from synnefod.objects.trees import after_purge, destroy
from synnefod.objects.writing import may_write
from synnefod.store.interface import Tx


async def listed(
    parts: Parts, principal: Principal, account: str, container: str, query: VersionQuery
) -> list[PastVersion]:
    """See `Beyond.object_versions`."""
    for text in (query.prefix, query.marker):
        access.checked_text(text)

    async def body(tx: Tx) -> list[PastVersion]:
        found = await access.enter(tx, principal, account, container)
        owner = access.owns(principal, account)
        if not owner and not await access.may_list(tx, principal, found):
            raise NotAllowed
        high = after_all_with(query.prefix)
        after = (query.marker, query.version_marker)
        rows = await past.page(tx, found.id, query.prefix, high, after, query.limit)
        return [
            PastVersion(
                name=row.name,
                serial=row.version.serial,
                size=row.version.size,
                content_type=row.version.content_type,
                checksum=row.version.checksum,
                changed=row.version.mtime,
                latest=row.version.serial == row.modified,
                deleted=row.version.cluster == DELETED,
            )
            for row in rows
        ]

    return await parts.store.read("list versions", body)


async def delete(parts: Parts, principal: Principal, place: Place, serial: int) -> None:
    """See `Beyond.delete_version`."""
    access.require_owner(principal, place.account)
    access.checked(place.account, place.container, place.name)

    async def body(tx: Tx) -> None:
        state = await may_write(parts, tx, principal, place, lock=True, owner=True)
        if state.node is None:
            raise NoSuchObject
        version = await versions.get(tx, serial)
        if version is None or version.node != state.node.id:
            raise NoSuchVersion
        freed = await destroy(parts, tx, state.container, version)
        await after_purge(tx, state)
        await pay(parts, tx, state.container, -freed, state.path)

    await parts.store.transact("delete version", body)
