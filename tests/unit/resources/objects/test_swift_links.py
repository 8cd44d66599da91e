"""Links between objects on the Swift mount (object-storage.md 5.14)."""

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, BOB, SWIFT
from tests.unit.resources.objects.test_swift import MD5, SwiftCloud

LINK, STATIC = "X-Symlink-Target", "X-Symlink-Target-Etag"
BOBS = f"/swift/v1/AUTH_{BOB}"


class Links(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.store("c/a%20b", X_Object_Meta_A="1", Content_Type="a/b")

    def link(self, name: str, target: str, status: int = 201, **headers: str) -> Answer:
        wire = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.web.put(f"{SWIFT}/{name}", body=b"", headers={LINK: target, **wire})
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def test_a_link_is_read_as_its_target(self) -> None:
        self.link("c/l", "c/a%20b")
        for method in ("GET", "HEAD"):
            answer = self.web.request(method, f"{SWIFT}/c/l")
            self.assertEqual((answer.status, answer.headers["etag"]), (200, MD5))
            self.assertEqual(answer.headers["content-location"], f"{SWIFT}/c/a%20b")
            self.assertEqual(answer.headers["x-object-meta-a"], "1")
            self.assertNotIn("x-symlink-target", answer.headers)
        part = self.web.get(f"{SWIFT}/c/l", headers={"Range": "bytes=1-2"})
        self.assertEqual((part.status, part.body), (206, b"at"))
        itself = self.web.get(f"{SWIFT}/c/l?symlink=get")
        self.assertEqual((itself.body, itself.headers["x-symlink-target"]), (b"", "c/a%20b"))
        self.assertEqual(itself.headers["content-type"], "application/symlink")
        listed = self.web.get(f"{SWIFT}/c?format=json").json()
        self.assertEqual(listed[1]["symlink_path"], f"{SWIFT}/c/a%20b")

    def test_too_many_hops_and_ends_that_are_not_there(self) -> None:
        for name, target in (("c/1", "c/a%20b"), ("c/2", "c/1"), ("c/3", "c/2"), ("c/0", "c/none")):
            self.link(name, target)
        for name, status, target in (("2", 200, "a%20b"), ("3", 409, "a%20b"), ("0", 404, "none")):
            answer = self.web.get(f"{SWIFT}/c/{name}")
            self.assertEqual(answer.status, status, name)
            self.assertEqual(answer.headers["content-location"], f"{SWIFT}/c/{target}")
        self.assertEqual(self.web.get(f"{SWIFT}/c/3?symlink=get").status, 200)

    def test_a_static_link_holds_what_it_was_made_for(self) -> None:
        self.link("c/l", "c/a%20b", status=409, **{STATIC: "0" * 32})
        self.link("c/l", "c/none", status=409, **{STATIC: MD5})
        self.link("c/l", "c/a%20b", **{STATIC: MD5})
        self.assertEqual(self.web.get(f"{SWIFT}/c/l").body, b"data")
        entry = self.web.get(f"{SWIFT}/c?format=json").json()[1]
        self.assertEqual((entry["symlink_etag"], entry["symlink_bytes"]), (MD5, 4))
        self.assertEqual(entry["content_type"], "a/b")
        self.store("c/a%20b", b"other")
        self.assertEqual(self.web.get(f"{SWIFT}/c/l").status, 409)

    def test_nonsense_is_refused(self) -> None:
        for target, status in (("c", 412), ("/c/", 412), ("c/o?x=y", 412), ("c/l", 400)):
            self.link("c/l", target, status=status)
        body = self.web.put(f"{SWIFT}/c/l", body=b"x", headers={LINK: "c/o"})
        self.assertEqual(body.status, 400)
        self.link("c/l", "c/o", status=412, **{"X-Symlink-Target-Account": "a/b"})

    def test_a_post_changes_the_link(self) -> None:
        self.link("c/l", "c/a%20b")
        answer = self.web.post(f"{SWIFT}/c/l", headers={"X-Object-Meta-B": "2"})
        self.assertEqual((answer.status, answer.headers["location"]), (307, f"{SWIFT}/c/a%20b"))
        itself = self.web.head(f"{SWIFT}/c/l?symlink=get").headers
        self.assertEqual((itself["x-object-meta-b"], itself["x-symlink-target"]), ("2", "c/a%20b"))
        self.assertNotIn("x-object-meta-b", self.web.head(f"{SWIFT}/c/l").headers)

    def test_a_copy_is_of_the_target_or_of_the_link(self) -> None:
        """Object-storage.md 5.6."""
        self.link("c/l", "c/a%20b")
        for query, kind in (("", "a/b"), ("?symlink=get", "application/symlink")):
            headers = {"Destination": "c/copy"}
            answer = self.web.request("COPY", f"{SWIFT}/c/l{query}", headers=headers)
            self.assertEqual(answer.status, 201, answer.body)
            copied = self.web.head(f"{SWIFT}/c/copy?symlink=get").headers
            self.assertEqual(copied["content-type"], kind)
            self.assertEqual(self.web.get(f"{SWIFT}/c/copy").body, b"data")

    def test_deleting_or_writing_over_it_leaves_the_target(self) -> None:
        self.link("c/l", "c/a%20b")
        self.store("c/l", b"mine")
        self.assertEqual(self.web.get(f"{SWIFT}/c/l").body, b"mine")
        self.link("c/l", "c/a%20b")
        self.assertEqual(self.web.delete(f"{SWIFT}/c/l").status, 204)
        self.assertEqual(self.web.get(f"{SWIFT}/c/a%20b").body, b"data")

    def test_a_link_gives_no_rights(self) -> None:
        """Each hop is read with the asker's own rights."""
        self.web.put(f"{BOBS}/b", token="bob")
        headers = {LINK: "c/a%20b", "X-Symlink-Target-Account": f"AUTH_{ALICE}"}
        self.web.put(f"{BOBS}/b/l", body=b"", headers=headers, token="bob")
        self.assertEqual(self.web.get(f"{BOBS}/b/l", token="bob").status, 403)
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Read": "*:bob"})
        self.assertEqual(self.web.get(f"{BOBS}/b/l", token="bob").body, b"data")
