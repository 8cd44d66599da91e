"""Where a mount stands in the tree of Twisted's resources."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import ensureDeferred
from twisted.web.server import NOT_DONE_YET

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
    """The resource of a mount: checks the path, then lets Klein route.

    Its caller has consumed the mount's own segments (they are in `request.prepath`).
    """

    isLeaf = True  # noqa: N815

    def __init__(self, mount: Mount) -> None:
        self.mount = mount
        self._klein = mount.app().resource()
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
            return self._klein.render(request)
        if not request.gone:
            request.finish()
        return NOT_DONE_YET

    def _preflight(self, request: Request, answer: Callable[[Call], Awaitable[Reply]]) -> Any:
        async def handler(call: Call) -> Reply:
            return await answer(call)

        async def run() -> None:
            await self.mount.serve(request, self._options, handler, {})
            if not request.gone:
                request.finish()

        ensureDeferred(run())
        return NOT_DONE_YET
