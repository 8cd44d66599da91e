"""Projects, applications and memberships through the door of the account API."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface import User
from synnefod.projects.interface import NewProject, Policy
from synnefod.quota.interface import PENDING_APP, VM, user_holder
from tests.harness.cloud import NOW, done, in_memory, web

PROJECTS = "/astakos/account/v1.0/projects"
MEMBERSHIPS = PROJECTS + "/memberships"
ACCOUNT = "/astakos/account/v1.0"
END = "2032-01-01T00:00:00Z"


class ProjectCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.web = web(self.cloud)
        self.tokens: dict[str, str] = {}
        self.admin = self.person("root", admin=True)
        self.ada = self.person("ada")
        self.bob = self.person("bob")

    def person(self, name: str, *, admin: bool = False) -> User:
        user: User = done(self.cloud.person(f"{name}@example.org", admin=admin))
        self.tokens[name], _ = done(self.cloud.identity.tokens.issue_api(user.id))
        return user

    def ask(self, who: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.web.request(method, path, json=body, token=self.tokens[who])
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None

    def apply(self, who: str, name: str = "genes.example.org", **more: Any) -> tuple[str, int]:
        made = self.ask(who, "POST", PROJECTS, {"name": name, "end_date": END, **more}, 201)
        self.assertEqual(set(made), {"id", "application"})
        return made["id"], made["application"]

    def act(
        self, who: str, project: str, action: str, app: int | None = None, status: int = 200
    ) -> None:
        inner = {"reason": "so"} if app is None else {"reason": "so", "app_id": app}
        answer = self.web.request(
            "POST", f"{PROJECTS}/{project}/action", json={action: inner}, token=self.tokens[who]
        )
        self.assertEqual(answer.status, status, answer.text)
        if status == 200:
            self.assertEqual(answer.body, b"")

    def live(self, who: str = "ada", name: str = "genes.example.org", **more: Any) -> str:
        project, app = self.apply(who, name, **more)
        self.act("root", project, "approve", app)
        return project

    def shown(self, who: str, project: str) -> Any:
        return self.ask(who, "GET", f"{PROJECTS}/{project}")

    def usage(self, user: User, resource: str = PENDING_APP) -> int:
        async def body(tx: Any) -> int:
            found = await self.cloud.ledger.holdings(tx, [user_holder(user.id)])
            return sum(each.usage_max for each in found if each.resource == resource)

        return done(self.cloud.store.read("usage", body))  # type: ignore[no-any-return]

    def join(self, who: str, project: str, status: int = 200) -> int:
        body = {"join": {"project": project}}
        answer = self.ask(who, "POST", MEMBERSHIPS, body, status)
        return answer["id"] if status == 200 else 0

    def turn(self, who: str, number: int, action: str, status: int = 200) -> None:
        self.ask(who, "POST", f"{MEMBERSHIPS}/{number}/action", {action: "because"}, status)

    def state(self, number: int, who: str = "root") -> str:
        return self.ask(who, "GET", f"{MEMBERSHIPS}/{number}")["state"]  # type: ignore[no-any-return]


class ApplicationTests(ProjectCase):
    def test_an_application_makes_a_project_that_waits(self) -> None:
        """AST-083, AST-088, AST-082, AST-081."""
        grant = {VM: {"project_capacity": 40, "member_capacity": 4}}
        project, app = self.apply("ada", max_members="2K", resources=grant)
        shown = self.shown("ada", project)
        self.assertEqual(shown["state"], "uninitialized")
        self.assertEqual(
            (shown["owner"], shown["max_members"], shown["join_policy"], shown["leave_policy"]),
            (self.ada.id, 2048, "moderated", "auto"),
        )
        last = shown["last_application"]
        self.assertEqual(
            (last["id"], last["state"], last["applicant"], last["resources"]),
            (app, "pending", self.ada.id, grant),
        )
        self.assertNotIn("deactivation_date", shown)
        self.assertEqual(self.usage(self.ada), 1)
        self.ask("bob", "GET", f"{PROJECTS}/{project}", status=403)
        self.ask("bob", "GET", f"{PROJECTS}/nothing", status=404)

    def test_approval_activates_the_project(self) -> None:
        """AST-089, AST-093: missing resources come from the defaults; strangers see less."""
        grant = {VM: {"project_capacity": 40, "member_capacity": 4}}
        project, app = self.apply("ada", resources=grant)
        self.act("ada", project, "approve", app, 403)
        self.act("ada", project, "deny", app, 403)
        self.act("root", project, "approve", app)
        shown = self.shown("ada", project)
        self.assertEqual(shown["state"], "active")
        self.assertEqual(shown["resources"][VM], grant[VM])
        self.assertEqual(
            shown["resources"]["cyclades.cpu"], {"project_capacity": 0, "member_capacity": 0}
        )
        self.assertEqual(shown["last_application"]["state"], "approved")
        self.assertEqual(self.usage(self.ada), 0)
        others = self.shown("bob", project)
        self.assertNotIn("last_application", others)
        self.assertEqual(others["owner_name"], self.ada.real_name)
        self.assertNotIn(self.ada.email, str(others))
        self.act("root", project, "approve", app, 409)

    def test_pending_applications_are_limited(self) -> None:
        """AST-088: two of them; administrators go beyond; an answer gives one back."""
        first, app = self.apply("ada", "one.example.org")
        self.apply("ada", "two.example.org")
        body = {"name": "three.example.org", "end_date": END}
        self.ask("ada", "POST", PROJECTS, body, 409)
        self.act("ada", first, "cancel", app)
        self.apply("ada", "three.example.org")
        for number in range(4):
            self.apply("root", f"n{number}.example.org")
        self.assertEqual(self.usage(self.admin), 4)

    def test_a_change_is_applied_for_and_replaces_an_earlier_wish(self) -> None:
        """AST-084, AST-085, AST-086, AST-093."""
        project, first = self.apply("ada")
        change = {"description": "more", "resources": {}}
        self.ask("ada", "PUT", f"{PROJECTS}/{project}", change, 409)
        self.act("root", project, "approve", first)
        self.ask("bob", "PUT", f"{PROJECTS}/{project}", change, 403)
        self.ask("bob", "PUT", f"{PROJECTS}/nothing", change, 404)
        second = self.ask("ada", "PUT", f"{PROJECTS}/{project}", change, 201)["application"]
        last = self.shown("ada", project)["last_application"]
        self.assertEqual((last["description"], last["name"], last["resources"]), ("more", None, {}))
        grant = {VM: {"project_capacity": 9, "member_capacity": 3}}
        third = self.ask(
            "ada", "PUT", f"{PROJECTS}/{project}", {"max_members": 7, "resources": grant}, 201
        )["application"]
        self.assertEqual(self.usage(self.ada), 1)
        self.act("root", project, "approve", second, 409)
        self.act("root", project, "suspend")
        self.act("root", project, "approve", third)
        shown = self.shown("ada", project)
        self.assertEqual(
            (shown["state"], shown["description"], shown["max_members"], shown["resources"][VM]),
            ("active", "", 7, grant[VM]),
        )
        self.assertEqual(self.usage(self.ada), 0)

    def test_people_s_own_projects_keep_their_name(self) -> None:
        """AST-087, AST-095: administrators may change the rest."""
        own = f"{PROJECTS}/{self.ada.id}"
        for change in (
            {"name": "mine.example.org"},
            {"owner": self.bob.id},
            {"homepage": "http://a.example.org"},
            {"description": "mine"},
        ):
            self.ask("root", "PUT", own, change, 409)
        grant = {VM: {"project_capacity": 9, "member_capacity": 9}}
        made = self.ask("root", "PUT", own, {"resources": grant}, 201)
        self.act("root", self.ada.id, "approve", made["application"])
        quotas = self.ask("ada", "GET", ACCOUNT + "/quotas")
        self.assertEqual(quotas[self.ada.id][VM]["limit"], 9)
        self.act("root", self.ada.id, "terminate", status=409)

    def test_refused_wishes(self) -> None:
        """AST-089, AST-090, AST-091: deny keeps the project, dismiss and cancel end it."""
        denied, app = self.apply("ada", "one.example.org")
        self.act("root", denied, "deny", app)
        self.assertEqual(self.shown("ada", denied)["state"], "uninitialized")
        self.act("bob", denied, "dismiss", app, 403)
        self.act("ada", denied, "cancel", app, 409)
        self.act("ada", denied, "dismiss", app)
        self.assertEqual(self.shown("ada", denied)["state"], "deleted")
        cancelled, second = self.apply("ada", "two.example.org")
        self.act("ada", cancelled, "cancel", app, 409)
        self.act("ada", cancelled, "cancel", 999, 404)
        self.act("bob", cancelled, "cancel", second, 403)
        self.act("ada", cancelled, "cancel", second)
        self.assertEqual(self.shown("ada", cancelled)["last_application"]["state"], "cancelled")
        self.assertEqual(self.shown("ada", cancelled)["state"], "deleted")
        self.assertEqual(self.usage(self.ada), 0)

    def test_a_name_is_free_or_the_approval_fails(self) -> None:
        """AST-092, AST-095: termination frees the name, reinstating needs it."""
        first = self.live()
        second, app = self.apply("bob")
        self.act("root", second, "approve", app, 409)
        self.assertEqual(self.shown("bob", second)["last_application"]["state"], "pending")
        self.act("root", first, "terminate")
        self.act("root", second, "approve", app)
        self.act("root", first, "reinstate", status=409)
        self.act("root", second, "terminate")
        self.act("root", first, "reinstate")
        self.assertEqual(self.shown("ada", first)["state"], "active")

    def test_the_body_names_one_action(self) -> None:
        """AST-097, AST-009."""
        project, app = self.apply("ada")
        path = f"{PROJECTS}/{project}/action"
        for body in (
            {},
            {"nothing": {}},
            {"approve": {"app_id": app}, "deny": {"app_id": app}},
            {"approve": "x"},
            {"approve": {"reason": "x"}},
            {"approve": {"app_id": "1"}},
            [],
        ):
            self.ask("root", "POST", path, body, 400)

    def test_malformed_wishes(self) -> None:
        """AST-083: each row of the table of bad input is refused with 400."""
        good = {"name": "genes.example.org", "end_date": END}
        caps = {"project_capacity": 1, "member_capacity": 1}
        for change in (
            {"name": None},
            {"name": 5},
            {"name": []},
            *(
                {"name": bad}
                for bad in ("a", "-a.b", "a_b.org", "x.y1", "x." * 40 + "org", "a.org\n")
            ),
            *(
                {"end_date": bad}
                for bad in (None, "2001-01-01T00:00:00Z", "2032-01-01", "2032-01-01T00:00:00", 5)
            ),
            *({"max_members": bad} for bad in (-1, 2**63, "abc", 1.5, True, [], "1.5")),
            *(
                {"resources": bad}
                for bad in (
                    None,
                    [],
                    {"nothing": caps},
                    {PENDING_APP: caps},
                    {VM: 5},
                    {VM: {"project_capacity": 1}},
                    {VM: {**caps, "member_capacity": -1}},
                    {VM: {**caps, "member_capacity": "10"}},
                    {VM: {**caps, "project_capacity": 2**63}},
                    {VM: {**caps, "member_capacity": 2}},
                )
            ),
            {"private": "true"},
            {"homepage": 5},
            {"homepage": "javascript:alert(1)"},
            {"owner": "nobody"},
            {"join_policy": "open"},
            {"description": "x" * 4097},
        ):
            self.ask("ada", "POST", PROJECTS, {**good, **change}, 400)
        self.assertEqual(self.usage(self.ada), 0)


class LifeTests(ProjectCase):
    def test_administrators_steer_projects(self) -> None:
        """AST-094, AST-096, AST-082: limits fall to 0 and come back."""
        grant = {VM: {"project_capacity": 40, "member_capacity": 4}}
        project = self.live(join_policy="auto", resources=grant)
        self.join("bob", project)
        self.assertEqual(self._limit(project), 4)
        self.act("ada", project, "suspend", status=403)
        for action, refused, limit in (
            ("suspend", ("suspend", "reinstate"), 0),
            ("unsuspend", ("unsuspend", "reinstate"), 4),
            ("terminate", ("suspend", "unsuspend", "terminate"), 0),
            ("reinstate", ("reinstate", "unsuspend"), 4),
        ):
            self.act("root", project, action)
            for other in refused:
                self.act("root", project, other, status=409)
            self.assertEqual(self._limit(project), limit)
        self.act("root", "nothing", "suspend", status=404)
        self.assertIn("deactivation_date", self.shown("ada", project))
        self.assertNotIn("deactivation_date", self.shown("bob", project))

    def _limit(self, project: str) -> int:
        quotas = self.ask("bob", "GET", ACCOUNT + "/quotas")
        return quotas[project][VM]["limit"]  # type: ignore[no-any-return]

    def test_nothing_expires_by_itself(self) -> None:
        """AST-098: what is past its end is terminated when that is asked for, once."""
        project = self.live(end_date="2027-01-20T00:00:00Z")
        self.assertEqual(done(self.cloud.projects.terminate_expired()), [])
        self.cloud.clock.advance(2_000_000_000 - NOW)
        self.tokens["root"], _ = done(self.cloud.identity.tokens.issue_api(self.admin.id))
        self.assertEqual(self.shown("root", project)["state"], "active")
        ended = done(self.cloud.projects.terminate_expired())
        self.assertEqual([each.id for each in ended], [project])
        self.assertEqual(self.shown("root", project)["state"], "terminated")
        self.assertEqual(done(self.cloud.projects.terminate_expired()), [])

    def test_a_default_project_that_ends_is_forgotten(self) -> None:
        """AST-045: after leaving, removal and termination, also once the project is back."""
        for end in ("leave", "remove", "terminate"):
            project = self.live(name=f"{end}.example.org", join_policy="auto")
            number = self.join("bob", project)
            body = {"project_id": project}
            self.ask("bob", "POST", ACCOUNT + "/myaccount/default_project", body)
            self.assertEqual(self._default(), project)
            if end == "terminate":
                self.act("root", project, "terminate")
                self.act("root", project, "reinstate")
            else:
                self.turn("bob" if end == "leave" else "ada", number, end)
                self.join("bob", project)
            self.assertEqual(self._default(), self.bob.id)

    def _default(self) -> Any:
        return done(self.cloud.identity.users.show(self.bob.id)).default_project


class MembershipTests(ProjectCase):
    def test_joining_by_policy(self) -> None:
        """AST-102, AST-103: accepted at once while there is room, else a request; closed 409."""
        auto = self.live(name="auto.example.org", join_policy="auto", max_members=1)
        moderated = self.live(name="moderated.example.org")
        closed = self.live(name="closed.example.org", join_policy="closed")
        first = self.join("bob", auto)
        self.assertEqual(self.state(first), "accepted")
        self.join("bob", auto, 409)
        self.assertEqual(self.state(self.join("ada", auto)), "requested")
        number = self.join("bob", moderated)
        self.assertEqual(self.state(number), "requested")
        self.join("bob", closed, 409)
        self.join("bob", "nothing", 404)
        self.turn("bob", number, "cancel")
        self.assertEqual(self.join("bob", moderated), number)
        self.turn("ada", number, "reject")
        self.assertEqual(self.join("bob", moderated), number)
        self.turn("ada", number, "accept")
        self.turn("ada", number, "remove")
        self.assertEqual(self.join("bob", moderated), number)

    def test_memberships_come_in_pages(self) -> None:
        """AST-100: by id, from the marker on; each once, whatever the size of a page."""
        project = self.live(join_policy="auto", max_members=9)
        numbers = sorted(self.join(name, project) for name in ("ada", "bob"))
        seen: list[int] = []
        path = f"{MEMBERSHIPS}?project={project}&limit=1"
        for _ in range(3):
            marker = f"&marker={seen[-1]}" if seen else ""
            page = self.web.get(path + marker, token=self.tokens["ada"]).json()
            seen += [each["id"] for each in page]
        self.assertEqual(seen, numbers)
        for wrong in ("limit=x", "marker=-1", "limit="):
            answer = self.web.get(f"{MEMBERSHIPS}?{wrong}", token=self.tokens["ada"])
            self.assertEqual(answer.status, 400)

    def test_a_project_may_be_named_by_its_row(self) -> None:
        """identity.md 2.7: `project` may be the number of the row."""
        project = self.live(join_policy="auto")
        row = done(self.cloud.projects.show(project)).number
        number = self.ask("bob", "POST", MEMBERSHIPS, {"join": {"project": row}})["id"]
        self.assertEqual(self.state(number), "accepted")
        self.ask("bob", "POST", MEMBERSHIPS, {"join": {"project": 2**70}}, 404)

    def test_joining_what_is_suspended_or_private(self) -> None:
        """AST-104: with a quota of 0 until the project is resumed."""
        grant = {VM: {"project_capacity": 40, "member_capacity": 4}}
        project = self.live(join_policy="auto", private=True, resources=grant)
        self.act("root", project, "suspend")
        self.join("bob", project)
        quotas = self.ask("bob", "GET", ACCOUNT + "/quotas")
        self.assertEqual(quotas[project][VM]["limit"], 0)
        self.act("root", project, "unsuspend")
        quotas = self.ask("bob", "GET", ACCOUNT + "/quotas")
        self.assertEqual(quotas[project][VM]["limit"], 4)

    def test_owners_enroll_people_by_address(self) -> None:
        """AST-105."""
        project = self.live(max_members=2)
        closed = self.live(name="closed.example.org", join_policy="closed")

        def enroll(who: str, into: str, email: Any, status: int) -> Any:
            body = {"enroll": {"project": into, "user": email}}
            return self.ask(who, "POST", MEMBERSHIPS, body, status)

        number = enroll("ada", project, "bob@example.org", 200)["id"]
        self.assertEqual(self.state(number), "accepted")
        enroll("ada", project, "bob@example.org", 409)
        enroll("ada", project, "nobody@example.org", 409)
        enroll("ada", project, None, 409)
        enroll("ada", "nothing", "bob@example.org", 409)
        enroll("ada", closed, "bob@example.org", 409)
        enroll("bob", project, "ada@example.org", 403)
        enroll("root", project, "ada@example.org", 200)
        enroll("root", project, "root@example.org", 409)
        for body in ({}, {"join": {}, "enroll": {}}, {"join": "x"}, {"join": {"project": []}}):
            self.ask("ada", "POST", MEMBERSHIPS, body, 400)

    def test_requests_are_answered_by_owners(self) -> None:
        """AST-106: not when closed or full, nor for a person whose account is inactive."""
        project = self.live(max_members=1)
        number = self.join("bob", project)
        self.turn("bob", number, "accept", 403)
        self.turn("ada", number, "cancel", 403)
        self.turn("ada", number, "remove", 409)
        done(self.cloud.projects.enroll(project, self.admin.id))
        self.turn("ada", number, "accept", 409)
        done(self.cloud.projects.remove(project, self.admin.id))
        self.turn("ada", number, "accept")
        self.turn("ada", number, "accept", 409)
        self.turn("ada", number, "reject", 409)
        self.assertEqual(self.state(number), "accepted")

    def test_leaving_by_policy(self) -> None:
        """AST-107, AST-108, AST-109: a wish to leave is granted by removal."""
        auto = self.live(name="auto.example.org", join_policy="auto")
        number = self.join("bob", auto)
        self.turn("ada", number, "leave", 403)
        self.turn("bob", number, "leave")
        self.assertEqual(self.state(number), "removed")
        self.turn("bob", number, "leave", 409)
        moderated = self.live(
            name="moderated.example.org", join_policy="auto", leave_policy="moderated"
        )
        number = self.join("bob", moderated)
        self.turn("bob", number, "leave")
        self.assertEqual(self.state(number), "leave_requested")
        self.turn("ada", number, "reject", 409)
        self.turn("ada", number, "remove")
        self.assertEqual(self.state(number), "removed")
        closed = done(
            self.cloud.projects.create(
                NewProject(
                    "closed", self.ada.id, join_policy=Policy.AUTO, leave_policy=Policy.CLOSED
                )
            )
        )
        number = self.join("bob", closed.id)
        self.turn("bob", number, "leave", 409)
        self.turn("root", number, "remove", 409)

    def test_requests_are_withdrawn_by_who_made_them(self) -> None:
        """AST-110: or by an administrator."""
        project = self.live()
        number = self.join("bob", project)
        self.turn("ada", number, "cancel", 403)
        self.turn("bob", number, "cancel")
        self.assertEqual(self.state(number), "cancelled")
        self.turn("bob", number, "cancel", 409)
        self.join("bob", project)
        self.turn("root", number, "cancel")

    def test_who_sees_memberships(self) -> None:
        """AST-100, AST-101."""
        eve = self.person("eve")
        first = self.live()
        second = self.live("bob", "second.example.org")
        mine, others = self.join("bob", first), self.join("eve", second)
        numbers = [each["id"] for each in self.ask("bob", "GET", MEMBERSHIPS)]
        self.assertTrue({mine, others} <= set(numbers))
        of_ada = self.ask("ada", "GET", f"{MEMBERSHIPS}?project={first}")
        self.assertEqual([each["user"] for each in of_ada], [self.bob.id])
        everything = self.ask("root", "GET", MEMBERSHIPS)
        self.assertTrue({mine, others} <= {each["id"] for each in everything})
        self.assertIn(eve.id, {each["user"] for each in everything})
        self.ask("ada", "GET", f"{MEMBERSHIPS}/{others}", status=403)
        self.ask("ada", "GET", f"{MEMBERSHIPS}/99999", status=404)
        self.ask("ada", "GET", f"{MEMBERSHIPS}/x", status=400)
        self.ask("bob", "GET", f"{MEMBERSHIPS}/{others}")

    def test_a_membership_tells_what_can_be_done_and_what_was(self) -> None:
        """AST-111, AST-112."""
        project = self.live(max_members=1)
        number = self.join("bob", project)
        shown = self.ask("bob", "GET", f"{MEMBERSHIPS}/{number}")
        self.assertEqual(shown["allowed_actions"], ["cancel"])
        self.assertEqual((shown["user"], shown["project"]), (self.bob.id, project))
        owners = self.ask("ada", "GET", f"{MEMBERSHIPS}/{number}")
        self.assertEqual(owners["allowed_actions"], ["accept", "reject"])
        self.cloud.clock.advance(3600)
        self.turn("ada", number, "accept")
        shown = self.ask("bob", "GET", f"{MEMBERSHIPS}/{number}")
        self.assertEqual(shown["allowed_actions"], ["leave"])
        self.assertEqual(shown["requested"], "2027-01-15T08:00:00.000000+00:00")
        self.assertEqual(shown["accepted"], "2027-01-15T09:00:00.000000+00:00")
        every = self.ask("root", "GET", f"{MEMBERSHIPS}/{number}")
        self.assertEqual(every["allowed_actions"], ["leave", "remove"])
        self.act("root", project, "terminate")
        shown = self.ask("bob", "GET", f"{MEMBERSHIPS}/{number}")
        self.assertEqual(shown["allowed_actions"], [])

    def test_actions_are_named_once(self) -> None:
        """AST-009."""
        number = self.join("bob", self.live())
        path = f"{MEMBERSHIPS}/{number}/action"
        for body in ({}, {"accept": "", "reject": ""}, {"accept": 5}, {"fly": ""}, []):
            self.ask("ada", "POST", path, body, 400)
        self.ask("ada", "POST", f"{MEMBERSHIPS}/99999/action", {"accept": ""}, 404)
