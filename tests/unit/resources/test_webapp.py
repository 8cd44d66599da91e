"""The built web application, as browsers get it."""

from __future__ import annotations

import gzip
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from synnefod.assembly.doors import told
from synnefod.config import Config
from synnefod.resources import webapp
from synnefod.resources.root import tree
from tests.harness.web import WebClient

PAGE = b"<!doctype html><title>page</title>"
SCRIPT = b"console.log('x');" * 100


class Built(SynchronousTestCase):
    def setUp(self) -> None:
        folder = Path(self.mktemp())
        (folder / "assets").mkdir(parents=True)
        (folder / "index.html").write_bytes(PAGE)
        (folder / "assets" / "a-1234.js").write_bytes(SCRIPT)
        (folder / "assets" / "a-1234.js.gz").write_bytes(gzip.compress(SCRIPT))
        (folder / "assets" / "a-1234.js.br").write_bytes(b"pressed")
        app = webapp.WebApp(webapp.built(folder), {"service_name": "Somewhere"})
        self.web = WebClient(tree([], {"/ui": app}))

    def test_the_page_is_asked_for_each_time_and_guarded(self) -> None:
        """UI-296: no foreign host may give it anything."""
        answer = self.web.get("/ui/")
        self.assertEqual(answer.body, PAGE)
        self.assertEqual(answer.headers["cache-control"], "no-cache")
        policy = answer.headers["content-security-policy"]
        for rule in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
            self.assertIn(rule, policy)
        script = next(part for part in policy.split("; ") if part.startswith("script-src"))
        self.assertNotIn("unsafe-inline", script)
        self.assertNotIn("'unsafe-eval'", script)
        self.assertEqual(answer.headers["referrer-policy"], "no-referrer")

    def test_an_unchanged_page_is_not_sent_again(self) -> None:
        tag = self.web.get("/ui/").headers["etag"]
        answer = self.web.get("/ui/", headers={"If-None-Match": tag})
        self.assertEqual((answer.status, answer.body), (304, b""))

    def test_an_address_of_the_application_answers_its_page(self) -> None:
        self.assertEqual(self.web.get("/ui/servers/7/overview").body, PAGE)

    def test_a_file_with_a_hash_in_its_name_is_kept_for_ever(self) -> None:
        answer = self.web.get("/ui/assets/a-1234.js")
        self.assertEqual(answer.body, SCRIPT)
        self.assertIn("immutable", answer.headers["cache-control"])
        self.assertEqual(answer.headers["content-type"], "text/javascript; charset=utf-8")

    def test_a_file_that_is_gone_is_not_answered_with_the_page(self) -> None:
        self.assertEqual(self.web.get("/ui/assets/old-1.js").status, 404)

    def test_the_best_coding_that_the_client_takes_is_sent(self) -> None:
        def coding(accepted: str) -> str | None:
            answer = self.web.get("/ui/assets/a-1234.js", headers={"Accept-Encoding": accepted})
            return answer.headers.get("content-encoding")

        self.assertEqual(coding("gzip, br"), "br")
        self.assertEqual(coding("gzip, br;q=0"), "gzip")
        self.assertIsNone(coding("deflate"))

    def test_head_tells_the_length_and_no_body(self) -> None:
        answer = self.web.request("HEAD", "/ui/assets/a-1234.js")
        self.assertEqual(answer.headers["content-length"], str(len(SCRIPT)))

    def test_a_change_is_refused(self) -> None:
        self.assertEqual(self.web.request("POST", "/ui/servers").status, 405)

    def test_the_mount_without_its_slash_leads_to_it(self) -> None:
        self.assertEqual(self.web.get("/ui").headers["location"], "/ui/")

    def test_the_page_is_told_its_settings(self) -> None:
        answer = self.web.get("/ui/config.json")
        self.assertEqual(answer.json(), {"service_name": "Somewhere"})
        self.assertIn("etag", answer.headers)


class Absent(SynchronousTestCase):
    def test_without_a_build_a_text_says_so(self) -> None:
        app = webapp.WebApp(webapp.built(Path(self.mktemp())), told(Config()))
        web = WebClient(tree([], {"/ui": app}))
        self.assertIn("has not been built", web.get("/ui/").text)
        self.assertEqual(web.get("/ui/").status, 200)
        self.assertEqual(web.get("/ui/servers").status, 404)
        self.assertEqual(web.get("/ui/config.json").json()["service_name"], "Synnefo")
