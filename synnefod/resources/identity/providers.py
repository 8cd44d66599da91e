"""Signing in by a provider, and adding one to one's account (identity.md 2.10).

A GET signs in whoever is nobody here yet; what belongs to a session (adding, switching) takes a
form of that session first.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from synnefod.common.errors import Refusal, TooManyRequests, Unauthenticated, Unavailable
from synnefod.common.ids import UserId
from synnefod.identity.interface.methods import Claim, Errand, Methods, Proofs, Provider
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.choices import Asked, Choices
from synnefod.resources.identity.looks import Field, redirect
from synnefod.resources.identity.words import say

_CREDENTIALS = (
    Field("username", "directory name", "text", "", "username"),
    Field("password", "password", "password", "", "current-password"),
)


class ProviderPages:
    def __init__(
        self, browser: Browser, choices: Choices, proofs: Proofs, methods: Methods
    ) -> None:
        self.browser = browser
        self.choices = choices
        self.proofs = proofs
        self.methods = methods

    @route("GET", "/login/<provider>", auth=False, always=True, change=True)
    async def open(self, call: Call, provider: str) -> Reply:
        card = self.proofs.provider(provider)
        visit = await self.browser.visit(call)
        query = call.query
        asked = Asked(
            query.one("next", ""),
            query.one("key", ""),
            query.one("username", ""),
            query.one("switch_from", ""),
        )
        if visit.session is not None:
            return _confirm(visit, card, asked)
        if card.kind in ("form", "password"):
            return self.choices.page(visit, asked, provider)
        return await self._go(visit, card, asked, {})

    @route("POST", "/login/<provider>", auth=False, always=True)
    async def enter(self, call: Call, provider: str) -> Reply:
        card = self.proofs.provider(provider)
        visit, form = await self.browser.posted(call)
        asked = Asked(
            form.get("next", ""),
            form.get("key", ""),
            form.get("username", "").strip(),
            form.get("switch_from", ""),
        )
        return await self._go(visit, card, asked, form)

    @route("POST", "/login/<provider>/add", auth=False, always=True)
    async def add(self, call: Call, provider: str) -> Reply:
        return await self.enter(call, provider)

    @route("GET", "/login/<provider>/authenticated", auth=False, always=True, change=True)
    async def returned(self, call: Call, provider: str) -> Reply:
        """Back from the provider's own pages."""
        self.proofs.provider(provider)
        visit = await self.browser.visit(call)
        answer = dict(call.query.items())
        try:
            claim, errand = await self.proofs.returned(
                provider, answer, visit.secret, self._back(call, provider)
            )
        except (Unauthenticated, Unavailable) as error:
            raise self._refused(visit, provider, Asked(), error) from None
        return await self._arrived(visit, claim, errand, Asked(errand.next))

    async def _go(
        self, visit: Visit, card: Provider, asked: Asked, form: Mapping[str, str]
    ) -> Reply:
        call, name = visit.call, card.name
        errand = Errand(asked.next, _user(visit), _number(asked.switch))
        try:
            if card.kind == "redirect":
                back = self._back(call, name)
                target = await self.proofs.send(name, visit.secret, back, errand)
                return redirect(target, *([visit.new_cookie] if visit.new_cookie else []))
            if card.kind == "front":
                told = {key.lower(): value for key, value in call.headers.items()}
                claim = self.proofs.by_front(name, told if call.fronted else {})
            else:
                secret = form.get("password", "")
                claim = await self.proofs.by_form(name, asked.name, secret, call.peer)
        except (Unauthenticated, Unavailable, TooManyRequests) as error:
            raise self._refused(visit, name, asked, error) from None
        return await self._arrived(visit, claim, errand, asked)

    async def _arrived(self, visit: Visit, claim: Claim, errand: Errand, asked: Asked) -> Reply:
        call, name, user = visit.call, claim.module, _user(visit)
        home = self.browser.settings.home
        arrival = await self.methods.arrive(claim, visit.secret, user, errand.switch)
        if arrival.what == "refused":
            if user is not None:
                return redirect(f"{home}/profile?bad={quote(arrival.why)}")
            raise self.choices.refused(visit, asked, arrival.why, name=name)
        if user is not None:
            return redirect(f"{home}/profile?good={quote(arrival.what)}")
        if arrival.what == "sign up":
            cookies = [visit.new_cookie] if visit.new_cookie else []
            return redirect(f"{home}/signup?third_party_token={arrival.token}", *cookies)
        person = arrival.user
        if person is not None and person.is_active:
            return await self.browser.begin_session(call, person.id, errand.next, method=name)
        verified = person is not None and person.email_verified
        return redirect(f"{home}/told?good={'awaiting' if verified else 'letter'}")

    def _refused(self, visit: Visit, name: str, asked: Asked, error: Refusal) -> Refusal:
        text = error.message
        if isinstance(error, TooManyRequests):
            text = say(visit.look.tongue, "too many", seconds=error.retry_after)
        return self.choices.told(visit, asked, text, name)

    def _back(self, call: Call, name: str) -> str:
        return f"{call.base}{self.browser.settings.home}/login/{name}/authenticated"


def _confirm(visit: Visit, card: Provider, asked: Asked) -> Reply:
    """Adding is a form of the session's own: no foreign page can start it."""
    look = visit.look
    fields = list(_CREDENTIALS) if card.kind == "form" else []
    question = look.say("switch way" if asked.switch else "add way", provider=card.label)
    button = "switch" if asked.switch else "add"
    return look.page(
        "ways",
        f"<p>{question}</p>",
        look.form(fields, button, action=f"/login/{card.name}", hidden=asked.hidden),
    )


def _user(visit: Visit) -> UserId | None:
    return visit.session.user.id if visit.session is not None else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
