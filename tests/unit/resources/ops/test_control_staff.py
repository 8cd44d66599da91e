"""What staff do for a person, over the control socket (identity.md 2.12)."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import NOT_FOUND, REFUSED, USAGE
from synnefod.config.sections import SignInSection
from synnefod.identity.interface.methods import Claim
from synnefod.identity.letters import Postman
from tests.unit.resources.ops.deployment import DEMO, Deployment


class StaffTests(SynchronousTestCase):
    def setUp(self) -> None:
        offered = SignInSection(providers=("local", "shibboleth"))
        self.cloud = Deployment(self, signin=offered)
        self.user = self.cloud.now(self.cloud.house.identity.users.find(DEMO))

    def letters(self) -> list[str]:
        """Sends what waits; all that was sent until now."""
        supports, clock = self.cloud.supports, self.cloud.site.clock
        self.cloud.now(Postman(supports.store, clock, supports.mailer, "http://c/ui").deliver())
        folder = Path(self.cloud.config.server.state) / "mail"
        return [each.read_text() for each in sorted(folder.rglob("*.eml"))]

    def methods(self) -> list[tuple[str, str]]:
        ways = self.cloud.now(self.cloud.house.identity.methods.ways(self.user.id))
        return [(each.module, each.identifier) for each in ways.methods]

    def test_letters_and_addresses(self) -> None:
        """AST-180: contact by mail; an address changes by a letter, or at once when inactive."""
        self.cloud.ask("user-contact", user=DEMO, subject="Hello", text="Be {careful}.")
        (letter,) = self.letters()
        self.assertIn("Subject: Hello", letter)
        self.assertIn("Be {careful}.", letter)
        for subject, text in (("", "x"), ("x\ny", "x"), ("x" * 201, "x"), ("x", " ")):
            code, _ = self.cloud.refusal("user-contact", user=DEMO, subject=subject, text=text)
            self.assertEqual(code, USAGE)
        self.cloud.ask("user-change-email", user=DEMO, email="new@example.org")
        sent = self.letters()
        self.assertEqual(len(sent), 3)
        self.assertEqual(sum("To: new@example.org" in each for each in sent), 1)
        self.assertEqual(self.cloud.now(self.cloud.house.identity.users.find(DEMO)).email, DEMO)
        code, _ = self.cloud.refusal("user-set-email", user=DEMO, email="now@example.org")
        self.assertEqual(code, REFUSED)
        self.cloud.ask("user-modify", user=DEMO, active=False, reason="away")
        row = self.cloud.ask("user-set-email", user=DEMO, email="Now@example.org")["row"]
        self.assertEqual(row["email"], "Now@example.org")
        code, _ = self.cloud.refusal(
            "user-set-email", user="now@example.org", email="admin@localhost"
        )
        self.assertEqual(code, REFUSED)

    def test_ways_to_sign_in(self) -> None:
        """AST-180: an identity of Shibboleth is released; a password is made or comes back."""
        methods = self.cloud.house.identity.methods
        claim = Claim("shibboleth", "demo@idp")
        self.cloud.now(methods.arrive(claim, "x" * 43, self.user.id))
        self.assertEqual(self.methods(), [("local", ""), ("shibboleth", "demo@idp")])
        self.cloud.ask("user-release-shibboleth", user=DEMO)
        self.assertEqual(self.methods(), [("local", "")])
        code, _ = self.cloud.refusal("user-release-shibboleth", user=DEMO)
        self.assertEqual(code, NOT_FOUND)
        self.assertNotIn("password", self.cloud.ask("user-enable-local", user=DEMO)["row"])
        self.cloud.now(methods.arrive(claim, "x" * 43, self.user.id))
        local = self.cloud.now(methods.ways(self.user.id)).methods[0]
        self.cloud.now(methods.remove(self.user.id, local.number))
        fresh = self.cloud.ask("user-enable-local", user=DEMO)["row"]["password"]
        sessions: Any = self.cloud.house.identity.sessions
        proven = self.cloud.now(sessions.prove(DEMO, fresh, "192.0.2.1"))
        self.assertEqual(proven.id, self.user.id)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(run(["--json", "user-enable-local", DEMO], self.cloud), 0)
        self.assertTrue(json.loads(out.getvalue())["enabled"])
        code, _ = self.cloud.refusal("user-enable-local", user="nobody@example.org")
        self.assertEqual(code, NOT_FOUND)
