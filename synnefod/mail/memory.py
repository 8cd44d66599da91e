"""Mail that stays in memory, for tests."""

from __future__ import annotations

from attrs import define, field
from zope.interface import implementer

from synnefod.mail.interface import IMailer, Letter


@implementer(IMailer)
@define
class MemoryMailer:
    """Keeps what is sent in `sent`; `failing` is raised instead when it is set."""

    sent: list[Letter] = field(factory=list)
    failing: Exception | None = None

    async def send(self, letter: Letter) -> None:
        if self.failing is not None:
            raise self.failing
        self.sent.append(letter)
