"""The pictures and sounds of challenges, and how a page asks for an answer (AST-162)."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from synnefod.identity.interface.captcha import Captcha
from synnefod.resources.call import Call, Reply
from synnefod.resources.door import route
from synnefod.resources.identity.looks import Field, Look

FIELD = Field("captcha", "captcha", fill="off")


class CaptchaPages:
    def __init__(self, captcha: Captcha) -> None:
        self.captcha = captcha

    @route("GET", "/captcha/<challenge>/picture", auth=False, quiet=True)
    async def picture(self, call: Call, challenge: str) -> Reply:
        return _once(await self.captcha.picture(challenge, call.peer), "image/png")

    @route("GET", "/captcha/<challenge>/sound", auth=False, quiet=True)
    async def sound(self, call: Call, challenge: str) -> Reply:
        return _once(await self.captcha.sound(challenge, call.peer), "audio/wav")


@frozen
class Question:
    """A challenge on a page: `shown` goes before the form, `hidden` into it with `FIELD`."""

    name: str

    @property
    def hidden(self) -> Mapping[str, str]:
        return {"captcha_id": self.name}

    def shown(self, look: Look) -> str:
        place = f"{look.mount}/captcha/{self.name}"
        sound = look.link(f"/captcha/{self.name}/sound", "captcha sound")
        return (
            f'<p><img src="{place}/picture" width="220" height="80" '
            f'alt="{look.say("captcha picture")}"> {sound}</p>'
        )


async def answered(captcha: Captcha, form: Mapping[str, str]) -> bool | None:
    """Whether the answer in a form is right; None when there is none."""
    name = form.get("captcha_id", "")
    return await captcha.solved(name, form.get("captcha", "")) if name else None


def _once(body: bytes, kind: str) -> Reply:
    return Reply(body, headers={"Cache-Control": "no-store"}, content_type=kind)
