"""What nodes ask and tell while a server is built, over the secret addresses they are given."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.resources.network.whole import COMPUTE, WholeCase

VMAPI = "/cyclades/vmapi/v1.0"


class Deployments(WholeCase):
    def building(self, **more: Any) -> int:
        """A server whose creation waits in its cluster; its number."""
        self.knobs.hold = True
        return int(self.a_server(wait=False, **more)["id"])

    def osparams(self) -> dict[str, str]:
        self.cloud.site.wait(3)
        given: dict[str, str] = self.creation()["osparams"]
        return given

    def creation(self) -> dict[str, Any]:
        jobs = [job.ops[0].input for job in self.cloud.site.cluster().queue.all()]
        return [job for job in jobs if job["OP_ID"] == "OP_INSTANCE_CREATE"][-1]

    def document(self) -> dict[str, str]:
        url = self.osparams()["config_url"]
        given: dict[str, str] = self.get(url[url.index("/cyclades") :], token="")
        return given

    def path(self, url: str) -> str:
        return url[url.index("/cyclades") :]

    def finish(self) -> None:
        self.knobs.hold = False
        self.cloud.site.cluster().queue.release()
        self.wait(30)

    def test_the_image_is_read_until_the_building_ends(self) -> None:
        """Whole, or from an offset on; then it is as if it never was."""
        number = self.building()
        document = self.document()
        path = self.path(document["img_url"])
        size = int(document["img_id"].rpartition("/")[2]) if "/" in document["img_id"] else None
        whole = self.web.request("GET", path, token="")
        self.assertEqual(whole.status, 200)
        if size is not None:
            self.assertEqual(len(whole.body), size)
        part = self.web.request("GET", path, token="", headers={"Range": "bytes=100-"})
        self.assertEqual((part.status, part.body), (206, whole.body[100:]))
        self.finish()
        self.assertEqual(self.server(number)["status"], "ACTIVE")
        self.get(path, 404, token="")

    def test_progress_is_told_without_a_broker(self) -> None:
        """Percentages and diagnostics of the one server that the address is for; nonsense is
        refused, and so is everything once the server is built (GNT-136, GNT-138)."""
        number = self.building()
        path = self.path(self.document()["progress_url"])
        told = {"type": "image-copy-progress", "total": 9, "position": 3, "progress": 33.3}
        self.send("POST", path, told, 204, token="")
        self.assertEqual(self.server(number)["progress"], 33)
        warning = {"type": "image-warning", "messages": ["no", "room"], "instance": "snf-999"}
        self.send("POST", path, warning, 204, token="")
        shown = self.get(f"{COMPUTE}/servers/{number}/diagnostics")
        self.assertEqual((shown[0]["level"], shown[0]["message"]), ("WARNING", "no room"))
        for nonsense in (
            {},
            {"type": "x"},
            {"type": "ganeti-op-status", "status": "success"},
            {"type": "image-copy-progress", "progress": -1},
            {"type": "image-copy-progress", "progress": "many"},
        ):
            self.send("POST", path, nonsense, 400, token="")
        self.send("POST", VMAPI + "/progress/" + "0" * 36, told, 404, token="")
        self.send("POST", VMAPI + "/progress/11111111-1111-4111-8111-111111111111", told, 404)
        self.finish()
        self.send("POST", path, told, 404, token="")

    def test_parameters_outlive_a_restart_and_a_long_wait(self) -> None:
        """They are rows, not memory, and wait for the creation's end, not for five minutes
        (GNT-171, CMP-273)."""
        self.building()
        url = self.path(self.osparams()["config_url"])
        self.cloud.site.clock.advance(6 * 3600)
        self.now(self.house.compute.keeper.forget_old())
        self.now(self.house.compute.keeper.stop())
        self._follow_jobs()  # as another process does
        self.get(url, 200, token="")
        self.building()
        url = self.path(self.osparams()["config_url"])
        self.finish()
        self.get(url, 404, token="")

    def test_storage_that_clones_is_given_no_data(self) -> None:
        """`img_id` is the text null in the document, while the cluster keeps the map's name, and
        origin, size, provider and the type's own keys reach the storage's scripts (GNT-172,
        GNT-173, CMP-274)."""
        kinds = self.cloud.ask("volume-type-list")["rows"]
        clone = next(row for row in kinds if row["disk_template"] == "ext_archipelago")
        self.cloud.ask(
            "volume-type-modify",
            volume_type=clone["id"],
            spec_add={"GNT-EXTP:pool": "fast", "color": "red"},
        )
        self.building()
        document = self.document()
        job = self.creation()
        self.assertEqual(document["img_id"], "null")
        where = job["osparams"]["img_id"]
        self.assertTrue(where.startswith("pithosmap://"), where)
        name, _, size = where.removeprefix("pithosmap://").rpartition("/")
        (disk,) = job["disks"]
        self.assertEqual(disk["provider"], "archipelago")
        self.assertEqual((disk["origin"], disk["origin_size"]), (name, int(size)))
        self.assertEqual(disk["pool"], "fast")
        self.assertNotIn("color", disk)
        self.assertEqual(job["disk_template"], "ext")
        self.assertTrue(json.dumps(job))
