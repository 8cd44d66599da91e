"""The administrator's verbs about clusters, flavors, networks, images and servers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from synnefod.admin.transport import NOT_FOUND, REFUSED, USAGE, Failure
from synnefod.common.ids import ProjectId, UserId
from synnefod.common.principal import Principal
from synnefod.compute.interface import NewServer
from tests.harness.simulated import create_body
from tests.unit.resources.ops.deployment import CLUSTER, DEMO, Deployment


class Clusters(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)

    def adding(self, **more: str) -> int:
        """The exit code with which adding the cluster is refused."""
        try:
            row = self.cloud.add_cluster(**more)
        except Failure as error:
            return error.code
        raise AssertionError(f"added: {row}")

    def test_a_cluster_is_added_drained_after_its_credentials_were_tried(self) -> None:
        """Wrong credentials and a wrong name register nothing."""
        self.assertNotEqual(self.adding(password="wrong"), 0)
        self.assertEqual(self.cloud.ask("backend-list")["rows"], [])
        row = self.cloud.add_cluster()
        self.assertEqual((row["clustername"], row["drained"]), (CLUSTER, True))
        self.assertGreater(int(row["mem"].split("/")[1]), 0)
        self.assertEqual(self.adding(), REFUSED)

    def test_the_disk_column_shows_disk(self) -> None:
        """OPS-066: free and total disk of the registry, not memory."""
        row = self.cloud.add_cluster()
        backend = self.cloud.now(self.cloud.house.backends.get(row["id"]))
        self.assertEqual(row["disk"], f"{backend.dfree}/{backend.dtotal}")
        self.assertEqual(row["mem"], f"{backend.mfree}/{backend.mtotal}")
        self.assertNotEqual(row["disk"], row["mem"])

    def test_a_cluster_is_changed_refreshed_and_forgotten(self) -> None:
        """New credentials are tried first; what is offline is not asked for figures."""
        id_ = self.cloud.add_cluster()["id"]
        row = self.cloud.ask("backend-modify", backend=id_, drained=False, public=False)["row"]
        self.assertEqual((row["drained"], row["public"]), (False, False))
        code, text = self.cloud.refusal("backend-modify", backend=id_, password="wrong")
        self.assertNotEqual(code, 0, text)
        moved = self.cloud.ask("backend-modify", backend=id_, port=5081, check=False)["row"]
        self.assertEqual((moved["port"], moved["url"]), (5081, f"http://{CLUSTER}:5081"))
        self.cloud.ask("backend-modify", backend=id_, port=5080)
        rows = self.cloud.ask("backend-update-status")["rows"]
        self.assertEqual([row["answered"] for row in rows], [True])
        self.cloud.ask("backend-modify", backend=id_, offline=True)
        self.assertEqual(self.cloud.ask("backend-update-status")["rows"], [])
        self.cloud.ask("backend-remove", backend=id_)
        self.assertEqual(self.cloud.ask("backend-list")["rows"], [])
        self.assertEqual(self.cloud.refusal("backend-remove", backend=id_)[0], NOT_FOUND)


class FlavorsAndDisks(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        self.kind = self.cloud.ask("volume-type-list")["rows"][0]["id"]

    def make(self, ram: int = 1023, **more: object) -> dict[str, object]:
        sizes = {"cpu": 3, "ram": ram, "disk": 7, "volume_type": self.kind}
        row: dict[str, object] = self.cloud.ask("flavor-create", **sizes, **more)["row"]
        return row

    def test_an_equal_flavor_is_made_once(self) -> None:
        """RAM is rounded up to a multiple of 4 before comparing; a dry run makes nothing."""
        before = len(self.cloud.ask("flavor-list")["rows"])
        self.assertEqual(self.make(dry_run=True)["outcome"], "would be created")
        self.assertEqual(len(self.cloud.ask("flavor-list")["rows"]), before)
        row = self.make(specs={"a": "1"}, public=False)
        self.assertEqual((row["ram"], row["outcome"], row["specs"]), (1024, "created", "a=1"))
        again = self.make(ram=1024, public=True)
        self.assertEqual((again["outcome"], again["public"]), ("exists", False))

    def test_a_flavor_is_changed_deleted_and_given_to_a_project(self) -> None:
        """Deleted ones are listed alone, on demand."""
        id_ = self.make(specs={"a": "1"})["id"]
        changes = {"spec_add": {"b": "2"}, "spec_delete": ["a"], "public": False}
        row = self.cloud.ask("flavor-modify", flavor=id_, **changes, allow_create=False)["row"]
        self.assertEqual((row["specs"], row["public"]), ("b=2", False))
        self.assertFalse(row["allow_create"])
        project = self.cloud.ask("user-show", user=DEMO)["row"]["uuid"]
        self.cloud.ask("flavor-access", flavor=id_, project=project, granted=True)
        rows = self.cloud.ask("flavor-access-list")["rows"]
        expected = {"id": f"{id_}/{project}", "flavor": id_, "project": project}
        self.assertEqual(rows, [expected])
        self.cloud.ask("flavor-access", flavor=id_, project=project, granted=False)
        self.assertEqual(self.cloud.ask("flavor-access-list")["rows"], [])
        self.cloud.ask("flavor-modify", flavor=id_, deleted=True)
        deleted = self.cloud.ask("flavor-list", deleted=True)["rows"]
        self.assertEqual([row["id"] for row in deleted], [id_])
        self.assertTrue(self.cloud.ask("flavor-show", flavor=id_)["row"]["deleted"])
        self.assertEqual(self.cloud.refusal("flavor-show", flavor=999)[0], NOT_FOUND)

    def test_a_volume_type_is_made(self) -> None:
        """It is listed afterwards; an empty name is refused."""
        self.cloud.ask("volume-type-create", name="rados", disk_template="ext_rados")
        rows = self.cloud.ask("volume-type-list")["rows"]
        self.assertEqual(rows[-1]["disk_template"], "ext_rados")
        code, _ = self.cloud.refusal("volume-type-create", name="", disk_template="file")
        self.assertEqual(code, USAGE)


class Networks(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)

    def test_networks_are_made_listed_and_inspected(self) -> None:
        """Subnets, gateways and pools are those asked for; IPv6 and owners select."""
        row = self.cloud.ask(
            "network-create",
            name="wide",
            public=True,
            subnet="203.0.113.0/24",
            gateway="203.0.113.1",
            pools=[["203.0.113.10", "203.0.113.20"]],
            dhcp=True,
            tags=["nfdhcpd"],
            floating_ip_pool=True,
        )["row"]
        self.assertEqual((row["subnet.ipv4"], row["link"]), ("203.0.113.0/24", "br0"))
        shown = self.cloud.ask("network-inspect", network=row["id"])
        subnet = shown["tables"]["subnets"][0]
        self.assertEqual(subnet["pools"], "203.0.113.10-203.0.113.20")
        self.assertEqual(subnet["gateway"], "203.0.113.1")
        self.assertEqual(shown["tables"]["backends"], [])
        own = self.cloud.ask("network-create", name="own", user=DEMO)["row"]
        mine = self.cloud.ask("network-list", user=DEMO, mails=True)["rows"]
        self.assertEqual([(r["id"], r["user.email"]) for r in mine], [(own["id"], DEMO)])
        self.assertEqual(len(self.cloud.ask("network-list", public=True)["rows"]), 2)
        self.assertEqual(len(self.cloud.ask("network-list", ipv6=True)["rows"]), 1)
        self.assertEqual(self.cloud.refusal("network-inspect", network=999)[0], NOT_FOUND)

    def test_inconsistent_networks_are_refused_each_with_its_text(self) -> None:
        """Nothing is made by a refused request. OPS-098"""
        before = self.cloud.ask("network-list")["rows"]
        texts = set()
        for asked in (
            {"public": True, "user": DEMO},
            {"public": True, "project": "p"},
            {},
            {"public": True, "gateway": "192.0.2.1"},
            {"public": True, "gateway6": "2001:db8::1"},
            {"public": True, "pools": [["192.0.2.1", "192.0.2.2"]]},
            {"public": True, "dhcp": True},
            {"user": DEMO, "floating_ip_pool": True},
            {"public": True, "flavor": "IP_LESS_ROUTED"},
            {"public": True, "flavor": "NONE"},
            {"public": True, "subnet": "192.0.2.0/33"},
        ):
            code, text = self.cloud.refusal("network-create", **asked)
            self.assertEqual(code, USAGE, (asked, text))
            texts.add(text)
        self.assertEqual(len(texts), 11)
        self.assertEqual(self.cloud.ask("network-list")["rows"], before)


class ImagesAndServers(SynchronousTestCase):
    def setUp(self) -> None:
        self.cloud = Deployment(self)
        self.backend = self.cloud.add_cluster(drained=False)["id"]
        demo = self.cloud.ask("user-show", user=DEMO)["row"]["uuid"]
        own = ProjectId(demo)
        self.demo = Principal(UserId(demo), DEMO, own, frozenset({own}))

    def server(self, name: str = "db1") -> int:
        image = self.cloud.ask("image-list")["rows"][0]["id"]
        flavor = self.cloud.ask("flavor-list")["rows"][0]["id"]
        wanted = NewServer(name=name, flavor=flavor, image=image)
        creation = self.cloud.house.compute.compute.creation
        detail, _ = self.cloud.now(creation.create(self.demo, wanted))
        return int(detail.server.id)

    def test_images_are_listed_as_a_user_sees_them(self) -> None:
        """The public image of the first start is everybody's to see; it is shown in full."""
        rows = self.cloud.ask("image-list", user=DEMO, public=True, mails=True)["rows"]
        self.assertEqual([row["name"] for row in rows], ["hello"])
        self.assertEqual(rows[0]["user.email"], "admin@localhost")
        shown = self.cloud.ask("image-show", image=rows[0]["id"])
        self.assertEqual(shown["row"]["status"], "active")
        names = [each["property"] for each in shown["tables"]["properties"]]
        self.assertIn("osfamily", names)
        self.assertEqual(self.cloud.refusal("image-show", image="x")[0], NOT_FOUND)

    def test_servers_are_listed_by_owner_cluster_and_state(self) -> None:
        """A server that is being built says so, with its cluster's name."""
        number = self.server()
        row = self.cloud.ask("server-list", mails=True)["rows"][0]
        self.assertEqual((row["id"], row["state"]), (number, "BUILD(0%)"))
        self.assertEqual((row["backend"], row["user.email"]), (CLUSTER, DEMO))
        for selection in ({"user": DEMO}, {"build": True}, {"backend": self.backend}):
            self.assertEqual(len(self.cloud.ask("server-list", **selection)["rows"]), 1)
        for selection in (
            {"user": "admin@localhost"},
            {"deleted": True},
            {"suspended": True},
            {"backend": 99},
            {"project": "other"},
        ):
            self.assertEqual(self.cloud.ask("server-list", **selection)["rows"], [], selection)

    def test_a_server_is_inspected_beside_its_cluster(self) -> None:
        """The instance and its jobs are shown; an offline cluster is told, not failed over."""
        number = self.server()
        self.cloud.site.wait(30, step=0.5)
        shown = self.cloud.ask("server-inspect", server=number, jobs=True)
        self.assertEqual([i["name"] for i in shown["tables"]["instance"]], [f"snf-{number}"])
        jobs = [(job["opcodes"], job["status"]) for job in shown["tables"]["jobs"]]
        self.assertEqual(jobs, [("OP_INSTANCE_CREATE", "success")])
        self.assertEqual(len(shown["tables"]["volumes"]), 1)
        self.cloud.ask("backend-modify", backend=self.backend, offline=True)
        shown = self.cloud.ask("server-inspect", server=number)
        self.assertIn("offline", shown["row"]["cluster"])
        self.assertEqual(self.cloud.refusal("server-show", server=77)[0], NOT_FOUND)

    def test_a_server_is_suspended_and_released(self) -> None:
        """Suspension is set and taken back; twice the same is refused."""
        number = self.server()
        for wanted in (True, False):
            row = self.cloud.ask("server-modify", server=number, suspended=wanted)["row"]
            self.assertEqual(row["suspended"], wanted)
            code, _ = self.cloud.refusal("server-modify", server=number, suspended=wanted)
            self.assertEqual(code, REFUSED)

    def test_an_action_in_the_wrong_state_is_refused(self) -> None:
        """A server that is being built takes no start; an unknown action is bad usage."""
        number = self.server()
        code, _ = self.cloud.refusal("server-modify", server=number, action="start")
        self.assertEqual(code, REFUSED)
        code, _ = self.cloud.refusal("server-modify", server=number, action="dance")
        self.assertEqual(code, USAGE)

    def test_a_cluster_with_servers_is_not_forgotten(self) -> None:
        """The refusal says what uses it. GNT-160"""
        self.server()
        code, text = self.cloud.refusal("backend-remove", backend=self.backend)
        self.assertEqual(code, REFUSED)
        self.assertIn("1 server", text)

    def test_an_instance_without_server_is_found_and_only_told(self) -> None:
        """Without a switch nothing is changed; an unknown cluster is an error."""
        cluster = self.cloud.now(self.cloud.house.backends.cluster(self.backend))
        self.cloud.now(cluster.create(create_body("snf-4711"), reason="synnefod:test"))
        self.cloud.site.wait(60, step=0.5)
        for _ in range(2):
            rows = self.cloud.ask("reconcile-servers", backend=self.backend)["rows"]
            found = [(row["kind"], row["server"], row["result"]) for row in rows]
            self.assertEqual(found, [("orphan", 4711, "reported")])
        self.assertEqual(self.cloud.refusal("reconcile-servers", backend=99)[0], NOT_FOUND)
