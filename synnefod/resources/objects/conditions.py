"""`If-Match` and friends: read from the request, and what the answer carries when they decide."""

from __future__ import annotations

from collections.abc import Callable

from synnefod.common.errors import Malformed
from synnefod.common.text import MICROSECONDS, parse_http_date
from synnefod.objects.interface import Conditions, Object

Get = Callable[[str], str | None]


def tags(text: str | None) -> tuple[str, ...] | None:
    """PIT-027: lower-case tags of a list, quoted or not; `("*",)` for any; None without header."""
    if text is None or not text.strip():
        return None
    found = []
    for item in text.split(","):
        tag = item.strip().lower().removeprefix("w/")
        if len(tag) > 1 and tag[0] == tag[-1] == '"':
            tag = tag[1:-1]
        if tag:
            found.append(tag)
    return ("*",) if "*" in found else tuple(found)


def date(text: str | None) -> int | None:
    """PIT-020: an HTTP date in microseconds; None for text that is none."""
    try:
        return None if text is None else parse_http_date(text)
    except (OverflowError, ArithmeticError):
        return None


def dates_only(get: Get) -> Conditions:
    """The conditions of accounts and containers (PIT-025)."""
    return Conditions(
        modified_since=date(get("If-Modified-Since")),
        unmodified_since=date(get("If-Unmodified-Since")),
    )


def all_of(get: Get) -> Conditions:
    return Conditions(
        match=tags(get("If-Match")),
        none_match=tags(get("If-None-Match")),
        modified_since=date(get("If-Modified-Since")),
        unmodified_since=date(get("If-Unmodified-Since")),
    )


def swift_writing(get: Get) -> Conditions:
    """For a Swift PUT, whose `If-None-Match` may only be `*`. Raises Malformed for others."""
    found = all_of(get)
    if found.none_match not in (None, ("*",)):
        raise Malformed("If-None-Match only supports *")
    return found


def range_holds(if_range: str | None, thing: Object, last_modified: int) -> bool:
    """PIT-114: whether `Range` counts: no If-Range, a matching tag, or exactly the date.

    `last_modified` is the time that the dialect reports, in microseconds.
    """
    if if_range is None or not if_range.strip():
        return True
    when = date(if_range)
    if when is not None:
        return when // MICROSECONDS == last_modified // MICROSECONDS
    tag = tags(if_range) or ()
    return bool(set(tag) & {thing.hash, thing.checksum} - {""})
