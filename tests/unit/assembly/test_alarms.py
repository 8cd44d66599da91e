"""Administrators are told of unexpected errors."""

from __future__ import annotations

from typing import Any

from twisted.logger import Logger
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.alarms import Alarms
from synnefod.common.ids import new_token
from synnefod.identity.alarms import LONGEST, AlarmDesk, cleaned
from synnefod.identity.letters import LetterBox, Postman
from synnefod.mail.memory import MemoryMailer
from synnefod.resources.call import Call
from synnefod.resources.door import Mount, route
from synnefod.resources.root import tree
from tests.harness.cloud import done, in_memory
from tests.harness.web import WebClient


class Broken:
    """A noun with two defects."""

    @route("GET", "/one", auth=False)
    async def one(self, call: Call) -> None:
        raise ZeroDivisionError(f"token={call.query.one('token')} password='hunter2'")

    @route("GET", "/two", auth=False)
    async def two(self, call: Call) -> None:
        raise KeyError("x" * 300_000)


class AlarmTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.mailer = MemoryMailer()
        self.postman = Postman(self.cloud.store, self.cloud.clock, self.mailer, "https://x")
        self.alarms = self.daemon()
        self.web = WebClient(tree([Mount("/", "nova", [Broken()], None)]), clock=self.cloud.clock)

    def daemon(self, *admins: str) -> Alarms:
        box = LetterBox(self.cloud.clock)
        people = admins or ("root@example.org", "ops@example.org")
        desk = AlarmDesk(self.cloud.store, self.cloud.clock, box, people)
        alarms = Alarms(self.cloud.clock, desk)
        alarms.begin()
        self.addCleanup(alarms.stop)
        return alarms

    def told(self) -> list[Any]:
        """The letters since the last look; every failure is one that this test made."""
        self.flushLoggedErrors(ZeroDivisionError, KeyError)
        done(self.postman.deliver())
        found = list(self.mailer.sent)
        self.mailer.sent.clear()
        return found

    def test_a_defect_is_told_once_in_ten_minutes(self) -> None:
        """OPS-139: to every administrator, by cause, whatever the daemon, without secrets."""
        other = self.daemon()
        secret = new_token()
        answer = self.web.get(f"/one?token={secret}")
        self.assertEqual(answer.status, 500)
        letters = self.told()
        self.assertEqual({each.to for each in letters}, {"root@example.org", "ops@example.org"})
        text = letters[0].text
        self.assertIn("ZeroDivisionError in one (test_alarms.py:", text)
        self.assertIn("request: req-", text)
        self.assertIn("Traceback", text)
        self.assertNotIn(secret, text)
        self.assertNotIn("hunter2", text)
        for _ in range(3):
            self.web.get("/one")
        self.assertEqual(self.told(), [])
        self.web.get("/two")
        (letter, _) = self.told()
        self.assertIn("KeyError", letter.text)
        self.assertLessEqual(len(letter.text.encode()), LONGEST + 1000)
        self.cloud.clock.advance(601)
        self.web.get("/one")
        self.assertEqual(len(self.told()), 2)
        other.stop()

    def test_who_is_alone_is_told_nothing(self) -> None:
        """Expected refusals are no defects; without administrators nobody listens."""
        self.assertEqual(self.web.get("/none").status, 404)
        Logger().info("nothing happened")
        self.assertEqual(self.told(), [])

    def test_secrets_are_cleaned_away(self) -> None:
        """OPS-139"""
        for text in (
            "password=hunter2",
            "'password': 'hunter2'",
            "X-Auth-Token: hunter2",
            '"secret": "hunter2"',
            "GET /a?code=hunter2&b=1",
            "Cookie: hunter2",
        ):
            self.assertNotIn("hunter2", cleaned(text), text)
        self.assertEqual(cleaned("line 7 of a file"), "line 7 of a file")
        self.assertLessEqual(len(cleaned("é" * LONGEST).encode()), LONGEST)
