"""Quotas kept by taking away what is too much (OPS-114 to OPS-118)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from attrs import frozen

from synnefod.common.outside import end_rehearsal
from synnefod.compute.interface.keeping import DEFAULT, Enforced, Means, Scope
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Office, Row

Seconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
Operations = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Enforce(Body):
    """Users by UUID or e-mail; resources with or without `cyclades.`."""

    resources: list[str] = []
    soft: list[str] = []
    users: list[str] = []
    exclude_users: list[str] = []
    projects: list[str] = []
    exclude_projects: list[str] = []
    fix: bool = False
    max_operations: Operations | None = None
    shutdown_timeout: Seconds | None = None
    system_volumes: bool = False
    cascade: bool = False


@frozen
class EnforcementVerbs:
    """enforce-resources-cyclades."""

    office: Office

    @route("POST", "/v1/enforce-resources-cyclades", body=Enforce, auth=False)
    async def enforce(self, call: Call) -> Row:
        body: Enforce = call.body
        owner = self.office.owner
        scope = Scope(
            users={await owner(user) for user in body.users},
            exclude_users={await owner(user) for user in body.exclude_users},
            projects={project.lower() for project in body.projects},
            exclude_projects={project.lower() for project in body.exclude_projects},
        )
        named = body.resources or body.soft
        means = Means(
            hard=frozenset(map(_full, body.resources)),
            soft=frozenset(map(_full, body.soft)) if named else DEFAULT.soft,
            system_volumes=body.system_volumes,
            cascade=body.cascade,
        )
        if body.fix:
            end_rehearsal("keep the quotas as the report without --fix says")
        found = await self.office.house.compute.enforcement.enforce(
            means,
            scope,
            fix=body.fix,
            most=body.max_operations,
            timeout=body.shutdown_timeout,
        )
        return _told(found, await self._names())

    async def _names(self) -> dict[int, str]:
        return {int(each.id): each.name for each in await self.office.house.backends.all()}


def _full(name: str) -> str:
    return name if "." in name else f"cyclades.{name}"


def _told(found: Enforced, backends: dict[int, str]) -> Row:
    waiting = {each.number for each in found.pending}
    violations = [
        {
            "#": each.number,
            "Type": each.kind,
            "Holder": each.holder,
            "Source": each.source,
            "Resource": each.resource,
            "Limit": each.limit,
            "Usage": each.usage,
        }
        for each in found.violations
        if each.number not in waiting
    ]
    actions = [
        {
            "Type": deed.thing.kind,
            "ID": deed.thing.id,
            "State": deed.thing.state,
            "Backend": backends.get(deed.thing.backend or 0),
            "Action": deed.action,
            "Violation": deed.violation,
            **({"Result": deed.result} if deed.result else {}),
        }
        for deed in found.deeds
    ]
    skipped = [
        {"Holder": each.holder, "Source": each.source, "Resource": each.resource}
        for each in found.pending
    ]
    remains = [
        {"Violation": each.violation, "Left": each.left, "Why": each.why} for each in found.remains
    ]
    row = {
        "found": len(violations),
        "planned": len(actions),
        "failed": sum(deed.result.startswith("refused") for deed in found.deeds),
    }
    tables = {
        "violations": violations,
        "actions": actions,
        "remaining": remains,
        "pending commissions": skipped,
    }
    return {"row": row, "tables": tables}
