"""Conditional requests (RFC 9110 13.2.2; PIT-025 to PIT-033). Pure."""

from __future__ import annotations

from synnefod.common.text import MICROSECONDS
from synnefod.objects.refusals import ConditionFailed, Unchanged
from synnefod.objects.values import Conditions, Object


def check(
    conditions: Conditions,
    *,
    exists: bool,
    etag: str = "",
    checksum: str = "",
    modified: int = 0,
    reading: bool,
) -> None:
    """Returns if the request may go on.

    `etag` (Merkle) and `checksum` (MD5) both count as tags (PIT-030). Raises ConditionFailed, or
    Unchanged for a read whose asker has the current copy.
    """
    tags = {etag.lower(), checksum.lower()} - {""} if exists else set()
    seconds = modified // MICROSECONDS * MICROSECONDS
    since, unmodified = conditions.modified_since, conditions.unmodified_since
    if conditions.match is not None:
        if not _hits(conditions.match, tags, exists):
            raise ConditionFailed("Resource Etag does not match.", etag, modified, checksum)
    elif unmodified is not None and exists and seconds > unmodified:
        raise ConditionFailed("Resource has been modified.", etag, modified, checksum)
    if conditions.none_match is not None:
        if _hits(conditions.none_match, tags, exists):
            if reading:
                raise Unchanged(etag, modified, checksum)
            raise ConditionFailed("Resource Etag matches.", etag, modified, checksum)
    elif since is not None and exists and reading and seconds <= since:
        raise Unchanged(etag, modified, checksum)


def hold(conditions: Conditions, shown: Object) -> None:
    """`check` for the reading of an object; a large one is known by its whole (5.10)."""
    check(
        conditions,
        exists=True,
        etag=shown.checksum if shown.large else shown.hash,
        checksum=shown.large.get("etag", shown.checksum),
        modified=shown.modified,
        reading=True,
    )


def _hits(asked: tuple[str, ...], tags: set[str], exists: bool) -> bool:
    return exists and ("*" in asked or any(tag in tags for tag in asked))
