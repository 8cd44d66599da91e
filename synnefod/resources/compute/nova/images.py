"""Images as Nova's proxy showed them below 2.36 (14.4.2); read only."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import NotFound
from synnefod.common.text import iso_z
from synnefod.images.interface import Image, Images
from synnefod.resources.compute.nova import views as nova
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.reading import image_status
from synnefod.resources.door import Call, route


class NovaImages:
    """`/cyclades/compute/v2.1/images`; gone from 2.36 on."""

    def __init__(self, images: Images) -> None:
        self._images = images

    @route("GET", "/images")
    async def index(self, call: Call) -> dict[str, Any]:
        _below_2_36(call)
        found = await self._images.list(call.principal)
        return {"images": [_nova_brief(image, call.url) for image in found]}

    @route("GET", "/images/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        _below_2_36(call)
        found = await self._images.list(call.principal)
        return {"images": [_nova(image, call.url) for image in found]}

    @route("GET", "/images/<image>")
    async def show(self, call: Call, image: str) -> dict[str, Any]:
        _below_2_36(call)
        return {"image": _nova(await self._images.get(call.principal, image), call.url)}


def _below_2_36(call: Call) -> None:
    if version(call) >= (2, 36):
        raise NotFound("The resource could not be found.")


def _nova_brief(image: Image, url: str) -> dict[str, Any]:
    return {"id": image.id, "name": image.name, "links": nova.links(url, "images", image.id)}


def _nova(image: Image, url: str) -> dict[str, Any]:
    return {
        **_nova_brief(image, url),
        "status": image_status(image),
        "minDisk": image.min_disk,
        "minRam": image.min_ram,
        "progress": 100 if image.status == "active" else 0,
        "metadata": dict(image.properties),
        "created": iso_z(image.created),
        "updated": iso_z(image.updated),
        "OS-EXT-IMG-SIZE:size": image.size or 0,
    }
