"""Field names of Keystone's objects (identity.md 4.2 to 4.4)."""

from __future__ import annotations

from typing import Any

from attrs import asdict
from msgspec import Raw

from synnefod.common.ids import stable_id
from synnefod.common.principal import AccessRule
from synnefod.common.text import iso_z_micros
from synnefod.identity.interface import (
    ADMIN,
    DOMAIN_ID,
    DOMAIN_NAME,
    MANAGER,
    MEMBER,
    READER,
    ApplicationCredential,
    Issued,
    User,
)
from synnefod.projects.interface import Project, ProjectState

DOMAIN = {"id": DOMAIN_ID, "name": DOMAIN_NAME}
ROLES = (MEMBER, READER, MANAGER, ADMIN)
Json = dict[str, Any]


def iso_zoneless(when: int) -> str:
    """`2031-01-02T18:00:00.000000`: expiry of credentials and passwords (identity.md 4.2)."""
    return iso_z_micros(when)[:-1]


def listed(name: str, items: list[Json], url: str) -> Json:
    return {name: items, "links": {"self": url, "next": None, "previous": None}}


def role_id(name: str) -> str:
    return stable_id("role", name)


def role(name: str) -> Json:
    return {"id": role_id(name), "name": name}


def role_detail(name: str, root: str) -> Json:
    detail = role(name) | {"domain_id": None, "description": "", "options": {}}
    return detail | {"links": {"self": f"{root}/roles/{role_id(name)}"}}


def domain(root: str) -> Json:
    return DOMAIN | {
        "description": "",
        "enabled": True,
        "options": {},
        "links": {"self": f"{root}/domains/{DOMAIN_ID}"},
    }


def project(value: Project, root: str) -> Json:
    return {
        "id": value.id,
        "name": value.name,
        "description": value.description,
        "domain_id": DOMAIN_ID,
        "parent_id": DOMAIN_ID,
        "is_domain": False,
        "enabled": value.state is ProjectState.ACTIVE,
        "tags": [],
        "options": {},
        "links": {"self": f"{root}/projects/{value.id}"},
    }


def user(value: User, root: str) -> Json:
    return {
        "id": value.id,
        "name": value.shown_name or value.name,
        "email": value.email,
        "domain_id": DOMAIN_ID,
        "enabled": value.is_active,
        "default_project_id": value.default_project,
        "description": "",
        "options": {},
        "password_expires_at": None,
        "links": {"self": f"{root}/users/{value.id}"},
    }


def credential(value: ApplicationCredential, root: str) -> Json:
    result: Json = {
        "id": value.id,
        "name": value.name,
        "description": value.description,
        "project_id": value.project,
        "roles": [role(name) | {"domain_id": None} for name in value.roles],
        "unrestricted": value.unrestricted,
        "expires_at": None if value.expires is None else iso_zoneless(value.expires),
        "access_rules": [asdict(each) for each in value.access_rules],
        "links": {"self": f"{root}/users/{value.user}/application_credentials/{value.id}"},
    }
    if value.secret:
        result["secret"] = value.secret
    return result


def access_rule(value: AccessRule, root: str, user: str) -> Json:
    return asdict(value) | {"links": {"self": f"{root}/users/{user}/access_rules/{value.id}"}}


def token(issued: Issued, catalogue: Raw | None) -> Json:
    """What POST and GET of a token answer; `catalogue` None leaves it out (nocatalog)."""
    body: Json = {
        "methods": list(issued.methods),
        "issued_at": iso_z_micros(issued.issued_at),
        "expires_at": iso_z_micros(issued.expires),
        "audit_ids": list(issued.audit_ids),
        "user": {
            "id": issued.user.id,
            "name": issued.user.shown_name or issued.user.name,
            "domain": DOMAIN,
            "password_expires_at": None,
        },
    }
    if issued.credential is not None:
        body["application_credential"] = {
            "id": issued.credential.id,
            "name": issued.credential.name,
            "restricted": issued.credential.restricted,
        }
        if issued.credential.access_rules:
            rules = [asdict(each) for each in issued.credential.access_rules]
            body["application_credential"]["access_rules"] = rules
    if not scoped(issued):
        return {"token": body}
    if issued.project is not None:
        body["is_domain"] = False
        body["project"] = {"id": issued.project.id, "name": issued.project.name, "domain": DOMAIN}
        body["roles"] = [role(name) for name in issued.project.roles]
    elif issued.scope == "domain":
        body |= {"domain": DOMAIN, "roles": [role(ADMIN)]}
    else:
        roles = [role(name) for name in sorted(issued.principal.roles)]
        body |= {"system": {"all": True}, "roles": roles}
    if catalogue is not None:
        body["catalog"] = catalogue
    return {"token": body}


def scoped(issued: Issued) -> bool:
    return issued.project is not None or issued.scope in ("domain", "system")
