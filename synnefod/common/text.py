"""Text on the wire: dates, names of bounded length, percent-encoding."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes

from synnefod.common.errors import Malformed

MICROSECONDS = 1_000_000


def micros(seconds: float) -> int:
    """Seconds since the epoch as whole microseconds, the form in which times are stored."""
    return round(seconds * MICROSECONDS)


def iso_z(when: int) -> str:
    """`2026-01-02T03:04:05Z` (Nova, Keystone v3 adds fractions: see `iso_z_micros`)."""
    return datetime.fromtimestamp(when // MICROSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_z_micros(when: int) -> str:
    """`2026-01-02T03:04:05.678901Z`."""
    seconds, fraction = divmod(when, MICROSECONDS)
    return f"{_iso(seconds)}.{fraction:06d}Z"


@lru_cache(4096)
def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def iso_offset(when: int) -> str:
    """`2026-01-02T03:04:05.678901+00:00`, the form of Synnefo's APIs (identity.md, notation)."""
    return iso_z_micros(when)[:-1] + "+00:00"


def iso_plain(when: int) -> str:
    """`2026-01-02 03:04:05`, UTC: the form of Synnefo's image service (CMP-014)."""
    return datetime.fromtimestamp(when // MICROSECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S")


def parse_iso(text: str, what: str = "date") -> int:
    """Microseconds since the epoch of an ISO 8601 date; without an offset it is UTC."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Malformed(f"'{text[:64]}' is not a valid {what}.") from None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return micros(when.timestamp())


def http_date(when: int) -> str:
    """RFC 9110 5.6.7 (`Sun, 06 Nov 1994 08:49:37 GMT`), cut to seconds."""
    return _http_date(when // MICROSECONDS)


@lru_cache(4096)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def parse_http_date(text: str) -> int | None:
    """Microseconds since the epoch, or None for text that is no HTTP date."""
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return micros(when.timestamp())


def decode_segment(raw: bytes, what: str = "path") -> str:
    """One percent-encoded path segment as text. Raises Malformed unless it is UTF-8 without NUL."""
    try:
        text = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed(f"The {what} is not valid UTF-8.") from None
    if "\x00" in text:
        raise Malformed(f"The {what} holds a NUL character.")
    return text


def encode_path(text: str) -> str:
    """Percent-encodes a name for a URL, keeping slashes."""
    return quote(text, safe="/~")
