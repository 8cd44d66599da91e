"""Who asks: the person or program behind a request, as identity vouches for it."""

from __future__ import annotations

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

    def may_use(self, project: ProjectId) -> bool:
        """Whether resources may be charged to `project`."""
        return self.is_admin or project in self.projects
