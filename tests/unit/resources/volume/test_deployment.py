"""What a guest's deployment is told of its image."""

from __future__ import annotations

import json
from typing import Any

from tests.unit.resources.volume.site import GLANCE, NOVA, VolumeSite


class Properties(VolumeSite):
    def told(self, **said: Any) -> dict[str, str]:
        """The properties that the guest of a new image with these reads."""
        body = {"name": "i", "disk_format": "raw", "container_format": "bare", **said}
        image = self.ask("POST", f"{GLANCE}/images", body, 201)["id"]
        headers = {"Content-Type": "application/octet-stream"}
        path = f"{GLANCE}/images/{image}/file"
        self.ask("PUT", path, status=204, body=b"boot", headers=headers)
        flavor = self.ask("GET", f"{NOVA}/flavors")["flavors"][0]["id"]
        body = {"name": "a", "imageRef": image, "flavorRef": flavor, "networks": "none"}
        self.ask("POST", f"{NOVA}/servers", {"server": body}, 202)
        self.cloud.site.wait(0.2)
        url = self.jobs("OP_INSTANCE_CREATE")[-1]["osparams"]["config_url"]
        document = self.ask("GET", url[url.index("/cyclades/") :], token="")
        found: dict[str, str] = json.loads(document["img_properties"])
        return found

    def test_names_are_upper_case(self) -> None:
        """All that the image says, as the deployment reads it (IMG-053)."""
        said = {"osfamily": "linux", "root_partition": "1", "users": "root user", "os": "debian"}
        self.assertEqual(
            self.told(**said, exclude_task_deletesshkeys="yes"),
            {
                "OSFAMILY": "linux",
                "ROOT_PARTITION": "1",
                "USERS": "root user",
                "OS": "debian",
                "EXCLUDE_TASK_DELETESSHKEYS": "yes",
            },
        )

    def test_an_image_that_says_nothing_is_started_as_it_is(self) -> None:
        """All tasks are excluded then (IMG-053)."""
        self.assertEqual(self.told(), {"EXCLUDE_ALL_TASKS": "yes"})
