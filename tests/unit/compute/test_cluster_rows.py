"""What servers make of their clusters and clusters of servers, on a whole cloud in memory."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from synnefod.cluster.interface import JobEvent, JobStatus
from synnefod.common.ids import BackendId, JobId
from synnefod.compute.machine.changes import device_body
from synnefod.compute.machine.tagnames import encoded_tag
from tests.unit.resources.network.whole import COMPUTE, NOVA, WholeCase

PLACED = ("pnode", "pnode_uuid", "snode", "iallocator", "primary_node", "secondary_node")


class WithCluster(WholeCase):
    @property
    def world(self) -> Any:
        return self.cloud.site.cluster().world

    def jobs(self) -> list[Any]:
        return list(self.cloud.site.cluster().queue.all())

    def inputs(self, opcode: str) -> list[dict[str, Any]]:
        found = [op.input for job in self.jobs() for op in job.ops]
        return [given for given in found if given["OP_ID"] == opcode]

    def cluster(self) -> Any:
        return self.now(self.house.backends.cluster(BackendId(1)))

    def submit(self, work: Any, seconds: float = 20) -> int:
        job: int = self.now(work)
        self.wait(seconds)
        return job

    def fail_next(self, opcode: str) -> None:
        self.knobs.fail_next(opcode, ["OpExecError", ["no"]])

    def feed(self, number: int, opcode: str, *, good: bool = True, **more: Any) -> None:
        event = JobEvent(
            cluster="one.localhost",
            instance=f"snf-{number}",
            job=JobId(more.pop("job", 0)),
            opcode=opcode,
            status=JobStatus.SUCCESS if good else JobStatus.ERROR,
            when=int(self.clock.seconds() * 1_000_000),
            **more,
        )
        self.now(self.house.compute.keeper.feed(event))
        self.cloud.site.wait(0.1)

    def act(self, number: int, body: Any, status: int = 202) -> Any:
        return self.post(f"{COMPUTE}/servers/{number}/action", body, status)

    def stopped(self, **more: Any) -> int:
        number = int(self.a_server(**more)["id"])
        self.act(number, {"shutdown": {}})
        self.wait()
        return number

    def detail(self, number: int) -> Any:
        from synnefod.compute.administration import ADMINISTRATOR

        return self.now(self.house.compute.compute.servers.show(ADMINISTRATOR, number))

    def rows(self, sql: str) -> Any:
        return self.now(self.cloud.supports.store.read("look", lambda tx: tx.all(sql)))


class Creations(WithCluster):
    def test_names_on_the_cluster(self) -> None:
        """Network, NIC, disk, and the link of a routed network without one (GNT-002)."""
        server = self.a_server()
        instance = self.world.instances[f"snf-{server['id']}"]
        (port,) = self.detail(server["id"]).ports
        (volume,) = self.detail(server["id"]).volumes
        self.assertEqual([nic.name for nic in instance.nics], [f"snf-nic-{port.id}"])
        self.assertEqual([nic.network for nic in instance.nics], [f"snf-net-{port.network}"])
        self.assertEqual([disk.name for disk in instance.disks], [f"snf-vol-{volume.id}"])
        made = self.cloud.ask(
            "network-create",
            flavor="IP_LESS_ROUTED",
            public=True,
            subnet="203.0.113.0/24",
            gateway="203.0.113.1",
        )["row"]
        self.assertEqual(made["link"], f"snf-link-{made['id']}")

    def test_networks_come_first_and_the_creation_waits_for_them(self) -> None:
        """Absent ones are made and connected, and the creation depends on each connection; the
        next server needs nothing (GNT-032). No node is chosen (GNT-072)."""
        kind = type(self.cluster())
        create = kind.create
        self.asked: list[Any] = []

        async def told(here: Any, body: Any, *, reason: str) -> Any:
            self.asked.append(body)
            return await create(here, body, reason=reason)

        self.patch(kind, "create", told)
        self.a_server()
        opcodes = [job.ops[0].input["OP_ID"] for job in self.jobs()]
        wanted = ["OP_NETWORK_ADD", "OP_NETWORK_CONNECT", "OP_INSTANCE_CREATE"]
        self.assertEqual([code for code in opcodes if code in wanted], wanted)
        connects = [
            job.id for job in self.jobs() if job.ops[0].input["OP_ID"] == "OP_NETWORK_CONNECT"
        ]
        (first,) = self.inputs("OP_INSTANCE_CREATE")
        self.assertEqual([entry[0] for entry in first["depends"]], connects)
        self.assertEqual(set(self.asked[0]) & set(PLACED), set())
        self.now(self.house.network.upkeep.networks(fix=True))
        self.a_server(name="second")
        self.assertFalse(self.inputs("OP_INSTANCE_CREATE")[-1].get("depends"))
        self.assertEqual(len(self.inputs("OP_NETWORK_ADD")), 1)

    def test_a_cluster_that_cannot_create_is_not_asked_to(self) -> None:
        """Without the feature the server is in ERROR, with the reason (GNT-031)."""
        from synnefod.simulator import views

        self.patch(views, "FEATURES", ["node-evac-res1"])
        number = self.a_server(wait=False)["id"]
        self.wait(5)
        shown = self.server(number)
        self.assertEqual(shown["status"], "ERROR")
        self.assertIn("instance-create-reqv1", shown["diagnostics"][0]["message"])
        self.assertEqual(self.inputs("OP_INSTANCE_CREATE"), [])

    def test_a_network_that_somebody_made_meanwhile_is_connected_all_the_same(self) -> None:
        """The job that adds it fails because it exists; the connection does not mind (GNT-052)."""
        self.knobs.hold = True
        number = self.a_server(wait=False)["id"]
        self.cloud.site.wait(3)
        add = self.inputs("OP_NETWORK_ADD")[0]
        keys = ("network_name", "network", "gateway", "mac_prefix", "conflicts_check", "tags")
        other = {key: add[key] for key in keys}
        self.knobs.hold = False
        self.now(self.cluster().create_network(other, reason="another daemon"))
        self.wait(3)
        self.cloud.site.cluster().queue.release()
        self.wait(40)
        self.assertEqual(self.server(number)["status"], "ACTIVE")

    def test_what_is_not_there_yet_is_not_destroyed(self) -> None:
        """409 buildInProgress while the creation runs and the cluster has no instance (GNT-045)."""
        self.knobs.hold = True
        number = self.a_server(wait=False)["id"]
        self.cloud.site.wait(3)
        answer = self.delete(f"{COMPUTE}/servers/{number}", 409)
        self.assertEqual(list(answer), ["buildInProgress"])
        self.knobs.hold = False
        self.cloud.site.cluster().queue.release()
        self.wait(30)
        self.delete(f"{COMPUTE}/servers/{number}")


class Words(WithCluster):
    def test_a_reboot_is_shown_while_its_job_runs(self) -> None:
        """Queued, waiting and running, of a server that is up; then ACTIVE again (GNT-140)."""
        number = int(self.a_server()["id"])
        when = int(self.clock.seconds() * 1_000_000)
        for rank, status in enumerate(("queued", "waiting", "running")):
            event = JobEvent(
                "one.localhost",
                f"snf-{number}",
                JobId(900),
                "OP_INSTANCE_REBOOT",
                JobStatus(status),
                when + rank,
            )
            self.now(self.house.compute.keeper.feed(event))
            self.assertEqual(self.server(number)["status"], "REBOOT", status)
        self.feed(number, "OP_INSTANCE_REBOOT", job=900)
        self.assertEqual(self.server(number)["status"], "ACTIVE")

    def test_a_resize_is_shown_while_its_job_runs(self) -> None:
        """RESIZE in OpenStack's dialect, from the request to the job's end; the legacy one keeps
        the word that its clients know, and tells the task (GNT-139)."""
        number = self.stopped()
        flavor = self.detail(number).flavor
        bigger = self.cloud.ask(
            "flavor-create",
            cpu=flavor.cpu + 1,
            ram=flavor.ram,
            disk=flavor.disk,
            volume_type=flavor.volume_type,
        )["row"]
        self.knobs.hold = True
        self.act(number, {"resize": {"flavorRef": bigger["id"]}})
        self.cloud.site.wait(3)
        self.assertEqual(self.nova(number), "RESIZE")
        self.assertEqual(self.server(number)["SNF:task_state"], "RESIZING")
        self.knobs.hold = False
        self.cloud.site.cluster().queue.release()
        self.wait()
        self.assertEqual(self.nova(number), "SHUTOFF")

    def nova(self, number: int) -> str:
        return str(self.get(f"{NOVA}/servers/{number}")["server"]["status"])

    def test_a_larger_root_disk_is_another_flavor(self) -> None:
        """When there is one of that size; else the flavor stays (GNT-129)."""
        number = int(self.a_server()["id"])
        flavor = self.detail(number).flavor
        cluster = self.cluster()
        self.submit(cluster.grow_disk(f"snf-{number}", 0, (flavor.disk + 1) * 1024, reason="x"))
        instance = self.now(cluster.instance(f"snf-{number}"))
        self.feed(number, "OP_INSTANCE_GROW_DISK", disks=instance.disks)
        self.assertEqual(self.detail(number).flavor.id, flavor.id)
        self.assertEqual(self.detail(number).volumes[0].size, flavor.disk + 1)
        wanted = self.cloud.ask(
            "flavor-create",
            cpu=flavor.cpu,
            ram=flavor.ram,
            disk=flavor.disk + 2,
            volume_type=flavor.volume_type,
        )["row"]
        self.submit(cluster.grow_disk(f"snf-{number}", 0, (flavor.disk + 2) * 1024, reason="x"))
        instance = self.now(cluster.instance(f"snf-{number}"))
        self.feed(number, "OP_INSTANCE_GROW_DISK", disks=instance.disks)
        self.assertEqual(self.detail(number).flavor.id, wanted["id"])


class Beside(WithCluster):
    def tags(self, number: int) -> dict[str, bool]:
        return {tag.name: tag.active for tag in self.detail(number).tags}

    def test_tags_follow_the_outcome_of_their_jobs(self) -> None:
        """A setting that succeeds makes or confirms, one that fails takes away; a removal that
        succeeds takes away, one that fails brings back; a creation confirms (GNT-132)."""
        number = int(self.a_server(tags=["first"])["id"])
        self.assertEqual(self.tags(number), {"first": True})
        foreign = encoded_tag("by hand")
        self.feed(number, "OP_TAGS_SET", tags=(foreign,))
        self.assertEqual(self.tags(number), {"by hand": True, "first": True})
        self.feed(number, "OP_TAGS_DEL", tags=(foreign,), good=False)
        self.assertIn("by hand", self.tags(number))
        self.feed(number, "OP_TAGS_DEL", tags=(foreign,))
        self.assertEqual(self.tags(number), {"first": True})
        path = f"{COMPUTE}/servers/{number}/tags"
        self.fail_next("OP_TAGS_SET")
        self.put(f"{path}/second", None, 201)
        self.assertEqual(self.tags(number)["second"], False)
        self.wait()
        self.assertEqual(self.tags(number), {"first": True})
        self.fail_next("OP_TAGS_DEL")
        self.delete(f"{path}/first")
        self.assertEqual(self.tags(number), {})
        self.wait()
        self.assertEqual(self.tags(number), {"first": True})

    def test_a_snapshot_follows_its_job_and_leaves_the_server_alone(self) -> None:
        """Its id is the job's reason, its name among the disk's parameters; success makes it
        active, anything else ends it (GNT-050, GNT-134)."""
        number = int(self.a_server()["id"])
        volume = self.detail(number).volumes[0].id
        before = self.detail(number).server
        made = self.snapshot(volume)
        (job,) = self.inputs("OP_INSTANCE_SNAPSHOT")
        (entry,) = job["disks"]
        self.assertEqual(entry[0], f"snf-vol-{volume}")
        self.assertRegex(entry[1]["snapshot_name"], rf"^snf-snap-{volume}-\d+$")
        self.assertIn(made, str(job["reason"]))
        self.wait()
        self.assertEqual(self.status(made), "AVAILABLE")
        self.fail_next("OP_INSTANCE_SNAPSHOT")
        failed = self.snapshot(volume)
        self.wait()
        self.assertEqual(self.status(failed), "ERROR")
        after = self.detail(number).server
        self.assertEqual(after.life.operstate, before.life.operstate)
        self.assertEqual((after.life.task, after.life.job), ("", before.life.job))

    def snapshot(self, volume: int) -> str:
        body = {"snapshot": {"volume_id": volume, "force": True, "name": "s"}}
        made = self.post("/cyclades/volume/v2.0/snapshots", body, 202)["snapshot"]
        self.cloud.site.wait(2)
        return str(made["id"])

    def status(self, snapshot: str) -> str:
        shown = self.get(f"/cyclades/volume/v2.0/snapshots/{snapshot}")["snapshot"]
        return str(shown["status"]).upper()

    def test_detaching_keeps_the_data_as_the_cluster_understands_it(self) -> None:
        """`keep_disks` on GRNET's Ganeti, the operation `detach` upstream (GNT-044)."""
        number = int(self.a_server()["id"])
        volume = self.detail(number).volumes[0].id
        server = self.detail(number).server
        rooms = self.house.compute.keeper._rooms
        backend = self.now(self.house.backends.get(BackendId(1)))
        for version, expected in (
            ("2.10.7", {"disks": [["remove", f"snf-vol-{volume}", {}]], "keep_disks": True}),
            ("3.0.2", {"disks": [["detach", f"snf-vol-{volume}", {}]]}),
        ):

            async def get(_backend: BackendId, version: str = version) -> Any:
                return evolve(backend, version=version, hypervisor="fake")

            self.patch(type(self.house.backends), "get", lambda _self, number: get(number))
            given = {"volume": volume}
            body = self.now(device_body(rooms, server, "DETACH_VOLUME", given))
            self.assertEqual(body, expected)

    def test_a_console_that_moved_is_not_shown(self) -> None:
        """The instance is read again once the way is prepared: another port is 503 (GNT-047)."""
        number = int(self.a_server()["id"])
        self.world.instances[f"snf-{number}"].port = 11000
        self.act(number, {"console": {"type": "vnc-ws"}}, 200)
        token = self.now(self.house.compute.compute.actions.console(self.principal(number), number))
        self.world.instances[f"snf-{number}"].port += 1
        from synnefod.compute.interface import ConsoleUnavailable

        self.cloud.site.failure(
            self.house.compute.compute.consoles.take(token.token), ConsoleUnavailable
        )

    def principal(self, number: int) -> Any:
        from synnefod.compute.administration import ADMINISTRATOR

        return ADMINISTRATOR


class Compared(WithCluster):
    def compare(self, *fix: str, **more: Any) -> list[tuple[str, int]]:
        found = self.now(self.house.compute.reconciler.reconcile(fix=fix, **more))
        return [(each.kind, each.server) for each in found]

    def test_every_kind_is_found_and_put_right_alone(self) -> None:
        """State, flavor, NICs, disks, tags, rescue: each behind its own word, and nothing else is
        touched (GNT-150, OPS-108)."""
        number = self.stopped()
        self.assertEqual(self.compare(), [])
        flavor = self.detail(number).flavor
        shape = {"cpu": flavor.cpu + 1, "ram": flavor.ram, "disk": flavor.disk}
        self.cloud.ask("flavor-create", volume_type=flavor.volume_type, **shape)
        instance = self.world.instances[f"snf-{number}"]
        self.world_changes(number, flavor)
        kinds = ["flavor", "nics", "disks", "rescue", "tags"]
        self.assertEqual(self.compare(), [(kind, number) for kind in kinds])
        left = list(kinds)
        for kind in kinds:
            self.clock.advance(1)
            self.assertEqual(self.compare(kind), [(each, number) for each in left])
            left.remove(kind)
            self.clock.advance(1)
        self.assertEqual(self.compare(), [])
        detail = self.detail(number)
        self.assertEqual(detail.flavor.cpu, flavor.cpu + 1)
        self.assertEqual([port.mac for port in detail.ports], [instance.nics[0].mac])
        self.assertTrue(detail.server.rescue)
        self.assertEqual([tag.name for tag in detail.tags], ["found"])

    def world_changes(self, number: int, flavor: Any) -> None:
        """By hand, and nobody tells."""
        cluster, name = self.cluster(), f"snf-{number}"
        self.now(self.house.compute.keeper.stop())
        body = {
            "beparams": {"vcpus": flavor.cpu + 1},
            "hvparams": {"boot_order": "cdrom", "cdrom_image_path": "/x.iso"},
        }
        self.submit(cluster.modify(name, body, reason="x"))
        self.submit(cluster.add_tags(name, [encoded_tag("found")], reason="x"))
        self.submit(cluster.grow_disk(name, 0, (flavor.disk + 5) * 1024, reason="x"))
        self.world.instances[name].nics[0].mac = "aa:00:00:99:99:99"

    def test_a_card_that_is_being_made_is_left_alone(self) -> None:
        """For two minutes (OPS-110)."""
        number = int(self.a_server()["id"])
        network = self.a_network()

        async def begin(tx: Any) -> None:
            from synnefod.network.interface import PortRequest

            owner = evolve(self.principal(number), user=self.detail_user)
            request = PortRequest(network=int(network["id"]))  # type: ignore[arg-type]
            await self.house.network.connect(tx, owner, number, request)  # type: ignore[arg-type]

        self.detail_user = self.detail(number).server.user
        self.now(self.cloud.supports.store.transact("a card", begin))
        self.assertEqual(self.compare(), [])
        self.clock.advance(121)
        self.assertEqual(self.compare(), [("nics", number)])

    def principal(self, number: int) -> Any:
        from synnefod.compute.administration import ADMINISTRATOR

        return ADMINISTRATOR

    def test_a_server_made_during_the_comparison_is_no_orphan(self) -> None:
        """The cluster is read before the rows (GNT-151)."""
        reconciler = self.house.compute.reconciler
        cluster = self.cluster()
        kind = type(cluster)
        read = kind.instances

        async def late(here: Any) -> Any:
            found = await read(here)
            await self.make_one()
            return found

        self.patch(kind, "instances", late)
        found = self.now(reconciler.report())
        self.assertEqual(found, [])
        self.assertEqual(len(self.rows("select id from servers")), 1)

    async def make_one(self) -> None:
        image = self.get("/cyclades/compute/v2.0/images", token=self.admin)["images"][0]["id"]
        wanted = {"name": "late", "imageRef": image, "flavorRef": 1, "metadata": {}}
        self.post(f"{COMPUTE}/servers", {"server": wanted}, 202)

    def test_clusters_are_compared_side_by_side_or_one_after_another(self) -> None:
        """As asked: one that is slow holds up nobody, unless it was asked so (GNT-153)."""
        other = self.cloud.site.cluster("two.localhost")
        self.cloud.ask(
            "backend-add",
            clustername="two.localhost",
            url=self.cloud.site.url("two.localhost"),
            user=other.username,
            password=other.password,
        )
        reconciler = self.house.compute.reconciler
        begun: list[str] = []
        most: list[int] = []
        gather = reconciler._gather

        async def slow(backend: Any) -> Any:
            from synnefod.common.clockwork import sleep

            begun.append(backend.name)
            most.append(len(begun))
            await sleep(self.clock, 1.0)
            begun.remove(backend.name)
            return await gather(backend)

        self.patch(reconciler, "_gather", slow)
        self.assertEqual(self.cloud.ask("reconcile-servers")["rows"], [])
        self.assertEqual(max(most), 2)
        most.clear()
        self.assertEqual(self.cloud.ask("reconcile-servers", parallel=False)["rows"], [])
        self.assertEqual(max(most), 1)


class Unheard(WithCluster):
    """Nobody follows the jobs."""

    def _follow_jobs(self) -> None:
        keeper = self.house.compute.keeper
        self.now(keeper.begin())
        self.addCleanup(lambda: self.now(keeper.stop()))

    def test_a_failed_building_is_an_error(self) -> None:
        """Its job's end is found by comparing (OPS-110)."""
        self.fail_next("OP_INSTANCE_CREATE")
        number = int(self.a_server(wait=False)["id"])
        self.wait(30)
        self.assertEqual(self.server(number)["status"], "BUILD")
        found = self.now(self.house.compute.reconciler.reconcile(fix=["pending"]))
        self.assertEqual([(each.kind, each.server) for each in found], [("pending", number)])
        self.assertEqual(self.server(number)["status"], "ERROR")

    def test_a_snapshot_whose_job_nobody_heard_of_is_settled(self) -> None:
        """Ended or gone from the queue (OPS-108, GNT-134)."""
        number = int(self.a_server(wait=False)["id"])
        self.wait(30)
        self.now(self.house.compute.reconciler.run())
        self.wait(1)
        volume = self.detail(number).volumes[0].id
        body = {"snapshot": {"volume_id": volume, "force": True, "name": "s"}}
        made, gone = (
            self.post("/cyclades/volume/v2.0/snapshots", body, 202)["snapshot"]["id"]
            for _ in range(2)
        )
        self.wait(20)
        queue = self.cloud.site.cluster().queue
        for expected in ("AVAILABLE", "ERROR"):
            kinds = {finding.kind for finding in self.now(self.house.compute.reconciler.report())}
            self.assertEqual(kinds, {"snapshot"})
            self.now(self.house.compute.reconciler.reconcile(fix=["snapshot"]))
            self.wait(20)
            if expected == "AVAILABLE":
                last = self.jobs()[-1]
                self.assertEqual(last.ops[0].input["OP_ID"], "OP_INSTANCE_SNAPSHOT")
                queue.lose(last.id)
        shown = [
            self.get(f"/cyclades/volume/v2.0/snapshots/{each}")["snapshot"]["status"].upper()
            for each in (made, gone)
        ]
        self.assertEqual(shown, ["AVAILABLE", "ERROR"])
