"""Images: objects of the store that machines can be made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.common.principal import Principal


@frozen
class Image:
    """A registered image (compute-image-volume.md 1.14, 14.8). Sizes in bytes, times in micros.

    `map_name` and `size` name the data towards Ganeti: `pithosmap://<map_name>/<size>`.
    `location` is `pithos://<account>/<container>/<object>`; None while no data was uploaded.
    """

    id: str
    name: str
    owner: UserId
    status: str
    size: int | None
    checksum: str | None
    disk_format: str | None
    container_format: str | None
    is_public: bool
    protected: bool
    min_disk: int
    min_ram: int
    created: int
    updated: int
    location: str | None
    map_name: str | None
    version: int
    properties: Mapping[str, str]
    is_snapshot: bool = False


class Images(Protocol):
    """What compute and volumes need of images."""

    async def resolve(self, principal: Principal, image: str) -> Image:
        """The image, if the asker may use it and it is active. Raises NotFound."""
