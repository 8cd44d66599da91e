"""Copying on the Swift mount (object-storage.md 5.6)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from synnefod.common.errors import LengthRequired, Malformed, PreconditionFailed, Unsupported
from synnefod.common.text import encode_path
from synnefod.objects.interface import Copying, Place
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import MAX_COUNT, swift_fields
from synnefod.resources.objects.paths import (
    MAX_CONTAINER,
    MAX_OBJECT,
    RESELLER,
    source_path,
    swift_account,
)
from synnefod.resources.objects.swift.asking import Ask, ceiling, reply
from synnefod.resources.objects.swift.reading import version_of
from synnefod.resources.objects.swift.writing import META, content_type, settable


async def copy(ask: Ask) -> Reply:
    """COPY with Destination."""
    account = _account(ask, "Destination-Account")
    wrong = "Destination header must be of the form <container name>/<object name>"
    return await _run(ask, ask.at.place, _place(ask, account, "Destination", wrong))


async def put(ask: Ask) -> Reply:
    """PUT with X-Copy-From."""
    if not ask.call.stream.announced:
        raise LengthRequired("Missing Content-Length header.")
    account = _account(ask, "X-Copy-From-Account")
    wrong = "X-Copy-From header must be of the form <container name>/<object name>"
    return await _run(ask, _place(ask, account, "X-Copy-From", wrong), ask.at.place)


def _account(ask: Ask, header: str) -> str:
    text = _decoded((ask.headers.get(header) or "").strip())
    if "/" in text:
        raise PreconditionFailed("Account name cannot contain slashes")
    return swift_account(text) if text else ask.at.account


def _place(ask: Ask, account: str, header: str, wrong: str) -> Place:
    text = _decoded(ask.headers.get(header) or "").partition("?")[0]
    found = source_path(text, slash_required=False)
    if found is None:
        raise PreconditionFailed(wrong)
    if len(found[0].encode()) > MAX_CONTAINER or len(found[1].encode()) > MAX_OBJECT:
        raise Malformed("A name is too long.")
    return Place(account, *found)


def _decoded(text: str) -> str:
    """Raises PreconditionFailed unless the percent-decoded text is UTF-8 without NUL."""
    try:
        found = unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8")
    except UnicodeDecodeError:
        raise PreconditionFailed("Invalid UTF8 or contains NULL") from None
    if "\0" in found:
        raise PreconditionFailed("Invalid UTF8 or contains NULL")
    return found


async def _run(ask: Ask, source: Place, destination: Place) -> Reply:
    if ask.call.stream.length != 0:
        raise Malformed("Copy requests require a zero byte body")
    if ask.headers.get("Range"):
        raise Unsupported("Copying a part of an object is not offered.")
    principal = ask.principal
    metadata, settings = settable(ask)
    version = version_of(ask)
    original = await ask.objects.object(principal, source, version=version, md5=True)
    await ask.objects.copy(
        principal,
        source,
        destination,
        Copying(
            metadata=metadata,
            settings=settings,
            fresh=ask.headers.true("X-Fresh-Metadata"),
            content_type=content_type(ask),
            version=version,
            max_metadata=MAX_COUNT,
            conditions=conditions.all_of(ask.headers.get),
        ),
    )
    copied = await ask.objects.object(principal, destination, md5=True)
    headers = {
        "Etag": copied.checksum,
        "Last-Modified": ceiling(copied.changed),
        "X-Copied-From": encode_path(f"{source.container}/{source.name}"),
        "X-Copied-From-Account": RESELLER + source.account,
        "X-Copied-From-Last-Modified": ceiling(original.changed),
    }
    headers |= swift_fields({k: v for k, v in copied.metadata.items() if k.startswith(META)})
    return reply(201, headers)
