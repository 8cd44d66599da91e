"""The simulated cluster's HTTP face: authentication, JSON, errors in RAPI 3.0.2's own form."""

from __future__ import annotations

import base64
import binascii
import hmac
import html
from typing import Any

import msgspec
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from synnefod.common.clockwork import IClock, TimedOut, sleep, start, within
from synnefod.simulator.jobs import JobQueue
from synnefod.simulator.knobs import Knobs
from synnefod.simulator.routes import EXPLAIN, Problem, Request, Routes
from synnefod.simulator.views import VERSION, job_fields
from synnefod.simulator.world import World

log = Logger()
REALM = b'Basic realm="Ganeti Remote API"'
LONG_POLL = 10.0
WebRequest = Any  # twisted.web.http.Request, which carries no types


class RapiResource(Resource):
    """Serves one simulated cluster at `/2/...` and `/version`."""

    isLeaf = True  # noqa: N815

    def __init__(self, clock: IClock, world: World, queue: JobQueue, knobs: Knobs) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._clock = clock
        self._world = world
        self._queue = queue
        self._knobs = knobs
        self._routes = Routes(world, queue, self._wait, knobs)

    def render(self, request: WebRequest) -> int:
        gone: list[bool] = []
        request.notifyFinish().addErrback(lambda _: gone.append(True))
        start(self._serve(request, gone), "a simulated RAPI answer")
        return NOT_DONE_YET

    async def _serve(self, request: WebRequest, gone: list[bool]) -> None:
        knobs = self._knobs
        knobs.requests += 1
        if knobs.delay:
            await sleep(self._clock, knobs.delay)
        if knobs.rapi == "down":
            _hang_up(request)
            return
        try:
            if isinstance(knobs.rapi, int):
                raise Problem(knobs.rapi, EXPLAIN.get(knobs.rapi, "Trouble"))
            self._authenticate(request)
            value = self._routes.answer(_decoded(request))
            if isinstance(value, Deferred) or hasattr(value, "__await__"):
                value = await value
            code, answer = 200, value
            submitted = request.method != b"GET" and isinstance(value, int)
            if submitted and knobs.lose_answers:
                knobs.lose_answers -= 1
                _hang_up(request)
                return
        except CancelledError:
            raise
        except Problem as problem:
            code, answer = problem.code, _explained(problem)
        except Exception:
            log.failure("the simulated RAPI broke")
            code, answer = 500, _explained(Problem(500, "internal error"))
        if not gone:
            _write(request, code, answer)

    def _authenticate(self, request: WebRequest) -> None:
        cluster = self._world.cluster
        kind, _, encoded = (request.getHeader(b"authorization") or b"").partition(b" ")
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except binascii.Error:
            given = b""
        wanted = f"{cluster.username}:{cluster.password}".encode()
        if kind.lower() != b"basic" or not hmac.compare_digest(given, wanted):
            request.setHeader(b"WWW-Authenticate", REALM)
            raise Problem(401, "Unauthorized")

    async def _wait(self, number: int, request: Request) -> Any:
        """`/2/jobs/N/wait`: the job's fields once they differ from what the asker knows."""
        body = request.body
        if not isinstance(body, dict) or "fields" not in body:
            raise Problem(500, "'NoneType' object is not subscriptable")
        until = self._clock.seconds() + LONG_POLL
        while True:
            job = self._queue.get(number)
            if job is None:
                raise Problem(500, "Can't load job file")
            fields = job_fields(job)
            known = [fields.get(name) for name in body["fields"]]
            entries = [entry for log in fields["oplog"] for entry in log]
            serial = body.get("previous_log_serial")
            fresh = [entry for entry in entries if serial is None or entry[0] > serial]
            if known != body.get("previous_job_info") or fresh:
                return {"job_info": known, "log_entries": fresh}
            left = until - self._clock.seconds()
            if left <= 0 or job.final:
                return None
            try:
                await within(self._clock, left, self._queue.changed(number))
            except TimedOut:
                return None


def _decoded(request: WebRequest) -> Request:
    request.content.seek(0)
    raw = request.content.read()
    body = None
    if raw:
        if (request.getHeader(b"content-type") or b"").split(b";")[0] != b"application/json":
            raise Problem(415, "Unsupported Media Type")
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Problem(400, "Unable to parse JSON data") from None
    query = {
        key.decode(): [value.decode() for value in values] for key, values in request.args.items()
    }
    path = request.uri.partition(b"?")[0].decode("ascii", "replace")
    return Request(request.method.decode(), path, query, body)


def _explained(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code,
        "message": html.escape(problem.message, quote=True),
        "explain": EXPLAIN.get(problem.code, "Trouble"),
    }


def _write(request: WebRequest, code: int, answer: Any) -> None:
    raw = msgspec.json.encode(answer) + b"\n"
    request.setResponseCode(code)
    request.setHeader(b"Content-Type", b"application/json")
    request.setHeader(b"Connection", b"close")
    request.setHeader(b"Server", f"Ganeti {VERSION}".encode())
    request.setHeader(b"Content-Length", b"%d" % len(raw))
    request.write(raw)
    request.finish()


def _hang_up(request: WebRequest) -> None:
    request.transport.abortConnection()
