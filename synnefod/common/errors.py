"""The domain's vocabulary of refusals. No status codes: `resources/faults` maps each class to one.

A service raises one of these, or a subclass of its own, with a message for the person who
asked. `details` may carry a machine's explanation (never a secret, never a traceback).
"""

from __future__ import annotations


class Refusal(Exception):
    """A request that is understood and not carried out. Base of all domain errors."""

    def __init__(self, message: str = "", *, details: str = "") -> None:
        super().__init__(message or type(self).__doc__ or type(self).__name__)
        self.message = message or (type(self).__doc__ or type(self).__name__).splitlines()[0]
        self.details = details


class Malformed(Refusal):
    """The request cannot be understood."""


class Unauthenticated(Refusal):
    """Nobody is named by the given credentials."""


class Forbidden(Refusal):
    """The asker may not do this."""


class NotFound(Refusal):
    """There is no such thing, or the asker may not know of it."""


class Gone(Refusal):
    """The thing existed and has been deleted."""


class Conflict(Refusal):
    """The thing is in a state that does not allow this."""


class AlreadyExists(Conflict):
    """A thing of this name exists."""


class NotEmpty(Conflict):
    """The thing still holds others."""


class BuildInProgress(Conflict):
    """The server is being built."""


class PreconditionFailed(Refusal):
    """A condition of the request does not hold."""


class NotModified(Refusal):
    """The asker's copy is current."""


class RangeNotSatisfiable(Refusal):
    """No byte of the thing lies in the asked range."""

    def __init__(self, size: int, message: str = "") -> None:
        super().__init__(message)
        self.size = size


class LengthRequired(Refusal):
    """The length of the body is not announced."""


class TooLarge(Refusal):
    """The body, or a part of it, is larger than allowed."""


class UnsupportedMedia(Refusal):
    """The body's type is not one that this call takes."""


class FeatureDisabled(NotFound):
    """The deployment does not offer this."""


class Unprocessable(Refusal):
    """The body does not match what was announced of it (hash, length)."""


class OverQuota(Refusal):
    """The change would exceed a quota."""

    def __init__(
        self,
        message: str = "",
        *,
        resource: str = "",
        holder: str = "",
        source: str | None = None,
        requested: int = 0,
        limit: int = 0,
        usage: int = 0,
        details: str = "",
    ) -> None:
        super().__init__(message, details=details)
        self.resource = resource
        self.holder = holder
        self.source = source
        self.requested = requested
        self.limit = limit
        self.usage = usage


class TooManyRequests(Refusal):
    """The asker sends more than the agreed rate. `retry_after` is in seconds."""

    def __init__(self, message: str = "", *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """A part that this needs does not answer now; the same request may succeed later."""


class NoSpace(Unavailable):
    """There is no room to store this now, or nothing may be stored."""


class Unsupported(Refusal):
    """This deployment does not offer this."""


class CorruptData(Refusal):
    """Stored data fails its own check. Nothing of it is served."""


class BadTransition(Exception):
    """A state machine was fed a pair that its table neither moves nor ignores. A defect."""
