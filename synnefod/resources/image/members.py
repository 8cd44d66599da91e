"""Members of an image in Glance v2: who else may read it (14.8).

Sharing takes effect at once, as in the object store; a member who has not accepted can read the
image and does not find it in its lists.
"""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import AlreadyExists, Forbidden, Malformed, NotFound
from synnefod.common.text import iso_z
from synnefod.images.interface import Image, ImageChange, Images
from synnefod.resources.door import Call, route
from synnefod.resources.schemas.image import MemberStatus, NewMember

Document = dict[str, Any]


class GlanceMembers:
    """`/images/<image>/members`; changes are the owner's."""

    def __init__(self, images: Images) -> None:
        self.images = images

    @route("GET", "/images/<image>/members")
    async def list(self, call: Call, image: str) -> Document:
        found = await self._shared(call, image)
        shown = [_member(found, name) for name in _seen(found, call)]
        return {"members": shown, "schema": "/v2/schemas/members"}

    @route("POST", "/images/<image>/members", body=NewMember)
    async def add(self, call: Call, image: str) -> Document:
        found = await self._shared(call, image)
        member = call.body.member.lower()
        if not member or "*" in member:
            raise Malformed("A member is the id of a project.")
        if member in found.members:
            raise AlreadyExists(f"{member[:64]} is a member of image {image} already.")
        change = ImageChange(
            members=(*found.members, member), undecided={**found.undecided, member: "pending"}
        )
        return _member(await self.images.update(call.principal, image, change), member)

    @route("GET", "/images/<image>/members/<member>")
    async def show(self, call: Call, image: str, member: str) -> Document:
        found = await self._shared(call, image)
        return _member(found, self._known(found, call, member))

    @route("PUT", "/images/<image>/members/<member>", body=MemberStatus)
    async def decide(self, call: Call, image: str, member: str) -> Document:
        found = await self._shared(call, image)
        known = self._known(found, call, member)
        if known != call.principal.user:
            raise Forbidden("Only the member decides about its status.")
        return _member(await self.images.decide(call.principal, image, call.body.status), known)

    @route("DELETE", "/images/<image>/members/<member>", status=204)
    async def remove(self, call: Call, image: str, member: str) -> None:
        found = await self._shared(call, image)
        known = self._known(found, call, member)
        left = tuple(name for name in found.members if name != known)
        undecided = {name: said for name, said in found.undecided.items() if name != known}
        change = ImageChange(members=left, undecided=undecided)
        await self.images.update(call.principal, image, change)

    @route("GET", "/schemas/member")
    async def member_schema(self, call: Call) -> Document:
        return MEMBER_SCHEMA

    @route("GET", "/schemas/members")
    async def members_schema(self, call: Call) -> Document:
        properties = {
            "members": {"type": "array", "items": MEMBER_SCHEMA},
            "schema": {"type": "string"},
        }
        return {"name": "members", "properties": properties}

    async def _shared(self, call: Call, image: str) -> Image:
        found = await self.images.get(call.principal, image)
        if found.is_public:
            raise Forbidden("Only shared images have members.")
        return found

    def _known(self, image: Image, call: Call, member: str) -> str:
        if member.lower() not in _seen(image, call):
            raise NotFound(f"{member[:64]} is no member of image {image.id}.")
        return member.lower()


def _seen(image: Image, call: Call) -> list[str]:
    """An owner sees all members, a member itself."""
    if image.owner == call.principal.user:
        return [*image.members]
    return [name for name in image.members if name == call.principal.user]


def _member(image: Image, name: str) -> Document:
    return {
        "image_id": image.id,
        "member_id": name,
        "status": image.member_status(name),
        "created_at": iso_z(image.updated),
        "updated_at": iso_z(image.updated),
        "schema": "/v2/schemas/member",
    }


MEMBER_SCHEMA: Document = {
    "name": "member",
    "properties": {
        "image_id": {"type": "string"},
        "member_id": {"type": "string"},
        "status": {"type": "string", "enum": ["pending", "accepted", "rejected"]},
        "created_at": {"type": "string"},
        "updated_at": {"type": "string"},
        "schema": {"readOnly": True, "type": "string"},
    },
}
