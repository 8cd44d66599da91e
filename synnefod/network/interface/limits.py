"""How many things of the network service a project may have (network.md 22.8)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from synnefod.common.errors import OverQuota
from synnefod.common.ids import ProjectId


class LimitReached(OverQuota):
    """The project has as many as it may have."""


class Limits(Protocol):
    """Of subnets, ports, routers, groups, rules and subnet pools; -1 is without limit. Networks
    and floating IPs are the ledger's to limit."""

    async def limits(self, project: ProjectId) -> Mapping[str, int]: ...

    async def used(self, project: ProjectId) -> Mapping[str, int]: ...

    async def set(self, project: ProjectId, limits: Mapping[str, int]) -> None:
        """Raises Malformed for an unknown name or a limit below -1."""

    async def reset(self, project: ProjectId) -> None: ...

    async def projects(self) -> Collection[ProjectId]:
        """Those for which somebody set limits."""
