"""Letters in a deployment's own words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.text import micros
from synnefod.identity.interface import NewUser, UserChanges
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.letters import LetterBox, Postman
from synnefod.identity.templates import FILES, load
from synnefod.mail.folder import FolderMailer
from synnefod.mail.memory import MemoryMailer
from synnefod.projects.interface import Asker, Definition, Policy
from tests.harness.cloud import NOW, PASSWORD, done, in_memory

HOME = "https://cloud.example.org/astakos/ui"
SENDER = "cloud@example.org"


class TemplateTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        for name in FILES.values():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"Subject: own {path.stem}\nγειά from {path.stem}\n", "utf-8")
        self.templates = load(str(self.folder), "Cloud")
        settings = LifeSettings(
            HOME,
            email_change=True,
            moderators=("mods@example.org",),
            activated=("staff@example.org",),
            helpdesk=("help@example.org",),
        )
        self.mailer = MemoryMailer()
        self.cloud = in_memory(life=settings, mailer=self.mailer, templates=self.templates)
        self.postman = Postman(
            self.cloud.store, self.cloud.clock, self.mailer, HOME, self.templates
        )

    def told(self) -> dict[str, str]:
        """File that each letter since the last look was made of, by its receiver."""
        done(self.postman.deliver())
        found = {}
        for each in self.mailer.sent:
            self.assertTrue(each.subject.startswith("Cloud: own "), each.subject)
            stem = each.subject.removeprefix("Cloud: own ")
            self.assertEqual(each.text, f"γειά from {stem}\n")
            found[each.to] = stem
        self.mailer.sent.clear()
        return found

    def test_every_mail_of_an_account_has_its_template(self) -> None:
        """OPS-137, UI-295: on its event, to its receivers, with its file, in plain UTF-8."""
        life, users = self.cloud.identity.life, self.cloud.identity.users
        assert life is not None
        ada = done(self.cloud.person())
        done(life.sign_up(NewUser("eve@example.org", "E", "V", PASSWORD), "192.0.2.1"))
        self.assertEqual(self.told(), {"eve@example.org": "activation_email"})
        eve = done(users.find("eve@example.org"))
        done(users.modify(eve.id, UserChanges(verify=True, accept=True)))
        self.assertEqual(
            self.told(),
            {
                "eve@example.org": "welcome_email",
                "staff@example.org": "account_activated_notification",
            },
        )
        done(life.ask_reset("ada@example.org", "192.0.2.1"))
        self.assertEqual(self.told(), {"ada@example.org": "password_email"})
        done(life.ask_email(ada.id, "ida@example.org"))
        self.assertEqual(
            self.told(),
            {
                "ida@example.org": "email_change_email_new_email",
                "ada@example.org": "email_change_email_old_email",
            },
        )
        done(life.feedback(ada.id, "hello", ""))
        self.assertEqual(self.told(), {"help@example.org": "feedback_mail"})
        box = LetterBox(self.cloud.clock)
        done(
            self.cloud.store.transact(
                "moderation", lambda tx: box.put(tx, "moderation", "mods@example.org", email="e")
            )
        )
        expected = {"mods@example.org": "account_pending_moderation_notification"}
        self.assertEqual(self.told(), expected)

    def test_every_mail_of_a_project_has_its_template(self) -> None:
        """OPS-137: applications, decisions, changes, requests, memberships."""
        ada = Asker(done(self.cloud.person()).id, False)
        bob = Asker(done(self.cloud.person("bob@example.org")).id, False)
        root = Asker(done(self.cloud.person("root@example.org", admin=True)).id, True)
        desk, members = self.cloud.projects.applications, self.cloud.projects.memberships
        wanted = Definition(
            name="genes.example.org", ends=micros(NOW + 86_400), leave_policy=Policy.MODERATED
        )
        me, him = "ada@example.org", "bob@example.org"
        wish = done(desk.apply(ada, wanted))
        self.assertEqual(self.told(), {"new@example.org": "project_creation_notification"})
        done(desk.act(root, wish.project, wish.number, "approve", ""))
        self.assertEqual(
            self.told(),
            {
                me: "project_approval_notification",
                "told@example.org": "application_approved_admin_email",
            },
        )
        change = done(desk.modify(ada, wish.project, Definition(max_members=5)))
        expected = {"changed@example.org": "project_modification_notification"}
        self.assertEqual(self.told(), expected)
        done(desk.act(root, wish.project, change.number, "deny", ""))
        self.assertEqual(self.told(), {me: "project_denial_notification"})
        number = done(members.join(bob, wish.project))
        self.assertEqual(self.told(), {me: "project_membership_request_notification"})
        done(members.act(ada, number, "accept"))
        self.assertEqual(self.told(), {him: "project_membership_change_notification"})
        done(members.act(bob, number, "leave"))
        self.assertEqual(self.told(), {me: "project_membership_leave_request_notification"})
        done(members.act(ada, number, "remove"))
        self.told()
        done(members.enroll(ada, wish.project, him))
        self.assertEqual(self.told(), {him: "project_membership_enroll_notification"})
        for action, stem in (
            ("suspend", "suspension"),
            ("unsuspend", "unsuspension"),
            ("terminate", "termination"),
            ("reinstate", "reinstatement"),
        ):
            done(self.cloud.projects.control(root, wish.project, action, ""))
            self.assertEqual(self.told(), {me: f"project_{stem}_notification"})

    def test_letters_go_out_as_plain_text_from_the_sender(self) -> None:
        """OPS-137: `SERVER_EMAIL`, UTF-8, an event's name for programs."""
        out = Path(self.mktemp())
        from synnefod.common.threads import InlineThreads

        mailer = FolderMailer(out, SENDER, self.cloud.clock, InlineThreads())
        box = LetterBox(self.cloud.clock)
        done(
            self.cloud.store.transact(
                "put", lambda tx: box.put(tx, "welcome", "a@example.org", email="a@example.org")
            )
        )
        done(evolve(self.postman, mailer=mailer).deliver())
        (file,) = out.glob("*.eml")
        text = file.read_text()
        for line in (
            f"From: {SENDER}",
            "Subject: Cloud: own welcome_email",
            "X-Synnefo-Event: welcome",
            "Auto-Submitted: auto-generated",
            'Content-Type: text/plain; charset="utf-8"',
        ):
            self.assertIn(line + "\n", text)

    def test_a_broken_template_does_not_stop_the_letter(self) -> None:
        """OPS-137: our own text goes out, and the log tells why."""
        for broken in ("{nothing}", "{", "Subject: {0}\nx", "{email.x}"):
            files = {"im/welcome_email.txt": broken}
            templates = evolve(self.templates, files=files)
            subject, text = templates.composed("welcome", {"email": "a@example.org"})
            self.assertEqual(subject, "Cloud: Your account is active")
            self.assertIn("a@example.org", text)
        (self.folder / "im/welcome_email.txt").write_bytes(b"\xff\xfe")
        kept = load(str(self.folder), "Cloud")
        self.assertNotIn("im/welcome_email.txt", kept.files)
        self.assertIn("im/invitation.txt", kept.files)
        plain: Any = load("", "")
        self.assertEqual(plain.composed("welcome", {"email": "a"})[0], "Your account is active")
