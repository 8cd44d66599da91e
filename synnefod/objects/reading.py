"""Objects read: described, their bytes streamed, their map, their versions (1.7, 1.12)."""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Any

from attrs import evolve, frozen
from twisted.internet.defer import Deferred, ensureDeferred

from synnefod.blocks.hashing import EMPTY
from synnefod.blocks.interface import BlockCorrupt, BlockMissing, Blocks
from synnefod.common.errors import Malformed
from synnefod.common.ids import BlockHash
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS
from synnefod.objects import access, conditions, expiry, hashmaps
from synnefod.objects.hashmaps import Slice
from synnefod.objects.interface import (
    ALWAYS,
    BLOCK_SIZE,
    PITHOS,
    SLO,
    SWIFT,
    Access,
    Available,
    Conditions,
    DataLost,
    Hashmap,
    NoSuchObject,
    NoSuchVersion,
    NotAllowed,
    Object,
    Place,
)
from synnefod.objects.links import Standing
from synnefod.objects.parts import Parts
from synnefod.objects.records import nodes, permissions, versions
from synnefod.objects.records.versions import Version
from synnefod.objects.values import standing
from synnefod.store.interface import Tx

AHEAD = 2
"""Blocks read ahead of the one that is being sent (6.8)."""
_OFF_REACTOR = 4096
_ZEROS = bytes(BLOCK_SIZE)
_AVAILABLE = {int(each): each for each in Available}


@frozen
class Found:
    """An object as its asker knows it, with the row that it comes from."""

    object: Object
    version: Version


async def find(
    tx: Tx, principal: Principal, place: Place, serial: int | None = None, now: int = 0
) -> Found:
    """The version of an object that the asker may read; one that has ended by `now` is none.

    Raises NoSuchContainer, NotAllowed, NoSuchObject, NoSuchVersion.
    """
    container, granted, known = await access.reach(tx, principal, place)
    granted.require(Access.READ)
    assert granted.allowed is not None
    if serial is None:
        if known.version is None or expiry.ended(known.metadata.get(SWIFT, {}), now):
            raise NoSuchObject
        assert known.modified is not None
        version, modified = known.version, known.modified
        metadata = known.metadata
    else:
        version, modified = await _past(tx, container.id, place.name, serial)
        metadata = await versions.attributes(tx, serial)
    public, terms = None, Standing()
    if serial is None and granted.allowed is Access.OWNER:
        public, terms = known.token, known.terms
    large, link = standing(metadata.get(SLO, {}))
    shown = describe(
        place.account,
        place.container,
        place.name,
        version,
        modified,
        metadata=metadata.get(PITHOS, {}),
        settings=metadata.get(SWIFT, {}),
        large=large,
        link=link,
        sharing=granted.sharing if serial is None else None,
        shared_by=granted.shared_by if serial is None else None,
        allowed=granted.allowed,
        public=public,
    )
    shown = evolve(shown, link_terms=terms)
    return Found(shown, version)


async def _past(tx: Tx, container: int, name: str, serial: int) -> tuple[Version, int]:
    """A version by its serial and the time of the object's newest. Raises NoSuchVersion."""
    node = await nodes.find(tx, container, name)
    version = None if node is None else await versions.of_node(tx, node.id, serial)
    if node is None or version is None or node.latest is None:
        raise NoSuchVersion
    newest = version if node.latest == serial else await versions.get(tx, node.latest)
    assert newest is not None
    return version, newest.mtime


def describe(
    account: str, container: str, name: str, version: Version, modified: int, **more: Any
) -> Object:
    """A version as a value; `more` is what depends on the asker."""
    return Object(
        account,
        container,
        name,
        version.serial,
        version.uuid,
        version.size,
        version.content_type,
        version.hash,
        version.checksum,
        version.mtime,
        modified,
        version.author,
        _AVAILABLE[version.available],
        version.map_checked,
        version.map_name,
        version.is_snapshot,
        **more,
    )


async def head(
    parts: Parts,
    principal: Principal,
    place: Place,
    version: int | None = None,
    asked: Conditions = ALWAYS,
    md5: bool = False,
) -> Found:
    """See `Objects.object`."""
    access.checked(place.account, place.container, place.name)
    now = parts.now()
    found = await parts.store.read("object", lambda tx: find(tx, principal, place, version, now))
    found = await _rechecked(parts, found, now)
    if md5 and not found.version.checksum and found.version.available == Available.YES:
        checksum = await _summed(parts, found.version)
        found = Found(
            evolve(found.object, checksum=checksum), evolve(found.version, checksum=checksum)
        )
    conditions.hold(asked, found.object)
    return found


async def _rechecked(parts: Parts, found: Found, now: int) -> Found:
    """PIT-204: an object whose data was not there has it if its map can be read by now. Snapshots
    wait to be told."""
    version = found.version
    since = now - version.map_checked
    waiting = version.available == Available.NO and not version.is_snapshot
    if not waiting or since < parts.settings.map_check_interval * MICROSECONDS:
        return found
    candidate = evolve(version, available=int(Available.YES), map_checked=now)
    try:
        await digests_of(parts, candidate)
    except (NotAllowed, DataLost):
        candidate = evolve(candidate, available=version.available)
    serial, available = version.serial, candidate.available
    await parts.store.transact(
        "check map", lambda tx: versions.set_available(tx, serial, available, now)
    )
    shown = evolve(found.object, available=Available(available), map_checked=now)
    return Found(shown, candidate)


async def _summed(parts: Parts, version: Version) -> str:
    """The MD5 of a version that was stored without; kept with every version of the same data."""
    digest = hashlib.md5(usedforsecurity=False)
    reader = Reader(parts.blocks, None, version.size, await digests_of(parts, version))
    async for piece in await reader.data():
        await parts.threads.cpu(digest.update, piece)
    checksum = digest.hexdigest()
    await parts.store.transact(
        "keep checksum", lambda tx: versions.set_checksum(tx, version, checksum)
    )
    return checksum


async def digests_of(parts: Parts, version: Version) -> list[BlockHash]:
    """The map of a version. Raises NotAllowed, Malformed (PIT-121), DataLost."""
    if version.available == Available.ERROR:
        raise Malformed("The data of this object is broken.")
    if version.available != Available.YES:
        raise NotAllowed("The data of this object is not available yet.")
    if version.map is None:
        return []
    if version.size <= BLOCK_SIZE and not version.is_snapshot:
        # The root of one hash is that hash; most objects need no look at their map.
        return [BlockHash(bytes.fromhex(version.hash))]
    map = version.map
    stored = await parts.store.read("map", lambda tx: versions.map_digests(tx, map))
    if stored is None:
        raise NotAllowed("The data of this object is kept elsewhere.")
    if hashmaps.count_for(version.size) > _OFF_REACTOR:
        digests: list[BlockHash] = await parts.threads.cpu(
            hashmaps.split, stored, version.size, version.hash
        )
        return digests
    return hashmaps.split(stored, version.size, version.hash)


@frozen
class Reader:
    """The bytes of a version, block by block; see `Reading`."""

    blocks: Blocks
    shown: Object | None
    size: int
    digests: Sequence[BlockHash]

    @property
    def object(self) -> Object:
        assert self.shown is not None
        return self.shown

    async def data(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """See `Reading.data`."""
        slices = deque(hashmaps.plan(self.size, start, stop))
        flying: deque[tuple[Slice, Deferred[bytes]]] = deque()
        self._fetch(slices, flying)
        if not flying:
            return self._pieces(slices, flying, None)
        try:
            first = await flying[0][1]
        except BaseException:
            for _, left in flying:
                left.addErrback(lambda _: None)
            raise
        return self._pieces(slices, flying, first)

    async def _pieces(
        self,
        slices: deque[Slice],
        flying: deque[tuple[Slice, Deferred[bytes]]],
        first: bytes | None,
    ) -> AsyncIterator[bytes]:
        try:
            while flying:
                part, work = flying.popleft()
                data = await work if first is None else first
                first = None
                self._fetch(slices, flying)
                if part.start < len(data):
                    whole = part.start == 0 and part.stop >= len(data)
                    yield data if whole else data[part.start : part.stop]
                padding = part.stop - max(part.start, len(data))
                if padding > 0:
                    yield _ZEROS if padding == BLOCK_SIZE else bytes(padding)
        finally:
            for _, left in flying:
                left.addErrback(lambda _: None)

    def _fetch(self, slices: deque[Slice], flying: deque[tuple[Slice, Deferred[bytes]]]) -> None:
        while slices and len(flying) < AHEAD:
            part = slices.popleft()
            flying.append((part, ensureDeferred(self._block(self.digests[part.index]))))

    async def _block(self, digest: BlockHash) -> bytes:
        if digest == EMPTY:
            return b""
        try:
            return await self.blocks.get(digest)
        except (BlockMissing, BlockCorrupt) as error:
            raise DataLost(details=error.message) from error


async def open(
    parts: Parts,
    principal: Principal,
    place: Place,
    version: int | None = None,
    asked: Conditions = ALWAYS,
    md5: bool = False,
) -> Reader:
    """See `Objects.open`."""
    found = await head(parts, principal, place, version, asked, md5)
    digests = await digests_of(parts, found.version)
    return Reader(parts.blocks, found.object, found.version.size, digests)


async def open_public(parts: Parts, token: str, asked: Conditions = ALWAYS) -> Reader:
    """See `Objects.open_public`."""
    access.checked_text(token)

    async def body(tx: Tx) -> Found:
        published = await permissions.published(tx, token)
        if published is None:
            raise NoSuchObject
        place = Place(*published)
        owner = Principal(user=place.account, name="", project=None)  # type: ignore[arg-type]
        now = parts.now()
        found = await find(tx, owner, place, now=now)
        if found.object.link_terms.ended(now):
            raise NoSuchObject
        return evolve(found, object=evolve(found.object, allowed=Access.READ, sharing=None))

    found = await parts.store.read("public object", body)
    shown = found.object
    conditions.check(
        asked,
        exists=True,
        etag=shown.hash,
        checksum=shown.checksum,
        modified=shown.modified,
        reading=True,
    )
    return Reader(parts.blocks, shown, shown.size, await digests_of(parts, found.version))


async def take_public(parts: Parts, token: str) -> None:
    """See `Objects.take_public`."""
    now = parts.now()

    async def body(tx: Tx) -> bool:
        return await permissions.take(tx, token, now)

    if not await parts.store.transact("count download", body):
        raise NoSuchObject


async def hashmap(
    parts: Parts,
    principal: Principal,
    place: Place,
    version: int | None = None,
    asked: Conditions = ALWAYS,
) -> Hashmap:
    """See `Objects.hashmap`."""
    found = await head(parts, principal, place, version, asked)
    digests = await digests_of(parts, found.version) or [EMPTY]
    return Hashmap(found.object, found.version.size, tuple(digest.hex() for digest in digests))


async def history(parts: Parts, principal: Principal, place: Place) -> list[tuple[int, int]]:
    """See `Objects.versions`."""
    access.checked(place.account, place.container, place.name)

    async def body(tx: Tx) -> list[tuple[int, int]]:
        container = await access.enter(tx, principal, place.account, place.container)
        (await access.grant(tx, principal, container, place.name)).require(Access.READ)
        node = await nodes.find(tx, container.id, place.name)
        found = [] if node is None else await versions.history(tx, node.id)
        if not found:
            raise NoSuchObject
        return found

    return await parts.store.read("versions", body)
