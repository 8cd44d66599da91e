"""Bad values for every place of a request, and documents of a schema with one bad place each."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec

LEAVES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    2**63,
    -(2**63) - 1,
    2**64,
    10**40,
    "",
    "0",
    "-1",
    "abc",
    "\x00",
    "a\x00b",
    "\ud800",
    "x" * 300,
    "é" * 70000,
    "../../etc/passwd",
    "٣",
    "1e3",
    "'; DROP TABLE servers; --",
    "%s%n{0}{x}",
    "file:///etc/passwd",
    "\r\nX-Bad: 1",
    "2026-99-99T00:00:00Z",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["\x00"],
    {"": ""},
    {"a": {"b": []}},
    [1] * 2000,
)
"""Values that fit in few places and must be understood or refused in all of them."""

BODIES: tuple[bytes, ...] = (
    b"",
    b" ",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"{",
    b"[",
    b'"',
    b"{}",
    b"[]",
    b"null",
    b"true",
    b"NaN",
    b"1e999",
    b"-",
    b"1" * 5000,
    b'"x"',
    b'{"a":1,}',
    b"{'a':1}",
    b'{"a":1}{"a":2}',
    b'{"a":"\\ud800"}',
    b'{"\\ud800":1}',
    b'{"\\u0000":"\\u0000"}',
    b'{"a":"\xff"}',
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b"[" * 65 + b"]" * 65,
    b'{"a":' * 900 + b"1" + b"}" * 900,
    b"[" * 100000,
    b'{"a":' * 100000,
    b"[" * 100000 + b"]" * 100000,
    b"[" + b"1," * 100000 + b"1]",
    b'{"server":' * 3 + b"{}" + b"}" * 3,
    b"a=b&c=d",
    b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
)
"""Whole bodies, from empty to absurd; none says anything sensible."""

PARTS: tuple[str, ...] = (
    "0",
    "-1",
    "1",
    "999999999",
    "9223372036854775808",
    "9" * 200,
    "9" * 5000,
    "abc",
    "1e3",
    "1.0",
    "%D9%A3",
    "%C2%B2",
    "+1",
    "%20",
    "..",
    "%2e%2e",
    "%2F",
    "..%2F..%2Fetc%2Fpasswd",
    "%00",
    "a%00b",
    "%FF",
    "%ED%A0%80",
    "%",
    "%zz",
    "a" * 3000,
    "%0d%0aX-Bad:1",
    "%27%3B--",
    "00000000-0000-4000-8000-000000000000",
    "detail",
    "~",
    "*",
    "%3Cscript%3E",
    "%F0%9F%92%A9",
)
"""Segments of a path as they stand on the wire."""

QUERIES: tuple[str, ...] = (
    *(
        f"{name}={value}"
        for name in ("limit", "marker", "until", "changes-since", "format", "offset", "page")
        for value in ("-1", "abc", "", "9" * 30, "%00", "%FF", "%ED%A0%80", "1.5")
    ),
    "limit=1&limit=abc",
    "sort_key=x&sort_dir=sideways",
    "sort=id:up",
    "name=%28%5B",
    "status=%00",
    "project=nobody&mode=x&state=x",
    "user=nobody",
    "is_public=maybe&visibility=x",
    "size_min=x&size_max=x",
    "property-x=%00",
    "created_at=gt:yesterday",
    "X-Auth-Token=wrong",
    "X-Auth-Token=%00",
    "&&&==&;",
    "%",
    "%zz=%zz",
    "a=" + "b" * 8000,
    "&".join(f"a{number}=1" for number in range(1500)),
    "limit=" + "9" * 5000,
    "until=" + "9" * 5000,
    "marker=" + "9" * 5000,
    "version=" + "9" * 5000,
    "changes-since=" + "9" * 5000,
    "name=%00",
    "user=%00&project=%00",
    "network_id=%00&device_id=%00&id=%00&owner=%00",
    "version=abc",
    "version=list&format=xml",
    "hashmap&format=xml",
    "prefix=%FF&delimiter=%00",
    "delimiter=ab&path=..",
    "meta=%3D,!!,%27",
    "update=&delete=",
    "temp_url_sig=x&temp_url_expires=x",
    "multipart-manifest=put",
    "bulk-delete",
    "extract-archive=tar",
    "belongsTo=x&endpoints=x",
    "nocatalog=&domain=x",
    "start=abc&end=abc&detailed=7",
    "all_tenants=maybe",
)
"""Queries that name what many routes know, with values that none does."""

TOKENS: tuple[bytes, ...] = (
    b"wrong",
    b" ",
    b"a" * 513,
    b"a" * 15000,
    b"\xff\xfe",
    b"\xc3\xa9",
    b"'; --",
    b"a\tb",
    b"gAAAAA" + b"x" * 180,
)
"""Tokens that are nobody's."""

HEADERS: tuple[tuple[str, bytes], ...] = (
    ("Content-Type", b""),
    ("Content-Type", b"text/plain"),
    ("Content-Type", b"application/xml"),
    ("Content-Type", b"application/json; charset=\xff"),
    ("Content-Type", b"a/b" * 500),
    ("Accept", b"\xff, */*;q=x"),
    ("Host", b"evil\xff"),
    ("Host", b"a b"),
    ("Host", b"[::1"),
    ("Range", b"bytes=9-1,-0,x"),
    ("If-Match", b"\xff"),
    ("If-None-Match", b'"'),
    ("If-Modified-Since", b"yesterday"),
    ("If-Unmodified-Since", b"Thu, 99 Foo 99999 25:61:61 GMT"),
    ("X-Forwarded-For", b"'"),
    ("X-Openstack-Request-Id", b"req-\xff"),
    ("Openstack-Api-Version", b"compute 99999999999999999999.x"),
    ("X-Openstack-Nova-Api-Version", b"2.9999999999999999999999"),
    ("X-Subject-Token", b"\xff"),
    ("X-Container-Meta-" + "a" * 200, b"\xff\xfe"),
    ("X-Object-Meta-A", b"%f2"),
    ("X-Copy-From", b"%ff"),
    ("Destination", b"//"),
    ("X-Delete-At", b"abc"),
    ("X-Image-Meta-Size", b"-1"),
    ("X-Image-Meta-Location", b"pithos://"),
    ("Expect", b"a miracle"),
    ("Content-Encoding", b"gzip"),
    ("Cookie", b"\xff=;;;"),
    ("Origin", b"\xff"),
)
"""Headers that a request may carry, with values that help nobody."""


def encode(value: Any) -> bytes:
    """JSON with every oddity that Python can say: lone surrogates as escapes, huge numbers."""
    return json.dumps(value).encode()


def example(kind: Any) -> Any:
    """A document that a msgspec type would accept, every optional place filled where it can be."""
    return _example(msgspec.inspect.type_info(kind), 0)


def _example(info: Any, depth: int) -> Any:
    match info:
        case msgspec.inspect.StructType():
            return {
                field.encode_name: _example(field.type, depth + 1)
                for field in info.fields
                if depth < 8
            }
        case msgspec.inspect.UnionType():
            wanted = [kind for kind in info.types if not isinstance(kind, _EMPTY)]
            wanted.sort(key=lambda kind: not isinstance(kind, msgspec.inspect.StructType))
            return _example(wanted[0], depth) if wanted else None
        case msgspec.inspect.DictType():
            return {"k": _example(info.value_type, depth + 1)}
        case (
            msgspec.inspect.ListType()
            | msgspec.inspect.VarTupleType()
            | msgspec.inspect.SetType()
            | msgspec.inspect.FrozenSetType()
        ):
            return [_example(info.item_type, depth + 1)]
        case msgspec.inspect.BoolType():
            return True
        case msgspec.inspect.IntType() | msgspec.inspect.FloatType():
            return info.ge or 1
        case msgspec.inspect.LiteralType():
            return info.values[0]
        case msgspec.inspect.StrType():
            return "example"
        case _:
            return {"example": 1}


_EMPTY = (msgspec.inspect.NoneType, msgspec.UnsetType)


def spoiled(document: Any) -> Iterator[Any]:
    """The document with one place replaced by each of LEAVES, missing, or beside a stranger."""
    for path in _places(document):
        for leaf in LEAVES:
            yield _replaced(document, path, leaf)
        if path:
            yield _replaced(document, path, _GONE)
    if isinstance(document, dict):
        yield {**document, "stranger": 1}


_GONE = object()


def _places(document: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _places(value, (*above, key))
    elif isinstance(document, list):
        for number, value in enumerate(document):
            yield from _places(value, (*above, number))


def _replaced(document: Any, path: tuple[Any, ...], leaf: Any) -> Any:
    if not path:
        return leaf
    copy = dict(document) if isinstance(document, dict) else list(document)
    if len(path) == 1 and leaf is _GONE:
        del copy[path[0]]
    else:
        copy[path[0]] = _replaced(copy[path[0]], path[1:], leaf)
    return copy
