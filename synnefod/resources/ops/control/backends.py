"""Ganeti clusters (ganeti.md 10, 18)."""

from __future__ import annotations

from urllib.parse import urlsplit

from attrs import frozen

from synnefod.backends.interface import Backend, Changes, NewBackend
from synnefod.common.ids import BackendId, ProjectId
from synnefod.common.text import iso_z
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Number, Office, Row, when

RAPI_PORT = 5080


class Add(Body):
    """`url` "": `https://<clustername>:<port>`."""

    clustername: str
    user: str
    password: str
    port: int = RAPI_PORT
    url: str = ""
    verify: str = "off"
    hypervisor: str = ""
    public: bool = True
    drained: bool = True
    check: bool = True
    init: bool = True


class Modify(Body):
    """What is None is left alone."""

    backend: Number
    clustername: str | None = None
    port: int | None = None
    url: str | None = None
    username: str | None = None
    password: str | None = None
    verify: str | None = None
    hypervisor: str | None = None
    drained: bool | None = None
    offline: bool | None = None
    public: bool | None = None
    check: bool = True


class Named(Body):
    backend: Number


class Check(Body):
    """None: all clusters that are not offline."""

    backend: Number | None = None


class Map(Body):
    project: str
    backend: Number


class Unmap(Body):
    """By number, or by project, backend, or both."""

    mapping: Number | None = None
    project: str | None = None
    backend: Number | None = None


@frozen
class BackendVerbs:
    """backend-add, -list, -modify, -remove, -update-status, -check; job-list; project-backend-*."""

    office: Office

    @route("POST", "/v1/backend-add", body=Add, auth=False)
    async def add(self, call: Call) -> Row:
        body: Add = call.body
        backend = await self.office.house.backends.add(
            NewBackend(
                name=body.clustername,
                url=body.url or f"https://{body.clustername}:{body.port}",
                username=body.user,
                password=body.password,
                verify=body.verify,
                hypervisor=body.hypervisor,
                drained=body.drained,
                public=body.public,
                check=body.check,
            )
        )
        if not (body.init and body.check):
            return {"row": listed(backend)}
        brought = await self.office.house.network.upkeep.bring_publics(backend.id)
        return {"row": {**listed(backend), "public networks": len(brought)}}

    @route("POST", "/v1/backend-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        house = self.office.house
        ips = await house.network.upkeep.free_addresses()
        rows = [
            {**listed(backend), "ips": fraction(ips.get(backend.id))}
            for backend in await house.backends.all()
        ]
        return {"rows": rows}

    @route("POST", "/v1/backend-check", body=Check, auth=False)
    async def check(self, call: Call) -> Row:
        wanted = call.body.backend
        checks = self.office.house.checks
        found = await checks.check(None if wanted is None else BackendId(wanted))
        return {
            "rows": [
                {
                    "backend": each.name,
                    "check": each.check,
                    "result": each.result,
                    "details": each.details,
                }
                for each in found
            ]
        }

    @route("POST", "/v1/job-list", body=Nothing, auth=False, change=False)
    async def jobs(self, call: Call) -> Row:
        rows = [
            {
                "backend": each.name,
                "job": each.job,
                "status": each.status,
                "what": each.what,
                "received": None if each.received is None else iso_z(each.received),
            }
            for each in await self.office.house.checks.running()
        ]
        return {"rows": rows}

    @route("POST", "/v1/project-backend-list", body=Nothing, auth=False, change=False)
    async def mapped(self, call: Call) -> Row:
        rows = [
            {"id": each.id, "project": each.project, "backend": each.backend}
            for each in await self.office.house.mappings.all()
        ]
        return {"rows": rows}

    @route("POST", "/v1/project-backend-add", body=Map, auth=False)
    async def map(self, call: Call) -> Row:
        body: Map = call.body
        project = await self.office.house.projects.show(ProjectId(body.project.lower()))
        made = await self.office.house.mappings.add(project.id, BackendId(body.backend))
        return {"row": {"id": made.id, "project": made.project, "backend": made.backend}}

    @route("POST", "/v1/project-backend-remove", body=Unmap, auth=False)
    async def unmap(self, call: Call) -> Row:
        body: Unmap = call.body
        removed = await self.office.house.mappings.remove(
            body.mapping,
            None if body.project is None else ProjectId(body.project.lower()),
            None if body.backend is None else BackendId(body.backend),
        )
        return {"row": {"removed": removed}}

    @route("POST", "/v1/backend-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        backends = self.office.house.backends
        id_ = BackendId(body.backend)
        url = body.url
        if url is None and body.port is not None:
            parts = urlsplit((await backends.get(id_)).url)
            host = parts.hostname or ""
            shown = f"[{host}]" if ":" in host else host
            url = f"{parts.scheme}://{shown}:{body.port}"
        changes = Changes(
            name=body.clustername,
            url=url,
            username=body.username,
            password=body.password,
            verify=body.verify,
            hypervisor=body.hypervisor,
            drained=body.drained,
            offline=body.offline,
            public=body.public,
        )
        return {"row": listed(await backends.modify(id_, changes, check=body.check))}

    @route("POST", "/v1/backend-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        await self.office.house.backends.remove(BackendId(call.body.backend))
        return {"row": {"id": call.body.backend, "removed": True}}

    @route("POST", "/v1/backend-update-status", body=Nothing, auth=False)
    async def refresh(self, call: Call) -> Row:
        """Each backend that is not offline, and whether it answered."""
        backends = self.office.house.backends
        answered = {each.id: each for each in await backends.refresh_all()}
        rows = []
        for backend in await backends.all():
            if not backend.offline:
                shown = listed(answered.get(backend.id, backend))
                rows.append({**shown, "answered": backend.id in answered})
        return {"rows": rows}


def listed(backend: Backend) -> Row:
    """The columns of backend-list; memory and disk in MiB."""
    return {
        "id": backend.id,
        "clustername": backend.name,
        "port": urlsplit(backend.url).port or RAPI_PORT,
        "username": backend.username,
        "drained": backend.drained,
        "offline": backend.offline,
        "public": backend.public,
        "vms": backend.instances,
        "hypervisor": backend.hypervisor,
        "disk_templates": ", ".join(backend.disk_templates),
        "mem": f"{backend.mfree}/{backend.mtotal}",
        "disk": f"{backend.dfree}/{backend.dtotal}",
        "url": backend.url,
        "version": backend.version,
        "updated": when(backend.updated),
    }


def fraction(counts: tuple[int, int] | None) -> str:
    """`free/total`."""
    free, total = counts or (0, 0)
    return f"{free}/{total}"
