"""Werkzeug's patterns as OpenAPI's templates."""

from __future__ import annotations

import re
from typing import Any

_PART = re.compile(r"<(?:(?P<kind>\w+)(?:\((?P<given>.*?)\))?:)?(?P<name>\w+)>")
_WORD = re.compile(r"'([^']*)'")
_BIGGEST = 2**63 - 1


def template(pattern: str) -> str:
    """`/servers/<int:server>` as `/servers/{server}`."""
    return _PART.sub(lambda found: "{" + found["name"] + "}", pattern) or "/"


def parameters(pattern: str) -> list[dict[str, Any]]:
    """What stands in the path."""
    return [
        {
            "name": found["name"],
            "in": "path",
            "required": True,
            "schema": _schema(found["kind"], found["given"]),
        }
        for found in _PART.finditer(pattern)
    ]


def _schema(kind: str | None, given: str | None) -> dict[str, Any]:
    if kind == "int":
        return {"type": "integer", "minimum": 0, "maximum": _BIGGEST}
    if kind == "any":
        return {"type": "string", "enum": _WORD.findall(given or "")}
    return {"type": "string", "minLength": 1}
