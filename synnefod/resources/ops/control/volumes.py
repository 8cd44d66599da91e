"""Volumes and their types (OPS-076, OPS-091 to OPS-095)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Malformed, NotFound, Refusal
from synnefod.common.ids import BackendId, ProjectId, VolumeId, uuid_with_dashes
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import (
    ADMINISTRATOR,
    Body,
    Mails,
    Nothing,
    Number,
    Office,
    Row,
    when,
)
from synnefod.volumes.interface import NewVolume, Volume, VolumeType


class NewType(Body):
    name: str
    disk_template: str
    specs: dict[str, str] = {}


class NamedType(Body):
    volume_type: Number


class ModifyType(NamedType):
    """With `deleted` all its flavors are deleted too, or come back."""

    deleted: bool | None = None
    spec_add: dict[str, str] = {}
    spec_delete: list[str] = []


class Create(Body):
    """Of a user's, or of a server's owner and by that server."""

    size: Number | None = None
    name: str = ""
    description: str = ""
    user: str | None = None
    server: Number | None = None
    project: str | None = None
    source: str | None = None
    volume_type: Number | None = None


class Listing(Mails):
    deleted: bool = False
    user: str | None = None


class Named(Body):
    volume: Number


class Modify(Named):
    """What is None is left alone (OPS-094)."""

    name: str | None = None
    description: str | None = None
    delete_on_termination: bool | None = None


class Attach(Named):
    server: Number


@frozen
class VolumeTypeVerbs:
    """volume-type-create/-list/-show/-modify."""

    office: Office

    @route("POST", "/v1/volume-type-create", body=NewType, auth=False)
    async def add(self, call: Call) -> Row:
        body: NewType = call.body
        volumes = self.office.house.volumes
        number = await volumes.add_type(body.name, body.disk_template, body.specs)
        return {"row": listed_type(await self._one(number))}

    @route("POST", "/v1/volume-type-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [listed_type(kind) for kind in await self.office.house.volumes.types()]}

    @route("POST", "/v1/volume-type-show", body=NamedType, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        found = await self._one(call.body.volume_type)
        flavors = await self.office.house.compute.compute.flavors.all()
        rows = [
            {"flavor": each.id, "name": each.name}
            for each in flavors
            if each.volume_type == found.id
        ]
        return {"row": listed_type(found) | {"deleted": found.deleted}, "tables": {"flavors": rows}}

    @route("POST", "/v1/volume-type-modify", body=ModifyType, auth=False)
    async def modify(self, call: Call) -> Row:
        body: ModifyType = call.body
        found = await self.office.house.volumes.modify_type(
            body.volume_type, deleted=body.deleted, add=body.spec_add, remove=body.spec_delete
        )
        flavors = self.office.house.compute.compute.flavors
        if body.deleted is not None:
            for flavor in await flavors.all(deleted=True):
                if flavor.volume_type == found.id and flavor.deleted is not body.deleted:
                    await flavors.modify(flavor.id, deleted=body.deleted)
        return {"row": listed_type(found) | {"deleted": found.deleted}}

    async def _one(self, number: int) -> VolumeType:
        for found in await self.office.house.volumes.types(deleted=True):
            if found.id == number:
                return found
        raise NotFound(f"Volume type {number} does not exist.")


@frozen
class VolumeVerbs:
    """volume-create/-list/-show/-inspect/-modify/-attach/-detach/-remove."""

    office: Office

    @route("POST", "/v1/volume-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        body: Create = call.body
        compute = self.office.house.compute.compute
        user, project = body.user, body.project
        if body.server is not None:
            server = (await compute.servers.show(ADMINISTRATOR, body.server, deleted=False)).server
            user = user or server.user
            project = project or server.project
        if user is None:
            raise Malformed("A volume has an owner: name a user or a server.")
        owner = await self.office.acting(user)
        kind, _, source = (body.source or "").partition(":")
        if body.source and (kind not in ("image", "snapshot") or not source):
            raise Malformed("A source is image:UUID or snapshot:UUID.")
        made = await compute.disks.create(
            owner,
            NewVolume(
                name=body.name,
                size=body.size,
                description=body.description,
                volume_type=body.volume_type,
                server=body.server,
                image=source if kind == "image" else None,
                snapshot=source if kind == "snapshot" else None,
                project=None if project is None else ProjectId(uuid_with_dashes(project)),
            ),
        )
        return await self._shown(made.id)

    @route("POST", "/v1/volume-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        found = await self.office.house.volumes.visible(
            ADMINISTRATOR, everybody=True, since=0 if body.deleted else None
        )
        owner = None if body.user is None else await self.office.owner(body.user)
        kinds = await self._kinds()
        rows = [
            listed(volume, kinds)
            for volume in found
            if volume.deleted is body.deleted and owner in (None, volume.user)
        ]
        return {"rows": await self.office.with_emails(rows, body.mails)}

    @route("POST", "/v1/volume-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        return await self._shown(call.body.volume)

    @route("POST", "/v1/volume-inspect", body=Named, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        """The row beside the disk in the cluster; a cluster that does not answer is told so."""
        answer = await self._shown(call.body.volume)
        number = answer["row"]["server_id"]
        if number is None:
            return answer
        compute = self.office.house.compute.compute
        server = (await compute.servers.show(ADMINISTRATOR, number)).server
        if server.backend is None:
            return answer
        prefix = compute.limits.prefix
        try:
            cluster = await self.office.house.backends.cluster(BackendId(server.backend))
            instance = await cluster.instance(f"{prefix}{server.id}")
        except Refusal as error:
            answer["row"]["cluster"] = error.message
            return answer
        answer["tables"]["disk"] = [
            {"name": disk.name, "size": disk.size, "uuid": disk.uuid, "index": index}
            for index, disk in enumerate(instance.disks)
            if disk.name == f"{prefix}vol-{call.body.volume}"
        ]
        return answer

    @route("POST", "/v1/volume-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        await self.office.house.volumes.describe(
            ADMINISTRATOR,
            VolumeId(body.volume),
            name=body.name,
            description=body.description,
            delete_on_termination=body.delete_on_termination,
        )
        return await self._shown(body.volume)

    @route("POST", "/v1/volume-attach", body=Attach, auth=False)
    async def attach(self, call: Call) -> Row:
        body: Attach = call.body
        devices = self.office.house.compute.compute.devices
        await devices.attach(ADMINISTRATOR, body.server, VolumeId(body.volume))
        return await self._shown(body.volume)

    @route("POST", "/v1/volume-detach", body=Named, auth=False)
    async def detach(self, call: Call) -> Row:
        number = VolumeId(call.body.volume)
        found = await self.office.house.volumes.get(ADMINISTRATOR, number)
        if found.server is None:
            raise Malformed(f"Volume {number} is not attached to a server.")
        devices = self.office.house.compute.compute.devices
        await devices.detach(ADMINISTRATOR, found.server, number)
        return await self._shown(number)

    @route("POST", "/v1/volume-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        number = VolumeId(call.body.volume)
        await self.office.house.compute.compute.disks.delete(ADMINISTRATOR, number)
        return await self._shown(number)

    async def _kinds(self) -> dict[int, VolumeType]:
        return {kind.id: kind for kind in await self.office.house.volumes.types(deleted=True)}

    async def _shown(self, number: int) -> Row:
        found = await self.office.house.volumes.get(ADMINISTRATOR, VolumeId(number), deleted=True)
        rows = await self.office.with_emails([listed(found, await self._kinds())], True)
        row = rows[0] | {
            "name": found.name,
            "description": found.description,
            "project": found.project,
            "shared": found.shared,
            "index": found.index,
            "delete_on_termination": found.delete_on_termination,
            "deleted": found.deleted,
            "created": when(found.created),
            "updated": when(found.updated),
        }
        metadata = [{"key": key, "value": value} for key, value in found.metadata.items()]
        return {"row": row, "tables": {"metadata": metadata}}


def listed(volume: Volume, kinds: dict[int, VolumeType]) -> Row:
    """The columns of volume-list; sizes in GiB."""
    kind = kinds[volume.volume_type]
    return {
        "id": volume.id,
        "user.uuid": volume.user,
        "size": volume.size,
        "status": volume.status,
        "source": volume.source,
        "disk_template": kind.disk_template,
        "volume_type": volume.volume_type,
        "server_id": volume.server,
        "name": volume.name,
        "project": volume.project,
        "index": volume.index,
        "created": when(volume.created),
        "updated": when(volume.updated),
    }


def listed_type(kind: VolumeType) -> Row:
    """The columns of volume-type-list."""
    return {
        "id": kind.id,
        "name": kind.name,
        "disk_template": kind.disk_template,
        "specs": ", ".join(f"{name}={value}" for name, value in sorted(kind.specs.items())),
    }
