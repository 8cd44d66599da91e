"""Clusters as Nova shows its hosts to administrators (CMP-418); they are changed by commands."""

from __future__ import annotations

from typing import Any

from synnefod.backends.interface import Backend, Backends
from synnefod.common.errors import Forbidden, NotFound
from synnefod.common.text import iso_z_micros
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.door import Call, route

Document = dict[str, Any]
_BINARY, _ZONE = "nova-compute", "nova"


class NovaAdministration:
    """Read-only: a cluster is a hypervisor, a compute service and a host."""

    def __init__(self, backends: Backends) -> None:
        self._backends = backends

    async def _all(self, call: Call) -> list[Backend]:
        if not call.principal.is_admin:
            raise Forbidden("Policy doesn't allow this to be performed.")
        return await self._backends.all()

    async def _one(self, call: Call, number: str) -> Backend:
        for each in await self._all(call):
            if number in (str(each.id), each.name):
                return each
        raise NotFound(f"Compute host {number[:64]} could not be found.")

    @route("GET", "/os-hypervisors")
    async def hypervisors(self, call: Call) -> Document:
        found = await self._all(call)
        pattern = call.query.one("hypervisor_hostname_pattern")
        if pattern is not None:
            found = [each for each in found if pattern in each.name]
            if not found:
                raise NotFound(f"No hypervisor matching '{pattern[:64]}' could be found.")
        return {"hypervisors": [_brief(each) for each in found]}

    @route("GET", "/os-hypervisors/detail")
    async def hypervisor_details(self, call: Call) -> Document:
        number = version(call)
        return {"hypervisors": [_hypervisor(each, number) for each in await self._all(call)]}

    @route("GET", "/os-hypervisors/statistics")
    async def statistics(self, call: Call) -> Document:
        found = [_hypervisor(each, (2, 1)) for each in await self._all(call)]
        summed = (
            *("current_workload", "free_disk_gb", "free_ram_mb", "local_gb", "local_gb_used"),
            *("memory_mb", "memory_mb_used", "running_vms", "vcpus", "vcpus_used"),
        )
        made: Document = {name: sum(each[name] for each in found) for name in summed}
        free = made["free_disk_gb"]
        return {
            "hypervisor_statistics": {**made, "count": len(found), "disk_available_least": free}
        }

    @route("GET", "/os-hypervisors/<number>")
    async def hypervisor(self, call: Call, number: str) -> Document:
        return {"hypervisor": _hypervisor(await self._one(call, number), version(call))}

    @route("GET", "/os-services")
    async def services(self, call: Call) -> Document:
        host, binary = call.query.one("host"), call.query.one("binary")
        shown = [_service(each, version(call)) for each in await self._all(call)]
        return {
            "services": [
                each
                for each in shown
                if host in (None, each["host"]) and binary in (None, each["binary"])
            ]
        }

    @route("GET", "/os-hosts")
    async def hosts(self, call: Call) -> Document:
        _below_2_43(call)
        zone = call.query.one("zone")
        return {
            "hosts": [
                {"host_name": each.name, "service": "compute", "zone": _ZONE}
                for each in await self._all(call)
                if zone in (None, "", _ZONE)
            ]
        }

    @route("GET", "/os-hosts/<name>")
    async def host(self, call: Call, name: str) -> Document:
        _below_2_43(call)
        found = await self._one(call, name)
        shown = _hypervisor(found, (2, 1))
        rows = (
            ("(total)", shown["vcpus"], shown["memory_mb"], shown["local_gb"]),
            ("(used_now)", 0, shown["memory_mb_used"], shown["local_gb_used"]),
        )
        return {
            "host": [
                {
                    "resource": {
                        "project": project,
                        "host": found.name,
                        "cpu": cpu,
                        "memory_mb": memory,
                        "disk_gb": disk,
                    }
                }
                for project, cpu, memory, disk in rows
            ]
        }

    @route("GET", "/os-aggregates")
    async def aggregates(self, call: Call) -> Document:
        await self._all(call)
        return {"aggregates": []}

    @route("GET", "/os-migrations")
    async def migrations(self, call: Call) -> Document:
        """Clusters move their instances by themselves."""
        await self._all(call)
        return {"migrations": []}


def _below_2_43(call: Call) -> None:
    if version(call) >= (2, 43):
        raise NotFound("The resource could not be found.")


def _brief(backend: Backend) -> Document:
    return {
        "id": int(backend.id),
        "hypervisor_hostname": backend.name,
        "state": "down" if backend.offline else "up",
        "status": "disabled" if backend.drained else "enabled",
    }


def _hypervisor(backend: Backend, number: tuple[int, int]) -> Document:
    digits = [part for part in backend.version.split(".")[:3] if part.isdigit()]
    revision = 0
    for part in digits:
        revision = revision * 1000 + int(part)
    reason = "drained" if backend.drained else None
    return {
        **_brief(backend),
        "cpu_info": {} if number >= (2, 28) else "",
        "current_workload": 0,
        "disk_available_least": backend.dfree // 1024,
        "free_disk_gb": backend.dfree // 1024,
        "free_ram_mb": backend.mfree,
        "host_ip": None,
        "hypervisor_type": backend.hypervisor or "kvm",
        "hypervisor_version": revision,
        "local_gb": backend.dtotal // 1024,
        "local_gb_used": max(0, backend.dtotal - backend.dfree) // 1024,
        "memory_mb": backend.mtotal,
        "memory_mb_used": max(0, backend.mtotal - backend.mfree),
        "running_vms": backend.instances,
        "service": {"host": backend.name, "id": int(backend.id), "disabled_reason": reason},
        "vcpus": backend.cpus,
        "vcpus_used": 0,
    }


def _service(backend: Backend, number: tuple[int, int]) -> Document:
    made: Document = {
        "id": int(backend.id),
        "binary": _BINARY,
        "host": backend.name,
        "zone": _ZONE,
        "state": "down" if backend.offline else "up",
        "status": "disabled" if backend.drained else "enabled",
        "updated_at": iso_z_micros(backend.updated)[:-1],
        "disabled_reason": "drained" if backend.drained else None,
    }
    return {**made, "forced_down": False} if number >= (2, 11) else made
