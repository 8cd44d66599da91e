"""Images through compute's legacy dialect, over the real image service (1.10)."""

from __future__ import annotations

from typing import Any

from synnefod.common.text import iso_offset, micros
from tests.unit.resources.volume.site import CYCLADES, GLANCE, OLD, PITHOS, VolumeSite

IMAGES = f"{CYCLADES}/images"
V1 = "/cyclades/image/v1.0/images"


class ComputeImages(VolumeSite):
    def setUp(self) -> None:
        super().setUp()
        (self.image,) = self.ask("GET", IMAGES)["images"]

    def registered(self, name: str = "mine") -> str:
        """An image of the demo user's that is a file of the store; its id."""
        where = f"{self.demo.user}/images/{name}"
        kind = {"Content-Type": "application/octet-stream"}
        for path, body in ((f"{self.demo.user}/images", b""), (where, b"data")):
            put = self.now(self.web.send("PUT", f"{PITHOS}/{path}", body=body, headers=kind))
            self.assertIn(put.status, (201, 202), put.text)
        headers = {
            "X-Image-Meta-Name": name,
            "X-Image-Meta-Location": f"pithos://{where}",
            "X-Image-Meta-Property-Os": "debian",
        }
        answer = self.now(self.web.send("POST", V1, headers=headers))
        self.assertEqual(answer.status, 200, answer.text)
        return str(answer.headers["x-image-meta-id"])

    def snapshot(self, *, good: bool = True) -> str:
        body = {"snapshot": {"volume_id": self.root_of(self.server()), "display_name": "s"}}
        if not good:
            self.knobs.fail_next("OP_INSTANCE_SNAPSHOT", ["OpExecError", ["no"]])
        return str(self.ask("POST", f"{OLD}/snapshots", body, 202)["snapshot"]["id"])

    def test_lists_and_one(self) -> None:
        """Id and name; in detail all; by id, snapshots too, in their states (CMP-240, CMP-241,
        CMP-248)."""
        self.ask("POST", f"{GLANCE}/images", {"name": "without data"}, 201)
        mine, saving = self.registered(), self.snapshot()
        listed = self.ask("GET", IMAGES)["images"]
        self.assertEqual([set(each) for each in listed], [{"id", "name"}] * 3)
        self.assertEqual([each["id"] for each in listed], sorted([self.image["id"], mine, saving]))
        shown = {each["id"]: each for each in self.ask("GET", f"{IMAGES}/detail")["images"]}
        self.assertEqual(list(shown), sorted(shown))
        states = {each["id"]: (each["status"], each["progress"]) for each in shown.values()}
        self.assertEqual(states[mine], ("ACTIVE", 100))
        self.assertEqual((states[saving][0], states[saving][1] < 100), ("SAVING", True))
        self.assertIs(shown[saving]["is_snapshot"], True)
        one = self.ask("GET", f"{IMAGES}/{mine}")["image"]
        self.assertEqual(one, shown[mine])
        base = "http://cloud.example.org"
        self.assertEqual(
            {key: value for key, value in one.items() if key not in ("created", "updated")},
            {
                "id": mine,
                "name": "mine",
                "status": "ACTIVE",
                "progress": 100,
                "user_id": self.demo.user,
                "tenant_id": self.demo.user,
                "public": False,
                "is_snapshot": False,
                "metadata": {"os": "debian"},
                "links": [
                    {"rel": "self", "href": f"{base}{IMAGES}/{mine}"},
                    {"rel": "bookmark", "href": f"{base}{IMAGES}/{mine}"},
                    {"rel": "alternate", "href": f"{base}{V1}/{mine}"},
                ],
            },
        )
        self.follow()
        failed = self.snapshot(good=False)
        self.follow()
        self.assertEqual(self.ask("GET", f"{IMAGES}/{failed}")["image"]["status"], "ERROR")
        self.assertEqual(self.ask("GET", f"{IMAGES}/{saving}")["image"]["status"], "ACTIVE")

    def test_changes(self) -> None:
        """Those changed since then; 304 for none, 400 for a bad date (CMP-018, CMP-242)."""
        self.cloud.site.wait(5)
        now = iso_offset(micros(self.cloud.site.clock.seconds())).replace("+", "%2B")
        self.cloud.site.wait(5)
        self.ask("GET", f"{IMAGES}?changes-since={now}", status=304)
        mine = self.registered()
        for path in ("", "/detail"):
            found = self.ask("GET", f"{IMAGES}{path}?changes-since={now}")["images"]
            self.assertEqual([each["id"] for each in found], [mine])
        for bad in ("x", "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", now[:19]):
            for noun in (IMAGES, f"{CYCLADES}/servers", f"{OLD}/volumes"):
                self.ask("GET", f"{noun}?changes-since={bad}", status=400)

    def test_one_that_is_not_there_or_not_mine(self) -> None:
        """404 and 403; none is made here (CMP-243, CMP-245)."""
        mine = self.registered()
        for method, path in (
            ("GET", ""), ("DELETE", ""), ("GET", "/metadata"), ("GET", "/metadata/os"),
            ("DELETE", "/metadata/os"),
        ):  # fmt: skip
            self.ask(method, f"{IMAGES}/{mine}{path}", status=403, token="other")
            self.ask(method, f"{IMAGES}/{self.demo.user}{path}", status=404)
        self.ask("POST", IMAGES, {"image": {"name": "x"}}, 501)
        self.ask("DELETE", f"{IMAGES}/{self.image['id']}", status=403)

    def test_a_registration_goes_and_its_file_stays(self) -> None:
        """CMP-244"""
        mine = self.registered()
        self.ask("DELETE", f"{IMAGES}/{mine}", status=204)
        self.ask("GET", f"{IMAGES}/{mine}", status=404)
        path = f"{PITHOS}/{self.demo.user}/images/mine"
        self.assertEqual(self.now(self.web.send("GET", path)).body, b"data")

    def test_metadata(self) -> None:
        """Each call's status and body; what is deleted is gone (CMP-246, CMP-247)."""
        path = f"{IMAGES}/{self.registered()}/metadata"

        def all_of(expected: Any) -> None:
            self.assertEqual(self.ask("GET", path), {"metadata": expected})

        all_of({"os": "debian"})
        made = self.ask("POST", path, {"metadata": {"a": "1", "os": "arch"}}, 201)
        self.assertEqual(made, {"metadata": {"a": "1", "os": "arch"}})
        self.assertEqual(self.ask("GET", f"{path}/a"), {"meta": {"a": "1"}})
        changed = self.ask("PUT", f"{path}/a", {"meta": {"a": "2"}}, 201)
        self.assertEqual(changed, {"meta": {"a": "2"}})
        all_of({"a": "2", "os": "arch"})
        self.ask("DELETE", f"{path}/a", status=204)
        all_of({"os": "arch"})
        self.ask("DELETE", f"{path}/a", status=404)
        self.ask("GET", f"{path}/a", status=404)
        self.ask("PUT", f"{path}/a", {"meta": {"b": "2"}}, 400)
        self.ask("POST", path, {"metadata": {"a": 1}}, 400)
