"""Files that commands are given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from synnefod.admin.transport import USAGE, Failure


def text_of(file: str) -> str:
    """The whole of FILE ("-": standard input) as text. Raises Failure."""
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise Failure(f"{file}: {why}", USAGE) from None


def json_object_of(file: str) -> dict[str, Any]:
    """FILE as a JSON object. Raises Failure."""
    try:
        found = json.loads(text_of(file))
    except ValueError as error:
        raise Failure(f"{file}: {error}", USAGE) from None
    if not isinstance(found, dict):
        raise Failure(f"{file}: not a JSON object", USAGE)
    return found
