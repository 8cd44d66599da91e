"""The object store's own refusals; `interface` offers them all."""

from __future__ import annotations

from collections.abc import Sequence

from synnefod.common.errors import (
    Conflict,
    CorruptData,
    Forbidden,
    Malformed,
    NotEmpty,
    NotFound,
    NotModified,
    PreconditionFailed,
    TooLarge,
    Unprocessable,
)


class NoSuchAccount(NotFound):
    """Account does not exist"""


class NoSuchContainer(NotFound):
    """Container does not exist"""


class NoSuchObject(NotFound):
    """Object does not exist"""


class NoSuchVersion(NotFound):
    """Version does not exist"""


class NotAllowed(Forbidden):
    """You are not allowed to do this"""


class ContainerNotEmpty(NotEmpty):
    """Container is not empty"""


class ContainerQuotaExceeded(TooLarge):
    """The container's own quota (policy `quota`) does not allow this (PIT-225)."""


class TooMuchOutstanding(TooLarge):
    """Too much data was sent in blocks that no file names"""


class BadDigest(Unprocessable):
    """Object ETag does not match"""


class DataLost(CorruptData):
    """Stored data of this object is lost or damaged"""


class ShortBody(Malformed):
    """The body ended before its announced length."""


class HashesMissing(Conflict):
    """Blocks of the hashmap are not stored. `hashes`: each once, in order, hex (PIT-133)."""

    def __init__(self, hashes: Sequence[str]) -> None:
        super().__init__("Blocks of the hashmap are missing.")
        self.hashes = tuple(hashes)


class Unchanged(NotModified):
    """The asker's copy is current. `etag` and `modified` are for the answer's headers."""

    def __init__(self, etag: str = "", modified: int = 0, checksum: str = "") -> None:
        super().__init__("Not modified.")
        self.etag = etag
        self.checksum = checksum
        self.modified = modified


class ConditionFailed(PreconditionFailed):
    """A condition does not hold. Fields as in `Unchanged`; empty when there is no object."""

    def __init__(self, message: str = "", etag: str = "", modified: int = 0, checksum: str = ""):
        super().__init__(message or "A precondition does not hold.")
        self.etag = etag
        self.checksum = checksum
        self.modified = modified
