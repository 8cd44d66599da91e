"""Programs that may act for people (OPS-051)."""

from __future__ import annotations

from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.identity.interface.oauth import LONGEST_URL, PUBLIC, Client, OAuth
from synnefod.resources.door import Call, route
from synnefod.resources.ops.control.office import Body, Nothing, Office, Row


class Add(Body):
    identifier: str
    urls: list[str]
    secret: str = ""
    type: str = ""
    trusted: bool = False


class Named(Body):
    name: str


@frozen
class OAuthVerbs:
    """oauth2-client-*."""

    office: Office

    @route("POST", "/v1/oauth2-client-add", body=Add, auth=False)
    async def add(self, call: Call) -> Row:
        """URLs that are too long are left out, and told."""
        body: Add = call.body
        kept = [url for url in body.urls if len(url) <= LONGEST_URL]
        if not kept:
            raise Malformed("A client has at least one URL that is not too long.")
        kind = body.type or "confidential"
        made = await self._oauth().add_client(
            body.identifier, kept, kind=kind, trusted=body.trusted, secret=body.secret
        )
        row = listed(made)
        if made.kind != PUBLIC and not body.secret:
            row["secret"] = made.secret
        return {"row": row, "dropped": [url[:64] for url in body.urls if url not in kept]}

    @route("POST", "/v1/oauth2-client-list", body=Nothing, auth=False, change=False)
    async def listing(self, call: Call) -> Row:
        return {"rows": [listed(each) for each in await self._oauth().clients()]}

    @route("POST", "/v1/oauth2-client-remove", body=Named, auth=False)
    async def remove(self, call: Call) -> Row:
        gone = await self._oauth().remove_client(call.body.name)
        return {"row": {"identifier": gone.identifier, "removed": True}}

    def _oauth(self) -> OAuth:
        return self.office.house.identity.oauth


def listed(client: Client) -> Row:
    return {
        "id": client.number,
        "identifier": client.identifier,
        "type": client.kind,
        "is_trusted": client.trusted,
        "redirect_urls": " ".join(client.urls),
    }
