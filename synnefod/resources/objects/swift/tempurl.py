"""Temporary URLs: a signature in the query instead of a token (object-storage.md 5.12)."""

from __future__ import annotations

import hmac
import ipaddress
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from attrs import evolve, frozen

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS, decode_segment, http_date
from synnefod.objects.interface import asker
from synnefod.resources.call import Reply
from synnefod.resources.faults import TokenRefused
from synnefod.resources.objects.swift.asking import Ask

METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
DIGESTS = ("sha1", "sha256", "sha512")
REFUSED = ("X-Object-Manifest", "X-Symlink-Target", "X-Copy-From")
PUBLIC = "x-object-meta-public-"
ELSEWHERE = ("bulk-delete", "extract-archive")
"""Verbs of the query that are about other objects than the one that was signed for."""
_KEYS = ("Temp-Url-Key", "Temp-Url-Key-2")
_BY_LENGTH = {40: "sha1", 64: "sha256", 128: "sha512"}


class BadTemporaryUrl(TokenRefused):
    """Temp URL invalid"""


@frozen
class Opened:
    """A temporary URL that holds: until when (seconds), and who asks by it."""

    expires: int
    principal: Principal


def is_asked(ask: Ask) -> bool:
    return "temp_url_sig" in ask.call.query or "temp_url_expires" in ask.call.query


async def opened(ask: Ask) -> Opened:
    """Raises BadTemporaryUrl, and Malformed for headers that may not come with one."""
    query = ask.call.query
    signature = query.one("temp_url_sig") or ""
    expires = seconds_of(query.one("temp_url_expires") or "")
    if ask.at.level != "object" or ask.call.method not in METHODS or not signature:
        raise BadTemporaryUrl
    known = await ask.objects.outward(ask.at.account, ask.at.container)
    if expires is None or expires * MICROSECONDS < known.now:
        raise BadTemporaryUrl
    prefix = query.one("temp_url_prefix")
    if "\0" in f"{prefix}{query.one('filename')}":
        raise BadTemporaryUrl
    if prefix is not None and not ask.at.object.startswith(prefix):
        raise BadTemporaryUrl
    networks = query.one("temp_url_ip_range")
    if networks is not None and not _is_in(ask.call.peer, networks):
        raise BadTemporaryUrl
    texts = list(_texts(ask, expires, prefix, networks))
    within = None
    if not _signed(signature, keys_of(known.account, "X-Account-Meta-"), texts):
        within = ask.at.container
        if not _signed(signature, keys_of(known.container, "X-Container-Meta-"), texts):
            raise BadTemporaryUrl
    if any(ask.headers.get(name) for name in REFUSED) or any(n in query for n in ELSEWHERE):
        raise Malformed("This is not allowed with a temporary URL.")
    if ask.call.method == "PUT" and ask.text("multipart-manifest") == "put":
        raise Malformed("This is not allowed with a temporary URL.")
    owner = Principal(UserId(ask.at.account), "", None)
    return Opened(expires, asker(owner, within=within))


def seconds_of(text: str) -> int | None:
    """Seconds since the epoch of `1512508563` or `2017-12-05T21:16:03Z`; None for other text."""
    if text.isascii() and text.isdigit() and len(text) <= 15:
        return int(text)
    try:
        when = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return int(when.timestamp())


def _is_in(peer: str, networks: str) -> bool:
    try:
        return ipaddress.ip_address(peer) in ipaddress.ip_network(networks)
    except ValueError:
        return False


def _texts(ask: Ask, expires: int, prefix: str | None, networks: str | None) -> Iterator[bytes]:
    """Every text whose signature is good: a method that includes this one, the path with or
    without the deployment's own part, as sent or decoded."""
    methods = ("HEAD", "GET", "PUT", "POST") if ask.call.method == "HEAD" else (ask.call.method,)
    head = "" if networks is None else f"ip={networks}\n"
    for path in paths_of(ask):
        if prefix is not None:
            name = ask.at.object if path.endswith(ask.at.object) else quote(ask.at.object)
            path = "prefix:" + path.removesuffix(name) + prefix
        for method in methods:
            text = f"{head}{method}\n{expires}\n{path}"
            yield text.encode("utf-8", "surrogateescape")


def paths_of(ask: Ask) -> list[str]:
    """The ways in which a signer may have written the path of this request."""
    raw = ask.call.raw_path
    shapes = dict.fromkeys((decode_segment(raw), raw.decode("ascii", "replace")))
    return [base + shape for shape in shapes for base in ("/v1", ask.call.mount)]


def keys_of(metadata: Mapping[str, str], level: str) -> list[str]:
    return [key for name in _KEYS if (key := metadata.get(level + name))]


def _signed(signature: str, keys: list[str], texts: list[bytes]) -> bool:
    """Whether it is the signature of one of `texts` with one of `keys`; all are looked at."""
    parsed = parsed_signature(signature)
    if parsed is None:
        return False
    digest, given = parsed
    good = False
    for key in keys:
        for text in texts:
            good |= hmac.compare_digest(hmac.digest(key.encode(), text, digest), given)
    return good


def parsed_signature(signature: str) -> tuple[str, bytes] | None:
    """Digest and bytes of a signature in hex or as `algorithm:base64`; None for other text."""
    name, colon, text = signature.partition(":")
    try:
        if not colon:
            digest = _BY_LENGTH.get(len(signature))
            return None if digest is None else (digest, bytes.fromhex(signature))
        plain = text.replace("-", "+").replace("_", "/").rstrip("=")
        padded = plain + "=" * (-len(plain) % 4)
        return (name, b64decode(padded, validate=True)) if name in DIGESTS else None
    except (ValueError, BadBase64):
        return None


def dressed(ask: Ask, found: Opened, reply: Reply) -> Reply:
    """The answer as those may see it who hold the URL."""
    headers = {
        name: value
        for name, value in reply.headers.items()
        if not name.lower().startswith("x-object-meta-") or name.lower().startswith(PUBLIC)
    }
    if ask.call.method in ("GET", "HEAD") and reply.status < 300:
        headers["Expires"] = http_date(found.expires * MICROSECONDS)
        stored = headers.get("Content-Disposition")
        headers["Content-Disposition"] = _disposition(ask, str(stored) if stored else "")
    return evolve(reply, headers=headers)


def _disposition(ask: Ask, stored: str) -> str:
    filename = ask.call.query.one("filename")
    inline = "inline" in ask.call.query
    if inline and not filename:
        return "inline"
    if not filename and stored:
        return stored
    name = filename or ask.at.object.rstrip("/").rpartition("/")[2]
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{quote(name, safe=' ')}\"; filename*=UTF-8''{quote(name, safe='')}"
