"""Rescue images (CMP-284)."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from synnefod.compute.interface.rescue import RescueImage, RescueImageChange, RescueImages
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Office, Row

Kind = Literal["file", "http"]


class Listing(Body):
    deleted: bool = False


class Create(Body):
    """`location_type` None: told by the location itself; `name` "": the location."""

    location: str
    name: str = ""
    location_type: Kind | None = None
    os_family: str = ""
    os: str = ""
    target_os_family: str = ""
    target_os: str = ""
    default: bool = False
    dry_run: bool = False


class Modify(Body):
    """What is None is left alone."""

    image: Number
    name: str | None = None
    location: str | None = None
    location_type: Kind | None = None
    os_family: str | None = None
    os: str | None = None
    target_os_family: str | None = None
    target_os: str | None = None
    default: bool | None = None
    deleted: bool | None = None
    dry_run: bool = False


class Remove(Body):
    image: Number
    force: bool = False
    dry_run: bool = False


@frozen
class RescueVerbs:
    """rescue-image-create, -list, -modify, -remove."""

    office: Office

    @property
    def _images(self) -> RescueImages:
        return self.office.house.compute.compute.rescue_images

    @route("POST", "/v1/rescue-image-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        found = await self._images.all(deleted=call.body.deleted)
        return {"rows": [listed(image) for image in found]}

    @route("POST", "/v1/rescue-image-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        body: Create = call.body
        new = RescueImage(
            id=0,
            name=body.name or body.location,
            location=body.location,
            location_type=body.location_type or kind_of(body.location),
            os_family=body.os_family,
            os=body.os,
            target_os_family=body.target_os_family,
            target_os=body.target_os,
            default=body.default,
        )
        return {"row": listed(await self._images.create(new, dry_run=body.dry_run))}

    @route("POST", "/v1/rescue-image-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        kind = body.location_type
        if kind is None and body.location is not None:
            kind = kind_of(body.location)
        change = RescueImageChange(
            name=body.name,
            location=body.location,
            location_type=kind,
            os_family=body.os_family,
            os=body.os,
            target_os_family=body.target_os_family,
            target_os=body.target_os,
            default=body.default,
            deleted=body.deleted,
        )
        return {"row": listed(await self._images.modify(body.image, change, dry_run=body.dry_run))}

    @route("POST", "/v1/rescue-image-remove", body=Remove, auth=False)
    async def remove(self, call: Call) -> Row:
        body: Remove = call.body
        await self._images.remove(body.image, force=body.force, dry_run=body.dry_run)
        return {"row": {"id": body.image, "removed": not body.dry_run}}


def kind_of(location: str) -> Kind:
    return "http" if location.startswith(("http://", "https://")) else "file"


def listed(image: RescueImage) -> Row:
    """The columns of rescue-image-list."""
    return {
        "id": image.id,
        "name": image.name,
        "location_type": image.location_type,
        "location": image.location,
        "os_family": image.os_family,
        "os": image.os,
        "target_os_family": image.target_os_family,
        "target_os": image.target_os,
        "deleted": image.deleted,
        "is_default": image.default,
        "vms_using_image": image.used,
    }
