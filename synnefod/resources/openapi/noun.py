"""`/openapi.json` and `/openapi/<name>.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from synnefod.common.errors import NotFound
from synnefod.resources.door import Call, Reply, route

INDEX = ""
"""The name under which the document of all is written."""
_HEADERS = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}


class Documents:
    """The documents, written when one is first asked for: that takes a tenth of a second of pure
    Python, so `threads` (an IThreads) does it. `write` gives all of them by name."""

    def __init__(self, write: Callable[[], Mapping[str, bytes]], threads: Any) -> None:
        self._write = write
        self._threads = threads
        self._written: Mapping[str, bytes] | None = None

    @route("GET", "/openapi.json", auth=False)
    async def everything(self, call: Call) -> Reply:
        """Every call of every mount, each as a reference into its mount's document (OPS-159)."""
        return await self._one(INDEX)

    @route("GET", "/openapi/<name>", auth=False)
    async def one(self, call: Call, name: str) -> Reply:
        """The document of one mount, `<name>.json`."""
        stem = name.removesuffix(".json")
        return await self._one(stem if stem != name and stem else name)

    async def _one(self, name: str) -> Reply:
        if self._written is None:
            self._written = await self._threads.cpu(self._write)
        found = self._written.get(name)
        if found is None:
            raise NotFound("There is no such document.")
        return Reply(found, content_type="application/json", headers=_HEADERS)
