"""Neutron's query language over rendered documents: filters, fields, order, pages (22.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from synnefod.common.errors import Malformed
from synnefod.resources.door import Call

Document = dict[str, Any]
_CONTROL = {"fields", "sort_key", "sort_dir", "limit", "marker", "page_reverse"}


def listed(call: Call, collection: str, documents: Sequence[Document]) -> Document:
    """The answer of a list: `{collection: [...]}`, with a link to the next page if there is one."""
    wanted = [document for document in documents if _matches(call, document)]
    for key, direction in reversed(_orders(call)):
        wanted.sort(key=lambda document: str(document.get(key) or ""), reverse=direction == "desc")
    marker = call.query.one("marker")
    if marker:
        places = [index for index, document in enumerate(wanted) if document["id"] == marker]
        if not places:
            raise Malformed(f"There is no '{marker[:64]}' to go on from (marker).")
        wanted = wanted[places[0] + 1 :]
    answer: Document = {}
    limit = call.query.one("limit")
    if limit is not None:
        if not limit.isascii() or not limit.isdigit():
            raise Malformed("limit must be a whole number.")
        count = int(limit[:9])
        if count and len(wanted) > count:
            wanted = wanted[:count]
            kept = [(key, value) for key, value in call.query.items() if key != "marker"]
            query = urlencode([*kept, ("marker", wanted[-1]["id"])])
            href = f"{call.url}/{collection}?{query}"
            answer[f"{collection}_links"] = [{"rel": "next", "href": href}]
    answer[collection] = [chosen(call, document) for document in wanted]
    return answer


def chosen(call: Call, document: Document) -> Document:
    """Only the asked fields, if any are asked for."""
    fields = call.query.all("fields")
    return {key: document[key] for key in fields if key in document} if fields else document


def _orders(call: Call) -> list[tuple[str, str]]:
    keys, directions = call.query.all("sort_key"), call.query.all("sort_dir")
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
    if key not in document:
        return True
    found = document[key]
    if isinstance(found, bool):
        return any((value.lower() in ("true", "1")) == found for value in values)
    if isinstance(found, list):
        return True
    return str("" if found is None else found) in values


def _fixed_ip(document: Document, term: str) -> bool:
    key, _, value = term.partition("=")
    for ip in document.get("fixed_ips", ()):
        if key == "ip_address_substr" and value in ip["ip_address"]:
            return True
        if ip.get(key) == value:
            return True
    return False
