"""Where the volume service is served, in both dialects."""

from __future__ import annotations

from synnefod.projects.interface import Projects
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.volume.cinder import CinderDocuments, CinderVolumes, VolumeVersions
from synnefod.resources.volume.legacy import LegacyVolumes
from synnefod.volumes.interface import Volumes

ROOT = "/cyclades/volume"


def volume_mounts(volumes: Volumes, projects: Projects, door: Authenticates) -> list[Mount]:
    """The version document, Cinder v3, and Synnefo's API."""
    cinder = [CinderVolumes(volumes), CinderDocuments(volumes, projects)]
    return [
        Mount(ROOT, "cinder", [VolumeVersions()], door, service="volume"),
        Mount(f"{ROOT}/v3", "cinder", cinder, door, service="volume"),
        Mount(
            f"{ROOT}/v2.0",
            "cyclades",
            [LegacyVolumes(volumes)],
            door,
            aliases=(f"{ROOT}/v2",),
            empty_405=True,
            service="volume",
        ),
    ]
