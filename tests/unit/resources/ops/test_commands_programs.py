"""Commands about programs, rights and registration, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from synnefod.admin.main import run
from synnefod.admin.transport import NOT_FOUND, REFUSED, USAGE
from synnefod.identity.interface import Proof, Scope, Who
from tests.unit.resources.ops.deployment import DEMO
from tests.unit.resources.ops.test_commands_identity import Commands

BACK = "https://files.example.org/view"


class Programs(Commands):
    def test_programs_are_registered_listed_and_forgotten(self) -> None:
        """AST-203, OPS-051: a secret that is made is told once; over-long URLs are left out."""
        add = ("oauth2-client-add", "files")
        self.manage(*add, code=USAGE)
        self.manage(*add, "--url", "nonsense", code=USAGE)
        self.manage(*add, "--type", "odd", "--url", BACK, code=USAGE)
        self.manage(*add, "--secret", "short", "--url", BACK, code=USAGE)
        long = "https://files.example.org/" + "x" * 5000
        self.manage(*add, "--url", long, code=USAGE)
        words = ("--url", BACK, "--url", long, "--url", BACK + "2", "--is-trusted")
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(run(["--json", *add, *words], self.cloud), 0)
        self.assertIn("left out", err.getvalue())
        made = json.loads(out.getvalue())
        self.assertGreaterEqual(len(made["secret"]), 43)
        self.assertEqual((made["type"], made["is_trusted"]), ("confidential", True))
        self.manage(*add, "--url", BACK, code=REFUSED)
        given = ("--secret", "a secret of some length", "--url", BACK)
        self.assertNotIn("secret", self.manage("oauth2-client-add", "other", *given))
        public = ("--type", "public", "--url", BACK)
        self.assertNotIn("secret", self.manage("oauth2-client-add", "open", *public))

        def listed(*words: str) -> list[str]:
            return [row["identifier"] for row in self.manage("oauth2-client-list", *words)]

        self.assertEqual(listed(), ["files", "other", "open"])
        self.assertEqual(listed("--confidential"), ["files", "other"])
        self.assertEqual(listed("--public"), ["open"])
        self.assertEqual(listed("--trusted"), ["files"])
        rows = self.manage("oauth2-client-list", "-o", "identifier,redirect_urls")
        self.assertEqual(rows[0]["redirect_urls"], f"{BACK} {BACK}2")
        self.assertNotIn(made["secret"], json.dumps(rows))
        self.manage("oauth2-client-remove", "files", code=USAGE)
        self.manage("oauth2-client-remove", "-f", "files")
        self.manage("oauth2-client-remove", "-f", "files", code=NOT_FOUND)
        number = str(self.manage("oauth2-client-list")[0]["id"])
        self.manage("oauth2-client-remove", "-f", number)
        self.assertEqual(listed(), ["open"])


class Rights(Commands):
    def test_permissions_are_granted_and_taken_back(self) -> None:
        """OPS-027, OPS-026: what the user has is removed; what not is no error."""
        self.manage("user-modify", DEMO, "--add-permission", "a.one", "--add-permission", "a.two")
        self.assertEqual(self.manage("user-show", DEMO)["permissions"], "a.one, a.two")
        self.manage("user-modify", DEMO, "--delete-permission", "a.one")
        self.assertEqual(self.manage("user-show", DEMO)["permissions"], "a.two")
        self.manage("user-modify", DEMO, "--delete-permission", "a.one")
        self.manage("user-modify", DEMO, "--add-permission", "a b", code=USAGE)
        self.assertEqual(self.manage("user-show", DEMO)["permissions"], "a.two")
        self.manage("user-add", "eve@example.org", "E", "V", "-p", "a.three")
        self.assertEqual(self.manage("user-show", "eve@example.org")["permissions"], "a.three")

    def test_bare_superusers_become_users(self) -> None:
        """AST-188, OPS-031: verified, accepted and with a password; everybody else stays."""
        words = ("--password", "correct horse battery")
        self.manage("user-add", "root@example.org", "R", "T", "--admin", *words)
        self.manage("user-add", "eve@example.org", "E", "V", *words)
        store = self.cloud.house.identity.store

        def bare(tx: Any) -> Any:
            return tx.run(
                "delete from auth_providers where person in "
                "(select uuid from users where username = 'root@example.org')"
            )

        self.cloud.now(store.transact("make bare", bare))
        found = self.manage("fix-superusers")
        self.assertEqual([row["displayname"] for row in found], ["root@example.org"])
        self.assertEqual(self.manage("user-show", "root@example.org")["status"], "active")
        self.assertEqual(
            self.manage("user-show", "eve@example.org")["status"], "pending verification"
        )
        self.assertEqual(self.manage("fix-superusers"), [])
        rows = self.manage("user-list", "--auth-providers")
        (root,) = [row for row in rows if row["displayname"] == "root@example.org"]
        self.assertEqual(root["providers"], "local")
        proof = Proof("password", Who(name="root@example.org"), "correct horse battery")
        sign_in = self.cloud.house.identity.signin.sign_in([proof], Scope(), "192.0.2.1")
        self.assertTrue(self.cloud.now(sign_in).user.is_admin)


class Registration(Commands):
    def test_components_register_with_their_services(self) -> None:
        """AST-206, OPS-054: the standard ones by themselves; others, and other addresses, by hand;
        a second time nothing changes."""
        before = self.manage("service-list")
        self.manage("snf-component-register")
        self.assertEqual(self.manage("service-list"), before)
        base = "https://files.example.org/pithos/"
        exported = self.manage("snf-service-export", "pithos", base)
        url = exported["pithos_object-store"]["endpoints"][0]["publicURL"]
        self.assertEqual(url, "https://files.example.org/pithos/object-store/v1")
        self.assertIn("pithos.diskspace", exported["pithos_object-store"]["resources"])
        self.manage("snf-service-export", "nothing", base, code=USAGE)
        for _ in range(2):
            row = self.manage("snf-component-register", "pithos", base, "https://ui.example.org/")
            self.assertNotIn("token", json.dumps(row))
        shown = self.manage("component-show", "pithos")
        self.assertEqual((shown["base_url"], shown["ui_url"]), (base, "https://ui.example.org/"))
        service = self.manage("service-show", "pithos_object-store")
        self.assertIn(url, json.dumps(service))
        made = self.manage("snf-component-register", "wiki", "https://wiki.example.org/")
        self.assertIn("token", json.dumps(made))
        self.assertEqual(self.manage("component-show", "wiki")["name"], "wiki")
