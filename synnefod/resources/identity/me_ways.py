"""My ways to sign in and my invitations, for any client (web-ui.md 5)."""

from __future__ import annotations

from typing import Any

import msgspec

from synnefod.common.errors import Forbidden, Malformed, Unauthenticated, Unsupported
from synnefod.common.text import iso_offset
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.methods import LOCAL, Arrival, Method, Provider
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call
from synnefod.resources.door import route

Json = dict[str, Any]


class NewWay(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """`identifier`: the name in a directory; absent for a password of this cloud."""

    module: str
    identifier: str = ""
    password: str = ""


class NewInvitation(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    realname: str
    email: str


class MyWays:
    """`{account}/me/providers` and `/me/invitations`. `pages` is the mount of the pages, where
    ways begin that need a browser."""

    def __init__(self, rooms: Rooms, life: Life | None, pages: str) -> None:
        self.rooms = rooms
        self.life = life
        self.pages = pages

    @route("GET", "/me/providers")
    async def show(self, call: Call) -> Json:
        ways = await self.rooms.methods.ways(call.principal.user)
        return {
            "providers": [_method(each) for each in ways.methods],
            "available": [self._provider(call, each) for each in ways.addable],
            "required": [self._provider(call, each) for each in ways.required],
            "fixed": sorted(ways.fixed),
        }

    @route("POST", "/me/providers", body=NewWay, status=201)
    async def add(self, call: Call) -> Json:
        """A password of this cloud, or of a directory; other ways begin at `add_url`."""
        await self._unrestricted(call)
        wanted: NewWay = call.body
        me, card = call.principal.user, self.rooms.proofs.provider(wanted.module)
        if card.name == LOCAL:
            await self.rooms.methods.add_password(me, wanted.password)
        elif card.kind == "form":
            try:
                claim = await self.rooms.proofs.by_form(
                    card.name, wanted.identifier, wanted.password, call.peer
                )
            except Unauthenticated as error:
                # The token is good: a client that met 401 would throw it away.
                raise Forbidden(error.message) from None
            _accepted(await self.rooms.methods.arrive(claim, "", me))
        else:
            raise Malformed(f"'{card.name}' is added with a browser: see add_url.")
        return await self.show(call)

    @route("DELETE", "/me/providers/<int:number>", status=204)
    async def remove(self, call: Call, number: int) -> None:
        await self._unrestricted(call)
        await self.rooms.methods.remove(call.principal.user, number)

    @route("GET", "/me/invitations")
    async def invitations(self, call: Call) -> Json:
        left, given = await self._life().invitations(call.principal.user)
        return {
            "left": left,
            "invitations": [
                {
                    "id": each.number,
                    "realname": each.realname,
                    "email": each.email,
                    "created": iso_offset(each.created),
                    "consumed": None if each.consumed is None else iso_offset(each.consumed),
                }
                for each in given
            ],
        }

    @route("POST", "/me/invitations", body=NewInvitation, status=201)
    async def invite(self, call: Call) -> Json:
        await self._unrestricted(call)
        wanted: NewInvitation = call.body
        await self._life().invite(call.principal.user, wanted.realname, wanted.email)
        return await self.invitations(call)

    def _provider(self, call: Call, card: Provider) -> Json:
        found: Json = {"module": card.name, "label": card.label, "kind": card.kind}
        if card.name != LOCAL:
            found["add_url"] = f"{call.base}{self.pages}/login/{card.name}"
        return found

    def _life(self) -> Life:
        if self.life is None:
            raise Unsupported("No letters are sent here.")
        return self.life

    async def _unrestricted(self, call: Call) -> None:
        """Raises Forbidden for a token of a restricted application credential."""
        issued = await self.rooms.tokens.inspect(call.token)
        if issued.credential is not None and issued.credential.restricted:
            raise Forbidden("A restricted application credential may not do this.")


def _accepted(arrival: Arrival) -> None:
    if arrival.what == "refused":
        raise Forbidden(f"This was refused: {arrival.why}.")


def _method(each: Method) -> Json:
    return {
        "id": each.number,
        "module": each.module,
        "label": each.label,
        "identifier": each.identifier,
        "created": iso_offset(each.created),
        "last_used": None if each.last_used is None else iso_offset(each.last_used),
        "removable": each.removable,
        "switchable": each.switchable,
    }
