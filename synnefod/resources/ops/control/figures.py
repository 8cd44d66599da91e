"""Figures about the deployment (OPS-128)."""

from __future__ import annotations

from attrs import frozen

from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Office, Row


class Wanted(Body):
    """`backend`: a cluster by number or name; None: all."""

    backend: str | None = None


@frozen
class FigureVerbs:
    """stats-cyclades."""

    office: Office

    @route("POST", "/v1/stats-cyclades", body=Wanted, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        found = self.office.house.compute.compute.statistics
        return {"row": dict(await found.detail(call.body.backend))}
