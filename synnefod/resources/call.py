"""What a handler gets and gives: `Call`, `Reply`, and views onto headers and query."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, overload
from urllib.parse import parse_qsl

from attrs import field, frozen
from twisted.web.http_headers import Headers as WireHeaders

from synnefod.common.errors import Malformed
from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.protocols.http.body import Body

NOBODY = Principal(user=UserId(""), name="", project=None)
"""Who asks on a route that needs no token."""
MAX_PARAMETERS = 1000


class Headers:
    """The headers of a request; names are case-insensitive.

    Values are UTF-8; bytes that are not come as lone surrogates ("surrogateescape"). A header sent
    several times is one, joined with ", " (RFC 9110 5.3).
    """

    __slots__ = ("_wire",)

    def __init__(self, wire: WireHeaders) -> None:
        self._wire = wire

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: str) -> str: ...

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of a header, or `default`."""
        values = self._wire.getRawHeaders(name.encode("ascii"))
        if not values:
            return default
        return b", ".join(values).decode("utf-8", "surrogateescape")

    def __contains__(self, name: str) -> bool:
        return self._wire.hasHeader(name.encode("ascii"))

    def items(self) -> list[tuple[str, str]]:
        """Every header as (Canonical-Name, value), one pair for each time it was sent."""
        return [
            (name.decode("ascii", "replace"), value.decode("utf-8", "surrogateescape"))
            for name, values in self._wire.getAllRawHeaders()
            for value in values
        ]

    def prefixed(self, prefix: str) -> list[tuple[str, str]]:
        """The headers whose name begins with `prefix`: (rest of the name in lower case, value)."""
        wanted = prefix.lower()
        return [
            (name.lower()[len(wanted) :], value)
            for name, value in self.items()
            if name.lower().startswith(wanted)
        ]


class Query:
    """The parameters of a request's query, decoded, in order."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._pairs = pairs

    @classmethod
    def parse(cls, raw: bytes, *, nul: bool = False) -> Query:
        """Raises Malformed unless `raw` is UTF-8, of at most MAX_PARAMETERS, and without NUL
        where `nul` does not allow it."""
        if not raw:
            return _NO_QUERY
        try:
            pairs = parse_qsl(
                raw.decode("ascii"),
                keep_blank_values=True,
                encoding="utf-8",
                errors="strict",
                max_num_fields=MAX_PARAMETERS,
            )
        except UnicodeDecodeError:
            raise Malformed("The query is not valid UTF-8.") from None
        except ValueError:
            raise Malformed("The query has too many parameters.") from None
        if not nul and b"%00" in raw:
            raise Malformed("The query holds a NUL character.")
        return cls(pairs)

    @overload
    def one(self, name: str) -> str | None: ...
    @overload
    def one(self, name: str, default: str) -> str: ...

    def one(self, name: str, default: str | None = None) -> str | None:
        """The last value of `name`, or `default`."""
        for key, value in reversed(self._pairs):
            if key == name:
                return value
        return default

    def all(self, name: str) -> list[str]:
        """Every value of `name`, in order."""
        return [value for key, value in self._pairs if key == name]

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self._pairs)

    def items(self) -> list[tuple[str, str]]:
        return list(self._pairs)


_NO_QUERY = Query([])


@frozen
class Call:
    """One request, authenticated and decoded.

    `path` is decoded and `raw_path` as sent (percent-encoded, without the query); both are what
    stands below `mount`, beginning with a slash, or empty when nothing does. `base` is
    "http://host:port" as the client addressed us. `token` is the raw token, never to be logged.
    `fronted`: one of the proxies that we trust handed the request on.
    """

    method: str
    path: str
    raw_path: bytes
    principal: Principal
    token: str
    body: Any
    stream: Body
    query: Query
    headers: Headers
    base: str
    mount: str
    request_id: str
    peer: str
    raw_query: bytes = b""
    fronted: bool = False

    @property
    def url(self) -> str:
        """The mount as the client would address it: `base` and `mount`."""
        return self.base + self.mount


@frozen
class Reply:
    """An answer. `body`: dict, list or msgspec.Struct become JSON; str and bytes go as they are;
    an async iterator of bytes is streamed, with `length` as Content-Length or else chunked.

    `length` beside a body that is not streamed is only for HEAD: the length that GET would have.
    """

    body: object = None
    status: int = 200
    headers: Mapping[str, str | Sequence[str]] = field(factory=dict)
    content_type: str | None = None
    length: int | None = None

    @property
    def streamed(self) -> bool:
        return isinstance(self.body, AsyncIterator)
