"""Glance v2 through the door."""

from __future__ import annotations

import hashlib

from tests.unit.resources.image.cloud import PATCH, V2, ImageCloud
from tests.unit.resources.objects.cloud import ALICE, BLOCK, BOB, PITHOS

UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Making(ImageCloud):
    def test_an_image_is_made_filled_and_read(self) -> None:
        """A queued image takes its data once, knows its hashes, and gives the bytes back; they are
        a file of the caller's. IMG-202"""
        made = self.make(name="cirros", min_disk=1, min_ram=64, tags=["b", "a", "b"], os="linux")
        self.assertEqual((made["status"], made["size"], made["checksum"]), ("queued", None, None))
        image = made["id"]
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").status, 204)
        data = bytes(range(256)) * 5000
        self.assertEqual(self.fill(image, data).status, 204)
        shown = self.show(image)
        expected = {
            "id": image,
            "name": "cirros",
            "status": "active",
            "visibility": "private",
            "protected": False,
            "os_hidden": False,
            "owner": ALICE,
            "container_format": "bare",
            "disk_format": "raw",
            "size": len(data),
            "virtual_size": None,
            "checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
            "os_hash_algo": "sha512",
            "os_hash_value": hashlib.sha512(data).hexdigest(),
            "min_disk": 1,
            "min_ram": 64,
            "tags": ["a", "b"],
            "self": f"/v2/images/{image}",
            "file": f"/v2/images/{image}/file",
            "schema": "/v2/schemas/image",
            "os": "linux",
        }
        self.assertEqual({key: shown[key] for key in expected}, expected)
        self.assertRegex(shown["created_at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        answer = self.web.get(f"{V2}/images/{image}/file")
        self.assertEqual((answer.status, answer.body), (200, data))
        self.assertEqual(answer.headers["content-md5"], shown["checksum"])
        self.assertEqual(answer.headers["content-type"], "application/octet-stream")
        self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}/images/{image}").body, data)

    def test_chunked_data_of_several_blocks(self) -> None:
        """A body without a length is stored block by block."""
        image = self.make(name="big")["id"]
        pieces = [bytes([number]) * 1_000_003 for number in range(9)]
        answer = self.web.put(
            f"{V2}/images/{image}/file",
            body=pieces,
            chunked=True,
            headers={"Content-Type": "application/octet-stream"},
        )
        self.assertEqual(answer.status, 204, answer.text)
        self.assertEqual(self.show(image)["size"], 9 * 1_000_003)
        self.assertTrue(2 * BLOCK < 9 * 1_000_003)
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").body, b"".join(pieces))

    def test_ranges(self) -> None:
        """One range is 206 with its place; one beyond the end is 416."""
        image = self.active(data=b"0123456789")
        answer = self.web.get(f"{V2}/images/{image}/file", headers={"Range": "bytes=2-4"})
        self.assertEqual((answer.status, answer.body), (206, b"234"))
        self.assertEqual(answer.headers["content-range"], "bytes 2-4/10")
        answer = self.web.get(f"{V2}/images/{image}/file", headers={"Range": "bytes=-3"})
        self.assertEqual((answer.status, answer.body), (206, b"789"))
        answer = self.web.get(f"{V2}/images/{image}/file", headers={"Range": "bytes=10-"})
        self.assertEqual(answer.status, 416)

    def test_an_image_of_no_bytes(self) -> None:
        """Nothing is data too."""
        image = self.active(data=b"")
        shown = self.show(image)
        self.assertEqual((shown["status"], shown["size"]), ("active", 0))
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").body, b"")

    def test_data_comes_once(self) -> None:
        """A second upload is 409 and changes nothing."""
        image = self.active(data=b"first")
        self.assertEqual(self.fill(image, b"second").status, 409)
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file").body, b"first")

    def test_of_two_simultaneous_uploads_one_wins(self) -> None:
        """The upload that ends first is the image's data; the other is refused."""
        image = self.make(name="race")["id"]
        path = f"{V2}/images/{image}/file"
        headers = {"Content-Type": "application/octet-stream"}
        slow = self.web.start(
            "PUT", path, body=[b"slow"], chunked=True, complete=False, headers=headers
        )
        self.assertEqual(self.fill(image, b"fast").status, 204)
        slow.connection.send(b"0\r\n\r\n")
        self.assertEqual(slow.answer().status, 409)
        self.assertEqual(self.web.get(path).body, b"fast")

    def test_an_upload_to_an_image_that_is_deleted_meanwhile(self) -> None:
        """It is 404, and leaves no file behind."""
        image = self.make(name="race")["id"]
        headers = {"Content-Type": "application/octet-stream"}
        slow = self.web.start(
            "PUT",
            f"{V2}/images/{image}/file",
            body=[b"slow"],
            chunked=True,
            complete=False,
            headers=headers,
        )
        self.assertEqual(self.web.delete(f"{V2}/images/{image}").status, 204)
        slow.connection.send(b"0\r\n\r\n")
        self.assertEqual(slow.answer().status, 404)
        self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}/images/{image}").status, 404)

    def test_a_client_that_leaves_has_uploaded_nothing(self) -> None:
        """The image stays queued and takes its data later."""
        image = self.make(name="gone")["id"]
        path = f"{V2}/images/{image}/file"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": "100"}
        self.web.start("PUT", path, body=[b"half"], complete=False, headers=headers).hang_up()
        self.assertEqual(self.show(image)["status"], "queued")
        self.assertEqual(self.fill(image, b"whole").status, 204)

    def test_a_wished_id(self) -> None:
        """An own id is taken, once; what is no UUID is 400."""
        wished = "c0ffee00-0000-4000-8000-000000000001"
        self.assertEqual(self.make(name="mine", id=wished)["id"], wished)
        for token in ("alice", "bob"):
            answer = self.web.post(f"{V2}/images", json={"id": wished}, token=token)
            self.assertEqual(answer.status, 409)
        for wrong in ("x", 7):
            self.assertEqual(self.web.post(f"{V2}/images", json={"id": wrong}).status, 400)

    def test_a_file_in_the_way_is_not_overwritten(self) -> None:
        """A plain file with the wished name is kept; the image is refused."""
        wished = "c0ffee00-0000-4000-8000-000000000002"
        self.container("images")
        self.upload(f"images/{wished}", b"precious")
        self.assertEqual(self.web.post(f"{V2}/images", json={"id": wished}).status, 409)
        self.assertEqual(self.web.get(f"{PITHOS}/{ALICE}/images/{wished}").body, b"precious")

    def test_an_image_without_a_name(self) -> None:
        """The name may be absent, null, and taken away again."""
        for said in ({}, {"name": None}):
            image = self.make(**said)["id"]
            self.assertEqual(self.show(image)["name"], None)
        image = self.make(name="x")["id"]
        answer = self.patch(image, {"op": "replace", "path": "/name", "value": None})
        self.assertEqual((answer.status, answer.json()["name"]), (200, None))
        self.assertEqual(self.listed(), [None] * 3)

    def test_data_needs_formats(self) -> None:
        """Without both formats the upload is 400."""
        answer = self.web.post(f"{V2}/images", json={"name": "bare"})
        image = answer.json()["id"]
        self.assertEqual((answer.json()["disk_format"], answer.status), (None, 201))
        self.assertEqual(self.fill(image).status, 400)
        self.assertEqual(self.show(image)["status"], "queued")

    def test_wrong_attributes(self) -> None:
        """Read-only ones are 403; wrong types, formats, words and lengths are 400. IMG-050"""
        for said, status in [
            ({"status": "active"}, 403),
            ({"size": 4}, 403),
            ({"disk_format": "qcow2"}, 400),
            ({"container_format": "tar"}, 400),
            ({"visibility": "secret"}, 400),
            ({"min_disk": -1}, 400),
            ({"min_disk": True}, 400),
            ({"min_disk": 2**40}, 400),
            ({"name": 7}, 400),
            ({"name": "n" * 257}, 400),
            ({"name": "n\0"}, 400),
            ({"tags": [""]}, 400),
            ({"tags": "x"}, 400),
            ({"protected": "yes"}, 400),
            ({"property": 7}, 400),
            ({"p" * 94: "x"}, 400),
            ({"p": "v" * 257}, 400),
            ({f"p{number}": "x" for number in range(40)}, 400),
        ]:
            self.assertEqual(self.web.post(f"{V2}/images", json=said).status, status, said)
        self.assertEqual(self.web.post(f"{V2}/images", body=b"[]").status, 400)
        self.assertEqual(self.listed(), [])

    def test_the_type_of_data(self) -> None:
        """Data is application/octet-stream, or 415."""
        image = self.make()["id"]
        answer = self.web.put(
            f"{V2}/images/{image}/file", body=b"x", headers={"Content-Type": "text/plain"}
        )
        self.assertEqual(answer.status, 415)

    def test_the_storage_quota(self) -> None:
        """Data beyond the quota is 413, and the image stays queued."""
        image = self.make()["id"]
        self.ledger.limit = 3
        self.assertEqual(self.fill(image, b"four").status, 413)
        self.assertEqual(self.show(image)["status"], "queued")


class Listing(ImageCloud):
    def setUp(self) -> None:
        super().setUp()
        self.one = self.active(name="one", data=b"1", tags=["old"], os="linux")
        self.two = self.active(name="two", data=b"22", protected=True)
        self.three = str(self.make(name="three", os_hidden=False)["id"])

    def test_newest_first(self) -> None:
        """The order without a wish."""
        self.assertEqual(self.listed(), ["three", "two", "one"])

    def test_filters(self) -> None:
        """Attributes, properties, tags, sizes, times and sets of values are filters."""
        for query, names in [
            ("?name=one", ["one"]),
            ("?status=active", ["two", "one"]),
            ("?status=in:queued,killed", ["three"]),
            ('?name=in:one,"two"', ["two", "one"]),
            (f"?id=in:{self.one},{self.three}", ["three", "one"]),
            ("?tag=old", ["one"]),
            ("?tag=old&tag=new", []),
            ("?os=linux", ["one"]),
            ("?os=in:None", []),
            ("?protected=True", ["two"]),
            ("?size_min=2", ["two"]),
            ("?size_max=1", ["three", "one"]),
            ("?size_min=1&size_max=1", ["one"]),
            (f"?owner={ALICE}", ["three", "two", "one"]),
            (f"?owner={BOB}", []),
            ("?visibility=private", ["three", "two", "one"]),
            ("?visibility=public", []),
            ("?visibility=all&name=two", ["two"]),
            ("?created_at=gt:2001-01-01T00:00:00Z", ["three", "two", "one"]),
            ("?created_at=lt:2001-01-01T00:00:00Z", []),
            ("?disk_format=raw&container_format=bare&name=one", ["one"]),
        ]:
            self.assertEqual(self.listed(query), names, query)

    def test_orders(self) -> None:
        """By one key or several, in both writings."""
        for query, names in [
            ("?sort=name:asc", ["one", "three", "two"]),
            ("?sort=status:asc,name:desc", ["two", "one", "three"]),
            ("?sort_key=size&sort_dir=asc", ["three", "one", "two"]),
            ("?sort_key=name", ["two", "three", "one"]),
            ("?sort_key=status&sort_key=name&sort_dir=desc&sort_dir=asc", ["three", "one", "two"]),
        ]:
            self.assertEqual(self.listed(query), names, query)

    def test_pages(self) -> None:
        """`next` leads through the list, one limit at a time, and ends."""
        found, path = [], "/v2/images?limit=1&sort=name:asc"
        while path:
            answer = self.web.get(f"/cyclades/image{path}").json()
            found += [image["name"] for image in answer["images"]]
            path = answer.get("next", "")
        self.assertEqual(found, ["one", "three", "two"])
        self.assertEqual(self.listed("?limit=0"), [])

    def test_wrong_parameters(self) -> None:
        """Unknown keys, directions, markers and numbers are 400."""
        for query in [
            "?sort=x:asc",
            "?sort=name:up",
            "?sort_key=x",
            "?sort_dir=up&sort_key=name",
            "?limit=x",
            "?limit=-1",
            f"?marker={UNKNOWN}",
            "?size_min=x",
            "?created_at=gt:yesterday",
        ]:
            self.assertEqual(self.web.get(f"{V2}/images{query}").status, 400, query)

    def test_hidden_images(self) -> None:
        """They are listed only when asked for, and shown by id. IMG-206"""
        self.patch(self.one, {"op": "replace", "path": "/os_hidden", "value": True})
        self.assertEqual(self.listed(), ["three", "two"])
        self.assertEqual(self.listed("?os_hidden=true"), ["one"])
        self.assertTrue(self.show(self.one)["os_hidden"])


class Changing(ImageCloud):
    def test_a_patch(self) -> None:
        """Attributes are replaced, properties added, changed and removed."""
        image = self.active(name="a", os="linux", kernel="5")
        answer = self.patch(
            image,
            {"op": "replace", "path": "/name", "value": "b"},
            {"op": "replace", "path": "/tags", "value": ["x"]},
            {"op": "add", "path": "/min_ram", "value": 512},
            {"op": "add", "path": "/slash~1tilde~0", "value": "v"},
            {"op": "replace", "path": "/os", "value": "bsd"},
            {"op": "remove", "path": "/kernel"},
        )
        self.assertEqual(answer.status, 200, answer.text)
        shown = self.show(image)
        self.assertEqual(shown, answer.json())
        self.assertEqual(
            (shown["name"], shown["tags"], shown["min_ram"], shown["slash/tilde~"], shown["os"]),
            ("b", ["x"], 512, "v", "bsd"),
        )
        self.assertNotIn("kernel", shown)

    def test_wrong_patches(self) -> None:
        """Missing properties 409, read-only ones 403, garbage 400, other types 415; all or
        nothing."""
        image = self.active(name="a")
        for operation, status in [
            ({"op": "replace", "path": "/nope", "value": "x"}, 409),
            ({"op": "remove", "path": "/nope"}, 409),
            ({"op": "replace", "path": "/id", "value": "x"}, 403),
            ({"op": "replace", "path": "/status", "value": "queued"}, 403),
            ({"op": "remove", "path": "/name"}, 403),
            ({"op": "move", "path": "/name"}, 400),
            ({"op": "add", "path": "/x"}, 400),
            ({"op": "add", "path": "/x/y", "value": "z"}, 400),
            ({"op": "add", "path": "x", "value": "z"}, 400),
            ({"op": "add", "path": "/x", "value": 7}, 400),
            ("x", 400),
        ]:
            first = {"op": "replace", "path": "/name", "value": "changed"}
            self.assertEqual(self.patch(image, first, operation).status, status, operation)
        for body in (b"{}", b"x"):
            answer = self.web.patch(
                f"{V2}/images/{image}", body=body, headers={"Content-Type": PATCH}
            )
            self.assertEqual(answer.status, 400)
        answer = self.web.patch(f"{V2}/images/{image}", json=[])
        self.assertEqual(answer.status, 415)
        self.assertEqual(self.show(image)["name"], "a")

    def test_tags(self) -> None:
        """PUT adds, again is nothing; DELETE removes, of an absent one is 404."""
        image = self.active(name="a")
        for _ in range(2):
            self.assertEqual(self.web.put(f"{V2}/images/{image}/tags/web").status, 204)
        self.assertEqual(self.show(image)["tags"], ["web"])
        self.assertEqual(self.web.delete(f"{V2}/images/{image}/tags/web").status, 204)
        self.assertEqual(self.web.delete(f"{V2}/images/{image}/tags/web").status, 404)

    def test_deleting(self) -> None:
        """The image and its own data are gone; a protected one stays with 403. IMG-206"""
        image = self.active(name="a", protected=True)
        self.assertEqual(self.web.delete(f"{V2}/images/{image}").status, 403)
        self.patch(image, {"op": "replace", "path": "/protected", "value": False})
        self.assertEqual(self.web.delete(f"{V2}/images/{image}").status, 204)
        for path in (f"{V2}/images/{image}", f"{PITHOS}/{ALICE}/images/{image}"):
            self.assertEqual(self.web.get(path).status, 404)
        self.assertEqual(self.web.delete(f"{V2}/images/{image}").status, 404)

    def test_what_is_no_image(self) -> None:
        """Unknown ids, other text, and files that are no images are 404."""
        self.container("box")
        uuid = self.upload("box/plain", b"x").headers.get("x-object-uuid", UNKNOWN)
        for name in (UNKNOWN, "x", "%FF", uuid):
            self.assertIn(self.web.get(f"{V2}/images/{name}").status, (400, 404))
        self.assertEqual(self.web.get(f"{V2}/images/{uuid}").status, 404)

    def test_no_token(self) -> None:
        """401 for whoever does not say who it is; the versions are for all."""
        self.assertEqual(self.web.get(f"{V2}/images", token="").status, 401)
        self.assertEqual(self.web.get(f"{V2}/images", token="nobody").status, 401)


class Sharing(ImageCloud):
    def test_private_images_are_not_there_for_others(self) -> None:
        """Not listed, not shown, not read, not changed."""
        image = self.active(name="mine")
        self.assertEqual(self.listed(token="bob"), [])
        for method, path in [("GET", ""), ("GET", "/file"), ("DELETE", ""), ("PUT", "/tags/x")]:
            answer = self.web.request(method, f"{V2}/images/{image}{path}", token="bob")
            self.assertEqual(answer.status, 404, (method, path))

    def test_public_images(self) -> None:
        """All see and read them, only the owner changes them; private again they are gone for
        others. IMG-205, IMG-031"""
        image = self.active(name="pub", visibility="public", data=b"free")
        self.assertEqual(self.show(image, token="bob")["visibility"], "public")
        self.assertEqual(self.listed("?visibility=public", token="bob"), ["pub"])
        self.assertEqual(self.web.get(f"{V2}/images/{image}/file", token="bob").body, b"free")
        operation = {"op": "replace", "path": "/name", "value": "stolen"}
        self.assertEqual(self.patch(image, operation, token="bob").status, 403)
        self.assertEqual(self.web.delete(f"{V2}/images/{image}", token="bob").status, 403)
        self.assertEqual(self.fill(image, token="bob").status, 403)
        self.patch(image, {"op": "replace", "path": "/visibility", "value": "private"})
        self.assertEqual(self.web.get(f"{V2}/images/{image}", token="bob").status, 404)

    def test_community_images(self) -> None:
        """Readable by all who know the id, but not in others' lists. IMG-205"""
        image = self.active(name="com", visibility="community")
        self.assertEqual(self.show(image, token="bob")["visibility"], "community")
        self.assertNotIn("snf_community", self.show(image))
        self.assertEqual(self.listed(token="bob"), [])
        self.assertEqual(self.listed("?visibility=community", token="bob"), ["com"])
        self.assertEqual(self.listed(), ["com"])
        self.patch(image, {"op": "replace", "path": "/visibility", "value": "public"})
        self.assertEqual(self.show(image)["visibility"], "public")
        self.assertEqual(self.listed(token="bob"), ["com"])

    def test_members(self) -> None:
        """Members read the image from when they are added until they are removed, and find it in
        their lists once they have accepted it (IMG-201)."""
        image = self.active(name="shared")
        path = f"{V2}/images/{image}/members"
        answer = self.web.post(path, json={"member": BOB})
        self.assertEqual((answer.status, answer.json()["status"]), (200, "pending"))
        self.assertEqual(self.web.post(path, json={"member": BOB}).status, 409)
        self.assertEqual(self.show(image, token="bob")["visibility"], "shared")
        self.assertEqual(self.listed(token="bob"), [])
        self.assertEqual(self.listed("?member_status=pending", token="bob"), ["shared"])
        self.assertEqual(self.listed("?member_status=all", token="carol"), [])
        for status in ("rejected", "accepted"):
            answer = self.web.put(f"{path}/{BOB}", json={"status": status}, token="bob")
            self.assertEqual((answer.status, answer.json()["status"]), (200, status))
            query = f"?member_status={status}"
            self.assertEqual(self.listed(query, token="bob"), ["shared"])
        self.assertEqual(self.listed(token="bob"), ["shared"])
        self.assertEqual(self.web.get(f"{V2}/images?member_status=x", token="bob").status, 400)
        wrong = self.web.put(f"{path}/{BOB}", json={"status": "x"}, token="bob")
        self.assertEqual(wrong.status, 400)
        for token in ("alice", "bob"):
            found = self.web.get(path, token=token).json()["members"]
            self.assertEqual([member["member_id"] for member in found], [BOB])
            self.assertEqual(self.web.get(f"{path}/{BOB}", token=token).status, 200)
        self.assertEqual(self.web.post(path, json={"member": ALICE}, token="bob").status, 403)
        answer = self.web.put(f"{path}/{BOB}", json={"status": "accepted"}, token="bob")
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.web.put(f"{path}/{BOB}", json={"status": "accepted"}).status, 403)
        self.assertEqual(self.web.delete(f"{path}/{BOB}").status, 204)
        self.assertEqual(self.web.delete(f"{path}/{BOB}").status, 404)
        self.assertEqual(self.web.get(f"{V2}/images/{image}", token="bob").status, 404)

    def test_making_an_image_private_takes_it_from_its_members(self) -> None:
        """Nobody else reads a private image."""
        image = self.active(name="shared")
        self.web.post(f"{V2}/images/{image}/members", json={"member": BOB})
        self.patch(image, {"op": "replace", "path": "/visibility", "value": "shared"})
        self.assertEqual(self.web.get(f"{V2}/images/{image}", token="bob").status, 200)
        self.patch(image, {"op": "replace", "path": "/visibility", "value": "private"})
        self.assertEqual(self.show(image)["visibility"], "private")
        self.assertEqual(self.web.get(f"{V2}/images/{image}", token="bob").status, 404)

    def test_public_images_have_no_members(self) -> None:
        """403 for the members of an image that everybody sees."""
        image = self.active(name="pub", visibility="public")
        self.assertEqual(self.web.get(f"{V2}/images/{image}/members").status, 403)


class Documents(ImageCloud):
    def test_versions(self) -> None:
        """300 at the root and 200 at /versions, without a token, the newest first. IMG-200,
        IMG-054, CMP-254"""
        for path, status in [("", 300), ("/", 300), ("/versions", 200)]:
            answer = self.web.get(f"/cyclades/image{path}", token="")
            self.assertEqual(answer.status, status, path)
            versions = answer.json()["versions"]
            self.assertEqual(versions[0]["status"], "CURRENT")
            self.assertTrue(versions[0]["id"].startswith("v2."))
            self.assertEqual(
                [v["status"] for v in versions if v["id"] in ("v1.0", "v1")], ["DEPRECATED"] * 2
            )

    def test_schemas(self) -> None:
        """Each says its name and its properties; nullable ones are lists of types."""
        for name in ("image", "images", "member", "members"):
            answer = self.web.get(f"{V2}/schemas/{name}")
            self.assertEqual((answer.status, answer.json()["name"]), (200, name))
        image = self.web.get(f"{V2}/schemas/image").json()
        self.assertEqual(image["properties"]["checksum"]["type"], ["null", "string"])
        self.assertEqual(image["additionalProperties"], {"type": "string"})
        shown = self.show(self.active())
        self.assertEqual(set(image["properties"]), set(shown))
        self.assertEqual(self.web.get(f"{V2}/schemas/x").status, 404)

    def test_import_and_tasks(self) -> None:
        """One import method, which each new image announces, and no tasks (IMG-201)."""
        answer = self.web.get(f"{V2}/info/import").json()
        self.assertEqual(answer["import-methods"]["value"], ["glance-direct"])
        made = self.web.post(f"{V2}/images", json={})
        self.assertEqual(made.headers["openstack-image-import-methods"], "glance-direct")
        path = f"{V2}/images/{made.json()['id']}/tasks"
        self.assertEqual(self.web.get(path).json(), {"tasks": []})
        self.assertEqual(self.web.get(path, token="bob").status, 404)
        self.assertEqual(self.web.get(f"{V2}/info/stores").status, 404)
        self.assertEqual(made.headers["location"].rpartition("/")[2], made.json()["id"])
        self.assertEqual(self.web.get(f"{V2}/tasks").json(), {"tasks": []})
