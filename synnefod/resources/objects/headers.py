"""The header families of the object store: how they are read, limited and written.

Pithos percent-decodes every request header and capitalises the names of its families (PIT-008 to
PIT-011); Swift takes UTF-8 as it comes (object-storage.md 5.1).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import unquote_to_bytes

from synnefod.common.errors import Malformed

MAX_NAME = 128
MAX_VALUE = 256
MAX_COUNT = 90
MAX_OVERALL = 4096
TRUE_WORDS = frozenset(("true", "1", "yes", "on", "t", "y"))
_UNSAFE = re.compile(r"[^\x20-\x24\x26-\x7e]")
_BREAKS = re.compile(r"[\r\n\0]")


def canonical(name: str) -> str:
    """`x-object-meta-foo_bar` as `X-Object-Meta-Foo-Bar` (PIT-010)."""
    return "-".join(word.capitalize() for word in name.replace("_", "-").split("-"))


def percent_decoded(text: str) -> str:
    """PIT-008. Raises Malformed when the decoded bytes are not UTF-8 or hold NUL."""
    if "%" not in text:
        return text
    try:
        decoded = unquote_to_bytes(text).decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("Bad character in headers.") from None
    if "\0" in decoded:
        raise Malformed("Bad character in headers.")
    return decoded


def percent_encoded(text: str) -> str:
    """Encodes `%`, control and non-ASCII bytes, nothing else (PIT-012)."""
    return _UNSAFE.sub(lambda match: "".join(f"%{b:02X}" for b in match[0].encode()), text)


class PithosHeaders:
    """The request's headers as Pithos reads them: ASCII, percent-decoded once."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in items:
            if not (name.isascii() and value.isascii()):
                raise Malformed("Bad character in headers.")
            _join(self._values, percent_decoded(name).lower(), percent_decoded(value))

    def get(self, name: str) -> str | None:
        """The value, or None. Names without regard to case."""
        return self._values.get(name.lower())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def replaced(self, changes: Mapping[str, str]) -> PithosHeaders:
        """The same with other values for some names."""
        headers = PithosHeaders(())
        lower = {name.lower(): value for name, value in changes.items()}
        headers._values = {**self._values, **lower}
        return headers

    def value(self, name: str) -> str | None:
        """A settable header's value without `~` (PIT-011), within its limit, or None."""
        found = self._values.get(name.lower())
        if found is None:
            return None
        found = found.replace("~", "").strip()
        if len(found) > MAX_VALUE:
            raise Malformed("Header value too large.")
        return found

    def family(self, prefix: str) -> dict[str, str]:
        """Headers that start with `prefix`: the rest of the name, capitalised, to its value.

        Raises Malformed beyond the limits of object-storage.md 3.5.
        """
        low = prefix.lower().replace("_", "-")
        found: dict[str, str] = {}
        for name, value in self._values.items():
            if not name.replace("_", "-").startswith(low) or len(name) == len(low):
                continue
            if len(name) > MAX_NAME:
                raise Malformed("Header name too large.")
            text = value.replace("~", "").strip()
            if len(text) > MAX_VALUE:
                raise Malformed("Header value too large.")
            found[canonical(name[len(low) :])] = text
        if len(found) > MAX_COUNT:
            raise Malformed("Too many headers.")
        return found


class SwiftHeaders:
    """The request's headers as Swift reads them: UTF-8, never percent-decoded."""

    def __init__(self, items: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in items:
            _join(self._values, name.lower(), value)

    def get(self, name: str) -> str | None:
        return self._values.get(name.lower())

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._values

    def true(self, name: str) -> bool:
        return (self._values.get(name.lower()) or "").strip().lower() in TRUE_WORDS

    def changes(self, level: str) -> dict[str, str]:
        """Metadata of an account or container to merge, by full name; "" removes (5.1).

        `level` is "Account" or "Container". `X-Remove-` beats a value in the same request.
        """
        prefix = f"X-{level}-Meta-"
        found = {prefix + name: value for name, value in self.family(prefix).items()}
        for name in self._family_names(f"x-remove-{level.lower()}-meta-"):
            found[prefix + canonical(name)] = ""
        return found

    def family(self, prefix: str) -> dict[str, str]:
        """Headers that start with `prefix`, within the limits that /info publishes (5.2)."""
        found: dict[str, str] = {}
        overall = 0
        for name in self._family_names(prefix.lower()):
            value = self._values[prefix.lower() + name].strip()
            if not name:
                raise Malformed("Metadata name cannot be empty")
            if not _is_text(name) or not _is_text(value):
                raise Malformed("Metadata must be valid UTF-8")
            size = len(name.encode()), len(value.encode())
            if size[0] > MAX_NAME:
                raise Malformed(f"Metadata name too long: {prefix}{name}")
            if size[1] > MAX_VALUE:
                raise Malformed(f"Metadata value longer than {MAX_VALUE}: {prefix}{name}")
            overall += sum(size)
            found[canonical(name)] = value
        if len(found) > MAX_COUNT:
            raise Malformed(f"Too many metadata items; max {MAX_COUNT}")
        if overall > MAX_OVERALL:
            raise Malformed(f"Total metadata too large; max {MAX_OVERALL}")
        return found

    def _family_names(self, low: str) -> list[str]:
        return [name[len(low) :] for name in self._values if name.startswith(low)]


def _join(values: dict[str, str], name: str, value: str) -> None:
    """A header sent several times is one (RFC 9110 5.3)."""
    values[name] = f"{values[name]}, {value}" if name in values else value


def _is_text(text: str) -> bool:
    """Whether `text` came from UTF-8: in values, bytes that were not are lone surrogates; in
    names, whatever is not ASCII is U+FFFD."""
    if "\ufffd" in text:
        return False
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def swift_fields(values: Mapping[str, str]) -> dict[str, str]:
    """Stored headers as Swift sends them: values in UTF-8, names always ASCII."""
    return {percent_encoded(name): one_line(value) for name, value in values.items()}


def one_line(text: str) -> str:
    """Text that cannot break out of its header."""
    return _BREAKS.sub(" ", text)


def natural(text: str | None) -> int | None:
    """PIT-021: a non-negative integer, or None for anything else."""
    if text is None or not re.fullmatch(r"[0-9]{1,40}", text.strip()):
        return None
    return int(text)
