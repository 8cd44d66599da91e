"""An archive put at once, each of its files an object (object-storage.md 5.11)."""

from __future__ import annotations

from attrs import define, field

from synnefod.common.errors import LengthRequired, Malformed, PreconditionFailed, Refusal, TooLarge
from synnefod.common.text import encode_path
from synnefod.objects.interface import ContainerChange, NoSuchContainer, Write
from synnefod.resources import faults
from synnefod.resources.call import Reply
from synnefod.resources.objects.archives import FORMATS, Archive, Entry, Unpacked
from synnefod.resources.objects.formats import guessed
from synnefod.resources.objects.headers import MAX_COUNT, canonical
from synnefod.resources.objects.paths import Location, swift_location
from synnefod.resources.objects.swift import bulk
from synnefod.resources.objects.swift.asking import MAX_FILE, Ask, listing_format
from synnefod.resources.objects.swift.writing import META, settable

MAX_FAILURES = 1_000
MAX_CONTAINERS = 10_000


@define
class Outcome:
    created: int = 0
    errors: list[tuple[str, str]] = field(factory=list)
    stopped: str = ""
    containers: set[str] = field(factory=set)

    def fields(self) -> dict[str, object]:
        status = "201 Created" if self.created and not self.errors else "400 Bad Request"
        nothing = not self.created and not self.errors and not self.stopped
        return {
            "Response Status": "400 Bad Request" if self.stopped else status,
            "Response Body": self.stopped
            or ("Invalid Tar File: No Valid Files" if nothing else ""),
            "Number Files Created": self.created,
        }


async def put(ask: Ask) -> Reply:
    """PUT with `extract-archive` to an account, a container or a prefix; always 200, the outcome
    is in the body. Raises Malformed for a format that is not known, LengthRequired."""
    form = ask.text("extract-archive")
    if form not in FORMATS:
        raise Malformed(f"Unsupported archive format; there are {', '.join(FORMATS)}.")
    kind, media = listing_format(ask)
    if not ask.call.stream.announced:
        raise LengthRequired("Missing Content-Length header.")
    unpacker = FORMATS[form]
    archive = Archive(
        ask.call.stream if unpacker is None else Unpacked(ask.call.stream, unpacker())
    )
    outcome = Outcome()
    try:
        while len(outcome.errors) < MAX_FAILURES and (entry := await archive.next()) is not None:
            await _one(ask, archive, entry, outcome)
    except Malformed as error:
        outcome.stopped = error.message
    while await ask.call.stream.read_some():
        pass
    body = bulk.report(kind, "extract", outcome.fields(), outcome.errors)
    return Reply(body, content_type=f"{media}; charset=utf-8")


async def _one(ask: Ask, archive: Archive, entry: Entry, outcome: Outcome) -> None:
    name = entry.name.removeprefix("./").lstrip("/")
    shown = encode_path(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    try:
        at = _location(ask, name)
        if entry.size > MAX_FILE:
            raise TooLarge("Your request is too large.")
        write = _write(ask, entry, at.object)
        if not ask.at.container:
            await _container(ask, at.container, outcome)
    except Refusal as error:
        outcome.errors.append((shown, _status(error)))
        return
    try:
        await ask.objects.write(ask.principal, at.place, write, archive)
        outcome.created += 1
    except Malformed:
        raise
    except Refusal as error:
        outcome.errors.append((shown, _status(error)))


def _location(ask: Ask, name: str) -> Location:
    """Raises Malformed for a name that is no object's, and as `swift_location`."""
    above = [ask.at.account, ask.at.container, ask.at.object.strip("/")]
    path = "/".join([*(part for part in above if part), name])
    try:
        raw = encode_path("/" + path).encode()
    except UnicodeEncodeError:
        raise PreconditionFailed("Invalid UTF8 or contains NULL") from None
    at = swift_location(raw)
    if not at.object:
        raise Malformed("A file of the archive names no object.")
    return at


def _write(ask: Ask, entry: Entry, name: str) -> Write:
    """Raises Malformed for headers of the request that are not good for its objects."""
    metadata, settings = settable(ask)
    for key, value in entry.attributes.items():
        if key.startswith("meta."):
            metadata[META + canonical(key.removeprefix("meta."))] = value
    return Write(
        content_type=entry.attributes.get("mime_type") or guessed(name),
        metadata=metadata,
        settings=settings,
        length=entry.size,
        keep_md5=True,
        max_size=MAX_FILE,
        max_metadata=MAX_COUNT,
    )


async def _container(ask: Ask, name: str, outcome: Outcome) -> None:
    """Makes a container that is not there."""
    if name in outcome.containers:
        return
    if len(outcome.containers) >= MAX_CONTAINERS:
        raise Malformed("Too many containers.")
    try:
        await ask.objects.container(ask.principal, ask.at.account, name)
    except NoSuchContainer:
        change = ContainerChange(policy={"versioning": ask.settings.versioning})
        await ask.objects.put_container(ask.principal, ask.at.account, name, change)
    outcome.containers.add(name)


def _status(error: Refusal) -> str:
    status = faults.fault(error, "swift").status
    return f"{status} {bulk.TITLES.get(status, 'Error')}"
