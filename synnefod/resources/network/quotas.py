"""Neutron's quotas (network.md 22.8): two are the ledger's, the rest are limits kept here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, uuid_with_dashes
from synnefod.network.interface.rooms import Rooms
from synnefod.projects.interface import Capacity, Projects, Usage
from synnefod.quota.interface import FLOATING_IP, PRIVATE_NETWORK, Registry
from synnefod.resources.door import Call, route
from synnefod.resources.network import bodies
from synnefod.resources.network import neutron_bodies as read

Document = dict[str, Any]
COUNTED = {"network": PRIVATE_NETWORK, "floatingip": FLOATING_IP}
ORIGINS = ("cyclades_network",)
WITHOUT_LIMIT = 2**63 - 1


class NeutronQuotas:
    """`/quotas/<project>`: a member's own share; an administrator's view is the project's whole."""

    def __init__(self, network: Rooms, projects: Projects, registry: Registry) -> None:
        self.network = network
        self.projects = projects
        self.registry = registry

    @route("GET", "/quotas")
    async def listing(self, call: Call) -> Document:
        """Of the projects for which limits were set here."""
        _administrators(call)
        rows = []
        for project in await self.network.limits.projects():
            shown = await self._details(call, project)
            limits = {name: value["limit"] for name, value in shown.items()}
            rows.append(limits | {"project_id": project, "tenant_id": project})
        return {"quotas": rows}

    @route("GET", "/quotas/<project>")
    async def show(self, call: Call, project: str) -> Document:
        shown = await self._details(call, _project(project))
        return {"quota": {name: value["limit"] for name, value in shown.items()}}

    @route("GET", "/quotas/<project>/default")
    async def default(self, call: Call, project: str) -> Document:
        """What a new project gets."""
        usual = {each.name: each.project_default for each in await self.registry.visible()}
        counted = {name: _shown(usual.get(resource, 0)) for name, resource in COUNTED.items()}
        return {"quota": counted | dict(await self.network.limits.limits(ProjectId("")))}

    @route("GET", "/quotas/<project>/details")
    @route("GET", "/quotas/<project>/details.json")
    async def details(self, call: Call, project: str) -> Document:
        return {"quota": await self._details(call, _project(project))}

    @route("PUT", "/quotas/<project>", body=dict[str, Any])
    async def change(self, call: Call, project: str) -> Document:
        _administrators(call)
        wanted, document = _project(project), bodies.envelope(call.body, "quota")
        limits: dict[str, int] = {}
        for key in document:
            if key in ("project_id", "tenant_id"):
                continue
            if key in ("force", "check_limit"):
                if not isinstance(document[key], bool):
                    raise Malformed(f"'{key}' is true or false.")
                continue
            number = read.whole(document, key)
            if number is None or number < -1:
                raise Malformed(f"The limit of '{key[:64]}' is -1 or not negative.")
            limits[key] = number
        if document.get("check_limit") is True:
            _not_below(limits, await self._details(call, wanted))
        capacities = {
            COUNTED[name]: _capacity(limits.pop(name)) for name in COUNTED if name in limits
        }
        await self.network.limits.set(wanted, limits)
        if capacities:
            await self.projects.modify(wanted, capacities=capacities)
        return await self.show(call, project)

    @route("DELETE", "/quotas/<project>", status=204)
    async def reset(self, call: Call, project: str) -> None:
        """The project has what a new one gets."""
        _administrators(call)
        wanted = _project(project)
        await self.projects.reset(wanted, COUNTED.values())
        await self.network.limits.reset(wanted)

    async def _details(self, call: Call, asked: ProjectId) -> Mapping[str, Document]:
        principal = call.principal
        if asked in principal.projects or asked == principal.project:
            found = await self.projects.quotas(users=[principal.user], projects=[asked])
            usages = found.get(principal.user, {}).get(asked, {})
        elif principal.is_admin:
            whole = await self.projects.project_quotas(projects=[asked], origins=ORIGINS)
            usages = whole.get(asked, {})
        else:
            raise Forbidden("Only members of a project see its quotas.")
        shown = {name: _counted(usages.get(resource)) for name, resource in COUNTED.items()}
        used = await self.network.limits.used(asked)
        for name, limit in (await self.network.limits.limits(asked)).items():
            shown[name] = {"limit": limit, "used": used.get(name, 0), "reserved": 0}
        return shown


def _not_below(limits: Mapping[str, int], shown: Mapping[str, Document]) -> None:
    """Raises Malformed for a limit below what is in use."""
    for name, limit in limits.items():
        there = shown.get(name, {"used": 0, "reserved": 0})
        used = there["used"] + there["reserved"]
        if 0 <= limit < used:
            raise Malformed(f"The limit {limit} of {name[:64]} is below what is used: {used}.")


def _project(text: str) -> ProjectId:
    return ProjectId(uuid_with_dashes(text))


def _administrators(call: Call) -> None:
    if not call.principal.is_admin:
        raise Forbidden("Only administrators change quotas.")


def _shown(limit: int) -> int:
    return -1 if limit >= WITHOUT_LIMIT else limit


def _capacity(limit: int) -> Capacity:
    number = WITHOUT_LIMIT if limit < 0 else limit
    return Capacity(number, number)


def _counted(usage: Usage | None) -> Document:
    if usage is None:
        return {"limit": 0, "used": 0, "reserved": 0}
    if usage.limit is None:
        limit, used, reserved = usage.project_limit, usage.project_usage, usage.project_pending
    else:
        limit, used, reserved = usage.limit, usage.usage or 0, usage.pending or 0
    pending = max(reserved, 0)
    return {"limit": _shown(limit), "used": used - pending, "reserved": pending}
