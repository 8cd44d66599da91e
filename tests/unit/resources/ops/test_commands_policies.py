"""Commands about profiles of authentication policies, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import run
from synnefod.admin.transport import NOT_FOUND, REFUSED, USAGE
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"


class PolicyCommands(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)

    def manage(self, *words: str, code: int = 0) -> Any:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        text = out.getvalue()
        return json.loads(text) if text.strip() else err.getvalue()

    def policy(self, name: str, provider: str = "local") -> Any:
        """What holds for a person."""
        identity = self.cloud.house.identity
        user = self.cloud.now(identity.users.find(name))
        work = identity.policies.store.read(
            "policy", lambda tx: identity.policies.of(tx, user.id, provider)
        )
        return self.cloud.now(work)[provider]

    def test_profiles_are_made_changed_shown_and_removed(self) -> None:
        """AST-190, OPS-033, OPS-034"""
        made = self.manage(
            *("authpolicy-add", "strict", "local", "--limit-policy", "2"),
            *("--login-policy", "False", "--required-policy", "true", "--add-policy", "no"),
            *("--remove-policy", "False", "--create-policy", "False"),
            *("--automoderate-policy", "True", "--switch-policy", "True"),
        )
        self.assertEqual((made["name"], made["exclusive"]), ("strict", False))
        self.assertIn("already", self.manage("authpolicy-add", "strict", "ldap", code=REFUSED))
        shown = self.manage("authpolicy-show", "strict")
        told = {key: value for key, value in shown.items() if key.startswith("policy_")}
        wanted = {"add": False, "remove": False, "create": False, "login": False}
        wanted |= {"required": True, "automoderate": True, "switch": True, "limit": 2}
        self.assertEqual(told, {f"policy_{key}": value for key, value in wanted.items()})
        self.manage(
            *("authpolicy-add", "strict", "ldap", "--update", "--exclusive"),
            *("--unset-login-policy", "--unset-limit-policy", "--add-policy", "True"),
        )
        shown = self.manage("authpolicy-show", "strict")
        self.assertEqual((shown["provider"], shown["exclusive"]), ("ldap", True))
        self.assertEqual((shown["policy_add"], shown["policy_remove"]), (True, False))
        self.assertNotIn("policy_login", shown)
        self.assertNotIn("policy_limit", shown)
        self.assertEqual([row["name"] for row in self.manage("authpolicy-list")], ["strict"])
        self.manage("authpolicy-remove", "strict")
        self.assertEqual(self.manage("authpolicy-list"), [])
        for verb in ("remove", "show", "set"):
            self.manage(f"authpolicy-{verb}", "strict", code=NOT_FOUND)

    def test_assignments_are_replaced_and_nothing_else(self) -> None:
        """AST-190, AST-191, OPS-034: people and groups stay, whoever was assigned before."""
        self.manage("authpolicy-add", "strict", "local", "--login-policy", "False")
        self.manage("group-add", "staff")
        number = str(self.manage("group-list")[0]["id"])
        self.manage("user-modify", ADMIN, "--add-group", "staff")
        self.manage("authpolicy-set", "strict", "--user", DEMO, "--group", number)
        (row,) = self.manage("authpolicy-list")
        self.assertEqual((row["users"], row["groups"]), (DEMO, "staff"))
        self.assertFalse(self.policy(DEMO).login)
        self.assertFalse(self.policy(ADMIN).login)
        self.manage("authpolicy-set", "strict", "--user", ADMIN)
        (row,) = self.manage("authpolicy-list")
        self.assertEqual((row["users"], row["groups"]), (ADMIN, ""))
        self.assertTrue(self.policy(DEMO).login)
        self.manage("authpolicy-set", "strict", "--group", "staff", "--user", DEMO)
        wrong = ("authpolicy-set", "strict", "--user", ADMIN)
        self.manage(*wrong, "--group", "nobody", code=NOT_FOUND)
        self.manage(*wrong, "--user", "nobody@x.org", code=NOT_FOUND)
        (row,) = self.manage("authpolicy-list")
        self.assertEqual((row["users"], row["groups"]), (DEMO, "staff"))
        self.manage("authpolicy-set", "strict")
        self.manage("authpolicy-remove", "strict")
        self.assertTrue(self.policy(DEMO).login)
        self.assertEqual({row["displayname"] for row in self.manage("user-list")}, {ADMIN, DEMO})
        (group,) = self.manage("group-list")
        self.assertEqual((group["name"], group["users_count"]), ("staff", 1))

    def test_later_profiles_win(self) -> None:
        """AST-146: the person's before the groups'; an exclusive one is for all other providers."""
        self.manage("authpolicy-add", "own", "local", "--limit-policy", "5")
        self.manage("authpolicy-set", "own", "--user", DEMO)
        self.assertEqual(self.policy(DEMO).limit, 5)
        self.manage("authpolicy-add", "group", "local", "--limit-policy", "7")
        self.manage("group-add", "staff")
        self.manage("user-modify", DEMO, "--add-group", "staff")
        self.manage("authpolicy-set", "group", "--group", "staff")
        self.assertEqual((self.policy(DEMO).limit, self.policy(ADMIN).limit), (7, 1))
        self.manage("authpolicy-add", "others", "ldap", "--exclusive", "--remove-policy", "False")
        self.manage("authpolicy-set", "others", "--user", DEMO)
        self.assertFalse(self.policy(DEMO).remove)
        self.assertTrue(self.policy(DEMO, "ldap").remove)
        self.assertEqual(self.policy(DEMO, "ldap").limit, 1)

    def test_wrong_words_change_nothing(self) -> None:
        """OPS-033: a message and another exit code."""
        add = ("authpolicy-add", "strict", "local")
        self.manage(*add, "--login-policy", "maybe", code=USAGE)
        self.manage(*add, "--limit-policy", "-1", code=USAGE)
        self.manage(*add, "--unset-login-policy", code=USAGE)
        both = ("--update", "--login-policy", "True", "--unset-login-policy")
        self.manage(*add, *both, code=USAGE)
        self.manage("authpolicy-add", "strict", code=USAGE)
        self.assertIn("known are", self.manage("authpolicy-add", "x", "nobody", code=USAGE))
        self.manage("authpolicy-add", " ", "local", code=USAGE)
        self.manage(*add, "--update", code=NOT_FOUND)
        self.assertEqual(self.manage("authpolicy-list"), [])
        code, _ = self.cloud.refusal(
            "authpolicy-add", name="x", provider="local", policies={"limit": 2**40}
        )
        self.assertEqual(code, USAGE)
        code, _ = self.cloud.refusal(
            "authpolicy-add", name="x", provider="local", policies={"login": 1}
        )
        self.assertEqual(code, USAGE)
