"""`createImage`: a snapshot of a server's root volume, as OpenStack's clients ask for it."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from tests.unit.resources.volume.site import CYCLADES, GLANCE, NOVA, VolumeSite

NEWER = {"OpenStack-API-Version": "compute 2.45"}


class CreateImage(VolumeSite):
    def act(self, server: int, given: Any, **more: Any) -> Any:
        path = f"{NOVA}/servers/{server}/action"
        return self.now(self.web.send("POST", path, json={"createImage": given}, **more))

    def test_the_image_is_there_before_the_answer(self) -> None:
        """Named by Location below 2.45 and in the body from there on; active once the cluster has
        made its data; servers are made from it (CMP-415, VOL-067)."""
        server = self.server()
        answer = self.act(server, {"name": "i1", "metadata": {"mine": "1"}})
        self.assertEqual((answer.status, answer.body), (202, b""))
        where = answer.headers["location"]
        base, _, name = where.rpartition("/")
        self.assertEqual(base, f"http://cloud.example.org{GLANCE}/images")
        image = self.ask("GET", f"{GLANCE}/images/{name}")
        said = (image["name"], image["status"], image["mine"])
        self.assertEqual(said, ("i1", "saving", "1"))
        self.follow()
        self.assertEqual(self.ask("GET", f"{GLANCE}/images/{name}")["status"], "active")
        answer = self.act(server, {"name": "i2"}, headers=NEWER)
        self.assertEqual((answer.status, list(answer.json())), (202, ["image_id"]))
        self.assertNotIn("location", answer.headers)
        self.follow()
        name = answer.json()["image_id"]
        second = self.server(imageRef=name)
        shown = self.ask("GET", f"{NOVA}/servers/{second}")["server"]
        self.assertEqual((shown["status"], shown["image"]["id"]), ("ACTIVE", name))

    def test_refusals(self) -> None:
        """Bad bodies 400, disks without snapshots 501, a server being built 409, one that is
        suspended 403; no legacy client asks so (CMP-144, CMP-415)."""
        server = self.server()
        for given in (None, {}, {"name": ""}, {"name": 1}, {"name": "x" * 256}):
            self.assertEqual(self.act(server, given).status, 400, given)
        for metadata in ([], {"a": 1}):
            self.assertEqual(self.act(server, {"name": "i", "metadata": metadata}).status, 400)
        path = f"{CYCLADES}/servers/{server}/action"
        self.ask("POST", path, {"createImage": {"name": "i"}}, 400)
        self.now(self.house.compute.compute.actions.suspend(server, suspended=True))
        self.assertEqual(self.act(server, {"name": "i"}).status, 403)
        self.now(self.house.compute.compute.actions.suspend(server, suspended=False))
        self.write("update servers set operstate = 'BUILD' where id = :id", id=server)
        self.assertEqual(self.act(server, {"name": "i"}).status, 409)
        self.write("update servers set operstate = 'STARTED' where id = :id", id=server)
        self.write("update volume_types set disk_template = 'drbd'")
        self.assertEqual(self.act(server, {"name": "i"}).status, 501)
        self.assertEqual(self.act(999, {"name": "i"}).status, 404)

    def test_where_snapshots_are_for_some(self) -> None:
        """501 for others (VOL-060, CMP-095)."""
        server = self.server()
        rooms = self.house.compute.compute.snapshots._rooms
        limits = evolve(rooms.limits, snapshot_roles=("snapper",))
        self.patch(self.house.compute.compute.snapshots, "_rooms", evolve(rooms, limits=limits))
        self.assertEqual(self.act(server, {"name": "i"}).status, 501)
