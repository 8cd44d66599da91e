"""A folder of backups, and what is told of each.

    <folder>/blocks/ab/abcdef...     one block, shared by all backups of the folder
    <folder>/20270101T120000Z/       one backup: its dump, `secret`, `settings.toml`, and
                                     `blocks.list`, the names of its blocks, 32 bytes each
    <folder>/20270101T120000Z/manifest.json   written last: without it a backup is not one

Blocks are named by their contents and never change, so a backup writes only those that the folder
does not hold. Blocking: for a thread.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from attrs import frozen

from synnefod.blocks.hashing import DIGEST_SIZE
from synnefod.common.errors import CorruptData, NotFound
from synnefod.common.ids import BlockHash

MANIFEST = "manifest.json"
LIST = "blocks.list"
LAST = "last-backup"
"""The file in a daemon's state folder whose time is that of its last good backup."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Moments are ISO 8601 in UTC. `parts` are SHA-256 digests by file name; `blocks` None when
    they were left out. Ganeti and the message broker are not part of a backup."""

    version: str
    engine: str
    schema: int
    started: str
    ended: str
    counts: dict[str, int]
    parts: dict[str, str]
    blocks: int | None
    bytes: int | None
    missing: list[str]
    left_out: tuple[str, ...] = ("ganeti", "message broker")


@frozen
class Archive:
    """One folder of backups."""

    folder: Path

    def backups(self) -> list[tuple[str, Manifest]]:
        """Names and manifests of the complete ones, oldest first."""
        found = []
        for place in sorted(self.folder.glob(f"*/{MANIFEST}")):
            found.append((place.parent.name, read_manifest(place.parent)))
        return found

    def path_of(self, name: BlockHash) -> Path:
        digits = name.hex()
        return self.folder / "blocks" / digits[:2] / digits

    def holds(self, name: BlockHash) -> bool:
        return self.path_of(name).exists()

    def put(self, name: BlockHash, data: bytes) -> None:
        """Whole or not at all; on the disk when it returns."""
        path = self.path_of(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        making = path.with_name(f".{secrets.token_hex(8)}")
        write_synced(making, data)
        os.replace(making, path)
        sync_folder(path.parent)

    def get(self, name: BlockHash) -> bytes:
        """Raises NotFound."""
        try:
            return self.path_of(name).read_bytes()
        except FileNotFoundError:
            raise NotFound(f"The backup lacks the block {name.hex()}.") from None


def read_manifest(backup: Path) -> Manifest:
    """Raises NotFound when it is no complete backup, CorruptData when it cannot be read."""
    try:
        return msgspec.json.decode((backup / MANIFEST).read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise NotFound(f"{backup} is no complete backup: it has no {MANIFEST}.") from None
    except msgspec.DecodeError as error:
        raise CorruptData(f"{backup / MANIFEST}: {error}") from None


def write_manifest(backup: Path, manifest: Manifest) -> None:
    document: Any = msgspec.to_builtins(manifest)
    making = backup / f".{MANIFEST}"
    write_synced(making, json.dumps(document, indent=1).encode() + b"\n")
    os.replace(making, backup / MANIFEST)
    sync_folder(backup)
    sync_folder(backup.parent)


def names_of(backup: Path) -> Iterator[BlockHash]:
    """The names of the blocks of a backup. Raises CorruptData."""
    raw = (backup / LIST).read_bytes()
    if len(raw) % DIGEST_SIZE:
        raise CorruptData(f"{backup / LIST} is cut off.")
    for start in range(0, len(raw), DIGEST_SIZE):
        yield BlockHash(raw[start : start + DIGEST_SIZE])


def digest_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def write_synced(path: Path, data: bytes) -> None:
    """Mode 0600, on the disk when it returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
