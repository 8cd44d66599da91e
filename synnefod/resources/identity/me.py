"""What a person sees and changes of their own account, for any client (web-ui.md 5)."""

from __future__ import annotations

from typing import Any

import msgspec

from synnefod.common.errors import Forbidden, Malformed, NotFound, Unauthenticated, Unsupported
from synnefod.common.text import iso_offset
from synnefod.identity.interface import PREFERENCES_LIMIT, Issued, UserChanges
from synnefod.identity.interface.administration import Administration, TokenRow
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route

Json = dict[str, Any]
YEAR = 366 * 86400


class Names(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What is left out stays."""

    first_name: str | None = None
    last_name: str | None = None


class NewPassword(msgspec.Struct, kw_only=True):
    old: str
    new: str


class NewEmail(msgspec.Struct, kw_only=True):
    email: str


class Wanted(msgspec.Struct, kw_only=True):
    """`seconds`: how long the token lives; None: as long as the cloud's usual ones."""

    label: str = ""
    seconds: int | None = None


class Me:
    """`{account}/me` and what lies below it. Nothing here shows or changes another person."""

    def __init__(self, rooms: Rooms, people: Administration, life: Life | None) -> None:
        self.rooms = rooms
        self.people = people
        self.life = life

    @route("GET", "/me")
    async def show(self, call: Call) -> Json:
        """Who I am, where I may work, and what I may do."""
        me = call.principal
        profile = (await self.people.profiles(me.user))[0]
        standings = await self.rooms.tokens.standings(me.user)
        user = profile.user
        return {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "is_admin": me.is_admin,
            "groups": list(profile.groups),
            "default_project": user.default_project,
            "projects": [
                {"id": each.id, "name": each.name, "roles": list(each.roles)} for each in standings
            ],
            "methods": [
                {"module": each["module"], "identifier": each["identifier"]}
                for each in profile.methods
                if each["active"]
            ],
            "created": iso_offset(user.created),
            "last_login": None if user.last_login is None else iso_offset(user.last_login),
            "token": {"scope": me.project, "expires": iso_offset(me.token_expires)},
        }

    @route("PATCH", "/me", body=Names)
    async def rename(self, call: Call) -> Json:
        wanted: Names = call.body
        given = {name for name in ("first_name", "last_name") if getattr(wanted, name) is not None}
        await self.rooms.methods.check_free(call.principal.user, given)
        changes = UserChanges(first_name=wanted.first_name, last_name=wanted.last_name)
        await self.rooms.users.modify(call.principal.user, changes)
        return await self.show(call)

    @route("POST", "/me/password", body=NewPassword)
    async def password(self, call: Call) -> Json:
        """Ends all other sessions and, unless the settings keep them, all tokens; a new token for
        the asker."""
        await self._unrestricted(call)
        wanted: NewPassword = call.body
        me = call.principal.user
        try:
            await self.rooms.users.change_password(
                me, wanted.old, wanted.new, call.peer, keep=call.token
            )
        except Unauthenticated as error:
            # The token is good: a client that met 401 would throw it away.
            raise Forbidden(error.message) from None
        return _told(*await self.rooms.tokens.issue_api(me))

    @route("POST", "/me/email", body=NewEmail, status=202)
    async def email(self, call: Call) -> None:
        """A letter goes to the new address; its link makes the change."""
        if self.life is None:
            raise Unsupported("No letters are sent here.")
        await self._unrestricted(call)
        await self.rooms.methods.check_free(call.principal.user, {"email"})
        await self.life.ask_email(call.principal.user, call.body.email)

    @route("GET", "/me/tokens")
    async def tokens(self, call: Call) -> Json:
        found = await self.people.tokens(call.principal.user)
        return {"tokens": [_shown(each) for each in found]}

    @route("POST", "/me/tokens", body=Wanted, status=201)
    async def issue(self, call: Call) -> Json:
        await self._unrestricted(call)
        wanted: Wanted = call.body
        if len(wanted.label) > 80 or not wanted.label.isprintable():
            raise Malformed("A label has at most 80 characters, and no control characters.")
        if wanted.seconds is not None and not 60 <= wanted.seconds <= YEAR:
            raise Malformed("A token lives for 60 seconds to 366 days.")
        return _told(
            *await self.rooms.tokens.issue_api(
                call.principal.user, label=wanted.label, seconds=wanted.seconds
            )
        )

    @route("POST", "/me/tokens/renew", status=201)
    async def renew(self, call: Call) -> Json:
        """Ends every token and every other session; one new token."""
        await self._unrestricted(call)
        return _told(*await self.rooms.sessions.renew_all(call.principal.user, call.token))

    @route("DELETE", "/me/tokens/<prefix>", status=204)
    async def revoke(self, call: Call, prefix: str) -> None:
        if not await self.people.revoke_tokens(call.principal.user, prefix):
            raise NotFound("You have no such token.")

    @route("GET", "/me/preferences")
    async def preferences(self, call: Call) -> Json:
        return await self.rooms.preferences.show(call.principal.user)

    @route("PUT", "/me/preferences", body=dict[str, Any], limit=PREFERENCES_LIMIT, status=204)
    async def prefer(self, call: Call) -> Reply:
        await self.rooms.preferences.replace(call.principal.user, call.body)
        return Reply(None, status=204)

    async def _unrestricted(self, call: Call) -> Issued:
        """Raises Forbidden for a token of a restricted application credential."""
        issued = await self.rooms.tokens.inspect(call.token)
        if issued.credential is not None and issued.credential.restricted:
            raise Forbidden("A restricted application credential may not do this.")
        return issued


def _told(token: str, expires: int) -> Json:
    return {"token": token, "expires": iso_offset(expires)}


def _shown(row: TokenRow) -> Json:
    return {
        "prefix": row.prefix,
        "label": row.label,
        "scope": row.scope,
        "project": row.project,
        "methods": list(row.methods),
        "issued": iso_offset(row.issued),
        "expires": iso_offset(row.expires),
        "last_used": None if row.last_used is None else iso_offset(row.last_used),
        "address": row.address or None,
    }
