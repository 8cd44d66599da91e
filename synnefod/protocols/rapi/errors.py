"""What can go wrong between us and a Ganeti's RAPI, as classes (ganeti.md 3).

`message` is the cluster's own text with HTML escapes undone. Nothing here holds a password.
"""

from __future__ import annotations


class RapiError(Exception):
    """Any failure of a RAPI call. `status` is the HTTP status, 0 when no answer came."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(f"{status} {message}" if status else message)
        self.message = message
        self.status = status


class RapiUnreachable(RapiError):
    """No connection was made: nothing can have been submitted."""


class RapiLost(RapiError):
    """The request went out and no whole answer came back: it may have been carried out."""


class RapiBusy(RapiError):
    """The front answers that the master daemon is away, full or late (502, 503, 504).

    504 is ambiguous too: the master may have taken the job.
    """


class RapiDenied(RapiError):
    """Unknown user or password (401), or the account lacks the `write` option (403)."""


class RapiMissing(RapiError):
    """No such object or path (404)."""


class RapiRejected(RapiError):
    """The request's parameters are refused (400, 415, 501)."""


class RapiFault(RapiError):
    """The cluster failed on this request (500), or answered with something that is no JSON."""


_BY_STATUS: dict[int, type[RapiError]] = {
    400: RapiRejected,
    401: RapiDenied,
    403: RapiDenied,
    404: RapiMissing,
    415: RapiRejected,
    501: RapiRejected,
    502: RapiBusy,
    503: RapiBusy,
    504: RapiBusy,
}


def from_status(status: int, message: str) -> RapiError:
    """The exception for an answer that is not 200 (GNT-011)."""
    return _BY_STATUS.get(status, RapiFault)(message, status=status)
