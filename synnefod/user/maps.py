"""What files are made of: blocks, their hashes, the root over them (object-storage.md 2.2, 2.3).

The client computes them for itself, from its files alone. Pure but for the reading of a file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path

from attrs import frozen

from synnefod.user.refusals import Changed

BLOCK = 4 * 1024 * 1024
_PAD = bytes(32)


@frozen
class Stamp:
    """What tells that a file was not touched since: size, mtime, inode, change time."""

    size: int
    mtime: int
    inode: int
    ctime: int


@frozen
class FileMap:
    """A file's size and the names of its blocks (hex)."""

    size: int
    hashes: tuple[str, ...]

    @property
    def root(self) -> str:
        """The object's hash; it does not bind the size."""
        return merkle(self.hashes)


def block_name(data: bytes) -> str:
    """The hash of the data without its trailing zeros."""
    return sha256(data if data[-1:] != b"\0" else data.rstrip(b"\0")).hexdigest()


def merkle(hashes: Sequence[str]) -> str:
    """One hash is its own root; none gives the hash of no data."""
    row = [bytes.fromhex(each) for each in hashes] or [sha256(b"").digest()]
    if len(row) > 1:
        row += [_PAD] * ((1 << (len(row) - 1).bit_length()) - len(row))
    while len(row) > 1:
        row = [sha256(row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0].hex()


def stamp(path: Path) -> Stamp | None:
    """None where there is no regular file; links are not followed."""
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns)


def blocks_of(path: Path) -> Iterator[bytes]:
    """The file's blocks, each of BLOCK bytes but the last."""
    with path.open("rb") as file:
        while data := file.read(BLOCK):
            yield data


def map_of(path: Path, seen: Callable[[int], object] = lambda count: None) -> FileMap:
    """The map of a file; `seen` is told of bytes read. Raises Changed if it is written to."""
    before = stamp(path)
    size, hashes = 0, []
    for data in blocks_of(path):
        size += len(data)
        hashes.append(block_name(data))
        seen(len(data))
    if before is None or before != stamp(path) or size != before.size:
        raise Changed(f"{path} is being written to")
    return FileMap(size, tuple(hashes))
