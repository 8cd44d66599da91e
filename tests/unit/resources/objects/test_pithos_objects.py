"""Objects through the Pithos mount: reading, writing, versions, sharing."""

import hashlib
import json

from synnefod.resources.objects.mounts import Faces
from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, EMPTY, PITHOS, Cloud

HERE = f"{PITHOS}/{ALICE}"
TEXT = {"Content-Type": "text/plain"}


class Objects(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")


class Reading(Objects):
    def test_head_is_200_with_every_header(self) -> None:
        """PIT-102, PIT-103."""
        put = self.upload(
            "c/o",
            b"12345",
            {
                "X-Object-Meta-A": "1",
                "Content-Encoding": "gzip",
                "Content-Type": "image/svg+xml",
                "X-Object-Sharing": f"read={BOB}",
                "X-Object-Public": "true",
            },
        )
        answer = self.web.head(f"{HERE}/c/o")
        self.assertEqual(answer.status, 200)
        digest = hashlib.sha256(b"12345").hexdigest()
        expected = {
            "etag": digest,
            "x-object-hash": digest,
            "content-length": "5",
            "content-type": "image/svg+xml",
            "available": "1",
            "content-encoding": "gzip",
            "x-object-version": put.headers["x-object-version"],
            "x-object-meta-a": "1",
            "x-object-modified-by": ALICE,
            "x-object-sharing": f"read={BOB}",
        }
        self.assertEqual({name: answer.headers.get(name) for name in expected}, expected)
        for name in ("last-modified", "x-object-uuid", "x-object-public"):
            self.assertIn(name, answer.headers)
        self.assertRegex(answer.headers["x-object-version-timestamp"], r" GMT$")
        self.assertNotIn("accept-ranges", answer.headers)

    def test_get_gives_the_data_and_the_name(self) -> None:
        """PIT-106, PIT-107, PIT-012, PIT-032."""
        self.upload("c/d/%CE%B1%22.txt", b"data")
        answer = self.web.get(f"{HERE}/c/d/%CE%B1%22.txt")
        self.assertEqual((answer.status, answer.body), (200, b"data"))
        self.assertEqual(
            answer.headers["content-disposition"], 'inline; filename="d/%CE%B1\\".txt"'
        )
        self.assertIn("x-object-uuid", answer.headers)
        self.upload("c/o", b"data", {"Content-Disposition": "inline; filename=x"})
        answer = self.web.get(f"{HERE}/c/o")
        self.assertEqual(answer.headers["content-disposition"], "inline; filename=x")
        answer = self.web.get(f"{HERE}/c/o?disposition-type=attachment")
        self.assertEqual(answer.headers["content-disposition"], 'attachment; filename="o"')
        answer = self.web.get(f"{HERE}/c/o?disposition-type=odd")
        self.assertEqual(answer.headers["content-disposition"], "inline; filename=x")

    def test_a_suffix_does_not_change_data(self) -> None:
        """PIT-015."""
        self.upload("c/a.xml", b"data")
        answer = self.web.get(f"{HERE}/c/a.xml")
        self.assertEqual((answer.body, answer.headers["content-type"]), (b"data", "text/plain"))

    def test_ranges(self) -> None:
        """PIT-110, PIT-111, PIT-112."""
        data = bytes(range(256)) * 64
        self.upload("c/o", data)
        for asked, status, body in (
            ("bytes=0-9", 206, data[:10]),
            ("bytes=10-", 206, data[10:]),
            ("bytes=-5", 206, data[-5:]),
            ("bits=0-1", 200, data),
            ("bytes=9-1", 200, data),
        ):
            answer = self.web.get(f"{HERE}/c/o", headers={"Range": asked})
            self.assertEqual((answer.status, answer.body), (status, body))
            self.assertEqual(answer.headers["content-length"], str(len(body)))
        answer = self.web.get(f"{HERE}/c/o", headers={"Range": "bytes=0-9"})
        self.assertEqual(answer.headers["content-range"], f"bytes 0-9/{len(data)}")
        answer = self.web.get(f"{HERE}/c/o", headers={"Range": f"bytes=0-{len(data)}"})
        self.assertEqual((answer.status, list(answer.json())), (416, ["rangeNotSatisfiable"]))

    def test_ranges_cross_blocks(self) -> None:
        """PIT-112: the part is cut out of two blocks."""
        self.upload("c/o", b"a" * BLOCK + b"b" * BLOCK)
        answer = self.web.get(f"{HERE}/c/o", headers={"Range": f"bytes={BLOCK - 2}-{BLOCK + 1}"})
        self.assertEqual(answer.body, b"aabb")

    def test_several_ranges_come_as_parts(self) -> None:
        """PIT-113."""
        self.upload("c/o", b"0123456789")
        answer = self.web.get(f"{HERE}/c/o", headers={"Range": "bytes=5-6,0-1"})
        self.assertEqual(answer.status, 206)
        kind, _, boundary = answer.headers["content-type"].partition("; boundary=")
        self.assertEqual(kind, "multipart/byteranges")
        self.assertRegex(boundary, "^[0-9a-f]{32}$")
        self.assertNotIn("content-length", answer.headers)
        binary = "Content-Transfer-Encoding: binary\r\n\r\n"
        self.assertEqual(
            answer.text,
            f"--{boundary}\r\nContent-Range: bytes 5-6/10\r\n{binary}56\r\n"
            f"--{boundary}\r\nContent-Range: bytes 0-1/10\r\n{binary}01\r\n"
            f"--{boundary}--\r\n",
        )

    def test_if_range_decides_whether_the_range_counts(self) -> None:
        """PIT-114."""
        self.upload("c/o", b"0123456789")
        headers = self.web.head(f"{HERE}/c/o").headers
        md5 = hashlib.md5(b"0123456789").hexdigest()
        for value, status in (
            (headers["etag"], 206),
            (f'"{md5}"', 206),
            (headers["last-modified"], 206),
            ("", 206),
            ("other", 200),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 200),
        ):
            answer = self.web.get(f"{HERE}/c/o", headers={"Range": "bytes=0-1", "If-Range": value})
            self.assertEqual(answer.status, status, value)

    def test_conditions_on_tags(self) -> None:
        """PIT-027, PIT-030."""
        self.upload("c/o", b"x")
        tag = self.web.head(f"{HERE}/c/o").headers["etag"]
        md5 = hashlib.md5(b"x").hexdigest()
        for name, value, status in (
            ("If-Match", f'"{tag.upper()}", "b"', 200),
            ("If-Match", md5, 200),
            ("If-Match", "*", 200),
            ("If-Match", "b", 412),
            ("If-Match", f'"{tag}', 412),
            ("If-None-Match", "b", 200),
            ("If-None-Match", tag, 304),
            ("If-None-Match", "*", 304),
        ):
            answer = self.web.get(f"{HERE}/c/o", headers={name: value})
            self.assertEqual(answer.status, status, (name, value))
            if status == 304:
                self.assertEqual((answer.headers["etag"], answer.body), (tag, b""))

    def test_a_hashmap_instead_of_data(self) -> None:
        """PIT-108, PIT-109."""
        self.upload("c/o", b"")
        answer = self.web.get(f"{HERE}/c/o?hashmap")
        self.assertEqual(
            answer.json(),
            {"block_hash": "sha256", "block_size": BLOCK, "bytes": 0, "hashes": [EMPTY]},
        )
        self.assertIn("x-object-hash", answer.headers)
        text = self.web.get(f"{HERE}/c/o?hashmap&format=xml").text
        self.assertIn(
            f'<object name="o" bytes="0" block_size="{BLOCK}" block_hash="sha256">'
            f"<hash>{EMPTY}</hash></object>",
            text,
        )

    def test_old_versions_are_addressed_by_number(self) -> None:
        """PIT-104, PIT-105, PIT-192."""
        one = self.upload("c/o", b"one").headers["x-object-version"]
        two = self.upload("c/o", b"two").headers["x-object-version"]
        self.assertEqual(self.web.get(f"{HERE}/c/o?version={one}").body, b"one")
        listed = self.web.get(f"{HERE}/c/o?version=list").json()["versions"]
        self.assertEqual([serial for serial, _ in listed], [int(one), int(two)])
        self.assertTrue(all(isinstance(when, str) for _, when in listed))
        self.assertEqual(self.web.delete(f"{HERE}/c/o").status, 204)
        self.assertEqual(self.web.get(f"{HERE}/c/o").status, 404)
        self.assertEqual(self.web.get(f"{HERE}/c/o?version={two}").body, b"two")
        self.assertEqual(len(self.web.get(f"{HERE}/c/o?version=list").json()["versions"]), 2)
        text = self.web.get(f"{HERE}/c/o?version=list&format=xml").text
        self.assertIn('<object name="o"><version timestamp="', text)
        for version in ("-1", "abc", str(int(two) + 1000), "9" * 30):
            self.assertEqual(self.web.get(f"{HERE}/c/o?version={version}").status, 404)
        self.assertEqual(self.web.get(f"{HERE}/c/none?version=list").status, 404)

    def test_strangers_read_what_is_shared_with_them(self) -> None:
        """PIT-119, PIT-120, PIT-215: a published object is not readable by its private path."""
        self.upload("c/o", b"x", {"X-Object-Public": "true"})
        serial = self.web.head(f"{HERE}/c/o").headers["x-object-version"]
        self.assertEqual(self.web.get(f"{HERE}/c/o", token="bob").status, 403)
        self.assertEqual(self.web.get(f"{HERE}/c/o?version={serial}", token="bob").status, 403)
        self.assertEqual(self.web.get(f"{HERE}/none/o", token="bob").status, 403)
        self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Sharing": f"write={BOB}"})
        answer = self.web.get(f"{HERE}/c/o", token="bob")
        self.assertEqual((answer.status, answer.body), (200, b"x"))
        self.assertEqual(answer.headers["x-object-allowed-to"], "write")
        self.assertNotIn("x-object-public", answer.headers)

    def test_a_manifest_is_read_as_its_parts(self) -> None:
        """PIT-115, PIT-116."""
        self.upload("c/part/2", b"world")
        self.upload("c/part/1", b"hello ")
        self.upload("c/m", b"", {"X-Object-Manifest": "c/part/"})
        answer = self.web.get(f"{HERE}/c/m")
        self.assertEqual((answer.body, answer.headers["content-length"]), (b"hello world", "11"))
        self.assertEqual(answer.headers["etag"], EMPTY)
        self.assertEqual(self.web.head(f"{HERE}/c/m").headers["content-length"], "11")
        answer = self.web.get(f"{HERE}/c/m", headers={"Range": "bytes=4-7"})
        self.assertEqual((answer.status, answer.body), (206, b"o wo"))
        self.upload("c/n", b"own", {"X-Object-Manifest": "nocontainer"})
        self.assertEqual(self.web.get(f"{HERE}/c/n").status, 400)
        self.assertEqual(self.web.head(f"{HERE}/c/n").headers["content-length"], "3")
        self.upload("c/n", b"own", {"X-Object-Manifest": "none/x"})
        self.assertEqual(self.web.get(f"{HERE}/c/n").status, 404)
        self.upload("c/n", b"own", {"X-Object-Manifest": "c/nothing"})
        self.assertEqual(self.web.get(f"{HERE}/c/n").body, b"")

    def test_a_manifest_that_matches_itself_counts_once(self) -> None:
        """PIT-117: its own bytes come first; `hashmap` gives its own map."""
        self.upload("c/m", b"own ", {"X-Object-Manifest": "c/m"})
        self.upload("c/m2", b"part")
        self.assertEqual(self.web.get(f"{HERE}/c/m").body, b"own part")
        self.assertEqual(self.web.get(f"{HERE}/c/m?hashmap").json()["bytes"], 4)

    def test_a_strangers_manifest_is_not_read_in_part(self) -> None:
        """Object-storage.md 1.7: nobody but the owner reads a manifest."""
        self.upload("c/part/1", b"secret")
        self.upload("c/m", b"", {"X-Object-Manifest": "c/part/", "X-Object-Sharing": f"read={BOB}"})
        self.assertEqual(self.web.get(f"{HERE}/c/m", token="bob").status, 403)


class Writing(Objects):
    def test_put_answers_with_the_hash_and_the_version(self) -> None:
        """PIT-123."""
        answer = self.web.put(f"{HERE}/c/o", body=b"a", headers=TEXT)
        self.assertEqual((answer.status, answer.body), (201, b""))
        self.assertEqual(answer.headers["etag"], hashlib.sha256(b"a").hexdigest())
        self.assertIn("x-object-version", answer.headers)
        self.assertEqual(self.web.put(f"{HERE}/none/o", body=b"a", headers=TEXT).status, 404)

    def test_the_merkle_root_of_more_blocks_is_padded(self) -> None:
        """PIT-123: vector E4 of the contract."""
        pattern = bytes(n % 251 for n in range(251)) * (BLOCK // 251 + 2)
        answer = self.web.put(f"{HERE}/c/o", body=pattern[: BLOCK + 1], headers=TEXT)
        self.assertEqual(
            answer.headers["etag"],
            "4a6cc0a344febaa07772e7c974834b2fb1d24594d4ba15f27c97a54699709f44",
        )

    def test_length_and_type_are_required(self) -> None:
        """PIT-124."""
        self.assertEqual(self.web.put(f"{HERE}/c/o", headers=TEXT).status, 411)
        answer = self.web.put(f"{HERE}/c/o", body=b"x")
        self.assertEqual((answer.status, list(answer.json())), (411, ["lengthRequired"]))
        answer = self.web.put(f"{HERE}/c/o", body=[b"a", b"b"], chunked=True, headers=TEXT)
        self.assertEqual(answer.status, 201)
        self.assertEqual(self.web.get(f"{HERE}/c/o").body, b"ab")

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self) -> None:
        """PIT-125."""
        exchange = self.web.start(
            "PUT",
            f"{HERE}/c/o",
            headers={**TEXT, "Content-Length": str(5 * 1024**3 + 1)},
        )
        self.assertEqual(exchange.answer().status, 400)
        self.assertIn("Maximum size is reached", exchange.answer().text)

    def test_a_client_who_leaves_makes_nothing(self) -> None:
        """PIT-126."""
        exchange = self.web.start("PUT", f"{HERE}/c/o", headers={**TEXT, "Content-Length": "10"})
        exchange.connection.send(b"12345")
        exchange.hang_up()
        self.assertEqual(self.web.head(f"{HERE}/c/o").status, 404)

    def test_the_announced_md5_is_checked(self) -> None:
        """PIT-127."""
        good = hashlib.md5(b"x").hexdigest()
        for tag, status in ((f'"{good.upper()}"', 201), ("0" * 32, 422), ("junk", 422)):
            answer = self.web.put(f"{HERE}/c/{status}", body=b"x", headers={**TEXT, "ETag": tag})
            self.assertEqual(answer.status, status)
        self.assertEqual(self.web.head(f"{HERE}/c/422").status, 404)

    def test_overwriting_replaces_metadata_and_keeps_the_rest(self) -> None:
        """PIT-128, PIT-129."""
        self.upload("c/o", b"1", {"X-Object-Meta-A": "1", "X-Object-Sharing": f"read={BOB}"})
        before = self.web.head(f"{HERE}/c/o").headers
        self.upload("c/o", b"2", {"X-Object-Meta-B": "2"})
        after = self.web.head(f"{HERE}/c/o").headers
        self.assertNotIn("x-object-meta-a", after)
        self.assertEqual(after["x-object-sharing"], f"read={BOB}")
        self.assertEqual(after["x-object-uuid"], before["x-object-uuid"])
        self.web.delete(f"{HERE}/c/o")
        self.upload("c/o", b"3")
        again = self.web.head(f"{HERE}/c/o").headers
        self.assertNotEqual(again["x-object-uuid"], before["x-object-uuid"])
        self.assertNotIn("x-object-sharing", again)

    def test_conditions_hold_before_anything_is_read(self) -> None:
        """PIT-028, PIT-029, PIT-145."""
        none = {**TEXT, "If-None-Match": "*"}
        self.assertEqual(self.web.put(f"{HERE}/c/o", body=b"1", headers=none).status, 201)
        self.assertEqual(self.web.put(f"{HERE}/c/o", body=b"2", headers=none).status, 412)
        match = {**TEXT, "If-Match": "x"}
        self.assertEqual(self.web.put(f"{HERE}/c/n", body=b"1", headers=match).status, 412)
        waiting = {**none, "Expect": "100-continue", "Content-Length": "3"}
        for path, token, status in (
            ("c/o", "alice", 412),
            ("none/o", "alice", 404),
            ("c/o", "bob", 403),
            ("c/o", "bad", 401),
        ):
            exchange = self.web.start("PUT", f"{HERE}/{path}", headers=waiting, token=token)
            self.assertEqual(exchange.answer().status, status)
            self.assertEqual(exchange.answer().interim, [])
        fresh = self.web.start("PUT", f"{HERE}/c/new", headers=waiting)
        self.assertIn(b"100 Continue", fresh.connection.received)
        fresh.connection.send(b"abc")
        self.assertEqual(fresh.answer().status, 201)

    def test_quota_is_kept(self) -> None:
        """PIT-141, PIT-146, PIT-225."""
        self.web.put(f"{HERE}/q", headers={"X-Container-Policy-Quota": "5"})
        answer = self.web.put(f"{HERE}/q/o", body=b"123456", headers=TEXT)
        self.assertEqual((answer.status, list(answer.json())), (413, ["requestEntityTooLarge"]))
        self.assertEqual(self.web.head(f"{HERE}/q/o").status, 404)
        self.assertEqual(self.web.put(f"{HERE}/q/o", body=b"12345", headers=TEXT).status, 201)
        chunked = self.web.put(f"{HERE}/q/p", body=[b"1"], chunked=True, headers=TEXT)
        self.assertEqual(chunked.status, 413)
        self.assertEqual(self.web.put(f"{HERE}/q/o", body=b"1", headers=TEXT).status, 201)

    def test_sharing_and_publishing_with_the_data(self) -> None:
        """PIT-130, PIT-131, PIT-208, PIT-209, PIT-211."""
        for value in ("foo", "read=", "write=,,", "read=" + "a" * 257):
            answer = self.web.put(
                f"{HERE}/c/o", body=b"", headers={**TEXT, "X-Object-Sharing": value}
            )
            self.assertEqual(answer.status, 400, value)
        answer = self.web.put(f"{HERE}/c/o", body=b"", headers={**TEXT, "X-Object-Public": "maybe"})
        self.assertEqual(answer.status, 400)
        self.upload("c/o", b"", {"X-Object-Sharing": " read = A, b,b ;write=C,a"})
        self.assertEqual(
            self.web.head(f"{HERE}/c/o").headers["x-object-sharing"], "read=b; write=a,c"
        )
        self.upload("c/o", b"", {"X-Object-Sharing": ""})
        self.assertNotIn("x-object-sharing", self.web.head(f"{HERE}/c/o").headers)

    def test_somebody_with_write_access_writes_for_the_owner(self) -> None:
        """PIT-132, PIT-181, PIT-197, PIT-216."""
        self.upload("c/o", b"1", {"X-Object-Sharing": f"write={BOB}"})
        put = self.web.put(f"{HERE}/c/o", body=b"22", headers=TEXT, token="bob")
        self.assertEqual(put.status, 201)
        headers = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual(headers["x-object-modified-by"], BOB)
        self.assertEqual(self.web.head(HERE).headers["x-account-bytes-used"], "2")
        shared = {**TEXT, "X-Object-Sharing": "read=*"}
        self.assertEqual(
            self.web.put(f"{HERE}/c/o", body=b"3", headers=shared, token="bob").status, 403
        )
        self.assertEqual(self.web.delete(f"{HERE}/c/o", token="bob").status, 403)
        self.assertEqual(
            self.web.post(f"{HERE}/c/o?update", headers=shared, token="bob").status, 403
        )

    def test_metadata_is_limited(self) -> None:
        """PIT-128: 33 items are too many, and nothing is stored."""
        many = {f"X-Object-Meta-{n}": "v" for n in range(33)}
        answer = self.web.put(f"{HERE}/c/o", body=b"", headers={**TEXT, **many})
        self.assertEqual(answer.status, 400)
        self.assertEqual(self.web.head(f"{HERE}/c/o").status, 404)

    def test_a_form_holds_the_file(self) -> None:
        """PIT-183, PIT-184."""
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        head = (
            b'--b\r\nContent-Disposition: form-data; name="X-Object-Data"; filename="f"\r\n'
            b"Content-Type: image/png\r\n\r\n"
        )
        answer = self.web.post(
            f"{HERE}/c/o", body=[head, b"da", b"ta\r\n--b--\r\n"], chunked=True, headers=kind
        )
        self.assertEqual((answer.status, answer.body), (201, b""))
        self.assertEqual(answer.headers["etag"], hashlib.sha256(b"data").hexdigest())
        answer = self.web.get(f"{HERE}/c/o")
        self.assertEqual((answer.body, answer.headers["content-type"]), (b"data", "image/png"))
        for body in (b"--b--\r\n", head + b"data", head + b"data\r\n--b"):
            self.assertEqual(self.web.post(f"{HERE}/c/n", body=body, headers=kind).status, 400)
        no_boundary = {"Content-Type": "multipart/form-data"}
        self.assertEqual(self.web.post(f"{HERE}/c/n", body=b"x", headers=no_boundary).status, 400)
        self.assertEqual(self.web.head(f"{HERE}/c/n").status, 404)


class Hashmaps(Objects):
    def put(self, value: object, query: str = "hashmap&format=json") -> "object":
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return self.web.put(f"{HERE}/c/m?{query}", body=body, headers=TEXT)

    def test_missing_blocks_are_named_once_in_order(self) -> None:
        """PIT-133, PIT-136, PIT-138, PIT-139."""
        one, two = b"1" * BLOCK, b"2" * BLOCK
        hashes = [hashlib.sha256(data).hexdigest() for data in (one, two)]
        wanted = {"bytes": 4 * BLOCK, "hashes": [hashes[1], EMPTY, hashes[0], hashes[1]]}
        answer = self.put(wanted)
        self.assertEqual((answer.status, answer.json()), (409, [hashes[1], hashes[0]]))
        self.assertEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
        self.assertEqual(self.web.head(f"{HERE}/c/m").status, 404)
        kind = {"Content-Type": "application/octet-stream"}
        self.web.post(f"{HERE}/c?update", body=one + two, headers=kind)
        first, second = self.put(wanted), self.put(wanted)
        self.assertEqual((first.status, second.status), (201, 201))
        self.assertNotEqual(first.headers["x-object-version"], second.headers["x-object-version"])
        answer = self.web.get(f"{HERE}/c/m")
        self.assertEqual(answer.headers["content-type"], "text/plain")
        self.assertEqual(answer.body, two + bytes(BLOCK) + one + two)
        no_type = self.web.put(f"{HERE}/c/m?hashmap", body=b"{}")
        self.assertEqual(no_type.status, 411)

    def test_nonsense_is_refused(self) -> None:
        """PIT-134, PIT-135."""
        digest = hashlib.sha256(b"x").hexdigest()
        for value in (
            b"",
            b"junk",
            b"<object/>",
            [],
            {"bytes": 1},
            {"hashes": []},
            {"bytes": -1, "hashes": []},
            {"bytes": 1.5, "hashes": [digest]},
            {"bytes": True, "hashes": [digest]},
            {"bytes": 10**40, "hashes": [digest]},
            {"bytes": "x", "hashes": [digest]},
            {"bytes": 1, "hashes": "x"},
            {"bytes": 1, "hashes": None},
            {"bytes": 1, "hashes": [1]},
            {"bytes": 1, "hashes": []},
            {"bytes": BLOCK + 1, "hashes": [digest]},
            {"bytes": 1, "hashes": ["ab"]},
            {"bytes": 1, "hashes": ["z" * 64]},
            {"bytes": 1, "hashes": [digest[:40]]},
            {"bytes": 1, "hashes": [digest], "block_size": 1},
            {"bytes": 1, "hashes": [digest], "block_hash": "md5"},
        ):
            answer = self.put(value)
            self.assertEqual((answer.status, list(answer.json())), (400, ["badRequest"]), value)

    def test_empty_maps_and_text_numbers_are_taken(self) -> None:
        """PIT-134, PIT-135: hashes are lower-cased."""
        self.assertEqual(self.put({"bytes": 0, "hashes": []}).status, 201)
        self.assertEqual(self.put({"bytes": "0", "hashes": [EMPTY.upper()]}).status, 201)
        self.assertEqual(self.web.head(f"{HERE}/c/m").headers["content-length"], "0")

    def test_the_last_block_may_not_hide_bytes(self) -> None:
        """PIT-137."""
        self.upload("c/o", b"longer")
        digest = hashlib.sha256(b"longer").hexdigest()
        self.assertEqual(self.put({"bytes": 3, "hashes": [digest]}).status, 400)
        self.assertEqual(self.put({"bytes": 6, "hashes": [digest]}).status, 201)

    def test_an_etag_is_ignored(self) -> None:
        """PIT-140."""
        body = json.dumps({"bytes": 0, "hashes": []}).encode()
        headers = {**TEXT, "ETag": "0" * 32}
        self.assertEqual(
            self.web.put(f"{HERE}/c/m?hashmap", body=body, headers=headers).status, 201
        )


class Changing(Objects):
    def test_post_replaces_or_merges_metadata(self) -> None:
        """PIT-167, PIT-168, PIT-169."""
        self.upload("c/o", b"1", {"X-Object-Meta-A": "1", "Content-Encoding": "gzip"})
        before = self.web.head(f"{HERE}/c/o").headers
        answer = self.web.post(
            f"{HERE}/c/o?update", headers={"X-Object-Meta-B": "2", "Content-Type": "a/b"}
        )
        self.assertEqual(answer.status, 202)
        after = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual(answer.headers["x-object-version"], after["x-object-version"])
        self.assertGreater(int(after["x-object-version"]), int(before["x-object-version"]))
        self.assertEqual((after["x-object-meta-a"], after["x-object-meta-b"]), ("1", "2"))
        self.assertEqual(after["content-type"], "text/plain")
        self.assertEqual(after["x-object-uuid"], before["x-object-uuid"])
        self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Meta-A": ""})
        self.assertNotIn("x-object-meta-a", self.web.head(f"{HERE}/c/o").headers)
        self.web.post(f"{HERE}/c/o")
        bare = self.web.head(f"{HERE}/c/o").headers
        self.assertNotIn("x-object-meta-b", bare)
        self.assertNotIn("content-encoding", bare)

    def test_sharing_makes_no_version(self) -> None:
        """PIT-169, PIT-199."""
        self.upload("c/o", b"1")
        before = self.web.head(f"{HERE}/c/o").headers["x-object-version"]
        answer = self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Sharing": "read=*"})
        self.assertEqual(answer.status, 202)
        self.assertNotIn("x-object-version", answer.headers)
        after = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual(after["x-object-version"], before)
        self.assertEqual(after["x-object-sharing"], "read=*")

    def test_delete_honours_conditions(self) -> None:
        """PIT-031, PIT-194."""
        self.upload("c/o", b"1")
        self.assertEqual(self.web.delete(f"{HERE}/c/o", headers={"If-Match": "x"}).status, 412)
        self.assertEqual(self.web.delete(f"{HERE}/c/o").status, 204)
        self.assertEqual(self.web.delete(f"{HERE}/c/o").status, 404)

    def test_methods_of_objects(self) -> None:
        """PIT-006."""
        answer = self.web.patch(f"{HERE}/c/o")
        self.assertEqual(answer.status, 405)
        self.assertEqual(answer.headers["allow"], "HEAD,GET,PUT,COPY,MOVE,POST,DELETE")


class Copies(Objects):
    def test_put_copies_and_moves(self) -> None:
        """PIT-147, PIT-148, PIT-156, PIT-157, PIT-155."""
        self.upload("c/a%20b", b"data", {"X-Object-Meta-A": "1", "X-Object-Sharing": "read=*"})
        uuid = self.web.head(f"{HERE}/c/a%20b").headers["x-object-uuid"]
        headers = {"X-Copy-From": "/c/a%20b", "Content-Length": "0"}
        answer = self.web.put(f"{HERE}/c/copy", headers=headers)
        self.assertEqual((answer.status, answer.body), (201, b""))
        self.assertTrue(answer.headers["x-object-version"].isdigit())
        self.assertEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
        copied = self.web.get(f"{HERE}/c/copy")
        self.assertEqual((copied.body, copied.headers["x-object-meta-a"]), (b"data", "1"))
        self.assertNotEqual(copied.headers["x-object-uuid"], uuid)
        self.assertNotIn("x-object-sharing", copied.headers)
        headers = {"X-Move-From": "/c/a%20b", "X-Copy-From": "/c/none", "Content-Length": "0"}
        answer = self.web.put(f"{HERE}/c/moved", headers=headers)
        self.assertEqual(answer.status, 201)
        moved = self.web.head(f"{HERE}/c/moved").headers
        self.assertEqual(moved["x-object-uuid"], uuid)
        self.assertEqual(moved["x-object-version"], answer.headers["x-object-version"])
        self.assertEqual(self.web.head(f"{HERE}/c/a%20b").status, 404)
        no_length = self.web.put(f"{HERE}/c/x", headers={"X-Copy-From": "/c/copy"})
        self.assertEqual(no_length.status, 411)

    def test_copy_and_move_methods(self) -> None:
        """PIT-151, PIT-153."""
        self.upload("c/o", b"data", {"X-Object-Meta-A": "1", "X-Object-Meta-B": "1"})
        headers = {
            "Destination": "/c/p",
            "Content-Type": "a/b",
            "X-Object-Meta-A": "",
            "X-Object-Meta-C": "3",
        }
        answer = self.web.request("COPY", f"{HERE}/c/o", headers=headers)
        self.assertEqual(answer.status, 201)
        found = self.web.head(f"{HERE}/c/p").headers
        self.assertEqual(found["content-type"], "a/b")
        self.assertNotIn("x-object-meta-a", found)
        self.assertEqual((found["x-object-meta-b"], found["x-object-meta-c"]), ("1", "3"))
        self.web.request("COPY", f"{HERE}/c/o?ignore_content_type", headers=headers)
        self.assertEqual(self.web.head(f"{HERE}/c/p").headers["content-type"], "text/plain")
        answer = self.web.request("MOVE", f"{HERE}/c/p?format=xml", headers={"Destination": "/c/q"})
        self.assertEqual(answer.headers["content-type"], "application/xml; charset=UTF-8")
        self.assertEqual(self.web.head(f"{HERE}/c/p").status, 404)
        self.assertEqual(self.web.head(f"{HERE}/c/q").status, 200)

    def test_malformed_places_are_refused(self) -> None:
        """PIT-152."""
        self.upload("c/o", b"data")
        self.assertEqual(self.web.request("COPY", f"{HERE}/c/o").status, 400)
        for place, status in (
            ("c/o", 400),
            ("/c", 400),
            ("/c/", 400),
            ("/none/o", 404),
        ):
            answer = self.web.request("COPY", f"{HERE}/c/o", headers={"Destination": place})
            self.assertEqual(answer.status, status, place)
            headers = {"X-Copy-From": place, "Content-Length": "0"}
            self.assertEqual(self.web.put(f"{HERE}/c/n", headers=headers).status, status, place)

    def test_an_old_version_is_copied(self) -> None:
        """PIT-150, PIT-154."""
        one = self.upload("c/o", b"one", {"Content-Type": "x/one"}).headers["x-object-version"]
        self.upload("c/o", b"two")
        self.web.delete(f"{HERE}/c/o")
        headers = {"X-Copy-From": "/c/o", "X-Source-Version": one, "Content-Length": "0"}
        self.assertEqual(self.web.put(f"{HERE}/c/back", headers=headers).status, 201)
        answer = self.web.get(f"{HERE}/c/back")
        self.assertEqual((answer.body, answer.headers["content-type"]), (b"one", "x/one"))
        headers["X-Source-Version"] = "text"
        self.assertEqual(self.web.put(f"{HERE}/c/back", headers=headers).status, 404)

    def test_the_source_account_is_the_callers(self) -> None:
        """PIT-149, PIT-163."""
        self.upload("c/o", b"data", {"X-Object-Sharing": f"write={BOB}"})
        self.web.put(f"{PITHOS}/{BOB}/b", token="bob")
        target = f"{PITHOS}/{BOB}/b/o"
        headers = {"X-Copy-From": "/c/o", "Content-Length": "0"}
        self.assertEqual(self.web.put(target, headers=headers, token="bob").status, 404)
        headers["X-Source-Account"] = ALICE
        self.assertEqual(self.web.put(target, headers=headers, token="bob").status, 201)
        self.assertEqual(self.web.get(target, token="bob").body, b"data")
        move = {"X-Move-From": "/c/o", "X-Source-Account": ALICE, "Content-Length": "0"}
        self.assertEqual(self.web.put(target, headers=move, token="bob").status, 403)

    def test_conditions_hold_for_the_named_side(self) -> None:
        """PIT-158."""
        self.upload("c/o", b"data")
        headers = {"Destination": "/c/p", "If-Match": "x"}
        self.assertEqual(self.web.request("MOVE", f"{HERE}/c/o", headers=headers).status, 412)
        headers = {"X-Copy-From": "/c/o", "Content-Length": "0", "If-None-Match": "*"}
        self.assertEqual(self.web.put(f"{HERE}/c/p", headers=headers).status, 201)
        self.assertEqual(self.web.put(f"{HERE}/c/p", headers=headers).status, 412)


class Public(Objects):
    def link(self) -> str:
        self.upload("c/o", b"0123456789", {"X-Object-Public": "true", "X-Object-Meta-A": "1"})
        url = self.web.head(f"{HERE}/c/o").headers["x-object-public"]
        self.assertTrue(url.startswith("http://cloud.example.org/pithos/public/"))
        return url.removeprefix("http://cloud.example.org")

    def test_anybody_reads_a_published_object(self) -> None:
        """PIT-217, PIT-219, PIT-222."""
        link = self.link()
        answer = self.web.get(link, token="")
        self.assertEqual((answer.status, answer.body), (200, b"0123456789"))
        self.assertEqual([n for n in answer.headers if n.startswith("x-object")], [])
        self.assertEqual(answer.headers["x-content-type-options"], "nosniff")
        self.assertIn("sandbox", answer.headers["content-security-policy"])
        self.assertEqual(self.web.head(link + "/", token="").headers["content-length"], "10")
        part = self.web.get(link, token="", headers={"Range": "bytes=2-3"})
        self.assertEqual((part.status, part.body), (206, b"23"))
        tag = answer.headers["etag"]
        self.assertEqual(self.web.get(link, token="", headers={"If-None-Match": tag}).status, 304)
        shown = self.web.get(link + "?disposition-type=attachment", token="")
        self.assertTrue(shown.headers["content-disposition"].startswith("attachment"))
        self.assertEqual(self.web.put(link, token="").status, 405)

    def test_a_published_manifest_is_its_parts(self) -> None:
        """(PIT-220) In order, with ranges over the whole; parts need not be published."""
        for name, data in (("b", b"two"), ("a", b"one")):
            self.upload(f"c/part/{name}", data)
        manifest = {"X-Object-Public": "true", "X-Object-Manifest": "c/part/"}
        self.upload("c/all", b"", manifest)
        url = self.web.head(f"{HERE}/c/all").headers["x-object-public"]
        link = url.removeprefix("http://cloud.example.org")
        answer = self.web.get(link, token="")
        self.assertEqual((answer.status, answer.body), (200, b"onetwo"))
        self.assertEqual(self.web.head(link, token="").headers["content-length"], "6")
        part = self.web.get(link, token="", headers={"Range": "bytes=2-3"})
        self.assertEqual((part.status, part.body), (206, b"et"))

    def test_a_guest_publishes_nothing_but_what_he_may_read(self) -> None:
        """(PIT-118) A manifest is resolved with the rights of who wrote it."""
        self.upload("c/secret/a", b"one")
        sharing = {"X-Object-Public": "true", "X-Object-Sharing": f"write={BOB}"}
        self.upload("c/o", b"", sharing)
        url = self.web.head(f"{HERE}/c/o").headers["x-object-public"]
        headers = {"X-Object-Manifest": "c/secret/"}
        self.web.post(f"{HERE}/c/o?update", headers=headers, token="bob")
        answer = self.web.get(url.removeprefix("http://cloud.example.org"), token="")
        self.assertEqual(answer.status, 403)
        self.assertNotIn(b"one", answer.body)

    def test_only_the_exact_link_works_while_it_is_published(self) -> None:
        """PIT-217, PIT-219."""
        link = self.link()
        for wrong in (link.swapcase(), link + "x", "/pithos/public/" + "a" * 2000):
            self.assertEqual(self.web.get(wrong, token="").status, 404)
        self.upload("c/o", b"other")
        self.assertEqual(self.web.get(link, token="").body, b"other")
        self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Public": "false"})
        self.assertEqual(self.web.get(link, token="").status, 404)
        self.web.post(f"{HERE}/c/o?update", headers={"X-Object-Public": "true"})
        again = self.web.head(f"{HERE}/c/o").headers["x-object-public"]
        self.assertFalse(again.endswith(link))
        self.web.delete(f"{HERE}/c/o")
        self.assertEqual(self.web.get(again.partition("org")[2], token="").status, 404)


class PublicHost(Objects):
    faces = Faces(public_host="files.example.org")

    def test_published_objects_are_served_under_one_host(self) -> None:
        """PIT-221."""
        self.upload("c/o", b"data", {"X-Object-Public": "true"})
        url = self.web.head(f"{HERE}/c/o").headers["x-object-public"]
        self.assertTrue(url.startswith("http://files.example.org/pithos/public/"))
        path = url.removeprefix("http://files.example.org")
        answer = self.web.get(path + "?disposition-type=inline", token="")
        self.assertEqual(answer.status, 302)
        self.assertEqual(answer.headers["location"], url + "?disposition-type=inline")
        self.assertEqual(self.web.post(path, token="").status, 403)
        answer = self.web.get(path, token="", headers={"Host": "files.example.org"})
        self.assertEqual((answer.status, answer.body), (200, b"data"))
