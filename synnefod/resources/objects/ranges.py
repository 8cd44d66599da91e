"""Which bytes are asked for: `Range` of both dialects and `Content-Range` of Pithos updates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise

from attrs import frozen

from synnefod.common.errors import Malformed, RangeNotSatisfiable

MAX_RANGES = 50
MAX_OVERLAPS = 2
MAX_DISORDER = 8
_SPEC = re.compile(r"([0-9]{0,20})-([0-9]{0,20})")
_CONTENT_RANGE = re.compile(r"bytes\s+(?:(\d{1,20})-(\d{0,20})|\*)/(\d{1,20}|\*)")


@frozen
class Part:
    """`length` bytes from `start`; a part of something of known size is never empty."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def _specs(header: str | None) -> list[tuple[int | None, int | None]] | None:
    """The range specs of a header, or None when it is to be ignored (PIT-110)."""
    if header is None:
        return None
    unit, equals, rest = "".join(header.split()).partition("=")
    if unit.lower() != "bytes" or not equals:
        return None
    specs: list[tuple[int | None, int | None]] = []
    for text in rest.split(","):
        match = _SPEC.fullmatch(text)
        if match is None or text == "-":
            return None
        first = int(match[1]) if match[1] else None
        last = int(match[2]) if match[2] else None
        if first is not None and last is not None and first > last:
            return None
        specs.append((first, last))
    return specs


def pithos_parts(header: str | None, size: int) -> list[Part] | None:
    """The asked parts in the order asked; None for the whole.

    A range that leaves the object is refused with RangeNotSatisfiable (PIT-111).
    """
    specs = _specs(header)
    if specs is None:
        return None
    if len(specs) > MAX_RANGES:
        raise RangeNotSatisfiable(size, "Too many ranges.")
    parts = []
    for first, last in specs:
        if first is None:
            start, length = size - (last or 0), last or 0
        elif last is None:
            start, length = first, size - first
        else:
            start, length = first, last - first + 1
        if start < 0 or length < 1 or start + length > size:
            raise RangeNotSatisfiable(size, "The range leaves the object.")
        parts.append(Part(start, length))
    return parts


def swift_parts(header: str | None, size: int) -> list[Part] | None:
    """The asked parts that hold any byte, cut to the object; None for the whole.

    Raises RangeNotSatisfiable when no part is left, or when there are more parts, overlaps or
    jumps back than an honest client sends (object-storage.md 5.1).
    """
    specs = _specs(header)
    if specs is None:
        return None
    if size == 0 and any(first is None and last for first, last in specs):
        return None
    parts = []
    for first, last in specs:
        if first is None:
            length = min(last or 0, size)
            start = size - length
        else:
            start = first
            length = (size if last is None else min(last + 1, size)) - first
        if length > 0:
            parts.append(Part(start, length))
    if not parts or len(specs) > MAX_RANGES or _wasteful(parts):
        raise RangeNotSatisfiable(size, "The requested range is not satisfiable.")
    return parts


def _wasteful(parts: list[Part]) -> bool:
    disorder = sum(1 for a, b in pairwise(parts) if b.start < a.start)
    overlaps, end = 0, -1
    for part in sorted(parts, key=lambda part: part.start):
        overlaps += part.start < end
        end = max(end, part.start + part.length)
    return overlaps > MAX_OVERLAPS or disorder >= MAX_DISORDER


@frozen
class Target:
    """Where an update's bytes go: from `start` (None: append), `length` if announced (PIT-170)."""

    start: int | None
    length: int | None
    total: int | None


def content_range(header: str | None) -> Target:
    """Raises Malformed without a header, RangeNotSatisfiable for one that makes no sense."""
    if header is None:
        raise Malformed("Missing Content-Range header")
    match = _CONTENT_RANGE.fullmatch(header.strip())
    if match is None:
        raise RangeNotSatisfiable(0, "Invalid Content-Range header")
    total = None if match[3] == "*" else int(match[3])
    if match[1] is None:
        if total is not None:
            raise RangeNotSatisfiable(0, "Invalid Content-Range header")
        return Target(None, None, None)
    start = int(match[1])
    if not match[2]:
        return Target(start, None, total)
    last = int(match[2])
    if last < start or (total is not None and last >= total):
        raise RangeNotSatisfiable(0, "Invalid Content-Range header")
    return Target(start, last - start + 1, total)


def part_head(boundary: str, part: Part, size: int, fields: Iterable[tuple[str, str]]) -> bytes:
    """The head of one part of a multipart/byteranges body; `fields` before the blank line."""
    lines = [f"--{boundary}", f"Content-Range: {part.content_range(size)}"]
    lines += [f"{name}: {value}" for name, value in fields]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "replace")


def multipart_tail(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()


PartsOf = Callable[[str | None, int], list[Part] | None]
