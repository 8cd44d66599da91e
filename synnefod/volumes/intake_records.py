"""Volumes and their types of a Synnefo 0.21 database (compute-image-volume.md 5)."""

from __future__ import annotations

from synnefod.store.foreign import Tables, advance, insert
from synnefod.store.interface import Tx

TABLES = {
    "VolumeType": ["id", "name", "disk_template", "deleted"],
    "VolumeTypeSpecs?": ["volume_type", "key", "value"],
    "Volume": [
        *("id", "name", "description", "userid", "project", "shared_to_project", "size"),
        *("volume_type", "delete_on_termination", "source", "source_version", "origin", "deleted"),
        *("created", "updated", "status", "snapshot_counter", "machine", "index", "backendjobid"),
    ],
    "VolumeMetadata?": ["volume", "key", "value"],
}


class VolumesFromSynnefo:
    """A part of the intake."""

    tables = TABLES
    owns = ("volumes", "volume_types")

    async def take(self, tx: Tx, tables: Tables, now: float) -> dict[str, int]:
        columns = ("id", "name", "disk_template", "deleted")
        types = [{name: each[name] for name in columns} for each in tables["VolumeType"]]
        await insert(tx, "volume_types", types)
        await advance(tx, "volume_types")
        await insert(tx, "volume_type_specs", tables["VolumeTypeSpecs"])
        rows = [
            {
                "id": each["id"],
                "name": each["name"] or "",
                "description": each["description"] or "",
                "owner": each["userid"],
                "project": each["project"],
                "shared_to_project": each["shared_to_project"],
                "size": each["size"],
                "volume_type": each["volume_type"],
                "delete_on_termination": each["delete_on_termination"],
                "source": each["source"],
                "source_version": each["source_version"],
                "origin": each["origin"],
                "status": each["status"],
                "server": each["machine"],
                "position": each["index"],
                "job": each["backendjobid"],
                "snapshots": each["snapshot_counter"] or 0,
                "deleted": each["deleted"],
                "created": each["created"],
                "updated": each["updated"],
            }
            for each in tables["Volume"]
        ]
        await insert(tx, "volumes", rows)
        await advance(tx, "volumes")
        await insert(tx, "volume_metadata", tables["VolumeMetadata"])
        return {"volume types": len(types), "volumes": len(rows)}
