"""OAuth2 through the door: codes for browsers, tokens for programs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import AlreadyExists, Malformed
from synnefod.identity.interface import UserChanges
from synnefod.identity.interface.life import LifeSettings
from synnefod.identity.oauth import covers
from synnefod.mail.memory import MemoryMailer
from tests.harness.browser import Browser
from tests.harness.cloud import done, in_memory, v3_token, web

OA = "/astakos/oauth2"
TOKENS = "/astakos/identity/v2.0/tokens"
BACK = "https://files.example.org/view"
SECRET = "a secret of some length"
PROXY = "192.0.2.7"
TLS = {"X-Forwarded-Proto": "https"}


class OAuthCase(SynchronousTestCase):
    def setUp(self) -> None:
        settings = LifeSettings("https://cloud.example.org/astakos/ui", moderation=False)
        self.cloud = in_memory(
            life=settings, mailer=MemoryMailer(), own_clients={"own": "/pithos/ui/view"}
        )
        self.web = web(self.cloud, proxies=(PROXY,))
        self.ada = done(self.cloud.person())
        self.oauth = self.cloud.identity.oauth
        self.client("files", trusted=True, secret=SECRET)
        self.browser = Browser(self.web, headers=dict(TLS))

    def client(self, name: str, *urls: str, kind: str = "confidential", **options: Any) -> Any:
        options.setdefault("trusted", False)
        return done(self.oauth.add_client(name, urls or (BACK,), kind=kind, **options))

    def ask(self, browser: Browser | None = None, **given: str | None) -> Any:
        asked = {"response_type": "code", "client_id": "files", "redirect_uri": BACK, **given}
        query = urlencode({name: value for name, value in asked.items() if value is not None})
        return (browser or self.browser).get(f"{OA}/auth?{query}")

    def code(self, **given: str | None) -> str:
        if not any(name.endswith("synnefo_session") for name in self.browser.cookies):
            self.browser.sign_in()
        answer = self.ask(**given)
        self.assertEqual(answer.status, 302, answer.text)
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def exchange(
        self,
        code: str,
        *,
        basic: str | None = f"files:{SECRET}",
        kind: str = "application/x-www-form-urlencoded",
        headers: dict[str, str] | None = None,
        **given: str | None,
    ) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **given}
        sent = {**TLS, "Content-Type": kind, **(headers or {})}
        if basic is not None:
            sent["Authorization"] = "Basic " + base64.b64encode(basic.encode()).decode()
        body = urlencode({name: value for name, value in form.items() if value is not None})
        return self.web.post(f"{OA}/token", body=body.encode(), headers=sent)

    def token(self, **given: str | None) -> str:
        answer = self.exchange(self.code(**given))
        self.assertEqual(answer.status, 200, answer.text)
        return str(answer.json()["access_token"])

    def shown(self, token: str, **query: str) -> Any:
        return self.web.get(f"{TOKENS}/{token}" + (f"?{urlencode(query)}" if query else ""))

    def rows(self, text: str) -> list[Any]:
        return list(done(self.cloud.store.read("rows", lambda tx: tx.all(text))))

    def assert_refused(self, answer: Any, code: str | None = None) -> None:
        """400 with the reason, and no way on."""
        self.assertEqual(answer.status, 400, answer.text)
        self.assertEqual(answer.json()["error"], "generic_error")
        self.assertTrue(answer.json()["exception"])
        self.assertTrue(answer.headers["content-type"].startswith("application/json"))
        self.assertNotIn("location", answer.headers)
        if code is not None:
            self.assertEqual(answer.json()["error_code"], code)


class CodeTests(OAuthCase):
    def test_a_trusted_client_gets_a_code(self) -> None:
        """AST-164: with the state as it was given, also an empty one."""
        self.browser.sign_in()
        for state in ("abc&d=é", ""):
            target = self.ask(state=state).headers["location"]
            self.assertTrue(target.startswith(BACK + "?"), target)
            query = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
            self.assertEqual(query["state"], state)
            self.assertTrue(query["code"])
        self.assertNotIn("state=", self.ask().headers["location"])
        kept = self.ask(redirect_uri=BACK + "/o?version=3").headers["location"]
        self.assertTrue(kept.startswith(BACK + "/o?version=3&code="))

    def test_an_untrusted_client_needs_consent(self) -> None:
        """AST-165: the question as JSON or as a page; the code only after the own form."""
        self.client("strange")
        self.browser.sign_in()
        answer = self.ask(client_id="strange", scope="/a b", state="s")
        self.assertEqual(answer.status, 200)
        self.assertEqual(
            answer.json(),
            {"client": "strange", "redirect_uri": BACK, "scope": "/a", "state": "s"},
        )
        query = urlencode(
            {"response_type": "code", "client_id": "strange", "redirect_uri": BACK, "state": ""}
        )
        path = f"{OA}/auth?{query}"
        self.browser.headers["Accept"] = "text/html"
        page = self.browser.get(path)
        self.assertIn("strange", page.text)
        self.assertIn("files.example.org", page.text)
        self.assertIn("form-action 'self' https:", page.headers["content-security-policy"])
        fields = {"response_type": "code", "client_id": "strange", "redirect_uri": BACK}
        self.assertEqual(self.browser.post(f"{OA}/auth", fields).status, 403)
        self.assertEqual(self.rows("select * from oauth_codes"), [])
        given = self.browser.submit(f"{OA}/auth", {**fields, "state": ""}, form=path)
        self.assertEqual(given.status, 302, given.text)
        self.assertTrue(given.headers["location"].startswith(BACK + "?code="))
        self.assertTrue(given.headers["location"].endswith("&state="))

    def test_nobody_is_sent_to_sign_in_and_back(self) -> None:
        """AST-166: also to new terms, and also from the consent's form."""
        answer = self.ask(state="s")
        self.assertEqual(answer.status, 302)
        self.assertTrue(answer.headers["location"].startswith("/astakos/ui/login?next="))
        page = self.browser.get(answer.headers["location"])
        next_ = unquote(answer.headers["location"].partition("next=")[2])
        self.assertEqual(page.status, 200)
        back = self.browser.sign_in(next=next_)
        self.assertEqual(back.status, 302)
        again = self.browser.get(back.headers["location"])
        self.assertTrue(again.headers["location"].startswith(BACK + "?code="), again.text)
        done(self.cloud.identity.administration.add_terms("/srv/terms.html", "Be kind."))
        self.assertIn("/approval_terms?next=", self.ask().headers["location"])
        stranger = Browser(self.web, headers=dict(TLS))
        fields = {"response_type": "code", "client_id": "files", "redirect_uri": BACK}
        sent = stranger.post(f"{OA}/auth", fields)
        self.assertEqual(sent.status, 302)
        self.assertIn("/login?next=/astakos/oauth2/auth%3F", sent.headers["location"])

    def test_wrong_requests_lead_nowhere(self) -> None:
        """AST-167, identity.md 5: 400 and no redirect, whoever asks."""
        self.client("two", BACK, "https://other.example.org/")
        self.browser.sign_in()
        for browser in (self.browser, Browser(self.web, headers=dict(TLS))):
            for given in (
                {"response_type": None},
                {"response_type": "token"},
                {"client_id": None},
                {"client_id": "nobody"},
                {"client_id": "a\x00b"},
                {"redirect_uri": "/view"},
                {"redirect_uri": "https://evil.example.org/view"},
                {"redirect_uri": BACK + "x"},
                {"redirect_uri": BACK + "/" + "a" * 5000},
                {"redirect_uri": BACK + "/../x"},
                {"redirect_uri": BACK + "/%2e%2E/x"},
                {"redirect_uri": BACK + "/%252e%252e/x"},
                {"redirect_uri": BACK + "/a\\b"},
                {"redirect_uri": BACK + "/a#b"},
                {"redirect_uri": BACK + "/\r\nX: y"},
                {"redirect_uri": "javascript:alert(1)"},
                {"client_id": "two", "redirect_uri": None},
                {"client_id": "own", "redirect_uri": None},
                {"client_id": "own", "redirect_uri": "https://evil.example.org/pithos/ui/view/a"},
                {"code_challenge": "a" * 43},
                {"code_challenge": "a", "code_challenge_method": "S256"},
                {"code_challenge": "a" * 43, "code_challenge_method": "plain"},
            ):
                self.assert_refused(self.ask(browser, **given))

    def test_addresses_match_exactly_or_below(self) -> None:
        """AST-173: a slash begins what may follow; a URL with a query has nothing below it."""
        self.client("queried", BACK + "?a=1", trusted=True)
        self.browser.sign_in()
        for address in (BACK, BACK + "/", BACK + "/a/c/o%20x?version=2"):
            self.assertEqual(self.ask(redirect_uri=address).status, 302, address)
        for address in (BACK + "?a=1", BACK + "ed", BACK.upper(), BACK.replace("https", "http")):
            self.assert_refused(self.ask(redirect_uri=address))
        given = {"client_id": "queried"}
        self.assertEqual(self.ask(redirect_uri=BACK + "?a=1", **given).status, 302)
        self.assert_refused(self.ask(redirect_uri=BACK + "?a=1/b", **given))

    def test_the_own_pages_are_a_client_below_their_path(self) -> None:
        """identity.md 2.11: without a row, at the address by which the daemon is reached, and
        redeemed by nobody outside."""
        base = "https://cloud.example.org"
        self.browser.sign_in()
        back = f"{base}/pithos/ui/view/a/c/o"
        answer = self.ask(client_id="own", redirect_uri=back)
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
        self.assert_refused(self.exchange(code, basic=None, client_id="own", redirect_uri=back))
        self.assert_refused(self.exchange(code, basic="own:", redirect_uri=back))
        granted = done(self.oauth.redeem("own", code, back))
        self.assertEqual(self.shown(granted.token).status, 200)
        with self.assertRaises(Malformed):
            done(self.oauth.redeem("files", self.code(), BACK))

    def test_plain_http_is_refused(self) -> None:
        """AST-168: TLS, or a trusted proxy's word for it; else only within this machine."""
        self.browser.sign_in()
        code = self.code()
        self.browser.headers = {}
        self.assert_refused(self.ask())
        self.assert_refused(self.exchange(code, headers={"X-Forwarded-Proto": "http"}))
        stranger = web(self.cloud)
        answer = stranger.get(f"{OA}/auth?client_id=files&response_type=code", headers=TLS)
        self.assert_refused(answer)
        lying = web(self.cloud, host="localhost")
        self.assert_refused(lying.get(f"{OA}/auth?client_id=files&response_type=code"))
        here = web(self.cloud, host="localhost:8080", peer="127.0.0.1")
        answer = here.get(f"{OA}/auth?client_id=files&response_type=code")
        self.assertEqual(answer.status, 302)
        proxy = {"X-Forwarded-For": "192.0.2.9"}
        answer = here.get(f"{OA}/auth?client_id=files&response_type=code", headers=proxy)
        self.assert_refused(answer)
        named = web(self.cloud, peer="127.0.0.1")
        self.assert_refused(named.get(f"{OA}/auth?client_id=files&response_type=code"))


class TokenTests(OAuthCase):
    def test_a_code_opens_once(self) -> None:
        """AST-169: for a Bearer token and its seconds."""
        code = self.code()
        answer = self.exchange(code)
        self.assertEqual(answer.status, 200)
        body = answer.json()
        self.assertEqual(set(body), {"access_token", "token_type", "expires_in"})
        self.assertEqual((body["token_type"], body["expires_in"]), ("Bearer", 20))
        self.assertIn("no-store", answer.headers["cache-control"])
        self.assert_refused(self.exchange(code), "invalid_grant")

    def test_clients_have_to_prove_themselves(self) -> None:
        """AST-170, identity.md 5: HTTP Basic; client, code and address have to agree."""
        self.client("other", trusted=True, secret="another long secret")
        self.client("public", kind="public", trusted=True)
        code = self.code()
        for wrong in (
            {"basic": None},
            {"basic": None, "client_id": "files"},
            {"basic": None, "client_id": "files", "client_secret": SECRET},
            {"basic": "files:wrong"},
            {"basic": "files"},
            {"basic": ":" + SECRET},
            {"basic": "nobody:" + SECRET},
            {"basic": "other:another long secret"},
            {"client_id": "other"},
            {"redirect_uri": BACK + "/x"},
            {"redirect_uri": None},
            {"redirect_uri": "nonsense"},
            {"grant_type": "password"},
            {"grant_type": None},
            {"code": "x"},
            {"code": ""},
            {"kind": "application/json"},
            {"kind": ""},
        ):
            options: dict[str, Any] = dict(wrong)
            self.assert_refused(self.exchange(options.pop("code", code), **options))
        for header in ("Basic", "Basic !!", "Bearer x", "basic\tx", "Basic /w=="):
            answer = self.exchange(code, basic=None, headers={"Authorization": header})
            self.assert_refused(answer)
        self.assert_refused(self.exchange(code, basic=None, client_id="public"))
        kind = "application/x-www-form-urlencoded; charset=UTF-8"
        same = "HTTPS://FILES.example.org:443/view"
        answer = self.exchange(code, kind=kind, redirect_uri=same)
        self.assertEqual(answer.status, 200, answer.text)
        wrong_way = self.web.get(f"{OA}/token", headers=TLS)
        self.assertEqual((wrong_way.status, wrong_way.headers["allow"]), (405, "POST"))
        code = self.code(client_id="public")
        answer = self.exchange(code, basic=None, client_id="public")
        self.assertEqual(answer.status, 200, answer.text)
        self.assert_refused(
            self.exchange(self.code(client_id="public"), basic="public:x", client_id="public")
        )

    def test_the_default_address_need_not_be_named_again(self) -> None:
        """identity.md 2.11: with one registered address, neither request has to name it."""
        code = self.code(redirect_uri=None)
        self.assertEqual(self.exchange(code, redirect_uri=None).status, 200)

    def test_codes_last_for_a_minute(self) -> None:
        """AST-174"""
        code = self.code()
        self.cloud.clock.advance(59)
        self.assertEqual(self.exchange(code).status, 200)
        code = self.code()
        self.cloud.clock.advance(60)
        self.assert_refused(self.exchange(code), "invalid_grant")
        self.assertEqual(self.rows("select * from oauth_codes"), [])

    def test_tokens_last_for_seconds(self) -> None:
        """AST-171, AST-030: used again until then; deleted when they are looked at later."""
        token = self.token()
        self.cloud.clock.advance(19)
        for _ in range(2):
            self.assertEqual(self.shown(token).status, 200)
        self.cloud.clock.advance(1)
        self.assertEqual(len(self.rows("select * from oauth_tokens")), 1)
        self.assertEqual(self.shown(token).status, 404)
        self.assertEqual(self.rows("select * from oauth_tokens"), [])
        self.token()
        self.code()
        self.cloud.clock.advance(3600)
        self.assertEqual(done(self.oauth.sweep()), 2)

    def test_a_token_tells_whose_it_is(self) -> None:
        """AST-030, AST-032, AST-033: unauthenticated, also as XML; API tokens are unknown here,
        and what is known here signs nobody in."""
        token = self.token(scope="/a/c/o")
        answer = self.shown(token)
        access = answer.json()["access"]
        self.assertEqual(set(access), {"token", "user"})
        self.assertEqual(set(access["token"]), {"id", "expires", "tenant"})
        self.assertEqual(access["token"]["tenant"], {"id": self.ada.id, "name": "Ada Byron"})
        self.assertEqual(set(access["user"]), {"id", "name", "roles", "roles_links"})
        self.assertEqual(access["user"]["id"], self.ada.id)
        xml = self.web.get(f"{TOKENS}/{token}?format=xml")
        self.assertIn(f'<user id="{self.ada.id}"', xml.text)
        self.assertNotIn("serviceCatalog", xml.text)
        api = done(self.cloud.identity.tokens.issue_api(self.ada.id))[0]
        for other in (api, v3_token(self.web), "x", "a/b", "x" * 10_000, "%00"):
            self.assertIn(self.shown(other).status, (400, 404) if "%" in other else (404,))
        for body in (
            {"auth": {"token": {"id": token}}},
            {"auth": {"passwordCredentials": {"username": self.ada.id, "password": token}}},
        ):
            self.assertEqual(self.web.post(TOKENS, json=body).status, 401)
        self.assertEqual(self.web.get("/astakos/account/v1.0/quotas", token=token).status, 401)

    def test_a_token_is_for_its_scope(self) -> None:
        """AST-031, AST-172: what begins with it, cut where a name ends; without a scope it is
        the address, of several the first."""
        token = self.token(scope="/a/c/o /b")
        self.assertEqual(self.shown(token, belongsTo="/a/c/o").status, 200)
        self.assertEqual(self.shown(token, belongsTo="/a/c/o/p").status, 200)
        self.assertEqual(self.shown(token, belongsTo="/a/c/o?v=1").status, 200)
        for other in ("/a/c/op", "/a/c", "/b", ""):
            self.assertEqual(self.shown(token, belongsTo=other).status, 404, other)
        token = self.token()
        self.assertEqual(self.shown(token, belongsTo=BACK + "/x").status, 200)
        self.assertEqual(self.shown(token, belongsTo=BACK + "x").status, 404)
        self.assertTrue(covers("/a/", "/a/b"))

    def test_tokens_end_with_what_they_came_from(self) -> None:
        """AST-134: signing out, renewing, inactivity and new terms end codes and tokens."""
        sessions = self.cloud.identity.sessions

        def sign_out() -> None:
            self.browser.submit("/logout", {})

        def renew() -> None:
            (session, *_) = done(sessions.listing(self.ada.id))
            done(sessions.renew(session))

        def leave() -> None:
            done(self.cloud.identity.users.modify(self.ada.id, UserChanges(active=False)))

        for end in (sign_out, renew, leave):
            self.browser = Browser(self.web, headers=dict(TLS))
            token, code = self.token(), self.code()
            self.assertEqual(self.shown(token).status, 200)
            end()
            self.assertEqual(self.shown(token).status, 404, end.__name__)
            self.assert_refused(self.exchange(code))

    def test_a_challenge_binds_a_code_to_who_asked(self) -> None:
        """identity.md 6.5: PKCE, method S256."""
        verifier = "v" * 50
        made = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(made).decode().rstrip("=")
        code = self.code(code_challenge=challenge, code_challenge_method="S256")
        self.assert_refused(self.exchange(code), "invalid_grant")
        self.assert_refused(self.exchange(code, code_verifier="w" * 50), "invalid_grant")
        self.assertEqual(self.exchange(code, code_verifier=verifier).status, 200)

    def test_only_digests_are_stored(self) -> None:
        """AST-222: neither codes, tokens nor secrets can be read."""
        code, token = self.code(), self.token()
        stored = repr(
            [
                self.rows(f"select * from {name}")
                for name in ("oauth_codes", "oauth_tokens", "oauth_clients")
            ]
        )
        for secret in (code, token, SECRET):
            self.assertNotIn(secret, stored)

    def test_clients_are_registered_with_care(self) -> None:
        """identity.md 2.11, 3.1: what could never be sent back to is refused."""
        made = self.client("made", BACK, BACK)
        self.assertGreaterEqual(len(made.secret), 43)
        self.assertEqual(made.urls, (BACK,))
        for name, options in (
            ("a b", {}),
            ("", {}),
            ("weak", {"secret": "short"}),
            ("kind", {"kind": "odd"}),
            ("openly", {"kind": "public", "secret": SECRET}),
        ):
            with self.assertRaises(Malformed):
                self.client(name, **options)
        for url in ("/x", "javascript:alert(1)", "https://u@h/", BACK + "#a", "x" * 5001):
            with self.assertRaises(Malformed):
                self.client("bad", url)
        for name in ("files", "own"):
            with self.assertRaises(AlreadyExists):
                self.client(name)
