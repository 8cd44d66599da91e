"""Who is written to when projects, applications and memberships change."""

from __future__ import annotations

from typing import Any

from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.text import micros
from synnefod.identity.interface import UserChanges
from synnefod.identity.letters import Postman
from synnefod.mail.interface import MailRefused, MailUnavailable
from synnefod.mail.memory import MemoryMailer
from synnefod.projects.interface import Asker, Definition, Policy
from tests.harness.cloud import NOW, done, in_memory

WANTED = Definition(
    name="genes.example.org", ends=micros(NOW + 86_400), leave_policy=Policy.MODERATED
)


class TellingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.mailer = MemoryMailer()
        self.postman = Postman(self.cloud.store, self.cloud.clock, self.mailer, "https://x")
        self.ada = Asker(done(self.cloud.person("ada@example.org")).id, False)
        self.bob = Asker(done(self.cloud.person("bob@example.org")).id, False)
        self.root = Asker(done(self.cloud.person("root@example.org", admin=True)).id, True)
        self.desk = self.cloud.projects.applications
        self.members = self.cloud.projects.memberships

    def told(self) -> list[str]:
        """Who got a letter since the last look."""
        done(self.postman.deliver())
        found = [each.to.partition("@")[0] for each in self.mailer.sent]
        self.texts = [each.text for each in self.mailer.sent]
        self.mailer.sent.clear()
        return found

    def answered(self, wanted: Definition = WANTED) -> Any:
        wish = done(self.desk.apply(self.ada, wanted))
        done(self.desk.act(self.root, wish.project, wish.number, "approve", "fine"))
        return wish.project

    def test_applications_and_their_answers(self) -> None:
        """AST-181: staff hear of wishes, applicants of answers."""
        wish = done(self.desk.apply(self.ada, WANTED))
        self.assertEqual(self.told(), ["new"])
        self.assertIn("ada@example.org", self.texts[0])
        done(self.desk.act(self.root, wish.project, wish.number, "approve", "well {done}"))
        self.assertEqual(self.told(), ["ada", "told"])
        self.assertIn("well {done}", self.texts[0])
        self.assertIn("it was uninitialized", self.texts[1])
        change = done(self.desk.modify(self.ada, wish.project, Definition(max_members=5)))
        self.assertEqual(self.told(), ["changed"])
        done(self.desk.act(self.root, wish.project, change.number, "deny", "no"))
        self.assertEqual(self.told(), ["ada"])
        self.assertIn("denied", self.texts[0])

    def test_owners_hear_what_becomes_of_their_projects(self) -> None:
        """AST-181: suspended, unsuspended, terminated, reinstated."""
        project = self.answered()
        self.told()
        for action in ("suspend", "unsuspend", "terminate", "reinstate"):
            done(self.cloud.projects.control(self.root, project, action, "because"))
            self.assertEqual(self.told(), ["ada"])
            self.assertIn("because", self.texts[0])

    def test_owners_hear_of_requests_and_members_of_answers(self) -> None:
        """AST-181: join and leave requests; accepted, rejected, removed, enrolled."""
        project = self.answered()
        self.told()
        number = done(self.members.join(self.bob, project))
        self.assertEqual(self.told(), ["ada"])
        for action, by, who in (
            ("accept", self.ada, ["bob"]),
            ("leave", self.bob, ["ada"]),
            ("remove", self.ada, ["bob"]),
        ):
            done(self.members.act(by, number, action))
            self.assertEqual(self.told(), who)
        done(self.members.join(self.bob, project))
        done(self.members.act(self.bob, number, "cancel"))
        self.assertEqual(self.told(), ["ada"])
        done(self.members.join(self.bob, project))
        self.assertEqual(self.told(), ["ada"])
        done(self.members.act(self.ada, number, "reject"))
        self.assertEqual(self.told(), ["bob"])
        done(self.members.enroll(self.ada, project, "bob@example.org"))
        self.assertEqual(self.told(), ["bob"])
        users = self.cloud.identity.users
        for active in (False, True):
            done(users.modify(self.bob.user, UserChanges(active=active)))
            self.assertIn("bob", self.told())
            self.assertIn("accepted" if active else "suspended", self.texts[-1])

    def test_mail_that_fails_changes_nothing_of_the_deed(self) -> None:
        """AST-181: what was done stands, and the letter is tried again; a refused one is in the
        log."""
        self.mailer.failing = MailUnavailable("away")
        project = self.answered()
        self.assertEqual(self.told(), [])
        self.assertEqual(done(self.cloud.projects.show(project)).state.name, "ACTIVE")
        self.mailer.failing = None
        self.cloud.clock.advance(3600)
        self.assertEqual(sorted(self.told()), ["ada", "new", "told"])
        self.mailer.failing = MailRefused("no such mailbox")
        with capturedLogs() as logs:
            done(self.cloud.projects.control(self.root, project, "suspend", "because"))
            self.assertEqual(self.told(), [])
        self.assertIn("is not sent", repr(logs))
        self.assertEqual(done(self.cloud.projects.show(project)).state.name, "SUSPENDED")
