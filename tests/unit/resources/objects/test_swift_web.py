"""Containers shown as web sites (object-storage.md 5.14)."""

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud


class Sites(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.rules(**{"X-Container-Read": ".r:*,.rlistings"})
        self.store("c/index.html", b"<p>top</p>")
        self.store("c/dir/index.html", b"<p>dir</p>")
        self.store("c/only/a%3Cb", b"x")
        self.store("c/404oops", b"nothing here")

    def rules(self, **headers: str) -> None:
        wire = {name.replace("_", "-"): value for name, value in headers.items()}
        self.assertEqual(self.web.post(f"{SWIFT}/c", headers=wire).status, 204)

    def get(self, path: str, **headers: str) -> Answer:
        return self.web.get(f"{SWIFT}/{path}", token="", headers=headers)

    def test_index_pages_stand_for_folders(self) -> None:
        self.rules(X_Container_Meta_Web_Index="index.html")
        for path, body in (("c/", b"<p>top</p>"), ("c/dir/", b"<p>dir</p>")):
            answer = self.get(path)
            self.assertEqual((answer.status, answer.body), (200, body))
            self.assertIn("sandbox", answer.headers["content-security-policy"])
            self.assertNotIn("allow-same-origin", answer.headers["content-security-policy"])
        self.assertEqual(self.get("c/index.html").body, b"<p>top</p>")

    def test_a_folder_without_slash_is_sent_on(self) -> None:
        self.rules(X_Container_Meta_Web_Index="index.html")
        for path in ("c", "c/dir", "c/only"):
            answer = self.get(path)
            self.assertEqual(answer.status, 301, path)
            self.assertTrue(answer.headers["location"].endswith(f"{SWIFT}/{path}/"))
        self.assertEqual(self.get("c/none").status, 404)
        self.store("c/mark", b"", Content_Type="application/directory")
        self.store("c/mark/x")
        self.assertEqual(self.get("c/mark").status, 301)

    def test_listings_are_for_people(self) -> None:
        self.rules(X_Container_Meta_Web_Listings="true", X_Container_Meta_Web_Listings_Css="s.css")
        top = self.get("c/")
        self.assertEqual(top.headers["content-type"], "text/html; charset=UTF-8")
        self.assertIn(b'<a href="./dir/">dir/</a>', top.body)
        self.assertNotIn(b"dir/index.html", top.body)
        self.assertIn(b'href="s.css"', top.body)
        inside = self.get("c/only/")
        self.assertIn(b'<a href="./a%3Cb">a&lt;b</a>', inside.body)
        self.assertIn(b'href="../s.css"', inside.body)
        self.rules(X_Container_Meta_Web_Listings_Label="<Files>")
        self.assertIn(b"Listing of &lt;Files&gt;/only/", self.get("c/only/").body)

    def test_who_may_not_list_sees_no_listing(self) -> None:
        self.rules(X_Container_Meta_Web_Listings="true", X_Container_Read=".r:*")
        self.assertEqual(self.get("c/").status, 401)
        self.rules(X_Container_Read="*:bob")
        self.assertEqual(self.get("c/index.html").status, 401)

    def test_the_site_has_its_own_error_pages(self) -> None:
        self.rules(X_Container_Meta_Web_Index="none.html", X_Container_Meta_Web_Error="oops")
        for path in ("c/none", "c/"):
            answer = self.get(path)
            self.assertEqual((answer.status, answer.body), (404, b"nothing here"), path)
        self.store("c/401oops", b"go away")
        self.rules(X_Container_Read="*:bob")
        self.assertEqual(self.get("c/index.html").status, 401)

    def test_people_with_a_token_get_the_api(self) -> None:
        """Unless X-Web-Mode says otherwise; without rules nobody gets a site."""
        self.rules(X_Container_Meta_Web_Index="index.html")
        self.assertIn("dir/index.html", self.web.get(f"{SWIFT}/c/").text)
        answer = self.web.get(f"{SWIFT}/c/", headers={"X-Web-Mode": "true"})
        self.assertEqual(answer.body, b"<p>top</p>")
        self.rules(X_Remove_Container_Meta_Web_Index="x")
        self.assertIn("dir/index.html", self.get("c/").text)
