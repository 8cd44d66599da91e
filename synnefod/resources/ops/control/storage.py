"""The block store, for the administrator's command (OPS-063)."""

from __future__ import annotations

from attrs import asdict, frozen

from synnefod.objects.interface.moving import MovesBlocks
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Number, Row


class Portion(Body):
    source: str
    target: str
    part: Number = 0
    after: str = ""


@frozen
class StorageVerbs:
    """storage-move, a portion at a time."""

    block_move: MovesBlocks

    @route("POST", "/v1/storage-move", body=Portion, auth=False)
    async def move(self, call: Call) -> Row:
        body: Portion = call.body
        done = await self.block_move.move(body.source, body.target, body.part, body.after)
        return {"row": asdict(done)}
