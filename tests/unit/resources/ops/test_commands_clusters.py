"""Commands about clusters, rescue images, comparisons and adoption, on a whole deployment."""

from __future__ import annotations

import contextlib
import io
import json
import time
from typing import Any

from synnefod.admin.main import run
from synnefod.admin.transport import FAILED, NOT_FOUND, REFUSED, USAGE
from synnefod.config.sections import Dispatcher, RescueSection
from tests.harness.simulated import create_body
from tests.unit.resources.network.whole import WholeCase
from tests.unit.resources.ops.deployment import CLUSTER, DEMO

OTHER = "two.localhost"


class Commands(WholeCase):
    def setUp(self) -> None:
        super().setUp()
        # Waiting for the cluster is what lets it work here.
        self.patch(time, "sleep", lambda _seconds: self.wait(2))
        self.backend = str(self.manage("backend-list")[0]["id"])

    def manage(self, *words: str, code: int = 0) -> Any:
        """Runs a command with --json; what it printed, decoded, or its error text."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            ended = run(["--json", *words], self.cloud)
        self.assertEqual(ended, code, (words, out.getvalue(), err.getvalue()))
        return json.loads(out.getvalue()) if out.getvalue() else err.getvalue()

    @property
    def cluster(self) -> Any:
        return self.cloud.site.cluster(CLUSTER)

    def add_other(self, *more: str) -> Any:
        other = self.cloud.site.cluster(OTHER)
        return self.manage(
            *("backend-add", "--clustername", OTHER, "--url", self.cloud.site.url(OTHER)),
            *("--user", other.username, "--pass", other.password, *more),
        )

    def submit(self, work: Any) -> None:
        self.now(work)
        self.wait(20)


class Clusters(Commands):
    def test_a_cluster_comes(self) -> None:
        """Credentials and name are checked, it is stored drained and told with its resources, and
        every public network is made there (OPS-064, OPS-065, OPS-066)."""
        row = self.add_other()
        self.assertTrue(row["drained"])
        self.assertEqual(row["public networks"], 1)
        self.assertRegex(row["mem"], r"^\d+/\d+$")
        self.wait(20)
        there = self.cloud.site.cluster(OTHER).world.networks
        self.assertEqual([list(network.groups) for network in there.values()], [["default"]])
        rows = self.manage("backend-list")
        self.assertEqual([each["clustername"] for each in rows], [CLUSTER, OTHER])
        keys = ("port", "username", "offline", "public", "vms", "hypervisor", "disk_templates")
        self.assertLessEqual({*keys, "id", "drained", "ips"}, rows[1].keys())
        more = self.manage("backend-list", "-o", "mem,disk")
        self.assertNotEqual(more[1]["mem"], more[1]["disk"])

    def test_credentials_that_do_not_fit_are_refused(self) -> None:
        """With --no-check they are stored unseen; --no-init makes no networks (OPS-064)."""
        words = ("backend-add", "--clustername", OTHER, "--url", self.cloud.site.url(OTHER))
        wrong = ("--user", "nobody", "--pass", "x")
        self.cloud.site.cluster(OTHER)
        self.manage(*words, *wrong, code=REFUSED)
        self.assertEqual(len(self.manage("backend-list")), 1)
        row = self.manage(*words, *wrong, "--no-check", "--hypervisor", "xen-pvm", "--public=False")
        self.assertEqual((row["hypervisor"], row["public"], row["vms"]), ("xen-pvm", False, 0))
        self.manage("backend-remove", str(row["id"]), "-f")
        self.add_other("--no-init")
        self.assertEqual(self.cloud.site.cluster(OTHER).world.networks, {})

    def test_a_cluster_changes(self) -> None:
        """New credentials are checked first; the rest is as said (OPS-067)."""
        number = self.backend
        self.manage("backend-modify", number, "--password", "wrong", code=REFUSED)
        self.manage("backend-modify", number, "--username", "nobody", code=REFUSED)
        self.manage("backend-modify", number, "--clustername", "x.localhost", code=REFUSED)
        row = self.manage(
            *("backend-modify", number, "--drained", "True", "--public", "False"),
            *("--hypervisor", "xen-hvm"),
        )
        self.assertEqual((row["drained"], row["public"]), (True, False))
        self.assertEqual(row["hypervisor"], "xen-hvm")
        self.assertTrue(self.manage("backend-modify", number, "--offline", "True")["offline"])
        row = self.manage("backend-modify", number, "--port", "5081", "--no-check")
        self.assertEqual(row["port"], 5081)

    def test_a_cluster_goes(self) -> None:
        """Not while servers live there; its networks are removed by jobs (OPS-068)."""
        self.a_server()
        text = self.manage("backend-remove", self.backend, "-f", code=REFUSED)
        self.assertIn("1 server", text)
        self.add_other()
        self.wait(20)
        number = str(self.manage("backend-list")[1]["id"])
        self.manage("backend-remove", number, "--force")
        self.wait(20)
        self.assertEqual(self.cloud.site.cluster(OTHER).world.networks, {})
        self.manage("backend-remove", number, "--force", code=NOT_FOUND)

    def test_figures_are_refreshed(self) -> None:
        """Of all clusters that are online; one that does not answer is named (OPS-069)."""
        self.add_other()
        self.submit(self.house.backends.modify(2, _changes(offline=True)))
        rows = self.manage("backend-update-status")
        self.assertEqual([each["answered"] for each in rows], [True])
        self.submit(self.house.backends.modify(2, _changes(offline=False)))
        self.cloud.site.unplug(OTHER)
        rows = self.manage("backend-update-status", code=6)
        self.assertEqual([each["answered"] for each in rows], [True, False])

    def test_projects_have_clusters_of_their_own(self) -> None:
        """Added, listed, and taken away by number or by both names (OPS-070)."""
        self.add_other()
        project = self.manage("user-show", DEMO)["uuid"]
        given = ("--project", project, "--backend", "2")
        row = self.manage("project-backend-add", *given)
        self.manage("project-backend-add", *given, code=REFUSED)
        self.manage("project-backend-add", "--project", project, "--backend", "9", code=NOT_FOUND)
        self.assertEqual(self.manage("project-backend-list"), [row])
        self.manage("backend-modify", "2", "--drained", "False", "--public", "False")
        server = self.a_server()
        self.assertIn(f"snf-{server['id']}", self.cloud.site.cluster(OTHER).world.instances)
        self.manage("project-backend-remove", code=USAGE)
        self.manage("project-backend-remove", "--project", project, code=USAGE)
        self.manage("project-backend-remove", str(row["id"]))
        self.manage("project-backend-remove", *given, code=NOT_FOUND)
        self.manage("project-backend-add", *given)
        self.manage("project-backend-remove", *given)
        self.assertEqual(self.manage("project-backend-list"), [])


class Checks(Commands):
    def test_a_cluster_is_tried_from_end_to_end(self) -> None:
        """API, credentials, OS, prefix, networks, hotplug, events, clock (OPS-071, GNT-110)."""
        rows = self.manage("backend-check", self.backend, code=FAILED)
        found = {row["check"]: row["result"] for row in rows}
        expected = ("RAPI", "name", "credentials", "OS", "prefix", "networks", "hotplug", "clock")
        self.assertEqual({name: found[name] for name in expected}, dict.fromkeys(expected, "ok"))
        # There is no event daemon here.
        self.assertEqual(found["eventd"], "fail")
        self.now(self.cloud.supports.bus.stop())
        rows = self.manage("backend-check")
        self.assertEqual([r["check"] for r in rows if r["result"] != "ok"], ["eventd"])

    def test_jobs_that_have_not_ended_are_listed(self) -> None:
        """Whoever submitted them, until they end; a cluster that is silent has none (OPS-071)."""
        cluster = self.now(self.house.backends.cluster(int(self.backend)))
        job = self.now(cluster.create(create_body("snf-778"), reason="somebody"))
        (row,) = (each for each in self.manage("job-list") if each["job"] == job)
        self.assertEqual(row["what"], "OP_INSTANCE_CREATE snf-778")
        self.assertIn(row["status"], ("queued", "waiting", "running"))
        self.wait(20)
        self.assertEqual(self.manage("job-list"), [])
        self.now(cluster.stop("snf-778", reason="somebody"))
        self.cloud.site.unplug(CLUSTER)
        self.assertEqual(self.manage("job-list"), [])

    def test_a_silent_cluster_fails(self) -> None:
        """RAPI fails, and nothing else is tried (GNT-110)."""
        self.cloud.site.unplug(CLUSTER)
        rows = self.manage("backend-check", code=FAILED)
        self.assertEqual([(r["check"], r["result"]) for r in rows], [("RAPI", "fail")])

    def test_instances_of_strangers_with_our_prefix_are_a_warning(self) -> None:
        """In the check, and in the log after a start (GNT-006)."""
        self.now(self.house.compute.reconciler.run())
        cluster = self.now(self.house.backends.cluster(int(self.backend)))
        self.submit(cluster.create(create_body("snf-777"), reason="somebody"))
        rows = {row["check"]: row for row in self.manage("backend-check", code=FAILED)}
        self.assertEqual(rows["prefix"]["result"], "warning")
        self.assertIn("1 of them belong to no server", rows["prefix"]["details"])
        from twisted.logger import globalLogPublisher

        lines: list[str] = []

        def see(event: Any) -> None:
            lines.append(str(event.get("log_format") or ""))

        globalLogPublisher.addObserver(see)
        self.addCleanup(globalLogPublisher.removeObserver, see)
        self.house.compute.reconciler._warned = False
        self.now(self.house.compute.reconciler.run())
        self.now(self.house.compute.reconciler.run())
        told = [line for line in lines if "is the prefix another deployment's" in line]
        self.assertEqual(len(told), 1)


class Compared(Commands):
    def test_networks_and_pools_are_compared(self) -> None:
        """Reported without a switch, mended with it, in both spellings (OPS-111, OPS-112)."""
        self.assertEqual(self.manage("reconcile-networks", "--exit-code"), [])
        self.assertEqual(self.manage("reconcile-pools", "--exit-code"), [])
        self.a_server()
        self.manage("reconcile-networks", "--fix-all")
        self.assertEqual(self.manage("reconcile-networks", "--exit-code"), [])
        self.cluster.world.networks.clear()
        self.wait(1)
        rows = self.manage("reconcile-networks", "--exit-code", code=FAILED)
        self.assertEqual([(r["kind"], r["result"]) for r in rows], [("missing", "reported")])
        rows = self.manage("reconcile-networks", "--fix-all")
        self.assertEqual([r["result"] for r in rows], ["fixed"])
        self.wait(20)
        self.manage("reconcile-networks", "--fix-all")
        self.assertEqual(self.manage("reconcile-networks", "--exit-code"), [])

        async def leak(tx: Any) -> None:
            await tx.run("update ip_pools set next = next + 1")

        self.now(self.cloud.supports.store.transact("leak", leak))
        self.assertEqual([r["kind"] for r in self.manage("reconcile-pools")], ["leaked"])
        for word, left in (("--fix", ["fixed"]), ("--fix-all", [])):
            self.assertEqual([r["result"] for r in self.manage("reconcile-pools", word)], left)


class Adopted(Commands):
    def foreign(self, name: str = "legacy.example.org", **more: Any) -> None:
        cluster = self.now(self.house.backends.cluster(int(self.backend)))
        body = create_body(name, disks=[{"size": 2048}, {"size": 1024}], **more)
        self.submit(cluster.create(body, reason="by somebody"))

    def flavor(self) -> str:
        return str(self.manage("flavor-list")[0]["id"])

    def adopt(self, *more: str, code: int = 0) -> Any:
        return self.manage(
            *("server-import", "legacy.example.org", "--backend-id", self.backend),
            *("--user", DEMO, "--flavor", self.flavor(), *more),
            code=code,
        )

    def test_an_instance_of_others_becomes_a_server(self) -> None:
        """Stopped, its row and its charge made, renamed, its NIC a public one, its disks known,
        and started again (CMP-285, GNT-164, OPS-089)."""
        nics = [{"link": "br7", "mode": "bridged"}]
        self.foreign(nics=nics)
        text = self.adopt(code=USAGE)
        self.assertIn("ask for new NICs", text)
        row = self.adopt("--new-nics")
        self.wait(30)
        number = str(row["id"])
        shown = self.manage("server-show", number)
        self.assertEqual((shown["state"], shown["task"]), ("STARTED", ""))
        self.assertEqual([nic["state"] for nic in shown["nics"]], ["ACTIVE"])
        self.assertEqual(
            [(v["size"], v["status"]) for v in shown["volumes"]], [(2, "IN_USE"), (1, "IN_USE")]
        )
        instance = self.cluster.world.instances[f"snf-{number}"]
        self.assertEqual([nic.name for nic in instance.nics], [f"snf-nic-{shown['nics'][0]['id']}"])
        ids = [volume["id"] for volume in shown["volumes"]]
        self.assertEqual([disk.name for disk in instance.disks], [f"snf-vol-{id_}" for id_ in ids])
        self.assertNotIn("legacy.example.org", self.cluster.world.instances)
        self.assertEqual(self.manage("reconcile-servers", "--exit-code"), [])
        self.assertEqual(self.manage("reconcile-resources-cyclades"), [])
        rows = self.manage("quota-list", "--filter-by", "resource=cyclades.vm")
        self.assertIn(1, [each["usage"] for each in rows])

    def test_an_instance_with_a_lost_servers_name_runs_on(self) -> None:
        """It keeps its number and is not stopped (OPS-089)."""
        self.a_server()
        (network,) = self.cluster.world.networks
        nics = [{"network": network, "ip": "198.18.0.77"}]
        self.foreign("snf-7", nics=nics)
        words = ("--backend-id", self.backend, "--user", DEMO, "--flavor", self.flavor())
        text = self.manage("server-import", "snf-1", *words, "--keep-running", code=USAGE)
        self.assertIn("is server 1", text)
        before = len(list(self.cluster.queue.all()))
        row = self.manage("server-import", "snf-7", *words, "--keep-running")
        self.assertEqual((row["id"], row["state"]), (7, "STARTED"))
        jobs = list(self.cluster.queue.all())[before:]
        opcodes = [job.ops[0].input["OP_ID"] for job in jobs]
        self.assertEqual(opcodes, ["OP_INSTANCE_SET_PARAMS"])
        self.foreign("elsewhere")
        text = self.manage("server-import", "elsewhere", *words, "--keep-running", code=USAGE)
        self.assertIn("no name of ours", text)
        self.manage("reconcile-servers", "--fix-all")
        self.wait(20)
        shown = self.manage("server-show", "7")
        self.assertEqual([nic["state"] for nic in shown["nics"]], ["ACTIVE"])
        self.assertEqual([volume["status"] for volume in shown["volumes"]], ["IN_USE", "IN_USE"])
        self.assertEqual(self.a_server(name="next")["id"], 8)

    def test_a_nic_on_one_of_our_networks_stays(self) -> None:
        """With its address and its MAC (CMP-285)."""
        self.a_server()
        (network,) = self.cluster.world.networks
        nics = [{"network": network, "ip": "198.18.0.77"}]
        self.foreign(nics=nics)
        mac = self.cluster.world.instances["legacy.example.org"].nics[0].mac
        row = self.adopt()
        self.wait(30)
        shown = self.manage("server-show", str(row["id"]))
        self.assertEqual([nic["mac_address"] for nic in shown["nics"]], [mac])
        self.assertIn("198.18.0.77", shown["ipv4"])
        self.assertEqual(self.manage("reconcile-servers", "--exit-code"), [])

    def test_what_cannot_be_adopted_is_left_as_it_is(self) -> None:
        """An unknown instance, one of ours, no quota (CMP-285)."""
        self.adopt(code=NOT_FOUND)
        server = self.a_server()
        self.manage(
            *("server-import", f"snf-{server['id']}", "--backend-id", self.backend),
            *("--user", DEMO, "--flavor", self.flavor()),
            code=USAGE,
        )
        self.foreign()
        own = self.manage("user-show", DEMO)["uuid"]
        self.manage("project-modify", own, "--limit", "cyclades.vm", "1", "1")
        self.adopt("--new-nics", code=REFUSED)
        self.assertIn("legacy.example.org", self.cluster.world.instances)
        self.assertEqual(len(self.manage("server-list")), 1)

    def test_helpers_are_on_every_cluster_with_such_disks(self) -> None:
        """N on each, stopped, without ports; a second call makes no more; one that was started is
        stopped again (CMP-283, GNT-165, OPS-090)."""
        self.add_other("--drained=False")
        image = self.manage("image-list", "-u", DEMO)[0]["id"]
        words = ("helper-servers-sync", "--flavor", self.flavor(), "--image", image, "--user", DEMO)
        own = self.manage("user-show", DEMO)["uuid"]
        self.manage("project-modify", own, "--limit", "cyclades.vm", "9", "9")
        self.manage("project-modify", own, "--limit", "cyclades.total_cpu", "90", "90")
        rows = self.manage(*words, "--copies", "2")
        self.assertEqual([row["state"] for row in rows], ["STOPPED"] * 4)
        self.assertEqual(sorted(row["backend"] for row in rows), [CLUSTER] * 2 + [OTHER] * 2)
        self.assertEqual(self.manage(*words, "--copies", "2", "--parallel"), [])
        self.assertEqual(len(self.manage(*words, "--copies", "3", "--backend-id", "2")), 1)
        number = str(rows[0]["server"])
        self.assertEqual(self.manage("server-show", number)["nics"], [])
        self.manage("server-modify", number, "--action", "start", "--wait", "True")
        self.now(self.house.compute.helpers.settle())
        self.wait(20)
        self.assertEqual(self.manage("server-show", number)["state"], "STOPPED")


class RescueImages(Commands):
    sections = {"rescue": RescueSection(enabled=True)}

    def make(self, location: str, *more: str, code: int = 0) -> Any:
        return self.manage("rescue-image-create", "--location", location, *more, code=code)

    def test_images_are_made_listed_changed_and_removed(self) -> None:
        """An address must answer, one default only; what is in use keeps its place and goes by
        force, the default never (OPS-078, OPS-080, CMP-284)."""
        first = self.make("a.iso", "--default", "True", "--os-family", "linux")
        self.assertEqual((first["location_type"], first["is_default"]), ("file", True))
        self.make("http://bad.example.org/b.iso", code=REFUSED)
        second = self.make("http://good.example.org/b.iso", "--name", "net", "--target-os", "x")
        self.assertEqual(second["location_type"], "http")
        number = str(second["id"])
        self.manage("rescue-image-modify", str(first["id"]), "--default", "False", code=REFUSED)
        self.manage("rescue-image-modify", number, "--default", "True")
        rows = self.manage("rescue-image-list")
        self.assertEqual([row["is_default"] for row in rows], [False, True])
        self.manage("rescue-image-remove", number, "-f", code=REFUSED)
        server = str(self.a_server()["id"])
        self.manage("server-modify", server, "--action", "stop", "--wait", "True")
        shown = self.manage("server-modify", server, "--action", "rescue", "--wait", "True")
        self.assertTrue(shown["rescue"])
        self.assertEqual(self.manage("rescue-image-list")[1]["vms_using_image"], 1)
        self.manage("rescue-image-modify", number, "--location", "c.iso", code=REFUSED)
        self.manage("rescue-image-modify", str(first["id"]), "--default", "True")
        self.manage("rescue-image-remove", number, code=USAGE)
        self.manage("rescue-image-remove", number, "-f")
        self.assertEqual([row["id"] for row in self.manage("rescue-image-list")], [first["id"]])
        self.assertEqual(len(self.manage("rescue-image-list", "--deleted")), 2)
        shown = self.manage("server-modify", server, "--action", "unrescue", "--wait", "True")
        self.assertFalse(shown["rescue"])

    def test_a_dry_run_changes_nothing(self) -> None:
        """Of none of them; what would be refused is refused (OPS-079)."""
        self.make("a.iso", "-n")
        self.assertEqual(self.manage("rescue-image-list"), [])
        self.make("http://bad.example.org/x", "-n", code=REFUSED)
        self.make("a.iso", "--default", "True")
        self.make("b.iso")
        self.manage("rescue-image-modify", "2", "--default", "True", "--dry-run")
        self.manage("rescue-image-remove", "2", "-n")
        self.manage("rescue-image-remove", "1", "-n", code=REFUSED)
        rows = self.manage("rescue-image-list")
        self.assertEqual([row["is_default"] for row in rows], [True, False])


def _changes(**given: Any) -> Any:
    from synnefod.backends.interface import Changes

    return Changes(**given)


class Rounds(Commands):
    """The daemon's own comparisons, as its dispatcher's role makes them."""

    def begin(self) -> Any:
        from synnefod.assembly.background import Background

        behind = Background(self.cloud.config, self.clock, self.cloud.supports, self.house)
        behind._begin_comparing()
        self.house.compute.reconciler.begin()
        self.addCleanup(lambda: self.now(behind.stop()))
        return behind

    def rounds(self, seconds: float = 4200) -> None:
        self.cloud.site.wait(seconds, 5)

    def break_something(self) -> None:
        self.a_server()
        self.manage("reconcile-networks", "--fix-all")
        self.wait(2)

        async def leak(tx: Any) -> None:
            await tx.run("update ip_pools set next = next + 1")
            await tx.run("update backend_networks set operstate = 'PENDING'")

        self.now(self.cloud.supports.store.transact("leak", leak))

    def test_what_differs_is_put_right_from_time_to_time(self) -> None:
        """Servers, networks and pools; the last round is shown on request, and a task of each can
        be run at once (GNT-157, OPS-120)."""
        for verb in ("reconcile-servers", "reconcile-networks", "reconcile-pools"):
            self.assertEqual(self.manage(verb, "--last"), [])
        self.break_something()
        behind = self.begin()
        names = {task.what for task in behind.tasks()}
        wanted = {f"reconciliation of {what}" for what in ("servers", "networks", "pools")}
        self.assertLessEqual(wanted, names)
        self.rounds(1100)
        rows = self.manage("reconcile-networks", "--last")
        self.assertEqual([(r["kind"], r["result"]) for r in rows], [("unsynced", "fixed")])
        self.rounds(3000)
        self.assertEqual([r["kind"] for r in self.manage("reconcile-pools", "--last")], ["leaked"])
        self.assertEqual(self.manage("reconcile-servers", "--last"), [])
        self.assertEqual(self.manage("reconcile-pools", "--exit-code"), [])
        self.assertEqual(self.manage("reconcile-networks", "--exit-code"), [])


class Reported(Rounds):
    sections = {"dispatcher": Dispatcher(reconcile_mode="report")}

    def test_what_differs_is_put_right_from_time_to_time(self) -> None:
        """Not in the mode `report`: differences are told and stay (GNT-157)."""
        self.break_something()
        (name,) = self.cluster.world.instances
        number = name.removeprefix("snf-")
        self.begin()

        async def lie(tx: Any) -> None:
            await tx.run("update servers set operstate = 'STOPPED'")

        self.now(self.cloud.supports.store.transact("lie", lie))
        self.rounds()
        self.assertEqual([r["result"] for r in self.manage("reconcile-pools")], ["reported"])
        self.assertEqual([r["result"] for r in self.manage("reconcile-networks")], ["reported"])
        kinds = [r["kind"] for r in self.manage("reconcile-servers", "--last")]
        self.assertEqual(kinds, ["unsynced"])
        self.assertEqual(self.manage("server-show", number)["state"], "STOPPED")
