"""Pages of other origins (object-storage.md 5.13)."""

from tests.unit.resources.objects.cloud import SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

GOOD, BAD = "https://good.example.org", "https://bad.example.org"
META = "X-Container-Meta-Access-Control-"


class Origins(SwiftCloud):
    def allow(self, origins: str) -> None:
        headers = {
            META + "Allow-Origin": origins,
            META + "Max-Age": "60",
            META + "Expose-Headers": "X-Extra",
        }
        self.assertEqual(self.web.post(f"{SWIFT}/c", headers=headers).status, 204)

    def test_a_preflight_needs_no_token(self) -> None:
        """Object-storage.md 5.13: allowed origins and methods, else 401."""
        self.allow(f"http://x {GOOD}")
        asked = {
            "Origin": GOOD,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Headers": "x-auth-token",
        }
        for path in ("c", "c/o"):
            answer = self.web.request("OPTIONS", f"{SWIFT}/{path}", token="", headers=asked)
            self.assertEqual(answer.status, 200)
            headers = answer.headers
            self.assertEqual(headers["access-control-allow-origin"], GOOD)
            self.assertIn("Origin", headers["vary"])
            self.assertIn("PUT", headers["access-control-allow-methods"])
            self.assertEqual(headers["access-control-allow-headers"], "x-auth-token")
            self.assertEqual(headers["access-control-max-age"], "60")
            self.assertNotIn("access-control-expose-headers", headers)
        for wrong in ({"Origin": BAD}, {"Access-Control-Request-Method": "BREW"}):
            answer = self.web.request("OPTIONS", f"{SWIFT}/c", token="", headers={**asked, **wrong})
            self.assertEqual(answer.status, 401)
        plain = self.web.request("OPTIONS", f"{SWIFT}/c/o", token="")
        self.assertEqual(plain.status, 200)
        self.assertEqual(plain.headers["allow"], "COPY, DELETE, GET, HEAD, OPTIONS, POST, PUT")

    def test_the_page_may_read_the_answer(self) -> None:
        """Object-storage.md 5.13."""
        self.store("c/o", X_Object_Meta_A="1")
        self.allow(GOOD)
        headers = self.web.get(f"{SWIFT}/c/o", headers={"Origin": GOOD}).headers
        self.assertEqual(headers["access-control-allow-origin"], GOOD)
        exposed = headers["access-control-expose-headers"].split(", ")
        for name in ("etag", "x-timestamp", "x-object-meta-a", "x-extra"):
            self.assertIn(name, exposed)
        bad = self.web.get(f"{SWIFT}/c/o", headers={"Origin": BAD})
        self.assertEqual(bad.status, 200)
        self.assertNotIn("access-control-allow-origin", bad.headers)
        self.allow("*")
        headers = self.web.get(f"{SWIFT}/c/o", headers={"Origin": BAD}).headers
        self.assertEqual(headers["access-control-allow-origin"], "*")
