"""Who asks: the person or program behind a request, as identity vouches for it."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId


@frozen
class AccessRule:
    """One kind of request that a program may make: `path` may hold `{x}` and `*`, each of which
    stands for a part of a path, and `**` for any number of them. The id is 32 hex digits."""

    id: str
    service: str
    method: str
    path: str

    def covers(self, path: str) -> bool:
        return _pattern(self.path).fullmatch(path) is not None


_TOKEN = re.compile(r"\{[^}]*\}|\*\*|\*|[^{*]+|\{")


@lru_cache(1024)
def _pattern(text: str) -> re.Pattern[str]:
    found = ""
    for part in _TOKEN.findall(text):
        if part == "**":
            found += ".*"
        elif part == "*" or (part.startswith("{") and part.endswith("}")):
            found += "[^/]+"
        else:
            found += re.escape(part)
    return re.compile(found, re.DOTALL)


@frozen
class Principal:
    """An authenticated asker, scoped to at most one project.

    `project` is the scope of the token; legacy requests are scoped to the user's default
    project. `projects` are all in which the asker is an accepted member (system project included).
    `token_expires` is in microseconds since the epoch, UTC. `rules`: all that may be asked, where
    the token is that of an application credential with access rules. `reads_all`: all of identity
    may be read, by the role reader of the whole system.
    """

    user: UserId
    name: str
    project: ProjectId | None
    projects: frozenset[ProjectId] = frozenset()
    roles: frozenset[str] = frozenset()
    is_admin: bool = False
    token_expires: int = 0
    audit_id: str = ""
    rules: tuple[AccessRule, ...] | None = None
    reads_all: bool = False

    def has_any(self, names: Collection[str]) -> bool:
        """Whether a role of the asker, or a group whose member the asker is, is among `names`."""
        return any(role in names or role.removeprefix("group:") in names for role in self.roles)

    def may_use(self, project: ProjectId) -> bool:
        """Whether resources may be charged to `project`."""
        return self.is_admin or project in self.projects
