"""Quotas as people and services are shown them (identity.md 2.4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from synnefod.common.ids import ProjectId, UserId
from synnefod.projects.interface import Usage, Usages
from synnefod.projects.records.projects import Member
from synnefod.quota.interface import Holding, Quota, Resource, project_holder, user_holder
from synnefod.store.interface import Tx

_Key = tuple[str, str | None, str]


def shown(resources: Iterable[Resource], origins: Collection[str] | None) -> list[str]:
    """Names of the resources of these services, or of all that programs may see."""
    if origins is None:
        return [each.name for each in resources if each.api_visible]
    return [each.name for each in resources if each.service_origin in origins]


async def of_members(
    tx: Tx, quota: Quota, members: Sequence[Member], resources: Sequence[str]
) -> dict[UserId, Usages]:
    """A counter that is missing counts as limit 0 and usage 0 (identity.md 7.3)."""
    holders = {user_holder(each.person) for each in members}
    holders |= {project_holder(each.project) for each in members}
    counters = await _counters(tx, quota, holders)
    result: dict[UserId, Usages] = {}
    for member in members:
        source = project_holder(member.project)
        for name in resources:
            part = counters.get((user_holder(member.person), source, name))
            whole = counters.get((source, None, name))
            result.setdefault(member.person, {}).setdefault(member.project, {})[name] = Usage(
                *_figures(part), *_figures(whole)
            )
    return result


async def of_projects(
    tx: Tx, quota: Quota, projects: Sequence[ProjectId], resources: Sequence[str]
) -> Usages:
    counters = await _counters(tx, quota, {project_holder(each) for each in projects})
    return {
        project: {
            name: Usage(
                None, None, None, *_figures(counters.get((project_holder(project), None, name)))
            )
            for name in resources
        }
        for project in projects
    }


async def _counters(tx: Tx, quota: Quota, holders: Collection[str]) -> dict[_Key, Holding]:
    found = await quota.holdings(tx, sorted(holders))
    return {(each.holder, each.source, each.resource): each for each in found}


def _figures(holding: Holding | None) -> tuple[int, int, int]:
    if holding is None:
        return 0, 0, 0
    return holding.limit, holding.usage_max, holding.pending
