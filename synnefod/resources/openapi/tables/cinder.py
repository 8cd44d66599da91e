"""`/cyclades/volume/v3`: Cinder (compute-image-volume.md 14.7)."""

from __future__ import annotations

from synnefod.resources.openapi.notation import Named, keyed
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, LINKS, STRINGS, VERSION
from synnefod.resources.volume.cinder import CinderTypes, CinderVolumes
from synnefod.resources.volume.cinder_actions import CinderActions
from synnefod.resources.volume.cinder_administration import CinderAdministration
from synnefod.resources.volume.cinder_snapshots import CinderSnapshots
from synnefod.resources.volume.documents import CinderDocuments, VolumeVersions

WHOLE = int | str | None
VOLUME = Named(
    "Volume",
    {
        "id": str,
        "name": str,
        "description": str | None,
        "size": int,
        "status": str,
        "bootable": str,
        "encrypted": bool,
        "multiattach": bool,
        "availability_zone": str,
        "volume_type": str | None,
        "snapshot_id": str | None,
        "source_volid": str | None,
        "consistencygroup_id": None,
        "replication_status": None,
        "created_at": str,
        "updated_at": str,
        "metadata": STRINGS,
        "user_id": str,
        "links": LINKS,
        "attachments": [
            Named(
                "VolumeAttachment",
                {
                    "id": str,
                    "attachment_id": str,
                    "volume_id": str,
                    "server_id": str,
                    "host_name": None,
                    "device": str,
                    "attached_at": str,
                },
            )
        ],
        "volume_image_metadata?": STRINGS,
        "os-vol-tenant-attr:tenant_id?": str,
    },
)
NEW_VOLUME = Named(
    "VolumeWish",
    {
        "size?": WHOLE,
        "name?": str | None,
        "description?": str | None,
        "imageRef?": str | None,
        "snapshot_id?": str | None,
        "source_volid?": int | str | None,
        "volume_type?": int | str | None,
        "metadata?": (STRINGS, None),
        "availability_zone?": ANY,
        "*": ANY,
    },
)
SNAPSHOT = Named(
    "Snapshot",
    {
        "id": str,
        "name": str,
        "description": str | None,
        "volume_id": str | None,
        "status": str,
        "size": int,
        "created_at": str,
        "updated_at": str,
        "metadata": STRINGS,
        "user_id?": str,
        "os-extended-snapshot-attributes:progress?": str,
        "os-extended-snapshot-attributes:project_id?": str | None,
    },
)
CHANGE = {
    "name?": str | None,
    "description?": str | None,
    "metadata?": (STRINGS, None),
    "*": ANY,
}
TYPE = Named(
    "VolumeType",
    {
        "id": str,
        "name": str,
        "description": str | None,
        "is_public": bool,
        "os-volume-type-access:is_public": bool,
        "qos_specs_id": None,
        "extra_specs": STRINGS,
    },
)
NOTHING = (None, {"*": ANY})
FLAG = bool | str | int
ACTIONS = {
    "os-extend": {"new_size": int | str, "*": ANY},
    "os-reset_status": {"status?": str | None, "*": ANY},
    "os-set_bootable": {"bootable": FLAG, "*": ANY},
    "os-update_readonly_flag": {"readonly": FLAG, "*": ANY},
    "os-retype": {"new_type": int | str, "*": ANY},
    "os-force_delete": NOTHING,
    "os-volume_upload_image": {
        "image_name": str,
        "disk_format?": str | None,
        "container_format?": str | None,
        "visibility?": str | None,
        "protected?": ANY,
        "*": ANY,
    },
    "os-show_image_metadata": NOTHING,
    "os-set_image_metadata": NOTHING,
    "os-unset_image_metadata": NOTHING,
    "os-migrate_volume": NOTHING,
}
"""The arguments of each action of a volume."""
UPLOADED = Named(
    "UploadedImage",
    {
        "id": str,
        "image_id": str,
        "image_name": str,
        "status": str,
        "size": int,
        "container_format": str,
        "disk_format": str,
        "display_description": str | None,
        "updated_at": str,
        "volume_type": ({"id": str, "name": str}, None),
    },
)
QUOTA = Named("Quota", {"limit": int, "in_use": int, "reserved": int, "allocated": int})
ATTACHMENT = Named(
    "Attachment",
    {
        "id": str,
        "volume_id": str,
        "instance": str,
        "status": str,
        "attach_mode": str,
        "attached_at": str,
        "detached_at": None,
        "connection_info": {"*": ANY},
    },
)
ABSOLUTE = Named(
    "AbsoluteLimits",
    {
        "maxTotalVolumes": int,
        "totalVolumesUsed": int,
        "maxTotalVolumeGigabytes": int,
        "totalGigabytesUsed": int,
        "maxTotalSnapshots": int,
        "totalSnapshotsUsed": int,
        "maxTotalBackups": int,
        "totalBackupsUsed": int,
        "maxTotalBackupGigabytes": int,
        "totalBackupGigabytesUsed": int,
    },
)
FILTERS = (
    "all_tenants",
    "availability_zone",
    "bootable",
    "id",
    "limit",
    "marker",
    "metadata",
    "name",
    "offset",
    "sort",
    "sort_dir",
    "sort_key",
    "status",
    "volume_id",
    "volume_type",
)
METADATA = Said({"metadata": STRINGS})
SET_METADATA = Said({"metadata": STRINGS}, body={"metadata": STRINGS, "*": ANY})
ITEM = Said({"meta": STRINGS})
SET_ITEM = Said({"meta": STRINGS}, body={"meta": STRINGS, "*": ANY})
SAID: Table = {
    VolumeVersions.versions: Said({300: {"versions": [VERSION]}}),
    CinderVolumes.index: Said(
        {
            "volumes": [Named("VolumeBrief", {"id": str, "name": str, "links": LINKS})],
            "volumes_links?": LINKS,
        },
        query=FILTERS,
    ),
    CinderVolumes.detail: Said({"volumes": [VOLUME], "volumes_links?": LINKS}, query=FILTERS),
    CinderVolumes.create: Said({202: {"volume": VOLUME}}, body={"volume": NEW_VOLUME, "*": ANY}),
    CinderVolumes.show: Said({"volume": VOLUME}),
    CinderVolumes.update: Said({"volume": VOLUME}, body={"volume": CHANGE, "*": ANY}),
    CinderVolumes.delete: Said(None),
    CinderVolumes.metadata: METADATA,
    CinderVolumes.set_metadata: SET_METADATA,
    CinderVolumes.item: ITEM,
    CinderVolumes.set_item: SET_ITEM,
    CinderVolumes.delete_item: Said(None),
    CinderActions.act: Said(
        {
            200: ({"metadata": STRINGS}, None),
            202: ({"os-volume_upload_image": UPLOADED}, None),
        },
        body=keyed(ACTIONS),
        headers=("OpenStack-API-Version",),
    ),
    CinderSnapshots.index: Said(
        {"snapshots": [SNAPSHOT], "snapshots_links?": LINKS}, query=FILTERS
    ),
    CinderSnapshots.detail: Said(
        {"snapshots": [SNAPSHOT], "snapshots_links?": LINKS}, query=FILTERS
    ),
    CinderSnapshots.create: Said(
        {202: {"snapshot": SNAPSHOT}},
        body={"snapshot": {"volume_id": int | str, "force?": ANY, **CHANGE}, "*": ANY},
    ),
    CinderSnapshots.show: Said({"snapshot": SNAPSHOT}),
    CinderSnapshots.update: Said({"snapshot": SNAPSHOT}, body={"snapshot": CHANGE, "*": ANY}),
    CinderSnapshots.delete: Said(None),
    CinderSnapshots.metadata: METADATA,
    CinderSnapshots.set_metadata: SET_METADATA,
    CinderSnapshots.item: ITEM,
    CinderSnapshots.set_item: SET_ITEM,
    CinderSnapshots.delete_item: Said(None),
    CinderTypes.index: Said({"volume_types": [TYPE]}),
    CinderTypes.show: Said({"volume_type": TYPE}),
    CinderTypes.specs: Said({"extra_specs": STRINGS}),
    CinderTypes.spec: Said(STRINGS),
    CinderDocuments.version: Said({"versions": [VERSION]}),
    CinderDocuments.limits: Said({"limits": {"rate": [ANY], "absolute": ABSOLUTE}}),
    CinderDocuments.quotas: Said({"quota_set": {"id": str, "*": (int, QUOTA)}}, query=("usage",)),
    CinderDocuments.change_quotas: Said(
        {"quota_set": {"*": int}},
        body={"quota_set": {"gigabytes?": int | str, "force?": bool, "tenant_id?": str}},
    ),
    CinderDocuments.reset_quotas: Said(None),
    CinderDocuments.zones: Said(
        {"availabilityZoneInfo": [{"zoneName": str, "zoneState": {"available": bool}}]}
    ),
    CinderDocuments.extensions: Said({"extensions": [ANY]}),
    CinderDocuments.none: Said({"*": [ANY]}),
    CinderDocuments.no_more: Said(None),
    CinderDocuments.attachments: Said(
        {"attachments": [ATTACHMENT]}, query=("instance_id", "volume_id")
    ),
    CinderDocuments.attachment: Said({"attachment": ATTACHMENT}),
    CinderDocuments.attach: Said(None),
    CinderAdministration.services: Said({"services": [ANY]}, query=("binary", "host")),
    CinderAdministration.pools: Said({"pools": [ANY]}, query=("detail",)),
}
