"""The knobs over HTTP, for tests of whole daemons. Never mounted outside tests.

GET  /         {"pace": 1.0, "rapi": "up", "delay": 0, "lose_answers": 0, "hold": false}
PUT  /         any of these, or "fail_next": {"opcode", "result", "status"?}
POST /vanish   {"instance": NAME}     its process is gone though it should run
POST /lose     {"job": N}             the job and its file are gone
POST /release  {}                     held jobs go on
"""

from __future__ import annotations

from typing import Any

import msgspec
from twisted.web.resource import Resource

from synnefod.simulator.service import SimulatedCluster


class KnobResource(Resource):
    """Turns the knobs of one simulated cluster; 400 with a reason for what it does not know."""

    isLeaf = True  # noqa: N815

    def __init__(self, cluster: SimulatedCluster) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._cluster = cluster

    def render(self, request: Any) -> bytes:
        request.setHeader(b"Content-Type", b"application/json")
        try:
            given = msgspec.json.decode(request.content.read() or b"{}", type=dict[str, Any])
            answer = self._turn(request.method, b"/".join(request.postpath), given)
        except (msgspec.DecodeError, ValueError, KeyError, TypeError) as problem:
            request.setResponseCode(400)
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        return msgspec.json.encode(answer)

    def _turn(self, method: bytes, path: bytes, given: dict[str, Any]) -> dict[str, Any]:
        knobs = self._cluster.knobs
        if (method, path) == (b"POST", b"vanish"):
            self._cluster.vanish(given["instance"])
        elif (method, path) == (b"POST", b"lose"):
            self._cluster.queue.lose(int(given["job"]))
        elif (method, path) == (b"POST", b"release"):
            self._cluster.queue.release()
        elif (method, path) == (b"PUT", b""):
            knobs.turn(given)
        elif (method, path) != (b"GET", b""):
            raise ValueError(f"no knob at {method.decode()} /{path.decode()}")
        names = ("pace", "rapi", "delay", "lose_answers", "hold", "requests")
        return {name: getattr(knobs, name) for name in names}
