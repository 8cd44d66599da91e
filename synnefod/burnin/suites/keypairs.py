"""SSH keys: made, uploaded, given to a server."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from synnefod.burnin.cloud import expect, require
from synnefod.burnin.suite import step
from synnefod.burnin.suites.machine import WithServers


class Keypairs(WithServers):
    title = "KeypairsTestSuite"

    def _made(self, **more: str) -> dict[str, str]:
        body = {"keypair": {"name": self.name("key"), **more}}
        made = self.cloud.ask("compute", "POST", "/os-keypairs", body, status=201).json()["keypair"]
        path = f"/os-keypairs/{made['name']}"
        self.undo(path, lambda: self.cloud.ask("compute", "DELETE", path, status=204))
        found: dict[str, str] = made
        return found

    @step("make one")
    def make_one(self) -> None:
        made = self._made()
        require("PRIVATE KEY" in made["private_key"], "no private key was told")
        self.state["name"] = made["name"]

    @step("upload one", alone=True)
    def upload(self) -> None:
        key = Ed25519PrivateKey.generate().public_key()
        text = key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        made = self._made(public_key=text)
        shown = self.cloud.get("compute", f"/os-keypairs/{made['name']}")["keypair"]
        expect(shown["fingerprint"], made["fingerprint"], "the fingerprint")

    @step("a server with it")
    def server_with(self) -> None:
        made = self.make("keyed", networks=[], key_name=self.state["name"])
        found = self.become(made["id"], "ACTIVE")
        expect(found["key_name"], self.state["name"], "its key")
        self.gone(made["id"])

    @step("remove it")
    def remove_it(self) -> None:
        path = f"/os-keypairs/{self.state['name']}"
        self.cloud.ask("compute", "DELETE", path, status=204)
        self.done(path)
        self.cloud.ask("compute", "GET", path, status=404)
