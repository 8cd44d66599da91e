"""`/cyclades/volume/v2.0`: volumes as Synnefo's clients know them (compute-image-volume.md 3.5)."""

from __future__ import annotations

from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, LINKS, STRINGS, VERSION
from synnefod.resources.volume.documents import OldVolumeVersion
from synnefod.resources.volume.legacy import LegacyVolumes
from synnefod.resources.volume.legacy_snapshots import LegacySnapshots

WHOLE = int | str
BRIEF = Named("VolumeBrief", {"id": str, "display_name": str, "links": LINKS})
VOLUME = Named(
    "Volume",
    {
        **BRIEF.shape,
        "status": str,
        "size": int,
        "display_description": str,
        "created_at": str,
        "metadata": STRINGS,
        "snapshot_id": str | None,
        "source_volid": str | None,
        "image_id": str | None,
        "attachments": [{"server_id": int, "volume_id": int, "device_index": int | None}],
        "volume_type": int,
        "deleted": bool,
        "delete_on_termination": bool,
        "user_id": str,
        "tenant_id": str,
        "shared_to_project": bool,
    },
)
SNAPSHOT = Named(
    "Snapshot",
    {
        "id": str,
        "size": int,
        "display_name": str,
        "display_description": str,
        "status": str,
        "user_id": str,
        "tenant_id": str | None,
        "os-extended-snapshot-attribute:progress": str,
        "created_at": str,
        "metadata": STRINGS,
        "volume_id": str | None,
        "links": LINKS,
    },
)
TYPE = Named(
    "VolumeType",
    {
        "id": int,
        "name": str,
        "deleted": bool,
        "SNF:disk_template": str,
        "SNF:detachable": bool,
    },
)
CHANGE = {"display_name?": str | None, "display_description?": str | None, "*": ANY}
METADATA = Said({"metadata": STRINGS})
SET_METADATA = Said({"metadata": STRINGS}, body={"metadata": STRINGS, "*": ANY})
SINCE = ("changes-since",)
SAID: Table = {
    OldVolumeVersion.version: Said({"version": VERSION}),
    LegacyVolumes.index: Said({200: {"volumes": [BRIEF]}, 304: None}, query=SINCE),
    LegacyVolumes.detail: Said({200: {"volumes": [VOLUME]}, 304: None}, query=SINCE),
    LegacyVolumes.create: Said(
        {"volume": BRIEF},
        body={
            "volume": {
                "size": WHOLE,
                "display_name": str,
                "display_description?": str | None,
                "volume_type?": int | str | None,
                "server_id?": int | str | None,
                "imageRef?": str | None,
                "snapshot_id?": str | None,
                "source_volid?": int | str | None,
                "metadata?": (STRINGS, None),
                "project?": str | None,
                "shared_to_project?": bool | None,
                "*": ANY,
            },
            "*": ANY,
        },
    ),
    LegacyVolumes.show: Said({"volume": VOLUME}),
    LegacyVolumes.update: Said(
        {"volume": VOLUME},
        body={"volume": {**CHANGE, "delete_on_termination?": bool | None}, "*": ANY},
    ),
    LegacyVolumes.delete: Said(None),
    LegacyVolumes.act: Said(
        None,
        body=(
            {"reassign": {"project": str, "shared_to_project?": bool | None, "*": ANY}},
            {"os-extend": {"new_size": WHOLE, "*": ANY}},
        ),
    ),
    LegacyVolumes.metadata: METADATA,
    LegacyVolumes.set_metadata: SET_METADATA,
    LegacyVolumes.delete_metadata: Said(None),
    LegacyVolumes.types: Said({"volume_types": [TYPE]}),
    LegacyVolumes.show_type: Said({"volume_type": TYPE}),
    LegacySnapshots.index: Said({"snapshots": [SNAPSHOT]}),
    LegacySnapshots.create: Said(
        {"snapshot": SNAPSHOT},
        body={
            "snapshot": {
                "volume_id": WHOLE,
                "force?": bool | None,
                "metadata?": (STRINGS, None),
                **CHANGE,
            },
            "*": ANY,
        },
    ),
    LegacySnapshots.show: Said({"snapshot": SNAPSHOT}),
    LegacySnapshots.update: Said({"snapshot": SNAPSHOT}, body={"snapshot": CHANGE, "*": ANY}),
    LegacySnapshots.delete: Said(None),
    LegacySnapshots.metadata: METADATA,
    LegacySnapshots.set_metadata: SET_METADATA,
    LegacySnapshots.delete_metadata: Said(None),
}
