"""What a project gives, as limits in the ledger (identity.md 3.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from synnefod.common.errors import Malformed, NotFound
from synnefod.projects.interface import Capacity, MemberState, Project, ProjectState
from synnefod.projects.records import projects as records
from synnefod.quota.interface import (
    INFINITE,
    Quota,
    Resource,
    project_holder,
    user_holder,
)
from synnefod.store.interface import Tx

ACTIVE_MEMBER = (MemberState.ACCEPTED, MemberState.LEAVE_REQUESTED)


def check(capacities: Mapping[str, Capacity], known: Iterable[str]) -> None:
    """Raises NotFound for an unknown resource, Malformed unless 0 <= member <= project."""
    names = set(known)
    for name, capacity in capacities.items():
        if name not in names:
            raise NotFound(f"There is no resource {name[:100]}.")
        if not 0 <= capacity.member <= capacity.project <= INFINITE:
            raise Malformed(f"Limits of {name} must satisfy 0 <= member <= project < 2^63.")


def completed(
    given: Mapping[str, Capacity], resources: Iterable[Resource], *, base: bool
) -> dict[str, Capacity]:
    """`given` with the defaults of all other resources."""
    result = dict(given)
    for resource in resources:
        default = resource.system_default if base else resource.project_default
        result.setdefault(resource.name, Capacity(default, default))
    return result


async def follow(tx: Tx, quota: Quota, project: Project, members: Iterable[records.Member]) -> None:
    """Sets the limits of the project and of these members to what the states say (AST-113)."""
    capacities = await records.capacities(tx, project.id)
    active = project.state is ProjectState.ACTIVE
    whole = {name: each.project if active else 0 for name, each in capacities.items()}
    source = project_holder(project.id)
    await quota.set_limits(tx, source, None, whole)
    for member in members:
        if member.initialized:
            works = active and member.state in ACTIVE_MEMBER
            part = {name: each.member if works else 0 for name, each in capacities.items()}
            await quota.set_limits(tx, user_holder(member.person), source, part)
