"""What staff do for a person, by command, against a whole deployment (identity.md 2.12)."""

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

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue().strip() else err.getvalue()

    def file(self, text: str) -> str:
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

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
        """AST-180: contact by mail; an address changes by a letter, or at once when inactive. Four
        names in a text become what is known of the person, and nothing else of it does (UI-282)."""
        text = self.file("Be {careful}, {first_name} {last_name} ({full_name}, {email}){{email}}.")
        self.manage("user-contact", DEMO, text, "--subject", "Hello")
        (letter,) = self.letters()
        self.assertIn("Subject: Hello", letter)
        user = self.cloud.now(self.cloud.house.identity.users.find(DEMO))
        named = f"{user.first_name} {user.last_name} ({user.real_name}, {DEMO})"
        said = f"Be {{careful}}, {named}{{{DEMO}}}."
        self.assertIn(said, letter.replace("=\n", ""))
        for subject, text in (("", "x"), ("x\ny", "x"), ("x" * 201, "x"), ("x", " ")):
            code, _ = self.cloud.refusal("user-contact", user=DEMO, subject=subject, text=text)
            self.assertEqual(code, USAGE)
        self.manage("user-change-email", DEMO, "new@example.org")
        sent = self.letters()
        self.assertEqual(len(sent), 3)
        self.assertEqual(sum("To: new@example.org" in each for each in sent), 1)
        self.assertEqual(self.cloud.now(self.cloud.house.identity.users.find(DEMO)).email, DEMO)
        self.manage("user-set-email", DEMO, "now@example.org", code=REFUSED)
        self.cloud.ask("user-modify", user=DEMO, active=False, reason="away")
        row = self.manage("user-set-email", DEMO, "Now@example.org")
        self.assertEqual(row["email"], "Now@example.org")
        self.manage("user-set-email", "now@example.org", "admin@localhost", code=REFUSED)

    def test_ways_to_sign_in(self) -> None:
        """AST-180: an identity of Shibboleth is released; a password is made or comes back."""
        methods = self.cloud.house.identity.methods
        claim = Claim("shibboleth", "demo@idp")
        self.cloud.now(methods.arrive(claim, "x" * 43, self.user.id))
        self.assertEqual(self.methods(), [("local", ""), ("shibboleth", "demo@idp")])
        self.manage("user-release-shibboleth", DEMO, "--force")
        self.assertEqual(self.methods(), [("local", "")])
        self.manage("user-release-shibboleth", DEMO, "--force", code=NOT_FOUND)
        self.assertNotIn("password", self.manage("user-enable-local", DEMO))
        self.cloud.now(methods.arrive(claim, "x" * 43, self.user.id))
        local = self.cloud.now(methods.ways(self.user.id)).methods[0]
        self.cloud.now(methods.remove(self.user.id, local.number))
        fresh = self.manage("user-enable-local", DEMO)["password"]
        sessions: Any = self.cloud.house.identity.sessions
        proven = self.cloud.now(sessions.prove(DEMO, fresh, "192.0.2.1"))
        self.assertEqual(proven.id, self.user.id)
        self.manage("user-enable-local", "nobody@example.org", code=NOT_FOUND)
