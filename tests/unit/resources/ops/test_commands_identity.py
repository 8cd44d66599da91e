"""Commands about people, tokens, components and the ledger, against a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.main import COMMANDS, run
from synnefod.admin.transport import FAILED, NOT_FOUND, PARTLY, REFUSED, USAGE
from synnefod.projects.interface import Asker, Capacity, Definition, NewProject, Policy
from synnefod.quota.interface import Provision, project_holder, user_holder
from synnefod.resources.identity.figures import PeopleFigures
from tests.unit.resources.ops.deployment import DEMO, Deployment

VM = "cyclades.vm"
SERVICE = {
    "weather_api": {
        "type": "weather",
        "component": "weather",
        "endpoints": [{"publicURL": "https://w.example.org/v1", "versionId": "v1"}],
        "resources": {
            "weather.forecasts": {
                "desc": "Forecasts",
                "service_type": "weather",
                "service_origin": "weather_api",
            }
        },
    }
}


class Commands(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)

    def manage(self, *words: str, code: int = 0) -> Any:
        """Runs a command with --json; what it printed, decoded, or its error text."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        text = out.getvalue()
        return json.loads(text) if text.strip() else err.getvalue()

    def refused(self, work: Any) -> None:
        with self.assertRaises(self.failureException) as caught:
            self.cloud.now(work)
        self.assertIn("Unauthenticated", str(caught.exception))

    def file(self, text: str) -> str:
        path = Path(self.mktemp())
        path.write_text(text)
        return str(path)

    def user(self, name: str = DEMO) -> str:
        return str(self.manage("user-show", name)["uuid"])


class People(Commands):
    def test_groups_are_made_filled_and_listed(self) -> None:
        """AST-139, AST-189, OPS-032, OPS-023, OPS-026"""
        self.manage("group-add", "staff")
        self.manage("group-add", "staff", code=REFUSED)
        self.manage("user-modify", DEMO, "--add-group", "nobody", code=NOT_FOUND)
        self.manage("user-modify", DEMO, "--add-group", "staff")
        row = next(row for row in self.manage("group-list") if row["name"] == "staff")
        self.assertEqual(row["users_count"], 1)
        listed = self.manage("user-list", "--group", "staff", "--auth-providers")
        self.assertEqual(
            [(row["displayname"], row["providers"]) for row in listed], [(DEMO, "local")]
        )
        self.assertEqual(self.manage("user-show", DEMO)["groups"], "staff")
        token, _ = self.cloud.now(self.cloud.house.identity.tokens.issue_api(self.user()))
        issued = self.cloud.now(self.cloud.house.identity.tokens.inspect(token))
        self.assertIn("staff", issued.groups)
        self.manage("user-modify", DEMO, "--delete-group", "staff")
        self.assertEqual(self.manage("user-list", "--group", "staff"), [])
        made = self.manage("user-add", "g@example.org", "Gil", "Bates", "-g", "staff")
        self.assertEqual(self.manage("user-show", made["uuid"])["groups"], "staff")

    def test_a_renewed_token_ends_all_older_ones(self) -> None:
        """AST-134, OPS-028"""
        desk = self.cloud.house.identity.tokens
        old, _ = self.cloud.now(desk.issue_api(self.user()))
        new = self.manage("user-modify", DEMO, "--renew-token")["token"]
        self.assertEqual(self.cloud.now(desk.authenticate(new)).user, self.user())
        self.refused(desk.authenticate(old))

    def test_new_terms_stop_tokens_until_they_are_accepted(self) -> None:
        """AST-192, AST-132, OPS-035, OPS-036, OPS-028"""
        desk = self.cloud.house.identity.tokens
        token, _ = self.cloud.now(desk.issue_api(self.user()))
        self.manage("term-add", "/nowhere/terms.txt", code=USAGE)
        file = self.file("Be kind.")
        self.assertEqual(self.manage("term-add", file)["id"], 1)
        self.refused(desk.authenticate(token))
        self.manage("user-modify", DEMO, "--sign-terms")
        self.cloud.now(desk.authenticate(token))

        async def kept(tx: Any) -> Any:
            return await tx.one("select location, body from approval_terms")

        self.assertEqual(
            self.cloud.now(self.cloud.house.identity.store.read("x", kept)), (file, "Be kind.")
        )

    def test_letters_of_verification_go_to_those_who_wait(self) -> None:
        """AST-187, OPS-030, OPS-016"""
        told = self.manage("user-activation-send", DEMO, code=REFUSED)
        self.assertIn("verified already", told)
        self.manage("user-activation-send", DEMO, "x@example.org", code=FAILED)

    def test_statistics_count_people_and_resources(self) -> None:
        """AST-204, OPS-052"""
        found = self.manage("stats-astakos")
        self.assertEqual(found["users"]["all"], {"total": 2, "verified": 2, "active": 2})
        self.assertEqual(found["providers"], ["local"])
        self.assertEqual(found["users"]["local"]["exclusive"], 2)
        self.assertEqual(found["resources"].keys(), {"all", "local"})
        self.assertTrue(found.pop("datetime"))
        house = self.cloud.house
        figures = PeopleFigures(house.identity.administration, house.projects, house.resources)
        self.assertEqual(found, self.cloud.now(figures.detailed()))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run(["stats-astakos", "--unit-style", "kb"], self.cloud)
        disk = next(line for line in out.getvalue().splitlines() if "cyclades.disk" in line)
        self.assertIn(" KB ", disk)

    def test_expired_tokens_are_cleaned_away_on_demand(self) -> None:
        """AST-205, OPS-053"""
        self.cloud.now(self.cloud.house.identity.tokens.issue_api(self.user(), seconds=10))
        self.cloud.site.clock.advance(11)
        self.assertGreaterEqual(self.manage("cleanup-full")["tokens"], 1)


class Accounts(Commands):
    def test_a_new_user_waits_until_verified_and_accepted(self) -> None:
        """AST-184, AST-185, AST-186, OPS-022, OPS-024, OPS-025"""
        made = self.manage("user-add", "eve@example.org", "Eve", "Fox")
        self.assertGreaterEqual(len(made["password"]), 12)
        words = ("user-list", "--pending-verification")
        self.assertEqual([row["uuid"] for row in self.manage(*words)], [made["uuid"]])
        self.assertEqual(self.manage("user-show", made["uuid"])["status"], "pending verification")
        self.manage("user-modify", made["uuid"], "--accept", code=REFUSED)
        self.manage("user-modify", made["uuid"], "--verify")
        words = ("user-list", "--pending-moderation")
        self.assertEqual([row["uuid"] for row in self.manage(*words)], [made["uuid"]])
        self.manage("user-modify", made["uuid"], "--accept")
        shown = self.manage("user-show", "EVE@example.org", "--quota", "--projects")
        self.assertEqual(shown["status"], "active")
        self.assertTrue(shown["quota"])
        self.assertEqual([row["id"] for row in shown["projects"]], [made["uuid"]])
        self.assertNotIn("token", json.dumps(shown))
        self.manage("user-modify", made["uuid"], "--delete", "--force", code=REFUSED)

    def test_a_user_is_rejected_and_deleted_or_changed_in_many_ways_at_once(self) -> None:
        """AST-186, AST-131, OPS-025, OPS-026, OPS-028, OPS-029, OPS-014"""
        made = self.manage("user-add", "eve@example.org", "Eve", "Fox")
        self.manage("user-modify", made["uuid"], "--verify")
        self.manage("user-modify", made["uuid"], "--reject", "--reject-reason", "spam")
        self.assertEqual(self.manage("user-show", made["uuid"])["status"], "rejected")
        self.manage("user-modify", made["uuid"], "--delete", code=USAGE)
        self.manage("user-modify", made["uuid"], "--delete", "--force")
        self.manage("user-show", made["uuid"], code=NOT_FOUND)
        self.manage("group-add", "staff")
        words = ("--set-admin", "--add-group", "staff", "--set-email", "d@example.org")
        row = self.manage("user-modify", DEMO, *words, "--renew-password", "--renew-token")
        self.assertEqual((row["admin"], row["displayname"]), (True, "d@example.org"))
        self.assertTrue(row["password"] and row["token"])
        self.assertEqual(self.manage("user-show", "d@example.org")["groups"], "staff")
        self.manage("user-modify", "d@example.org", "--set-email", "admin@localhost", code=REFUSED)

    def test_lists_have_three_forms_and_chosen_columns(self) -> None:
        """AST-183, AST-196, AST-202, OPS-043, OPS-042"""
        terms = f"user={self.user()},resource={VM}"
        rows = self.manage("quota-list", "-o", "limit,usage", "--filter-by", terms)
        self.assertEqual(list(rows[0]), ["limit", "usage"])
        self.assertEqual(self.manage("quota-list", "--overlimit"), [])
        self.manage("resource-modify", VM, "--api-visible", "False")
        self.assertEqual(self.manage("resource-list", "--filter-by", f"name={VM}"), [])
        self.manage("resource-modify", VM, "--ui-visible", "True", "--system-default", "7")
        row = self.manage("resource-list", "--filter-by", f"name={VM}")[0]
        self.assertEqual((row["api_visible"], row["system_default"]), (True, 7))
        out = io.StringIO()
        csv = ("--output-format", "csv", "-o", "displayname", "--no-headers")
        with contextlib.redirect_stdout(out):
            run(["user-list", *csv], self.cloud)
            run(["user-list", "--output-format", "pretty"], self.cloud)
            run(["user-list", "--list-filters"], self.cloud)
        self.assertIn(f"admin@localhost\n{DEMO}\n", out.getvalue().replace("\r", ""))

    def test_ended_projects_and_people_s_own_are_listed_on_demand(self) -> None:
        """AST-193, OPS-037, OPS-038"""
        new = NewProject("lab", owner=self.user())
        lab = self.cloud.now(self.cloud.house.projects.create(new)).id
        self.manage("project-control", "--terminate", lab)
        self.assertEqual(self.manage("project-list"), [])
        self.assertEqual([row["id"] for row in self.manage("project-list", "--deleted")], [lab])
        self.assertEqual(len(self.manage("project-list", "--system-projects")), 2)
        shown = self.manage("project-show", self.user(), "--members", "--quota")
        self.assertEqual([row["email"] for row in shown["members"]], [DEMO])
        self.assertEqual([row["usage"] for row in shown["limits"] if row["resource"] == VM], [0])


class Credentials(Commands):
    def test_tokens_are_listed_without_themselves_and_ended(self) -> None:
        """AST-207"""
        desk = self.cloud.house.identity.tokens
        token, _ = self.cloud.now(desk.issue_api(self.user()))
        rows = self.manage("token-list", "-u", DEMO)
        self.assertNotIn(token, json.dumps(rows))
        self.assertEqual({row["user.uuid"] for row in rows}, {self.user()})
        self.manage("token-revoke", code=USAGE)
        self.manage("token-revoke", "%%%%%%%%", "--force", code=USAGE)
        self.manage("token-revoke", "--user", DEMO, code=USAGE)
        ended = self.manage("token-revoke", rows[0]["prefix"], "--force")
        self.assertEqual(ended["revoked"], 1)
        self.manage("token-revoke", "--user", DEMO, "--force")
        self.assertEqual(self.manage("token-list", "-u", DEMO), [])
        self.refused(desk.authenticate(token))

    def test_an_unknown_application_credential_is_told(self) -> None:
        """AST-207"""
        self.assertEqual(self.manage("appcred-list"), [])
        self.manage("appcred-revoke", "0" * 32, code=NOT_FOUND)


class Components(Commands):
    def test_a_component_is_registered_changed_and_removed(self) -> None:
        """AST-115, AST-200, OPS-047, OPS-048"""
        token = self.manage("component-add", "weather", "--base-url", "https://w.example.org")[
            "token"
        ]
        self.manage("component-add", "weather", code=REFUSED)
        desk = self.cloud.house.identity.components
        self.assertEqual(self.cloud.now(desk.authenticate(token)).name, "weather")
        shown = self.manage("component-show", "weather")
        self.assertEqual(shown["base_url"], "https://w.example.org")
        self.assertNotIn(token, json.dumps(shown))
        self.manage("component-modify", "weather", code=USAGE)
        renewed = self.manage("component-modify", "weather", "--renew-token", "--ui-url", "/w")
        self.refused(desk.authenticate(token))
        self.cloud.now(desk.authenticate(renewed["token"]))
        rows = self.manage("component-list", "-o", "name,ui_url")
        self.assertIn({"name": "weather", "ui_url": "/w"}, rows)
        self.manage("component-remove", "weather", "--force")
        self.manage("component-show", "weather", code=NOT_FOUND)

    def outside(self) -> list[str]:
        return [
            row["name"]
            for row in self.manage("service-list")
            if row["component"] not in ("astakos", "cyclades", "pithos")
        ]

    def test_services_are_imported_all_or_none(self) -> None:
        """AST-116, AST-117, AST-118, AST-119, AST-201, OPS-049, OPS-050"""
        self.manage("service-import", "--json", self.file(json.dumps(SERVICE)), code=NOT_FOUND)
        self.assertEqual(self.outside(), [])
        self.manage("component-add", "weather")
        bad = {**SERVICE, "storm_api": {"type": "storm"}}
        self.manage("service-import", "--json", self.file(json.dumps(bad)), code=USAGE)
        self.assertEqual(self.outside(), [])
        self.manage("service-import", "--json", self.file("["), code=USAGE)
        lab = self.cloud.now(self.cloud.house.projects.create(NewProject("lab"))).id
        for _ in range(2):
            self.manage("service-import", "--json", self.file(json.dumps(SERVICE)))
        shown = self.manage("service-show", "weather_api")
        self.assertEqual(shown["component"], "weather")
        self.assertEqual(len(shown["endpoints"]), 2)
        capacities = self.cloud.now(self.cloud.house.projects.capacities(lab))
        self.assertEqual(capacities["weather.forecasts"].project, 0)
        own = self.cloud.now(self.cloud.house.projects.capacities(self.user()))
        self.assertEqual(own["weather.forecasts"].project, 2**63 - 1)
        self.manage("component-add", "storm")
        stolen = {"weather_api": {**SERVICE["weather_api"], "component": "storm"}}
        self.manage("service-import", "--json", self.file(json.dumps(stolen)), code=REFUSED)
        self.manage("component-modify", "weather", "--purge-services")
        self.assertEqual(self.outside(), [])

    def test_own_services_are_exported_as_they_are_imported(self) -> None:
        """AST-201, OPS-050, PIT-235"""
        for which, type_ in (
            ("astakos", "identity"),
            ("cyclades", "compute"),
            ("pithos", "object-store"),
        ):
            words = (f"service-export-{which}", "--base-url", "https://cloud.example.org")
            found = self.manage(*words)
            self.assertIn(type_, {service["type"] for service in found.values()})
            urls = [e["publicURL"] for s in found.values() for e in s["endpoints"]]
            self.assertTrue(all(url.startswith("https://cloud.example.org/") for url in urls))
        self.assertIn("pithos.diskspace", found["pithos_object-store"]["resources"])


class Ledger(Commands):
    def test_commissions_that_wait_are_listed_and_shown(self) -> None:
        """AST-076, AST-199, OPS-046"""
        demo = self.user()
        provisions = [
            Provision(user_holder(demo), project_holder(demo), VM, 1),
            Provision(project_holder(demo), None, VM, 1),
        ]
        serial = self.cloud.now(self.cloud.house.commissions.issue(7, provisions, name="slow"))
        rows = self.manage("commission-list")
        self.assertEqual([(row["serial"], row["clientkey"]) for row in rows], [(serial, 7)])
        self.assertEqual(self.manage("commission-list", "--overdue", "60"), [])
        self.cloud.site.clock.advance(61)
        self.assertEqual(len(self.manage("commission-list", "--overdue", "60")), 1)
        shown = self.manage("commission-show", str(serial))
        self.assertEqual([row["quantity"] for row in shown["provisions"]], [1, 1])
        self.manage("commission-show", str(serial + 1), code=NOT_FOUND)

    def test_wrong_limits_are_found_and_put_right(self) -> None:
        """AST-197, OPS-044"""
        self.assertEqual(self.manage("quota-verify"), [])
        demo = self.user()

        async def spoil(tx: Any) -> None:
            ledger = self.cloud.house.quota
            await ledger.set_limits(tx, user_holder(demo), project_holder(demo), {VM: 99})
            await ledger.set_limits(tx, user_holder(demo), "project:gone", {VM: 5})

        self.cloud.now(self.cloud.house.identity.store.transact("spoil", spoil))
        rows = self.manage("quota-verify", code=FAILED)
        self.assertEqual([(row["problem"], row["found"]) for row in rows], [("wrong limit", 99)])
        words = ("quota-verify", "--include-unexpected-holdings")
        self.assertEqual(len(self.manage(*words, code=FAILED)), 2)
        self.manage(*words, "--fix")
        self.assertEqual(self.manage(*words), [])

    def test_the_counters_of_pending_applications_are_put_right(self) -> None:
        """AST-198, OPS-045"""
        self.assertEqual(self.manage("reconcile-resources-astakos"), [])
        demo = self.user()
        wrong = [
            Provision(user_holder(demo), project_holder(demo), "astakos.pending_app", 1),
            Provision(project_holder(demo), None, "astakos.pending_app", 1),
        ]
        issue = self.cloud.house.commissions.issue(0, wrong, accept=True, force=True)
        self.cloud.now(issue)
        rows = self.manage("reconcile-resources-astakos", code=FAILED)
        self.assertEqual({(row["exists"], row["counted"]) for row in rows}, {(0, 1)})
        other = self.user("admin@localhost")
        self.assertEqual(self.manage("reconcile-resources-astakos", "--user", other), [])
        self.manage("reconcile-resources-astakos", "--fix")
        self.assertEqual(self.manage("reconcile-resources-astakos"), [])


class Projects(Commands):
    def setUp(self) -> None:
        super().setUp()
        self.demo = self.user()
        desk = self.cloud.house.projects
        self.asker = Asker(self.demo, is_admin=False)
        wish = Definition(
            name="lab.example.org",
            owner=self.demo,
            ends=4_000_000_000_000_000,
            join_policy=Policy.MODERATED,
            leave_policy=Policy.AUTO,
            max_members=5,
            capacities={VM: Capacity(10, 2)},
        )
        self.wish = self.cloud.now(desk.applications.apply(self.asker, wish))

    def test_applications_are_listed_and_answered(self) -> None:
        """AST-193, AST-195, OPS-037, OPS-040"""
        rows = self.manage("project-list", "--new")
        self.assertEqual([row["pending_app"] for row in rows], [self.wish.number])
        self.assertEqual(self.manage("project-list", "--modified"), [])
        self.assertEqual(len(self.manage("project-list", "--pending")), 1)
        self.manage("project-control", code=USAGE)
        self.manage("project-control", "--approve", "999", code=NOT_FOUND)
        row = self.manage("project-control", "--approve", str(self.wish.number), "-m", "welcome")
        self.assertEqual(row["status"], "Active")
        self.manage("project-control", "--deny", str(self.wish.number), code=REFUSED)
        self.assertEqual(self.manage("project-list", "--pending"), [])

    def test_a_project_is_changed_without_application(self) -> None:
        """AST-194, OPS-039"""
        self.manage("project-control", "--approve", str(self.wish.number))
        lab = self.wish.project
        admin = self.user("admin@localhost")
        self.manage(
            "project-modify",
            lab,
            "--owner",
            "admin@localhost",
            "--homepage",
            "https://l.org",
            "--end-date",
            "2031-01-31",
            "--join-policy",
            "closed",
            "--max-members",
            "inf",
            "--private",
            "True",
            "--limit",
            VM,
            "1",
            "7",
        )
        shown = self.manage("project-show", lab)
        self.assertEqual(
            [shown[key] for key in ("owner", "homepage", "join policy", "max members")],
            [admin, "https://l.org", "closed", None],
        )
        self.assertTrue(shown["request end date"].startswith("2031-01-31"))
        self.manage("project-modify", lab, "--owner", "x@example.org", code=NOT_FOUND)
        self.manage("project-modify", lab, "--end-date", "soon", code=USAGE)
        self.manage("project-modify", lab, "--all-system-projects", "--name", "x", code=USAGE)
        words = ("project-modify", "--all-system-projects", "--exclude", admin)
        self.assertEqual(self.manage(*words, "--limit", VM, "3", "3")["projects"], 1)
        limits = {row["resource"]: row for row in self.manage("project-show", self.demo)["limits"]}
        self.assertEqual(limits[VM]["max per project"], 3)
        told = self.manage(*words, "--name", "mine", code=REFUSED)
        self.assertIn("person's own", told)

    def test_projects_past_their_end_are_listed_and_ended(self) -> None:
        """AST-195, OPS-041"""
        self.manage("project-control", "--approve", str(self.wish.number))
        self.assertEqual(self.manage("project-control", "--check-expired"), [])
        self.manage("project-modify", self.wish.project, "--end-date", "1970-01-01T00:00:01")
        self.cloud.site.clock.advance(10)
        rows = self.manage("project-control", "--check-expired")
        self.assertEqual([row["project"] for row in rows], [self.wish.project])
        rows = self.manage("project-control", "--terminate-expired")
        self.assertEqual([row["status"] for row in rows], ["Terminated"])
        self.assertEqual(self.manage("project-control", "--check-expired"), [])


class Framework(Commands):
    def test_every_command_explains_itself(self) -> None:
        """OPS-002: one executable has them all."""
        for name in COMMANDS:
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                self.assertEqual(run([name, "--help"]), 0, name)
            self.assertIn(name, out.getvalue())
        self.assertNotEqual(PARTLY, FAILED)
