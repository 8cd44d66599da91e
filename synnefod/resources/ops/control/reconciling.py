"""Comparing servers with the clusters on demand (ganeti.md 17)."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from synnefod.common.ids import BackendId
from synnefod.compute.interface.keeping import Difference
from synnefod.network.interface import NetworkFinding
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Office, Row


class Servers(Body):
    """`fix`: the kinds of differences to act upon; `backend` None: all clusters."""

    fix: list[str] = []
    backend: Number | None = None


class Fix(Body):
    fix: bool = False


@frozen
class ReconcileVerbs:
    """reconcile-servers, reconcile-networks, reconcile-pools."""

    office: Office

    @route("POST", "/v1/reconcile-servers", body=Servers, auth=False)
    async def servers(self, call: Call) -> Row:
        """`result`: reported, fixed, remains when a second look still finds it, or waits: an
        orphan that was first seen too short a time ago (OPS-109)."""
        body: Servers = call.body
        backends = self.office.house.backends
        backend = None
        if body.backend is not None:
            backend = (await backends.get(BackendId(body.backend))).id
        reconciler = self.office.house.compute.reconciler
        found = await reconciler.reconcile(fix=body.fix, backend=backend)
        acted = any(each.kind in body.fix for each in found)
        remaining = _keys(await reconciler.reconcile(backend=backend)) if acted else set()
        names = {each.id: each.name for each in await backends.all()}
        rows = [
            {
                "kind": each.kind,
                "backend": names.get(each.backend, str(each.backend)),
                "server": each.server,
                "difference": each.what,
                "result": _result(each, body.fix, remaining),
            }
            for each in found
        ]
        return {"rows": rows}

    @route("POST", "/v1/reconcile-networks", body=Fix, auth=False)
    async def networks(self, call: Call) -> Row:
        found = await self.office.house.network.upkeep.networks(fix=call.body.fix)
        return {"rows": [shown(each) for each in found]}

    @route("POST", "/v1/reconcile-pools", body=Fix, auth=False)
    async def pools(self, call: Call) -> Row:
        found = await self.office.house.network.upkeep.pools(fix=call.body.fix)
        return {"rows": [shown(each) for each in found]}


def shown(each: NetworkFinding) -> Row:
    return {
        "kind": each.kind,
        "backend": each.backend,
        "network": each.network or None,
        "difference": each.what,
        "result": each.result,
    }


def _keys(found: Sequence[Difference]) -> set[tuple[str, int, int]]:
    return {(each.kind, int(each.backend), each.server) for each in found}


def _result(each: Difference, fix: list[str], remaining: set[tuple[str, int, int]]) -> str:
    if each.kind not in fix:
        return "reported"
    if not each.ripe:
        return "waits"
    return "remains" if (each.kind, int(each.backend), each.server) in remaining else "fixed"
