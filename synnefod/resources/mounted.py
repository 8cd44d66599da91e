"""Where a mount stands in the tree of Twisted's resources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.python.failure import Failure
from twisted.web.server import NOT_DONE_YET
from werkzeug.exceptions import HTTPException

from synnefod.common.errors import Malformed, PreconditionFailed
from synnefod.protocols.http.request import Request
from synnefod.resources.call import Call, Reply
from synnefod.resources.routes import Route

if TYPE_CHECKING:
    from synnefod.resources.door import Mount


@frozen
class Place:
    """Where a request stands: the mount as it was addressed, and what lies below it."""

    mount: str
    path: str
    raw: bytes


class MountResource:
    """The resource of a mount: checks the path, and finds the route.

    Its caller has consumed the mount's own segments (they are in `request.prepath`).

    Note [Klein's routes without its resource]. Klein's own resource binds a matcher for each
    request and waits in half a dozen Deferreds, because a handler may return anything; ours return
    coroutines. That was an eighth of the CPU of a small request (docs/design/performance.md).
    """

    isLeaf = True  # noqa: N815

    def __init__(self, mount: Mount) -> None:
        self.mount = mount
        self._app = mount.app()
        self._routes = self._app.url_map.bind("")
        self._options = Route(("OPTIONS",), "", 200, None, False, False, True, None)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Request) -> Any:
        mount = self.mount
        request.service = mount.service
        mount.manners.name_request(request)
        consumed = len(request.prepath or ())
        raw = b"/".join((b"", *request.path.split(b"/")[1 + consumed :]))
        prefix = b"/".join((b"", *(request.prepath or ()))).decode("utf-8", "replace")
        segments = request.postpath or []
        try:
            path = b"/".join((b"", *segments)).decode("utf-8") if segments else ""
        except UnicodeDecodeError:
            path = "\x00"
        request.place = Place(prefix, path, raw)  # type: ignore[attr-defined]
        if "\x00" in path:
            if mount.dialect == "swift":
                mount.refuse(request, PreconditionFailed("Invalid UTF8 or contains NULL"))
            else:
                mount.refuse(request, Malformed("The path is not valid UTF-8, or holds a NUL."))
        elif mount.preflight is not None and request.method == b"OPTIONS":
            return self._preflight(request, mount.preflight)
        else:
            if mount.suffixes and segments:
                segments[-1] = segments[-1].removesuffix(b".json").removesuffix(b".xml")
            return self._route(request)
        if not request.gone:
            request.finish()
        return NOT_DONE_YET

    def _route(self, request: Request) -> Any:
        path = b"/".join(request.postpath or []).decode("utf-8")
        if request.postpath and not path.startswith("/"):
            path = "/" + path
        try:
            endpoint, parts = self._routes.match(path, request.method.decode("ascii", "replace"))
        except HTTPException as error:
            self.mount.unmatched(request, error)
            if not request.gone:
                request.finish()
            return NOT_DONE_YET
        serving: Any = self._app.execute_endpoint(endpoint, request, **parts)
        self._carry_out(request, serving)
        return NOT_DONE_YET

    def _carry_out(self, request: Request, serving: Deferred[None]) -> None:
        """Ends the request after it was served; a client who leaves cancels that."""

        def done(result: object) -> None:
            if isinstance(result, Failure) and not isinstance(result.value, CancelledError):
                request.processingFailed(result)
            elif not request.gone:
                request.finish()

        if not serving.called:
            request.notifyFinish().addErrback(lambda _: serving.cancel())
        serving.addBoth(done)

    def _preflight(self, request: Request, answer: Callable[[Call], Awaitable[Reply]]) -> Any:
        async def handler(call: Call) -> Reply:
            return await answer(call)

        serving = ensureDeferred(self.mount.serve(request, self._options, handler, {}))
        self._carry_out(request, serving)
        return NOT_DONE_YET
