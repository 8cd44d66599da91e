"""Figures about the deployment: `/cyclades/admin` (CMP-286 to CMP-288)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from synnefod.common.errors import Forbidden, NotFound
from synnefod.compute.interface import Statistics
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.identity.jsonp import json_or_call

_SUMS = ("servers", "networks")


class ComputeStatistics:
    """`groups`: whose members see the details."""

    def __init__(self, statistics: Statistics, groups: Collection[str]) -> None:
        self._statistics = statistics
        self._groups = groups

    @route("GET", "/", auth=False)
    async def nothing(self, call: Call) -> Reply:
        raise NotFound("There is nothing here.")

    @route("GET", "/stats", auth=False)
    async def public(self, call: Call) -> Reply:
        found = await self._statistics.public()
        return json_or_call(call, {name: found[name] for name in _SUMS})

    @route("GET", "/stats/simple", auth=False)
    async def simple(self, call: Call) -> Reply:
        return json_or_call(call, dict(await self._statistics.public()))

    @route("GET", "/stats/detail")
    async def detail(self, call: Call) -> dict[str, Any]:
        if not (call.principal.is_admin or call.principal.has_any(self._groups)):
            raise Forbidden("You are in no group that may do this.")
        return dict(await self._statistics.detail(call.query.one("backend")))
