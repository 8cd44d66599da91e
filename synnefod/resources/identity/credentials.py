"""Keystone v3 application credentials (identity.md 4.4)."""

from __future__ import annotations

from typing import Any

from synnefod.common.errors import Malformed
from synnefod.common.ids import ProjectId
from synnefod.common.principal import AccessRule
from synnefod.common.text import parse_iso
from synnefod.identity.interface import ApplicationCredential
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call
from synnefod.resources.door import route
from synnefod.resources.identity import views
from synnefod.resources.identity.access import only_self, self_or_admin, self_or_reader
from synnefod.resources.schemas import identity as schemas

Json = dict[str, Any]
_ALL = "/users/<user>/application_credentials"
_ONE = _ALL + "/<credential>"
_RULES = "/users/<user>/access_rules"


class CredentialNoun:
    def __init__(self, identity: Rooms) -> None:
        self.identity = identity

    @route("GET", _ALL)
    async def index(self, call: Call, user: str) -> Json:
        found = await self.identity.credentials.listing(
            self_or_reader(call, user), name=call.query.one("name")
        )
        items = [views.credential(each, call.url) for each in found]
        return views.listed("application_credentials", items, call.url + call.path)

    @route("POST", _ALL, status=201, body=schemas.CredentialRequest)
    async def create(self, call: Call, user: str) -> Json:
        id_ = only_self(call, user)
        asked: schemas.CredentialFields = call.body.application_credential
        issued = await self.identity.tokens.inspect(call.token)
        made = await self.identity.credentials.create(
            issued,
            ApplicationCredential(
                id="",
                user=id_,
                project=ProjectId(""),
                name=asked.name,
                description=asked.description,
                roles=tuple(_role(each) for each in asked.roles or ()),
                unrestricted=bool(asked.unrestricted),
                expires=parse_iso(asked.expires_at) if asked.expires_at else None,
                access_rules=tuple(_rule(each) for each in asked.access_rules or ()),
                secret=asked.secret or "",
            ),
        )
        return {"application_credential": views.credential(made, call.url)}

    @route("GET", _ONE)
    async def show(self, call: Call, user: str, credential: str) -> Json:
        found = await self.identity.credentials.show(self_or_reader(call, user), credential)
        return {"application_credential": views.credential(found, call.url)}

    @route("DELETE", _ONE, status=204)
    async def delete(self, call: Call, user: str, credential: str) -> None:
        id_ = self_or_admin(call, user)
        issued = await self.identity.tokens.inspect(call.token)
        await self.identity.credentials.remove(id_, credential, by=issued)

    @route("GET", _RULES)
    async def access_rules(self, call: Call, user: str) -> Json:
        found = await self.identity.access_rules.listing(only_self(call, user))
        items = [views.access_rule(each, call.url, user) for each in found]
        return views.listed("access_rules", items, call.url + call.path)

    @route("GET", _RULES + "/<rule>")
    async def access_rule(self, call: Call, user: str, rule: str) -> Json:
        found = await self.identity.access_rules.show(only_self(call, user), rule)
        return {"access_rule": views.access_rule(found, call.url, user)}

    @route("DELETE", _RULES + "/<rule>", status=204)
    async def delete_access_rule(self, call: Call, user: str, rule: str) -> None:
        await self.identity.access_rules.remove(only_self(call, user), rule)


def _rule(asked: schemas.AccessRule) -> AccessRule:
    if not asked.id and not (asked.service and asked.method and asked.path):
        raise Malformed("An access rule has a service, a method and a path, or an id.")
    return AccessRule(asked.id or "", asked.service, asked.method, asked.path)


def _role(asked: schemas.RoleRef) -> str:
    if asked.name:
        return asked.name
    for name in views.ROLES:
        if asked.id == views.role_id(name):
            return name
    raise Malformed("There is no such role.")
