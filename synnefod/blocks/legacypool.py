"""The maps of a Pithos before this one in a Ceph pool (object-storage.md 2.7.3): an object for each
map, in no namespace, in the forms that blocks/legacy knows. Nothing in the pool is ever changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from synnefod.blocks.cephgate import CephGate, CephSettings
from synnefod.blocks.interface import BLOCK_SIZE
from synnefod.blocks.legacy import SIGNATURE, Wanted, decoded, parts_of

_ENTRY = 33
"""Bytes of a digest in the longest form that is one object."""
_HEADER = 512


class MapObjects:
    """Implements `LegacyMaps`. Connected while it is asked."""

    def __init__(self, settings: CephSettings, threads: Any, reactor: Any) -> None:
        self._settings = settings
        self._threads = threads
        self._reactor = reactor

    async def digests(self, wanted: Sequence[Wanted]) -> list[bytes | None]:
        gate = CephGate(self._settings, self._threads, self._reactor)
        try:
            return [await self._one(gate, each) for each in wanted]
        finally:
            await gate.stop()

    async def _one(self, gate: CephGate, wanted: Wanted) -> bytes | None:
        stored: dict[str, bytes] = {}

        async def fetch(name: str, most: int) -> bytes:
            found = await gate.look("a map is read", "blocks", name, most)
            if found is not None:
                stored[name] = await self._threads.disk(found.data)
            return stored.get(name, b"")

        def known(name: str) -> Iterator[bytes]:
            if name in stored:
                yield stored[name]

        if wanted.count > 1:
            raw = await fetch(wanted.called, wanted.count * _ENTRY + _HEADER)
            if raw.startswith(SIGNATURE):
                for name in parts_of(wanted):
                    await fetch(name, BLOCK_SIZE)
        return decoded(wanted, known)
