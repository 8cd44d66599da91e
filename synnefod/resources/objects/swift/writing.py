"""Writing objects on the Swift mount: PUT, POST, DELETE (object-storage.md 5.1, 5.5)."""

from __future__ import annotations

from synnefod.common.errors import Forbidden, LengthRequired, Malformed, TooLarge
from synnefod.objects.interface import ContainerQuotaExceeded, NoSuchVersion, ObjectChange, Write
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import guessed
from synnefod.resources.objects.headers import MAX_COUNT, natural
from synnefod.resources.objects.manifests import MANIFEST
from synnefod.resources.objects.swift import links
from synnefod.resources.objects.swift.asking import (
    MAX_FILE,
    Ask,
    ceiling,
    reply,
    timestamp,
    version_of,
)

META = "X-Object-Meta-"
PITHOS_SETTABLE = ("Content-Encoding", "Content-Disposition", MANIFEST)
SWIFT_SETTABLE = ("Content-Language", "Cache-Control", "Expires", "X-Robots-Tag")
ENDS = ("X-Delete-At", "X-Delete-After")
TOO_LARGE = "Your request is too large."


async def put(ask: Ask) -> Reply:
    """PUT with data."""
    if "version-id" in ask.call.query:
        raise Malformed("An old version cannot be written.")
    body = ask.call.stream
    if not body.announced:
        raise LengthRequired("Missing Content-Length header.")
    if body.length is not None and body.length > MAX_FILE:
        raise TooLarge(TOO_LARGE)
    metadata, settings = settable(ask)
    link, kind = await links.asked(ask)
    expected = (ask.headers.get("ETag") or "").strip().strip('"').lower()
    write = Write(
        content_type=content_type(ask) or kind or guessed(ask.at.object),
        metadata=metadata,
        settings=settings,
        large=link,
        conditions=conditions.swift_writing(ask.headers.get),
        length=body.length,
        expected_md5=expected or None,
        keep_md5=True,
        max_size=MAX_FILE,
        max_metadata=MAX_COUNT,
    )
    try:
        written = await ask.objects.write(ask.principal, ask.at.place, write, body)
    except ContainerQuotaExceeded:
        raise
    except TooLarge:
        raise TooLarge(TOO_LARGE) from None
    return reply(
        201,
        {
            "Etag": written.checksum,
            "Last-Modified": ceiling(written.modified),
            "X-Timestamp": timestamp(written.modified),
        },
    )


async def update(ask: Ask) -> Reply:
    """POST: all settable headers are replaced, the type only if sent."""
    if "version-id" in ask.call.query:
        raise Malformed("An old version cannot be written.")
    if links.TARGET in ask.headers:
        raise Malformed("A PUT request is required to set a symlink target")
    metadata, settings = settable(ask)
    await ask.objects.update_object(
        ask.principal,
        ask.at.place,
        ObjectChange(
            metadata=metadata,
            settings=settings,
            content_type=content_type(ask),
            max_metadata=MAX_COUNT,
            conditions=conditions.all_of(ask.headers.get),
        ),
    )
    try:
        found = await ask.objects.object(ask.principal, ask.at.place)
    except Forbidden:
        # Who may write may not always read.
        return reply(202)
    return links.posted(ask, found) if found.link else reply(202)


async def delete(ask: Ask) -> Reply:
    """DELETE."""
    asked = ask.headers.get("X-If-Delete-At")
    if asked is not None and natural(asked) is None:
        raise Malformed("Bad X-If-Delete-At header value")
    if "version-id" in ask.call.query:
        version = version_of(ask)
        if version is None:
            raise NoSuchVersion
        await ask.objects.delete_version(ask.principal, ask.at.place, version)
        return reply(204, {"X-Object-Version-Id": str(version)})
    await ask.objects.delete_object(
        ask.principal, ask.at.place, conditions=conditions.all_of(ask.headers.get)
    )
    return reply(204)


def settable(ask: Ask) -> tuple[dict[str, str], dict[str, str]]:
    """The settable headers of domains pithos and swift (5.5)."""
    family = ask.headers.family(META)
    metadata = {META + name: value for name, value in family.items()}
    metadata |= _given(ask, PITHOS_SETTABLE)
    manifest = metadata.get(MANIFEST)
    if manifest is not None:
        container, slash, prefix = manifest.lstrip("/").partition("/")
        if not container or not slash or not prefix or set(manifest) & set("?&"):
            raise Malformed("X-Object-Manifest must be in the format container/prefix")
    settings = _given(ask, SWIFT_SETTABLE + ENDS)
    if "X-Remove-Delete-At" in ask.headers:
        settings["X-Delete-At"] = ""
    return metadata, settings


def _given(ask: Ask, names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name in names if (value := ask.headers.get(name))}


def content_type(ask: Ask) -> str | None:
    """The type that the client names; None when it is absent, empty or to be guessed."""
    text = (ask.headers.get("Content-Type") or "").strip()
    if ask.headers.true("X-Detect-Content-Type"):
        return guessed(ask.at.object)
    return text or None
