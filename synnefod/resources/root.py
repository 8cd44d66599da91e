"""The URL tree: every mount at its prefix, the longest prefix wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from twisted.web.resource import getChildForRequest
from twisted.web.server import NOT_DONE_YET

from synnefod.protocols.http.request import Request
from synnefod.resources import faults
from synnefod.resources.answer import manners_of, send
from synnefod.resources.door import Mount
from synnefod.resources.identity.looks import own_page

_MANNERS = manners_of("ops")
_GUARDS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class Missing:
    """Nothing here: 404 as JSON, or for a person the deployment's own `page`."""

    isLeaf = True  # noqa: N815

    def __init__(self, page: str | None = None) -> None:
        self._page = page

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Request) -> Any:
        accepted = b",".join(request.requestHeaders.getRawHeaders(b"Accept") or [])
        if self._page is not None and b"text/html" in accepted:
            send(request, _MANNERS, own_page(self._page, 404, _GUARDS))
        else:
            send(request, _MANNERS, faults.fault(faults.UnknownPath("Not found."), "ops"))
        request.finish()
        return NOT_DONE_YET


class Branch:
    """One segment of the tree. A path that leads nowhere falls back to the nearest mount above."""

    isLeaf = False  # noqa: N815

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.children: dict[bytes, Branch] = {}
        self.here: Any = None
        self.mounted = depth
        """How many segments are the mount's own; below, the path is the mount's to read."""
        self.nearest: tuple[Any, int] = (Missing(), 0)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        child = self.children.get(name)
        if child is not None:
            return child if child.children else child._enter(request)
        return self._enter(request)

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Any) -> Any:
        return getChildForRequest(self._enter(request), request).render(request)  # type: ignore[no-untyped-call]

    def _enter(self, request: Any) -> Any:
        """The mount that serves this place; gives it back what lies below its prefix."""
        resource, depth = self.nearest
        extra = request.prepath[depth:]
        del request.prepath[depth:]
        request.postpath[:0] = extra
        return resource

    def settle(self, nearest: tuple[Any, int]) -> None:
        """Tells every branch which mount is nearest."""
        self.nearest = (self.here, self.mounted) if self.here is not None else nearest
        for child in self.children.values():
            child.settle(self.nearest)


def tree(
    mounts: Sequence[Mount],
    others: Mapping[str, Any] | None = None,
    missing: str | None = None,
) -> Any:
    """The root resource. `others` are plain Twisted resources by path (static files, pages);
    `missing` is a page for people whose address leads nowhere.

    Raises ValueError when two claim one path.
    """
    root = Branch(0)

    def place(path: str, resource: Any, *, rooted: bool = False) -> None:
        branch = root
        for segment in [part.encode() for part in path.split("/") if part]:
            branch = branch.children.setdefault(segment, Branch(branch.depth + 1))
        if branch.here is not None:
            raise ValueError(f"two mounts claim {path}")
        branch.here = resource
        branch.mounted = 0 if rooted else branch.depth

    for mount in mounts:
        resource = mount.resource()
        for path in (mount.path, *mount.aliases):
            place(path, resource)
        for path in mount.rooted:
            place(path, resource, rooted=True)
    for path, resource in (others or {}).items():
        place(path, resource)
    root.settle((Missing(missing), 0))
    return root
