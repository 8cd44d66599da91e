"""Strict JSON in, stable JSON out (msgspec)."""

from __future__ import annotations

import re
from typing import Any, TypeVar, overload

import msgspec

from synnefod.common.errors import Malformed

T = TypeVar("T")
_encoder = msgspec.json.Encoder()
_stable = msgspec.json.Encoder(order="deterministic")
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
DEPTH_LIMIT = 64
"""Levels of objects and lists in a document that a client sends (identity.md 5)."""
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


def dump(value: object) -> bytes:
    """Compact UTF-8 JSON, keys in insertion order."""
    return _encoder.encode(value)


def dump_stable(value: object) -> bytes:
    """Compact UTF-8 JSON with sorted keys: equal values give equal bytes."""
    return _stable.encode(value)


def dump_text(value: object) -> str:
    """`dump` as text, the form in which JSON is kept in a column."""
    return _encoder.encode(value).decode()


@overload
def parse(raw: bytes | str) -> Any: ...
@overload
def parse(raw: bytes | str, kind: type[T]) -> T: ...


def parse(raw: bytes | str, kind: Any = Any) -> Any:
    """The value of a JSON document, checked against `kind` (a msgspec type) without coercion.

    Raises Malformed with the place and the reason; the text is fit for the person who sent it.
    """
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Malformed(f"Invalid request body: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"The body is not valid JSON: {error}.") from None


@overload
def parse_sent(raw: bytes) -> Any: ...
@overload
def parse_sent(raw: bytes, kind: type[T]) -> T: ...


def parse_sent(raw: bytes, kind: Any = Any) -> Any:
    """`parse` for what a client sent: deep nesting is refused, and NUL in any text.

    No engine's text may hold a NUL and PostgreSQL refuses it late; no document of ours is deep,
    and what walks one may recurse. Raises Malformed.
    """
    if b"u0000" in raw and _ESCAPED_NUL.search(raw):
        raise Malformed("The body holds a NUL character.")
    if raw.count(b"[") + raw.count(b"{") > DEPTH_LIMIT and _is_deep(raw):
        raise Malformed(f"The body is nested deeper than {DEPTH_LIMIT} levels.")
    return parse(raw, kind)


def _is_deep(raw: bytes) -> bool:
    """Whether brackets are nested deeper than DEPTH_LIMIT, or do not match at all.

    Each round takes the innermost pairs away, in a time that does not depend on Python's loops:
    a body may be 64 MiB of brackets.
    """
    left = _STRING.sub(b"", raw).translate(None, _NO_BRACKETS)
    for _ in range(DEPTH_LIMIT):
        shorter = left.replace(b"[]", b"").replace(b"{}", b"")
        if len(shorter) == len(left):
            break
        left = shorter
    return b"[" in left or b"{" in left
