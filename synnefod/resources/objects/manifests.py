"""Dynamic large objects: a manifest is read as its parts, one after another (PIT-115, 5.10).

All parts are looked up before the first byte; a part that the asker may not read refuses the whole,
rather than to be missing without a word (PIT-118).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from hashlib import md5
from urllib.parse import unquote

from attrs import evolve, frozen

from synnefod.common.errors import Malformed
from synnefod.common.principal import Principal
from synnefod.objects.interface import (
    MAX_LISTING,
    Object,
    ObjectQuery,
    Objects,
    Place,
    Reading,
    Subdir,
)

MANIFEST = "X-Object-Manifest"


def manifest_of(thing: Object) -> tuple[str, str] | None:
    """Container and prefix that a manifest names; None for a plain object.

    Raises Malformed for a manifest without a prefix (6.1, 67).
    """
    text = thing.metadata.get(MANIFEST)
    if not text:
        return None
    container, slash, prefix = unquote(text).lstrip("/").partition("/")
    if not container or not slash or not prefix:
        raise Malformed("The manifest does not name a container and a prefix.")
    return container, prefix


async def parts_of(
    objects: Objects, principal: Principal, manifest: Object, *, md5_needed: bool
) -> list[Object]:
    """The current parts in the order of their names. Raises NotAllowed, NoSuchContainer."""
    named = manifest_of(manifest)
    if named is None:
        return [manifest]
    container, prefix = named
    found: list[Object] = []
    marker, more = "", True
    while more:
        query = ObjectQuery(prefix=prefix, marker=marker, limit=MAX_LISTING, strict=True)
        page = await objects.objects(principal, manifest.account, container, query)
        found += [entry for entry in page.entries if not isinstance(entry, Subdir)]
        more = page.truncated and bool(page.entries)
        if more:
            marker = page.entries[-1].name
    if md5_needed:
        found = [
            part
            if part.checksum
            else await objects.object(principal, _place(part), version=part.serial, md5=True)
            for part in found
        ]
    return found


def whole_of(manifest: Object, parts: Sequence[Object], *, md5_etag: bool) -> Object:
    """The manifest as an object of the size of its parts; with `md5_etag` its checksum is the
    MD5 of theirs (PIT-116, 5.10)."""
    text = "".join(part.checksum for part in parts)
    return evolve(
        manifest,
        size=sum(part.size for part in parts),
        changed=max([manifest.changed, *(part.changed for part in parts)]),
        checksum=md5(text.encode(), usedforsecurity=False).hexdigest()
        if md5_etag
        else manifest.checksum,
    )


@frozen
class Joined:
    """The parts of a manifest, opened when their turn comes. A `Reading`."""

    objects: Objects
    principal: Principal
    object: Object
    parts: Sequence[Object]

    async def data(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """As `Reading.data`: the first part's first block is verified when this fires."""
        stop = self.object.size if stop is None else stop
        cuts: list[tuple[Object, int, int]] = []
        offset = 0
        for part in self.parts:
            first, last = max(start - offset, 0), min(stop - offset, part.size)
            if first < last:
                cuts.append((part, first, last))
            offset += part.size
        begun = await self._open(*cuts[0]) if cuts else None
        return self._joined(cuts, begun)

    async def _open(self, part: Object, first: int, last: int) -> AsyncIterator[bytes]:
        # The version that was listed, whatever has been written over it since.
        reading: Reading = await self.objects.open(
            self.principal, _place(part), version=part.serial
        )
        return await reading.data(first, last)

    async def _joined(
        self, cuts: Sequence[tuple[Object, int, int]], begun: AsyncIterator[bytes] | None
    ) -> AsyncIterator[bytes]:
        for number, cut in enumerate(cuts):
            data = begun if number == 0 and begun is not None else await self._open(*cut)
            async for piece in data:
                yield piece


def _place(part: Object) -> Place:
    return Place(part.account, part.container, part.name)


async def resolved(
    objects: Objects, principal: Principal, reading: Reading, *, md5_etag: bool
) -> Reading:
    """The reading itself, or for a manifest that of its parts. Raises as `parts_of`."""
    manifest = reading.object
    if manifest_of(manifest) is None:
        return reading
    parts = await parts_of(objects, principal, manifest, md5_needed=md5_etag)
    whole = whole_of(manifest, parts, md5_etag=md5_etag)
    return Joined(objects, principal, whole, parts)
