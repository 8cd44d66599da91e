"""`/astakos/identity/v2.0`, the versions, and Swift's first sign-in (identity.md 2.1, 4.7)."""

from __future__ import annotations

from synnefod.resources.identity.administration import UsersNoun
from synnefod.resources.identity.discovery import Version2, Versions
from synnefod.resources.identity.legacy import LegacyTokens
from synnefod.resources.identity.swift_auth import SwiftAuth
from synnefod.resources.openapi.notation import Named
from synnefod.resources.openapi.said import Said, Table
from synnefod.resources.openapi.tables import ANY, VERSION

NAMED = Named("Reference", {"id": str, "name": str})
TOKEN = Named(
    "Token",
    {"id": str, "expires": str, "issued_at?": str, "tenant": {"id": str | None, "name": str}},
)
VIEWER = Named(
    "TokenUser",
    {
        "id": str,
        "name": str,
        "roles_links": [ANY],
        "roles": [NAMED],
        "projects?": [str],
    },
)
ADDRESSES = {"publicURL": str, "internalURL": str, "adminURL": str}
CATALOGUE = [
    Named(
        "CatalogueEntry",
        {
            "name": str,
            "type": str,
            "endpoints_links": [ANY],
            "endpoints": [
                Named(
                    "CatalogueEndpoint",
                    {
                        "versionId": str,
                        "region": str,
                        **ADDRESSES,
                        "SNF:uiURL": str | None,
                        "SNF:exposeVersion?": str,
                        "SNF:webloginURL?": str | None,
                        "*": ANY,
                    },
                )
            ],
        },
    )
]
ENDPOINT = Named("Endpoint", {"id": str, "name": str, "type": str, "region": str, **ADDRESSES})
USER = Named(
    "User",
    {
        "id": str,
        "first_name": str,
        "last_name": str,
        "email": str,
        "is_active": bool,
        "is_rejected": bool,
        "deactivated_reason": str | None,
        "accepted_policy": str | None,
        "rejected_reason": str | None,
        "roles": [str],
        "authentication_methods": [
            {
                "identifier": str | None,
                "active": bool,
                "affiliation": str | None,
                "backend": str,
                "metadata": ANY,
            }
        ],
        "date_joined?": str | None,
        "moderated_at?": str | None,
        "verified_at?": str | None,
        "auth_token_expires?": str | None,
    },
)
SAID: Table = {
    Versions.versions: Said({300: {"versions": {"values": [VERSION]}}}),
    Version2.version: Said({"version": VERSION}),
    LegacyTokens.tokens: Said(
        {"access": {"token?": TOKEN, "user?": VIEWER, "serviceCatalog": CATALOGUE}},
        query=("format",),
    ),
    LegacyTokens.validate: Said(
        {"access": {"token": TOKEN, "user": VIEWER}}, query=("belongsTo", "format")
    ),
    LegacyTokens.endpoints: Said({"endpoints": [ENDPOINT], "endpoints_links": [ANY]}),
    LegacyTokens.extensions: Said({"extensions": {"values": [ANY]}}),
    LegacyTokens.tenants: Said(
        {
            "tenants": [{"id": str, "name": str, "description": str, "enabled": bool}],
            "tenants_links": [ANY],
        },
        query=("name",),
    ),
    UsersNoun.listing: Said({"users": [USER]}),
    UsersNoun.detailed: Said({"users": [USER]}),
    UsersNoun.show: Said({"user": USER}),
    UsersNoun.create: Said({"user": {"id": str, "password": str | None, "auth_token": str | None}}),
    UsersNoun.update: Said({"user": USER}),
    UsersNoun.act: Said(
        {
            "user": {
                "id": str,
                "is_active?": bool,
                "auth_token?": str,
                "has_signed_terms?": bool,
                "default_project?": str,
                "password?": str,
            }
        }
    ),
    SwiftAuth.sign_in: Said(
        None,
        headers=("X-Auth-User", "X-Auth-Key", "X-Storage-User", "X-Storage-Pass"),
        shows=("X-Storage-Url", "X-Auth-Token", "X-Storage-Token"),
    ),
}
