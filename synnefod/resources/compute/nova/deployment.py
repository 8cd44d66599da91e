"""Limits, usage, zones and the lists that are empty here, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import ProjectId
from synnefod.common.text import iso_z_micros, micros, parse_iso
from synnefod.compute.interface import Compute, Detail, Wanted
from synnefod.quota.interface import CPU, FLOATING_IP, RAM, VM
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.compute.nova.quotas import asked_project, holdings, limit_of
from synnefod.resources.door import Call, route

_MIB = 1 << 20
_HOUR = 3_600_000_000
_MONTH = 31 * 24 * _HOUR


class NovaDeployment:
    """What a client may learn before it makes anything."""

    def __init__(self, compute: Compute, clock: IClock) -> None:
        self._compute = compute
        self._clock = clock

    @route("GET", "/limits")
    async def limits(self, call: Call) -> dict[str, Any]:
        limits, number = self._compute.limits, version(call)
        project = call.principal.project or ProjectId(call.principal.user)
        held = await holdings(self._compute, project, call.principal.user)
        used = {name: holding.usage_max for name, holding in held.items()}
        absolute = {
            "maxTotalInstances": limit_of(held.get(VM)),
            "totalInstancesUsed": used.get(VM, 0),
            "maxTotalCores": limit_of(held.get(CPU)),
            "totalCoresUsed": used.get(CPU, 0),
            "maxTotalRAMSize": limit_of(held.get(RAM), _MIB),
            "totalRAMUsed": used.get(RAM, 0) // _MIB,
            "maxServerMeta": limits.max_metadata,
            "maxTotalKeypairs": limits.max_keypairs,
            "maxServerGroups": 0,
            "maxServerGroupMembers": 0,
            "totalServerGroupsUsed": 0,
        }
        if number < (2, 36):
            absolute |= {
                "maxSecurityGroups": 1,
                "maxSecurityGroupRules": 0,
                "totalSecurityGroupsUsed": 1,
                "maxTotalFloatingIps": limit_of(held.get(FLOATING_IP)),
                "totalFloatingIpsUsed": used.get(FLOATING_IP, 0),
            }
        if number < (2, 39):
            absolute["maxImageMeta"] = 32
        if number < (2, 57):
            absolute |= {
                "maxPersonality": limits.max_personality,
                "maxPersonalitySize": limits.max_personality_size,
            }
        return {"limits": {"rate": [], "absolute": absolute}}

    @route("GET", "/os-simple-tenant-usage")
    async def usages(self, call: Call) -> dict[str, Any]:
        project = call.principal.project or ProjectId(call.principal.user)
        return {"tenant_usages": [await self._usage(call, project)]}

    @route("GET", "/os-simple-tenant-usage/<project>")
    async def usage(self, call: Call, project: str) -> dict[str, Any]:
        return {"tenant_usage": await self._usage(call, asked_project(call, project))}

    async def _usage(self, call: Call, project: ProjectId) -> dict[str, Any]:
        now = micros(self._clock.seconds())
        start, stop = (
            parse_iso(text, "date") if text else usual
            for text, usual in (
                (call.query.one("start"), now - _MONTH),
                (call.query.one("end"), now),
            )
        )
        if start > stop:
            raise Malformed("Invalid start time. The start time cannot occur after the end time.")
        wanted = Wanted(project=project, since=0)
        found = await self._compute.servers.list(call.principal, wanted)
        rows = [
            row
            for row in (_server_usage(detail, start, min(stop, now), now) for detail in found)
            if row["hours"] > 0
        ]
        return {
            "tenant_id": project,
            "start": iso_z_micros(start)[:-1],
            "stop": iso_z_micros(stop)[:-1],
            "total_hours": sum(row["hours"] for row in rows),
            "total_vcpus_usage": sum(row["hours"] * row["vcpus"] for row in rows),
            "total_memory_mb_usage": sum(row["hours"] * row["memory_mb"] for row in rows),
            "total_local_gb_usage": sum(row["hours"] * row["local_gb"] for row in rows),
            "server_usages": rows,
        }

    @route("GET", "/os-availability-zone")
    async def zones(self, call: Call) -> dict[str, Any]:
        zone = {"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}
        return {"availabilityZoneInfo": [zone]}

    @route("GET", "/os-availability-zone/detail")
    async def zone_details(self, call: Call) -> dict[str, Any]:
        if not call.principal.is_admin:
            raise Forbidden("Policy doesn't allow the details of zones to be listed.")
        return await self.zones(call)

    @route("GET", "/os-server-groups")
    async def groups(self, call: Call) -> dict[str, Any]:
        return {"server_groups": []}

    @route("POST", "/os-server-groups", body=Any)
    async def create_group(self, call: Call) -> None:
        raise Forbidden("Quota exceeded, too many server groups.")

    @route("GET", "/extensions")
    async def extensions(self, call: Call) -> dict[str, Any]:
        return {"extensions": []}

    @route("GET", "/extensions/<alias>")
    async def extension(self, call: Call, alias: str) -> None:
        raise NotFound(f"Extension {alias[:64]} not found.")


def _server_usage(detail: Detail, start: int, stop: int, now: int) -> dict[str, Any]:
    row, life = detail.server, detail.server.life
    begun, ended = row.created, life.terminated
    seconds = (min(stop, ended or stop) - max(start, begun)) / _HOUR
    return {
        "instance_id": str(row.id),
        "name": row.name,
        "flavor": detail.flavor.name,
        "vcpus": detail.flavor.cpu,
        "memory_mb": detail.flavor.ram,
        "local_gb": detail.flavor.disk,
        "hours": max(0.0, seconds),
        "started_at": iso_z_micros(begun)[:-1],
        "ended_at": None if ended is None else iso_z_micros(ended)[:-1],
        "state": "terminated" if row.deleted else views.status(row)[1],
        "uptime": ((ended or now) - begun) // 1_000_000,
        "tenant_id": row.project,
    }
