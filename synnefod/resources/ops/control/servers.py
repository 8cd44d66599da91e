"""Servers (ganeti.md 18)."""

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

from synnefod.common.errors import NotFound, Refusal
from synnefod.common.ids import BackendId, ProjectId
from synnefod.compute.interface import Detail, Operstate, Wanted
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import (
    ADMINISTRATOR,
    Body,
    Mails,
    Number,
    Office,
    Row,
    when,
)


class Listing(Mails):
    deleted: bool = False
    suspended: bool = False
    build: bool = False
    backend: Number | None = None
    user: str | None = None
    project: str | None = None
    image_names: bool = False


class Named(Body):
    server: Number


class Inspect(Named):
    jobs: bool = False
    mails: bool = False


Act = Literal["start", "stop", "reboot_hard", "reboot_soft", "rescue", "unrescue"]


class Modify(Named):
    """Applied in the order name, suspension, flavor, action; what is None is left alone."""

    name: str | None = None
    suspended: bool | None = None
    reason: str = ""
    flavor: Number | None = None
    action: Act | None = None


@frozen
class ServerVerbs:
    """server-list, server-show, server-inspect, server-modify, server-remove."""

    office: Office

    @route("POST", "/v1/server-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Listing = call.body
        wanted = Wanted(
            everybody=True,
            states=frozenset({Operstate.BUILD}) if body.build else None,
            project=None if body.project is None else ProjectId(body.project.lower()),
            since=0 if body.deleted else None,
        )
        found = await self.office.house.compute.compute.servers.list(ADMINISTRATOR, wanted)
        owner = None if body.user is None else await self.office.owner(body.user)
        kept = [
            detail
            for detail in found
            if detail.server.deleted is body.deleted
            and (owner is None or detail.server.user == owner)
            and (body.backend is None or detail.server.backend == body.backend)
            and (not body.suspended or detail.server.suspended)
        ]
        names = await self._backends()
        rows = [listed(detail, names) for detail in kept]
        if body.image_names:
            known = {image.id: image.name for image in await self.office.house.images.all()}
            for row in rows:
                row["image.id"] = known.get(row["image.id"], row["image.id"])
        return {"rows": await self.office.with_emails(rows, body.mails)}

    @route("POST", "/v1/server-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        return await self._shown(call.body.server)

    @route("POST", "/v1/server-inspect", body=Inspect, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        """The row beside what the cluster says; a cluster that does not answer is told so."""
        body: Inspect = call.body
        detail = await self._detail(body.server)
        answer = await self._shown(body.server, mails=body.mails)
        backend = detail.server.backend
        if backend is None:
            return answer
        name = f"{self.office.house.compute.compute.limits.prefix}{detail.server.id}"
        tables: Row = answer["tables"]
        try:
            cluster = await self.office.house.backends.cluster(BackendId(backend))
            tables["instance"] = await self._instance(cluster, name)
            if body.jobs:
                tables["jobs"] = [
                    job_row(job)
                    for job in await cluster.jobs()
                    if any(op.get("instance_name") == name for op in job.ops)
                ]
        except Refusal as error:
            answer["row"]["cluster"] = error.message
        return answer

    @route("POST", "/v1/server-modify", body=Modify, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Modify = call.body
        compute = self.office.house.compute.compute
        if body.name is not None:
            await compute.servers.rename(ADMINISTRATOR, body.server, body.name)
        if body.suspended is not None:
            await compute.actions.suspend(body.server, suspended=body.suspended, reason=body.reason)
        if body.flavor is not None:
            await compute.actions.resize(ADMINISTRATOR, body.server, body.flavor)
        if body.action == "start":
            await compute.actions.start(ADMINISTRATOR, body.server)
        elif body.action == "stop":
            await compute.actions.stop(ADMINISTRATOR, body.server)
        elif body.action == "rescue":
            await compute.rescue.rescue(ADMINISTRATOR, body.server)
        elif body.action == "unrescue":
            await compute.rescue.unrescue(ADMINISTRATOR, body.server)
        elif body.action is not None:
            hard = body.action == "reboot_hard"
            await compute.actions.reboot(ADMINISTRATOR, body.server, hard=hard)
        return await self._shown(body.server)

    @route("POST", "/v1/server-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        """Asks for the removal; it is done when server-show says deleted."""
        number: int = call.body.server
        await self.office.house.compute.compute.actions.delete(ADMINISTRATOR, number)
        return await self._shown(number)

    async def _detail(self, server: int) -> Detail:
        return await self.office.house.compute.compute.servers.show(ADMINISTRATOR, server)

    async def _backends(self) -> dict[int, str]:
        return {int(each.id): each.name for each in await self.office.house.backends.all()}

    async def _shown(self, number: int, *, mails: bool = True) -> Row:
        detail = await self._detail(number)
        rows = [listed(detail, await self._backends())]
        row = (await self.office.with_emails(rows, mails))[0]
        life = detail.server.life
        row |= {
            "task": life.task,
            "task_job": life.task_job,
            "suspend_reason": detail.server.suspend_reason,
            "updated": when(detail.server.updated),
            "fault": detail.fault.message if detail.fault else None,
        }
        tables: Row = {
            "tags": [
                {"tag": tag.name, "status": "ACTIVE" if tag.active else "PENDING"}
                for tag in (*detail.tags, *detail.system_tags)
            ],
            "nics": [
                {
                    "id": port.id,
                    "network": port.network,
                    "mac_address": port.mac,
                    "fixed_ips": ", ".join(ip.address for ip in port.ips),
                    "state": port.state,
                    "index": port.index,
                }
                for port in detail.ports
            ],
            "volumes": [
                {
                    "id": volume.id,
                    "name": volume.name,
                    "size": volume.size,
                    "status": volume.status,
                    "index": volume.index,
                }
                for volume in detail.volumes
            ],
        }
        return {"row": row, "tables": tables}

    async def _instance(self, cluster: Any, name: str) -> list[Row]:
        try:
            found = await cluster.instance(name)
        except NotFound:
            return []
        return [
            {
                "name": found.name,
                "status": found.status,
                "vcpus": found.vcpus,
                "memory": found.memory,
                "pnode": found.pnode,
                "nics": ", ".join(f"{nic.name} {nic.mac}" for nic in found.nics),
                "disks": ", ".join(f"{disk.name} {disk.size}M" for disk in found.disks),
                "tags": ", ".join(found.tags),
            }
        ]


def job_row(job: Any) -> Row:
    return {
        "id": job.id,
        "status": job.status.value,
        "opcodes": ", ".join(str(op.get("OP_ID", "")) for op in job.ops),
        "received": when(job.received),
        "started": when(job.started),
        "ended": when(job.ended),
    }


def listed(detail: Detail, backends: dict[int, str]) -> Row:
    """The columns of server-list."""
    server = detail.server
    addresses = [ip for port in detail.ports for ip in port.ips]
    state = server.life.operstate.value
    if server.life.operstate is Operstate.BUILD:
        state = f"{state}({server.life.progress}%)"
    backend = server.backend
    return {
        "id": server.id,
        "name": server.name,
        "user.uuid": server.user,
        "state": state,
        "flavor": detail.flavor.name,
        "image.id": server.image,
        "backend": None if backend is None else backends.get(int(backend), str(backend)),
        "rescue": server.rescue,
        "ipv4": ", ".join(ip.address for ip in addresses if ip.version == 4),
        "ipv6": ", ".join(ip.address for ip in addresses if ip.version == 6),
        "created": when(server.created),
        "deleted": server.deleted,
        "suspended": server.suspended,
        "project": server.project,
    }
