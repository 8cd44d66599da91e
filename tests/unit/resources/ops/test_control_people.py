"""The administrator's verbs about people, projects and quota."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.transport import FAILED, NOT_FOUND, REFUSED, USAGE
from synnefod.projects.interface import NewProject
from tests.unit.resources.ops.deployment import DEMO, Deployment

EVE = {"email": "eve@example.org", "first": "Eve", "last": "Moneypenny"}
LONG = "a long enough password"


class People(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)

    def test_a_user_is_made_with_a_password_that_is_told_once(self) -> None:
        """A password that was given is not repeated; one that was made is."""
        made = self.cloud.ask("user-add", **EVE, accept=True)["row"]
        self.assertGreaterEqual(len(made["password"]), 12)
        other = self.cloud.ask(
            "user-add",
            **{**EVE, "email": "eva@example.org"},
            password=LONG,
            admin=True,
            accept=True,
        )["row"]
        self.assertEqual(sorted(other), ["email", "uuid"])
        shown = self.cloud.ask("user-show", user="EVA@example.org")["row"]
        self.assertEqual((shown["uuid"], shown["admin"]), (other["uuid"], True))
        code, text = self.cloud.refusal("user-add", **EVE, password=LONG)
        self.assertEqual(code, REFUSED, text)
        code, text = self.cloud.refusal("user-add", **{**EVE, "email": "nobody"}, password=LONG)
        self.assertEqual(code, USAGE, text)

    def test_a_user_is_shown_without_token_by_number_mail_and_uuid(self) -> None:
        """All three names lead to the same account; no answer holds a secret."""
        rows = [self.cloud.ask("user-show", user=DEMO, quota=True, projects=True)]
        uuid, number = rows[0]["row"]["uuid"], rows[0]["row"]["id"]
        rows += [self.cloud.ask("user-show", user=each) for each in (uuid, str(number))]
        self.assertEqual({row["row"]["uuid"] for row in rows}, {uuid})
        self.assertFalse([key for key in rows[0]["row"] if "token" in key or "password" in key])
        self.assertEqual([p["id"] for p in rows[0]["tables"]["projects"]], [uuid])
        quota = {row["resource"]: row for row in rows[0]["tables"]["quota"]}
        self.assertEqual(quota["cyclades.vm"]["holder"], f"user:{uuid}")
        self.assertEqual(self.cloud.refusal("user-show", user="x@y.zz")[0], NOT_FOUND)

    def test_users_are_listed_by_what_they_wait_for(self) -> None:
        """Active ones, and none that wait, after a first start."""
        rows = self.cloud.ask("user-list")["rows"]
        self.assertEqual([row["displayname"] for row in rows], ["admin@localhost", DEMO])
        self.cloud.ask("user-modify", user=DEMO, active=False, reason="on leave")
        active = self.cloud.ask("user-list", active=True)["rows"]
        self.assertEqual([row["displayname"] for row in active], ["admin@localhost"])
        self.assertEqual(self.cloud.ask("user-list", pending_moderation=True)["rows"], [])
        self.assertEqual(self.cloud.ask("user-list", pending_verification=True)["rows"], [])

    def test_a_user_is_changed(self) -> None:
        """A renewed password is told; rights and address change; wrong changes are refused."""
        row = self.cloud.ask("user-modify", user=DEMO, renew_password=True, admin=True)["row"]
        self.assertTrue(row["admin"])
        self.assertGreaterEqual(len(row["password"]), 12)
        row = self.cloud.ask("user-modify", user=DEMO, email="d@example.org", admin=False)["row"]
        self.assertEqual((row["displayname"], row["admin"]), ("d@example.org", False))
        self.assertNotIn("password", row)
        code, _ = self.cloud.refusal("user-modify", user="d@example.org", accept=True)
        self.assertEqual(code, REFUSED)
        code, text = self.cloud.refusal("user-modify", user="d@example.org", password="x")
        self.assertEqual(code, USAGE, text)
        code, _ = self.cloud.refusal("user-delete", user="d@example.org")
        self.assertEqual(code, REFUSED)

    def test_an_unknown_option_and_an_unknown_verb_are_refused(self) -> None:
        """Nothing is silently ignored."""
        code, text = self.cloud.refusal("user-show", user=DEMO, colour="red")
        self.assertEqual(code, USAGE)
        self.assertIn("colour", text)
        self.assertEqual(self.cloud.refusal("user-explode")[0], NOT_FOUND)
        self.assertNotEqual(FAILED, NOT_FOUND)


class ProjectsAndQuota(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        self.demo = self.cloud.ask("user-show", user=DEMO)["row"]["uuid"]
        new = NewProject("lab", owner=self.demo, description="first")
        self.lab = self.cloud.now(self.cloud.house.projects.create(new)).id

    def test_projects_are_listed_shown_and_limited(self) -> None:
        """People's own projects are listed on demand; limits follow a change at once."""
        rows = self.cloud.ask("project-list", mails=True)["rows"]
        self.assertEqual([row["name"] for row in rows], ["lab"])
        self.assertEqual(rows[0]["user.email"], DEMO)
        self.assertEqual(len(self.cloud.ask("project-list", system=True)["rows"]), 3)
        self.assertEqual(len(self.cloud.ask("project-list", user=DEMO)["rows"]), 1)
        limits = [{"resource": "cyclades.vm", "member": 3, "project": -1}]
        self.cloud.ask("project-modify", project=self.lab, name="labour", limits=limits)
        shown = self.cloud.ask("project-show", project=self.lab, members=True, quota=True)
        self.assertEqual(shown["row"]["name"], "labour")
        self.assertEqual([m["email"] for m in shown["tables"]["members"]], [DEMO])
        vm = next(x for x in shown["tables"]["limits"] if x["resource"] == "cyclades.vm")
        self.assertEqual((vm["max per member"], vm["max per project"], vm["usage"]), (3, None, 0))
        quota = self.cloud.ask("quota-list")["rows"]
        mine = [r for r in quota if r["project"] == self.lab and r["resource"] == "cyclades.vm"]
        self.assertEqual([(r["user"], r["limit"]) for r in mine], [(self.demo, 3)])

    def test_a_project_is_suspended_ended_and_brought_back(self) -> None:
        """Each action is refused in a state that does not allow it."""
        states = []
        for action in ("suspend", "unsuspend", "terminate"):
            row = self.cloud.ask("project-control", project=self.lab, action=action)["row"]
            states.append(row["status"])
        self.assertEqual(states, ["Suspended", "Active", "Terminated"])
        self.assertEqual(self.cloud.ask("project-list")["rows"], [])
        self.assertEqual(len(self.cloud.ask("project-list", deleted=True)["rows"]), 1)
        code, _ = self.cloud.refusal("project-control", project=self.lab, action="suspend")
        self.assertEqual(code, REFUSED)
        row = self.cloud.ask("project-control", project=self.lab, action="reinstate")["row"]
        self.assertEqual(row["status"], "Active")
        code, _ = self.cloud.refusal("project-show", project=self.lab[::-1])
        self.assertEqual(code, NOT_FOUND)

    def test_quota_over_the_limit_is_found(self) -> None:
        """Only counters whose usage exceeds their limit are listed, with the owner's address."""
        self.assertEqual(self.cloud.ask("quota-list", over=True)["rows"], [])
        self.cloud.ask("user-show", user=DEMO)
        rows = self.cloud.ask("quota-list", mails=True)["rows"]
        self.assertIn(DEMO, {row["displayname"] for row in rows})
        self.assertEqual({row["unit"] for row in rows}, {"bytes", None})

    def test_a_resource_s_defaults_and_visibility_are_changed(self) -> None:
        """Hidden from programs is hidden from people; -1 is no limit, other negatives none."""
        row = self.cloud.ask("resource-modify", name="cyclades.vm", system_default=-1)["row"]
        self.assertIsNone(row["system_default"])
        row = self.cloud.ask("resource-modify", name="cyclades.vm", api_visible=False)["row"]
        self.assertEqual((row["api_visible"], row["ui_visible"]), (False, False))
        names = [row["name"] for row in self.cloud.ask("resource-list")["rows"]]
        self.assertNotIn("cyclades.vm", names)
        row = self.cloud.ask("resource-modify", name="cyclades.vm", ui_visible=True)["row"]
        self.assertTrue(row["api_visible"])
        code, _ = self.cloud.refusal("resource-modify", name="cyclades.vm", project_default=-2)
        self.assertEqual(code, USAGE)
        self.assertEqual(self.cloud.refusal("resource-modify", name="x")[0], NOT_FOUND)
