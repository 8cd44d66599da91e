"""Parts of objects written anew, and trees of objects, through the Pithos mount."""

import hashlib

from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, PITHOS, Cloud

HERE = f"{PITHOS}/{ALICE}"


class Updates(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")
        self.upload("c/o", b"0123456789", {"X-Object-Meta-A": "1"})

    def post(self, where: str | None, body: bytes | None = b"", **more: str) -> Answer:
        headers = {"Content-Type": "application/octet-stream"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        if where is not None:
            headers["Content-Range"] = where
        return self.web.post(f"{HERE}/c/o?update", body=body, headers=headers)

    def data(self) -> bytes:
        return self.web.get(f"{HERE}/c/o").body

    def test_bytes_are_overwritten_and_appended(self) -> None:
        """PIT-170, PIT-173: all four forms; type, UUID and metadata stay with `update`."""
        before = self.web.head(f"{HERE}/c/o").headers
        answer = self.post("bytes 2-4/*", b"abc")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertEqual(self.data(), b"01abc56789")
        self.assertEqual(answer.headers["etag"], hashlib.sha256(b"01abc56789").hexdigest())
        after = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual(answer.headers["x-object-version"], after["x-object-version"])
        for name in ("x-object-uuid", "content-type", "x-object-meta-a"):
            self.assertEqual(after[name], before[name])
        self.post("bytes 0-0/10", b"X")
        self.post("bytes 9-/*", b"YZ")
        self.post("bytes */*", b"!")
        self.assertEqual(self.data(), b"X1abc5678YZ!")

    def test_without_update_the_metadata_is_replaced(self) -> None:
        """PIT-173."""
        headers = {"Content-Type": "application/octet-stream", "Content-Range": "bytes */*"}
        self.web.post(f"{HERE}/c/o", body=b"!", headers=headers)
        self.assertNotIn("x-object-meta-a", self.web.head(f"{HERE}/c/o").headers)

    def test_ranges_that_make_no_sense_are_refused(self) -> None:
        """PIT-170, PIT-171, PIT-172."""
        for where, body, status in (
            (None, b"x", 400),
            ("bytes 5-4/*", b"x", 416),
            ("bytes x-y/*", b"x", 416),
            ("items 0-1/2", b"x", 416),
            ("bytes 11-11/*", b"x", 416),
            ("bytes 0-0/9", b"x", 416),
            ("bytes 9-10/10", b"xx", 416),
            ("bytes 0-4/*", b"x", 400),
            ("bytes 0-4/*", None, 411),
        ):
            self.assertEqual(self.post(where, body).status, status, where)
        self.assertEqual(self.data(), b"0123456789")
        self.assertEqual(
            self.web.post(
                f"{HERE}/c/none",
                body=b"x",
                headers={"Content-Type": "application/octet-stream", "Content-Range": "bytes */*"},
            ).status,
            404,
        )

    def test_the_object_is_cut(self) -> None:
        """PIT-175, PIT-176."""
        answer = self.post("bytes 0-0/*", b"X", X_Object_Bytes="4")
        self.assertEqual(self.data(), b"X123")
        self.assertEqual(answer.headers["etag"], hashlib.sha256(b"X123").hexdigest())
        self.post("bytes 0-0/*", b"Y", X_Object_Bytes="100")
        self.assertEqual(self.data(), b"Y123")
        for size in ("-1", "abc"):
            answer = self.post("bytes 0-0/*", b"Z", X_Object_Bytes=size)
            self.assertEqual(answer.status, 400)

    def test_bytes_come_from_another_object(self) -> None:
        """PIT-174, PIT-177, PIT-178."""
        self.upload("c/s", b"abcdef")
        self.assertEqual(self.post("bytes 1-3/*", b"", X_Source_Object="/c/s").status, 204)
        self.assertEqual(self.data(), b"0abc456789")
        self.assertEqual(self.post("bytes */*", b"", X_Source_Object="/c/s").status, 204)
        self.assertEqual(self.data(), b"0abc456789abcdef")
        for source, where, status in (
            ("c/s", "bytes 0-1/*", 400),
            ("/c", "bytes 0-1/*", 400),
            ("/c/none", "bytes 0-1/*", 404),
            ("/c/s", "bytes 0-9/*", 400),
        ):
            answer = self.post(where, b"", X_Source_Object=source)
            self.assertEqual(answer.status, status, source)
        serial = self.web.get(f"{HERE}/c/o?version=list").json()["versions"][0][0]
        answer = self.post(
            "bytes 0-/*",
            b"",
            X_Source_Object="/c/o",
            X_Source_Version=str(serial),
            X_Object_Bytes="10",
        )
        self.assertEqual((answer.status, self.data()), (204, b"0123456789"))

    def test_only_touched_blocks_change(self) -> None:
        """PIT-178."""
        self.upload("c/o", b"a" * BLOCK + b"b" * BLOCK)
        before = self.web.get(f"{HERE}/c/o?hashmap").json()["hashes"]
        self.post(f"bytes {BLOCK}-{BLOCK}/*", b"X")
        after = self.web.get(f"{HERE}/c/o?hashmap").json()["hashes"]
        self.assertEqual((before[0], len(after)), (after[0], 2))
        self.assertNotEqual(before[1], after[1])

    def test_writers_who_share_may_update(self) -> None:
        """PIT-180, PIT-181, PIT-182."""
        answer = self.post("bytes */*", b"!", If_Match="x")
        self.assertEqual(answer.status, 412)
        self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Sharing": f"write={BOB}"})
        headers = {"Content-Type": "application/octet-stream", "Content-Range": "bytes */*"}
        for token, more, status in (
            ("bob", {}, 204),
            ("carol", {}, 403),
            ("bob", {"X-Object-Sharing": "read=*"}, 403),
            ("bob", {"X-Object-Public": "true"}, 403),
        ):
            answer = self.web.post(
                f"{HERE}/c/o?update", body=b"!", headers={**headers, **more}, token=token
            )
            self.assertEqual(answer.status, status, more)
        self.assertEqual(self.data(), b"0123456789!")


class Trees(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")
        for name in ("d", "d/1", "d/e/2", "d2", "x"):
            self.upload(f"c/{name}", name.encode())

    def names(self) -> list[str]:
        return self.web.get(f"{HERE}/c").text.split()

    def test_a_folder_is_deleted_with_all_below(self) -> None:
        """PIT-196, PIT-162."""
        self.assertEqual(self.web.delete(f"{HERE}/c/none?delimiter=/").status, 404)
        self.assertEqual(self.web.delete(f"{HERE}/c/d?delimiter=/").status, 204)
        self.assertEqual(self.names(), ["d2", "x"])

    def test_a_folder_is_copied_and_moved_with_all_below(self) -> None:
        """PIT-160, PIT-162."""
        headers = {"Destination": "/c/f", "X-Object-Meta-A": "1"}
        answer = self.web.request("COPY", f"{HERE}/c/d?delimiter=/", headers=headers)
        self.assertEqual(answer.status, 201)
        self.assertEqual(self.names(), ["d", "d/1", "d/e/2", "d2", "f", "f/1", "f/e/2", "x"])
        first = self.web.head(f"{HERE}/c/f").headers
        self.assertEqual(first["x-object-version"], answer.headers["x-object-version"])
        self.assertEqual(first["x-object-meta-a"], "1")
        self.assertNotIn("x-object-meta-a", self.web.head(f"{HERE}/c/f/1").headers)
        move = {"X-Move-From": "/c/d", "Content-Length": "0"}
        self.assertEqual(self.web.put(f"{HERE}/c/g?delimiter=/", headers=move).status, 201)
        self.assertEqual(self.names(), ["d2", "f", "f/1", "f/e/2", "g", "g/1", "g/e/2", "x"])
        self.assertEqual(self.web.get(f"{HERE}/c/g/e/2").body, b"d/e/2")

    def test_a_folder_goes_into_itself_once(self) -> None:
        """PIT-165, PIT-157."""
        headers = {"Destination": "/c/d/in"}
        self.assertEqual(
            self.web.request("COPY", f"{HERE}/c/d?delimiter=/", headers=headers).status, 201
        )
        self.assertEqual(
            self.names(),
            ["d", "d/1", "d/e/2", "d/in", "d/in/1", "d/in/e/2", "d2", "x"],
        )
        uuid = self.web.head(f"{HERE}/c/x").headers["x-object-uuid"]
        here = {"Destination": "/c/x", "X-Object-Meta-A": "1"}
        self.assertEqual(self.web.request("MOVE", f"{HERE}/c/x", headers=here).status, 201)
        found = self.web.get(f"{HERE}/c/x")
        self.assertEqual((found.body, found.headers["x-object-uuid"]), (b"x", uuid))

    def test_a_tree_is_copied_whole_or_not_at_all(self) -> None:
        """PIT-161."""
        self.web.post(f"{HERE}/c?update", headers={"X-Container-Policy-Quota": "12"})
        before = self.names()
        answer = self.web.request(
            "COPY", f"{HERE}/c/d?delimiter=/", headers={"Destination": "/c/f"}
        )
        self.assertEqual((answer.status, self.names()), (413, before))

    def test_the_past_of_an_object_is_purged(self) -> None:
        """PIT-195, PIT-198."""
        self.upload("c/x", b"again")
        versions = self.web.get(f"{HERE}/c/x?version=list").json()["versions"]
        self.assertEqual(self.web.delete(f"{HERE}/c/x?until=1600000000").status, 204)
        self.assertEqual(self.web.get(f"{HERE}/c/x").body, b"again")
        self.assertEqual(len(versions), 2)
        self.assertEqual(self.web.delete(f"{HERE}/c/x?until=99999999999").status, 204)
        self.assertEqual(self.web.get(f"{HERE}/c/x?version=list").status, 404)
        self.assertEqual(self.web.delete(f"{HERE}/c/x?until=99999999999").status, 404)
