"""Servers made for people, their tags, and their owners (OPS-081 to OPS-087)."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import FlavorId, NetworkId, PortId, ProjectId, uuid_with_dashes
from synnefod.compute.interface import Disk, NewServer, PortRequest
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import ADMINISTRATOR, Body, Number, Office, Row


class PortWish(Body):
    """One of: a network, perhaps with an address; a port; a floating IP. All by number."""

    network: Number | None = None
    address: str | None = None
    port: Number | None = None
    floating_ip: Number | None = None


class DiskWish(Body):
    """An existing volume, or one of `size` GiB, perhaps filled from an image or a snapshot."""

    volume: Number | None = None
    size: Number | None = None
    image: str | None = None
    snapshot: str | None = None


class Create(Body):
    name: str
    user: str
    flavor: Number
    password: str
    image: str = ""
    project: str | None = None
    backend: Number | None = None
    ports: list[PortWish] | None = None
    disks: list[DiskWish] = []
    tags: list[str] = []
    helper: bool = False


class Tagging(Body):
    """Applied in the order replacement, deletions, addition."""

    server: Number
    add: str | None = None
    delete: str | None = None
    delete_all: bool = False
    replace_all: list[str] | None = None
    namespace: Literal["user", "system"] = "user"


class TagNamed(Body):
    server: Number
    tag: str


class Giving(Body):
    server: Number
    user: str


@frozen
class ServerWorkVerbs:
    """server-create, server-tags, server-tag-exists, server-give."""

    office: Office

    @route("POST", "/v1/server-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        """Charged to the person; the password is told once more."""
        body: Create = call.body
        owner = await self.office.acting(body.user)
        house = self.office.house
        wanted = NewServer(
            name=body.name,
            flavor=FlavorId(body.flavor),
            image=body.image,
            project=None if body.project is None else ProjectId(uuid_with_dashes(body.project)),
            tags=tuple(body.tags),
            password=body.password,
            disks=tuple(_disk(wish) for wish in body.disks),
            ports=None if body.ports is None else tuple([await self._port(w) for w in body.ports]),
            backend=None if body.backend is None else (await house.backends.get(body.backend)).id,  # type: ignore[arg-type]
            helper=body.helper,
        )
        detail, _ = await house.compute.compute.creation.create(owner, wanted)
        server = detail.server
        row = {"id": server.id, "name": server.name, "user.uuid": server.user}
        return {"row": {**row, "project": server.project, "state": server.life.operstate.value}}

    async def _port(self, wish: PortWish) -> PortRequest:
        if wish.floating_ip is not None:
            for found in await self.office.house.network.floating_ips(ADMINISTRATOR):
                if found.id == wish.floating_ip:
                    return PortRequest(network=found.network, address=found.address)
            raise NotFound(f"There is no floating IP {wish.floating_ip}.")
        if wish.port is not None:
            return PortRequest(port=PortId(wish.port))
        if wish.network is None:
            raise Malformed("A port is network:ID, id:ID or floatingip:ID.")
        return PortRequest(network=NetworkId(wish.network), address=wish.address)

    @route("POST", "/v1/server-tags", body=Tagging, auth=False)
    async def tag(self, call: Call) -> Row:
        body: Tagging = call.body
        tags, system = self.office.house.compute.compute.tags, body.namespace == "system"
        who: tuple[Any, int] = (ADMINISTRATOR, body.server)
        if body.replace_all is not None:
            await tags.replace(*who, body.replace_all, pending=True, system=system)
        if body.delete_all:
            await tags.remove(*who, None, pending=True, system=system)
        if body.delete is not None:
            await tags.remove(*who, body.delete, pending=True, system=system)
        if body.add is not None:
            await tags.add(*who, body.add, system=system)
        return {"rows": await self._tags(body.server)}

    @route("POST", "/v1/server-tag-exists", body=TagNamed, auth=False, change=False)
    async def tag_exists(self, call: Call) -> Row:
        """In whichever namespace. Raises NotFound."""
        body: TagNamed = call.body
        rows = [row for row in await self._tags(body.server) if row["tag"] == body.tag]
        if not rows:
            raise NotFound(f"Server {body.server} has no tag '{body.tag[:64]}'.")
        return {"rows": rows}

    async def _tags(self, server: int) -> list[Row]:
        detail = await self.office.house.compute.compute.servers.show(ADMINISTRATOR, server)
        return [
            {"tag": tag.name, "status": "ACTIVE" if tag.active else "PENDADD", "namespace": space}
            for space, tags in (("user", detail.tags), ("system", detail.system_tags))
            for tag in tags
        ]

    @route("POST", "/v1/server-give", body=Giving, auth=False)
    async def give(self, call: Call) -> Row:
        body: Giving = call.body
        owner = (await self.office.person(body.user)).id
        await self.office.house.compute.compute.belonging.give(body.server, owner)
        return {"row": {"id": body.server, "user.uuid": owner}}


def _disk(wish: DiskWish) -> Disk:
    if wish.volume is not None:
        return Disk("volume", str(wish.volume), keep=True)
    if wish.image is not None:
        return Disk("image", wish.image, wish.size)
    if wish.snapshot is not None:
        return Disk("snapshot", wish.snapshot, wish.size)
    return Disk("blank", "", wish.size)
