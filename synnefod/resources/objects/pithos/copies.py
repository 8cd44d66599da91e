"""Copying and moving on the Pithos mount (object-storage.md 1.9)."""

from __future__ import annotations

from synnefod.common.errors import LengthRequired, Malformed
from synnefod.objects.interface import Copying, Place
from synnefod.resources.call import Reply
from synnefod.resources.objects import conditions
from synnefod.resources.objects.formats import JSON, XML
from synnefod.resources.objects.paths import MAX_CONTAINER, MAX_OBJECT, source_path
from synnefod.resources.objects.pithos.asking import Ask, public_of, reply, sharing_of
from synnefod.resources.objects.pithos.reading import version_of
from synnefod.resources.objects.pithos.writing import object_metadata


async def put(ask: Ask) -> Reply:
    """PUT with X-Copy-From or X-Move-From; a move wins (PIT-147 to PIT-150)."""
    if not ask.call.stream.announced or ask.call.stream.length is None:
        raise LengthRequired("Missing or invalid Content-Length header")
    moved = ask.headers.get("X-Move-From")
    text = moved if moved is not None else ask.headers.get("X-Copy-From")
    account = (ask.headers.get("X-Source-Account") or "").strip() or ask.call.principal.user
    source = _place(account, text or "", "Malformed source: it must be /container/object.")
    return await _run(ask, source, ask.at.place, move=moved is not None, on_destination=True)


async def copy(ask: Ask) -> Reply:
    """COPY (PIT-151)."""
    return await _run(ask, ask.at.place, _destination(ask), move=False, on_destination=False)


async def move(ask: Ask) -> Reply:
    """MOVE (PIT-151)."""
    return await _run(ask, ask.at.place, _destination(ask), move=True, on_destination=False)


def _destination(ask: Ask) -> Place:
    text = ask.headers.get("Destination")
    if not text:
        raise Malformed("Missing Destination header")
    account = (ask.headers.get("Destination-Account") or "").strip() or ask.call.principal.user
    return _place(account, text, "Malformed destination: it must be /container/object.")


def _place(account: str, text: str, wrong: str) -> Place:
    found = source_path(text, slash_required=True)
    if found is None or len(found[0]) > MAX_CONTAINER or len(found[1]) > MAX_OBJECT:
        raise Malformed(wrong)
    return Place(account, *found)


async def _run(
    ask: Ask, source: Place, destination: Place, *, move: bool, on_destination: bool
) -> Reply:
    content_type = (ask.headers.get("Content-Type") or "").strip() or None
    copying = Copying(
        metadata=object_metadata(ask, merge=True),
        content_type=None if ask.flag("ignore_content_type") else content_type,
        version=None if move else version_of(ask.headers.get("X-Source-Version")),
        sharing=sharing_of(ask.headers.value("X-Object-Sharing")),
        public=public_of(ask.headers),
        conditions=conditions.all_of(ask.headers.get),
        conditions_on_destination=on_destination,
        delimiter=ask.text("delimiter"),
    )
    run = ask.objects.move if move else ask.objects.copy
    written = await run(ask.call.principal, source, destination, copying)
    kind = XML if ask.format(JSON) == XML else JSON
    return reply(201, {"X-Object-Version": str(written.serial)}, None, kind)
