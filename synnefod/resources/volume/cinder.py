"""Cinder v3's face of the volumes and their types (compute-image-volume.md 14.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.common.errors import Malformed, NotFound, TooLarge
from synnefod.common.ids import uuid_with_dashes
from synnefod.compute.interface import Disks
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.volume import bodies
from synnefod.resources.volume.paging import links, mine, page
from synnefod.resources.volume.snapshots import SnapshotRules
from synnefod.resources.volume.views import type_cinder, volume_cinder
from synnefod.volumes.interface import (
    NoHelper,
    SourceNotFound,
    Volume,
    Volumes,
    VolumeTooLarge,
    VolumeType,
)

Document = dict[str, Any]


class CinderVolumes:
    """`/volumes`, with and without the project before it (VOL-201)."""

    def __init__(self, volumes: Volumes, disks: Disks, rules: SnapshotRules) -> None:
        self.volumes = volumes
        self.disks = disks
        self.rules = rules

    # -- looking

    @route("GET", "/volumes")
    @route("GET", "/<project>/volumes")
    async def index(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, detail=False)

    @route("GET", "/volumes/detail")
    @route("GET", "/<project>/volumes/detail")
    async def detail(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, detail=True)

    async def _listed(self, call: Call, project: str | None, *, detail: bool) -> Document:
        url = mine(call, project)
        everybody = call.query.one("all_tenants", "0").lower() in ("1", "true")
        found: Sequence[Volume] = await self.volumes.visible(
            call.principal, everybody=everybody and call.principal.is_admin
        )
        of = call.query.one("project_id")
        if of is not None:
            found = [each for each in found if each.project == uuid_with_dashes(of)]
        types = await self.kinds()
        rows, more = page(call, [volume_cinder(volume, url, types) for volume in found])
        short = ("id", "name", "links")
        answer: Document = {
            "volumes": rows if detail else [{key: row[key] for key in short} for row in rows]
        }
        if more and rows:
            path = "/volumes/detail" if detail else "/volumes"
            answer["volumes_links"] = links(call, url + path, rows[-1]["id"])
        return answer

    @route("GET", "/volumes/<volume>")
    @route("GET", "/<project>/volumes/<volume>")
    async def show(self, call: Call, volume: str, project: str | None = None) -> Document:
        return await self._shown(call, await self.one(call, volume, project), project)

    async def _shown(self, call: Call, volume: Volume, project: str | None) -> Document:
        return {"volume": volume_cinder(volume, mine(call, project), await self.kinds())}

    async def one(self, call: Call, volume: str, project: str | None) -> Volume:
        """Raises NotFound; Malformed for a project that is not the token's."""
        mine(call, project)
        return await self.volumes.get(call.principal, bodies.volume_number(volume))

    async def kinds(self) -> dict[int, VolumeType]:
        """All types by number, deleted ones too: volumes of them live on."""
        return {kind.id: kind for kind in await self.volumes.types(deleted=True)}

    # -- changing

    @route("POST", "/volumes", body=Any)
    @route("POST", "/<project>/volumes", body=Any)
    async def create(self, call: Call, project: str | None = None) -> Reply:
        """The whole volume at once (VOL-202), without what only administrators look at."""
        mine(call, project)
        wanted = bodies.new_cinder(call.body)
        if wanted.snapshot is not None:
            self.rules.allow(call.principal)
        try:
            made = await self.disks.create(call.principal, wanted)
        except VolumeTooLarge as error:
            raise TooLarge(error.message) from None
        except SourceNotFound as error:
            if wanted.image is not None:
                raise
            raise NotFound(error.message) from None
        if wanted.volume is not None:  # as it is now: being copied, or bootable
            made = await self.one(call, str(made.id), project)
        return Reply(await self._changed(call, made, project), status=202)

    async def _changed(self, call: Call, volume: Volume, project: str | None) -> Document:
        """As creation and change answer: without what only `show` tells."""
        shown = (await self._shown(call, volume, project))["volume"]
        hidden = ("os-vol", "volume_image_metadata")
        return {"volume": {key: shown[key] for key in shown if not key.startswith(hidden)}}

    @route("PUT", "/volumes/<volume>", body=Any)
    @route("PUT", "/<project>/volumes/<volume>", body=Any)
    async def update(self, call: Call, volume: str, project: str | None = None) -> Document:
        found = await self.one(call, volume, project)
        said = bodies.envelope(call.body, "volume")
        name = bodies.first_text(said, "name", "display_name")
        description = bodies.first_text(said, "description", "display_description")
        values = said.get("metadata")
        if name is None and description is None and values is None:
            raise Malformed("There is nothing to change.")
        if values is not None:
            wanted = bodies.pairs(values)
            await self.volumes.set_metadata(call.principal, found.id, wanted, replace=True)
        if name is not None or description is not None:
            await self.volumes.describe(
                call.principal, found.id, name=name, description=description
            )
        return await self._changed(call, await self.one(call, volume, project), project)

    @route("DELETE", "/volumes/<volume>", status=202)
    @route("DELETE", "/<project>/volumes/<volume>", status=202)
    async def delete(self, call: Call, volume: str, project: str | None = None) -> None:
        """Attached ones stay; `cascade` and `force` change nothing: snapshots outlive volumes."""
        found = await self.one(call, volume, project)
        if found.server is not None:
            raise Malformed(f"Volume {found.id} is attached to a server.")
        try:
            await self.disks.delete(call.principal, found.id)
        except NoHelper as error:
            raise Malformed(error.message) from None

    # -- metadata

    @route("GET", "/volumes/<volume>/metadata")
    @route("GET", "/<project>/volumes/<volume>/metadata")
    async def metadata(self, call: Call, volume: str, project: str | None = None) -> Document:
        return {"metadata": dict((await self.one(call, volume, project)).metadata)}

    @route("POST PUT", "/volumes/<volume>/metadata", body=Any)
    @route("POST PUT", "/<project>/volumes/<volume>/metadata", body=Any)
    async def set_metadata(self, call: Call, volume: str, project: str | None = None) -> Document:
        found = await self.one(call, volume, project)
        said = bodies.metadata_of(call.body)
        left = await self.volumes.set_metadata(
            call.principal, found.id, said, replace=call.method == "PUT"
        )
        return {"metadata": dict(left)}

    @route("GET", "/volumes/<volume>/metadata/<key>")
    @route("GET", "/<project>/volumes/<volume>/metadata/<key>")
    async def item(self, call: Call, volume: str, key: str, project: str | None = None) -> Document:
        found = await self.one(call, volume, project)
        if key not in found.metadata:
            raise NotFound(f"The volume's metadata has no key '{key[:64]}'.")
        return {"meta": {key: found.metadata[key]}}

    @route("PUT", "/volumes/<volume>/metadata/<key>", body=Any)
    @route("PUT", "/<project>/volumes/<volume>/metadata/<key>", body=Any)
    async def set_item(
        self, call: Call, volume: str, key: str, project: str | None = None
    ) -> Document:
        found = await self.one(call, volume, project)
        said = bodies.pairs(bodies.envelope(call.body, "meta"), "meta")
        if list(said) != [key]:
            raise Malformed("The body names another key than the path.")
        await self.volumes.set_metadata(call.principal, found.id, said)
        return {"meta": dict(said)}

    @route("DELETE", "/volumes/<volume>/metadata/<key>")
    @route("DELETE", "/<project>/volumes/<volume>/metadata/<key>")
    async def delete_item(
        self, call: Call, volume: str, key: str, project: str | None = None
    ) -> None:
        found = await self.one(call, volume, project)
        await self.volumes.delete_metadata(call.principal, found.id, key)


class CinderTypes:
    """`/types`; they are made by administrators' commands."""

    def __init__(self, volumes: Volumes) -> None:
        self.volumes = volumes

    @route("GET", "/types")
    @route("GET", "/<project>/types")
    async def index(self, call: Call, project: str | None = None) -> Document:
        mine(call, project)
        everything = call.principal.is_admin
        kinds = await self.volumes.types()
        return {"volume_types": [type_cinder(kind, everything=everything) for kind in kinds]}

    @route("GET", "/types/<kind>")
    @route("GET", "/<project>/types/<kind>")
    async def show(self, call: Call, kind: str, project: str | None = None) -> Document:
        """`default` is the type of volumes that name none (VOL-204)."""
        mine(call, project)
        return {"volume_type": await self._one(call, kind)}

    @route("GET", "/types/<kind>/extra_specs")
    @route("GET", "/<project>/types/<kind>/extra_specs")
    async def specs(self, call: Call, kind: str, project: str | None = None) -> Document:
        mine(call, project)
        return {"extra_specs": (await self._one(call, kind))["extra_specs"]}

    @route("GET", "/types/<kind>/extra_specs/<key>")
    @route("GET", "/<project>/types/<kind>/extra_specs/<key>")
    async def spec(self, call: Call, kind: str, key: str, project: str | None = None) -> Document:
        mine(call, project)
        found = (await self._one(call, kind))["extra_specs"]
        if key not in found:
            raise NotFound(f"The volume type has no specification '{key[:64]}'.")
        return {key: found[key]}

    async def _one(self, call: Call, kind: str) -> Document:
        everything = call.principal.is_admin
        if kind == "default":
            return type_cinder(await self.volumes.default_type(), everything=everything)
        for found in await self.volumes.types():
            if str(found.id) == kind:
                return type_cinder(found, everything=everything)
        raise NotFound(f"Volume type {kind[:64]} could not be found.")
