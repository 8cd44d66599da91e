"""The Swift mount: accounts, containers, objects, copies, bulk, what is published of it."""

import hashlib

from tests.unit.resources.objects.cloud import ALICE, BOB, PITHOS, SWIFT, Cloud

SECTIONS = (
    "swift",
    "pithos",
    "bulk_delete",
    "bulk_upload",
    "slo",
    "tempurl",
    "formpost",
    "symlink",
    "staticweb",
    "object_versioning",
)
MD5 = hashlib.md5(b"data").hexdigest()


class SwiftCloud(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.assertEqual(self.web.put(f"{SWIFT}/c").status, 201)

    def store(self, path: str, data: bytes = b"data", **headers: str) -> str:
        """Writes an object; its ETag."""
        wire = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.web.put(f"{SWIFT}/{path}", body=data, headers=wire)
        self.assertEqual(answer.status, 201, answer.body)
        return answer.headers["etag"]


class Doors(SwiftCloud):
    def test_info_needs_no_token(self) -> None:
        """PIT-239: at three places, and only with sections of what is served."""
        for path in ("/info", "/swift/info", "/pithos/object-store/info"):
            answer = self.web.get(path, token="")
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
            self.assertEqual(answer.json()["swift"]["max_file_size"], 5368709122)
            self.assertEqual(
                set(answer.json()),
                set(SECTIONS),
            )
            self.assertEqual(self.web.head(path, token="").status, 200)

    def test_strangers_are_told_where_to_sign_in(self) -> None:
        answer = self.web.get(f"{SWIFT}/c", token="")
        self.assertEqual(answer.status, 401)
        self.assertEqual(answer.headers["www-authenticate"], f'Swift realm="AUTH_{ALICE}"')
        self.assertEqual(self.web.get(f"{SWIFT}/c", token="bob").status, 403)

    def test_every_answer_carries_equal_ids(self) -> None:
        """PIT-238."""
        for path in (f"{SWIFT}/c", f"{SWIFT}/none", SWIFT):
            headers = self.web.get(path).headers
            self.assertEqual(headers["x-trans-id"], headers["x-openstack-request-id"])
            self.assertRegex(headers["x-trans-id"], "^tx[0-9a-f]{21}-[0-9a-f]{10}")

    def test_odd_paths(self) -> None:
        for path, status in (
            ("/swift/v1", 412),
            ("/swift/v1/", 412),
            (f"{SWIFT}//o", 404),
            ("/swift/v1//c", 404),
            (f"{SWIFT}/%FF", 412),
            (f"{SWIFT}/c/a%00", 412),
            (f"{SWIFT}/{'c' * 257}", 400),
            (f"{SWIFT}/c/{'o' * 1025}", 400),
        ):
            self.assertEqual(self.web.get(path).status, status, path)

    def test_the_account_may_be_written_bare(self) -> None:
        self.store("c/o")
        self.assertEqual(self.web.get(f"/swift/v1/{ALICE}/c/o").body, b"data")
        short = ALICE.replace("-", "")
        self.assertEqual(self.web.get(f"/swift/v1/AUTH_{short}/c/o").body, b"data")


class Accounts(SwiftCloud):
    def test_head_counts(self) -> None:
        """Object-storage.md 5.1: 204 with counts and a timestamp."""
        self.store("c/o")
        answer = self.web.head(SWIFT)
        self.assertEqual(answer.status, 204)
        expected = {
            "x-account-container-count": "1",
            "x-account-object-count": "1",
            "x-account-bytes-used": "4",
            "content-type": "text/plain; charset=utf-8",
        }
        self.assertEqual({name: answer.headers.get(name) for name in expected}, expected)
        self.assertRegex(answer.headers["x-timestamp"], r"^\d{10}\.\d{5}$")

    def test_post_merges_and_removal_wins(self) -> None:
        """Object-storage.md 5.1."""
        for headers in (
            {"X-Account-Meta-A": "é", "X-Account-Meta-B": "%20"},
            {"X-Account-Meta-C": "3"},
            {"X-Remove-Account-Meta-C": "x", "X-Account-Meta-C": "4"},
        ):
            self.assertEqual(self.web.post(SWIFT, headers=headers).status, 204)
        found = self.web.head(SWIFT).headers
        self.assertEqual(found["x-account-meta-a"], "é")
        self.assertEqual(found["x-account-meta-b"], "%20")
        self.assertNotIn("x-account-meta-c", found)
        self.web.post(SWIFT, headers={"X-Account-Meta-A": ""})
        self.assertNotIn("x-account-meta-a", self.web.head(SWIFT).headers)
        for method in ("PUT", "DELETE"):
            self.assertEqual(self.web.request(method, SWIFT).status, 405)

    def test_containers_are_listed_with_swifts_parameters(self) -> None:
        """PIT-243."""
        for name in ("a-1", "a-2", "b"):
            self.web.put(f"{SWIFT}/{name}")

        def names(query: str) -> list[str]:
            return self.web.get(f"{SWIFT}?{query}").text.splitlines()

        self.assertEqual(names(""), ["a-1", "a-2", "b", "c"])
        self.assertEqual(names("prefix=a"), ["a-1", "a-2"])
        self.assertEqual(names("delimiter=-"), ["a-", "b", "c"])
        self.assertEqual(names("end_marker=b"), ["a-1", "a-2"])
        self.assertEqual(names("reverse=on&limit=2"), ["c", "b"])
        self.assertEqual(self.web.get(f"{SWIFT}?limit=10001").status, 412)
        self.assertEqual(self.web.get(f"{SWIFT}?limit=0").status, 204)
        self.assertEqual(self.web.get(f"{SWIFT}?limit=0&format=json").json(), [])
        entries = self.web.get(f"{SWIFT}?format=json&delimiter=-").json()
        self.assertEqual(entries[0], {"subdir": "a-"})
        self.assertEqual(
            set(entries[1]), {"name", "count", "bytes", "last_modified", "storage_policy"}
        )
        self.assertRegex(entries[1]["last_modified"], r"^[\d-]+T[\d:]+\.\d{6}$")
        text = self.web.get(f"{SWIFT}?format=xml&delimiter=-").text
        self.assertIn('<subdir name="a-"><name>a-</name></subdir>', text)


class Containers(SwiftCloud):
    def test_put_and_post_merge(self) -> None:
        """Object-storage.md 5.1."""
        headers = {"X-Container-Meta-A": "1"}
        self.assertEqual(self.web.put(f"{SWIFT}/d", headers=headers).status, 201)
        self.assertEqual(
            self.web.put(f"{SWIFT}/d", headers={"X-Container-Meta-B": "2"}).status, 202
        )
        answer = self.web.post(f"{SWIFT}/d", headers={"X-Remove-Container-Meta-A": "x"})
        self.assertEqual(answer.status, 204)
        found = self.web.head(f"{SWIFT}/d")
        self.assertEqual(found.status, 204)
        self.assertNotIn("x-container-meta-a", found.headers)
        self.assertEqual(found.headers["x-container-meta-b"], "2")
        self.assertEqual(found.headers["x-container-object-count"], "0")
        self.assertEqual(found.headers["x-storage-policy"], "default")

    def test_containers_made_here_keep_no_history(self) -> None:
        """X-Versions-Enabled maps to the policy; a container of Pithos keeps its own."""
        policy = "x-container-policy-versioning"
        self.assertEqual(self.web.head(f"{PITHOS}/{ALICE}/c").headers[policy], "none")
        self.container("pithos")
        self.web.put(f"{SWIFT}/pithos")
        self.assertEqual(self.web.head(f"{PITHOS}/{ALICE}/pithos").headers[policy], "auto")
        self.web.post(f"{SWIFT}/c", headers={"X-Versions-Enabled": "true"})
        self.assertEqual(self.web.head(f"{PITHOS}/{ALICE}/c").headers[policy], "auto")
        self.assertEqual(self.web.head(f"{SWIFT}/c").headers["x-versions-enabled"], "True")
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 409)
        self.web.post(f"{SWIFT}/c", headers={"X-Versions-Enabled": "false"})
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 204)

    def test_what_is_not_offered_is_not_swallowed(self) -> None:
        for name in ("X-History-Location", "X-Versions-Location"):
            self.assertEqual(self.web.post(f"{SWIFT}/c", headers={name: ".r:*"}).status, 501)

    def test_limits_are_those_that_are_published(self) -> None:
        long = {"X-Container-Meta-" + "n" * 128: "v" * 256}
        self.assertEqual(self.web.post(f"{SWIFT}/c", headers=long).status, 204)
        for headers in (
            {"X-Container-Meta-" + "n" * 129: "v"},
            {"X-Container-Meta-A": "v" * 257},
            {"X-Container-Meta-": "v"},
            {"X-Container-Meta-A": b"\xff"},
            {f"X-Container-Meta-{n}": "v" for n in range(91)},
        ):
            self.assertEqual(self.web.post(f"{SWIFT}/c", headers=headers).status, 400)

    def test_deleting(self) -> None:
        """Object-storage.md 5.1."""
        self.store("c/o")
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 409)
        self.web.delete(f"{SWIFT}/c/o")
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 204)
        self.assertEqual(self.web.delete(f"{SWIFT}/c").status, 404)


class Listings(SwiftCloud):
    def names(self, query: str) -> list[str]:
        return self.web.get(f"{SWIFT}/c?{query}").text.splitlines()

    def test_objects_are_listed(self) -> None:
        """PIT-243, PIT-244."""
        for name in ("a", "d/", "d/1", "d/e/2", "x--y", "é"):
            self.store(f"c/{name.replace('é', '%C3%A9')}")
        self.assertEqual(self.names(""), ["a", "d/", "d/1", "d/e/2", "x--y", "é"])
        self.assertEqual(self.names("delimiter=/"), ["a", "d/", "x--y", "é"])
        self.assertEqual(self.names("delimiter=/&prefix=d"), ["d/"])
        self.assertEqual(self.names("delimiter=/&prefix=d/"), ["d/", "d/1", "d/e/"])
        self.assertEqual(self.names("delimiter=--"), ["a", "d/", "d/1", "d/e/2", "x--", "é"])
        self.assertEqual(self.names("path=d"), ["d/1"])
        self.assertEqual(self.names("prefix=/a"), [])
        self.assertEqual(self.names("marker=d/1&end_marker=%C3%A9"), ["d/e/2", "x--y"])
        self.assertEqual(self.names("reverse=true&marker=d/1"), ["d/", "a"])
        self.assertEqual(self.web.get(f"{SWIFT}/c?limit=10001").status, 412)
        self.assertEqual(self.names("limit=x&prefix=a"), ["a"])
        (entry,) = self.web.get(f"{SWIFT}/c?format=json&prefix=a").json()
        self.assertEqual(set(entry), {"name", "hash", "bytes", "content_type", "last_modified"})
        self.assertEqual((entry["hash"], entry["bytes"]), (MD5, 4))
        self.assertRegex(entry["last_modified"], r"^[\d-]+T[\d:]+\.\d{6}$")

    def test_the_format_is_negotiated(self) -> None:
        """PIT-243."""
        self.store("c/o")
        for accept, kind in (
            ("application/json", "application/json; charset=utf-8"),
            ("text/xml", "text/xml; charset=utf-8"),
            ("*/*", "text/plain; charset=utf-8"),
        ):
            answer = self.web.get(f"{SWIFT}/c", headers={"Accept": accept})
            self.assertEqual(answer.headers["content-type"], kind)
            self.assertEqual(answer.headers["vary"], "Accept")
        answer = self.web.get(f"{SWIFT}/c", headers={"Accept": "image/png"})
        self.assertEqual(answer.status, 406)


class Objects(SwiftCloud):
    def test_put_and_get(self) -> None:
        """PIT-244."""
        self.assertEqual(self.store("c/a.html", X_Object_Meta_A="é", Cache_Control="no-store"), MD5)
        answer = self.web.get(f"{SWIFT}/c/a.html")
        self.assertEqual((answer.status, answer.body), (200, b"data"))
        expected = {
            "etag": MD5,
            "content-type": "text/html",
            "x-object-meta-a": "é",
            "accept-ranges": "bytes",
            "content-length": "4",
            "cache-control": "no-store",
        }
        self.assertEqual({name: answer.headers.get(name) for name in expected}, expected)
        self.assertRegex(answer.headers["x-timestamp"], r"^\d{10}\.\d{5}$")
        self.assertNotIn("x-object-hash", answer.headers)
        shown = self.web.get(f"{SWIFT}/c/a.html", headers={"X-Pithos-Headers": "true"})
        self.assertEqual(shown.headers["x-object-hash"], hashlib.sha256(b"data").hexdigest())
        head = self.web.head(f"{SWIFT}/c/a.html")
        self.assertEqual((head.status, head.headers["content-length"]), (200, "4"))

    def test_the_date_is_rounded_up(self) -> None:
        answer = self.web.put(f"{SWIFT}/c/o", body=b"")
        self.assertEqual(answer.headers["last-modified"], "Tue, 14 Nov 2023 22:13:21 GMT")
        self.assertEqual(
            self.web.head(f"{SWIFT}/c/o").headers["last-modified"],
            "Tue, 14 Nov 2023 22:13:21 GMT",
        )

    def test_what_was_written_on_one_mount_is_read_on_the_other(self) -> None:
        """PIT-244: the MD5 of an object made from a hashmap is computed when it is asked for."""
        self.store("c/o", X_Object_Meta_A="1")
        answer = self.web.get(f"{PITHOS}/{ALICE}/c/o")
        self.assertEqual((answer.body, answer.headers["x-object-meta-a"]), (b"data", "1"))
        digest = hashlib.sha256(b"data").hexdigest()
        body = b'{"bytes": 4, "hashes": ["%s"]}' % digest.encode()
        self.web.put(f"{PITHOS}/{ALICE}/c/m?hashmap", body=body, headers={"Content-Type": "a/b"})
        self.assertEqual(self.web.head(f"{SWIFT}/c/m").headers["etag"], MD5)
        (entry,) = self.web.get(f"{SWIFT}/c?format=json&prefix=m").json()
        self.assertEqual(entry["hash"], MD5)

    def test_put_checks_what_is_announced(self) -> None:
        self.assertEqual(self.web.put(f"{SWIFT}/c/o").status, 411)
        bad = self.web.put(f"{SWIFT}/c/o", body=b"x", headers={"ETag": MD5})
        self.assertEqual(bad.status, 422)
        odd = self.web.put(f"{SWIFT}/c/o", body=b"x", headers={"If-None-Match": "x"})
        self.assertEqual(odd.status, 400)
        large = {"Content-Length": str(5368709123)}
        self.assertEqual(self.web.start("PUT", f"{SWIFT}/c/o", headers=large).answer().status, 413)
        self.assertEqual(self.web.put(f"{SWIFT}/none/o", body=b"x").status, 404)
        self.assertEqual(self.web.head(f"{SWIFT}/c/o").status, 404)
        once = {"If-None-Match": "*"}
        self.assertEqual(self.web.put(f"{SWIFT}/c/o", body=b"x", headers=once).status, 201)
        self.assertEqual(self.web.put(f"{SWIFT}/c/o", body=b"x", headers=once).status, 412)

    def test_an_empty_type_is_guessed(self) -> None:
        for name, sent, found in (
            ("a.txt", "", "text/plain"),
            ("a.unknown", "", "application/octet-stream"),
            ("b.txt", "x/y", "x/y"),
        ):
            self.store(f"c/{name}", Content_Type=sent)
            self.assertEqual(self.web.head(f"{SWIFT}/c/{name}").headers["content-type"], found)
        headers = {"Content-Type": "x/y", "X-Detect-Content-Type": "true"}
        self.web.put(f"{SWIFT}/c/b.txt", body=b"", headers=headers)
        self.assertEqual(self.web.head(f"{SWIFT}/c/b.txt").headers["content-type"], "text/plain")

    def test_post_replaces_all_settable_headers(self) -> None:
        """Object-storage.md 5.1."""
        self.store(
            "c/o",
            X_Object_Meta_A="1",
            Content_Encoding="gzip",
            Cache_Control="x",
            Content_Type="a/b",
        )
        answer = self.web.post(f"{SWIFT}/c/o", headers={"X-Object-Meta-B": "2"})
        self.assertEqual(answer.status, 202)
        found = self.web.head(f"{SWIFT}/c/o").headers
        self.assertEqual((found["x-object-meta-b"], found["content-type"]), ("2", "a/b"))
        for name in ("x-object-meta-a", "content-encoding", "cache-control"):
            self.assertNotIn(name, found)
        self.web.post(f"{SWIFT}/c/o", headers={"Content-Type": "c/d"})
        self.assertEqual(self.web.head(f"{SWIFT}/c/o").headers["content-type"], "c/d")
        self.assertEqual(self.web.get(f"{SWIFT}/c/o").body, b"data")
        self.assertEqual(self.web.post(f"{SWIFT}/c/none").status, 404)

    def test_ranges_are_cut_to_the_object(self) -> None:
        self.store("c/o", b"0123456789", Content_Type="a/b")
        for asked, status, body in (
            ("bytes=0-100", 206, b"0123456789"),
            ("bytes=-3", 206, b"789"),
            ("bytes=-100", 206, b"0123456789"),
            ("bytes = 2 - 3", 206, b"23"),
        ):
            answer = self.web.get(f"{SWIFT}/c/o", headers={"Range": asked})
            self.assertEqual((answer.status, answer.body), (status, body))
        answer = self.web.get(f"{SWIFT}/c/o", headers={"Range": "bytes=10-"})
        self.assertEqual(answer.status, 416)
        self.assertEqual(answer.headers["content-range"], "bytes */10")
        self.assertEqual(answer.headers["accept-ranges"], "bytes")
        self.assertIn("etag", answer.headers)
        answer = self.web.get(f"{SWIFT}/c/o", headers={"Range": "bytes=0-0,9-9"})
        boundary = answer.headers["content-type"].partition("boundary=")[2]
        self.assertEqual(answer.headers["content-length"], str(len(answer.body)))
        self.assertIn(
            f"--{boundary}\r\nContent-Range: bytes 0-0/10\r\nContent-Type: a/b\r\n\r\n0\r\n",
            answer.text,
        )

    def test_conditions_tell_what_they_compared_with(self) -> None:
        self.store("c/o")
        for headers, status in (
            ({"If-None-Match": f'"{MD5}"'}, 304),
            ({"If-Match": "x"}, 412),
            ({"If-Modified-Since": "Tue, 14 Nov 2023 22:13:21 GMT"}, 304),
        ):
            answer = self.web.get(f"{SWIFT}/c/o", headers=headers)
            self.assertEqual(answer.status, status)
            self.assertEqual(answer.headers["etag"], MD5)
            self.assertEqual(answer.headers["accept-ranges"], "bytes")
            self.assertIn("last-modified", answer.headers)

    def test_delete(self) -> None:
        """Object-storage.md 5.1."""
        self.store("c/o")
        answer = self.web.delete(f"{SWIFT}/c/o")
        self.assertEqual(answer.status, 204)
        self.assertEqual(answer.headers["content-type"], "text/html; charset=UTF-8")
        self.assertEqual(self.web.delete(f"{SWIFT}/c/o").status, 404)

    def test_a_large_object_is_its_segments(self) -> None:
        """5.10: dynamic large objects; the contract's ETag of `one` and `two`."""
        self.store("c/s/1", b"one")
        self.store("c/s/2", b"two")
        self.store("c/big", b"", X_Object_Manifest="c/s/")
        answer = self.web.get(f"{SWIFT}/c/big")
        self.assertEqual(answer.body, b"onetwo")
        tag = "2111c0ee5f1706682c57410673830fb3"
        self.assertEqual(answer.headers["etag"], f'"{tag}"')
        self.assertEqual(answer.headers["x-object-manifest"], "c/s/")
        head = self.web.head(f"{SWIFT}/c/big").headers
        self.assertEqual((head["content-length"], head["etag"]), ("6", f'"{tag}"'))
        own = self.web.get(f"{SWIFT}/c/big?multipart-manifest=get")
        self.assertEqual(own.body, b"")
        part = self.web.get(f"{SWIFT}/c/big", headers={"Range": "bytes=2-3"})
        self.assertEqual(part.body, b"et")
        bad = self.web.put(f"{SWIFT}/c/x", body=b"", headers={"X-Object-Manifest": "c"})
        self.assertEqual(bad.status, 400)


class Copying(SwiftCloud):
    def test_copy_both_ways(self) -> None:
        """Object-storage.md 5.1."""
        self.store("c/a%20b", X_Object_Meta_A="1", Content_Type="a/b")
        answer = self.web.request(
            "COPY",
            f"{SWIFT}/c/a%20b",
            headers={"Destination": "c/p%20q", "X-Object-Meta-B": "2"},
        )
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.headers["x-copied-from"], "c/a%20b")
        self.assertEqual(answer.headers["x-copied-from-account"], f"AUTH_{ALICE}")
        self.assertEqual(answer.headers["etag"], MD5)
        self.assertEqual(answer.headers["x-object-meta-b"], "2")
        found = self.web.get(f"{SWIFT}/c/p%20q")
        self.assertEqual((found.body, found.headers["content-type"]), (b"data", "a/b"))
        self.assertEqual(found.headers["x-object-meta-a"], "1")
        headers = {"X-Copy-From": "/c/a%20b", "X-Fresh-Metadata": "true", "X-Object-Meta-C": "3"}
        answer = self.web.put(f"{SWIFT}/c/r", body=b"", headers=headers)
        self.assertEqual(answer.status, 201)
        found = self.web.head(f"{SWIFT}/c/r").headers
        self.assertNotIn("x-object-meta-a", found)
        self.assertEqual(found["x-object-meta-c"], "3")

    def test_copies_that_make_no_sense(self) -> None:
        self.store("c/o")
        for headers in ({}, {"Destination": "c"}, {"Destination": "/c/"}):
            answer = self.web.request("COPY", f"{SWIFT}/c/o", headers=headers)
            self.assertEqual(answer.status, 412)
        answer = self.web.put(f"{SWIFT}/c/p", body=b"x", headers={"X-Copy-From": "c/o"})
        self.assertEqual(answer.status, 400)
        for source in ("c/none", "none/o"):
            answer = self.web.put(f"{SWIFT}/c/p", body=b"", headers={"X-Copy-From": source})
            self.assertEqual(answer.status, 404)

    def test_copying_to_another_account_needs_leave(self) -> None:
        self.store("c/o")
        self.web.put(f"/swift/v1/AUTH_{BOB}/b", token="bob")
        headers = {"Destination": "b/o", "Destination-Account": f"AUTH_{BOB}"}
        self.assertEqual(self.web.request("COPY", f"{SWIFT}/c/o", headers=headers).status, 403)


class Bulk(SwiftCloud):
    def test_objects_go_before_their_container(self) -> None:
        """Object-storage.md 5.11: bulk delete."""
        self.store("c/a%20b")
        self.store("c/o")
        body = b"/c\nc/a%20b\n/c/o\n/c/none\n"
        answer = self.web.post(
            f"{SWIFT}?bulk-delete",
            body=body,
            headers={"Content-Type": "text/plain", "Accept": "application/json"},
        )
        self.assertEqual(answer.status, 200)
        self.assertEqual(
            answer.json(),
            {
                "Response Status": "200 OK",
                "Response Body": "",
                "Number Deleted": 3,
                "Number Not Found": 1,
                "Errors": [],
            },
        )
        self.assertEqual(self.web.head(f"{SWIFT}/c").status, 404)

    def test_failures_are_named(self) -> None:
        self.store("c/o")
        headers = {"Accept": "application/json"}
        answer = self.web.delete(f"{SWIFT}?bulk-delete", body=b"/c\n%FF\n", headers=headers)
        self.assertEqual(answer.json()["Response Status"], "400 Bad Request")
        self.assertEqual(
            answer.json()["Errors"], [["/c", "409 Conflict"], ["%FF", "412 Precondition Failed"]]
        )
        text = self.web.post(f"{SWIFT}?bulk-delete", body=b"/c").text
        self.assertIn("Errors:\n/c, 409 Conflict\n", text)
        xml = self.web.post(f"{SWIFT}?bulk-delete&format=xml", body=b"/c/o").text
        self.assertIn("<delete><response_status>200 OK</response_status>", xml)
        self.assertEqual(self.web.post(f"{SWIFT}?bulk-delete").status, 411)
        answer = self.web.post(
            f"{SWIFT}?bulk-delete", body=b"x", headers={"Content-Type": "image/png"}
        )
        self.assertEqual(answer.status, 406)
