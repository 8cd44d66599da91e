"""Asking for an account: with a password, by a provider, by an invitation (identity.md 2.9)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from attrs import evolve

from synnefod.common.errors import Malformed
from synnefod.identity.interface import NewUser, User
from synnefod.identity.interface.life import Life
from synnefod.identity.interface.methods import ATTRIBUTES, LOCAL, Claim, Methods, Proofs
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.looks import Field, redirect, wants_json
from synnefod.resources.identity.pages import on_to, twice

_PERSON = (
    Field("email", "email", "email", fill="email"),
    Field("first_name", "first name", fill="given-name"),
    Field("last_name", "last name", fill="family-name"),
)
_PASSWORDS = (
    Field("password1", "password", "password", fill="new-password"),
    Field("password2", "again", "password", fill="new-password"),
)
_TERMS = Field("has_signed_terms", "accept terms", "checkbox")


class SignUpPages:
    def __init__(self, life: Life, browser: Browser, proofs: Proofs, methods: Methods) -> None:
        self.life = life
        self.browser = browser
        self.proofs = proofs
        self.methods = methods

    @route("GET", "/signup", auth=False)
    async def form(self, call: Call) -> Reply:
        visit = await self.browser.visit(call)
        token, code = call.query.one("third_party_token", ""), call.query.one("code", "")
        if token:
            claim = await self.methods.pending(token, visit.secret)
            told = {name: getattr(claim, name) for name in ATTRIBUTES}
            return await self._page(visit, {"third_party_token": token, **told}, claim)
        if code:
            invited = await self.life.invited(code)
            first, _, last = invited.realname.partition(" ")
            told = {"email": invited.email, "first_name": first, "last_name": last.strip()}
            return await self._page(visit, {"code": code, **told})
        return await self._page(visit, {})

    @route("POST", "/signup", auth=False)
    async def sign_up(self, call: Call) -> Reply:
        visit, form = await self.browser.posted(call)
        provider = form.get("provider") or LOCAL
        if provider not in {each.name for each in self.proofs.providers}:
            return redirect(self.browser.settings.home + "/signup")
        token, claim = form.get("third_party_token", ""), None
        if token:
            claim = await self.methods.pending(token, visit.secret)
        try:
            made = await self._made(visit, form, claim)
        except Malformed as error:
            if wants_json(call):
                raise
            return await self._page(visit, form, claim, error.message)
        if made is None or not made.email_verified or claim is None:
            return on_to(self.browser, visit, "letter")
        if not made.is_active:
            return on_to(self.browser, visit, "awaiting")
        return await self.browser.begin_session(call, made.id, method=claim.module)

    async def _made(
        self, visit: Visit, form: Mapping[str, str], claim: Claim | None
    ) -> User | None:
        new = NewUser(form.get("email", ""), form.get("first_name", ""), form.get("last_name", ""))
        terms = form.get("has_signed_terms") in ("on", "true", "1")
        peer = visit.call.peer
        if claim is not None:
            token = form.get("third_party_token", "")
            return await self.methods.sign_up(token, visit.secret, new, peer, terms=terms)
        new = evolve(new, password=twice(form, "password1", "password2"))
        return await self.life.sign_up(new, peer, terms=terms, code=form.get("code", ""))

    async def _page(
        self, visit: Visit, form: Mapping[str, str], claim: Claim | None = None, error: str = ""
    ) -> Reply:
        """The form; after a mistake with what was typed, but for the passwords."""
        look, forced = visit.look, claim.forced if claim is not None else frozenset()
        fields = [
            evolve(
                each,
                value=(
                    getattr(claim, each.name) if each.name in forced else form.get(each.name, "")
                )[:255],
                fixed=each.name in forced or (each.name == "email" and bool(form.get("code"))),
                required=each.name == "email",
            )
            for each in _PERSON
        ]
        parts = []
        hidden = {"code": form.get("code", "")[:100]}
        if claim is None:
            fields += _PASSWORDS
        else:
            token = form.get("third_party_token", "")
            hidden |= {"third_party_token": token, "provider": claim.module}
            link = look.link(f"/login?key={quote(token)}", "sign in to add")
            parts.append(f"<p>{look.say('have account')} {link}</p>")
            if forced:
                parts.append(f"<p>{look.say('fixed by provider')}</p>")
        if await self.life.terms() is not None:
            fields.append(_TERMS)
        made = look.form(fields, "sign up", action="/signup", hidden=hidden)
        return look.page("sign up", made, *parts, error=error)
