"""Neutron's query language over rendered documents: filters, fields, order, pages (22.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from synnefod.common.errors import Malformed
from synnefod.resources.door import Call

Document = dict[str, Any]
_TAGS = {"tags", "tags-any", "not-tags", "not-tags-any"}
_CONTROL = {"fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse"}


def listed(call: Call, collection: str, documents: Sequence[Document]) -> Document:
    """The answer of a list: `{collection: [...]}`, with links to the pages around it."""
    wanted = [document for document in documents if _matches(call, document)]
    for key, direction in reversed(_orders(call)):
        wanted.sort(key=lambda document: _rank(document, key), reverse=direction == "desc")
    backwards = call.query.one("page_reverse", "").lower() in ("true", "1")
    before, wanted, after = _parted(call, wanted, backwards)
    answer: Document = {}
    links = []
    if after:
        links.append(_link(call, collection, "next", _key(wanted[-1])))
    if before and wanted:
        links.append(_link(call, collection, "previous", _key(wanted[0])))
    if links:
        answer[f"{collection}_links"] = links
    answer[collection] = [chosen(call, document) for document in wanted]
    return answer


def _key(document: Document) -> str:
    """What a page goes on from; availabilities are of networks and have no id of their own."""
    return str(document.get("id") or document.get("network_id") or "")


def _parted(
    call: Call, wanted: list[Document], backwards: bool
) -> tuple[bool, list[Document], bool]:
    """Whether something is before the page, the page, and whether something follows it."""
    first, last = 0, len(wanted)
    marker = call.query.one("marker")
    if marker:
        places = [index for index, document in enumerate(wanted) if _key(document) == marker]
        if not places:
            raise Malformed(f"There is no '{marker[:64]}' to go on from (marker).")
        if backwards:
            last = places[0]
        else:
            first = places[0] + 1
    limit = call.query.one("limit")
    if limit is None:
        return False, wanted[first:last], False
    if not limit.isascii() or not limit.isdigit():
        raise Malformed("limit must be a whole number.")
    count = int(limit[:9])
    if count and backwards:
        first = max(first, last - count)
    elif count:
        last = min(last, first + count)
    page = wanted[first:last]
    return bool(page) and first > 0, page, bool(page) and last < len(wanted)


def _link(call: Call, collection: str, rel: str, marker: str) -> Document:
    kept = [
        (key, value) for key, value in call.query.items() if key not in ("marker", "page_reverse")
    ]
    kept.append(("marker", marker))
    if rel == "previous":
        kept.append(("page_reverse", "True"))
    return {"rel": rel, "href": f"{call.url}/{collection}?{urlencode(kept)}"}


def _rank(document: Document, key: str) -> tuple[int, str]:
    """Numbers, ids among them, are in the order of numbers; all else is in the order of text."""
    text = str("" if document.get(key) is None else document.get(key))
    return (int(text), "") if text.isascii() and text.isdigit() else (-1, text)


def chosen(call: Call, document: Document) -> Document:
    """Only the asked fields, if any are asked for."""
    fields = call.query.all("fields")
    return {key: document[key] for key in fields if key in document} if fields else document


def _orders(call: Call) -> list[tuple[str, str]]:
    keys, directions = call.query.all("sort_key"), call.query.all("sort_dir")
    for direction in directions:
        if direction not in ("asc", "desc"):
            raise Malformed(f"'{direction[:64]}' is not a direction: asc, desc.")
    if len(directions) < len(keys):
        directions = directions + ["asc"] * (len(keys) - len(directions))
    return list(zip(keys, directions, strict=False))


def _matches(call: Call, document: Document) -> bool:
    asked: dict[str, list[str]] = {}
    for key, value in call.query.items():
        if key not in _CONTROL:
            asked.setdefault(key, []).append(value)
    return all(_one(document, key, values) for key, values in asked.items())


def _one(document: Document, key: str, values: list[str]) -> bool:
    """Whether the attribute has one of `values`; an attribute that is not there is no filter."""
    if key == "fixed_ips":
        return any(_fixed_ip(document, value) for value in values)
    if key in _TAGS:
        return _tagged(document, key, values)
    if key not in document:
        return True
    found = document[key]
    if isinstance(found, bool):
        return any((value.lower() in ("true", "1")) == found for value in values)
    if isinstance(found, list):
        return any(value in found for value in values)
    return str("" if found is None else found) in values


def _tagged(document: Document, key: str, values: list[str]) -> bool:
    tags = set(document.get("tags", ()))
    wanted = {tag for value in values for tag in value.split(",")}
    some = bool(tags & wanted) if key.endswith("-any") else wanted <= tags
    return some != key.startswith("not-")


def _fixed_ip(document: Document, term: str) -> bool:
    key, _, value = term.partition("=")
    for ip in document.get("fixed_ips", ()):
        if key == "ip_address_substr" and value in ip["ip_address"]:
            return True
        if ip.get(key) == value:
            return True
    return False
