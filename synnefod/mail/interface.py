"""Letters, and what carries them."""

from __future__ import annotations

import re
from typing import Any, Protocol

from attrs import field, frozen
from zope.interface import Interface

from synnefod.common.errors import Malformed, Refusal, Unavailable

_ADDRESS = re.compile(r"[^\s,<>()\x00-\x1f\x7f]+@[^\s,<>()@\x00-\x1f\x7f]+")


class MailUnavailable(Unavailable):
    """The mail cannot be handed over now; it may be later."""


class MailRefused(Refusal):
    """The mail will never be taken: address or text are refused."""


def _an_address(_letter: Any, _attribute: Any, value: str) -> None:
    if len(value) > 255 or _ADDRESS.fullmatch(value) is None:
        raise Malformed(f"'{value[:64]}' is not an e-mail address.")


def _one_line(_letter: Any, _attribute: Any, value: str) -> None:
    if not value.isprintable():
        raise Malformed("A subject is one line of printable characters.")


@frozen
class Letter:
    """One mail to one person, as plain text. Raises Malformed for what could not be a mail."""

    to: str = field(validator=_an_address)
    subject: str = field(validator=_one_line)
    text: str
    event: str = ""
    """Why it is sent, for the metrics."""


class IMailer(Interface):
    """Hands letters over to the world."""

    def send(letter: Any) -> Any:
        """An awaitable that ends when the letter is in safe hands. Raises MailUnavailable or
        MailRefused. A second call sends a second letter."""


class Mailer(Protocol):
    """`IMailer` for the type checker."""

    async def send(self, letter: Letter) -> None: ...
