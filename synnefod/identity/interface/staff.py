"""What staff do for single people (AST-180)."""

from __future__ import annotations

from typing import Protocol

from synnefod.common.ids import UserId


class Staff(Protocol):
    async def contact(self, user: UserId, subject: str, text: str) -> None:
        """A letter. Raises NotFound, Malformed."""

    async def ask_email(self, user: UserId, email: str) -> None:
        """A letter to the new address, whose link makes the change, and a notice to the old one.
        Raises NotFound, Malformed, AlreadyExists."""

    async def set_email(self, user: UserId, email: str) -> None:
        """At once. Raises NotFound, Malformed, AlreadyExists; Conflict for an active account."""

    async def release(self, user: UserId, module: str) -> None:
        """The identities of this provider are the account's no more. Raises NotFound when it has
        none, Conflict for the last way of signing in."""

    async def enable_password(self, user: UserId) -> str | None:
        """The account may sign in by password; a new one when there was none. Raises NotFound."""
