"""What RAPI's paths do: one table from method and pattern to a handler over the cluster.

A handler takes a Request and gives the value of the 200 answer, or a Deferred of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from attrs import field, frozen

from synnefod.protocols.rapi import vocabulary as v
from synnefod.simulator import views
from synnefod.simulator.jobs import JobQueue
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.opcodes import BadParameter, fill
from synnefod.simulator.query import BadQuery, absent, named, select
from synnefod.simulator.world import Instance, Network, World

EXPLAIN = {
    400: "Bad request syntax or unsupported method",
    401: "No permission -- see authorization schemes",
    404: "Nothing matches the given URI",
    415: "Entity body in unsupported format",
    500: "Server got itself in trouble",
    501: "Server does not support this operation",
    502: "Invalid responses from another server/proxy",
    503: "The server cannot process the request due to a high load",
    504: "The gateway server did not receive a timely response",
}


class Problem(Exception):
    """An answer that is not 200."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_found() -> Problem:
    return Problem(404, "Not Found")


@frozen
class Request:
    """A decoded request. `body` is None when none was sent; `parts` come from the pattern."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Any
    parts: Mapping[str, str] = field(factory=dict)

    def flag(self, name: str) -> bool:
        return self.query.get(name, ["0"])[0] not in ("0", "")

    def one(self, name: str) -> str | None:
        return self.query.get(name, [None])[0]


Handler = Callable[[Request], Any]


class Routes:
    """The table, bound to one cluster. `wait` long-polls a job (given by the resource)."""

    def __init__(
        self,
        world: World,
        queue: JobQueue,
        wait: Callable[[int, Request], Any],
        knobs: Knobs,
    ) -> None:
        self._world = world
        self._knobs = knobs
        self._queue = queue
        self._table = _compile(
            {
                "/version": {"GET": lambda r: 2},
                "/2/features": {"GET": lambda r: views.FEATURES},
                "/2/info": {"GET": lambda r: views.info(world)},
                "/2/os": {"GET": lambda r: ["noop+default", "snf-image+default"]},
                "/2/modify": {"PUT": self._opcode(v.CLUSTER_SET_PARAMS)},
                "/2/tags": {
                    "GET": lambda r: world.cluster.tags,
                    "PUT": self._tags(v.TAGS_SET, "cluster"),
                    "DELETE": self._tags(v.TAGS_DEL, "cluster"),
                },
                "/2/groups": {"GET": self._groups},
                "/2/nodes": {"GET": self._nodes},
                "/2/nodes/<name>": {"GET": self._node},
                "/2/instances": {"GET": self._instances, "POST": self._create},
                "/2/instances/<name>": {
                    "GET": lambda r: views.instance(world, self._instance(r)),
                    "DELETE": self._opcode(v.REMOVE, "instance_name"),
                },
                "/2/instances/<name>/modify": {"PUT": self._modify},
                "/2/instances/<name>/startup": {"PUT": self._opcode(v.STARTUP, "instance_name")},
                "/2/instances/<name>/shutdown": {"PUT": self._opcode(v.SHUTDOWN, "instance_name")},
                "/2/instances/<name>/reboot": {"POST": self._reboot},
                "/2/instances/<name>/rename": {"PUT": self._opcode(v.RENAME, "instance_name")},
                "/2/instances/<name>/disk/<disk>/grow": {"POST": self._grow},
                "/2/instances/<name>/snapshot": {"PUT": self._snapshot},
                "/2/instances/<name>/console": {"GET": self._console},
                "/2/instances/<name>/tags": {
                    "GET": self._instance_tags,
                    "PUT": self._tags(v.TAGS_SET, "instance"),
                    "DELETE": self._tags(v.TAGS_DEL, "instance"),
                },
                "/2/networks": {
                    "GET": self._networks,
                    "POST": self._opcode(v.NETWORK_ADD),
                },
                "/2/networks/<name>": {
                    "GET": lambda r: views.network(world, self._network(r)),
                    "DELETE": self._opcode(v.NETWORK_REMOVE, "network_name"),
                },
                "/2/networks/<name>/connect": {
                    "PUT": self._opcode(v.NETWORK_CONNECT, "network_name")
                },
                "/2/networks/<name>/disconnect": {
                    "PUT": self._opcode(v.NETWORK_DISCONNECT, "network_name")
                },
                "/2/networks/<name>/modify": {
                    "PUT": self._opcode(v.NETWORK_SET_PARAMS, "network_name")
                },
                "/2/networks/<name>/tags": {
                    "GET": lambda r: self._network(r).tags,
                    "PUT": self._tags(v.TAGS_SET, "network"),
                    "DELETE": self._tags(v.TAGS_DEL, "network"),
                },
                "/2/jobs": {"GET": self._jobs},
                "/2/jobs/<job>": {"GET": self._job, "DELETE": self._cancel},
                "/2/jobs/<job>/wait": {"GET": lambda r: wait(self._number(r), r)},
                "/2/query/job": {"GET": self._query, "PUT": self._query},
            }
        )

    def answer(self, request: Request) -> Any:
        """The value of the answer, or a Deferred of it. Raises Problem."""
        for pattern, methods in self._table:
            match = pattern.fullmatch(request.path)
            if match is None:
                continue
            handler = methods.get(request.method)
            if handler is None:
                raise Problem(
                    501, f"Method {request.method} is unsupported for path {request.path}"
                )
            parts = {key: unquote(value) for key, value in match.groupdict().items()}
            full = Request(request.method, request.path, request.query, request.body, parts)
            return handler(full)
        raise not_found()

    # --- submissions ---

    def _submit(self, opcode: str, request: Request, static: dict[str, Any], label: str) -> int:
        body = request.body if request.body is not None else {}
        if not isinstance(body, dict):
            raise Problem(400, "Body must be a dictionary")
        if request.flag("dry-run"):
            static["dry_run"] = True
        stamp = int(self._world.clock.seconds() * 1e9)
        trail: list[Any] = []
        if request.one("reason") is not None:
            trail.append([v.USER_REASON, request.one("reason"), stamp])
        trail.append([f"gnt:library:rlib2:{label}", "", stamp])
        try:
            filled = fill(opcode, body, static, trail)
        except BadParameter as problem:
            raise Problem(400, str(problem)) from None
        return self._queue.submit([filled])

    def _opcode(self, opcode: str, named: str | None = None) -> Handler:
        label = opcode.removeprefix("OP_").lower()

        def handle(request: Request) -> int:
            static = {named: request.parts["name"]} if named else {}
            return self._submit(opcode, request, static, label)

        return handle

    def _tags(self, opcode: str, kind: str) -> Handler:
        def handle(request: Request) -> int:
            tags = request.query.get("tag", [])
            if not tags:
                raise Problem(400, "Please specify tag(s) to add/delete using the 'tag' parameter")
            static = {"kind": kind, "name": request.parts.get("name"), "tags": tags}
            return self._submit(opcode, request, static, f"{kind}_tags")

        return handle

    def _create(self, request: Request) -> int:
        body = request.body
        if not isinstance(body, dict):
            raise Problem(400, "Body must be a dictionary")
        if body.get("__version__") != 1:
            version = body.get("__version__", 0)
            raise Problem(
                400, f"Instance creation request version {version} is no longer supported"
            )
        given = {key: value for key, value in body.items() if key != "__version__"}
        for name in ("name", "instance_name"):
            if isinstance(given.get(name), str) and given[name]:
                break
        else:
            raise Problem(
                400,
                "Invalid body parameters: (\"Parameter 'OP_INSTANCE_CREATE.instance_name'"
                " fails validation\", 'wrong_input')",
            )
        full = Request(request.method, request.path, request.query, given, request.parts)
        return self._submit(v.CREATE, full, {}, "instances")

    def _modify(self, request: Request) -> int:
        if request.body is None:
            raise Problem(500, "'NoneType' object has no attribute 'copy'")
        return self._opcode(v.SET_PARAMS, "instance_name")(request)  # type: ignore[no-any-return]

    def _reboot(self, request: Request) -> int:
        static = {
            "instance_name": request.parts["name"],
            "reboot_type": request.one("type") or "hard",
        }
        return self._submit(v.REBOOT, request, static, "instances_name_reboot")

    def _grow(self, request: Request) -> int:
        if not request.parts["disk"].isdigit():
            raise Problem(400, "Invalid disk index")
        static = {"instance_name": request.parts["name"], "disk": int(request.parts["disk"])}
        return self._submit(v.GROW_DISK, request, static, "instances_name_disk_grow")

    def _snapshot(self, request: Request) -> int:
        if not self._knobs.snapshots:
            raise not_found()
        return self._opcode(v.SNAPSHOT, "instance_name")(request)  # type: ignore[no-any-return]

    # --- reading ---

    def _instance(self, request: Request) -> Instance:
        instance = self._world.instances.get(request.parts["name"])
        if instance is None:
            raise not_found()
        return instance

    def _network(self, request: Request) -> Network:
        network = self._world.networks.get(request.parts["name"])
        if network is None:
            raise not_found()
        return network

    def _instances(self, request: Request) -> list[Any]:
        found = sorted(self._world.instances.values(), key=lambda each: each.name)
        if request.flag("bulk"):
            return [views.instance(self._world, each) for each in found]
        return [{"id": each.name, "uri": f"/2/instances/{each.name}"} for each in found]

    def _networks(self, request: Request) -> list[Any]:
        found = sorted(self._world.networks.values(), key=lambda each: each.name)
        if request.flag("bulk"):
            return [views.network(self._world, each) for each in found]
        return [{"name": each.name, "uri": f"/2/networks/{each.name}"} for each in found]

    def _groups(self, request: Request) -> list[Any]:
        return [{"name": g, "uri": f"/2/groups/{g}"} for g in self._world.cluster.groups]

    def _nodes(self, request: Request) -> list[Any]:
        nodes = self._world.cluster.nodes
        if request.flag("bulk"):
            return [views.node(self._world, each) for each in nodes]
        return [{"id": each.name, "uri": f"/2/nodes/{each.name}"} for each in nodes]

    def _node(self, request: Request) -> Any:
        for each in self._world.cluster.nodes:
            if each.name == request.parts["name"]:
                return views.node(self._world, each)
        raise not_found()

    def _console(self, request: Request) -> Any:
        instance = self._world.instances.get(request.parts["name"])
        if instance is None:
            raise self._unknown(request)
        if not instance.running:
            raise Problem(503, f"('Instance {instance.name} is not running', 'wrong_state')")
        return views.console(instance)

    def _instance_tags(self, request: Request) -> list[str]:
        instance = self._world.instances.get(request.parts["name"])
        if instance is None:
            raise self._unknown(request)
        return instance.tags

    def _unknown(self, request: Request) -> Problem:
        # Seen on 3.0.2: these two paths say 500 where the others say 404.
        name = request.parts["name"]
        return Problem(500, f"('Instance name {name} not found', '{v.UNKNOWN_ENTITY}')")

    # --- jobs ---

    def _number(self, request: Request) -> int:
        if not request.parts["job"].isdigit():
            raise not_found()
        return int(request.parts["job"])

    def _jobs(self, request: Request) -> list[Any]:
        if request.flag("bulk"):
            return [_pick(views.job_fields(job), views.BULK_JOB) for job in self._queue.all()]
        return [{"id": job.id, "uri": f"/2/jobs/{job.id}"} for job in self._queue.all()]

    def _job(self, request: Request) -> Any:
        number = self._number(request)
        job = self._queue.get(number)
        if job is None:
            # Seen on 3.0.2: an unknown job is no error.
            return {**dict.fromkeys(views.ONE_JOB), "id": number}
        return _pick(views.job_fields(job), views.ONE_JOB)

    def _cancel(self, request: Request) -> list[Any]:
        return list(self._queue.cancel(self._number(request)))

    def _rows(self, fields: list[str], condition: Any) -> list[Any]:
        numbers = named(condition)
        if numbers is None:
            return select(map(views.job_fields, self._queue.all()), fields, condition)
        # Seen on 3.0.2: jobs asked for by number are found in the archive too, and one that is
        # not known is a row without values.
        found = ((number, self._queue.get(number)) for number in numbers)
        return [
            select([views.job_fields(job)], fields, None)[0] if job else absent(number, fields)
            for number, job in found
        ]

    def _query(self, request: Request) -> Any:
        if request.method == "GET":
            fields = (request.one("fields") or "").split(",")
            condition = None
        else:
            body = request.body if isinstance(request.body, dict) else {}
            fields, condition = body.get("fields") or [], body.get("qfilter")
        try:
            rows = self._rows(fields, condition)
        except BadQuery as problem:
            raise Problem(400, str(problem)) from None
        columns = [{"name": name, "title": name, "kind": "other", "doc": ""} for name in fields]
        return {"data": rows, "fields": columns}


def _pick(fields: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: fields[name] for name in names}


def _compile(
    table: Mapping[str, Mapping[str, Handler]],
) -> list[tuple[re.Pattern[str], Mapping[str, Handler]]]:
    return [
        (re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path)), methods)
        for path, methods in table.items()
    ]
