"""The registry of what is counted, and what a fresh installation counts (identity.md 3.5)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.errors import Conflict, Malformed, NotFound
from synnefod.quota import interface as names
from synnefod.quota import records
from synnefod.quota.interface import INFINITE, Resource
from synnefod.store.interface import Store, Tx

_GIB = 1024**3


def _standard(
    name: str,
    description: str,
    service: str,
    system_default: int,
    project_default: int = 0,
    *,
    unit: str | None = None,
    visible: bool = True,
) -> Resource:
    return Resource(
        name,
        description,
        unit,
        service.partition("_")[2],
        service,
        system_default,
        project_default,
        visible,
        visible,
    )


_COMPUTE = "cyclades_compute"
_NETWORK = "cyclades_network"
STANDARD = (
    _standard(
        names.PENDING_APP, "Pending project applications", "astakos_account", 2, visible=False
    ),
    _standard(names.VM, "Servers", _COMPUTE, 4),
    _standard(names.TOTAL_CPU, "Processors of all servers", _COMPUTE, 32, INFINITE, visible=False),
    _standard(names.CPU, "Processors of running servers", _COMPUTE, 16),
    _standard(
        names.TOTAL_RAM,
        "Memory of all servers",
        _COMPUTE,
        16 * _GIB,
        INFINITE,
        unit="bytes",
        visible=False,
    ),
    _standard(names.RAM, "Memory of running servers", _COMPUTE, 8 * _GIB, unit="bytes"),
    _standard(names.DISK, "Disk space of servers", _COMPUTE, 40 * _GIB, unit="bytes"),
    _standard(names.PRIVATE_NETWORK, "Private networks", _NETWORK, 4),
    _standard(names.FLOATING_IP, "Floating IP addresses", _NETWORK, 4),
    _standard(names.DISKSPACE, "File storage", "pithos_object-store", 40 * _GIB, unit="bytes"),
)
"""Registered at the first start; an administrator's later changes of limits stay."""


@frozen
class ResourceRegistry:
    """Implements `Registry`."""

    store: Store

    async def resources(self, tx: Tx) -> list[Resource]:
        return await records.resources(tx)

    async def register(self, tx: Tx, resources: Sequence[Resource]) -> list[Resource]:
        known = {each.name: each for each in await records.resources(tx)}
        new = []
        for resource in resources:
            if resource.ui_visible and not resource.api_visible:
                raise Malformed(f"{resource.name} is shown to people but hidden from programs.")
            before = known.get(resource.name)
            if before is not None and before.service_origin != resource.service_origin:
                raise Conflict(f"{resource.name} belongs to {before.service_origin}.")
            if await records.add_resource(tx, resource):
                new.append(resource)
        return new

    async def set_defaults(
        self,
        name: str,
        *,
        system_default: int | None = None,
        project_default: int | None = None,
        ui_visible: bool | None = None,
        api_visible: bool | None = None,
    ) -> Resource:
        changes: dict[str, int] = {}
        for column, limit in (
            ("system_default", system_default),
            ("project_default", project_default),
        ):
            if limit is not None:
                if not 0 <= limit <= INFINITE:
                    raise Malformed("A limit lies between 0 and 2^63-1.")
                changes[column] = limit
        if api_visible is not None:
            changes["api_visible"] = int(api_visible)
            if not api_visible:
                changes["ui_visible"] = 0
        if ui_visible is not None:
            changes["ui_visible"] = int(ui_visible)
            if ui_visible:
                changes["api_visible"] = 1
        changed = await self.store.transact(
            "change resource", lambda tx: records.change_resource(tx, name, changes)
        )
        if changed is None:
            raise NotFound(f"There is no resource {name}.")
        return changed

    async def visible(self) -> list[Resource]:
        found = await self.store.read("resources", records.resources)
        return [each for each in found if each.api_visible]
