"""Where the volume service is served, in both dialects."""

from __future__ import annotations

from typing import Any

from synnefod.backends.interface import Backends
from synnefod.compute.interface import Compute
from synnefod.images.interface import Images
from synnefod.projects.interface import Projects
from synnefod.resources.door import Authenticates, Mount
from synnefod.resources.volume.cinder import CinderTypes, CinderVolumes
from synnefod.resources.volume.cinder_actions import CinderActions
from synnefod.resources.volume.cinder_administration import CinderAdministration
from synnefod.resources.volume.cinder_snapshots import CinderSnapshots
from synnefod.resources.volume.documents import CinderDocuments, OldVolumeVersion, VolumeVersions
from synnefod.resources.volume.legacy import LegacyVolumes
from synnefod.resources.volume.legacy_snapshots import LegacySnapshots
from synnefod.resources.volume.snapshots import SnapshotDesk, SnapshotRules
from synnefod.volumes.interface import Volumes

ROOT = "/cyclades/volume"


def volume_mounts(
    volumes: Volumes,
    compute: Compute,
    images: Images,
    projects: Projects,
    door: Authenticates,
    clock: Any,
    rules: SnapshotRules | None = None,
    backends: Backends | None = None,
) -> list[Mount]:
    """The version document, Cinder v3, and Synnefo's API."""
    rules = rules or SnapshotRules()
    desk = SnapshotDesk(images, compute.snapshots, rules)
    rows = CinderVolumes(volumes, compute.disks, rules)
    largest = compute.limits.max_volume_size
    cinder: list[object] = [
        rows,
        CinderTypes(volumes),
        CinderActions(rows, desk),
        CinderSnapshots(desk),
        CinderDocuments(volumes, projects, desk, largest),
        *([] if backends is None else [CinderAdministration(backends)]),
    ]
    legacy = [
        LegacyVolumes(volumes, compute, rules, clock),
        LegacySnapshots(desk),
        OldVolumeVersion(),
    ]
    return [
        Mount(ROOT, "cinder", [VolumeVersions()], door, service="volume"),
        Mount(f"{ROOT}/v3", "cinder", cinder, door, service="volume"),
        Mount(
            f"{ROOT}/v2.0",
            "cyclades",
            legacy,
            door,
            aliases=(f"{ROOT}/v2",),
            empty_405=True,
            service="volume",
        ),
    ]
