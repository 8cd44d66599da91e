"""Repairs of txamqp 0.8.2's codec on Python 3: text measured in bytes, whole tables, bytes bodies.

What is wrong there: text is measured before it is encoded, so a non-ASCII word corrupts the frame;
tables know four types when read and two when written (`x-death` is an array, so dead letters
cannot be read); bodies that happen to be UTF-8 become text. `install` replaces these functions on
the package's own class, since its frames create codecs by themselves.

A field value is one type octet and the value (RabbitMQ's reading of the specification):

    t bool   b B s u I i l L  integers of 8, 8, 16, 16, 32, 32, 64, 64 bits (lower case signed,
    f d float double   D decimal   S text   T timestamp   x bytes   A array   F table   V nothing
    but I is signed and i unsigned)
"""

from __future__ import annotations

import struct
from decimal import Decimal
from io import BytesIO
from typing import Any

from txamqp.codec import Codec

_NUMBERS = {
    b"b": ">b", b"B": ">B", b"s": ">h", b"u": ">H", b"I": ">i", b"i": ">I",
    b"l": ">q", b"L": ">Q", b"f": ">f", b"d": ">d", b"T": ">Q",
}  # fmt: skip
DEEPEST = 32
"""Tables nested deeper than this are refused: they are an attack or a mistake."""


class UnknownFieldType(ValueError):
    """A table holds a type that AMQP does not know, or a value that it cannot express."""


def install() -> None:
    """Puts the repairs in place. A second call changes nothing."""
    Codec.enc_str = _enc_str
    Codec.encode_table = _encode_table
    Codec.decode_table = _decode_table


def encode_table(table: dict[str, Any]) -> bytes:
    """A table with its length in front. Raises UnknownFieldType."""
    return _table(table, 0)


def decode_table(raw: bytes) -> dict[str, Any]:
    """The table that `raw` (length in front) holds. Raises UnknownFieldType, ValueError."""
    return _read_table(BytesIO(raw), 0)


def _enc_str(codec: Any, layout: str, value: str | bytes) -> None:
    raw = value.encode() if isinstance(value, str) else value
    if layout == "!B" and len(raw) > 255:
        raise UnknownFieldType(f"a short text of {len(raw)} bytes; at most 255 are allowed")
    codec.pack(layout, len(raw))
    codec.write(raw)


def _encode_table(codec: Any, table: dict[str, Any]) -> None:
    codec.write(_table(table, 0))


def _decode_table(codec: Any) -> dict[str, Any]:
    size = codec.unpack("!L")
    raw = codec.read(size)
    return _read_pairs(raw, 0)


def _table(table: Any, depth: int) -> bytes:
    out = BytesIO()
    for key, value in table.items():
        name = str(key).encode()
        if len(name) > 255:
            raise UnknownFieldType("a header's name is longer than 255 bytes")
        out.write(bytes([len(name)]) + name + _field(value, depth))
    return struct.pack(">L", out.tell()) + out.getvalue()


def _field(value: Any, depth: int) -> bytes:
    if depth > DEEPEST:
        raise UnknownFieldType(f"a table nested deeper than {DEEPEST}")
    if value is None:
        return b"V"
    if isinstance(value, bool):
        return b"t" + bytes([value])
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return b"d" + struct.pack(">d", value)
    if isinstance(value, str):
        raw = value.encode()
        return b"S" + struct.pack(">L", len(raw)) + raw
    if isinstance(value, bytes | bytearray | memoryview):
        return b"x" + struct.pack(">L", len(value)) + bytes(value)
    if isinstance(value, list | tuple):
        items = b"".join(_field(item, depth + 1) for item in value)
        return b"A" + struct.pack(">L", len(items)) + items
    if hasattr(value, "items"):
        return b"F" + _table(value, depth + 1)
    raise UnknownFieldType(f"a header of type {type(value).__name__}")


def _integer(value: int) -> bytes:
    if -(2**31) <= value < 2**31:
        return b"I" + struct.pack(">i", value)
    if -(2**63) <= value < 2**63:
        return b"l" + struct.pack(">q", value)
    raise UnknownFieldType("a header's integer needs more than 64 bits")


def _read_table(stream: BytesIO, depth: int) -> dict[str, Any]:
    return _read_pairs(_read_long(stream), depth)


def _read_pairs(raw: bytes, depth: int) -> dict[str, Any]:
    stream = BytesIO(raw)
    table: dict[str, Any] = {}
    while stream.tell() < len(raw):
        name = _read(stream, _read(stream, 1)[0])
        table[_text(name)] = _read_field(stream, depth)
    return table


def _read_field(stream: BytesIO, depth: int) -> Any:
    if depth > DEEPEST:
        raise UnknownFieldType(f"a table nested deeper than {DEEPEST}")
    kind = _read(stream, 1)
    layout = _NUMBERS.get(kind)
    if layout is not None:
        return struct.unpack(layout, _read(stream, struct.calcsize(layout)))[0]
    if kind == b"t":
        return _read(stream, 1) != b"\0"
    if kind == b"S":
        return _text(_read_long(stream))
    if kind == b"x":
        return _read_long(stream)
    if kind == b"F":
        return _read_table(stream, depth + 1)
    if kind == b"A":
        inner = BytesIO(raw := _read_long(stream))
        items = []
        while inner.tell() < len(raw):
            items.append(_read_field(inner, depth + 1))
        return items
    if kind == b"D":
        scale, value = struct.unpack(">Bi", _read(stream, 5))
        return Decimal(value).scaleb(-scale)
    if kind == b"V":
        return None
    raise UnknownFieldType(f"a table field of type {kind!r}")


def _read_long(stream: BytesIO) -> bytes:
    return _read(stream, struct.unpack(">L", _read(stream, 4))[0])


def _read(stream: BytesIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ValueError("a table ends in the middle of a field")
    return data


def _text(raw: bytes) -> Any:
    """Text, or the bytes themselves where they are none (RabbitMQ's S is any bytes)."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw
