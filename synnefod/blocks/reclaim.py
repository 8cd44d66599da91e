"""Blocks that nobody names: found by the time of their last use, set aside, given up later.

Note [Twice looked at]. A block that has long not been used is moved from its place to `trash`,
its last use kept as the file's mtime and the time of the move as its atime. Whoever asks for it
takes it back. What is still there when the grace is over, and was not used since, is unlinked. A
writer who renewed a block's use at the very moment of the move finds it in `trash` too, since he
looks for it in its place again; so at no time is a block that somebody was told of out of reach
(object-storage.md 6.4). All of it is for a thread of the disk pool.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence

from synnefod.common.ids import BlockHash

FOLDERS = 256
"""The top folders of a store; one is looked through at a time."""


def idle(blocks: str, folder: int, before: float) -> list[tuple[BlockHash, int]]:
    """Name and bytes of the blocks in a top folder whose last use was before a time."""
    return [
        (name, size)
        for name, size, used in _files(os.path.join(blocks, f"{folder:02x}"))
        if used < before
    ]


def _files(top: str) -> Iterator[tuple[BlockHash, int, float]]:
    try:
        entries = sorted(os.scandir(top), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif len(entry.name) == 64:
            with contextlib.suppress(FileNotFoundError, ValueError):
                found = entry.stat()
                yield BlockHash(bytes.fromhex(entry.name)), found.st_size, found.st_mtime


def set_aside(path: str, trash: str, before: float, now: float) -> bool:
    """Moves a block to `trash` unless it was used since `before`; whether it is there now."""
    try:
        if os.stat(path).st_mtime >= before:
            return False
        os.rename(path, trash)
        used = os.stat(trash).st_mtime
        if used >= before:
            take_back(path, trash)
            return False
        os.utime(trash, (now, used))
    except FileNotFoundError:
        return False
    return True


def take_back(path: str, trash: str) -> bool:
    """Moves a block back to its place; whether it is there then."""
    try:
        os.stat(trash)
        os.makedirs(os.path.dirname(path), mode=0o750, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.link(trash, path)
        os.unlink(trash)
    except FileNotFoundError:
        # Another thread has just taken it back, or it was never there.
        return os.path.exists(path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK):
            raise
        os.replace(trash, path)  # a filesystem without links; the bytes would be the same
    return True


def aside(trash: str, before: float) -> list[tuple[BlockHash, int]]:
    """Name and bytes of the blocks that were set aside before a time."""
    found = []
    with os.scandir(trash) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError, ValueError):
                stat = entry.stat()
                if stat.st_atime < before:
                    found.append((BlockHash(bytes.fromhex(entry.name)), stat.st_size))
    return found


def give_up(paths: Sequence[str], before: float) -> int:
    """Unlinks blocks in `trash` that were set aside before a time and not used since; how many."""
    gone = 0
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            found = os.stat(path)
            if found.st_atime < before and found.st_mtime <= found.st_atime:
                os.unlink(path)
                gone += 1
    return gone
