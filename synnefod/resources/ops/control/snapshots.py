"""Snapshots of volumes, which are images (OPS-096, OPS-097)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import NotFound
from synnefod.common.ids import VolumeId
from synnefod.common.principal import Principal
from synnefod.compute.interface import Snapshot
from synnefod.images.interface import Image, ImageChange
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import (
    ADMINISTRATOR,
    Body,
    Mails,
    Number,
    Office,
    Row,
    when,
)

GIB = 1 << 30


class Create(Body):
    volume: Number
    name: str = ""
    description: str = ""


class Listing(Mails):
    """`user`: what that person can see; None: all there are."""

    user: str | None = None
    public: bool = False


class Named(Body):
    """`user` None: the snapshot's owner acts."""

    snapshot: str
    user: str | None = None


class Modify(Named):
    name: str | None = None
    description: str | None = None


@frozen
class SnapshotVerbs:
    """snapshot-create/-list/-show/-modify/-remove."""

    office: Office

    @route("POST", "/v1/snapshot-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        """For the volume's owner."""
        body: Create = call.body
        house = self.office.house
        volume = await house.volumes.get(ADMINISTRATOR, VolumeId(body.volume))
        owner = await self.office.acting(volume.user)
        wanted = Snapshot(volume.id, body.name, body.description)
        return _shown(await house.compute.compute.snapshots.take(owner, wanted))

    @route("POST", "/v1/snapshot-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        images = self.office.house.images
        if body.user is None:
            found = await images.all()
        else:
            found = await images.list(await self.office.acting(body.user))
        rows = [
            listed(image)
            for image in found
            if image.is_snapshot and (image.is_public or not body.public)
        ]
        return {"rows": await self.office.with_emails(rows, body.mails, "owner")}

    @route("POST", "/v1/snapshot-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        return _shown(await self._one(call.body.snapshot))

    @route("POST", "/v1/snapshot-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        found = await self._one(body.snapshot)
        change = ImageChange(name=body.name, description=body.description)
        asker = await self._asker(found, body.user)
        return _shown(await self.office.house.images.update(asker, found.id, change))

    @route("POST", "/v1/snapshot-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        body: Named = call.body
        found = await self._one(body.snapshot)
        await self.office.house.images.delete(await self._asker(found, body.user), found.id)
        return {"row": {"id": found.id, "removed": True}}

    async def _one(self, snapshot: str) -> Image:
        for found in await self.office.house.images.all():
            if found.id == snapshot and found.is_snapshot:
                return found
        raise NotFound(f"Snapshot {snapshot[:64]} does not exist.")

    async def _asker(self, image: Image, user: str | None) -> Principal:
        return await self.office.acting(user or image.owner)


def listed(image: Image) -> Row:
    """The columns of snapshot-list; sizes in GiB."""
    return {
        "id": image.id,
        "name": image.name,
        "volume_id": int(image.volume) if image.volume.isdecimal() else None,
        "size": -(-(image.size or 0) // GIB),
        "mapfile": image.map_name,
        "status": {"active": "AVAILABLE", "saving": "CREATING"}.get(image.status, "ERROR"),
        "owner": image.owner,
        "is_public": image.is_public,
    }


def _shown(image: Image) -> Row:
    row = listed(image) | {
        "description": image.description,
        "location": image.location,
        "created": when(image.created),
        "updated": when(image.updated),
    }
    properties = [
        {"property": name, "value": value} for name, value in sorted(image.properties.items())
    ]
    return {"row": row, "tables": {"properties": properties}}
