"""SSH keys as Synnefo's web pages keep them (1.9)."""

from __future__ import annotations

from typing import Any

from synnefod.compute.interface import Limits
from synnefod.compute.keypairs import make_rsa
from tests.unit.resources.compute.site import LEGACY, SiteCase

KEYS = "/cyclades/userdata/keys"
ED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl a@b"


class UserKeys(SiteCase):
    limits = Limits(max_keypairs=2)

    async def said(self, method: str, path: str, json: Any = None, **more: Any) -> tuple[int, Any]:
        answer = await self.ask(method, KEYS + path, json, **more)
        return answer.status, answer.json() if answer.body else None

    async def test_keys_come_change_and_go(self) -> None:
        """By number, with a URI; the pages' keys are compute's; a change is taken at the limit
        (CMP-227, CMP-230)."""
        status, made = await self.said("POST", "", {"name": "k 1", "content": ED})
        self.assertEqual(status, 200)
        self.assertEqual(made["uri"], f"{KEYS}/{made['id']}")
        self.assertEqual((made["name"], made["content"]), ("k 1", ED))
        self.assertRegex(made["fingerprint"], r"\A([0-9a-f]{2}:){15}[0-9a-f]{2}\Z")
        public, _ = make_rsa()
        second = (await self.said("POST", "", {"name": "k2", "content": public}))[1]
        self.assertEqual((await self.said("GET", ""))[1], [made, second])
        self.assertEqual(await self.said("GET", f"/{made['id']}"), (200, made))
        body = {"name": "k3", "content": public}
        status, changed = await self.said("PUT", f"/{made['id']}", body)
        expected = {**made, "name": "k3", "content": public, "fingerprint": second["fingerprint"]}
        self.assertEqual((status, changed), (200, expected))
        shown = (await self.ask("GET", f"{LEGACY}/os-keypairs/k3")).json()["keypair"]
        self.assertEqual((shown["id"], shown["public_key"]), (made["id"], public))
        self.assertEqual(await self.said("DELETE", f"/{made['id']}"), (200, ""))
        for method in ("GET", "DELETE"):
            self.assertEqual((await self.said(method, f"/{made['id']}"))[0], 404)
        self.assertEqual((await self.said("PUT", f"/{made['id']}", body))[0], 404)

    async def test_refusals(self) -> None:
        """422 with the field; 401 without a body; another's key is 404 (CMP-228)."""
        made = (await self.said("POST", "", {"name": "k1", "content": ED}))[1]
        for body, field in (
            ({"name": "", "content": ED}, "name"),
            ({"name": "a/b", "content": ED}, "name"),
            ({"name": "k", "content": "junk"}, "content"),
            ({"name": "k"}, "content"),
            ({"name": "k1", "content": ED}, "__all__"),
        ):
            status, told = await self.said("POST", "", body)
            self.assertEqual((status, told["non_field_key"]), (422, "__all__"), body)
            self.assertEqual(list(told["errors"]), [field])
            self.assertIsInstance(told["errors"][field][0], str)
        second = (await self.said("POST", "", {"name": "k2", "content": ED}))[1]
        status, told = await self.said("POST", "", {"name": "k3", "content": ED})
        self.assertEqual((status, list(told["errors"])), (422, ["__all__"]))
        body = {"name": "k1", "content": ED}
        self.assertEqual((await self.said("PUT", f"/{second['id']}", body))[0], 422)
        self.assertEqual((await self.said("PUT", f"/{made['id']}", body))[0], 200)
        for method in ("GET", "PUT", "DELETE"):
            found = await self.said(method, f"/{made['id']}", body, token="mallory")
            self.assertEqual(found[0], 404)
        self.assertEqual(await self.said("GET", "", token=""), (401, None))
        self.assertEqual(await self.said("GET", "", token="nobody"), (401, None))

    async def test_pairs_are_made_and_given_back_as_files(self) -> None:
        """Nothing is kept of either; at the limit 403 and a text (CMP-229)."""
        status, pair = await self.said("POST", "/generate")
        self.assertEqual((status, set(pair)), (200, {"private", "public"}))
        self.assertTrue(pair["private"].startswith("-----BEGIN RSA PRIVATE KEY-----"))
        self.assertTrue(pair["public"].startswith("ssh-rsa "))
        self.assertEqual((await self.said("GET", ""))[1], [])
        answer = await self.ask(
            "POST",
            KEYS + "/download",
            body=b"data=one%0Atwo&name=k+1.pem",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        self.assertEqual((answer.status, answer.body), (200, b"one\ntwo"))
        self.assertEqual(answer.headers["content-type"], "application/x-pem-key")
        told = answer.headers["content-disposition"]
        self.assertEqual(told, "attachment; filename*=UTF-8''k%201.pem")
        for name in ("k1", "k2"):
            await self.said("POST", "", {"name": name, "content": ED})
        answer = await self.ask("POST", KEYS + "/generate")
        self.assertEqual((answer.status, answer.body), (403, b"SSH keys limit exceeded."))
