"""Letters and the keys they carry, on both engines."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import ensureDeferred
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from synnefod.common.clockwork import gather
from synnefod.common.errors import NotFound
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface import NewUser
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.letters import Postman
from synnefod.mail.memory import MemoryMailer
from tests.harness.cloud import NOW, PASSWORD, assemble
from tests.harness.database import OnPostgres, OnSqlite

HOME = "https://cloud.example.org/ui"


class LettersSuite:
    async def setUp(self) -> None:
        self.store = await self.make_store()
        self.clock = Clock()
        self.clock.advance(NOW)
        self.mailer = MemoryMailer()
        settings = LifeSettings(HOME, moderation=False)
        self.cloud = assemble(
            self.store, self.clock, InlineThreads(), life=settings, mailer=self.mailer
        )
        await self.cloud.first_start.prepare()
        self.life = self.cloud.identity.life

    def postman(self) -> Postman:
        return Postman(self.store, self.clock, self.mailer, HOME)

    def refused(self, work: Any, kind: type[Exception]) -> Any:
        return self.assertFailure(ensureDeferred(work), kind)

    async def test_of_several_postmen_one_sends_a_letter(self) -> None:
        """identity.md 6.1: daemons side by side share the work."""
        for number in range(9):
            new = NewUser(f"n{number}@example.org", "N", "N", PASSWORD)
            await self.life.sign_up(new, f"192.0.{number}.1")
        sent = await gather(self.postman().deliver() for _ in range(3))
        self.assertEqual(sum(sent), 9)
        self.assertEqual(len({each.to for each in self.mailer.sent}), 9)

    async def test_a_key_opens_once(self) -> None:
        """AST-125, on either engine, also for many at once."""
        await self.life.sign_up(NewUser("eve@example.org", "E", "H", PASSWORD), "192.0.2.1")
        await self.postman().deliver()
        code = self.mailer.sent[0].text.split("auth=")[1].split("&")[0]
        outcomes: list[bool] = []

        async def follow() -> None:
            try:
                user = await self.life.verify(code)
            except NotFound:
                outcomes.append(False)
            else:
                outcomes.append(user.is_active)

        await gather(follow() for _ in range(4))
        self.assertEqual(sorted(outcomes), [False, False, False, True])
        await self.life.ask_reset("eve@example.org", "192.0.2.1")
        self.mailer.sent.clear()
        await self.postman().deliver()
        code = self.mailer.sent[-1].text.split("/confirm/")[1].split("/")[1]
        await self.refused(self.life.verify(code), NotFound)
        await self.life.reset(code, "a much better one")
        await self.refused(self.life.reset(code, "a much better one"), NotFound)


class LettersOnSqlite(OnSqlite, LettersSuite, TestCase):
    """In memory."""


class LettersOnPostgres(OnPostgres, LettersSuite, TestCase):
    """On the server that SYNNEFOD_TEST_POSTGRES names."""
