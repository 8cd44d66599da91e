"""A request to the Pithos mount, read once: where it points, its headers, its parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.common.text import MICROSECONDS, encode_path, parse_iso
from synnefod.objects.interface import (
    MAX_LISTING,
    Account,
    Object,
    Objects,
    Publication,
    Sharing,
    Terms,
)
from synnefod.resources.call import Call, Reply
from synnefod.resources.objects.formats import TEXT, TYPES, pithos_format
from synnefod.resources.objects.headers import PithosHeaders, natural
from synnefod.resources.objects.paths import Location

END_OF_TIME = 253_402_300_799
MAX_MEMBER = 256
EXPIRES, DOWNLOADS = "X-Object-Public-Expires", "X-Object-Public-Downloads"
MOST_DOWNLOADS = 1_000_000_000


@frozen
class Settings:
    """What a deployment chooses of the Pithos face.

    `public_path` is where published objects are served; `etag_md5` reports the MD5 as ETag
    (PIT-103); `keep_md5` computes it while a body streams in (object-storage.md 2.6);
    `list_limit` is the default and largest page of a listing. `public_host` ("host" or
    "host:port") is the only one under which published objects are served; "" for any (PIT-221).
    `by_name`: people are called by name (PIT-024).
    """

    objects: Objects
    public_path: str = "/pithos/public"
    etag_md5: bool = False
    keep_md5: bool = True
    list_limit: int = MAX_LISTING
    public_host: str = ""
    by_name: bool = False


class Shows(Protocol):
    """How people are called in answers; see `names.Names`."""

    async def of(self, ids: Iterable[str]) -> dict[str, str]: ...

    async def objects(self, found: Sequence[Object]) -> list[Object]: ...

    async def account(self, account: Account) -> Account: ...


@frozen
class Ask:
    """One request: `at` says where it points. `names` calls people by name, if they are."""

    call: Call
    at: Location
    headers: PithosHeaders
    settings: Settings
    names: Shows | None = None

    async def shown(self, found: Object) -> Object:
        """An object as its asker is told of it (PIT-024)."""
        return found if self.names is None else (await self.names.objects([found]))[0]

    @property
    def objects(self) -> Objects:
        return self.settings.objects

    def flag(self, name: str) -> bool:
        """PIT-023: true when present, whatever its value."""
        return name in self.call.query

    def text(self, name: str) -> str:
        return self.call.query.one(name) or ""

    @property
    def until(self) -> int | None:
        """In microseconds; beyond all calendars is the end of them (6.1, 21)."""
        seconds = natural(self.call.query.one("until"))
        return None if seconds is None else min(seconds, END_OF_TIME) * MICROSECONDS

    @property
    def limit(self) -> int:
        """PIT-045, PIT-083: absent, invalid and 0 mean the default, more is cut to it."""
        asked = natural(self.call.query.one("limit"))
        return min(asked or self.settings.list_limit, self.settings.list_limit)

    def format(self, default: str) -> str:
        return pithos_format(
            self.call.query.one("format"), self.call.path, self.headers.get("Accept"), default
        )

    def link(self, token: str) -> str:
        """The public URL of a published object (PIT-217)."""
        base = self.call.base
        if self.settings.public_host:
            base = f"{base.partition('://')[0]}://{self.settings.public_host}"
        return f"{base}{self.settings.public_path}/{encode_path(token)}"


def reply(
    status: int,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    kind: str = TEXT,
) -> Reply:
    """An answer that the server words itself; its type says UTF-8 in capitals (4.5)."""
    return Reply(
        body=body,
        status=status,
        headers=dict(headers or {}),
        content_type=f"{TYPES[kind]}; charset=UTF-8",
    )


def listing_reply(kind: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """PIT-035, PIT-082: an empty text listing is 204, JSON and XML are always 200."""
    if kind == TEXT and not body:
        return reply(204, headers)
    return reply(200, headers, body, kind)


def sharing_of(text: str | None) -> Sharing | None:
    """`X-Object-Sharing` (PIT-208, PIT-209); None without the header, empty to remove."""
    if text is None:
        return None
    sides: dict[str, list[str]] = {"read": [], "write": []}
    compact = "".join(text.lower().split())
    for part in compact.split(";") if compact else []:
        if not part:
            continue
        side, equals, members = part.partition("=")
        names = [name for name in members.split(",") if name]
        if side not in sides or not equals or not names:
            raise Malformed("Bad X-Object-Sharing header value: invalid permissions")
        if any(len(name) > MAX_MEMBER for name in names):
            raise Malformed("Bad X-Object-Sharing header value: member name too large")
        sides[side] += names
    write = _distinct(sides["write"])
    read = tuple(name for name in _distinct(sides["read"]) if name not in write)
    return Sharing(read=read, write=write)


def _distinct(names: list[str]) -> tuple[str, ...]:
    return ("*",) if "*" in names else tuple(dict.fromkeys(names))


def public_of(headers: PithosHeaders) -> Publication:
    """`X-Object-Public` (PIT-131); None without the header. With `true`, `X-Object-Public-Expires`
    and `X-Object-Public-Downloads` are the link's terms (UI-214)."""
    terms = _terms_of(headers)
    text = headers.get("X-Object-Public")
    if text is None:
        if terms is not None:
            raise Malformed("The terms of a public link go with X-Object-Public: true")
        return None
    word = "".join(text.split()).replace("~", "").lower()
    if word == "true":
        return terms or True
    if word in ("", "false"):
        return False
    raise Malformed("Bad X-Object-Public header value")


def _terms_of(headers: PithosHeaders) -> Terms | None:
    """A time in ISO 8601 (UTC) and a number; an empty value takes the term away."""
    until, most = headers.value(EXPIRES), headers.value(DOWNLOADS)
    if until is None and most is None:
        return None
    expires = parse_iso(until, EXPIRES) if until else None
    if expires is not None and not 0 < expires <= END_OF_TIME * MICROSECONDS:
        raise Malformed(f"Bad {EXPIRES} header value")
    downloads = natural(most) if most else None
    if most and not (downloads and downloads <= MOST_DOWNLOADS):
        raise Malformed(f"Bad {DOWNLOADS} header value")
    return Terms(None if until is None else expires or 0, None if most is None else downloads or 0)
