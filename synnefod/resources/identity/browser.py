"""What a browser brings and is given: cookies, sessions, proofs that a form is ours.

Note [Forms]. Every form carries a token derived from a secret in an HttpOnly cookie: that of the
session, or before a sign-in that of the visit. A script proves itself by the header X-CSRF-Token,
which no foreign page can send without a permission that is never given here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from attrs import evolve, field, frozen

from synnefod.common.errors import Forbidden, Refusal, Unauthenticated
from synnefod.common.ids import UserId, new_token
from synnefod.common.jsonio import parse
from synnefod.common.text import MICROSECONDS
from synnefod.identity.interface.methods import LOCAL, Methods
from synnefod.identity.interface.sessions import Begun, Session, Sessions
from synnefod.resources.call import Call, Headers, Reply
from synnefod.resources.forms import FORM_LIMIT, parse_form
from synnefod.resources.identity.looks import (
    SCHEMES,
    Look,
    Messages,
    guards,
    own_page,
    redirect,
    with_next,
)
from synnefod.resources.identity.words import language

SESSION, VISIT = "synnefo_session", "synnefo_visit"
HEADER = "X-CSRF-Token"
_SECRET = re.compile(r"[A-Za-z0-9_-]{20,100}")
_DEFAULT_PORTS = {None, 443}


@frozen
class BrowserSettings:
    """`home` is the mount of the pages and `landing` where a sign-in leads when nothing else was
    asked; with `force_profile`, the first one leads to the profile. `token_cookie` (identity.md
    2.9) is "hidden" from scripts, "readable" for the original web interfaces, or "none". Without
    `cookie_domain`, nobody is sent to another host. `schemes` and `hosts` are of the programs that
    are handed tokens (2.8); no hosts: any."""

    home: str = "/astakos/ui"
    landing: str = "/ui/"
    logout_next: str = ""
    token_cookie: str = "hidden"
    token_cookie_name: str = "_pithos2_a"
    cookie_domain: str = ""
    ports: tuple[int, ...] = ()
    force_profile: bool = False
    messages: Messages = field(factory=dict)
    schemes: tuple[str, ...] = SCHEMES
    hosts: tuple[str, ...] = ()
    refusals: Mapping[int, str] = field(factory=dict)
    """Pages (HTML) in place of ours, by status."""


class FormRefused(Unauthenticated):
    """A form is shown again, with what was wrong with it."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


@frozen
class Visit:
    """Who looks at a page. `secret` is the session's, or the visit's before a sign-in."""

    call: Call
    session: Session | None
    secret: str
    home: str
    new_cookie: str = ""
    messages: Messages = field(factory=dict)

    @property
    def csrf(self) -> str:
        """What a form of this visitor carries."""
        made = hmac.new(self.secret.encode(), b"form", hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    @property
    def look(self) -> Look:
        return Look(
            language(self.call.headers.get("Accept-Language", "")),
            self.home,
            self.csrf,
            self.session.user.email if self.session else "",
            (self.new_cookie,) if self.new_cookie else (),
            self.messages,
        )

    def check(self, given: str) -> None:
        """Raises Forbidden unless a form, or a script of ours, sent this."""
        if given:
            if hmac.compare_digest(given.encode(), self.csrf.encode()):
                return
        elif HEADER in self.call.headers and _ours(self.call):
            return
        raise Forbidden("This form is too old, or it was not ours. Go back and try again.")


@frozen
class Browser:
    """What all pages share."""

    sessions: Sessions
    methods: Methods
    settings: BrowserSettings = field(factory=BrowserSettings)

    async def visit(self, call: Call) -> Visit:
        """Who asks, by the cookies."""
        jar, home = cookies(call.headers), self.settings.home
        told = self.settings.messages
        secret = jar.get(named(call, SESSION), "")
        session = await self.sessions.find(secret) if secret else None
        if session is not None:
            return Visit(call, session, secret, home, messages=told)
        known = jar.get(named(call, VISIT), "")
        if _SECRET.fullmatch(known):
            return Visit(call, None, known, home, messages=told)
        fresh = new_token()
        return Visit(call, None, fresh, home, cookie(call, VISIT, fresh), told)

    async def posted(self, call: Call) -> tuple[Visit, Mapping[str, str]]:
        """A form that its own visitor sent. Raises Forbidden, Malformed."""
        fields = await fields_of(call)
        visit = await self.visit(call)
        visit.check(fields.get("csrf", ""))
        return visit, fields

    async def begin_session(
        self, call: Call, user_uuid: str, next: str = "", *, method: str = "local"
    ) -> Reply:
        """Ends every sign-in: a new session, its cookies, and the way on to `next` (checked) or
        the landing page; first to the terms, where they are not accepted. Raises Forbidden for an
        inactive account."""
        old = cookies(call.headers).get(named(call, SESSION), "")
        begun = await self.sessions.begin(
            UserId(user_uuid),
            method=method,
            address=call.peer,
            agent=call.headers.get("User-Agent", ""),
            replaces=old,
        )
        target = self.onward(next) or self.settings.landing
        target = await self.detour(begun.session, target) or target
        return redirect(target, *self._given(call, begun, method))

    async def detour(self, session: Session, target: str) -> str:
        """Where somebody has to go before `target`: to the terms, or to their profile, where a
        way to sign in is to be added or everything to be looked at once; "" when nowhere."""
        if not session.terms_accepted:
            return with_next(self.settings.home + "/approval_terms", target)
        first = self.settings.force_profile and not session.profile_seen
        if first or await self.lacking(session):
            return with_next(self.settings.home + "/profile", target)
        return ""

    async def usual_way(self, user: UserId) -> str:
        """The provider of somebody who came by a letter."""
        held = (await self.methods.ways(user)).methods
        return held[0].module if held else LOCAL

    async def lacking(self, session: Session) -> bool:
        """Whether a required way to sign in has to be added first (AST-150)."""
        return await self.methods.lacking(session.user.id)

    def _given(self, call: Call, begun: Begun, method: str) -> list[str]:
        seconds = (begun.session.expires - begun.session.created) // MICROSECONDS
        found = [
            cookie(call, SESSION, begun.secret, seconds),
            cookie(call, VISIT, "", 0),
            cookie(call, "astakos_last_login_method", quote(method), seconds, bare=True),
        ]
        if self.settings.token_cookie != "none":
            value = quote(f"{begun.session.user.id}|{begun.token}", safe="")
            found.append(self._token_cookie(call, value, seconds))
        return found

    def dropped(self, call: Call) -> list[str]:
        """Cookies that end what `begin_session` set."""
        ended = [cookie(call, SESSION, "", 0)]
        if self.settings.token_cookie != "none":
            ended.append(self._token_cookie(call, "", 0))
        return ended

    def _token_cookie(self, call: Call, value: str, seconds: int) -> str:
        return cookie(
            call,
            self.settings.token_cookie_name,
            value,
            seconds,
            bare=True,
            domain=self.settings.cookie_domain,
            readable=self.settings.token_cookie == "readable",
        )

    def onward(self, target: str) -> str:
        """Where somebody may be sent on to, rebuilt; "" when they may not (identity.md 6.5)."""
        if not target or len(target) > 4096 or not target.isprintable() or "\\" in target:
            return ""
        try:
            parts = urlsplit(target)
            port = parts.port
        except ValueError:
            return ""
        if not parts.scheme and not parts.netloc:
            if not target.startswith("/") or target.startswith("//"):
                return ""
            path = "/" + parts.path.lstrip("/")
            return urlunsplit(("", "", quote(path, _PATH), quote(parts.query, _QUERY), ""))
        domain = self.settings.cookie_domain.lstrip(".").lower()
        host = (parts.hostname or "").lower()
        if not domain or parts.scheme != "https" or "@" in parts.netloc:
            return ""
        if host != domain and not host.endswith("." + domain):
            return ""
        if not re.fullmatch(r"[a-z0-9.-]+", host):
            return ""
        if port not in _DEFAULT_PORTS and port not in self.settings.ports:
            return ""
        place = host if port in _DEFAULT_PORTS else f"{host}:{port}"
        path = quote(parts.path, _PATH)
        return urlunsplit(("https", place, path, quote(parts.query, _QUERY), ""))

    def refreshed(self, call: Call, session: Session, token: str) -> list[str]:
        """The token cookie of a session whose tokens were renewed."""
        if self.settings.token_cookie == "none":
            return []
        seconds = max(0, session.expires - session.created) // MICROSECONDS
        return [self._token_cookie(call, quote(f"{session.user.id}|{token}", safe=""), seconds)]

    def guarded(self, _call: Call, reply: Reply) -> Reply:
        """With the headers that every page has."""
        return evolve(reply, headers={**guards(self.settings.schemes), **reply.headers})

    def refusal(self, headers: Headers, error: Refusal, reply: Reply) -> Reply:
        """A refusal as a page, for whoever does not ask for JSON."""
        guard = guards(self.settings.schemes)
        if isinstance(error, FormRefused):
            return evolve(error.reply, headers={**guard, **error.reply.headers})
        if "application/json" in (headers.get("Accept") or ""):
            return evolve(reply, headers={**guard, **reply.headers})
        kept = {
            name: value for name, value in reply.headers.items() if name.lower() != "content-type"
        }
        own = self.settings.refusals.get(reply.status)
        if own is not None:
            return own_page(own, reply.status, {**guard, **kept})
        look = Look(language(headers.get("Accept-Language", "")), self.settings.home)
        page = look.page("refused", error=error.message, status=reply.status)
        return evolve(page, headers={**guard, **kept, **page.headers})

    async def signed_in(self, call: Call, *, profile: bool = False) -> Visit | Reply:
        """The visit of somebody who may see pages of their own, else the way there: terms
        accepted, required providers present (but for the `profile`), then signed in."""
        visit = await self.visit(call)
        here = call.mount + quote(call.path)
        if call.raw_query:
            here += "?" + call.raw_query.decode("ascii", "replace")
        if visit.session is None:
            return redirect(with_next(self.settings.home + "/login", here))
        if not visit.session.terms_accepted:
            return redirect(with_next(self.settings.home + "/approval_terms", here))
        if not profile and await self.lacking(visit.session):
            return redirect(with_next(self.settings.home + "/profile", here))
        return visit


_PATH = "/%:@!$&'()*+,;=-._~"
_QUERY = _PATH + "?"


async def fields_of(call: Call) -> Mapping[str, str]:
    """A form, or a JSON object of texts. Raises Malformed."""
    raw = await call.stream.read_all(FORM_LIMIT)
    if (call.headers.get("Content-Type") or "").lower().startswith("application/json"):
        return parse(raw, dict[str, str])
    return parse_form(raw)


def cookies(headers: Headers) -> Mapping[str, str]:
    """The cookies of a request; of a repeated name the first, which is the more specific."""
    found: dict[str, str] = {}
    for part in (headers.get("Cookie") or "").replace(", ", "; ").split(";"):
        name, mark, value = part.strip().partition("=")
        if mark and name not in found:
            found[name] = value
    return found


def named(call: Call, name: str) -> str:
    """Over TLS, a name that only this very host can set."""
    return f"__Host-{name}" if call.base.startswith("https://") else name


def cookie(
    call: Call,
    name: str,
    value: str,
    seconds: int | None = None,
    *,
    bare: bool = False,
    domain: str = "",
    readable: bool = False,
) -> str:
    """A Set-Cookie. `bare` leaves the name as it is; `seconds` 0 takes the cookie back."""
    words = [f"{name if bare else named(call, name)}={value}", "Path=/"]
    if domain:
        words.append(f"Domain={domain}")
    if seconds is not None:
        words.append(f"Max-Age={seconds}")
    if not readable:
        words.append("HttpOnly")
    if call.base.startswith("https://"):
        words.append("Secure")
    return "; ".join([*words, "SameSite=Lax"])


def _ours(call: Call) -> bool:
    """Whether a script's request comes from our own pages, as far as the browser tells."""
    if call.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = call.headers.get("Origin")
    return origin is None or origin.partition("://")[2] == call.base.partition("://")[2]
