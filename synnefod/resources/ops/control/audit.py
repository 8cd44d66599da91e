"""The audit log, for the administrator's command (OPS-153)."""

from __future__ import annotations

from attrs import frozen

from synnefod.audit.interface import Audit, Outcome, Search
from synnefod.common.text import parse_iso
from synnefod.resources.cloud.audit import shown
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Number, Office, Row


class Wanted(Body):
    """`actor` may be an address, a UUID or "administrator"; `since` is ISO 8601."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    request: str | None = None
    since: str | None = None
    before: Number | None = None
    limit: Number = 100


@frozen
class AuditVerbs:
    """audit-list, audit-verify."""

    office: Office
    audit: Audit

    @route("POST", "/v1/audit-list", body=Wanted, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        body: Wanted = call.body
        actor = body.actor
        if actor is not None and "@" in actor:
            actor = await self.office.owner(actor)
        found = await self.audit.search(
            Search(
                actor,
                body.action,
                body.target,
                body.outcome,
                body.request,
                None if body.since is None else parse_iso(body.since, "since"),
                body.before,
                body.limit,
            )
        )
        return {"rows": [shown(each) for each in found]}

    @route("POST", "/v1/audit-verify", body=Nothing, auth=False, change=False)
    async def verify(self, call: Call) -> Row:
        verdict = await self.audit.verify()
        return {
            "row": {
                "sealed": verdict.rows,
                "waiting": verdict.waiting,
                "broken_at": verdict.broken,
                "head": verdict.head,
            }
        }
