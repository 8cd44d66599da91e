"""Synnefo's snapshots (compute-image-volume.md 1.16)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.compute.interface import Snapshot
from synnefod.resources.door import Call, route
from synnefod.resources.volume import bodies
from synnefod.resources.volume.snapshots import SnapshotDesk, snapshot_legacy

Document = dict[str, Any]


class LegacySnapshots:
    """`/snapshots`."""

    def __init__(self, desk: SnapshotDesk) -> None:
        self.desk = desk

    @route("GET", "/snapshots")
    @route("GET", "/snapshots/detail")
    async def index(self, call: Call) -> Document:
        found = await self.desk.all(call.principal)
        return {"snapshots": [snapshot_legacy(image, call.url) for image in found]}

    @route("POST", "/snapshots", body=Any, status=202)
    async def create(self, call: Call) -> Document:
        self.desk.rules.allow(call.principal)
        said = bodies.envelope(call.body, "snapshot")
        volume = bodies.whole(said, "volume_id")
        if volume is None:
            raise Malformed("'volume_id' is required.")
        wanted = Snapshot(
            volume=volume,
            name=bodies.text(said, "display_name") or "",
            description=bodies.text(said, "display_description") or "",
            metadata=bodies.pairs(said.get("metadata")),
        )
        force = bodies.lenient(said, "force")
        try:
            made = await self.desk.take(call.principal, wanted, force=force)
        except NotFound as error:
            raise Malformed(error.message) from None
        return {"snapshot": snapshot_legacy(made, call.url)}

    @route("GET", "/snapshots/<snapshot>")
    async def show(self, call: Call, snapshot: str) -> Document:
        found = await self.desk.get(call.principal, snapshot)
        return {"snapshot": snapshot_legacy(found, call.url)}

    @route("PUT", "/snapshots/<snapshot>", body=Any)
    async def update(self, call: Call, snapshot: str) -> Document:
        said = bodies.envelope(call.body, "snapshot")
        name = bodies.text(said, "display_name")
        description = bodies.text(said, "display_description")
        if name is None and description is None:
            raise Malformed("There is nothing to change.")
        found = await self.desk.describe(call.principal, snapshot, name, description)
        return {"snapshot": snapshot_legacy(found, call.url)}

    @route("DELETE", "/snapshots/<snapshot>", status=202)
    async def delete(self, call: Call, snapshot: str) -> None:
        await self.desk.delete(call.principal, snapshot)

    @route("GET", "/snapshots/<snapshot>/metadata")
    async def metadata(self, call: Call, snapshot: str) -> Document:
        return {"metadata": dict((await self.desk.get(call.principal, snapshot)).properties)}

    @route("POST PUT", "/snapshots/<snapshot>/metadata", body=Any)
    async def set_metadata(self, call: Call, snapshot: str) -> Document:
        said = bodies.metadata_of(call.body)
        replace = call.method == "PUT"
        left = await self.desk.set_metadata(call.principal, snapshot, said, replace=replace)
        return {"metadata": dict(left.properties)}

    @route("DELETE", "/snapshots/<snapshot>/metadata/<path:key>")
    async def delete_metadata(self, call: Call, snapshot: str, key: str) -> None:
        """Nothing happens for a key that is not there (VOL-070)."""
        await self.desk.set_metadata(call.principal, snapshot, {key: None})
