"""Tags of a server, OpenStack dialect (14.4.2; from 2.26 on)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from synnefod.common.errors import NotFound
from synnefod.compute.interface import Compute, Detail
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.nova.servers import NovaServers
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas


class NovaTags:
    """`/servers/<server>/tags`: a tag counts from the request on, confirmed or not."""

    def __init__(self, compute: Compute, servers: NovaServers) -> None:
        self._tags = compute.tags
        self._servers = servers

    async def _one(self, call: Call, server: str) -> Detail:
        if version(call) < (2, 26):
            raise NotFound("The resource could not be found.")
        return await self._servers.one(call, server)

    @route("GET", "/servers/<server>/tags")
    async def index(self, call: Call, server: str) -> dict[str, Any]:
        return {"tags": [tag.name for tag in (await self._one(call, server)).tags]}

    @route("PUT", "/servers/<server>/tags", body=schemas.Tags)
    async def replace(self, call: Call, server: str) -> dict[str, Any]:
        number = (await self._one(call, server)).server.id
        wanted = list(dict.fromkeys(call.body.tags))
        await self._tags.replace(call.principal, number, wanted, pending=True)
        return {"tags": sorted(wanted)}

    @route("DELETE", "/servers/<server>/tags", status=204)
    async def clear(self, call: Call, server: str) -> None:
        detail = await self._one(call, server)
        if detail.tags:
            await self._tags.remove(call.principal, detail.server.id, pending=True)

    @route("GET", "/servers/<server>/tags/<tag>", status=204)
    async def show(self, call: Call, server: str, tag: str) -> None:
        if all(found.name != tag for found in (await self._one(call, server)).tags):
            raise NotFound("The server has no such tag.")

    @route("PUT", "/servers/<server>/tags/<tag>", empty_ok=True)
    async def add(self, call: Call, server: str, tag: str) -> Reply:
        number = (await self._one(call, server)).server.id
        if not await self._tags.add(call.principal, number, tag):
            return Reply(status=204)
        return Reply(status=201, headers={"Location": f"{call.url}{quote(call.path)}"})

    @route("DELETE", "/servers/<server>/tags/<tag>", status=204)
    async def delete(self, call: Call, server: str, tag: str) -> None:
        number = (await self._one(call, server)).server.id
        await self._tags.remove(call.principal, number, tag, pending=True)
