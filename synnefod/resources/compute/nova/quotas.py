"""Quotas of projects, OpenStack dialect (14.4.2): limits of Synnefo's resources in Nova's words."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Forbidden
from synnefod.common.ids import ProjectId, UserId, uuid_with_dashes
from synnefod.compute.interface import Compute
from synnefod.projects.interface import Projects
from synnefod.quota.interface import CPU, FLOATING_IP, INFINITE, RAM, VM, Holding
from synnefod.resources.compute.nova.microversion import version
from synnefod.resources.door import Call, route
from synnefod.resources.quotasets import administered, capacities

_MIB = 1 << 20
_NETWORK_ITEMS = ("floating_ips", "fixed_ips", "security_groups", "security_group_rules")
_CHANGED = {"instances": (VM, 1), "cores": (CPU, 1), "ram": (RAM, _MIB)}
"""What administrators change; the rest is the deployment's, or the network service's."""


async def holdings(compute: Compute, project: ProjectId, user: UserId | None) -> dict[str, Holding]:
    """By resource; of one member, or with None of the project as a whole."""
    found = await compute.servers.holdings(project, user)
    return {holding.resource: holding for holding in found}


def limit_of(holding: Holding | None, unit: int = 1) -> int:
    """-1 is without limit."""
    if holding is None:
        return 0
    return -1 if holding.limit >= INFINITE else holding.limit // unit


def asked_project(call: Call, project: str) -> ProjectId:
    """The project, if the asker may ask about it."""
    wanted = ProjectId(uuid_with_dashes(project))
    if not call.principal.may_use(wanted) and wanted != call.principal.project:
        raise Forbidden("Policy doesn't allow this project to be asked about.")
    return wanted


class NovaQuotas:
    """`/os-quota-sets`; administrators change them."""

    def __init__(self, compute: Compute, projects: Projects) -> None:
        self._compute = compute
        self._projects = projects

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
        held = await holdings(self._compute, asked_project(call, project), None)

        def counted(resource: str, unit: int = 1) -> tuple[int, int, int]:
            holding = held.get(resource)
            if holding is None:
                return 0, 0, 0
            used, pending = holding.usage_min // unit, holding.pending // unit
            return limit_of(holding, unit), used, pending

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

    @route("PUT", "/os-quota-sets/<project>", body=dict[str, Any])
    async def change(self, call: Call, project: str) -> dict[str, Any]:
        """Of the project, and as much for each member: Nova knows no members' parts."""
        wanted = administered(call, project)
        await self._projects.modify(wanted, capacities=capacities(call.body, _CHANGED))
        shown: dict[str, Any] = (await self.quotas(call, project))["quota_set"]
        del shown["id"]
        return {"quota_set": shown}

    @route("DELETE", "/os-quota-sets/<project>", status=202)
    async def reset(self, call: Call, project: str) -> None:
        """The project has what a new one gets."""
        resources = [resource for resource, _ in _CHANGED.values()]
        await self._projects.reset(administered(call, project), resources)
