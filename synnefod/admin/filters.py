"""`--filter-by`: terms over the rows of a list (OPS-009, OPS-010). Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from synnefod.admin.transport import USAGE, Failure

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    "=<": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "=>": lambda a, b: a >= b,
}
_TERM = re.compile(r"\s*([^=!<>\s]+)\s*(!=|<=|=<|>=|=>|=|<|>)\s*(.*?)\s*", re.S)
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}


def split(text: str) -> list[str]:
    """The parts between commas; a part may be quoted, wholly or behind its operator.

    Raises Failure for a quote that is not closed.
    """
    parts, part, quote = [], "", ""
    for letter in text:
        if quote:
            if letter == quote:
                quote = ""
            else:
                part += letter
        elif letter in "\"'":
            quote = letter
        elif letter == ",":
            parts.append(part)
            part = ""
        else:
            part += letter
    if quote:
        raise Failure(f"the quote in {text!r} is not closed", USAGE)
    return [each for each in (*parts, part) if each.strip()]


def apply(
    rows: Sequence[Mapping[str, Any]], text: str, keys: Sequence[str]
) -> list[Mapping[str, Any]]:
    """The rows for which every term holds. Raises Failure for an unknown key or a bad value."""
    terms = list(_terms(text, rows, keys))
    return [row for row in rows if all(_holds(row.get(key), op, value) for key, op, value in terms)]


def _terms(
    text: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]
) -> Iterator[tuple[str, str, Any]]:
    for part in split(text):
        found = _TERM.fullmatch(part)
        if found is None:
            raise Failure(f"--filter-by: {part!r} is not KEY OPERATOR VALUE", USAGE)
        key, op, value = found.groups()
        if key not in keys:
            raise Failure(
                f"--filter-by: there is no key {key!r}; known are {', '.join(keys)}", USAGE
            )
        yield key, op, _value(key, value, rows)


def _value(key: str, text: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    """The text as what the column holds."""
    sample = next((row[key] for row in rows if row.get(key) is not None), None)
    if isinstance(sample, bool):
        if text.lower() not in _BOOLEANS:
            raise Failure(f"--filter-by: {key} is true or false, not {text!r}", USAGE)
        return _BOOLEANS[text.lower()]
    if isinstance(sample, int):
        try:
            return int(text)
        except ValueError:
            if text == "":
                return None
            raise Failure(f"--filter-by: {key} is a number, not {text!r}", USAGE) from None
    return text


def _holds(value: Any, op: str, wanted: Any) -> bool:
    if value is None or wanted is None:
        same = (value is None or value == "") and (wanted is None or wanted == "")
        return same if op == "=" else not same if op == "!=" else False
    return _OPERATORS[op](value, wanted)
