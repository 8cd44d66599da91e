"""The folder of a Pithos before this one, read where it is (object-storage.md 2.7.2).

    <folder>/blocks/ab/cd/ef/abcdef...   as we have it ourselves
    <folder>/blocks/01/23/45/abcdef...   Archipelago's filed: 012345 begins the SHA-256 of the name
    <folder>/maps/...                    by the same two rules

A map is raw digests, or has one of Archipelago's two forms. What is read is believed only if its
Merkle root is the one that the version tells, so that no form is mistaken for another.

Nothing in the folder is ever changed. When all its accounts are taken, `storage-move` copies what
it has to the store beside it, and it can go.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from attrs import frozen
from twisted.logger import Logger
from zope.interface import implementer

from synnefod.blocks.filesystem import FilesystemBlocks, read_file
from synnefod.blocks.hashing import DIGEST_SIZE, EMPTY, merkle_root, strip_pieces
from synnefod.blocks.interface import (
    BLOCK_SIZE,
    BlockCorrupt,
    BlockMissing,
    BlocksUnavailable,
    IMoves,
    Moved,
)
from synnefod.blocks.moving import portion
from synnefod.blocks.reclaim import idle
from synnefod.blocks.seal import Seal, is_block
from synnefod.common.clockwork import IClock
from synnefod.common.ids import BlockHash
from synnefod.common.threads import IThreads

log = Logger()
Stored = Callable[[str], Iterator[bytes]]
"""What may be stored under a name."""
SIGNATURE = b"AMF."
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


@implementer(IMoves)
class LegacyBlocks(FilesystemBlocks):
    """A block store below `root` that also has the blocks of another one's folder, `legacy`.

    The move takes them all along, whether somebody names them or not: the collector, which knows
    its own store only, gives up the others in its time."""

    source, target = "legacy", "filesystem"

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

    async def move(self, part: int, after: BlockHash | None, limit: int) -> Moved:
        """See IMoves; a part is a top folder, in which files may be called by either rule."""
        what = "old blocks are listed"
        listed = await self._disk(what, idle, str(self._legacy), part, float("inf"))
        return await portion({name for name, _ in listed}, after, limit, self._moved)

    async def _moved(self, name: BlockHash) -> int | None:
        return await self._disk("an old block is copied", self._take, name)

    def _take(self, name: BlockHash) -> int | None:
        try:
            super()._get(name, True)
            return 0
        except (BlockMissing, BlockCorrupt):
            pass
        data = self._found(name)
        if data is None:
            return None
        self._put(name, strip_pieces([data]))
        super()._get(name, True)
        return len(data)


@frozen
class Wanted:
    """The map of a version of `size` bytes that tells this Merkle root. Without a name it is kept
    under its root."""

    name: str | None
    root: str
    size: int

    @property
    def called(self) -> str:
        return self.name or self.root

    @property
    def count(self) -> int:
        return -(-self.size // BLOCK_SIZE)


class LegacyMaps(Protocol):
    async def digests(self, wanted: Sequence[Wanted]) -> list[bytes | None]:
        """Of each map the digests, one behind the other; None unless they make up its root.
        Raises BlocksUnavailable."""


@frozen
class MapFiles:
    """The maps below a folder."""

    folder: Path
    threads: IThreads

    async def digests(self, wanted: Sequence[Wanted]) -> list[bytes | None]:
        found: list[bytes | None] = await self.threads.disk(self._all, wanted)
        return found

    def _all(self, wanted: Sequence[Wanted]) -> list[bytes | None]:
        return [decoded(each, self._files) for each in wanted]

    def _files(self, name: str) -> Iterator[bytes]:
        for path in places(self.folder / "maps", name):
            try:
                yield path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                raise BlocksUnavailable(f"A map cannot be read: {error}.") from error


def parts_of(wanted: Wanted) -> list[str]:
    """What the pieces of a map in the second form are called."""
    return [f"{wanted.called}_{part:016x}" for part in range(-(-wanted.count // _PER_BLOCK))]


def decoded(wanted: Wanted, stored: Stored) -> bytes | None:
    """The digests of a map, from what is stored under its names."""
    if not _is_hash(wanted.root):
        return None
    if wanted.count == 1:
        # The root of one digest is that digest.
        return bytes.fromhex(wanted.root)
    for raw in stored(wanted.called):
        for found in (_second(raw, wanted, stored), _first(raw, wanted), raw):
            if found is not None and _fits(found, wanted):
                return found
    return None


def _first(raw: bytes, wanted: Wanted) -> bytes | None:
    width = DIGEST_SIZE + 1
    end = _FIRST.size + wanted.count * width
    if len(raw) < end or _FIRST.unpack_from(raw)[0] != 1:
        return None
    return b"".join(raw[at : at + DIGEST_SIZE] for at in range(_FIRST.size + 1, end, width))


def _second(raw: bytes, wanted: Wanted, stored: Stored) -> bytes | None:
    if len(raw) < _HEADER.size:
        return None
    signature, version, _, block, flags, _ = _HEADER.unpack_from(raw)
    if (signature, version, block) != (SIGNATURE, 2, BLOCK_SIZE) or flags & _DELETED_MAP:
        return None
    digests: list[bytes] = []
    for name in parts_of(wanted):
        part = next(stored(name), b"")
        for number in range(min(_PER_BLOCK, wanted.count - len(digests))):
            target = _target(part, number * _ENTRY)
            if target is None:
                return None
            digests.append(target)
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


def _fits(digests: bytes, wanted: Wanted) -> bool:
    if len(digests) != wanted.count * DIGEST_SIZE:
        return False
    starts = range(0, len(digests), DIGEST_SIZE)
    root = merkle_root([digests[start : start + DIGEST_SIZE] for start in starts])
    return root.hex() == wanted.root
