"""Who people are: what the doors and the other services may ask of identity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import AccessRule, Principal
from synnefod.store.interface import Tx

DOMAIN_ID = "default"
DOMAIN_NAME = "Default"
PREFERENCES_LIMIT = 64 << 10
"""Bytes of one person's preferences as JSON."""
MEMBER, READER, MANAGER, ADMIN = "member", "reader", "manager", "admin"


@frozen
class User:
    """A person's account. Times in microseconds since the epoch, UTC. `name` is in lower case;
    `shown_name` as it was spelled, empty when it is the address.

    `default_project` is where work is charged when nothing else is said: the chosen one while it
    can be used, else the person's own.
    """

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
    number: int = 0
    email_verified: bool = False
    moderated: bool = False
    is_rejected: bool = False
    shown_name: str = ""

    @property
    def real_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def accepted(self) -> bool:
        return self.moderated and not self.is_rejected


@frozen
class Standing:
    """A living project that a person may use, with the roles held there."""

    id: ProjectId
    name: str
    roles: tuple[str, ...]


@frozen
class CredentialUsed:
    """The application credential behind a token."""

    id: str
    name: str
    restricted: bool
    access_rules: tuple[AccessRule, ...] = ()


@frozen
class Issued:
    """A token and all that its owner is told of it.

    `scope` is "default" (Synnefo's own tokens), "project", "unscoped", "domain" or "system".
    Only the token's digest is stored; `token` is what the asker sent or has just been given.
    """

    token: str
    principal: Principal
    user: User
    scope: str
    project: Standing | None
    groups: tuple[str, ...]
    issued_at: int
    expires: int
    methods: tuple[str, ...]
    audit_ids: tuple[str, ...]
    credential: CredentialUsed | None = None


@frozen
class Who:
    """A user as a sign-in names them; `id` wins over `name`."""

    id: str | None = None
    name: str | None = None
    domain: str | None = None


@frozen
class Scope:
    """What a sign-in wants: `kind` "" (nothing said), "unscoped", "project", "domain", "system"."""

    kind: str = ""
    project_id: str | None = None
    project_name: str | None = None
    domain: str | None = None


@frozen
class Proof:
    """One way of showing who one is, out of a v3 sign-in (identity.md 4.3)."""

    method: str
    who: Who = Who()
    secret: str = ""
    credential: str | None = None
    """Id, or with `who` the name, of an application credential."""


@frozen
class ApplicationCredential:
    """A secret of one project that outlives passwords (identity.md 4.4). `secret` only once."""

    id: str
    user: UserId
    project: ProjectId
    name: str
    description: str | None
    roles: tuple[str, ...]
    unrestricted: bool
    expires: int | None
    access_rules: tuple[AccessRule, ...] = ()
    secret: str = ""


@frozen
class Component:
    """A service outside this daemon that presents a token of its own."""

    number: int
    name: str
    services: frozenset[str]
    trusted: bool


@frozen
class NewUser:
    """An account to be made. Without a password nobody can sign in with one. `name`: if it is not
    the address, which may be empty then."""

    email: str
    first_name: str = ""
    last_name: str = ""
    password: str | None = None
    is_admin: bool = False
    name: str = ""


@frozen
class UserChanges:
    """What to change of an account; None leaves a field as it is. `invitations`: how many the
    person may still send, and `level`: those of theirs are one below."""

    email: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    password: str | None = None
    is_admin: bool | None = None
    reject: str | None = None
    verify: bool = False
    accept: bool = False
    active: bool | None = None
    reason: str = ""
    default_project: ProjectId | None = None
    profile_seen: bool = False
    invitations: int | None = None
    level: int | None = None


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


class Newcomers(Protocol):
    """What identity asks of projects, in its own transactions."""

    async def welcome(self, tx: Tx, user: UserId) -> None:
        """Gives an accepted person the project of their own, with its quota. Again: nothing."""

    async def deactivated(self, tx: Tx, user: UserId) -> None:
        """Suspends the person's own project, memberships and active projects (AST-129)."""

    async def activated(self, tx: Tx, user: UserId) -> None:
        """Resumes what was last suspended by `deactivated`, and nothing else."""


class Users(Protocol):
    """Accounts and their life."""

    async def create(self, new: NewUser, *, accept: bool = False) -> User:
        """A new account, unverified and inactive; with `accept`, verified, accepted and active,
        with a project of its own. An unverified namesake is replaced (AST-123). Raises
        AlreadyExists for a verified one, Malformed for a bad address, name or password."""

    async def modify(self, user: UserId, changes: UserChanges) -> User:
        """Applies all changes or none, in the order reject, verify, accept, default project,
        activity, rest. A new password or inactivity ends all tokens. Raises NotFound, Conflict
        for a change that the state of the account does not allow, Malformed, Forbidden."""

    async def remove(self, user: UserId) -> None:
        """Deletes an account that was never accepted. Raises NotFound, Conflict (AST-131)."""

    async def show(self, user: UserId) -> User:
        """Raises NotFound."""

    async def find(self, text: str) -> User:
        """By row number, e-mail or UUID. Raises NotFound."""

    async def listing(self, *, name: str | None = None, active: bool | None = None) -> list[User]:
        """Accounts in the order of their making."""

    async def change_password(
        self,
        user: UserId,
        old: str,
        new: str,
        address: str,
        *,
        keep: str = "",
        ends_tokens: bool | None = None,
    ) -> None:
        """Ends all sessions but that of the token `keep`, and all tokens; `ends_tokens` None: as
        the settings say. Raises Unauthenticated for a wrong old password, TooManyRequests after
        many, Malformed for a new one that is too weak."""

    async def set_default_project(self, user: UserId, project: ProjectId) -> None:
        """Raises NotFound (unknown project, never a member), Forbidden (not accepted, suspended),
        Conflict (terminated)."""

    async def groups(self, user: UserId) -> tuple[str, ...]:
        """Names of the groups the user is in."""


class Tokens(Protocol):
    """Bearer tokens: 256 random bits; their SHA-256 digests at rest (architecture.md 4)."""

    async def authenticate(self, token: str) -> Principal: ...

    async def issue_api(
        self, user: UserId, *, label: str = "", seconds: int | None = None
    ) -> tuple[str, int]:
        """A fresh Synnefo token and its expiry. Beyond twenty, the oldest of its label end."""

    async def inspect(self, token: str) -> Issued:
        """All about a live token. Raises NotFound otherwise."""

    async def revoke(self, token: str) -> None:
        """The token fails from now on. Raises NotFound when it is not live."""

    async def sweep(self) -> int:
        """Deletes expired tokens; how many."""

    async def standings(self, user: UserId) -> list[Standing]:
        """The living projects that a person may use, own one first."""

    async def role_assignments(
        self, user: UserId | None, project: ProjectId | None
    ) -> list[tuple[UserId, str, Standing]]:
        """Who (id, name) may do what where; None: everybody, everywhere."""


class SignIn(Protocol):
    """Turning proofs into tokens."""

    async def sign_in(self, proofs: Sequence[Proof], scope: Scope, address: str) -> Issued:
        """A fresh v3 token (identity.md 4.3). All proofs must name one user.

        Raises Unauthenticated with one message for unknown user, wrong secret, inactive account
        and unusable project, in about the same time; TooManyRequests after repeated failures from
        an account or an `address`; NotFound for a dead token as proof; Forbidden for a token of a
        restricted application credential.
        """

    async def legacy(self, username: str | None, token: str, tenant: str | None) -> Issued:
        """Identity v2.0: the token checked against its owner's UUID, if given, and, with a
        `tenant` other than the owner, exchanged for one of that project. Raises Unauthenticated,
        Malformed (tenant)."""

    async def swift(self, user: str, key: str, address: str) -> tuple[Issued, str]:
        """Swift v1: `uuid`, `e-mail`, `project:user`, `account:user` or `appcred:<id>` with a
        token, password or secret; also the account whose files are meant (identity.md 4.7). Raises
        Unauthenticated, TooManyRequests."""


class Credentials(Protocol):
    """Application credentials."""

    async def create(self, issued: Issued, asked: ApplicationCredential) -> ApplicationCredential:
        """With its secret, this once. `asked.roles` empty: all that the asker has. An access rule
        with an id is one that the person has already. Raises Forbidden for an unscoped or
        restricted token, AlreadyExists, Malformed."""

    async def listing(
        self, user: UserId, *, name: str | None = None
    ) -> list[ApplicationCredential]: ...

    async def show(self, user: UserId, id_: str) -> ApplicationCredential:
        """Raises NotFound."""

    async def remove(self, user: UserId, id_: str, *, by: Issued | None = None) -> None:
        """Its tokens end with it. Raises NotFound; Forbidden when `by` is a restricted token."""


class AccessRules(Protocol):
    """What application credentials were bound by; a person's rules outlive the credentials."""

    async def listing(self, user: UserId) -> list[AccessRule]: ...

    async def show(self, user: UserId, id_: str) -> AccessRule:
        """Raises NotFound."""

    async def remove(self, user: UserId, id_: str) -> None:
        """Raises NotFound; Forbidden while a credential has it."""


class Components(Protocol):
    """Services outside this daemon."""

    async def register(
        self, name: str, services: Mapping[str, str], *, trusted: bool = False
    ) -> None:
        """Adds or completes a component with its services (name to type). Raises Conflict for a
        service that another component owns (AST-117)."""

    async def renew_token(self, name: str) -> str:
        """The component's new token, shown this once. Raises NotFound."""

    async def authenticate(self, token: str) -> Component:
        """Raises Unauthenticated."""


class Catalogue(Protocol):
    """What is served where (identity.md 3.4, 4.6)."""

    @property
    def region(self) -> str: ...

    @property
    def edition(self) -> object:
        """Another object after each change of what is served, for whoever keeps an answer."""

    def root(self, base: str) -> str:
        """The address before every path: the configured one, or `base`, without a slash."""

    def v2(self, base: str) -> list[dict[str, Any]]:
        """The v2.0 catalogue below the base URL `base`, in the order of registration."""

    def v3(self, base: str, user: UserId, project: ProjectId | None) -> list[dict[str, Any]]:
        """The v3 catalogue for a user, and a project where a URL names one."""

    def services(self) -> list[dict[str, Any]]:
        """The services that v3 lists."""

    def endpoints(self, base: str) -> list[dict[str, Any]]:
        """Their endpoints, three interfaces each; `%(project)s` stays as `$(project_id)s`."""
