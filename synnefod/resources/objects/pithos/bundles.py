"""Beside Pithos' own dialect, for browsers: many files as one ZIP, and files found by name.

`POST /pithos/zip` with a token answers an address; whoever has it gets the ZIP once, within a
minute, with the rights of who asked. So no token is ever in an address (UI-008, UI-188).
"""

from __future__ import annotations

from typing import Any

import msgspec
from attrs import frozen

from synnefod.common.errors import Malformed
from synnefod.objects.interface import Bundle, Objects
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.objects.headers import natural
from synnefod.resources.objects.listings import pithos_object
from synnefod.resources.objects.pithos.reading import disposition_of

MOST_FOUND = 500
_FOUND = 200


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    account: str
    container: str
    names: list[str]


@frozen
class Bundles:
    """The noun of `/pithos/zip`."""

    objects: Objects

    @route("POST", "/", body=Wanted, status=201)
    async def promise(self, call: Call) -> dict[str, str]:
        body: Wanted = call.body
        bundle = Bundle(body.account, body.container, tuple(body.names))
        ticket = await self.objects.promise_bundle(call.principal, bundle)
        return {"address": f"{call.mount}/{ticket}"}

    @route("GET", "/<ticket>", auth=False, change=True)
    async def send(self, call: Call, ticket: str) -> Reply:
        name, data = await self.objects.bundle(ticket)
        return Reply(
            data,
            content_type="application/zip",
            headers={
                "Content-Disposition": disposition_of("attachment", name),
                "Cache-Control": "private, no-store",
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
            },
        )


@frozen
class Searching:
    """The noun of `/pithos/search`. `public` is where links of published objects lead."""

    objects: Objects
    public: str = "/pithos/public"

    @route("GET", "/")
    async def search(self, call: Call) -> dict[str, Any]:
        """Own files whose names hold every word of `q`."""
        query = call.query
        limit = natural(query.one("limit") or str(_FOUND))
        if not limit or limit > MOST_FOUND:
            raise Malformed(f"limit is 1 to {MOST_FOUND}.")
        found = await self.objects.search(
            call.principal, query.one("q", ""), container=query.one("container"), limit=limit
        )
        link = lambda token: f"{call.base}{self.public}/{token}"  # noqa: E731
        return {
            "files": [
                {"container": one.container, **pithos_object(one, until=False, link=link)}
                for one in found
            ]
        }
