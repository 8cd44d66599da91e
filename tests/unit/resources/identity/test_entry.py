"""Signing in with a browser, through the door."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface import NewUser, UserChanges
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.interface.methods import PolicyProfile
from synnefod.mail.memory import MemoryMailer
from synnefod.resources.identity.browser import BrowserSettings
from tests.harness.browser import Browser, csrf_of
from tests.harness.cloud import PASSWORD, done, in_memory, web

UI = "/astakos/ui"
QUOTAS = "/astakos/account/v1.0/quotas"
SESSION = "synnefo_session"
DAY = 86_400


class EntryCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.start()

    def start(self, browsers: BrowserSettings | None = None, **options: Any) -> None:
        settings = LifeSettings("https://cloud.example.org" + UI, moderation=False)
        self.mailer = MemoryMailer()
        self.cloud = in_memory(life=settings, mailer=self.mailer)
        self.web = web(self.cloud, browsers=browsers, proxies=("192.0.2.7",), **options)
        self.ada = done(self.cloud.person())
        self.browser = Browser(self.web)

    def rows(self, text: str) -> list[Any]:
        found = done(self.cloud.store.read("rows", lambda tx: tx.all(text)))
        return list(found)

    def token(self) -> str:
        answer = self.browser.script("/ui/session_token")
        self.assertEqual(answer.status, 200, answer.text)
        return str(answer.json()["token"])

    def assert_dead(self, secret: str) -> None:
        answer = Browser(self.web, {SESSION: secret}).script("/ui/session_token")
        self.assertEqual(answer.status, 401)

    def works(self, token: str) -> bool:
        return bool(self.web.get(QUOTAS, token=token).status == 200)


class SignInTests(EntryCase):
    def test_a_password_opens_a_session(self) -> None:
        """UI-005, UI-007: the same view opens after it; a short token comes from the session."""
        page = self.browser.get("/login?next=/ui/servers%3Fa%3D1")
        self.assertEqual(page.status, 200)
        self.assertIn('name="next" value="/ui/servers?a=1"', page.text)
        answer = self.browser.sign_in(next="/ui/servers?a=1")
        self.assertEqual((answer.status, answer.headers["location"]), (302, "/ui/servers?a=1"))
        cookie = answer.headers["set-cookie"]
        self.assertIn("HttpOnly; SameSite=Lax", cookie)
        self.assertNotIn("Secure", cookie)
        answer = self.browser.script("/ui/session_token")
        token = answer.json()["token"]
        self.assertIn("no-store", answer.headers["cache-control"])
        self.assertTrue(self.works(token))
        self.cloud.clock.advance(901)
        self.assertFalse(self.works(token))
        self.assertTrue(self.works(self.token()))

    def test_the_state_of_an_account_is_told_after_the_right_password(self) -> None:
        """UI-232: waiting, inactive, rejected, unconfirmed, or not to be entered by password; a
        wrong password learns nothing of it."""
        users, policies = self.cloud.identity.users, self.cloud.identity.policies
        new = [
            done(users.create(NewUser(f"p{n}@example.org", "P", "Q", PASSWORD, False)))
            for n in range(3)
        ]
        done(users.modify(new[1].id, UserChanges(verify=True)))
        done(users.modify(new[2].id, UserChanges(verify=True)))
        done(users.modify(new[2].id, UserChanges(reject="who?")))
        bob = done(self.cloud.person("bob@example.org"))
        done(users.modify(bob.id, UserChanges(active=False)))
        kim = done(self.cloud.person("kim@example.org"))
        done(policies.add(PolicyProfile(0, "no local", "local", policies={"login": False})))
        done(policies.assign("no local", [kim.id], []))
        for name, text in (
            ("p0@example.org", "is not confirmed yet"),
            ("p1@example.org", "waits for an administrator"),
            ("p2@example.org", "was not accepted"),
            ("bob@example.org", "is not active"),
            ("kim@example.org", "no password of this cloud"),
        ):
            page = Browser(self.web).sign_in(name)
            self.assertEqual(page.status, 200, name)
            self.assertIn(text, page.text, name)
            self.assertNotIn("synnefo_session", page.headers.get("set-cookie", ""))
            wrong = Browser(self.web).sign_in(name, "not the password")
            self.assertIn("is not right", wrong.text)
            self.assertNotIn(text, wrong.text)

    def test_only_digests_are_stored(self) -> None:
        """identity.md 6.1: neither the session's secret nor a token of it can be read."""
        self.browser.sign_in()
        token, cookie = self.token(), unquote(self.browser.cookies["_pithos2_a"])
        stored = repr(self.rows("select * from sessions") + self.rows("select * from tokens"))
        for secret in (self.browser.cookies[SESSION], token, cookie.partition("|")[2]):
            self.assertNotIn(secret, stored)

    def test_over_tls_cookies_are_secure(self) -> None:
        """identity.md 6.3, 6.5: named so that only this host can have set them; HSTS apart."""
        self.browser.headers = {"X-Forwarded-Proto": "https"}
        answer = self.browser.sign_in()
        self.assertIn(f"__Host-{SESSION}=", answer.headers["set-cookie"])
        self.assertEqual(answer.headers["set-cookie"].count("; Secure"), 4)
        self.token()

    def test_the_token_cookie_dies_with_the_session(self) -> None:
        """AST-156: the address-encoded pair, path /, until the session's own end."""
        answer = self.browser.sign_in()
        value = self.browser.cookies["_pithos2_a"]
        self.assertIn("%7C", value)
        uuid, _, token = unquote(value).partition("|")
        self.assertEqual(uuid, self.ada.id)
        self.assertTrue(self.works(token))
        self.assertIn(f"_pithos2_a={value}; Path=/; Max-Age={7 * DAY}; HttpOnly", str(answer))
        refused = self.web.get(QUOTAS, headers={"Cookie": f"_pithos2_a={value}"})
        self.assertEqual(refused.status, 401)
        self.browser.submit("/logout", {})
        self.assertFalse(self.works(token))
        self.assertNotIn("_pithos2_a", self.browser.cookies)
        self.start(BrowserSettings(token_cookie="readable", cookie_domain=".example.org"))
        self.browser.headers = {"X-Forwarded-Proto": "https"}
        made = self.browser.sign_in().headers["set-cookie"]
        self.assertRegex(
            made, r"_pithos2_a=[^;]+; Path=/; Domain=.example.org; Max-Age=\d+; Secure; SameSite"
        )
        self.start(BrowserSettings(token_cookie="none"))
        self.assertNotIn("_pithos2_a", self.browser.sign_in().headers["set-cookie"])

    def test_wrong_passwords_are_told_alike(self) -> None:
        """identity.md 6.3: the state of an account only after the right password."""
        pages = [
            self.browser.sign_in("ada@example.org", "wrong password").text,
            self.browser.sign_in("nobody@example.org", "wrong password").text,
        ]
        self.assertIn("not right", pages[0])
        self.assertEqual(pages[0].replace("ada@", "nobody@"), pages[1])
        done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=False)))
        self.assertIn("not right", self.browser.sign_in("ada@example.org", "wrong one").text)
        answer = self.browser.sign_in()
        self.assertEqual(answer.status, 200)
        self.assertIn("not active", answer.text)
        self.assertNotIn(SESSION, self.browser.cookies)
        refused = self.browser.submit("/login", {"username": "ada@example.org", "password": "x"})
        self.assertNotIn("Traceback", refused.text)

    def test_many_failures_pause_the_account(self) -> None:
        """identity.md 6.4: the same counters as the API's."""
        for _ in range(3):
            self.browser.sign_in(password="wrong password")
        self.assertIn("Too many tries", self.browser.sign_in().text)
        self.cloud.clock.advance(61)
        self.assertEqual(self.browser.sign_in().status, 302)

    def test_every_state_change_needs_our_own_form(self) -> None:
        """AST-226: sign-in, sign-out and the rest are refused without the visitor's token."""
        fields = {"username": "ada@example.org", "password": PASSWORD}
        other = Browser(self.web)
        stolen = csrf_of(other.get("/login"))
        for given in ({}, {"csrf": "x"}, {"csrf": stolen}):
            self.assertEqual(self.browser.post("/login", {**fields, **given}).status, 403)
        for path in ("/signup", "/send/activation", "/local/password_reset"):
            self.assertEqual(self.browser.post(UI + path, {"email": "a@b.org"}).status, 403)
        self.browser.sign_in()
        for path in ("/logout", "/session_token", "/email_change", "/local/password_reset"):
            self.assertEqual(self.browser.post(UI + path, {"csrf": stolen}).status, 403, path)
            self.assertEqual(self.browser.post(UI + path, {}).status, 403, path)
        foreign = {"Origin": "https://evil.example.net"}
        self.assertEqual(self.browser.script("/ui/session_token", **foreign).status, 403)
        foreign = {"Sec-Fetch-Site": "same-site"}
        self.assertEqual(self.browser.script("/ui/session_token", **foreign).status, 403)
        self.token()

    def test_a_planted_session_is_worth_nothing(self) -> None:
        """identity.md 6.3: signing in changes the secret and ends the one it came with."""
        self.browser.sign_in()
        planted = self.browser.cookies[SESSION]
        victim = Browser(self.web, {SESSION: planted})
        victim.submit("/logout", {})
        self.assertEqual(
            Browser(self.web, {SESSION: planted}).script("/ui/session_token").status, 401
        )
        victim = Browser(self.web, {SESSION: "A" * 43, "synnefo_visit": "B" * 43})
        victim.sign_in()
        self.assertNotEqual(victim.cookies[SESSION], "A" * 43)
        self.assertNotIn("synnefo_visit", victim.cookies)
        self.assert_dead("A" * 43)
        before = victim.cookies[SESSION]
        victim.get("/login")
        page = victim.get("/logout")
        token = csrf_of(page)
        victim.post("/login", {"username": "ada@example.org", "password": PASSWORD, "csrf": token})
        self.assertNotEqual(victim.cookies[SESSION], before)
        self.assertEqual(
            Browser(self.web, {SESSION: before}).script("/ui/session_token").status, 401
        )

    def test_nobody_is_sent_to_a_stranger(self) -> None:
        """AST-161: without a cookie domain only this host's paths; others are ignored."""
        for target in (
            "https://cloud.example.org/x",
            "http://cloud.example.org/",
            "//evil.net",
            "///evil.net",
            "/\\evil.net",
            "\\\\evil.net",
            "https:evil.net",
            "https://evil.net",
            "javascript:alert(1)",
            "data:text/html,x",
            "/a\r\nSet-Cookie: a=b",
            "evil.net",
            "@evil.net",
        ):
            browser = Browser(self.web)
            answer = browser.sign_in(next=target)
            self.assertEqual((answer.status, answer.headers["location"]), (302, "/ui/"), target)
            again = browser.get("/login?next=" + quote(target, safe=""))
            self.assertEqual(again.headers["location"], "/ui/", target)

    def test_a_cookie_domain_admits_its_own_hosts(self) -> None:
        """AST-160: https hosts of the domain, on the usual ports, without user names."""
        self.start(BrowserSettings(cookie_domain=".example.org", ports=(8443,)))
        good = {
            "https://files.example.org/a?b=c": "https://files.example.org/a?b=c",
            "https://EXAMPLE.org": "https://example.org",
            "https://files.example.org:8443/": "https://files.example.org:8443/",
        }
        bad = (
            "https://evilexample.org/",
            "https://example.org.evil.net/",
            "https://files.example.org@evil.net/",
            "https://a@files.example.org/",
            "https://files.example.org:81/",
            "https://files.example.org:x/",
            "http://files.example.org/",
        )
        for target, goal in [*good.items(), *((each, "/ui/") for each in bad)]:
            answer = Browser(self.web).sign_in(next=target)
            self.assertEqual(answer.headers["location"], goal, target)

    def test_pages_speak_the_browsers_language(self) -> None:
        """web-ui.md 10.1: Greek and English, by weight; both are whole."""
        for header, word in (
            ("el,en;q=0.5", "Σύνδεση"),
            ("en;q=0.2, el;q=0.9", "Σύνδεση"),
            ("fr", "Sign in"),
            ("q=;;,", "Sign in"),
        ):
            page = self.browser.get("/login", Accept_Language=header)
            self.assertIn(f"<h1>{word}</h1>", page.text)
        self.assertIn("default-src 'self'", page.headers["content-security-policy"])
        self.assertNotIn("<script", page.text)
        style = self.browser.get(UI + "/pages.css")
        self.assertIn("prefers-color-scheme", style.text)


class SessionTests(EntryCase):
    def test_a_session_ends_by_itself(self) -> None:
        """identity.md 6.3: after twelve hours without use, and after a week in any case."""
        self.browser.sign_in()
        for _ in range(13):
            self.cloud.clock.advance(DAY / 2 - 60)
            self.token()
        self.cloud.clock.advance(DAY / 2 + 1)
        self.assertEqual(self.browser.script("/ui/session_token").status, 401)
        self.browser.sign_in()
        for _ in range(14):
            self.cloud.clock.advance(DAY / 2 - 10)
            self.token()
        self.cloud.clock.advance(200)
        self.assertEqual(self.browser.script("/ui/session_token").status, 401)
        self.assertEqual(done(self.cloud.identity.sessions.sweep()), 1)
        self.assertEqual(self.rows("select * from sessions"), [])

    def test_signing_out_ends_the_tokens_too(self) -> None:
        """identity.md 2.9: GET asks, POST does it, and the way on is checked."""
        self.browser.sign_in()
        token = self.token()
        self.assertEqual(self.browser.get("/logout").status, 200)
        self.assertTrue(self.works(token))
        answer = self.browser.submit("/logout", {"next": "//evil.net"})
        self.assertEqual((answer.status, answer.headers["location"]), (302, UI + "/login"))
        self.assertFalse(self.works(token))
        self.assertEqual(self.browser.script("/ui/session_token").status, 401)
        self.assertIn("signed out", self.browser.get("/logout").text)

    def test_a_new_password_and_a_paused_account_end_sessions(self) -> None:
        """identity.md 6.3: also those of other browsers."""
        for change in (UserChanges(password="a new password"), UserChanges(active=False)):
            self.start()
            self.browser.sign_in()
            done(self.cloud.identity.users.modify(self.ada.id, change))
            self.assertEqual(self.browser.script("/ui/session_token").status, 401)
            self.assertEqual(self.rows("select * from sessions"), [])

    def test_new_terms_come_first(self) -> None:
        """AST-154: a session without accepted terms leads to the terms, and gets no token."""
        done(self.cloud.identity.administration.add_terms("/srv/terms.html", "Be kind."))
        answer = self.browser.sign_in(next="/ui/servers")
        self.assertEqual(answer.headers["location"], UI + "/approval_terms?next=/ui/servers")
        self.assertEqual(self.browser.script("/ui/session_token").status, 403)
        self.assertEqual(
            self.browser.get("/login?next=/ui/").headers["location"],
            UI + "/approval_terms?next=/ui/",
        )
        page = self.browser.get(UI + "/approval_terms?next=/ui/servers")
        self.assertIn("Be kind.", page.text)
        terms = UI + "/approval_terms"
        self.assertEqual(self.browser.submit(terms, {}).status, 200)
        fields = {"has_signed_terms": "on", "next": "/ui/servers"}
        answer = self.browser.submit(terms, fields)
        self.assertEqual((answer.status, answer.headers["location"]), (302, "/ui/servers"))
        self.token()
        anonymous = Browser(self.web)
        self.assertIn("Be kind.", anonymous.get("/terms").text)
        self.assertEqual(anonymous.get(terms + "/7").status, 404)
        self.assertEqual(anonymous.submit(terms, fields, form="/login").status, 302)
