"""Mail handed to an SMTP server (RFC 5321), in a thread: one connection for each letter."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage

from attrs import field, frozen
from zope.interface import implementer

from synnefod.common.clockwork import IClock
from synnefod.common.outside import refuse_inside
from synnefod.common.threads import IThreads
from synnefod.mail.interface import IMailer, Letter, MailRefused, MailUnavailable
from synnefod.mail.message import message


@frozen
class SmtpServer:
    """Where mail is handed over. `tls`: "none", "starttls" or "implicit" (certificates are
    checked); `timeout` in seconds for each step."""

    host: str
    port: int = 25
    tls: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0


@implementer(IMailer)
@frozen
class SmtpMailer:
    server: SmtpServer
    sender: str
    clock: IClock
    threads: IThreads

    async def send(self, letter: Letter) -> None:
        refuse_inside("mail")
        mail = message(letter, self.sender, self.clock.seconds())
        try:
            await self.threads.disk(self._hand_over, mail)
        except smtplib.SMTPRecipientsRefused as error:
            ((code, _text),) = error.recipients.values()
            raise _refusal(code) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise MailUnavailable("The mail server lacks what is asked of it.") from None
        except (OSError, smtplib.SMTPException):
            raise MailUnavailable("The mail server does not answer.") from None

    def _hand_over(self, mail: EmailMessage) -> None:
        server = self.server
        context = ssl.create_default_context() if server.tls != "none" else None
        if server.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        with connection:
            if server.tls == "starttls":
                connection.starttls(context=context)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(mail)


def _refusal(code: int) -> MailRefused | MailUnavailable:
    """5xx is final, but for what concerns us and not the letter (530, 535: authentication)."""
    if 500 <= code < 600 and code not in (530, 535):
        return MailRefused(f"The mail server refuses the mail ({code}).")
    return MailUnavailable(f"The mail server does not take the mail now ({code}).")
