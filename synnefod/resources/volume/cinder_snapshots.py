"""Cinder v3's face of the snapshots (VOL-206, table 14.7)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed, NotFound
from synnefod.compute.interface import Snapshot
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.volume import bodies
from synnefod.resources.volume.paging import links, mine, page
from synnefod.resources.volume.snapshots import SnapshotDesk, snapshot_cinder

Document = dict[str, Any]


class CinderSnapshots:
    """`/snapshots`, with and without the project before it."""

    def __init__(self, desk: SnapshotDesk) -> None:
        self.desk = desk

    @route("GET", "/snapshots")
    @route("GET", "/<project>/snapshots")
    async def index(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, full=False)

    @route("GET", "/snapshots/detail")
    @route("GET", "/<project>/snapshots/detail")
    async def detail(self, call: Call, project: str | None = None) -> Document:
        return await self._listed(call, project, full=True)

    async def _listed(self, call: Call, project: str | None, *, full: bool) -> Document:
        url = mine(call, project)
        found = await self.desk.all(call.principal)
        rows, more = page(call, [snapshot_cinder(image, full=full) for image in found])
        answer: Document = {"snapshots": rows}
        if more and rows:
            path = "/snapshots/detail" if full else "/snapshots"
            answer["snapshots_links"] = links(call, url + path, rows[-1]["id"])
        return answer

    @route("POST", "/snapshots", body=Any)
    @route("POST", "/<project>/snapshots", body=Any)
    async def create(self, call: Call, project: str | None = None) -> Reply:
        mine(call, project)
        said = bodies.envelope(call.body, "snapshot")
        if "volume_id" not in said:
            raise Malformed("'volume_id' is required.")
        volume = bodies.number_or_name(said, "volume_id")
        wanted = Snapshot(
            volume=bodies.volume_number(str(volume)),
            name=bodies.first_text(said, "name", "display_name") or "",
            description=bodies.first_text(said, "description", "display_description") or "",
            metadata=bodies.pairs(said.get("metadata")),
        )
        made = await self.desk.take(call.principal, wanted, force=bodies.lenient(said, "force"))
        return Reply({"snapshot": snapshot_cinder(made, full=False)}, status=202)

    @route("GET", "/snapshots/<snapshot>")
    @route("GET", "/<project>/snapshots/<snapshot>")
    async def show(self, call: Call, snapshot: str, project: str | None = None) -> Document:
        mine(call, project)
        return {"snapshot": snapshot_cinder(await self.desk.get(call.principal, snapshot))}

    @route("PUT", "/snapshots/<snapshot>", body=Any)
    @route("PUT", "/<project>/snapshots/<snapshot>", body=Any)
    async def update(self, call: Call, snapshot: str, project: str | None = None) -> Document:
        mine(call, project)
        said = bodies.envelope(call.body, "snapshot")
        name = bodies.first_text(said, "name", "display_name")
        description = bodies.first_text(said, "description", "display_description")
        if name is None and description is None:
            raise Malformed("There is nothing to change.")
        found = await self.desk.describe(call.principal, snapshot, name, description)
        return {"snapshot": snapshot_cinder(found, full=False)}

    @route("DELETE", "/snapshots/<snapshot>", status=202)
    @route("DELETE", "/<project>/snapshots/<snapshot>", status=202)
    async def delete(self, call: Call, snapshot: str, project: str | None = None) -> None:
        mine(call, project)
        await self.desk.delete(call.principal, snapshot)

    # -- metadata

    @route("GET", "/snapshots/<snapshot>/metadata")
    @route("GET", "/<project>/snapshots/<snapshot>/metadata")
    async def metadata(self, call: Call, snapshot: str, project: str | None = None) -> Document:
        mine(call, project)
        return {"metadata": dict((await self.desk.get(call.principal, snapshot)).properties)}

    @route("POST PUT", "/snapshots/<snapshot>/metadata", body=Any)
    @route("POST PUT", "/<project>/snapshots/<snapshot>/metadata", body=Any)
    async def set_metadata(self, call: Call, snapshot: str, project: str | None = None) -> Document:
        mine(call, project)
        said = bodies.metadata_of(call.body)
        replace = call.method == "PUT"
        left = await self.desk.set_metadata(call.principal, snapshot, said, replace=replace)
        return {"metadata": dict(left.properties)}

    @route("GET", "/snapshots/<snapshot>/metadata/<key>")
    @route("GET", "/<project>/snapshots/<snapshot>/metadata/<key>")
    async def item(
        self, call: Call, snapshot: str, key: str, project: str | None = None
    ) -> Document:
        return {"meta": {key: await self._value(call, snapshot, key, project)}}

    @route("PUT", "/snapshots/<snapshot>/metadata/<key>", body=Any)
    @route("PUT", "/<project>/snapshots/<snapshot>/metadata/<key>", body=Any)
    async def set_item(
        self, call: Call, snapshot: str, key: str, project: str | None = None
    ) -> Document:
        mine(call, project)
        said = bodies.pairs(bodies.envelope(call.body, "meta"), "meta")
        if list(said) != [key]:
            raise Malformed("The body names another key than the path.")
        await self.desk.set_metadata(call.principal, snapshot, said)
        return {"meta": dict(said)}

    @route("DELETE", "/snapshots/<snapshot>/metadata/<key>")
    @route("DELETE", "/<project>/snapshots/<snapshot>/metadata/<key>")
    async def delete_item(
        self, call: Call, snapshot: str, key: str, project: str | None = None
    ) -> None:
        await self._value(call, snapshot, key, project)
        await self.desk.set_metadata(call.principal, snapshot, {key: None})

    async def _value(self, call: Call, snapshot: str, key: str, project: str | None) -> str:
        mine(call, project)
        found = await self.desk.get(call.principal, snapshot)
        if key not in found.properties:
            raise NotFound(f"The snapshot's metadata has no key '{key[:64]}'.")
        return found.properties[key]
