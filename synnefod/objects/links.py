"""The terms on which a public link is good (web-ui.md UI-214)."""

from __future__ import annotations

from attrs import frozen


@frozen
class Terms:
    """What is asked of a link when it is published: 0 takes a term away, None leaves it.

    `expires` is in microseconds since the epoch, UTC. `downloads` is how many are allowed from
    now on: the count starts anew.
    """

    expires: int | None = None
    downloads: int | None = None


@frozen
class Standing:
    """How a link stands: when it ends (microseconds since the epoch, UTC) and how many downloads
    it allows, each None for never; how many of those have begun."""

    expires: int | None = None
    most: int | None = None
    taken: int = 0

    def ended(self, now: int) -> bool:
        """Whether nobody may use the link any more."""
        expired = self.expires is not None and self.expires <= now
        return expired or (self.most is not None and self.taken >= self.most)


ENDLESS = Standing()

Publication = bool | Terms | None
"""Publish, publish on terms, unpublish (False), or leave as it is (None)."""
