"""Synnefo's identity v2.0: sign-in with a token, and the catalogue (identity.md 2.2, 4.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import stable_id
from synnefod.common.text import iso_offset
from synnefod.identity.interface import Issued, User
from synnefod.identity.interface.oauth import OAuth
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.negotiation import call_wants_xml
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
_XMLNS = "http://docs.openstack.org/identity/api/v2.0"


def access(issued: Issued, catalogue: list[Json]) -> Json:
    """`tenant` is the default project under the person's real name, as Synnefo has it, unless
    the token is of a project; then it is that project."""
    user = issued.user
    tenant: Json = {"id": user.default_project, "name": user.real_name}
    if issued.scope == "project" and issued.project is not None:
        tenant = {"id": issued.project.id, "name": issued.project.name}
    return {
        "token": {
            "id": issued.token,
            "expires": iso_offset(issued.expires),
            "issued_at": iso_offset(issued.issued_at),
            "tenant": tenant,
        },
        "user": {
            **_person(user, issued.groups),
            "projects": sorted(issued.principal.projects),
        },
        "serviceCatalog": catalogue,
    }


def _person(user: User, groups: Sequence[str]) -> Json:
    return {
        "id": user.id,
        "name": user.real_name,
        "roles_links": [],
        "roles": [{"id": stable_id("group", name), "name": name} for name in groups],
    }


def as_xml(value: Json) -> bytes:
    """The same answer as XML."""
    root = Element("access", xmlns=_XMLNS)
    if "token" in value:
        token = value["token"]
        element = SubElement(root, "token", id=token["id"], expires=token["expires"])
        tenant = {name: text or "" for name, text in token["tenant"].items()}
        SubElement(element, "tenant", tenant)
        person = SubElement(root, "user", id=value["user"]["id"], name=value["user"]["name"])
        roles = SubElement(person, "roles")
        for role in value["user"]["roles"]:
            SubElement(roles, "role", role)
    if "serviceCatalog" in value:
        catalogue = SubElement(root, "serviceCatalog")
    for service in value.get("serviceCatalog", ()):
        element = SubElement(catalogue, "service", type=service["type"], name=service["name"])
        for endpoint in service["endpoints"]:
            SubElement(element, "endpoint", {k: str(v or "") for k, v in endpoint.items()})
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


class LegacyTokens:
    def __init__(self, identity: Rooms, oauth: OAuth | None = None) -> None:
        self.identity = identity
        self.oauth = oauth

    @route(
        "POST",
        "/tokens",
        auth=False,
        body=schemas.LegacyAuthRequest,
        empty_ok=True,
        always=True,
        change=False,
    )
    async def tokens(self, call: Call) -> Reply:
        await self.identity.refresh_catalogue()
        catalogue = self.identity.catalogue.v2(call.base)
        if call.body is None:
            return _reply(call, {"serviceCatalog": catalogue})
        auth: schemas.LegacyAuth = call.body.auth
        tenant = auth.tenant_name or auth.tenant_id
        if auth.token is not None:
            issued = await self.identity.signin.legacy(None, auth.token.id, tenant)
        elif auth.password is not None:
            issued = await self.identity.signin.legacy(
                auth.password.username, auth.password.password, tenant
            )
        else:
            raise Malformed("The request names neither a token nor password credentials.")
        return _reply(call, access(issued, catalogue))

    @route("GET", "/tokens/<path:token>", auth=False)
    async def validate(self, call: Call, token: str) -> Reply:
        """Of OAuth2's access tokens only; whoever holds one may ask (AST-030)."""
        if self.oauth is None:
            raise NotFound("The token is not known.")
        viewer = await self.oauth.validate(token, call.query.one("belongsTo"))
        user = viewer.user
        tenant = {"id": user.default_project, "name": user.real_name}
        return _reply(
            call,
            {
                "token": {"id": token, "expires": iso_offset(viewer.expires), "tenant": tenant},
                "user": _person(user, viewer.groups),
            },
        )

    @route("GET", "/tenants")
    async def tenants(self, call: Call) -> Json:
        found = await self.identity.tokens.standings(call.principal.user)
        name = call.query.one("name")
        items = [
            {"id": each.id, "name": each.name, "description": "", "enabled": True}
            for each in found
            if name in (None, each.name)
        ]
        return {"tenants": items, "tenants_links": []}

    @route("GET", "/extensions", auth=False)
    async def extensions(self, call: Call) -> Json:
        return {"extensions": {"values": []}}

    @route("GET", "/tokens/<path:token>/endpoints")
    async def endpoints(self, call: Call, token: str) -> Json:
        if token != call.token:
            raise Forbidden("The token is not the one that asks.")
        await self.identity.refresh_catalogue()
        items = [
            {
                "id": stable_id(service["name"], service["type"]),
                "name": service["name"],
                "type": service["type"],
                **{
                    key: service["endpoints"][0][key]
                    for key in ("region", "publicURL", "internalURL", "adminURL")
                },
            }
            for service in self.identity.catalogue.v2(call.base)
        ]
        return {"endpoints": items, "endpoints_links": []}


def _reply(call: Call, value: Json) -> Reply:
    if call_wants_xml(call):
        return Reply(as_xml(value), content_type="application/xml; charset=UTF-8")
    return Reply({"access": value})
