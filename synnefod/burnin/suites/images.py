"""Flavors and images: lists that agree, images of the system, one registered and taken back."""

from __future__ import annotations

import re
from typing import Any

from synnefod.burnin.cloud import expect, require
from synnefod.burnin.suite import Skip, Suite, step
from synnefod.burnin.suites.choosing import images

_PATTERN = re.compile(r"C\d+R\d+D\d+\w+")


class Flavors(Suite):
    title = "FlavorsTestSuite"

    @step("list", alone=True)
    def listed(self) -> None:
        simple = self.cloud.get("compute", "/flavors")["flavors"]
        detail = self.cloud.get("compute", "/flavors/detail")["flavors"]
        require(simple, "there are no flavors")
        named = sorted((str(each["id"]), each["name"]) for each in simple)
        expect(sorted((str(each["id"]), each["name"]) for each in detail), named, "the two lists")

    @step("names are unique", alone=True)
    def unique(self) -> None:
        names = [each["name"] for each in self.cloud.get("compute", "/flavors")["flavors"]]
        expect(len(set(names)), len(names), "different names")

    @step("names tell what they are", alone=True)
    def pattern(self) -> None:
        for each in self.cloud.get("compute", "/flavors/detail")["flavors"]:
            if _PATTERN.fullmatch(each["name"]):
                begin = f"C{each['vcpus']}R{each['ram']}D{each['disk']}"
                require(each["name"].startswith(begin), f"{each['name']} is not {begin}...")


class Images(Suite):
    title = "ImagesTestSuite"

    @step("lists agree", alone=True)
    def lists(self) -> None:
        registry = self.cloud.get("image", "/images/")["images"]
        detail = self.cloud.get("image", "/images/detail")["images"]
        compute = self.cloud.get("compute", "/images")["images"]
        require(registry, "there are no images")
        names = sorted((each["id"], each["name"]) for each in registry)
        expect(sorted((each["id"], each["name"]) for each in detail), names, "the detailed list")
        mine = {each["id"] for each in compute}
        require({each["id"] for each in registry} <= mine, "compute does not list all")

    @step("the system's images are there", alone=True)
    def system(self) -> None:
        found = images(self.cloud, self.options.images)
        owner = self.options.system_user
        mine = [each for each in found if not owner or each["owner"] == owner]
        require(mine, "there is no image of the system")
        ids = [each["id"] for each in mine]
        expect(len(set(ids)), len(ids), "different images")
        for each in mine:
            require(each["size"] and each["location"], f"{each['name']} has no size or place")

    @step("download one")
    def download(self) -> None:
        found = [each for each in images(self.cloud, self.options.images) if _place(each)]
        small = [each for each in found if int(each["size"]) <= 1 << 30]
        if not small:
            raise Skip("no image below 1 GiB that can be read")
        image = min(small, key=lambda each: int(each["size"]))
        account, path = _place(image)
        answer = self.cloud.send("GET", f"{self.cloud.services['object-store']}/{account}/{path}")
        if answer.status in (403, 404):
            raise Skip("the system's images are not to be read")
        expect(answer.status, 200, "the answer")
        expect(len(answer.body), int(image["size"]), "bytes")
        self.state["content"] = answer.body

    @step("upload it")
    def upload(self) -> None:
        base = f"/{self.cloud.user}/{self.name('images')}"
        self.cloud.ask("object-store", "PUT", base, status=201)
        self.undo("container", lambda: self.cloud.ask("object-store", "DELETE", base, status=204))
        path = f"{base}/image.diskdump"
        content = self.state.get("content", b"no image, but a file")
        kind = {"Content-Type": "application/octet-stream"}
        self.cloud.ask("object-store", "PUT", path, content, status=201, headers=kind)
        self.undo("file", lambda: self.cloud.ask("object-store", "DELETE", path, status=204))
        self.state["path"] = path

    @step("register it")
    def register(self) -> None:
        name = self.name("image")
        headers = {
            "X-Image-Meta-Name": name,
            "X-Image-Meta-Location": f"pithos:/{self.state['path']}",
            "X-Image-Meta-Property-osfamily": "linux",
            "X-Image-Meta-Property-root-partition": "1",
        }
        made = self.cloud.ask("image", "POST", "/images/", b"", status=200, headers=headers)
        number = made.headers["x-image-meta-id"]
        self.undo(
            "image", lambda: self.cloud.ask("image", "DELETE", f"/images/{number}", status=204)
        )
        expect(made.headers["x-image-meta-name"], name, "the name")
        listed = {each["id"] for each in self.cloud.get("image", "/images/detail")["images"]}
        require(number in listed, "it is not in the list")
        self.state["image"] = number

    @step("take it back")
    def take_back(self) -> None:
        number = self.state["image"]
        self.cloud.ask("image", "DELETE", f"/images/{number}", status=204)
        self.done("image")
        listed = {each["id"] for each in self.cloud.get("image", "/images/")["images"]}
        require(number not in listed, "it is still in the list")


def _place(image: Any) -> tuple[str, str]:
    """Account, and container with path, of `pithos://account/container/path`."""
    found = re.fullmatch(r"pithos://([^/]+)/(.+)", image.get("location") or "")
    return (found[1], found[2]) if found else ("", "")
