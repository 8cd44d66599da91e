"""Files to the cloud and back, block by block, several blocks at once.

Note [Only what is missing]. Up: the map is offered; the cloud names the blocks that it lacks; only
they are sent, and the map is offered again. A killed upload is resumed by being done again. Down:
the target is a file aside; blocks that it has from a killed attempt, or that an older copy of the
file has, are checked and not fetched. It takes its place when all of it is there and checked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from attrs import define, field

from synnefod.user.maps import BLOCK, FileMap, block_name, map_of
from synnefod.user.refusals import Changed, Failure
from synnefod.user.store import Store

Seen = Callable[[int], object]
_ROUNDS = 4
"""How often a map is offered; blocks that vanish each time are not a client's matter."""


def _nobody(count: int) -> None:
    """Nobody looks at the progress."""


@define
class Transfers:
    """`at_once` blocks are under way at most. Use it as a context."""

    at_once: int = 8
    _pool: ThreadPoolExecutor = field(init=False)
    _given_up: Event = field(factory=Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix="blocks")

    def __enter__(self) -> Transfers:
        return self

    def __exit__(self, *_: object) -> None:
        self._given_up.set()
        self._pool.shutdown(cancel_futures=True)

    def upload(
        self,
        store: Store,
        file: Path,
        container: str,
        name: str,
        condition: Mapping[str, str],
        *,
        blocks: tuple[Store, str] | None = None,
        seen: Seen = _nobody,
    ) -> FileMap:
        """Makes the object `container/name` of a file; what it is made of. `blocks` is where the
        blocks go if not there (one's own container). Raises Changed, Failure, OSError."""
        made = map_of(file)
        told = 0
        for _ in range(_ROUNDS):
            missing = store.put_map(f"{container}/{name}", made, condition)
            if not missing:
                seen(made.size - told)
                return made
            where, box = blocks or (store, container)
            wanted = set(missing)
            spots = [n for n, each in enumerate(made.hashes) if each in wanted]
            first = {made.hashes[n]: n for n in reversed(spots)}
            for size in self._each(
                [(self._send, where, box, file, n, each) for each, n in first.items()]
            ):
                told += size
                seen(size)
        raise Failure(f"{name}: the cloud does not keep what it is sent")

    def _send(self, store: Store, container: str, file: Path, number: int, name: str) -> int:
        data = _block(file, number)
        store.put_block(container, data, name)
        return len(data)

    def download(
        self,
        store: Store,
        path: str,
        wanted: FileMap,
        aside: Path,
        *,
        version: int | None = None,
        older: Path | None = None,
        seen: Seen = _nobody,
    ) -> None:
        """Fills the file `aside`, which may hold a part of it. `older` is a file that may have
        some of the blocks. Raises Changed, Failure, OSError."""
        aside.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if aside.stat().st_nlink > 1:
                aside.unlink()  # it has its place; whoever gave it was killed before the farewell
        have = _held(older) if older is not None else {}
        with aside.open("a+b"):
            pass
        os.truncate(aside, wanted.size)
        work = [
            (self._fetch, store, path, wanted, n, aside, version, older, have)
            for n in range(len(wanted.hashes))
        ]
        for size in self._each(work):
            seen(size)
        with aside.open("r+b") as file:
            os.fsync(file.fileno())

    def _fetch(
        self,
        store: Store,
        path: str,
        wanted: FileMap,
        number: int,
        aside: Path,
        version: int | None,
        older: Path | None,
        have: Mapping[str, int],
    ) -> int:
        name, first = wanted.hashes[number], number * BLOCK
        count = min(BLOCK, wanted.size - first)
        if block_name(_block(aside, number)) == name:
            return count
        data = b""
        if older is not None and name in have:
            with suppress(OSError):
                data = _block(older, have[name])[:count].ljust(count, b"\0")
        if not data or block_name(data) != name:
            data = store.read(path, first, count, version)
            if block_name(data) != name:
                raise Changed(f"{path} was changed in the cloud")
        with aside.open("r+b") as file:
            file.seek(first)
            file.write(data)
        return count

    def _each(self, works: Sequence[tuple[Any, ...]]) -> Iterable[int]:
        """The results as they are needed; the first failure ends what has not begun."""
        running: list[Future[int]] = [self._pool.submit(self._alive, *work) for work in works]
        try:
            for future in running:
                yield future.result()
        finally:
            for future in running:
                future.cancel()

    def _alive(self, work: Callable[..., int], *given: Any) -> int:
        if self._given_up.is_set():
            raise Failure("given up")
        return work(*given)


def _block(file: Path, number: int) -> bytes:
    with file.open("rb") as opened:
        opened.seek(number * BLOCK)
        return opened.read(BLOCK)


def _held(older: Path) -> dict[str, int]:
    """Where the older file has which block; nothing if it is being written to or has but one."""
    try:
        if older.stat().st_size <= BLOCK:
            return {}
        return {name: n for n, name in enumerate(map_of(older).hashes)}
    except (Changed, OSError):
        return {}
