"""Twisted's HTTP connection and request, changed so that a handler starts when the headers end.

Note [Early start]. Stock Twisted collects the whole body before it looks up a resource. Here
`Channel.allHeadersReceived` begins the request at once, with a `Body` that the handler pulls;
the later call for the complete body only marks its end. This module alone uses private names of
`twisted.web.http` (`_command`, `_path`, `_version`, `_networkProducer`, `_send100Continue`,
`_maybeChooseTransferDecoder`, `_respondToBadRequestAndDisconnect`, `_transferDecoder`,
`_handlingRequest`, `_abortingCall`); tests/unit/protocols/http/test_channel.py fails when one goes.

Note [Early answers]. An answer may be finished while the body is still on its way. When little is
left of it, the end of the request waits for the rest, which is dropped, and the connection stays.
Otherwise the answer says `Connection: close`; after it has been sent, what comes is read and
dropped for LINGER seconds, because closing with unread bytes would reset the connection and could
destroy the answer on its way.

Note [Timers]. The idle timer runs while the connection waits for the client: for a whole head
(bytes of a head do not extend it) and while a reader waits for body bytes. It does not run while
the server is busy.
"""

# ruff: noqa: N815
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from twisted.internet.interfaces import ISSLTransport
from twisted.logger import Logger
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from twisted.web import http, server
from twisted.web.http import datetimeToString

from synnefod.common.errors import Malformed
from synnefod.common.log import new_request_id
from synnefod.protocols.http.body import Body, Disconnected, Stalled

if TYPE_CHECKING:
    from synnefod.protocols.http.site import Site

log = Logger()
LINGER = 2.0
LINGER_BYTES = 16 << 20
SMALL_REST = 64 << 10
"""An unread rest of a body up to this size is waited for instead of closing the connection."""
LARGE_BODY = 128 << 10
READ_SIZE = 512 << 10
"""Bytes asked of the socket at once while a large body arrives (measured in bench/http.py)."""
_HOST = re.compile(
    rb"(\[[0-9A-Fa-f:.]{2,45}\]|(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?)(?::[0-9]{1,5})?", re.ASCII
)
_ABSOLUTE = re.compile(rb"https?://[^/?]*", re.IGNORECASE)
_REASONS = {
    400: b"Bad Request",
    414: b"URI Too Long",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
}


class Channel(http.HTTPChannel):
    """One client's connection."""

    MAX_LENGTH = 16 << 10
    totalHeadersSize = 128 << 10
    maxHeaders = 500

    site: Site
    requests: list[Request]
    transport: Any
    timeOut: Any
    callLater: Any
    _networkProducer: Any
    _command: bytes
    _idle: float | None = None
    _head_begun = False
    _dead = False
    _linger_wanted = False
    _dropped = 0
    _continue_owed = False
    _refused_with = 400

    def connectionMade(self) -> None:
        self._idle = self.timeOut
        super().connectionMade()  # type: ignore[no-untyped-call]
        self.site.connected(self)

    def connectionLost(self, reason: Any = None) -> None:
        self.site.disconnected(self)
        super().connectionLost(reason)  # type: ignore[no-untyped-call]

    def dataReceived(self, data: bytes) -> None:
        if self._dead:
            self._dropped += len(data)
            if self._dropped > LINGER_BYTES:
                self.forceClose()
            return
        if not self._head_begun:
            self._head_begun = True
            self.resetTimeout()  # type: ignore[no-untyped-call]
        LineReceiver.dataReceived(self, data)  # type: ignore[no-untyped-call]

    def lineReceived(self, line: bytes) -> None:
        if not self._dead:
            super().lineReceived(line)  # type: ignore[no-untyped-call]

    def lineLengthExceeded(self, line: bytes) -> None:
        self._refused_with = 431 if hasattr(self, "_command") else 414
        self._respondToBadRequestAndDisconnect()

    def allHeadersReceived(self) -> None:
        if self._dead:
            return
        self._continue_owed = False
        super().allHeadersReceived()  # type: ignore[no-untyped-call]
        request = self.requests[-1]
        if self.length != 0:
            self.setTimeout(None)  # type: ignore[no-untyped-call]
            self._read_size(request.body.length)
            request.begin(self._command, self._path, self._version)

    def allContentReceived(self) -> None:
        if self._dead or not self.requests:
            return
        self._continue_owed = False
        self.setTimeout(self._idle)  # type: ignore[no-untyped-call]
        if self.length != 0:
            self._read_size(0)
        super().allContentReceived()  # type: ignore[no-untyped-call]

    def _read_size(self, length: int | None) -> None:
        """Large reads for large bodies; small ones otherwise, which cost less memory."""
        transport: Any = self.transport
        while isinstance(transport, ProtocolWrapper):
            transport = transport.transport
        if hasattr(transport, "bufferSize"):
            large = length is None or length > LARGE_BODY
            transport.bufferSize = READ_SIZE if large else 64 << 10

    # The body's flow

    def wanted(self) -> None:
        if self._continue_owed:
            self._continue_owed = False
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.setTimeout(self._idle)  # type: ignore[no-untyped-call]

    def full(self) -> None:
        self._networkProducer.pauseProducing()

    def drained(self) -> None:
        if not self._dead and not self._waitingForTransport:
            self._networkProducer.resumeProducing()

    def resumeProducing(self) -> None:
        super().resumeProducing()  # type: ignore[no-untyped-call]
        if self.requests and self.requests[-1].begun and self.requests[-1].body.paused:
            self._networkProducer.pauseProducing()

    def owes_continue(self) -> bool:
        """Whether the client waits for leave to send its body."""
        return self._continue_owed

    def _send100Continue(self) -> None:
        self._continue_owed = True

    # Ends, early and otherwise

    def requestDone(self, request: Any) -> None:
        self._head_begun = False
        if self.site.draining:
            self.persistent = False
        if not request.body.complete:
            self.persistent = False
            self._linger_wanted = True
        super().requestDone(request)  # type: ignore[no-untyped-call]

    def loseConnection(self) -> None:
        if self._linger_wanted and not self._dead:
            self._linger()
        else:
            super().loseConnection()  # type: ignore[no-untyped-call]

    def _linger(self) -> None:
        """Ends our side, then reads and drops for a while. See Note [Early answers]."""
        self._dead = True
        self.setTimeout(None)  # type: ignore[no-untyped-call]
        self._networkProducer.unregisterProducer()
        self._networkProducer.resumeProducing()
        half_close = getattr(self.transport, "loseWriteConnection", None)
        if half_close is not None and not ISSLTransport.providedBy(self.transport):
            half_close()
        self._abortingCall = self.callLater(LINGER, self.forceClose)

    def forceClose(self) -> None:
        """Closes; aborts when the client does not take what is still to be sent."""
        if self._abortingCall is not None and self._abortingCall.active():
            self._abortingCall.cancel()
        self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
        self.transport.loseConnection()

    def forceAbortClient(self) -> None:
        self._abortingCall = None
        self.transport.abortConnection()

    def timeoutConnection(self) -> None:
        if self.requests and self.requests[-1].begun and not self.requests[-1].body.complete:
            request = self.requests[-1]
            self.setTimeout(None)  # type: ignore[no-untyped-call]
            if request.held_finish:
                request.release()
            else:
                request.body.fail(Stalled("The request body stopped arriving."))
        else:
            self._dead = True
            self._abortingCall = self.callLater(self.abortTimeout, self.forceAbortClient)
            super().loseConnection()  # type: ignore[no-untyped-call]

    # Malformed requests

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> Any:
        """As stock, except: chunked wins over a length, and the connection is closed after it."""
        if header == b"Transfer-Encoding":
            if data.lower() not in (b"chunked", b"identity"):
                self._refused_with = 501
            elif data.lower() == b"chunked" and self._transferDecoder is not None:
                if self.length is None:
                    return self._failChooseTransferDecoder()
                self._transferDecoder = None
                self.requests[-1].close_after = True
        elif header == b"Content-Length" and self._transferDecoder and self.length is None:
            self.requests[-1].close_after = True
            return True
        return super()._maybeChooseTransferDecoder(  # type: ignore[no-untyped-call]
            header, data
        )

    def _respondToBadRequestAndDisconnect(self) -> None:
        request = self.requests[-1] if self.requests else None
        if request is not None and request.begun:
            self._ignore_rest()
            request.body.fail(Malformed("The chunked encoding of the body is broken."))
            return
        self._linger_wanted = True
        status = self._refused_with
        if status == 400 and (
            self._receivedHeaderSize > self.totalHeadersSize
            or self._receivedHeaderCount > self.maxHeaders
        ):
            status = 431
        reason = _REASONS[status]
        text = b'{"error":{"code":%d,"message":"%s"}}' % (status, reason)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (status, reason, len(text), text)
        )
        self.site.refused(self.transport.getPeer(), status)
        self.loseConnection()

    def _ignore_rest(self) -> None:
        """After a broken body nothing can be told apart; the answer ends the connection."""

        def ignore(_data: bytes) -> None:
            return

        self.rawDataReceived = ignore  # type: ignore[method-assign,assignment]
        self.lineReceived = ignore  # type: ignore[method-assign,assignment]


class Request(server.Request):
    """One request; `begin` runs the handler, `requestReceived` may come later for the body's end.

    The door sets `service`, `route_name` and `actor` for the access log and the metrics.
    """

    channel: Any
    site: Any
    content: Any
    defaultContentType = None

    begun = False
    held_finish = False
    close_after = False
    aborted = False
    quiet = False
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
