"""Sizes of servers."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import AlreadyExists, NotFound
from synnefod.common.ids import ProjectId
from synnefod.compute.interface import Flavor
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import ADMINISTRATOR, Body, Nothing, Number, Office, Row


class Create(Body):
    """One flavor; RAM in MiB, disk in GiB. With `dry_run` only the outcome is told."""

    cpu: int
    ram: int
    disk: int
    volume_type: Number
    public: bool = True
    specs: dict[str, str] = {}
    dry_run: bool = False


class Listing(Body):
    deleted: bool = False


class Named(Body):
    flavor: Number


class Modify(Body):
    flavor: Number
    public: bool | None = None
    allow_create: bool | None = None
    deleted: bool | None = None
    spec_add: dict[str, str] = {}
    spec_delete: list[str] = []


class Access(Body):
    flavor: Number
    project: str
    granted: bool


@frozen
class FlavorVerbs:
    """flavor-create/-list/-show/-modify, flavor-access-*."""

    office: Office

    @route("POST", "/v1/flavor-create", body=Create, auth=False)
    async def create(self, call: Call) -> Row:
        """`outcome`: created, or exists; an existing one is left as it is (OPS-072)."""
        body: Create = call.body
        flavors = self.office.house.compute.compute.flavors
        wanted = (body.cpu, -(-body.ram // 4) * 4, body.disk, body.volume_type)
        for known in await flavors.all():
            if (known.cpu, known.ram, known.disk, known.volume_type) == wanted:
                return {"row": {**listed(known), "outcome": "exists"}}
        if body.dry_run:
            cpu, ram, disk, kind = wanted
            row = {"cpu": cpu, "ram": ram, "disk": disk, "volume_type": kind}
            return {"row": {**row, "outcome": "would be created"}}
        made = await flavors.create(*wanted, public=body.public, specs=body.specs)
        return {"row": {**listed(made), "outcome": "created"}}

    @route("POST", "/v1/flavor-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        wanted: bool = call.body.deleted
        flavors = self.office.house.compute.compute.flavors
        found, used = await flavors.all(deleted=wanted), await flavors.in_use()
        rows = [
            {**listed(flavor), "vms": used.get(flavor.id, 0)}
            for flavor in found
            if flavor.deleted is wanted
        ]
        return {"rows": rows}

    @route("POST", "/v1/flavor-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        flavors = self.office.house.compute.compute.flavors
        found = await flavors.show(ADMINISTRATOR, call.body.flavor)
        vms = (await flavors.in_use()).get(found.id, 0)
        return {"row": {**listed(found), "deleted": found.deleted, "vms": vms}}

    @route("POST", "/v1/flavor-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        flavors = self.office.house.compute.compute.flavors
        if body.spec_add or body.spec_delete:
            await flavors.set_specs(body.flavor, body.spec_add, body.spec_delete)
        found = await flavors.modify(
            body.flavor,
            public=body.public,
            allow_create=body.allow_create,
            deleted=body.deleted,
        )
        return {"row": {**listed(found), "deleted": found.deleted}}

    @route("POST", "/v1/flavor-access", body=Access, auth=False)
    async def access(self, call: Call) -> Row:
        """Grants a flavor to a project, or takes the grant back."""
        body: Access = call.body
        project = await self.office.house.projects.show(ProjectId(body.project.lower()))
        flavors = self.office.house.compute.compute.flavors
        known = (await flavors.show(ADMINISTRATOR, body.flavor)).projects
        if body.granted and project.id in known:
            raise AlreadyExists("The project may use the flavor already.")
        if not body.granted and project.id not in known:
            raise NotFound("The project has no such access.")
        found = await flavors.grant(body.flavor, project.id, granted=body.granted)
        return {"row": {"flavor": found.id, "projects": list(found.projects)}}

    @route("POST", "/v1/flavor-access-list", body=Nothing, auth=False, change=False)
    async def accesses(self, call: Call) -> Row:
        found = await self.office.house.compute.compute.flavors.all()
        rows = [
            {"id": f"{flavor.id}/{project}", "flavor": flavor.id, "project": project}
            for flavor in found
            for project in flavor.projects
        ]
        return {"rows": rows}


def listed(flavor: Flavor) -> Row:
    """The columns of flavor-list; RAM in MiB, disk in GiB."""
    return {
        "id": flavor.id,
        "name": flavor.name,
        "cpu": flavor.cpu,
        "ram": flavor.ram,
        "disk": flavor.disk,
        "template": flavor.disk_template,
        "volume_type": flavor.volume_type,
        "allow_create": flavor.allow_create,
        "public": flavor.public,
        "specs": ", ".join(f"{name}={value}" for name, value in sorted(flavor.specs.items())),
    }
