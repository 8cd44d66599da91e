"""`/astakos/identity/v3`: Keystone (identity.md 4)."""

from __future__ import annotations

from typing import Any

from synnefod.resources.identity.catalogue import CatalogueNoun
from synnefod.resources.identity.credentials import CredentialNoun
from synnefod.resources.identity.discovery import Version3
from synnefod.resources.identity.projects import ProjectNoun
from synnefod.resources.identity.system import SystemNoun
from synnefod.resources.identity.tokens import Tokens
from synnefod.resources.identity.users import UserNoun
from synnefod.resources.openapi.notation import Named, Shape
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, VERSION

SELF = {"self": str}
PAGE = {"self": str, "next": None, "previous": None}
NAMED = Named("Reference", {"id": str, "name": str})
DOMAINED = Named("ReferenceInDomain", {"id": str, "name": str, "domain": NAMED})
OPTIONS = {"options": {"*": ANY}}


def listed(name: str, shape: Shape, *query: str) -> Said:
    return Said({name: [shape], "links": PAGE}, query=query)


USER = Named(
    "User",
    {
        "id": str,
        "name": str,
        "email": str,
        "domain_id": str,
        "enabled": bool,
        "default_project_id": str | None,
        "description": str,
        **OPTIONS,
        "password_expires_at": str | None,
        "links": SELF,
    },
)
ENDPOINT = Named(
    "Endpoint",
    {
        "id": str,
        "interface": str,
        "region": str | None,
        "region_id": str | None,
        "url": str,
        "service_id?": str,
        "enabled?": bool,
        "links?": SELF,
    },
)
CATALOGUE = [
    Named("CatalogueEntry", {"id": str, "type": str, "name": str, "endpoints": [ENDPOINT]})
]
TOKEN = Named(
    "Token",
    {
        "methods": [str],
        "issued_at": str,
        "expires_at": str,
        "audit_ids": [str],
        "user": {
            "id": str,
            "name": str,
            "domain": NAMED,
            "password_expires_at": str | None,
        },
        "is_domain?": bool,
        "project?": DOMAINED,
        "domain?": NAMED,
        "system?": {"all": bool},
        "roles?": [NAMED],
        "catalog?": CATALOGUE,
        "application_credential?": {"id": str, "name": str, "restricted": bool, "*": ANY},
    },
)
SERVICE = Named(
    "Service",
    {
        "id": str,
        "type": str,
        "name": str,
        "description": str,
        "enabled": bool,
        "links": SELF,
    },
)
ROLE = Named(
    "Role",
    {
        "id": str,
        "name": str,
        "domain_id": None,
        "description": str,
        **OPTIONS,
        "links": SELF,
    },
)
PROJECT = Named(
    "Project",
    {
        "id": str,
        "name": str,
        "description": str,
        "domain_id": str,
        "parent_id": str,
        "is_domain": bool,
        "enabled": bool,
        "tags": [str],
        **OPTIONS,
        "links": SELF,
    },
)
DOMAIN = Named(
    "Domain",
    {"id": str, "name": str, "description": str, "enabled": bool, **OPTIONS, "links": SELF},
)
REGION = Named("Region", {"id": str, "description": str, "parent_region_id": None, "links": SELF})
CREDENTIAL = Named(
    "ApplicationCredential",
    {
        "id": str,
        "name": str,
        "description": str | None,
        "project_id": str,
        "roles": [{"id": str, "name": str, "domain_id": None}],
        "unrestricted": bool,
        "expires_at": str | None,
        "access_rules": [{"id?": str | None, "path": str, "method": str, "service": str}],
        "links": SELF,
        "secret?": str,
    },
)
ACCESS_RULE = Named(
    "AccessRuleRow",
    {"id": str, "service": str, "method": str, "path": str, "links": SELF},
)
ASSIGNMENT = Named(
    "RoleAssignment",
    {
        "role": {"id": str, "name?": str},
        "user": {"id": str, "name?": str, "domain?": NAMED},
        "scope": (
            {"project": {"id": str, "name?": str, "domain?": NAMED}},
            {"system": {"all": bool}},
        ),
        "links": {"*": Any},
    },
)
SUBJECT = ("X-Subject-Token",)
ROLE_NAMES = ("role.id", "scope.project.id", "user.id", "include_names")
SAID: Table = {
    Version3.version: Said({"version": VERSION}),
    Tokens.issue: Said({201: {"token": TOKEN}}, query=("nocatalog",), shows=SUBJECT),
    Tokens.show: Said({"token": TOKEN}, query=("nocatalog",), headers=SUBJECT, shows=SUBJECT),
    Tokens.revoke: Said(None, headers=SUBJECT),
    Tokens.catalogue: Said({"catalog": CATALOGUE, "links": SELF}),
    Tokens.auth_projects: listed("projects", PROJECT),
    Tokens.auth_domains: listed("domains", DOMAIN),
    Tokens.auth_system: Said({"system": [{"all": bool}], "links": SELF}),
    ProjectNoun.index: listed("projects", PROJECT, "domain_id", "enabled", "name", "parent_id"),
    ProjectNoun.of_user: listed("projects", PROJECT, "domain_id", "enabled", "name", "parent_id"),
    ProjectNoun.show: Said({"project": PROJECT}),
    ProjectNoun.create: Said({"project": PROJECT}),
    ProjectNoun.change: Said({"project": PROJECT}),
    ProjectNoun.delete: Said(None),
    ProjectNoun.roles: listed("roles", ROLE),
    ProjectNoun.check: Said(None),
    ProjectNoun.assign: Said(None),
    ProjectNoun.withdraw: Said(None),
    SystemNoun.roles: listed("roles", ROLE),
    SystemNoun.check: Said(None),
    SystemNoun.assign: Said(None),
    SystemNoun.withdraw: Said(None),
    SystemNoun.group_roles: Said(None),
    UserNoun.index: listed("users", USER, "domain_id", "enabled", "name"),
    UserNoun.show: Said({"user": USER}),
    UserNoun.create: Said({"user": USER}),
    UserNoun.change: Said({"user": USER}),
    UserNoun.delete: Said(None),
    UserNoun.groups: listed("groups", ANY),
    UserNoun.password: Said(None),
    CatalogueNoun.domains: listed("domains", DOMAIN, "name"),
    CatalogueNoun.domain: Said({"domain": DOMAIN}),
    CatalogueNoun.roles: listed("roles", ROLE, "name"),
    CatalogueNoun.role: Said({"role": ROLE}),
    CatalogueNoun.fixed: Said(None),
    CatalogueNoun.assignments: listed("role_assignments", ASSIGNMENT, *ROLE_NAMES),
    CatalogueNoun.regions: listed("regions", REGION),
    CatalogueNoun.region: Said({"region": REGION}),
    CatalogueNoun.services: listed("services", SERVICE, "name", "type"),
    CatalogueNoun.service: Said({"service": SERVICE}),
    CatalogueNoun.endpoints: listed("endpoints", ENDPOINT, "interface", "region_id", "service_id"),
    CatalogueNoun.endpoint: Said({"endpoint": ENDPOINT}),
    CredentialNoun.index: listed("application_credentials", CREDENTIAL, "name"),
    CredentialNoun.show: Said({"application_credential": CREDENTIAL}),
    CredentialNoun.create: Said({"application_credential": CREDENTIAL}),
    CredentialNoun.delete: Said(None),
    CredentialNoun.access_rules: listed("access_rules", ACCESS_RULE),
    CredentialNoun.access_rule: Said({"access_rule": ACCESS_RULE}),
    CredentialNoun.delete_access_rule: Said(None),
}
