"""OAuth2's two endpoints (identity.md 2.11)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from html import escape
from ipaddress import ip_address
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from synnefod.common.errors import Refusal
from synnefod.identity.interface.oauth import OAuth, OAuthRefused, Wish
from synnefod.resources.call import Call, Headers, Reply
from synnefod.resources.door import route
from synnefod.resources.forms import FORM_LIMIT, parse_form
from synnefod.resources.identity.browser import Browser, Visit
from synnefod.resources.identity.looks import redirect, with_next

FORM = "application/x-www-form-urlencoded"
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_PROXIES = ("X-Forwarded-For", "Forwarded", "Via")
_ASKED = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
)


class OAuthNoun:
    """`{oa}/auth` for browsers, `{oa}/token` for the programs themselves."""

    def __init__(self, oauth: OAuth, browser: Browser) -> None:
        self.oauth = oauth
        self.browser = browser

    @route("GET", "/auth", auth=False, always=True)
    async def ask(self, call: Call) -> Reply:
        asked = dict(call.query.items())
        wish = await self._wish(call, asked)
        visit = await self.browser.signed_in(call)
        if isinstance(visit, Reply):
            return visit
        if wish.client.trusted:
            return await self._granted(visit, wish, asked)
        return _consent(visit, wish, asked)

    @route("POST", "/auth", auth=False, always=True)
    async def agree(self, call: Call) -> Reply:
        """The consent; its form names again what is asked for."""
        form = parse_form(await call.stream.read_all(FORM_LIMIT))
        asked = {**dict(call.query.items()), **form}
        wish = await self._wish(call, asked)
        visit = await self.browser.visit(call)
        if visit.session is None or not visit.session.terms_accepted:
            again = f"{call.mount}/auth?{urlencode({k: asked[k] for k in _ASKED if k in asked})}"
            page = "/login" if visit.session is None else "/approval_terms"
            return redirect(with_next(self.browser.settings.home + page, again))
        visit.check(form.get("csrf", ""))
        return await self._granted(visit, wish, asked)

    @route("POST", "/token", auth=False, always=True)
    async def token(self, call: Call) -> Reply:
        _safe(call)
        kind = (call.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if kind != FORM:
            raise OAuthRefused(f"The Content-Type must be {FORM}.")
        form = parse_form(await call.stream.read_all(FORM_LIMIT))
        if form.get("grant_type") != "authorization_code":
            raise OAuthRefused("Only authorization_code is granted.", "unsupported_grant_type")
        identifier, secret = _who(call, form)
        granted = await self.oauth.exchange(
            identifier,
            secret,
            form.get("code", ""),
            form.get("redirect_uri"),
            form.get("code_verifier"),
        )
        body = {
            "access_token": granted.token,
            "token_type": "Bearer",
            "expires_in": granted.seconds,
        }
        return Reply(body, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})

    async def _wish(self, call: Call, asked: Mapping[str, str]) -> Wish:
        _safe(call)
        if asked.get("response_type") != "code":
            raise OAuthRefused("Only the response type code is known.", "unsupported_response_type")
        identifier, _secret = _who(call, asked)
        challenge = asked.get("code_challenge")
        if challenge is not None and asked.get("code_challenge_method") != "S256":
            raise OAuthRefused("The code challenge method must be S256.")
        return await self.oauth.wish(
            identifier, asked.get("redirect_uri"), asked.get("scope", ""), call.base, challenge
        )

    async def _granted(self, visit: Visit, wish: Wish, asked: Mapping[str, str]) -> Reply:
        assert visit.session is not None
        given = {"code": await self.oauth.grant(visit.session, wish)}
        if "state" in asked:
            given["state"] = asked["state"]
        return redirect(with_query(wish.redirect_uri, given))


def _consent(visit: Visit, wish: Wish, asked: Mapping[str, str]) -> Reply:
    """The question: for browsers a form, for others what it would say."""
    client, call = wish.client.identifier, visit.call
    if "text/html" not in (call.headers.get("Accept") or ""):
        return Reply(
            {
                "client": client,
                "redirect_uri": wish.redirect_uri,
                "scope": wish.scope,
                "state": asked.get("state"),
            }
        )
    look = visit.look
    hidden = {name: asked[name] for name in _ASKED if name in asked}
    form = look.form((), "accept", hidden=hidden, target=f"{call.mount}/auth", empty=True)
    question = look.say("consent", client=client, scope=wish.scope)
    back = escape(urlsplit(wish.redirect_uri).netloc)
    return look.page("access", f"<p>{question}</p><p><code>{back}</code></p>", form)


def _safe(call: Call) -> None:
    """Raises OAuthRefused for what others may read on its way: all that is not TLS, but for what
    stays within this very machine."""
    if call.base.startswith("https://"):
        return
    host = urlsplit(call.base).hostname or ""
    passed_on = any(name in call.headers for name in _PROXIES)
    if host not in _LOCAL or passed_on or not _loopback(call.peer):
        raise OAuthRefused("OAuth2 needs https.")


def _loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def _who(call: Call, form: Mapping[str, str]) -> tuple[str, str | None]:
    """The client's identifier, and its secret if it is shown. Raises OAuthRefused."""
    named, secret = form.get("client_id"), form.get("client_secret")
    header = call.headers.get("Authorization")
    if header is None:
        if secret is not None:
            raise OAuthRefused("A secret is shown by HTTP Basic.", "invalid_client")
        if not named:
            raise OAuthRefused("The client is not named.")
        return named, None
    scheme, _, value = header.partition(" ")
    try:
        text = base64.b64decode(value.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        text = ""
    identifier, mark, secret = text.partition(":")
    if scheme.lower() != "basic" or not mark or not identifier:
        raise OAuthRefused("The Authorization header is not one of HTTP Basic.", "invalid_client")
    if named is not None and named != identifier:
        raise OAuthRefused("Two different clients are named.", "invalid_client")
    return identifier, secret


def with_query(url: str, given: Mapping[str, str]) -> str:
    """`url` with more parameters."""
    parts = urlsplit(url)
    more = urlencode(given, quote_via=quote)
    query = f"{parts.query}&{more}" if parts.query else more
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))


def told(_headers: Headers, error: Refusal, reply: Reply) -> Reply:
    """A refusal in the words of this service: Synnefo's, with RFC 6749's name beside them."""
    code = error.code if isinstance(error, OAuthRefused) else "invalid_request"
    body = {"error": "generic_error", "exception": error.message, "error_code": code}
    return Reply(body, status=reply.status, headers=reply.headers, content_type="application/json")
