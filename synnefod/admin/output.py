"""Rows as a table, as CSV or as JSON (OPS-005)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

FORMATS = ("pretty", "csv", "json")
UNITS = ("b", "kb", "mb", "gb", "tb", "pb", "auto", "none")
Rows = Sequence[Mapping[str, Any]]


def table(rows: Rows, columns: Sequence[str], form: str, *, headers: bool = True) -> str:
    """A list; JSON is a list of objects keyed by column, with or without headers."""
    if form == "json":
        return as_json([{column: row.get(column) for column in columns} for row in rows])
    cells = [[word(row.get(column)) for column in columns] for row in rows]
    if form == "csv":
        return _csv([list(columns), *cells] if headers else cells)
    return _drawn(columns, cells, headers)


def thing(row: Mapping[str, Any], tables: Mapping[str, Rows], form: str) -> str:
    """One thing and what belongs to it; JSON is one object, CSV has a line for each value."""
    if form == "json":
        return as_json({**row, **tables})
    pairs = [[key, word(value)] for key, value in row.items()]
    if form == "csv":
        text = _csv(pairs)
    else:
        width = max((len(key) for key, _ in pairs), default=0)
        text = "\n".join(f"{key:<{width}} : {value}".rstrip() for key, value in pairs)
    for name, rows in tables.items():
        columns = list(dict.fromkeys(key for each in rows for key in each))
        inner = table(rows, columns, form) if rows else "none"
        text += f"\n\n{name}\n{inner}"
    return text.lstrip("\n")


def as_json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)


def word(value: Any) -> str:
    """A value in a cell; nothing is empty."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(word(each) for each in value)
    return str(value)


def size(value: int | None, style: str) -> str:
    """Bytes in a unit; None is without limit."""
    if value is None:
        return "inf"
    if style == "none":
        return str(value)
    if style == "auto":
        steps = 0
        while steps < 5 and abs(value) >= 1024 ** (steps + 1):
            steps += 1
    else:
        steps = UNITS.index(style)
    number = f"{value / 1024**steps:.2f}".rstrip("0").rstrip(".")
    return f"{number} {UNITS[steps].upper()}"


def sized(rows: Rows, columns: Sequence[str], style: str) -> list[dict[str, Any]]:
    """The rows with their figures as text: bytes in `style` where `unit` says bytes."""
    shown = []
    for row in rows:
        style_here = style if row.get("unit") == "bytes" else "none"
        shown.append({**row, **{key: size(row[key], style_here) for key in columns if key in row}})
    return shown


def _csv(lines: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().rstrip("\n")


def _drawn(columns: Sequence[str], cells: Sequence[Sequence[str]], headers: bool) -> str:
    # rich is slow to import, and only pictures need it.
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, show_header=headers, pad_edge=False, show_edge=False)
    for column in columns:
        drawn.add_column(column, no_wrap=True, overflow="ignore")
    for line in cells:
        drawn.add_row(*line)
    # As wide as it must be: a terminal may wrap, a pipe must not lose anything.
    width = sum(
        max([len(column), *(len(line[place]) for line in cells)]) + 3
        for place, column in enumerate(columns)
    )
    out = io.StringIO()
    console = Console(file=out, width=max(width * 2, 80), color_system=None, markup=False)
    console.print(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().rstrip("\n").split("\n"))
