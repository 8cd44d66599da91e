"""A letter as a message of RFC 5322."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from synnefod.mail.interface import Letter


def message(letter: Letter, sender: str, seconds: float) -> EmailMessage:
    """From `sender`, dated `seconds` since the epoch."""
    result = EmailMessage()
    result["From"] = sender
    result["To"] = letter.to
    result["Subject"] = letter.subject
    result["Date"] = format_datetime(datetime.fromtimestamp(int(seconds), UTC))
    result["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2].strip(">") or "localhost")
    result["Auto-Submitted"] = "auto-generated"
    if letter.event:
        result["X-Synnefo-Event"] = letter.event
    result.set_content(letter.text)
    return result
