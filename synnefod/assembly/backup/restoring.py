"""Verifying a backup, and making a deployment of it.

A restored database is older than the clusters: what it wants may be done or undone since. So the
daemon starts read-only and sends nothing to any cluster until `maintenance off` (15.7).
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

from attrs import define

from synnefod.assembly.backup.archive import (
    LIST,
    Archive,
    Manifest,
    digest_of,
    names_of,
    read_manifest,
    write_synced,
)
from synnefod.assembly.backup.databases import Database, newest
from synnefod.assembly.backup.making import AT_ONCE, SECRET
from synnefod.blocks.hashing import block_hash
from synnefod.blocks.interface import Blocks
from synnefod.common.clockwork import IClock, gather
from synnefod.common.errors import Conflict, CorruptData, NotFound
from synnefod.common.ids import BlockHash
from synnefod.common.text import micros
from synnefod.notices.interface import RESTORED

NOTICE = {"en": "This cloud was restored from a backup and is being compared with its clusters."}


@define
class Restore:
    """Of the backup in `source`, whose parent is the archive."""

    source: Path
    database: Database
    threads: Any
    clock: IClock

    @property
    def archive(self) -> Archive:
        return Archive(self.source.parent)

    async def verify(self, sample: float = 100.0) -> tuple[Manifest, list[str]]:
        """Everything that is wrong with the backup. `sample` per cent of the blocks are read and
        compared with their names; of all others it is checked that they are there."""
        manifest = await self.threads.disk(read_manifest, self.source)
        wrong = await self.threads.disk(self._parts, manifest)
        wrong += [f"block {name}: was not in the store" for name in manifest.missing]
        if manifest.blocks is not None and not any(LIST in each for each in wrong):
            names = await self.threads.disk(lambda: list(names_of(self.source)))
            absent = set(manifest.missing)
            here = [name for name in names if name.hex() not in absent]
            chosen = random.Random(manifest.started)
            for start in range(0, len(here), AT_ONCE):
                some = here[start : start + AT_ONCE]
                found = await gather(
                    self.threads.cpu(self._block, name, chosen.random() * 100 < sample)
                    for name in some
                )
                wrong += [each for each in found if each]
        return manifest, wrong

    async def restore(self, blocks: Blocks, state: Path, *, keep_tokens: bool) -> Manifest:
        """A second call after one that was killed goes on with the blocks. Raises
        NotEmptyDatabase, Conflict (another engine or schema), CorruptData (the backup)."""
        manifest: Manifest = await self.threads.disk(read_manifest, self.source)
        if manifest.engine != self.database.engine:
            raise Conflict(
                f"The backup is of {manifest.engine}, the settings name {self.database.engine}."
            )
        if manifest.schema > newest(manifest.engine):
            raise Conflict(f"The backup has the schema {manifest.schema}: use a later release.")
        wrong = await self.threads.disk(self._parts, manifest)
        if wrong:
            raise CorruptData("; ".join(wrong))
        await self.threads.disk(self._secret, state)
        if manifest.blocks is not None:
            await self._blocks(blocks, set(manifest.missing))
        # The database comes last: until it is there, the restore can be begun again.
        await self.threads.disk(
            self.database.restore,
            self.source / self.database.file,
            self._statements(keep_tokens=keep_tokens),
        )
        return manifest

    def _parts(self, manifest: Manifest) -> list[str]:
        wrong = []
        for name, digest in manifest.parts.items():
            path = self.source / name
            if not path.exists():
                wrong.append(f"{name}: is missing")
            elif digest_of(path) != digest:
                wrong.append(f"{name}: is not what was written")
        if not wrong:
            try:
                self.database.verify(self.source / self.database.file)
            except CorruptData as error:
                wrong.append(error.message)
        return wrong

    def _block(self, name: BlockHash, whole: bool) -> str:
        try:
            if not whole:
                return "" if self.archive.holds(name) else f"block {name.hex()}: is missing"
            data = self.archive.get(name)
        except NotFound:
            return f"block {name.hex()}: is missing"
        return "" if block_hash(data) == name else f"block {name.hex()}: is damaged"

    def _secret(self, state: Path) -> None:
        kept, place = self.source / SECRET, state / "secret"
        if not kept.exists():
            return
        if place.exists() and place.read_bytes() != kept.read_bytes():
            raise Conflict(f"{place} is of another deployment.")
        write_synced(place, kept.read_bytes())

    async def _blocks(self, blocks: Blocks, absent: set[str]) -> None:
        names = [name for name in names_of(self.source) if name.hex() not in absent]

        async def one(name: BlockHash) -> None:
            data = await self.threads.disk(self.archive.get, name)
            if block_hash(data) != name:
                raise CorruptData(f"block {name.hex()}: is damaged")
            await blocks.put(name, data)

        for start in range(0, len(names), AT_ONCE):
            some = names[start : start + AT_ONCE]
            for name in await blocks.missing(some):
                await one(name)

    def _statements(self, *, keep_tokens: bool) -> list[str]:
        now = micros(self.clock.seconds())
        texts = json.dumps(NOTICE).replace("'", "''")
        statements = [
            "insert into notices (level, texts, starts, ends, read_only, author, created) "
            f"values ('warning', '{texts}', {now}, null, 1, '{RESTORED}', {now})",
            "delete from storage_chores",
        ]
        if not keep_tokens:
            statements.append("delete from tokens")
        return statements
