"""Where graphs would be if something drew them here (compute-image-volume.md 12)."""

from __future__ import annotations

from synnefod.common.errors import Malformed, NotFound
from synnefod.compute.interface import Compute
from synnefod.resources.door import Call, route

_KINDS = frozenset(
    kind + span for kind in ("cpu-bar", "net-bar", "cpu-ts", "net-ts") for span in ("", "-w")
)


class NoGraphs:
    """`/stats/v1.0/<kind>/<secret>`: as the statistics service answers of a server whose figures
    nobody collects. No token is needed; the secret names the server and tells nothing."""

    def __init__(self, compute: Compute) -> None:
        self._servers = compute.servers

    @route("GET", "/<kind>/<secret>", auth=False)
    async def show(self, call: Call, kind: str, secret: str) -> None:
        if kind not in _KINDS:
            raise NotFound(f"There is no graph of {kind[:64]}.")
        if self._servers.graphed(secret) is None:
            raise Malformed("The address of a graph is not one that was told.")
        raise NotFound("No figures of this server are collected.")
