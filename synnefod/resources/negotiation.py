"""Which form of an answer the asker wants."""

from __future__ import annotations

from synnefod.protocols.http.request import Request


def wants_xml(request: Request) -> bool:
    """Whether XML was chosen: parameter, then suffix, then `Accept` (AST-005, PIT-014)."""
    formats = (request.args or {}).get(b"format", [])
    if formats and formats[-1] in (b"json", b"xml"):
        return bool(formats[-1] == b"xml")
    if request.path.endswith((b".json", b".xml")):
        return request.path.endswith(b".xml")
    accepted = b",".join(request.requestHeaders.getRawHeaders(b"Accept", []))
    for item in accepted.decode("latin-1").split(","):
        kind = item.partition(";")[0].strip().lower()
        if kind in ("application/json", "application/xml"):
            return kind == "application/xml"
    return False
