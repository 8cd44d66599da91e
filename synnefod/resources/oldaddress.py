"""Addresses of the old pages outside `/ui`: each leads to where the thing is now (web-ui.md 4).

What stood behind `#` is sent by no browser: it stays with the address, for the application to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from synnefod.protocols.http.request import Request

NEW = "/ui"
GONE = b"This address is gone. How a server is reached is told at /ui/servers/<id>/connect.\n"
STAFF = {
    "user": "users",
    "vm": "servers",
    "volume": "volumes",
    "network": "networks",
    "ip": "addresses",
    "ip_log": "history",
    "project": "projects",
    "group": "groups",
}
"""The staff's sections by the kinds of the old pages."""
_MACHINES = re.compile(r"machines/(console|connect)\Z")
_SERVER = ("machine", "srv", "server", "id")
"""Parameters that name a server; no other one is read, for they held secrets."""
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


class OldAddress:
    """A Twisted resource that sends on; `place` finds the new path, None for what is gone.

    It is told the path below its own, decoded, the parameters, and whether a person reads.
    """

    isLeaf = True  # noqa: N815

    def __init__(self, place: Callable[[str, Mapping[str, str], bool], str | None]) -> None:
        self._place = place

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Request) -> bytes:
        wire = request.responseHeaders
        wire.setRawHeaders("Content-Type", ["text/plain; charset=utf-8"])
        wire.setRawHeaders("Cache-Control", ["no-cache"])
        wire.setRawHeaders("Referrer-Policy", ["no-referrer"])
        if request.method not in (b"GET", b"HEAD"):
            wire.setRawHeaders("Allow", ["GET, HEAD"])
            return self._said(request, 405, b"Only GET and HEAD are answered here.\n")
        below = "/".join(_text(part) for part in request.postpath or [])
        given = {_text(name): _text(values[0]) for name, values in (request.args or {}).items()}
        accepted = b",".join(request.requestHeaders.getRawHeaders(b"Accept") or [])
        place = self._place(below.strip("/"), given, b"text/html" in accepted)
        if place is None:
            return self._said(request, 410, GONE)
        wire.setRawHeaders("Location", [NEW + place])
        return self._said(request, 302, b"")

    def _said(self, request: Request, status: int, text: bytes) -> bytes:
        request.setResponseCode(status)
        return b"" if request.method == b"HEAD" else text


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def of_machines(below: str, given: Mapping[str, str], reader: bool) -> str | None:
    """What the servers' pages became."""
    found = _MACHINES.match(below)
    if found is None:
        return "/" + quote(below) if below else "/"
    if found[1] == "connect" and not reader:
        return None
    named = [given[name] for name in _SERVER if _NUMBER.match(given.get(name, ""))]
    return f"/servers/{named[0]}/{found[1]}" if named else "/servers"


def of_files(below: str, given: Mapping[str, str], reader: bool) -> str:
    """What the files' pages became; the application knows their own paths."""
    return "/" + quote(below) if below else "/files"


def of_staff(section: str, below: str, given: Mapping[str, str], reader: bool) -> str:
    """A list of the staff's, or the one thing that is named."""
    name = below.partition("/")[0]
    return f"/staff/{section}" + (f"/{quote(name, safe='')}" if name else "")


def of_helpdesk(below: str, given: Mapping[str, str], reader: bool) -> str:
    """A search of the helpdesk."""
    query = below or given.get("account", "")
    return "/staff/search" + (f"?{urlencode({'q': query})}" if query else "")


def old_addresses() -> dict[str, OldAddress]:
    """By path. `/admin` itself is a mount's: only the old pages' kinds stand below it."""
    found = {f"/admin/{kind}": partial(of_staff, section) for kind, section in STAFF.items()}
    return {
        "/cyclades/ui": OldAddress(of_machines),
        "/pithos/ui": OldAddress(of_files),
        "/helpdesk": OldAddress(of_helpdesk),
        **{path: OldAddress(place) for path, place in found.items()},
    }


__all__ = ["STAFF", "OldAddress", "old_addresses"]
