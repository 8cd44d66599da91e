"""Snapshots in both dialects: rows, files and images at once, data when the cluster has made it."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.quota.interface import DISKSPACE
from synnefod.resources.volume.snapshots import SnapshotRules
from tests.unit.resources.volume.site import CYCLADES, GLANCE, NOVA, OLD, PITHOS, V3, VolumeSite

SNAPSHOT = "OP_INSTANCE_SNAPSHOT"


class SnapshotSite(VolumeSite):
    def take(self, volume: Any, status: int = 202, **said: Any) -> Any:
        """By Synnefo's dialect."""
        body = {"snapshot": {"volume_id": volume, **said}}
        answer = self.ask("POST", f"{OLD}/snapshots", body, status)
        return answer["snapshot"] if status == 202 else answer

    def snapshot(self, name: str) -> Any:
        return self.ask("GET", f"{OLD}/snapshots/{name}")["snapshot"]

    def files(self) -> list[str]:
        path = f"{PITHOS}/{self.demo.user}/snapshots?format=json"
        answer = self.now(self.web.send("GET", path))
        return [each["name"] for each in answer.json()] if answer.status == 200 else []


class Legacy(SnapshotSite):
    def test_a_snapshot_of_a_root(self) -> None:
        """At once a file of the volume's size, charged and without data; then the job makes it
        available, and the server's row is untouched (VOL-061, VOL-063, VOL-064, VOL-065, VOL-066,
        VOL-072, VOL-073)."""
        server = self.server(metadata={"OS": "debian", "users": "root", "other": "x"})
        root = self.root_of(server)
        size = self.shown(root)["size"]
        before = self.used(DISKSPACE)
        made = self.take(root, display_name="s1", metadata={"mine": "1"})
        expected = {
            "size": size,
            "display_name": "s1",
            "display_description": "",
            "status": "CREATING",
            "user_id": self.demo.user,
            "os-extended-snapshot-attribute:progress": "0%",
            "volume_id": str(root),
            "metadata": {"exclude_all_tasks": "yes", "OS": "debian", "users": "root", "mine": "1"},
        }
        self.assertEqual({key: made[key] for key in expected}, expected)
        self.assertEqual(self.files(), ["s1"])
        self.assertEqual(self.used(DISKSPACE) - before, size)
        row = self.rows("select task, action from servers where id = :id", id=server)
        self.follow()
        self.assertEqual(
            self.rows("select task, action from servers where id = :id", id=server), row
        )
        shown = self.snapshot(made["id"])
        self.assertEqual(shown["status"], "AVAILABLE")
        self.assertEqual(shown["os-extended-snapshot-attribute:progress"], "100%")
        (sent,) = self.jobs(SNAPSHOT)
        map_name = f"snf-snap-{root}-1"
        self.assertEqual(sent["disks"], [[f"snf-vol-{root}", {"snapshot_name": map_name}]])
        self.assertIn(made["id"], str(sent["reason"]))
        second = self.take(root)
        self.assertEqual(second["display_name"], f"Snapshot of volume '{root}'")
        self.follow()
        self.assertIn(f"snf-snap-{root}-2", str(self.jobs(SNAPSHOT)[-1]["disks"]))

    def test_its_file(self) -> None:
        """(PIT-202) In container snapshots, of the type of raw bytes and the volume's size, with
        the properties of an image, not of a file."""
        root = self.root_of(self.server())
        self.take(root, display_name="s1")
        [entry] = self.now(
            self.web.send("GET", f"{PITHOS}/{self.demo.user}/snapshots?format=json")
        ).json()
        self.assertEqual(entry["content_type"], "application/octet-stream")
        self.assertEqual(entry["bytes"], self.shown(root)["size"] << 30)
        domains = self.rows(
            "select distinct a.domain from storage_attributes a join storage_versions v "
            "on v.serial = a.serial where v.uuid = :uuid",
            uuid=entry["x_object_uuid"],
        )
        self.assertEqual(domains, [("plankton",)])

    def test_what_fails_is_in_error(self) -> None:
        """A job that fails, and a cluster without the call (VOL-066)."""
        root = self.root_of(self.server())
        self.knobs.fail_next(SNAPSHOT, ["OpExecError", ["no"]])
        failed = self.take(root, display_name="a")["id"]
        self.follow()
        self.assertEqual(self.snapshot(failed)["status"], "ERROR")
        self.knobs.snapshots = False
        refused = self.take(root, display_name="b")["id"]
        self.follow()
        self.assertEqual(self.snapshot(refused)["status"], "ERROR")
        self.assertEqual(len(self.ask("GET", f"{OLD}/snapshots")["snapshots"]), 2)

    def test_what_has_no_snapshots(self) -> None:
        """Unknown, detached, deleted and local volumes are 400; nothing is made then (VOL-062)."""
        alone = self.volume()
        server = self.server()
        root = self.root_of(server)
        for wrong in (999, alone, "x", None, True, 2**70):
            self.take(wrong, 400)
        for body in (
            {},
            None,
            [],
            {"snapshot": {}},
            {"snapshot": {"volume_id": root, "metadata": 1}},
        ):
            self.ask("POST", f"{OLD}/snapshots", body, 400)
        self.take(root, 400, metadata={"k" * 94: "v"})
        self.take(root, 400, metadata={"k": "v" * 257})
        self.take(root, 400, metadata={str(n): "v" for n in range(33)})
        kind = self.now(self.house.volumes.add_type("local", "drbd"))
        self.write("update volumes set volume_type = :kind where id = :id", kind=kind, id=root)
        self.take(root, 400)
        self.ask("DELETE", f"{CYCLADES}/servers/{server}", status=204)
        self.follow()
        self.take(root, 400)
        self.assertEqual(self.files(), [])

    def test_storage_quota_is_kept(self) -> None:
        """413 when the whole size does not fit; no file, no job (VOL-063)."""
        root = self.root_of(self.server())
        self.limit(1, DISKSPACE)
        self.write("update volumes set size = 20 where id = :id", id=root)
        self.take(root, 413)
        self.follow()
        self.assertEqual((self.files(), self.jobs(SNAPSHOT)), ([], []))

    def test_a_snapshot_is_an_image(self) -> None:
        """Listed by the image APIs as one, and servers are made from it (VOL-067)."""
        root = self.root_of(self.server())
        made = self.take(root, display_name="s1")["id"]
        self.ask("POST", f"{NOVA}/servers", self.new(made), 400)
        self.follow()
        answer = self.ask("GET", "/cyclades/image/v1.0/images/detail")["images"]
        shown = {each["id"]: each["is_snapshot"] for each in answer}
        self.assertIs(shown[made], True)
        self.assertEqual(self.ask("GET", f"{GLANCE}/images/{made}")["status"], "active")
        server = self.ask("POST", f"{NOVA}/servers", self.new(made), 202)["server"]["id"]
        self.follow()
        volume = self.shown(self.root_of(int(server)))
        self.assertEqual((volume["snapshot_id"], volume["image_id"]), (made, None))
        disk = self.jobs("OP_INSTANCE_CREATE")[-1]["disks"][0]
        self.assertEqual(disk["origin"], f"snf-snap-{root}-1")
        size = self.snapshot(made)["size"]
        alone = {"size": size, "display_name": "x", "volume_type": 1, "snapshot_id": made}
        copy = self.ask("POST", f"{OLD}/volumes", {"volume": alone}, 202)["volume"]["id"]
        self.assertEqual(self.shown(copy)["snapshot_id"], made)
        small = {"volume": {**alone, "size": size - 1}}
        if size > 1:
            self.ask("POST", f"{OLD}/volumes", small, 400)

    def new(self, image: str) -> Any:
        flavor = self.ask("GET", f"{NOVA}/flavors")["flavors"][0]["id"]
        body = {"name": "a2", "imageRef": image, "flavorRef": flavor, "networks": "none"}
        return {"server": body}

    def test_the_file_is_the_snapshot(self) -> None:
        """A copy is another snapshot, a renamed file keeps the id, and with the file goes the
        snapshot (VOL-068, VOL-069)."""
        made = self.take(self.root_of(self.server()), display_name="s1")["id"]
        self.follow()
        base = f"{PITHOS}/{self.demo.user}/snapshots"

        def put(name: str, **headers: str) -> None:
            answer = self.now(self.web.send("PUT", f"{base}/{name}", headers=headers, body=b""))
            self.assertEqual(answer.status, 201, answer.text)

        put("s2", **{"X-Copy-From": "/snapshots/s1"})
        found = self.ask("GET", f"{OLD}/snapshots")["snapshots"]
        self.assertEqual(len({each["id"] for each in found}), 2)
        put("s3", **{"X-Move-From": "/snapshots/s1"})
        self.assertEqual(self.snapshot(made)["status"], "AVAILABLE")
        answer = self.now(self.web.send("DELETE", f"{base}/s3"))
        self.assertEqual(answer.status, 204)
        self.ask("GET", f"{OLD}/snapshots/{made}", status=404)
        (other,) = self.ask("GET", f"{OLD}/snapshots/detail")["snapshots"]
        self.ask("DELETE", f"{OLD}/snapshots/{other['id']}", status=202)
        self.assertEqual(self.files(), [])
        self.ask("DELETE", f"{OLD}/snapshots/{other['id']}", status=404)

    def test_two_of_one_name(self) -> None:
        """Both live, in files of different names."""
        root = self.root_of(self.server())
        one, two = self.take(root, display_name="a/b"), self.take(root, display_name="a/b")
        self.assertNotEqual(one["id"], two["id"])
        self.assertEqual(self.files(), ["a_b", f"a_b (snf-snap-{root}-2)"])

    def test_what_is_said_of_a_snapshot(self) -> None:
        """Name, description and properties change, and nothing else with them (VOL-069, VOL-070,
        VOL-071)."""
        made = self.take(self.root_of(self.server()), display_name="s1")["id"]
        self.follow()
        path = f"{OLD}/snapshots/{made}"
        said = {"display_name": "new", "display_description": "text"}
        shown = self.ask("PUT", path, {"snapshot": said})["snapshot"]
        self.assertEqual((shown["display_name"], shown["display_description"]), ("new", "text"))
        self.ask("PUT", path, {"snapshot": {}}, 400)
        kept = {"exclude_all_tasks": "yes"}
        self.assertEqual(self.ask("GET", f"{path}/metadata"), {"metadata": kept})
        merged = self.ask("POST", f"{path}/metadata", {"metadata": {"a": "1"}})
        self.assertEqual(merged, {"metadata": {**kept, "a": "1"}})
        replaced = self.ask("PUT", f"{path}/metadata", {"metadata": {"b": "2"}})
        self.assertEqual(replaced, {"metadata": {"b": "2"}})
        after = self.snapshot(made)
        self.assertEqual((after["display_name"], after["status"]), ("new", "AVAILABLE"))
        self.assertEqual(after["metadata"], {"b": "2"})
        self.ask("DELETE", f"{path}/metadata/b")
        self.ask("DELETE", f"{path}/metadata/b")
        self.assertEqual(self.ask("GET", f"{path}/metadata"), {"metadata": {}})
        self.ask("GET", f"{OLD}/snapshots/{made}", status=404, token="other")
        self.ask("PUT", path, {"snapshot": said}, 404, token="other")
        self.assertEqual(self.ask("GET", f"{OLD}/snapshots", token="other"), {"snapshots": []})
        image = self.ask("GET", f"{GLANCE}/images?status=active")["images"][-1]["id"]
        self.ask("GET", f"{OLD}/snapshots/{image}", status=404)

    def test_a_server_that_goes_first_leaves_an_error(self) -> None:
        """A snapshot that no cluster can make any more does not stay in between."""
        server = self.server()
        root = self.root_of(server)
        self.knobs.rapi = 503
        made = self.take(root, display_name="s1")["id"]
        self.knobs.rapi = "up"
        self.write("update outbox set not_before = not_before + 60000000 where action = 'SNAPSHOT'")
        self.ask("DELETE", f"{CYCLADES}/servers/{server}", status=204)
        self.follow()
        self.assertEqual(self.snapshot(made)["status"], "ERROR")
        self.assertEqual(self.jobs(SNAPSHOT), [])


class Off(SnapshotSite):
    rules = SnapshotRules(enabled=False)

    def test_paths_are_unknown(self) -> None:
        """400 in Synnefo's dialect, 404 in Cinder's (VOL-060)."""
        for method, path in (
            ("GET", "snapshots"),
            ("GET", "snapshots/detail"),
            ("GET", "snapshots/x"),
            ("POST", "snapshots"),
            ("DELETE", "snapshots/x"),
            ("GET", "snapshots/x/metadata"),
        ):
            body = {"snapshot": {"volume_id": 1}} if method == "POST" else None
            self.ask(method, f"{OLD}/{path}", body, 400)
            self.ask(method, f"{V3}/{path}", body, 404)


class ByRole(SnapshotSite):
    rules = SnapshotRules(roles=("snapshotters",), require_force=True)

    def test_only_some_take_snapshots(self) -> None:
        """501 without the role; with it they are taken, forced where that is demanded (VOL-014,
        VOL-060, VOL-074)."""
        root = self.root_of(self.server())
        self.take(root, 501)
        self.ask("GET", f"{OLD}/snapshots", status=501)
        said = {"size": 2, "display_name": "d", "volume_type": 1, "snapshot_id": "x"}
        self.ask("POST", f"{OLD}/volumes", {"volume": said}, 501)
        self.people["demo"] = evolve(self.demo, roles=frozenset({"snapshotters"}))
        self.take(root, 400)
        self.take(root, 400, force=False)
        self.take(root, force=True)


class Cinder(SnapshotSite):
    def test_a_life(self) -> None:
        """Made, shown, listed, described and removed with Cinder's words (VOL-206)."""
        root = self.root_of(self.server())
        base = f"{V3}/{self.demo.project}/snapshots"
        said = {"volume_id": str(root), "name": "s1", "description": None, "metadata": {}}
        body = {"snapshot": {**said, "force": False}}
        made = self.ask("POST", base, body, 202)["snapshot"]
        self.assertEqual((made["status"], made["volume_id"]), ("creating", str(root)))
        self.assertNotIn("os-extended-snapshot-attributes:progress", made)
        self.follow()
        path = f"{base}/{made['id']}"
        shown = self.ask("GET", path)["snapshot"]
        self.assertEqual((shown["status"], shown["name"]), ("available", "s1"))
        self.assertEqual(shown["os-extended-snapshot-attributes:progress"], "100%")
        self.assertFalse(shown["created_at"].endswith("Z"))
        (row,) = self.ask("GET", f"{base}/detail?status=available&volume_id={root}")["snapshots"]
        self.assertEqual(row, shown)
        self.assertEqual(self.ask("GET", f"{base}?name=other")["snapshots"], [])
        said = {"name": "s2", "description": "text"}
        named = self.ask("PUT", path, {"snapshot": said})["snapshot"]
        self.assertEqual((named["name"], named["description"]), ("s2", "text"))
        self.ask("PUT", path, {"snapshot": {}}, 400)
        merged = self.ask("POST", f"{path}/metadata", {"metadata": {"a": "1"}})["metadata"]
        self.assertEqual(merged["a"], "1")
        self.assertEqual(self.ask("GET", f"{path}/metadata/a"), {"meta": {"a": "1"}})
        self.ask("PUT", f"{path}/metadata/a", {"meta": {"a": "2"}})
        self.ask("PUT", f"{path}/metadata/a", {"meta": {"b": "2"}}, 400)
        self.ask("DELETE", f"{path}/metadata/a")
        self.ask("DELETE", f"{path}/metadata/a", status=404)
        replaced = self.ask("PUT", f"{path}/metadata", {"metadata": {"c": "3"}})
        self.assertEqual(replaced, {"metadata": {"c": "3"}})
        absolute = self.ask("GET", f"{V3}/limits")["limits"]["absolute"]
        self.assertEqual((absolute["totalSnapshotsUsed"], absolute["maxTotalSnapshots"]), (1, -1))
        volume = self.volume(size=None, snapshot_id=made["id"])
        self.assertEqual(self.shown(volume)["size"], shown["size"])
        self.ask("DELETE", path, status=202)
        self.ask("GET", path, status=404)

    def test_refusals(self) -> None:
        """An unknown volume 404, a detached one 400."""
        for volume, status in (("999", 404), ("x", 404), (None, 404), (str(self.volume()), 400)):
            body = {"snapshot": {"volume_id": volume}}
            self.ask("POST", f"{V3}/snapshots", body, status)

    def test_a_volume_becomes_an_image(self) -> None:
        """`os-volume_upload_image` is a snapshot that is told of as an image (VOL-205)."""
        root = self.root_of(self.server())
        path = f"{V3}/volumes/{root}/action"
        said = {"image_name": "golden", "force": True, "disk_format": "raw",
                "container_format": "bare"}  # fmt: skip
        answer = self.ask("POST", path, {"os-volume_upload_image": said}, 202)
        told = answer["os-volume_upload_image"]
        self.assertEqual((told["status"], told["image_name"]), ("uploading", "golden"))
        self.assertEqual(told["id"], str(root))
        self.follow()
        image = self.ask("GET", f"{GLANCE}/images/{told['image_id']}")
        self.assertEqual((image["status"], image["name"]), ("active", "golden"))
        said = {**said, "disk_format": "qcow2"}
        self.ask("POST", path, {"os-volume_upload_image": said}, 400)
        alone = self.volume()
        body = {"os-volume_upload_image": {"image_name": "x"}}
        self.ask("POST", f"{V3}/volumes/{alone}/action", body, 400)
