"""Images that machines can be made from."""

from __future__ import annotations

from attrs import frozen

from synnefod.images.interface import Image, ImageNotFound
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Mails, Office, Row, when


class Listing(Mails):
    """`user`: what that person can see; None: all there are."""

    user: str | None = None
    public: bool = False


class Named(Body):
    image: str


@frozen
class ImageVerbs:
    """image-list, image-show."""

    office: Office

    @route("POST", "/v1/image-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        """Newest first (OPS-077)."""
        body: Listing = call.body
        images = self.office.house.images
        if body.user is None:
            found = await images.all()
        else:
            found = await images.list(await self.office.acting(body.user))
        rows = [listed(image) for image in found if image.is_public or not body.public]
        return {"rows": await self.office.with_emails(rows, body.mails)}

    @route("POST", "/v1/image-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        wanted: str = call.body.image
        found = await self.office.house.images.all()
        image = next((each for each in found if each.id == wanted), None)
        if image is None:
            raise ImageNotFound(f"No image found with ID {wanted[:64]}")
        row = listed(image) | {
            "status": image.status,
            "size": image.size,
            "disk_format": image.disk_format,
            "container_format": image.container_format,
            "location": image.location,
            "mapfile": image.map_name,
            "created": when(image.created),
            "updated": when(image.updated),
        }
        properties = [
            {"property": name, "value": value} for name, value in sorted(image.properties.items())
        ]
        return {"row": row, "tables": {"properties": properties}}


def listed(image: Image) -> Row:
    """The columns of image-list."""
    return {
        "id": image.id,
        "name": image.name,
        "user.uuid": image.owner,
        "public": image.is_public,
        "snapshot": image.is_snapshot,
    }
