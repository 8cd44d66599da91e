"""The way of programs to a token: through the person's browser (identity.md 2.8)."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from synnefod.common.errors import Forbidden, Malformed, Refusal
from synnefod.identity.interface import Tokens
from synnefod.resources.call import Call, Headers, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.browser import Browser
from synnefod.resources.identity.looks import redirect, with_next

LONGEST = 4096


class WebLogin:
    """`{web}/login?next=pithos://...`: a token is handed to the program at that address."""

    def __init__(self, tokens: Tokens, browser: Browser) -> None:
        self.tokens = tokens
        self.browser = browser

    @route("GET", "/login", auth=False, change=True, always=True)
    async def login(self, call: Call) -> Reply:
        target = self._target(call.query.one("next"))
        visit = await self.browser.visit(call)
        here = self._here(call)
        home = self.browser.settings.home
        if visit.session is not None and call.query.one("force") == "":
            await self.browser.sessions.end(visit.session.user.id, visit.session.id)
            return redirect(with_next(f"{home}/login", here), *self.browser.dropped(call))
        if visit.session is None:
            return redirect(with_next(f"{home}/login", here))
        if not visit.session.terms_accepted:
            return redirect(with_next(f"{home}/approval_terms", here))
        user, cookies = visit.session.user.id, []
        if call.query.one("renew") == "":
            token, _ = await self.browser.sessions.renew(visit.session)
            cookies = self.browser.refreshed(call, visit.session, token)
        else:
            token, _ = await self.tokens.issue_api(user, label="weblogin")
        given = {"uuid": user, "token": token}
        state = call.query.one("state")
        if state is not None:
            given["state"] = state
        return redirect(f"{target}?{urlencode(given)}", *cookies)

    def _target(self, text: str | None) -> str:
        """The program's address without its query. Raises Malformed, Forbidden."""
        if not text:
            raise Malformed("The parameter next is missing.")
        if len(text) > LONGEST or not text.isascii() or not text.isprintable() or " " in text:
            raise Forbidden("This address is none of a program.")
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
        except ValueError:
            raise Forbidden("This address is none of a program.") from None
        settings = self.browser.settings
        if parts.scheme.lower() not in settings.schemes:
            raise Forbidden("Programs of this kind are not sent a token.")
        if settings.hosts and host not in settings.hosts:
            raise Forbidden("Programs at this address are not sent a token.")
        return text.partition("#")[0].partition("?")[0]

    def _here(self, call: Call) -> str:
        """This address, but for what is done only once."""
        kept = [(name, value) for name, value in call.query.items() if name != "force"]
        return f"{call.mount}/login?{urlencode(kept)}"


def told(_headers: Headers, error: Refusal, reply: Reply) -> Reply:
    """Refusals are plain text here."""
    return Reply(
        error.message + "\n",
        status=reply.status,
        headers=reply.headers,
        content_type="text/plain; charset=UTF-8",
    )
