"""Static large objects on the Swift mount: put, shown as a manifest, deleted whole (5.10)."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.errors import (
    Forbidden,
    LengthRequired,
    Malformed,
    NotFound,
    RangeNotSatisfiable,
    Unprocessable,
)
from synnefod.common.jsonio import dump
from synnefod.common.text import encode_path
from synnefod.objects.interface import NoSuchObject, Object, Place, Write
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import guessed
from synnefod.resources.objects.headers import MAX_COUNT, natural
from synnefod.resources.objects.listings import swift_date
from synnefod.resources.objects.manifests import MANIFEST
from synnefod.resources.objects.ranges import Part
from synnefod.resources.objects.static import (
    MAX_MANIFEST,
    MAX_NESTING,
    Segment,
    Segmented,
    Wanted,
    etag_of,
    everything,
    loaded,
    part_of,
    place_of,
    stored,
    wanted,
)
from synnefod.resources.objects.swift import bulk
from synnefod.resources.objects.swift.asking import (
    Ask,
    Bytes,
    ceiling,
    listing_format,
    reply,
    timestamp,
)
from synnefod.resources.objects.swift.writing import content_type, settable

SMALL = "Too small; each segment must be at least 1 byte."


async def put(ask: Ask) -> Reply:
    """PUT with `multipart-manifest=put`. Raises Malformed, TooLarge, Unprocessable."""
    if not ask.call.stream.announced:
        raise LengthRequired("Missing Content-Length header.")
    metadata, settings = settable(ask)
    if MANIFEST in metadata:
        raise Malformed("An object is a static or a dynamic large object, not both.")
    await ask.objects.check_write(ask.principal, ask.at.place)
    asked = wanted(await ask.call.stream.read_all(MAX_MANIFEST))
    if any((s.container, s.name) == (ask.at.container, ask.at.object) for s in asked):
        raise Malformed("A manifest cannot be a segment of itself.")
    segments, problems = await _checked(ask, asked)
    if problems:
        return refused(ask, problems)
    etag, raw = etag_of(segments), stored(segments)
    expected = (ask.headers.get("ETag") or "").strip().strip('"').lower()
    if expected and expected != etag:
        raise Unprocessable("Etag Mismatch")
    size = sum(segment.length for segment in segments)
    write = Write(
        content_type=content_type(ask) or guessed(ask.at.object),
        metadata=metadata,
        settings=settings,
        large={"etag": etag, "size": str(size)},
        conditions=conditions.swift_writing(ask.headers.get),
        length=len(raw),
        keep_md5=True,
        max_metadata=MAX_COUNT,
    )
    written = await ask.objects.write(ask.principal, ask.at.place, write, Bytes(raw))
    return reply(
        201,
        {
            "Etag": f'"{etag}"',
            "Last-Modified": ceiling(written.modified),
            "X-Timestamp": timestamp(written.modified),
        },
    )


async def _checked(
    ask: Ask, asked: Sequence[Wanted]
) -> tuple[list[Segment], list[tuple[str, str]]]:
    """The segments as they are now, and what is wrong with them. Each object is looked at once."""
    known: dict[str, Object | str] = {}
    segments: list[Segment] = []
    problems: list[tuple[str, str]] = []
    for index, one in enumerate(asked):
        if one.data is not None:
            segments.append(Segment(data=one.data))
            continue
        if one.path not in known:
            known[one.path] = await _look(ask, Place(ask.at.account, one.container, one.name))
        found = known[one.path]
        last = index == len(asked) - 1
        outcome = found if isinstance(found, str) else _segment(one, found, last=last)
        if isinstance(outcome, Segment):
            segments.append(outcome)
        else:
            problems.append((encode_path(one.path), outcome))
    return segments, problems


async def _look(ask: Ask, place: Place) -> Object | str:
    try:
        return await ask.objects.object(ask.principal, place, md5=True)
    except NotFound:
        return "404 Not Found"
    except Forbidden:
        return "403 Forbidden"
    except Malformed:
        return "400 Bad Request"


def _segment(one: Wanted, found: Object, *, last: bool) -> Segment | str:
    """The segment, or what is wrong with it."""
    size = int(found.large.get("size", found.size))
    etag = found.large.get("etag", found.checksum)
    if one.size is not None and one.size != size:
        return "Size Mismatch"
    if one.etag is not None and one.etag != etag:
        return "Etag Mismatch"
    if size < 1 and not last:
        return SMALL
    try:
        part = part_of(one.range, size)
    except ValueError:
        return "Unsatisfiable Range"
    return Segment(
        path=one.path,
        size=size,
        etag=etag,
        content_type=found.content_type,
        last_modified=swift_date(found.changed),
        part=part,
        nested=bool(found.large),
    )


async def unreadable(ask: Ask, manifest: Object, account: str) -> list[tuple[str, str]]:
    """The segments that a copy of the manifest in `account` would name, but that the asker cannot
    read there."""
    place = Place(manifest.account, manifest.container, manifest.name)
    reading = await ask.objects.open(ask.principal, place, version=manifest.serial)
    paths = dict.fromkeys(s.path for s in loaded(await everything(reading)) if s.data is None)
    problems = []
    for path in paths:
        container, _, name = path.removeprefix("/").partition("/")
        found = await _look(ask, Place(account, container, name))
        if isinstance(found, str):
            problems.append((encode_path(path), found))
    return problems


def refused(ask: Ask, problems: Sequence[tuple[str, str]]) -> Reply:
    """400 with what is wrong with which segment."""
    kind, media = listing_format(ask)
    body = bulk.report(kind, "upload", {}, problems)
    return Reply(body, status=400, content_type=f"{media}; charset=utf-8")


def shown(ask: Ask, raw: bytes) -> bytes:
    """The manifest itself; with `format=raw` in the words of PUT."""
    if ask.text("format") != "raw":
        return raw
    return dump([segment.as_put() for segment in loaded(raw)])


def asked_part(ask: Ask) -> int | None:
    """`part-number`, or None. Raises Malformed."""
    text = ask.call.query.one("part-number")
    if text is None:
        return None
    number = natural(text)
    if not number:
        raise Malformed("Part number must be an integer greater than 0")
    if ask.headers.get("Range"):
        raise Malformed("Range requests are not supported with part number queries")
    return number


def part(whole: Segmented, number: int) -> Part:
    """Where a part lies. Raises RangeNotSatisfiable."""
    if number > len(whole.segments):
        raise RangeNotSatisfiable(whole.object.size, "The requested part number is not satisfiable")
    start = sum(segment.length for segment in whole.segments[: number - 1])
    return Part(start, whole.segments[number - 1].length)


async def delete(ask: Ask) -> Reply | None:
    """DELETE with `multipart-manifest=delete`: segments, then the manifest; the outcome is in the
    body. None for an object that is no static large one. Raises NoSuchObject."""
    found = await ask.objects.object(ask.principal, ask.at.place)
    if not found.large:
        return None
    kind, media = listing_format(ask)
    outcome = bulk.Outcome()
    for place in await _segments(ask, found, 1):
        await bulk.one(ask, place, outcome)
    await bulk.one(ask, ask.at.place, outcome)
    body = bulk.report(kind, "delete", outcome.fields(), outcome.errors)
    return Reply(body, content_type=f"{media}; charset=utf-8")


async def _segments(ask: Ask, manifest: Object, depth: int) -> list[Place]:
    """Everything below a manifest, what is inside before what holds it."""
    place = Place(manifest.account, manifest.container, manifest.name)
    reading = await ask.objects.open(ask.principal, place, version=manifest.serial)
    found: dict[Place, None] = {}
    for segment in loaded(await everything(reading)):
        if segment.data is not None:
            continue
        inner = place_of(manifest.account, segment)
        if segment.nested and depth < MAX_NESTING:
            try:
                nested = await ask.objects.object(ask.principal, inner)
            except NoSuchObject:
                nested = None
            if nested is not None and nested.large:
                found |= dict.fromkeys(await _segments(ask, nested, depth + 1))
        found[inner] = None
    return list(found)
