"""Files and user data that a new server is given: what is taken, and how it is handed on."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from synnefod.common.errors import Malformed, TooLarge
from synnefod.compute.interface import Limits, NewServer


def personality_document(wanted: NewServer) -> list[dict[str, Any]]:
    return [
        {
            "path": file.path,
            "contents": file.contents,
            "owner": file.owner,
            "group": file.group,
            "mode": file.mode,
        }
        for file in wanted.personality
    ]


def check_personality(wanted: NewServer, limits: Limits) -> None:
    """CMP-073 to CMP-075."""
    if len(wanted.personality) > limits.max_personality:
        raise TooLarge(f"At most {limits.max_personality} personality files are taken.")
    for file in wanted.personality:
        if len(file.contents) > limits.max_personality_size:
            raise TooLarge("A personality file is too large.")
        if not file.path:
            raise Malformed("A personality file has no path.")
        _check_base64(file.contents, "The contents of a personality file")


def check_user_data(text: str | None) -> None:
    """CMP-071, CMP-072."""
    if text is None:
        return
    if len(text) > 65535:
        raise Malformed("The user data has at most 65535 encoded characters.")
    _check_base64(text, "The user data")


def _check_base64(text: str, what: str) -> None:
    try:
        base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeError, ValueError):
        raise Malformed(f"{what} is not valid base64.") from None
