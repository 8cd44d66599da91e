"""Images: objects of the store that machines can be made from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from attrs import Factory, frozen

from synnefod.common.errors import Conflict, Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx


@frozen
class Image:
    """A registered image (compute-image-volume.md 1.14, 14.8). Sizes in bytes, times in micros.

    `status` is a word of Glance v2. `checksum` is the MD5 of the data, `sha512` its SHA-512, hex;
    None if they were never computed; `merkle` the root of its block hashes. `map_name` and `size`
    name the data towards Ganeti: `pithosmap://<map_name>/<size>`; None while no data was uploaded.
    `location` is `pithos://<account>/<container>/<object>`. `members` are users and groups that it
    is shared with. `own_data`: the file was made for the image and goes with it.
    `community`: readable by everybody, but not in the lists of others. `volume`: the number of the
    volume that it is a snapshot of, or "". `undecided`: members and what they said (`pending`,
    `rejected`) who have not accepted.
    """

    id: str
    name: str
    owner: UserId
    status: str
    size: int | None
    checksum: str | None
    merkle: str
    sha512: str | None
    disk_format: str | None
    container_format: str | None
    is_public: bool
    members: tuple[str, ...]
    protected: bool
    hidden: bool
    min_disk: int
    min_ram: int
    tags: tuple[str, ...]
    created: int
    updated: int
    description: str
    location: str
    map_name: str | None
    version: int
    properties: Mapping[str, str]
    is_snapshot: bool = False
    own_data: bool = False
    community: bool = False
    volume: str = ""
    undecided: Mapping[str, str] = Factory(dict)

    def member_status(self, member: str) -> str:
        """`accepted` unless the member said, or was asked, otherwise (14.8)."""
        return self.undecided.get(member, "accepted")


@frozen
class NewSnapshot:
    """A snapshot of a volume whose data the storage is about to make as the map `map_name`; `size`
    in bytes (VOL-063 to VOL-065)."""

    owner: UserId
    name: str
    description: str
    volume: str
    size: int
    map_name: str
    properties: Mapping[str, str]


@frozen
class ImageChange:
    """Attributes to set; None leaves one alone. A property of None is removed.

    `public`: readable by everybody, or not. `members`: the others who may read it, instead of
    those of now; a public image keeps none (PIT-208). `replace_properties`: those not named go.
    """

    name: str | None = None
    disk_format: str | None = None
    container_format: str | None = None
    description: str | None = None
    min_disk: int | None = None
    min_ram: int | None = None
    protected: bool | None = None
    hidden: bool | None = None
    tags: tuple[str, ...] | None = None
    public: bool | None = None
    community: bool | None = None
    members: tuple[str, ...] | None = None
    undecided: Mapping[str, str] | None = None
    properties: Mapping[str, str | None] = Factory(dict)
    replace_properties: bool = False


class ImageNotFound(NotFound):
    """The image does not exist."""


class ImageInUse(Forbidden):
    """The image is protected and cannot be deleted."""


class ImageWithoutFormat(Malformed):
    """disk_format and container_format must be set before data is uploaded."""


class ImageHidden(ImageNotFound):
    """The image is somebody else's."""


class ImageHasData(Conflict):
    """The image has its data already."""


class Data(Protocol):
    """A body to store, in pieces; b"" at the end."""

    async def read_some(self) -> bytes: ...


class Opened(Protocol):
    """An image's data, ready to be read."""

    async def data(self, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """The bytes `start` to `stop` (exclusive), each checked against its block's hash."""


class Images(Protocol):
    """What the doors, compute and volumes need of images."""

    async def resolve(self, principal: Principal, image: str) -> Image:
        """The image, if the asker may use it and it is active. Raises NotFound."""

    async def create(
        self, principal: Principal, change: ImageChange, *, image: str | None = None
    ) -> Image:
        """A queued image without data, in the asker's account. `image` is a wished id.

        Raises AlreadyExists for an id in use, Malformed, OverQuota.
        """

    async def upload(
        self, principal: Principal, image: str, body: Data, *, length: int | None = None
    ) -> Image:
        """The data of a queued image, which is active then; on any failure it stays queued.

        Raises ImageNotFound, ImageHasData, ImageWithoutFormat, OverQuota, TooLarge.
        """

    async def stage(
        self, principal: Principal, image: str, body: Data, *, length: int | None = None
    ) -> Image:
        """As `upload`, but the image waits in `uploading` for its import."""

    async def import_staged(self, principal: Principal, image: str) -> Image:
        """What was staged is its data. Raises ImageNotFound, Conflict when nothing is staged."""

    async def enable(self, principal: Principal, image: str, *, enabled: bool) -> None:
        """By an administrator: whether its data may be read. A second call does nothing. Raises
        ImageNotFound, Forbidden (also for an image without data)."""

    async def decide(self, principal: Principal, image: str, status: str) -> Image:
        """What a member says: accepted, pending, rejected. Raises ImageNotFound, Forbidden for
        somebody who is no member, Malformed."""

    async def register(
        self,
        principal: Principal,
        location: str,
        change: ImageChange,
        *,
        size: int | None = None,
        merkle: str | None = None,
    ) -> Image:
        """Makes an image of an existing file (IMG-010 to IMG-017); the same file again updates it.

        Raises Malformed for a location that is none, or when `size` or `merkle` are given and are
        not the file's; NotFound; Forbidden unless the file is the asker's.
        """

    async def add_snapshot(self, tx: Tx, new: NewSnapshot) -> str:
        """The id of an image in status `saving`, its file in the owner's container `snapshots`,
        charged there at its full size. Raises Malformed, OverQuota."""

    async def end_snapshot(self, tx: Tx, image: str, *, good: bool) -> None:
        """Its data is there, or never will be. A second call, or one for a deleted image, does
        nothing."""

    async def list(self, principal: Principal) -> list[Image]:
        """Own, shared and public images, newest first (IMG-003)."""

    async def all(self) -> Sequence[Image]:
        """Everybody's, newest first: for the administrator."""

    async def get(self, principal: Principal, image: str) -> Image:
        """Raises ImageNotFound, also when the asker may not see it."""

    async def update(self, principal: Principal, image: str, change: ImageChange) -> Image:
        """Owner only (Forbidden)."""

    async def delete(self, principal: Principal, image: str) -> None:
        """The registration goes, and the data if it was made for the image. Raises ImageInUse."""

    async def open(self, principal: Principal, image: str) -> tuple[Image, Opened]:
        """The data. Raises Conflict while there is none, Forbidden when deactivated."""
