"""A person's own pages: names, ways to sign in, invitations (identity.md 2.9, web-ui.md 1.17)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from urllib.parse import quote

from attrs import evolve

from synnefod.common.errors import Conflict, Forbidden, Malformed, Refusal, Unauthenticated
from synnefod.identity.interface import UserChanges
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.methods import EMAIL, LOCAL, Methods, Ways
from synnefod.identity.interface.rooms import Rooms
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.looks import Field, Look, redirect
from synnefod.resources.identity.pages import ticked, twice
from synnefod.resources.identity.words import say

_NAMES = (
    Field("first_name", "first name", fill="given-name", required=False),
    Field("last_name", "last name", fill="family-name", required=False),
)
_OLD = Field("old_password", "old password", "password", fill="current-password")
_NEW = (
    Field("new_password1", "new password", "password", fill="new-password"),
    Field("new_password2", "again", "password", fill="new-password"),
)
_INVITE = (Field("realname", "name"), Field("username", "email", "email"))
_TOLD = frozenset(
    {"added", "own", "switched", "removed", "saved", "changed password", "invited"}
    | {"identity taken", "add refused", "switch refused", "inactive"}
)


class ProfilePages:
    def __init__(self, rooms: Rooms, life: Life, browser: Browser, methods: Methods) -> None:
        self.rooms = rooms
        self.life = life
        self.browser = browser
        self.methods = methods

    @route("GET", "/profile", auth=False)
    async def show(self, call: Call) -> Reply:
        visit = await self.browser.signed_in(call, profile=True)
        if isinstance(visit, Reply):
            return visit
        good, bad = call.query.one("good", ""), call.query.one("bad", "")
        tongue = visit.look.tongue
        return await self._page(
            visit,
            call.query.one("next", ""),
            notice=say(tongue, good) if good in _TOLD else "",
            error=say(tongue, bad) if bad in _TOLD else "",
        )

    @route("POST", "/profile", auth=False)
    async def save(self, call: Call) -> Reply:
        visit, form = await self._posted(call)
        assert visit.session is not None
        user = visit.session.user
        ways = await self.methods.ways(user.id)
        names = {each.name: form.get(each.name) for each in _NAMES if each.name not in ways.fixed}
        target = self.browser.onward(form.get("next", ""))
        changes = UserChanges(
            first_name=names.get("first_name"),
            last_name=names.get("last_name"),
            profile_seen=True,
        )
        try:
            await self.rooms.users.modify(user.id, changes)
        except Malformed as error:
            return await self._page(visit, target, error=error.message)
        cookies: list[str] = []
        if ticked(form, "renew"):
            token, _ = await self.browser.sessions.renew(visit.session)
            cookies = self.browser.refreshed(call, visit.session, token)
        if target and not ways.required:
            return redirect(target, *cookies)
        return self._on("good=saved", *cookies)

    @route("GET", "/remove_auth_provider/<int:number>", auth=False)
    async def ask_removal(self, call: Call, number: int) -> Reply:
        visit = await self.browser.signed_in(call, profile=True)
        if isinstance(visit, Reply):
            return visit
        question = f"<p>{visit.look.say('remove?')}</p>"
        form = visit.look.form((), "remove", action=f"/remove_auth_provider/{number}")
        return visit.look.page("ways", question, form)

    @route("POST", "/remove_auth_provider/<int:number>", auth=False)
    async def remove(self, call: Call, number: int) -> Reply:
        visit, _ = await self._posted(call)
        assert visit.session is not None
        await self.methods.remove(visit.session.user.id, number)
        return self._on("good=removed")

    @route("GET", "/password_change", auth=False)
    async def password_form(self, call: Call) -> Reply:
        visit = await self.browser.signed_in(call, profile=True)
        return visit if isinstance(visit, Reply) else await self._password(visit)

    @route("POST", "/password_change", auth=False)
    async def password(self, call: Call) -> Reply:
        """A new password ends all sessions, this one too; a first one does not."""
        visit, form = await self._posted(call)
        assert visit.session is not None
        user = visit.session.user.id
        try:
            new = twice(form, "new_password1", "new_password2")
            if await self._has_password(visit):
                old = form.get("old_password", "")
                await self.rooms.users.change_password(user, old, new, call.peer)
                return await self.browser.begin_session(
                    call, user, self.browser.settings.home + "/profile?good=changed%20password"
                )
            await self.methods.add_password(user, new)
        except (Malformed, Unauthenticated, Conflict, Forbidden) as error:
            return await self._password(visit, error)
        return self._on("good=added")

    @route("GET", "/invite", auth=False)
    async def invite_form(self, call: Call) -> Reply:
        visit = await self.browser.signed_in(call)
        return visit if isinstance(visit, Reply) else await self._invite(visit)

    @route("POST", "/invite", auth=False)
    async def invite(self, call: Call) -> Reply:
        visit, form = await self._posted(call)
        assert visit.session is not None
        try:
            await self.life.invite(
                visit.session.user.id, form.get("realname", ""), form.get("username", "")
            )
        except (Malformed, Conflict) as error:
            return await self._invite(visit, error.message)
        return self._on("good=invited")

    async def _posted(self, call: Call) -> tuple[Visit, Mapping[str, str]]:
        """A form of somebody who is signed in. Raises Unauthenticated, Forbidden (terms)."""
        visit, form = await self.browser.posted(call)
        if visit.session is None:
            raise Unauthenticated("Nobody is signed in in this browser.")
        if not visit.session.terms_accepted:
            raise Forbidden("The terms have to be accepted.")
        return visit, form

    async def _page(self, visit: Visit, target: str, *, error: str = "", notice: str = "") -> Reply:
        assert visit.session is not None
        look, user = visit.look, await self.rooms.users.show(visit.session.user.id)
        ways = await self.methods.ways(user.id)
        fields = [
            Field("email", "email", "email", user.email, fixed=True),
            *(
                evolve(each, value=getattr(user, each.name), fixed=each.name in ways.fixed)
                for each in _NAMES
            ),
        ]
        fields.append(Field("renew", "renew all", "checkbox", required=False))
        parts = [look.form(fields, "save", action="/profile", hidden={"next": target[:4096]})]
        if self.life.changes_email and EMAIL not in ways.fixed:
            parts.append(f"<p>{look.link('/email_change', 'new address')}</p>")
            asked = await self.life.asked_email(user.id)
            if asked:
                parts.append(f"<p>{look.say('address asked', address=asked)}</p>")
        if ways.fixed:
            parts.append(f"<p>{look.say('fixed by provider')}</p>")
        for card in ways.required:
            warning = look.say("required way", provider=card.label)
            parts.insert(0, f'<p class="bad" role="alert"><strong>{warning}</strong></p>')
        parts.append(_ways(look, ways))
        return look.page("profile", *parts, error=error, notice=notice)

    async def _password(self, visit: Visit, error: Refusal | None = None) -> Reply:
        known = await self._has_password(visit)
        fields = (_OLD, *_NEW) if known else _NEW
        return visit.look.page(
            "change password" if known else "set password",
            visit.look.form(fields, "save", action="/password_change"),
            error=error.message if error is not None else "",
        )

    async def _has_password(self, visit: Visit) -> bool:
        assert visit.session is not None
        ways = await self.methods.ways(visit.session.user.id)
        return any(each.module == LOCAL for each in ways.methods)

    async def _invite(self, visit: Visit, error: str = "") -> Reply:
        assert visit.session is not None
        look = visit.look
        left, given = await self.life.invitations(visit.session.user.id)
        rows = "".join(f"<li>{escape(each.realname)} · {escape(each.email)}</li>" for each in given)
        form = look.form(_INVITE, "invite", action="/invite") if left else ""
        count = f"<p>{look.say('invitations left', left=left)}</p>"
        return look.page("invite", count, form, f"<ul>{rows}</ul>", error=error)

    def _on(self, what: str, *cookies: str) -> Reply:
        return redirect(f"{self.browser.settings.home}/profile?{what}", *cookies)


def _ways(look: Look, ways: Ways) -> str:
    """The ways that a person has, and those that may be added."""
    rows = []
    for each in ways.methods:
        row = f"<li>{escape(each.label)} {escape(each.identifier)} "
        if each.module == LOCAL:
            row += look.link("/password_change", "change password")
        if each.switchable:
            row += look.link(f"/login/{quote(each.module)}?switch_from={each.number}", "switch")
        if each.removable:
            row += " " + look.link(f"/remove_auth_provider/{each.number}", "remove")
        rows.append(row + "</li>")
    for card in ways.addable:
        path = "/password_change" if card.name == LOCAL else f"/login/{quote(card.name)}"
        rows.append(f"<li>{escape(card.label)} {look.link(path, 'add')}</li>")
    return f"<h2>{look.say('ways')}</h2><ul>{''.join(rows)}</ul>"
