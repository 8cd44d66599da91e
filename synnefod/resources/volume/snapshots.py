"""Snapshots for both dialects: which there are, who may use them, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound, Unsupported
from synnefod.common.principal import Principal
from synnefod.common.text import iso_offset, iso_z_micros
from synnefod.compute.interface import Snapshot, Snapshots
from synnefod.images.interface import Image, ImageChange, Images
from synnefod.resources.faults import UnknownPath

Document = dict[str, Any]
GIB = 1 << 30
_STATES = {"active": "AVAILABLE", "saving": "CREATING", "killed": "ERROR"}


@frozen
class SnapshotRules:
    """VOL-060, VOL-074: whether there are snapshots, for which roles (none: for all), and whether
    those of volumes in use must be forced."""

    enabled: bool = True
    roles: tuple[str, ...] = ()
    require_force: bool = False

    def allow(self, principal: Principal) -> None:
        """Raises UnknownPath while there are none, Unsupported for somebody without the role."""
        if not self.enabled:
            raise UnknownPath
        if self.roles and not principal.has_any(self.roles) and not principal.is_admin:
            raise Unsupported("Snapshots are not enabled for you.")


@frozen
class SnapshotDesk:
    """Snapshots as images: each method checks the rules first."""

    images: Images
    snapshots: Snapshots
    rules: SnapshotRules = SnapshotRules()

    async def all(self, principal: Principal) -> list[Image]:
        """Newest first."""
        self.rules.allow(principal)
        return [image for image in await self.images.list(principal) if image.is_snapshot]

    async def get(self, principal: Principal, snapshot: str) -> Image:
        """Raises NotFound."""
        self.rules.allow(principal)
        found = await self.images.get(principal, snapshot)
        if not found.is_snapshot:
            raise NotFound(f"Snapshot {snapshot[:64]} could not be found.")
        return found

    async def take(self, principal: Principal, wanted: Snapshot, *, force: bool) -> Image:
        """Of an attached volume; the volume is in use."""
        self.rules.allow(principal)
        if self.rules.require_force and not force:
            raise Malformed("Snapshots of volumes in use must be forced.")
        return await self.snapshots.take(principal, wanted)

    async def describe(
        self, principal: Principal, snapshot: str, name: str | None, description: str | None
    ) -> Image:
        await self.get(principal, snapshot)
        change = ImageChange(name=name, description=description)
        return await self.images.update(principal, snapshot, change)

    async def set_metadata(
        self,
        principal: Principal,
        snapshot: str,
        values: Mapping[str, str | None],
        *,
        replace: bool = False,
    ) -> Image:
        """The properties alone (VOL-071); a value of None removes one."""
        await self.get(principal, snapshot)
        change = ImageChange(properties=values, replace_properties=replace)
        return await self.images.update(principal, snapshot, change)

    async def delete(self, principal: Principal, snapshot: str) -> None:
        """The file goes too (VOL-069)."""
        await self.get(principal, snapshot)
        await self.images.delete(principal, snapshot)


def state_of(image: Image) -> str:
    """VOL-072."""
    return _STATES.get(image.status, "UNKNOWN")


def size_of(image: Image) -> int:
    """GiB."""
    return -(-(image.size or 0) // GIB)


def progress_of(image: Image) -> str:
    """VOL-073: always a string."""
    return "100%" if image.status == "active" else "0%"


def snapshot_legacy(image: Image, url: str) -> Document:
    """3.8."""
    href = f"{url}/snapshots/{image.id}"
    return {
        "id": image.id,
        "size": size_of(image),
        "display_name": image.name,
        "display_description": image.description,
        "status": state_of(image),
        "user_id": image.owner,
        "tenant_id": image.owner,
        "os-extended-snapshot-attribute:progress": progress_of(image),
        "created_at": iso_offset(image.created),
        "metadata": dict(image.properties),
        "volume_id": image.volume or None,
        "links": [{"rel": "self", "href": href}, {"rel": "bookmark", "href": href}],
    }


def snapshot_cinder(image: Image, *, full: bool = True) -> Document:
    """14.7; `full` with the extended attributes."""
    shown: Document = {
        "id": image.id,
        "name": image.name,
        "description": image.description or None,
        "volume_id": image.volume,
        "status": state_of(image).lower(),
        "size": size_of(image),
        "created_at": iso_z_micros(image.created)[:-1],
        "updated_at": iso_z_micros(image.updated)[:-1],
        "metadata": dict(image.properties),
    }
    if full:
        shown["os-extended-snapshot-attributes:progress"] = progress_of(image)
        shown["os-extended-snapshot-attributes:project_id"] = image.owner
    return shown
