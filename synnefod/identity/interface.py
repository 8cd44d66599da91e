"""Who people are: what the doors and the other services may ask of identity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal


@frozen
class Issued:
    """A token just made. `token` is shown this once; only its digest is stored."""

    token: str
    principal: Principal
    issued_at: int
    expires: int
    methods: tuple[str, ...]
    audit_ids: tuple[str, ...]


@frozen
class User:
    """A person's account. Times in microseconds since the epoch, UTC."""

    id: UserId
    name: str
    email: str
    first_name: str
    last_name: str
    is_active: bool
    is_admin: bool
    default_project: ProjectId | None
    created: int
    last_login: int | None = None


@frozen
class MountedEndpoint:
    """One line of a service catalogue, as assembly hands it over from `resources/catalog`.

    `path` begins with a slash and may hold `%(project)s` or `%(user)s`. `catalogues` holds "v2.0",
    "v3" or both. `version` is what a v2.0 catalogue shows as versionId.
    """

    service: str
    type: str
    path: str
    version: str
    catalogues: frozenset[str]
    expose_version: bool = True


class Identity(Protocol):
    """What every door needs."""

    async def authenticate(self, token: str) -> Principal:
        """Whose token this is. Raises Unauthenticated for unknown, expired and revoked ones."""

    async def users_by_id(self, ids: Sequence[UserId]) -> dict[UserId, User]:
        """Those of `ids` that exist."""

    async def users_by_name(self, names: Sequence[str]) -> dict[str, User]:
        """Those of `names` (lower-case e-mail addresses) that exist."""
