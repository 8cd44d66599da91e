"""The boot documents of new servers, read once by their guests' deployment (1.12, chapter 8.2)."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger

from synnefod.common.errors import NotFound
from synnefod.common.ids import is_uuid
from synnefod.compute.interface import Compute
from synnefod.protocols.http.ranges import parse_range
from synnefod.resources.door import Call, Reply, route
from synnefod.resources.ops.health import Listed

log = Logger()


class ServerParams:
    """`/vmapi/v1.0/server-params/<uuid>`, and what the deployment needs beside: no token; the UUID
    is the secret (CMP-275)."""

    def __init__(self, compute: Compute) -> None:
        self._servers = compute.servers
        networks = compute.limits.deployment_networks
        self._nodes = Listed(networks) if networks else None
        self._deployment = compute.deployment

    @route("GET", "/server-params/<uuid>", auth=False, change=True, always=True)
    async def show(self, call: Call, uuid: str) -> Reply:
        document = None
        if self._known(call) and is_uuid(uuid) and call.method == "GET":
            document = await self._servers.take_params(uuid)
        log.info(
            "boot parameters asked by {peer}: {outcome}",
            peer=call.peer,
            outcome="unknown" if document is None else "given",
        )
        if document is None:
            raise NotFound("No such parameters.")
        return Reply(document, content_type="application/json")

    @route("GET", "/image/<uuid>", auth=False)
    async def image(self, call: Call, uuid: str) -> Reply:
        """The data of the image, or from an offset on, as often as it is asked for while the
        server is built."""
        if not self._known(call):
            raise NotFound("No such parameters.")
        found, opened = await self._deployment.image(uuid)
        size = found.size or 0
        wanted = parse_range(call.headers.get("Range"), size)
        if wanted is None or len(wanted) != 1:
            return _data(await opened.data(), size, 200, {})
        span = wanted[0]
        headers = {"Content-Range": span.content_range(size)}
        return _data(await opened.data(span.start, span.stop), span.length, 206, headers)

    @route("POST", "/progress/<uuid>", body=dict[str, Any], auth=False, always=True, status=204)
    async def progress(self, call: Call, uuid: str) -> None:
        if not self._known(call):
            raise NotFound("No such parameters.")
        await self._deployment.tell(uuid, call.body)

    def _known(self, call: Call) -> bool:
        """Whether the asker may be a node, where their networks are named."""
        return self._nodes is None or call.peer in self._nodes


def _data(body: object, length: int, status: int, headers: dict[str, str]) -> Reply:
    kind = "application/octet-stream"
    return Reply(body, status=status, headers=headers, content_type=kind, length=length)
