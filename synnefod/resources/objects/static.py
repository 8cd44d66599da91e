"""Static large objects: a manifest that lists its segments, checked when it is put (5.10).

What is put is a list of {path, etag, size_bytes, range} or {data}; what is stored and shown is
one of {name, bytes, hash, content_type, last_modified, range, sub_slo} or {data}.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping, Sequence
from hashlib import md5
from typing import Any

from attrs import evolve, frozen

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound, TooLarge
from synnefod.common.jsonio import dump, parse
from synnefod.common.principal import Principal
from synnefod.objects.interface import DataLost, Object, Objects, Place, Reading
from synnefod.resources.objects.headers import natural
from synnefod.resources.objects.paths import source_path

MAX_SEGMENTS = 1000
MAX_MANIFEST = 8 * 1024 * 1024
MAX_NESTING = 10
_KEYS = frozenset(("path", "etag", "size_bytes", "range"))


@frozen
class Wanted:
    """A segment as it was put: an object, or (with `data`) bytes of the manifest itself."""

    container: str = ""
    name: str = ""
    etag: str | None = None
    size: int | None = None
    range: str | None = None
    data: bytes | None = None

    @property
    def path(self) -> str:
        return f"/{self.container}/{self.name}"


@frozen
class Segment:
    """A segment as it is stored. `first` to `last` (inclusive) is the part that is meant of an
    object of `size` bytes; None for all of it. `nested`: it is itself such an object."""

    path: str = ""
    size: int = 0
    etag: str = ""
    content_type: str = ""
    last_modified: str = ""
    part: tuple[int, int] | None = None
    nested: bool = False
    data: bytes | None = None

    @property
    def length(self) -> int:
        """The bytes that it adds to the whole."""
        if self.data is not None:
            return len(self.data)
        return self.size if self.part is None else self.part[1] - self.part[0] + 1

    @property
    def tag(self) -> str:
        """What it adds to the text of which the whole's ETag is the MD5."""
        if self.data is not None:
            return md5(self.data, usedforsecurity=False).hexdigest()
        return self.etag if self.part is None else f"{self.etag}:{self.part[0]}-{self.part[1]};"

    def fields(self) -> dict[str, object]:
        if self.data is not None:
            return {"data": _text(self.data)}
        fields: dict[str, object] = {
            "name": self.path,
            "bytes": self.size,
            "hash": self.etag,
            "content_type": self.content_type,
            "last_modified": self.last_modified,
        }
        if self.part is not None:
            fields["range"] = f"{self.part[0]}-{self.part[1]}"
        if self.nested:
            fields["sub_slo"] = True
        return fields

    def as_put(self) -> dict[str, object]:
        """`format=raw`: in the words of PUT."""
        if self.data is not None:
            return {"data": _text(self.data)}
        fields: dict[str, object] = {
            "path": self.path,
            "etag": self.etag,
            "size_bytes": self.size,
        }
        if self.part is not None:
            fields["range"] = f"{self.part[0]}-{self.part[1]}"
        return fields


def _text(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()


def wanted(raw: bytes) -> list[Wanted]:
    """The segments of a body. Raises Malformed with a line for each that is wrong, TooLarge."""
    try:
        entries = parse(raw)
    except Malformed:
        entries = None
    if not isinstance(entries, list):
        raise Malformed("Manifest must be a list.")
    if not entries:
        raise Malformed("Manifest must have at least one segment.")
    problems: list[str] = []
    found: list[Wanted] = []
    for index, entry in enumerate(entries):
        before = len(problems)
        one = _wanted(entry, index, problems)
        if len(problems) == before:
            found.append(one)
    if problems:
        raise Malformed("\n".join(problems))
    objects = sum(segment.data is None for segment in found)
    if objects > MAX_SEGMENTS:
        raise TooLarge(f"Number of object-backed segments must be <= {MAX_SEGMENTS}")
    if not objects:
        raise Malformed("Inline data segments require at least one object-backed segment.")
    return found


def _wanted(entry: Any, index: int, problems: list[str]) -> Wanted:
    def wrong(text: str) -> None:
        problems.append(f"Index {index}: {text}")

    if not isinstance(entry, dict):
        wrong("not a JSON object")
        return Wanted()
    if "data" in entry:
        return _data(entry, wrong)
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        wrong(f"extraneous keys {', '.join(repr(key[:64]) for key in unknown)}")
    path, etag = entry.get("path"), entry.get("etag")
    place = source_path(path, slash_required=False) if isinstance(path, str) else None
    if place is None or "\0" in str(path):
        wrong("path does not refer to an object. Path must be of the form /container/object.")
        place = ("", "")
    if etag is not None and not isinstance(etag, str):
        wrong("etag must be a string or null (if provided)")
        etag = None
    size = entry.get("size_bytes")
    if isinstance(size, str):
        size = natural(size)
        if size is None:
            wrong("invalid size_bytes")
    elif size is not None and (isinstance(size, bool) or not isinstance(size, int)):
        wrong("invalid size_bytes")
        size = None
    if size is not None and size < 1:
        wrong("too small; each segment must be at least 1 byte.")
    text = entry.get("range")
    if text is not None and (not isinstance(text, str) or _ends(text) is None):
        wrong("invalid range")
        text = None
    tag = etag.strip('"').lower() if etag else None
    return Wanted(*place, etag=tag, size=size, range=text)


def _data(entry: Mapping[str, Any], wrong: Any) -> Wanted:
    data = None
    if set(entry) != {"data"}:
        wrong("extraneous keys beside 'data'")
    try:
        data = b64decode(entry["data"], validate=True)
    except (binascii.Error, ValueError, TypeError):
        wrong("data must be valid base64")
        return Wanted(data=b"")
    if not data:
        wrong("too small; data must not be empty")
    return Wanted(data=data)


def _ends(text: str) -> tuple[int | None, int | None] | None:
    """`a-b`, `a-` or `-n` as two numbers; None for what is no single range."""
    first, dash, last = (part.strip() for part in text.partition("-"))
    low, high = natural(first), natural(last)
    if not dash or (first and low is None) or (last and high is None):
        return None
    if (low is None and not high) or (low is not None and high is not None and high < low):
        return None
    return low, high


def part_of(text: str | None, size: int) -> tuple[int, int] | None:
    """The bytes meant of an object of `size`, inclusive; None for all. Raises ValueError."""
    ends = None if text is None else _ends(text)
    if ends is None:
        return None
    low, high = ends
    if low is None:
        low, high = max(size - (high or 0), 0), size - 1
    high = size - 1 if high is None else min(high, size - 1)
    if low >= size:
        raise ValueError(text)
    return None if (low, high) == (0, size - 1) else (low, high)


def stored(segments: Sequence[Segment]) -> bytes:
    return dump([segment.fields() for segment in segments])


def loaded(raw: bytes) -> list[Segment]:
    """The segments of a stored manifest. Raises DataLost for what is none."""
    try:
        return [_loaded(entry) for entry in parse(raw)]
    except (Malformed, KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataLost("The manifest of a large object is damaged.") from error


def _loaded(entry: Mapping[str, Any]) -> Segment:
    if "data" in entry:
        return Segment(data=b64decode(entry["data"]))
    part = None
    if "range" in entry:
        first, _, last = entry["range"].partition("-")
        part = int(first), int(last)
    return Segment(
        path=entry["name"],
        size=int(entry["bytes"]),
        etag=entry["hash"],
        content_type=entry["content_type"],
        last_modified=entry["last_modified"],
        part=part,
        nested=bool(entry.get("sub_slo")),
    )


def etag_of(segments: Sequence[Segment]) -> str:
    text = "".join(segment.tag for segment in segments)
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def place_of(account: str, segment: Segment) -> Place:
    found = source_path(segment.path, slash_required=True)
    if found is None:
        raise DataLost("The manifest of a large object is damaged.")
    return Place(account, *found)


async def everything(reading: Reading) -> bytes:
    """All bytes of a small object."""
    return b"".join([piece async for piece in await reading.data()])


@frozen
class Segmented:
    """The segments of a manifest, each opened when its turn comes. A `Reading`."""

    objects: Objects
    principal: Principal
    object: Object
    segments: Sequence[Segment]
    depth: int = 1

    async def data(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """As `Reading.data`. Raises Conflict when the first segment is gone or has changed;
        the iterator raises DataLost for later ones."""
        stop = self.object.size if stop is None else stop
        cuts: list[tuple[Segment, int, int]] = []
        offset = 0
        for segment in self.segments:
            first, last = max(start - offset, 0), min(stop - offset, segment.length)
            if first < last:
                cuts.append((segment, first, last))
            offset += segment.length
        begun = await self._open(*cuts[0]) if cuts else None
        return self._joined(cuts, begun)

    async def _open(self, segment: Segment, first: int, last: int) -> AsyncIterator[bytes]:
        if segment.data is not None:
            return _once(segment.data[first:last])
        place = place_of(self.object.account, segment)
        try:
            reading = await self.objects.open(self.principal, place, md5=True)
        except NotFound:
            raise Conflict(f"The segment {segment.path} is gone.") from None
        except Forbidden:
            raise Conflict(f"The segment {segment.path} may not be read.") from None
        found = reading.object
        size = int(found.large.get("size", found.size))
        etag = found.large.get("etag", found.checksum)
        if (size, etag, bool(found.large)) != (segment.size, segment.etag, segment.nested):
            raise Conflict(f"The segment {segment.path} has changed.")
        if found.large:
            reading = await whole(self.objects, self.principal, reading, self.depth + 1)
        shift = 0 if segment.part is None else segment.part[0]
        return await reading.data(shift + first, shift + last)

    async def _joined(
        self, cuts: Sequence[tuple[Segment, int, int]], begun: AsyncIterator[bytes] | None
    ) -> AsyncIterator[bytes]:
        for number, cut in enumerate(cuts):
            try:
                data = begun if number == 0 and begun is not None else await self._open(*cut)
            except Conflict as error:
                raise DataLost(error.message) from error
            async for piece in data:
                yield piece


async def _once(data: bytes) -> AsyncIterator[bytes]:
    yield data


async def whole(
    objects: Objects, principal: Principal, reading: Reading, depth: int = 1
) -> Segmented:
    """The content of a static large object. Raises Conflict when it is nested too deep."""
    if depth > MAX_NESTING:
        raise Conflict("Too many levels of large objects.")
    manifest = reading.object
    segments = loaded(await everything(reading))
    large = {**manifest.large, "manifest": manifest.checksum}
    shown = evolve(manifest, size=int(large["size"]), checksum=large["etag"], large=large)
    return Segmented(objects, principal, shown, segments, depth)
