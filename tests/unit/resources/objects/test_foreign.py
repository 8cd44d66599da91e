"""What people have stored, shown by a browser on the host where people are signed in."""

import hmac
from urllib.parse import quote

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, PITHOS, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

PAGE = b"<script>fetch('/astakos/identity/v3/auth/tokens')</script>"
HTML = "text/html; charset=utf-8"


class ForeignPages(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.store("c/page.html", PAGE, Content_Type=HTML)
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Read": ".r:*,.rlistings"})
        self.here = f"{PITHOS}/{ALICE}/c/page.html"

    def assertHarmless(self, answer: Answer, scripts: bool = False) -> None:
        """No origin of ours, no guessing of types; scripts only where they are said to run."""
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        policy = answer.headers["content-security-policy"].partition(";")[0].split()
        self.assertEqual(policy[0], "sandbox")
        self.assertNotIn("allow-same-origin", policy)
        self.assertEqual("allow-scripts" in policy, scripts)

    def test_a_page_has_no_origin_of_ours_however_it_is_read(self) -> None:
        """(PIT-222) By strangers and by links that carry somebody else's token or signature."""
        text = f"GET\n1800000000\n/v1/AUTH_{ALICE}/c/page.html".encode()
        self.web.post(SWIFT, headers={"X-Account-Meta-Temp-URL-Key": "k"})
        signature = hmac.new(b"k", text, "sha256").hexdigest()
        published = {"X-Object-Public": "true"}
        self.assertEqual(self.web.post(f"{self.here}?update=", headers=published).status, 202)
        link = self.web.head(self.here).headers["x-object-public"]
        signed = f"{SWIFT}/c/page.html?temp_url_sig={signature}&temp_url_expires=1800000000"
        for path, token in (
            (f"{SWIFT}/c/page.html", "alice"),
            (f"{SWIFT}/c/page.html", ""),
            (f"{signed}&inline", ""),
            (self.here, "alice"),
            (f"{self.here}?X-Auth-Token=alice", ""),
            (f"{self.here}?X-Auth-Token=alice&disposition-type=inline", ""),
            (link.removeprefix("http://cloud.example.org"), ""),
        ):
            for headers in ({}, {"Range": "bytes=0-10"}, {"Range": "bytes=0-1,3-4"}):
                answer = self.web.get(path, token=token, headers=headers)
                self.assertEqual(answer.status, 206 if headers else 200, path)
                self.assertHarmless(answer)
            self.assertHarmless(self.web.head(path, token=token))

    def test_neither_do_the_answers_beside_them(self) -> None:
        """(PIT-222) Listings, refusals and unchanged pages, whose words hold what people wrote."""
        tag = self.web.get(f"{SWIFT}/c/page.html", token="").headers["etag"]
        for path in (f"{SWIFT}/c", f"{SWIFT}/c/{quote('<script>')}", f"{SWIFT}/{quote('<b>')}/o"):
            self.assertHarmless(self.web.get(path, token=""))
        for path in (f"{PITHOS}/{ALICE}/c", f"{PITHOS}/{ALICE}/{quote('<script>')}"):
            self.assertHarmless(self.web.get(f"{path}?X-Auth-Token=alice&format=xml", token=""))
        unchanged = {"If-None-Match": tag}
        for path in (f"{SWIFT}/c/page.html", self.here):
            answer = self.web.get(path, headers=unchanged)
            self.assertEqual(answer.status, 304)
            self.assertHarmless(answer)

    def test_who_stores_a_page_cannot_free_it(self) -> None:
        """(PIT-222) A policy of the uploader's own is no header that objects keep."""
        own = {"Content-Security-Policy": "none", "X-Content-Type-Options": "sniff"}
        wire = {"Content-Type": HTML, **own}
        self.assertEqual(self.web.put(f"{SWIFT}/c/free", body=PAGE, headers=wire).status, 201)
        self.assertEqual(self.web.post(f"{SWIFT}/c/free", headers=own).status, 202)
        self.assertHarmless(self.web.get(f"{SWIFT}/c/free", token=""))

    def test_a_site_runs_its_scripts_elsewhere(self) -> None:
        """(PIT-222) Static web: in an origin that is nobody's."""
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Meta-Web-Index": "page.html"})
        for path in ("c/", "c/page.html"):
            self.assertHarmless(self.web.get(f"{SWIFT}/{path}", token=""), scripts=True)
        self.assertHarmless(self.web.get(f"{SWIFT}/c/page.html"))
