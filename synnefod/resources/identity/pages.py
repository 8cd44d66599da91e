"""The few pages that an account needs before anybody can sign in (identity.md 2.9).

Every page works without script. None of these requests is authenticated by a cookie, so nobody
can be made to send one in another's name; a change that needs an account takes its token.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from synnefod.common.errors import Forbidden, Malformed, NotFound
from synnefod.common.ids import UserId
from synnefod.common.jsonio import parse
from synnefod.identity.interface import Identity, NewUser
from synnefod.identity.interface.life import Life
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.forms import FORM_LIMIT, parse_form

_SAFE = {
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'self'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_SIGN_UP = (
    ("email", "E-mail", "email"),
    ("first_name", "First name", "text"),
    ("last_name", "Last name", "text"),
    ("password1", "Password", "password"),
    ("password2", "Password again", "password"),
    ("has_signed_terms", "I accept the terms", "checkbox"),
)
_PASSWORDS = (
    ("new_password1", "New password", "password"),
    ("new_password2", "New password again", "password"),
)
_SENT = "If the address belongs to an account that can use it, a letter is on its way."


class AccountPages:
    def __init__(self, life: Life, identity: Identity, path: str) -> None:
        self.life = life
        self.identity = identity
        self.path = path

    @route("GET", "/", auth=False)
    async def index(self, call: Call) -> Reply:
        return _page(call, "Account", "Sign up at signup; forgotten: local/password_reset.")

    @route("GET", "/signup", auth=False)
    async def sign_up_form(self, call: Call) -> Reply:
        return _form("Sign up", _SIGN_UP)

    @route("POST", "/signup", auth=False)
    async def sign_up(self, call: Call) -> Reply:
        form = await _fields(call)
        try:
            new = NewUser(
                form.get("email", ""),
                form.get("first_name", ""),
                form.get("last_name", ""),
                _twice(form, "password1", "password2"),
            )
            terms = form.get("has_signed_terms") in ("on", "true", "1")
            await self.life.sign_up(new, call.peer, terms=terms)
        except Malformed as error:
            if _wants_json(call):
                raise
            return _form("Sign up", _SIGN_UP, error.message)
        return self._on(call, "A letter with a link is on its way to you.")

    @route("GET", "/activate", auth=False, change=True)
    async def activate(self, call: Call) -> Reply:
        code = call.query.one("auth")
        if not code:
            raise Forbidden("The code is missing.")
        try:
            user = await self.life.verify(code)
        except NotFound:
            if _wants_json(call):
                raise
            return self._on(call, "")
        return self._on(call, "active" if user.is_active else "awaiting moderation")

    @route("POST", "/send/activation", auth=False)
    async def resend(self, call: Call) -> Reply:
        await self.life.resend((await _fields(call)).get("email", ""), call.peer)
        return _page(call, "Verification", _SENT)

    @route("GET", "/local/password_reset", auth=False)
    async def reset_form(self, call: Call) -> Reply:
        return _form("Forgotten password", (("email", "E-mail", "email"),))

    @route("POST", "/local/password_reset", auth=False)
    async def ask_reset(self, call: Call) -> Reply:
        await self.life.ask_reset((await _fields(call)).get("email", ""), call.peer)
        return _page(call, "Forgotten password", _SENT)

    @route("GET", "/local/reset/confirm/<user>/<key>", auth=False)
    async def new_password_form(self, call: Call, user: str, key: str) -> Reply:
        return _form("New password", _PASSWORDS)

    @route("POST", "/local/reset/confirm/<user>/<key>", auth=False)
    async def new_password(self, call: Call, user: str, key: str) -> Reply:
        password = _twice(await _fields(call), "new_password1", "new_password2")
        await self.life.reset(key, password)
        return self._on(call, "The password is changed.")

    @route("POST", "/email_change")
    async def ask_email(self, call: Call) -> Reply:
        form = await _fields(call)
        await self.life.ask_email(call.principal.user, form.get("new_email_address", ""))
        return _page(call, "New address", "A letter is on its way to the new address.")

    @route("GET", "/email_change/confirm/<key>", auth=False, change=True)
    async def confirm_email(self, call: Call, key: str) -> Reply:
        by: UserId | None = None
        if call.token:
            by = (await self.identity.authenticate(call.token)).user
        await self.life.confirm_email(key, by)
        return self._on(call, "The address is changed.")

    def _on(self, call: Call, message: str) -> Reply:
        """To the first page; for programs the message."""
        if _wants_json(call):
            return Reply({"message": message})
        return Reply(b"", status=302, headers={"Location": self.path + "/", **_SAFE})


async def _fields(call: Call) -> dict[str, str]:
    """A form, or a JSON object of texts."""
    raw = await call.stream.read_all(FORM_LIMIT)
    if (call.headers.get("Content-Type") or "").lower().startswith("application/json"):
        return parse(raw, dict[str, str])
    return parse_form(raw)


def _twice(form: Mapping[str, str], first: str, second: str) -> str:
    if form.get(first, "") != form.get(second, ""):
        raise Malformed("The two passwords differ.")
    return form.get(first, "")


def _wants_json(call: Call) -> bool:
    return "application/json" in (call.headers.get("Accept") or "")


def _page(call: Call, title: str, text: str) -> Reply:
    if _wants_json(call):
        return Reply({"message": text})
    return _html(title, f"<p>{escape(text)}</p>")


def _form(title: str, fields: tuple[tuple[str, str, str], ...], error: str = "") -> Reply:
    """A form that is sent to its own address."""
    inputs = "".join(
        f'<p><label>{escape(label)} <input name="{name}" type="{kind}"></label></p>'
        for name, label, kind in fields
    )
    told = f"<p><strong>{escape(error)}</strong></p>" if error else ""
    return _html(title, f'{told}<form method="post">{inputs}<p><button>Send</button></p></form>')


def _html(title: str, body: str) -> Reply:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )
    return Reply(text, headers=_SAFE, content_type="text/html; charset=UTF-8")
