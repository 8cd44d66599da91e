"""Servers, OpenStack dialect: `/cyclades/compute/v2.1/servers` (14.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from attrs import evolve

from synnefod.common.errors import Malformed, NotFound, Unsupported
from synnefod.compute.interface import (
    Compute,
    Detail,
    Disk,
    FlavorNotFound,
    KeypairNotFound,
    NewServer,
    Personality,
    PortRequest,
    ServerNotFound,
)
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.filters import PAGE, read_filters
from synnefod.resources.compute.nova.grouping import Grouping
from synnefod.resources.compute.nova.microversion import Version, version
from synnefod.resources.compute.reading import (
    disk,
    flavor_number,
    image_name,
    integer,
    port_requests,
)
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.schemas import compute as schemas


def server_number(text: str) -> int:
    """A server's number; whatever is no number names no server (CMP-403)."""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ServerNotFound(f"Instance {text[:64]} could not be found.")
    return int(text)


class NovaServers:
    """Servers as openstacksdk, gophercloud and Tempest know them."""

    def __init__(self, compute: Compute, grouping: Grouping) -> None:
        self._compute = compute
        self.grouping = grouping

    def view(self, call: Call, found: Sequence[Detail]) -> list[dict[str, Any]]:
        """The servers as they are shown; what is the same for all is looked up once."""
        prefix, number = self._compute.limits.prefix, version(call)
        url, admin = call.url, call.principal.is_admin
        return [
            views.server(detail, url, number, admin=admin, name=f"{prefix}{detail.server.id}")
            for detail in found
        ]

    async def one(self, call: Call, server: str) -> Detail:
        number = server_number(server)
        return await self._compute.servers.show(call.principal, number, deleted=False)

    async def _page(self, call: Call) -> tuple[list[Detail], list[dict[str, str]]]:
        wanted = read_filters(call, version(call))
        if wanted is None:
            return [], []
        if wanted.after is not None:
            try:
                await self._compute.servers.show(call.principal, wanted.after)
            except ServerNotFound:
                raise Malformed(f"marker [{wanted.after}] not found") from None
        limit = wanted.limit if wanted.limit is not None else PAGE
        more = evolve(wanted, limit=limit + 1)
        found = list(await self._compute.servers.list(call.principal, more))
        if len(found) <= limit or limit == 0:
            return found[:limit], []
        found = found[:limit]
        query = [(key, value) for key, value in call.query.items() if key != "marker"]
        again = urlencode([*query, ("marker", str(found[-1].server.id))])
        path = "/servers/detail" if call.path.startswith("/servers/detail") else "/servers"
        return found, [{"rel": "next", "href": f"{call.url}{path}?{again}"}]

    @route("GET", "/servers")
    async def index(self, call: Call) -> dict[str, Any]:
        found, more = await self._page(call)
        made: dict[str, Any] = {"servers": [views.brief(d.server, call.url) for d in found]}
        return {**made, "servers_links": more} if more else made

    @route("GET", "/servers/detail")
    async def details(self, call: Call) -> dict[str, Any]:
        found, more = await self._page(call)
        made: dict[str, Any] = {"servers": self.view(call, found)}
        return {**made, "servers_links": more} if more else made

    @route("POST", "/servers", body=schemas.CreateNovaServer, status=202)
    async def create(self, call: Call) -> Reply:
        body: schemas.NovaServer = call.body.server
        wanted = new_server(body, version(call))
        least = integer(body.min_count, "min_count")
        count = least if body.max_count is None else integer(body.max_count, "max_count")
        if not 1 <= least <= count <= 100:
            raise Malformed("min_count must be at least 1 and at most max_count.")
        wanted = evolve(wanted, groups=await self._groups(call, body.security_groups))
        key = call.headers.get("Idempotency-Key")
        made: list[tuple[Detail, str]] = []
        for place in range(1, count + 1):
            name = wanted.name if count == 1 else f"{wanted.name}-{place}"
            once = None if key is None else key if place == 1 else f"{key} {place}"
            made.append(await self._create(call, evolve(wanted, name=name, once=once)))
        detail, password = made[0]
        if str(body.return_reservation_id).lower() == "true":
            return Reply({"reservation_id": f"r-{detail.server.id:08x}"}, status=202)
        identifier = str(detail.server.id)
        answer = {
            "id": identifier,
            "links": views.links(call.url, "servers", identifier),
            "adminPass": password,
            "security_groups": views.group_names(detail.ports),
            "OS-DCF:diskConfig": "MANUAL",
        }
        where = {"Location": f"{call.url}/servers/{identifier}"}
        return Reply({"server": answer}, status=202, headers=where)

    async def _groups(self, call: Call, named: list[schemas.GroupName]) -> tuple[int, ...] | None:
        """None when the request names none. Raises Malformed for one that is not there."""
        if not named:
            return None
        try:
            return await self.grouping.numbers(call, [str(each.name) for each in named])
        except NotFound as error:
            raise Malformed(error.message) from None

    async def _create(self, call: Call, wanted: NewServer) -> tuple[Detail, str]:
        try:
            return await self._compute.creation.create(call.principal, wanted)
        except (FlavorNotFound, KeypairNotFound, NotFound, Unsupported) as error:
            # Nova says 400 of whatever a creation names and is not there (14.6).
            raise Malformed(error.message) from None

    @route("GET", "/servers/<server>")
    async def show(self, call: Call, server: str) -> dict[str, Any]:
        return {"server": self.view(call, [await self.one(call, server)])[0]}

    @route("PUT", "/servers/<server>", body=schemas.UpdateServer)
    async def update(self, call: Call, server: str) -> dict[str, Any]:
        detail = await self.one(call, server)
        change: schemas.ServerChange = call.body.server
        name = None if change.name is None else stripped(change.name)
        text = change.description
        description = None if not isinstance(text, str) else text
        if text is None:
            description = ""
        detail = await self._compute.servers.rename(
            call.principal, detail.server.id, name, description
        )
        return {"server": views.updated(detail, call.url, version(call))}

    @route("DELETE", "/servers/<server>", status=204)
    async def delete(self, call: Call, server: str) -> None:
        detail = await self.one(call, server)
        await self._compute.actions.delete(call.principal, detail.server.id)

    @route("GET", "/servers/<server>/metadata")
    async def metadata(self, call: Call, server: str) -> dict[str, Any]:
        return {"metadata": dict((await self.one(call, server)).metadata)}

    @route("POST PUT", "/servers/<server>/metadata", body=schemas.Metadata)
    async def set_metadata(self, call: Call, server: str) -> dict[str, Any]:
        replace = call.method == "PUT"
        return {"metadata": await self._set(call, server, call.body.metadata, replace=replace)}

    async def _set(
        self, call: Call, server: str, values: dict[str, str], *, replace: bool
    ) -> dict[str, str]:
        if any(len(key) > 255 or len(value) > 255 for key, value in values.items()):
            raise Malformed("Metadata keys and values have at most 255 characters.")
        number = (await self.one(call, server)).server.id
        return dict(
            await self._compute.servers.set_metadata(
                call.principal, number, values, replace=replace
            )
        )

    @route("GET", "/servers/<server>/metadata/<key>")
    async def meta(self, call: Call, server: str, key: str) -> dict[str, Any]:
        found = (await self.one(call, server)).metadata
        if key not in found:
            raise NotFound("Metadata item was not found.")
        return {"meta": {key: found[key]}}

    @route("PUT", "/servers/<server>/metadata/<key>", body=schemas.Meta)
    async def set_meta(self, call: Call, server: str, key: str) -> dict[str, Any]:
        if set(call.body.meta) != {key}:
            raise Malformed("The request body and the URI mismatch.")
        await self._set(call, server, call.body.meta, replace=False)
        return {"meta": call.body.meta}

    @route("DELETE", "/servers/<server>/metadata/<key>", status=204)
    async def delete_meta(self, call: Call, server: str, key: str) -> None:
        number = (await self.one(call, server)).server.id
        await self._compute.servers.delete_metadata(call.principal, number, key)


def stripped(name: str) -> str:
    """A name without blanks at its ends. Raises Malformed for one that cannot be printed."""
    name = name.strip()
    if not name or len(name) > 255 or not name.isprintable():
        raise Malformed("Invalid input for field/attribute name.")
    return name


def new_server(body: schemas.NovaServer, number: Version) -> NewServer:
    """14.6."""
    mappings = sorted(
        (m for m in body.block_device_mapping_v2 if _boots(m) is not None or _extra(m)),
        key=lambda mapping: _boots(mapping) != 0,
    )
    for mapping in mappings:
        if mapping.destination_type not in (None, "", "local", "volume"):
            raise Malformed("Invalid input for field/attribute destination_type.")
    disks = tuple(disk(mapping) for mapping in mappings)
    image = image_name(body.imageRef)
    if disks and _boots(mappings[0]) != 0:
        if not image:
            raise Malformed("Block Device Mapping is Invalid: no root disk.")
        disks = (Disk("image", image), *disks)
    if number >= (2, 57) and body.personality:
        raise Malformed("Personality files are not taken.")
    tags = tuple(body.tags) if number >= (2, 52) else ()
    zone = body.availability_zone
    if zone not in (None, "", "nova"):
        raise Malformed("The requested availability zone is not available.")
    ports: tuple[PortRequest, ...] | None = None
    if isinstance(body.networks, str):
        if body.networks not in ("auto", "none"):
            raise Malformed("Invalid input for field/attribute networks.")
        ports = () if body.networks == "none" else None
    elif body.networks:
        ports = port_requests(body.networks)
    metadata = body.metadata or {}
    if any(len(key) > 255 or len(value) > 255 for key, value in metadata.items()):
        raise Malformed("Metadata keys and values have at most 255 characters.")
    return NewServer(
        name=stripped(body.name),
        flavor=flavor_number(body.flavorRef),
        image=image,
        description=body.description,
        metadata=metadata,
        tags=tags,
        key_names=(body.key_name,) if body.key_name else (),
        password=body.adminPass or None,
        weak_password=True,
        user_data=body.user_data or None,
        personality=tuple(
            Personality(file.path, file.contents, "root", "root", 0o600)
            for file in body.personality
        ),
        disks=disks,
        ports=ports,
    )


def _boots(mapping: schemas.Mapping) -> int | None:
    """The boot index; None for absent and -1."""
    if mapping.boot_index in (None, -1, "-1"):
        return None
    return integer(mapping.boot_index or 0, "boot_index")


def _extra(mapping: schemas.Mapping) -> bool:
    return mapping.source_type in ("blank", "volume", "image", "snapshot")
