"""Volumes that are copies of volumes, by OpenStack's dialect on a simulated cluster."""

from __future__ import annotations

from typing import Any

from tests.unit.resources.volume.site import GLANCE, OLD, V3, VolumeSite


class Copies(VolumeSite):
    def copy(self, of: int, status: int = 202, **said: Any) -> Any:
        body = {"volume": {"source_volid": str(of), "name": "copy", **said}}
        answer = self.ask("POST", f"{V3}/volumes", body, status)
        return answer["volume"] if status == 202 else answer

    def tidy(self) -> None:
        self.follow()
        self.now(self.house.compute.compute.disks.tidy())

    def snapshots(self) -> int:
        return len(self.ask("GET", f"{V3}/snapshots")["snapshots"])

    def test_one_in_use_is_snapshotted_first(self) -> None:
        """Snapshot, clone, drop the snapshot: the copy is available once the snapshot has its
        data, takes it when a server first has it, and the snapshot is gone then (VOL-018)."""
        server = self.server(stopped=True)
        volume = self.volume(size=2)
        self.attach(server, volume)
        used = self.used()
        made = self.copy(volume, size=3)
        self.assertEqual((made["status"], made["size"], made["source_volid"]), (
            "creating", 3, str(volume)))  # fmt: skip
        self.assertEqual((self.used(), self.snapshots()), (used + 3, 1))
        self.ask("DELETE", f"{V3}/volumes/{made['id']}", status=400)
        self.tidy()
        self.tidy()
        number = int(made["id"])
        self.assertEqual((self.status(number), self.snapshots()), ("available", 1))
        self.attach(server, number)
        (op, _, disk) = self.jobs("OP_INSTANCE_SET_PARAMS")[-1]["disks"][0]
        self.assertEqual((op, disk["origin"]), ("add", f"snf-snap-{volume}-1"))
        self.tidy()
        self.assertEqual((self.status(number), self.snapshots()), ("in_use", 0))

    def test_a_copy_that_goes_first_takes_the_snapshot_along(self) -> None:
        """Also one whose snapshot failed, which is in error until it is deleted."""
        server = self.server(stopped=True)
        volume = self.volume(size=2)
        self.attach(server, volume)
        used = self.used()
        gone = self.copy(volume)["id"]
        self.tidy()
        self.tidy()
        self.ask("DELETE", f"{V3}/volumes/{gone}", status=202)
        self.tidy()
        self.assertEqual((self.snapshots(), self.used()), (0, used))
        self.knobs.fail_next("OP_INSTANCE_SNAPSHOT", ["OpExecError", ["no"]])
        bad = int(self.copy(volume)["id"])
        self.tidy()
        self.tidy()
        self.assertEqual(self.status(bad), "error")
        self.ask("DELETE", f"{V3}/volumes/{bad}", status=202)
        self.tidy()
        self.assertEqual((self.snapshots(), self.used()), (0, used))

    def test_one_without_data_is_copied_at_once(self) -> None:
        """Both are filled from the same image when a server first has them; no job is needed."""
        image = self.ask("GET", f"{GLANCE}/images")["images"][0]["id"]
        volume = self.volume(size=1, imageRef=image)
        made = self.copy(volume)
        self.assertEqual((made["status"], made["size"]), ("available", 1))
        self.assertEqual(made["bootable"], "true")
        self.assertEqual(self.snapshots(), 0)
        server = self.server(stopped=True)
        for number in (volume, int(made["id"])):
            self.attach(server, number)
        disks = [op["disks"][0][2] for op in self.jobs("OP_INSTANCE_SET_PARAMS")[-2:]]
        self.assertEqual(disks[0]["origin"], disks[1]["origin"])

    def test_what_is_refused(self) -> None:
        """Smaller ones, other types, volumes that lie about with data, strangers' ones; and by
        Synnefo's own dialect all (VOL-014)."""
        server = self.server(stopped=True)
        volume = self.volume(size=2)
        self.copy(volume, 400, size=1)
        self.now(self.house.volumes.add_type("other", "ext_vlmc"))
        self.copy(volume, 400, volume_type="other")
        self.copy(volume, 413, size=201)
        self.copy(99, 404)
        said = {"size": 2, "display_name": "d", "volume_type": 1, "source_volid": str(volume)}
        self.ask("POST", f"{OLD}/volumes", {"volume": said}, 400)
        self.attach(server, volume)
        self.detach(server, volume)
        self.copy(volume, 400)
