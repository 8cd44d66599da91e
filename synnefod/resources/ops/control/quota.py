"""Who may use how much, and who does (identity.md 2.13)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.projects.interface import Usages
from synnefod.quota.interface import (
    DISK,
    DISKSPACE,
    INFINITE,
    RAM,
    TOTAL_RAM,
    Resource,
    project_holder,
    user_holder,
)
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Mails, Nothing, Office, Row

BYTES = frozenset({RAM, TOTAL_RAM, DISK, DISKSPACE})
"""Resources that are counted in bytes."""


class Listing(Mails):
    over: bool = False


class Defaults(Body):
    """What is None is left alone; limits in the resource's own unit, -1 without limit."""

    name: str
    system_default: int | None = None
    project_default: int | None = None
    api_visible: bool | None = None
    ui_visible: bool | None = None


@frozen
class QuotaVerbs:
    """quota-list, resource-list, resource-modify."""

    office: Office

    @route("POST", "/v1/quota-list", body=Listing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        """Of members only: each counts against a project, whose own figures project-show has."""
        body: Listing = call.body
        rows = member_rows(await self.office.house.projects.quotas())
        if body.over:
            rows = [row for row in rows if row["limit"] is not None and row["usage"] > row["limit"]]
        emails = await self.office.emails(row["user"] for row in rows) if body.mails else {}
        for row in rows:
            row["displayname"] = emails.get(row["user"], "")
        return {"rows": rows}

    @route("POST", "/v1/resource-list", body=Nothing, auth=False, change=False)
    async def resources(self, call: Call) -> Row:
        """Those that programs may see."""
        found = await self.office.house.resources.visible()
        return {"rows": [shown(resource) for resource in found]}

    @route("POST", "/v1/resource-modify", body=Defaults, auth=False)
    async def modify(self, call: Call) -> Row:
        body: Defaults = call.body
        changed = await self.office.house.resources.set_defaults(
            body.name,
            system_default=_default(body.system_default),
            project_default=_default(body.project_default),
            api_visible=body.api_visible,
            ui_visible=body.ui_visible,
        )
        return {"row": shown(changed)}


def shown(resource: Resource) -> Row:
    """The columns of resource-list; a default of None is no limit."""
    return {
        "name": resource.name,
        "system_default": limit(resource.system_default),
        "project_default": limit(resource.project_default),
        "api_visible": resource.api_visible,
        "ui_visible": resource.ui_visible,
        "service_type": resource.service_type,
        "service_origin": resource.service_origin,
        "unit": resource.unit,
        "description": resource.description,
    }


def limit(value: int) -> int | None:
    """None is no limit."""
    return None if value >= INFINITE else value


def unlimited(value: int) -> int:
    """-1 from outside is no limit. Raises Malformed for other negative numbers."""
    if value < -1:
        raise Malformed("A limit is not negative (-1: none).")
    return INFINITE if value == -1 else value


def _default(value: int | None) -> int | None:
    return None if value is None else unlimited(value)


def unit(resource: str) -> str | None:
    return "bytes" if resource in BYTES else None


def member_rows(quotas: Mapping[UserId, Usages]) -> list[Row]:
    """One row for each member's part of each resource of a project; a limit of None is none."""
    return [
        {
            "holder": user_holder(user),
            "source": project_holder(project),
            "resource": name,
            "limit": limit(usage.limit or 0),
            "usage": usage.usage or 0,
            "pending": usage.pending or 0,
            "user": user,
            "project": project,
            "unit": unit(name),
        }
        for user, projects in quotas.items()
        for project, resources in projects.items()
        for name, usage in resources.items()
    ]
