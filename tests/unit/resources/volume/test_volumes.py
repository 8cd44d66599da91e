"""Volumes that people make, describe, move and remove, in both dialects, on a simulated cluster."""

from __future__ import annotations

from json import dumps
from typing import Any

from attrs import evolve

from synnefod.common.ids import ProjectId
from synnefod.common.text import iso_z
from synnefod.compute.interface import NewServer
from synnefod.quota.interface import DISK, project_holder, user_holder
from synnefod.store.interface import Tx
from tests.unit.resources.volume.site import CYCLADES, NOVA, OLD, V3, VolumeSite

BASE = {"size": 2, "display_name": "d", "volume_type": 1}


class Alone(VolumeSite):
    """Volumes without a server."""

    def make(self, status: int = 202, **said: Any) -> Any:
        """By Synnefo's dialect."""
        body = {"volume": {**BASE, **said}}
        return self.ask("POST", f"{OLD}/volumes", body, status)

    def test_a_volume_is_made_at_once(self) -> None:
        """202 with id, name and links; available and charged, and no job (VOL-010, VOL-013,
        VOL-016)."""
        made = self.make(metadata={"a": "b"}, display_description="x")["volume"]
        self.assertEqual(set(made), {"id", "display_name", "links"})
        shown = self.shown(made["id"])
        expected = {
            "status": "available",
            "size": 2,
            "display_description": "x",
            "metadata": {"a": "b"},
            "attachments": [],
            "volume_type": 1,
            "delete_on_termination": True,
            "user_id": self.demo.user,
            "tenant_id": self.demo.project,
        }
        self.assertEqual({key: shown[key] for key in expected}, expected)
        self.assertEqual(self.used(), 2)
        self.assertEqual(self.jobs("OP_INSTANCE_SET_PARAMS"), [])

    def test_what_is_refused(self) -> None:
        """Sizes, names, types, sources, metadata and projects (VOL-011, VOL-013, VOL-014, VOL-016,
        VOL-017)."""
        kind = self.now(self.house.volumes.add_type("fixed", "drbd"))
        for size in (0, -1, "abc", 1.5, 201, True, None, "", [1], 2**70):
            self.make(400, size=size)
        for more in (
            {"display_name": None},
            {"display_name": 7},
            {"display_name": "x" * 256},
            {"display_description": "x" * 256},
            {"volume_type": None},
            {"volume_type": 99},
            {"volume_type": "x"},
            {"volume_type": kind},
            {"imageRef": "a", "snapshot_id": "b"},
            {"source_volid": "1"},
            {"imageRef": "00000000-0000-4000-8000-000000000000"},
            {"metadata": {"k" * 65: "v"}},
            {"metadata": {"k": "v" * 256}},
            {"metadata": {"": "v"}},
            {"metadata": {"k": 1}},
            {"metadata": {str(n): "v" for n in range(11)}},
            {"server_id": 99},
            {"project": "00000000-0000-4000-8000-000000000000"},
        ):
            self.make(400, **more)
        for body in (None, {}, [], {"volume": None}, {"volume": []}):
            self.ask("POST", f"{OLD}/volumes", body, 400)
        text = self.make(400, source_volid="1")
        self.assertIn("Cloning a volume is not supported", str(text))
        self.assertEqual(self.used(), 0)
        self.assertEqual(self.make(size="3")["volume"]["display_name"], "d")

    def test_quota_is_kept(self) -> None:
        """413 when the volume does not fit, and nothing is made."""
        self.limit(3)
        self.make()
        self.make(413)
        self.assertEqual(len(self.ask("GET", f"{OLD}/volumes")["volumes"]), 1)

    def test_made_from_an_image(self) -> None:
        """Only a provider that clones does it; the size is that of the image at least; the first
        attachment hands the origin on (VOL-015)."""
        image = self.ask("GET", "/cyclades/image/v2/images")["images"][0]
        volume = self.make(imageRef=image["id"])["volume"]["id"]
        self.assertEqual(self.shown(volume)["image_id"], image["id"])
        other = self.now(self.house.volumes.add_type("plain", "ext_other"))
        service = self.house.volumes
        self.assertNotIn("ext_other", service.detachable)
        self.make(400, imageRef=image["id"], volume_type=other)
        queued = self.ask("POST", "/cyclades/image/v2/images", {"name": "q"}, 201)["id"]
        self.make(400, imageRef=queued)
        self.change_image(image["id"], min_disk=5)
        self.make(400, imageRef=image["id"])
        self.change_image(image["id"], min_disk=0)
        server = self.server(stopped=True)
        body = {"volumeAttachment": {"volumeId": str(volume)}}
        self.ask("POST", f"{NOVA}/servers/{server}/os-volume_attachments", body)
        self.follow()
        disk = self.jobs("OP_INSTANCE_SET_PARAMS")[-1]["disks"][0][2]
        self.assertEqual((disk["reuse_data"], disk["provider"]), ("False", "archipelago"))
        self.assertTrue(disk["origin"])

    def change_image(self, image: str, **said: Any) -> None:
        """The administrator changes the public image."""
        change = [{"op": "replace", "path": f"/{key}", "value": said[key]} for key in said]
        answer = self.web.patch(
            f"/cyclades/image/v2/images/{image}",
            body=dumps(change).encode(),
            token="admin",
            headers={"Content-Type": "application/openstack-images-v2.1-json-patch"},
        )
        self.assertEqual(answer.status, 200, answer.text)

    def test_lists_and_deleted_ones(self) -> None:
        """Short and long lists of what is there; one that was deleted is shown still, and listed
        since a moment; foreign and unknown ones are 404 (VOL-001, VOL-002, VOL-003)."""
        one, two = self.volume(name="one"), self.volume(name="two")
        self.ask("DELETE", f"{OLD}/volumes/{one}", status=202)
        found = self.ask("GET", f"{OLD}/volumes")["volumes"]
        self.assertEqual([each["display_name"] for each in found], ["two"])
        self.assertEqual(set(found[0]), {"id", "display_name", "links"})
        (long,) = self.ask("GET", f"{OLD}/volumes/detail")["volumes"]
        self.assertEqual((long["id"], long["status"]), (str(two), "available"))
        gone = self.shown(one)
        self.assertEqual((gone["status"], gone["deleted"]), ("deleted", True))
        self.ask("GET", f"{OLD}/volumes/999", status=404)
        self.ask("GET", f"{OLD}/volumes/{two}", status=404, token="other")
        since = self.moment(-1000)
        path = f"{OLD}/volumes/detail?changes-since="
        self.assertEqual(len(self.ask("GET", path + since)["volumes"]), 2)
        self.cloud.site.clock.advance(100)
        late = self.moment(-50)
        self.assertEqual(self.web.get(path + late).status, 304)
        self.ask("DELETE", f"{OLD}/volumes/{two}", status=202)
        (changed,) = self.ask("GET", path + late)["volumes"]
        self.assertEqual((changed["id"], changed["deleted"]), (str(two), True))
        for wrong in ("x", self.moment(60), self.moment(-4000)):
            self.ask("GET", path + wrong, status=400)

    def moment(self, seconds: int) -> str:
        return iso_z(int((self.cloud.site.clock.seconds() + seconds) * 1_000_000))

    def test_sharing_with_a_project(self) -> None:
        """Members of the project see what is shared to it (VOL-001, VOL-017, VOL-031)."""
        volume = self.volume()
        project = self.demo.project
        member = self.people["other"]
        self.people["other"] = evolve(member, projects=member.projects | {project})
        self.assertEqual(self.ask("GET", f"{OLD}/volumes", token="other")["volumes"], [])
        body = {"reassign": {"project": project, "shared_to_project": True}}
        self.ask("POST", f"{OLD}/volumes/{volume}/action", body, 403)
        self.write("update volumes set shared_to_project = 1 where id = :id", id=volume)
        (seen,) = self.ask("GET", f"{OLD}/volumes/detail", token="other")["volumes"]
        self.assertTrue(seen["shared_to_project"])
        self.make(403, shared_to_project=True)
        body = {"reassign": {"project": str(member.project)}}
        answer = self.ask("POST", f"{OLD}/volumes/{volume}/action", body, 403, token="other")
        self.assertIn("owner", str(answer))

    def test_a_volume_moves_to_another_project(self) -> None:
        """By its owner, with its charge; other actions are 400 (VOL-031, VOL-032)."""
        volume = self.volume(size=2)
        target = self.people["admin"].project
        assert target is not None
        path = f"{OLD}/volumes/{volume}/action"
        self.ask("POST", path, {"reassign": {"project": target}}, 403)
        self.people["demo"] = evolve(self.demo, projects=self.demo.projects | {target})
        self.grant(target, 1)
        self.ask("POST", path, {"reassign": {"project": target}}, 413)
        self.grant(target, 10)
        self.ask("POST", path, {"reassign": {"project": target}})
        self.assertEqual(self.shown(volume)["tenant_id"], target)
        self.assertEqual(self.used(), 2)
        mine = [
            row
            for row in self.rows(
                "select source, usage_max from holdings where resource = 'cyclades.disk'"
                " and usage_max > 0 and source <> ''"
            )
        ]
        self.assertEqual(mine, [(f"project:{target}", 2 << 30)])
        for body in ({"other": {}}, {}, [], {"reassign": {}}, {"reassign": None}, {"a": 1}):
            self.ask("POST", path, body, 400)
        server = self.server()
        root = self.root_of(server)
        body = {"reassign": {"project": target}}
        self.ask("POST", f"{OLD}/volumes/{root}/action", body, 409)

    def grant(self, project: ProjectId, gib: int) -> None:
        async def body(tx: Tx) -> None:
            limits = {DISK: gib << 30}
            user, source = user_holder(self.demo.user), project_holder(project)
            await self.house.quota.set_limits(tx, user, source, limits)
            await self.house.quota.set_limits(tx, source, None, limits)

        self.now(self.house.objects.parts.store.transact("grant", body))

    def test_a_suspended_servers_volumes_stay(self) -> None:
        """Attaching, detaching and removing them is 403, in both dialects (CMP-116)."""
        server = self.server()
        data, more = self.volume(), self.volume()
        path = f"servers/{server}/os-volume_attachments"
        body = {"volumeAttachment": {"volumeId": str(data)}}
        self.ask("POST", f"{NOVA}/{path}", body, 200)
        self.follow()
        suspend = self.house.compute.compute.actions.suspend
        self.now(suspend(server, suspended=True))
        for mount in (NOVA, CYCLADES):
            other = {"volumeAttachment": {"volumeId": str(more)}}
            self.ask("POST", f"{mount}/{path}", other, 403)
            self.ask("DELETE", f"{mount}/{path}/{data}", status=403)
        self.ask("DELETE", f"{OLD}/volumes/{data}", status=403)
        self.assertEqual((self.status(data), self.status(more)), ("in_use", "available"))
        self.now(suspend(server, suspended=False))
        self.ask("DELETE", f"{NOVA}/{path}/{data}", status=202)

    def test_what_is_said_of_a_volume_changes(self) -> None:
        """Name and description; nothing to change is 400; only what can be detached is kept beyond
        its server (VOL-020, VOL-021)."""
        volume = self.volume()
        path = f"{OLD}/volumes/{volume}"
        said = {"display_name": "new", "display_description": "text"}
        shown = self.ask("PUT", path, {"volume": said})["volume"]
        self.assertEqual((shown["display_name"], shown["display_description"]), ("new", "text"))
        self.ask("PUT", path, {"volume": {"delete_on_termination": True}})
        for wrong in ({}, {"other": 1}, {"display_name": 1}, {"display_name": "x" * 256}):
            self.ask("PUT", path, {"volume": wrong}, 400)
        keep = {"volume": {"delete_on_termination": False}}
        self.assertIs(self.ask("PUT", path, keep)["volume"]["delete_on_termination"], False)
        for template, status in (("ext_fixed", 501), ("drbd", 400)):
            kind = self.now(self.house.volumes.add_type("fixed", template))
            change = "update volumes set volume_type = :kind where id = :id"
            self.write(change, kind=kind, id=volume)
            self.ask("PUT", path, keep, status)
        self.ask("PUT", path, {"volume": said}, 404, token="other")

    def test_metadata(self) -> None:
        """POST merges, PUT replaces, DELETE takes one away; an unknown key is 400 (VOL-016,
        VOL-030)."""
        path = f"{OLD}/volumes/{self.volume(metadata={'a': '1'})}/metadata"
        self.assertEqual(self.ask("GET", path), {"metadata": {"a": "1"}})
        merged = self.ask("POST", path, {"metadata": {"b": "2"}})
        self.assertEqual(merged, {"metadata": {"a": "1", "b": "2"}})
        self.assertEqual(self.ask("PUT", path, {"metadata": {"c": "3"}}), {"metadata": {"c": "3"}})
        self.ask("DELETE", path + "/x", status=400)
        self.ask("DELETE", path + "/c")
        self.assertEqual(self.ask("GET", path), {"metadata": {}})
        for wrong in ({}, {"metadata": []}, {"metadata": {"k": 1}}, {"metadata": {"": "1"}}):
            self.ask("POST", path, wrong, 400)
        self.ask("POST", path, {"metadata": {str(n): "v" for n in range(10)}})
        self.ask("POST", path, {"metadata": {"more": "v"}}, 400)

    def test_one_without_data_is_deleted_at_once(self) -> None:
        """202, the quota is given back, and no cluster is asked (VOL-022, VOL-024)."""
        volume = self.volume(size=3)
        self.assertEqual(self.used(), 3)
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=202)
        self.assertEqual((self.status(volume), self.used()), ("deleted", 0))
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=404)
        self.ask("GET", f"{V3}/volumes/{volume}", status=404)
        self.assertEqual(self.jobs("OP_INSTANCE_SET_PARAMS"), [])

    def test_types(self) -> None:
        """The disk template tells whether volumes can be detached; a deleted type is shown by its
        number alone (VOL-040, VOL-041)."""
        kind = self.now(self.house.volumes.add_type("ext_vlmc", "drbd"))
        told = {each["id"]: each for each in self.ask("GET", f"{OLD}/types")["volume_types"]}
        self.assertEqual(
            told[kind],
            {
                "id": kind,
                "name": "ext_vlmc",
                "deleted": False,
                "SNF:disk_template": "drbd",
                "SNF:detachable": False,
            },
        )
        self.assertTrue(told[1]["SNF:detachable"])
        self.now(self.house.volumes.modify_type(kind, deleted=True))
        self.assertEqual(len(self.ask("GET", f"{OLD}/types")["volume_types"]), 1)
        self.assertTrue(self.ask("GET", f"{OLD}/types/{kind}")["volume_type"]["deleted"])
        self.ask("GET", f"{OLD}/types/99", status=404)
        self.make(400, volume_type=kind)


class OnServers(VolumeSite):
    """Volumes that a server makes, has, grows and loses."""

    def make(self, server: int, status: int = 202, **said: Any) -> int:
        body = {"volume": {"size": 2, "display_name": "d", "server_id": server, **said}}
        answer = self.ask("POST", f"{OLD}/volumes", body, status)
        return int(answer["volume"]["id"]) if status == 202 else 0

    def test_a_server_makes_a_volume(self) -> None:
        """Creating, then in use on that server; the type is the server's (VOL-012)."""
        server = self.server(stopped=True)
        before = self.used()
        kind = self.now(self.house.volumes.add_type("other", "ext_vlmc"))
        self.make(server, 400, volume_type=kind)
        volume = self.make(server)
        self.assertEqual(self.status(volume), "creating")
        self.follow()
        shown = self.shown(volume)
        self.assertEqual(shown["status"], "in_use")
        attached = {"server_id": server, "volume_id": volume, "device_index": 1}
        self.assertEqual(shown["attachments"], [attached])
        self.assertEqual(self.used(), before + 2)
        action, _, disk = self.jobs("OP_INSTANCE_SET_PARAMS")[-1]["disks"][0]
        self.assertEqual((action, disk["size"], disk["reuse_data"]), ("add", 2048, "False"))

    def test_what_a_server_cannot_make_costs_nothing(self) -> None:
        """The row goes and the quota with it, whether the job fails or is refused."""
        server = self.server(stopped=True)
        before = self.used()
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        volume = self.make(server)
        self.follow()
        self.assertEqual((self.status(volume), self.used()), ("deleted", before))

    def test_states_of_the_server(self) -> None:
        """Being built 409, deleted 400, in error 400 (VOL-017)."""
        image = self.ask("GET", "/cyclades/image/v2/images")["images"][0]["id"]
        wanted = NewServer(name="b1", flavor=1, image=image, ports=())
        detail, _ = self.now(self.house.compute.compute.creation.create(self.demo, wanted))
        self.make(int(detail.server.id), 409)
        self.follow()
        self.write("update servers set operstate = 'ERROR' where id = :id", id=detail.server.id)
        self.make(int(detail.server.id), 400)
        self.ask("DELETE", f"{CYCLADES}/servers/{detail.server.id}", status=204)
        self.follow()
        self.make(int(detail.server.id), 400)

    def test_an_attached_volume_is_removed_by_its_server(self) -> None:
        """A job removes it, and its quota goes when it is gone; the root and what is being moved
        are refused; in Cinder's dialect it must be detached first (VOL-022, VOL-023)."""
        server = self.server(stopped=True)
        before = self.used()
        volume = self.make(server)
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=400)
        self.follow()
        self.ask("DELETE", f"{OLD}/volumes/{self.root_of(server)}", status=400)
        self.ask("DELETE", f"{V3}/volumes/{volume}", status=400)
        self.knobs.fail_next("OP_INSTANCE_SET_PARAMS", ["OpPrereqError", ["no", "wrong_state"]])
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=202)
        self.assertEqual(self.status(volume), "deleting")
        self.follow()
        self.assertEqual((self.status(volume), self.used()), ("in_use", before + 2))
        self.ask("DELETE", f"{OLD}/volumes/{volume}", status=202)
        self.follow()
        self.assertEqual((self.status(volume), self.used()), ("deleted", before))
        name = f"snf-vol-{volume}"
        self.assertEqual(self.jobs("OP_INSTANCE_SET_PARAMS")[-1]["disks"], [["remove", name, {}]])

    def test_a_removed_server_takes_its_volumes(self) -> None:
        """All are deleted, and what they were charged is given back."""
        server = self.server(stopped=True)
        volume = self.make(server)
        self.follow()
        self.ask("DELETE", f"{CYCLADES}/servers/{server}", status=204)
        self.follow()
        self.assertEqual((self.status(volume), self.used()), ("deleted", 0))

    def test_a_server_goes_while_a_volume_comes_or_leaves(self) -> None:
        """The removal waits for what the disk does just now, and the volume stays with its data
        (CMP-107): no call of the two that a hurried program makes gets into the other's way."""
        for leaves in (True, False):
            server, volume = self.server(), self.volume(size=2)
            path = f"{NOVA}/servers/{server}/os-volume_attachments"
            if leaves:
                self.attach(server, volume)
                self.ask("DELETE", f"{path}/{volume}", status=202)
            else:
                body = {"volumeAttachment": {"volumeId": str(volume)}}
                self.ask("POST", path, body)
            self.cloud.site.wait(0.1)  # the job is submitted, and has not ended
            self.ask("DELETE", f"{NOVA}/servers/{server}", status=204)
            self.follow()
            self.follow()
            self.ask("GET", f"{NOVA}/servers/{server}", status=404)
            self.assertEqual(self.status(volume), "available")
            self.assertNotEqual(self.jobs("OP_INSTANCE_REMOVE"), [])

    def test_a_volume_grows(self) -> None:
        """By its cluster when it is attached, and the quota with it; a failure leaves it as it was;
        without data the row grows alone (VOL-042)."""
        server = self.server(stopped=True)
        volume = self.make(server)
        self.follow()
        before = self.used()
        path = f"{OLD}/volumes/{volume}/action"
        for size in (1, 2, 201, "x", None):
            self.ask("POST", path, {"os-extend": {"new_size": size}}, 400)
        self.knobs.fail_next("OP_INSTANCE_GROW_DISK", ["OpExecError", ["no"]])
        self.ask("POST", path, {"os-extend": {"new_size": 5}})
        self.follow()
        self.assertEqual((self.shown(volume)["size"], self.used()), (2, before))
        self.ask("POST", path, {"os-extend": {"new_size": 5}})
        self.follow()
        self.assertEqual((self.shown(volume)["size"], self.used()), (5, before + 3))
        sent = self.jobs("OP_INSTANCE_GROW_DISK")[-1]
        self.assertEqual((sent["disk"], sent["amount"], sent["absolute"]), (1, 5120, True))
        self.assertEqual(self.status(volume), "in_use")
        root = self.root_of(server)
        size = self.shown(root)["size"]
        body = {"os-extend": {"new_size": size + 1}}
        self.ask("POST", f"{OLD}/volumes/{root}/action", body, 400)
        flavor = self.ask("GET", f"{NOVA}/servers/{server}")["server"]["flavor"]["id"]
        old = self.now(self.house.compute.compute.flavors.show(self.demo, int(flavor)))
        new = self.now(
            self.house.compute.compute.flavors.create(old.cpu, old.ram, size + 1, old.volume_type)
        )
        self.ask("POST", f"{OLD}/volumes/{root}/action", body)
        self.follow()
        shown = self.ask("GET", f"{NOVA}/servers/{server}")["server"]
        self.assertEqual(shown["flavor"]["id"], str(new.id))
        self.assertEqual(self.shown(root)["size"], size + 1)
        alone = self.volume(size=1)
        self.ask("POST", f"{V3}/volumes/{alone}/action", {"os-extend": {"new_size": 4}}, 202)
        self.assertEqual((self.shown(alone)["size"], self.used()), (4, before + 3 + 1 + 4))
