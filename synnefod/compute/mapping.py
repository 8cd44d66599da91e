"""Which disks a new server gets, and from where (1.3.1): checked before anything is recorded."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import VolumeId
from synnefod.common.principal import Principal
from synnefod.compute.rooms import Rooms
from synnefod.compute.values import Disk, Flavor, Limits, NewServer, TooManyItems
from synnefod.images.interface import Image
from synnefod.volumes.interface import Volume, VolumeRequest

_GIB = 1 << 30


@frozen
class Disks:
    """The disks in order, and the image of the server, None for one that starts from a volume.

    `origin`: the image that a root volume was once made from, if it can still be read.
    """

    requests: tuple[VolumeRequest, ...]
    image: Image | None
    origin: Image | None = None


async def plan_disks(
    rooms: Rooms, principal: Principal, wanted: NewServer, flavor: Flavor
) -> Disks:
    """Raises Malformed, NotFound (image), Unsupported (CMP-106), TooManyItems."""
    if len(wanted.disks) > rooms.limits.max_disks:
        raise TooManyItems(f"A server has at most {rooms.limits.max_disks} disks.")
    disks = wanted.disks or (Disk("image", wanted.image),)
    root = disks[0]
    if root.source == "blank":
        raise Malformed("The first disk cannot be blank.")
    if root.source == "volume":
        image = await _image(rooms, principal, wanted.image, flavor) if wanted.image else None
        origin = image or await _origin(rooms, principal, root)
    else:
        if wanted.image and wanted.image != root.id:
            raise Malformed("The image and the first disk's image differ.")
        image = origin = await _image(rooms, principal, root.id, flavor)
    if sum(disk.source == "volume" for disk in disks) > len(
        {disk.id for disk in disks if disk.source == "volume"}
    ):
        raise Malformed("A volume cannot be two disks.")
    requests = [
        await _request(rooms, principal, flavor, disk, place, image)
        for place, disk in enumerate(disks)
    ]
    return Disks(tuple(requests), image, origin)


async def _image(rooms: Rooms, principal: Principal, name: str, flavor: Flavor) -> Image:
    if not name:
        raise Malformed("No image is named.")
    image = await rooms.images.resolve(principal, name)
    if image.size is None or image.map_name is None:
        raise Malformed("The image has no data.")
    if flavor.ram < image.min_ram:
        raise Malformed("The flavor's memory is too small for the image.")
    return image


async def _origin(rooms: Rooms, principal: Principal, disk: Disk) -> Image | None:
    """What an existing root volume was filled from, as far as the asker may know."""
    try:
        volume = await rooms.volumes.get(principal, volume_number(disk.id))
        kind, _, name = (volume.source or "").partition(":")
        if kind in ("image", "snapshot"):
            return await rooms.images.resolve(principal, name)
    except NotFound:
        pass
    return None


async def _request(
    rooms: Rooms, principal: Principal, flavor: Flavor, disk: Disk, place: int, known: Image | None
) -> VolumeRequest:
    if disk.keep and disk.source != "volume":
        await rooms.store.read(
            "whether a volume can outlive its server",
            lambda tx: rooms.volumes.check_keeping(tx, flavor.volume_type),
        )
    if disk.source == "volume":
        number = volume_number(disk.id)
        return VolumeRequest(0, existing=number, delete_on_termination=not disk.keep)
    size = _size(rooms.limits, flavor, disk.size, place)
    if disk.source == "blank":
        return VolumeRequest(size, delete_on_termination=not disk.keep)
    if disk.source == "snapshot" and not may_use_snapshots(rooms.limits, principal):
        raise Malformed("Snapshots are not enabled.")
    if place:
        provider = flavor.disk_template.partition("_")[2]
        if provider not in rooms.limits.clone_providers:
            raise Malformed("Only the first disk can have a source with this kind of disk.")
    same = known is not None and known.id == disk.id
    image = known if same and known else await rooms.images.resolve(principal, disk.id)
    if disk.source == "snapshot" and not image.is_snapshot:
        raise Malformed(f"Snapshot {disk.id[:64]} does not exist.")
    if size < max(image.min_disk, -(-(image.size or 0) // _GIB)):
        raise Malformed("The volume is smaller than its image.")
    return VolumeRequest(
        size,
        source=f"{'snapshot' if image.is_snapshot else 'image'}:{image.id}",
        origin=image.map_name,
        origin_size=image.size,
        delete_on_termination=not disk.keep,
    )


def _size(limits: Limits, flavor: Flavor, size: int | None, place: int) -> int:
    if size is None:
        if place:
            raise Malformed("Volume size is required.")
        return flavor.disk
    if not 0 < size <= max(limits.max_volume_size, flavor.disk):
        raise Malformed(f"A volume has 1 to {limits.max_volume_size} GiB.")
    if place == 0 and size != flavor.disk:
        raise Malformed("The first disk has the size that the flavor says.")
    return size


def may_use_snapshots(limits: Limits, principal: Principal) -> bool:
    """VOL-060."""
    roles = limits.snapshot_roles
    return limits.snapshots and (not roles or principal.is_admin or principal.has_any(roles))


def volume_number(text: str) -> VolumeId:
    """Raises Malformed for what is no volume's number."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(f"Volume {text[:64]} does not exist.")
    return VolumeId(int(text))


def new_room(requests: tuple[VolumeRequest, ...]) -> int:
    """GiB that the cluster must have for the disks that are made."""
    return sum(request.size for request in requests if request.existing is None)


def is_filled(volumes: list[Volume]) -> bool:
    """Whether the first disk holds data already, which no deployment writes over."""
    return bool(volumes) and volumes[0].filled
