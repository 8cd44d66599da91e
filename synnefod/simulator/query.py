"""Ganeti's query language, as far as jobs need it: `["|", ["=", "id", 3], [">", "id", 9]]`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_NORMAL, _UNKNOWN, _UNAVAILABLE = 0, 1, 3


class BadQuery(Exception):
    """The filter is not understood."""


def select(
    things: Iterable[Mapping[str, Any]], fields: Sequence[str], condition: Any
) -> list[list[list[Any]]]:
    """Rows of `[state, value]` for the things that the condition holds for."""
    if not fields:
        raise BadQuery("Missing query fields")
    return [[_cell(thing, name) for name in fields] for thing in things if holds(condition, thing)]


def _cell(thing: Mapping[str, Any], name: str) -> list[Any]:
    """A value, or why there is none: a job's time that is yet to come is "unavailable"."""
    if name not in thing:
        return [_UNKNOWN, None]
    return [_UNAVAILABLE if thing[name] is None else _NORMAL, thing[name]]


def named(condition: Any) -> list[int] | None:
    """The numbers of a filter that is nothing but `id = N or id = M ...`; None for any other."""
    if not isinstance(condition, list) or not condition:
        return None
    parts = condition[1:] if condition[0] == "|" else [condition]
    numbers = [
        part[2]
        for part in parts
        if isinstance(part, list) and len(part) == 3 and part[:2] in (["=", "id"], ["==", "id"])
    ]
    return numbers if numbers and len(numbers) == len(parts) else None


def absent(number: int, fields: Sequence[str]) -> list[list[Any]]:
    """The row of a job that is not known."""
    return [[_NORMAL, number] if name == "id" else [_UNAVAILABLE, None] for name in fields]


def holds(condition: Any, thing: Mapping[str, Any]) -> bool:
    """Whether a filter is true of a thing; no filter is. Raises BadQuery."""
    if condition is None:
        return True
    if not isinstance(condition, list) or not condition:
        raise BadQuery(f"Invalid query filter: {condition!r}")
    operator, *rest = condition
    if operator == "|":
        return any(holds(each, thing) for each in rest)
    if operator == "&":
        return all(holds(each, thing) for each in rest)
    if operator == "!" and len(rest) == 1:
        return not holds(rest[0], thing)
    if len(rest) != 2:
        raise BadQuery(f"Invalid query filter: {condition!r}")
    name, wanted = rest
    value = thing.get(name)
    try:
        if operator in ("=", "=="):
            return bool(value == wanted)
        if operator == "!=":
            return bool(value != wanted)
        if operator == "<":
            return bool(value < wanted)
        if operator == ">":
            return bool(value > wanted)
        if operator == "<=":
            return bool(value <= wanted)
        if operator == ">=":
            return bool(value >= wanted)
    except TypeError:
        raise BadQuery(f"Cannot compare {name} with {wanted!r}") from None
    raise BadQuery(f"Unknown filter operator {operator!r}")
