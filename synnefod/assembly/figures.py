"""Figures that nobody's request moves: counted from time to time for the metrics."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from synnefod.assembly.backup.archive import LAST
from synnefod.assembly.services import Services
from synnefod.assembly.supports import Supports
from synnefod.common import metrics
from synnefod.quota.interface import INFINITE


async def measure(services: Services, supports: Supports, state: Path) -> None:
    """Threads, the last backup, people, projects, quota, servers, the outbox; some reads of the
    database. `state` is the daemon's folder."""
    supports.threads.measure()
    with suppress(FileNotFoundError):
        metrics.backup_last_success.set((state / LAST).stat().st_mtime)
    metrics.store_schema_version.set(supports.store.schema)
    await services.compute.keeper.measure()
    people = await services.identity.administration.statistics()
    for kind in ("verified", "active"):
        metrics.users.labels(kind).set(people[kind])
    metrics.users.labels("all").set(people["total"])
    metrics.projects.clear()
    for project in await services.projects.listing(base=False):
        metrics.projects.labels(project.state.name.lower()).inc()
    await _measure_quota(services)


async def _measure_quota(services: Services) -> None:
    """Usage and limits summed over projects; a limit that is none counts nothing."""
    origins = {each.service_origin for each in await services.resources.visible()}
    found = await services.projects.project_quotas(projects=None, origins=origins)
    used: dict[str, int] = {}
    limits: dict[str, int] = {}
    for resources in found.values():
        for name, figures in resources.items():
            used[name] = used.get(name, 0) + (figures.project_usage or 0)
            limit: Any = figures.project_limit
            if limit is not None and limit < INFINITE:
                limits[name] = limits.get(name, 0) + limit
    for name, amount in used.items():
        metrics.quota_usage.labels(name).set(amount)
        metrics.quota_limit.labels(name).set(limits.get(name, 0))
