"""Which volumes and snapshots a Cinder list shows, in which order, from where on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from synnefod.common.errors import Malformed, NotFound
from synnefod.common.ids import uuid_with_dashes
from synnefod.common.jsonio import parse_sent
from synnefod.resources.door import Call

Document = dict[str, Any]
T = TypeVar("T")
_FILTERS = ("name", "status", "bootable", "availability_zone", "volume_type", "id", "volume_id")
_SORT_KEYS = ("id", "name", "status", "size", "created_at", "updated_at", "bootable")


def mine(call: Call, project: str | None) -> str:
    """The mount as it was addressed. Raises Malformed for a project that is not the token's."""
    if project is None:
        return call.url
    if uuid_with_dashes(project) != (call.principal.project or call.principal.user):
        raise Malformed("Malformed request url: the project is not the token's.")
    return f"{call.url}/{project}"


def page(call: Call, rows: Sequence[Document]) -> tuple[list[Document], bool]:
    """The wished part of `rows` (documents in full), and whether more may follow: as Cinder says
    it, of every full page. Raises Malformed, NotFound (marker)."""
    found = [row for row in rows if _matches(call, row)]
    for key, direction in reversed(_orders(call)):
        found.sort(key=lambda row: _rank(row, key), reverse=direction == "desc")
    marker = call.query.one("marker")
    if marker:
        places = [place for place, row in enumerate(found) if row["id"] == marker]
        if not places:
            raise NotFound(f"{marker[:64]} could not be found (marker).")
        found = found[places[0] + 1 :]
    found = found[_count(call, "offset", 0) :]
    limit = _count(call, "limit", len(found) + 1)
    return found[:limit], len(found) >= limit


def links(call: Call, url: str, last: str) -> list[Document]:
    """How to ask for what follows `last`."""
    left_out = ("marker", "offset")
    kept = [(key, value) for key, value in call.query.items() if key not in left_out]
    return [{"rel": "next", "href": f"{url}?{urlencode([*kept, ('marker', last)])}"}]


def _matches(call: Call, shown: Document) -> bool:
    for key in _FILTERS:
        wanted = call.query.all(key)
        fitting = [value.lower() for value in wanted]
        if key in shown and wanted and str(shown[key]).lower() not in fitting:
            return False
    return all(_has(shown, text) for text in call.query.all("metadata"))


def _has(shown: Document, text: str) -> bool:
    """A filter by metadata is an object, which clients write as Python does too."""
    wanted = parse_sent(text.replace("'", '"').encode())
    if not isinstance(wanted, dict):
        raise Malformed("The filter by metadata is an object.")
    return all(shown["metadata"].get(key) == value for key, value in wanted.items())


def _orders(call: Call) -> list[tuple[str, str]]:
    text = call.query.one("sort")
    if text is None:
        key = call.query.one("sort_key")
        text = "created_at:desc,id:desc" if key is None else key
        text += f":{call.query.one('sort_dir', 'desc')}" if key is not None else ""
    orders = []
    for term in text.split(","):
        key, _, direction = term.strip().partition(":")
        if key not in _SORT_KEYS or direction not in ("", "asc", "desc"):
            raise Malformed(f"'{term[:64]}' is not a wish for an order.")
        orders.append((key, direction or "desc"))
    return orders


def _rank(shown: Document, key: str) -> tuple[int, str]:
    value = shown.get(key)
    if key == "id" and str(value).isdecimal():
        return (int(str(value)), "")
    return (value, "") if isinstance(value, int) else (0, str(value or ""))


def _count(call: Call, name: str, usual: int) -> int:
    text = call.query.one(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise Malformed(f"{name} must be a whole number, not '{text[:64]}'.")
    return int(text)
