"""Parts of objects written anew: ranges, appends, truncation (object-storage.md 1.10, 2.8).

Note [Twice over]. The new data is first stored as a content of its own, or is another object's.
Then the blocks that it touches are made from it and from the version found, and the result is
committed if that version is still the current one; else they are made again for the new one.
So two appends both survive, in some order, and no lock is held while bytes arrive (6.3).
"""

from __future__ import annotations

from attrs import evolve, frozen

from synnefod.common.errors import Conflict, Malformed, RangeNotSatisfiable
from synnefod.common.ids import BlockHash
from synnefod.common.principal import Principal
from synnefod.objects import access, reading, sharing
from synnefod.objects.changing import same_data
from synnefod.objects.commits import charge, commit, merged, with_domains
from synnefod.objects.hashmaps import count_for
from synnefod.objects.intake import take
from synnefod.objects.interface import (
    BLOCK_SIZE,
    PITHOS,
    SLO,
    Available,
    NoSuchObject,
    NotAllowed,
    Patch,
    Place,
    ShortBody,
    Source,
    Written,
)
from synnefod.objects.parts import Parts
from synnefod.objects.reading import Reader
from synnefod.objects.records.versions import Version
from synnefod.objects.writing import check, check_conditions, map_root, may_write
from synnefod.store.interface import Tx

_TRIES = 8


class Overtaken(Conflict):
    """Others change this object all the time; try again."""


@frozen
class Stored:
    """A stored content. Only its first `used` bytes are meant."""

    size: int
    digests: list[BlockHash]
    used: int


async def from_body(
    parts: Parts, principal: Principal, place: Place, patch: Patch, body: Source
) -> Written:
    """See `Objects.update_data`."""
    ranged = patch.start is not None and patch.stop is not None
    if ranged and patch.length not in (None, (patch.stop or 0) - (patch.start or 0)):
        raise Malformed("Content-Length does not match the range.")
    await _check(parts, principal, place, patch)
    taken = await take(body, parts.blocks, parts.threads, most=patch.max_size)
    if patch.length is not None and taken.size != patch.length:
        raise ShortBody(f"The body has {taken.size} bytes, {patch.length} were announced.")
    data = Stored(taken.size, taken.digests, taken.size)
    return await _update(parts, principal, place, patch, data)


async def from_object(
    parts: Parts,
    principal: Principal,
    place: Place,
    patch: Patch,
    source: Place,
    version: int | None = None,
) -> Written:
    """See `Objects.update_from_object`."""
    await _check(parts, principal, place, patch)
    opened = await reading.open(parts, principal, source, version)
    used = opened.size
    if patch.start is not None and patch.stop is not None:
        used = patch.stop - patch.start
        if used > opened.size:
            raise Malformed("The range is longer than the source object.")
    data = Stored(opened.size, list(opened.digests), used)
    return await _update(parts, principal, place, patch, data)


async def _check(parts: Parts, principal: Principal, place: Place, patch: Patch) -> None:
    owner = patch.sharing is not None or patch.public is not None
    await check(parts, principal, place, None, patch.conditions, owner)
    version = await _current(parts, principal, place)
    _offset(patch, version.size, patch.length or 0)


async def _current(parts: Parts, principal: Principal, place: Place) -> Version:
    """The version to change now. Raises NoSuchObject, NotAllowed."""

    async def body(tx: Tx) -> Version:
        state = await may_write(parts, tx, principal, place, lock=False)
        if state.version is None:
            raise NoSuchObject
        if state.version.is_snapshot or state.version.available != Available.YES:
            raise NotAllowed("The data of a snapshot is not changed.")
        return state.version

    return await parts.store.read("object to update", body)


def _offset(patch: Patch, size: int, length: int) -> int:
    """Where the data begins in an object of `size` bytes. Raises RangeNotSatisfiable (PIT-171)."""
    start = size if patch.start is None else patch.start
    if start > size:
        raise RangeNotSatisfiable(size, "The range begins beyond the end of the object.")
    if patch.total is not None and (patch.total != size or start + length > size):
        raise RangeNotSatisfiable(size, "The object has another size.")
    return start


async def _update(
    parts: Parts, principal: Principal, place: Place, patch: Patch, data: Stored
) -> Written:
    for _ in range(_TRIES):
        version = await _current(parts, principal, place)
        offset = _offset(patch, version.size, data.used)
        old = Stored(version.size, await reading.digests_of(parts, version), version.size)
        size = max(old.size, offset + data.used)
        if patch.truncate is not None:
            size = min(size, patch.truncate)
        digests = await compose(parts, old, data, offset, size)
        written = await _commit(parts, principal, place, patch, version, size, digests)
        if written is not None:
            return written
    raise Overtaken


async def compose(
    parts: Parts, old: Stored, data: Stored, offset: int, size: int
) -> list[BlockHash]:
    """The map of `old` with `data` laid over it at `offset`, cut to `size` bytes.

    Blocks that are the same as one of either side are taken over unread (PIT-178); a block that
    ends earlier than before is made anew, so that nothing hidden survives in it (PIT-176).
    """
    digests = []
    end = offset + data.used
    for index in range(count_for(size)):
        low = index * BLOCK_SIZE
        high = min(low + BLOCK_SIZE, size)
        place, shift = divmod(low - offset, BLOCK_SIZE)
        untouched = offset >= high or end <= low
        covered = shift == 0 and place >= 0 and high <= end
        if untouched and high == min(low + BLOCK_SIZE, old.size):
            digests.append(old.digests[index])
            continue
        if covered and high - low == min(BLOCK_SIZE, data.size - place * BLOCK_SIZE):
            digests.append(data.digests[place])
            continue
        digests.append(await parts.blocks.store(await _mixed(parts, old, data, offset, low, high)))
    return digests


async def _mixed(
    parts: Parts, old: Stored, data: Stored, offset: int, low: int, high: int
) -> list[bytes]:
    """The bytes `low` to `high` of the result."""
    begin = min(max(offset, low), high)
    end = max(min(offset + data.used, high), begin)
    before = await _bytes(parts, old, low, begin)
    middle = await _bytes(parts, data, begin - offset, end - offset)
    return [*before, *middle, *await _bytes(parts, old, end, high)]


async def _bytes(parts: Parts, stored: Stored, start: int, stop: int) -> list[bytes]:
    if start >= stop:
        return []
    reader = Reader(parts.blocks, None, stored.size, stored.digests)
    return [piece async for piece in await reader.data(start, stop)]


async def _commit(
    parts: Parts,
    principal: Principal,
    place: Place,
    patch: Patch,
    version: Version,
    size: int,
    digests: list[BlockHash],
) -> Written | None:
    """The new version, or None if `version` is no longer the current one."""
    now = parts.now()
    root = await map_root(parts, digests)
    stored = b"".join(digests)
    wanted = None if patch.sharing is None else access.checked_sharing(patch.sharing)
    owner = wanted is not None or patch.public is not None

    async def body(tx: Tx) -> Written | None:
        state = await may_write(parts, tx, principal, place, lock=True, owner=owner)
        check_conditions(state, patch.conditions)
        if state.version is None:
            raise NoSuchObject
        if state.version.serial != version.serial:
            return None
        metadata = merged(
            state.attributes.get(PITHOS, {}),
            patch.metadata,
            replace=patch.replace,
            most=patch.max_metadata,
        )
        attributes = with_domains(state.attributes, {PITHOS: metadata, SLO: {}})
        draft = evolve(
            same_data(version, principal.user, attributes),
            size=size,
            hash=root,
            checksum="",
            map=None,
            digests=stored if size else None,
            new_map=True,
        )
        made = await commit(tx, state, draft, parts.settings, now)
        await sharing.apply(parts, tx, state.container, place.name, wanted, patch.public)
        await charge(parts, tx, state.container, made.delta, state.path)
        return Written(
            serial=made.serial,
            uuid=draft.uuid,
            hash=root,
            checksum="",
            size=size,
            modified=made.mtime,
            created=False,
        )

    return await parts.store.transact("update data", body)
