"""Signing in and out with a browser, and the web application's token (identity.md 2.9, 6.5)."""

from __future__ import annotations

from urllib.parse import quote

from synnefod.common.errors import Forbidden, TooManyRequests, Unauthenticated
from synnefod.common.text import iso_z
from synnefod.identity.interface.methods import LOCAL, Methods, hindrance
from synnefod.identity.interface.sessions import Session
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.captcha import answered
from synnefod.resources.identity.choices import Asked, Choices
from synnefod.resources.identity.looks import STYLE, redirect

ROOTED = ("login", "logout", "signup", "activate", "reset", "terms", "ui/session_token")
"""Paths of the pages that are also served below the root, where the web application looks."""


class Entry:
    """Passwords of this cloud; other ways in are linked from here."""

    def __init__(self, browser: Browser, choices: Choices, methods: Methods) -> None:
        self.browser = browser
        self.choices = choices
        self.methods = methods
        self.sessions = browser.sessions

    @route("GET", "/login", auth=False, always=True)
    async def login_form(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        target = call.query.one("next", "")
        key = call.query.one("key", "")
        if visit.session is not None and not key:
            return await self._on(visit, visit.session, target)
        asked = Asked(target, key, call.query.one("username", ""))
        return self.choices.page(visit, asked)

    @route("GET", "/local", auth=False, always=True)
    @route("GET", "/login/local", auth=False, always=True)
    async def local_form(self, call: Call) -> Reply:
        self.choices.proofs.provider(LOCAL)
        visit = await self.browser.visit(call)
        query = call.query
        asked = Asked(query.one("next", ""), query.one("key", ""), query.one("username", ""))
        return self.choices.page(visit, asked, LOCAL)

    @route("POST", "/login", auth=False, always=True)
    @route("POST", "/local", auth=False, always=True)
    @route("POST", "/login/local", auth=False, always=True)
    async def login(self, call: Call) -> Reply:
        self.choices.proofs.provider(LOCAL)
        visit, form = await self.browser.posted(call)
        name, target = form.get("username", "").strip(), form.get("next", "")
        key = form.get("key", "")
        asked = Asked(target, key, name)
        human = await answered(self.choices.captcha, form)
        try:
            user = await self.sessions.prove(
                name, form.get("password", ""), call.peer, human=bool(human)
            )
        except Unauthenticated:
            raise self.choices.refused(visit, asked, "wrong") from None
        except TooManyRequests as error:
            raise self.choices.paused(visit, asked, error, name=LOCAL, human=human) from None
        if not user.is_active:
            raise self.choices.refused(visit, asked, hindrance(user))
        if not await self.methods.enters(user.id, LOCAL):
            raise self.choices.refused(visit, asked, "not by password")
        if key:
            arrival = await self.methods.attach(key, visit.secret, user.id)
            what = f"bad={quote(arrival.why)}" if arrival.why else "good=added"
            target = f"{self.browser.settings.home}/profile?{what}"
        return await self.browser.begin_session(call, user.id, target)

    @route("GET", "/logout", auth=False)
    async def logout_form(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        if visit.session is None:
            return visit.look.page("sign out", notice=visit.look.say("signed out"))
        look = visit.look
        hidden = {"next": call.query.one("next", "")}
        question = f"<p>{look.say('sign out?')}</p>"
        if visit.session.method != LOCAL:
            question += f"<p>{look.say('signed in elsewhere')}</p>"
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
        if await self.browser.lacking(session):
            raise Forbidden("A way to sign in has to be added to the profile first.")
        token, expires = await self.sessions.short_token(session)
        told = {"token": token, "expires": iso_z(expires), "user": session.user.id}
        return Reply({**told, "session_ends": iso_z(session.expires)})

    @route("GET", "/pages.css", auth=False, quiet=True)
    async def style(self, call: Call) -> Reply:
        headers = {"Cache-Control": "public, max-age=86400"}
        return Reply(STYLE, headers=headers, content_type="text/css; charset=UTF-8")

    async def _on(self, visit: Visit, session: Session, target: str) -> Reply:
        """From the sign-in page, somebody who has signed in already."""
        goal = self.browser.onward(target) or self.browser.settings.landing
        return redirect(await self.browser.detour(session, goal) or goal)
