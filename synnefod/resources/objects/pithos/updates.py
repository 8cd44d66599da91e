"""New data for a part of an object on the Pithos mount (PIT-170 to PIT-182)."""

from __future__ import annotations

from synnefod.common.errors import LengthRequired, Malformed
from synnefod.objects.interface import Patch, Place
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.headers import natural
from synnefod.resources.objects.paths import source_path
from synnefod.resources.objects.pithos import writing
from synnefod.resources.objects.pithos.asking import Ask, public_of, sharing_of
from synnefod.resources.objects.pithos.reading import version_of
from synnefod.resources.objects.ranges import content_range


async def update(ask: Ask) -> Reply:
    """POST with data from the body, or with X-Source-Object from another object."""
    target = content_range(ask.headers.get("Content-Range"))
    source = _source(ask)
    body = ask.call.stream
    if source is None and not body.announced:
        raise LengthRequired("Missing or invalid Content-Length header")
    known = target.start is not None and target.length is not None
    patch = Patch(
        start=target.start,
        stop=(target.start or 0) + (target.length or 0) if known else None,
        total=target.total,
        truncate=_object_bytes(ask),
        length=body.length if source is None else None,
        metadata=writing.object_metadata(ask, merge=ask.flag("update")),
        replace=not ask.flag("update"),
        sharing=sharing_of(ask.headers.value("X-Object-Sharing")),
        public=public_of(ask.headers),
        conditions=conditions.all_of(ask.headers.get),
    )
    principal, place = ask.call.principal, ask.at.place
    if source is None:
        written = await ask.objects.update_data(principal, place, patch, body)
    else:
        version = version_of(ask.headers.get("X-Source-Version"))
        written = await ask.objects.update_from_object(
            principal, place, patch, source, version=version
        )
    return await writing.written_reply(ask, written, 204)


def _source(ask: Ask) -> Place | None:
    """PIT-174. Raises Malformed."""
    text = ask.headers.get("X-Source-Object")
    if text is None:
        return None
    found = source_path(text, slash_required=True)
    if found is None:
        raise Malformed("X-Source-Object must be /container/object.")
    account = (ask.headers.get("X-Source-Account") or "").strip() or ask.call.principal.user
    return Place(account, *found)


def _object_bytes(ask: Ask) -> int | None:
    """PIT-175: where the object is cut. Raises Malformed."""
    text = ask.headers.get("X-Object-Bytes")
    if text is None:
        return None
    size = natural(text)
    if size is None:
        raise Malformed("Invalid X-Object-Bytes header")
    return size
