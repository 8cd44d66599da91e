"""Object data as an answer: the whole, one part, or several parts in one body."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence

from attrs import frozen

from synnefod.objects.interface import Reading
from synnefod.resources.objects.ranges import Part, multipart_tail, part_head


@frozen
class Data:
    """What to send: a status, extra headers, and bytes whose first block is verified.

    `length` is None when it is not announced (several parts of a Pithos answer, PIT-113).
    """

    status: int
    headers: dict[str, str]
    body: AsyncIterator[bytes]
    length: int | None


async def whole(reading: Reading, size: int) -> Data:
    return Data(200, {}, await reading.data(), size)


async def asked_for(
    reading: Reading,
    size: int,
    parts: Sequence[Part] | None,
    *,
    part_fields: Sequence[tuple[str, str]],
    announce: bool = False,
) -> Data:
    """The data of `parts` (None: all of it). `part_fields` are the headers of each of several
    parts after its Content-Range; `announce` the length of such a body."""
    if parts is None:
        return await whole(reading, size)
    if len(parts) == 1:
        part = parts[0]
        data = await reading.data(part.start, part.start + part.length)
        return Data(206, {"Content-Range": part.content_range(size)}, data, part.length)
    boundary = secrets.token_hex(16)
    heads = [part_head(boundary, part, size, part_fields) for part in parts]
    first = await reading.data(parts[0].start, parts[0].start + parts[0].length)
    length = None
    if announce:
        length = sum(len(head) + part.length + 2 for head, part in zip(heads, parts, strict=True))
        length += len(multipart_tail(boundary))
    return Data(
        206,
        {"Content-Type": f"multipart/byteranges; boundary={boundary}"},
        _joined(reading, parts, heads, first, multipart_tail(boundary)),
        length,
    )


async def _joined(
    reading: Reading,
    parts: Sequence[Part],
    heads: Sequence[bytes],
    first: AsyncIterator[bytes],
    tail: bytes,
) -> AsyncIterator[bytes]:
    for number, (part, head) in enumerate(zip(parts, heads, strict=True)):
        yield head
        data = first if number == 0 else await reading.data(part.start, part.start + part.length)
        async for piece in data:
            yield piece
        yield b"\r\n"
    yield tail
