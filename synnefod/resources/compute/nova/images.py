"""Images as Nova's proxy showed them below 2.36, their metadata below 2.39 (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.text import iso_z, parse_iso
from synnefod.images.interface import Image, ImageChange, Images
from synnefod.resources.compute.nova import views as nova
from synnefod.resources.compute.nova.microversion import Version, version
from synnefod.resources.compute.reading import image_status, integer
from synnefod.resources.door import Call, route
from synnefod.resources.schemas import compute as schemas

_GONE: Version = (2, 36)
_METADATA_GONE: Version = (2, 39)


class NovaImages:
    """`/cyclades/compute/v2.1/images`."""

    def __init__(self, images: Images) -> None:
        self._images = images

    async def _listed(self, call: Call) -> list[Image]:
        """Filtered as Nova did; what it did not know is ignored."""
        _below(call, _GONE)
        query = call.query
        found = await self._images.list(call.principal)
        name, status, kind = query.one("name"), query.one("status"), query.one("type")
        since, marker, limit = query.one("changes-since"), query.one("marker"), query.one("limit")
        if name is not None:
            found = [image for image in found if image.name == name]
        if status is not None:
            found = [image for image in found if image_status(image) == status.upper()]
        if kind is not None:
            found = [image for image in found if image.is_snapshot is (kind == "snapshot")]
        if since is not None:
            after = parse_iso(since, "changes-since")
            found = [image for image in found if image.updated >= after]
        if marker is not None:
            places = [place for place, image in enumerate(found) if image.id == marker]
            if not places:
                raise Malformed(f"marker [{marker[:64]}] not found")
            found = found[places[0] + 1 :]
        return found if limit is None else found[: integer(limit, "limit")]

    @route("GET", "/images")
    async def index(self, call: Call) -> dict[str, Any]:
        return {"images": [_nova_brief(image, call.url) for image in await self._listed(call)]}

    @route("GET", "/images/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        return {"images": [_nova(image, call.url) for image in await self._listed(call)]}

    @route("GET", "/images/<image>")
    async def show(self, call: Call, image: str) -> dict[str, Any]:
        _below(call, _GONE)
        return {"image": _nova(await self._images.get(call.principal, image), call.url)}

    @route("DELETE", "/images/<image>", status=204)
    async def delete(self, call: Call, image: str) -> None:
        _below(call, _GONE)
        await self._images.delete(call.principal, image)

    # -- metadata

    async def _properties(self, call: Call, image: str) -> dict[str, str]:
        _below(call, _METADATA_GONE)
        return dict((await self._images.get(call.principal, image)).properties)

    @route("GET", "/images/<image>/metadata")
    async def metadata(self, call: Call, image: str) -> dict[str, Any]:
        return {"metadata": await self._properties(call, image)}

    @route("POST PUT", "/images/<image>/metadata", body=schemas.Metadata)
    async def set_metadata(self, call: Call, image: str) -> dict[str, Any]:
        await self._properties(call, image)
        change = ImageChange(properties=call.body.metadata, replace_properties=call.method == "PUT")
        left = await self._images.update(call.principal, image, change)
        return {"metadata": dict(left.properties)}

    @route("GET", "/images/<image>/metadata/<key>")
    async def meta(self, call: Call, image: str, key: str) -> dict[str, Any]:
        return {"meta": {key: _value(await self._properties(call, image), key)}}

    @route("PUT", "/images/<image>/metadata/<key>", body=schemas.Meta)
    async def set_meta(self, call: Call, image: str, key: str) -> dict[str, Any]:
        await self._properties(call, image)
        if set(call.body.meta) != {key}:
            raise Malformed("The request body and the URI mismatch.")
        await self._images.update(call.principal, image, ImageChange(properties=call.body.meta))
        return {"meta": call.body.meta}

    @route("DELETE", "/images/<image>/metadata/<key>", status=204)
    async def delete_meta(self, call: Call, image: str, key: str) -> None:
        _value(await self._properties(call, image), key)
        await self._images.update(call.principal, image, ImageChange(properties={key: None}))


def _below(call: Call, number: Version) -> None:
    if version(call) >= number:
        raise NotFound("The resource could not be found.")


def _value(properties: dict[str, str], key: str) -> str:
    if key not in properties:
        raise NotFound("Metadata key not found.")
    return properties[key]


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
