"""One request: begun when its headers end, its body pulled. See the notes in `channel`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http, server
from twisted.web.http import datetimeToString

from synnefod.common.log import new_request_id
from synnefod.protocols.http.body import Body, Disconnected

if TYPE_CHECKING:
    from synnefod.protocols.http.site import Site

log = Logger()
SMALL_REST = 64 << 10
"""An unread rest of a body up to this size is waited for instead of closing the connection."""
_HOST = re.compile(
    rb"(\[[0-9A-Fa-f:.]{2,45}\]|(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?)(?::[0-9]{1,5})?", re.ASCII
)
_ABSOLUTE = re.compile(rb"https?://[^/?]*", re.IGNORECASE)


class Request(server.Request):
    """One request; `begin` runs the handler, `requestReceived` may come later for the body's end.

    The door sets `service`, `route_name` and `actor` for the access log and the metrics.
    """

    channel: Any
    site: Any
    content: Any
    defaultContentType = None  # noqa: N815

    begun = False
    held_finish = False
    close_after = False
    aborted = False
    quiet = False
    secret_path = False
    logged = False
    started = 0.0
    request_id = ""
    global_request_id = ""
    service = "-"
    route_name = "other"
    actor = ""
    body: Body = Body(0, announced=False)

    def gotLength(self, length: int | None) -> None:
        announced = length != 0 or self.requestHeaders.hasHeader(b"Content-Length")
        self.body = self.content = Body(length, self.channel, announced=announced)

    def handleContentChunk(self, data: bytes) -> None:
        if self.finished or self.held_finish:
            return
        self.channel.setTimeout(None)
        self.body.feed(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if self.begun:
            self.body.end()
            if self.held_finish:
                self.release()
        else:
            self.body.end()
            self.begin(command, path, version)

    def begin(self, command: bytes, path: bytes, version: bytes) -> None:
        """Runs the handler. The body may still be on its way."""
        self.begun = True
        self.method, self.uri, self.clientproto = command, path, version
        target = self.uri
        if not target.startswith(b"/"):
            absolute = _ABSOLUTE.match(target)
            target = (target[absolute.end() :] or b"/") if absolute else b"/" + target
        self.path, _, query = target.partition(b"?")
        self.args = http.parse_qs(query, 1) if query else {}  # type: ignore[no-untyped-call]
        site: Site = self.channel.site
        self.site = site
        self.started = site.reactor.seconds()
        self.request_id = new_request_id()
        site.begun(self)
        if self.close_after:
            self._closing()
        self.process()

    def process(self) -> None:
        self.setHeader(b"Server", b"synnefod")  # type: ignore[no-untyped-call]
        self.setHeader(b"Date", datetimeToString())  # type: ignore[no-untyped-call]
        self.prepath = []
        self.postpath = [unquote_to_bytes(part) for part in self.path[1:].split(b"/")]
        try:
            self.render(self.site.getResourceFor(self))  # type: ignore[no-untyped-call]
        except Exception:
            self.processingFailed(Failure())  # type: ignore[no-untyped-call]

    def write(self, data: bytes) -> None:
        if self._disconnected or self.aborted:
            return
        keep = self.body.complete or self._rest_is_small()
        if not self.startedWriting and (self.site.draining or not keep):
            self._closing()
        super().write(data)  # type: ignore[no-untyped-call]

    def finish(self) -> None:
        if self._disconnected or self.finished or self.held_finish or self.aborted:
            return
        if not self.body.complete and self._rest_is_small() and self.channel.persistent:
            if not self.startedWriting:
                self.write(b"")
            if self.chunked:
                self.channel.write(b"0\r\n\r\n")
                self.chunked = 0
            self.held_finish = True
            self.body.discard()
            self.channel.setTimeout(self.site.timeOut)
            return
        super().finish()  # type: ignore[no-untyped-call]

    def release(self) -> None:
        """Ends a request whose end waited for the rest of its body."""
        self.held_finish = False
        super().finish()  # type: ignore[no-untyped-call]

    @property
    def gone(self) -> bool:
        """Whether nobody waits for an answer any more."""
        return bool(self._disconnected or self.finished or self.held_finish or self.aborted)

    def abort(self) -> None:
        """Breaks the connection off, so that a short answer is seen to be short."""
        if not self._disconnected and not self.finished:
            self.aborted = True
            self.channel.transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:
        self._disconnected = True
        if self.begun and not self.finished:
            self.body.fail(Disconnected("the client left"))
            self.site.ended(self, left=not self.held_finish)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def processingFailed(self, reason: Failure) -> Failure:
        """A defect in a handler that no door stands before."""
        incident = self.request_id
        log.failure("request failed", failure=reason, request_id=incident)
        if self.startedWriting:
            self.abort()
            return reason
        text = b'{"error":{"code":500,"message":"Unexpected error. Incident %s."}}' % (
            incident.encode()
        )
        self.setResponseCode(500)
        self.setHeader(b"Content-Type", b"application/json")  # type: ignore[no-untyped-call]
        self.setHeader(b"Content-Length", b"%d" % len(text))  # type: ignore[no-untyped-call]
        self.write(text)
        self.finish()
        return reason

    def host_header(self) -> bytes:
        """The Host header, or b"" when there is none or it is no host name."""
        values = self.requestHeaders.getRawHeaders(b"Host")
        if not values or len(values) > 1 or _HOST.fullmatch(values[0]) is None:
            return b""
        return values[0]

    def getRequestHostname(self) -> bytes:
        found = _HOST.fullmatch(self.host_header())
        return found.group(1) if found else b"localhost"

    def _closing(self) -> None:
        self.channel.persistent = False
        self.setHeader(b"Connection", b"close")  # type: ignore[no-untyped-call]

    def _rest_is_small(self) -> bool:
        """Whether the unread rest of the body may be waited for instead of closing."""
        if self.channel.owes_continue() or self.body.length is None or self.body.failed:
            return False
        return self.body.length - self.body.received <= SMALL_REST
