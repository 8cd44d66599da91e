"""Who asks: the person or program behind a request, as identity vouches for it."""

from __future__ import annotations

from collections.abc import Collection

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId


@frozen
class Principal:
    """An authenticated asker, scoped to at most one project.

    `project` is the scope of the token; legacy requests are scoped to the user's default
    project. `projects` are all in which the asker is an accepted member (system project included).
    `token_expires` is in microseconds since the epoch, UTC.
    """

    user: UserId
    name: str
    project: ProjectId | None
    projects: frozenset[ProjectId] = frozenset()
    roles: frozenset[str] = frozenset()
    is_admin: bool = False
    token_expires: int = 0
    audit_id: str = ""

    def has_any(self, names: Collection[str]) -> bool:
        """Whether a role of the asker, or a group whose member the asker is, is among `names`."""
        return any(role in names or role.removeprefix("group:") in names for role in self.roles)

    def may_use(self, project: ProjectId) -> bool:
        """Whether resources may be charged to `project`."""
        return self.is_admin or project in self.projects
