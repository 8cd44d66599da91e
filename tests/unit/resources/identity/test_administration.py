"""The API for administrators of users, and the statistics, through the door."""

from __future__ import annotations

import json
import re
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface import NewUser
from synnefod.resources.identity.administration import Permitted
from tests.harness.cloud import PASSWORD, done, in_memory, web

USERS = "/astakos/identity/v2.0/users"
STATS = "/astakos/admin/stats"
EVE = {"username": "Eve@example.org", "first_name": "Eve", "last_name": "Fox"}


class Administering(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.web = web(self.cloud, permitted=Permitted(users=True))
        self.people = self.cloud.identity.administration
        new = NewUser("ada@example.org", "Ada", "Byron", PASSWORD)
        self.ada = done(self.cloud.identity.users.create(new, accept=True))
        self.token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))

    def admit(self, group: str = "admin-api") -> None:
        done(self.people.add_group(group))
        done(self.people.set_groups(self.ada.id, [group], ()))

    def ask(self, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.web.post(path, json=body, token=self.token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json()

    def get(self, path: str, status: int = 200) -> Any:
        answer = self.web.get(path, token=self.token)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json()

    def test_it_is_off_unless_enabled(self) -> None:
        """AST-175"""
        self.admit()
        closed = web(self.cloud)
        for path in (USERS, f"{USERS}/detail", f"{USERS}/{self.ada.id}"):
            self.assertEqual(closed.get(path, token=self.token).status, 400)

    def test_only_members_of_the_group_may_use_it(self) -> None:
        """AST-176"""
        self.assertEqual(self.web.get(USERS).status, 401)
        self.get(USERS, 403)
        self.ask(USERS, 403, user=EVE)
        self.admit()
        self.get(USERS)

    def test_users_are_listed_shown_made_and_changed(self) -> None:
        """AST-177, AST-178"""
        self.admit()
        made = self.ask(USERS, user=EVE)["user"]
        self.assertEqual(sorted(made), ["auth_token", "id", "password"])
        eve = done(self.cloud.identity.tokens.authenticate(made["auth_token"])).user
        self.assertEqual(eve, made["id"])
        self.assertEqual(self.get(f"{USERS}/{eve}")["user"]["is_active"], True)
        self.ask(USERS, 409, user=EVE)
        self.ask(USERS, 400, user={"username": "x@example.org"})
        self.ask(USERS, 400, user={**EVE, "username": "nobody"})
        listed = {user["email"]: user for user in self.get(USERS)["users"]}
        self.assertEqual(listed["ada@example.org"]["roles"], ["admin-api"])
        self.assertNotIn("date_joined", listed["Eve@example.org"])
        shown = next(u for u in self.get(f"{USERS}/detail")["users"] if u["id"] == eve)
        self.assertEqual(shown["authentication_methods"][0]["identifier"], "Eve@example.org")
        self.assertIsNotNone(shown["auth_token_expires"])
        self.assertIsNotNone(shown["verified_at"])
        change = {"user": {"username": "Eva@example.org", "last_name": "Wolf"}}
        answer = self.web.put(f"{USERS}/{eve}", json=change, token=self.token)
        self.assertEqual(answer.json()["user"]["email"], "Eva@example.org")
        self.assertEqual(done(self.cloud.identity.users.show(eve)).name, "eva@example.org")
        taken = {"user": {"username": "ada@example.org"}}
        self.assertEqual(self.web.put(f"{USERS}/{eve}", json=taken, token=self.token).status, 409)
        self.get(f"{USERS}/{eve[::-1]}", 404)
        self.get(f"{USERS}/nobody", 404)

    def test_actions_are_done_one_at_a_time(self) -> None:
        """AST-177"""
        self.admit()
        eve = self.ask(USERS, user=EVE)["user"]
        action = f"{USERS}/{eve['id']}/action"
        self.ask(action, 400)
        self.ask(action, 400, activate={}, signTerms={})
        off = self.ask(action, deactivate={"reason": "on leave"})["user"]
        self.assertEqual(off, {"id": eve["id"], "is_active": False})
        shown = self.get(f"{USERS}/{eve['id']}")["user"]
        self.assertEqual(shown["deactivated_reason"], "on leave")
        self.assertEqual(self.web.get(STATS + "/detail", token=eve["auth_token"]).status, 401)
        self.assertEqual(self.ask(action, activate={})["user"]["is_active"], True)
        renewed = self.ask(action, renewToken={})["user"]["auth_token"]
        done(self.cloud.identity.tokens.authenticate(renewed))
        self.assertTrue(self.ask(action, signTerms={})["user"]["has_signed_terms"])
        own = self.ask(action, setDefaultProject={"project_id": eve["id"]})["user"]
        self.assertEqual(own["default_project"], eve["id"])
        other = self.ada.id[::-1]
        answer = self.web.post(
            action, json={"setDefaultProject": {"project_id": other}}, token=self.token
        )
        self.assertIn(answer.status, (403, 404, 409), answer.text)

    def test_statistics_are_brief_for_all_and_whole_for_a_group(self) -> None:
        """AST-179, AST-158, AST-204"""
        brief = self.web.get(STATS).json()["users"]
        self.assertEqual(set(brief), {"total", "active"})
        jsonp = self.web.get(STATS + "?callback=show.me")
        inside = re.fullmatch(r"/\*\*/show\.me\((.*)\)", jsonp.text)
        assert inside is not None
        self.assertEqual(json.loads(inside[1])["users"], brief)
        self.assertEqual(self.web.get(STATS + "?callback=alert(1)//").status, 400)
        self.get(STATS + "/detail", 403)
        self.admit("admin-stats")
        found = self.get(STATS + "/detail")
        self.assertEqual(found["providers"], ["local"])
        self.assertEqual(found["users"]["all"]["total"], brief["total"])
        self.assertEqual(found["users"]["local"]["exclusive"], brief["total"])
        vm = found["resources"]["all"]["cyclades.vm"]
        self.assertEqual(sorted(vm), ["allocated", "description", "unit", "used"])
        self.assertEqual(vm["used"], 0)
        self.assertIn("cyclades.vm", found["resources"]["local"])
        self.assertEqual(self.web.get("/astakos/admin/", token=self.token).status, 404)
