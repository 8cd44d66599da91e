"""Replies on the wire: headers that a dialect always sends, lengths, JSON."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from attrs import frozen

from synnefod.protocols.http.request import Request
from synnefod.protocols.http.streaming import stream
from synnefod.resources import faults
from synnefod.resources.call import Reply

_UNCACHED = b"no-cache, no-store, must-revalidate, max-age=0"


@frozen
class Manners:
    """What every answer of a dialect has: fixed headers, request ids, the type of JSON."""

    fixed: tuple[tuple[bytes, list[bytes]], ...]
    id_headers: tuple[bytes, ...]
    json_type: bytes
    typed_when_empty: bool
    expires: tuple[bytes, ...]
    transaction_ids: bool
    empty_length: bool
    """Whether 204 says that its length is 0, as Swift's do (object-storage.md 5.1)."""

    def name_request(self, request: Request) -> None:
        """Gives the request the form of id that the dialect shows (object-storage.md 5.9)."""
        if self.transaction_ids:
            now = int(request.site.reactor.seconds())
            request.request_id = f"tx{uuid.uuid4().hex[:21]}-{now:010x}"


def manners_of(dialect: str) -> Manners:
    """The manners of one of `faults.DIALECTS`."""
    legacy = dialect in faults.LEGACY
    identifiers = [b"X-Openstack-Request-Id"]
    if dialect in ("nova", "cyclades"):
        identifiers.append(b"X-Compute-Request-Id")
    if dialect == "cyclades":
        identifiers.append(b"X-Request-Id")
    if dialect in ("pithos", "swift"):
        identifiers.append(b"X-Trans-Id")
    fixed: list[tuple[bytes, list[bytes]]] = []
    if legacy:
        fixed.append((b"Cache-Control", [_UNCACHED]))
    if legacy or dialect in ("keystone", "nova", "neutron", "cinder"):
        fixed.append((b"Vary", [b"X-Auth-Token"]))
    if dialect in ("pithos", "swift"):
        fixed += _FOREIGN
    expires: tuple[bytes, ...] = ()
    if dialect in ("astakos", "pithos"):
        expires = (b"Expires",)
    if dialect == "astakos":
        expires = (b"Expires", b"Last-Modified")
    return Manners(
        fixed=tuple(fixed),
        id_headers=tuple(identifiers),
        json_type=b"application/json; charset=UTF-8" if legacy else b"application/json",
        typed_when_empty=dialect in ("astakos", "cyclades"),
        expires=expires,
        transaction_ids=dialect in ("pithos", "swift"),
        empty_length=dialect == "swift",
    )


def send(request: Request, manners: Manners, reply: Reply) -> None:
    """Writes an answer that is not streamed; the caller finishes the request."""
    body = faults.encoded(reply.body)
    is_json = not isinstance(reply.body, str | bytes | None)
    bodiless = reply.status in (204, 304)
    if bodiless:
        length = 0 if manners.empty_length and reply.status == 204 else None
    elif reply.length is not None and request.method == b"HEAD":
        length = reply.length
    else:
        length = len(body)
    _head(request, manners, reply, length, is_json)
    request.write(b"" if bodiless else body)


async def send_streamed(request: Request, manners: Manners, reply: Reply) -> None:
    """Writes an answer piece by piece, at the client's pace; the caller finishes the request.

    Raises Disconnected when the client left or the source failed.
    """
    pieces: Any = reply.body
    _head(request, manners, reply, reply.length, False)
    if request.method == b"HEAD":
        closing: Callable[[], Any] | None = getattr(pieces, "aclose", None)
        if closing is not None:
            await closing()
        request.write(b"")
        return
    await stream(request, pieces, reply.length)


def _head(
    request: Request, manners: Manners, reply: Reply, length: int | None, is_json: bool
) -> None:
    if request.code != reply.status:
        request.setResponseCode(reply.status)
    wire = request.responseHeaders
    put = wire.setRawHeaders
    for name, values in manners.fixed:
        put(name, values)
    for name in manners.expires:
        put(name, wire.getRawHeaders(b"Date") or [])
    if reply.content_type is not None:
        put(b"Content-Type", [reply.content_type.encode("utf-8", "surrogateescape")])
    elif is_json or (manners.typed_when_empty and reply.body is None):
        put(b"Content-Type", [manners.json_type])
    elif reply.body is not None:
        kind = b"text/plain; charset=UTF-8" if isinstance(reply.body, str) else _BINARY
        put(b"Content-Type", [kind])
    if length is not None:
        put(b"Content-Length", [b"%d" % length])
    for text, given in reply.headers.items():
        texts = [given] if isinstance(given, str) else list(given)
        put(text.encode("ascii"), [v.encode("utf-8", "surrogateescape") for v in texts])
    identifier = [request.request_id.encode()]
    for name in manners.id_headers:
        put(name, identifier)


_BINARY = b"application/octet-stream"
_FOREIGN = [(b"Content-Security-Policy", [b"sandbox"]), (b"X-Content-Type-Options", [b"nosniff"])]
"""What people have stored is shown under the name where people are signed in, and whose it is
says no URL: nothing in it may run, whichever way it is read (PIT-222). A page that knows better
says so itself."""
