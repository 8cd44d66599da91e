"""Volumes in both dialects through the door."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from synnefod.cluster.interface import Disk
from synnefod.common.ids import ProjectId, ServerId
from synnefod.compute.interface import Limits
from synnefod.resources.root import tree
from synnefod.resources.volume.mounts import volume_mounts
from synnefod.volumes.interface import VolumeRequest
from synnefod.volumes.volumes import VolumeService
from tests.harness.cloud import done
from tests.harness.database import memory_store
from tests.harness.web import WebClient
from tests.unit.compute.neighbours import PaperImages
from tests.unit.network.house import START, ann, bob
from tests.unit.resources.network.cloud import ByName, PaperProjects

ROOT = "/cyclades/volume"
V3 = f"{ROOT}/v3"
OLD = f"{ROOT}/v2.0"
HOST = "http://cloud.example.org"


class VolumeCloud(SynchronousTestCase):
    """Ann has a server with a root disk from an image and a blank one; Bob has a server."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(START)
        store = memory_store(self, self.clock)
        self.volumes = VolumeService(store, self.clock, "snf-")
        kind = done(self.volumes.add_type("fast", "ext_vlmc"))

        async def fill(tx: Any) -> None:
            requests = [VolumeRequest(2, "root", "image:abc"), VolumeRequest(10, "data")]
            for who, server, wanted in ((ann, 1, requests), (bob, 2, requests[:1])):
                number = ServerId(server)
                project = ProjectId(who.user)
                made = await self.volumes.plan(tx, who.user, project, number, kind, wanted)
                disks = [Disk(self.volumes.disk_name(v.id), v.size * 1024) for v in made]
                await self.volumes.see_disks(tx, {number: disks})

        done(store.transact("fill", fill))
        compute: Any = SimpleNamespace(disks=None, snapshots=None, limits=Limits())
        images: Any = PaperImages({})
        projects: Any = PaperProjects()
        mounts = volume_mounts(self.volumes, compute, images, projects, ByName(), self.clock)
        self.web = WebClient(tree(mounts), clock=self.clock, token="ann")

    def ask(self, path: str, status: int = 200, **more: Any) -> Any:
        answer = self.web.get(path, **more)
        self.assertEqual(answer.status, status, answer.text)
        return answer.json() if answer.body else None


class Cinder(VolumeCloud):
    def ids(self, query: str = "", **more: Any) -> list[str]:
        found = self.ask(f"{V3}/volumes/detail{query}", **more)["volumes"]
        return [volume["id"] for volume in found]

    def test_versions(self) -> None:
        """300 at the root, the old ones last, 200 at v3, without a token. VOL-200, CMP-254"""
        for path, status in [("", 300), ("/", 300), ("/v3/", 200), ("/v3", 200)]:
            version, *old = self.ask(f"{ROOT}{path}", status, token="")["versions"]
            self.assertEqual((version["id"], version["status"]), ("v3.0", "CURRENT"))
            self.assertEqual(version["links"][0]["href"], f"{HOST}{V3}/")
            self.assertEqual([each["id"] for each in old], ["v2.0", "v2"] * (status == 300))
            for each in old:
                self.assertLessEqual({"min_version", "version", "media_types"}, each.keys())
                path = each["links"][0]["href"].removeprefix(HOST)
                cinders = {"media-types": each["media_types"]}
                self.assertEqual(self.ask(path, token="")["version"] | cinders, each)

    def test_a_volume(self) -> None:
        """Words with dashes, `bootable` as text, the type's name, times without a zone. VOL-203"""
        shown = self.ask(f"{V3}/ann/volumes/1")["volume"]
        expected = {
            "id": "1",
            "name": "root",
            "description": None,
            "size": 2,
            "status": "in-use",
            "bootable": "true",
            "volume_type": "fast",
            "created_at": "2023-11-14T22:13:20.000000",
            "metadata": {},
            "user_id": "ann",
            "os-vol-tenant-attr:tenant_id": "ann",
            "volume_image_metadata": {"image_id": "abc"},
        }
        self.assertEqual({key: shown[key] for key in expected}, expected)
        (attachment,) = shown["attachments"]
        self.assertEqual((attachment["server_id"], attachment["device"]), ("1", "/dev/vda"))
        other = self.ask(f"{V3}/volumes/2")["volume"]
        self.assertEqual((other["bootable"], other["size"]), ("false", 10))
        self.assertNotIn("volume_image_metadata", other)
        self.assertEqual(other["attachments"][0]["device"], "/dev/vdb")

    def test_with_and_without_a_project(self) -> None:
        """Both paths lead to the same; another project than the token's is refused. VOL-201"""
        for path in ("volumes", "volumes/detail", "types", "limits", "snapshots", "backups"):
            one, two = self.ask(f"{V3}/{path}"), self.ask(f"{V3}/ann/{path}")
            self.assertEqual(set(one), set(two))
            self.ask(f"{V3}/bob/{path}", 400)
        self.assertEqual(self.ask(f"{V3}/ann/volumes/1/metadata"), {"metadata": {}})

    def test_lists(self) -> None:
        """Own ones, newest first; filters, orders and pages; everything only for administrators
        who ask."""
        for query, ids in [
            ("", ["2", "1"]),
            ("?name=data", ["2"]),
            ("?status=in-use&bootable=true", ["1"]),
            ("?volume_type=slow", []),
            ("?sort=size:asc", ["1", "2"]),
            ("?sort_key=name&sort_dir=asc", ["2", "1"]),
            ("?limit=1", ["2"]),
            ("?offset=1", ["1"]),
            ("?marker=2", ["1"]),
            ("?all_tenants=1", ["2", "1"]),
        ]:
            self.assertEqual(self.ids(query), ids, query)
        self.assertEqual(self.ids("?all_tenants=1", token="root"), ["3", "2", "1"])
        answer = self.ask(f"{V3}/ann/volumes?limit=1")
        self.assertEqual(set(answer["volumes"][0]), {"id", "name", "links"})
        following = answer["volumes_links"][0]["href"].removeprefix(HOST)
        rest = self.ask(following)
        self.assertEqual([volume["id"] for volume in rest["volumes"]], ["1"])
        # A full page may be the last: Cinder's own lists say "next" then, and its clients ask.
        self.assertEqual(self.ids("?limit=1&marker=1"), [])
        self.assertNotIn("volumes_links", self.ask(f"{V3}/ann/volumes?limit=3"))
        for wrong in ("limit=x", "sort=x", "sort=name:up", "offset=-1"):
            self.ask(f"{V3}/volumes?{wrong}", 400)
        self.ask(f"{V3}/volumes?marker=99", 404)

    def test_what_is_not_there(self) -> None:
        """Foreign, unknown and non-numeric ids and names are 404."""
        for path in ("volumes/3", "volumes/99", "volumes/x", "types/9", "types/fast"):
            self.ask(f"{V3}/{path}", 404)
            self.ask(f"{V3}/ann/{path}", 404)
        self.ask(f"{V3}/volumes", 401, token="")

    def test_types(self) -> None:
        """With what the disks are made by."""
        (kind,) = self.ask(f"{V3}/types?is_public=None")["volume_types"]
        self.assertEqual((kind["id"], kind["name"], kind["is_public"]), ("1", "fast", True))
        specs = {"SNF:disk_template": "ext_vlmc", "SNF:detachable": "true"}
        self.assertEqual(kind["extra_specs"], specs)
        self.assertEqual(self.ask(f"{V3}/types/1")["volume_type"], kind)
        self.assertEqual(self.ask(f"{V3}/types/1/extra_specs"), {"extra_specs": specs})

    def test_limits_and_quotas(self) -> None:
        """Gigabytes are the quota of disk; volumes are counted; others' quotas are 403."""
        absolute = self.ask(f"{V3}/limits")["limits"]["absolute"]
        self.assertEqual(
            (absolute["maxTotalVolumeGigabytes"], absolute["totalGigabytesUsed"]), (40, 2)
        )
        self.assertEqual(absolute["totalVolumesUsed"], 2)
        quota = self.ask(f"{V3}/ann/os-quota-sets/ann")["quota_set"]
        self.assertEqual((quota["id"], quota["gigabytes"], quota["volumes"]), ("ann", 40, -1))
        quota = self.ask(f"{V3}/ann/os-quota-sets/ann?usage=True")["quota_set"]
        expected = {"limit": 40, "in_use": 2, "reserved": 1, "allocated": 0}
        self.assertEqual(quota["gigabytes"], expected)
        self.ask(f"{V3}/os-quota-sets/bob", 403)

    def test_zones(self) -> None:
        """There is one."""
        (zone,) = self.ask(f"{V3}/os-availability-zone")["availabilityZoneInfo"]
        self.assertEqual(zone, {"zoneName": "nova", "zoneState": {"available": True}})


class Legacy(VolumeCloud):
    def test_lists(self) -> None:
        """The short one with names and links, the long one in full."""
        found = self.ask(f"{OLD}/volumes")["volumes"]
        self.assertEqual(set(found[0]), {"id", "display_name", "links"})
        self.assertEqual([volume["id"] for volume in found], ["1", "2"])
        one, _ = self.ask(f"{OLD}/volumes/detail")["volumes"]
        expected = {
            "id": "1",
            "display_name": "root",
            "status": "in_use",
            "size": 2,
            "display_description": "",
            "created_at": "2023-11-14T22:13:20.000000+00:00",
            "metadata": {},
            "snapshot_id": None,
            "source_volid": None,
            "image_id": "abc",
            "attachments": [{"server_id": 1, "volume_id": 1, "device_index": 0}],
            "volume_type": 1,
            "deleted": False,
            "delete_on_termination": True,
            "user_id": "ann",
            "tenant_id": "ann",
            "shared_to_project": False,
        }
        self.assertEqual({key: one[key] for key in expected}, expected)
        self.assertEqual(self.ask(f"{OLD}/volumes/1"), {"volume": one})

    def test_states_are_words_with_underscores(self) -> None:
        """VOL-003: the stored word in lower case."""
        self.assertEqual(self.ask(f"{OLD}/volumes/2")["volume"]["status"], "in_use")

    def test_what_is_not_there(self) -> None:
        """Non-integers 400, unknown and foreign ones 404, other methods 405 without a body."""
        for path, status in [("volumes/x", 400), ("volumes/3", 404), ("volumes/99", 404)]:
            self.ask(f"{OLD}/{path}", status)
        self.ask(f"{OLD}/types/9", 404)
        answer = self.web.delete(f"{OLD}/volumes")
        self.assertEqual((answer.status, answer.body), (405, b""))

    def test_types(self) -> None:
        """With their disk template, and whether their volumes can be detached."""
        (kind,) = self.ask(f"{OLD}/types")["volume_types"]
        self.assertEqual(
            kind,
            {
                "id": 1,
                "name": "fast",
                "deleted": False,
                "SNF:disk_template": "ext_vlmc",
                "SNF:detachable": True,
            },
        )
        self.assertEqual(self.ask(f"{OLD}/types/1"), {"volume_type": kind})
