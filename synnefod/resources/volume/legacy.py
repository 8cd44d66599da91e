"""Synnefo's volume API (compute-image-volume.md 1.15): the disks of one's servers, to look at."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import NotFound
from synnefod.common.ids import VolumeId, parse_integer
from synnefod.resources.door import Call, route
from synnefod.resources.volume.views import type_legacy, volume_brief, volume_legacy
from synnefod.volumes.interface import Volume, Volumes

Document = dict[str, Any]


class LegacyVolumes:
    """`/volumes` and `/types`."""

    def __init__(self, volumes: Volumes) -> None:
        self.volumes = volumes

    @route("GET", "/volumes")
    async def index(self, call: Call) -> Document:
        found = await self.volumes.visible(call.principal)
        return {"volumes": [volume_brief(volume, call.url) for volume in found]}

    @route("GET", "/volumes/detail")
    async def detail(self, call: Call) -> Document:
        found = await self.volumes.visible(call.principal)
        return {"volumes": [volume_legacy(volume, call.url) for volume in found]}

    @route("GET", "/volumes/<number>")
    async def show(self, call: Call, number: str) -> Document:
        return {"volume": volume_legacy(await self._one(call, number), call.url)}

    @route("GET", "/volumes/<number>/metadata")
    async def metadata(self, call: Call, number: str) -> Document:
        await self._one(call, number)
        return {"metadata": {}}

    @route("GET", "/types")
    async def types(self, call: Call) -> Document:
        return {"volume_types": [type_legacy(kind) for kind in await self.volumes.types()]}

    @route("GET", "/types/<number>")
    async def show_type(self, call: Call, number: str) -> Document:
        wanted = parse_integer(number, "volume type")
        for kind in await self.volumes.types():
            if kind.id == wanted:
                return {"volume_type": type_legacy(kind)}
        raise NotFound(f"Volume type {wanted} does not exist.")

    async def _one(self, call: Call, number: str) -> Volume:
        wanted = VolumeId(parse_integer(number, "volume"))
        return await self.volumes.get(call.principal, wanted)
