"""The past, damage, quotas and MD5 reporting, through the Pithos mount."""

import hashlib
import json

from synnefod.resources.objects.mounts import Faces
from tests.harness.web import Incomplete
from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, PITHOS, SWIFT, Cloud

HERE = f"{PITHOS}/{ALICE}"
TEXT = {"Content-Type": "text/plain"}


class Past(Cloud):
    """Everything `until` a second in which nothing happened."""

    def setUp(self) -> None:
        super().setUp()
        self.web.post(HERE, headers={"X-Account-Meta-A": "1"})
        self.web.put(f"{HERE}/c", headers={"X-Container-Meta-A": "1"})
        self.upload("c/o", b"old", {"X-Object-Meta-Colour": "red"})
        self.upload("c/gone", b"x", {"X-Object-Sharing": f"read={BOB}"})
        self.clock.advance(10)
        self.then = int(self.clock.seconds())
        self.clock.advance(10)
        self.web.post(HERE, headers={"X-Account-Meta-A": "2"})
        self.web.post(f"{HERE}/c", headers={"X-Container-Meta-A": "2"})
        self.upload("c/o", b"newer")
        self.web.delete(f"{HERE}/c/gone")
        self.container("d")

    def test_accounts(self) -> None:
        """PIT-044, PIT-049, PIT-056."""
        headers = self.web.head(f"{HERE}?until={self.then}").headers
        self.assertEqual(headers["x-account-meta-a"], "1")
        self.assertEqual(headers["x-account-container-count"], "1")
        self.assertIn("x-account-until-timestamp", headers)
        self.assertEqual(self.web.get(f"{HERE}?until={self.then}").text, "c\n")
        (entry,) = self.web.get(f"{HERE}?until={self.then}&format=json").json()
        self.assertIn("x_container_until_timestamp", entry)
        self.assertEqual(self.web.head(f"{HERE}?until={self.then}", token="bob").status, 403)

    def test_containers(self) -> None:
        """PIT-060, PIT-061, PIT-075."""
        headers = self.web.head(f"{HERE}/c?until={self.then}").headers
        self.assertEqual(headers["x-container-meta-a"], "1")
        self.assertEqual(headers["x-container-object-count"], "2")
        self.assertEqual(headers["x-container-object-meta"], "Colour")
        self.assertIn("x-container-until-timestamp", headers)
        self.assertEqual(self.web.head(f"{HERE}/c").headers["x-container-object-meta"], "")
        self.assertEqual(self.web.head(f"{HERE}/d?until={self.then}").status, 404)

    def test_objects(self) -> None:
        """PIT-096, PIT-098: no modification date and no sharing in the past."""
        o = {e["name"]: e for e in self.web.get(f"{HERE}/c?until={self.then}&format=json").json()}
        self.assertEqual({name: e["bytes"] for name, e in o.items()}, {"gone": 1, "o": 3})
        self.assertNotIn("last_modified", o["o"])
        self.assertNotIn("x_object_sharing", o["gone"])
        self.assertEqual(self.web.get(f"{HERE}/c").text, "o\n")

    def test_the_date_is_that_of_the_latest_change(self) -> None:
        """PIT-026, PIT-059."""
        now = self.web.head(f"{HERE}/c/o").headers["last-modified"]
        serial = self.web.get(f"{HERE}/c/o?version=list").json()["versions"][0][0]
        old = self.web.head(f"{HERE}/c/o?version={serial}").headers
        self.assertEqual(old["last-modified"], now)
        self.assertNotEqual(old["x-object-version-timestamp"], now)
        before = self.web.head(f"{HERE}/c").headers["last-modified"]
        self.clock.advance(5)
        self.upload("c/o", b"again")
        self.assertNotEqual(self.web.head(f"{HERE}/c").headers["last-modified"], before)


class Damage(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")
        self.first, self.second = b"a" * BLOCK, b"b" * BLOCK
        self.upload("c/o", self.first + self.second)

    def lose(self, data: bytes) -> None:
        for name in [n for n, d in self.blocks.blocks.items() if d == data]:
            del self.blocks.blocks[name]

    def test_a_lost_first_block_is_an_error_and_no_data(self) -> None:
        """PIT-122."""
        self.lose(self.first)
        for path in (f"{HERE}/c/o", f"{SWIFT}/c/o"):
            answer = self.web.get(path)
            self.assertEqual(answer.status, 500)
        answer = self.web.get(f"{HERE}/c/o", headers={"Range": f"bytes={BLOCK}-"})
        self.assertEqual((answer.status, answer.body), (206, self.second))

    def test_a_lost_later_block_breaks_the_connection(self) -> None:
        """PIT-122."""
        self.lose(self.second)
        exchange = self.web.start("GET", f"{HERE}/c/o")
        self.failureResultOf(exchange.done, Incomplete)
        self.assertTrue(exchange.connection.transport.aborted)
        self.flushLoggedErrors()


class Quotas(Cloud):
    def test_the_ledgers_limit_is_413_and_nothing_is_kept(self) -> None:
        """PIT-141, PIT-223, PIT-225, PIT-016."""
        self.container("c")
        self.ledger.limit = 5
        answer = self.web.put(f"{HERE}/c/o", body=b"123456", headers=TEXT)
        self.assertEqual((answer.status, list(answer.json())), (413, ["requestEntityTooLarge"]))
        self.assertIn("Quota error", answer.text)
        self.assertEqual(self.web.put(f"{SWIFT}/c/o", body=b"123456").status, 413)
        self.assertEqual(self.web.head(f"{HERE}/c/o").status, 404)
        self.assertEqual(self.web.put(f"{HERE}/c/o", body=b"12345", headers=TEXT).status, 201)
        self.ledger.limit = 1
        self.assertEqual(self.web.put(f"{HERE}/c/o", body=b"1234", headers=TEXT).status, 201)
        self.assertEqual(self.web.delete(f"{HERE}/c/o").status, 204)
        self.assertEqual(set(self.ledger.usage.values()), {0})

    def test_quota_is_told_by_project(self) -> None:
        """PIT-040, PIT-041."""
        self.container("c")
        self.upload("c/o", b"12345")
        headers = self.web.head(HERE).headers
        self.assertEqual(headers["x-account-bytes-used"], "5")
        self.assertEqual(headers[f"x-account-policy-quota-{ALICE}"], str(self.ledger.limit))
        self.assertEqual(headers["x-account-policy-quota"], str(self.ledger.limit))

    def test_versions_are_free_and_copies_are_charged(self) -> None:
        """PIT-224, PIT-227."""
        self.container("c")
        self.upload("c/o", b"12345")
        self.upload("c/o", b"12345")
        self.web.put(f"{HERE}/c/p", headers={"X-Copy-From": "/c/o", "Content-Length": "0"})
        self.assertEqual(self.web.head(HERE).headers["x-account-bytes-used"], "10")


class Md5(Cloud):
    faces = Faces(etag_md5=True)

    def setUp(self) -> None:
        super().setUp()
        self.container("c")

    def test_the_etag_is_the_md5(self) -> None:
        """PIT-103, PIT-030: both digests are accepted in conditions."""
        md5, root = hashlib.md5(b"x").hexdigest(), hashlib.sha256(b"x").hexdigest()
        self.assertEqual(self.upload("c/o", b"x").headers["etag"], md5)
        headers = self.web.head(f"{HERE}/c/o").headers
        self.assertEqual((headers["etag"], headers["x-object-hash"]), (md5, root))
        for tag in (md5, root):
            answer = self.web.get(f"{HERE}/c/o", headers={"If-None-Match": tag})
            self.assertEqual((answer.status, answer.headers["etag"]), (304, md5))

    def test_the_md5_of_a_hashmap_is_computed(self) -> None:
        """PIT-142, PIT-143: also when the last block is full."""
        data = b"a" * BLOCK + b"b" * BLOCK
        kind = {"Content-Type": "application/octet-stream"}
        hashes = self.web.post(f"{HERE}/c?update", body=data, headers=kind).json()
        body = json.dumps({"bytes": len(data), "hashes": hashes}).encode()
        answer = self.web.put(f"{HERE}/c/o?hashmap", body=body, headers=TEXT)
        md5 = hashlib.md5(data).hexdigest()
        self.assertEqual((answer.status, answer.headers["etag"]), (201, md5))
        (entry,) = self.web.get(f"{HERE}/c?format=json").json()
        self.assertEqual(entry["hash"], md5)

    def test_a_manifests_etag_is_that_of_its_parts(self) -> None:
        """PIT-116."""
        tags = [self.upload(f"c/part/{n}", b"x" * n).headers["etag"] for n in (1, 2)]
        self.upload("c/m", b"", {"X-Object-Manifest": "c/part/"})
        expected = hashlib.md5("".join(tags).encode()).hexdigest()
        self.assertEqual(self.web.get(f"{HERE}/c/m").headers["etag"], expected)
        self.assertEqual(self.web.head(f"{HERE}/c/m").headers["etag"], expected)

    def test_a_form_is_answered_with_the_md5(self) -> None:
        """PIT-183."""
        body = b'--b\r\nContent-Disposition: form-data; name="X-Object-Data"\r\n\r\nx\r\n--b--'
        answer = self.web.post(
            f"{HERE}/c/o", body=body, headers={"Content-Type": "multipart/form-data; boundary=b"}
        )
        self.assertEqual(answer.text, hashlib.md5(b"x").hexdigest())


class Sharing(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")

    def share(self, path: str, value: str, kind: str = "text/plain") -> None:
        self.upload(path, b"x", {"X-Object-Sharing": value, "Content-Type": kind})

    def status(self, path: str, token: str = "bob") -> int:
        return self.web.get(f"{HERE}/{path}", token=token).status

    def test_the_nearest_directory_decides(self) -> None:
        """PIT-212, PIT-213, PIT-215."""
        folder = "application/directory; x=y"
        self.share("c/d", f"write={BOB}", folder)
        self.share("c/d/e/", f"read={BOB}", "application/folder")
        self.share("c/plain", f"read={BOB}")
        for name in ("d/1", "d/e/2", "plain/3", "d2"):
            self.upload(f"c/{name}", b"x")
        self.assertEqual(self.status("c/d/1"), 200)
        self.assertEqual(self.status("c/d/e/2"), 200)
        self.assertEqual(self.status("c/plain/3"), 403)
        self.assertEqual(self.status("c/d2"), 403)
        headers = self.web.head(f"{HERE}/c/d/1", token="bob").headers
        self.assertEqual(headers["x-object-shared-by"], f"{ALICE}/c/d")
        self.assertEqual(headers["x-object-allowed-to"], "write")
        put = self.web.put(f"{HERE}/c/d/new", body=b"", headers=TEXT, token="bob")
        self.assertEqual(put.status, 201)
        put = self.web.put(f"{HERE}/c/d/e/new", body=b"", headers=TEXT, token="bob")
        self.assertEqual(put.status, 403)

    def test_groups_count_when_they_are_asked_for(self) -> None:
        """PIT-210, PIT-214."""
        self.share("c/o", f"read={ALICE}:dev")
        self.assertEqual(self.status("c/o"), 403)
        self.web.post(f"{HERE}?update", headers={"X-Account-Group-Dev": BOB})
        self.assertEqual(self.status("c/o"), 200)
        self.assertEqual(self.status("c/o", "carol"), 403)
        self.share("c/o", "read=*")
        self.assertEqual(self.status("c/o", "carol"), 200)
        self.assertEqual(self.web.get(f"{HERE}/c/o", token="").status, 401)


class Rest(Cloud):
    def setUp(self) -> None:
        super().setUp()
        for name in ("a", "b", "c"):
            self.container(name)

    def test_flags_are_true_whatever_they_say(self) -> None:
        """PIT-023."""
        for number, value in enumerate(("", "=", "=1", "=False")):
            self.web.post(f"{HERE}/a?update{value}", headers={f"X-Container-Meta-{number}": "1"})
        headers = self.web.head(f"{HERE}/a").headers
        self.assertEqual(len([n for n in headers if n.startswith("x-container-meta")]), 4)

    def test_containers_with_shared_and_public_objects(self) -> None:
        """PIT-047, PIT-048."""
        self.upload("a/o", b"x", {"X-Object-Sharing": f"read={BOB}"})
        self.upload("b/o", b"x", {"X-Object-Public": "true"})
        for query, names in (
            ("shared", "a\n"),
            ("public", "b\n"),
            ("shared&public", "a\nb\n"),
        ):
            self.assertEqual(self.web.get(f"{HERE}?{query}").text, names)
        (entry,) = self.web.get(f"{HERE}?format=json", token="bob").json()
        self.assertEqual((entry["name"], set(entry)), ("a", {"name", "last_modified"}))
        self.assertEqual(self.web.get(f"{HERE}?public", token="bob").status, 403)

    def test_if_none_match_beats_the_date(self) -> None:
        """PIT-033."""
        self.upload("a/o", b"x")
        date = self.web.head(f"{HERE}/a/o").headers["last-modified"]
        headers = {"If-Modified-Since": date}
        self.assertEqual(self.web.get(f"{HERE}/a/o", headers=headers).status, 304)
        headers["If-None-Match"] = "other"
        self.assertEqual(self.web.get(f"{HERE}/a/o", headers=headers).status, 200)

    def test_history_stays_when_versioning_is_switched_off(self) -> None:
        """PIT-192, PIT-193."""
        for data in (b"1", b"2"):
            self.upload("a/o", data)
        self.web.post(f"{HERE}/a?update", headers={"X-Container-Policy-Versioning": "none"})
        for data in (b"3", b"4"):
            self.upload("a/o", data)
        versions = self.web.get(f"{HERE}/a/o?version=list").json()["versions"]
        self.assertEqual(
            [self.web.get(f"{HERE}/a/o?version={serial}").body for serial, _ in versions],
            [b"1", b"4"],
        )

    def test_blocks_alone_are_not_charged(self) -> None:
        """PIT-190."""
        kind = {"Content-Type": "application/octet-stream"}
        self.web.post(f"{HERE}/a?update", body=b"x" * 1000, headers=kind)
        self.assertEqual(self.web.head(HERE).headers["x-account-bytes-used"], "0")

    def test_a_copy_stores_no_block(self) -> None:
        """PIT-159."""
        self.upload("a/o", b"x" * 1000)
        before = set(self.blocks.blocks)
        headers = {"X-Copy-From": "/a/o", "Content-Length": "0"}
        self.assertEqual(self.web.put(f"{HERE}/b/o", headers=headers).status, 201)
        self.assertEqual(set(self.blocks.blocks), before)

    def test_serials_grow_and_times_follow_when_the_clock_steps_back(self) -> None:
        """PIT-200."""
        self.upload("a/o", b"1")
        self.clock.rightNow -= 1000
        self.upload("a/o", b"2")
        (one, two) = self.web.get(f"{HERE}/a/o?version=list").json()["versions"]
        self.assertLess(one[0], two[0])
        self.assertLess(float(one[1]), float(two[1]))

    def test_public_links_are_22_letters(self) -> None:
        """PIT-218: 128 random bits in base 62."""
        self.upload("a/o", b"x", {"X-Object-Public": "true"})
        token = self.web.head(f"{HERE}/a/o").headers["x-object-public"].rpartition("/")[2]
        self.assertRegex(token, r"^[0-9a-zA-Z]{1,22}$")
        self.assertGreater(len(token), 15)
