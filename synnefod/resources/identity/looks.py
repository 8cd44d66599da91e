"""How the pages look: HTML without script, one style sheet, everything escaped."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import quote

from attrs import field, frozen

from synnefod.resources.call import Call, Reply
from synnefod.resources.identity.words import say

SCHEMES = ("pithos", "pithosdev")
"""Programs that a sign-in may hand its token to, by the scheme of their addresses."""

STYLE = """
:root { color-scheme: light dark; --ink: #151515; --paper: #fff; --back: #f2f2f2; --line: #8a8d90;
  --link: #0055aa; --bad: #a30000; --good: #1e6b1e; }
@media (prefers-color-scheme: dark) { :root { --ink: #f0f0f0; --paper: #1f1f1f; --back: #121212;
  --line: #a3a3a3; --link: #8fc4ff; --bad: #ff9d9d; --good: #9fdf9f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--ink); line-height: 1.5;
  font-family: system-ui, sans-serif; font-size: 1rem; }
header, main, footer { max-width: 40rem; margin: 0 auto; padding: 1rem; }
header nav { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; }
main { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: 1.5rem; }
h1 { margin-top: 0; font-size: 1.5rem; }
a { color: var(--link); }
label { display: block; font-weight: 600; margin: 1rem 0 .25rem; }
label.tick { font-weight: 400; }
input:not([type=checkbox]) { width: 100%; font: inherit; padding: .5rem; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: 4px; }
button { font: inherit; margin-top: 1rem; padding: .5rem 1.25rem; border: 0; border-radius: 4px;
  background: var(--link); color: var(--paper); cursor: pointer; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.bad { color: var(--bad); } .good { color: var(--good); }
code, pre { overflow-wrap: anywhere; white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; } td, th { text-align: left; padding: .25rem; }
"""
STYLE_TAG = hashlib.sha256(STYLE.encode()).hexdigest()[:12]


def guards(schemes: Iterable[str]) -> Mapping[str, str]:
    """The headers of every page. A form's answer may lead on to a program or another site, and
    some browsers hold that against form-action too."""
    return {
        "Content-Security-Policy": "default-src 'self'; script-src 'none'; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'self'; form-action 'self' https: "
        + " ".join(f"{scheme}:" for scheme in schemes),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    }


Messages = Mapping[str, Sequence[tuple[str, str]]]
"""By page ("all", "login", "signup", "profile"): levels and texts."""
_PLACES = {"sign in": "login", "sign up": "signup", "profile": "profile"}


@frozen
class Field:
    """One input: its name, the key of its label, its type; `fill` is its autocomplete word.
    `fixed`: it is shown and cannot be changed."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    fill: str = ""
    required: bool = True
    fixed: bool = False


@frozen
class Look:
    """The language and the frame of one answer. `mount` begins all links, `csrf` goes into every
    form, `cookies` are set with the page, `email` is whose session it is."""

    tongue: str
    mount: str
    csrf: str = ""
    email: str = ""
    cookies: tuple[str, ...] = ()
    messages: Messages = field(factory=dict)

    def say(self, key: str, **details: object) -> str:
        """Escaped."""
        return escape(say(self.tongue, key, **details))

    def link(self, path: str, key: str, **details: object) -> str:
        return f'<a href="{escape(self.mount + path)}">{self.say(key, **details)}</a>'

    def form(
        self,
        fields: Iterable[Field],
        button: str = "send",
        *,
        action: str = "",
        target: str = "",
        hidden: Mapping[str, str] | None = None,
        empty: bool = False,
    ) -> str:
        """A form that is posted to `action` below the mount or to `target`, by default its own
        address. `empty`: hidden fields are sent even when they are."""
        place = self.mount + action if action else target
        goal = f' action="{escape(place)}"' if place else ""
        inputs = "".join(
            f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
            for name, value in {"csrf": self.csrf, **(hidden or {})}.items()
            if value or empty
        )
        inputs += "".join(map(self._input, fields))
        return f'<form method="post"{goal}>{inputs}<button>{self.say(button)}</button></form>'

    def _input(self, field: Field) -> str:
        name, kind = escape(field.name), escape(field.kind)
        words = " required" if field.required else ""
        if field.fixed:
            words += " readonly"
        if field.fill:
            words += f' autocomplete="{escape(field.fill)}"'
        if field.kind == "checkbox":
            return (
                f'<label class="tick"><input type="checkbox" name="{name}"{words}> '
                f"{self.say(field.label)}</label>"
            )
        return (
            f'<label for="f-{name}">{self.say(field.label)}</label>'
            f'<input id="f-{name}" name="{name}" type="{kind}" '
            f'value="{escape(field.value)}"{words}>'
        )

    def page(
        self, title: str, *parts: str, error: str = "", notice: str = "", status: int = 200
    ) -> Reply:
        """`title` is a key; `parts` are HTML; `error` and `notice` are plain text."""
        told = f'<p class="bad" role="alert"><strong>{escape(error)}</strong></p>' if error else ""
        told += f'<p class="good" role="status">{escape(notice)}</p>' if notice else ""
        told += self._told(title)
        heading = self.say(title)
        text = (
            f'<!DOCTYPE html><html lang="{self.tongue}"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<title>{heading}</title><link rel="icon" href="/ui/mark.svg" type="image/svg+xml">'
            f'<link rel="stylesheet" href="{self.mount}/pages.css?{STYLE_TAG}"></head><body>'
            f"<header><nav>{self._bar()}</nav></header>"
            f"<main><h1>{heading}</h1>{told}{''.join(parts)}</main></body></html>"
        )
        headers: dict[str, str | Sequence[str]] = {"Vary": "Accept-Language, Cookie"}
        if self.cookies:
            headers["Set-Cookie"] = list(self.cookies)
        return Reply(text, status=status, headers=headers, content_type="text/html; charset=UTF-8")

    def _told(self, title: str) -> str:
        """What an administrator has to say on this page (web-ui.md 1.16)."""
        found = [*self.messages.get("all", ()), *self.messages.get(_PLACES.get(title, ""), ())]
        return "".join(
            f'<p class="{"bad" if level in ("warning", "error") else "good"}" data-level="{level}">'
            f"{escape(text)}</p>"
            for level, text in found
        )

    def _bar(self) -> str:
        home = f'<a href="/ui/">{self.say("dashboard")}</a>'
        if not self.email:
            return f"{home}<span>{self.link('/login', 'sign in')}</span>"
        out = self.link("/logout", "sign out")
        return f"{home}<span>{escape(self.email)} · {out}</span>"


def own_page(text: str, status: int, headers: Mapping[str, str | Sequence[str]]) -> Reply:
    """A page of the deployment's: no scripts, and nothing of other hosts."""
    policy = (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "frame-ancestors 'none'"
    )
    return Reply(
        text,
        status=status,
        headers={**headers, "Content-Security-Policy": policy},
        content_type="text/html; charset=UTF-8",
    )


def redirect(target: str, *cookies: str, status: int = 302) -> Reply:
    headers: dict[str, str | Sequence[str]] = {"Location": target}
    if cookies:
        headers["Set-Cookie"] = list(cookies)
    return Reply(b"", status=status, headers=headers)


def with_next(path: str, target: str) -> str:
    """`path` with `target` as its parameter `next`."""
    return f"{path}?next={quote(target, safe='/')}"


def wants_json(call: Call) -> bool:
    return "application/json" in (call.headers.get("Accept") or "")
