"""A part of a list: filters, order and pages over the rows of a verb (web-ui.md UI-270 to UI-274).

Only the columns that the verb answers can be filtered by, and none of them holds a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from synnefod.common.errors import Malformed
from synnefod.resources.call import Query

Row = Mapping[str, Any]
Test = Callable[[Row], bool]
ASKED = ("text", "filter", "sort", "limit", "offset")
OR, FIELD = "OR", "="
MOST = 1000
SERVER = "snf-"
_TRUE, _FALSE = ("true", "yes", "1"), ("false", "no", "0")


def is_asked(query: Query) -> bool:
    return any(name in query for name in ASKED)


def part(rows: Sequence[Row], query: Query) -> dict[str, Any]:
    """The rows of the page, how many there are in all, and the columns. Raises Malformed."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    tests = [_filter(each, columns) for each in query.all("filter")] if rows else []
    tests.append(text_test(query.one("text", ""), columns))
    found = [row for row in rows if all(test(row) for test in tests)]
    for name in reversed([each for each in query.one("sort", "").split(",") if each]):
        column = name.removeprefix("-")
        if rows and column not in columns:
            raise _unknown(column, columns)
        found.sort(key=lambda row: _rank(row.get(column)), reverse=name.startswith("-"))
    offset, limit = _number(query, "offset", 0), _number(query, "limit", MOST)
    return {
        "rows": found[offset : offset + min(limit, MOST)],
        "total": len(found),
        "columns": columns,
    }


def text_test(text: str, columns: Sequence[str]) -> Test:
    """Words are ANDed, `OR` ORs what stands left of it with what follows, from left to right;
    `field=value` looks in one column."""
    result: Test | None = None
    either = False
    for word in text.split():
        if word == OR:
            either = result is not None
            continue
        test = _word(word, columns)
        result = test if result is None else _joined(result, test, either)
        either = False
    return result or (lambda row: True)


def _joined(one: Test, other: Test, either: bool) -> Test:
    if either:
        return lambda row: one(row) or other(row)
    return lambda row: one(row) and other(row)


def _word(word: str, columns: Sequence[str]) -> Test:
    field, sign, value = word.partition(FIELD)
    if sign and field in columns:
        return _column(field, value)
    wanted = word.lower()
    if wanted.startswith(SERVER) and wanted[len(SERVER) :].isdigit():
        return lambda row: str(row.get("id", "")).startswith(wanted[len(SERVER) :])
    return lambda row: any(wanted in _text(value).lower() for value in row.values())


def _filter(term: str, columns: Sequence[str]) -> Test:
    """`column=value`, or `column=one|other`: exactly one of them."""
    column, sign, text = term.partition(FIELD)
    if not sign:
        raise Malformed(f"A filter is column{FIELD}value, not {term[:64]!r}.")
    if column not in columns:
        raise _unknown(column, columns)
    values = {each.lower() for each in text.split("|")}
    if values & {*_TRUE, *_FALSE}:
        wanted = {True for each in values if each in _TRUE} | {
            False for each in values if each in _FALSE
        }
        return lambda row: (
            row.get(column) in wanted
            if isinstance(row.get(column), bool)
            else _text(row.get(column)).lower() in values
        )
    return lambda row: _text(row.get(column)).lower() in values


def _column(column: str, value: str) -> Test:
    wanted = value.lower()
    if column == "id" and wanted.startswith(SERVER):
        return lambda row: _text(row.get(column)).startswith(wanted[len(SERVER) :])
    return lambda row: wanted in _text(row.get(column)).lower()


def _unknown(column: str, columns: Sequence[str]) -> Malformed:
    return Malformed(f"There is no column {column[:64]!r}; there are {', '.join(columns)}.")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rank(value: Any) -> tuple[int, Any]:
    """What is absent comes first; numbers by size, texts whatever their case."""
    if value is None:
        return 0, 0
    if isinstance(value, bool | int | float):
        return 1, value
    return 2, str(value).lower()


def _number(query: Query, name: str, default: int) -> int:
    text = query.one(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise Malformed(f"{name} is not a number.")
    return int(text)
