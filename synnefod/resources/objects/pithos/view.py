"""Objects for browsers: read with a token of a few seconds (PIT-233, object-storage.md 4.8).

Note [Rounds]. A browser without a token is sent to identity, comes back with a code, is sent here
again with a token, and is served. A cookie of this one address carries what identity has to send
back unchanged, and counts the rounds, so that nobody goes round for ever.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote, unquote, urlencode

from attrs import evolve, frozen

from synnefod.common.errors import Forbidden, NotFound, Refusal
from synnefod.common.ids import new_token
from synnefod.identity.interface.oauth import OAuth, OAuthRefused
from synnefod.objects.interface import NoSuchObject
from synnefod.resources.call import Call, Headers, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import cookies
from synnefod.resources.identity.looks import Look
from synnefod.resources.identity.words import language
from synnefod.resources.objects.headers import PithosHeaders
from synnefod.resources.objects.paths import pithos_location
from synnefod.resources.objects.pithos import reading
from synnefod.resources.objects.pithos.asking import Ask, Settings
from synnefod.resources.objects.pithos.mount import answer

CLIENT, PATH = "pithos-view", "/pithos/ui/view"
"""How identity knows these pages, and where they are."""
COOKIE = "synnefo_view"
MOST_ROUNDS = 3
_OWN = frozenset({"code", "state", "access_token"})
_QUIET = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'",
}
"""A person's file is shown on the host where people are signed in: nothing in it may run."""


@frozen
class ViewPages:
    """The noun of `/pithos/ui/view`. `auth` is the path of identity's OAuth2 page."""

    settings: Settings
    oauth: OAuth
    auth: str = "/astakos/oauth2/auth"

    @route("GET", "/<path:rest>", auth=False, change=True)
    async def view(self, call: Call, rest: str) -> Reply:
        if pithos_location(call.raw_path).level != "object":
            raise NoSuchObject
        if "access_token" in call.query:
            return await self._serve(call, call.query.one("access_token", ""))
        if "code" in call.query:
            return await self._redeem(call, call.query.one("code", ""))
        return self._begin(call)

    def _begin(self, call: Call) -> Reply:
        nonce, rounds = _carried(call)
        if rounds >= MOST_ROUNDS:
            raise Forbidden("Signing in does not help. Is the clock of this machine right?")
        nonce = nonce or new_token()
        asked = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": _address(call),
            "state": nonce,
            "scope": _scope(call),
        }
        location = f"{call.base}{self.auth}?{urlencode(asked)}"
        return _sent(location, _cookie(call, f"{nonce}.{rounds + 1}", 300))

    async def _redeem(self, call: Call, code: str) -> Reply:
        nonce, _ = _carried(call)
        given = call.query.one("state", "").encode("utf-8", "surrogateescape")
        if not nonce or not hmac.compare_digest(nonce.encode(), given):
            raise Forbidden("This answer was not asked for in this browser.")
        try:
            granted = await self.oauth.redeem(CLIENT, code, _address(call))
        except OAuthRefused as error:
            raise Forbidden(error.message) from None
        kept = [*_others(call), ("access_token", granted.token)]
        return _sent(f"{_path(call)}?{urlencode(kept)}")

    async def _serve(self, call: Call, token: str) -> Reply:
        try:
            viewer = await self.oauth.validate(token, _scope(call))
        except NotFound:
            query = urlencode(_others(call))
            return _sent(f"{_path(call)}?{query}" if query else _path(call))
        call = evolve(call, principal=viewer.principal)
        ask = Ask(
            call,
            pithos_location(call.raw_path),
            PithosHeaders(call.headers.items()),
            self.settings,
        )
        served = await answer(ask, reading.show if call.method == "HEAD" else reading.read)
        own: Mapping[str, str] = {"Set-Cookie": _cookie(call, "", 0)} if _carried(call)[0] else {}
        return evolve(served, headers={**served.headers, **_QUIET, **own})


def refusal(headers: Headers, error: Refusal, reply: Reply) -> Reply:
    """A refusal as a page of identity's."""
    look = Look(language(headers.get("Accept-Language", "")), "/astakos/ui")
    page = look.page("refused", error=error.message, status=reply.status)
    style = {"Content-Security-Policy": "default-src 'none'; style-src 'self'"}
    kept = {name: value for name, value in reply.headers.items() if name.lower() != "content-type"}
    return evolve(page, headers={**kept, **page.headers, **_QUIET, **style})


def _path(call: Call) -> str:
    return call.mount + call.raw_path.decode("ascii", "replace")


def _scope(call: Call) -> str:
    """The object, as everybody here spells it."""
    return quote(unquote(call.raw_path.decode("ascii", "replace")), safe="/~!$&'()*,;=:@-._")


def _others(call: Call) -> list[tuple[str, str]]:
    """The parameters that are not the flow's."""
    pairs = parse_qsl(call.raw_query.decode("ascii", "replace"), keep_blank_values=True)
    return [(name, value) for name, value in pairs if name not in _OWN]


def _address(call: Call) -> str:
    query = urlencode(_others(call))
    return call.base + _path(call) + (f"?{query}" if query else "")


def _carried(call: Call) -> tuple[str, int]:
    """The secret of this address's cookie, and the rounds so far."""
    nonce, _, rounds = cookies(call.headers).get(COOKIE, "").partition(".")
    return nonce, int(rounds) if rounds.isascii() and rounds.isdigit() else 0


def _cookie(call: Call, value: str, seconds: int) -> str:
    secure = "; Secure" if call.base.startswith("https://") else ""
    path = _path(call).replace(";", "%3B")
    return f"{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _sent(location: str, cookie: str = "") -> Reply:
    headers = {"Location": location, **_QUIET}
    if cookie:
        headers["Set-Cookie"] = cookie
    return Reply(b"", status=302, headers=headers)
