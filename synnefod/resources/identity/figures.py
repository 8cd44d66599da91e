"""How many people there are and what they use, by their ways to sign in (identity.md 2.12)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.identity.interface.administration import Administration
from synnefod.projects.interface import Projects
from synnefod.quota.interface import INFINITE, Registry, Resource

Json = dict[str, Any]
ALL = "all"
"""Beside the names of providers."""


@frozen
class PeopleFigures:
    """The figures of `stats/detail` and `stats-astakos` (AST-179, AST-204)."""

    people: Administration
    projects: Projects
    registry: Registry

    async def detailed(self) -> Json:
        """`{"providers": [name], "users": {"all": {total, verified, active}, name: the same and
        exclusive}, "resources": {"all" or name: {resource: {used, allocated, unit,
        description}}}}`.

        Limits that are none are in no sum. "all" sums what projects hold; a provider's part is
        that of the people who have no other.
        """
        found = await self.people.statistics()
        totals = {key: found[key] for key in ("total", "verified", "active")}
        exclusive = await self.people.exclusive_users()
        visible = await self.registry.visible()
        resources = {ALL: await self._whole(visible)}
        for name in found["providers"]:
            resources[name] = await self._of(visible, exclusive.get(name, ()))
        return {
            "providers": sorted(found["providers"]),
            "users": {ALL: totals, **found["providers"]},
            "resources": resources,
        }

    async def _whole(self, visible: Sequence[Resource]) -> Json:
        sums = _nothing(visible)
        origins = {each.service_origin for each in visible}
        quotas = await self.projects.project_quotas(projects=None, origins=origins)
        for resources in quotas.values():
            for name, figures in resources.items():
                if name in sums:
                    _add(sums[name], figures.project_usage, figures.project_limit)
        return sums

    async def _of(self, visible: Sequence[Resource], users: Sequence[UserId]) -> Json:
        sums = _nothing(visible)
        quotas = await self.projects.quotas(users=users) if users else {}
        for projects in quotas.values():
            for resources in projects.values():
                for name, figures in resources.items():
                    if name in sums:
                        _add(sums[name], figures.usage, figures.limit)
        return sums


def _nothing(visible: Iterable[Resource]) -> Json:
    return {
        each.name: {"used": 0, "allocated": 0, "unit": each.unit, "description": each.description}
        for each in visible
    }


def _add(sums: Json, used: int | None, limit: int | None) -> None:
    sums["used"] += used or 0
    if limit is not None and limit < INFINITE:
        sums["allocated"] += limit
