"""What Cinder v3 tells administrators of the clusters that hold the volumes (14.7)."""

from __future__ import annotations

from typing import Any

from synnefod.backends.interface import Backend, Backends
from synnefod.common.errors import Forbidden
from synnefod.common.text import iso_z_micros
from synnefod.resources.door import Call, route
from synnefod.resources.volume.paging import mine

Document = dict[str, Any]
_BINARY = "cinder-volume"


class CinderAdministration:
    """Clusters as services and as pools; they are changed by administrators' commands."""

    def __init__(self, backends: Backends) -> None:
        self.backends = backends

    async def _all(self, call: Call, project: str | None) -> list[Backend]:
        mine(call, project)
        if not call.principal.is_admin:
            raise Forbidden("This is for administrators.")
        return await self.backends.all()

    @route("GET", "/os-services")
    @route("GET", "/<project>/os-services")
    async def services(self, call: Call, project: str | None = None) -> Document:
        shown = [_service(each) for each in await self._all(call, project)]
        host, binary = call.query.one("host"), call.query.one("binary")
        return {
            "services": [
                each
                for each in shown
                if host in (None, each["host"]) and binary in (None, each["binary"])
            ]
        }

    @route("GET", "/scheduler-stats/get_pools")
    @route("GET", "/<project>/scheduler-stats/get_pools")
    async def pools(self, call: Call, project: str | None = None) -> Document:
        found = await self._all(call, project)
        if call.query.one("detail", "").lower() != "true":
            return {"pools": [{"name": _pool(each)} for each in found]}
        return {
            "pools": [{"name": _pool(each), "capabilities": _capabilities(each)} for each in found]
        }


def _pool(backend: Backend) -> str:
    return f"{backend.name}@ganeti#{backend.name}"


def _service(backend: Backend) -> Document:
    return {
        "binary": _BINARY,
        "host": backend.name,
        "zone": "nova",
        "status": "disabled" if backend.drained else "enabled",
        "state": "down" if backend.offline else "up",
        "updated_at": iso_z_micros(backend.updated)[:-1],
        "disabled_reason": "drained" if backend.drained else None,
    }


def _capabilities(backend: Backend) -> Document:
    return {
        "volume_backend_name": backend.name,
        "vendor_name": "synnefod",
        "driver_version": backend.version,
        "storage_protocol": ",".join(backend.disk_templates),
        "total_capacity_gb": backend.dtotal // 1024,
        "free_capacity_gb": backend.dfree // 1024,
        "reserved_percentage": 0,
        "QoS_support": False,
        "timestamp": iso_z_micros(backend.updated)[:-1],
    }
