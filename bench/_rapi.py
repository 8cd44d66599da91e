"""A RAPI that takes creations as fast as it can, and counts them: `python -m bench._rapi`.

Prints its port. `GET /count` tells how many jobs there are, of how many reasons.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from twisted.web.resource import Resource
from twisted.web.server import Site

NAME = "bench.localhost"
ENDED = 1_000_000
BIG = 1 << 40
NODE = {
    "name": f"node1.{NAME}",
    "vm_capable": True,
    "drained": False,
    "offline": False,
    "cnodes": 1,
    "ctotal": 1 << 20,
    "mfree": BIG,
    "mtotal": BIG,
    "dfree": BIG,
    "dtotal": BIG,
    "pinst_cnt": 0,
}
INFO = {
    "name": NAME,
    "software_version": "3.0.2",
    "default_hypervisor": "fake",
    "enabled_disk_templates": ["plain", "ext", "file", "drbd"],
    "master": NODE["name"],
}


class Rapi(Resource):
    isLeaf = True  # noqa: N815

    def __init__(self) -> None:
        super().__init__()
        self.jobs = 0
        self.made: dict[str, int] = {}

    def render(self, request: Any) -> bytes:
        if request.method == b"POST" and request.path == b"/2/instances":
            reason = request.args[b"reason"][0].decode()
            self.made[reason] = self.made.get(reason, 0) + 1
        if request.method in (b"POST", b"PUT") and b"query" not in request.path:
            self.jobs += 1
            return self._said(request, self.jobs)
        networks = [
            {"name": f"snf-net-{number}", "group_list": [["default", "bridged", "br0"]]}
            for number in range(1, 20)
        ]
        known: dict[bytes, Any] = {
            b"/2/info": INFO,
            b"/2/features": ["instance-create-reqv1"],
            b"/2/nodes": [NODE],
            b"/2/groups": [{"name": "default"}],
            b"/2/networks": networks,
            b"/2/instances": [],
            b"/2/query/job": self._jobs(request),
            b"/count": {"jobs": sum(self.made.values()), "reasons": len(self.made)},
        }
        if request.path not in known:
            request.setResponseCode(404)
        return self._said(request, known.get(request.path, {"code": 404, "message": "Not Found"}))

    def _jobs(self, request: Any) -> dict[str, Any]:
        """Jobs from ENDED on are starts of the instance with that number, which went well."""
        if request.method == b"GET":
            return {"fields": [], "data": []}
        asked = json.loads(request.content.read())
        rows = []
        for _, _, number in (asked.get("qfilter") or ["|"])[1:]:
            moment = [1_800_000_000, 0]
            name = f"snf-{number - ENDED}"
            values = {
                "id": number,
                "status": "success",
                "ops": [{"OP_ID": "OP_INSTANCE_STARTUP", "instance_name": name}],
                "opstatus": ["success"],
                "opresult": [None],
                "oplog": [[]],
                **dict.fromkeys(("received_ts", "start_ts", "end_ts"), moment),
                **{key: [moment] for key in ("opstart", "opexec", "opend")},
                "archived": False,
            }
            if number >= ENDED:
                rows.append([[0, values[field]] for field in asked["fields"]])
        return {"fields": [], "data": rows}

    def _said(self, request: Any, value: Any) -> bytes:
        request.setHeader(b"Content-Type", b"application/json")
        return json.dumps(value).encode()


if __name__ == "__main__":
    from twisted.internet import reactor

    site = Site(Rapi())
    site.log = lambda _request: None  # type: ignore[method-assign,assignment]
    port = reactor.listenTCP(0, site, interface="127.0.0.1")  # type: ignore[attr-defined]
    print(port.getHost().port, flush=True)
    reactor.run()  # type: ignore[attr-defined]
    sys.exit(0)
