"""Static large objects: put, checked, read, shown, copied, deleted (object-storage.md 5.10)."""

import base64
import hashlib
import json
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from synnefod.common.errors import Malformed, TooLarge
from synnefod.resources.objects import static
from synnefod.resources.objects.static import Segment
from tests.harness.web import Answer
from tests.unit.resources.objects.cloud import ALICE, PITHOS, SWIFT
from tests.unit.resources.objects.test_swift import SwiftCloud

ONE, TWO = "f97c5d29941bfb1b2fdab0874906ab82", "b8a9f715dbb64fd5c56e7783c6820a61"
WHOLE = "2111c0ee5f1706682c57410673830fb3"
RANGED = "cae80040c654079d391f079794ce835e"


class Manifests(SynchronousTestCase):
    def test_etags_are_those_of_the_contract(self) -> None:
        """Object-storage.md 5.12, the vectors."""
        one, two = Segment("/c/1", 3, ONE), Segment("/c/2", 3, TWO)
        self.assertEqual(static.etag_of([one, two]), WHOLE)
        part = Segment("/c/1", 3, ONE, part=(0, 1))
        self.assertEqual(static.etag_of([part, two]), RANGED)

    def test_what_is_stored_comes_back(self) -> None:
        segments = [
            Segment("/c/é", 3, ONE, "text/plain", "2026-01-01T00:00:00.000000", (0, 1), True),
            Segment(data=b"\x00\xff"),
        ]
        self.assertEqual(static.loaded(static.stored(segments)), segments)

    def test_ranges_are_resolved(self) -> None:
        for text, part in (
            ("0-1", (0, 1)),
            ("1-", (1, 2)),
            ("-2", (1, 2)),
            ("0-99", None),
            ("-99", None),
            ("0-", None),
            (None, None),
        ):
            self.assertEqual(static.part_of(text, 3), part, text)
        self.assertRaises(ValueError, static.part_of, "3-", 3)

    def test_every_wrong_segment_is_named(self) -> None:
        """Object-storage.md 5.10: one line for each index."""
        bad: list[Any] = [
            7,
            {"path": "/c"},
            {"path": "/c/o", "size_bytes": 0},
            {"path": "/c/o", "size_bytes": "x"},
            {"path": "/c/o", "size_bytes": True},
            {"path": "/c/o", "etag": 1},
            {"path": "/c/o", "range": "2-1"},
            {"path": "/c/o", "range": "-0"},
            {"path": "/c/o", "other": 1},
            {"data": "%%"},
            {"data": ""},
            {"data": 3},
            {"data": "YQ==", "path": "/c/o"},
        ]
        error = self.assertRaises(Malformed, static.wanted, json.dumps(bad).encode())
        lines = error.message.split("\n")
        self.assertEqual([line.split(":")[0] for line in lines], [f"Index {n}" for n in range(13)])

    def test_what_is_no_manifest_is_refused(self) -> None:
        for raw in (b"", b"{", b"{}", b"[]", b'[{"data": "YQ=="}]', b"\xff"):
            self.assertRaises(Malformed, static.wanted, raw)
        many = json.dumps([{"path": "/c/o"}] * 1001).encode()
        self.assertRaises(TooLarge, static.wanted, many)


class Static(SwiftCloud):
    def setUp(self) -> None:
        super().setUp()
        self.store("c/s/1", b"one")
        self.store("c/s/2", b"two")

    def manifest(self, path: str, *entries: Any, status: int = 201, **headers: str) -> Answer:
        wire = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{SWIFT}/{path}?multipart-manifest=put"
        answer = self.web.put(url, body=json.dumps(entries).encode(), headers=wire)
        self.assertEqual(answer.status, status, answer.body)
        return answer

    def usual(self, path: str = "c/big", **headers: str) -> Answer:
        return self.manifest(
            path,
            {"path": "/c/s/1", "etag": ONE, "size_bytes": 3},
            {"path": "c/s/2", "etag": None, "size_bytes": "3"},
            **headers,
        )

    def test_the_whole_is_its_segments(self) -> None:
        """Object-storage.md 5.10: content, size, ETag, listing, the container's bytes."""
        made = self.usual(Content_Type="a/b", X_Object_Meta_A="1")
        self.assertEqual(made.headers["etag"], f'"{WHOLE}"')
        for answer in (self.web.get(f"{SWIFT}/c/big"), self.web.head(f"{SWIFT}/c/big")):
            self.assertEqual(answer.status, 200)
            headers = answer.headers
            self.assertEqual(headers["etag"], f'"{WHOLE}"')
            self.assertEqual(headers["content-length"], "6")
            self.assertEqual(headers["content-type"], "a/b")
            self.assertEqual(headers["x-static-large-object"], "True")
            self.assertEqual(headers["x-object-meta-a"], "1")
        self.assertEqual(self.web.get(f"{SWIFT}/c/big").body, b"onetwo")
        listed = self.web.get(f"{SWIFT}/c?format=json&prefix=big").json()
        self.assertEqual((listed[0]["bytes"], listed[0]["slo_etag"]), (6, f'"{WHOLE}"'))
        used = int(self.web.head(f"{SWIFT}/c").headers["x-container-bytes-used"])
        raw = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get").body
        self.assertEqual(used, 6 + len(raw))

    def test_ranges_and_conditions_are_about_the_whole(self) -> None:
        self.usual()
        url = f"{SWIFT}/c/big"
        part = self.web.get(url, headers={"Range": "bytes=2-3"})
        self.assertEqual((part.status, part.body), (206, b"et"))
        self.assertEqual(part.headers["content-range"], "bytes 2-3/6")
        self.assertEqual(self.web.get(url, headers={"Range": "bytes=4-"}).body, b"wo")
        self.assertEqual(self.web.get(url, headers={"Range": "bytes=6-"}).status, 416)
        self.assertEqual(self.web.get(url, headers={"If-None-Match": f'"{WHOLE}"'}).status, 304)
        self.assertEqual(self.web.get(url, headers={"If-Match": ONE}).status, 412)

    def test_the_manifest_is_shown_in_both_words(self) -> None:
        self.usual()
        answer = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get")
        self.assertEqual(answer.headers["content-type"], "application/json; charset=utf-8")
        self.assertEqual(answer.headers["x-static-large-object"], "True")
        self.assertEqual(answer.headers["etag"], hashlib.md5(answer.body).hexdigest())
        first = answer.json()[0]
        self.assertEqual((first["name"], first["bytes"], first["hash"]), ("/c/s/1", 3, ONE))
        self.assertEqual(set(first), {"name", "bytes", "hash", "content_type", "last_modified"})
        raw = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get&format=raw")
        self.assertEqual(raw.json()[1], {"path": "/c/s/2", "etag": TWO, "size_bytes": 3})
        again = self.web.put(f"{SWIFT}/c/again?multipart-manifest=put", body=raw.body)
        self.assertEqual(again.headers["etag"], f'"{WHOLE}"')

    def test_parts_of_segments_and_data_in_the_manifest(self) -> None:
        """PIT-241: ranges, data segments, nesting."""
        answer = self.manifest("c/ranged", {"path": "/c/s/1", "range": "0-1"}, {"path": "/c/s/2"})
        self.assertEqual(answer.headers["etag"], f'"{RANGED}"')
        self.assertEqual(self.web.get(f"{SWIFT}/c/ranged").body, b"ontwo")
        dash = base64.b64encode(b"--").decode()
        self.manifest(
            "c/nested", {"path": "/c/ranged", "range": "1-3"}, {"data": dash}, {"path": "/c/s/1"}
        )
        self.assertEqual(self.web.get(f"{SWIFT}/c/nested").body, b"ntw--one")
        part = self.web.get(f"{SWIFT}/c/nested", headers={"Range": "bytes=2-6"})
        self.assertEqual(part.body, b"w--on")

    def test_one_part_by_its_number(self) -> None:
        self.usual()
        part = self.web.get(f"{SWIFT}/c/big?part-number=2")
        self.assertEqual((part.status, part.body), (206, b"two"))
        self.assertEqual(part.headers["content-range"], "bytes 3-5/6")
        self.assertEqual(part.headers["x-parts-count"], "2")
        self.assertEqual(
            self.web.head(f"{SWIFT}/c/big?part-number=1").headers["content-length"], "3"
        )
        self.assertEqual(self.web.get(f"{SWIFT}/c/big?part-number=3").status, 416)
        for bad in ("0", "x", "-1"):
            self.assertEqual(self.web.get(f"{SWIFT}/c/big?part-number={bad}").status, 400)
        both = self.web.get(f"{SWIFT}/c/big?part-number=1", headers={"Range": "bytes=0-1"})
        self.assertEqual(both.status, 400)

    def test_what_is_wrong_with_the_segments_is_told(self) -> None:
        """Object-storage.md 5.10: 400 with quoted names and reasons, in the asked format."""
        self.store("c/empty", b"")
        answer = self.manifest(
            "c/big",
            {"path": "/c/none é"},
            {"path": "/c/s/1", "size_bytes": 4},
            {"path": "/c/s/1", "etag": TWO},
            {"path": "/c/s/1", "range": "7-"},
            {"path": "/c/empty"},
            {"path": "/c/s/2"},
            status=400,
            Accept="application/json",
        )
        self.assertEqual(
            answer.json()["Errors"],
            [
                ["/c/none%20%C3%A9", "404 Not Found"],
                ["/c/s/1", "Size Mismatch"],
                ["/c/s/1", "Etag Mismatch"],
                ["/c/s/1", "Unsatisfiable Range"],
                ["/c/empty", "Too small; each segment must be at least 1 byte."],
            ],
        )
        text = self.manifest("c/big", {"path": "/c/none"}, status=400)
        self.assertIn(b"/c/none, 404 Not Found", text.body)
        xml = self.manifest("c/big", {"path": "/c/none"}, status=400, Accept="text/xml")
        self.assertIn(b"<upload><errors><object><name>/c/none</name>", xml.body)
        self.assertEqual(self.web.head(f"{SWIFT}/c/big").status, 404)
        self.manifest("c/big", {"path": "/c/big"}, status=400)
        self.manifest("c/big", {"path": "/c/s/1"}, status=422, ETag="0" * 32)
        self.manifest("c/big", {"path": "/c/s/1"}, status=400, X_Object_Manifest="c/s/")
        lines = self.manifest("c/big", {"path": "x"}, 7, status=400).text
        self.assertIn("Index 0", lines)
        self.assertIn("Index 1", lines)
        huge = self.web.put(
            f"{SWIFT}/c/big?multipart-manifest=put", body=b" " * (8 * 1024 * 1024 + 1)
        )
        self.assertEqual(huge.status, 413)

    def test_a_segment_that_changed_is_not_served(self) -> None:
        """Object-storage.md 5.10: 409 if it is the first, else the connection breaks off."""
        self.usual()
        self.store("c/s/1", b"ONE")
        self.assertEqual(self.web.get(f"{SWIFT}/c/big").status, 409)
        self.store("c/s/1", b"one")
        self.web.delete(f"{SWIFT}/c/s/2")
        part = self.web.get(f"{SWIFT}/c/big", headers={"Range": "bytes=0-2"})
        self.assertEqual(part.body, b"one")
        self.web.delete(f"{SWIFT}/c/s/1")
        self.assertEqual(self.web.get(f"{SWIFT}/c/big").status, 409)

    def test_post_keeps_it_and_plain_data_ends_it(self) -> None:
        self.usual()
        self.web.post(f"{SWIFT}/c/big", headers={"X-Object-Meta-B": "2"})
        headers = self.web.head(f"{SWIFT}/c/big").headers
        self.assertEqual(
            (headers["x-static-large-object"], headers["content-length"]), ("True", "6")
        )
        self.store("c/big", b"plain")
        answer = self.web.get(f"{SWIFT}/c/big")
        self.assertEqual(answer.body, b"plain")
        self.assertNotIn("x-static-large-object", answer.headers)
        self.usual()
        pithos = self.web.put(
            f"{PITHOS}/{ALICE}/c/big", body=b"there", headers={"Content-Type": "a/b"}
        )
        self.assertEqual(pithos.status, 201)
        self.assertEqual(self.web.get(f"{SWIFT}/c/big").body, b"there")

    def test_a_copy_is_the_content_or_the_manifest(self) -> None:
        """Object-storage.md 5.6, 5.10."""
        self.usual(X_Object_Meta_A="1")
        self.web.request("COPY", f"{SWIFT}/c/big", headers={"Destination": "c/plain"})
        answer = self.web.get(f"{SWIFT}/c/plain")
        self.assertEqual((answer.body, answer.headers["x-object-meta-a"]), (b"onetwo", "1"))
        self.assertEqual(answer.headers["etag"], hashlib.md5(b"onetwo").hexdigest())
        self.assertNotIn("x-static-large-object", answer.headers)
        self.web.request(
            "COPY",
            f"{SWIFT}/c/big?multipart-manifest=get",
            headers={"Destination": "c/twin"},
        )
        self.assertEqual(self.web.head(f"{SWIFT}/c/twin").headers["etag"], f'"{WHOLE}"')
        self.store("c/dlo", b"", X_Object_Manifest="c/s/")
        self.web.request("COPY", f"{SWIFT}/c/dlo", headers={"Destination": "c/joined"})
        joined = self.web.get(f"{SWIFT}/c/joined")
        self.assertEqual(joined.body, b"onetwo")
        self.assertNotIn("x-object-manifest", joined.headers)

    def test_a_range_of_an_object_is_copied(self) -> None:
        """Object-storage.md 5.6: partial copy, new MD5."""
        self.store("c/o", b"0123456789")
        answer = self.web.request(
            "COPY", f"{SWIFT}/c/o", headers={"Destination": "c/p", "Range": "bytes=2-4"}
        )
        self.assertEqual(answer.headers["etag"], hashlib.md5(b"234").hexdigest())
        self.assertEqual(self.web.get(f"{SWIFT}/c/p").body, b"234")
        answer = self.web.request(
            "COPY", f"{SWIFT}/c/o", headers={"Destination": "c/q", "Range": "bytes=99-"}
        )
        self.assertEqual(answer.status, 416)

    def test_segments_go_with_the_manifest(self) -> None:
        """Object-storage.md 5.10: `multipart-manifest=delete`, nested ones too."""
        self.usual("c/inner")
        self.store("c/s/3")
        self.manifest("c/big", {"path": "/c/inner"}, {"path": "/c/s/3"})
        answer = self.web.request(
            "DELETE",
            f"{SWIFT}/c/big?multipart-manifest=delete",
            headers={"Accept": "application/json"},
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json()["Number Deleted"], 5)
        self.assertEqual(answer.json()["Response Status"], "200 OK")
        self.assertEqual(self.web.get(f"{SWIFT}/c").status, 204)
        gone = self.web.request("DELETE", f"{SWIFT}/c/big?multipart-manifest=delete")
        self.assertEqual(gone.status, 404)
        self.store("c/plain")
        plain = self.web.request("DELETE", f"{SWIFT}/c/plain?multipart-manifest=delete")
        self.assertEqual(plain.status, 204)

    def test_every_segment_is_read_as_the_asker(self) -> None:
        """Object-storage.md 5.10: no right to a segment, no byte of it."""
        self.web.put(f"{SWIFT}/m", headers={"X-Container-Read": "*:bob"})
        self.usual("m/big")
        self.assertEqual(self.web.get(f"{SWIFT}/m/big", token="bob").status, 409)
        self.web.post(f"{SWIFT}/c", headers={"X-Container-Read": "*:bob"})
        self.assertEqual(self.web.get(f"{SWIFT}/m/big", token="bob").body, b"onetwo")
