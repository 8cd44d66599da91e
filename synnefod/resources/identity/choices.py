"""The sign-in page: the form of one provider, and the way to the others."""

from __future__ import annotations

from urllib.parse import urlencode

from attrs import frozen

from synnefod.common.errors import TooManyRequests
from synnefod.identity.interface.captcha import Captcha
from synnefod.identity.interface.methods import Proofs, Provider
from synnefod.resources.call import Reply
from synnefod.resources.identity.browser import FormRefused, Visit
from synnefod.resources.identity.captcha import FIELD, Question
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

    def __init__(self, proofs: Proofs, captcha: Captcha, *, strangers: bool = True) -> None:
        self.strangers = strangers
        self.proofs = proofs
        self.captcha = captcha

    def page(
        self,
        visit: Visit,
        asked: Asked,
        name: str = "",
        error: str = "",
        *,
        riddle: bool = False,
        resend: bool = False,
    ) -> Reply:
        """With the form of the provider `name`, by default the primary one; with a `riddle`, it
        asks for the answer to a captcha too; `resend` offers another letter of verification."""
        found = {each.name: each for each in self.proofs.providers}
        chosen = found.get(name) or next(iter(found.values()))
        others = [each for each in found.values() if each != chosen]
        look = visit.look
        question = Question(self.captcha.challenge()) if riddle else None
        parts = [question.shown(look)] if question is not None else []
        parts.append(_form(look, chosen, asked, question))
        if resend:
            parts.append(f"<p>{look.link('/send/activation', 'verify again')}</p>")
        if others:
            parts.append(f"<p>{look.say('other ways')}</p><ul>")
            parts += [f"<li>{_link(look, each, asked)}</li>" for each in others]
            parts.append("</ul>")
        if "local" in found:
            parts.append(f"<p>{look.link('/local/password_reset', 'forgotten')}</p>")
        if "local" in found and self.strangers:
            parts.append(f"<p>{look.say('no account')} {look.link('/signup', 'sign up')}</p>")
        return look.page("sign in", *parts, error=error)

    def paused(
        self, visit: Visit, asked: Asked, error: TooManyRequests, *, name: str, human: bool | None
    ) -> FormRefused:
        """After too many failures: a captcha, if there are any and it was not that already."""
        if self.captcha.enabled and not human:
            text = say(visit.look.tongue, "captcha needed" if human is None else "captcha wrong")
            return self.told(visit, asked, text, name, riddle=True)
        seconds = str(int(error.retry_after))
        return self.refused(visit, asked, "too many", name=name, seconds=seconds)

    def refused(
        self, visit: Visit, asked: Asked, why: str, *, name: str = "local", **details: str
    ) -> FormRefused:
        """`why` is the key of a text."""
        text = say(visit.look.tongue, why, **details)
        return self.told(visit, asked, text, name, resend=why == "unverified")

    def told(
        self,
        visit: Visit,
        asked: Asked,
        error: str,
        name: str,
        *,
        riddle: bool = False,
        resend: bool = False,
    ) -> FormRefused:
        if wants_json(visit.call):
            return FormRefused(Reply({"message": error}, status=401))
        made = self.page(visit, asked, name, error, riddle=riddle, resend=resend)
        return FormRefused(made)


def _form(look: Look, provider: Provider, asked: Asked, question: Question | None) -> str:
    hidden = asked.hidden | dict(question.hidden if question is not None else {})
    more = (FIELD,) if question is not None else ()
    if provider.kind == "password":
        fields = (
            Field("username", "email", "email", asked.name, "username"),
            Field("password", "password", "password", "", "current-password"),
        )
        return look.form((*fields, *more), "sign in", action="/login", hidden=hidden)
    if provider.kind == "form":
        fields = (
            Field("username", "directory name", "text", asked.name, "username"),
            Field("password", "password", "password", "", "current-password"),
        )
        place = f"/login/{provider.name}"
        return look.form((*fields, *more), "sign in", action=place, hidden=hidden)
    return f"<p>{_link(look, provider, asked)}</p>"


def _link(look: Look, provider: Provider, asked: Asked) -> str:
    query = urlencode({name: value for name, value in asked.hidden.items() if value})
    path = f"/login/{provider.name}" + (f"?{query}" if query else "")
    return look.link(path, "by provider", provider=provider.label)
