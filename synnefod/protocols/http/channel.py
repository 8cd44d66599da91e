"""Twisted's HTTP connection, changed so that a handler starts when the headers end.

Note [Early start]. Stock Twisted collects the whole body before it looks up a resource. Here
`Channel.allHeadersReceived` begins the request at once, with a `Body` that the handler pulls;
the later call for the complete body only marks its end. This module uses private names of
`twisted.web.http` (`_command`, `_path`, `_version`, `_networkProducer`, `_send100Continue`,
`_maybeChooseTransferDecoder`, `_respondToBadRequestAndDisconnect`, `_transferDecoder`,
`_handlingRequest`, `_abortingCall`; `request` uses `_disconnected`);
tests/unit/protocols/http/test_channel.py fails when one goes.

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

from twisted.internet.interfaces import ISSLTransport
from twisted.protocols.basic import LineReceiver
from twisted.protocols.policies import ProtocolWrapper
from twisted.web import http

from synnefod.common.errors import Malformed
from synnefod.common.log import new_request_id
from synnefod.protocols.http.body import Stalled
from synnefod.protocols.http.request import Request

if TYPE_CHECKING:
    from synnefod.protocols.http.site import Site

LINGER = 2.0
LINGER_BYTES = 16 << 20
MOST_DIGITS = 40
"""Of a Content-Length; whatever has more is no length of anything."""
LARGE_BODY = 128 << 10
_HIGH = re.compile(rb"[\x80-\xff]")
READ_SIZE = 512 << 10
"""Bytes asked of the socket at once while a large body arrives (measured in bench/http.py)."""
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
        if self._dead:
            return
        if not line.isascii() and not hasattr(self, "_command"):
            # Many clients send names in a target as they are; Twisted refuses most such bytes.
            line = _HIGH.sub(lambda found: b"%%%02X" % found[0][0], line)
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

    def _protocolUpgradeForWebsockets(self, protocol: Any) -> None:
        """Gives the connection away to a WebSocket; it is no HTTP connection any more."""
        request = self.requests[-1]
        request.code = 101
        self.site.ended(request)
        self.site.disconnected(self)
        self.setTimeout(None)  # type: ignore[no-untyped-call]
        self._networkProducer.unregisterProducer()
        super()._protocolUpgradeForWebsockets(protocol)

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
        elif header == b"Content-Length" and len(data) > MOST_DIGITS:
            # Python refuses to read some thousand digits, with an exception that stock passes on.
            return self._failChooseTransferDecoder()
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
        identifier = new_request_id()
        text = b'{"error":{"code":%d,"message":"%s"}}' % (status, reason)
        self.transport.write(
            b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
            b"X-Openstack-Request-Id: %s\r\nConnection: close\r\n\r\n%s"
            % (status, reason, len(text), identifier.encode(), text)
        )
        self.site.refused(self.transport.getPeer(), status, identifier)
        self.loseConnection()

    def _ignore_rest(self) -> None:
        """After a broken body nothing can be told apart; the answer ends the connection."""

        def ignore(_data: bytes) -> None:
            return

        self.rawDataReceived = ignore  # type: ignore[method-assign,assignment]
        self.lineReceived = ignore  # type: ignore[method-assign,assignment]
