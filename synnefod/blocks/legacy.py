"""The folder of a Pithos before this one, read where it is (object-storage.md 2.7.2).

    <folder>/blocks/ab/cd/ef/abcdef...   as we have it ourselves
    <folder>/blocks/01/23/45/abcdef...   Archipelago's filed: 012345 begins the SHA-256 of the name
    <folder>/maps/...                    by the same two rules

A map is raw digests, or has one of Archipelago's two forms. What is read is believed only if its
Merkle root is the one that the version tells, so that no form is mistaken for another.

Nothing in the folder is ever changed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from twisted.logger import Logger

from synnefod.blocks.filesystem import FilesystemBlocks, read_file
from synnefod.blocks.hashing import DIGEST_SIZE, EMPTY, merkle_root
from synnefod.blocks.interface import BLOCK_SIZE, BlockCorrupt, BlockMissing, BlocksUnavailable
from synnefod.blocks.seal import Seal, is_block
from synnefod.common.clockwork import IClock
from synnefod.common.ids import BlockHash

log = Logger()
_HEADER = struct.Struct(">4sIQIIQ")
"""Signature, version, size, block size, flags, epoch."""
_FIRST = struct.Struct("<IQ")
"""Version and size of the first form."""
_ENTRY = 128
_LENGTH = struct.Struct("<BI")
_PER_BLOCK = BLOCK_SIZE // _ENTRY
_DELETED_MAP = 2
_ZERO, _DELETED = 4, 8


def places(folder: Path, name: str) -> Iterator[Path]:
    """Where a file of this name may be."""
    digest = sha256(name.encode()).hexdigest()
    plain = quote(name, safe=" !\"#$&'()*+,:;<=>?@[\\]^`{|}~")
    for start in (name, digest) if _is_hash(name) else (digest,):
        for written in dict.fromkeys((plain, name)):
            if "/" not in written and "\0" not in written:
                yield folder / start[0:2] / start[2:4] / start[4:6] / written


def _is_hash(name: str) -> bool:
    return len(name) == 2 * DIGEST_SIZE and all(letter in "0123456789abcdef" for letter in name)


class LegacyBlocks(FilesystemBlocks):
    """A block store below `root` that also has the blocks of another one's folder, `legacy`."""

    def __init__(
        self, root: Path, threads: Any, clock: IClock, seal: Seal | None, legacy: Path
    ) -> None:
        super().__init__(root, threads, clock, seal)
        self._legacy = legacy / "blocks"

    def _get(self, name: BlockHash, rehash: bool) -> bytes:
        try:
            return super()._get(name, rehash)
        except (BlockMissing, BlockCorrupt):
            data = self._found(name)
            if data is None:
                raise
            return data

    def _missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        return [name for name in super()._missing(names) if not self._stands(name)]

    def _stands(self, name: BlockHash) -> bool:
        for path in places(self._legacy, name.hex()):
            try:
                if path.stat().st_size:
                    return True
            except FileNotFoundError:
                continue
        return False

    def _found(self, name: BlockHash) -> bytes | None:
        for path in places(self._legacy, name.hex()):
            try:
                data, _ = read_file(str(path))
            except FileNotFoundError:
                continue
            if is_block(None, name, data, b""):
                return data
            log.critical("The old block {block} is damaged", block=name.hex())
        return None


class LegacyMaps:
    """The maps below a folder. Blocking: for a thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "maps"

    def digests(self, name: str | None, root: str, size: int) -> bytes | None:
        """The digests of a version's map, one behind the other; None unless they make up `root`.

        A version without the name of a map has it under its root. Raises BlocksUnavailable.
        """
        count = -(-size // BLOCK_SIZE)
        if not _is_hash(root):
            return None
        if count == 1:
            # The root of one digest is that digest.
            return bytes.fromhex(root)
        called = name or root
        for raw in self._files(called):
            for read in (self._second, self._first, self._raw):
                found = read(raw, called, count)
                if found is not None and _root(found) == root:
                    return found
        return None

    def _files(self, name: str) -> Iterator[bytes]:
        for path in places(self._folder, name):
            try:
                yield path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise BlocksUnavailable(f"A map cannot be read: {error}.") from error

    def _raw(self, raw: bytes, name: str, count: int) -> bytes | None:
        return raw if len(raw) == count * DIGEST_SIZE else None

    def _first(self, raw: bytes, name: str, count: int) -> bytes | None:
        width = DIGEST_SIZE + 1
        if len(raw) < _FIRST.size + count * width or _FIRST.unpack_from(raw)[0] != 1:
            return None
        starts = range(_FIRST.size + 1, _FIRST.size + count * width, width)
        return b"".join(raw[start : start + DIGEST_SIZE] for start in starts)

    def _second(self, raw: bytes, name: str, count: int) -> bytes | None:
        if len(raw) < _HEADER.size:
            return None
        signature, version, _, block, flags, _ = _HEADER.unpack_from(raw)
        if (signature, version, block) != (b"AMF.", 2, BLOCK_SIZE) or flags & _DELETED_MAP:
            return None
        digests: list[bytes] = []
        while len(digests) < count:
            part = next(self._files(f"{name}_{len(digests) // _PER_BLOCK:016x}"), b"")
            wanted = min(_PER_BLOCK, count - len(digests))
            entries = [_target(part, number * _ENTRY) for number in range(wanted)]
            known = [entry for entry in entries if entry is not None]
            if len(known) < wanted:
                return None
            digests += known
        return b"".join(digests)


def _target(part: bytes, start: int) -> bytes | None:
    """The block that an entry of the second form names; None if it is none of ours."""
    entry = part[start : start + _ENTRY]
    if len(entry) < _LENGTH.size:
        return None
    flags, length = _LENGTH.unpack_from(entry)
    if flags & _DELETED:
        return None
    if flags & _ZERO:
        return EMPTY
    name = entry[_LENGTH.size : _LENGTH.size + length].decode("ascii", "replace")
    return bytes.fromhex(name) if _is_hash(name) else None


def _root(digests: bytes) -> str:
    starts = range(0, len(digests), DIGEST_SIZE)
    return merkle_root([digests[start : start + DIGEST_SIZE] for start in starts]).hex()
