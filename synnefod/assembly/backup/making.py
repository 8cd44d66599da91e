"""Making a backup while the daemon runs: the database first, then the blocks that it names.

Blocks are never changed, and collecting them is held meanwhile, so that every block that the dump
names can still be read after it.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from attrs import define, field

from synnefod import VERSION
from synnefod.assembly.backup.archive import (
    LIST,
    Archive,
    Manifest,
    digest_of,
    sync_folder,
    write_manifest,
    write_synced,
)
from synnefod.assembly.backup.databases import Database, Dumped
from synnefod.blocks.hashing import DIGEST_SIZE, EMPTY
from synnefod.blocks.interface import Blocks
from synnefod.common.clockwork import Every, IClock, gather
from synnefod.common.errors import Conflict, CorruptData, NotFound
from synnefod.common.ids import BlockHash
from synnefod.common.text import iso_z, micros
from synnefod.objects.chores import COLLECT, LEASE
from synnefod.objects.records import expiring
from synnefod.store.interface import Store

AT_ONCE = 8
RENEW = 600.0
SECRET, SETTINGS = "secret", "settings.toml"


@define
class Backup:
    """`state` is the daemon's folder, `settings` its settings file. `with_blocks` False leaves
    the blocks to whoever copies their store in another way."""

    archive: Archive
    database: Database
    store: Store
    blocks: Blocks
    threads: Any
    clock: IClock
    state: Path
    settings: Path | None
    with_blocks: bool = True
    _holder: str = field(init=False)
    _names: set[BlockHash] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._holder = f"backup:{socket.gethostname()}:{os.getpid()}"

    async def make(self) -> tuple[str, Manifest]:
        """The backup's name and what it holds. Raises Conflict while blocks are being collected,
        and what the database and the block store raise; then no backup is there."""
        await self._hold()
        holding = Every(self.clock, RENEW, self._hold, "holding the collection")
        holding.begin()
        try:
            return await self._make()
        finally:
            await holding.stop()
            await self.store.transact(
                "release blocks", lambda tx: expiring.leave(tx, COLLECT, self._holder)
            )

    async def _make(self) -> tuple[str, Manifest]:
        started = micros(self.clock.seconds())
        name = iso_z(started).replace("-", "").replace(":", "")
        folder = self.archive.folder / name
        if folder.exists():
            raise Conflict(f"{folder} exists already; ask again in a second.")
        folder.mkdir(parents=True, mode=0o700)
        dumped: Dumped = await self.threads.disk(
            self.database.dump, folder / self.database.file, self._note
        )
        missing: list[BlockHash] = []
        written = 0
        if self.with_blocks:
            written, missing = await self._copy()
        parts = await self.threads.disk(self._parts, folder)
        manifest = Manifest(
            version=VERSION,
            engine=self.database.engine,
            schema=dumped.schema,
            started=iso_z(started),
            ended=iso_z(micros(self.clock.seconds())),
            counts=dumped.counts,
            parts=parts,
            blocks=len(self._names) if self.with_blocks else None,
            bytes=written if self.with_blocks else None,
            missing=[each.hex() for each in missing],
        )
        await self.threads.disk(write_manifest, folder, manifest)
        return name, manifest

    async def _hold(self) -> None:
        now = micros(self.clock.seconds())
        held = await self.store.transact(
            "hold blocks", lambda tx: expiring.take(tx, COLLECT, self._holder, now, now + LEASE)
        )
        if not held:
            raise Conflict("Blocks are being collected, or another backup runs. Try again later.")

    def _note(self, hashes: bytes) -> None:
        for start in range(0, len(hashes), DIGEST_SIZE):
            name = BlockHash(hashes[start : start + DIGEST_SIZE])
            if name != EMPTY:
                self._names.add(name)

    async def _copy(self) -> tuple[int, list[BlockHash]]:
        """Bytes that were written, and the blocks that the store lacks or has damaged."""
        left = sorted(self._names)
        written = 0
        missing: list[BlockHash] = []

        async def one(name: BlockHash) -> int:
            if await self.threads.disk(self.archive.holds, name):
                return 0
            try:
                data = await self.blocks.get(name)
            except (NotFound, CorruptData):
                missing.append(name)
                return 0
            await self.threads.disk(self.archive.put, name, data)
            return len(data)

        for start in range(0, len(left), AT_ONCE):
            written += sum(await gather(one(name) for name in left[start : start + AT_ONCE]))
        return written, sorted(missing)

    def _parts(self, folder: Path) -> dict[str, str]:
        """Writes what is not yet there; the digest of each part."""
        write_synced(folder / LIST, b"".join(sorted(self._names)))
        for source, name in ((self.state / "secret", SECRET), (self.settings, SETTINGS)):
            if source is not None and source.exists():
                write_synced(folder / name, source.read_bytes())
        sync_folder(folder)
        return {path.name: digest_of(path) for path in sorted(folder.iterdir())}
