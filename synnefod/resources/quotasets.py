"""What administrators say of a project's limits in a `quota_set`, in Nova's words and Cinder's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synnefod.common.errors import Forbidden, Malformed
from synnefod.common.ids import ProjectId, uuid_with_dashes
from synnefod.projects.interface import Capacity
from synnefod.quota.interface import INFINITE
from synnefod.resources.call import Call

_BESIDE = ("force", "tenant_id")


def administered(call: Call, project: str) -> ProjectId:
    """The project whose limits the caller may change. Raises Forbidden."""
    if not call.principal.is_admin:
        raise Forbidden("Policy doesn't allow quotas to be changed.")
    return ProjectId(uuid_with_dashes(project))


def capacities(body: Any, known: Mapping[str, tuple[str, int]]) -> dict[str, Capacity]:
    """By resource what a `{"quota_set": {name: number}}` says, of the project and as much for each
    member. `known`: a name's resource and how much one is of it. -1: no limit. Raises Malformed."""
    said = body.get("quota_set")
    if not isinstance(said, dict):
        raise Malformed("Invalid input for field/attribute quota_set.")
    found = {}
    for name, value in said.items():
        if name in _BESIDE:
            continue
        if name not in known:
            raise Malformed(f"The limit of {name[:64]} is not changed here.")
        resource, unit = known[name]
        limit = _limit(value, name, unit)
        found[resource] = Capacity(limit, limit)
    return found


def _limit(value: object, name: str, unit: int) -> int:
    if value in (-1, "-1"):
        return INFINITE
    if isinstance(value, int | str) and not isinstance(value, bool):
        text = str(value)
        if text.isascii() and text.isdigit() and len(text) <= 10 and int(text) < 2**31:
            return int(text) * unit
    raise Malformed(f"Invalid input for field/attribute {name}.")
