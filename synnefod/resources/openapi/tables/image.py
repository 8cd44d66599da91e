"""`/cyclades/image`: Glance v2 and Synnefo's own v1 (compute-image-volume.md 14.8, 1.14)."""

from __future__ import annotations

from typing import Literal

from synnefod.resources.image.images import GlanceDocuments, GlanceImages, ImageVersions
from synnefod.resources.image.legacy import LegacyImages
from synnefod.resources.image.members import GlanceMembers
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import Said, Table, content
from synnefod.resources.openapi.tables import ANY, STRINGS, VERSION

BYTES = "application/octet-stream"
IMAGE = Named(
    "Image",
    {
        "id": str,
        "name": str | None,
        "status": str,
        "visibility": Literal["public", "community", "shared", "private"],
        "protected": bool,
        "os_hidden": bool,
        "owner": str,
        "container_format": str | None,
        "disk_format": str | None,
        "size": int | None,
        "virtual_size": None,
        "checksum": str | None,
        "os_hash_algo": str | None,
        "os_hash_value": str | None,
        "min_disk": int,
        "min_ram": int,
        "tags": [str],
        "created_at": str,
        "updated_at": str,
        "self": str,
        "file": str,
        "schema": str,
        "*": str,
    },
)
"""Properties are members beside the others, and texts."""
NEW_IMAGE = Named(
    "ImageWish",
    {
        "id?": str,
        "name?": str | None,
        "visibility?": Literal["public", "community", "shared", "private"],
        "protected?": bool,
        "os_hidden?": bool,
        "container_format?": str | None,
        "disk_format?": str | None,
        "min_disk?": int,
        "min_ram?": int,
        "tags?": [str],
        "*": ANY,
    },
)
CHANGES = Named(
    "ImageChanges",
    [{"op": Literal["add", "replace", "remove"], "path": str, "value?": ANY}],
)
MEMBER = Named(
    "Member",
    {
        "image_id": str,
        "member_id": str,
        "status": Literal["pending", "accepted", "rejected"],
        "created_at": str,
        "updated_at": str,
        "schema": str,
    },
)
SCHEMA = Named("Schema", {"name": str, "properties": {"*": {"*": ANY}}, "*": ANY})
"""A JSON Schema, as Glance serves its own."""
LEGACY_BRIEF = Named(
    "PlanktonBrief",
    {
        "status": str,
        "name": str,
        "disk_format": str,
        "container_format": str,
        "size": int,
        "id": str,
    },
)
LEGACY = Named(
    "PlanktonImage",
    {
        **LEGACY_BRIEF.shape,
        "checksum": str | None,
        "location": str,
        "created_at": str,
        "updated_at": str,
        "deleted_at": str,
        "is_public": bool,
        "owner": str,
        "properties": STRINGS,
        "is_snapshot": bool,
        "description?": str,
    },
)
LEGACY_FILTERS = (
    "container_format",
    "disk_format",
    "name",
    "size_max",
    "size_min",
    "sort_dir",
    "sort_key",
    "status",
)
META = tuple(
    f"X-Image-Meta-{name}"
    for name in (
        "Checksum",
        "Container-Format",
        "Disk-Format",
        "Id",
        "Is-Public",
        "Location",
        "Name",
        "Owner",
        "Size",
        "Store",
    )
)
"""An image as headers; `X-Image-Meta-Property-<name>` for properties."""
SAID: Table = {
    ImageVersions.choices: Said({300: {"versions": [VERSION]}}),
    ImageVersions.versions: Said({"versions": [VERSION]}),
    GlanceImages.list: Said(
        {"images": [IMAGE], "schema": str, "first": str, "next?": str},
        query=(
            "limit",
            "marker",
            "member_status",
            "name",
            "os_hidden",
            "owner",
            "sort",
            "sort_dir",
            "sort_key",
            "status",
            "tag",
            "visibility",
        ),
    ),
    GlanceImages.create: Said({201: IMAGE}, body=NEW_IMAGE),
    GlanceImages.show: Said(IMAGE),
    GlanceImages.patch: Said(
        IMAGE, body=CHANGES, sends=("application/openstack-images-v2.1-json-patch",)
    ),
    GlanceImages.delete: Said(None),
    GlanceImages.upload: Said(None, sends=(BYTES,)),
    GlanceImages.stage: Said(None, sends=(BYTES,)),
    GlanceImages.import_data: Said(None, body={"method": {"name": str, "*": ANY}, "*": ANY}),
    GlanceImages.download: Said(
        {200: content(BYTES), 204: None, 206: content(BYTES)}, headers=("Range",)
    ),
    GlanceImages.act: Said(None),
    GlanceImages.tasks: Said({"tasks": [ANY]}),
    GlanceImages.add_tag: Said(None),
    GlanceImages.remove_tag: Said(None),
    GlanceMembers.list: Said({"members": [MEMBER], "schema": str}),
    GlanceMembers.show: Said(MEMBER),
    GlanceMembers.add: Said(MEMBER),
    GlanceMembers.decide: Said(MEMBER),
    GlanceMembers.remove: Said(None),
    GlanceMembers.member_schema: Said(SCHEMA),
    GlanceMembers.members_schema: Said(SCHEMA),
    GlanceDocuments.image_schema: Said(SCHEMA),
    GlanceDocuments.images_schema: Said(SCHEMA),
    GlanceDocuments.import_methods: Said(
        {"import-methods": {"description": str, "type": str, "value": [str]}}
    ),
    GlanceDocuments.tasks: Said({"tasks": [ANY], "*": ANY}),
    LegacyImages.index: Said({"images": [LEGACY_BRIEF]}, query=LEGACY_FILTERS),
    LegacyImages.detail: Said({"images": [LEGACY]}, query=LEGACY_FILTERS),
    LegacyImages.register: Said(None, headers=META, shows=META),
    LegacyImages.head: Said(None, shows=META),
    LegacyImages.show: Said(None, shows=META),
    LegacyImages.update: Said(None, headers=(*META, "X-Glance-Registry-Purge-Props"), shows=META),
    LegacyImages.delete: Said(None),
    LegacyImages.members: Said({"members": [{"member_id": str, "can_share": bool}]}),
    LegacyImages.replace_members: Said(None),
    LegacyImages.add_member: Said(None),
    LegacyImages.remove_member: Said(None),
    LegacyImages.shared: Said({"shared_images": [{"image_id": str, "can_share": bool}]}),
}
