"""Strict JSON in, stable JSON out (msgspec)."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

from synnefod.common.errors import Malformed

T = TypeVar("T")
_encoder = msgspec.json.Encoder()
_stable = msgspec.json.Encoder(order="deterministic")
_decoders: dict[Any, msgspec.json.Decoder[Any]] = {}


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
