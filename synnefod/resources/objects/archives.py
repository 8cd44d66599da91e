"""Tar archives read as they stream in, plain or compressed (object-storage.md 5.11).

Read are ustar, pax and GNU's long names; what is no regular file is passed over.
"""

from __future__ import annotations

import base64
import bz2
import zlib
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote

from attrs import define, field, frozen

from synnefod.common.errors import Malformed
from synnefod.objects.interface import Source

RECORD = 512
MAX_EXTENSION = 1 << 20
_STEP = 1 << 18
_SCHILY, _LIBARCHIVE = "SCHILY.xattr.user.", "LIBARCHIVE.xattr.user."
_BROKEN = "Invalid Tar File: it is damaged or ends too early."


class Unpacker(Protocol):
    """What zlib and bz2 have in common."""

    def feed(self, data: bytes) -> bytes: ...


@define
class Gzip:
    """Members one after another, as gzip allows."""

    _one: Any = field(factory=lambda: zlib.decompressobj(31), init=False)

    def feed(self, data: bytes) -> bytes:
        """Some of the data; the rest comes with `feed(b"")`, until it is empty."""
        data = self._one.unconsumed_tail + data
        if self._one.eof:
            data = self._one.unused_data + data
            if not data:
                return b""
            self._one = zlib.decompressobj(31)
        found: bytes = self._one.decompress(data, _STEP)
        return found


@define
class Bzip2:
    _one: Any = field(factory=bz2.BZ2Decompressor, init=False)

    def feed(self, data: bytes) -> bytes:
        if self._one.eof:
            data = self._one.unused_data + data
            if not data:
                return b""
            self._one = bz2.BZ2Decompressor()
        found: bytes = self._one.decompress(data, _STEP)
        return found


FORMATS: Mapping[str, Any] = {"tar": None, "tar.gz": Gzip, "tar.bz2": Bzip2}


@define
class Unpacked:
    """A body without its compression. A `Source`."""

    body: Source
    unpacker: Unpacker
    _over: bool = field(default=False, init=False)

    async def read_some(self) -> bytes:
        """Raises Malformed for what is not compressed so."""
        while True:
            try:
                found = self.unpacker.feed(b"")
                if not found and not self._over:
                    data = await self.body.read_some()
                    self._over = not data
                    found = self.unpacker.feed(data) if data else b""
            except (zlib.error, OSError, ValueError):
                raise Malformed("Invalid Tar File: it is not compressed as it should be.") from None
            if found or self._over:
                return found


@frozen
class Entry:
    """A regular file: its data is read from the archive. `attributes` are `user.` ones."""

    name: str
    size: int
    attributes: Mapping[str, str]


@define
class Archive:
    """Entries one after another; `read_some` gives the data of the last one."""

    body: Source
    _buffer: bytearray = field(factory=bytearray, init=False)
    _left: int = field(default=0, init=False)
    _padding: int = field(default=0, init=False)

    async def read_some(self) -> bytes:
        if not self._left:
            return b""
        if not self._buffer:
            await self._more()
        piece = bytes(self._buffer[: self._left])
        del self._buffer[: len(piece)]
        self._left -= len(piece)
        return piece

    async def next(self) -> Entry | None:
        """The next regular file, what is left of the last one skipped; None at the end. Raises
        Malformed."""
        extended: dict[str, str] = {}
        shared: dict[str, str] = {}
        while True:
            while await self.read_some():
                pass
            await self._exactly(self._padding)
            self._padding = 0
            head = await self._exactly(RECORD)
            if not head.strip(b"\0"):
                return None
            kind, name, size = _header(head)
            if kind in b"xgL":
                text = await self._extension(size)
                if kind == b"L":
                    extended["path"] = text.rstrip(b"\0").decode("utf-8", "surrogateescape")
                else:
                    (shared if kind == b"g" else extended).update(_records(text))
                continue
            known = {**shared, **extended}
            size = _integer(known["size"]) if "size" in known else size
            self._left, self._padding = size, -size % RECORD
            extended = {}
            if kind in b"0\0":
                return Entry(known.get("path", name), size, _attributes(known))

    async def _extension(self, size: int) -> bytes:
        if size > MAX_EXTENSION:
            raise Malformed(_BROKEN)
        text = await self._exactly(size)
        await self._exactly(-size % RECORD)
        return text

    async def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            await self._more()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    async def _more(self) -> None:
        data = await self.body.read_some()
        if not data:
            raise Malformed(_BROKEN)
        self._buffer += data


def _integer(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(_BROKEN)
    return int(text)


def _header(head: bytes) -> tuple[bytes, str, int]:
    """Kind, name and size of an entry. Raises Malformed unless its sum is right."""
    blank = head[:148] + b" " * 8 + head[156:]
    try:
        stated = int(head[148:156].strip(b" \0") or b"0", 8)
        if head[124] & 0x80:
            size = int.from_bytes(head[125:136], "big")
        else:
            size = int(head[124:136].strip(b" \0") or b"0", 8)
    except ValueError:
        raise Malformed(_BROKEN) from None
    if stated != sum(blank) or size < 0:
        raise Malformed(_BROKEN)
    name = head[:100].partition(b"\0")[0]
    prefix = head[345:500].partition(b"\0")[0] if head[257:262] == b"ustar" else b""
    if prefix and head[257:263] == b"ustar\0":
        name = prefix + b"/" + name
    return head[156:157], name.decode("utf-8", "surrogateescape"), size


def _records(text: bytes) -> dict[str, str]:
    """The records of a pax header: `length key=value`."""
    found = {}
    while text:
        number, space, _ = text.partition(b" ")
        if not space or not number.isdigit() or len(number) > 7:
            raise Malformed(_BROKEN)
        length = int(number)
        record = text[len(number) + 1 : length - 1]
        if length <= len(number) + 1 or length > len(text):
            raise Malformed(_BROKEN)
        key, _, value = record.partition(b"=")
        found[key.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        text = text[length:]
    return found


def _attributes(known: Mapping[str, str]) -> dict[str, str]:
    """Extended attributes of the user, in either spelling."""
    found = {}
    for key, value in known.items():
        if key.startswith(_SCHILY):
            found[key.removeprefix(_SCHILY)] = value
        elif key.startswith(_LIBARCHIVE):
            try:
                padded = value + "=" * (-len(value) % 4)
                text = base64.b64decode(padded).decode("utf-8")
            except ValueError:
                continue
            found[unquote(key.removeprefix(_LIBARCHIVE))] = text
    return found
