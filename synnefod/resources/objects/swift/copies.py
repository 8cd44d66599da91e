"""Copying on the Swift mount (object-storage.md 5.6)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from synnefod.common.errors import LengthRequired, Malformed, PreconditionFailed, TooLarge
from synnefod.common.text import encode_path
from synnefod.objects.interface import Copying, Place, Reading, Write, Written
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import MAX_COUNT, swift_fields
from synnefod.resources.objects.manifests import MANIFEST, manifest_of, resolved
from synnefod.resources.objects.paths import (
    MAX_CONTAINER,
    MAX_OBJECT,
    RESELLER,
    source_path,
    swift_account,
)
from synnefod.resources.objects.ranges import swift_parts
from synnefod.resources.objects.static import whole
from synnefod.resources.objects.swift import large, links
from synnefod.resources.objects.swift.asking import (
    MAX_FILE,
    Ask,
    Flowing,
    ceiling,
    reply,
    version_of,
)
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
    principal = ask.principal
    metadata, settings = settable(ask)
    if not links.itself(ask):
        source = await links.led_to(ask, source)
    how = Copying(
        metadata=metadata,
        settings=settings,
        fresh=ask.headers.true("X-Fresh-Metadata"),
        content_type=content_type(ask),
        version=version_of(ask),
        max_metadata=MAX_COUNT,
        conditions=conditions.all_of(ask.headers.get),
    )
    original = await ask.objects.object(principal, source, version=how.version, md5=True)
    if destination.account != principal.user:
        # Somebody else's container that is not there is Forbidden on this mount.
        await ask.objects.check_write(principal, destination)
    joined = original.large or manifest_of(original) is not None
    own = ask.text("multipart-manifest") == "get"
    if own and original.large and destination.account != source.account:
        problems = await large.unreadable(ask, original, destination.account)
        if problems:
            return large.refused(ask, problems)
    if ask.headers.get("Range") or (joined and not own):
        written = await _rewritten(ask, source, destination, how)
    else:
        written = await ask.objects.copy(principal, source, destination, how)
    headers = {
        "Etag": written.checksum or original.checksum,
        "Last-Modified": ceiling(written.modified),
        "X-Copied-From": encode_path(f"{source.container}/{source.name}"),
        "X-Copied-From-Account": RESELLER + source.account,
        "X-Copied-From-Last-Modified": ceiling(original.changed),
    }
    kept = {} if how.fresh else original.metadata
    shown = {k: v for k, v in {**kept, **metadata}.items() if k.startswith(META) and v}
    headers |= swift_fields(shown)
    return reply(201, headers)


async def _rewritten(ask: Ask, source: Place, destination: Place, how: Copying) -> Written:
    """Copies by reading: the content of a large object, or a part of an object (5.6)."""
    reading: Reading = await ask.objects.open(
        ask.principal, source, version=how.version, conditions=how.conditions, md5=True
    )
    number = None
    if ask.text("multipart-manifest") != "get":
        if reading.object.large:
            reading = segmented = await whole(ask.objects, ask.principal, reading)
            number = large.asked_part(ask)
        else:
            reading = await resolved(ask.objects, ask.principal, reading, md5_etag=True)
    found = reading.object
    if number is None:
        parts = swift_parts(ask.headers.get("Range"), found.size)
    else:
        parts = [large.part(segmented, number)]
    if parts is not None and len(parts) != 1:
        raise Malformed("Only one range of an object can be copied.")
    start, size = (parts[0].start, parts[0].length) if parts else (0, found.size)
    if size > MAX_FILE:
        raise TooLarge("Your request is too large.")
    old = {} if how.fresh else {k: v for k, v in found.metadata.items() if k != MANIFEST}
    settings = {} if how.fresh else dict(found.settings)
    write = Write(
        content_type=how.content_type or found.content_type,
        metadata={**old, **how.metadata},
        settings={**settings, **how.settings},
        length=size,
        keep_md5=True,
        max_size=MAX_FILE,
        max_metadata=MAX_COUNT,
    )
    body = Flowing(await reading.data(start, start + size))
    return await ask.objects.write(ask.principal, destination, write, body)
