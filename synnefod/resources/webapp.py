"""The web application: its built files below `/ui/`, and what it is told before anybody signs in.

The files are made by `tools/build-ui` and held in memory (some 4 MB); a file with `.br` or `.gz`
beside it is sent so to whoever accepts that. Names under `assets/` carry a hash of their content
and never change; every other path is the application's own address and answers its one page.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from synnefod.protocols.http.request import Request

PATH = "/ui"
BUILT = Path(__file__).parents[1] / "web" / "static"
"""Where the build lands; absent when there is no node to build with."""
PAGE = "index.html"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; "
    "img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
"""web-ui.md 10.2. Styles set by a script are counted as inline by browsers; scripts never are."""
GUARDS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
FOREVER = "public, max-age=31536000, immutable"
ASKED = "no-cache"
ABSENT = b"""The web application has not been built on this machine (make install builds it).
The APIs are served: see docs/api.md, or GET /cloud/v1/notices, /v3, /healthz.
"""
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
}
_PRESSED = ((b"br", ".br"), (b"gzip", ".gz"))


@frozen
class File:
    """One file as it may be sent: by content coding ("" is plain), and its tag."""

    kind: str
    forms: Mapping[bytes, bytes]
    tag: bytes
    caching: str


def built(folder: Path = BUILT) -> dict[str, File]:
    """Every file below `folder`, by its path there; empty when nothing was built."""
    if not (folder / PAGE).is_file():
        return {}
    found: dict[str, File] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix in (".br", ".gz"):
            continue
        name = path.relative_to(folder).as_posix()
        found[name] = _file(name, path)
    return found


def file_of(name: str, path: Path) -> File:
    """A file that may change between two starts."""
    return _file(name, path)


def _file(name: str, path: Path) -> File:
    plain = path.read_bytes()
    forms = {b"": plain}
    for coding, suffix in _PRESSED:
        beside = path.with_name(path.name + suffix)
        if beside.is_file():
            forms[coding] = beside.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    caching = FOREVER if name.startswith("assets/") else ASKED
    return File(kind, forms, _tag(plain), caching)


def _tag(content: bytes) -> bytes:
    return b'"' + hashlib.sha256(content).hexdigest()[:32].encode() + b'"'


def policy(origins: Sequence[str]) -> str:
    """What a page may load, with the hosts of the brand's images and style sheets."""
    if not origins:
        return POLICY
    more = " ".join(origins)
    return (
        POLICY.replace("img-src 'self'", f"img-src 'self' {more}").replace(
            "style-src 'self'", f"style-src 'self' {more}"
        )
        + f"; font-src 'self' {more}"
    )


class WebApp:
    """The Twisted resource at `/ui`.

    `told` becomes `config.json`: what the page must know before anybody signs in, no secrets.
    `origins`: other hosts that images, style sheets and fonts may come from; none by default.
    """

    isLeaf = True  # noqa: N815

    def __init__(
        self,
        files: Mapping[str, File],
        told: Mapping[str, Any],
        origins: Sequence[str] = (),
    ) -> None:
        self._guards = {**GUARDS, "Content-Security-Policy": policy(origins)}
        text = json.dumps(told, sort_keys=True).encode()
        self._files = dict(files)
        self._files["config.json"] = File("application/json", {b"": text}, _tag(text), ASKED)

    def getChildWithDefault(self, name: bytes, request: Any) -> Any:
        return self

    def putChild(self, path: bytes, child: Any) -> None:
        raise NotImplementedError

    def render(self, request: Request) -> bytes:
        request.route_name = "webapp"
        for header, value in self._guards.items():
            request.responseHeaders.setRawHeaders(header, [value])
        if request.method not in (b"GET", b"HEAD"):
            request.responseHeaders.setRawHeaders("Allow", ["GET, HEAD"])
            return self._plain(request, 405, b"Only GET and HEAD are answered here.\n")
        below = [part.decode("utf-8", "replace") for part in request.postpath or []]
        name = "/".join(below)
        if request.path == PATH.encode():
            request.responseHeaders.setRawHeaders("Location", [PATH + "/"])
            return self._plain(request, 308, b"")
        file = self._files.get(name)
        if file is None and not name.startswith("assets/"):
            file = self._files.get(PAGE)
            if file is None:
                return self._plain(request, 200 if name == "" else 404, ABSENT)
        if file is None:
            return self._plain(request, 404, b"Not found.\n")
        return self._send(request, file)

    def _send(self, request: Request, file: File) -> bytes:
        wire = request.responseHeaders
        wire.setRawHeaders("Cache-Control", [file.caching])
        wire.setRawHeaders("Vary", ["Accept-Encoding"])
        wire.setRawHeaders(b"ETag", [file.tag])
        asked = request.requestHeaders.getRawHeaders(b"If-None-Match") or []
        if any(file.tag in one or one.strip() == b"*" for one in asked):
            request.setResponseCode(304)
            return b""
        coding = next((each for each in accepted(request) if each in file.forms), b"")
        if coding:
            wire.setRawHeaders(b"Content-Encoding", [coding])
        wire.setRawHeaders("Content-Type", [file.kind])
        return self._whole(request, file.forms[coding])

    def _plain(self, request: Request, status: int, text: bytes) -> bytes:
        request.setResponseCode(status)
        request.responseHeaders.setRawHeaders("Content-Type", ["text/plain; charset=utf-8"])
        request.responseHeaders.setRawHeaders("Cache-Control", [ASKED])
        return self._whole(request, text)

    def _whole(self, request: Request, body: bytes) -> bytes:
        if request.method == b"HEAD":
            request.responseHeaders.setRawHeaders("Content-Length", [str(len(body))])
            return b""
        return body


def accepted(request: Request) -> list[bytes]:
    """The content codings the client takes, ours first; q=0 refuses one (RFC 9110 12.5.3)."""
    given = b",".join(request.requestHeaders.getRawHeaders(b"Accept-Encoding") or [])
    wanted = set()
    for part in given.lower().split(b","):
        name, _, quality = part.partition(b";")
        if quality.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"):
            wanted.add(name.strip())
    return [coding for coding, _ in _PRESSED if coding in wanted]
