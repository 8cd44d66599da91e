"""Whether the ledger counts what the services hold (ganeti.md 17.1)."""

from __future__ import annotations

from attrs import frozen

from synnefod.quota.interface import Difference
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Office, Row, when


class Usage(Body):
    """`force`: also beyond the limit."""

    fix: bool = False
    force: bool = False
    user: str | None = None
    project: str | None = None


class Fix(Body):
    fix: bool = False


@frozen
class UsageVerbs:
    """reconcile-resources-cyclades, reconcile-commissions-cyclades."""

    office: Office

    @route("POST", "/v1/reconcile-resources-cyclades", body=Usage, auth=False)
    async def cyclades(self, call: Call) -> Row:
        body: Usage = call.body
        found = await self.office.house.compute_usage.resources(
            fix=body.fix, force=body.force, holders=await holders(self.office, body)
        )
        return {"rows": [differing(each) for each in found]}

    @route("POST", "/v1/reconcile-commissions-cyclades", body=Fix, auth=False)
    async def commissions(self, call: Call) -> Row:
        body: Fix = call.body
        found = await self.office.house.compute_usage.commissions(fix=body.fix)
        return {
            "rows": [
                {
                    "serial": each.serial,
                    "name": each.name,
                    "issue time": when(each.issued),
                    "result": "rejected" if body.fix else "reported",
                }
                for each in found
            ]
        }


async def holders(office: Office, body: Usage) -> list[str]:
    """As the ledger writes them. Raises NotFound."""
    wanted = []
    if body.user is not None:
        wanted.append(f"user:{await office.owner(body.user)}")
    if body.project is not None:
        wanted.append(f"project:{body.project.lower()}")
    return wanted


def differing(each: Difference) -> Row:
    """`pending` counters are never put right: what they wait for decides."""
    counter = each.holding
    return {
        "holder": each.holder,
        "source": each.source,
        "resource": each.resource,
        "exists": each.exists,
        "counted": 0 if counter is None else counter.usage_max,
        "pending": counter is not None and bool(counter.pending),
        "fixed": each.fixed,
    }
