"""Synnefo's image API through the door."""

from __future__ import annotations

from typing import Any

from synnefod.common.ids import UserId
from synnefod.objects.interface import PLANKTON, Available, Place
from tests.harness.web import Answer
from tests.unit.resources.image.cloud import V1, V2, ImageCloud
from tests.unit.resources.objects.cloud import ALICE, BOB, CAROL, PITHOS


class LegacyCase(ImageCloud):
    def setUp(self) -> None:
        super().setUp()
        self.container("box")

    def register(
        self, name: str = "img", path: str = "box/disk", *, token: str = "alice", **meta: str
    ) -> Answer:
        headers = {f"X-Image-Meta-{key.replace('_', '-')}": value for key, value in meta.items()}
        headers.setdefault("X-Image-Meta-Name", name)
        headers.setdefault("X-Image-Meta-Location", f"pithos://{ALICE}/{path}")
        return self.web.post(f"{V1}/images", headers=headers, token=token)

    def registered(self, name: str = "img", path: str = "box/disk", **meta: str) -> str:
        """The id of an image that is made of a new file."""
        self.upload(path, name.encode())
        answer = self.register(name, path, **meta)
        self.assertEqual((answer.status, answer.body), (200, b""), answer.text)
        return answer.headers["x-image-meta-id"]

    def detail(self, query: str = "", *, token: str = "alice") -> list[dict[str, Any]]:
        answer = self.web.get(f"{V1}/images/detail{query}", token=token)
        self.assertEqual(answer.status, 200, answer.text)
        images: list[dict[str, Any]] = answer.json()["images"]
        return images

    def names(self, query: str = "", *, token: str = "alice") -> list[str]:
        return [image["name"] for image in self.detail(query, token=token)]

    def put(self, image: str, *, token: str = "alice", **meta: str) -> Answer:
        headers = {f"X-Image-Meta-{key.replace('_', '-')}": value for key, value in meta.items()}
        return self.web.put(f"{V1}/images/{image}", headers=headers, token=token)


class Registering(LegacyCase):
    def test_a_file_becomes_an_image(self) -> None:
        """The answer has no body and all metadata as headers; formats have defaults. IMG-010,
        IMG-012, IMG-021"""
        self.upload("box/disk", b"data")
        answer = self.register("µ name", Property_OS_Family="linux", Description="a%20b")
        self.assertEqual((answer.status, answer.body), (200, b""))
        head = answer.headers
        self.assertEqual(head["x-image-meta-name"], "%C2%B5%20name")
        self.assertEqual(head["x-image-meta-description"], "a%20b")
        self.assertEqual(head["x-image-meta-disk-format"], "diskdump")
        self.assertEqual(head["x-image-meta-container-format"], "bare")
        self.assertEqual(head["x-image-meta-is-public"], "False")
        self.assertEqual(head["x-image-meta-size"], "4")
        self.assertEqual(head["x-image-meta-property-os-family"], "linux")
        self.assertEqual(head["x-image-meta-location"], f"pithos://{ALICE}/box/disk")

    def test_the_lists(self) -> None:
        """The short list has six members; the long one all. IMG-001, IMG-002, IMG-052"""
        image = self.registered("img", Property_OS="linux", Description="words")
        brief = self.web.get(f"{V1}/images").json()["images"]
        expected = {
            "status": "AVAILABLE",
            "name": "img",
            "disk_format": "diskdump",
            "container_format": "bare",
            "size": 3,
            "id": image,
        }
        self.assertEqual(brief, [expected])
        (detail,) = self.detail()
        merkle = self.web.head(f"{PITHOS}/{ALICE}/box/disk").headers["x-object-hash"]
        expected |= {
            "checksum": merkle,
            "location": f"pithos://{ALICE}/box/disk",
            "deleted_at": "",
            "is_public": False,
            "owner": ALICE,
            "properties": {"os": "linux"},
            "is_snapshot": False,
            "description": "words",
        }
        self.assertEqual({key: detail[key] for key in expected}, expected)
        self.assertEqual(set(detail) - set(expected), {"created_at", "updated_at"})

    def test_the_same_file_again(self) -> None:
        """The id is the file's UUID: another registration updates, and the time of the first
        stays. IMG-015, IMG-051"""
        image = self.registered("one")
        (before,) = self.detail()
        self.clock.advance(1)
        answer = self.register("two")
        self.assertEqual(answer.headers["x-image-meta-id"], image)
        (after,) = self.detail()
        self.assertEqual((after["name"], after["created_at"]), ("two", before["created_at"]))
        self.assertGreater(after["updated_at"], before["updated_at"])
        uuid = self.web.head(f"{PITHOS}/{ALICE}/box/disk").headers["x-object-uuid"]
        self.assertEqual(image, uuid)

    def test_locations(self) -> None:
        """URL-encoded UTF-8; too few parts or another scheme 400, no file 404, somebody else's
        403. IMG-011, IMG-017"""
        self.upload("box/a%20%C2%B5", b"x")
        location = f"pithos://{ALICE}/box/a%20%C2%B5"
        self.assertEqual(self.register(Location=location).status, 200)
        for wrong in (
            "",
            "x",
            f"pithos://{ALICE}/box",
            f"http://{ALICE}/box/disk",
            "pithos://a/b/%FF",
        ):
            self.assertEqual(self.register(Location=wrong).status, 400, wrong)
        self.assertEqual(self.register(path="box/none").status, 404)
        self.assertEqual(self.register(path="box/a%20%C2%B5", token="bob").status, 403)

    def test_a_shared_file_is_still_its_owners(self) -> None:
        """Who may write the file may not make an image of it. IMG-017"""
        self.upload("box/disk", b"x", {"X-Object-Sharing": f"write={BOB}"})
        self.assertEqual(self.register(token="bob").status, 403)

    def test_sizes_and_checksums(self) -> None:
        """They must be the file's. IMG-013"""
        self.upload("box/disk", b"data")
        merkle = self.web.head(f"{PITHOS}/{ALICE}/box/disk").headers["x-object-hash"]
        self.assertEqual(self.register(Size="4", Checksum=merkle).status, 200)
        for meta in ({"Size": "5"}, {"Size": "x"}, {"Checksum": "0" * 64}):
            self.assertEqual(self.register(**meta).status, 400, meta)

    def test_headers(self) -> None:
        """Those that are the service's own are 400, wrong values are 400, unknown ones are
        ignored; name and location are needed. IMG-014, IMG-012, IMG-010"""
        self.upload("box/disk", b"data")
        for meta in [
            {"Id": "x"},
            {"Status": "active"},
            {"Created-At": "now"},
            {"Disk-Format": "qcow2"},
            {"Container-Format": "zip"},
            {"Is-Public": "maybe"},
            {"Store": "s3"},
            {"Name": "%FF"},
            {"Name": ""},
            {"Property-" + "x" * 94: "v"},
            {"Property-x": "v" * 257},
            {"Property-x": "%FF"},
        ]:
            self.assertEqual(self.register(**meta).status, 400, meta)
        self.assertEqual(self.detail(), [])
        self.assertEqual(self.register(Foo="x", Store="pithos", Disk_Format="extdump").status, 200)

    def test_property_names(self) -> None:
        """Lower case, each punctuation character an underscore. IMG-022"""
        self.registered("img", **{"Property-OS.Family-X": "a%20b"})
        self.assertEqual(self.detail()[0]["properties"], {"os_family_x": "a b"})

    def test_too_many_properties(self) -> None:
        """More than 32 entries are 400. IMG-050"""
        self.upload("box/disk", b"data")
        meta = {f"Property-p{number}": "x" for number in range(33)}
        self.assertEqual(self.register(**meta).status, 400)

    def test_sharing_is_kept(self) -> None:
        """Readers and writers of the file stay when it is registered. IMG-016"""
        self.upload("box/disk", b"x", {"X-Object-Sharing": f"read={BOB}; write={CAROL}"})
        self.assertEqual(self.register().status, 200)
        found = self.web.head(f"{PITHOS}/{ALICE}/box/disk").headers["x-object-sharing"]
        self.assertEqual(found, f"read={BOB}; write={CAROL}")
        self.assertEqual(self.register(Is_Public="True").status, 200)
        found = self.web.head(f"{PITHOS}/{ALICE}/box/disk").headers["x-object-sharing"]
        self.assertIn("read=*", found)
        self.assertIn(f"write={CAROL}", found)


class Listing(LegacyCase):
    def setUp(self) -> None:
        super().setUp()
        self.one = self.registered("one", "box/1")
        self.three = self.registered("three", "box/3", Disk_Format="extdump")
        self.registered("public", "box/p", Is_Public="True")

    def test_who_sees_what(self) -> None:
        """Own, shared and public ones; nothing else, and no image without data."""
        self.make(name="queued")
        self.assertEqual(self.names(), ["public", "three", "one"])
        self.assertEqual(self.names(token="bob"), ["public"])
        self.web.put(f"{V1}/images/{self.one}/members/{BOB}")
        self.assertEqual(self.names(token="bob"), ["public", "one"])

    def test_snapshots(self) -> None:
        """They are listed with the state of their data: not there yet, there, failed; in headers
        what is not there yet is being saved. IMG-007, IMG-003"""
        snapshot = self.now(
            self.objects.register_map(
                UserId(ALICE),
                Place(ALICE, "snapshots", "snap"),
                size=1 << 30,
                content_type="application/octet-stream",
                map_name="snf-snap-1-1",
                domain=PLANKTON,
                properties={"plankton:name": "snap", "plankton:status": "active"},
            )
        )
        for available, state, header in [
            (Available.NO, "UNAVAILABLE", "SAVING"),
            (Available.YES, "AVAILABLE", "AVAILABLE"),
            (Available.ERROR, "ERROR", "ERROR"),
        ]:
            self.now(self.objects.set_available(snapshot, available))
            found = {image["id"]: image for image in self.detail()}[snapshot]
            self.assertEqual((found["status"], found["is_snapshot"]), (state, True))
            head = self.web.head(f"{V1}/images/{snapshot}").headers
            self.assertEqual(head["x-image-meta-status"], header)

    def test_filters(self) -> None:
        """They are applied. IMG-004"""
        for query, names in [
            ("?name=one", ["one"]),
            ("?disk_format=extdump", ["three"]),
            ("?container_format=bare", ["public", "three", "one"]),
            ("?container_format=ami", []),
            ("?status=AVAILABLE", ["public", "three", "one"]),
            ("?status=ERROR", []),
            ("?size_min=4", ["public", "three"]),
            ("?size_max=5&size_min=4", ["three"]),
        ]:
            self.assertEqual(self.names(query), names, query)

    def test_orders(self) -> None:
        """By one key, descending unless told otherwise; wrong words and sizes are 400. IMG-006,
        IMG-005"""
        self.assertEqual(self.names("?sort_key=name"), ["three", "public", "one"])
        self.assertEqual(self.names("?sort_key=size&sort_dir=asc"), ["one", "three", "public"])
        for query in ("?sort_key=x", "?sort_dir=up", "?size_min=x", "?size_max="):
            self.assertEqual(self.web.get(f"{V1}/images{query}").status, 400, query)


class Changing(LegacyCase):
    def test_head_and_get(self) -> None:
        """HEAD has the metadata; GET is 501 without a body; an unknown one is 404, somebody
        else's 403. IMG-020, IMG-023"""
        image = self.registered()
        answer = self.web.head(f"{V1}/images/{image}")
        self.assertEqual((answer.status, answer.headers["x-image-meta-id"]), (200, image))
        answer = self.web.get(f"{V1}/images/{image}")
        self.assertEqual((answer.status, answer.body), (501, b""))
        self.assertEqual(self.web.head(f"{V1}/images/{BOB}").status, 404)
        self.assertEqual(self.web.head(f"{V1}/images/{image}", token="bob").status, 403)

    def test_changing(self) -> None:
        """What is named changes, other properties stay, unless they are purged. IMG-030, IMG-033"""
        image = self.registered("a", Property_One="1", Property_Two="2")
        answer = self.put(image, Name="b", Property_Two="3", Disk_Format="ntfsdump")
        self.assertEqual((answer.status, answer.headers["x-image-meta-name"]), (200, "b"))
        (detail,) = self.detail()
        self.assertEqual(detail["properties"], {"one": "1", "two": "3"})
        self.assertEqual(detail["disk_format"], "ntfsdump")
        headers = {"X-Image-Meta-Property-Four": "4", "X-Glance-Registry-Purge-Props": "True"}
        self.web.put(f"{V1}/images/{image}", headers=headers)
        self.assertEqual(self.detail()[0]["properties"], {"four": "4"})

    def test_what_may_not_change(self) -> None:
        """Other attributes 400, another owner 403, others' images 403. IMG-030, IMG-032"""
        image = self.registered("a", Is_Public="True")
        for meta in ({"Size": "3"}, {"Location": "pithos://a/b/c"}, {"Foo": "x"}):
            self.assertEqual(self.put(image, **meta).status, 400, meta)
        self.assertEqual(self.put(image, Owner=BOB).status, 403)
        self.assertEqual(self.put(image, Owner=ALICE, Name="b").status, 200)
        self.assertEqual(self.put(image, Name="c", token="bob").status, 403)
        self.assertEqual(self.names(), ["b"])

    def test_a_status_of_ones_own_means_nothing(self) -> None:
        """The store tells the status. IMG-008"""
        image = self.registered("a")
        self.assertEqual(self.put(image, Status="ERROR").status, 200)
        self.assertEqual(self.detail()[0]["status"], "AVAILABLE")

    def test_public_and_not(self) -> None:
        """`*` comes and goes. IMG-031"""
        image = self.registered("a")
        self.assertEqual(
            self.put(image, Is_Public="True").headers["x-image-meta-is-public"], "True"
        )
        self.assertEqual(self.names(token="bob"), ["a"])
        self.put(image, Is_Public="False")
        self.assertEqual(self.names(token="bob"), [])

    def test_deleting(self) -> None:
        """The registration goes; the file and whom it is shared with stay. IMG-034"""
        image = self.registered("a")
        self.web.put(f"{V1}/images/{image}/members/{BOB}")
        self.assertEqual(self.web.delete(f"{V1}/images/{image}", token="bob").status, 403)
        self.assertEqual(self.web.delete(f"{V1}/images/{image}").status, 204)
        self.assertEqual(self.detail(), [])
        self.assertEqual(self.web.delete(f"{V1}/images/{image}").status, 404)
        answer = self.web.get(f"{PITHOS}/{ALICE}/box/disk")
        self.assertEqual((answer.body, answer.headers["x-object-sharing"]), (b"a", f"read={BOB}"))

    def test_deleting_a_registered_image_by_glance_keeps_the_file(self) -> None:
        """Only data that was made for an image goes with it."""
        image = self.registered("a")
        self.assertEqual(self.web.delete(f"{V2}/images/{image}").status, 204)
        self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}/box/disk").body, b"a")

    def test_registered_images_in_glance(self) -> None:
        """Other formats are raw with a property; MD5 and SHA-512 are not known. IMG-204"""
        image = self.registered("a", Disk_Format="extdump")
        shown = self.show(image)
        self.assertEqual(
            (shown["status"], shown["disk_format"], shown["snf_disk_format"]),
            ("active", "raw", "extdump"),
        )
        self.assertEqual((shown["os_hash_algo"], shown["os_hash_value"]), (None, None))
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").body, b"a")

    def test_wrong_methods(self) -> None:
        """405 without a body."""
        answer = self.web.patch(f"{V1}/images", json={})
        self.assertEqual((answer.status, answer.body), (405, b""))


class Members(LegacyCase):
    def listed(self, image: str) -> list[str]:  # type: ignore[override]
        found = self.web.get(f"{V1}/images/{image}/members").json()["members"]
        self.assertTrue(all(member["can_share"] is False for member in found))
        return [member["member_id"] for member in found]

    def test_members_come_and_go(self) -> None:
        """PUT and DELETE of one are 204 however often. IMG-040, IMG-042"""
        image = self.registered()
        self.assertEqual(self.listed(image), [])
        for _ in range(2):
            self.assertEqual(self.web.put(f"{V1}/images/{image}/members/{BOB}").status, 204)
            self.assertEqual(self.listed(image), [BOB])
        for _ in range(2):
            self.assertEqual(self.web.delete(f"{V1}/images/{image}/members/{BOB}").status, 204)
            self.assertEqual(self.listed(image), [])

    def test_all_members_are_replaced(self) -> None:
        """PUT of the list; garbage is 400; `*` is not shown and stays. IMG-041, IMG-040"""
        image = self.registered()
        path = f"{V1}/images/{image}/members"
        self.web.put(f"{path}/{BOB}")
        body = {"memberships": [{"member_id": CAROL, "can_share": True}]}
        self.assertEqual(self.web.put(path, json=body).status, 204)
        self.assertEqual(self.listed(image), [CAROL])
        for wrong in (
            {},
            {"memberships": [{}]},
            {"memberships": [7]},
            {"memberships": [{"member_id": ""}]},
        ):
            self.assertEqual(self.web.put(path, json=wrong).status, 400, wrong)
        self.put(image, Is_Public="True")
        self.assertEqual(self.web.put(path, json={"memberships": []}).status, 204)
        self.assertEqual((self.listed(image), self.detail()[0]["is_public"]), ([], True))

    def test_only_the_owner_changes_members(self) -> None:
        """403 for a member, and for others."""
        image = self.registered()
        path = f"{V1}/images/{image}/members"
        self.web.put(f"{path}/{BOB}")
        self.assertEqual(self.web.put(f"{path}/{CAROL}", token="bob").status, 403)
        self.assertEqual(self.web.put(f"{path}/{CAROL}", token="carol").status, 403)

    def test_shared_images(self) -> None:
        """Mine that somebody reads, and somebody's that I read; public ones are nobody's.
        IMG-043"""
        image = self.registered("a")
        self.registered("public", "box/p", Is_Public="True")
        self.web.put(f"{V1}/images/{image}/members/{BOB}")
        expected = {"shared_images": [{"image_id": image, "can_share": False}]}
        self.assertEqual(self.web.get(f"{V1}/shared-images/{BOB}").json(), expected)
        found = self.web.get(f"{V1}/shared-images/{ALICE}", token="bob").json()
        self.assertEqual(found, expected)
        for member, token in ((CAROL, "alice"), (ALICE, "carol"), (ALICE, "alice")):
            found = self.web.get(f"{V1}/shared-images/{member}", token=token).json()
            self.assertEqual(found, {"shared_images": []}, (member, token))
