"""The policy of quotas that are exceeded, put together from compute and the people's addresses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from synnefod.assembly.services import Services
from synnefod.common.errors import NotFound
from synnefod.common.ids import ProjectId, UserId
from synnefod.compute.policing import Policing, Policy
from synnefod.compute.victims import Violation
from synnefod.config import Config
from synnefod.identity.letters import LetterBox


def policing_of(config: Config, house: Services, reactor: Any) -> Policing:
    """As the settings have it."""
    given = config.enforcement

    async def addresses(violation: Violation) -> Sequence[str]:
        """The user's, or that of the project's owner; a person's own project is the person's."""
        who = violation.user or await _owner(house, violation.project)
        found = await house.identity.users_by_id([UserId(who)])
        return [user.email for user in found.values()]

    return Policing(
        house.compute.enforcement.rooms,
        house.compute.enforcement,
        Policy(
            frozenset(given.resources),
            given.soft_days,
            given.hard_days,
            given.remove_system_volumes,
            given.cascade_remove,
            given.max_operations,
        ),
        LetterBox(reactor),
        addresses,
    )


async def _owner(house: Services, project: str) -> str:
    try:
        found = await house.projects.show(ProjectId(project))
    except NotFound:
        return project
    return str(found.owner or project)
