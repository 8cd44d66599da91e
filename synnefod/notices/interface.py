"""Notices to everybody, and maintenance: a notice under which nothing is changed (OPS-163)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from attrs import field, frozen

from synnefod.common.errors import Unavailable

Level = Literal["info", "warning", "critical"]
ENGLISH = "en"
RESTORED = "restore"
"""The author of the notice under which a restored deployment starts."""


class ReadOnly(Unavailable):
    """The cloud is read-only during maintenance. `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@frozen
class NewNotice:
    """`texts` by language code, English always among them. Moments are microseconds since the
    epoch, UTC; `starts` None is now, `ends` None is never. `read_only`: this is maintenance."""

    texts: Mapping[str, str]
    level: Level = "info"
    starts: int | None = None
    ends: int | None = None
    read_only: bool = False


@frozen
class Notice:
    """A notice as it stands."""

    id: int
    texts: Mapping[str, str] = field(hash=False)
    level: Level
    starts: int
    ends: int | None
    read_only: bool
    author: str
    created: int

    def stands(self, now: int) -> bool:
        return self.starts <= now and (self.ends is None or now < self.ends)


class Notices(Protocol):
    """The board on which notices hang."""

    async def current(self) -> list[Notice]:
        """Those that stand now, the gravest and the last begun first."""

    async def listing(self) -> list[Notice]:
        """Those that stand or will, and those that ended within the last 30 days."""

    async def add(self, new: NewNotice, author: str) -> Notice:
        """Raises Malformed: no English text, a text beyond 2 000 characters, an end that is not
        after the beginning."""

    async def remove(self, number: int) -> None:
        """Raises NotFound."""

    async def end_maintenance(self) -> int:
        """Ends whatever makes the cloud read-only, now or later; how many notices that were."""

    async def maintenance(self) -> Notice | None:
        """Why nothing may be changed now. A change made by another daemon of the deployment is
        seen within a few seconds; without a database the last answer holds."""
