"""Synnefo's volume API (compute-image-volume.md 1.15): volumes and their types."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import BuildInProgress, Malformed, NotFound, NotModified
from synnefod.common.ids import VolumeId, parse_integer
from synnefod.compute.interface import Compute
from synnefod.resources import faults
from synnefod.resources.compute.legacy.filters import chosen
from synnefod.resources.door import Call, route
from synnefod.resources.since import changes_since
from synnefod.resources.volume import bodies
from synnefod.resources.volume.snapshots import SnapshotRules
from synnefod.resources.volume.views import type_legacy, volume_brief, volume_legacy
from synnefod.volumes.interface import NoSuchKey, RootVolume, Volume, Volumes

Document = dict[str, Any]
faults.register(RootVolume, faults.Row(409, "conflict", "conflictingRequest"))


class LegacyVolumes:
    """`/volumes` and `/types`."""

    def __init__(
        self, volumes: Volumes, compute: Compute, rules: SnapshotRules, clock: Any
    ) -> None:
        self.volumes = volumes
        self.compute = compute
        self.rules = rules
        self.clock = clock

    # -- looking

    async def _listed(self, call: Call) -> list[Volume]:
        """With `changes-since` those changed since then, deleted ones too; 304 for none."""
        since = changes_since(call, self.clock, self.compute.limits.poll_limit)
        found = await self.volumes.visible(call.principal, since=since)
        if since is not None and not found:
            raise NotModified
        return chosen(call, found, _fits) if self.compute.limits.legacy_filters else found

    @route("GET", "/volumes")
    async def index(self, call: Call) -> Document:
        return {"volumes": [volume_brief(each, call.url) for each in await self._listed(call)]}

    @route("GET", "/volumes/detail")
    async def detail(self, call: Call) -> Document:
        return {"volumes": [volume_legacy(each, call.url) for each in await self._listed(call)]}

    @route("GET", "/volumes/<number>")
    async def show(self, call: Call, number: str) -> Document:
        """Deleted ones too (VOL-002)."""
        found = await self.volumes.get(call.principal, _number(number), deleted=True)
        return {"volume": volume_legacy(found, call.url)}

    # -- changing

    @route("POST", "/volumes", body=Any, status=202)
    async def create(self, call: Call) -> Document:
        wanted = bodies.new_legacy(call.body)
        if wanted.snapshot is not None:
            self.rules.allow(call.principal)
        if wanted.server is None and wanted.volume_type is None:
            raise Malformed("'volume_type' is required without 'server_id'.")
        try:
            made = await self.compute.disks.create(call.principal, wanted)
        except BuildInProgress:
            raise
        except NotFound as error:
            raise Malformed(error.message) from None
        return {"volume": volume_brief(made, call.url)}

    @route("PUT", "/volumes/<number>", body=Any)
    async def update(self, call: Call, number: str) -> Document:
        said = bodies.envelope(call.body, "volume")
        name = bodies.text(said, "display_name")
        description = bodies.text(said, "display_description")
        ends = bodies.boolean(said, "delete_on_termination")
        if name is None and description is None and ends is None:
            raise Malformed("There is nothing to change.")
        found = await self.volumes.describe(
            call.principal,
            _number(number),
            name=name,
            description=description,
            delete_on_termination=ends,
        )
        return {"volume": volume_legacy(found, call.url)}

    @route("DELETE", "/volumes/<number>", status=202)
    async def delete(self, call: Call, number: str) -> None:
        await self.compute.disks.delete(call.principal, _number(number))

    @route("POST", "/volumes/<number>/action", body=Any)
    async def act(self, call: Call, number: str) -> None:
        """`reassign` (VOL-031), and `os-extend` (VOL-042)."""
        name, said = bodies.one_action(call.body)
        if name == "reassign":
            project = bodies.text(said, "project")
            if not project:
                raise Malformed("'project' is required.")
            await self.compute.disks.reassign(
                call.principal,
                _number(number),
                bodies.project_id(project),
                shared=bodies.boolean(said, "shared_to_project") or False,
            )
        elif name == "os-extend":
            size = bodies.whole(said, "new_size")
            if size is None:
                raise Malformed("'new_size' is required.")
            await self.compute.disks.extend(call.principal, _number(number), size)
        else:
            raise Malformed(f"There is no action '{name[:64]}'.")

    # -- metadata

    @route("GET", "/volumes/<number>/metadata")
    async def metadata(self, call: Call, number: str) -> Document:
        found = await self.volumes.get(call.principal, _number(number))
        return {"metadata": dict(found.metadata)}

    @route("POST PUT", "/volumes/<number>/metadata", body=Any)
    async def set_metadata(self, call: Call, number: str) -> Document:
        said = bodies.metadata_of(call.body)
        left = await self.volumes.set_metadata(
            call.principal, _number(number), said, replace=call.method == "PUT"
        )
        return {"metadata": dict(left)}

    @route("DELETE", "/volumes/<number>/metadata/<path:key>")
    async def delete_metadata(self, call: Call, number: str, key: str) -> None:
        try:
            await self.volumes.delete_metadata(call.principal, _number(number), key)
        except NoSuchKey as error:
            raise Malformed(error.message) from None

    # -- types

    @route("GET", "/types")
    async def types(self, call: Call) -> Document:
        return {"volume_types": [type_legacy(kind) for kind in await self.volumes.types()]}

    @route("GET", "/types/<number>")
    async def show_type(self, call: Call, number: str) -> Document:
        wanted = parse_integer(number, "volume type")
        for kind in await self.volumes.types(deleted=True):
            if kind.id == wanted:
                return {"volume_type": type_legacy(kind)}
        raise NotFound(f"Volume type {wanted} does not exist.")


def _fits(volume: Volume, name: str, value: str) -> bool:
    if name == "name":
        return value.lower() in volume.name.lower()
    if name == "marker":
        return volume.id > int(value)
    told = volume.server if name == "server" else volume.status.lower()
    return str(told) == value.lower()


def _number(text: str) -> VolumeId:
    return VolumeId(parse_integer(text, "volume"))
