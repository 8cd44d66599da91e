"""The sign-in page: the form of one provider, and the way to the others."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import frozen

from synnefod.identity.interface.methods import Proofs, Provider
from synnefod.resources.call import Reply
from synnefod.resources.identity.browser import FormRefused, Visit
from synnefod.resources.identity.looks import Field, Look, wants_json
from synnefod.resources.identity.words import say


@frozen
class Asked:
    """What a sign-in carries along: where to go afterwards, the token of a sign-up that waits to
    become a way of this person, the name that was typed, a way that is to be replaced."""

    next: str = ""
    key: str = ""
    name: str = ""
    switch: str = ""

    @property
    def hidden(self) -> dict[str, str]:
        return {"next": self.next[:4096], "key": self.key[:100], "switch_from": self.switch[:20]}


class Choices:
    """Sign-in pages."""

    def __init__(self, proofs: Proofs) -> None:
        self.proofs = proofs

    def page(self, visit: Visit, asked: Asked, name: str = "", error: str = "") -> Reply:
        """With the form of the provider `name`, by default the primary one."""
        found = {each.name: each for each in self.proofs.providers}
        chosen = found.get(name) or next(iter(found.values()))
        others = [each for each in found.values() if each != chosen]
        look = visit.look
        parts = [_form(look, chosen, asked)]
        if others:
            parts.append(f"<p>{look.say('other ways')}</p><ul>")
            parts += [f"<li>{_link(look, each, asked)}</li>" for each in others]
            parts.append("</ul>")
        parts.append(
            f"<p>{look.link('/local/password_reset', 'forgotten')} · {look.say('no account')} "
            f"{look.link('/signup', 'sign up')}</p>"
        )
        return look.page("sign in", *parts, error=error)

    def refused(
        self, visit: Visit, asked: Asked, why: str, *, name: str = "local", **details: str
    ) -> FormRefused:
        """`why` is the key of a text."""
        return self.told(visit, asked, say(visit.look.tongue, why, **details), name)

    def told(self, visit: Visit, asked: Asked, error: str, name: str) -> FormRefused:
        if wants_json(visit.call):
            return FormRefused(Reply({"message": error}, status=401))
        return FormRefused(self.page(visit, asked, name, error))


def _form(look: Look, provider: Provider, asked: Asked) -> str:
    if provider.kind == "password":
        fields = (
            Field("username", "email", "email", asked.name, "username"),
            Field("password", "password", "password", "", "current-password"),
        )
        return look.form(fields, "sign in", action="/login", hidden=asked.hidden)
    if provider.kind == "form":
        fields = (
            Field("username", "directory name", "text", asked.name, "username"),
            Field("password", "password", "password", "", "current-password"),
        )
        place = f"/login/{provider.name}"
        return look.form(fields, "sign in", action=place, hidden=asked.hidden)
    return f"<p>{_link(look, provider, asked)}</p>"


def _link(look: Look, provider: Provider, asked: Asked) -> str:
    query = urlencode({name: value for name, value in asked.hidden.items() if value})
    path = f"/login/{provider.name}" + (f"?{query}" if query else "")
    return look.link(path, "by provider", provider=provider.label)
