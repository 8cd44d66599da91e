"""How long tokens and sessions last, and what ends them."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface import UserChanges
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.tokens import Lifetimes
from synnefod.mail.memory import MemoryMailer
from tests.harness.browser import Browser
from tests.harness.cloud import PASSWORD, done, in_memory, v3_token, web

QUOTAS = "/astakos/account/v1.0/quotas"
ME = "/astakos/account/v1.0/me/password"
NEW = "battery correct horse"


class TokenLife(SynchronousTestCase):
    def start(self, **options: Any) -> None:
        settings = LifeSettings("https://cloud.example.org/astakos/ui", moderation=False)
        self.cloud = in_memory(life=settings, mailer=MemoryMailer(), **options)
        self.web = web(self.cloud)
        self.ada = done(self.cloud.person())
        self.browser = Browser(self.web)

    def api(self) -> str:
        token, _ = done(self.cloud.identity.tokens.issue_api(self.ada.id))
        return str(token)

    def works(self, token: str) -> bool:
        return bool(self.web.get(QUOTAS, token=token).status == 200)

    def page_token(self, browser: Browser | None = None) -> str:
        answer = (browser or self.browser).script("/ui/session_token")
        return str(answer.json()["token"]) if answer.status == 200 else ""

    def cookie_token(self) -> str:
        return unquote(self.browser.cookies["_pithos2_a"]).partition("|")[2]

    def test_tokens_last_as_the_settings_say_and_signing_in_gives_a_new_one(self) -> None:
        """AST-133: thirty days by default; who comes back later signs in and goes on."""
        self.start()
        token = self.api()
        self.cloud.clock.advance(720 * 3600 - 1)
        self.assertTrue(self.works(token))
        self.cloud.clock.advance(1)
        self.assertFalse(self.works(token))
        self.browser.sign_in()
        self.assertTrue(self.works(self.cookie_token()))
        self.start(lifetimes=Lifetimes(api=60))
        token = self.api()
        self.cloud.clock.advance(60)
        self.assertFalse(self.works(token))

    def test_deactivation_ends_everything_at_once(self) -> None:
        """AST-130: sessions, tokens of every kind, and codes; also after coming back."""
        self.start()
        self.browser.sign_in()
        oauth = self.cloud.identity.oauth
        done(oauth.add_client("files", ["https://files.example.org/"], kind="public", trusted=True))
        (session,) = done(self.cloud.identity.sessions.listing(self.ada.id))
        wish = done(oauth.wish("files", None, "", "https://cloud.example.org"))
        granted = done(oauth.exchange("files", None, done(oauth.grant(session, wish)), None))
        tokens = [self.api(), v3_token(self.web), self.page_token(), self.cookie_token()]
        for token in tokens:
            self.assertTrue(self.works(token))
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=False)))
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=True)))
        for token in tokens:
            self.assertFalse(self.works(token))
        self.assertEqual(self.page_token(), "")
        seen = self.web.get(f"/astakos/identity/v2.0/tokens/{granted.token}")
        self.assertEqual(seen.status, 404)

    def test_a_new_password_ends_the_rest(self) -> None:
        """AST-135: tokens and other sessions end; the browser that asked stays signed in."""
        self.start()
        self.browser.sign_in()
        other = Browser(self.web)
        other.sign_in()
        tokens = [self.api(), v3_token(self.web), self.cookie_token()]
        body = {"old": PASSWORD, "new": NEW}
        answer = self.web.post(ME, json=body, token=self.page_token())
        self.assertEqual(answer.status, 200, answer.text)
        self.assertTrue(self.works(answer.json()["token"]))
        for token in tokens:
            self.assertFalse(self.works(token))
        self.assertEqual(self.page_token(other), "")
        self.assertTrue(self.works(self.page_token()))
        self.assertEqual(Browser(self.web).sign_in(password=PASSWORD).status, 200)
        self.assertEqual(Browser(self.web).sign_in(password=NEW).status, 302)

    def test_a_cloud_may_keep_tokens_when_passwords_change(self) -> None:
        """AST-135, AST-221: NEWPASSWD_INVALIDATE_TOKEN off; sessions end all the same, and
        Keystone's own call ends all tokens whatever the settings say."""
        self.start(password_ends_tokens=False)
        self.browser.sign_in()
        token, page = self.api(), self.page_token()
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(password=NEW)))
        self.assertTrue(self.works(token))
        self.assertFalse(self.works(page))
        self.assertEqual(self.page_token(), "")
        changed = {"user": {"original_password": NEW, "password": PASSWORD}}
        path = f"/v3/users/{self.ada.id}/password"
        self.assertEqual(self.web.post(path, json=changed, token=token).status, 204)
        self.assertFalse(self.works(token))
