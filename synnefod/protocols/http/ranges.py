"""The Range header of RFC 9110 14, and multipart/byteranges bodies. Pure; `If-Range` is the
caller's."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from synnefod.common.errors import RangeNotSatisfiable

MAX_RANGES = 50
"""More parts than this in one request are refused (object-storage.md 5.1, row 57)."""
_UNIT = re.compile(r"\s*bytes\s*=(.*)", re.IGNORECASE | re.DOTALL)
_PART = re.compile(r"(\d{0,18})\s*-\s*(\d{0,18})")


@frozen
class Span:
    """The bytes from `start` up to and without `stop`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        return self.stop - self.start

    def content_range(self, size: int) -> str:
        """`bytes 0-9/100`."""
        return f"bytes {self.start}-{self.stop - 1}/{size}"


def parse_range(header: str | None, size: int) -> list[Span] | None:
    """The asked parts of a thing of `size` bytes, in the order asked; None for all of it.

    A header that is malformed, or in another unit, is ignored, as RFC 9110 14.2 says. Parts that
    reach beyond the end are cut; those that lie beyond it are left out. Raises
    RangeNotSatisfiable when nothing is left, or when more than MAX_RANGES are asked.
    """
    if header is None:
        return None
    unit = _UNIT.fullmatch(header)
    if unit is None:
        return None
    asked = [text.strip() for text in unit.group(1).split(",")]
    spans: list[Span] = []
    for text in asked:
        part = _PART.fullmatch(text)
        if part is None or text == "-":
            return None
        first, last = part.groups()
        if not first:
            spans.append(Span(max(0, size - int(last)), size))
        elif last and int(last) < int(first):
            return None
        else:
            spans.append(Span(int(first), min(int(last) + 1, size) if last else size))
    if len(spans) > MAX_RANGES:
        raise RangeNotSatisfiable(size, f"At most {MAX_RANGES} ranges can be asked for.")
    spans = [span for span in spans if span.start < span.stop]
    if not spans:
        raise RangeNotSatisfiable(size)
    return spans


def part_head(boundary: str, span: Span, size: int, content_type: str) -> bytes:
    """What stands before the bytes of one part of a multipart/byteranges body."""
    return (
        f"--{boundary}\r\nContent-Type: {content_type}\r\n"
        f"Content-Range: {span.content_range(size)}\r\n\r\n"
    ).encode("utf-8", "surrogateescape")


PART_END = b"\r\n"


def multipart_end(boundary: str) -> bytes:
    """What stands after the last part."""
    return f"--{boundary}--\r\n".encode()


def multipart_length(boundary: str, spans: Sequence[Span], size: int, content_type: str) -> int:
    """The Content-Length of the whole body."""
    parts = sum(
        len(part_head(boundary, span, size, content_type)) + span.length + len(PART_END)
        for span in spans
    )
    return parts + len(multipart_end(boundary))
