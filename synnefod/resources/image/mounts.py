"""Where the image service is served, in both dialects."""

from __future__ import annotations

from synnefod.images.interface import Images
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.image.images import GlanceDocuments, GlanceImages, ImageVersions
from synnefod.resources.image.legacy import LegacyImages
from synnefod.resources.image.members import GlanceMembers

ROOT = "/cyclades/image"


def image_mounts(images: Images, door: Authenticates) -> list[Mount]:
    """The version documents, Glance v2, and Synnefo's API."""
    glance = [GlanceImages(images), GlanceMembers(images), GlanceDocuments()]
    return [
        Mount(ROOT, "glance", [ImageVersions()], door, service="image"),
        Mount(f"{ROOT}/v2", "glance", glance, door, service="image"),
        Mount(
            f"{ROOT}/v1.0",
            "cyclades",
            [LegacyImages(images)],
            door,
            aliases=(f"{ROOT}/v1",),
            empty_405=True,
            service="image",
        ),
    ]
