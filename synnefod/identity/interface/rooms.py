"""All of identity together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from synnefod.common.ids import UserId
from synnefod.identity.interface import (
    AccessRules,
    Catalogue,
    Components,
    Credentials,
    SignIn,
    Tokens,
    User,
    Users,
)
from synnefod.identity.interface.captcha import Captcha
from synnefod.identity.interface.methods import Methods, Policies, Proofs
from synnefod.identity.interface.preferences import Preferences
from synnefod.identity.interface.sessions import Sessions


class Rooms(Protocol):
    """All of identity, as the doors of `resources/identity` use it."""

    @property
    def users(self) -> Users: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def signin(self) -> SignIn: ...
    @property
    def credentials(self) -> Credentials: ...
    @property
    def access_rules(self) -> AccessRules: ...
    @property
    def components(self) -> Components: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def catalogue(self) -> Catalogue: ...
    @property
    def preferences(self) -> Preferences: ...
    @property
    def proofs(self) -> Proofs: ...
    @property
    def methods(self) -> Methods: ...
    @property
    def policies(self) -> Policies: ...
    @property
    def captcha(self) -> Captcha: ...
    async def refresh_catalogue(self) -> None:
        """The catalogue knows what was registered until a few seconds ago (AST-029)."""

    async def users_by_id(self, ids: Sequence[UserId]) -> dict[UserId, User]: ...
    async def users_by_name(self, names: Sequence[str]) -> dict[str, User]: ...
