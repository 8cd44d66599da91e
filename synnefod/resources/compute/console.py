"""Where a console is reached, as both dialects announce it, and what a browser finds there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from synnefod.compute.interface import Ticket
from synnefod.protocols.http.request import Request
from synnefod.resources.webapp import GUARDS, File

CONSOLE_PATH = "/cyclades/console/vnc"
"""Path of the WebSocket (`protocols/vnc.ConsoleRelay`) and of the page that opens it."""
PAGE = "console.html"
"""The page among the files of the web application."""


def console_url(base: str, ticket: Ticket) -> str:
    """The address that opens the console once: a WebSocket handshake there yields RFB, a browser
    gets the page that makes one."""
    return f"{base}{CONSOLE_PATH}?token={quote(ticket.token)}"


def page_url(base: str, ticket: Ticket) -> str:
    """The same with noVNC's own word for where its WebSocket is, which clients that look behind
    the page read."""
    socket = f"{CONSOLE_PATH.lstrip('/')}?token={quote(ticket.token)}"
    return f"{console_url(base, ticket)}&path={quote(socket, safe='')}"


class Relay(Protocol):
    """What is at the other end: a Twisted resource."""

    def render(self, request: Any) -> Any: ...


class ConsoleDoor:
    """The Twisted resource at CONSOLE_PATH: the relay for a WebSocket's handshake, noVNC's page
    for a browser that follows the address. The page takes no ticket, so whoever looks at an
    address with a previewer does not use it up. Without a built page all goes to the relay.
    """

    isLeaf = True  # noqa: N815

    def __init__(self, relay: Relay, files: Mapping[str, File]) -> None:
        self._relay = relay
        self._page = files.get(PAGE)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Request) -> Any:
        wanted = request.method in (b"GET", b"HEAD") and not request.getHeader("Upgrade")
        if self._page is None or not wanted:
            return self._relay.render(request)
        request.route_name = "console page"
        for header, value in {**GUARDS, "Cache-Control": "no-store"}.items():
            request.responseHeaders.setRawHeaders(header, [value])
        request.responseHeaders.setRawHeaders("Content-Type", [self._page.kind])
        body = self._page.forms[b""]
        if request.method == b"HEAD":
            request.responseHeaders.setRawHeaders("Content-Length", [str(len(body))])
            return b""
        return body
