"""The mark that makes a noun's method reachable over HTTP."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from attrs import frozen

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
Handler = Callable[..., Coroutine[Any, Any, Any]]
_SECRET_PART = re.compile(r"<(?:\w+(?:\(.*?\))?:)?(?:token|code|secret|ticket|key)>")
"""Parts of a path that are never written down."""


@frozen
class Route:
    """How one method of a noun is reached. See `route`."""

    methods: tuple[str, ...]
    path: str
    status: int
    body: Any
    auth: bool | None
    change: bool | None
    empty_ok: bool
    limit: int | None
    quiet: bool = False
    always: bool = False

    @property
    def secret(self) -> bool:
        """Whether a part of the path may not be written down."""
        return _SECRET_PART.search(self.path) is not None

    def changes(self, method: str) -> bool:
        """Whether a call of `method` is carried on when the client leaves."""
        return method not in ("GET", "HEAD", "OPTIONS") if self.change is None else self.change


def route(
    methods: str,
    path: str,
    *,
    status: int = 200,
    body: Any = None,
    auth: bool | None = True,
    change: bool | None = None,
    empty_ok: bool = False,
    limit: int | None = None,
    quiet: bool = False,
    always: bool = False,
) -> Callable[[F], F]:
    """Marks a method of a noun class; may be given several times.

    `methods`: "GET" or "PUT POST". `path`: Werkzeug's pattern below the mount. `body`: a msgspec
    type (`Any` takes every JSON value); None leaves the body unread in `call.stream`. `empty_ok`:
    an empty body gives `call.body` None instead of a refusal. `auth` False: a token is not needed
    and not looked at, `call.principal` is NOBODY; None: a token may be absent (NOBODY), and one
    that is sent must be good. `change`: shielded from hang-ups; by default whatever is not GET,
    HEAD or OPTIONS. `limit`: bytes of the decoded body. `quiet`: a success leaves no line in the
    access log. `always`: also answered while the cloud is read-only, as signing in is.

    The handler is `async def name(self, call, **parts) -> Reply | dict | list | None`; anything but
    a Reply is the body of one with `status`. GET answers HEAD too.
    """
    verbs = tuple(methods.split())
    made = Route(verbs, path, status, body, auth, change, empty_ok, limit, quiet, always)

    def mark(handler: F) -> F:
        routes = getattr(handler, "__routes__", ())
        handler.__routes__ = (*routes, made)  # type: ignore[attr-defined]
        return handler

    return mark


def routes_of(noun: object) -> list[tuple[Route, Handler]]:
    """The marked methods of a noun, bound to it, in a stable order."""
    found = []
    for name in sorted(dir(type(noun))):
        for made in getattr(getattr(type(noun), name, None), "__routes__", ()):
            found.append((made, getattr(noun, name)))
    return found
