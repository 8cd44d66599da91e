"""Rescue: a stopped server is set to start from another medium, and back (CMP-139 to CMP-142)."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from synnefod.common.errors import FeatureDisabled, NotFound
from synnefod.common.principal import Principal


class RescueDisabled(FeatureDisabled):
    """Rescue is not enabled."""


class RescueImageNotFound(NotFound):
    """Rescue image not found."""


@frozen
class RescueImage:
    """A medium to start broken servers from. `location`: a path below the deployment's folder of
    such images, or an address (`location_type` file or http). The targets say for which systems it
    is meant; `used`: how many servers are in rescue with it."""

    id: int
    name: str
    location: str
    location_type: str
    os_family: str = ""
    os: str = ""
    target_os_family: str = ""
    target_os: str = ""
    default: bool = False
    deleted: bool = False
    used: int = 0


@frozen
class RescueImageChange:
    """What is None stays as it is."""

    name: str | None = None
    location: str | None = None
    location_type: str | None = None
    os_family: str | None = None
    os: str | None = None
    target_os_family: str | None = None
    target_os: str | None = None
    default: bool | None = None
    deleted: bool | None = None


class Rescue(Protocol):
    """For users. Both raise RescueDisabled, and what Actions raise."""

    async def rescue(self, principal: Principal, server: int, image: int | None = None) -> None:
        """Without an image the one that fits the server's system best. Raises WrongState when it
        is in rescue already, RescueImageNotFound."""

    async def unrescue(self, principal: Principal, server: int) -> None:
        """Raises WrongState when it is not in rescue."""


class RescueImages(Protocol):
    """For administrators (CMP-284). With `dry_run` everything is checked and nothing changed."""

    async def all(self, *, deleted: bool = False) -> list[RescueImage]:
        """By id."""

    async def create(self, new: RescueImage, *, dry_run: bool = False) -> RescueImage:
        """A new default takes the place of the old one. Raises Malformed; Conflict when the
        address does not answer 200."""

    async def modify(
        self, image: int, change: RescueImageChange, *, dry_run: bool = False
    ) -> RescueImage:
        """Raises RescueImageNotFound, Malformed; Conflict for the location of one that is in use,
        and for a default that is to be none any more."""

    async def remove(self, image: int, *, force: bool = False, dry_run: bool = False) -> None:
        """Raises RescueImageNotFound; Conflict for the default, and for one in use without
        `force`."""
