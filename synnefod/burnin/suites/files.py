"""Pithos: the account, a container, an object and what can be done with it, uploads, downloads."""

from __future__ import annotations

import hashlib
import os
import random

from synnefod.burnin.cloud import expect, require
from synnefod.burnin.suite import Suite, step

_BYTES = {"Content-Type": "application/octet-stream"}


class Files(Suite):
    title = "PithosTestSuite"

    def _ask(
        self, method: str, path: str, status: int, body: bytes | None = None, **more: str
    ) -> object:
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        return self.cloud.ask(
            "object-store",
            method,
            f"/{self.cloud.user}{path}",
            body,
            status=status,
            headers=headers,
        )

    @step("account: HEAD, GET, POST", alone=True)
    def account(self) -> None:
        path = f"/{self.cloud.user}"
        head = self.cloud.ask("object-store", "HEAD", path, status=204)
        require("x-account-bytes-used" in head.headers, "it does not tell the bytes")
        self.cloud.get("object-store", f"{path}?format=json")
        mark = self.name("mark")
        for value in (mark, ""):
            sent = {"X-Account-Meta-Snf-Test": value}
            update = f"{path}?update="
            self.cloud.ask("object-store", "POST", update, b"", status=202, headers=sent)
            head = self.cloud.ask("object-store", "HEAD", path, status=204)
            expect(head.headers.get("x-account-meta-snf-test", ""), value, "the account's mark")

    @step("container: PUT, HEAD, GET, POST")
    def container(self) -> None:
        box = f"/{self.name('box')}"
        self.state["box"] = box
        self._ask("PUT", box, 201)
        self.undo("container", self._empty)
        self._ask("HEAD", box, 204)
        self._ask("POST", f"{box}?update=", 202, b"", X_Container_Meta_Snf_Test="kept")
        head = self.cloud.ask("object-store", "HEAD", f"/{self.cloud.user}{box}", status=204)
        expect(head.headers.get("x-container-meta-snf-test"), "kept", "the container's mark")
        listed = self.cloud.get("object-store", f"/{self.cloud.user}?format=json")
        require(box[1:] in {each["name"] for each in listed}, "it is not in the list")

    def _empty(self) -> None:
        box = self.state["box"]
        self._ask("DELETE", f"{box}?delimiter=/", 204)
        self._ask("DELETE", box, 204)

    @step("object: PUT, HEAD, GET")
    def put(self) -> None:
        path = self.state["box"] + "/first"
        self._ask("PUT", path, 201, b"hello", **_BYTES)
        self._ask("HEAD", path, 200)
        expect(self._content(path), b"hello", "what is read")

    def _content(self, path: str) -> bytes:
        return self.cloud.ask("object-store", "GET", f"/{self.cloud.user}{path}", status=200).body

    @step("object: POST, COPY, MOVE, DELETE")
    def change(self) -> None:
        box = self.state["box"]
        self._ask("POST", f"{box}/first?update=", 202, b"", X_Object_Meta_Colour="blue")
        self._ask("COPY", f"{box}/first", 201, Destination=f"{box}/second")
        expect(self._content(f"{box}/second"), b"hello", "the copy")
        self._ask("MOVE", f"{box}/second", 201, Destination=f"{box}/third")
        self._ask("GET", f"{box}/second", 404)
        head = self.cloud.ask("object-store", "HEAD", f"/{self.cloud.user}{box}/third", status=200)
        expect(head.headers.get("x-object-meta-colour"), "blue", "the copy's metadata")
        self._ask("DELETE", f"{box}/third", 204)
        self._ask("HEAD", f"{box}/third", 404)

    @step("upload and download files")
    def transfer(self) -> None:
        box = self.state["box"]
        digests = {}
        for number in range(self.options.uploads):
            size = random.randint(self.options.smallest, self.options.largest)
            content = os.urandom(size)
            digests[f"{box}/{number:03}"] = hashlib.sha256(content).digest()
            self._ask("PUT", f"{box}/{number:03}", 201, content, **_BYTES)
        for path, digest in digests.items():
            read = hashlib.sha256(self._content(path)).digest()
            require(read == digest, f"{path} is not what was sent")
        listed = self.cloud.get("object-store", f"/{self.cloud.user}{box}?format=json&prefix=0")
        expect(len(listed), self.options.uploads, "uploaded files")

    @step("share and publish")
    def share(self) -> None:
        path = self.state["box"] + "/first"
        self._ask("POST", f"{path}?update=", 202, b"", X_Object_Public="true")
        head = self.cloud.ask("object-store", "HEAD", f"/{self.cloud.user}{path}", status=200)
        place = head.headers.get("x-object-public", "")
        require(place, "it has no public address")
        base = self.cloud.services["object-store"].split("/", 3)
        url = place if "//" in place else "/".join(base[:3]) + place
        expect(self.cloud.send("GET", url, token="").body, b"hello", "what everybody reads")
        self._ask("POST", f"{path}?update=", 202, b"", X_Object_Public="false")
        expect(self.cloud.send("GET", url, token="").status, 404, "afterwards")

    @step("container: DELETE")
    def delete(self) -> None:
        self._empty()
        self.done("container")
        self._ask("HEAD", self.state["box"], 404)
