"""Signing in and out with a browser, and the web application's token (identity.md 2.9, 6.5)."""

from __future__ import annotations

from synnefod.common.errors import Forbidden, TooManyRequests, Unauthenticated
from synnefod.common.text import iso_z
from synnefod.identity.interface import User
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, FormRefused, Visit
from synnefod.resources.identity.looks import (
    STYLE,
    Field,
    redirect,
    wants_json,
    with_next,
)
from synnefod.resources.identity.words import say

ROOTED = ("login", "logout", "signup", "activate", "reset", "terms", "ui/session_token")
"""Paths of the pages that are also served below the root, where the web application looks."""


class Entry:
    """Passwords of this cloud; other ways in are linked from here."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.sessions = browser.sessions

    @route("GET", "/login", auth=False, always=True)
    async def login_form(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        target = call.query.one("next", "")
        if visit.session is not None:
            return self._on(visit, target)
        return self._form(visit, target, call.query.one("username", ""))

    @route("GET", "/local", auth=False, always=True)
    @route("GET", "/login/local", auth=False, always=True)
    async def local_form(self, call: Call) -> Reply:
        return await self.login_form(call)

    @route("POST", "/login", auth=False, always=True)
    @route("POST", "/local", auth=False, always=True)
    @route("POST", "/login/local", auth=False, always=True)
    async def login(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        name, target = form.get("username", "").strip(), form.get("next", "")
        try:
            user = await self.sessions.prove(name, form.get("password", ""), call.peer)
        except Unauthenticated:
            raise self._refused(visit, target, name, "wrong") from None
        except TooManyRequests as error:
            seconds = str(int(error.retry_after))
            raise self._refused(visit, target, name, "too many", seconds=seconds) from None
        if not user.is_active:
            raise self._refused(visit, target, name, _state(user))
        return await self.browser.begin_session(call, user.id, target)

    @route("GET", "/logout", auth=False)
    async def logout_form(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        if visit.session is None:
            return visit.look.page("sign out", notice=visit.look.say("signed out"))
        look = visit.look
        hidden = {"next": call.query.one("next", "")}
        question = f"<p>{look.say('sign out?')}</p>"
        return look.page("sign out", question, look.form((), "sign out", hidden=hidden))

    @route("POST", "/logout", auth=False, always=True)
    async def logout(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        if visit.session is not None:
            await self.sessions.end(visit.session.user.id, visit.session.id)
        settings = self.browser.settings
        target = self.browser.onward(form.get("next", "")) or settings.logout_next
        return redirect(target or settings.home + "/login", *self.browser.dropped(call))

    @route("POST", "/session_token", auth=False, always=True)
    @route("POST", "/ui/session_token", auth=False, always=True)
    async def session_token(self, call: Call) -> Reply:
        """A short token for the pages of this very host; always JSON."""
        visit = await self.browser.visit(call)
        visit.check("")
        session = visit.session
        if session is None:
            raise Unauthenticated("Nobody is signed in in this browser.")
        if not session.terms_accepted:
            raise Forbidden("The terms have to be accepted.")
        token, expires = await self.sessions.short_token(session)
        return Reply({"token": token, "expires": iso_z(expires), "user": session.user.id})

    @route("GET", "/pages.css", auth=False, quiet=True)
    async def style(self, call: Call) -> Reply:
        headers = {"Cache-Control": "public, max-age=86400"}
        return Reply(STYLE, headers=headers, content_type="text/css; charset=UTF-8")

    def _on(self, visit: Visit, target: str) -> Reply:
        """From the sign-in page, somebody who has signed in already."""
        settings = self.browser.settings
        goal = self.browser.onward(target) or settings.landing
        if visit.session is not None and not visit.session.terms_accepted:
            goal = with_next(settings.home + "/approval_terms", goal)
        return redirect(goal)

    def _form(self, visit: Visit, target: str, name: str, error: str = "") -> Reply:
        look = visit.look
        fields = (
            Field("username", "email", "email", name, "username"),
            Field("password", "password", "password", "", "current-password"),
        )
        links = (
            f"<p>{look.link('/local/password_reset', 'forgotten')} · {look.say('no account')} "
            f"{look.link('/signup', 'sign up')}</p>"
        )
        hidden = {"next": target[:4096]}
        form = look.form(fields, "sign in", action="/login", hidden=hidden)
        return look.page("sign in", form, links, error=error)

    def _refused(
        self, visit: Visit, target: str, name: str, why: str, **details: str
    ) -> FormRefused:
        error = say(visit.look.tongue, why, **details)
        if wants_json(visit.call):
            return FormRefused(Reply({"message": error}, status=401))
        return FormRefused(self._form(visit, target, name, error))


def _state(user: User) -> str:
    """Why somebody with the right password may not come in; the key of a text."""
    if not user.email_verified:
        return "unverified"
    if user.is_rejected:
        return "rejected"
    return "pending" if not user.moderated else "inactive"
