"""The two-phase quota API for services outside this daemon (identity.md 2.5).

Refusals carry `data` for the machine that asked and have no `details`, so they are rendered here
and not at the common table.
"""

from __future__ import annotations

from typing import Any

from msgspec import ValidationError, convert

from synnefod.common.errors import Malformed, NotFound, OverQuota, Refusal, TooLarge
from synnefod.common.ids import Serial
from synnefod.common.text import iso_offset
from synnefod.identity.interface import Component
from synnefod.identity.interface.rooms import Rooms
from synnefod.quota.interface import Commissions, NoHolding, NoQuantity, Provision
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
MOST_PROVISIONS = 1000
_JSON = "application/json; charset=UTF-8"


class CommissionNoun:
    def __init__(self, identity: Rooms, commissions: Commissions) -> None:
        self.identity = identity
        self.commissions = commissions

    @route("POST", "/commissions", auth=False, body=Any)
    async def issue(self, call: Call) -> Reply:
        component = await self._component(call)
        try:
            return Reply({"serial": await self._issue(component, call.body)}, status=201)
        except (NoHolding, OverQuota, Malformed, TooLarge) as refusal:
            return _refused(refusal)

    @route("GET", "/commissions", auth=False)
    async def index(self, call: Call) -> Reply:
        component = await self._component(call)
        return Reply(list(await self.commissions.pending(component.number)))

    @route("GET", "/commissions/<int:serial>", auth=False)
    async def show(self, call: Call, serial: int) -> Reply:
        component = await self._component(call)
        try:
            found = await self.commissions.show(component.number, Serial(serial))
        except NotFound:
            return _NOT_PENDING
        return Reply(
            {
                "serial": found.serial,
                "issue_time": iso_offset(found.issued),
                "name": found.name,
                "provisions": [_provision(each) for each in found.provisions],
            }
        )

    @route("POST", "/commissions/<int:serial>/action", auth=False, body=dict[str, Any])
    async def act(self, call: Call, serial: int) -> Reply:
        component = await self._component(call)
        verbs = [verb for verb in ("accept", "reject") if verb in call.body]
        if len(verbs) != 1:
            raise Malformed("The action is one of accept and reject.")
        chosen = [Serial(serial)]
        done = await self.commissions.resolve(
            component.number,
            chosen if verbs == ["accept"] else [],
            chosen if verbs == ["reject"] else [],
        )
        return _NOT_PENDING if done.failed else Reply(b"", content_type=_JSON)

    @route("POST", "/commissions/action", auth=False, body=schemas.Resolution)
    async def act_on_many(self, call: Call) -> Json:
        component = await self._component(call)
        done = await self.commissions.resolve(
            component.number,
            {Serial(each) for each in call.body.accept},
            {Serial(each) for each in call.body.reject},
        )
        failed = [[serial, _fault(refusal)] for serial, refusal in done.failed]
        return {"accepted": done.accepted, "rejected": done.rejected, "failed": failed}

    async def _component(self, call: Call) -> Component:
        return await self.identity.components.authenticate(call.token)

    async def _issue(self, component: Component, body: Any) -> Serial:
        try:
            asked = convert(body, schemas.CommissionRequest)
        except ValidationError as error:
            raise Malformed(f"Invalid request body: {error}.") from None
        if len(asked.provisions) > MOST_PROVISIONS:
            raise TooLarge(f"A commission has at most {MOST_PROVISIONS} provisions.")
        provisions = [
            Provision(each.holder, each.source, each.resource, each.quantity)
            for each in asked.provisions
        ]
        return await self.commissions.issue(
            component.number,
            provisions,
            name=asked.name,
            force=asked.force,
            accept=asked.auto_accept,
            origins=None if component.trusted else component.services,
        )


_NOT_PENDING = Reply(b"", status=404, content_type=_JSON)


def _provision(value: Provision) -> Json:
    return {
        "holder": value.holder,
        "source": value.source,
        "resource": value.resource,
        "quantity": value.quantity,
    }


def _fault(refusal: Refusal) -> Json:
    if isinstance(refusal, NotFound):
        return {"itemNotFound": {"code": 404, "message": refusal.message}}
    if isinstance(refusal, OverQuota | TooLarge):
        return {"overLimit": {"code": 413, "message": refusal.message}}
    return {"badRequest": {"code": 400, "message": refusal.message}}


def _refused(refusal: Refusal) -> Reply:
    body = _fault(refusal)
    ((_, fault),) = body.items()
    if isinstance(refusal, NoHolding):
        fault["data"] = {"name": "NoHoldingError", "provision": _provision(refusal.provision)}
    if isinstance(refusal, OverQuota):
        named = Provision(refusal.holder, refusal.source, refusal.resource, refusal.requested)
        fault["data"] = {
            "name": "NoQuantityError" if isinstance(refusal, NoQuantity) else "NoCapacityError",
            "provision": _provision(named),
            "limit": refusal.limit,
            "usage": refusal.usage,
        }
    return Reply(body, status=fault["code"])
