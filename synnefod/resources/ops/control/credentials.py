"""Tokens and application credentials of people, never their secrets (AST-207)."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from synnefod.common.ids import UserId
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Office, Row, when


class Of(Body):
    """`user` None: everybody's."""

    user: str | None = None


class Tokens(Of):
    """Of a user all, or those whose digest begins with `prefix`."""

    prefix: str | None = None


class Named(Body):
    id: str


@frozen
class CredentialVerbs:
    """token-list, token-revoke, appcred-list, appcred-revoke."""

    office: Office

    @route("POST", "/v1/token-list", body=Of, auth=False, change=False)
    async def tokens(self, call: Call) -> Row:
        found = await self._people().tokens(await self._user(call.body.user))
        return {
            "rows": [
                {
                    "prefix": each.prefix,
                    "user.uuid": each.user,
                    "scope": each.scope,
                    "project": each.project,
                    "label": each.label,
                    "methods": ", ".join(each.methods),
                    "issued": when(each.issued),
                    "expires": when(each.expires),
                    "last_used": when(each.last_used),
                    "address": each.address,
                }
                for each in found
            ]
        }

    @route("POST", "/v1/token-revoke", body=Tokens, auth=False)
    async def revoke(self, call: Call) -> Row:
        body: Tokens = call.body
        ended = await self._people().revoke_tokens(await self._user(body.user), body.prefix)
        return {"row": {"revoked": ended}}

    @route("POST", "/v1/appcred-list", body=Of, auth=False, change=False)
    async def credentials(self, call: Call) -> Row:
        found = await self._people().credentials(await self._user(call.body.user))
        return {
            "rows": [
                {
                    "id": each.id,
                    "name": each.name,
                    "user.uuid": each.user,
                    "project": each.project,
                    "roles": ", ".join(each.roles),
                    "unrestricted": each.unrestricted,
                    "expires": when(each.expires),
                }
                for each in found
            ]
        }

    @route("POST", "/v1/appcred-revoke", body=Named, auth=False)
    async def end(self, call: Call) -> Row:
        await self._people().revoke_credential(call.body.id)
        return {"row": {"id": call.body.id, "revoked": True}}

    def _people(self) -> Any:
        return self.office.house.identity.administration

    async def _user(self, text: str | None) -> UserId | None:
        return None if text is None else (await self.office.person(text)).id
