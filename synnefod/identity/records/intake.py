"""People and components of a Synnefo 0.21 database, put into our tables (AST-208)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from synnefod.store import foreign
from synnefod.store.foreign import Tables
from synnefod.store.interface import Tx

TABLES: Mapping[str, tuple[str, ...]] = {
    "auth_user": (
        "id",
        "username",
        "email",
        "first_name",
        "last_name",
        "password",
        "is_active",
        "is_superuser",
        "last_login?",
        "date_joined",
    ),
    "im_astakosuser": (
        "user_ptr_id",
        "uuid",
        "affiliation?",
        "auth_token?",
        "auth_token_created?",
        "auth_token_expires?",
        "updated?",
        "email_verified",
        "verified_at?",
        "moderated",
        "moderated_at?",
        "moderated_data?",
        "accepted_policy?",
        "accepted_email?",
        "is_rejected?",
        "rejected_reason?",
        "deactivated_reason?",
        "deactivated_at?",
        "has_signed_terms?",
        "date_signed_terms?",
        "is_verified?",
        "level?",
        "invitations?",
        "base_project_id?",
        "default_project?",
    ),
    "im_astakosuserauthprovider": (
        "user_id",
        "module",
        "identifier?",
        "auth_backend?",
        "active?",
        "affiliation?",
        "info_data?",
        "created?",
        "last_login_at?",
    ),
    "auth_group?": ("id", "name"),
    "auth_user_groups?": ("user_id", "group_id"),
    "im_component": ("id", "name", "url?", "base_url?", "auth_token?", "auth_token_created?"),
    "im_service": ("id", "component_id", "name", "type"),
    "im_endpoint?": ("id", "service_id"),
    "im_endpointdata?": ("endpoint_id", "key", "value"),
}
"""What is read of the other database, in the words of `store/foreign`."""
_FLAGS = ("email_verified", "moderated", "is_rejected", "has_signed_terms", "is_verified")
_KEPT = (
    "affiliation",
    "verified_at",
    "moderated_at",
    "moderated_data",
    "accepted_policy",
    "accepted_email",
    "rejected_reason",
    "deactivated_reason",
    "deactivated_at",
    "date_signed_terms",
)


async def known(tx: Tx) -> tuple[set[str], set[str]]:
    """UUIDs and names of the users that there are."""
    rows = await tx.all("select uuid, username from users")
    return {row[0] for row in rows}, {row[1] for row in rows}


async def add_user(
    tx: Tx, account: Mapping[str, Any], more: Mapping[str, Any], base: str | None, now: int
) -> None:
    """`account` is a row of auth_user, `more` of im_astakosuser."""
    email = account["email"] or account["username"]
    stored = account["password"] or ""
    default = more["default_project"] or base
    row: dict[str, Any] = {
        "uuid": more["uuid"],
        "username": account["username"].lower(),
        "shown_name": None if account["username"].lower() == email.lower() else account["username"],
        "email": email,
        "first_name": account["first_name"] or "",
        "last_name": account["last_name"] or "",
        # Django writes what can never be a password with an exclamation mark.
        "password": None if stored in ("", "!") or stored.startswith("!") else stored,
        "is_active": account["is_active"],
        "is_superuser": account["is_superuser"],
        "level": 4 if more["level"] is None else more["level"],
        "invitations": more["invitations"] or 0,
        "date_joined": account["date_joined"],
        "last_login": account["last_login"],
        "updated": more["updated"] or now,
        "base_project": base,
        "default_project": default,
    }
    row |= {name: more[name] or 0 for name in _FLAGS}
    row |= {name: more[name] for name in _KEPT}
    await foreign.insert(tx, "users", [row])


async def add_token(tx: Tx, person: str, digest: str, issued: int, expires: int) -> None:
    row: dict[str, Any] = {
        "digest": digest,
        "person": person,
        "scope": "default",
        "label": "imported",
        "methods": '["token"]',
        "audit_id": secrets.token_urlsafe(16),
        "issued": issued,
        "expires": expires,
    }
    await foreign.insert(tx, "tokens", [row])


async def add_providers(tx: Tx, tables: Tables, people: Mapping[int, str], now: int) -> None:
    """Ways of signing in; of a repeated one the first."""
    seen: set[tuple[str, str, str]] = set()
    rows: list[dict[str, Any]] = []
    for each in tables["im_astakosuserauthprovider"]:
        person = people.get(each["user_id"])
        key = (person or "", each["module"], each["identifier"] or "")
        if person is None or key in seen:
            continue
        seen.add(key)
        rows.append(
            {
                "person": person,
                "module": each["module"],
                "identifier": each["identifier"] or "",
                "auth_backend": each["auth_backend"] or "astakos",
                "active": 1 if each["active"] is None else each["active"],
                "affiliation": each["affiliation"],
                "info": each["info_data"] or "",
                "created": each["created"] or now,
                "last_login_at": each["last_login_at"],
            }
        )
    await foreign.insert(tx, "auth_providers", rows)


async def add_component(
    tx: Tx, component: Mapping[str, Any], digest: str | None, now: int
) -> int | None:
    """Its number; None when there is one of this name."""
    there = await tx.one("select id from components where name = :name", name=component["name"])
    if there is not None:
        return None
    row: dict[str, Any] = {
        "name": component["name"],
        "url": component["url"],
        "base_url": component["base_url"],
        "token_digest": digest,
        "token_created": component["auth_token_created"] or now,
    }
    return await foreign.insert_one(tx, "components", row)


async def add_service(
    tx: Tx, component: int, service: Mapping[str, Any], endpoints: list[dict[str, str]]
) -> bool:
    """Whether nobody had a service of this name."""
    there = await tx.one("select id from services where name = :name", name=service["name"])
    if there is not None:
        return False
    row = {"component": component, "name": service["name"], "type": service["type"]}
    number = await foreign.insert_one(tx, "services", row)
    for keys in endpoints:
        made = await foreign.insert_one(tx, "endpoints", {"service": number})
        data: list[dict[str, Any]] = [
            {"endpoint": made, "name": key, "value": keys[key]} for key in sorted(keys)
        ]
        await foreign.insert(tx, "endpoint_data", data)
    return True
