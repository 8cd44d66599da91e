"""In which format a listing is answered: text, JSON or XML, as each dialect chooses it."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from synnefod.common.errors import Unsupported
from synnefod.common.jsonio import dump

TEXT, JSON, XML = "text", "json", "xml"
TYPES = {TEXT: "text/plain", JSON: "application/json", XML: "application/xml"}
_NOT_XML = {code: "\ufffd" for code in range(32) if code not in (9, 10, 13)}
_NOT_XML.update({0xFFFE: "\ufffd", 0xFFFF: "\ufffd"})
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


class NotAcceptable(Unsupported):
    """None of the formats in which this can be answered is acceptable to the asker."""


def pithos_format(asked: str | None, path: str, accept: str | None, default: str) -> str:
    """PIT-013, PIT-014: `format`, then the path's ending, then the first `Accept` item we know."""
    if asked in (JSON, XML):
        return asked
    for known in (JSON, XML):
        if path.endswith("." + known):
            return known
    for item in (accept or "").split(","):
        word = item.partition(";")[0].strip().lower()
        if word in ("application/json", "application/xml"):
            return word.partition("/")[2]
    return default


def swift_format(asked: str | None, accept: str | None) -> tuple[str, str]:
    """The format and its media type (object-storage.md 5.4): `format` beats `Accept`.

    Raises NotAcceptable when `Accept` admits none.
    """
    if asked is not None:
        kind = asked if asked in (JSON, XML) else TEXT
        return kind, TYPES[kind]
    if not accept or not accept.strip():
        return TEXT, TYPES[TEXT]
    best: tuple[float, int, str] | None = None
    for order, media in enumerate(
        ("text/plain", "application/json", "application/xml", "text/xml")
    ):
        weight = _weight(accept, media)
        if weight > 0 and (best is None or weight > best[0]):
            best = (weight, order, media)
    if best is None:
        raise NotAcceptable("Invalid Accept header")
    media = best[2]
    return {"text/plain": TEXT, "application/json": JSON}.get(media, XML), media


def _weight(accept: str, media: str) -> float:
    """The q-value that `accept` gives `media`, by its most specific item; 0 if none."""
    found, specific = 0.0, -1
    for item in accept.split(","):
        name, *parameters = [word.strip().lower() for word in item.split(";")]
        rank = 2 if name == media else 1 if name == media.split("/")[0] + "/*" else 0
        if rank == 0 and name != "*/*":
            continue
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if rank > specific:
            found, specific = quality, rank
    return found


def xml_text(value: object) -> str:
    """Text fit for an element; characters that XML cannot hold become U+FFFD."""
    return escape(str(value).translate(_NOT_XML))


def xml_attribute(value: object) -> str:
    text = str(value).translate(_NOT_XML)
    return '"' + escape(text, {'"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}) + '"'


def xml_fields(fields: Mapping[str, object]) -> str:
    """One element a field; a mapping becomes key and value pairs (PIT-100)."""
    out = []
    for name, value in fields.items():
        if isinstance(value, Mapping):
            inner = "".join(
                f"<key>{xml_text(k)}</key><value>{xml_text(v)}</value>" for k, v in value.items()
            )
        elif isinstance(value, bool):
            inner = "true" if value else "false"
        else:
            inner = xml_text(value)
        out.append(f"<{name}>{inner}</{name}>")
    return "".join(out)


def lines(names: Iterable[str]) -> bytes:
    """A text listing: one name a line, each ended by a newline."""
    return "".join(name + "\n" for name in names).encode()


def json_bytes(value: object) -> bytes:
    return dump(value)


def guessed(name: str) -> str:
    """The type of a file by its name."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
