"""The audit log: who did what, when, from where, and whether it was allowed (OPS-153)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Literal, Protocol

from attrs import frozen

Outcome = Literal["done", "refused", "failed"]
Via = Literal["token", "command", "anonymous", "session"]


@frozen
class Deed:
    """Something that somebody sets out to do. `actor` is a user's UUID, "administrator" for the
    local command, or "" before anybody is known; `acting_for` whom the local command names as
    its user. `target` is the path below the mount; `action` is service.noun.verb."""

    actor: str
    via: Via
    action: str
    target: str
    peer: str = ""
    project: str = ""
    request: str = ""
    acting_for: str = ""


@frozen
class Entry:
    """A row: a deed with its outcome. `moment` is in microseconds since the epoch, UTC. `seq` and
    `hash` are None for the few seconds until the row is sealed."""

    id: int
    moment: int
    deed: Deed
    outcome: Outcome
    reason: str
    seq: int | None
    hash: str | None


@frozen
class Search:
    """Which rows; what is None does not matter. `action` ending with a dot is a beginning.
    `before` is the id of the last row of the page before."""

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    outcome: Outcome | None = None
    request: str | None = None
    since: int | None = None
    before: int | None = None
    limit: int = 100


@frozen
class Verdict:
    """What a look at the whole chain found. `broken` is the number of the first row that is not
    what was sealed, or that is missing; None: there is none."""

    rows: int
    waiting: int
    broken: int | None
    head: str


class Recording(Protocol):
    """What is told of deeds."""

    def deed(self, deed: Deed) -> AbstractContextManager[None]:
        """While in it, and in what is started in it, transactions belong to the deed: the first
        that is committed carries its row."""

    def known(self, actor: str) -> None:
        """The deed of now is this user's: their browser's session, or a sign-in that succeeded,
        told it. Nothing when it is known already, or there is no deed."""

    async def refused(self, deed: Deed, reason: str, outcome: Outcome = "refused") -> None:
        """A deed that was not carried out. Without a database only the log tells of it."""


class Audit(Protocol):
    """What may be asked of the log. Nothing can be changed in it."""

    async def search(self, search: Search) -> list[Entry]:
        """Newest first."""

    async def verify(self) -> Verdict:
        """Reads every sealed row and recomputes the chain."""
