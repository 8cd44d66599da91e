"""Synnefo's image service, in the manner of Glance v1 (compute-image-volume.md 1.14)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.images.interface import Image, ImageChange, ImageHidden, Images
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.faults import UnknownPath
from synnefod.resources.image.changes import change_v1
from synnefod.resources.image.filters import integer, list_v1
from synnefod.resources.image.views import image_brief, image_detail, image_headers
from synnefod.resources.schemas.image import Memberships


class LegacyImages:
    """`/images` of image/v1.0: metadata travels in headers, data through the object store."""

    def __init__(self, images: Images) -> None:
        self.images = images

    @route("GET", "/images")
    async def index(self, call: Call) -> dict[str, Any]:
        images = await self._listed(call)
        return {"images": [image_brief(image) for image in images]}

    @route("GET", "/images/detail")
    async def detail(self, call: Call) -> dict[str, Any]:
        if call.path.endswith("/"):
            raise UnknownPath  # CMP-010
        images = await self._listed(call)
        return {"images": [image_detail(image) for image in images]}

    @route("POST", "/images")
    async def register(self, call: Call) -> Reply:
        location = call.headers.get("X-Image-Meta-Location")
        if not location or not call.headers.get("X-Image-Meta-Name"):
            raise Malformed("X-Image-Meta-Name and X-Image-Meta-Location are required.")
        change = change_v1(call.headers, registering=True)
        before = None
        size = call.headers.get("X-Image-Meta-Size")
        checksum = call.headers.get("X-Image-Meta-Checksum")
        if size is not None:
            before = integer(size, "X-Image-Meta-Size")
        image = await self.images.register(
            call.principal, location, change, size=before, merkle=checksum
        )
        return self._headers(image)

    @route("HEAD", "/images/<image>")
    async def head(self, call: Call, image: str) -> Reply:
        return self._headers(await self._get(call, image))

    @route("GET", "/images/<image>")
    async def show(self, call: Call, image: str) -> Reply:
        """Images are read through the object store (IMG-023)."""
        return Reply(status=501)

    @route("PUT", "/images/<image>")
    async def update(self, call: Call, image: str) -> Reply:
        found = await self._get(call, image)
        owner = call.headers.get("X-Image-Meta-Owner")
        if owner is not None and owner != found.owner:
            raise Forbidden("The owner of an image cannot be changed.")
        change = change_v1(call.headers, registering=False)
        return self._headers(await self.images.update(call.principal, image, change))

    @route("DELETE", "/images/<image>", status=204)
    async def delete(self, call: Call, image: str) -> None:
        await self._get(call, image)
        await self.images.delete(call.principal, image)

    # -- members

    @route("GET", "/images/<image>/members")
    async def members(self, call: Call, image: str) -> dict[str, Any]:
        found = await self._get(call, image)
        return {"members": [{"member_id": name, "can_share": False} for name in found.members]}

    @route("PUT", "/images/<image>/members", status=204, body=Memberships)
    async def replace_members(self, call: Call, image: str) -> None:
        wanted = tuple(each.member_id for each in call.body.memberships)
        await self._set_members(call, await self._get(call, image), wanted)

    @route("PUT", "/images/<image>/members/<member>", status=204)
    async def add_member(self, call: Call, image: str, member: str) -> None:
        found = await self._get(call, image)
        if member not in found.members:
            await self._set_members(call, found, (*found.members, member))

    @route("DELETE", "/images/<image>/members/<member>", status=204)
    async def remove_member(self, call: Call, image: str, member: str) -> None:
        found = await self._get(call, image)
        await self._set_members(
            call, found, tuple(name for name in found.members if name != member)
        )

    @route("GET", "/shared-images/<member>")
    async def shared(self, call: Call, member: str) -> dict[str, Any]:
        """IMG-043: mine that the member may read, and the member's that I may read."""
        me = call.principal.user
        found = [
            image.id
            for image in await self.images.list(call.principal)
            if image.status not in ("queued", "uploading")
            and not image.is_public
            and ((image.owner == me and member in image.members) or image.owner == member != me)
        ]
        return {"shared_images": [{"image_id": each, "can_share": False} for each in found]}

    async def _set_members(self, call: Call, image: Image, members: tuple[str, ...]) -> None:
        await self.images.update(call.principal, image.id, ImageChange(members=members))

    async def _listed(self, call: Call) -> list[Image]:
        images = await self.images.list(call.principal)
        return list_v1(images, call.query, call.principal.user)

    async def _get(self, call: Call, image: str) -> Image:
        """Somebody else's is 403 here (IMG-020)."""
        try:
            found = await self.images.get(call.principal, image)
        except ImageHidden:
            raise Forbidden("The image is somebody else's.") from None
        if found.status in ("queued", "uploading"):
            raise NotFound(f"Image {image} does not exist.")
        return found

    def _headers(self, image: Image) -> Reply:
        return Reply(headers=image_headers(image))
