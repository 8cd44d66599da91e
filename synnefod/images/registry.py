"""Images as objects of the store: made empty, filled, registered from files, listed, removed.

An image has no row of its own. It is an object whose metadata in the domain `plankton` says so;
its id is the object's UUID, and its data is the object's (no copy).
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from attrs import evolve, frozen

from synnefod.common.clockwork import IClock
from synnefod.common.errors import (
    AlreadyExists,
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
)
from synnefod.common.ids import is_uuid, new_uuid
from synnefod.common.principal import Principal
from synnefod.common.text import micros
from synnefod.common.threads import IThreads
from synnefod.images.attributes import (
    ACCEPTED,
    ACTIVE,
    DEACTIVATED,
    MOST_ENTRIES,
    QUEUED,
    UPLOADING,
    image_of,
    is_image,
    written,
)
from synnefod.images.changes import check_room, owned, said_of, sharing_after
from synnefod.images.interface import (
    Data,
    Image,
    ImageChange,
    ImageHasData,
    ImageHidden,
    ImageInUse,
    ImageNotFound,
    ImageWithoutFormat,
    NewSnapshot,
    Opened,
)
from synnefod.images.places import Digesting, Nothing, as_owner, parse_location, place_of
from synnefod.objects.interface import (
    PLANKTON,
    Available,
    ConditionFailed,
    Conditions,
    ContainerChange,
    DomainObject,
    ObjectChange,
    Objects,
    Place,
    Sharing,
    Write,
)
from synnefod.store.interface import Tx

CONTAINER = "images"
"""Where the data of uploaded images lies in their owner's account."""
SNAPSHOTS = "snapshots"
"""Where the files of snapshots lie in their owner's account (VOL-063)."""
CONTENT_TYPE = "application/octet-stream"


@frozen
class ImageService:
    """The Images protocol over the object store."""

    objects: Objects
    clock: IClock
    threads: IThreads

    # -- reading

    async def list(self, principal: Principal) -> list[Image]:
        found = await self.objects.domain_objects(PLANKTON, principal=principal)
        return [image_of(each) for each in found if is_image(each.properties)]

    async def all(self) -> Sequence[Image]:
        found = await self.objects.domain_objects(PLANKTON)
        return [image_of(each) for each in found if is_image(each.properties)]

    async def get(self, principal: Principal, image: str) -> Image:
        return image_of(await self._find(principal, image))

    async def _find(self, principal: Principal, image: str) -> DomainObject:
        """Raises ImageNotFound."""
        if not is_uuid(image):
            raise ImageNotFound(f"No image found with ID {image[:64]}")
        try:
            found = await self.objects.object_by_uuid(image, principal=principal)
        except NotFound:
            raise ImageNotFound(f"No image found with ID {image}") from None
        except Forbidden:
            raise ImageHidden(f"No image found with ID {image}") from None
        if not is_image(found.properties):
            raise ImageNotFound(f"No image found with ID {image}")
        return found

    async def resolve(self, principal: Principal, image: str) -> Image:
        found = await self.get(principal, image)
        if found.status != ACTIVE or found.map_name is None:
            raise ImageNotFound(f"Image {image} is not active.")
        return found

    async def open(self, principal: Principal, image: str) -> tuple[Image, Opened]:
        found = await self.get(principal, image)
        if found.status == DEACTIVATED and not principal.is_admin:
            raise Forbidden("The image is deactivated.")
        if found.size is None:
            raise Conflict("The image has no data yet.")
        return found, await self.objects.open(principal, place_of(found))

    # -- making

    async def create(
        self, principal: Principal, change: ImageChange, *, image: str | None = None
    ) -> Image:
        identifier = image or new_uuid()
        if not is_uuid(identifier):
            raise Malformed(f"'{identifier[:64]}' is not a UUID.")
        place = Place(principal.user, CONTAINER, identifier)
        said = said_of(change) | written(
            name=change.name or "",
            status=QUEUED,
            created=micros(self.clock.seconds()),
            own_data=True,
        )
        await self.objects.put_container(principal, principal.user, CONTAINER, ContainerChange())
        if image is not None:
            try:
                await self.objects.object_by_uuid(identifier)
            except NotFound:
                pass
            else:
                raise AlreadyExists(f"Image ID {identifier} already exists!")
        try:
            await self.objects.write(
                principal,
                place,
                Write(
                    CONTENT_TYPE,
                    length=0,
                    uuid=identifier,
                    conditions=Conditions(none_match=("*",)),
                    domains=lambda: {PLANKTON: said},
                    sharing=sharing_after(change, None),
                    max_metadata=MOST_ENTRIES,
                ),
                Nothing(),
            )
        except ConditionFailed:
            raise AlreadyExists(f"There is a file for image {identifier} already.") from None
        return await self.get(principal, identifier)

    async def upload(
        self, principal: Principal, image: str, body: Data, *, length: int | None = None
    ) -> Image:
        return await self._fill(principal, image, body, length, ACTIVE)

    async def stage(
        self, principal: Principal, image: str, body: Data, *, length: int | None = None
    ) -> Image:
        return await self._fill(principal, image, body, length, UPLOADING)

    async def import_staged(self, principal: Principal, image: str) -> Image:
        found = await self._own(principal, image)
        if found.status != UPLOADING:
            raise Conflict(f"Nothing is staged for image {image}.")
        await self.objects.update_domain(
            principal, place_of(found), PLANKTON, written(status=ACTIVE)
        )
        return await self.get(principal, image)

    async def enable(self, principal: Principal, image: str, *, enabled: bool) -> None:
        if not principal.is_admin:
            raise Forbidden("Only administrators deactivate images.")
        try:
            found = image_of(await self.objects.object_by_uuid(image))
        except NotFound:
            raise ImageNotFound(f"No image found with ID {image[:64]}") from None
        if found.status not in (ACTIVE, DEACTIVATED):
            raise Forbidden(f"Image {image} is {found.status}.")
        said = written(status=ACTIVE if enabled else DEACTIVATED)
        await self.objects.update_domain(as_owner(found), place_of(found), PLANKTON, said)

    async def decide(self, principal: Principal, image: str, status: str) -> Image:
        found = await self.get(principal, image)
        if principal.user not in found.members:
            raise Forbidden("Only the member decides about its status.")
        if status not in (ACCEPTED, "pending", "rejected"):
            raise Malformed("A status is one of accepted, pending, rejected.")
        kept = {name: said for name, said in found.undecided.items() if name != principal.user}
        if status != ACCEPTED:
            kept[principal.user] = status
        said = written(undecided=kept)
        await self.objects.update_domain(as_owner(found), place_of(found), PLANKTON, said)
        return await self.get(principal, image)

    async def _fill(
        self, principal: Principal, image: str, body: Data, length: int | None, then: str
    ) -> Image:
        found = await self._own(principal, image)
        if found.status != QUEUED:
            raise ImageHasData(f"Image {image} has its data already.")
        if not (found.disk_format and found.container_format):
            raise ImageWithoutFormat()
        digest = Digesting(body, self.threads)
        try:
            await self.objects.write(
                principal,
                place_of(found),
                Write(
                    CONTENT_TYPE,
                    # Nobody else's data came meanwhile, and the image is still there.
                    conditions=Conditions(match=(found.merkle,)),
                    length=length,
                    keep_md5=True,
                    domains=lambda: {
                        PLANKTON: written(status=then, sha512=digest.sha512.hexdigest())
                    },
                    max_metadata=MOST_ENTRIES + 1,
                ),
                digest,
            )
        except ConditionFailed:
            await self.get(principal, image)
            raise ImageHasData(f"Image {image} has its data already.") from None
        return await self.get(principal, image)

    async def register(
        self,
        principal: Principal,
        location: str,
        change: ImageChange,
        *,
        size: int | None = None,
        merkle: str | None = None,
    ) -> Image:
        place = parse_location(location)
        thing = await self.objects.object(principal, place)
        if size is not None and size != thing.size:
            raise Malformed(f"The file has {thing.size} bytes, not {size}.")
        if merkle is not None and merkle.lower() != thing.hash:
            raise Malformed("The checksum is not the hash of the file.")
        if place.account != principal.user:
            raise Forbidden("Only its owner may make an image of a file.")
        try:
            already = await self._find(principal, thing.uuid)
            before: Image | None = image_of(already)
            said_before = already.properties
        except NotFound:
            before, said_before = None, {}
        defaults = ImageChange(
            disk_format=change.disk_format or (before and before.disk_format) or "diskdump",
            container_format=change.container_format
            or (before and before.container_format)
            or "bare",
        )
        said = said_of(
            evolve(
                change,
                disk_format=defaults.disk_format,
                container_format=defaults.container_format,
            )
        )
        if before is None:
            said |= written(created=micros(self.clock.seconds()))
        check_room(said_before, said)
        await self.objects.update_domain(principal, place, PLANKTON, said)
        await self._share(principal, place, change, thing.sharing)
        return await self.get(principal, thing.uuid)

    # -- snapshots

    async def add_snapshot(self, tx: Tx, new: NewSnapshot) -> str:
        wanted = new.name.replace("/", "_")
        place = Place(new.owner, SNAPSHOTS, wanted)
        if wanted in ("", ".", "..") or await self.objects.taken(tx, place):
            place = Place(new.owner, SNAPSHOTS, f"{wanted} ({new.map_name})")
        said = written(
            name=new.name,
            description=new.description,
            disk_format="diskdump",
            container_format="bare",
            created=micros(self.clock.seconds()),
            own_data=True,
            volume=new.volume,
            properties=new.properties,
        )
        if len(said) > MOST_ENTRIES:
            raise Malformed(f"An image has at most {MOST_ENTRIES} attributes and properties.")
        return await self.objects.register_map(
            new.owner,
            place,
            size=new.size,
            content_type=CONTENT_TYPE,
            map_name=new.map_name,
            domain=PLANKTON,
            properties={key: value for key, value in said.items() if value},
            tx=tx,
        )

    async def end_snapshot(self, tx: Tx, image: str, *, good: bool) -> None:
        available = Available.YES if good else Available.ERROR
        with contextlib.suppress(NotFound):  # deleted meanwhile
            await self.objects.set_available(image, available, tx=tx)

    # -- changing

    async def update(self, principal: Principal, image: str, change: ImageChange) -> Image:
        known = await self._find(principal, image)
        found = owned(principal, image_of(known))
        properties = dict(change.properties)
        if change.replace_properties:
            properties = {**dict.fromkeys(found.properties), **properties}
        undecided = change.undecided
        if undecided is None and change.members is not None and found.undecided:
            left = [name for name in found.undecided if name in change.members]
            undecided = {name: found.undecided[name] for name in left}
        said = said_of(evolve(change, properties=properties, undecided=undecided))
        place = place_of(found)
        if said:
            check_room(known.properties, said)
            await self.objects.update_domain(principal, place, PLANKTON, said)
        if change.public is not None or change.members is not None:
            thing = await self.objects.object(principal, place)
            await self._share(principal, place, change, thing.sharing)
        return await self.get(principal, image)

    async def delete(self, principal: Principal, image: str) -> None:
        found = await self._own(principal, image)
        if found.protected:
            raise ImageInUse(f"Image {image} is protected and cannot be deleted.")
        if found.own_data:
            await self.objects.delete_object(principal, place_of(found))
        else:
            await self.objects.update_domain(principal, place_of(found), PLANKTON, {}, replace=True)

    async def _own(self, principal: Principal, image: str) -> Image:
        return owned(principal, await self.get(principal, image))

    async def _share(
        self, principal: Principal, place: Place, change: ImageChange, now: Sharing | None
    ) -> None:
        """Writes the readers down if they differ."""
        wanted = sharing_after(change, now)
        if wanted is not None and wanted != now:
            await self.objects.update_object(principal, place, ObjectChange(sharing=wanted))
