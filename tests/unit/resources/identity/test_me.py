"""A person's own account, through the door."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface.life import LifeSettings
from synnefod.mail.memory import MemoryMailer
from synnefod.notices.interface import Notice
from synnefod.resources.gate import Asking, Gate, RequestLimits
from synnefod.resources.routes import Route
from tests.harness.browser import Browser
from tests.harness.cloud import PASSWORD, done, in_memory, v3_token, web

ME = "/astakos/account/v1.0/me"
ROUTE = Route(("GET",), "/me", 200, None, None, None, False, None)


class Calm:
    """No maintenance."""

    async def maintenance(self) -> Notice | None:
        return None


class MeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = in_memory()
        self.client = web(self.cloud)
        self.ada = done(self.cloud.person())
        self.token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))

    def ask(self, method: str, path: str, status: int = 200, body: Any = None) -> Any:
        answer = self.client.request(method, ME + path, token=self.token, json=body)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None

    def test_a_person_sees_who_they_are_and_where_they_may_work(self) -> None:
        """identity.md 2.9, web-ui.md 5: `me` holds names, groups, projects and sign-in methods."""
        me = self.ask("GET", "")
        self.assertEqual((me["id"], me["email"]), (self.ada.id, "ada@example.org"))
        self.assertEqual(me["default_project"], self.ada.id)
        self.assertEqual([each["id"] for each in me["projects"]], [self.ada.id])
        self.assertEqual([each["module"] for each in me["methods"]], ["local"])
        self.assertFalse(me["is_admin"])
        self.assertNotIn(self.token, str(me))

    def test_names_change_and_what_is_left_out_stays(self) -> None:
        """web-ui.md 5: `PATCH me`."""
        me = self.ask("PATCH", "", body={"first_name": "Augusta"})
        self.assertEqual((me["first_name"], me["last_name"]), ("Augusta", "Byron"))
        self.ask("PATCH", "", 400, {"is_admin": True})
        self.ask("PATCH", "", 400, {"first_name": "x" * 31})

    def test_a_new_password_ends_other_tokens_and_gives_one(self) -> None:
        """web-ui.md 5: `POST me/password`; a wrong old password is no reason to sign out."""
        self.ask("POST", "/password", 403, {"old": "wrong", "new": "battery correct horse"})
        told = self.ask("POST", "/password", 200, {"old": PASSWORD, "new": "battery correct horse"})
        self.ask("GET", "", 401)
        self.token = told["token"]
        self.ask("GET", "")

    def test_tokens_are_listed_made_and_ended_without_their_secrets(self) -> None:
        """AST-207, web-ui.md 5: `me/tokens`."""
        made = self.ask("POST", "/tokens", 201, {"label": "laptop", "seconds": 600})
        rows = self.ask("GET", "/tokens")["tokens"]
        self.assertNotIn(made["token"], str(rows))
        (laptop,) = [each for each in rows if each["label"] == "laptop"]
        self.ask("POST", "/tokens", 400, {"seconds": 1})
        self.ask("POST", "/tokens", 400, {"label": "a\x07"})
        self.ask("DELETE", f"/tokens/{laptop['prefix']}", 204)
        self.ask("DELETE", f"/tokens/{laptop['prefix']}", 404)
        answer = self.client.get(ME, token=made["token"])
        self.assertEqual(answer.status, 401)

    def test_tokens_tell_their_last_use_and_from_where(self) -> None:
        """UI-242: noted with each request, written together; what is older never comes back."""
        uses, clock = self.cloud.identity.uses, self.cloud.clock
        gate = Gate(clock, RequestLimits(), Calm(), uses.note)
        principal = done(self.cloud.identity.authenticate(self.token))

        def come(peer: str) -> None:
            clock.advance(1)
            done(gate.admit(Asking("account", "GET", "/me", ROUTE, principal, self.token, peer)))

        (row,) = self.ask("GET", "/tokens")["tokens"]
        self.assertEqual((row["last_used"], row["address"]), (None, None))
        for peer in ("192.0.2.1", "2001:db8::1"):
            come(peer)
        (row,) = self.ask("GET", "/tokens")["tokens"]
        self.assertIsNone(row["last_used"])
        self.assertEqual(done(uses.write()), 1)
        (row,) = self.ask("GET", "/tokens")["tokens"]
        self.assertEqual(row["address"], "2001:db8::1")
        self.assertEqual(row["last_used"][:19], "2027-01-15T08:00:02")
        self.assertEqual(done(uses.write()), 0)

    def test_all_tokens_are_renewed_at_once(self) -> None:
        """UI-241, UI-242: they and all other sessions end; the asker's own session stays."""
        life = LifeSettings("https://cloud.example.org/astakos/ui", moderation=False)
        self.cloud = in_memory(life=life, mailer=MemoryMailer())
        self.client = web(self.cloud)
        self.ada = done(self.cloud.person())
        self.token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        browsers = [Browser(self.client), Browser(self.client)]
        for browser in browsers:
            browser.sign_in()
        short = browsers[0].script("/ui/session_token").json()["token"]
        answer = self.client.post(f"{ME}/tokens/renew", token=short)
        self.assertEqual(answer.status, 201)
        for old in (short, self.token):
            self.assertEqual(self.client.get(ME, token=old).status, 401)
        self.assertEqual(self.client.get(ME, token=answer.json()["token"]).status, 200)
        found = [each.script("/ui/session_token").status for each in browsers]
        self.assertEqual(found, [200, 401])

    def test_another_s_token_is_out_of_reach(self) -> None:
        """AST-207"""
        bob = done(self.cloud.person("bob@example.org"))
        done(self.cloud.identity.tokens.issue_api(bob.id))
        (row,) = done(self.cloud.identity.administration.tokens(bob.id))
        self.ask("DELETE", f"/tokens/{row.prefix}", 404)
        self.assertEqual(len(done(self.cloud.identity.administration.tokens(bob.id))), 1)

    def test_a_restricted_credential_cannot_mint_tokens(self) -> None:
        """identity.md 4.4: what a restricted application credential gives stays restricted."""
        token = v3_token(self.client)
        made = self.client.post(
            f"/v3/users/{self.ada.id}/application_credentials",
            token=token,
            json={"application_credential": {"name": "robot"}},
        ).json()["application_credential"]
        auth = {
            "identity": {
                "methods": ["application_credential"],
                "application_credential": {"id": made["id"], "secret": made["secret"]},
            }
        }
        answer = self.client.post("/v3/auth/tokens", json={"auth": auth})
        self.token = answer.headers["x-subject-token"]
        self.ask("POST", "/tokens", 403, {})
        self.ask("POST", "/password", 403, {"old": PASSWORD, "new": "battery correct horse"})

    def test_preferences_are_kept_whole_and_small(self) -> None:
        """web-ui.md 5: `GET/PUT me/preferences`, at most 64 KiB of JSON."""
        self.assertEqual(self.ask("GET", "/preferences"), {})
        for wanted in ({"theme": "dark", "columns": {"servers": ["name"]}}, {"theme": "light"}):
            self.ask("PUT", "/preferences", 204, wanted)
            self.assertEqual(self.ask("GET", "/preferences"), wanted)
        self.ask("PUT", "/preferences", 413, {"x": "y" * (64 << 10)})
        self.ask("PUT", "/preferences", 400, ["list"])
        self.assertEqual(self.ask("GET", "/preferences"), {"theme": "light"})
