"""What changed, in the fewest words: enough for somebody who looks at a list to ask again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from synnefod.common.principal import Principal


@frozen
class Change:
    """A row of a collection that was made, changed or deleted at `updated` (microseconds, UTC).

    `shared`: the members of its project see it too; `public`: everybody does.
    """

    collection: str
    id: str
    owner: str | None
    project: str | None
    created: int
    updated: int
    deleted: bool = False
    shared: bool = False
    public: bool = False

    @staticmethod
    def of(collection: str, row: Sequence[Any]) -> Change:
        """From a row of id, owner, project, created, updated, deleted, shared, public."""
        number, owner, project, created, updated, *flags = row
        deleted, shared, public = (bool(flag) for flag in flags)
        return Change(
            collection, str(number), owner, project, created, updated, deleted, shared, public
        )

    def kind(self, since: int) -> str:
        """To somebody who knows what was before the moment `since`."""
        if self.deleted:
            return "deleted"
        return "created" if self.created >= since else "updated"

    def seen_by(self, principal: Principal) -> bool:
        """The rule of the lists: one's own, what one's projects share, what is public."""
        return (
            self.public
            or self.owner == principal.user
            or (self.shared and self.project in principal.projects)
        )
