"""The one way in which an object changes: a new version, and all that follows from it.

Note [What a commit does]. Under the container's lock: the new version and its metadata; the old
one to history or gone; the totals of container and account; the count of metadata names; the
charge. One transaction, so that totals and quota are exact whatever happens.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import field, frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.objects import policies
from synnefod.objects.interface import PITHOS, ContainerQuotaExceeded, Sharing
from synnefod.objects.parts import ObjectSettings, Parts
from synnefod.objects.records import nodes, permissions, versions
from synnefod.objects.records.nodes import DELETED, HISTORY, NORMAL, ContainerNode, Node
from synnefod.objects.records.versions import Attributes, Version
from synnefod.quota.interface import DISKSPACE, Charge
from synnefod.store.interface import Tx


@frozen
class State:
    """An object as found under the lock: its node and current version, if there are any.
    `newest` is the time of its newest version, where it has been read."""

    container: ContainerNode
    name: str
    node: Node | None
    version: Version | None
    attributes: Attributes = field(factory=dict)
    newest: int | None = None

    @property
    def path(self) -> str:
        return f"{self.container.path}/{self.name}"


@frozen
class Draft:
    """A version to be. Its data is a row of storage_maps (`map`; `new_map` says that no version
    has it yet), or hashes of which one is to be made (`digests`)."""

    author: str
    uuid: str
    size: int
    content_type: str
    hash: str
    checksum: str = ""
    map: int | None = None
    new_map: bool = True
    digests: bytes | None = None
    available: int = 1
    is_snapshot: bool = False
    attributes: Attributes = field(factory=dict)


@frozen
class Outcome:
    """What a commit made, and the bytes that it adds to the account's charge."""

    serial: int
    mtime: int
    delta: int


async def look(tx: Tx, container: ContainerNode, name: str) -> State:
    """The object's state now; call it under the container's lock before a commit."""
    node = await nodes.find(tx, container.id, name)
    if node is None or node.current is None:
        return State(container, name, node, None)
    version = await versions.get(tx, node.current)
    attributes = await versions.attributes(tx, node.current)
    return State(container, name, node, version, attributes)


async def commit(tx: Tx, state: State, draft: Draft, settings: ObjectSettings, now: int) -> Outcome:
    """The draft is the object's current version. Charges nothing: see `charge`."""
    if state.node is None:
        await nodes.sow(tx, state.container.id, state.name, now)
    mtime = await _later(tx, state, now)
    given = {} if draft.map is None else {"map": draft.map}
    serial, node = await versions.insert_at(
        tx,
        state.container.id,
        state.name,
        draft.digests,
        cluster=NORMAL,
        source=None if state.version is None else state.version.serial,
        mtime=mtime,
        author=draft.author,
        uuid=draft.uuid,
        size=draft.size,
        content_type=draft.content_type,
        hash=draft.hash,
        checksum=draft.checksum,
        available=draft.available,
        map_checked=mtime,
        is_snapshot=int(draft.is_snapshot),
        **given,
    )
    await versions.set_attributes(tx, serial, node, draft.attributes)
    await versions.count_keys(
        tx,
        state.container.id,
        state.attributes.get(PITHOS, {}),
        draft.attributes.get(PITHOS, {}),
    )
    freed = await _retire(tx, state, settings, mtime)
    await nodes.point(tx, node, latest=serial, current=serial)
    await count(tx, state.container, NORMAL, 1, draft.size, mtime)
    added = draft.size if settings.free_versioning or draft.new_map else 0
    return Outcome(serial, mtime, added - freed)


async def bury(tx: Tx, state: State, author: str, settings: ObjectSettings, now: int) -> Outcome:
    """The object is deleted: a tombstone, no sharing, no public link (PIT-194)."""
    assert state.node is not None and state.version is not None
    mtime = await _later(tx, state, now)
    serial = await versions.insert(
        tx,
        state.node.id,
        cluster=DELETED,
        source=state.version.serial,
        mtime=mtime,
        author=author,
        uuid=state.version.uuid,
    )
    await versions.count_keys(tx, state.container.id, state.attributes.get(PITHOS, {}), {})
    freed = await _retire(tx, state, settings, mtime)
    await nodes.point(tx, state.node.id, latest=serial, current=None)
    await count(tx, state.container, DELETED, 1, 0, mtime)
    await permissions.share(
        tx, state.node.id, state.container.id, state.container.account, Sharing()
    )
    await permissions.unpublish(tx, state.node.id)
    return Outcome(serial, mtime, -freed)


async def charge(parts: Parts, tx: Tx, container: ContainerNode, delta: int, path: str) -> None:
    """Charges the container's project for its owner (PIT-223), and checks the container's own
    quota if it grows. Raises OverQuota, ContainerQuotaExceeded."""
    if delta > 0:
        await check_room(parts, tx, container)
    await pay(parts, tx, container, delta, path)


async def check_room(parts: Parts, tx: Tx, container: ContainerNode) -> None:
    """The container's totals, as they are now, fit its policy. Raises ContainerQuotaExceeded."""
    policy = policies.effective(container.policies, container.account, parts.settings)
    if policy.quota:
        used = (await nodes.totals(tx, container.id)).get(NORMAL, nodes.Totals()).size
        if used > policy.quota:
            raise ContainerQuotaExceeded(
                f"Quota error: Container quota exceeded: limit: {policy.quota}, usage: {used}"
            )


async def pay(parts: Parts, tx: Tx, container: ContainerNode, delta: int, path: str) -> None:
    """One commission for the container's project. Raises OverQuota."""
    if delta:
        project = policies.effective(container.policies, container.account, parts.settings).project
        charges = [Charge(UserId(container.account), project, DISKSPACE, delta)]
        await parts.quota.charge(tx, charges, name=path, force=delta < 0)


async def _later(tx: Tx, state: State, now: int) -> int:
    """A time later than the object's newest version's (PIT-200), else `now`."""
    if state.node is None or state.node.latest is None:
        return now
    if state.newest is not None:
        return max(now, state.newest + 1)
    newest = await versions.get(tx, state.node.latest)
    return now if newest is None else max(now, newest.mtime + 1)


async def _retire(tx: Tx, state: State, settings: ObjectSettings, mtime: int) -> int:
    """The current version ends; the bytes that are no longer charged for it."""
    old = state.version
    if old is None:
        return 0
    policy = policies.effective(state.container.policies, state.container.account, settings)
    await count(tx, state.container, NORMAL, -1, -old.size, mtime)
    if policy.versioning == "auto":
        await versions.to_history(tx, old.serial)
        await versions.outdate_attributes(tx, old.serial)
        await count(tx, state.container, HISTORY, 1, old.size, mtime)
        return old.size if settings.free_versioning else 0
    shared = await versions.map_shared(tx, old)
    await versions.remove(tx, old)
    return 0 if shared and not settings.free_versioning else old.size


async def count(
    tx: Tx, container: ContainerNode, cluster: int, population: int, size: int, mtime: int
) -> None:
    """Adds to the totals of the container and of its account."""
    for node in (container.id, container.account_node):
        await nodes.add_totals(tx, node, cluster, population=population, size=size, mtime=mtime)


def merged(
    old: Mapping[str, str],
    new: Mapping[str, str],
    *,
    replace: bool,
    most: int,
    overall: int | None = None,
) -> dict[str, str]:
    """Metadata after a change; an empty value deletes. Raises Malformed when it grows beyond
    `most` items (3.5; a set that is larger already may be kept, 5.2) or `overall` bytes."""
    after = {} if replace else dict(old)
    for key, value in new.items():
        if value:
            after[key] = value
        else:
            after.pop(key, None)
    if len(after) > most and len(after) > len(old):
        raise Malformed(f"There may be {most} metadata items.")
    if overall is not None and overall < _bytes(after) > _bytes(old):
        raise Malformed(f"Total metadata too large; max {overall}")
    return after


def _bytes(metadata: Mapping[str, str]) -> int:
    """Of names, without the prefix of their family, and values."""
    return sum(
        len(name.rpartition("-Meta-")[2].encode()) + len(value.encode())
        for name, value in metadata.items()
    )


def with_domains(
    old: Attributes, changes: Mapping[str, Mapping[str, str]]
) -> dict[str, Mapping[str, str]]:
    """The metadata of a next version: `changes` whole, the other domains as they were."""
    return {**old, **changes}
