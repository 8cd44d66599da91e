"""The image service behind its doors, over the object store in memory."""

from __future__ import annotations

import json as json_module
from typing import Any

from synnefod.common.ids import UserId
from synnefod.common.principal import Principal
from synnefod.common.threads import InlineThreads
from synnefod.images.registry import ImageService
from synnefod.resources.door import Mount
from synnefod.resources.image.mounts import image_mounts
from synnefod.resources.objects.pithos.asking import Settings
from synnefod.resources.objects.pithos.mount import PithosStore
from synnefod.resources.root import tree
from tests.harness.web import Answer, WebClient
from tests.unit.resources.objects import cloud
from tests.unit.resources.objects.cloud import PITHOS, People

V2 = "/cyclades/image/v2"
V1 = "/cyclades/image/v1.0"
PATCH = "application/openstack-images-v2.1-json-patch"


class Staff(People):
    """The token `root` is an administrator's."""

    async def authenticate(self, token: str) -> Principal:
        if token == "root":
            return Principal(UserId("00000000-0000-4000-8000-000000000001"), "root", None,
                             is_admin=True)  # fmt: skip
        return await super().authenticate(token)


class ImageCloud(cloud.Cloud):
    """`self.web` asks as Alice; the files are below PITHOS."""

    def setUp(self) -> None:
        super().setUp()
        self.images = ImageService(self.objects, self.clock, InlineThreads())
        people = Staff()
        store = Mount(PITHOS, "pithos", [PithosStore(Settings(self.objects), people)], people)
        mounts = [store, *image_mounts(self.images, people)]
        self.web = WebClient(tree(mounts), clock=self.clock, token="alice")

    def make(self, *, token: str = "alice", **said: Any) -> dict[str, Any]:
        """A queued image with formats."""
        said = {"disk_format": "raw", "container_format": "bare", **said}
        answer = self.web.post(f"{V2}/images", json=said, token=token)
        self.assertEqual(answer.status, 201, answer.text)
        shown: dict[str, Any] = answer.json()
        return shown

    def fill(self, image: str, data: bytes = b"data", *, token: str = "alice") -> Answer:
        return self.web.put(
            f"{V2}/images/{image}/file",
            body=data,
            token=token,
            headers={"Content-Type": "application/octet-stream"},
        )

    def active(self, *, data: bytes = b"data", token: str = "alice", **said: Any) -> str:
        """The id of an image with data."""
        image = str(self.make(token=token, **said)["id"])
        self.assertEqual(self.fill(image, data, token=token).status, 204)
        return image

    def show(self, image: str, *, token: str = "alice") -> dict[str, Any]:
        answer = self.web.get(f"{V2}/images/{image}", token=token)
        self.assertEqual(answer.status, 200, answer.text)
        shown: dict[str, Any] = answer.json()
        return shown

    def patch(self, image: str, *operations: Any, token: str = "alice") -> Answer:
        return self.web.patch(
            f"{V2}/images/{image}",
            body=json_module.dumps(operations).encode(),
            token=token,
            headers={"Content-Type": PATCH},
        )

    def listed(self, query: str = "", *, token: str = "alice") -> list[str]:
        """Names of the images of a list."""
        answer = self.web.get(f"{V2}/images{query}", token=token)
        self.assertEqual(answer.status, 200, answer.text)
        return [image["name"] for image in answer.json()["images"]]
