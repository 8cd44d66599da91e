"""Containers through the Pithos mount."""

import hashlib

from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, PITHOS, Cloud

HERE = f"{PITHOS}/{ALICE}"


class Containers(Cloud):
    def test_put_creates_and_then_merges(self) -> None:
        """PIT-063, PIT-064."""
        self.assertEqual(self.web.put(f"{HERE}/c", headers={"X-Container-Meta-A": "1"}).status, 201)
        self.assertEqual(self.web.put(f"{HERE}/c", headers={"X-Container-Meta-B": "2"}).status, 202)
        headers = self.web.head(f"{HERE}/c").headers
        self.assertEqual((headers["x-container-meta-a"], headers["x-container-meta-b"]), ("1", "2"))
        self.assertEqual(self.web.put(f"{HERE}/d", token="bob").status, 403)

    def test_head_tells_counts_policy_and_blocks(self) -> None:
        """PIT-057, PIT-058, PIT-066."""
        self.container("c")
        self.upload("c/o", b"123", {"X-Object-Meta-Colour": "red"})
        answer = self.web.head(f"{HERE}/c/")
        self.assertEqual(answer.status, 204)
        expected = {
            "x-container-object-count": "1",
            "x-container-bytes-used": "3",
            "x-container-block-size": "4194304",
            "x-container-block-hash": "sha256",
            "x-container-object-meta": "Colour",
            "x-container-policy-quota": "0",
            "x-container-policy-versioning": "auto",
            "x-container-policy-project": ALICE,
        }
        self.assertEqual({name: answer.headers.get(name) for name in expected}, expected)
        self.assertIn("last-modified", answer.headers)

    def test_policies_are_checked(self) -> None:
        """PIT-065."""
        for name, value in (
            ("Quota", "-1"),
            ("Quota", "abc"),
            ("Versioning", "manual"),
            ("Foo", "1"),
        ):
            answer = self.web.put(f"{HERE}/c", headers={f"X-Container-Policy-{name}": value})
            self.assertEqual(answer.status, 400)
        self.assertEqual(self.web.head(f"{HERE}/c").status, 404)
        good = {"X-Container-Policy-Quota": " 10 ", "X-Container-Policy-Versioning": "none"}
        self.assertEqual(self.web.put(f"{HERE}/c", headers=good).status, 201)
        headers = self.web.head(f"{HERE}/c").headers
        self.assertEqual(headers["x-container-policy-quota"], "10")
        self.assertEqual(headers["x-container-policy-versioning"], "none")

    def test_post_replaces_or_merges(self) -> None:
        """PIT-069, PIT-070, PIT-071."""
        first = {"X-Container-Meta-A": "1", "X-Container-Policy-Quota": "10"}
        self.web.put(f"{HERE}/c", headers=first)
        self.assertEqual(self.web.post(f"{HERE}/c?update").status, 202)
        headers = self.web.head(f"{HERE}/c").headers
        self.assertEqual(headers["x-container-meta-a"], "1")
        self.web.post(f"{HERE}/c?update", headers={"X-Container-Policy-Quota": ""})
        self.assertEqual(self.web.head(f"{HERE}/c").headers["x-container-policy-quota"], "0")
        self.web.post(f"{HERE}/c")
        headers = self.web.head(f"{HERE}/c").headers
        self.assertNotIn("x-container-meta-a", headers)
        self.assertEqual(headers["x-container-policy-project"], ALICE)

    def test_metadata_is_limited(self) -> None:
        """PIT-074: 32 items after merging, 91 headers, long names and values."""
        self.container("c")
        many = {f"X-Container-Meta-{n}": "v" for n in range(33)}
        self.assertEqual(self.web.post(f"{HERE}/c", headers=many).status, 400)
        for headers in (
            {f"X-Container-Meta-{n}": "v" for n in range(91)},
            {"X-Container-Meta-" + "n" * 112: "v"},
            {"X-Container-Meta-A": "v" * 257},
        ):
            self.assertEqual(self.web.post(f"{HERE}/c", headers=headers).status, 400)
        headers = self.web.head(f"{HERE}/c").headers
        self.assertEqual([n for n in headers if n.startswith("x-container-meta")], [])

    def test_an_empty_container_is_deleted_with_its_history(self) -> None:
        """PIT-076."""
        self.container("c")
        self.upload("c/o", b"x")
        answer = self.web.delete(f"{HERE}/c")
        self.assertEqual((answer.status, list(answer.json())), (409, ["conflict"]))
        self.web.delete(f"{HERE}/c/o")
        self.assertEqual(self.web.delete(f"{HERE}/c").status, 204)
        self.assertEqual(self.web.delete(f"{HERE}/c").status, 404)
        self.container("c")
        self.assertEqual(self.web.get(f"{HERE}/c/o?version=list").status, 404)

    def test_a_float_until_is_no_until(self) -> None:
        """PIT-022: deleting with a float is a plain delete."""
        self.container("c")
        self.assertEqual(self.web.delete(f"{HERE}/c?until=1400000000.25").status, 204)
        self.assertEqual(self.web.head(f"{HERE}/c").status, 404)

    def test_history_is_purged_and_the_rest_stays(self) -> None:
        """PIT-077, PIT-079."""
        self.container("c")
        self.upload("c/o", b"1")
        self.upload("c/o", b"2")
        self.upload("c/gone", b"3")
        self.web.delete(f"{HERE}/c/gone")
        self.assertEqual(self.web.delete(f"{HERE}/c?until=1699999999&delimiter=/").status, 204)
        self.assertEqual(len(self.versions("c/o")), 2)
        self.assertEqual(self.web.delete(f"{HERE}/c?until=99999999999&delimiter=/").status, 204)
        self.assertEqual(len(self.versions("c/o")), 1)
        self.assertEqual(self.web.get(f"{HERE}/c/o").body, b"2")
        self.assertEqual(self.web.get(f"{HERE}/c/gone?version=list").status, 404)
        self.assertEqual(self.web.head(f"{HERE}/c").status, 204)

    def versions(self, path: str) -> list[list[object]]:
        found: list[list[object]] = self.web.get(f"{HERE}/{path}?version=list").json()["versions"]
        return found

    def test_a_container_is_emptied(self) -> None:
        """PIT-078, PIT-080, PIT-081: the objects become history, sharing and links go."""
        self.container("c")
        self.upload("c/a", b"1", {"X-Object-Sharing": "read=*", "X-Object-Public": "true"})
        self.upload("c/b/d", b"2")
        link = self.web.head(f"{HERE}/c/a").headers["x-object-public"].partition("org")[2]
        self.assertEqual(self.web.delete(f"{HERE}/c?delimiter=/", token="bob").status, 403)
        self.assertEqual(self.web.delete(f"{HERE}/c?delimiter=/").status, 204)
        self.assertEqual(self.web.get(f"{HERE}/c").status, 204)
        self.assertEqual(len(self.versions("c/a")), 1)
        self.assertEqual(self.web.get(link, token="").status, 404)
        self.upload("c/a", b"3")
        self.assertNotIn("x-object-sharing", self.web.head(f"{HERE}/c/a").headers)
        self.assertEqual(self.web.head(HERE).headers["x-account-bytes-used"], "1")

    def test_others_may_not_change_or_see(self) -> None:
        """PIT-080, PIT-061, PIT-062."""
        self.container("c")
        for method in ("HEAD", "GET", "POST", "DELETE"):
            self.assertEqual(self.web.request(method, f"{HERE}/c", token="bob").status, 403)
        self.assertEqual(self.web.head(f"{HERE}/none").status, 404)
        self.upload("c/o", b"x", {"X-Object-Sharing": f"write={BOB}"})
        answer = self.web.head(f"{HERE}/c", token="bob")
        self.assertEqual(answer.status, 204)
        self.assertNotIn("x-container-object-count", answer.headers)
        self.assertNotIn("x-container-policy-quota", answer.headers)
        self.assertEqual(answer.headers["x-container-block-size"], "4194304")
        self.assertEqual(self.web.delete(f"{HERE}/c", token="bob").status, 403)

    def test_names_are_literal(self) -> None:
        for name in ("..", ".", "%25", "a%20b", "%CE%B1"):
            self.assertEqual(self.web.put(f"{HERE}/{name}").status, 201)
        self.assertEqual(self.web.get(HERE).text, "%\n.\n..\na b\nα\n")
        for name in ("%FF", "a%00b", "c" * 257):
            self.assertEqual(self.web.put(f"{HERE}/{name}").status, 400)


class Blocks(Cloud):
    TYPE = {"Content-Type": "application/octet-stream"}

    def test_a_body_is_cut_into_blocks(self) -> None:
        """PIT-073, PIT-185."""
        self.container("c")
        data = b"a" * BLOCK + b"b" * 10
        answer = self.web.post(f"{HERE}/c?update", body=data, headers=self.TYPE)
        self.assertEqual(answer.status, 202)
        hashes = [hashlib.sha256(d).hexdigest() for d in (data[:BLOCK], data[BLOCK:])]
        self.assertEqual(answer.json(), hashes)
        self.assertEqual(answer.headers["content-type"], "application/json; charset=UTF-8")
        answer = self.web.post(
            f"{HERE}/c?update&format=xml", body=[b"b" * 10], chunked=True, headers=self.TYPE
        )
        self.assertTrue(answer.text.endswith(f"<items><item>{hashes[1]}</item></items>"))

    def test_nulls_at_the_end_do_not_matter(self) -> None:
        """PIT-188."""
        self.container("c")
        answers = [
            self.web.post(f"{HERE}/c?update", body=data, headers=self.TYPE).json()
            for data in (b"abc", b"abc\0\0")
        ]
        self.assertEqual(answers[0], answers[1])

    def test_nothing_is_no_block(self) -> None:
        """PIT-187."""
        self.container("c")
        answer = self.web.post(f"{HERE}/c?update", body=b"", headers=self.TYPE)
        self.assertEqual((answer.status, answer.body), (202, b""))

    def test_without_update_the_metadata_goes(self) -> None:
        """PIT-186."""
        self.web.put(f"{HERE}/c", headers={"X-Container-Meta-A": "1"})
        self.web.post(f"{HERE}/c?update", body=b"x", headers=self.TYPE)
        self.assertIn("x-container-meta-a", self.web.head(f"{HERE}/c").headers)
        self.web.post(f"{HERE}/c", body=b"x", headers=self.TYPE)
        self.assertNotIn("x-container-meta-a", self.web.head(f"{HERE}/c").headers)

    def test_only_the_owner_stores_blocks(self) -> None:
        """PIT-189."""
        self.container("c")
        self.upload("c/o", b"x", {"X-Object-Sharing": f"write={BOB}"})
        answer = self.web.post(f"{HERE}/c?update", body=b"y", headers=self.TYPE, token="bob")
        self.assertEqual(answer.status, 403)

    def test_another_type_is_no_block(self) -> None:
        self.container("c")
        kind = {"Content-Type": "application/octet-stream; charset=x"}
        answer = self.web.post(f"{HERE}/c?update", body=b"x", headers=kind)
        self.assertEqual((answer.status, answer.body), (202, b""))


class Listings(Cloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("c")

    def fill(self, *names: str) -> None:
        for name in names:
            self.upload(f"c/{name}", b"x")

    def names(self, query: str) -> list[str]:
        answer = self.web.get(f"{HERE}/c?{query}")
        return answer.text.splitlines() if answer.body else []

    def test_text_is_a_name_a_line(self) -> None:
        """PIT-082, PIT-083."""
        self.assertEqual(self.web.get(f"{HERE}/c").status, 204)
        self.assertEqual(self.web.get(f"{HERE}/c?format=json").json(), [])
        self.fill("b", "a", "%C3%A9", "Z")
        self.assertEqual(self.web.get(f"{HERE}/c").text, "Z\na\nb\né\n")
        self.assertEqual(self.names("limit=2"), ["Z", "a"])
        self.assertEqual(self.names("limit=2&marker=a"), ["b", "é"])
        self.assertEqual(self.names("limit=1000000"), ["Z", "a", "b", "é"])
        self.assertEqual(self.web.get(f"{HERE}/c?marker=%FF").status, 400)

    def test_prefix_and_delimiter_roll_up(self) -> None:
        """PIT-084, PIT-085, PIT-086, PIT-087, PIT-088, PIT-089, PIT-090."""
        self.fill("a", "photos/", "photos/1", "photos/b/2", "photos/c/3", "z/1")
        self.assertEqual(self.names("prefix=/photos/c"), ["photos/c/3"])
        self.assertEqual(self.names("delimiter=/"), ["a", "photos/", "z/"])
        self.assertEqual(
            self.names("delimiter=/&prefix=photos"),
            ["photos/", "photos/1", "photos/b/", "photos/c/"],
        )
        self.assertEqual(self.names("delimiter=/&marker=photos/&limit=1"), ["z/"])
        self.assertEqual(self.names("delimiter=/&marker=z/"), [])
        entries = self.web.get(f"{HERE}/c?delimiter=/&format=json").json()
        self.assertEqual([e.get("name") for e in entries], ["a", "photos/", None])
        self.assertEqual(entries[2], {"subdir": "z/"})
        self.assertIn('<subdir name="z/" />', self.web.get(f"{HERE}/c?delimiter=/&format=xml").text)

    def test_path_gives_children_only(self) -> None:
        """PIT-091."""
        self.fill("a", "d/", "d/1", "d/e/", "d/e/2")
        self.assertEqual(self.names("path=d"), ["d/", "d/1", "d/e/"])
        self.assertEqual(self.names("path=/"), ["a", "d/"])
        self.assertEqual(len(self.names("path=")), 5)

    def test_metadata_selects(self) -> None:
        """PIT-092, PIT-093."""
        self.upload("c/a", b"", {"X-Object-Meta-Colour": "red", "X-Object-Meta-Size": "3"})
        self.upload("c/b", b"", {"X-Object-Meta-Colour": "blue"})
        self.upload("c/d", b"")
        self.assertEqual(self.names("meta=colour"), ["a", "b"])
        self.assertEqual(self.names("meta=!colour"), ["d"])
        self.assertEqual(self.names("meta=colour%3Dred"), ["a"])
        self.assertEqual(self.names("meta=colour!%3Dred"), ["b"])
        self.assertEqual(self.names("meta=colour,!size"), ["b"])
        self.assertEqual(self.names("meta=size%3E2"), ["a"])
        self.assertEqual(self.names("meta=%3D,!!"), ["a", "b", "d"])
        many = ",".join(f"k{n}" for n in range(101))
        self.assertEqual(self.web.get(f"{HERE}/c?meta={many}").status, 400)

    def test_json_entries_hold_the_contracts_fields(self) -> None:
        """PIT-097, PIT-018, PIT-019, PIT-032."""
        self.upload("c/o", b"12345", {"X-Object-Meta-A": "1"})
        answer = self.web.get(f"{HERE}/c?format=json")
        self.assertEqual(answer.headers["x-container-object-count"], "1")
        (entry,) = answer.json()
        self.assertEqual(
            set(entry),
            {
                "name",
                "bytes",
                "content_type",
                "hash",
                "last_modified",
                "x_object_hash",
                "x_object_uuid",
                "x_object_version",
                "x_object_version_timestamp",
                "x_object_modified_by",
                "available",
                "map_check_timestamp",
            },
        )
        self.assertEqual(entry["bytes"], 5)
        self.assertEqual(entry["hash"], hashlib.md5(b"12345").hexdigest())
        self.assertEqual(entry["x_object_hash"], hashlib.sha256(b"12345").hexdigest())
        self.assertEqual(entry["x_object_modified_by"], ALICE)
        self.assertIsInstance(entry["x_object_version"], int)
        self.assertRegex(entry["x_object_version_timestamp"], r"^\d+\.\d{6}$")
        self.assertRegex(entry["last_modified"], r"\.\d{6}\+00:00$")

    def test_xml_has_one_element_a_field(self) -> None:
        """PIT-100."""
        self.upload("c/%3Ca%3E", b"1")
        text = self.web.get(f"{HERE}/c?format=xml").text
        self.assertIn('<container name="c"><object><name>&lt;a&gt;</name><bytes>1</bytes>', text)
        self.assertTrue(text.endswith("</object></container>"))

    def test_shared_and_public_objects_are_selected(self) -> None:
        """PIT-094, PIT-095, PIT-098."""
        self.upload("c/a", b"1", {"X-Object-Sharing": f"read={BOB}"})
        self.upload("c/b", b"1", {"X-Object-Public": "true"})
        self.fill("d")
        self.assertEqual(self.names("shared"), ["a"])
        self.assertEqual(self.names("public"), ["b"])
        self.assertEqual(self.names("shared&public"), ["a", "b"])
        self.assertEqual(self.names("public&marker=b"), [])
        a, b, d = self.web.get(f"{HERE}/c?format=json").json()
        self.assertEqual(a["x_object_sharing"], f"read={BOB}")
        self.assertTrue(b["x_object_public"].startswith("http://cloud.example.org/pithos/public/"))
        self.assertNotIn("x_object_sharing", d)
        self.assertEqual(self.web.get(f"{HERE}/c?public", token="bob").status, 403)

    def test_others_see_what_is_shared_with_them(self) -> None:
        """PIT-099."""
        self.fill("a", "b")
        self.assertEqual(self.web.get(f"{HERE}/c", token="bob").status, 403)
        self.upload("c/x/1", b"1", {"X-Object-Sharing": f"read={BOB}"})
        answer = self.web.get(f"{HERE}/c?format=json", token="bob")
        (entry,) = answer.json()
        self.assertEqual((entry["name"], entry["x_object_allowed_to"]), ("x/1", "read"))
        self.assertNotIn("x-container-object-count", answer.headers)

    def test_the_order_turns(self) -> None:
        """PIT-101."""
        self.fill("a", "b", "d")
        self.assertEqual(self.names("reverse=true"), ["d", "b", "a"])
        self.assertEqual(self.names("end_marker=d"), ["a", "b"])
