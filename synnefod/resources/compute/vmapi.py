"""The boot documents of new servers, read once by their guests' deployment (1.12, chapter 8.2)."""

from __future__ import annotations

from twisted.logger import Logger

from synnefod.common.errors import NotFound
from synnefod.common.ids import is_uuid
from synnefod.compute.interface import Compute
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.ops.health import Listed

log = Logger()


class ServerParams:
    """`/vmapi/v1.0/server-params/<uuid>`: no token; the UUID is the secret (CMP-275)."""

    def __init__(self, compute: Compute) -> None:
        self._servers = compute.servers
        networks = compute.limits.deployment_networks
        self._nodes = Listed(networks) if networks else None

    @route("GET", "/server-params/<uuid>", auth=False, change=True, always=True)
    async def show(self, call: Call, uuid: str) -> Reply:
        document = None
        known = self._nodes is None or call.peer in self._nodes
        if known and is_uuid(uuid) and call.method == "GET":
            document = await self._servers.take_params(uuid)
        log.info(
            "boot parameters asked by {peer}: {outcome}",
            peer=call.peer,
            outcome="unknown" if document is None else "given",
        )
        if document is None:
            raise NotFound("No such parameters.")
        return Reply(document, content_type="application/json")
