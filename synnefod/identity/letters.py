"""Letters to people: put down in the transaction that causes them, sent afterwards (AST-182).

Note [Keys]. A link that opens an account is made when its letter leaves, and only its digest is
stored; a letter that is sent again carries a new key, and the one before is worth nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from attrs import field, frozen
from twisted.logger import Logger

from synnefod.common import metrics
from synnefod.common.clockwork import Every, IClock
from synnefod.common.errors import Malformed
from synnefod.common.ids import new_token
from synnefod.common.text import MICROSECONDS, micros
from synnefod.identity.records import invitations as invitation_records
from synnefod.identity.records import letters as records
from synnefod.identity.templates import Templates
from synnefod.identity.texts import INVITATION, INVITATION_LINK, LINKS
from synnefod.identity.tokens import digest
from synnefod.mail.interface import Letter, Mailer, MailRefused, MailUnavailable
from synnefod.store.interface import Store, Tx

log = Logger()
LEASE = 600
GIVE_UP = 3 * 86_400
"""Seconds: how long one attempt may take, and how long one is made after another."""


@frozen
class LetterBox:
    """Where services put letters, in their own transactions."""

    clock: IClock

    async def put(
        self,
        tx: Tx,
        event: str,
        to: str | Iterable[str],
        *,
        person: str | None = None,
        **details: str,
    ) -> None:
        """A letter of `texts.TEXTS` to each address. `person`: whose account a link opens."""
        now = micros(self.clock.seconds())
        for address in [to] if isinstance(to, str) else to:
            await records.put(tx, event, address, person, details, now)


async def oldest_letter(store: Store) -> int | None:
    """When the letter was put that waits longest, in microseconds since the epoch; None: none."""
    return await store.read("the oldest letter", records.oldest)


@frozen
class Postman:
    """Sends what waits; several daemons may do so at once. `ui` begins every link."""

    store: Store
    clock: IClock
    mailer: Mailer
    ui: str
    templates: Templates = field(factory=Templates)

    async def deliver(self) -> int:
        """Tries all letters that are due; how many were sent. One that cannot be sent now is
        tried again after growing pauses for three days; killed in between, it is sent again."""
        sent = 0
        while taken := await self.store.transact("take letters", self._take):
            for letter in taken:
                sent += await self._deliver(letter)
        metrics.mail_queue.set(await self.store.read("count letters", records.waiting))
        return sent

    async def _take(self, tx: Tx) -> list[records.Waiting]:
        now = self._now()
        return await records.take(tx, now, now + LEASE * MICROSECONDS, 20)

    async def _deliver(self, waiting: records.Waiting) -> bool:
        try:
            letter = await self._composed(waiting)
            if letter is not None:
                await self.mailer.send(letter)
        except MailUnavailable as error:
            await self._later(waiting, error.message)
            return False
        except (MailRefused, Malformed, KeyError) as error:
            log.warn("letter {event} is not sent: {error}", event=waiting.event, error=str(error))
            metrics.mail_sent.labels(waiting.event, "refused").inc()
            letter = None
        else:
            metrics.mail_sent.labels(waiting.event, "sent").inc()
        await self.store.transact("letter sent", lambda tx: records.delete(tx, waiting.id))
        return letter is not None

    async def _composed(self, waiting: records.Waiting) -> Letter | None:
        """The letter, with a new key if it carries one; None when the wish is no more."""
        words = dict(waiting.details)
        if waiting.event in LINKS and waiting.person is not None:
            kind, path = LINKS[waiting.event]
            key, person = new_token(), waiting.person
            known = await self.store.transact(
                "make key", lambda tx: records.give_key(tx, person, kind, digest(key))
            )
            if not known:
                return None
            home = quote(self.ui + "/", safe="")
            words["link"] = self.ui + path.format(key=key, person=person, home=home)
        if waiting.event == INVITATION:
            key, number = new_token(), int(words["invitation"])
            unused = await self.store.transact(
                "make invitation code",
                lambda tx: invitation_records.give_code(tx, number, digest(key)),
            )
            if not unused:
                return None
            words["link"] = self.ui + INVITATION_LINK.format(key=key)
        subject, text = self.templates.composed(waiting.event, words)
        return Letter(waiting.recipient, subject, text, waiting.event)

    async def _later(self, waiting: records.Waiting, reason: str) -> None:
        now = self._now()
        if now - waiting.created > GIVE_UP * MICROSECONDS:
            log.error("letter {event} is given up: {reason}", event=waiting.event, reason=reason)
            metrics.mail_sent.labels(waiting.event, "given up").inc()
            await self.store.transact("give letter up", lambda tx: records.delete(tx, waiting.id))
            return
        metrics.mail_sent.labels(waiting.event, "postponed").inc()
        pause = min(30 * 2 ** min(waiting.tries, 10), 3600)
        await self.store.transact(
            "postpone letter",
            lambda tx: records.postpone(tx, waiting.id, now + pause * MICROSECONDS),
        )

    def _now(self) -> int:
        return micros(self.clock.seconds())


def delivering(postman: Postman, clock: IClock, seconds: float = 10.0) -> Every:
    """Sends letters every `seconds`; `begin` starts it."""
    return Every(clock, seconds, postman.deliver, "sending letters")
