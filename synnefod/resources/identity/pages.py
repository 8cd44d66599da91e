"""The pages that an account needs before anybody can sign in (identity.md 2.9).

Every page works without script. Links in letters change what they are for when they are followed;
every other change is a form that carries the visitor's own proof (`browser`, Note [Forms]).
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from synnefod.common.errors import Forbidden, Malformed, NotFound, Unauthenticated
from synnefod.common.ids import UserId
from synnefod.identity.interface import Identity
from synnefod.identity.interface.life import Life
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit, fields_of
from synnefod.resources.identity.looks import Field, redirect, wants_json
from synnefod.resources.identity.words import say

_PASSWORDS = (
    Field("new_password1", "new password", "password", fill="new-password"),
    Field("new_password2", "again", "password", fill="new-password"),
)
_RENEW = Field("renew", "renew all", "checkbox", required=False)
_EMAIL = (Field("email", "email", "email", fill="email"),)


class AccountPages:
    def __init__(self, life: Life, identity: Identity, browser: Browser) -> None:
        self.life = life
        self.identity = identity
        self.browser = browser

    @route("GET", "/", auth=False)
    async def index(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        settings = self.browser.settings
        return redirect(settings.landing if visit.session else settings.home + "/login")

    @route("GET", "/activate", auth=False, change=True)
    async def activate(self, call: Call) -> Reply:
        code = call.query.one("auth")
        if not code:
            raise Forbidden("The code is missing.")
        visit = await self.browser.visit(call)
        if visit.session is not None:
            return redirect(self.browser.settings.landing)
        try:
            user = await self.life.verify(code)
        except NotFound:
            if wants_json(call):
                raise
            return on_to(self.browser, visit, "link used", bad=True)
        if not user.is_active or wants_json(call):
            return on_to(self.browser, visit, "active" if user.is_active else "awaiting")
        way = await self.browser.usual_way(user.id)
        return await self.browser.begin_session(call, user.id, method=way)

    @route("GET", "/send/activation", auth=False)
    async def resend_form(self, call: Call) -> Reply:
        look = (await self.browser.visit(call)).look
        return look.page("verification", look.form(_EMAIL, action="/send/activation"))

    @route("POST", "/send/activation", auth=False)
    async def resend(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        await self.life.resend(form.get("email", ""), call.peer)
        return _told(visit, "verification", "letter if known")

    @route("GET", "/reset", auth=False)
    @route("GET", "/local/password_reset", auth=False)
    async def reset_form(self, call: Call) -> Reply:
        look = (await self.browser.visit(call)).look
        return look.page("forgotten", look.form(_EMAIL, action="/local/password_reset"))

    @route("POST", "/reset", auth=False)
    @route("POST", "/local/password_reset", auth=False)
    async def ask_reset(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        await self.life.ask_reset(form.get("email", ""), call.peer)
        return _told(visit, "forgotten", "letter if known")

    @route("GET", "/local/reset/confirm/<user>/<key>", auth=False)
    async def new_password_form(self, call: Call, user: str, key: str) -> Reply:
        look = (await self.browser.visit(call)).look
        if self.life.reset_ends_tokens:
            told = f"<p>{look.say('tokens end')}</p>"
            return look.page("new password", told, look.form(_PASSWORDS, "save"))
        return look.page("new password", look.form((*_PASSWORDS, _RENEW), "save"))

    @route("POST", "/local/reset/confirm/<user>/<key>", auth=False)
    async def new_password(self, call: Call, user: str, key: str) -> Reply:
        visit, form = await self.browser.posted(call)
        password = twice(form, "new_password1", "new_password2")
        await self.life.reset(key, password, ends_tokens=ticked(form, "renew"))
        return on_to(self.browser, visit, "changed password")

    @route("POST", "/email_change", auth=None)
    async def ask_email(self, call: Call) -> Reply:
        """With a token in the header, or from a form of one's session."""
        visit = await self.browser.visit(call)
        form = await fields_of(call)
        user = call.principal.user
        if not call.token:
            if visit.session is None:
                raise Unauthenticated("Nobody is signed in in this browser.")
            visit.check(form.get("csrf", ""))
            user = visit.session.user.id
        await self.browser.methods.check_free(user, {"email"})
        await self.life.ask_email(user, form.get("new_email_address", ""))
        return _told(visit, "new address", "new address letter")

    @route("GET", "/email_change", auth=False)
    async def ask_email_form(self, call: Call) -> Reply:
        visit = await self.browser.signed_in(call)
        if isinstance(visit, Reply):
            return visit
        fields = (Field("new_email_address", "new address", "email", fill="email"),)
        return visit.look.page("new address", visit.look.form(fields))

    @route("GET", "/email_change/confirm/<key>", auth=False, change=True)
    async def confirm_email(self, call: Call, key: str) -> Reply:
        visit = await self.browser.visit(call)
        by: UserId | None = visit.session.user.id if visit.session else None
        if call.token:
            by = (await self.identity.authenticate(call.token)).user
        await self.life.confirm_email(key, by)
        return on_to(self.browser, visit, "changed address")

    @route("GET", "/told", auth=False)
    async def told(self, call: Call) -> Reply:
        """What came of a form that led here; only our own texts are ever said."""
        look = (await self.browser.visit(call)).look
        good, bad = call.query.one("good", ""), call.query.one("bad", "")
        return look.page(
            "account",
            f"<p>{look.link('/login', 'sign in')}</p>",
            notice=say(look.tongue, good) if good in _TOLD else "",
            error=say(look.tongue, bad) if bad in _TOLD else "",
        )


_TOLD = frozenset(
    {"letter", "link used", "active", "awaiting", "changed password", "changed address"}
)


def on_to(browser: Browser, visit: Visit, key: str, *, bad: bool = False) -> Reply:
    """To the first page; for programs what was done."""
    if wants_json(visit.call):
        return Reply({"message": say("en", key)})
    cookies = [visit.new_cookie] if visit.new_cookie else []
    target = f"{browser.settings.home}/told?{'bad' if bad else 'good'}={quote(key)}"
    return redirect(target, *cookies)


def twice(form: Mapping[str, str], first: str, second: str) -> str:
    """A password that was typed twice. Raises Malformed."""
    if form.get(first, "") != form.get(second, ""):
        raise Malformed("The two passwords differ.")
    return form.get(first, "")


def ticked(form: Mapping[str, str], name: str) -> bool:
    return form.get(name) in ("on", "true", "1")


def _told(visit: Visit, title: str, key: str) -> Reply:
    if wants_json(visit.call):
        return Reply({"message": say("en", key)})
    return visit.look.page(title, notice=say(visit.look.tongue, key))
