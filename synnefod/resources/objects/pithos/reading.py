"""Reading objects on the Pithos mount, and published ones (object-storage.md 1.7, 1.14)."""

from __future__ import annotations

from synnefod.common.errors import Refusal
from synnefod.common.text import http_date, iso_z
from synnefod.objects.interface import (
    BLOCK_HASH,
    BLOCK_SIZE,
    Access,
    NoSuchVersion,
    Object,
    Reading,
)
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.bodies import asked_for
from synnefod.resources.objects.formats import JSON, XML
from synnefod.resources.objects.headers import natural, percent_encoded
from synnefod.resources.objects.listings import hashmap, sharing_text, version_list
from synnefod.resources.objects.manifests import manifest_of, parts_of, resolved, whole_of
from synnefod.resources.objects.pithos.asking import DOWNLOADS, EXPIRES, Ask, Settings, reply
from synnefod.resources.objects.ranges import pithos_parts

PLAIN = ("Content-Encoding", "Content-Disposition")
PART_FIELDS = [("Content-Transfer-Encoding", "binary")]


async def show(ask: Ask) -> Reply:
    """HEAD (PIT-102)."""
    if ask.text("version") == "list":
        await ask.objects.versions(ask.call.principal, ask.at.place)
        return reply(200, None, None, _structured(ask))
    found = await ask.objects.object(
        ask.call.principal,
        ask.at.place,
        version=version_of(ask.call.query.one("version")),
        conditions=conditions.all_of(ask.headers.get),
        md5=ask.settings.etag_md5,
    )
    try:
        if manifest_of(found) is not None:
            md5 = ask.settings.etag_md5
            parts = await parts_of(ask.objects, ask.call.principal, found, md5_needed=md5)
            found = whole_of(found, parts, md5_etag=md5)
    except Refusal:
        # A manifest that cannot be resolved shows its own size (PIT-116).
        pass
    return Reply(
        headers=object_headers(ask, await ask.shown(found)),
        content_type=found.content_type,
        length=found.size,
    )


async def read(ask: Ask) -> Reply:
    """GET: data, map or list of versions (PIT-104 to PIT-122)."""
    if ask.text("version") == "list":
        versions = await ask.objects.versions(ask.call.principal, ask.at.place)
        kind = _structured(ask)
        return reply(200, None, version_list(kind, ask.at.object, versions), kind)
    if ask.flag("hashmap"):
        return await _map(ask)
    reading = await ask.objects.open(
        ask.call.principal,
        ask.at.place,
        version=version_of(ask.call.query.one("version")),
        conditions=conditions.all_of(ask.headers.get),
        md5=ask.settings.etag_md5,
    )
    reading = await resolved(
        ask.objects, ask.call.principal, reading, md5_etag=ask.settings.etag_md5
    )
    headers = object_headers(ask, await ask.shown(reading.object))
    return await data_reply(ask, reading, headers)


async def data_reply(
    ask: Ask, reading: Reading, headers: dict[str, str], *, whole: bool = False
) -> Reply:
    """The data of an opened object, in the parts that the request asks for (PIT-106 to PIT-114);
    all of it whatever is asked for with `whole`."""
    found = reading.object
    asked = ask.headers.get("Range")
    if whole or not conditions.range_holds(ask.headers.get("If-Range"), found, found.modified):
        asked = None
    parts = pithos_parts(asked, found.size)
    data = await asked_for(reading, found.size, parts, part_fields=PART_FIELDS)
    disposition = ask.text("disposition-type")
    if disposition in ("inline", "attachment"):
        headers["Content-Disposition"] = disposition_of(disposition, found.name)
    headers.setdefault("Content-Disposition", disposition_of("inline", found.name))
    extra = dict(data.headers)
    return Reply(
        body=data.body,
        status=data.status,
        content_type=extra.pop("Content-Type", found.content_type),
        headers={**headers, **extra},
        length=data.length,
    )


async def _map(ask: Ask) -> Reply:
    """PIT-108."""
    found = await ask.objects.hashmap(
        ask.call.principal,
        ask.at.place,
        version=version_of(ask.call.query.one("version")),
        conditions=conditions.all_of(ask.headers.get),
    )
    kind = _structured(ask)
    body = hashmap(kind, found, BLOCK_SIZE, BLOCK_HASH)
    return reply(200, object_headers(ask, await ask.shown(found.object)), body, kind)


def _structured(ask: Ask) -> str:
    return XML if ask.format(JSON) == XML else JSON


def version_of(text: str | None) -> int | None:
    """PIT-104: anything but a serial number names no version."""
    if text is None:
        return None
    number = natural(text)
    if number is None or number >= 2**63:
        raise NoSuchVersion
    return number


def disposition_of(kind: str, name: str) -> str:
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return percent_encoded(f'{kind}; filename="{quoted}"')


def etag(settings: Settings, found: Object) -> str:
    """PIT-103."""
    return found.checksum if settings.etag_md5 else found.hash


def object_headers(ask: Ask, found: Object) -> dict[str, str]:
    """PIT-102; sharing and publishing are not those of an old version (PIT-104)."""
    headers = {
        "ETag": etag(ask.settings, found),
        "Last-Modified": http_date(found.modified),
        "Available": str(int(found.available)),
        "X-Object-Hash": found.hash,
        "X-Object-UUID": found.uuid,
        "X-Object-Version": str(found.serial),
        "X-Object-Version-Timestamp": http_date(found.changed),
        "X-Object-Modified-By": percent_encoded(found.modified_by),
    }
    for name, value in found.metadata.items():
        text = value if name == "Content-Encoding" else percent_encoded(value)
        headers[percent_encoded(name)] = text
    if "version" in ask.call.query:
        return headers
    if found.sharing:
        headers["X-Object-Sharing"] = percent_encoded(sharing_text(found.sharing))
        if found.shared_by is not None:
            headers["X-Object-Shared-By"] = percent_encoded(found.shared_by)
    if found.allowed is not Access.OWNER:
        headers["X-Object-Allowed-To"] = found.allowed.value
    elif found.public is not None:
        headers["X-Object-Public"] = ask.link(found.public)
        terms = found.link_terms
        if terms.expires is not None:
            headers[EXPIRES] = iso_z(terms.expires)
        if terms.most is not None:
            headers[DOWNLOADS] = str(terms.most)
            headers["X-Object-Public-Downloaded"] = str(terms.taken)
    return headers


def public_headers(ask: Ask, found: Object) -> dict[str, str]:
    """What a stranger sees of a published object (PIT-219, PIT-222)."""
    headers = {
        "ETag": etag(ask.settings, found),
        "Last-Modified": http_date(found.modified),
        "Available": str(int(found.available)),
        "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; "
        "media-src 'self'; style-src 'unsafe-inline'",
    }
    if found.link_terms.expires is not None or found.link_terms.most is not None:
        # A copy that somebody keeps on the way would outlive the link.
        headers["Cache-Control"] = "no-store"
    if found.link_terms.most is not None:
        headers["Accept-Ranges"] = "none"
    for name in PLAIN:
        if name in found.metadata:
            headers[name] = percent_encoded(found.metadata[name])
    return headers
