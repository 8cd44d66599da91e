"""Volumes and their types as the two APIs write them (compute-image-volume.md 3.5 and 14.7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.text import iso_offset, iso_z_micros
from synnefod.volumes.interface import EXTENSION, Volume, VolumeType

Document = dict[str, Any]
_DEVICE = "/dev/vd"


def _links(url: str, volume: Volume) -> list[Document]:
    href = f"{url}/volumes/{volume.id}"
    return [{"rel": "self", "href": href}, {"rel": "bookmark", "href": href}]


def source_of(volume: Volume, kind: str) -> str | None:
    """The id of the image, snapshot or volume that it was made from; None for other kinds."""
    found, _, name = (volume.source or "").partition(":")
    return name if found == kind else None


def device_of(volume: Volume) -> str:
    """How the guest usually calls the disk."""
    return _DEVICE + chr(ord("a") + min(volume.index or 0, 25))


# -- Synnefo


def volume_brief(volume: Volume, url: str) -> Document:
    """VOL-001."""
    return {
        "id": str(volume.id),
        "display_name": volume.name,
        "links": _links(url, volume),
    }


def volume_legacy(volume: Volume, url: str) -> Document:
    attachments = []
    if volume.server is not None and not volume.doomed:
        attachments.append(
            {
                "server_id": volume.server,
                "volume_id": volume.id,
                "device_index": volume.index,
            }
        )
    return volume_brief(volume, url) | {
        "status": volume.status.lower(),
        "size": volume.size,
        "display_description": volume.description,
        "created_at": iso_offset(volume.created),
        "metadata": dict(volume.metadata),
        "snapshot_id": source_of(volume, "snapshot"),
        "source_volid": source_of(volume, "volume"),
        "image_id": source_of(volume, "image"),
        "attachments": attachments,
        "volume_type": volume.volume_type,
        "deleted": volume.deleted,
        "delete_on_termination": volume.delete_on_termination,
        "user_id": volume.user,
        "tenant_id": volume.project,
        "shared_to_project": volume.shared,
    }


def type_legacy(kind: VolumeType) -> Document:
    """VOL-040, VOL-041."""
    return {
        "id": kind.id,
        "name": kind.name,
        "deleted": kind.deleted,
        "SNF:disk_template": kind.disk_template,
        "SNF:detachable": kind.detachable,
    }


# -- Cinder


def status_cinder(volume: Volume) -> str:
    """VOL-203."""
    return volume.status.lower().replace("_", "-")


def volume_cinder(volume: Volume, url: str, types: Mapping[int, VolumeType]) -> Document:
    kind = types.get(volume.volume_type)
    image = source_of(volume, "image")
    shown: Document = {
        "id": str(volume.id),
        "name": volume.name,
        "description": volume.description or None,
        "size": volume.size,
        "status": status_cinder(volume),
        "bootable": "true" if is_bootable(volume) else "false",
        "encrypted": False,
        "multiattach": False,
        "availability_zone": "nova",
        "volume_type": None if kind is None else kind.name,
        "snapshot_id": source_of(volume, "snapshot"),
        "source_volid": source_of(volume, "volume"),
        "consistencygroup_id": None,
        "replication_status": None,
        "created_at": iso_z_micros(volume.created)[:-1],
        "updated_at": iso_z_micros(volume.updated)[:-1],
        "metadata": dict(volume.metadata),
        "user_id": volume.user,
        "os-vol-tenant-attr:tenant_id": volume.project,
        "links": _links(url, volume),
        "attachments": [],
    }
    if volume.server is not None and not volume.doomed:
        shown["attachments"] = [
            {
                "id": str(volume.id),
                "attachment_id": attachment_id(volume),
                "volume_id": str(volume.id),
                "server_id": str(volume.server),
                "host_name": None,
                "device": device_of(volume),
                "attached_at": iso_z_micros(volume.created)[:-1],
            }
        ]
    if image is not None:
        shown["volume_image_metadata"] = {"image_id": image}
    return shown


def attachment_id(volume: Volume) -> str:
    """A UUID made of the volume's number and its server's; the same while it is attached."""
    return f"{volume.server or 0:08x}-0000-4000-8000-{volume.id:012x}"


def is_bootable(volume: Volume) -> bool:
    """Roots of servers and copies of images, unless somebody said otherwise."""
    if volume.bootable is not None:
        return volume.bootable
    return volume.index == 0 or source_of(volume, "image") is not None


def type_cinder(kind: VolumeType, *, everything: bool = False) -> Document:
    """`everything`: with what only the storage is told."""
    specs = {
        key: value
        for key, value in kind.specs.items()
        if everything or not key.startswith(EXTENSION)
    }
    detachable = "true" if kind.detachable else "false"
    return {
        "id": str(kind.id),
        "name": kind.name,
        "description": None,
        "is_public": True,
        "os-volume-type-access:is_public": True,
        "qos_specs_id": None,
        "extra_specs": {
            **specs,
            "SNF:disk_template": kind.disk_template,
            "SNF:detachable": detachable,
        },
    }
