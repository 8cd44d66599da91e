"""The ledger of quota: commissions, and whether its figures are right (identity.md 2.13)."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen
from msgspec import Meta

from synnefod.common.errors import NotFound
from synnefod.common.ids import Serial
from synnefod.quota.interface import Pending
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Office, Row, when
from synnefod.resources.ops.control.quota import limit
from synnefod.resources.ops.control.usage import Usage, differing, holders


class Commissions(Body):
    """`overdue`: seconds that they have waited at least."""

    overdue: Annotated[int, Meta(ge=0, le=10**9)] = 0


class Named(Body):
    serial: Number


class Verify(Body):
    fix: bool = False
    unexpected: bool = False


@frozen
class LedgerVerbs:
    """commission-list, commission-show, quota-verify, reconcile-resources-astakos."""

    office: Office

    @route("POST", "/v1/commission-list", body=Commissions, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        found = await self.office.house.commissions.overdue(call.body.overdue)
        return {"rows": [_listed(each) for each in found]}

    @route("POST", "/v1/commission-show", body=Named, auth=False, change=False)
    async def show(self, call: Call) -> Row:
        serial = Serial(call.body.serial)
        found = await self.office.house.commissions.overdue(0)
        each = next((each for each in found if each.serial == serial), None)
        if each is None:
            raise NotFound(f"There is no pending commission {serial}.")
        provisions = [
            {
                "holder": provision.holder,
                "source": provision.source,
                "resource": provision.resource,
                "quantity": provision.quantity,
            }
            for provision in each.provisions
        ]
        return {"row": _listed(each), "tables": {"provisions": provisions}}

    @route("POST", "/v1/quota-verify", body=Verify, auth=False)
    async def verify(self, call: Call) -> Row:
        """Limits that are not what the projects give (AST-197)."""
        body: Verify = call.body
        found = await self.office.house.limits.verify(fix=body.fix, unexpected=body.unexpected)
        return {
            "rows": [
                {
                    "holder": each.holder,
                    "source": each.source,
                    "resource": each.resource,
                    "expected": None if each.expected is None else limit(each.expected),
                    "found": None if each.holding is None else limit(each.holding.limit),
                    "problem": "missing"
                    if each.holding is None
                    else "unexpected"
                    if each.expected is None
                    else "wrong limit",
                }
                for each in found
            ]
        }

    @route("POST", "/v1/reconcile-resources-astakos", body=Usage, auth=False)
    async def usage(self, call: Call) -> Row:
        """Counters of pending applications that are not what there is (AST-198)."""
        body: Usage = call.body
        found = await self.office.house.usage.pending_applications(
            fix=body.fix, force=body.force, holders=await holders(self.office, body)
        )
        return {"rows": [differing(each) for each in found]}


def _listed(pending: Pending) -> Row:
    return {
        "serial": pending.serial,
        "name": pending.name,
        "clientkey": pending.client,
        "issue time": when(pending.issued),
    }
