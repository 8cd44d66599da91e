"""How a refusal is said over HTTP: one table from error class to status and name, per dialect.

A class without a row of its own takes that of its nearest ancestor with one. Rooms that know of a
class outside `common/errors` may `register` it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from attrs import field, frozen

from synnefod.common import errors
from synnefod.common.jsonio import dump
from synnefod.protocols.http.body import Stalled
from synnefod.resources.call import Reply

DIALECTS = (
    "keystone",
    "astakos",
    "pithos",
    "swift",
    "cyclades",
    "nova",
    "neutron",
    "glance",
    "cinder",
    "ops",
)
LEGACY = frozenset({"astakos", "pithos", "cyclades"})
"""The dialects of Synnefo's own services (the contract's legacy profile)."""
RETRY_AFTER = 5
"""Seconds after which a request that met something unavailable may be sent again."""


class NoToken(errors.Unauthenticated):
    """Access denied. No authentication token"""


class TokenRefused(errors.Unauthenticated):
    """The token is unknown or has expired."""


class UnknownPath(errors.NotFound):
    """API endpoint not found"""


class WrongMethod(errors.Refusal):
    """The method is not allowed here."""

    def __init__(self, allowed: list[str]) -> None:
        super().__init__()
        self.allowed = allowed


class Unexpected(errors.Refusal):
    """Unexpected error"""

    def __init__(self, incident: str) -> None:
        super().__init__()
        self.incident = incident


@frozen
class Row:
    """Status and fault names: `legacy` in Synnefo's envelope, `nova` in Nova's and Cinder's.

    `other` overrides (status, name) for single dialects; an empty name keeps the usual one.
    """

    status: int
    legacy: str
    nova: str
    other: Mapping[str, tuple[int, str]] = field(factory=dict)

    def of(self, dialect: str) -> tuple[int, str]:
        """Status and name in a dialect; the name is "" where the dialect has none."""
        usual = self.legacy if dialect in LEGACY else self.nova
        if dialect in self.other:
            status, name = self.other[dialect]
            return status, name or usual
        return self.status, usual


_ROWS: dict[type[Exception], Row] = {
    errors.Malformed: Row(400, "badRequest", "badRequest"),
    errors.Unauthenticated: Row(401, "unauthorized", "unauthorized"),
    TokenRefused: Row(401, "fault", "unauthorized", {"astakos": (401, "unauthorized")}),
    errors.Forbidden: Row(403, "forbidden", "forbidden"),
    errors.NotFound: Row(404, "itemNotFound", "itemNotFound"),
    errors.FeatureDisabled: Row(404, "featureNotEnabled", "itemNotFound"),
    UnknownPath: Row(
        400,
        "badRequest",
        "itemNotFound",
        {d: (404, "") for d in DIALECTS if d not in LEGACY},
    ),
    errors.Gone: Row(404, "itemNotFound", "itemNotFound"),
    errors.Conflict: Row(409, "conflict", "conflictingRequest", {"cyclades": (400, "badRequest")}),
    errors.AlreadyExists: Row(409, "conflict", "conflictingRequest"),
    errors.NotEmpty: Row(409, "conflict", "conflictingRequest"),
    errors.BuildInProgress: Row(409, "buildInProgress", "conflictingRequest"),
    errors.PreconditionFailed: Row(412, "preconditionFailed", "preconditionFailed"),
    errors.NotModified: Row(304, "notModified", "notModified"),
    errors.RangeNotSatisfiable: Row(416, "rangeNotSatisfiable", "rangeNotSatisfiable"),
    errors.LengthRequired: Row(411, "lengthRequired", "lengthRequired"),
    errors.TooLarge: Row(
        413, "requestEntityTooLarge", "overLimit", {"cyclades": (413, "overLimit")}
    ),
    errors.UnsupportedMedia: Row(
        415,
        "badMediaType",
        "badMediaType",
        {d: (400, "badRequest") for d in ("cyclades", "astakos", "nova", "cinder")}
        | {d: (400, "") for d in ("keystone", "neutron")},
    ),
    errors.Unprocessable: Row(422, "unprocessableEntity", "unprocessableEntity"),
    errors.OverQuota: Row(
        413,
        "overLimit",
        "overLimit",
        {
            "pithos": (413, "requestEntityTooLarge"),
            "nova": (403, "forbidden"),
            "neutron": (409, "OverQuota"),
            "keystone": (403, ""),
        },
    ),
    errors.TooManyRequests: Row(429, "overLimit", "overLimit"),
    errors.Unavailable: Row(503, "serviceUnavailable", "serviceUnavailable"),
    errors.NoSpace: Row(503, "serviceUnavailable", "serviceUnavailable", {"swift": (507, "")}),
    errors.Unsupported: Row(501, "notImplemented", "notImplemented"),
    errors.Rehearsed: Row(409, "conflict", "conflictingRequest"),
    errors.CorruptData: Row(500, "internalServerError", "computeFault"),
    Stalled: Row(408, "requestTimeout", "requestTimeout"),
    WrongMethod: Row(405, "notAllowed", "badMethod"),
    Unexpected: Row(500, "internalServerError", "computeFault"),
}
_ELSEWHERE: dict[str, Row] = {
    "synnefod.cluster.interface.ClusterRefused": _ROWS[errors.Conflict],
    "synnefod.mail.interface.MailRefused": _ROWS[errors.Malformed],
    "synnefod.protocols.amqp.bus.PublishRefused": _ROWS[errors.Unavailable],
    "synnefod.protocols.luxi.LuxiRefused": _ROWS[errors.Unavailable],
}
"""Classes of rooms that this one may not import, by their full names."""
_TITLES = {
    304: "Not Modified",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    414: "Request-URI Too Long",
    415: "Unsupported Media Type",
    416: "Requested Range Not Satisfiable",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    507: "Insufficient Storage",
}


def register(kind: type[Exception], row: Row) -> None:
    """Gives `kind` a row of its own. A second call replaces the first."""
    _ROWS[kind] = row


def row_of(kind: type[Exception]) -> Row | None:
    """The row of a class or of its nearest ancestor with one; None for a stranger."""
    for ancestor in kind.__mro__:
        row = _ROWS.get(ancestor) or _ELSEWHERE.get(f"{ancestor.__module__}.{ancestor.__name__}")
        if row is not None:
            return row
    return None


@frozen
class Asked:
    """What of the request a fault depends on."""

    xml: bool = False
    realm: str = ""
    """The URL of identity for `WWW-Authenticate`, or a Swift account's name."""


def fault(error: errors.Refusal, dialect: str, asked: Asked = Asked()) -> Reply:
    """The answer that says `error` in `dialect`. Raises KeyError for a class without a row."""
    row = row_of(type(error))
    if row is None:
        raise KeyError(type(error))
    status, name = row.of(dialect)
    headers = _headers(error, dialect, status, asked)
    if status == 304:
        return Reply(None, status=status, headers=headers)
    body, kind = _BODIES[dialect](error, status, name, asked)
    return Reply(body, status=status, headers=headers, content_type=kind)


def _headers(error: errors.Refusal, dialect: str, status: int, asked: Asked) -> dict[str, str]:
    headers: dict[str, str] = {}
    if isinstance(error, WrongMethod):
        separator = "," if dialect in LEGACY else ", "
        headers["Allow"] = separator.join(error.allowed)
    if isinstance(error, errors.TooManyRequests):
        headers["Retry-After"] = str(int(error.retry_after))
    elif status == 503:
        headers["Retry-After"] = str(int(getattr(error, "retry_after", RETRY_AFTER)))
    if isinstance(error, errors.RangeNotSatisfiable):
        headers["Content-Range"] = f"bytes */{error.size}"
    if status == 401:
        if dialect == "swift":
            headers["WWW-Authenticate"] = f'Swift realm="{asked.realm or "unknown"}"'
        elif dialect not in LEGACY and dialect != "ops":
            headers["WWW-Authenticate"] = f'Keystone uri="{asked.realm}"'
    return headers


def message_of(error: errors.Refusal) -> str:
    """The text for the person who asked; anything that cannot be written is replaced."""
    text = error.message
    if isinstance(error, Unexpected):
        text = f"Unexpected error. Incident {error.incident}."
    return _clean(text)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")


def quota_details(error: errors.OverQuota) -> dict[str, Any]:
    """What did not fit, as the quota service says it (identity.md 2.5, `data`)."""
    return {
        "name": "NoCapacityError",
        "provision": {
            "holder": error.holder,
            "source": error.source,
            "resource": error.resource,
            "quantity": error.requested,
        },
        "limit": error.limit,
        "usage": error.usage,
    }


Rendered = tuple[object, str | None]
_JSON = "application/json"
_JSON_UTF8 = "application/json; charset=UTF-8"
_XMLNS = {"astakos": ' xmlns="http://docs.openstack.org/identity/api/v2.0"', "pithos": ""}


def _legacy(dialect: str) -> Callable[[errors.Refusal, int, str, Asked], Rendered]:
    """`{"badRequest": {"code": 400, "message": ..., "details": ...}}`, or the same as XML."""

    def render(error: errors.Refusal, status: int, name: str, asked: Asked) -> Rendered:
        details: object = _clean(error.details)
        message = message_of(error)
        if isinstance(error, errors.OverQuota):
            if dialect == "pithos" and not message.startswith("Quota error"):
                message = f"Quota error: {message}"
            if dialect == "cyclades":
                details = quota_details(error)
        if asked.xml and dialect in _XMLNS:
            text = (
                f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{_XMLNS[dialect]} code="{status}">'
                f"<message>{_xml(message)}</message><details>{_xml(str(details))}</details>"
                f"</{name}>"
            )
            return text, "application/xml; charset=UTF-8"
        fault_body: dict[str, Any] = {"code": status, "message": message, "details": details}
        if isinstance(error, errors.OverQuota) and dialect == "pithos":
            fault_body["quota"] = quota_details(error)
        return {name: fault_body}, _JSON_UTF8

    return render


def _xml(text: str) -> str:
    return escape("".join(c for c in text if c >= " " or c in "\t\n\r"), quote=False)


def _keystone(error: errors.Refusal, status: int, _name: str, _asked: Asked) -> Rendered:
    message = message_of(error)
    body = {"code": status, "title": _TITLES.get(status, "Error"), "message": message}
    return {"error": body}, _JSON


def _nova(error: errors.Refusal, status: int, name: str, asked: Asked) -> Rendered:
    if status == 401:
        return _keystone(error, status, name, asked)
    message = message_of(error)
    if isinstance(error, errors.OverQuota) and error.resource and name == "forbidden":
        message = (
            f"Quota exceeded for {error.resource}: Requested {error.requested}, "
            f"but already used {error.usage} of {error.limit}"
        )
    body: dict[str, object] = {"code": status, "message": message}
    if isinstance(error, errors.TooManyRequests):
        body["retryAfter"] = str(int(error.retry_after))
    return {name: body}, _JSON


def _neutron(error: errors.Refusal, status: int, name: str, asked: Asked) -> Rendered:
    if status == 401:
        return _keystone(error, status, name, asked)
    own = type(error).__name__
    plain = type(error).__module__ in (errors.__name__, __name__)
    kind = _NEUTRON_TYPES.get(status, own) if plain else own
    if isinstance(error, errors.OverQuota):
        kind = "OverQuota"
    fault_body = {
        "type": kind,
        "message": message_of(error),
        "detail": _clean(error.details),
    }
    return {"NeutronError": fault_body}, _JSON


_NEUTRON_TYPES = {
    400: "HTTPBadRequest",
    403: "PolicyNotAuthorized",
    404: "HTTPNotFound",
    405: "HTTPMethodNotAllowed",
    429: "HTTPTooManyRequests",
    500: "HTTPInternalServerError",
    501: "HTTPNotImplemented",
    503: "HTTPServiceUnavailable",
}


def _glance(error: errors.Refusal, status: int, name: str, asked: Asked) -> Rendered:
    if status == 401:
        return _keystone(error, status, name, asked)
    title = _TITLES.get(status, "Error")
    return {"message": message_of(error), "code": f"{status} {title}", "title": title}, _JSON


def _swift(error: errors.Refusal, status: int, _name: str, _asked: Asked) -> Rendered:
    if status in (400, 409, 412):
        # The text alone, as Swift words what is wrong with the input; never as markup.
        text = message_of(error)
        safe = escape(text, quote=False) == text
        return text, f"text/{'html' if safe else 'plain'}; charset=UTF-8"
    title = _TITLES.get(status, "Error")
    text = f"<html><h1>{title}</h1><p>{escape(message_of(error))}</p></html>"
    return text, "text/html; charset=UTF-8"


def _ops(error: errors.Refusal, status: int, _name: str, _asked: Asked) -> Rendered:
    return {"error": {"code": status, "message": message_of(error)}}, _JSON


_BODIES: dict[str, Callable[[errors.Refusal, int, str, Asked], Rendered]] = {
    "keystone": _keystone,
    "astakos": _legacy("astakos"),
    "pithos": _legacy("pithos"),
    "cyclades": _legacy("cyclades"),
    "swift": _swift,
    "nova": _nova,
    "cinder": _nova,
    "neutron": _neutron,
    "glance": _glance,
    "ops": _ops,
}


def encoded(body: object) -> bytes:
    """A body that is not streamed, as bytes: None is empty, str UTF-8, other values JSON."""
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode("utf-8", "replace")
    return dump(body)
