"""Images as the two APIs write them: Glance v2 (compute-image-volume.md 14.8) and Synnefo's."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from synnefod.common.text import iso_plain, iso_z
from synnefod.images.interface import Image

SHADOWED = "snf_disk_format"
"""Property that tells Glance's clients of a format they have no word for (IMG-204)."""


def image_v2(image: Image) -> dict[str, Any]:
    """All attributes at top level, properties beside them."""
    shown: dict[str, Any] = dict(image.properties)
    disk_format = image.disk_format
    if disk_format in ("extdump", "ntfsdump"):
        shown[SHADOWED] = disk_format
    shown.update(
        id=image.id,
        name=image.name or None,
        status=image.status,
        visibility=visibility(image),
        protected=image.protected,
        os_hidden=image.hidden,
        owner=image.owner,
        container_format=image.container_format,
        disk_format=None if disk_format is None else "raw",
        size=image.size,
        virtual_size=None,
        checksum=image.checksum,
        os_hash_algo="sha512" if image.sha512 else None,
        os_hash_value=image.sha512,
        min_disk=image.min_disk,
        min_ram=image.min_ram,
        tags=list(image.tags),
        created_at=iso_z(image.created),
        updated_at=iso_z(image.updated),
        self=f"/v2/images/{image.id}",
        file=f"/v2/images/{image.id}/file",
        schema="/v2/schemas/image",
    )
    return shown


def visibility(image: Image) -> str:
    if image.is_public:
        return "community" if image.community else "public"
    return "shared" if image.members else "private"


def store_state(image: Image) -> str:
    """The word of Synnefo's lists (IMG-007)."""
    return {"active": "AVAILABLE", "killed": "ERROR"}.get(image.status, "UNAVAILABLE")


def image_brief(image: Image) -> dict[str, Any]:
    """IMG-001."""
    return {
        "status": store_state(image),
        "name": image.name,
        "disk_format": image.disk_format or "diskdump",
        "container_format": image.container_format or "bare",
        "size": image.size or 0,
        "id": image.id,
    }


def image_detail(image: Image) -> dict[str, Any]:
    """IMG-002, IMG-051, IMG-052."""
    shown = image_brief(image) | {
        "checksum": image.merkle,
        "location": image.location,
        "created_at": iso_plain(image.created),
        "updated_at": iso_plain(image.updated),
        "deleted_at": "",
        "is_public": image.is_public,
        "owner": image.owner,
        "properties": dict(image.properties),
        "is_snapshot": image.is_snapshot,
    }
    if image.description:
        shown["description"] = image.description
    return shown


def image_headers(image: Image) -> dict[str, str]:
    """IMG-020, IMG-021: the detail as headers, names with dashes, free text percent-encoded."""
    shown = image_detail(image)
    if shown["status"] == "UNAVAILABLE":
        shown["status"] = "SAVING"
    headers = {}
    for key, value in shown.items():
        if key == "properties":
            continue
        text = str(value)
        if key in ("name", "description", "location"):
            text = quote(text, safe=":/" if key == "location" else "")
        headers[f"X-Image-Meta-{key.replace('_', '-')}"] = text
    for key, value in image.properties.items():
        name = quote(key.replace("_", "-"), safe="")
        headers[f"X-Image-Meta-Property-{name}"] = quote(value, safe="")
    return headers
