"""Servers made of volumes, and volumes that outlive their server (1.3.1), in both dialects."""

from __future__ import annotations

import json
from typing import Any

from attrs import evolve

from synnefod.quota.interface import DISK
from tests.unit.compute.neighbours import an_image
from tests.unit.resources.volume.site import CYCLADES, GLANCE, NOVA, OLD, VolumeSite


class Booting(VolumeSite):
    def setUp(self) -> None:
        super().setUp()
        self.image = self.ask("GET", f"{GLANCE}/images?status=active")["images"][-1]["id"]
        flavors = self.ask("GET", f"{CYCLADES}/flavors/detail")["flavors"]
        self.flavor = flavors[0]
        self.root = {"source_type": "image", "uuid": self.image}

    def make(self, mapping: list[Any], status: int = 202, **said: Any) -> Any:
        """By the legacy dialect; `...` leaves a key out."""
        body = {
            "name": "b1",
            "imageRef": "",
            "flavorRef": self.flavor["id"],
            "networks": [],
            "block_device_mapping_v2": mapping,
            **said,
        }
        answer = self.ask("POST", f"{CYCLADES}/servers", {"server": body}, status)
        return answer["server"] if status == 202 else answer

    def make_nova(self, mapping: list[Any], status: int = 202, **said: Any) -> Any:
        body = {"name": "b1", "flavorRef": str(self.flavor["id"]), "networks": "none", **said}
        body["block_device_mapping_v2"] = mapping
        answer = self.ask("POST", f"{NOVA}/servers", {"server": body}, status)
        return int(answer["server"]["id"]) if status == 202 else answer

    def disks(self, server: int) -> list[Any]:
        """(size, status, bootable source) of the server's volumes in order."""
        shown = self.ask("GET", f"{CYCLADES}/servers/{server}")["server"]
        found = [self.shown(volume) for volume in shown["volumes"]]
        return sorted(found, key=lambda each: each["attachments"][0]["device_index"])

    def bootable(self) -> int:
        """A volume with a copy of the image, without a server."""
        return self.volume(size=self.flavor["disk"], imageRef=self.image)

    def gone(self, server: int) -> None:
        self.ask("DELETE", f"{CYCLADES}/servers/{server}", status=204)
        self.follow()
        shown = self.ask("GET", f"{CYCLADES}/servers/{server}")["server"]
        self.assertEqual(shown["status"], "DELETED")


class Mapping(Booting):
    def test_the_order_of_the_list_is_the_order_of_the_disks(self) -> None:
        """The first is the root, whatever index is said; sizes may be text; sizes of the root are
        the flavor's; [] is one root volume from the image (CMP-081, CMP-096, CMP-097, CMP-101,
        CMP-103)."""
        made = self.make(
            [
                {**self.root, "boot_index": 7, "destination_type": "x", "device_name": "/dev/z"},
                {"source_type": "blank", "volume_size": "3", "boot_index": 0},
                {"source_type": "image", "uuid": self.image, "volume_size": 2},
            ]
        )
        self.follow()
        disks = self.disks(made["id"])
        sizes = [disk["size"] for disk in disks]
        self.assertEqual(sizes, [self.flavor["disk"], 3, 2])
        self.assertEqual([disk["status"] for disk in disks], ["in_use"] * 3)
        self.assertEqual([disk["image_id"] for disk in disks], [self.image, None, self.image])
        kinds = {disk["volume_type"] for disk in disks}
        self.assertEqual(kinds, {self.flavor["SNF:volume_type"]})
        self.assertEqual({disk["tenant_id"] for disk in disks}, {made["tenant_id"]})
        self.assertEqual({disk["delete_on_termination"] for disk in disks}, {True})
        self.assertEqual(self.used(DISK), sum(sizes))
        self.assertEqual(made["image"]["id"], self.image)
        self.assertEqual({disk["shared_to_project"] for disk in disks}, {False})
        creation = self.house.compute.compute.creation
        limits = evolve(creation._rooms.limits, shared_resources=True)
        self.patch(creation, "_rooms", evolve(creation._rooms, limits=limits))
        more = {"source_type": "blank", "volume_size": 1}
        shared = self.make([self.root, more], shared_to_project=True)
        self.follow()
        flags = [disk["shared_to_project"] for disk in self.disks(shared["id"])]
        self.assertEqual(flags, [True, True])
        plain = self.make([], imageRef=self.image)
        self.follow()
        self.assertEqual([disk["size"] for disk in self.disks(plain["id"])], sizes[:1])

    def test_what_is_refused(self) -> None:
        """400 for each, and nothing is left of it (CMP-095, CMP-096, CMP-098, CMP-099, CMP-102,
        CMP-103, CMP-105)."""
        self.now(self.house.volumes.add_type("other", "ext_vlmc"))
        other, used = self.volume(volume_type="other"), self.root_of(self.server())
        blank = self.volume()
        waiting = self.ask("POST", f"{GLANCE}/images", {"name": "w"}, 201)["id"]
        before = self.ask("GET", f"{CYCLADES}/servers")
        volume = {"source_type": "volume"}
        more = {"source_type": "blank", "volume_size": 1}
        for mapping in (
            [{"source_type": "tape", "uuid": self.image}],
            [{"source_type": "image"}],
            [{**volume}],
            [{**self.root, "volume_size": "big"}],
            [{**self.root, "volume_size": 1.5}],
            [{**self.root, "volume_size": True}],
            [{**self.root, "volume_size": -1}],
            [{**self.root, "delete_on_termination": "yes"}],
            [{"source_type": "blank", "volume_size": 1}],
            [self.root, {"source_type": "blank"}],
            [self.root, {"source_type": "image", "uuid": self.image}],
            [self.root, {"source_type": "snapshot", "uuid": self.image, "volume_size": 2}],
            [{**volume, "uuid": used}],
            [{**volume, "uuid": other}],
            [{**volume, "uuid": blank}],
            [{**volume, "uuid": 999}],
            [{**volume, "uuid": "x"}],
            [self.root, {**volume, "uuid": blank}, {**volume, "uuid": blank}],
            {},
            ["x"],
        ):
            self.make(mapping, 400)  # type: ignore[arg-type]
        self.make([self.root], 400, imageRef=an_image().id)
        self.make([{"source_type": "image", "uuid": waiting}], 404)
        self.make([self.root, *[more] * 8], 400)
        self.assertEqual(self.ask("GET", f"{CYCLADES}/servers"), before)
        self.assertEqual(self.status(blank), "available")

    def test_an_image_that_is_larger_than_its_disk(self) -> None:
        """400, with the flavor's own size too (CMP-102)."""
        flavors = self.ask("GET", f"{CYCLADES}/flavors/detail")["flavors"]
        self.flavor = next(flavor for flavor in flavors if flavor["disk"] > 1)
        snapshot = self.taken()
        small = {"source_type": "snapshot", "uuid": snapshot, "volume_size": 1}
        self.make([self.root, small], 400)
        fits = {**small, "volume_size": self.flavor["disk"]}
        made = self.make([self.root, fits])
        self.follow()
        self.assertEqual(self.disks(made["id"])[1]["snapshot_id"], snapshot)
        self.gone(made["id"])
        made = self.make([{"source_type": "snapshot", "uuid": snapshot}])
        self.assertEqual(made["image"]["id"], snapshot)

    def taken(self) -> str:
        """A snapshot of a root volume."""
        root = self.root_of(self.server(flavorRef=str(self.flavor["id"])))
        body = {"snapshot": {"volume_id": root, "display_name": "s"}}
        made = self.ask("POST", f"{OLD}/snapshots", body, 202)["snapshot"]["id"]
        self.follow()
        return str(made)

    def test_a_source_for_more_than_the_root_needs_storage_that_copies(self) -> None:
        """CMP-104, CMP-106: disks of other kinds have no sources but the root's, and go with
        their server."""
        kind = self.now(self.house.volumes.add_type("local", "plain"))
        fixed = self.now(self.house.volumes.add_type("fixed", "ext_fixed"))
        more = {"source_type": "image", "uuid": self.image, "volume_size": 2}
        keep = {**self.root, "delete_on_termination": False}
        for number, status, nova in ((kind, 400, 400), (fixed, 501, 400)):
            made = self.now(self.house.compute.compute.flavors.create(1, 1024, 4, number))
            self.flavor = {**self.flavor, "id": made.id}
            self.make([self.root, more], 400)
            self.make([keep], status)
            self.make_nova([{**keep, "boot_index": 0}], nova)


class FromVolumes(Booting):
    def test_a_server_starts_from_a_volume(self) -> None:
        """Without an image; its disk is not filled again; a second server cannot have it; the
        volume outlives the server with its charge and starts another (CMP-100, CMP-105,
        CMP-107)."""
        volume = self.bootable()
        used = self.used(DISK)
        mapping = [{"source_type": "volume", "uuid": str(volume), "boot_index": 0}]
        for turn in range(2):
            server = self.make_nova(mapping)
            self.assertEqual(self.status(volume), "attaching")
            self.make_nova(mapping, 400)
            self.follow()
            shown = self.ask("GET", f"{NOVA}/servers/{server}")["server"]
            self.assertEqual((shown["status"], shown["image"]), ("ACTIVE", ""))
            self.assertEqual(self.status(volume), "in_use")
            disk = self.jobs("OP_INSTANCE_CREATE")[-1]["disks"][0]
            self.assertEqual(disk["name"], f"snf-vol-{volume}")
            self.assertEqual("origin" in disk, turn == 0)
            self.assertEqual(disk.get("reuse_data"), None if turn == 0 else "True")
            self.assertEqual(self.used(DISK), used)
            self.gone(server)
            self.assertEqual((self.status(volume), self.used(DISK)), ("available", used))
        detached = [op for op in self.jobs("OP_INSTANCE_SET_PARAMS") if op.get("disks")]
        self.assertEqual(
            [op["disks"] for op in detached], [[["detach", f"snf-vol-{volume}", {}]]] * 2
        )

    def test_what_the_guest_is_told(self) -> None:
        """Nothing is copied; what holds data already is not prepared again (CMP-274)."""
        volume = self.bootable()
        image = self.ask("GET", f"{GLANCE}/images/{self.image}")
        told = []
        for _ in range(2):
            made = self.make([{"source_type": "volume", "uuid": volume}])
            self.now(self.house.compute.keeper.send_due())
            op = self.jobs("OP_INSTANCE_CREATE")[-1]
            self.assertEqual(op["osparams"]["img_id"], "null")
            path = op["osparams"]["config_url"].rpartition("/cyclades")[2]
            told.append(self.ask("GET", f"/cyclades{path}", token=None))
            self.follow()
            self.gone(made["id"])
        self.assertEqual([each["img_id"] for each in told], ["null", "null"])
        first, second = (json.loads(each["img_properties"]) for each in told)
        self.assertEqual(second, {"EXCLUDE_ALL_TASKS": "yes"})
        said = {key.upper() for key in image if key in ("os", "osfamily")}
        self.assertLessEqual(said, first.keys())

    def test_what_goes_and_what_stays(self) -> None:
        """The flag of each disk decides, and a disk attached later stays as Nova's do; one attached
        by a legacy client goes (CMP-107, CMP-122)."""
        kept, lost, later, legacy = (self.volume() for _ in range(4))
        server = self.make_nova(
            [
                {**self.root, "boot_index": 0, "delete_on_termination": False},
                {"source_type": "volume", "uuid": kept},
                {"source_type": "volume", "uuid": lost, "delete_on_termination": True},
                {"source_type": "blank", "volume_size": 1, "delete_on_termination": False},
                {"source_type": "blank", "volume_size": 1},
            ]
        )
        self.follow()
        for mount, volume, status in ((NOVA, later, 200), (CYCLADES, legacy, 202)):
            body = {"volumeAttachment": {"volumeId": volume}}
            self.ask("POST", f"{mount}/servers/{server}/os-volume_attachments", body, status)
            self.follow()
        root, *_, blank, own, _, _ = (int(disk["id"]) for disk in self.disks(server))
        self.gone(server)
        for volume, status in (
            (root, "available"),
            (kept, "available"),
            (later, "available"),
            (blank, "available"),
            (own, "deleted"),
            (lost, "deleted"),
            (legacy, "deleted"),
        ):
            self.assertEqual((volume, self.status(volume)), (volume, status))
        self.assertEqual(self.used(DISK), self.flavor["disk"] + 3)

    def test_a_removal_that_fails_keeps_everything(self) -> None:
        """The disk is taken back when the cluster does not let go of it (CMP-107, 8.5)."""
        volume = self.bootable()
        server = self.make_nova([{"source_type": "volume", "uuid": volume, "boot_index": 0}])
        self.follow()
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        self.ask("DELETE", f"{NOVA}/servers/{server}", status=204)
        self.follow()
        shown = self.ask("GET", f"{CYCLADES}/servers/{server}")["server"]
        self.assertNotEqual(shown["status"], "DELETED")
        self.assertEqual((shown["SNF:task_state"], self.status(volume)), ("", "in_use"))
        self.gone(server)
        self.assertEqual(self.status(volume), "available")

    def test_a_server_that_cannot_be_built_gives_its_volume_back(self) -> None:
        """When it is removed: until then it may still appear (CMP-085, CMP-105)."""
        volume = self.bootable()
        used = self.used(DISK)
        self.knobs.fail_next("OP_INSTANCE_CREATE", ["OpPrereqError", ["no", "wrong_state"]])
        server = self.make_nova([{"source_type": "volume", "uuid": volume, "boot_index": 0}])
        self.follow()
        shown = self.ask("GET", f"{CYCLADES}/servers/{server}")["server"]
        self.assertEqual((shown["status"], self.status(volume)), ("ERROR", "attaching"))
        self.gone(server)
        self.assertEqual((self.status(volume), self.used(DISK)), ("available", used))

    def test_openstacks_mapping(self) -> None:
        """The root is where boot_index is 0; an image beside other disks is the root itself; -1 and
        null are further disks (CMP-100, CMP-103)."""
        extra = {"source_type": "blank", "destination_type": "volume", "volume_size": "2"}
        for mapping in (
            [{**extra, "boot_index": -1}, {**self.root, "boot_index": 0}],
            [{**extra, "boot_index": None}],
            [extra],
        ):
            server = self.make_nova(mapping, imageRef=self.image)
            self.follow()
            sizes = [disk["size"] for disk in self.disks(server)]
            self.assertEqual(sizes, [self.flavor["disk"], 2])
        self.make_nova([extra], 400)
