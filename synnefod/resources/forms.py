"""Forms as browsers send them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from synnefod.common.errors import Malformed

FORM_LIMIT = 64 << 10
"""Bytes of a form."""


def parse_form(raw: bytes) -> dict[str, str]:
    """`application/x-www-form-urlencoded`; of repeated fields the last. Raises Malformed."""
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=100
        )
    except (UnicodeDecodeError, ValueError):
        raise Malformed("The body is not a form.") from None
    return dict(pairs)
