"""Objects in browsers: identity and storage together, through both doors."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.services import OWN_CLIENTS
from synnefod.blocks.memory import MemoryBlocks
from synnefod.common.threads import InlineThreads
from synnefod.identity.interface.life import LifeSettings
from synnefod.mail.memory import MemoryMailer
from synnefod.objects.parts import Parts
from synnefod.objects.service import ObjectStore
from synnefod.resources.identity.mounts import identity_mounts
from synnefod.resources.objects.mounts import mounts
from synnefod.resources.objects.pithos.view import CLIENT, COOKIE, PATH
from synnefod.resources.root import tree
from tests.harness.browser import Browser
from tests.harness.cloud import done, in_memory
from tests.harness.web import WebClient

PITHOS = "/pithos/object-store/v1"
HOST = "https://cloud.example.org"


class ViewTests(SynchronousTestCase):
    def setUp(self) -> None:
        settings = LifeSettings(HOST + "/astakos/ui", moderation=False)
        self.cloud = in_memory(life=settings, mailer=MemoryMailer(), own_clients=OWN_CLIENTS)
        rooms = self.cloud.identity
        parts = Parts(
            self.cloud.store,
            MemoryBlocks(),
            self.cloud.ledger,
            rooms,
            InlineThreads(),
            self.cloud.clock,
        )
        objects = ObjectStore(parts)
        done(objects.prepare())
        found = identity_mounts(
            rooms,
            rooms,
            self.cloud.projects,
            self.cloud.registry,
            self.cloud.commissions,
            rooms.rights,
            self.cloud.clock,
            life=rooms.life,
            people=rooms.administration,
            sessions=rooms.sessions,
            oauth=rooms.oauth,
        )
        root = tree([*found, *mounts(objects, rooms, "1", oauth=rooms.oauth)])
        self.web = WebClient(root, clock=self.cloud.clock, proxies=("192.0.2.7",))
        self.ada = done(self.cloud.person())
        self.bob = done(self.cloud.person("bob@example.org"))
        token, _ = done(rooms.tokens.issue_api(self.ada.id))
        self.token = token
        for path in ("/docs", "/docs/a%20b/é.html"):
            answer = self.web.put(
                f"{PITHOS}/{self.ada.id}{path}",
                token=token,
                body=b"<b>hi</b>" if path != "/docs" else b"",
                headers={"Content-Type": "text/html"},
            )
            self.assertEqual(answer.status, 201, answer.text)
        self.page = f"{PATH}/{self.ada.id}/docs/a%20b/%C3%A9.html"
        self.browser = Browser(self.web, headers={"X-Forwarded-Proto": "https"})
        self.view_cookie = ""

    def get(self, target: str, **headers: str) -> Any:
        """One step; the cookie of the view pages has a path of its own."""
        target = target.removeprefix(HOST)
        if target.startswith(PATH) and self.view_cookie:
            self.browser.cookies[COOKIE] = self.view_cookie
        answer = self.browser.get(target, **headers)
        self.browser.cookies.pop(COOKIE, None)
        for part in answer.headers.get("set-cookie", "").split(", "):
            name, _, rest = part.partition("=")
            if name == COOKIE:
                self.view_cookie = rest.partition(";")[0]
        return answer

    def follow(self, target: str, most: int = 12, **headers: str) -> Any:
        """Where a browser ends up; `self.steps` are the addresses on its way."""
        self.steps = []
        for _ in range(most):
            self.steps.append(target)
            answer = self.get(target, **headers)
            if answer.status != 302:
                return answer
            target = answer.headers["location"]
        raise AssertionError(self.steps)

    def test_the_flow_ends_with_the_object(self) -> None:
        """PIT-233, AST-164: code, token, and the object as this user reads it."""
        self.browser.sign_in()
        answer = self.follow(self.page)
        self.assertEqual((answer.status, answer.body), (200, b"<b>hi</b>"))
        asked = parse_qs(urlsplit(self.steps[1]).query)
        self.assertTrue(self.steps[1].startswith(f"{HOST}/astakos/oauth2/auth?"))
        self.assertEqual(asked["client_id"], [CLIENT])
        self.assertEqual(asked["redirect_uri"], [HOST + self.page])
        self.assertEqual(asked["scope"], [self.page.removeprefix(PATH)])
        self.assertIn("code=", self.steps[2])
        self.assertIn("state=", self.steps[2])
        self.assertIn("access_token=", self.steps[3])
        self.assertNotIn("code=", self.steps[3])
        self.assertIn("sandbox", answer.headers["content-security-policy"])
        self.assertEqual(answer.headers["referrer-policy"], "no-referrer")
        self.assertTrue(answer.headers["content-type"].startswith("text/html"))
        self.assertEqual(self.view_cookie, "")

    def test_it_reads_as_any_object_is_read(self) -> None:
        """PIT-233: ranges, maps and versions; other parameters are kept on the way."""
        self.browser.sign_in()
        answer = self.follow(self.page, Range="bytes=3-4")
        self.assertEqual((answer.status, answer.body), (206, b"hi"))
        answer = self.follow(self.page + "?hashmap&format=json&x=1%262")
        self.assertEqual(answer.json()["bytes"], 9)
        self.assertIn("x=1%262", self.steps[-1])
        serial = self.follow(self.page).headers["x-object-version"]
        self.assertEqual(self.follow(self.page + f"?version={serial}").body, b"<b>hi</b>")
        answer = self.follow(self.page + "?version=999999")
        self.assertEqual(answer.status, 404)
        self.assertTrue(answer.headers["content-type"].startswith("text/html"))

    def test_strangers_sign_in_on_the_way(self) -> None:
        """AST-166, PIT-233: and see a page when the object is not theirs, or not there."""
        first = self.get(self.page)
        login = self.get(first.headers["location"])
        self.assertIn("/astakos/ui/login?next=", login.headers["location"])
        self.browser.sign_in("bob@example.org")
        answer = self.follow(self.page)
        self.assertEqual(answer.status, 403)
        self.assertTrue(answer.headers["content-type"].startswith("text/html"))
        answer = self.follow(f"{PATH}/{self.bob.id}/none/there")
        self.assertEqual(answer.status, 404)
        self.assertIn("<h1>", answer.text)
        for path in ("", "/x", f"/{self.bob.id}/c", f"/{self.bob.id}/c/"):
            self.assertIn(self.get(PATH + path).status, (400, 404))

    def test_a_token_opens_its_object_for_a_moment(self) -> None:
        """AST-171, AST-031, PIT-233: afterwards, and elsewhere, the flow begins again."""
        self.browser.sign_in()
        self.follow(self.page)
        opened = self.steps[-1]
        self.assertEqual(self.get(opened).status, 200)
        other = opened.replace("%C3%A9.html", "other")
        self.assertEqual(self.get(other).headers["location"], other.partition("?")[0])
        self.cloud.clock.advance(20)
        answer = self.get(opened + "&x=1")
        self.assertEqual(answer.headers["location"], self.page + "?x=1")
        self.assertEqual(self.follow(opened).status, 200)
        for wrong in ("", "x", self.token):
            answer = self.get(f"{self.page}?access_token={wrong}")
            self.assertEqual(answer.headers["location"], self.page)

    def test_only_what_was_asked_for_is_redeemed(self) -> None:
        """object-storage.md 4.8: the state is this browser's; a used code is a refusal."""
        self.browser.sign_in()
        self.follow(self.page)
        back = self.steps[2]
        self.assertEqual(self.get(back).status, 403)
        first = self.get(self.page)
        back = self.get(first.headers["location"]).headers["location"]
        for forged in (back.replace("state=", "state=x"), back.partition("&state=")[0]):
            self.assertEqual(self.get(forged).status, 403)
        kept, self.view_cookie = self.view_cookie, ""
        self.assertEqual(self.get(back).status, 403)
        self.view_cookie = kept
        self.assertEqual(self.get(back).status, 302)
        self.assertEqual(self.get(back).status, 403)

    def test_nobody_goes_round_for_ever(self) -> None:
        """object-storage.md 4.8: after three rounds without an object there is a page."""
        self.browser.sign_in()
        for _ in range(3):
            self.assertEqual(self.get(self.page).status, 302)
        answer = self.get(self.page)
        self.assertEqual(answer.status, 403)
        self.assertTrue(answer.headers["content-type"].startswith("text/html"))
