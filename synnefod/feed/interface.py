"""The feed: what changed, told to whoever may see it, as it happens (web-ui.md 5, UI-028).

Nothing is written for it: every listed thing has a moment of its last change, and the feed reads
what changed lately, once for all who follow. So each daemon of a deployment tells of all changes,
whoever made them, and a follower can go on where it left off, at another daemon too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from attrs import frozen

from synnefod.common.changes import Change
from synnefod.common.principal import Principal
from synnefod.store.interface import Tx

Source = Callable[[Tx, int, int], Awaitable[list[Change]]]
"""What of a service changed at a moment or later, at most so many of each collection."""


@frozen
class Told:
    """A change, and where the feed stands after it: `position` is for `follow`. `kind` is
    created, updated or deleted."""

    position: int
    change: Change
    kind: str


@frozen
class Lost:
    """Too much happened since the position that was asked for: look at everything again."""

    position: int


@frozen
class Quiet:
    """Nothing happened for a while."""


class Feed(Protocol):
    """Changes as they happen."""

    def follow(
        self, principal: Principal, after: int | None, quiet: float
    ) -> AsyncIterator[Told | Lost | Quiet]:
        """What `principal` may see of what happens from now on, or after the position `after`.

        A change may be told twice, never not at all; several changes of one thing within a
        second may be told as one. Of ports, floating addresses and key pairs a removal is not
        told; those of servers, networks, subnets and volumes are. Yields Quiet after `quiet`
        seconds without a change. Ends when the feed is closed.
        """
