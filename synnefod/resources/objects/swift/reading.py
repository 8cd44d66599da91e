"""Reading objects on the Swift mount (object-storage.md 5.1, 5.5, 5.9)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import md5

from attrs import evolve

from synnefod.common.errors import RangeNotSatisfiable
from synnefod.common.text import http_date
from synnefod.objects.interface import (
    Access,
    ConditionFailed,
    Object,
    Reading,
    Unchanged,
    hold,
)
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.bodies import asked_for
from synnefod.resources.objects.headers import one_line, swift_fields
from synnefod.resources.objects.listings import sharing_text
from synnefod.resources.objects.manifests import manifest_of, parts_of, resolved, whole_of
from synnefod.resources.objects.ranges import swift_parts
from synnefod.resources.objects.static import Segmented, everything, whole
from synnefod.resources.objects.swift import links
from synnefod.resources.objects.swift.asking import Ask, ceiling, timestamp, version_of
from synnefod.resources.objects.swift.large import asked_part, part, shown

HTML = "text/html; charset=UTF-8"


async def show(ask: Ask) -> Reply:
    """HEAD."""
    found = await ask.objects.object(
        ask.principal,
        ask.at.place,
        version=version_of(ask),
        md5=True,
    )
    if found.link and not links.itself(ask):
        return await links.followed(ask, found, show)
    if found.large and (_own_bytes(ask) or asked_part(ask) is not None):
        return await read(ask)
    if found.large:
        large = {**found.large, "manifest": found.checksum}
        size, etag = int(large["size"]), large["etag"]
        found = evolve(found, size=size, checksum=etag, large=large)
    elif _is_joined(ask, found):
        parts = await parts_of(ask.objects, ask.principal, found, md5_needed=True)
        found = whole_of(found, parts, md5_etag=True)
    hold(conditions.all_of(ask.headers.get), found)
    return Reply(
        headers=object_headers(ask, found), content_type=found.content_type, length=found.size
    )


async def read(ask: Ask) -> Reply:
    """GET: the data, or the parts of it that are asked for."""
    reading: Reading = await ask.objects.open(
        ask.principal, ask.at.place, version=version_of(ask), md5=True
    )
    if reading.object.link and not links.itself(ask):
        return await links.followed(ask, reading.object, read)
    if reading.object.large:
        if _own_bytes(ask):
            hold(conditions.all_of(ask.headers.get), evolve(reading.object, large={}))
            return await _manifest(ask, reading)
        segmented = await whole(ask.objects, ask.principal, reading)
        number = asked_part(ask)
        if number is not None:
            return await _part(ask, segmented, number)
        reading = segmented
    elif _is_joined(ask, reading.object):
        reading = await resolved(ask.objects, ask.principal, reading, md5_etag=True)
    found = reading.object
    hold(conditions.all_of(ask.headers.get), found)
    headers = object_headers(ask, found)
    asked = ask.headers.get("Range")
    if not conditions.range_holds(ask.headers.get("If-Range"), found, _rounded(found.changed)):
        asked = None
    try:
        parts = swift_parts(asked, found.size)
        data = await asked_for(
            reading,
            found.size,
            parts,
            part_fields=[("Content-Type", one_line(found.content_type))],
            announce=True,
        )
    except RangeNotSatisfiable as error:
        return _unsatisfiable(headers, error)
    extra = dict(data.headers)
    return Reply(
        body=data.body,
        status=data.status,
        content_type=extra.pop("Content-Type", found.content_type),
        headers={**headers, **extra},
        length=data.length,
    )


async def _manifest(ask: Ask, reading: Reading) -> Reply:
    """The manifest of a static large object itself."""
    found, kind = reading.object, "application/json; charset=utf-8"
    body = shown(ask, await everything(reading))
    if ask.text("format") == "raw":
        found = evolve(found, checksum=md5(body, usedforsecurity=False).hexdigest())
        kind = found.content_type
    return Reply(body, headers=object_headers(ask, found), content_type=kind)


async def _part(ask: Ask, segmented: Segmented, number: int) -> Reply:
    """One segment of a static large object (`part-number`)."""
    found = segmented.object
    headers = object_headers(ask, found)
    headers["X-Parts-Count"] = str(len(segmented.segments))
    try:
        asked = part(segmented, number)
        data = await asked_for(segmented, found.size, [asked], part_fields=[])
    except RangeNotSatisfiable as error:
        refusal = _unsatisfiable(headers, error)
        return evolve(refusal, body=b"") if ask.call.method == "HEAD" else refusal
    return Reply(
        body=data.body,
        status=206,
        headers={**headers, **data.headers},
        content_type=found.content_type,
        length=data.length,
    )


def _unsatisfiable(headers: Mapping[str, str], error: RangeNotSatisfiable) -> Reply:
    return Reply(
        body=error.message,
        status=416,
        headers={**headers, "Content-Range": f"bytes */{error.size}"},
        content_type="text/plain; charset=UTF-8",
    )


def refused(error: Unchanged | ConditionFailed) -> Reply:
    """304 and 412 of a read carry what the client's copy is compared with (5.1)."""
    headers = {"Accept-Ranges": "bytes"}
    if error.checksum:
        headers["Etag"] = error.checksum
    if error.modified:
        headers["Last-Modified"] = ceiling(error.modified)
    if isinstance(error, Unchanged):
        return Reply(status=304, headers=headers)
    return Reply(
        body="<html><h1>Precondition Failed</h1><p>A precondition does not hold.</p></html>",
        status=412,
        headers=headers,
        content_type=HTML,
    )


def _own_bytes(ask: Ask) -> bool:
    """Whether a manifest itself is meant, and not what it stands for (5.10)."""
    return ask.text("multipart-manifest") == "get"


def _is_joined(ask: Ask, found: Object) -> bool:
    return not _own_bytes(ask) and manifest_of(found) is not None


def _rounded(when: int) -> int:
    return -(-when // 1_000_000) * 1_000_000


def object_headers(ask: Ask, found: Object) -> dict[str, str]:
    """What GET and HEAD say of an object."""
    quoted = _is_joined(ask, found) or (found.large and not _own_bytes(ask))
    headers = {
        "Etag": f'"{found.checksum}"' if quoted else found.checksum,
        "Last-Modified": ceiling(found.changed),
        "X-Timestamp": timestamp(found.changed),
        "Accept-Ranges": "bytes",
    }
    headers |= swift_fields(found.metadata) | swift_fields(found.settings)
    if version_of(ask) is not None:
        headers["X-Object-Version-Id"] = str(found.serial)
    headers |= links.shown(found)
    if found.large:
        headers["X-Static-Large-Object"] = "True"
        if "manifest" in found.large:
            headers["X-Manifest-Etag"] = found.large["manifest"]
    if ask.headers.true("X-Pithos-Headers"):
        headers |= _pithos_headers(found)
    return headers


def _pithos_headers(found: Object) -> dict[str, str]:
    headers = {
        "X-Object-Hash": found.hash,
        "X-Object-UUID": found.uuid,
        "X-Object-Version": str(found.serial),
        "X-Object-Version-Timestamp": http_date(found.changed),
        "X-Object-Modified-By": one_line(found.modified_by),
    }
    if found.sharing:
        headers["X-Object-Sharing"] = one_line(sharing_text(found.sharing))
    if found.allowed is not Access.OWNER:
        headers["X-Object-Allowed-To"] = found.allowed.value
    return headers
