"""The administrator's verbs at /admin/v1: the same as on the socket, behind tokens and groups."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace as evolve_config
from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly import doors
from synnefod.config.sections import AdminSection
from synnefod.resources.auditing import Auditing
from synnefod.resources.ops.control import control_nouns
from synnefod.resources.ops.published import admin_mount
from synnefod.resources.root import tree
from synnefod.resources.routes import routes_of
from tests.harness.web import Answer, WebClient
from tests.unit.resources.ops.deployment import DEMO, Deployment

ADMIN = "admin@localhost"


class Published(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        house = self.cloud.house
        mount = admin_mount(house, house.identity, AdminSection().rights)
        mount.auditing = Auditing(house.recorder)
        self.web = WebClient(
            tree([mount]), clock=self.cloud.site.clock, pump=lambda: self.cloud.site.wait(0.05)
        )
        for name in ("helpdesk", "admin-readonly"):
            self.cloud.ask("group-add", name=name)

    def token(self, name: str) -> str:
        user = self.cloud.now(self.cloud.house.identity.users.find(name))
        token, _ = self.cloud.now(self.cloud.house.identity.tokens.issue_api(user.id))
        return str(token)

    def ask(self, verb: str, token: str, **body: Any) -> Answer:
        return self.web.post(f"/admin/v1/{verb}", headers={"X-Auth-Token": token}, json=body)

    def test_an_administrator_may_do_everything_that_the_socket_offers(self) -> None:
        """Every verb of the control socket is there for a token of an administrator, answers the
        same, and refuses in the dialect of Synnefo's services (CMP-291, UI-269)."""
        token = self.token(ADMIN)
        index = self.web.get("/admin/v1", headers={"X-Auth-Token": token}).json()
        offered = {
            made.path.rpartition("/")[2]
            for noun in control_nouns(self.cloud.house)
            for made, _ in routes_of(noun)
        }
        self.assertEqual(set(index["verbs"]), offered)
        self.assertLessEqual(
            {"server-list", "backend-list", "network-create", "quota-list"}, offered
        )
        self.assertEqual(
            self.ask("user-list", token).json(), self.cloud.ask("user-list"), "as on the socket"
        )
        made = self.ask("group-add", token, name="friends")
        self.assertEqual((made.status, made.json()["row"]["name"]), (200, "friends"))
        self.assertEqual(self.ask("user-show", token, user="x@y.zz").status, 404)
        self.assertEqual(self.ask("user-show", token, nothing=1).status, 400)

    def test_without_a_token_or_a_group_nothing_is_told(self) -> None:
        """401 without a token; 403 for people in no permitted group, whatever they ask (UI-267)."""
        self.assertEqual(self.web.post("/admin/v1/user-list", json={}).status, 401)
        self.assertEqual(self.web.get("/admin/v1").status, 401)
        token = self.token(DEMO)
        for verb in ("user-list", "server-list", "audit-list"):
            self.assertEqual(self.ask(verb, token).status, 403, verb)
        self.assertEqual(self.ask("user-modify", token, user=ADMIN, active=False).status, 403)
        self.assertEqual(self.web.get("/admin/v1", headers={"X-Auth-Token": token}).status, 403)

    def test_where_it_is_switched_off_nothing_is_there(self) -> None:
        """`admin.enabled` false: not even an administrator finds the path (UI-267)."""
        off = evolve_config(self.cloud.config, admin=AdminSection(enabled=False))
        for config, status in ((off, 404), (self.cloud.config, 200)):
            consoles = doors.consoles(config, self.cloud.house, self.cloud.site.clock)
            found = doors.mounts(config, self.cloud.house, self.cloud.site.clock, consoles)
            web = WebClient(
                tree(found), clock=self.cloud.site.clock, pump=lambda: self.cloud.site.wait(0.05)
            )
            answer = web.get("/admin/v1", headers={"X-Auth-Token": self.token(ADMIN)})
            self.assertEqual(answer.status, status)

    def test_readers_see_and_change_nothing(self) -> None:
        """`admin-readonly` has every listing and no action (UI-277)."""
        self.cloud.ask("user-modify", user=DEMO, add_groups=["admin-readonly"])
        token = self.token(DEMO)
        for verb in ("user-list", "server-list", "network-list", "audit-list", "group-list"):
            self.assertEqual(self.ask(verb, token).status, 200, verb)
        self.assertEqual(self.ask("user-modify", token, user=ADMIN, active=False).status, 403)
        self.assertEqual(self.ask("group-add", token, name="x").status, 403)
        index = self.web.get("/admin/v1", headers={"X-Auth-Token": token}).json()
        self.assertNotIn("user-modify", index["verbs"])

    def test_the_helpdesk_does_what_its_rights_name_and_no_more(self) -> None:
        """Fields and values outside of the group's rights are refused; a right names fields of a
        verb and their values (UI-277, UI-292)."""
        self.cloud.ask("user-modify", user=DEMO, add_groups=["helpdesk"])
        token = self.token(DEMO)
        # Permitted, and so it comes to the server that is not there.
        self.assertEqual(self.ask("server-modify", token, server=9, action="start").status, 404)
        self.assertEqual(self.ask("server-modify", token, server=9, suspended=True).status, 404)
        for refused in ({"action": "reboot_hard"}, {"name": "x"}, {"suspended": True, "flavor": 1}):
            self.assertEqual(self.ask("server-modify", token, server=9, **refused).status, 403)
        self.assertEqual(self.ask("server-modify", token, server=9).status, 403)
        self.assertEqual(self.ask("server-remove", token, server=9).status, 403)

    def test_the_audit_log_names_the_person(self) -> None:
        """A change by HTTP is told of with its actor and its verb; a refused one too."""
        admin, demo = self.token(ADMIN), self.token(DEMO)
        self.ask("group-add", admin, name="told")
        self.ask("group-add", demo, name="never")
        rows = self.cloud.ask("audit-list")["rows"]
        told = {(row["action"], row["outcome"]) for row in rows if row["via"] == "token"}
        self.assertIn(("admin.GroupVerbs.add", "done"), told)
        self.assertIn(("admin.GroupVerbs.add", "refused"), told)

    def test_lists_come_in_parts_filtered_and_ordered_by_the_service(self) -> None:
        """Pages of a list by several columns; words are ANDed and `OR` ORs from left to right;
        `field=value` looks in one column; what is no column, as a password or token, cannot be
        filtered by; `snf-` before a number means the beginning of an id (UI-273, UI-274)."""
        token = self.token(ADMIN)
        for number in range(6):
            name = f"p{number}@example.org"
            last = "even" if number % 2 == 0 else "odd"
            self.cloud.ask("user-add", email=name, first=f"F{number}", last=last, accept=number < 4)

        def ask(query: str, verb: str = "user-list") -> Any:
            headers = {"X-Auth-Token": token}
            answer = self.web.post(f"/admin/v1/{verb}?{query}", headers=headers, json={})
            self.assertEqual(answer.status, 200, answer.text)
            return answer.json()

        def names(query: str) -> list[str]:
            return [row["displayname"].partition("@")[0] for row in ask(query)["rows"]]

        told = ask("text=example.org&sort=last_name,-first_name&limit=2&offset=1")
        self.assertEqual([row["first_name"] for row in told["rows"]], ["F2", "F0"])
        self.assertEqual(told["total"], 6)
        self.assertIn("displayname", told["columns"])
        self.assertFalse([name for name in told["columns"] if "token" in name or "pass" in name])
        self.assertEqual(names("text=p1+OR+p2+even&sort=id"), ["p2"])
        self.assertEqual(names("text=first_name%3DF1+OR+first_name%3DF4&sort=id"), ["p1", "p4"])
        self.assertEqual(names("filter=last_name%3Deven&filter=active%3Dfalse"), ["p4"])
        self.assertEqual(names("filter=first_name%3DF1|f2&sort=-id"), ["p2", "p1"])
        first = ask("text=p1")["rows"][0]["id"]
        self.assertIn("p1", names(f"text=snf-{first}"))
        for bad in ("filter=password%3Dx", "filter=x", "sort=token", "limit=-1", "offset=a"):
            headers = {"X-Auth-Token": token}
            answer = self.web.post(f"/admin/v1/user-list?{bad}", headers=headers, json={})
            self.assertEqual(answer.status, 400, bad)
