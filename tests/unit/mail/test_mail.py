"""Letters in a folder, and handed to a mail server that listens on the loopback."""

from __future__ import annotations

import email
import email.policy
import stat
from pathlib import Path
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.protocol import Factory
from twisted.internet.task import Clock
from twisted.protocols.basic import LineReceiver
from twisted.trial.unittest import SynchronousTestCase, TestCase

from synnefod.common.errors import Malformed
from synnefod.common.threads import InlineThreads
from synnefod.mail.drivers import mailer
from synnefod.mail.interface import Letter, MailRefused, MailUnavailable
from synnefod.mail.smtp import SmtpServer
from tests.harness.cloud import done
from tests.harness.database import started_threads

LETTER = Letter("ada@example.org", "Grüße", "Zeile\n.\nEnde", "test")


def read(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default)


class LetterTests(SynchronousTestCase):
    def test_what_could_smuggle_headers_is_no_letter(self) -> None:
        """A new line or a second address in a header field is refused."""
        for to in ("", "ada", "a@b\nBcc: c@d", "a@b,c@d", "<a@b>", "a@" + "b" * 300):
            self.assertRaises(Malformed, Letter, to, "x", "x")
        self.assertRaises(Malformed, Letter, "a@b", "x\r\nBcc: c@d", "x")


class FolderTests(SynchronousTestCase):
    def test_a_letter_is_a_file_of_its_own(self) -> None:
        """Readable by the owner alone, complete, and in the order of sending."""
        folder = Path(self.mktemp()) / "mail"
        clock = Clock()
        clock.advance(1_800_000_000)
        post = mailer("folder", "cloud@example.org", clock, InlineThreads(), folder=folder)
        done(post.send(LETTER))
        clock.advance(1)
        done(post.send(Letter("bob@example.org", "Second", "x")))
        first, second = sorted(folder.iterdir())
        self.assertEqual(stat.S_IMODE(first.stat().st_mode), 0o600)
        mail = read(first.read_bytes())
        self.assertEqual((mail["To"], mail["Subject"]), ("ada@example.org", "Grüße"))
        self.assertEqual(mail["Date"].datetime.timestamp(), 1_800_000_000)
        self.assertEqual(mail.get_content(), "Zeile\n.\nEnde\n")
        self.assertEqual(read(second.read_bytes())["To"], "bob@example.org")

    def test_a_folder_that_cannot_be_written_is_said(self) -> None:
        place = Path(self.mktemp())
        place.write_bytes(b"")
        post = mailer("folder", "c@example.org", Clock(), InlineThreads(), folder=place)
        with self.assertRaises(MailUnavailable):
            done(post.send(LETTER))
        with self.assertRaises(ValueError):
            mailer("pigeon", "c@example.org", Clock(), InlineThreads(), folder=place)


class Receiver(LineReceiver):
    """The least of an SMTP server."""

    factory: Any

    def connectionMade(self) -> None:
        self.data: list[bytes] | None = None
        self.sendLine(b"220 here")

    def lineReceived(self, line: bytes) -> None:
        if self.data is not None:
            if line == b".":
                self.factory.mails.append(b"\r\n".join(self.data))
                self.data = None
                self.sendLine(b"250 taken")
            else:
                self.data.append(line[1:] if line.startswith(b"..") else line)
            return
        verb = line[:4].upper()
        if verb == b"DATA":
            self.data = []
            self.sendLine(b"354 go on")
        elif verb == b"RCPT":
            self.sendLine(self.factory.answer)
        elif verb == b"QUIT":
            self.sendLine(b"221 bye")
            self.transport.loseConnection()
        else:
            self.sendLine(b"250 fine")


class SmtpTests(TestCase):
    def setUp(self) -> None:
        self.factory = Factory.forProtocol(Receiver)
        self.factory.mails = []
        self.factory.answer = b"250 fine"
        self.port = reactor.listenTCP(0, self.factory, interface="127.0.0.1")  # type: ignore[attr-defined]
        self.threads = started_threads(self)

    def tearDown(self) -> Any:
        return self.port.stopListening()

    def post(self, port: int = 0) -> Any:
        server = SmtpServer("127.0.0.1", port or self.port.getHost().port, timeout=10)
        return mailer(
            "smtp", "cloud@example.org", reactor, self.threads, folder=Path(), server=server
        )

    async def test_a_letter_arrives(self) -> None:
        """RFC 5321 4.5.2: a line of one dot does not end the text."""
        await self.post().send(LETTER)
        (raw,) = self.factory.mails
        mail = read(raw)
        self.assertEqual((mail["From"], mail["Subject"]), ("cloud@example.org", "Grüße"))
        self.assertEqual(mail.get_content().splitlines(), ["Zeile", ".", "Ende"])

    async def test_a_refusal_is_final_or_not(self) -> None:
        """RFC 5321 4.2.1: 5yz is final, 4yz is not, silence is not."""
        self.factory.answer = b"550 nobody"
        await self.assertFailure(ensureDeferred(self.post().send(LETTER)), MailRefused)
        self.factory.answer = b"451 later"
        await self.assertFailure(ensureDeferred(self.post().send(LETTER)), MailUnavailable)
        self.assertEqual(self.factory.mails, [])
        await self.assertFailure(ensureDeferred(self.post(1).send(LETTER)), MailUnavailable)
