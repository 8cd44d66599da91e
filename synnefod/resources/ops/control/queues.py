"""The queues of events, for the administrator's command (OPS-121 to OPS-125)."""

from __future__ import annotations

from typing import Annotated

import msgspec
from attrs import asdict, frozen

from synnefod.backends.interface import Queues
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Row


class Look(Body):
    queue: str
    most: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 100


class Removal(Body):
    queue: str
    fingerprints: list[str]


class Named(Body):
    queue: str


class Retry(Body):
    keep_zombies: bool = False


@frozen
class QueueVerbs:
    """queue-list, queue-inspect, queue-purge, queue-retry."""

    queues: Queues

    @route("POST", "/v1/queue-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [asdict(each) for each in await self.queues.queues()]}

    @route("POST", "/v1/queue-inspect", body=Look, auth=False, change=False)
    async def inspect(self, call: Call) -> Row:
        found = await self.queues.inspect(call.body.queue, call.body.most)
        return {"rows": [asdict(each) for each in found]}

    @route("POST", "/v1/queue-remove", body=Removal, auth=False)
    async def remove(self, call: Call) -> Row:
        body: Removal = call.body
        removed = await self.queues.remove(body.queue, body.fingerprints)
        return {"row": {"queue": body.queue, "removed": removed}}

    @route("POST", "/v1/queue-purge", body=Named, auth=False)
    async def purge(self, call: Call) -> Row:
        removed = await self.queues.purge(call.body.queue)
        return {"row": {"queue": call.body.queue, "removed": removed}}

    @route("POST", "/v1/queue-retry", body=Retry, auth=False)
    async def retry(self, call: Call) -> Row:
        found = await self.queues.retry(keep_zombies=call.body.keep_zombies)
        return {"rows": [asdict(each) for each in found]}
