"""What an administrator sees and changes of groups, tokens, components (identity.md 2.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.identity.interface import ApplicationCredential, User
from synnefod.store.interface import Tx


@frozen
class Group:
    """A flat set of people; `users` is how many."""

    number: int
    name: str
    users: int


@frozen
class Profile:
    """An account with what only administrators see. Moments are microseconds since the epoch;
    a method has the keys module, identifier, active, affiliation, info."""

    user: User
    groups: tuple[str, ...]
    methods: tuple[Mapping[str, Any], ...]
    deactivated_reason: str | None
    accepted_policy: str | None
    rejected_reason: str | None
    moderated_at: int | None
    verified_at: int | None
    token_expires: int | None


@frozen
class TokenRow:
    """A living token, as far as it may be told: `prefix` are the first 12 digits of its digest.
    Moments are microseconds since the epoch."""

    prefix: str
    user: UserId
    scope: str
    project: str | None
    label: str
    methods: tuple[str, ...]
    issued: int
    expires: int
    last_used: int | None
    """Coarse: written once in some minutes."""
    address: str
    """From where it was used then; "" when it was not, or long ago."""


@frozen
class ComponentRow:
    """`fingerprint`: the first 12 digits of the digest of its token, empty without one."""

    number: int
    name: str
    base_url: str | None
    ui_url: str | None
    fingerprint: str
    token_created: int | None


@frozen
class ServiceRow:
    """A service of a component; `endpoints` are its keys and values, one mapping an endpoint."""

    number: int
    name: str
    type: str
    component: str
    endpoints: tuple[Mapping[str, str], ...] = ()


@frozen
class ServiceImport:
    """A service as it is registered: endpoints replace those there were (AST-116)."""

    component: str
    name: str
    type: str
    endpoints: tuple[Mapping[str, str], ...]
    resources: tuple[Mapping[str, Any], ...]


class Kinds(Protocol):
    """Who knows the kinds of resources that services count."""

    async def register_kinds(self, tx: Tx, service: ServiceImport) -> None:
        """New ones are unlimited in people's own projects and get no limit changed later
        (AST-118, 119). Raises Conflict (another service's), Malformed."""


class Administration(Protocol):
    """The administrator's desk for people and the services around them."""

    async def profiles(self, user: UserId | None) -> list[Profile]:
        """Everybody's in the order of joining, or one person's (empty: there is none)."""

    async def exclusive_users(self) -> dict[str, tuple[UserId, ...]]:
        """By provider, those who have no other one."""

    async def groups(self) -> list[Group]: ...

    async def add_group(self, name: str) -> Group:
        """Raises AlreadyExists, Malformed."""

    async def set_groups(self, user: UserId, add: Sequence[str], remove: Sequence[str]) -> None:
        """Raises NotFound for a group that does not exist; nothing is changed then."""

    async def members(self, group: str) -> set[UserId]:
        """Raises NotFound."""

    async def providers(self) -> dict[UserId, tuple[str, ...]]:
        """The active ways to sign in of everybody who has one."""

    async def renew_token(self, user: UserId) -> str:
        """A new API token; all older tokens of the user end (AST-134)."""

    async def sign_terms(self, user: UserId) -> None: ...

    async def add_terms(self, location: str, text: str) -> int:
        """New terms of use, which everybody must accept again; their number (AST-132)."""

    async def ask_verification(self, user: UserId) -> None:
        """Another letter; older links end. Raises Conflict for a verified user (AST-187)."""

    async def tokens(self, user: UserId | None) -> list[TokenRow]:
        """Living ones, newest first; at most 10 000."""

    async def revoke_tokens(self, user: UserId | None, prefix: str | None) -> int:
        """Ends all of a user, or those whose prefix is given; how many."""

    async def credentials(self, user: UserId | None) -> list[ApplicationCredential]: ...

    async def revoke_credential(self, id_: str) -> None:
        """With its tokens. Raises NotFound."""

    async def components(self) -> list[ComponentRow]: ...

    async def add_component(self, name: str, base_url: str | None, ui_url: str | None) -> str:
        """Its token, told this once. Raises AlreadyExists, Malformed."""

    async def change_component(
        self,
        name: str,
        *,
        base_url: str | None = None,
        ui_url: str | None = None,
        token: str | None = None,
        purge_services: bool = False,
    ) -> None:
        """What is None is left alone. Raises NotFound, Malformed (token)."""

    async def remove_component(self, name: str) -> None:
        """With its services. Raises NotFound."""

    async def services(self) -> list[ServiceRow]: ...

    async def import_services(self, wanted: Sequence[ServiceImport]) -> None:
        """All or nothing (AST-116 to 119). Raises NotFound (component), Conflict (another
        component's service or resource), Malformed."""

    async def statistics(self) -> dict[str, Any]:
        """Counts of people by provider and state (AST-204)."""
