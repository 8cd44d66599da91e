"""Blocks as files of a local or shared folder.

    <root>/blocks/ab/cd/ef/abcdef...   one block, trailing zeros stripped, mode 0640
    <root>/tmp/<random>                being written
    <root>/quarantine/<name>.<micros>  failed its check when it was read
    <root>/trash/<name>                named by nobody, to be given up (blocks/reclaim)

Note [Never half a block]. A block appears under its name by a link from a file that is complete
and synced; then the folders that changed are synced, then the caller is told. A process killed
at any point leaves at most a file in `tmp`, which `clean` removes. Only O_EXCL, link, rename,
unlink and fsync are relied upon, so the folder may be NFS and have many writers; ESTALE is tried
once more.

A block carries a seal in an extended attribute where the filesystem has them (blocks/seal).

The last use of a block is its mtime, renewed whenever somebody puts it or asks for it.

Note [Pages given back]. A large block that has been written and synced leaves the page cache: the
next one gets the same pages, instead of pages that the kernel (and the host of a virtual machine)
must find first, and an upload does not drive out what is read often (docs/design/performance.md).
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from synnefod.blocks import hashing, reclaim
from synnefod.blocks.interface import (
    BLOCK_SIZE,
    BlockCorrupt,
    BlockMissing,
    BlocksFull,
    BlocksUnavailable,
    IBlockStore,
    IReclaims,
)
from synnefod.blocks.seal import WORTHWHILE, Seal, is_block, sealed
from synnefod.common import metrics
from synnefod.common.clockwork import IClock
from synnefod.common.ids import BlockHash
from synnefod.common.outside import refuse_inside
from synnefod.common.text import micros

P = ParamSpec("P")
T = TypeVar("T")
log = Logger()
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
_PIECES = 512
"""Buffers of one writev, below every system's IOV_MAX."""
_LOOKUPS = 1024
"""Names looked up in one trip to a thread."""
_LARGE = 1 << 20
"""Bytes of a block from which on a written one is not left in the page cache."""
_SEAL = "user.synnefo.seal"
_YOUNG = 60.0
"""Seconds since its last use within which a block's folders may not have reached the disk."""


@implementer(IBlockStore, IReclaims)
class FilesystemBlocks:
    """A block store below `root`, which is made if absent. All disk work is on `threads.disk`.

    With a `seal`, blocks that carry it are not hashed when they are read. Raises
    BlocksUnavailable if the folder cannot be made.
    """

    def __init__(self, root: Path, threads: Any, clock: IClock, seal: Seal | None = None) -> None:
        self._seal = seal
        self._threads = threads
        self._clock = clock
        self._blocks = os.path.join(os.fspath(root), "blocks")
        self._tmp = os.path.join(os.fspath(root), "tmp")
        self._quarantine = os.path.join(os.fspath(root), "quarantine")
        self._trash = os.path.join(os.fspath(root), "trash")
        self._synced: set[str] = set()
        try:
            for folder in (self._blocks, self._tmp, self._quarantine, self._trash):
                os.makedirs(folder, mode=0o750, exist_ok=True)
            _sync_folder(os.fspath(root))
        except OSError as error:
            raise BlocksUnavailable(f"The block store cannot be opened: {error}.") from error

    async def put(self, name: BlockHash, data: bytes) -> bool:
        return await self._disk("a block is put", self._put, name, hashing.strip_pieces([data]))

    async def store(self, pieces: Sequence[bytes]) -> BlockHash:
        return await self._disk("a block is put", self._store, pieces)

    async def get(self, name: BlockHash, *, rehash: bool = False) -> bytes:
        if name == hashing.EMPTY:
            return b""
        return await self._disk("a block is read", self._get, name, rehash)

    async def missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        asked = list(dict.fromkeys(names))
        absent: list[BlockHash] = []
        for start in range(0, len(asked), _LOOKUPS):
            some = asked[start : start + _LOOKUPS]
            absent += await self._disk("blocks are looked up", self._missing, some)
        return absent

    async def delete(self, name: BlockHash) -> None:
        await self._disk("a block is deleted", self._delete, name)

    async def check(self) -> None:
        await self._disk("the block store is checked", self._check)

    async def stop(self) -> None:
        """Nothing is held."""

    async def clean(self, older_than: float) -> int:
        """Removes files in `tmp` untouched for `older_than` seconds; how many. It must exceed
        the time that writing one block takes; a day is right."""
        before = self._clock.seconds() - older_than
        return await self._disk("leftovers are removed", self._clean, before)

    async def idle(self, folder: int, before: float) -> list[tuple[BlockHash, int]]:
        return await self._disk("blocks are listed", reclaim.idle, self._blocks, folder, before)

    async def set_aside(self, names: Sequence[BlockHash], before: float) -> int:
        now = self._clock.seconds()
        return await self._disk("blocks are set aside", self._set_aside, names, before, now)

    async def aside(self, before: float) -> list[tuple[BlockHash, int]]:
        return await self._disk("blocks are listed", reclaim.aside, self._trash, before)

    async def take_back(self, names: Sequence[BlockHash]) -> int:
        return await self._disk("blocks are taken back", self._take_back, names)

    async def give_up(self, names: Sequence[BlockHash], before: float) -> int:
        paths = [self._aside(name) for name in names]
        return await self._disk("blocks are given up", reclaim.give_up, paths, before)

    # -- on a thread of the disk pool

    def _disk(self, what: str, f: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        refuse_inside(what)
        result: Deferred[T] = self._threads.disk(self._tried, f, args, kwargs)
        return result

    def _tried(self, f: Callable[..., T], args: Any, kwargs: Any) -> T:
        try:
            with metrics.block_io.labels("filesystem", f.__name__.strip("_")).time():
                try:
                    return f(*args, **kwargs)
                except OSError as error:
                    if error.errno != errno.ESTALE:
                        raise
                    return f(*args, **kwargs)
        except OSError as error:
            log.error("The block store fails: {error}", error=error)
            kind = BlocksFull if error.errno in _NO_ROOM else BlocksUnavailable
            raise kind(
                "The block store does not work now.", details=os.strerror(error.errno or 0)
            ) from error

    def _path(self, name: BlockHash) -> str:
        h = name.hex()
        return f"{self._blocks}/{h[0:2]}/{h[2:4]}/{h[4:6]}/{h}"

    def _store(self, pieces: Sequence[bytes]) -> BlockHash:
        stripped = hashing.strip_pieces(pieces)
        name = hashing.name_of_pieces(stripped)
        self._put(name, stripped)
        return name

    def _put(self, name: BlockHash, stripped: Sequence[bytes]) -> bool:
        if name == hashing.EMPTY:
            return False
        path = self._path(name)
        if self._renewed(path):
            metrics.blocks_written.labels("filesystem", "known").inc()
            return False
        temporary = os.path.join(self._tmp, secrets.token_hex(16))
        try:
            _write(temporary, stripped, sealed(self._seal, name, stripped))
            os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
            fresh = _place(temporary, path)
            self._sync(path)
        finally:
            _unlink(temporary)
        metrics.blocks_written.labels("filesystem", "new").inc()
        metrics.block_bytes.labels("filesystem", "in").inc(sum(map(len, stripped)))
        return fresh

    def _renewed(self, path: str) -> bool:
        """Whether a block is there and durable; its last use is now.

        A file without bytes is no block (6.5). A young one may be another writer's who has not
        synced the folders yet, and may die before he does: then they are synced here.
        """
        try:
            found = os.stat(path)
            if found.st_size == 0:
                return False
            self._touch(path)
            os.stat(path)
        except FileNotFoundError:
            if not reclaim.take_back(path, self._aside_of(path)):
                return False
            self._touch(path)
            self._sync(path)
            return True
        if self._clock.seconds() - found.st_mtime < _YOUNG:
            self._sync(path)
        return True

    def _sync(self, path: str) -> None:
        """Makes the way to a block durable, from its folder upwards.

        Every level is synced, also those that existed: another thread may have made them a moment
        ago. Only the top's entry of a folder that this process synced before is left alone.
        """
        leaf = os.path.dirname(path)
        middle = os.path.dirname(leaf)
        top = os.path.dirname(middle)
        for folder in (leaf, middle, top):
            _sync_folder(folder)
        if top not in self._synced:
            _sync_folder(self._blocks)
            self._synced.add(top)

    def _get(self, name: BlockHash, rehash: bool) -> bytes:
        path = self._path(name)
        try:
            try:
                data, seal = read_file(path)
            except FileNotFoundError:
                if not reclaim.take_back(path, self._aside(name)):
                    raise
                data, seal = read_file(path)
        except FileNotFoundError:
            raise BlockMissing(f"The block {name.hex()} is not stored.") from None
        if not is_block(self._seal, name, data, b"" if rehash else seal):
            log.critical("The block {block} is damaged; it is set aside", block=name.hex())
            when = micros(self._clock.seconds())
            os.replace(path, os.path.join(self._quarantine, f"{name.hex()}.{when}"))
            metrics.block_corrupt.labels("filesystem").inc()
            raise BlockCorrupt(f"The block {name.hex()} is damaged.")
        metrics.block_bytes.labels("filesystem", "out").inc(len(data))
        return data

    def _missing(self, names: Sequence[BlockHash]) -> list[BlockHash]:
        return [n for n in names if n != hashing.EMPTY and not self._renewed(self._path(n))]

    def _touch(self, path: str) -> None:
        now = self._clock.seconds()
        os.utime(path, (now, now))

    def _aside(self, name: BlockHash) -> str:
        return os.path.join(self._trash, name.hex())

    def _aside_of(self, path: str) -> str:
        return os.path.join(self._trash, os.path.basename(path))

    def _set_aside(self, names: Sequence[BlockHash], before: float, now: float) -> int:
        moves = (
            reclaim.set_aside(self._path(name), self._aside(name), before, now) for name in names
        )
        return sum(moves)

    def _take_back(self, names: Sequence[BlockHash]) -> int:
        return sum(reclaim.take_back(self._path(name), self._aside(name)) for name in names)

    def _delete(self, name: BlockHash) -> None:
        path = self._path(name)
        _unlink(path)

    def _check(self) -> None:
        temporary = os.path.join(self._tmp, secrets.token_hex(16))
        try:
            _write(temporary, [b"check"])
            read_file(temporary)
        finally:
            _unlink(temporary)

    def _clean(self, before: float) -> int:
        removed = 0
        with os.scandir(self._tmp) as entries:
            for entry in entries:
                try:
                    old = entry.stat().st_mtime < before
                except FileNotFoundError:
                    continue
                if old:
                    _unlink(entry.path)
                    removed += 1
        return removed


def _write(path: str, pieces: Sequence[bytes], seal: bytes = b"") -> None:
    """Makes a new file of these bytes and syncs it. See Note [Pages given back]."""
    size = sum(map(len, pieces))
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    try:
        for start in range(0, len(pieces), _PIECES):
            some = pieces[start : start + _PIECES]
            wanted = sum(map(len, some))
            written = os.writev(fd, some)
            if written < wanted:
                rest = memoryview(b"".join(some))[written:]
                while rest:
                    rest = rest[os.write(fd, rest) :]
        if seal:
            with contextlib.suppress(OSError, AttributeError):  # none in this filesystem or system
                os.setxattr(fd, _SEAL, seal)
        os.fsync(fd)
        if size >= _LARGE:
            _give_back(fd)
    finally:
        os.close(fd)


def _give_back(fd: int) -> None:
    """Advice only: a filesystem or a system that knows none of it does without."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError):
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)


def _place(temporary: str, path: str) -> bool:
    """Gives a complete file its name; False if somebody else's block has it already."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        if os.stat(path).st_size > 0:
            return False
        os.replace(temporary, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        os.replace(temporary, path)  # a filesystem without links; the bytes would be the same
    return True


def read_file(path: str) -> tuple[bytes, bytes]:
    """The bytes of a file and its seal; without one that is worth looking for, none."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        seal = b""
        if size >= WORTHWHILE:
            with contextlib.suppress(OSError, AttributeError):
                seal = os.getxattr(fd, _SEAL)
        if size > BLOCK_SIZE:
            size = BLOCK_SIZE + 1
        data = os.read(fd, size)
        if len(data) == size:
            return data, seal
        pieces = [data]
        while piece := os.read(fd, BLOCK_SIZE):
            pieces.append(piece)
        return b"".join(pieces), seal
    finally:
        os.close(fd)


def _sync_folder(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unlink(path: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)
