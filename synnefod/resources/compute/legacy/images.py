"""Images through compute, legacy dialect: `/cyclades/compute/v2.0/images` (1.10, 3.6)."""

from __future__ import annotations

from typing import Any

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound, NotModified, Unsupported
from synnefod.common.text import iso_offset
from synnefod.images.interface import Image, ImageChange, ImageHidden, Images
from synnefod.resources.compute.legacy import views
from synnefod.resources.compute.reading import image_status
from synnefod.resources.door import Call, route
from synnefod.resources.schemas import compute as schemas
from synnefod.resources.since import changes_since

_UNFINISHED = ("queued", "uploading", "importing")


class LegacyImages:
    """What the image service has, as compute shows it."""

    def __init__(self, images: Images, clock: IClock, poll_limit: int) -> None:
        self._images = images
        self._clock = clock
        self._poll_limit = poll_limit

    async def _listed(self, call: Call) -> list[Image]:
        """By id, snapshots too; with `changes-since` those changed since then, 304 for none."""
        since = changes_since(call, self._clock, self._poll_limit)
        found = await self._images.list(call.principal)
        found = [
            image
            for image in found
            if image.status not in _UNFINISHED and (since is None or image.updated >= since)
        ]
        if since is not None and not found:
            raise NotModified
        return sorted(found, key=lambda image: image.id)

    async def _get(self, call: Call, image: str) -> Image:
        """Somebody else's is 403 here (CMP-243)."""
        try:
            found = await self._images.get(call.principal, image)
        except ImageHidden:
            raise Forbidden("The image is somebody else's.") from None
        if found.status in _UNFINISHED:
            raise NotFound(f"Image {image[:64]} does not exist.")
        return found

    @route("GET", "/images")
    async def index(self, call: Call) -> dict[str, Any]:
        return {"images": [_brief(image) for image in await self._listed(call)]}

    @route("GET", "/images/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        return {"images": [_shown(image, call.url) for image in await self._listed(call)]}

    @route("POST", "/images", body=Any)
    async def create(self, call: Call) -> None:
        raise Unsupported("Images are made with the image service.")

    @route("GET", "/images/<image>")
    async def show(self, call: Call, image: str) -> dict[str, Any]:
        return {"image": _shown(await self._get(call, image), call.url)}

    @route("DELETE", "/images/<image>", status=204)
    async def delete(self, call: Call, image: str) -> None:
        await self._get(call, image)
        await self._images.delete(call.principal, image)

    @route("GET", "/images/<image>/metadata")
    async def metadata(self, call: Call, image: str) -> dict[str, Any]:
        return {"metadata": dict((await self._get(call, image)).properties)}

    @route("POST", "/images/<image>/metadata", body=schemas.Metadata, status=201)
    async def merge(self, call: Call, image: str) -> dict[str, Any]:
        return {"metadata": await self._change(call, image, call.body.metadata)}

    @route("GET", "/images/<image>/metadata/<key>")
    async def meta(self, call: Call, image: str, key: str) -> dict[str, Any]:
        return {"meta": {key: _property(await self._get(call, image), key)}}

    @route("PUT", "/images/<image>/metadata/<key>", body=schemas.Meta, status=201)
    async def set_meta(self, call: Call, image: str, key: str) -> dict[str, Any]:
        if set(call.body.meta) != {key}:
            raise Malformed("Malformed request: the body names another key.")
        await self._change(call, image, call.body.meta)
        return {"meta": call.body.meta}

    @route("DELETE", "/images/<image>/metadata/<key>", status=204)
    async def delete_meta(self, call: Call, image: str, key: str) -> None:
        _property(await self._get(call, image), key)
        await self._change(call, image, {key: None})

    async def _change(
        self, call: Call, image: str, values: dict[str, str] | dict[str, None]
    ) -> dict[str, str]:
        await self._get(call, image)
        change = ImageChange(properties=dict(values))
        return dict((await self._images.update(call.principal, image, change)).properties)


def _property(image: Image, key: str) -> str:
    if key not in image.properties:
        raise NotFound("Metadata key not found.")
    return image.properties[key]


def _brief(image: Image) -> dict[str, Any]:
    return {"id": image.id, "name": image.name}


def _shown(image: Image, url: str) -> dict[str, Any]:
    linked = views.image(image.id, url)
    return {
        **_brief(image),
        "links": linked["links"] if isinstance(linked, dict) else [],
        "updated": iso_offset(image.updated),
        "created": iso_offset(image.created),
        "status": image_status(image),
        "progress": 100 if image.status == "active" else 0,
        "user_id": image.owner,
        "tenant_id": image.owner,
        "public": image.is_public,
        "metadata": dict(image.properties),
        "is_snapshot": image.is_snapshot,
    }
