"""Which form of an answer the asker wants."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.protocols.http.request import Request
from synnefod.resources.call import Call


def wants_xml(request: Request) -> bool:
    """Whether XML was chosen for the answer to a request."""
    formats = [each.decode("latin-1") for each in (request.args or {}).get(b"format", [])]
    accepted = b",".join(request.requestHeaders.getRawHeaders(b"Accept", []))
    return _xml(formats, request.path.decode("latin-1"), accepted.decode("latin-1"))


def call_wants_xml(call: Call) -> bool:
    """The same of a call."""
    return _xml(call.query.all("format"), call.path, call.headers.get("Accept", ""))


def _xml(formats: Sequence[str], path: str, accept: str) -> bool:
    """Parameter, then suffix, then `Accept`, then JSON (AST-005, PIT-014)."""
    if formats and formats[-1] in ("json", "xml"):
        return formats[-1] == "xml"
    if path.endswith((".json", ".xml")):
        return path.endswith(".xml")
    for item in accept.split(","):
        kind = item.partition(";")[0].strip().lower()
        if kind in ("application/json", "application/xml"):
            return kind == "application/xml"
    return False
