"""Limits, quotas, usage, zones and the lists that are empty here, OpenStack dialect (14.4.2)."""

from __future__ import annotations

from typing import Any

from synnefod.common.clockwork import IClock
from synnefod.common.errors import Forbidden, NotFound, Unsupported
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.common.text import iso_z_micros, micros, parse_iso
from synnefod.compute.interface import Compute, Detail, Wanted
from synnefod.quota.interface import CPU, FLOATING_IP, INFINITE, RAM, VM, Holding
from synnefod.resources.compute.nova import views
from synnefod.resources.compute.nova.actions import default_group
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.door import Call, route

_MIB = 1 << 20
_HOUR = 3_600_000_000
_MONTH = 31 * 24 * _HOUR
_NETWORK_ITEMS = ("floating_ips", "fixed_ips", "security_groups", "security_group_rules")


def _limit(holding: Holding | None, unit: int = 1) -> int:
    if holding is None:
        return 0
    return -1 if holding.limit >= INFINITE else holding.limit // unit


class NovaDeployment:
    """What a client may learn before it makes anything."""

    def __init__(self, compute: Compute, clock: IClock) -> None:
        self._compute = compute
        self._clock = clock

    async def _holdings(self, project: ProjectId, user: UserId | None) -> dict[str, Holding]:
        found = await self._compute.servers.holdings(project, user)
        return {holding.resource: holding for holding in found}

    def _project(self, call: Call, project: str) -> ProjectId:
        """The project, if the asker may ask about it."""
        wanted = ProjectId(uuid_with_dashes(project))
        if not call.principal.may_use(wanted) and wanted != call.principal.project:
            raise Forbidden("Policy doesn't allow this project to be asked about.")
        return wanted

    @route("GET", "/limits")
    async def limits(self, call: Call) -> dict[str, Any]:
        limits, number = self._compute.limits, version(call)
        project = call.principal.project or ProjectId(call.principal.user)
        held = await self._holdings(project, call.principal.user)
        used = {name: holding.usage_max for name, holding in held.items()}
        absolute = {
            "maxTotalInstances": _limit(held.get(VM)),
            "totalInstancesUsed": used.get(VM, 0),
            "maxTotalCores": _limit(held.get(CPU)),
            "totalCoresUsed": used.get(CPU, 0),
            "maxTotalRAMSize": _limit(held.get(RAM), _MIB),
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
                "maxTotalFloatingIps": _limit(held.get(FLOATING_IP)),
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

    @route("GET", "/os-quota-sets/<project>")
    async def quotas(self, call: Call, project: str) -> dict[str, Any]:
        found = await self._quota_set(call, project)
        made = {name: limit for name, (limit, _, _) in found.items()}
        return {"quota_set": {"id": project, **made}}

    @route("GET", "/os-quota-sets/<project>/defaults")
    async def default_quotas(self, call: Call, project: str) -> dict[str, Any]:
        return await self.quotas(call, project)

    @route("GET", "/os-quota-sets/<project>/detail")
    async def quota_details(self, call: Call, project: str) -> dict[str, Any]:
        found = await self._quota_set(call, project)
        made = {
            name: {"limit": limit, "in_use": used, "reserved": reserved}
            for name, (limit, used, reserved) in found.items()
        }
        return {"quota_set": {"id": project, **made}}

    async def _quota_set(self, call: Call, project: str) -> dict[str, tuple[int, int, int]]:
        """(limit, in use, reserved) by Nova's names."""
        limits, number = self._compute.limits, version(call)
        held = await self._holdings(self._project(call, project), None)

        def counted(resource: str, unit: int = 1) -> tuple[int, int, int]:
            holding = held.get(resource)
            if holding is None:
                return 0, 0, 0
            used, pending = holding.usage_min // unit, holding.pending // unit
            return _limit(holding, unit), used, pending

        made = {
            "instances": counted(VM),
            "cores": counted(CPU),
            "ram": counted(RAM, _MIB),
            "key_pairs": (limits.max_keypairs, 0, 0),
            "metadata_items": (limits.max_metadata, 0, 0),
            "server_groups": (0, 0, 0),
            "server_group_members": (0, 0, 0),
        }
        if number < (2, 57):
            made |= {
                "injected_files": (limits.max_personality, 0, 0),
                "injected_file_content_bytes": (limits.max_personality_size, 0, 0),
                "injected_file_path_bytes": (255, 0, 0),
            }
        if number < (2, 36):
            made |= {name: (-1, 0, 0) for name in _NETWORK_ITEMS}
            made["floating_ips"] = counted(FLOATING_IP)
        return made

    @route("GET", "/os-simple-tenant-usage")
    async def usages(self, call: Call) -> dict[str, Any]:
        project = call.principal.project or ProjectId(call.principal.user)
        return {"tenant_usages": [await self._usage(call, project)]}

    @route("GET", "/os-simple-tenant-usage/<project>")
    async def usage(self, call: Call, project: str) -> dict[str, Any]:
        return {"tenant_usage": await self._usage(call, self._project(call, project))}

    async def _usage(self, call: Call, project: ProjectId) -> dict[str, Any]:
        now = micros(self._clock.seconds())
        start, stop = (
            parse_iso(text, "date") if text else usual
            for text, usual in (
                (call.query.one("start"), now - _MONTH),
                (call.query.one("end"), now),
            )
        )
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

    @route("GET", "/os-security-groups")
    async def security_groups(self, call: Call) -> dict[str, Any]:
        _below(call, (2, 36))
        return {"security_groups": [default_group(call.principal.project)]}

    @route("GET", "/os-floating-ip-pools")
    async def pools(self, call: Call) -> dict[str, Any]:
        _below(call, (2, 36))
        return {"floating_ip_pools": []}

    @route("GET", "/os-hypervisors")
    @route("GET", "/os-hypervisors/detail")
    @route("GET", "/os-services")
    @route("GET", "/os-aggregates")
    @route("GET", "/os-hosts")
    @route("GET", "/os-migrations")
    async def administration(self, call: Call) -> None:
        if not call.principal.is_admin:
            raise Forbidden("Policy doesn't allow this to be performed.")
        raise Unsupported("Clusters are administered with their own commands.")


def _below(call: Call, number: tuple[int, int]) -> None:
    if version(call) >= number:
        raise NotFound("The resource could not be found.")


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
