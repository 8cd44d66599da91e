"""Rights of single people, and administrators that came from elsewhere (OPS-026, OPS-031)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from synnefod.common.ids import UserId
from synnefod.identity.interface import User


class Rights(Protocol):
    async def permissions(self, user: UserId) -> tuple[str, ...]:
        """By name."""

    async def change_permissions(
        self, user: UserId, add: Sequence[str], remove: Sequence[str]
    ) -> None:
        """All or nothing; a second time nothing. Raises NotFound (user), Malformed (name)."""

    async def grant_admin(self, user: UserId, place: str) -> None:
        """An administrator of the whole cloud, by the role admin in the project `place`, or by
        another name. Raises NotFound."""

    async def withdraw_admin(self, user: UserId, place: str) -> None:
        """Takes back what `grant_admin` gave; with the last one the user is no administrator any
        more. Raises NotFound when it was not given."""

    async def system_roles(self, user: UserId) -> tuple[str, ...]:
        """The user's roles in the whole system: admin, member, reader."""

    async def system_assignments(self) -> list[tuple[UserId, str, str]]:
        """Everybody with a role in the whole system: id, name, role."""

    async def grant_system(self, user: UserId, role: str) -> None:
        """A role in the whole system. A member, and a reader, may read all of identity with a
        token of that scope. Again: nothing. Raises NotFound."""

    async def withdraw_system(self, user: UserId, role: str) -> None:
        """Raises NotFound when it was not given."""

    async def complete_superusers(self) -> list[User]:
        """Superusers that are no full users become verified, accepted and active, with the way
        of signing in by password; who they are."""
