"""Many deletions in one request (object-storage.md 5.11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote_to_bytes

from attrs import define, field

from synnefod.common.errors import LengthRequired, Malformed, NotFound, Refusal
from synnefod.common.text import encode_path
from synnefod.objects.interface import Place
from synnefod.resources import faults
from synnefod.resources.call import Reply
from synnefod.resources.objects.formats import (
    HEAD,
    JSON,
    TEXT,
    NotAcceptable,
    json_bytes,
    xml_text,
)
from synnefod.resources.objects.paths import swift_location
from synnefod.resources.objects.swift.asking import Ask, listing_format

MAX_NAMES = 10_000
MAX_FAILURES = 1_000
MAX_LINE = 2 * (1024 + 256 + 2)


@define
class Outcome:
    """What became of the names so far."""

    deleted: int = 0
    missing: int = 0
    errors: list[tuple[str, str]] = field(factory=list)
    stopped: str = ""

    def fields(self) -> dict[str, object]:
        nothing = not (self.deleted or self.missing)
        status = self.stopped or ("400 Bad Request" if self.errors or nothing else "200 OK")
        return {
            "Response Status": status,
            "Response Body": "Invalid bulk delete." if nothing else "",
            "Number Deleted": self.deleted,
            "Number Not Found": self.missing,
        }


async def delete(ask: Ask) -> Reply:
    """POST or DELETE with `bulk-delete`; always 200, the outcome is in the body.

    Raises NotAcceptable, LengthRequired, Malformed for a request that is none.
    """
    kind, media = listing_format(ask)
    content_type = (ask.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if content_type not in ("", "text/plain"):
        raise NotAcceptable("The names must come as text/plain.")
    if not ask.call.stream.announced:
        raise LengthRequired("Missing Content-Length header.")
    outcome = Outcome()
    for name in await _names(ask, outcome):
        await _one(ask, name, outcome)
        if len(outcome.errors) >= MAX_FAILURES:
            break
    body = report(kind, "delete", outcome.fields(), outcome.errors)
    return Reply(body, content_type=f"{media}; charset=utf-8")


async def _names(ask: Ask, outcome: Outcome) -> list[str]:
    """Objects first, then containers."""
    raw = await ask.call.stream.read_all(MAX_NAMES * MAX_LINE)
    lines = [line.strip() for line in raw.split(b"\n") if line.strip()]
    if any(len(line) > MAX_LINE for line in lines):
        raise Malformed("Invalid path length")
    if len(lines) > MAX_NAMES:
        outcome.stopped = "413 Request Entity Too Large"
        return []
    names = [line.decode("utf-8", "surrogateescape") for line in lines]
    return sorted(names, key=lambda name: name.strip("/").count("/") == 0)


async def one(ask: Ask, place: Place, outcome: Outcome) -> None:
    """Deletes an object and counts it."""
    await _one(ask, encode_path(f"/{place.container}/{place.name}"), outcome)


async def _one(ask: Ask, name: str, outcome: Outcome) -> None:
    principal, account = ask.principal, ask.at.account
    try:
        raw = name.encode("utf-8", "surrogateescape").lstrip(b"/")
        at = swift_location(b"/" + account.encode() + b"/" + raw)
        if at.object:
            await ask.objects.delete_object(principal, Place(account, at.container, at.object))
        elif at.container:
            await ask.objects.delete_container(principal, account, at.container)
        else:
            raise NotFound
        outcome.deleted += 1
    except NotFound:
        outcome.missing += 1
    except Refusal as error:
        status = faults.fault(error, "swift").status
        outcome.errors.append((_shown(name), f"{status} {TITLES.get(status, 'Error')}"))


def _shown(name: str) -> str:
    """The name as it was sent, with nothing that could break the reply."""
    return quote(unquote_to_bytes(name.encode("utf-8", "surrogateescape")), safe="/~")


TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    422: "Unprocessable Entity",
    503: "Service Unavailable",
}


def report(
    kind: str, root: str, fields: Mapping[str, object], errors: Sequence[tuple[str, str]]
) -> bytes:
    """The outcome of many operations in the asked format; `root` is XML's element."""
    if kind == JSON:
        return json_bytes({**fields, "Errors": [list(pair) for pair in errors]})
    if kind == TEXT:
        lines = [f"{name}: {value}" for name, value in fields.items()] + ["Errors:"]
        lines += [f"{name}, {status}" for name, status in errors]
        return ("\n".join(lines) + "\n").encode()
    out = [HEAD, f"<{root}>"]
    for name, value in fields.items():
        element = name.lower().replace(" ", "_")
        out.append(f"<{element}>{xml_text(value)}</{element}>")
    out.append("<errors>")
    for name, status in errors:
        out.append(f"<object><name>{xml_text(name)}</name><status>{status}</status></object>")
    out.append(f"</errors></{root}>")
    return "".join(out).encode()
