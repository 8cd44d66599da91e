"""The terms of use, read by everybody and accepted by whoever is signed in."""

from __future__ import annotations

from synnefod.common.errors import NotFound
from synnefod.identity.interface.life import Life
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.looks import Field, redirect, with_next

_ACCEPT = (Field("has_signed_terms", "accept terms", "checkbox"),)


class TermsPages:
    def __init__(self, life: Life, browser: Browser) -> None:
        self.life = life
        self.browser = browser

    @route("GET", "/terms", auth=False)
    @route("GET", "/approval_terms", auth=False)
    @route("GET", "/approval_terms/<int:number>", auth=False)
    async def show(self, call: Call, number: int | None = None) -> Reply:
        visit = await self.browser.visit(call)
        return await self._page(visit, call.query.one("next", ""), number)

    @route("POST", "/terms", auth=False, always=True)
    @route("POST", "/approval_terms", auth=False, always=True)
    async def accept(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        settings = self.browser.settings
        target = self.browser.onward(form.get("next", "")) or settings.landing
        if visit.session is None:
            return redirect(with_next(settings.home + "/login", target))
        if form.get("has_signed_terms") not in ("on", "true", "1"):
            return await self._page(visit, target, None)
        await self.life.sign_terms(visit.session.user.id)
        return redirect(target)

    async def _page(self, visit: Visit, target: str, number: int | None) -> Reply:
        look = visit.look
        terms = await self.life.terms(number)
        if terms is None:
            if number is not None:
                raise NotFound("There are no such terms.")
            return look.page("terms", notice=look.say("no terms"))
        # An administrator wrote them, as HTML; nothing of a user's is in it (identity.md 6.5).
        parts = [f"<div>{terms.body}</div>"]
        if visit.session is not None and not visit.session.terms_accepted:
            hidden = {"next": target[:4096]}
            parts.append(look.form(_ACCEPT, "accept", action="/approval_terms", hidden=hidden))
        return look.page("terms", *parts)
