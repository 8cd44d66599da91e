"""What clients say of things beside what they are: description, tags, on or off (22.4, 22.9)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from synnefod.common.errors import NotFound
from synnefod.common.principal import Principal

Kind = Literal[
    "networks", "subnets", "ports", "floatingips", "routers", "security-groups", "subnetpools"
]
LONGEST_TAG = 60


class TagNotFound(NotFound):
    """The thing has no such tag."""


class Describing(Protocol):
    """Each raises the NotFound of the kind; to change something also Forbidden, Malformed."""

    async def describe(
        self,
        principal: Principal,
        kind: Kind,
        number: int,
        *,
        description: str | None = None,
        admin_up: bool | None = None,
    ) -> None:
        """None leaves it. Only networks and ports can be switched off."""

    async def tags(self, principal: Principal, kind: Kind, number: int) -> Sequence[str]: ...

    async def set_tags(
        self, principal: Principal, kind: Kind, number: int, tags: Sequence[str]
    ) -> Sequence[str]: ...

    async def add_tags(
        self, principal: Principal, kind: Kind, number: int, tags: Sequence[str]
    ) -> Sequence[str]: ...

    async def drop_tag(self, principal: Principal, kind: Kind, number: int, tag: str) -> None:
        """Raises TagNotFound."""
