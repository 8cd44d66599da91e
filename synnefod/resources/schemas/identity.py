"""Bodies that identity, quota and projects take. Unknown keys are ignored, types never coerced."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

Quantity = Annotated[int, Meta(ge=-(2**63 - 1), le=2**63 - 1)]
Limit = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Text = Annotated[str, Meta(max_length=4096)]


class DomainRef(Struct):
    id: str | None = None
    name: str | None = None

    def either(self) -> str | None:
        return self.id or self.name


class UserRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class UserPassword(Struct):
    password: str
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class PasswordMethod(Struct):
    user: UserPassword


class TokenMethod(Struct):
    id: str


class CredentialMethod(Struct):
    secret: str
    id: str | None = None
    name: str | None = None
    user: UserRef | None = None


class Methods(Struct):
    methods: Annotated[list[str], Meta(min_length=1, max_length=8)]
    password: PasswordMethod | None = None
    token: TokenMethod | None = None
    application_credential: CredentialMethod | None = None


class ProjectRef(Struct):
    id: str | None = None
    name: str | None = None
    domain: DomainRef | None = None


class ScopeBody(Struct):
    project: ProjectRef | None = None
    domain: DomainRef | None = None
    system: dict[str, bool] | None = None
    unscoped: dict[str, Any] | None = None
    trust: Any = field(default=None, name="OS-TRUST:trust")


class Auth(Struct):
    identity: Methods
    scope: ScopeBody | str | None = None


class AuthRequest(Struct):
    auth: Auth


class UserFields(Struct):
    name: Annotated[str, Meta(max_length=255)] | None = None
    email: Annotated[str, Meta(max_length=255)] | None = None
    password: str | None = None
    enabled: bool | None = None
    default_project_id: str | None = None
    description: str | None = None
    domain_id: str | None = None


class UserRequest(Struct):
    user: UserFields


class PasswordChange(Struct):
    password: str
    original_password: str


class PasswordChangeRequest(Struct):
    user: PasswordChange


class ProjectFields(Struct):
    domain_id: str | None = None
    name: Annotated[str, Meta(max_length=64)] | None = None
    description: Text | None = None
    enabled: bool | None = None


class ProjectRequest(Struct):
    project: ProjectFields


class AccessRule(Struct):
    path: str = ""
    method: str = ""
    service: str = ""
    id: str | None = None


class RoleRef(Struct):
    id: str | None = None
    name: str | None = None


class CredentialFields(Struct):
    name: Annotated[str, Meta(min_length=1, max_length=255)]
    description: Text | None = None
    secret: str | None = None
    expires_at: str | None = None
    roles: list[RoleRef] | None = None
    unrestricted: bool | None = None
    access_rules: list[AccessRule] | None = None


class CredentialRequest(Struct):
    application_credential: CredentialFields


class LegacyToken(Struct):
    id: str


class LegacyPassword(Struct):
    username: str
    password: str


class LegacyAuth(Struct):
    token: LegacyToken | None = None
    password: LegacyPassword | None = field(default=None, name="passwordCredentials")
    tenant_name: str | None = field(default=None, name="tenantName")
    tenant_id: str | None = field(default=None, name="tenantId")


class LegacyAuthRequest(Struct):
    auth: LegacyAuth


class UserCatalogs(Struct):
    uuids: list[str] | None = field(default_factory=list)
    displaynames: list[str] = field(default_factory=list)


class DefaultProject(Struct):
    project_id: str | None = None


class ProvisionBody(Struct):
    holder: str
    source: str | None
    resource: str
    quantity: Quantity


class CommissionRequest(Struct):
    provisions: list[ProvisionBody]
    name: str = ""
    force: bool = False
    auto_accept: bool = False


class Resolution(Struct):
    accept: list[int] = field(default_factory=list)
    reject: list[int] = field(default_factory=list)


class CapacityBody(Struct):
    project_capacity: Limit
    member_capacity: Limit


class ProjectWish(Struct):
    """Body of POST and PUT of a project (identity.md 2.6)."""

    name: str | None = None
    owner: str | None = None
    homepage: str | None = None
    description: Text | None = None
    comments: Text | None = None
    start_date: str | None = None
    end_date: str | None = None
    join_policy: Literal["auto", "moderated", "closed"] | None = None
    leave_policy: Literal["auto", "moderated", "closed"] | None = None
    max_members: Annotated[int, Meta(ge=0, le=2**63 - 1)] | str | None = None
    private: bool | None = None
    resources: dict[str, CapacityBody] | None = field(default_factory=dict)


class ProjectAct(Struct):
    reason: Text | None = None
    reasons: Text | None = None
    app_id: Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)] | None = None


class JoinBody(Struct):
    project: str | int


class EnrollBody(Struct):
    project: str | int
    user: str | None = None
