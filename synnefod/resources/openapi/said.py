"""What a handler takes and answers beyond its route: the rows of the tables.

    SAID: Table = {
        NovaServers.index: Said({"servers": [BRIEF]}, query=("limit", "marker")),
        NovaServers.delete: Said(None),
    }

The method, the path, the schema of the body, the usual status and whether a token is needed are
the route's own, and are not said again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import field, frozen

from synnefod.resources.openapi.notation import Raw, Shape

ANYTHING = "*/*"
TEXT = Raw({"type": "string"})


@frozen(eq=False)
class Content:
    """A body by its media types; each has a shape."""

    kinds: Mapping[str, Shape]


def content(*kinds: str) -> Content:
    """A body of one of these media types, of which nothing more is said."""
    return Content({kind: TEXT for kind in kinds})


def jsonp(shape: Shape) -> Content:
    """JSON, or a script that calls back with it."""
    return Content({"application/json": shape, "application/javascript": TEXT})


@frozen(eq=False)
class Said:
    """One handler.

    `answer`: the shape of the body that the usual answer has, None for no body, `Content` for what
    is not JSON; or several by their status. `body`: the shape of what is sent, where the route's
    own schema is free; `sends`: its media types where it is no JSON. `query`: the parameters that
    are read. `headers`: of the request; `shows`: of the answer.
    """

    answer: Shape | Content | Mapping[int, Shape | Content] = None
    body: Shape = field(default=None, kw_only=True)
    sends: Sequence[str] = field(default=(), kw_only=True)
    query: Sequence[str] = field(default=(), kw_only=True)
    headers: Sequence[str] = field(default=(), kw_only=True)
    shows: Sequence[str] = field(default=(), kw_only=True)

    def answers(self, usual: int) -> dict[int, Shape | Content]:
        """The bodies by status."""
        given = self.answer
        if isinstance(given, dict) and given and all(isinstance(key, int) for key in given):
            return dict(given)
        return {usual: given}


Table = Mapping[Callable[..., Any], Said]


@frozen(eq=False)
class Operation:
    """A call of a handler that finds its way by itself: a method at a path of its own."""

    method: str
    path: str
    name: str
    summary: str
    said: Said
    status: int = 200


Operations = Mapping[Callable[..., Any], Sequence[Operation]]
