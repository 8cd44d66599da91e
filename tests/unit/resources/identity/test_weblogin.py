"""Tokens for programs through a browser, and what old pages and clients ask for."""

from __future__ import annotations

import configparser
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from synnefod.identity.interface.life import LifeSettings
from synnefod.mail.memory import MemoryMailer
from synnefod.resources.identity.browser import BrowserSettings
from tests.harness.browser import Browser
from tests.harness.cloud import PASSWORD, done, in_memory, web

LOGIN = "/astakos/weblogin/login"
UI = "/astakos/ui"
QUOTAS = "/astakos/account/v1.0/quotas"
NEXT = "pithos://localhost:1234/back?old=1"


class ProgramCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.start()

    def start(self, browsers: BrowserSettings | None = None, **options: Any) -> None:
        settings = LifeSettings("https://cloud.example.org" + UI, moderation=False)
        self.cloud = in_memory(life=settings, mailer=MemoryMailer())
        self.web = web(self.cloud, browsers=browsers, **options)
        self.ada = done(self.cloud.person())
        self.browser = Browser(self.web)

    def login(self, next: str = NEXT, **given: str) -> Any:
        return self.browser.get(f"{LOGIN}?{urlencode({'next': next, **given})}")

    def handed(self, answer: Any) -> dict[str, str]:
        """What the program is told."""
        self.assertEqual(answer.status, 302, answer.text)
        target = answer.headers["location"]
        self.assertTrue(target.startswith("pithos://localhost:1234/back?"), target)
        found = parse_qs(target.partition("?")[2], keep_blank_values=True)
        return {name: value for name, (value,) in found.items()}

    def works(self, token: str) -> bool:
        return bool(self.web.get(QUOTAS, token=token).status == 200)


class WebLoginTests(ProgramCase):
    def test_a_program_is_handed_a_token(self) -> None:
        """AST-152, AST-155: the query of `next` is replaced; the token is fresh, and labelled."""
        self.browser.sign_in()
        found = self.handed(self.login(state="x y"))
        self.assertEqual(set(found), {"uuid", "token", "state"})
        self.assertEqual((found["uuid"], found["state"]), (self.ada.id, "x y"))
        self.assertTrue(self.works(found["token"]))
        again = self.handed(self.login())
        self.assertNotEqual(again["token"], found["token"])
        self.assertTrue(self.works(found["token"]))
        (label,) = {
            row[0]
            for row in done(
                self.cloud.store.read(
                    "labels", lambda tx: tx.all("select label from tokens where session is null")
                )
            )
        }
        self.assertEqual(label, "weblogin")

    def test_only_programs_are_handed_one(self) -> None:
        """AST-153, identity.md 5: 400 without `next`; 403 for what is no program's address."""
        self.browser.sign_in()
        for path in (LOGIN, LOGIN + "?next="):
            answer = self.browser.get(path)
            self.assertEqual(answer.status, 400)
            self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        for target in (
            "http://localhost/",
            "https://localhost/",
            "HTTP://localhost/",
            "javascript:alert(1)",
            "//evil.example.org",
            "/ui/",
            "pithos",
            "pithosx://a",
            "pithos://a\r\nX: y",
            "pithos://a b",
            "pithos://[a",
            "pithos://é",
            "pithos://" + "a" * 5000,
        ):
            answer = self.login(target)
            self.assertEqual(answer.status, 403, target)
            self.assertNotIn("location", answer.headers)
            self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        self.assertEqual(self.web.post(LOGIN).status, 405)
        self.assertEqual(self.login("PITHOSDEV://host/path#part").status, 302)
        self.start(BrowserSettings(schemes=("kept",), hosts=("localhost",)))
        self.browser.sign_in()
        self.assertEqual(self.login("kept://LOCALHOST/x").status, 302)
        self.assertEqual(self.login("kept://elsewhere/x").status, 403)
        self.assertEqual(self.login("pithos://localhost/x").status, 403)
        policy = self.browser.get("/logout").headers["content-security-policy"]
        self.assertTrue(policy.endswith("form-action 'self' https: kept:"), policy)

    def test_others_sign_in_first_and_come_back(self) -> None:
        """AST-154: to the sign-in page, to new terms, and on to the program."""
        answer = self.login(state="s")
        self.assertEqual(answer.status, 302)
        self.assertTrue(answer.headers["location"].startswith(f"{UI}/login?next="))
        here = unquote(answer.headers["location"].partition("next=")[2])
        back = self.browser.sign_in(next=here)
        found = self.handed(self.browser.get(back.headers["location"]))
        self.assertEqual(found["state"], "s")
        done(self.cloud.identity.administration.add_terms("/srv/terms.html", "Be kind."))
        target = self.login().headers["location"]
        self.assertTrue(target.startswith(f"{UI}/approval_terms?next="))
        page = self.browser.get(target)
        self.assertIn(f'name="next" value="{LOGIN}?next=pithos', page.text)

    def test_renewing_ends_every_other_token_and_session(self) -> None:
        """AST-134, AST-155: `renew` with an empty value; this browser stays signed in."""
        other = Browser(self.web)
        other.sign_in()
        self.browser.sign_in()
        old = self.handed(self.login())["token"]
        self.handed(self.login(renew="1"))
        self.assertTrue(self.works(old))
        answer = self.login(renew="")
        fresh = self.handed(answer)["token"]
        self.assertFalse(self.works(old))
        self.assertTrue(self.works(fresh))
        self.assertEqual(other.script("/ui/session_token").status, 401)
        self.assertEqual(self.browser.script("/ui/session_token").status, 200)
        self.assertTrue(self.works(unquote(self.browser.cookies["_pithos2_a"]).partition("|")[2]))

    def test_force_signs_out_first(self) -> None:
        """AST-155: once; the way back does not do it again."""
        self.browser.sign_in()
        self.handed(self.login(force="1"))
        answer = self.login(force="", state="s")
        self.assertEqual(answer.status, 302)
        self.assertNotIn("synnefo_session", self.browser.cookies)
        here = unquote(answer.headers["location"].partition("next=")[2])
        self.assertNotIn("force", parse_qs(urlsplit(here).query, keep_blank_values=True))
        back = self.browser.sign_in(next=here)
        self.handed(self.browser.get(back.headers["location"]))


class OldPagesTests(ProgramCase):
    def test_the_bar_of_all_pages(self) -> None:
        """AST-157, AST-158, UI-004: who is signed in and where to go, as JSON or as a call."""
        (only,) = self.browser.get(f"{UI}/get_menu").json()
        self.assertEqual(only, {"url": f"http://cloud.example.org{UI}/login", "name": "Sign in"})
        self.browser.sign_in()
        menu = self.browser.get(f"{UI}/get_menu?location=ui").json()
        self.assertEqual(menu[0]["name"], "ada@example.org")
        self.assertTrue(menu[0]["is_active"])
        self.assertEqual(menu[-1]["url"], f"http://cloud.example.org{UI}/logout")
        answer = self.browser.get(f"{UI}/get_menu?callback=cloud.bar")
        self.assertTrue(answer.headers["content-type"].startswith("application/javascript"))
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertTrue(answer.text.startswith("/**/cloud.bar("))
        self.assertEqual(len(json.loads(answer.text[len("/**/cloud.bar(") : -1])), 3)
        for name in ("get_menu", "get_services"):
            for callback in ("alert(1)", "a-b", "", "a" * 65, "a.", "é"):
                query = urlencode({"callback": callback})
                self.assertEqual(self.browser.get(f"{UI}/{name}?{query}").status, 400, callback)

    def test_the_services_in_their_order(self) -> None:
        """AST-157, UI-004: this daemon's, components with pages, and what the settings add."""
        self.start(components={"pithos": {"order": 0, "dashboard": {"description": "Store"}}})
        people = self.cloud.identity.administration
        done(people.add_component("wiki", None, "https://wiki.example.org/"))
        done(people.add_component("hidden", None, None))
        rows = self.browser.get(f"{UI}/get_services").json()
        names = [row["name"] for row in rows]
        self.assertEqual(names, ["pithos", "astakos", "cyclades", "wiki"])
        self.assertEqual(rows[3]["url"], "https://wiki.example.org/")
        first = rows[0]
        self.assertEqual(
            set(first), {"name", "url", "order", "verbose_name", "cloudbar", "dashboard"}
        )
        self.assertEqual(first["dashboard"]["description"], "Store")
        self.assertEqual(set(first["dashboard"]), {"show", "order", "description"})
        self.assertEqual(set(first["cloudbar"]), {"show", "title"})
        called = self.browser.get(f"{UI}/get_services?callback=f").text
        self.assertEqual(json.loads(called.removeprefix("/**/f(")[:-1]), rows)

    def test_a_configuration_for_the_command_line(self) -> None:
        """AST-159: with a token of its own, shown this once."""
        self.assertEqual(self.browser.get(f"{UI}/.kamakirc").status, 302)
        self.browser.sign_in()
        answer = self.browser.get(f"{UI}/.kamakirc")
        self.assertEqual(answer.headers["content-type"], "text/plain; charset=UTF-8")
        self.assertEqual(answer.headers["content-disposition"], 'attachment; filename=".kamakirc"')
        found = configparser.ConfigParser()
        found.read_string(answer.text)
        name = found["global"]["default_cloud"]
        cloud = found[f'cloud "{name}"']
        self.assertEqual(cloud["url"], "http://cloud.example.org/astakos/identity/v2.0")
        self.assertTrue(self.works(cloud["token"]))
        body = {"auth": {"token": {"id": cloud["token"]}}}
        path = urlsplit(cloud["url"]).path + "/tokens"
        self.assertEqual(self.web.post(path, json=body).status, 200)
        stored = done(self.cloud.store.read("all", lambda tx: tx.all("select * from tokens")))
        self.assertNotIn(cloud["token"], repr(stored))
        self.assertNotIn(PASSWORD, answer.text)
