"""Cinder v3's volumes: made, changed and acted upon (compute-image-volume.md 14.7)."""

from __future__ import annotations

from typing import Any

from tests.unit.resources.volume.site import NOVA, OLD, V3, VolumeSite


class Making(VolumeSite):
    def make(self, status: int = 202, **said: Any) -> Any:
        answer = self.ask("POST", f"{V3}/{self.demo.project}/volumes", {"volume": said}, status)
        return answer["volume"] if status == 202 else answer

    def test_with_nulls(self) -> None:
        """As the OpenStack client sends it; the whole volume comes back (VOL-202, VOL-204)."""
        made = self.make(
            size=1,
            name="v1",
            description=None,
            volume_type=None,
            availability_zone=None,
            snapshot_id=None,
            source_volid=None,
            backup_id=None,
            imageRef=None,
            metadata=None,
            consistencygroup_id=None,
            multiattach=None,
        )
        path = f"{V3}/{self.demo.project}/volumes/{made['id']}"
        shown = self.ask("GET", path)["volume"]
        mine = {"os-vol-tenant-attr:tenant_id": self.demo.project}
        self.assertEqual({**made, **mine}, shown)
        self.assertEqual((made["status"], made["volume_type"]), ("available", "ext_archipelago"))
        self.assertEqual((made["metadata"], made["attachments"]), ({}, []))
        self.assertEqual(self.used(), 1)

    def test_types_by_name_and_number(self) -> None:
        """An unknown one is 404, one whose volumes need a server 400; the default is the setting's,
        or the first that can be detached (VOL-202, VOL-204)."""
        for kind in ("ext_archipelago", "1"):
            self.assertEqual(self.make(size=1, volume_type=kind)["volume_type"], "ext_archipelago")
        self.make(404, size=1, volume_type="none")
        self.make(404, size=1, volume_type="99")
        self.now(self.house.volumes.add_type("fixed", "drbd"))
        self.make(400, size=1, volume_type="fixed")
        default = self.ask("GET", f"{V3}/types/default")["volume_type"]
        self.assertEqual(default["id"], "1")
        self.now(self.house.volumes.modify_type(1, deleted=True))
        self.make(400, size=1)
        self.ask("GET", f"{V3}/types/default", status=404)
        (old, _) = self.ask("GET", f"{V3}/volumes/detail")["volumes"]
        self.assertEqual(old["volume_type"], "ext_archipelago", "a deleted type is named still")

    def test_refusals(self) -> None:
        """Bad sizes 400, too large ones 413, sources that are none 400 (VOL-202)."""
        for size in (0, -1, "abc", 1.5, True, None):
            self.make(400, size=size)
        self.make(413, size=201)
        for more in (
            {"imageRef": "a", "snapshot_id": "b"},
            {"imageRef": "00000000-0000-4000-8000-000000000000"},
            {"imageRef": "a", "source_volid": "1"},
            {"name": "x" * 256},
            {"description": "x" * 256},
            {"name": 1},
            {"metadata": {"a": 1}},
            {"metadata": {"": "1"}},
        ):
            self.make(400, size=1, **more)
        self.ask("POST", f"{V3}/{self.people['admin'].project}/volumes", {"volume": {}}, 400)
        for source in ({"snapshot_id": "00000000-0000-4000-8000-000000000000"},
                       {"source_volid": "99"}):  # fmt: skip
            self.make(404, size=1, **source)
        self.limit(1)
        self.make(size=1)
        self.make(413, size=1)

    def test_from_an_image(self) -> None:
        """The image tells the size when the request does not."""
        image = self.ask("GET", "/cyclades/image/v2/images")["images"][0]["id"]
        made = self.make(imageRef=image)
        self.assertEqual((made["size"], made["bootable"]), (1, "true"))
        shown = self.ask("GET", f"{V3}/volumes/{made['id']}")["volume"]
        self.assertEqual(shown["volume_image_metadata"], {"image_id": image})


class Changing(VolumeSite):
    def act(self, volume: int, status: int, body: Any, **more: Any) -> Any:
        return self.ask("POST", f"{V3}/volumes/{volume}/action", body, status, **more)

    def show(self, volume: int) -> Any:
        return self.ask("GET", f"{V3}/volumes/{volume}")["volume"]

    def test_what_is_said(self) -> None:
        """Name, description and metadata (VOL-202)."""
        volume = self.volume(metadata={"a": "1"})
        path = f"{V3}/volumes/{volume}"
        said = {"name": "new", "description": "text", "metadata": {"b": "2"}}
        shown = self.ask("PUT", path, {"volume": said})["volume"]
        self.assertEqual({key: shown[key] for key in said}, said)
        self.ask("PUT", path, {"volume": {}}, 400)
        self.ask("PUT", path, {"volume": {"name": "x"}}, 404, token="other")
        merged = self.ask("POST", f"{path}/metadata", {"metadata": {"c": "3"}})["metadata"]
        self.assertEqual(merged, {"b": "2", "c": "3"})
        self.assertEqual(self.ask("GET", f"{path}/metadata/c"), {"meta": {"c": "3"}})
        self.ask("PUT", f"{path}/metadata/c", {"meta": {"c": "4"}})
        self.ask("PUT", f"{path}/metadata/c", {"meta": {"d": "4"}}, 400)
        self.ask("DELETE", f"{path}/metadata/b")
        self.ask("DELETE", f"{path}/metadata/b", status=404)
        self.ask("GET", f"{path}/metadata/b", status=404)
        self.assertEqual(self.ask("GET", f"{path}/metadata"), {"metadata": {"c": "4"}})
        replaced = self.ask("PUT", f"{path}/metadata", {"metadata": {}})
        self.assertEqual(replaced, {"metadata": {}})
        (found,) = self.ask("GET", f"{V3}/volumes/detail?metadata=%7B'c':'4'%7D&name=new") or [()]
        self.assertEqual(found, "volumes")

    def test_actions_of_owners(self) -> None:
        """Status and effect of each, by the table (VOL-205, VOL-042, VOL-043)."""
        volume = self.volume()
        self.act(volume, 202, {"os-extend": {"new_size": 3}})
        self.assertEqual((self.show(volume)["size"], self.used()), (3, 3))
        self.act(volume, 400, {"os-extend": {"new_size": 3}})
        self.act(volume, 413, {"os-extend": {"new_size": 201}})
        self.act(volume, 200, {"os-set_bootable": {"bootable": True}})
        self.assertEqual(self.show(volume)["bootable"], "true")
        self.act(volume, 200, {"os-set_bootable": {"bootable": "False"}})
        self.assertEqual(self.show(volume)["bootable"], "false")
        self.act(volume, 202, {"os-update_readonly_flag": {"readonly": True}})
        self.assertEqual(self.show(volume)["metadata"], {"readonly": "True"})
        shown = self.act(volume, 200, {"os-show_image_metadata": None})
        self.assertEqual(shown, {"metadata": {}})
        self.now(self.house.volumes.add_type("fixed", "drbd"))
        self.now(self.house.volumes.add_type("faster", "ext_archipelago", {"GNT-EXTP:pool": "x"}))
        for kind, status in (("none", 404), ("fixed", 400), ("faster", 501), ("1", 400)):
            self.act(volume, status, {"os-retype": {"new_type": kind}})
        for name in ("os-reserve", "os-attach", "os-detach", "os-initialize_connection"):
            self.act(volume, 403, {name: {}})
        for name in ("os-reset_status", "os-force_delete", "os-migrate_volume"):
            self.act(volume, 403, {name: {"status": "error"}})
        for body in ({}, [], {"a": {}}, {"os-extend": {}, "os-retype": {}}, {"os-extend": []}):
            self.act(volume, 400, body)
        self.act(volume, 404, {"os-extend": {"new_size": 4}}, token="other")

    def test_an_attached_volume_grows_from_3_42_on(self) -> None:
        """400 below; then the cluster does it (VOL-205)."""
        server = self.server(stopped=True)
        volume = self.volume()
        body = {"volumeAttachment": {"volumeId": str(volume)}}
        self.ask("POST", f"{NOVA}/servers/{server}/os-volume_attachments", body)
        self.follow()
        shown = self.show(volume)
        (attachment,) = shown["attachments"]
        self.assertEqual((shown["status"], attachment["server_id"]), ("in-use", str(server)))
        self.act(volume, 400, {"os-extend": {"new_size": 2}})
        newer = {"OpenStack-API-Version": "volume 3.42"}
        self.act(volume, 202, {"os-extend": {"new_size": 2}}, headers=newer)
        self.follow()
        self.assertEqual(self.show(volume)["size"], 2)
        listed = self.ask("GET", f"{V3}/attachments")["attachments"]
        found = [each for each in listed if each["volume_id"] == str(volume)]
        self.assertEqual(found[0]["id"], attachment["attachment_id"])
        one = self.ask("GET", f"{V3}/attachments/{found[0]['id']}")["attachment"]
        self.assertEqual((one["instance"], one["status"]), (str(server), "attached"))
        self.ask("GET", f"{V3}/attachments/x", status=404)
        self.ask("POST", f"{V3}/attachments", {"attachment": {}}, 400)

    def test_actions_of_administrators(self) -> None:
        """A state is corrected as far as it fits; a volume is removed whatever is on it
        (VOL-205)."""
        volume = self.volume()
        for word, status in (("error", 202), ("in-use", 400), ("x", 400), ("available", 202)):
            self.act(volume, status, {"os-reset_status": {"status": word}}, token="admin")
        self.assertEqual(self.show(volume)["status"], "available")
        self.act(volume, 501, {"os-migrate_volume": {"host": "x"}}, token="admin")
        self.act(volume, 202, {"os-force_delete": {}}, token="admin")
        self.ask("GET", f"{V3}/volumes/{volume}", status=404)
        self.assertEqual(self.used(), 0)


class Documents(VolumeSite):
    def test_what_there_is_none_of(self) -> None:
        """Empty lists, and 501 for whoever wants to make one (VOL-206)."""
        project = self.demo.project
        for path, key in (
            ("backups", "backups"),
            ("backups/detail", "backups"),
            ("volume-transfers/detail", "transfers"),
            ("os-volume-transfer/detail", "transfers"),
            ("qos-specs", "qos_specs"),
            ("group_types", "group_types"),
            ("extensions", "extensions"),
        ):
            for base in (V3, f"{V3}/{project}"):
                self.assertEqual(self.ask("GET", f"{base}/{path}"), {key: []})
        for path in ("backups", "volume-transfers", "os-volume-transfer", "qos-specs"):
            self.ask("POST", f"{V3}/{project}/{path}", {}, 501)
        (zone,) = self.ask("GET", f"{V3}/os-availability-zone")["availabilityZoneInfo"]
        self.assertEqual(zone["zoneName"], "nova")
        for path in ("os-services", "scheduler-stats/get_pools"):
            self.ask("GET", f"{V3}/{path}", status=403)
            ((_, (row,)),) = self.ask("GET", f"{V3}/{path}", token="admin").items()
            told = row.get("binary") or row["name"].partition("@")[2].partition("#")[0]
            self.assertIn(told, ("cinder-volume", "ganeti"))

    def test_types_and_their_specifications(self) -> None:
        """What goes to the storage is for administrators' eyes (VOL-206)."""
        specs = {"GNT-EXTP:pool": "fast", "colour": "blue"}
        self.now(self.house.volumes.add_type("faster", "ext_vlmc", specs))
        shown = self.ask("GET", f"{V3}/types/2/extra_specs")["extra_specs"]
        expected = {
            "colour": "blue",
            "SNF:disk_template": "ext_vlmc",
            "SNF:detachable": "true",
        }
        self.assertEqual(shown, expected)
        seen = self.ask("GET", f"{V3}/types/2/extra_specs", token="admin")["extra_specs"]
        self.assertEqual(seen, {**expected, **specs})
        self.assertEqual(self.ask("GET", f"{V3}/types/2/extra_specs/colour"), {"colour": "blue"})
        self.ask("GET", f"{V3}/types/2/extra_specs/GNT-EXTP:pool", status=404)

    def test_limits_and_quotas_count(self) -> None:
        """Gigabytes and volumes of the asker (VOL-206)."""
        self.limit(10)
        self.volume(size=3)
        absolute = self.ask("GET", f"{V3}/limits")["limits"]["absolute"]
        self.assertEqual((absolute["totalVolumesUsed"], absolute["totalGigabytesUsed"]), (1, 3))
        path = f"{V3}/os-quota-sets/{self.demo.project}"
        quota = self.ask("GET", path)["quota_set"]
        self.assertEqual((quota["per_volume_gigabytes"], quota["snapshots"]), (200, -1))
        self.assertEqual(self.ask("GET", f"{path}?usage=True")["quota_set"]["volumes"]["in_use"], 1)
        self.assertEqual(self.ask("GET", f"{OLD}/volumes/detail")["volumes"][0]["size"], 3)
