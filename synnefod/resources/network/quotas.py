"""Neutron's quotas (network.md 22.8), from the identity service's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.errors import Forbidden
from synnefod.common.ids import ProjectId, uuid_with_dashes
from synnefod.network.interface import Network
from synnefod.projects.interface import Projects, Usage
from synnefod.quota.interface import FLOATING_IP, PRIVATE_NETWORK
from synnefod.resources.door import Call, route

Document = dict[str, Any]
COUNTED = {"network": PRIVATE_NETWORK, "floatingip": FLOATING_IP}
UNLIMITED = ("subnet", "port")
ABSENT = ("router", "security_group", "security_group_rule", "subnetpool", "rbac_policy")
"""What this deployment has none of."""
ORIGINS = ("cyclades_network",)


class NeutronQuotas:
    """`/quotas/<project>`: a member's own share; an administrator's view is the project's whole."""

    def __init__(self, network: Network, projects: Projects) -> None:
        self.network = network
        self.projects = projects

    @route("GET", "/quotas/<project>")
    @route("GET", "/quotas/<project>/default")
    async def show(self, call: Call, project: str) -> Document:
        shown = await self._details(call, project)
        return {"quota": {name: value["limit"] for name, value in shown.items()}}

    @route("GET", "/quotas/<project>/details")
    @route("GET", "/quotas/<project>/details.json")
    async def details(self, call: Call, project: str) -> Document:
        return {"quota": await self._details(call, project)}

    async def _details(self, call: Call, project: str) -> Mapping[str, Document]:
        principal = call.principal
        asked = ProjectId(uuid_with_dashes(project))
        if asked in principal.projects or asked == principal.project:
            found = await self.projects.quotas(users=[principal.user], projects=[asked])
            usages = found.get(principal.user, {}).get(asked, {})
        elif principal.is_admin:
            whole = await self.projects.project_quotas(projects=[asked], origins=ORIGINS)
            usages = whole.get(asked, {})
        else:
            raise Forbidden("Only members of a project see its quotas.")
        shown = {name: _counted(usages.get(resource)) for name, resource in COUNTED.items()}
        ports = [port for port in await self.network.ports(principal) if port.project == asked]
        subnets = [
            subnet
            for subnet in await self.network.subnets(principal)
            if asked in (subnet.project, subnet.owner)
        ]
        for name, used in zip(UNLIMITED, (len(subnets), len(ports)), strict=True):
            shown[name] = {"limit": -1, "used": used, "reserved": 0}
        return shown | {name: {"limit": 0, "used": 0, "reserved": 0} for name in ABSENT}


def _counted(usage: Usage | None) -> Document:
    if usage is None:
        return {"limit": 0, "used": 0, "reserved": 0}
    if usage.limit is None:
        limit, used, reserved = usage.project_limit, usage.project_usage, usage.project_pending
    else:
        limit, used, reserved = usage.limit, usage.usage or 0, usage.pending or 0
    return {"limit": limit, "used": used - max(reserved, 0), "reserved": max(reserved, 0)}
