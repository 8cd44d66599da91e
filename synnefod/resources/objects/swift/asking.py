"""A request to the Swift mount, read once, and how this mount words its answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from attrs import frozen

from synnefod.common.errors import Malformed, PreconditionFailed
from synnefod.common.principal import Principal
from synnefod.common.text import MICROSECONDS, http_date
from synnefod.objects.interface import ConditionFailed, NoSuchVersion, Objects, Unchanged
from synnefod.resources.call import NOBODY, Call, Reply
from synnefod.resources.objects.formats import TEXT, swift_format
from synnefod.resources.objects.headers import TRUE_WORDS, SwiftHeaders, natural
from synnefod.resources.objects.paths import Location

LISTING_LIMIT = 10_000
MAX_FILE = 5_368_709_122
HTML = "text/html; charset=UTF-8"


@frozen
class Settings:
    """What a deployment chooses of the Swift face.

    `versioning` is the policy of containers made here (object-storage.md 5.8): Swift's clients
    can neither see nor purge the history that `auto` would keep.
    """

    objects: Objects
    versioning: str = "none"


@frozen
class Ask:
    """One request: `at` says where it points, `principal` who asks, maybe by other means than a
    token. `hops` counts the links that have led there (5.14). `role` is that of who acts for the
    account's owner (5.7)."""

    call: Call
    at: Location
    headers: SwiftHeaders
    settings: Settings
    principal: Principal = NOBODY
    hops: int = 0
    role: str = ""

    @property
    def objects(self) -> Objects:
        return self.settings.objects

    def text(self, name: str) -> str:
        """A parameter, "" if it is absent. Raises Malformed for NUL in it."""
        found = self.call.query.one(name) or ""
        if "\0" in found:
            raise Malformed("The query holds a NUL character.")
        return found

    def true(self, name: str) -> bool:
        return self.text(name).strip().lower() in TRUE_WORDS

    def bound(self, name: str) -> str:
        """`marker` or `end_marker`. No name holds NUL, so what a client writes with one, to have
        a bound included, is said without (5.4)."""
        text, nul, _ = (self.call.query.one(name) or "").partition("\0")
        upper = (name == "end_marker") != self.true("reverse")
        return text + "\x01" if nul and upper else text

    @property
    def limit(self) -> int:
        """Raises PreconditionFailed beyond the published maximum; nonsense means the default."""
        asked = natural(self.call.query.one("limit"))
        if asked is None:
            return LISTING_LIMIT
        if asked > LISTING_LIMIT:
            raise PreconditionFailed(f"Maximum limit is {LISTING_LIMIT}")
        return asked


def version_of(ask: Ask) -> int | None:
    """`version-id`, or None. Raises NoSuchVersion for what is no serial number."""
    text = ask.call.query.one("version-id")
    if text is None or text == "null" or ask.hops:
        return None
    number = natural(text)
    if number is None or number >= 2**63:
        raise NoSuchVersion
    return number


class Bytes:
    """A body that is all here. A `Source`."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    async def read_some(self) -> bytes:
        data, self._data = self._data, b""
        return data


class Flowing:
    """A body that comes from elsewhere in pieces. A `Source`."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    async def read_some(self) -> bytes:
        async for piece in self._pieces:
            if piece:
                return piece
        return b""


def ceiling(when: int) -> str:
    """An HTTP date, rounded up to the next second (object-storage.md 5.1)."""
    return http_date(-(-when // MICROSECONDS) * MICROSECONDS)


def timestamp(when: int) -> str:
    """`X-Timestamp`: seconds with five decimals, 16 characters (object-storage.md 5.9)."""
    return f"{when // MICROSECONDS:010d}.{when % MICROSECONDS // 10:05d}"


def reply(status: int, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer without a body."""
    return Reply(
        status=status, headers=dict(headers or {}), content_type="text/html; charset=UTF-8"
    )


def listing_format(ask: Ask) -> tuple[str, str]:
    """The format of a listing and its media type. Raises NotAcceptable."""
    return swift_format(ask.call.query.one("format"), ask.headers.get("Accept"))


def listing_reply(
    ask: Ask, form: tuple[str, str], headers: Mapping[str, str], body: bytes | None
) -> Reply:
    """A listing; without `body`, or when it is empty text, 204 (object-storage.md 5.4)."""
    kind, media = form
    found = dict(headers)
    if "format" not in ask.call.query and ask.headers.get("Accept"):
        found["Vary"] = "Accept"
    empty = body is None or (kind == TEXT and not body)
    return Reply(
        body=None if empty else body,
        status=204 if empty else 200,
        headers=found,
        content_type=f"{media}; charset=utf-8",
    )


def refused(error: Unchanged | ConditionFailed) -> Reply:
    """304 and 412 of a read carry what the client's copy is compared with (5.1)."""
    headers = {"Accept-Ranges": "bytes"}
    if error.checksum:
        headers["Etag"] = error.checksum
    if error.modified:
        headers["Last-Modified"] = ceiling(error.modified)
    if isinstance(error, Unchanged):
        return Reply(status=304, headers=headers)
    return Reply(
        body="<html><h1>Precondition Failed</h1><p>A precondition does not hold.</p></html>",
        status=412,
        headers=headers,
        content_type=HTML,
    )
